"""A lane's workers: answers, and what a crash costs."""

from __future__ import annotations

import pytest

from actors.lane import LaneWorker
from actors.protocol import Done, Renew, Work
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import CallFailed, EventsListed
from hybridcal_daemon.domain.values import Instant
from tests.actors.actor_fakes import order, uid

A = uid(1)


def done(worker, user=A, kind=None, code="", retry_after=None):
    return Done(worker, user, kind, code, retry_after)


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
    assert "test_lane_workers" in line["place"]
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
