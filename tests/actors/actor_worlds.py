"""Where actors live in these tests: a whole system, or one actor among ears, on the deterministic scheduler."""

from __future__ import annotations

from typing import Any

from actors.asking import Asker
from actors.directory import Directory
from actors.system import ActorSystem, World
from tests.actors.actor_fakes import (
    QUIET,
    WIDE,
    CountingRandom,
    Ear,
    FakeMinter,
    FakeVault,
    Log,
    Poison,
    Services,
    spied,
    told_to,
    uid,
)
from tests.actors.memory_store import MemoryStore
from tests.simulation.runtime import SimRuntime, SimScheduler, sim_system


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
            lanes=lanes or {"google": WIDE, "webex": WIDE, "devices": WIDE},
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
