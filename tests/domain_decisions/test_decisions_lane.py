"""The queue in front of a service: order, limits of all and of one, what a restart may spend."""

from math import ceil
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcal_daemon.domain.calls import Priority
from hybridcal_daemon.domain.circuit import LONGEST_PAUSE
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.lane import LaneSettings, dispatch, forget, retune
from hybridcal_daemon.domain.quota import LONGEST_WISH
from hybridcal_daemon.domain.values import Instant, UserId
from tests.domain_decisions.lanes import (
    T,
    begins,
    end,
    filled,
    give,
    lane,
    mail,
    most_in,
    order,
    passing,
    write,
)

EXPIRED = (Kind.TRANSIENT, "expired")


# ---- order


def test_the_more_urgent_go_first_and_within_one_urgency_the_first_come():
    state = lane(workers=10)
    orders = give(state, *(order(priority=each) for each in (Priority.BULK, Priority.LIVE, Priority.JOIN)), write())
    live = give(state, order(priority=Priority.LIVE))[0]
    begin, given_back, again = dispatch(state, T)
    assert begin == [orders[2], orders[1], live, orders[3], orders[0]]
    assert (given_back, again, state.queued) == ([], None, 0)


def test_never_more_than_the_workers_at_once():
    state = filled(lane(workers=3), 10)
    first = begins(state, T)
    assert len(first) == 3
    assert dispatch(state, T) == ([], [], None)
    end(state, first[0], T)
    assert len(begins(state, T)) == 1


def test_what_expired_never_begins_not_even_behind_others():
    state = lane(workers=10)
    late, good, behind = give(state, order(not_after=T), order(), order(not_after=T - 5))
    begin, given_back, _ = dispatch(state, T)
    assert begin == [good]
    assert given_back == [(late, *EXPIRED), (behind, *EXPIRED)]


def test_what_expired_is_said_so_also_while_nothing_may_begin():
    state = filled(lane(workers=1), 1)
    begins(state, T)
    (late,) = give(state, order(not_after=T + 1))
    assert dispatch(state, Instant(T + 2)) == ([], [(late, *EXPIRED)], None)


def test_a_users_earlier_lives_are_forgotten():
    state = lane(workers=10)
    _, new, other, _ = give(
        state, order(incarnation=1), order(incarnation=2), order("u2", incarnation=1), mail(incarnation=1)
    )
    assert forget(state, UserId("u1"), 2) == 2
    assert begins(state, T) == [new, other]
    assert forget(state, UserId("u1"), 9) == 0


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_one_users_orders_of_one_priority_and_kind_begin_in_their_order_and_none_is_lost(seed):
    random = Random(seed)
    state = lane(
        workers=3,
        per_minute=random.choice((60, 6000)),
        user_per_minute=random.choice((16, 300)),
        gmail_per_minute=random.choice((20, 4500)),
        writes_per_second=random.choice((0.5, 1.0)),
    )
    now, given_in, began, over, under_way = T, [], [], [], []
    for _ in range(200):
        match random.randrange(6):
            case 0 | 1 | 2:
                make = random.choice((order, order, write, mail))
                wait = random.choice((5.0, 600.0, 1e6))
                which = make(random.choice(("u1", "u2", "u3")), priority=random.choice(list(Priority)[1:3]))
                given_in += give(state, type(which)(**{**_fields(which), "not_after": Instant(now + wait)}))
            case 3 if under_way:
                which = under_way.pop(random.randrange(len(under_way)))
                fate = random.choice(
                    [(None, ""), (Kind.THROTTLED, "google-user-rate-limited"), (Kind.THROTTLED, "google-rate-limited")]
                )
                end(state, which, now, *fate)
            case 4 if random.random() < 0.1:
                user = UserId(random.choice(("u1", "u2", "u3")))
                waiting = [
                    each for each in given_in if each.call.user == user and each not in began and each not in over
                ]
                assert forget(state, user, 2) == len(waiting)
                over += waiting
            case _:
                now = Instant(now + random.choice((0.01, 1.0, 20.0)))
        begin, given_back, _ = dispatch(state, now)
        began += begin
        under_way += begin
        over += [each.order for each in given_back]
        assert len(under_way) <= 3
        assert all(each.not_after > now for each in begin)
    assert len(given_in) == len(began) + len(over) + state.queued
    for key in {_line(each) for each in given_in}:
        mine = [each for each in given_in if _line(each) == key and each in began]
        assert [each for each in began if _line(each) == key] == mine


def _fields(which):
    return {"lane": which.lane, "priority": which.priority, "call": which.call}


def _line(which):
    return (which.call.user, which.priority, type(which.call))


# ---- the budget of all


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
    assert most_in(began) <= ceil(per_minute)


@pytest.mark.parametrize(("per_minute", "burst"), [(600, 50), (2000, 50), (60, 50), (1, 1), (1, 50), (2, 50)])
def test_most_of_the_budget_can_be_used(per_minute, burst):
    state = filled(lane(workers=10**6, per_minute=per_minute, burst=burst), 20 * per_minute + 10)
    began = passing(state, T, 600.0)
    assert 0.7 * 10 * per_minute <= len(began) <= 10 * per_minute + burst


def test_a_write_costs_four_units_of_the_project_and_of_its_user():
    """events.get and a PATCH, which counts three (google.md E)."""
    state = filled(lane(workers=100, per_minute=60, writes_per_second=100), 100, make=write)
    assert most_in([at for at, _ in passing(state, T, 300.0)]) == 15
    state = filled(lane(workers=100, per_minute=6000, user_per_minute=60, writes_per_second=100), 100, make=write)
    assert 13 <= most_in([at for at, _ in passing(state, T, 300.0)]) <= 15


def test_an_urgent_dear_order_is_not_overtaken_by_cheap_ones_for_ever():
    state = lane(workers=100, per_minute=16, burst=50)
    (dear,) = give(state, write("u2", priority=Priority.LIVE))
    filled(state, 50, priority=Priority.BULK)
    assert begins(state, T) == [dear]
    (dear,) = give(state, write("u3", priority=Priority.LIVE))
    assert passing(state, T, 120.0)[0][1] == dear


def test_calendar_and_gmail_have_budgets_of_their_own():
    state = lane(workers=1000, per_minute=60, gmail_per_minute=600, burst=10)
    filled(state, 700)
    filled(state, 700, make=mail, priority=Priority.BULK)
    began = passing(state, T, 600.0)
    calendar = [at for at, each in began if each.priority is Priority.NORMAL]
    gmail = [at for at, each in began if each.priority is Priority.BULK]
    assert most_in(calendar) == 60
    assert most_in(gmail) == 600


def test_other_limits_apply_at_once():
    state = filled(lane(workers=100, per_minute=4, user_per_minute=8), 100)
    assert len(begins(state, T)) == 1
    retune(state, LaneSettings(workers=100, per_minute=60_000.0, user_per_minute=60_000.0), T)
    began = passing(state, Instant(T + 0.01), 1.0)
    assert len(began) == 99
    assert began[0][0] <= T + 0.1


# ---- the limits of one


def test_one_user_at_their_limit_holds_nobody_up():
    state = lane(workers=1000, per_minute=100_000, burst=1000, user_per_minute=60, writes_per_second=1)
    filled(state, 100, user="u1")
    others = give(state, *(order(f"o{number}") for number in range(50)))
    begin, _, again = dispatch(state, T)
    assert set(others) <= set(begin)
    assert len(begin) < 100
    assert T < again <= T + 2


def test_no_user_gets_more_than_their_budget_in_any_minute():
    state = filled(lane(workers=1000, per_minute=100_000, burst=1000, user_per_minute=60), 1000)
    began = [at for at, _ in passing(state, T, 600.0)]
    assert most_in(began) <= 60
    assert len(began) >= 400


def test_writes_to_one_calendar_are_a_second_apart_and_others_do_not_wait():
    state = lane(workers=100, per_minute=6000, writes_per_second=1)
    give(state, *(write("u1") for _ in range(4)), write("u2"), order("u1"))
    began = passing(state, T, 10.0)
    assert [at - T for at, each in began if each.call.user == "u1"] == pytest.approx([0, 0, 1, 2, 3])
    assert [at for at, each in began if each.call.user == "u2"] == [T]


def test_when_only_users_limits_hold_an_alarm_says_until_when():
    state = filled(lane(workers=10, per_minute=6000, writes_per_second=0.5), 2, make=write)
    assert len(begins(state, T)) == 1
    assert dispatch(state, T) == ([], [], T + 2)
    assert len(begins(state, Instant(T + 2))) == 1


def test_users_of_whom_there_is_nothing_to_remember_are_forgotten():
    state, now = lane(workers=10, per_minute=6_000_000), T
    for number in range(5000):
        give(state, order(f"u{number}"))
        now = Instant(now + 1)
        for each in begins(state, now):
            end(state, each, now)
    assert len(state.people) <= 2000


# ---- a restart


@pytest.mark.parametrize(("per_minute", "burst"), [(600, 50), (60, 50), (1, 1), (7, 100)])
@pytest.mark.parametrize("lived", [0.0, 3.0, 30.0, 59.0, 200.0])
@pytest.mark.parametrize("make", [order, mail])
def test_no_minute_around_a_restart_holds_more_than_the_budget_of_all(per_minute, burst, lived, make):
    def life(began):
        return filled(lane(10**6, per_minute, burst, began=began, gmail_per_minute=per_minute), 1000, make=make)

    before = [at for at, _ in passing(life(None), T, lived)]
    after = [at for at, _ in passing(life(Instant(T + lived)), Instant(T + lived), 130.0)]
    assert most_in(before + after) <= per_minute
    assert after[:1] == [] or after[0] > T + lived


@pytest.mark.parametrize("user_per_minute", [1, 8, 60, 300])
@pytest.mark.parametrize("lived", [0.0, 3.0, 30.0, 59.0])
def test_no_minute_around_a_restart_holds_more_than_a_users_budget(user_per_minute, lived):
    def life(began):
        return filled(lane(10**6, 1e6, 1000, began=began, user_per_minute=user_per_minute), 1000)

    before = [at for at, _ in passing(life(None), T, lived)]
    after = [at for at, _ in passing(life(Instant(T + lived)), Instant(T + lived), 130.0)]
    assert most_in(before + after) <= user_per_minute


def test_a_users_first_requests_do_not_wait_for_the_users_own_bucket():
    state = filled(lane(100, 1e6, 1000, began=T, user_per_minute=8), 3)
    assert len(begins(state, Instant(T + 1))) == 1
    state = filled(lane(100, 1e6, 1000, began=T, user_per_minute=300), 10)
    assert len(begins(state, Instant(T + 0.1))) == 4


# ---- the clock


def test_a_clock_that_is_set_back_does_not_stop_the_lane():
    state = filled(lane(workers=100, user_per_minute=60, writes_per_second=1), 100)
    filled(state, 10, make=write)
    under_way = begins(state, T)
    end(state, under_way.pop(), T, Kind.THROTTLED, "google-user-rate-limited", 900.0)
    end(state, under_way.pop(), T, Kind.THROTTLED, "google-rate-limited", 600.0)
    for each in under_way:
        end(state, each, T)
    earlier = Instant(T - 7200)
    again = dispatch(state, earlier).again
    assert again is not None
    assert again <= earlier + LONGEST_WISH
    assert state.gates["calendar"].hold.until <= earlier + LONGEST_WISH
    assert passing(state, again, 60.0)
    breaker = state.gates["calendar"].breaker
    breaker.circuit, breaker.closed_until = "open", T
    state.seen = T
    dispatch(state, earlier)
    assert breaker.closed_until <= earlier + LONGEST_PAUSE
