"""What the tests of the shell share: a hand-written daemon, a clock, a log, secret files, a running web thread."""

import json
import os
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest
import shell_fakes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from shell_fakes import FakeDaemon, ManualClock, RecordingLog, service_account, write_private

from hybridcal_daemon.shell.config_kinds import Address
from hybridcal_daemon.shell.endpoints import admin_endpoint, feed_endpoint, metrics_endpoint, push_endpoint
from hybridcal_daemon.shell.metrics import CountingLog
from hybridcal_daemon.shell.web import Web
from hybridcal_daemon.shell.web_limits import Limits


class Running:
    """A web thread with what it serves."""

    def __init__(self, web, daemon, log, path):
        self.web = web
        self.daemon = daemon
        self.log = log
        self.path = path

    def port(self, name):
        return int(self.web.address(name).rsplit(":", 1)[1])

    def connect(self, name, patience=10.0):
        if name == "admin":
            peer = socket.socket(socket.AF_UNIX)
            peer.settimeout(patience)
            peer.connect(str(self.path))
            return peer
        return socket.create_connection(("127.0.0.1", self.port(name)), timeout=patience)

    def send(self, name, request, patience=10.0):
        """Send bytes, read until the server closes (or the answer is complete for keep-alive); give all of it."""
        with self.connect(name, patience) as peer:
            peer.sendall(request)
            return read_all(peer)

    def get(self, name, target, method="GET", body=None, **headers):
        lines = [f"{method} {target} HTTP/1.1", "Host: d", "Connection: close"]
        lines += [f"{key.replace('_', '-')}: {value}" for key, value in headers.items()]
        payload = b"" if body is None else body
        if body is not None:
            lines.append(f"Content-Length: {len(payload)}")
        return Answer(self.send(name, "\r\n".join(lines).encode() + b"\r\n\r\n" + payload))


class Answer:
    def __init__(self, raw):
        self.raw = raw
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1]) if lines[0] else 0
        self.headers = {key.lower(): value for key, _, value in (line.partition(": ") for line in lines[1:])}

    @property
    def json(self):
        return json.loads(self.body)


def read_all(peer):
    data = bytearray()
    try:
        while chunk := peer.recv(65536):
            data += chunk
    except ConnectionResetError:
        pass
    return bytes(data)


@pytest.fixture
def daemon():
    return FakeDaemon()


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def log():
    return RecordingLog()


@pytest.fixture
def limits():
    return Limits(keepalive=0.3, shutdown=0.5, lingering=0.3, body_deadline=0.3, threads=2, waiting=2)


@pytest.fixture
def counting(log):
    return CountingLog(log)


@pytest.fixture
def running(daemon, clock, log, counting, limits, tmp_path):
    """Admin, feed, push and metrics on loopback, with short limits."""
    path = tmp_path / "admin.sock"
    here = Address("127.0.0.1", 0)
    web = Web(clock=clock, log=log)
    web.start(
        daemon,
        [
            admin_endpoint(path, "", limits, {"scope-one": "one thing", "scope-two": "another"}),
            feed_endpoint(here, "", "hybridcal", limits),
            push_endpoint(here, limits),
            metrics_endpoint(here, counting, limits),
        ],
    )
    yield Running(web, daemon, log, path)
    web.stop()


@pytest.fixture(scope="session")
def private_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.fixture
def secrets(tmp_path, private_key):
    """Directory with all secret files, named as systemd credentials."""
    directory = tmp_path / "credentials"
    directory.mkdir()
    write_private(directory / "google-service-account", service_account(private_key))
    for name in ("webex-bot-token", "webex-service-app-secret", "webex-service-app-refresh-token"):
        write_private(directory / name, f"marker-{name}\n")
    return directory


@pytest.fixture
def env(secrets, tmp_path):
    return {"CREDENTIALS_DIRECTORY": str(secrets), "STATE_DIRECTORY": str(tmp_path), "PATH": os.environ["PATH"]}


@pytest.fixture
def config_file(tmp_path):
    """Write a configuration; what every one needs is put first."""

    def write(text="", *, client=True):
        needed = 'service_app_client_id = "C0ffee0123456789"\n' if client else ""
        if needed:
            needed = f"[webex]\n{needed}" if "\n[" in f"\n{text}" else f"webex.{needed}"
        path = tmp_path / "config.toml"
        path.write_text(text + needed)
        return Path(path)

    return write


@pytest.fixture
def kit():
    """Helpers of this file, for the tests that build values."""
    return SimpleNamespace(**vars(shell_fakes), Answer=Answer, read_all=read_all)
