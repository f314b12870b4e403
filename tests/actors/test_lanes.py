"""Lanes: order, number, what the queue answers itself, and the price of a long queue."""

from __future__ import annotations

import random
import sys

import pytest

from actors.lane import LaneActor
from actors.protocol import Done, ForgetUser, Hold, LaneStatus, Retune, SetAlarm, Work
from hybridcal_daemon.domain.calls import Priority
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.lane import LaneSettings
from hybridcal_daemon.domain.messages import Woke
from hybridcal_daemon.domain.values import Instant
from tests.actors.actor_fakes import order, uid

A, B = uid(1), uid(2)


def start(bench, *, workers=2, per_minute=60_000.0, burst=50):
    settings = LaneSettings(workers=workers, per_minute=per_minute, burst=burst, user_per_minute=60_000.0)
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
    bench.tell("google", Retune(LaneSettings(workers=9, per_minute=60_000.0, burst=50, user_per_minute=60_000.0)))
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
        bench.tell("google", order(uid(1 + number % 2), number), done(0, **fail))
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
        bench.tell("google", order(uid(1 + number % 2), number), done(0, **fail))
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


def test_to_forget_a_user_costs_what_that_user_ordered(bench):
    start(bench, workers=1)
    actor = bench.directory.get("google")._actor_weakref()
    costs = []
    for backlog in (100, 20_000):
        while actor._state.queued < backlog:
            actor.submit(order(uid(actor._state.queued % 5_000 + 10), 1, priority=Priority.BULK))
        for number in range(10):
            actor.submit(order(A, number))
        costs.append(steps(lambda: actor.forget(ForgetUser(A, 2))))
    assert costs[0] > 100
    assert costs[1] <= 1.1 * costs[0]


def test_who_waits_for_a_limit_of_their_own_costs_the_others_nothing(bench):
    start(bench, workers=2)
    actor = bench.directory.get("google")._actor_weakref()
    costs = []
    for held in (10, 2_000):
        for number in range(held):
            user = uid(10 * held + number)
            limited = {"kind": Kind.THROTTLED, "code": "google-user-rate-limited", "retry_after": 3600.0}
            for who, fate in ((user, limited), (B, {})):  # somebody gets through, so it is these users' own
                actor.submit(order(who, 1))
                (worker,) = actor._under_way
                actor.done(done(worker, **fate))
            actor.submit(order(user, 2))
            bench.advance(0.01)
        one = order(A, 2)
        costs.append(steps(lambda one=one: actor.submit(one)))
        actor.done(done(next(iter(actor._under_way))))
    assert status(bench)[1] > 1_900
    assert costs[1] <= 1.1 * costs[0]


# ---- refused as an installation


def test_while_everybody_is_refused_orders_are_answered_here_and_one_probes(bench):
    start(bench, workers=1)
    refused = {"kind": Kind.CONFIG, "code": "google-unauthorized-client"}
    for number in range(5):
        bench.tell("google", order(uid(10 + number), number), done(0, **refused))
    bench.tell("google", order(B, 7))
    assert status(bench) == ("refused", 0, 0)
    (answer,) = bench.heard(B)
    assert (answer.request_id & 0xFFFF, answer.kind, answer.code) == (7, *refused.values())
    assert not answer.in_doubt
    bench.advance(60.0)
    bench.tell("google", order(B, 8))
    assert status(bench) == ("refused", 0, 1)
    bench.tell("google", done(0))
    assert status(bench) == ("ok", 0, 0)
    assert [(line["what"], line["state"], line["code"]) for line in bench.log.named("lane.circuit")] == [
        ("access:calendar", "refused", "google-unauthorized-client"),
        ("access:calendar", "granted", ""),
    ]


def test_a_reload_asks_again_at_once(bench):
    start(bench, workers=1)
    for number in range(5):
        refused = done(0, kind=Kind.CONFIG, code="google-key-invalid")
        bench.tell("google", order(uid(10 + number), number), refused)
    bench.tell("google", Retune(LaneSettings(workers=1, per_minute=60_000.0)), order(B, 7))
    assert status(bench) == ("ok", 0, 1)
