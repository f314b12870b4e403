"""Real daemons in small worlds."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hybridcal_daemon.shell.demo_scenes import Play
from hybridcal_daemon.shell.stage import Stage


@pytest.fixture
def stage(tmp_path):
    with Stage(tmp_path, people={"alice": "Alice Archer", "bob": "Bob Baker"}) as made:
        yield made


@pytest.fixture
def play(stage):
    return Play(stage, lambda *_: None)


@pytest.fixture
def refused(stage):
    """Run a daemon that must not come up: its exit code and what it says."""

    def run() -> tuple[int, str]:
        command = [sys.executable, "-m", "hybridcal_daemon", "run", "--config", str(stage.config)]
        done = subprocess.run(command, capture_output=True, timeout=30, check=False)
        return done.returncode, (done.stderr + done.stdout).decode()

    return run
