"""Errands: many at a time, looks, goodbyes, clocks that jump, rooms."""

import pytest

from hybridcal_daemon.domain.calls import CheckAccess, RunErrand
from hybridcal_daemon.domain.effects import ErrandReplied
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import AccessChecked, CallFailed, Deactivated, ErrandAsked, Saved, Started, Woke
from hybridcal_daemon.domain.state import Durable, Snapshot, UserSettings
from hybridcal_daemon.domain.user import blank, decide
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE, Instant, Sealed, UserId
from tests.domain_decisions.errand_asking import CHANGES, WELL, ask, served, states, told, tries
from tests.domain_decisions.facts import T0, asking, meeting
from tests.domain_decisions.world import fails, slow

ROOM_USER = UserId("r0123456789abcdef0123")


@pytest.fixture
def world():
    return served()


# ---- many


def test_at_most_four_at_a_time_and_all_of_them_in_the_end(world):
    world.policy = lambda call: slow(2.0 if isinstance(call, RunErrand) else 0.1)
    for number in range(10):
        ask(world, key=f"k{number}", event_id=f"e{number}")
    world.run(1)
    assert tries(world) == 4
    world.run(10)
    assert len(world.replies) == 10


def test_errands_about_the_same_event_go_one_after_the_other(world):
    world.policy = lambda call: slow(2.0 if isinstance(call, RunErrand) else 0.1)
    ask(world, key="k1", kind="insert", event_id="e1")
    ask(world, key="k2", kind="delete", event_id="e1")
    world.run(1)
    assert [call.key for call in world.ordered(RunErrand)] == ["k1"]
    world.run(5)
    assert [call.key for call in world.ordered(RunErrand)] == ["k1", "k2"]


def test_a_hundred_are_remembered_and_no_more_than_twenty_taken_in_at_a_time(world):
    world.policy = lambda call: slow(5.0 if isinstance(call, RunErrand) else 0.1)
    for number in range(21):
        ask(world, key=f"a{number}", event_id=f"e{number}")
    world.run(0.1)
    assert told(world) == [("a20", "errand-too-many", None)]
    world.run(120)
    for number in range(100):
        ask(world, key=f"b{number}", event_id=f"f{number}")
        world.run(6)
    assert len(world.durable.errands) == 100
    assert {key[0] for key in states(world)} == {"b"}


# ---- looks


@pytest.mark.parametrize("kind", ["explain", "free-busy"])
def test_a_look_is_not_stored_and_told_at_once(world, kind):
    version = world.durable.version
    ask(world, kind=kind, digest="")
    world.run(0.5)
    assert told(world) == WELL
    assert world.durable.version == version
    assert world.durable.errands == ()
    assert world.replies[0][1].ended == ""


@pytest.mark.parametrize("why", [Kind.TRANSIENT, Kind.REFUSED])
def test_a_failed_look_is_told_and_not_repeated(world, why):
    world.outcomes["RunErrand"].append(fails(why, "google-unavailable"))
    ask(world, kind="free-busy", event_id="", digest="")
    world.run(HOUR)
    assert told(world) == [("k1", "google-unavailable", None)]
    assert tries(world) == 1


def test_a_look_does_not_survive_a_restart_and_nobody_else_hears_of_it(world):
    world.outcomes["RunErrand"].append(slow(5))
    ask(world, kind="explain", digest="")
    world.run(1)
    world.restart()
    world.run(HOUR)
    assert told(world) == []
    assert tries(world) == 1


def test_too_many_looks_at_a_time_are_refused(world):
    world.policy = lambda call: slow(5.0 if isinstance(call, RunErrand) else 0.1)
    for number in range(9):
        ask(world, key=f"k{number}", kind="free-busy", event_id="", digest="")
    world.run(1)
    assert told(world) == [("k8", "errand-too-many", None)]
    world.run(10)
    assert len(world.replies) == 9


def test_an_explanation_comes_with_what_is_stored(world):
    world.google.put(asking("m2", world.true + 2 * HOUR))
    world.run(HOUR)
    ask(world, kind="explain", event_id="m2", digest="")
    world.run(1)
    known = world.replies[-1][1].known
    assert known.fact == world.state.events["m2"]
    assert known.state == "active"
    assert known.room is True


# ---- leaving


@pytest.mark.parametrize("kind", [*CHANGES, "explain"])
def test_who_waits_is_told_when_the_person_leaves(world, kind):
    world.outcomes["RunErrand"].append(slow(5))
    ask(world, kind=kind, digest="" if kind == "explain" else "d1")
    world.run(1)
    world.tell(Deactivated())
    world.run(10)
    assert told(world) == [("k1", "errand-dropped", None)]
    assert world.durable.errands == ()


def test_who_leaves_is_asked_nothing_more(world):
    world.google.put(meeting(start=T0 + 60))
    world.outcomes["DeleteCard"].append(slow(10))
    world.save_delay = 1.0
    world.run(60)
    world.tell(Deactivated())
    ask(world)
    world.run(20)
    assert told(world) in ([("k1", "errand-dropped", None)], [])
    assert tries(world) == 0


# ---- the clock


@pytest.mark.parametrize("jump", [-30 * DAY, -HOUR, HOUR, 30 * DAY])
def test_a_clock_that_is_set_neither_loses_nor_doubles_anything(world, jump):
    world.outcomes["RunErrand"] += [fails(Kind.TRANSIENT, "google-unavailable"), slow(1)]
    ask(world)
    world.run(1)
    world.jump(jump)
    world.run(20 * MINUTE)
    assert len(world.replies) == 1
    assert world.google.effects["k1"] <= 1
    code = world.replies[0][1].code
    assert code == ("google-unavailable" if jump > 0 else "")


def test_a_clock_set_back_keeps_outcomes_no_longer_than_a_day(world):
    ask(world)
    world.run(5)
    world.jump(-30 * DAY)
    world.run(DAY + 2 * HOUR)
    assert states(world) == {}


# ---- rooms


@pytest.fixture
def room():
    """A room whose calendar is not known to be open to us yet, and what decides about it."""
    state = blank(ROOM_USER)
    snapshot = Snapshot(user=ROOM_USER, durable=Durable(), events=())
    started = Started(incarnation=1, entropy="0" * 32, snapshot=snapshot, settings=UserSettings(push=False, acting="a"))
    state, effects = decide(state, started, T0)
    (check,) = [effect.call for effect in effects if isinstance(getattr(effect, "call", None), CheckAccess)]
    book = ErrandAsked(key="k1", kind="insert", ask=Sealed(b"ask"), event_id="e1", digest="d1")
    state, effects = decide(state, book, T0)
    assert not submitted(effects)
    return state, check


def submitted(effects):
    return [effect.call for effect in effects if isinstance(getattr(effect, "call", None), RunErrand)]


def saved(state, now):
    return decide(state, Saved(version=state.durable.version), now)


def test_a_room_is_booked_as_soon_as_its_calendar_is_open_to_us(room):
    state, check = room
    opened = AccessChecked(request_id=check.request_id, user=ROOM_USER, role="owner")
    state, effects = decide(state, opened, T0)
    state, after = saved(state, T0)
    assert [call.key for call in submitted((*effects, *after))] == ["k1"]


def test_a_room_that_stays_closed_is_said_to_be(room):
    state, check = room
    closed = CallFailed(request_id=check.request_id, user=ROOM_USER, kind=Kind.CONFIG, code="google-scope")
    state, _ = decide(state, closed, T0)
    state, _ = decide(state, Woke(), Instant(T0 + 16 * MINUTE))
    _, effects = saved(state, Instant(T0 + 16 * MINUTE))
    replies = [effect for effect in effects if isinstance(effect, ErrandReplied)]
    assert [(reply.key, reply.code) for reply in replies] == [("k1", "google-scope")]
