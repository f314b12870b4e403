"""The daemon under test: the real program in a process of its own, with a configuration that points at the fake Google.

Its configuration differs from the default in four things: no debounce of pushes (it would add its second to every
latency), a request budget that the fake can take, no presence (nobody's responder is on) and logs to a file.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hybridcal_daemon.shell.client import AdminClient, Unreachable
from hybridcal_daemon.shell.stage import free_port

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[1]
_PATIENCE = 60.0


def service_account(token_uri: str) -> dict[str, str]:
    """A service account's key file, as its JSON."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return {
        "type": "service_account",
        "project_id": "acme",
        "private_key_id": "key-1",
        "private_key": pem,
        "client_email": "hybridcal@acme.example",
        "client_id": "109876543210987654321",
        "token_uri": token_uri,
    }


def write_secret(path: Path, content: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(content)
    return path


class Daemon:
    """``hybridcal run`` in ``directory``; its state is in ``directory/state``."""

    def __init__(self, directory: Path, google: str, settings: Mapping[str, object] | None = None) -> None:
        self.directory = directory
        self.push_port, self.feed_port = free_port(), free_port()
        self._admin = AdminClient(directory / "admin.sock")
        self._process: subprocess.Popen[bytes] | None = None
        self._config = directory / "config.toml"
        account = write_secret(directory / "service-account.json", json.dumps(service_account(f"{google}/token")))
        secret = write_secret(directory / "secret", "a-secret-of-the-benchmark")
        lines = {**self._settings(google, account, secret), **(settings or {})}
        self._config.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in lines.items()))

    def _settings(self, google: str, account: Path, secret: Path) -> dict[str, object]:
        return {
            "state_directory": str(self.directory / "state"),
            "admin.socket": str(self.directory / "admin.sock"),
            "feed.listen": f"127.0.0.1:{self.feed_port}",
            "metrics.listen": "",
            "google.service_account_file": str(account),
            "google.calendar_url": f"{google}/calendar/v3",
            "google.gmail_url": f"{google}/gmail/v1",
            "google.token_url": f"{google}/token",
            "google.push.enabled": True,
            "google.push.public_url": f"http://127.0.0.1:{self.push_port}/google/push",
            "google.push.listen": f"127.0.0.1:{self.push_port}",
            "google.debounce": "0 s",
            "google.requests_per_minute": 1_000_000,
            "google.user_requests_per_minute": 1_000_000,
            "google.gmail_units_per_minute": 1_000_000,
            "google.writes_per_second": 100,
            "webex.api_url": f"{google}/v1",
            "webex.presence_url": f"{google}/apheleia/api/v1",
            "webex.bot_token_file": str(secret),
            "webex.service_app_client_id": "C0ffee0123456789",
            "webex.service_app_secret_file": str(secret),
            "webex.service_app_refresh_token_file": str(secret),
            "webex.requests_per_minute": 1_000_000,
            "presence.enabled": False,
            "log.format": "json",
        }

    def start(self) -> float:
        """Start it; gives the seconds from exec until the admin socket answers."""
        began = time.monotonic()
        with (self.directory / "daemon.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.named", "run", "--config", str(self._config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
            )
        self._ready()
        return time.monotonic() - began

    def _ready(self) -> None:
        assert self._process is not None
        pause, end = threading.Event(), time.monotonic() + _PATIENCE
        while time.monotonic() < end and self._process.poll() is None:
            try:
                self._admin.status()
            except Unreachable:
                pause.wait(0.01)
            else:
                return
        raise RuntimeError(f"the daemon did not start:\n{(self.directory / 'daemon.log').read_text()[-3000:]}")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def begun(self) -> int:
        """How many user actors have begun and said how they stand."""
        return sum(1 for user in self._admin.users(addresses=False) if user["synced_at"] is not None)

    def stop(self) -> float:
        """SIGTERM; gives the seconds it took."""
        began = time.monotonic()
        if self._process is not None and self._process.poll() is None:
            os.kill(self.pid, signal.SIGTERM)
            self._process.wait(_PATIENCE)
        return time.monotonic() - began
