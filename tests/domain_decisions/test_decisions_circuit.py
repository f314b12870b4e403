"""When a lane stops asking: a service that does not answer, and one that refuses the installation."""

import pytest

from hybridcal_daemon.domain.circuit import (
    ALONE,
    CONFIG_CODES,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    OPEN_AFTER,
    PROBE_EVERY,
    REFUSED_AFTER,
)
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.lane import LaneSettings, dispatch, retune
from hybridcal_daemon.domain.values import Instant, UserId
from tests.domain_decisions.lanes import DOWN, T, begins, crowd, end, fail, filled, give, lane, mail, order, setting

UNAUTHORIZED = (Kind.CONFIG, "google-unauthorized-client")
REFUSED = "google-unauthorized-client"


def breaker(state, service="calendar"):
    return state.gates[service].breaker


# ---- the breaker


def test_a_dead_service_opens_the_breaker():
    state = lane()
    fail(state, ["u1", "u2"] * 2 + ["u1"])
    assert (breaker(state).circuit, breaker(state).failures) == ("open", OPEN_AFTER)
    filled(state, 3)
    assert dispatch(state, T) == ([], [], T + FIRST_PAUSE)
    assert state.word(T) == "down"


def test_calendar_and_gmail_have_breakers_of_their_own():
    state = lane()
    fail(state, crowd(OPEN_AFTER), make=mail)
    assert state.word(T) == "down: gmail"
    calendar, _ = give(state, order(), mail())
    assert dispatch(state, T) == ([calendar], [], T + FIRST_PAUSE)


def test_one_users_failures_open_it_late_and_anybody_elses_success_never():
    state = lane()
    fail(state, ["u1"] * (ALONE - 1))
    assert breaker(state).circuit == "closed"
    fail(state, ["u2"], (Kind.NOT_FOUND, "google-not-found"))
    fail(state, ["u1"] * (ALONE - 1))
    assert breaker(state).circuit == "closed"
    fail(state, ["u1"])
    assert breaker(state).circuit == "open"


@pytest.mark.parametrize("kind", [Kind.USER, Kind.CONFIG, Kind.REFUSED, Kind.NOT_FOUND, Kind.RESYNC])
def test_an_answer_is_an_answer_however_bad(kind):
    state = lane()
    fail(state, ["u1", "u2"] * 15, (kind, "google-not-found"))
    assert state.word(T) == "ok"


def test_after_the_pause_one_request_probes_and_success_closes():
    state = lane()
    fail(state, ["u1", "u2", "u1", "u2", "u1"])
    filled(state, 10)
    after = Instant(T + FIRST_PAUSE)
    begin, _, again = dispatch(state, after)
    assert (len(begin), again, state.word(after)) == (1, None, "probing")
    assert begins(state, after) == []
    end(state, begin[0], after)
    assert state.word(after) == "ok"
    assert len(begins(state, after)) == 4


def test_a_failed_probe_doubles_the_pause_up_to_its_cap():
    state = lane()
    fail(state, ["u1", "u2", "u1", "u2", "u1"])
    now, pauses = T, []
    for _ in range(6):
        pauses.append(breaker(state).closed_until - now)
        now = breaker(state).closed_until
        fail(state, ["u3"], now=now)
    assert pauses == [5.0, 10.0, 20.0, 40.0, 60.0, LONGEST_PAUSE]
    now = breaker(state).closed_until
    fail(state, ["u3"], (None, ""), now)
    fail(state, ["u1", "u2", "u1", "u2", "u1"], now=now)
    assert breaker(state).pause == FIRST_PAUSE


@pytest.mark.parametrize("code", ["worker-crashed", "expired", "not-permitted"])
def test_what_never_reached_the_service_proves_nothing(code):
    state = lane()
    fail(state, ["u1", "u2", "u1", "u2"])
    fail(state, ["u3"], (Kind.TRANSIENT, code))
    assert breaker(state).failures == 4
    fail(state, ["u1"])
    now = breaker(state).closed_until
    fail(state, ["u3"], (Kind.TRANSIENT, code), now)
    assert breaker(state).circuit == "probing"
    filled(state, 5)
    assert len(begins(state, now)) == 1


def test_those_under_way_when_it_opens_do_not_close_it():
    state = filled(lane(workers=8), 8)
    eight = begins(state, T)
    for each, user in zip(eight, ("u1", "u2", "u1", "u2", "u1"), strict=False):
        end(state, _of(each, user), T, *DOWN)
    end(state, eight[5], T)
    assert breaker(state).circuit == "open"
    filled(state, 5)
    assert begins(state, Instant(T + FIRST_PAUSE)) == []  # the probe waits for the two that are under way
    end(state, eight[6], Instant(T + FIRST_PAUSE), *DOWN)
    assert breaker(state).circuit == "open"
    end(state, eight[7], Instant(T + FIRST_PAUSE), *DOWN)
    assert len(begins(state, Instant(T + FIRST_PAUSE))) == 1


def _of(which, user):
    return type(which)(
        lane=which.lane,
        priority=which.priority,
        call=order(user).call,
        not_after=which.not_after,
    )


# ---- refused as an installation


@pytest.mark.parametrize("code", sorted(CONFIG_CODES))
def test_many_users_refused_for_the_installations_sake_stop_the_requests_of_all(code):
    state = lane()
    fail(state, crowd(REFUSED_AFTER), (Kind.CONFIG, code))
    assert state.word(T) == "refused"
    waiting = give(state, *(order(f"w{number}") for number in range(100)))
    begin, given_back, again = dispatch(state, T)
    assert (begin, again, state.queued) == ([], None, 0)
    assert given_back == [(each, Kind.CONFIG, code) for each in waiting]


def test_one_refused_user_never_stops_the_others_nor_do_a_few():
    state = lane()
    fail(state, ["u1"] * 30, UNAUTHORIZED)
    fail(state, crowd(REFUSED_AFTER - 1), UNAUTHORIZED)
    assert state.word(T) == "ok"
    fail(state, ["u9"], (None, ""))
    fail(state, crowd(REFUSED_AFTER - 1), UNAUTHORIZED)
    assert state.word(T) == "ok"


@pytest.mark.parametrize("fate", [(Kind.USER, "google-no-such-user"), (Kind.CONFIG, "google-scope"), DOWN])
def test_other_troubles_of_many_users_are_not_the_installations(fate):
    state = lane()
    fail(state, crowd(REFUSED_AFTER), fate)
    assert state.access["calendar"].code == ""


def test_once_a_minute_one_request_probes_and_the_others_wait_for_its_end():
    state, asked, now = lane(), 0, T
    fail(state, crowd(REFUSED_AFTER), UNAUTHORIZED)
    for _ in range(60):
        now = Instant(now + 10)
        give(state, *(order(f"w{number}") for number in range(100)))
        for each in begins(state, now):
            asked += 1
            assert begins(state, now) == []
            assert state.queued == 99
            end(state, each, now, *UNAUTHORIZED)
            assert len(dispatch(state, now).given_back) == 99
    assert asked == 600 / PROBE_EVERY


def test_the_first_success_ends_it():
    state = lane()
    fail(state, crowd(REFUSED_AFTER), UNAUTHORIZED)
    now = Instant(T + PROBE_EVERY)
    filled(state, 10)
    (probe,) = begins(state, now)
    end(state, probe, now)
    assert state.word(now) == "ok"
    assert len(begins(state, now)) == 4


@pytest.mark.parametrize("kind", [Kind.NOT_FOUND, Kind.RESYNC, Kind.CONFLICT, Kind.REFUSED])
def test_whoever_gets_a_refusal_of_another_sort_had_a_token(kind):
    state = lane()
    fail(state, crowd(REFUSED_AFTER), UNAUTHORIZED)
    fail(state, ["u1"], (kind, "google-not-found"), Instant(T + PROBE_EVERY))
    assert state.word(T) == "ok"


def test_a_probe_that_tells_nothing_is_followed_by_another_a_minute_later():
    state = lane()
    fail(state, crowd(REFUSED_AFTER), UNAUTHORIZED)
    fail(state, ["u1"], (Kind.USER, "google-no-such-user"), Instant(T + PROBE_EVERY))
    assert state.word(T) == "refused"
    give(state, order())
    assert dispatch(state, Instant(T + PROBE_EVERY + 1)).given_back[0].code == REFUSED
    give(state, order())
    assert begins(state, Instant(T + 2 * PROBE_EVERY))


def test_after_a_reload_everybody_is_asked_again():
    state = lane()
    fail(state, crowd(REFUSED_AFTER), UNAUTHORIZED)
    retune(state, LaneSettings(workers=4, per_minute=600), T)
    assert state.word(T) == "ok"
    filled(state, 3)
    assert len(begins(state, T)) == 3


@pytest.mark.parametrize(("make", "name"), [(mail, "gmail"), (setting, "settings")])
def test_a_scope_that_was_not_granted_costs_its_own_feature(make, name):
    state = lane()
    fail(state, crowd(REFUSED_AFTER), UNAUTHORIZED, make=make)
    assert state.word(T) == f"refused: {name}"
    calendar, _ = give(state, order(), make())
    begin, given_back, _ = dispatch(state, T)
    assert begin == [calendar]
    assert [each.code for each in given_back] == [REFUSED]


def test_a_clock_that_is_set_back_prolongs_no_refusal():
    state = lane()
    fail(state, crowd(REFUSED_AFTER), UNAUTHORIZED)
    earlier = Instant(T - 7200)
    dispatch(state, earlier)
    give(state, order())
    assert begins(state, Instant(earlier + PROBE_EVERY))


def test_those_under_way_when_it_is_refused_neither_prolong_nor_hasten_it():
    state = lane(workers=8)
    eight = give(state, *(order(user) for user in crowd(8)))
    assert begins(state, T) == list(eight)
    for number, each in enumerate(eight):
        end(state, each, Instant(T + number), *UNAUTHORIZED)
    give(state, order())
    assert begins(state, Instant(T + 4 + PROBE_EVERY))
    assert UserId("u7") not in state.access["calendar"].users
