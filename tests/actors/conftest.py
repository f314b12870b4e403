from __future__ import annotations

import pytest

from actors.protocol import SUPERVISOR
from actors.store import StoreActor
from tests.actors.actor_fakes import uid
from tests.actors.actor_threads import Threaded
from tests.actors.actor_worlds import Bench, Company
from tests.actors.local_house import House
from tests.actors.memory_store import MemoryStore


@pytest.fixture
def company():
    """An actor system on virtual time that has not been started."""
    return Company()


@pytest.fixture
def bench():
    return Bench()


@pytest.fixture
def threaded():
    """An actor system on real threads that has not been started."""
    made = Threaded()
    yield made
    made.end()


@pytest.fixture
def house(company):
    """A running system with its surface."""
    return House(company)


@pytest.fixture
def store(bench):
    memory = MemoryStore()
    for number in (1, 2, 3):
        memory.add(uid(number), index=b"%d" % number)
        bench.ear(uid(number))
    for name in (SUPERVISOR, "timers"):
        bench.ear(name)
    bench.spawn("store", StoreActor, memory, bench.directory, bench.clock, bench.log)
    return memory
