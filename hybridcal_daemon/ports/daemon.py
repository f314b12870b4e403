"""The daemon, as its surfaces see it. Owns: its shape. Does not: serve anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from hybridcal_daemon.domain.values import Instant, Plain, Secret, UserId
from hybridcal_daemon.ports.store import ItemRow


@dataclass(frozen=True, slots=True, kw_only=True)
class UserView:
    """A user for admins. ``address`` only when asked for; ``code`` as in ``domain/errors.py``, '' when well."""

    user: UserId
    state: str
    code: str
    since: Instant
    synced_at: Instant
    meetings: int
    address: Plain[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarmed:
    """A trouble of the whole installation that an operator must know."""

    code: str
    since: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusView:
    """One screen of health. ``lanes``: name -> (state word, queued, in flight)."""

    version: str
    up_seconds: float
    sealed: str
    users: Mapping[str, int]
    lanes: Mapping[str, tuple[str, int, int]]
    store: str
    alarms: tuple[Alarmed, ...]
    config_file: str
    config_loaded_at: Instant
    config_error: str


class UnknownUser(Exception):  # noqa: N818 - an answer, turned into 404
    """Nobody with that address is activated here."""


class Daemon(Protocol):
    """What admin socket, feed and push receiver may ask. All but ``push`` block: call them off the event loop."""

    def push(self, *, channel_id: str, token: str, resource_id: str, first: bool) -> None:
        """A push request came in; unauthentic ones are dropped silently. Never blocks, never raises."""
        ...

    def status(self) -> StatusView: ...

    def users(self, *, reveal: bool) -> list[UserView]: ...

    def activate(self, address: Plain[str], *, by: str, wait: float) -> UserView:
        """Activate (or find already active); waits up to ``wait`` seconds for the calendar's verification."""
        ...

    def deactivate(self, address: Plain[str], *, by: str, wait: float) -> None:
        """UnknownUser. Returns when everything is erased or ``wait`` seconds are over."""
        ...

    def user(self, address: Plain[str]) -> UserView:
        """UnknownUser."""
        ...

    def resync(self, address: Plain[str]) -> None:
        """UnknownUser."""
        ...

    def items(self, bearer: Secret[str]) -> list[ItemRow]:
        """Stored events of the person whose Webex token this is. CallError USER code bearer-invalid; UnknownUser."""
        ...

    def item_key(self, bearer: Secret[str], key_url: str) -> Secret[bytes]:
        """The item's 256-bit key for its own reader. CallError, UnknownUser."""
        ...

    def ready(self) -> bool: ...

    def reload(self) -> str:
        """Reload the configuration; '' or why the old one was kept."""
        ...
