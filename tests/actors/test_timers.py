"""Every pending moment: set, moved, taken away, many at once, and what a clock can do to them."""

from __future__ import annotations

import pytest

from actors.obtp import ObtpTimers
from actors.protocol import Ping, Rang, SetAlarm, Sweep
from hybridcal_daemon.domain.messages import Woke
from hybridcal_daemon.domain.values import HOUR, Instant


class CountedAlarm:
    """ports.Alarm on virtual time that keeps what it was set to; ``deaf``: it never rings."""

    def __init__(self, bench, ring):
        self.inner = bench.scheduler.alarm(ring)
        self.settings = []
        self.deaf = False

    def set(self, at):
        self.settings.append(at)
        self.inner.set(None if self.deaf else at)


@pytest.fixture
def timers(bench):
    """The actor; ``alarm`` is its clock."""
    made = []

    def make(ring):
        made.append(CountedAlarm(bench, ring))
        return made[0]

    ref = bench.spawn("timers", ObtpTimers, bench.directory, bench.clock, make)
    actor = ref._actor_weakref()
    actor.alarm = made[0]
    for name in ("a", "b", "c"):
        bench.ear(name)
    return actor


def at(bench, seconds):
    return Instant(bench.clock.now() + seconds)


def put(bench, name, seconds):
    bench.tell("timers", SetAlarm(name, None if seconds is None else at(bench, seconds)))
    bench.settle()


def woken(bench, name):
    return len(bench.heard(name, Woke))


@pytest.mark.usefixtures("timers")
def test_a_moment_comes_at_its_time_and_once(bench):
    put(bench, "a", 10.0)
    bench.advance(9.9)
    assert woken(bench, "a") == 0
    bench.advance(0.2)
    assert woken(bench, "a") == 1
    bench.advance(HOUR)
    assert woken(bench, "a") == 1


@pytest.mark.usefixtures("timers")
@pytest.mark.parametrize(("first", "then", "when"), [(10.0, 20.0, 20.0), (20.0, 10.0, 10.0), (10.0, 10.0, 10.0)])
def test_a_moment_that_is_moved_comes_at_its_new_time_only(bench, first, then, when):
    put(bench, "a", first)
    put(bench, "a", then)
    bench.advance(when - 0.1)
    assert woken(bench, "a") == 0
    bench.advance(30.0)
    assert woken(bench, "a") == 1


@pytest.mark.usefixtures("timers")
def test_a_moment_that_is_taken_away_never_comes(bench):
    put(bench, "a", 10.0)
    put(bench, "b", 10.0)
    put(bench, "a", None)
    put(bench, "c", None)
    bench.advance(HOUR)
    assert [woken(bench, name) for name in "abc"] == [0, 1, 0]


@pytest.mark.usefixtures("timers")
def test_a_moment_in_the_past_comes_at_once(bench):
    put(bench, "a", HOUR)
    put(bench, "b", -HOUR)
    put(bench, "c", 0.0)
    bench.settle()
    assert [woken(bench, name) for name in "abc"] == [0, 1, 1]


def test_thousands_at_the_same_instant_come_together_and_once(bench, timers):
    names = [f"n{number}" for number in range(5000)]
    when = at(bench, 60.0)
    bench.tell("timers", *(SetAlarm(name, when) for name in names))
    bench.settle()
    assert timers.alarm.settings == [when]
    bench.advance(60.0)
    heard = [name for name, message in bench.told if isinstance(message, Woke)]
    assert sorted(heard) == sorted(names)
    assert not timers._heap
    assert not timers._due


def test_the_earliest_moment_is_what_the_clock_is_set_to(bench, timers):
    now = bench.clock.now()
    for name, seconds in (("a", 30.0), ("b", 10.0), ("c", 20.0)):
        put(bench, name, seconds)
    put(bench, "b", None)
    put(bench, "c", None)
    put(bench, "a", None)
    assert [None if each is None else each - now for each in timers.alarm.settings] == [30.0, 10.0, 20.0, 30.0, None]


@pytest.mark.usefixtures("timers")
def test_whoever_sets_again_when_woken_is_woken_again(bench):
    put(bench, "a", 1.0)
    for number in range(1, 6):
        bench.advance(1.0)
        assert woken(bench, "a") == number
        put(bench, "a", 1.0)


def test_moments_of_nobody_are_dropped(bench, timers):
    put(bench, "gone", 1.0)
    put(bench, "a", 2.0)
    bench.advance(3.0)
    assert woken(bench, "a") == 1
    assert not timers._due


def test_what_was_replaced_is_thrown_out_of_the_heap(bench, timers):
    """A user moves its alarm with every message: the heap must not remember each."""
    for turn in range(200):
        bench.tell("timers", *(SetAlarm(f"n{number}", at(bench, 100.0 + turn + number)) for number in range(50)))
    bench.settle()
    assert len(timers._due) == 50
    assert len(timers._heap) <= 2 * 50 + 65
    bench.tell("timers", *(SetAlarm(f"n{number}", None) for number in range(50)))
    bench.settle()
    assert not timers._heap


# ---- the clock jumps


@pytest.mark.usefixtures("timers")
def test_a_jump_forward_makes_everything_due(bench):
    put(bench, "a", 600.0)
    put(bench, "b", 2 * HOUR)
    bench.scheduler.clock.jump(HOUR)
    bench.tell("timers", Rang())
    bench.settle()
    assert [woken(bench, name) for name in "ab"] == [1, 0]
    bench.advance(HOUR)
    assert woken(bench, "b") == 1


def test_a_moment_that_was_moved_away_does_not_come_with_others_after_a_jump(bench, timers):
    put(bench, "b", 5.0)
    put(bench, "a", 10.0)
    put(bench, "a", 2 * HOUR)
    timers.alarm.set(None)
    bench.scheduler.clock.jump(HOUR)
    bench.tell("timers", Rang())
    bench.settle()
    assert [woken(bench, name) for name in "ab"] == [0, 1]


def test_an_alarm_that_rang_too_early_is_set_again(bench, timers):
    put(bench, "a", 10.0)
    bench.tell("timers", Rang())
    bench.settle()
    assert len(timers.alarm.settings) == 2
    assert len(set(timers.alarm.settings)) == 1
    assert woken(bench, "a") == 0


def test_a_clock_that_was_set_back_wakes_everybody_who_waits(bench, timers):
    put(bench, "a", 60.0)
    put(bench, "b", 600.0)
    bench.scheduler.clock.jump(-HOUR)
    bench.tell("timers", Sweep())
    bench.settle()
    assert [woken(bench, name) for name in "abc"] == [1, 1, 0]
    assert not timers._due
    put(bench, "a", 60.0)
    bench.tell("timers", Sweep(), Sweep())
    bench.settle()
    assert woken(bench, "a") == 1
    bench.advance(61.0)
    assert woken(bench, "a") == 2


@pytest.mark.usefixtures("timers")
@pytest.mark.parametrize("jump", [0.0, -0.5, HOUR])
def test_a_clock_that_goes_on_wakes_nobody_before_the_time(bench, jump):
    put(bench, "a", 2 * HOUR)
    bench.scheduler.clock.jump(jump)
    bench.tell("timers", Sweep())
    bench.settle()
    assert woken(bench, "a") == 0


def test_a_clock_that_does_not_ring_is_noticed(bench, timers):
    timers.alarm.deaf = True
    put(bench, "a", 5.0)
    assert bench.asker.ask("timers", Ping()) == 0.0
    bench.advance(6.0)
    assert bench.asker.ask("timers", Ping()) == 0.0
    bench.advance(20.0)
    assert bench.asker.ask("timers", Ping()) == 20.0
    bench.tell("timers", Rang())
    assert bench.asker.ask("timers", Ping()) == 0.0
    assert woken(bench, "a") == 1
