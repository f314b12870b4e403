"""Lanes and their workers: order, number, answers, what a crash costs, and the price of a long queue."""

from __future__ import annotations

import random
import sys

import pytest

from actors.lane import LaneActor, LaneWorker
from actors.protocol import Done, ForgetUser, Hold, LaneStatus, Renew, Retune, SetAlarm, Work
from hybridcal_daemon.domain.calls import Priority
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.lane import LaneSettings
from hybridcal_daemon.domain.messages import CallFailed, EventsListed, Woke
from hybridcal_daemon.domain.values import Instant
from tests.actors.actor_fakes import order, uid

A, B = uid(1), uid(2)


def start(bench, *, workers=2, per_minute=60_000.0, burst=50):
    settings = LaneSettings(workers=workers, per_minute=per_minute, burst=burst)
    for number in range(workers):
        bench.ear(f"google-{number}")
    for name in ("timers", A, B):
        bench.ear(name)
    bench.spawn("google", LaneActor, settings, bench.directory, bench.clock, bench.log)
    bench.advance(10.0)  # the budget is empty at first


def begun(bench, workers=2):
    names = {f"google-{number}" for number in range(workers)}
    return [(name, message.order) for name, message in bench.told if name in names and isinstance(message, Work)]


def numbers(bench, workers=2):
    return [each.call.request_id & 0xFFFF for _, each in begun(bench, workers)]


def done(worker, user=A, kind=None, code="", retry_after=None):
    return Done(worker, user, kind, code, retry_after)


def status(bench):
    return bench.asker.ask("google", LaneStatus())


def alarms(bench):
    return [message.at for message in bench.heard("timers", SetAlarm)]


# ---- order and number


def test_first_come_first_served_within_a_priority_and_join_goes_before_all(bench):
    start(bench, workers=1)
    bench.tell("google", order(A, 0))
    for number, priority in enumerate((Priority.BULK, Priority.NORMAL, Priority.JOIN, Priority.LIVE, Priority.JOIN), 1):
        bench.tell("google", order(A, number, priority=priority))
    bench.settle()
    for _ in range(5):
        bench.tell("google", done(0))
        bench.settle()
    assert numbers(bench, 1) == [0, 3, 5, 4, 2, 1]


@pytest.mark.parametrize("seed", range(5))
def test_never_more_than_n_are_under_way_and_each_worker_has_one(bench, seed):
    start(bench, workers=3)
    chance = random.Random(seed)
    busy, number = set(), 0
    for _ in range(300):
        if busy and chance.random() < 0.5:
            worker = chance.choice(sorted(busy))
            busy.discard(worker)
            kind = chance.choice((None, None, Kind.USER, Kind.REFUSED))
            bench.tell("google", done(worker, kind=kind, code="x" if kind else ""))
        else:
            number += 1
            bench.tell("google", order(A, number))
        before = len(begun(bench, 3))
        bench.settle()
        for name, _ in begun(bench, 3)[before:]:
            worker = int(name[-1])
            assert worker not in busy
            busy.add(worker)
        assert len(busy) <= 3
        assert status(bench)[2] == len(busy)
    assert sorted(numbers(bench, 3)) == list(range(1, len(begun(bench, 3)) + 1))


# ---- what the queue answers itself


def test_what_has_waited_too_long_is_answered_and_never_begun(bench):
    start(bench, workers=1)
    bench.tell("google", order(A, 1), order(A, 2, not_after=Instant(bench.clock.now() + 5.0)), order(B, 3))
    bench.settle()
    bench.advance(6.0)
    bench.tell("google", done(0))
    bench.settle()
    (answer,) = bench.heard(A)
    assert (answer.request_id & 0xFFFF, answer.kind, answer.code) == (2, Kind.TRANSIENT, "expired")
    assert not answer.in_doubt
    assert numbers(bench, 1) == [1, 3]


def test_hold_lets_what_is_under_way_end_and_begins_nothing(bench):
    start(bench, workers=2)
    bench.tell("google", order(A, 1), order(A, 2), order(A, 3))
    bench.settle()
    bench.tell("google", Hold(), order(A, 4), Woke(), Retune(LaneSettings(workers=2, per_minute=9e9)))
    assert status(bench) == ("ok", 2, 2)
    bench.tell("google", done(0), done(1))
    assert status(bench) == ("ok", 2, 0)
    assert len(begun(bench)) == 2


def test_forgotten_orders_are_not_begun(bench):
    start(bench, workers=1)
    bench.tell("google", order(B, 1))
    bench.settle()
    bench.tell("google", order(A, 2), order(A, 3, incarnation=2), order(B, 4), ForgetUser(A, 2))
    bench.settle()
    for _ in range(3):
        bench.tell("google", done(0))
        bench.settle()
    assert numbers(bench, 1) == [1, 3, 4]


# ---- when time alone helps


def test_retune_takes_effect_at_once_and_keeps_the_workers(bench):
    start(bench, workers=2, per_minute=1.0, burst=1)
    bench.advance(120.0)
    bench.tell("google", order(A, 1), order(A, 2), order(A, 3))
    bench.settle()
    assert len(begun(bench)) == 1
    assert alarms(bench)[-1] > bench.clock.now() + 30.0
    bench.tell("google", Retune(LaneSettings(workers=9, per_minute=60_000.0, burst=50)))
    bench.settle()
    assert alarms(bench)[-1] < bench.clock.now() + 0.1
    bench.advance(0.1)
    bench.tell("google", Woke())
    assert status(bench) == ("ok", 1, 2)


def test_an_alarm_is_set_only_when_time_alone_helps(bench):
    start(bench, workers=1, per_minute=60.0, burst=1)
    bench.tell("google", order(A, 1))
    bench.settle()
    bench.tell("google", *(order(A, number) for number in range(2, 50)))
    bench.settle()
    assert alarms(bench) == []  # the worker is busy: its end is the next event
    bench.tell("google", done(0))
    bench.settle()
    assert len(alarms(bench)) == 1  # the budget is used up
    assert alarms(bench)[0] > bench.clock.now()
    bench.tell("google", *(order(A, number) for number in range(50, 60)))
    bench.settle()
    assert len(alarms(bench)) == 1
    bench.advance(1.5)
    bench.tell("google", Woke())
    bench.settle()
    assert len(begun(bench, 1)) == 2
    assert len(alarms(bench)) == 1


def test_the_status_words(bench):
    start(bench, workers=1)
    assert status(bench) == ("ok", 0, 0)
    fail = {"kind": Kind.TRANSIENT, "code": "unreachable"}
    for number in range(5):
        bench.tell("google", order(A, number), done(0, user=uid(1 + number % 2), **fail))
    bench.tell("google", order(A, 7))
    assert status(bench) == ("down", 1, 0)
    bench.advance(5.0)
    bench.tell("google", Woke())
    assert status(bench) == ("probing", 0, 1)
    bench.tell("google", done(0))
    assert status(bench) == ("ok", 0, 0)
    bench.tell("google", order(A, 8), done(0, kind=Kind.THROTTLED, code="google-rate-limited", retry_after=60.0))
    assert status(bench) == ("throttled", 0, 0)


def test_the_log_says_when_a_service_is_gone_and_when_it_is_back(bench):
    start(bench, workers=1)
    fail = {"kind": Kind.TRANSIENT, "code": "unreachable"}
    for number in range(5):
        bench.tell("google", order(A, number), done(0, user=uid(1 + number % 2), **fail))
    bench.tell("google", order(A, 7))
    bench.settle()
    bench.advance(5.0)
    bench.tell("google", Woke(), done(0))
    bench.settle()
    assert [(line["state"], line["code"]) for line in bench.log.named("lane.circuit")] == [
        ("open", "unreachable"),
        ("closed", ""),
    ]


# ---- a long queue


def steps(call):
    """How many byte codes a call takes: the same in each run, whatever else the machine does."""
    count = 0

    def trace(frame, event, _arg):
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def test_an_order_costs_the_same_however_many_wait(bench):
    start(bench, workers=4, burst=500)
    actor = bench.directory.get("google")._actor_weakref()
    costs = []
    for backlog in (100, 20_000):
        while actor._state.queued < backlog:
            actor.submit(order(A, 1, priority=Priority.BULK))
        actor.done(done(0))
        one = order(A, 2)
        costs.append(steps(lambda one=one: actor.submit(one)) + steps(lambda: actor.done(done(0))))
    assert costs[0] > 100
    assert costs[1] <= 1.1 * costs[0]
    assert status(bench)[1] > 19_000


# ---- workers


class Runners:
    """Makes runners that do what ``plan`` says."""

    def __init__(self):
        self.made = 0
        self.plan = []
        self.asked = []

    def make(self):
        self.made += 1
        return self.run

    def run(self, call):
        self.asked.append(call.request_id & 0xFFFF)
        result = self.plan.pop(0) if self.plan else None
        if isinstance(result, BaseException):
            raise result
        if isinstance(result, CallFailed):
            return result
        which = {"request_id": call.request_id, "user": call.user}
        return EventsListed(**which, events=(), removed=(), quarantined=(), next_page=None, next_token="t")


@pytest.fixture
def runners(bench):
    made = Runners()
    for name in ("google", A):
        bench.ear(name)
    bench.spawn("google-0", LaneWorker, "google", 0, made.make, bench.directory, bench.clock, bench.log)
    return made


def test_a_worker_answers_the_orderer_and_then_the_lane(bench, runners):
    bench.tell("google-0", Work(order(A, 1)))
    bench.settle()
    answered = [name for name, message in bench.told if isinstance(message, EventsListed | Done)]
    assert answered == [A, "google"]
    assert bench.heard("google") == [done(0)]
    assert runners.made == 1


@pytest.mark.parametrize("error", [ValueError("secret text"), MemoryError(), SystemExit(3), KeyboardInterrupt()])
def test_a_crash_costs_one_answer_and_the_connection(bench, runners, error):
    runners.plan = [None, error]
    bench.tell("google-0", *(Work(order(A, number)) for number in (1, 2, 3)))
    bench.settle()
    ok, crashed, again = bench.heard(A)
    assert isinstance(ok, EventsListed)
    assert isinstance(again, EventsListed)
    assert (crashed.request_id & 0xFFFF, crashed.kind, crashed.code) == (2, Kind.TRANSIENT, "worker-crashed")
    assert crashed.in_doubt
    assert runners.made == 2
    assert bench.heard("google") == [done(0), done(0, kind=Kind.TRANSIENT, code="worker-crashed"), done(0)]
    assert not bench.deaths
    (line,) = bench.log.named("worker.crashed")
    assert (line["lane"], line["error"]) == ("google", type(error).__name__)
    assert "test_lanes" in line["place"]
    assert "secret" not in repr(bench.log.lines)


def test_a_connection_that_cannot_be_made_is_a_failed_call_too(bench, runners):
    make, broken = runners.make, [OSError("no route")]

    def connect():
        if broken:
            raise broken.pop()
        return make()

    bench.spawn("google-1", LaneWorker, "google", 1, connect, bench.directory, bench.clock, bench.log)
    bench.tell("google-1", Work(order(A, 1)))
    bench.settle()
    bench.tell("google-1", Work(order(A, 2)))
    bench.settle()
    assert [type(answer).__name__ for answer in bench.heard(A)] == ["CallFailed", "EventsListed"]


def test_an_order_that_expired_on_the_way_to_the_worker_is_not_begun(bench, runners):
    late = order(A, 1, not_after=Instant(bench.clock.now() + 2.0))
    bench.advance(2.0)
    bench.tell("google-0", Work(late))
    bench.settle()
    assert bench.heard(A)[0].code == "expired"
    assert not bench.heard(A)[0].in_doubt
    assert runners.asked == []
    assert bench.heard("google")[0].code == "expired"


def test_after_a_reload_a_new_connection_is_made(bench, runners):
    bench.tell("google-0", Work(order(A, 1)), Renew(), Work(order(A, 2)))
    bench.settle()
    assert runners.made == 2


def test_the_lane_learns_how_a_call_failed(bench, runners):
    which = order(A, 1).call
    runners.plan = [
        CallFailed(
            request_id=which.request_id, user=A, kind=Kind.THROTTLED, code="google-rate-limited", retry_after=7.0
        )
    ]
    bench.tell("google-0", Work(order(A, 1)))
    bench.settle()
    assert bench.heard("google") == [done(0, kind=Kind.THROTTLED, code="google-rate-limited", retry_after=7.0)]
