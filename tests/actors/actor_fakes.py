"""The outside of the actors by hand: a store, a vault, a minter and services that keep everything in dictionaries."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from actors.base import Behaviour
from actors.system import ActorSystem, World
from hybridcal_daemon.domain.calls import FetchRoom, ListEvents, OpenChannel, Priority, ReadVacation, StopChannel
from hybridcal_daemon.domain.effects import Save, Submit
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.lane import LaneSettings
from hybridcal_daemon.domain.messages import (
    CallFailed,
    ChannelOpened,
    ChannelStopped,
    EventsListed,
    RoomFetched,
    VacationRead,
)
from hybridcal_daemon.domain.state import Durable, Snapshot, Standing, UserSettings
from hybridcal_daemon.domain.tokens import MintedToken
from hybridcal_daemon.domain.values import Instant, Plain, RequestId, Sealed, Secret, UserId
from hybridcal_daemon.ports import (
    AddUser,
    Audit,
    EraseUser,
    ItemRow,
    LeaveUser,
    NewUser,
    StoreBroken,
    StoreFull,
    UserRow,
)
from hybridcal_daemon.shell.log_events import misuse
from tests.simulation.runtime import SimRuntime, SimScheduler, sim_system

DEADLINE = 10.0
"""Seconds of real time after which a test stops waiting for something that should happen at once."""
QUIET = UserSettings(push=False, presence=False)


_ADDRESS = Sealed(b"a")
_EPOCH = Instant(0)


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


class MemoryStore:
    """ports.Store. ``full``, ``broken``: every write fails so; ``bad``: users whose saves are a fault."""

    def __init__(self) -> None:
        self.rows: dict[UserId, UserRow] = {}
        self.durables: dict[UserId, Durable] = {}
        self.items_of: dict[UserId, dict[str, Any]] = {}
        self.audits: list[Audit] = []
        self.commits: list[tuple[Any, ...]] = []
        self.attempts = 0
        self.wipes = 0
        self.key: bytes | None = None
        self.full = self.broken = self.wipe_full = False
        self.bad: set[str] = set()
        self.opened = self.closed = False
        self.before_commit = lambda: None
        self.refuses_to_open: Exception | None = None

    def open(self) -> None:
        if self.refuses_to_open is not None:
            raise self.refuses_to_open
        self.opened = True

    def close(self) -> None:
        self.closed = True

    def check(self) -> None:
        if self.broken:
            raise StoreBroken("the disk fails")
        if self.full:
            raise StoreFull("no space")

    def commit(self, writes) -> None:
        self.attempts += 1
        self.before_commit()
        if any(isinstance(write, Save) and write.user in self.bad for write in writes):
            raise TypeError("cannot be stored")
        self.check()
        for write in writes:
            self._apply(write)
        self.commits.append(tuple(writes))

    def _apply(self, write) -> None:
        match write:
            case AddUser():
                new = write.row
                self.add(new.user, new.address, new.index, new.wrapped_key, write.at)
            case LeaveUser() if write.user in self.rows:
                self.rows[write.user] = replace(
                    self.rows[write.user], standing=Standing(state="leaving", since=write.at)
                )
            case EraseUser():
                for table in (self.rows, self.durables, self.items_of):
                    table.pop(write.user, None)
            case Audit():
                self.audits.append(write)
            case Save() if write.user in self.rows:
                self._save(write)

    def _save(self, write: Save) -> None:
        self.durables[write.user] = write.durable
        items = self.items_of.setdefault(write.user, {})
        items.update({event.fact.event_id: event for event in write.put})
        for event_id in write.delete:
            items.pop(event_id, None)
        if self.rows[write.user].standing.state != "leaving":
            self.rows[write.user] = replace(self.rows[write.user], standing=write.durable.standing)

    def add(self, user, address=_ADDRESS, index=b"i", wrapped_key=b"k", at=_EPOCH) -> None:
        standing = Standing(since=at)
        self.rows[user] = UserRow(user=user, address=address, index=index, wrapped_key=wrapped_key, standing=standing)
        self.durables[user] = Durable(standing=standing)

    def users(self):
        self._readable()
        return [self.rows[user] for user in sorted(self.rows)]

    def user_by_index(self, index):
        self._readable()
        return next((row for row in self.rows.values() if row.index == index), None)

    def snapshot(self, user):
        self._readable()
        durable = self.durables.get(user, Durable())
        if user in self.rows:
            durable = replace(durable, standing=self.rows[user].standing)
        facts = tuple(event.fact for _, event in sorted(self.items_of.get(user, {}).items()))
        return Snapshot(user=user, durable=durable, events=facts)

    def items(self, user):
        self._readable()
        return [ItemRow(fact=event.fact, item=event.item) for event in self.items_of.get(user, {}).values()]

    def join_cell(self, user, event_id):
        event = self.items_of.get(user, {}).get(event_id)
        return None if event is None else event.join

    def _readable(self) -> None:
        if self.broken:
            raise StoreBroken("the disk fails")

    def wrapped_index_key(self):
        self._readable()
        return self.key

    def put_wrapped_index_key(self, blob) -> None:
        self.check()
        self.key = blob

    def wipe_free_pages(self) -> None:
        if self.wipe_full:
            raise StoreFull("no space")
        self.wipes += 1


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

    def new_user(self, address):
        self._open()
        self.made += 1
        return NewUser(
            user=UserId(f"u{self.made:020x}"),
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

    def make(self, _lane, asker):
        self.runners += 1

        def run(call):
            self.calls.append(call)
            self.before(call)
            if self.token is not None:
                asker.token(call.user, self.token, force=False)
            return self.answer(call)

        return run

    def answer(self, call):
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
            case StopChannel():
                return ChannelStopped(**which, channel_id=call.channel_id)
            case ReadVacation():
                return VacationRead(**which, enabled=False, start=None, end=None)
        raise AssertionError(type(call).__name__)

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


class Company:
    """A whole actor system on the deterministic scheduler."""

    def __init__(self, seed=1, *, store=None, lanes=None, settings=QUIET, scheduler=None) -> None:
        self.scheduler = scheduler or SimScheduler(seed)
        self.scheduler.serve("tokens", "minter-*", "kms", "store")
        self.store = store or MemoryStore()
        self.vault = FakeVault()
        self.log = Log()
        self.services = Services()
        self.minter = FakeMinter(self.scheduler.clock)
        self.random = CountingRandom()
        self.fatal: list[Any] = []
        world = World(
            clock=self.scheduler.clock,
            random=self.random,
            log=self.log,
            store=self.store,
            make_vault=lambda _asker, _fresh: self.vault,
            make_alarm=self.scheduler.alarm,
            make_minter=lambda: self.minter,
            make_runner=self.services.make,
            lanes=lanes or {"google": WIDE, "webex": WIDE},
            settings=settings,
            minters=2,
        )
        self.system = ActorSystem(sim_system(self.scheduler), world, self.fatal.append)
        self.directory = self.system.directory
        self.told = spied(self.directory)
        self.ask = self.system.asker.ask

    def start(self, users=0):
        for number in range(1, users + 1):
            self.store.add(uid(number), index=b"index %d" % number)
        self.system.start()
        self.system.serve()
        self.advance(5.0)  # lanes begin with an empty budget
        return self

    @property
    def now(self):
        return self.scheduler.clock.now()

    def settle(self):
        """Let everything happen that can without moving the clock."""
        self.scheduler.run_until(self.now)

    def advance(self, seconds):
        self.scheduler.run_until(self.now + seconds)

    def crash(self, user):
        assert self.directory.tell(user, Poison())
        self.settle()

    def alive(self, user):
        ref = self.directory.get(user)
        return ref is not None and ref.is_alive()

    def sweep(self):
        self.system.sweep()
        self.settle()


class Bench:
    """Single actors on the deterministic scheduler, with ears for everybody else."""

    def __init__(self, seed=1) -> None:
        from actors.asking import Asker  # noqa: PLC0415 - beside what it is for
        from actors.directory import Directory  # noqa: PLC0415 - the same

        self.scheduler = SimScheduler(seed)
        self.runtime = SimRuntime(self.scheduler)
        self.clock = self.scheduler.clock
        self.directory = Directory()
        self.told = spied(self.directory)
        self.asker = Asker(self.directory)
        self.log = Log()
        self.deaths: list[Any] = []

    def spawn(self, name, behaviour, *args):
        """Start a behaviour that takes ``on_death`` last; gives the actor itself too."""
        ref = self.runtime.spawn(behaviour, *args, self.deaths.append, name=name)
        self.directory.put(name, ref)
        return ref

    def ear(self, name, answers=None):
        self.directory.put(name, self.runtime.spawn(Ear, answers, name=name))

    def tell(self, name, *messages):
        for message in messages:
            self.directory.tell(name, message)

    def settle(self):
        self.scheduler.run_until(self.clock.now())

    def advance(self, seconds):
        self.scheduler.run_until(self.clock.now() + seconds)

    def heard(self, name, *types):
        return told_to(self.told, name, *types)
