"""Real daemons in small worlds."""

from __future__ import annotations

import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest

from hybridcal_daemon.shell.demo_play import Play
from hybridcal_daemon.shell.stage import Stage
from tests.contract_google.checked import Checker
from tests.contract_webex.checked import Checker as WebexChecker


@pytest.fixture
def stage(tmp_path):
    with Stage(tmp_path, people={"alice": "Alice Archer", "bob": "Bob Baker"}) as made:
        checker, other = watched(made.google), watched_webex(made.webex)
        yield made
    assert checker.faults == []
    assert other.faults == []


def watched(google):
    """Hold every request of the daemon, and each answer that was not spoilt on purpose, against Google's documents."""
    checker, handle = Checker(), google.handle

    def checked(request):
        response = handle(request)
        if "quotaUser=" in request.url or request.url.endswith("/token"):
            fault = google.journal()[-1].fault
            checker.watch(SimpleNamespace(request=request, response=response, fault=fault))
        return response

    google.handle = checked
    return checker


def watched_webex(webex):
    """The same for Webex and its public description."""
    checker, handle, turn = WebexChecker(), webex.handle, threading.Lock()

    def checked(request):
        if "/sandbox/" in request.url:
            return handle(request)
        with turn:  # what is last in the journal is this request
            response = handle(request)
            fault = webex.journal()[-1].fault
        checker.watch(SimpleNamespace(request=request, response=response, fault=fault))
        return response

    webex.handle = checked
    return checker


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
