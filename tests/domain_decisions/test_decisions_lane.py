"""The queue in front of a service: order, budget in any minute, breaker."""

from itertools import count
from math import ceil
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcal_daemon.domain.calls import FetchRoom, Priority
from hybridcal_daemon.domain.effects import Submit
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.lane import (
    ALONE,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    LONGEST_WISH,
    OPEN_AFTER,
    LaneSettings,
    LaneState,
    dispatch,
    enqueue,
    finished,
    forget,
)
from hybridcal_daemon.domain.values import Instant, RequestId, UserId

T = Instant(1_000_000.0)
NUMBERS = count(1)


def order(user="u1", priority=Priority.NORMAL, not_after=T + 1e9, incarnation=1):
    request_id = RequestId((incarnation << 40) | next(NUMBERS))
    call = FetchRoom(request_id=request_id, user=UserId(user))
    return Submit(lane="webex", priority=priority, call=call, not_after=Instant(not_after))


def lane(workers=4, per_minute=600.0, burst=50):
    return LaneState(LaneSettings(workers=workers, per_minute=per_minute, burst=burst))


def filled(state, number, **rest):
    for _ in range(number):
        enqueue(state, order(**rest))
    return state


def drain(state, now, length, took=0.0):
    """Times at which requests begin in ``length`` seconds when each takes ``took``."""
    began, ends = [], []
    end = now + length
    while now < end:
        for _ in [each for each in ends if each <= now]:
            finished(state, UserId("u1"), None, "", None, now)
        ends = [each for each in ends if each > now]
        begin, _, again = dispatch(state, now)
        began += [now] * len(begin)
        ends += [now + took] * len(begin) if took else []
        if not took:
            for _ in begin:
                finished(state, UserId("u1"), None, "", None, now)
        times = [*ends, *([again] if again is not None else [])]
        if not times:
            if not begin:
                break
            continue
        now = max(min(times), now + 1e-9)
    return began


# ---- order


def test_the_more_urgent_go_first_and_within_one_urgency_the_first_come():
    state = lane(workers=10)
    orders = [order(priority=each) for each in (Priority.BULK, Priority.LIVE, Priority.JOIN, Priority.LIVE)]
    for each in orders:
        enqueue(state, each)
    begin, expired, again = dispatch(state, T)
    assert begin == [orders[2], orders[1], orders[3], orders[0]]
    assert (expired, again, state.queued) == ([], None, 0)


def test_never_more_than_the_workers_at_once():
    state = filled(lane(workers=3), 10)
    assert len(dispatch(state, T)[0]) == 3
    assert dispatch(state, T) == ([], [], None)
    finished(state, UserId("u1"), None, "", None, T)
    assert len(dispatch(state, T)[0]) == 1


def test_what_expired_never_begins_not_even_behind_others():
    state = lane(workers=10)
    late, good, behind = order(not_after=T), order(), order(not_after=T - 5)
    for each in (late, good, behind):
        enqueue(state, each)
    begin, expired, _ = dispatch(state, T)
    assert begin == [good]
    assert expired == [late, behind]


def test_what_expired_is_said_so_also_while_nothing_may_begin():
    state = filled(lane(workers=1), 1)
    dispatch(state, T)
    late = order(not_after=T + 1)
    enqueue(state, late)
    assert dispatch(state, Instant(T + 2)) == ([], [late], None)


def test_a_users_earlier_lives_are_forgotten():
    state = lane()
    old, new, other = order(incarnation=1), order(incarnation=2), order(user="u2", incarnation=1)
    for each in (old, new, other):
        enqueue(state, each)
    assert forget(state, UserId("u1"), 2) == 1
    assert dispatch(state, T)[0] == [new, other]


# ---- budget


@settings(max_examples=40, deadline=None)
@given(
    per_minute=st.one_of(st.integers(1, 400), st.floats(0.5, 100.0)),
    burst=st.integers(1, 200),
    seed=st.integers(0, 10**6),
)
def test_no_minute_ever_holds_more_than_the_budget(per_minute, burst, seed):
    random = Random(seed)
    state, now, began = lane(workers=10**6, per_minute=per_minute, burst=burst), T, []
    while now < T + 130:
        filled(state, random.choice((0, 1, 5, 100)))
        begin, _, again = dispatch(state, now)
        began += [now] * len(begin)
        step = random.choice((0.0, 0.01, 1.0, 20.0)) if again is None else max(again - now, 0.0)
        now = Instant(now + step + random.choice((0.0, 0.0, 0.3)) + 1e-6)
    budget = ceil(per_minute)
    assert all(beyond >= first + 60.0 - 1e-3 for first, beyond in zip(began, began[budget:], strict=False))


@pytest.mark.parametrize(("per_minute", "burst"), [(600, 50), (2000, 50), (60, 50), (1, 1), (1, 50), (2, 50)])
def test_most_of_the_budget_can_be_used(per_minute, burst):
    state = filled(lane(workers=10**6, per_minute=per_minute, burst=burst), 20 * per_minute + 10)
    began = drain(state, T, 600.0)
    assert 0.7 * 10 * per_minute <= len(began) <= 10 * per_minute + burst


@pytest.mark.parametrize(("per_minute", "burst"), [(600, 50), (60, 50), (1, 1), (7, 100)])
def test_a_bucket_that_begins_empty_stays_within_the_budget_of_a_life_before(per_minute, burst):
    """The actor begins a lane as if ``burst`` requests had just been made; the budget may have been used up before."""
    state = filled(lane(workers=10**6, per_minute=per_minute, burst=burst), 3000)
    state.theoretical = T + burst * 60.0 / per_minute
    first = drain(state, T, 60.0)
    assert len(first) <= per_minute
    assert first[:1] == [] or first[0] > T


def test_a_clock_that_is_set_back_does_not_stop_the_lane():
    state = filled(lane(workers=100), 100)
    dispatch(state, T)
    earlier = Instant(T - 7200)
    _, _, again = dispatch(state, earlier)
    assert again is not None
    assert again <= earlier + 1
    state.throttled_until, state.closed_until, state.circuit = Instant(T + 600), T, "open"
    dispatch(state, earlier)
    assert state.throttled_until <= earlier + LONGEST_WISH
    assert state.closed_until <= earlier + LONGEST_PAUSE


# ---- throttling and the breaker


def test_retry_after_holds_the_lane_and_an_absurd_one_for_an_hour():
    state = filled(lane(), 10)
    dispatch(state, T)
    finished(state, UserId("u1"), Kind.THROTTLED, "webex-rate-limited", 20.0, T)
    assert dispatch(state, Instant(T + 19)) == ([], [], T + 20)
    assert dispatch(state, Instant(T + 20))[0]
    finished(state, UserId("u1"), Kind.THROTTLED, "webex-rate-limited", 1e12, Instant(T + 20))
    assert dispatch(state, Instant(T + 3600))[2] == T + 20 + LONGEST_WISH


def run_failures(state, users, now=T, code="unreachable", kind=Kind.TRANSIENT):
    for user in users:
        enqueue(state, order(user=user))
        begin, _, _ = dispatch(state, now)
        assert begin, "nothing may begin"
        finished(state, UserId(user), kind, code, None, now)


def test_a_dead_service_opens_the_breaker():
    state = lane()
    run_failures(state, ["u1", "u2"] * 2 + ["u1"])
    assert (state.circuit, state.failures) == ("open", OPEN_AFTER)
    filled(state, 3)
    assert dispatch(state, T) == ([], [], T + FIRST_PAUSE)


def test_one_users_failures_open_it_late_and_anybody_elses_success_never():
    state = lane()
    run_failures(state, ["u1"] * (ALONE - 1))
    assert state.circuit == "closed"
    run_failures(state, ["u2"], kind=Kind.NOT_FOUND, code="google-not-found")
    run_failures(state, ["u1"] * (ALONE - 1))
    assert state.circuit == "closed"
    run_failures(state, ["u1"])
    assert state.circuit == "open"


@pytest.mark.parametrize("kind", [Kind.USER, Kind.CONFIG, Kind.REFUSED, Kind.THROTTLED, Kind.NOT_FOUND, Kind.RESYNC])
def test_an_answer_is_an_answer_however_bad(kind):
    state = lane()
    run_failures(state, ["u1", "u2"] * 15, kind=kind, code="google-not-found")
    assert state.circuit == "closed"


def test_after_the_pause_one_request_probes_and_success_closes():
    state = lane()
    run_failures(state, ["u1", "u2", "u1", "u2", "u1"])
    filled(state, 10)
    after = Instant(T + FIRST_PAUSE)
    begin, _, again = dispatch(state, after)
    assert (len(begin), again, state.circuit) == (1, None, "probing")
    assert dispatch(state, after)[0] == []
    finished(state, UserId("u1"), None, "", None, after)
    assert state.circuit == "closed"
    assert len(dispatch(state, after)[0]) == 4


def test_a_failed_probe_doubles_the_pause_up_to_its_cap():
    state = lane()
    run_failures(state, ["u1", "u2", "u1", "u2", "u1"])
    now, pauses = T, []
    for _ in range(6):
        pauses.append(state.closed_until - now)
        now = state.closed_until
        run_failures(state, ["u3"], now=now)
    assert pauses == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0]
    run_failures(state, ["u3"], now=state.closed_until, kind=None, code="")
    run_failures(state, ["u1", "u2", "u1", "u2", "u1"], now=state.closed_until)
    assert state.pause == FIRST_PAUSE


@pytest.mark.parametrize("code", ["worker-crashed", "expired", "not-permitted"])
def test_what_never_reached_the_service_proves_nothing(code):
    state = lane()
    run_failures(state, ["u1", "u2", "u1", "u2"])
    run_failures(state, ["u3"], code=code)
    assert state.failures == 4
    run_failures(state, ["u1"])
    assert state.circuit == "open"
    now = state.closed_until
    run_failures(state, ["u3"], now=now, code=code)
    assert state.circuit == "probing"
    filled(state, 5)
    assert len(dispatch(state, now)[0]) == 1


def test_those_under_way_when_it_opens_do_not_close_it():
    state = filled(lane(workers=8), 8)
    dispatch(state, T)
    for user in ("u1", "u2", "u1", "u2", "u1"):
        finished(state, UserId(user), Kind.TRANSIENT, "unreachable", None, T)
    finished(state, UserId("u3"), None, "", None, T)
    assert state.circuit == "open"
    filled(state, 5)
    assert dispatch(state, Instant(T + FIRST_PAUSE))[0] == []  # the probe waits for the two that are under way
    finished(state, UserId("u3"), Kind.TRANSIENT, "unreachable", None, Instant(T + FIRST_PAUSE))
    assert state.circuit == "open"
