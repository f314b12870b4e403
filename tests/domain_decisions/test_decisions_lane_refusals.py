"""What a lane learns from being asked to go slower: pauses and pace, and whom each of them concerns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.lane import MANY, dispatch
from hybridcal_daemon.domain.quota import FIRST_WAIT, LONGEST_WAIT, LONGEST_WISH, SLOWEST, TOGETHER, Hold, Pace
from hybridcal_daemon.domain.values import Instant
from tests.domain_decisions.lanes import (
    T,
    begins,
    card,
    crowd,
    end,
    fail,
    filled,
    give,
    lane,
    mail,
    order,
    passing,
    write,
)

SLOWER = (Kind.THROTTLED, "google-rate-limited")
SLOWER_USER = (Kind.THROTTLED, "google-user-rate-limited")


# ---- pauses


@pytest.mark.parametrize("make", [card, order, mail])
def test_retry_after_holds_the_service_and_an_absurd_one_for_an_hour(make):
    state = lane()
    fail(state, ["u1"], (*SLOWER, 20.0), make=make)
    filled(state, 10, make=make)
    assert dispatch(state, Instant(T + 19)) == ([], [], T + 20)
    assert state.word(Instant(T + 19)).startswith("throttled")
    (first, *_) = begins(state, Instant(T + 20))
    end(state, first, Instant(T + 20), *SLOWER, 1e12)
    assert dispatch(state, Instant(T + 3600)).again == T + 20 + LONGEST_WISH


def test_without_retry_after_the_pause_grows_until_somebody_gets_through():
    state, now, pauses = lane(), T, []
    for number in range(9):
        fail(state, [f"u{number}"], SLOWER, now)
        pauses.append(state.gates["calendar"].hold.until - now)
        now = state.gates["calendar"].hold.until
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 64, 64]
    assert (pauses[0], pauses[-1]) == (FIRST_WAIT, LONGEST_WAIT)
    fail(state, ["u1"], (None, ""), now)
    fail(state, ["u1"], SLOWER, now)
    assert state.gates["calendar"].hold.until == now + FIRST_WAIT


def test_a_burst_of_refusals_is_one():
    state = filled(lane(workers=16), 16)
    for each in begins(state, T):
        end(state, each, T, *SLOWER)
    assert state.gates["calendar"].hold.until == T + FIRST_WAIT
    assert state.gates["calendar"].pace.share == 0.5


def test_the_projects_limit_at_calendar_does_not_hold_gmail():
    state = lane()
    fail(state, ["u1"], (*SLOWER, 60.0))
    other, _ = give(state, mail("u1"), order("u2"))
    assert begins(state, T) == [other]


@pytest.mark.parametrize("wish", [None, 30.0])
def test_one_users_limit_holds_that_user_only(wish):
    state = lane()
    fail(state, ["u1"], (*SLOWER_USER, wish))
    mine, others, letters = give(state, order("u1"), order("u2"), mail("u1"))
    assert dispatch(state, T)[:2] == ([others, letters], [])
    assert state.word(T) == "ok"
    again = T + (wish or FIRST_WAIT)
    assert dispatch(state, T).again == again
    assert begins(state, Instant(again)) == [mine]


def test_one_users_wish_is_capped_too():
    state = lane()
    fail(state, ["u1"], (*SLOWER_USER, 999_999_999.0))
    give(state, order("u1"))
    assert dispatch(state, T).again == T + LONGEST_WISH


def test_a_limit_that_many_users_meet_is_no_users_own():
    state = lane()
    fail(state, crowd(MANY - 1), SLOWER_USER)
    assert state.word(T) == "ok"
    fail(state, crowd(1, 99), (None, ""))
    fail(state, crowd(MANY, 100), SLOWER_USER)
    assert state.word(T) == "throttled"


def test_usage_limits_of_one_calendar_are_no_matter_of_speed():
    state = lane()
    fail(state, crowd(8), (Kind.THROTTLED, "google-quota", 3600.0), make=write)
    assert state.word(T) == "ok"
    assert state.gates["calendar"].pace.share == 1.0


# ---- pace


def test_a_refusal_halves_the_rate_and_time_gives_it_back():
    def budget(state):
        return len(passing(filled(state, 5000), Instant(T + 100), 60.0))

    full = budget(lane(10**6, 600))
    slowed = lane(10**6, 600)
    fail(slowed, ["u1"], SLOWER, Instant(T + 99))
    assert 0.4 * full < budget(slowed) < 0.6 * full
    recovered = lane(10**6, 600)
    fail(recovered, ["u1"], SLOWER, Instant(T - 600))
    assert budget(recovered) == full


def test_one_users_refusal_slows_that_user_only():
    state = lane(10**6, 1e6, 1000, user_per_minute=600)
    fail(state, ["u1"], SLOWER_USER)
    filled(state, 1000, user="u1")
    filled(state, 1000, user="u2")
    began = [each.call.user for _, each in passing(state, Instant(T + 10), 60.0)]
    assert 0.4 < began.count("u1") / began.count("u2") < 0.65


@given(st.lists(st.floats(0.0, 2000.0), max_size=30), st.floats(0.0, 2000.0))
def test_the_share_stays_within_bounds_and_comes_back_whole(pauses, later):
    pace, now = Pace(), T
    for pause in pauses:
        now = Instant(now + pause)
        before = pace.at(now)
        pace = pace.refused(now)
        assert SLOWEST <= pace.at(now) <= before
    assert pace.at(now) <= pace.at(Instant(now + later)) <= 1.0
    assert pace.at(Instant(now + 600)) == 1.0


def test_refusals_of_one_burst_slow_down_once():
    pace = Pace().refused(T)
    assert pace.refused(Instant(T + TOGETHER / 2)) == pace
    assert pace.refused(Instant(T + TOGETHER)).share < 0.5
    assert pace.rewound(Instant(T - 7200)).at(Instant(T - 7200 + 600)) == 1.0
    assert Hold(Instant(T + 10)).rewound(Instant(T - 7200)).until == T - 7200 + LONGEST_WISH
