"""What a simulated crash takes with it."""

from __future__ import annotations

import pykka
import pytest

from hybridcal_daemon.domain.values import HOUR, Instant
from tests.actors_runtime.behaviours import Call, Note, Read, Scribe, settle
from tests.simulation.runtime import Crashed, SimRuntime, SimScheduler
from tests.simulation.scheduler import START


@pytest.fixture
def scheduler():
    return SimScheduler(seed=11)


@pytest.fixture
def runtime(scheduler):
    return SimRuntime(scheduler)


def test_a_crash_takes_mailboxes_actors_and_alarms_but_not_the_world(scheduler, runtime):
    seen = []
    scheduler.delay("slow", 5.0, 5.0)
    quick, slow = runtime.spawn(Scribe, name="quick"), runtime.spawn(Scribe, name="slow")
    for ref in (quick, slow):
        ref.tell(Call(lambda: seen.append("message")))
    scheduler.alarm(lambda: seen.append("alarm")).set(Instant(START + 1))
    scheduler.after(2.0, lambda: seen.append("world"))
    scheduler.crash()
    scheduler.run_until(START + HOUR)
    assert seen == ["world"]
    assert not quick.is_alive()
    with pytest.raises(pykka.ActorDeadError):
        slow.tell(Note("x"))
    assert scheduler.life == 1


def test_an_alarm_of_a_former_life_cannot_be_set(scheduler):
    rung = []
    alarm = scheduler.alarm(lambda: rung.append(1))
    scheduler.crash()
    alarm.set(Instant(START + 1))
    scheduler.run_until(START + 2)
    assert rung == []


def test_an_armed_point_kills_the_process_in_the_middle_of_a_handler_without_a_report(scheduler, runtime):
    deaths, log = [], []
    ref = runtime.spawn(Scribe, deaths.append, name="store")

    def commit():
        log.append("before")
        scheduler.point("store.committed")
        log.append("after")

    for _ in range(3):
        ref.tell(Call(commit))
    scheduler.arm("store.committed", hits=2)
    with pytest.raises(Crashed) as crashed:
        settle(scheduler)
    assert crashed.value.point == "store.committed"
    assert log == ["before", "after", "before"]
    assert deaths == []
    assert scheduler.reached["store.committed"] == 2
    assert scheduler.tail[-1] == (0.0, "crash", "store.committed")


def test_a_crash_comes_through_a_waiting_actor_and_the_next_life_works(scheduler, runtime):
    scheduler.serve("kms")
    kms, worker = runtime.spawn(Scribe, name="kms"), runtime.spawn(Scribe, name="worker")
    worker.tell(Call(lambda: kms.ask(Call(scheduler.crash))))
    with pytest.raises(Crashed):
        settle(scheduler)
    assert not worker.is_alive()
    reborn = runtime.spawn(Scribe, name="worker")
    assert reborn.ask(Read()) == []


def test_the_world_may_pull_the_plug(scheduler, runtime):
    ref = runtime.spawn(Scribe, name="a")
    scheduler.after(3.0, scheduler.crash)
    with pytest.raises(Crashed):
        scheduler.run_until(START + HOUR)
    assert not ref.is_alive()
    assert scheduler.clock.monotonic() == 3.0


def test_the_process_is_not_disturbed_by_an_unarmed_point(scheduler, runtime):
    ref = runtime.spawn(Scribe, name="a")
    ref.ask(Call(lambda: scheduler.point("x")))
    assert scheduler.reached["x"] == 1
    assert ref.is_alive()
