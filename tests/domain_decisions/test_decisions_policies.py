"""Back-off, restarts and access tokens as values."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridcal_daemon.domain import backoff, restarts, tokens
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.state import Trouble
from hybridcal_daemon.domain.tokens import MintedToken, Purpose, TokenState, Wait
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE, Instant, Plain, Secret, UserId

T = Instant(1_000_000.0)
ALICE = UserId("u00000000000000000001")
BOB = UserId("u00000000000000000002")
KEY = (ALICE, Purpose.CALENDAR)


# ---- back-off


@given(
    kind=st.sampled_from(Kind),
    failures=st.integers(0, 10_000),
    wish=st.one_of(st.none(), st.floats(-10.0, 1e12)),
    name=st.text(max_size=20),
)
def test_a_pause_is_never_shorter_than_wished_nor_longer_than_a_day_and_a_quarter(kind, failures, wish, name):
    last = Trouble(failures=failures, kind=kind.value, code="unreachable")
    after = backoff.after(last, kind, "unreachable", now=T, name=name, retry_after=wish)
    pause = after.retry_at - T
    assert after.failures == failures + 1
    assert pause >= backoff.FIRST
    if kind is not Kind.USER:
        assert pause >= min(wish or 0.0, backoff.RETRY_AFTER_CAP)
    assert pause <= 1.25 * DAY
    assert pause <= backoff.longest(after)
    assert after == backoff.after(last, kind, "unreachable", now=T, name=name, retry_after=wish)


def test_it_grows_to_a_cap():
    pauses = [backoff.delay(Kind.TRANSIENT, failures, None) for failures in range(1, 20)]
    assert pauses[:4] == [2.0, 4.0, 8.0, 16.0]
    assert pauses == sorted(pauses)
    assert pauses[-1] == backoff.CAP


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [
        (Kind.CONFIG, 5 * MINUTE, 15 * MINUTE),
        (Kind.SEALED, 30.0, 10 * MINUTE),
        (Kind.REFUSED, DAY, DAY),
        (Kind.NOT_FOUND, HOUR, backoff.CAP),
        (Kind.USER, HOUR, DAY),
    ],
)
def test_each_kind_has_its_bounds(kind, least, most):
    pauses = [backoff.delay(kind, failures, None) for failures in range(1, 50)]
    assert (min(pauses), max(pauses)) == (least, most)


@given(st.text(), st.text())
def test_spreading_is_steady_and_within_bounds(name, salt):
    assert 0.0 <= backoff.spread(name, salt) < 1.0
    assert backoff.spread(name, salt) == backoff.spread(name, salt)
    assert 75.0 <= backoff.jittered(100.0, name, salt) <= 125.0


def test_a_herd_is_spread():
    places = sorted(backoff.spread(f"u{number}", "poll") for number in range(1000))
    assert max(later - earlier for earlier, later in itertools.pairwise(places)) < 0.02


# ---- restarts


def crash(times, history=None):
    verdict = None
    for at in times:
        verdict = restarts.crashed(history or restarts.History(), Instant(at))
        history = verdict.history
    return verdict


def test_a_crash_is_followed_by_a_restart_that_comes_later_each_time():
    times = [T + number * 10 for number in range(5)]
    pauses = [crash(times[: number + 1]).at - times[number] for number in range(5)]
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0]


def test_too_many_crashes_park_for_an_hour_and_the_next_one_parks_again():
    times = [T + number * 10 for number in range(6)]
    parked = crash(times)
    assert parked.parked
    assert parked.at == times[-1] + restarts.PARKED_FOR
    again = restarts.crashed(parked.history, parked.at)
    assert again.parked
    assert len(again.history.crashes) <= restarts.INTENSITY


def test_rare_crashes_never_park():
    assert not crash([T + number * 121 for number in range(100)]).parked


def test_who_survived_is_as_good_as_new():
    parked = crash([T + number for number in range(6)]).history
    assert restarts.survived(parked, Instant(T + 5 + 60)) == parked
    assert restarts.survived(parked, Instant(T + 6 + restarts.PERIOD)) == restarts.History()


def test_crashes_of_a_future_that_was_none_do_not_count():
    assert crash([T + 7200 + number for number in range(5)] + [T]).history.crashes == (T,)
    assert restarts.survived(restarts.History((Instant(T + 7200),)), T) == restarts.History()


def test_many_crashes_at_once_brake_all_restarts():
    brake = restarts.Brake()
    for number in range(restarts.BRAKE_AT - 1):
        brake = restarts.pressed(brake, Instant(T + number * 0.1))
    assert brake.until == 0
    brake = restarts.pressed(brake, Instant(T + 5))
    assert brake.until == T + 5 + restarts.BRAKE_FOR


def test_crashes_here_and_there_do_not_brake():
    brake = restarts.Brake()
    for number in range(1000):
        brake = restarts.pressed(brake, Instant(T + number))
    assert brake.until == 0


# ---- access tokens


@pytest.fixture
def state():
    state = TokenState()
    tokens.admit(state, ALICE)
    return state


def token(text="t", life=3600.0, now=T):
    return MintedToken(Secret(text), Instant(now + life))


def refused(state, key=KEY, now=T):
    with pytest.raises(CallError) as caught:
        tokens.look(state, key, now)
    return caught.value


def test_the_gate_is_closed_for_who_is_not_admitted(state):
    error = refused(state, (BOB, Purpose.CALENDAR))
    assert (error.kind, error.code) == (Kind.REFUSED, "not-permitted")
    assert state.minting == {}


def test_one_request_at_a_time_for_each_purpose(state):
    assert tokens.look(state, KEY, T) == Wait(mint=True)
    assert tokens.look(state, KEY, T) == Wait(mint=False)
    assert tokens.look(state, (ALICE, Purpose.GMAIL), T) == Wait(mint=True)
    assert tokens.minted(state, KEY, token(), T)
    assert tokens.look(state, KEY, T) == Secret("t")


def test_a_request_that_never_ends_keeps_nobody_waiting_for_ever(state):
    tokens.look(state, KEY, T)
    assert tokens.look(state, KEY, Instant(T + 119)) == Wait(mint=False)
    assert tokens.look(state, KEY, Instant(T + 121)) == Wait(mint=True)
    assert tokens.look(state, KEY, Instant(T + 122)) == Wait(mint=False)


@given(st.integers(0, 10**6), st.floats(60.0, 7200.0))
def test_a_token_is_renewed_at_80_to_90_percent_of_its_life(number, life):
    user = UserId(f"u{number:020x}")
    state = TokenState()
    tokens.admit(state, user)
    key = (user, Purpose.CALENDAR)
    tokens.look(state, key, T)
    tokens.minted(state, key, token(life=life), T)
    assert tokens.look(state, key, Instant(T + 0.8 * life - 0.001)) == Secret("t")
    assert tokens.look(state, key, Instant(T + 0.9 * life + 0.001)) == Wait(mint=True)


def test_a_token_that_the_service_did_not_accept_is_made_anew_once(state):
    tokens.look(state, KEY, T)
    tokens.minted(state, KEY, token("old"), T)
    assert tokens.look(state, KEY, T, force=True) == Wait(mint=True)
    assert tokens.look(state, KEY, T, force=True) == Wait(mint=False)
    tokens.minted(state, KEY, token("new"), T)
    assert tokens.look(state, KEY, T) == Secret("new")


def test_a_token_that_is_over_already_is_not_kept(state):
    tokens.look(state, KEY, T)
    tokens.minted(state, KEY, token(life=-5.0), T)
    assert tokens.look(state, KEY, T) == Wait(mint=True)


def test_a_refusal_is_remembered_longer_each_time_and_forgotten_on_success(state):
    now, waits = T, []
    for _ in range(2000):
        assert tokens.look(state, KEY, now) == Wait(mint=True)
        tokens.not_minted(state, KEY, CallError(Kind.USER, "google-no-such-user"), now)
        error = refused(state, now=now)
        waits.append(error.retry_after)
        now = Instant(now + error.retry_after)
    assert waits[0] == 5 * MINUTE
    assert waits == sorted(waits)
    assert waits[1] == 10 * MINUTE
    assert waits[-1] == 6 * HOUR
    tokens.look(state, KEY, now)
    tokens.minted(state, KEY, token(now=now), now)
    assert state.refused == {}


def test_each_look_of_who_asks_for_an_unknown_person_reaches_google(state):
    """The memory is always shorter than the pause of the one who asks, though it grows to hours."""
    now, trouble, pauses = T, Trouble(), []
    for _ in range(20):
        assert tokens.look(state, KEY, now) == Wait(mint=True)
        tokens.not_minted(state, KEY, CallError(Kind.USER, "google-no-such-user"), now)
        trouble = backoff.after(trouble, Kind.USER, "google-no-such-user", now=now, name=ALICE)
        pauses.append(trouble.retry_at - now)
        now = trouble.retry_at
    assert pauses[0] < 2 * HOUR
    assert pauses[-1] >= DAY


def test_what_is_theirs():
    room = UserId("r" + "0" * 20)
    assert {p for p in Purpose if tokens.allowed(ALICE, p)} == set(Purpose) - {Purpose.ROOMS, Purpose.ROOM_ACCESS}
    assert {p for p in Purpose if tokens.allowed(room, p)} == {Purpose.ROOMS, Purpose.ROOM_ACCESS}
    acting, owner, none = Plain("acts@acme.example"), Plain("owns@acme.example"), Plain("")
    assert tokens.subject(ALICE, Purpose.CALENDAR, acting=acting, owner=owner) is None
    assert tokens.subject(room, Purpose.ROOMS, acting=acting, owner=owner) == acting
    assert tokens.subject(room, Purpose.ROOM_ACCESS, acting=acting, owner=owner) == owner
    assert tokens.subject(room, Purpose.ROOM_ACCESS, acting=acting, owner=none) == acting
    for user, purpose, code in (
        (room, Purpose.ROOMS, "google-rooms-off"),
        (room, Purpose.CALENDAR, "not-permitted"),
        (ALICE, Purpose.ROOMS, "not-permitted"),
    ):
        with pytest.raises(CallError, match=code):
            tokens.own_subject(user, purpose)


def test_a_refusal_of_the_installation_is_asked_about_again_within_minutes(state):
    now, waits = T, []
    for _ in range(50):
        tokens.look(state, KEY, now)
        tokens.not_minted(state, KEY, CallError(Kind.CONFIG, "google-unauthorized-client"), now)
        waits.append(refused(state, now=now).retry_after)
        now = Instant(now + waits[-1])
    assert max(waits) <= 5 * MINUTE


def test_a_refusal_does_not_outlast_a_clock_that_is_set_back(state):
    tokens.look(state, KEY, T)
    tokens.not_minted(state, KEY, CallError(Kind.CONFIG, "google-clock-skew"), T)
    assert tokens.look(state, KEY, Instant(T - 7200)) == Wait(mint=True)


@pytest.mark.parametrize("kind", [Kind.TRANSIENT, Kind.THROTTLED, Kind.SEALED])
def test_a_passing_failure_is_not_remembered(state, kind):
    tokens.look(state, KEY, T)
    tokens.not_minted(state, KEY, CallError(kind, "unreachable"), T)
    assert tokens.look(state, KEY, T) == Wait(mint=True)


def test_a_refusal_concerns_its_purpose_only(state):
    tokens.look(state, KEY, T)
    tokens.not_minted(state, KEY, CallError(Kind.CONFIG, "google-unauthorized-client"), T)
    assert tokens.look(state, (ALICE, Purpose.GMAIL), T) == Wait(mint=True)


def test_who_is_revoked_leaves_nothing_and_gets_nothing(state):
    tokens.look(state, KEY, T)
    tokens.minted(state, KEY, token(), T)
    tokens.look(state, (ALICE, Purpose.GMAIL), T)
    tokens.revoke(state, ALICE)
    assert state.held == {}
    assert refused(state).code == "not-permitted"
    assert not tokens.minted(state, (ALICE, Purpose.GMAIL), token(), T)
    assert (state.held, state.minting) == ({}, {})
    tokens.not_minted(state, KEY, CallError(Kind.USER, "google-no-such-user"), T)
    assert state.refused == {}
