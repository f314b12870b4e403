from __future__ import annotations

import pytest

from actors.pool import Pool
from actors.runtime import PoolRuntime, ThreadRuntime
from tests.actors_runtime.behaviours import DEADLINE, Scribe
from tests.simulation.runtime import SimRuntime, SimScheduler


def _run(kind):
    if kind == "threads":
        yield ThreadRuntime()
    elif kind == "simulation":
        yield SimRuntime(SimScheduler(seed=7))
    else:
        runtime = PoolRuntime(Pool(workers=2))
        yield runtime
        assert runtime.pool.stop(timeout=DEADLINE)


@pytest.fixture(params=["threads", "pool", "simulation"])
def runtime(request):
    yield from _run(request.param)


@pytest.fixture(params=["threads", "pool"])
def threaded(request):
    """Runtimes with real concurrency."""
    yield from _run(request.param)


@pytest.fixture
def pooled():
    yield from _run("pool")


@pytest.fixture
def one_worker():
    """A pool whose only worker can be kept busy until a test has everything in place."""
    runtime = PoolRuntime(Pool(workers=1, slice_size=8))
    yield runtime
    assert runtime.pool.stop(timeout=DEADLINE)


@pytest.fixture
def spawn(runtime):
    """Spawn with a throw-away name; stopped at the end."""
    refs = []

    def start(behaviour=Scribe, *args, name="", **kwargs):
        refs.append(runtime.spawn(behaviour, *args, name=name or f"actor-{len(refs)}", **kwargs))
        return refs[-1]

    yield start
    for ref in refs:
        ref.stop(timeout=DEADLINE)
