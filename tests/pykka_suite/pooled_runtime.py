"""The pytest plugin that puts our pool under Pykka's own tests.

Owns: the `runtime` fixture with two parameters (Pykka's threads as the control, our pool), the `mocker` fixture that
the suite wants from pytest-mock (as much of it as it uses), and the count of what passed on the pool. Does not: change
a test.
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from unittest import mock

import pykka
import pytest

from actors.pool import GuardedFuture, PooledActor

AT_LEAST = 100
"""Fewer passed tests than this on the pool mean that the suite has changed and no longer takes our fixture."""

_passed = 0


def _runtime(name, actor_class, future_class):
    from tests.types import Runtime  # noqa: PLC0415 - Pykka's own; it is not there when the plugin is loaded

    return Runtime(
        name=name,
        actor_class=actor_class,
        event_class=threading.Event,
        future_class=future_class,
        sleep_func=time.sleep,
    )


@pytest.fixture(scope="session", params=["threading", "pooled"])
def runtime(request):
    if request.param == "pooled":
        return _runtime("pooled", PooledActor, GuardedFuture)
    return _runtime("threading", pykka.ThreadingActor, pykka.ThreadingFuture)


class _Patcher:
    def __init__(self, stack):
        self._stack = stack

    def object(self, *args, **kwargs):
        return self._stack.enter_context(mock.patch.object(*args, **kwargs))


class _Mocker:
    Mock = mock.Mock
    MagicMock = mock.MagicMock
    NonCallableMock = mock.NonCallableMock

    def __init__(self, stack):
        self.patch = _Patcher(stack)


@pytest.fixture
def mocker():
    with ExitStack() as stack:
        yield _Mocker(stack)


def pytest_runtest_logreport(report):
    global _passed  # noqa: PLW0603 - hooks have no other place
    _passed += report.when == "call" and report.passed and "pooled" in report.nodeid.partition("[")[2]


def pytest_sessionfinish(session, exitstatus):
    if exitstatus == pytest.ExitCode.OK and _passed < AT_LEAST:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"{_passed} tests passed on the pooled runtime (at least {AT_LEAST} must)")
