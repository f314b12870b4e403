"""A whole small world on this machine: stand-ins, people, keys, a configuration, and a daemon to run in it.

Owns: a directory, two served stand-ins, a service account with delegation, people, a room and the accounts behind
rooms, a bot and a service app, the daemon's configuration. Promises: everything on loopback and below one directory;
``close`` leaves nothing running.
Does not: play anything (``demo.py``, tests and benchmarks do).
"""

from __future__ import annotations

import json
import shutil
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hybridcal_daemon.adapters.clock import SystemClock
from hybridcal_daemon.adapters.google import SCOPES
from hybridcal_daemon.sandbox.google.service import GoogleSandbox
from hybridcal_daemon.sandbox.pushing import PushSender
from hybridcal_daemon.sandbox.server import ServedSandbox
from hybridcal_daemon.sandbox.webex import WebexSandbox
from hybridcal_daemon.shell.stage_daemon import DaemonProcess
from hybridcal_daemon.shell.stage_people import Person

if TYPE_CHECKING:
    from collections.abc import Mapping

PEOPLE: Final = {"alice": "Alice Archer", "bob": "Bob Baker", "carol": "Carol Cole", "dave": "Dave Dyer"}
DOMAIN: Final = "acme.example"
ROOMS: Final = {"aurora": "Aurora"}
FAST: Final[dict[str, str]] = {
    "google.poll_interval": '"3 s"',
    "google.debounce": '"50 ms"',
    "join.card_doubt": '"3 s"',
    "presence.vacation_interval": '"1 s"',
    "presence.ttl": '"6 s"',
    "cards.agenda_poll": '"500 ms"',
    "devices.check": '"10 s"',
    "network.deadline": '"2 s"',
    "webex.requests_per_minute": "60000",
    "google.requests_per_minute": "60000",
    "log.format": '"json"',
}
"""Lead times of the demo: minutes become seconds, nothing else differs from a real installation."""


class Stage:
    """One world. ``settings`` override the configuration, dotted name to TOML text."""

    def __init__(
        self,
        directory: Path | None = None,
        *,
        seed: int = 1,
        push: bool = True,
        settings: Mapping[str, str] | None = None,
        people: Mapping[str, str] | None = None,
    ) -> None:
        self.directory = directory or Path(tempfile.mkdtemp(prefix="hybridcal-"))
        self.clock = SystemClock()
        self._sender = PushSender.start()
        self.google = GoogleSandbox(clock=self.clock, seed=seed, push=self._sender.send, allow_http_push=True)
        self.webex = WebexSandbox(clock=self.clock, seed=seed)
        self._served = [ServedSandbox.start(self.google), ServedSandbox.start(self.webex)]
        self.google_url, self.webex_url = (served.base_url for served in self._served)
        self.feed_port, self.push_port, self.metrics_port = free_port(), free_port(), free_port()
        self._settings = {**FAST, **(settings or {})}
        self._push = push
        self._credentials()
        self.people = {key: self._person(key, name) for key, name in (people or PEOPLE).items()}
        self.rooms = {key: self._room(key, name) for key, name in ROOMS.items()}
        self._accounts_for_rooms()
        self.config = self._write_config()
        self.daemon = DaemonProcess(
            self.config, self.directory / "admin.sock", self.directory / "daemon.log", self.clock
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self, *, keep: bool = True) -> None:
        """Stop everything; with ``keep`` the directory stays."""
        self.daemon.close()
        for served in self._served:
            served.stop()
        self._sender.stop()
        if not keep:
            shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def feed_url(self) -> str:
        """Where the meetings list is."""
        return f"http://127.0.0.1:{self.feed_port}"

    def write_config(self, **settings: str) -> None:
        """Write the configuration anew with some settings changed (dotted names with ``__`` for the dot)."""
        self._settings.update({name.replace("__", "."): value for name, value in settings.items()})
        self._write_config()

    def add_person(self, key: str, name: str, *, locale: str = "en") -> Person:
        """One more person, whose Google speaks ``locale``."""
        self.people[key] = self._person(key, name, locale)
        return self.people[key]

    def revoke_delegation(self, keep: str = "") -> None:
        """Take back what the Google admin granted, all of it or all but one purpose (``calendar``, ``gmail``)."""
        self._grant([scope for purpose, scopes in SCOPES.items() if purpose.value == keep for scope in scopes])

    # ---- inner

    def _credentials(self) -> None:
        """A service account that Google knows, a bot and a service app that Webex knows; secrets as 0600 files."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        email, client_id = f"hybridcal@{DOMAIN}", "109876543210987654321"
        self._account = {"client_email": email, "client_id": client_id, "public_key": public.decode()}
        self._grant([scope for scopes in SCOPES.values() for scope in scopes])
        account = {
            "type": "service_account",
            "project_id": "acme",
            "private_key_id": "key-1",
            "private_key": private,
            "client_email": email,
            "client_id": client_id,
            "token_uri": f"{self.google_url}/token",
        }
        self._secret("service-account.json", json.dumps(account))
        self._secret("bot-token", self.webex.add_bot())
        app = self.webex.add_service_app(presence_on_behalf=True)
        self._secret("app-secret", app.client_secret)
        self._secret("app-refresh-token", app.refresh_token)
        self._client_id = app.client_id
        self.webex.add_person(f"spaces@{DOMAIN}", "Spaces")
        integration = self.webex.add_integration(f"spaces@{DOMAIN}")
        self._secret("integration-secret", integration.client_secret)
        self._secret("integration-refresh-token", integration.refresh_token)
        self._integration_id = integration.client_id

    def _grant(self, scopes: list[str]) -> None:
        self.google.add_service_account(**self._account, private_key_id="key-1", scopes=scopes)

    def _secret(self, name: str, content: str) -> None:
        path = self.directory / name
        path.touch(mode=0o600)
        path.write_text(content)

    def _person(self, key: str, name: str, locale: str = "en") -> Person:
        address = f"{key}@{DOMAIN}"
        self.google.add_user(address, name=name, timezone="Europe/Berlin", locale=locale)
        self.webex.add_person(address, name, personal_room=True)
        return Person(
            address=address,
            name=name,
            google=self.google_url,
            webex=self.webex_url,
            google_token=self.google.person_token(address),
            webex_token=self.webex.person_token(address),
            feed=self.feed_url,
        )

    def _room(self, key: str, name: str) -> str:
        """A room that answers invitations by itself; gives its address."""
        address = f"{key}@resource.{DOMAIN}"
        self.google.add_room(address, name=name, timezone="Europe/Berlin")
        return address

    def _accounts_for_rooms(self) -> None:
        """Whoever acts for rooms has no access to any, and a super admin owns them all."""
        self.google.add_user(f"rooms@{DOMAIN}", name="Rooms", timezone="Europe/Berlin")
        self.google.add_user(f"admin@{DOMAIN}", name="Admin", timezone="Europe/Berlin", admin=True)

    def _write_config(self) -> Path:
        path = self.directory / "config.toml"
        path.write_text(_toml({**self._base(), **self._settings}))
        return path

    def _base(self) -> dict[str, str]:
        place = self.directory
        named: dict[str, Any] = {
            "state_directory": place / "state",
            "admin.socket": place / "admin.sock",
            "feed.listen": f"127.0.0.1:{self.feed_port}",
            "metrics.listen": f"127.0.0.1:{self.metrics_port}",
            "google.service_account_file": place / "service-account.json",
            "google.calendar_url": f"{self.google_url}/calendar/v3",
            "google.gmail_url": f"{self.google_url}/gmail/v1",
            "google.token_url": f"{self.google_url}/token",
            "google.push.public_url": f"http://127.0.0.1:{self.push_port}/google/push",
            "google.push.listen": f"127.0.0.1:{self.push_port}",
            "google.rooms.account": f"rooms@{DOMAIN}",
            "google.rooms.owner": f"admin@{DOMAIN}",
            "webex.api_url": f"{self.webex_url}/v1",
            "webex.presence_url": f"{self.webex_url}/apheleia/api/v1",
            "webex.bot_token_file": place / "bot-token",
            "webex.service_app_client_id": self._client_id,
            "webex.service_app_secret_file": place / "app-secret",
            "webex.service_app_refresh_token_file": place / "app-refresh-token",
            "webex.integration_client_id": self._integration_id,
            "webex.integration_secret_file": place / "integration-secret",
            "webex.integration_refresh_token_file": place / "integration-refresh-token",
        }
        texts = {name: json.dumps(str(value)) for name, value in named.items()}
        return {**texts, "google.push.enabled": "true" if self._push else "false"}


def free_port() -> int:
    """A port of the loopback interface that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _toml(settings: Mapping[str, str]) -> str:
    """Dotted names to TOML tables."""
    tables: dict[str, list[str]] = {}
    for name, value in settings.items():
        table, _, key = name.rpartition(".")
        tables.setdefault(table, []).append(f"{key} = {value}")
    parts = ["\n".join(tables.pop("", []))]
    parts += [f"[{table}]\n" + "\n".join(lines) for table, lines in sorted(tables.items())]
    return "\n\n".join(parts) + "\n"
