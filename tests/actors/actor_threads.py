"""The actor system on real threads and the pool, with the outside by hand."""

from __future__ import annotations

import threading

from actors.runtime import PoolRuntime, System, ThreadRuntime
from actors.system import ActorSystem, World
from hybridcal_daemon.adapters.clock import SystemClock
from hybridcal_daemon.adapters.scheduler import Scheduler
from tests.actors.actor_fakes import DEADLINE, QUIET, WIDE, CountingRandom, FakeMinter, FakeVault, Log, Services, uid
from tests.actors.memory_store import MemoryStore


class Threaded:
    """The system on real threads, with the outside by hand."""

    def __init__(self, lanes=None):
        self.clock = SystemClock()
        self.scheduler = Scheduler(self.clock)
        self.store, self.vault, self.log, self.services = MemoryStore(), FakeVault(), Log(), Services()
        self.pool = PoolRuntime()
        self.fatal = []
        self.died = threading.Event()
        self.ended = False
        world = World(
            clock=self.clock,
            random=CountingRandom(),
            log=self.log,
            store=self.store,
            make_vault=lambda _asker, _fresh: self.vault,
            make_alarm=self.scheduler.alarm,
            make_minter=lambda: FakeMinter(self.clock),
            make_runner=self.services.make,
            lanes=lanes or {"google": WIDE, "webex": WIDE},
            settings=QUIET,
            minters=2,
        )
        self.system = ActorSystem(System(singletons=ThreadRuntime(), users=self.pool), world, self._fatal)

    def _fatal(self, died):
        self.fatal.append(died)
        self.died.set()

    def start(self, users=0):
        for number in range(1, users + 1):
            self.store.add(uid(number), index=b"%d" % number)
        self.scheduler.start()
        self.system.start()
        self.system.serve()
        return self

    def end(self):
        """Stop everything, once; True when every thread of the pool has ended."""
        if not self.ended:
            self.ended = True
            self.scheduler.stop()
            self.system.stop()
        return self.pool.pool.stop(timeout=DEADLINE)
