"""The outside of the actors by hand: a vault, a minter and services that keep everything in dictionaries."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from actors.base import Behaviour
from hybridcal_daemon.domain.calls import (
    CheckAccess,
    FetchRoom,
    FindDevices,
    GrantAccess,
    ListEvents,
    OpenChannel,
    Priority,
    PutBookings,
    ReadVacation,
    ReturnAccess,
    RunErrand,
    StopChannel,
)
from hybridcal_daemon.domain.effects import Save, Submit
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.lane import LaneSettings
from hybridcal_daemon.domain.messages import (
    AccessChecked,
    AccessGranted,
    AccessReturned,
    BookingsPut,
    CallFailed,
    ChannelOpened,
    ChannelStopped,
    DevicesFound,
    ErrandDone,
    EventsListed,
    RoomFetched,
    SeenDevice,
    VacationRead,
)
from hybridcal_daemon.domain.state import Durable, Standing, UserSettings
from hybridcal_daemon.domain.tokens import MintedToken
from hybridcal_daemon.domain.values import Instant, Plain, RequestId, Sealed, Secret, UserId
from hybridcal_daemon.ports import (
    NewUser,
)
from hybridcal_daemon.shell.log_events import misuse

DEADLINE = 10.0
"""Seconds of real time after which a test stops waiting for something that should happen at once."""
QUIET = UserSettings(push=False, presence=False, devices=False)


class Poison:
    """A message that nobody handles: whoever gets it dies."""


class Ear(Behaviour):
    """Hears everything; ``answers``: what it says to questions, by type."""

    def __init__(self, answers: dict[type, Any] | None = None, on_death=lambda _died: None) -> None:
        super().__init__(on_death=on_death)
        self.heard: list[Any] = []
        self.answers = answers or {}

    def on_receive(self, message: object) -> object:
        self.heard.append(message)
        answer = self.answers.get(type(message))
        return answer(message) if callable(answer) else answer


class Log:
    """Keeps lines; registered ones only."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, Any]]] = []

    def emit(self, level: str, event: str, **fields: str | float | bool) -> None:
        wrong = misuse(event, fields)
        assert not wrong, wrong
        self.lines.append((level, event, fields))

    def named(self, event: str) -> list[dict[str, Any]]:
        return [fields for _, name, fields in self.lines if name == event]


class CountingRandom:
    def __init__(self) -> None:
        self.given = 0

    def token(self, size: int) -> str:
        self.given += 1
        return f"{self.given:0{2 * size}x}"

    def unit(self) -> float:
        return 0.5


class FakeVault:
    """ports.Vault. ``trouble``: why it cannot be unlocked; ``admitted``: users whose keys are loaded."""

    def __init__(self) -> None:
        self.trouble = ""
        self.sealed = "kms-sealed"
        self.admitted: dict[UserId, bytes] = {}
        self.unwraps: list[tuple[UserId, bytes]] = []
        self.made = 0
        self.fault: Exception | None = None

    def unlock(self) -> None:
        if self.fault is not None:
            raise self.fault
        self.sealed = self.trouble
        if self.sealed:
            self.admitted.clear()

    def _open(self) -> None:
        if self.sealed:
            raise CallError(Kind.SEALED, self.sealed)

    def admit(self, user, wrapped_key) -> None:
        self._open()
        self.unwraps.append((user, wrapped_key))
        self.admitted[user] = wrapped_key

    def forget(self, user) -> None:
        self.admitted.pop(user, None)

    def new_user(self, address, *, room=False):
        self._open()
        self.made += 1
        return NewUser(
            user=UserId(f"{'r' if room else 'u'}{self.made:020x}"),
            address=Sealed(address.reveal().encode()),
            index=self.index(address),
            wrapped_key=b"k",
        )

    def index(self, address) -> bytes:
        self._open()
        return b"index of " + address.reveal().encode()

    def channel_token(self, channel_id):
        self._open()
        return Secret(f"token of {channel_id}")

    def _keys(self, user) -> None:
        self._open()
        if user not in self.admitted:
            raise CallError(Kind.TRANSIENT, "kms-unknown-user")

    def seal_events(self, user, contents):
        self._keys(user)
        return list(contents)

    def seal(self, user, _place, plain):
        self._keys(user)
        return Sealed(plain.reveal())

    def open(self, user, _place, cell):
        self._keys(user)
        return Plain(bytes(cell))

    def digest(self, user, purpose, plain):
        self._keys(user)
        return hashlib.sha256(f"{user}|{purpose}|".encode() + plain.reveal()).hexdigest()[:32]

    def item_key(self, user, key_url):
        self._keys(user)
        return Secret(key_url.encode())


@dataclass
class FakeMinter:
    """ports.TokenMinter; ``results``: tokens or exceptions in order, then numbered tokens for ever."""

    clock: Any
    results: list[Any] = field(default_factory=list)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    life: float = 3600.0
    meanwhile: Any = None

    def mint(self, subject, purpose):
        self.asked.append((subject.reveal(), purpose))
        if self.meanwhile is not None:
            self.meanwhile()
        result = self.results.pop(0) if self.results else f"token {len(self.asked)}"
        if isinstance(result, BaseException):
            raise result
        return MintedToken(token=Secret(result), expires_at=Instant(self.clock.now() + self.life))


class Services:
    """What the lanes' workers reach. ``fails``: user -> (kind, code) of each list; ``calls``: all that was asked."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.fails: dict[str, tuple[Kind, str]] = {}
        self.runners = 0
        self.token: Any = None
        self.before = lambda _call: None
        self.refuse_to_stop = False
        self.role = ""

    def make(self, _lane, asker):
        self.runners += 1

        def run(call):
            self.calls.append(call)
            self.before(call)
            if self.token is not None:
                asker.token(call.user, self.token, force=False)
            return self.answer(call)

        return run

    def answer(self, call):  # noqa: C901, PLR0911 - one for each kind of call
        which = {"request_id": call.request_id, "user": call.user}
        refused = (Kind.TRANSIENT, "google-unavailable") if self.refuse_to_stop else None
        fails = self.fails.get(call.user) or (refused if isinstance(call, StopChannel) else None)
        if fails is not None:
            kind, code = fails
            return CallFailed(**which, kind=kind, code=code)
        match call:
            case ListEvents():
                number = f"sync {len(self.calls)}"
                return EventsListed(**which, events=(), removed=(), quarantined=(), next_page=None, next_token=number)
            case FetchRoom():
                return RoomFetched(**which, person_id="person", room=None)
            case OpenChannel():
                return ChannelOpened(**which, channel_id=call.channel_id, resource_id="r", expires_at=Instant(4e9))
            case CheckAccess() | GrantAccess() | ReturnAccess():
                return self.access(call, which)
            case FindDevices():
                seen = () if call.link is None else (SeenDevice(device_id="d1", online=True, capable=True),)
                return DevicesFound(**which, devices=seen)
            case PutBookings():
                return BookingsPut(**which, device_id=call.device_id, digest=call.digest)
            case StopChannel():
                return ChannelStopped(**which, channel_id=call.channel_id)
            case RunErrand():
                answer = {"explain": b'{"seen": null}'}.get(call.kind, b'{"event": {"id": "e1"}}')
                return ErrandDone(**which, key=call.key, answer=Sealed(answer))
            case ReadVacation():
                return VacationRead(**which, enabled=False, start=None, end=None)
        raise AssertionError(type(call).__name__)

    def access(self, call, which):
        if isinstance(call, CheckAccess):
            return AccessChecked(**which, role=self.role)
        return AccessReturned(**which) if isinstance(call, ReturnAccess) else AccessGranted(**which, rule=Sealed(b"r"))

    def lists(self, user=None):
        return [call for call in self.calls if isinstance(call, ListEvents) and user in (None, call.user)]


def spied(directory):
    """Let a directory write down every tell, in order: (time, name, message)."""
    told: list[tuple[str, Any]] = []
    real = directory.tell

    def tell(name, message):
        told.append((name, message))
        return real(name, message)

    directory.tell = tell
    return told


def told_to(told, name, *types):
    """Messages of these types that were told to a name."""
    return [message for who, message in told if who == name and (not types or isinstance(message, types))]


def order(user, number, *, priority=Priority.NORMAL, incarnation=1, not_after=Instant(9e9), lane="google") -> Submit:
    call = ListEvents(request_id=RequestId((incarnation << 40) | number), user=UserId(user), sync_token="t")
    return Submit(lane=lane, priority=priority, call=call, not_after=not_after)


def save(user, version, *, put=(), delete=(), **durable) -> Save:
    standing = Standing(state="active", since=Instant(1))
    values = {"version": version, "standing": standing, **durable}
    return Save(user=UserId(user), version=version, durable=Durable(**values), put=tuple(put), delete=tuple(delete))


def uid(number: int) -> UserId:
    return UserId(f"u{number:020x}")


WIDE = LaneSettings(workers=4, per_minute=60_000.0, burst=500)
