"""The alarm clock: APScheduler behind the port, on real threads and with clocks that jump."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from actors.base import Behaviour
from actors.directory import Directory
from actors.obtp import ObtpTimers
from actors.protocol import SetAlarm
from actors.runtime import ThreadRuntime
from hybridcal_daemon.adapters.clock import SystemClock
from hybridcal_daemon.adapters.scheduler import Scheduler
from hybridcal_daemon.domain.messages import Woke
from hybridcal_daemon.domain.values import HOUR, Instant
from tests.actors.actor_fakes import DEADLINE

# ---- with APScheduler and threads


class ManualClock:
    """Stands still; ``wall`` and ``real`` are pushed by the test."""

    def __init__(self):
        self.wall = SystemClock().now()
        self.real = 0.0

    def now(self):
        return Instant(self.wall)

    def monotonic(self):
        return self.real


class Sleeper(Behaviour):
    """Sets an event when it is woken."""

    def __init__(self, woke, on_death):
        super().__init__(on_death=on_death)
        self.woke = woke

    def on_receive(self, message):
        assert isinstance(message, Woke)
        self.woke.append(SystemClock().now())
        if len(self.woke) == self.woke.wanted:
            self.woke.all.set()


class Woken(list):
    def __init__(self, wanted):
        super().__init__()
        self.wanted = wanted
        self.all = threading.Event()


@pytest.fixture
def scheduler():
    made = Scheduler(SystemClock())
    made.start()
    yield made
    made.stop()


def test_real_threads_wake_everybody_on_time(scheduler):
    clock, directory, runtime, deaths = SystemClock(), Directory(), ThreadRuntime(), []
    timers = runtime.spawn(ObtpTimers, directory, clock, scheduler.alarm, deaths.append, name="timers")
    directory.put("timers", timers)
    woken = Woken(wanted=100)
    sleeper = runtime.spawn(Sleeper, woken, deaths.append, name="sleeper")
    for number in range(100):
        directory.put(f"s{number}", sleeper)
    begun = clock.now()
    for number in range(100):
        directory.tell("timers", SetAlarm(f"s{number}", Instant(begun + 30.0)))
    for number in range(100):
        directory.tell("timers", SetAlarm(f"s{number}", Instant(begun + 0.1 + 0.001 * number)))
    assert woken.all.wait(DEADLINE)
    assert min(woken) >= begun + 0.1
    assert len(woken) == 100
    assert not deaths
    for ref in (timers, sleeper):
        ref.stop(timeout=DEADLINE)


def test_an_alarm_rings_once_for_the_time_that_was_set_last(scheduler):
    rung, clock = Woken(wanted=1), SystemClock()

    def ring():
        rung.append(clock.now())
        rung.all.set()

    alarm = scheduler.alarm(ring)
    begun = clock.now()
    alarm.set(Instant(begun - HOUR))
    alarm.set(None)
    alarm.set(Instant(begun + HOUR))
    alarm.set(Instant(begun + 0.2))
    assert rung.all.wait(DEADLINE)
    assert len([each for each in rung if each >= begun + 0.2]) == 1


def test_alarms_in_the_past_and_beyond_all_time_are_taken(scheduler):
    rung = threading.Event()
    alarm = scheduler.alarm(rung.set)
    alarm.set(Instant(9.2e15))
    assert not rung.is_set()
    alarm.set(Instant(5.0))
    assert rung.wait(DEADLINE)


def test_a_job_of_a_time_that_was_replaced_does_not_ring():
    scheduler, rung = Scheduler(ManualClock()), []
    alarm = scheduler.alarm(lambda: rung.append(1))
    alarm.set(Instant(100.0))
    alarm.set(Instant(200.0))
    alarm._job(Instant(100.0))
    assert rung == []
    alarm._job(Instant(200.0))
    alarm._job(Instant(200.0))
    assert rung == [1]


def test_a_jump_forward_is_seen_at_the_next_look():
    clock, rung = ManualClock(), []
    scheduler = Scheduler(clock)
    scheduler.alarm(lambda: rung.append("a")).set(Instant(clock.wall + HOUR))
    scheduler.alarm(lambda: rung.append("b")).set(Instant(clock.wall + 3 * HOUR))
    scheduler.look()
    assert rung == []
    clock.wall += 2 * HOUR
    clock.real += 1.0
    scheduler.look()
    scheduler.look()
    assert rung == ["a"]


def test_periodic_jobs_do_not_wait_for_a_clock_that_was_set_back():
    """APScheduler knows the wall clock's next time only; an hour back is an hour without the job."""
    clock = ManualClock()
    scheduler = Scheduler(clock)
    scheduler.every(1.0, lambda: None)
    scheduler._scheduler.start(paused=True)
    (job,) = scheduler._scheduler.get_jobs()
    job.modify(next_run_time=job.next_run_time + timedelta(hours=1))  # as it stands after the jump
    stale = job.next_run_time
    clock.real += 1.0
    clock.wall += 1.0
    scheduler.look()
    assert scheduler._scheduler.get_jobs()[0].next_run_time == stale
    clock.wall -= HOUR
    clock.real += 1.0
    scheduler.look()
    assert scheduler._scheduler.get_jobs()[0].next_run_time < stale - timedelta(minutes=59)
    scheduler.stop()


def test_a_periodic_job_runs(scheduler):
    ran = Woken(wanted=2)

    def job():
        ran.append(1)
        if len(ran) >= ran.wanted:
            ran.all.set()

    scheduler.every(0.05, job)
    assert ran.all.wait(DEADLINE)
