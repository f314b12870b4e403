from __future__ import annotations

import pytest

from tests.actors.actor_fakes import Bench, Company


@pytest.fixture
def company():
    """An actor system on virtual time that has not been started."""
    return Company()


@pytest.fixture
def bench():
    return Bench()
