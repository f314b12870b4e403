"""The daemon, as its surfaces see it. Owns: its shape. Does not: serve anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from hybridcal_daemon.domain.explaining import Reason
from hybridcal_daemon.domain.values import Instant, Plain, Secret, UserId
from hybridcal_daemon.domain.wishes import Wish
from hybridcal_daemon.ports.store import ItemRow


@dataclass(frozen=True, slots=True, kw_only=True)
class UserView:
    """A user for admins. ``address`` only when asked for; ``code`` as in ``domain/errors.py``, '' when well.

    ``clock_skew``: as in StatusView, when the code is about it. ``about``: the activities that have this trouble.
    """

    user: UserId
    state: str
    code: str
    since: Instant
    synced_at: Instant
    meetings: int
    address: Plain[str] | None = None
    clock_skew: float | None = None
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarmed:
    """A trouble of the whole installation that an operator must know. ``about``: the activities that have it."""

    code: str
    since: Instant
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusView:
    """One screen of health.

    ``users``, ``rooms``: how many persons and rooms there are in each state. ``lanes``: name -> (state word, queued, in
    flight). ``clock_skew``: this machine's clock minus Google's in seconds, None unless Google found it wrong.
    """

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
    clock_skew: float | None = None
    rooms: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an errand went. ``key``: to ask again with, for the same answer (or to go on waiting for it).

    ``state``: ``done``, or ``pending`` when there was no answer in time. ``answer``: a JSON object, None while pending;
    ``reasons``: of an explanation.
    """

    key: str
    state: Literal["done", "pending"]
    answer: Plain[bytes] | None = None
    reasons: tuple[Reason, ...] = ()


class UnknownUser(Exception):  # noqa: N818 - an answer, turned into 404
    """Nobody with that address is activated here."""


class Daemon(Protocol):
    """What admin socket, feed and push receiver may ask. All but ``push`` block: call them off the event loop.

    ``room``: a room is meant, else a person; CallError CONFLICT when the address is activated as the other.
    """

    def push(self, *, channel_id: str, token: str, resource_id: str, first: bool) -> bool:
        """A push request came in; unauthentic ones are dropped. Never blocks, never raises.

        False when nobody's could be noted at present, so that Google had better come again.
        """
        ...

    def status(self) -> StatusView: ...

    def users(self, *, reveal: bool, room: bool = False) -> list[UserView]:
        """All persons, or all rooms."""
        ...

    def activate(self, address: Plain[str], *, by: str, wait: float, room: bool = False) -> UserView:
        """Activate (or find already active); waits up to ``wait`` seconds for the calendar's verification.

        CallError CONFLICT google-rooms-off for a room when no account acts for rooms.
        """
        ...

    def deactivate(self, address: Plain[str], *, by: str, wait: float, room: bool = False) -> None:
        """UnknownUser. Returns when everything is erased or ``wait`` seconds are over."""
        ...

    def user(self, address: Plain[str], *, room: bool = False) -> UserView:
        """UnknownUser."""
        ...

    def resync(self, address: Plain[str], *, room: bool = False) -> None:
        """UnknownUser."""
        ...

    def items(self, bearer: Secret[str]) -> list[ItemRow]:
        """Stored events of the person whose Webex token this is. CallError USER code bearer-invalid; UnknownUser."""
        ...

    def item_key(self, bearer: Secret[str], key_url: str) -> Secret[bytes]:
        """The item's 256-bit key for its own reader. CallError, UnknownUser."""
        ...

    def errand(self, address: Plain[str], wish: Wish, *, by: str, key: str, wait: float) -> Outcome:
        """Do what an admin asks for in somebody's calendar; UnknownUser; CallError when it was refused or failed.

        ``key`` '' makes a new one; waits up to ``wait`` seconds.
        """
        ...

    def reader_errand(self, bearer: Secret[str], wish: Wish, *, key: str, wait: float) -> Outcome:
        """Do what the person whose Webex token this is asks for in their own calendar; else as :meth:`errand`."""
        ...

    def ready(self) -> bool: ...

    def reload(self) -> str:
        """Reload the configuration; '' or why the old one was kept."""
        ...
