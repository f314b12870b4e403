"""The actors of one daemon, wired together.

Owns: who exists, under which name, on which runtime; the order of starting and stopping. Promises: the same wiring in
production (threads and the pool) and in simulation (one deterministic scheduler); a singleton's death is fatal, since
nobody could answer for what it held. Does not: make adapters (``shell/app.py`` or a test does).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pykka

from actors.asking import Asker
from actors.base import Died
from actors.desk import Desk
from actors.directory import Directory
from actors.kms import KmsActor
from actors.lane import LaneActor, LaneWorker, Runner
from actors.obtp import ObtpTimers
from actors.protocol import (
    DESK,
    SUPERVISOR,
    Forgive,
    Hold,
    LaneStatus,
    NewSettings,
    OpenStore,
    Ping,
    ReadUsers,
    Renew,
    Retune,
    ServeAll,
    StoreStatus,
    Sweep,
    Tell,
    Unlock,
)
from actors.store import StoreActor
from actors.supervisor import Supervisor
from actors.tokens import MinterActor, TokensActor
from actors.user import Surroundings
from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.tokens import TokenState, at_hand, own_subject

if TYPE_CHECKING:
    from actors.runtime import System as Runtimes
    from hybridcal_daemon.domain.calls import LaneName
    from hybridcal_daemon.domain.lane import LaneSettings
    from hybridcal_daemon.domain.state import UserSettings
    from hybridcal_daemon.domain.tokens import SubjectOf
    from hybridcal_daemon.domain.values import UserId
    from hybridcal_daemon.ports import AlarmFactory, Clock, Log, Random, Store, TokenMinter, UserRow, Vault

MINTERS: Final = 4
_LOOK: Final = 0.02
_OPENING: Final = 600.0
"""Seconds; a large database is checked page by page before it is used."""
_STOPPING: Final = 10.0
_LATE: Final = 15.0
"""A moment that has been overdue for so many seconds is not only waiting for its turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything outside, as ports. The ``make_*`` are called once per worker, in its own thread."""

    clock: Clock
    random: Random
    log: Log
    store: Store
    make_vault: Callable[[Asker, bool], Vault]
    """``(asker, fresh)``; fresh: nobody is activated yet, so keys may be made."""
    make_alarm: AlarmFactory
    make_minter: Callable[[], TokenMinter]
    make_runner: Callable[[LaneName, Asker], Runner]
    lanes: dict[LaneName, LaneSettings]
    settings: UserSettings
    minters: int = MINTERS
    subject_of: SubjectOf = own_subject
    """Whose token it is; asked at each request for a token, in the minters' threads, so that a reload counts."""


@dataclass(slots=True)
class Cast:
    """Names of the singletons, in the order in which they were started."""

    names: list[str] = field(default_factory=list)


class ActorSystem:
    """Starts, feeds and stops all actors."""

    def __init__(self, runtimes: Runtimes, world: World, on_fatal: Callable[[Died], None]) -> None:
        self.directory = Directory()
        self._tokens = TokenState()
        self.asker = Asker(self.directory, at_hand=lambda key: at_hand(self._tokens, key, world.clock.now()))
        self._runtimes = runtimes
        self._world = world
        self._on_fatal = on_fatal
        self._fatal = threading.Lock()
        self._cast = Cast()
        self._rows: tuple[UserRow, ...] = ()
        self.vault: Vault

    # ---- life

    def start(self) -> None:
        """Start the singletons and open the database; raises what the store raises."""
        world, directory = self._world, self.directory
        future = self._runtimes.singletons.future
        self._spawn("timers", ObtpTimers, directory, world.clock, world.make_alarm)
        self._spawn("store", StoreActor, world.store, directory, world.clock, world.log)
        self.asker.ask("store", OpenStore(), _OPENING)
        self._rows = tuple(self.asker.ask("store", ReadUsers(), _OPENING))
        self.vault = world.make_vault(self.asker, not self._rows)
        self._spawn("kms", KmsActor, self.vault, world.log)
        for number in range(world.minters):
            self._spawn(f"minter-{number}", MinterActor, world.make_minter, world.subject_of, self.asker, world.log)
        self._spawn("tokens", TokensActor, world.minters, directory, world.clock, world.log, future, self._tokens)
        for lane, settings in world.lanes.items():
            self._start_lane(lane, settings)
        self._spawn(DESK, Desk, directory, world.clock, future)
        around = Surroundings(directory, world.clock, world.log, self._death)
        self._spawn(SUPERVISOR, Supervisor, self._runtimes.users, around, world.random, world.settings, future, last=())

    def serve(self) -> str:
        """Unlock the keys and begin to serve everybody who is activated; gives '' or why it is sealed."""
        sealed: str = self.asker.ask("kms", Unlock())
        rows, self._rows = self._rows, ()
        self.directory.tell(SUPERVISOR, ServeAll(rows))
        return sealed

    def drain(self, patience: float) -> bool:
        """Begin no new request; wait for those under way. True when all have ended in time."""
        for lane in self._world.lanes:
            self.directory.tell(lane, Hold())
        end = self._world.clock.monotonic() + patience
        pause = threading.Event()
        while any(self._under_way(lane, patience) for lane in self._world.lanes):
            if self._world.clock.monotonic() >= end:
                return False
            pause.wait(_LOOK)
        return True

    def _under_way(self, lane: LaneName, patience: float) -> bool:
        """Whether a lane has requests that have not ended; a lane that does not answer has."""
        try:
            return bool(self.asker.ask(lane, LaneStatus(), patience)[2])
        except CallError:
            return True

    def silent(self, patience: float) -> str:
        """Name of a part that does not answer in ``patience`` seconds, or ''; the timers also when they are late."""
        questions: list[tuple[str, object]] = [("store", StoreStatus()), ("timers", Ping()), (SUPERVISOR, Ping())]
        questions += [(DESK, Ping()), ("tokens", Ping()), *((lane, LaneStatus()) for lane in self._world.lanes)]
        for name, question in questions:
            try:
                answer = self.asker.ask(name, question, patience)
            except CallError:
                return name
            if name == "timers" and answer > _LATE:
                return name
        return ""

    def unlock(self) -> None:
        """Try the keys again."""
        self.directory.tell("kms", Unlock())

    def stop(self) -> None:
        """Stop in reverse: nobody new, then the lanes, then what they lean on; the store writes its last batch."""
        self._stop_one(SUPERVISOR, wait=True)
        for ref in self.directory.refs():
            if ref.actor_urn not in self._cast.names:
                ref.stop(block=False)
        for name in reversed(self._cast.names):
            self._stop_one(name, wait=name == "store")

    def _stop_one(self, name: str, *, wait: bool) -> None:
        ref = self.directory.get(name)
        if ref is None:
            return
        with suppress(pykka.Timeout):  # it hangs, and ends with the process
            ref.stop(block=wait, timeout=_STOPPING)

    # ---- while running

    @property
    def clock_skew(self) -> float | None:
        """This machine's clock minus Google's in seconds, None unless Google found it wrong; any thread may ask."""
        return self._tokens.skew

    def forgive(self, user: UserId) -> None:
        """An admin says that something about this user has changed at Google."""
        self.directory.tell("tokens", Forgive(user))

    @property
    def random(self) -> Random:
        """Chance, for keys that surfaces give out (any thread may ask)."""
        return self._world.random

    def sweep(self) -> None:
        """Periodically: see that everybody is alive and the clock goes on, and try keys that are not available."""
        self.directory.tell(SUPERVISOR, Sweep())
        self.directory.tell(DESK, Sweep())
        self.directory.tell("timers", Sweep())
        if self.vault.sealed:
            self.unlock()

    def retune(self, settings: UserSettings, lanes: dict[LaneName, LaneSettings]) -> None:
        """Settings changed by a reload."""
        for lane, tuned in lanes.items():
            self.directory.tell(lane, Retune(tuned))
            for number in range(self._world.lanes[lane].workers):
                self.directory.tell(f"{lane}-{number}", Renew())
        for number in range(self._world.minters):
            self.directory.tell(f"minter-{number}", Renew())
        self.directory.tell("tokens", Renew())
        self.directory.tell(SUPERVISOR, NewSettings(settings))  # last: what follows from it is done by the new ones

    def tell_user(self, user: str, message: object) -> None:
        """Pass a message on to a user's actor; silently nothing when there is none."""
        self.directory.tell(user, message)

    def broadcast(self, message: object) -> None:
        """Pass a message on to all users."""
        self.directory.tell(SUPERVISOR, Tell(None, message))

    # ---- wiring

    def _start_lane(self, lane: LaneName, settings: LaneSettings) -> None:
        world = self._world
        for number in range(settings.workers):
            self._spawn(
                f"{lane}-{number}",
                LaneWorker,
                lane,
                number,
                lambda: world.make_runner(lane, self.asker),
                self.directory,
                world.clock,
                world.log,
            )
        self._spawn(lane, LaneActor, settings, self.directory, world.clock, world.log)

    def _spawn(self, name: str, behaviour: Any, *args: object, last: tuple[object, ...] | None = None) -> None:  # noqa: ANN401
        """All but the supervisor take ``on_death`` as their last argument."""
        tail = (self._death,) if last is None else last
        self._cast.names.append(name)
        self.directory.put(name, self._runtimes.singletons.spawn(behaviour, *args, *tail, name=name))

    def _death(self, died: Died) -> None:
        """A user's is the supervisor's affair; of the others the first is the cause, and what follows is not."""
        if died.name not in self._cast.names:
            self.directory.tell(SUPERVISOR, died)
        elif self._fatal.acquire(blocking=False):
            self._on_fatal(died)
