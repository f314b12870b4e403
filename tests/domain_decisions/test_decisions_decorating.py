"""Join details in invitations: once, only where they belong, and no write war."""

from dataclasses import replace

import pytest

from hybridcal_daemon.domain.calls import Decorate, FetchRoom, ListEvents, SendCard
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import CallFailed, Decorated
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE
from tests.domain_decisions.facts import ROOM, T0, asking, daily, exception, meeting, sealed
from tests.domain_decisions.world import DONE_BUT_LOST, World, fails, slow


@pytest.fixture
def world():
    return World(push=True)


def served(world, *facts):
    for fact in facts:
        world.google.put(fact)
    world.start()
    world.run(20)
    return world


def test_a_keyword_is_answered_with_one_write(world):
    served(world, asking())
    assert world.google.writes == {"a1": 1}
    assert world.disk.rows["a1"].has_block
    assert len(world.ordered(FetchRoom)) == 1
    world.run(DAY)
    assert len(world.ordered(Decorate)) == 1  # our own echo, polls and full lists cause none


@pytest.mark.parametrize(
    "change",
    [
        {"writable": False},
        {"asked": None},
        {"asked": "space"},
        {"has_block": True},
        {"foreign_webex": True},
        {"conference": True},
        {"unmarked": True, "has_block": True, "conference": True},
        {"start": asking(start=T0 - DAY).start, "end": asking(start=T0 - DAY).end},
    ],
)
def test_what_is_not_ours_to_write_or_needs_nothing_is_left_alone(world, change):
    served(world, replace(asking(), **change))
    assert world.ordered(Decorate) == []
    assert world.ordered(FetchRoom) == []


def test_a_meeting_that_is_running_still_gets_its_block(world):
    served(world, asking(start=T0 - MINUTE))
    assert world.google.writes == {"a1": 1}


def test_a_series_is_written_once(world):
    served(world, asking(recurrence=daily().recurrence))
    world.run(2 * DAY)
    assert world.google.writes == {"a1": 1}


def test_exceptions_wait_for_their_series_and_are_written_where_they_did_not_inherit(world):
    series = asking("d1", recurrence=daily().recurrence)
    own = exception(daily(), 2, T0 + 3 * DAY, asked="myroom", organiser=True, writable=True, join="")
    world.policy = lambda call: slow(2.0) if isinstance(call, Decorate) else slow(0.1)
    served(world, series, own)
    assert [call.event_id for call in world.ordered(Decorate)] == ["d1", own.event_id]
    first, second = (at for at, call in world.orders if isinstance(call, Decorate))
    assert [at for at, call in world.orders if isinstance(call, ListEvents) and first + 2.0 <= at < second] != []
    assert world.google.writes == {"d1": 1, own.event_id: 1}


def test_an_exception_whose_series_is_over_waits_for_nothing(world):
    series = asking("d1", start=T0 - 3 * DAY, recurrence=("RRULE:FREQ=DAILY;COUNT=2",))
    own = exception(series, 1, T0 + 3 * DAY, asked="myroom", organiser=True, writable=True, join="")
    served(world, series, own)
    assert world.google.writes == {own.event_id: 1}


def test_an_exception_does_not_wait_for_a_series_that_cannot_be_written(world):
    series = asking("d1", recurrence=daily().recurrence)
    own = exception(daily(), 2, T0 + 3 * DAY, asked="myroom", organiser=True, writable=True, join="")
    world.outcomes["Decorate"].append(fails(Kind.REFUSED, "google-read-only"))
    served(world, series, own)
    assert world.google.writes == {own.event_id: 1}


def test_a_block_that_may_be_somebody_else_s_is_looked_at_once(world):
    served(world, asking(minutes=24 * 60, has_block=True, unmarked=True, joinable=True, join="room"))
    for response in ("accepted", "tentative", "declined"):
        world.edit(replace(world.google.events["a1"], response=response))
        world.run(HOUR)
    assert len(world.ordered(Decorate)) == 1
    world.edit(replace(world.google.events["a1"], join_digest="another room"))
    world.run(HOUR)
    assert len(world.ordered(Decorate)) == 2
    assert world.google.writes == {}


@pytest.mark.parametrize("outcome", [None, fails(Kind.REFUSED, "google-read-only")], ids=["gone", "refused"])
def test_a_strange_block_is_not_looked_at_in_circles(world, outcome):
    world.outcomes["Decorate"].extend([outcome or slow(5.0)])
    served(world)
    world.edit(asking(has_block=True, unmarked=True, joinable=True, join="room"))
    world.until(lambda: world.ordered(Decorate))
    if outcome is None:
        world.google.remove("a1")
        world.push_delay = DAY
    world.run(30 * MINUTE)
    assert len(world.ordered(Decorate)) == 1


def test_google_that_strips_the_block_is_not_written_to_again(world):
    world.google.strips_blocks = True
    served(world, asking())
    world.run(3 * HOUR)
    assert world.google.writes == {"a1": 1}


def test_a_write_war_ends_at_the_budget(world):
    served(world, asking())

    def undo():
        fact = world.google.events["a1"]
        if fact.has_block:
            world.edit(replace(fact, has_block=False, joinable=False, join_digest=""))

    for minute in range(55):
        world.later(minute * MINUTE, undo)
    world.run(HOUR)
    assert world.google.writes["a1"] == 5
    assert world.reports[-1].code == "write-budget"
    assert world.notes["event.write-war"] == 1
    world.run(3 * HOUR)
    assert world.google.writes["a1"] == 6
    assert world.reports[-1].code == ""


def test_an_event_over_its_budget_keeps_no_other_one_waiting(world):
    served(world)
    world.outcomes["Decorate"].extend([fails(Kind.CONFLICT, "google-conflict")] * 4)
    for number in range(4):
        world.edit(asking(f"stuck{number}"))
    world.run(1.9)
    world.edit(asking("z-last"))
    world.run(4)
    assert world.google.writes["z-last"] == 1


def test_a_few_writes_at_a_time(world):
    world.policy = lambda call: slow(1.0) if isinstance(call, Decorate) else slow(0.1)
    served(world, *[asking(f"a{number}") for number in range(10)])
    times = sorted(at for at, call in world.orders if isinstance(call, Decorate))
    assert len(times) == 10
    assert all(later - earlier >= 1.0 for earlier, later in zip(times, times[4:], strict=False))


def test_an_older_page_that_arrives_after_our_write_is_not_applied():
    """The list saw the event before the write and is answered after it: block and card must not flicker."""
    world = World(push=False, join_lead=600.0)
    served(world)
    before = world.google.put(asking(start=T0 + 9 * MINUTE))
    world.outcomes["ListEvents"].extend([slow(0.1), slow(0.1)._replace(back=20.0)])
    world.outcomes["Decorate"].append(slow(3.0))
    world.push("a stray channel")  # whatever it is, it makes us list
    world.until(lambda: world.ordered(Decorate))
    world.google.put(meeting("m2"))
    world.google.changed["a1"] = world.google.number
    world.push("a stray channel")
    world.until(lambda: not world.outcomes["ListEvents"])
    world.run(0.5)
    assert world.google.events["a1"] == before  # the list is on its way with this version
    world.until(lambda: world.ordered(SendCard))
    assert world.state.flight.traversal is not None
    world.run(HOUR)
    assert "m2" in world.disk.rows
    assert world.disk.rows["a1"] == world.google.events["a1"]
    assert len(world.ordered(SendCard)) == 2  # one for each of both meetings
    assert world.google.writes == {"a1": 1}


def test_a_write_that_answers_after_a_newer_list_does_not_put_back_an_older_version(world):
    served(world)
    world.outcomes["Decorate"].append(slow(0.1))
    world.edit(asking())
    world.until(lambda: world.ordered(Decorate))
    (call,) = world.ordered(Decorate)
    old = sealed(replace(world.google.events["a1"], has_block=True, etag="older"))
    newer = replace(world.state.events["a1"], etag="newer", has_block=True)
    world.state.events["a1"] = newer  # a list came in between
    answer = Decorated(request_id=call.request_id, user=call.user, event_id="a1", event=old, outcome="written")
    world.tell(answer)
    assert world.state.events["a1"] == newer
    assert world.state.flight.dirty_at is not None


def test_an_event_that_is_gone_is_not_written_to_again(world):
    served(world)
    world.outcomes["Decorate"].append(slow(3.0))
    world.edit(asking())
    world.until(lambda: world.ordered(Decorate))
    world.google.remove("a1")
    world.push_delay = DAY
    world.run(MINUTE)
    assert "a1" not in world.disk.rows
    assert len(world.ordered(Decorate)) == 1


@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.NOT_FOUND, Kind.INVALID])
def test_a_refused_event_is_left_alone_until_it_changes(world, kind):
    world.outcomes["Decorate"].append(fails(kind, "google-read-only"))
    served(world, asking(minutes=600))
    world.run(3 * HOUR)
    assert len(world.ordered(Decorate)) == 1
    world.edit(replace(world.google.events["a1"], response="accepted"))
    world.run(10)
    assert world.google.writes == {"a1": 1}


def test_an_answer_in_doubt_is_tried_again_and_written_once(world):
    world.outcomes["Decorate"].append(fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=True))
    served(world, asking())
    world.run(HOUR)
    assert world.google.writes == {"a1": 1}
    assert world.disk.rows["a1"] == world.google.events["a1"]


def test_a_lost_answer(world):
    world.outcomes["Decorate"].append(DONE_BUT_LOST)
    served(world, asking())
    world.run(HOUR)
    assert world.google.writes == {"a1": 1}
    assert world.disk.rows["a1"] == world.google.events["a1"]


def test_quota_of_one_calendar_rests_for_hours(world):
    world.outcomes["Decorate"].append(fails(Kind.THROTTLED, "google-quota"))
    served(world, asking(minutes=24 * 60))
    world.run(2 * HOUR)
    assert len(world.ordered(Decorate)) == 1
    world.run(HOUR)
    assert world.google.writes == {"a1": 1}


def test_verdicts_and_writes_do_not_pile_up(world):
    served(world, *[asking(f"a{number}") for number in range(20)])
    world.run(HOUR)
    assert world.durable.settled == ()  # they have their block: nothing need be remembered
    for number in range(20):
        world.remove(f"a{number}")
    world.edit(asking("last"))
    world.run(2 * HOUR)
    world.edit(asking("very-last"))
    world.run(HOUR)
    assert len(world.durable.writes) <= 2


def test_a_trouble_goes_with_its_event(world):
    world.outcomes["Decorate"].append(fails(Kind.CONFLICT, "google-conflict"))
    world.start()
    world.run(10)
    world.edit(asking())
    world.until(lambda: world.reports[-1].code == "google-conflict")
    world.remove("a1")
    world.until(lambda: not world.state.events)
    assert world.reports[-1].code == ""


# ---- the room


def test_without_a_room_nothing_is_written_and_it_is_looked_for_daily(world):
    world.webex.room = None
    served(world, asking(minutes=60 * 24 * 5))
    assert world.ordered(Decorate) == []
    assert world.reports[-1].code == "webex-no-room"
    world.run(0.9 * DAY)
    assert len(world.ordered(FetchRoom)) == 1
    world.webex.room = ROOM
    world.run(0.5 * DAY)
    assert world.google.writes == {"a1": 1}
    assert world.reports[-1].code == ""


def test_an_old_room_is_looked_up_again_before_it_is_written(world):
    served(world, asking())
    world.run(2 * DAY)
    world.webex.room = type(ROOM)(b"another room")
    world.edit(asking("a2", T0 + 3 * DAY))
    world.run(10)
    assert [call.room for call in world.ordered(Decorate)] == [ROOM, b"another room"]


def test_an_old_room_is_used_while_webex_cannot_be_asked(world):
    served(world, asking())
    world.run(2 * DAY)
    world.outcomes["FetchRoom"].extend([fails(Kind.TRANSIENT, "webex-unavailable")] * 5)
    world.edit(asking("a2", T0 + 3 * DAY))
    world.run(10)
    assert world.google.writes == {"a1": 1, "a2": 1}


def test_an_unreadable_room_cell_is_fetched_anew(world):
    world.outcomes["Decorate"].append(fails(Kind.INVALID, "kms-tampered"))
    served(world, asking())
    world.run(MINUTE)
    assert len(world.ordered(FetchRoom)) == 2
    assert world.google.writes == {"a1": 1}


def test_a_person_unknown_at_webex_is_looked_for_every_hour(world):
    world.outcomes["FetchRoom"].extend([fails(Kind.NOT_FOUND, "webex-no-such-person")] * 3)
    served(world, asking(minutes=600))
    assert world.reports[-1].code == "webex-no-such-person"
    world.run(5 * HOUR)
    assert world.google.writes == {"a1": 1}


def test_answers_to_unknown_requests_teach_nothing(world):
    served(world, asking())
    before = world.durable
    late = CallFailed(request_id=(1 << 40) | 9999, user=world.state.user, kind=Kind.USER, code="google-no-calendar")
    world.tell(late)
    assert world.durable == before
