from __future__ import annotations

import pytest

from tests.actors.actor_fakes import Bench, Company
from tests.actors.actor_threads import Threaded


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
