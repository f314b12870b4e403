import os

import pytest

from tests.simulation.chunks import Chunks


@pytest.fixture(scope="session")
def chunks(tmp_path_factory):
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "simulation"
    shared.mkdir(exist_ok=True)
    return Chunks(shared)
