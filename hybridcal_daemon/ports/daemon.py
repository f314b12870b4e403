"""The daemon, as its surfaces see it. Owns: its shape. Does not: serve anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from hybridcal_daemon.domain.effects import DeviceReport
from hybridcal_daemon.domain.explaining import Reason
from hybridcal_daemon.domain.values import Instant, Plain, Secret, UserId
from hybridcal_daemon.domain.wishes import Wish
from hybridcal_daemon.ports.devices import LocalDevice, WebexDevice, Workspace
from hybridcal_daemon.ports.store import ItemRow
from hybridcal_daemon.ports.webex import Finding


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
    devices: tuple[DeviceReport, ...] = ()


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
    ``webex``: what Webex lets this installation do. ``restart``: names of settings that a reload found changed, and
    that wait for a restart.
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
    webex: tuple[Finding, ...] = ()
    restart: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """Join details in events to come of one person: how many have ours, and how many are (or would be) looked at."""

    blocks: int
    redone: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceView:
    """A device for admins. ``address`` of the room or person that it belongs to only when asked for."""

    user: UserId
    device: DeviceReport
    address: Plain[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundWorkspace:
    """A workspace of the organisation, with the devices in it that could show a room's meetings."""

    workspace: Workspace
    devices: tuple[WebexDevice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkWish:
    """Which devices a room is to be linked with. ``workspace``: id or name; '' and () for none."""

    workspace: str = ""
    device_ids: tuple[str, ...] = ()
    local: tuple[LocalDevice, ...] = ()


class DeviceAdmin(Protocol):
    """What admins may ask about devices. All of it blocks."""

    def devices(self, *, reveal: bool, rooms: bool) -> list[DeviceView]:
        """Every device that shows somebody's meetings, with ``rooms`` those of rooms only."""
        ...

    def find(self) -> list[FoundWorkspace]:
        """CallError."""
        ...

    def link(self, address: Plain[str], wish: LinkWish, *, by: str) -> None:
        """Link a room with these devices and no others. UnknownUser, CallError."""
        ...

    def unlink(self, address: Plain[str], *, by: str) -> None:
        """From now on no device shows this room's meetings. UnknownUser, CallError."""
        ...


class UnknownUser(Exception):  # noqa: N818 - an answer, turned into 404
    """Nobody with that address is activated here."""


class Daemon(Protocol):
    """What admin socket, feed and push receiver may ask. All but ``push`` block: call them off the event loop.

    ``room``: a room is meant, else a person; CallError CONFLICT when the address is activated as the other.
    """

    @property
    def devices(self) -> DeviceAdmin:
        """What concerns devices."""
        ...

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

    def deactivate(
        self, address: Plain[str], *, by: str, wait: float, room: bool = False, undecorate: bool = False
    ) -> None:
        """UnknownUser. Returns when everything is erased or ``wait`` seconds are over.

        ``undecorate``: join details of ours are taken out of events to come, and the meetings made for them end.
        """
        ...

    def redecorate(self, address: Plain[str], *, dry: bool, by: str, wait: float) -> Blocks:
        """Have join details that stand written anew; ``dry``: only count them. UnknownUser, CallError."""
        ...

    def choose_site(self, address: Plain[str], site: str, *, by: str) -> None:
        """Choose the Webex site of a person, '' for the default one. UnknownUser, CallError."""
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
