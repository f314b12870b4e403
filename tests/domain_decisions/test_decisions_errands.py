"""Errands: stored before they are sent, done once, told when they are on disk."""

import pytest

from hybridcal_daemon.domain import errands
from hybridcal_daemon.domain.calls import ListEvents, RunErrand
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE, Sealed
from tests.domain_decisions.errand_asking import CHANGES, SAFE, WELL, ask, served, states, told, tries
from tests.domain_decisions.facts import T0, USER, meeting
from tests.domain_decisions.world import DONE_BUT_LOST, LOST, World, fails, slow


@pytest.fixture
def world():
    return served()


# ---- the good way


@pytest.mark.parametrize("kind", CHANGES)
def test_it_is_on_disk_before_it_is_sent_and_its_outcome_before_it_is_told(world, kind):
    world.save_delay = 5.0
    ask(world, kind=kind)
    world.run(4.9)
    assert world.ordered(RunErrand) == []
    world.run(0.2)
    assert [(call.kind, call.key, call.event_id) for call in world.ordered(RunErrand)] == [(kind, "k1", "e1")]
    world.run(4.5)
    assert world.google.effects == {"k1": 1}
    assert told(world) == []
    world.run(1.0)
    assert told(world) == WELL


def test_what_was_asked_is_forgotten_when_it_is_over_and_the_rest_after_a_day(world):
    ask(world)
    world.run(5)
    (errand,) = world.durable.errands
    assert (errand.state, errand.ask, errand.answer) == ("done", None, Sealed(b"answer k1"))
    world.run(DAY - 60)
    assert states(world) == {"k1": ("done", "")}
    world.run(2 * HOUR)
    assert states(world) == {}


@pytest.mark.parametrize("kind", CHANGES)
def test_the_list_follows_at_once(world, kind):
    ask(world, kind=kind)
    world.run(0.2)
    since = world.true
    world.run(3)
    assert len(world.ordered(ListEvents, since)) == 1


def test_the_list_follows_at_once_also_while_pushes_go_on_and_on():
    world = World(push=True)
    world.start()
    world.run(20)
    for number in range(12):
        world.edit(meeting(f"m{number}", T0 + DAY))
        world.run(1)
    world.run(15)
    world.pushes()
    ask(world)
    world.run(0.2)
    since = world.true
    world.pushes()
    world.run(2)
    assert [call.page_token for call in world.ordered(ListEvents, since)].count(None) == 1


def test_the_end_of_an_errand_is_said_once_with_who_had_asked(world):
    ask(world)
    world.run(5)
    ask(world)
    world.run(5)
    assert [(reply.ended, reply.by, reply.digest) for _, reply in world.replies] == [
        ("insert", "uid:1", "d1"),
        ("", "uid:1", "d1"),
    ]


# ---- the same key


@pytest.mark.parametrize("kind", CHANGES)
def test_the_same_key_again_is_the_same_errand_with_the_same_answer(world, kind):
    world.outcomes["RunErrand"].append(slow(3))
    for _ in range(3):
        ask(world, kind=kind)
        world.run(1)
    world.run(5)
    ask(world, kind=kind)
    world.run(1)
    assert tries(world) == 1
    assert world.google.effects == {"k1": 1}
    assert told(world) == [*WELL, *WELL]


def test_another_wish_under_the_same_key_is_refused_and_the_first_goes_on(world):
    world.outcomes["RunErrand"].append(slow(3))
    ask(world)
    ask(world, digest="d2")
    world.run(1)
    assert [(reply.digest, reply.code) for _, reply in world.replies] == [("d2", "key-reused")]
    world.run(5)
    assert [(reply.digest, reply.code) for _, reply in world.replies][1:] == [("d1", "")]


def test_an_event_gets_the_same_id_for_the_same_key_and_wish_only():
    first = errands.event_id_for(USER, "k", "d")
    assert first == errands.event_id_for(USER, "k", "d")
    others = {errands.event_id_for(USER, "k", "e"), errands.event_id_for(USER, "l", "d")}
    assert first not in others | {errands.event_id_for("u" + "9" * 20, "k", "d")}
    assert len(first) <= 1024
    assert set(first) <= set("abcdefghijklmnopqrstuv0123456789")  # base32hex, as events.insert wants it


# ---- trouble


@pytest.mark.parametrize("kind", CHANGES)
@pytest.mark.parametrize("why", [Kind.TRANSIENT, Kind.THROTTLED, Kind.SEALED, Kind.CONFLICT])
def test_what_may_be_well_soon_is_tried_again(world, kind, why):
    world.outcomes["RunErrand"] += [fails(why, "google-unavailable"), fails(why, "google-unavailable")]
    ask(world, kind=kind)
    world.run(5 * MINUTE)
    assert tries(world) == 3
    assert told(world) == WELL


@pytest.mark.parametrize("kind", CHANGES)
@pytest.mark.parametrize("why", [Kind.REFUSED, Kind.INVALID, Kind.NOT_FOUND, Kind.USER, Kind.CONFIG])
def test_what_is_refused_is_told_at_once_and_not_repeated(world, kind, why):
    world.outcomes["RunErrand"].append(fails(why, "google-refused"))
    ask(world, kind=kind)
    world.run(1)
    assert told(world) == [("k1", "google-refused", None)]
    world.run(HOUR)
    assert tries(world) == 1
    ask(world, kind=kind)
    world.run(1)
    assert told(world)[1:] == told(world)[:1]


@pytest.mark.parametrize("kind", SAFE)
def test_what_never_gets_an_answer_is_given_up_after_a_quarter_of_an_hour(world, kind):
    world.policy = lambda call: (
        fails(Kind.TRANSIENT, "google-unavailable") if isinstance(call, RunErrand) else slow(0.1)
    )
    ask(world, kind=kind)
    world.run(16 * MINUTE)
    assert told(world) == [("k1", "google-unavailable", None)]
    assert 5 <= tries(world) <= 12
    assert all(at <= 15 * MINUTE + T0 + 30 for at, call in world.orders if isinstance(call, RunErrand))


def test_a_pause_of_hours_is_told_at_once(world):
    world.outcomes["RunErrand"].append(fails(Kind.THROTTLED, "google-quota"))
    ask(world)
    world.run(2)
    assert told(world) == [("k1", "google-quota", None)]


def test_while_google_takes_no_writes_for_hours_each_errand_is_told_at_once(world):
    world.outcomes["RunErrand"].append(fails(Kind.THROTTLED, "google-quota"))
    ask(world)
    world.run(2)
    ask(world, key="k2", event_id="e2", kind="quick-add")
    ask(world, key="k3", event_id="e3", kind="free-busy", digest="")
    world.run(2)
    assert told(world) == [
        ("k1", "google-quota", None),
        ("k2", "google-quota", None),
        ("k3", "", Sealed(b"answer k3")),
    ]
    world.run(3 * HOUR)
    ask(world, key="k4", event_id="e4")
    world.run(2)
    assert told(world)[3:] == [("k4", "", Sealed(b"answer k4"))]
    assert dict(world.durable.troubles) == {}


@pytest.mark.parametrize("kind", SAFE)
@pytest.mark.parametrize("outcome", [DONE_BUT_LOST, LOST], ids=["done", "lost"])
def test_an_answer_that_never_comes_leaves_it_in_doubt(world, kind, outcome):
    world.outcomes["RunErrand"].append(outcome)
    ask(world, kind=kind)
    world.run(20 * MINUTE)
    assert told(world) == [("k1", "errand-in-doubt", None)]
    assert states(world) == {"k1": ("failed", "errand-in-doubt")}


@pytest.mark.parametrize("kind", SAFE)
@pytest.mark.parametrize("done", [True, False])
def test_a_doubt_is_settled_by_asking_again_where_that_is_safe(world, kind, done):
    world.outcomes["RunErrand"].append(fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=done))
    ask(world, kind=kind)
    world.run(MINUTE)
    assert world.google.effects == {"k1": 1}
    assert tries(world) == 2
    assert told(world) == WELL


@pytest.mark.parametrize("kind", SAFE)
def test_a_doubt_that_is_not_settled_in_time_is_told_as_one(world, kind):
    doubtful = fails(Kind.TRANSIENT, "deadline", in_doubt=True)
    clear = fails(Kind.TRANSIENT, "google-unavailable")
    world.outcomes["RunErrand"] += [doubtful, *([clear] * 20)]
    ask(world, kind=kind)
    world.run(16 * MINUTE)
    assert told(world) == [("k1", "errand-in-doubt", None)]


@pytest.mark.parametrize("kind", SAFE)
@pytest.mark.parametrize(("code", "said"), [("google-refused", "errand-in-doubt"), ("errand-undone", "errand-undone")])
def test_a_refusal_does_not_settle_the_doubt_about_an_earlier_attempt_unless_it_says_so(world, kind, code, said):
    doubtful = fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=True)
    world.outcomes["RunErrand"] += [doubtful, fails(Kind.REFUSED, code)]
    ask(world, kind=kind)
    world.run(MINUTE)
    assert tries(world) == 2
    assert told(world) == [("k1", said, None)]


@pytest.mark.parametrize("why", [Kind.TRANSIENT, Kind.INVALID, Kind.REFUSED])
@pytest.mark.parametrize("done", [True, False])
def test_a_quick_add_in_doubt_is_never_repeated(world, why, done):
    world.outcomes["RunErrand"].append(fails(why, "deadline", in_doubt=True, done=done))
    ask(world, kind="quick-add", event_id="")
    world.run(HOUR)
    assert tries(world) == 1
    assert told(world) == [("k1", "errand-in-doubt", None)]
    assert world.google.effects["k1"] == done


def test_a_quick_add_whose_answer_is_lost_is_in_doubt_and_the_list_is_read(world):
    world.outcomes["RunErrand"].append(DONE_BUT_LOST)
    ask(world, kind="quick-add", event_id="")
    world.run(14 * MINUTE)
    assert told(world) == []
    world.run(2 * MINUTE)
    assert told(world) == [("k1", "errand-in-doubt", None)]
    assert world.google.effects == {"k1": 1}
