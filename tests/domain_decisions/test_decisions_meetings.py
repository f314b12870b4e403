"""Webex meetings of events whose organiser asks for one: made, followed, ended."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hybridcal_daemon.domain import holding
from hybridcal_daemon.domain.calls import ChangeMeeting, EndMeeting, HoldMeeting
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE, AllDay, Instant, Timed, Window
from tests.domain_decisions.facts import T0, asking, daily, exception
from tests.domain_decisions.world import World, slow

START = T0 + 2 * HOUR


def onetime(event_id="a1", start=START, minutes=30, **rest):
    return asking(event_id, start, minutes, **{"asked": "onetime", "title_digest": "title", **rest})


def series(event_id="s1", start=START, days=10, **rest):
    wish = {"asked": "onetime", "organiser": True, "writable": True, "response": "organizer", "join": ""}
    return daily(event_id, start, days=days, **{**wish, "title_digest": "title", **rest})


def moved(mother, number, start, **rest):
    wish = {"asked": mother.asked, "organiser": True, "writable": True, "response": "organizer", "join": ""}
    return exception(mother, number, start, **{**wish, "title_digest": mother.title_digest, **rest})


def served(*facts, **settings):
    world = World(push=True, **settings)
    for fact in facts:
        world.google.put(fact)
    world.start()
    world.run(30)
    return world


def only(world):
    (standing,) = world.meetings.meetings.values()
    return standing


def window(days):
    return Window(start=T0, end=Instant(T0 + days * DAY))


def states(world):
    return [meeting.state for meeting in world.durable.meetings]


# ---- which events


def test_a_onetime_meeting_is_made_once_with_times_and_title():
    world = served(onetime())
    assert (only(world).plan.start, only(world).plan.end) == (START, START + 30 * MINUTE)
    assert only(world).title == "title"
    assert states(world) == ["made"]
    assert len(world.ordered(HoldMeeting)) == 1
    world.run(DAY)
    assert len(world.ordered(HoldMeeting)) == 1
    assert world.ordered(ChangeMeeting) == []
    assert world.notes["meeting.held"] == 1


@pytest.mark.parametrize(
    "unlike",
    [
        {"asked": None},
        {"asked": "myroom"},
        {"organiser": False},
        {"writable": False},
        {"foreign_webex": True},
        {"conference": True},
        {"cancelled": True},
        {"by_address": True},
        {"derived": True},
        {"kind": "out-of-office"},
        {"start": T0 - 2 * HOUR},
    ],
)
def test_no_meeting_for_what_does_not_ask_or_is_not_ours(unlike):
    world = served(onetime(**unlike))
    assert world.ordered(HoldMeeting) == []
    assert world.durable.meetings == ()


# ---- following


def test_it_follows_a_move():
    world = served(onetime())
    world.edit(onetime(start=START + HOUR))
    world.run(30)
    assert only(world).plan.start == START + HOUR
    assert [call.whole for call in world.ordered(ChangeMeeting)] == [True]
    assert world.notes["meeting.changed"] == 1


def test_it_follows_a_title():
    world = served(onetime())
    world.edit(onetime(title_digest="other"))
    world.run(30)
    assert only(world).title == "other"


def test_what_is_no_matter_of_webex_changes_nothing():
    world = served(onetime())
    world.edit(onetime(guests_digest="others", people=7, digest="other text"))
    world.run(30)
    assert world.ordered(ChangeMeeting) == []


@pytest.mark.parametrize(
    "after",
    [
        {"asked": None},
        {"asked": "myroom"},
        {"writable": False},
        {"cancelled": True},
        {"foreign_webex": True},
        {"conference": True},
    ],
)
def test_it_ends_when_the_event_asks_no_more(after):
    world = served(onetime())
    world.edit(onetime(**after))
    world.run(30)
    assert world.meetings.meetings == {}
    assert world.durable.meetings == ()
    assert world.notes["meeting.ended"] == 1


def test_a_link_beside_its_own_block_does_not_end_it():
    world = served(onetime())
    world.edit(onetime(has_block=True, foreign_webex=True))
    world.run(30)
    assert len(world.meetings.meetings) == 1


def test_it_ends_with_its_event():
    world = served(onetime())
    world.remove("a1")
    world.run(30)
    assert world.meetings.meetings == {}
    assert world.durable.meetings == ()


def test_a_keyword_that_comes_back_gets_another_meeting():
    world = served(onetime())
    first = only(world).tag
    world.edit(onetime(asked=None))
    world.run(30)
    world.edit(onetime())
    world.run(30)
    assert only(world).tag != first


def test_another_keyword_gets_another_meeting():
    world = served(onetime(), spaces=True)
    world.edit(onetime(asked="space"))
    world.run(60)
    assert only(world).space_id
    assert [meeting.kind for meeting in world.durable.meetings] == ["space"]


def test_what_is_over_stays_at_webex_and_is_forgotten():
    world = served(onetime())
    world.run(4 * HOUR)
    world.remove("a1")
    world.run(30)
    assert len(world.meetings.meetings) == 1
    assert world.ordered(EndMeeting) == []
    assert world.durable.meetings == ()


def test_one_that_is_moved_out_of_sight_and_back_keeps_its_meeting():
    world = served(onetime())
    tag = only(world).tag
    world.edit(onetime(start=START + 60 * DAY))
    world.run(DAY)
    assert "a1" not in world.state.events
    assert only(world).tag == tag
    world.run(10 * DAY)
    world.edit(onetime(start=START + 14 * DAY))
    world.run(30)
    assert only(world).tag == tag
    assert only(world).plan.start == START + 14 * DAY


def test_one_that_is_out_of_sight_ends_when_its_event_does():
    world = served(onetime())
    world.edit(onetime(start=START + 60 * DAY))
    world.run(60)
    world.remove("a1")
    world.run(60)
    assert world.meetings.meetings == {}
    assert world.durable.meetings == ()


def test_one_that_is_out_of_sight_ends_with_its_keyword():
    world = served(onetime())
    world.edit(onetime(start=START + 60 * DAY))
    world.run(60)
    world.edit(onetime(start=START + 60 * DAY, asked=None))
    world.run(60)
    assert world.meetings.meetings == {}


def test_an_event_that_is_running_gets_a_meeting_from_the_next_minute():
    world = served(onetime(start=T0 - 10 * MINUTE - 1, minutes=60))
    assert only(world).plan.start == T0 + MINUTE
    assert only(world).plan.end == T0 + 50 * MINUTE - 1
    world.run(50 * MINUTE)
    assert world.ordered(ChangeMeeting) == []


def test_an_event_that_is_made_longer_while_it_runs():
    world = served(onetime())
    world.run(START + 5 * MINUTE - world.true)
    world.edit(onetime(minutes=90))
    world.run(30)
    assert only(world).plan.end == START + 90 * MINUTE
    assert only(world).plan.start == START + 6 * MINUTE


def test_a_day_is_a_day_in_the_organisers_zone():
    world = served(onetime(start=START), meetings_per_day=9)
    day = datetime.fromtimestamp(T0, UTC).date() + timedelta(days=4)
    world.edit(replace(onetime("day1"), start=AllDay(day=day), end=AllDay(day=day + timedelta(days=2))))
    world.run(MINUTE)
    (meeting,) = [one for one in world.durable.meetings if one.event_id == "day1"]
    plan = world.meetings.of(meeting.tag).plan
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("Europe/Berlin"))
    assert (plan.start, plan.end) == (midnight.timestamp(), midnight.timestamp() + 1439 * MINUTE)
    assert world.ordered(ChangeMeeting) == []


# ---- series


def test_a_series_is_one_meeting_with_its_rule():
    world = served(series())
    assert only(world).plan.recurrence.startswith("FREQ=DAILY;UNTIL=")
    assert len(only(world).happens(window(days=40))) == 10


def test_a_moved_and_a_cancelled_occurrence():
    mother = series()
    world = served(mother)
    world.edit(moved(mother, 3, START + 3 * DAY + HOUR))
    world.google.cancel_occurrence("s1", Timed(at=int(START + 5 * DAY), tz="UTC"))
    world.pushes()
    world.run(60)
    begins = [begin for begin, _ in only(world).happens(window(days=40))]
    assert begins == [START + day * DAY + (HOUR if day == 3 else 0) for day in range(10) if day != 5]
    assert not any(call.whole for call in world.ordered(ChangeMeeting))
    assert len(world.durable.meetings) == 1


def test_an_occurrence_that_is_moved_back():
    mother = series()
    world = served(mother, moved(mother, 3, START + 3 * DAY + HOUR))
    assert START + 3 * DAY + HOUR in dict(only(world).happens(window(days=40)))
    world.edit(moved(mother, 3, START + 3 * DAY))
    world.run(60)
    assert [begin for begin, _ in only(world).happens(window(days=40))] == [START + day * DAY for day in range(10)]


def test_a_moved_occurrence_survives_another_title():
    mother = series()
    world = served(mother, moved(mother, 3, START + 3 * DAY + HOUR))
    world.edit(replace(mother, title_digest="other"))
    world.run(60)
    assert only(world).title == "other"
    assert START + 3 * DAY + HOUR in dict(only(world).happens(window(days=40)))


def test_time_alone_changes_nothing_about_a_series():
    mother = series(days=20)
    world = served(mother, moved(mother, 3, START + 3 * DAY + HOUR))
    world.run(60)
    asked = len(world.ordered(ChangeMeeting))
    world.run(8 * DAY)
    assert len(world.ordered(ChangeMeeting)) == asked == 1


def test_an_occurrence_shares_the_meeting_of_its_series():
    mother = series()
    world = served(mother, moved(mother, 3, START + 3 * DAY + HOUR))
    draft = world.state
    fact = next(each for each in draft.events.values() if each.series_id == "s1")
    shared = holding.meeting_of(draft, fact)
    assert shared is not None
    assert shared.event_id == "s1"
    assert holding.join_of(draft, fact) == (shared.join, f"meeting/{shared.tag}")


@pytest.mark.parametrize("of_series", [None, "myroom", "space"])
def test_an_occurrence_with_a_wish_of_its_own_gets_its_own(of_series):
    mother = series(asked=of_series)
    world = served(mother, moved(mother, 3, START + 3 * DAY + HOUR, asked="onetime"), spaces=True)
    own = [meeting for meeting in world.durable.meetings if meeting.kind == "onetime"]
    assert [meeting.event_id for meeting in own] == [next(key for key in world.state.events if key.startswith("s1_"))]
    assert world.meetings.of(own[0].tag).happens(window(days=40)) == [
        (START + 3 * DAY + HOUR, START + 3 * DAY + 90 * MINUTE)
    ]


def test_the_meeting_of_a_series_leaves_out_an_occurrence_that_asks_for_something_else():
    mother = series()
    world = served(mother, moved(mother, 3, START + 3 * DAY + HOUR, asked="myroom"))
    assert len(only(world).happens(window(days=40))) == 9


def test_an_occurrence_that_comes_to_ask_for_the_same_gives_its_own_up():
    mother = series(asked=None)
    own = moved(mother, 3, START + 3 * DAY + HOUR, asked="onetime")
    world = served(mother, own)
    world.edit(replace(mother, asked="onetime"))
    world.run(60)
    assert [meeting.event_id for meeting in world.durable.meetings] == ["s1"]
    assert len(only(world).happens(window(days=40))) == 10


def test_a_series_that_goes_takes_its_meeting_and_those_of_its_occurrences():
    mother = series(asked="onetime")
    world = served(mother, moved(mother, 3, START + 3 * DAY + HOUR, asked="space"), spaces=True)
    assert len(world.meetings.meetings) == 2
    world.remove("s1")
    world.run(60)
    assert world.meetings.meetings == {}
    assert world.durable.meetings == ()


def test_of_a_rule_that_webex_does_not_take_the_next_occurrence_is_planned_each_time():
    mother = replace(series(), recurrence=("RRULE:FREQ=MONTHLY;BYMONTHDAY=15,20,25",))
    world = served(mother)
    assert only(world).plan.recurrence == ""
    assert only(world).plan.start == START
    world.run(HOUR + START - world.true)
    assert only(world).plan.start == START + 5 * DAY
    assert len(world.meetings.meetings) == 1


def test_an_occurrence_that_comes_back_into_sight_at_the_edge_keeps_its_own_meeting():
    mother = series(asked=None, days=100)
    own = moved(mother, 3, START + 3 * DAY + HOUR, asked="onetime")
    world = served(mother, own)
    tag = only(world).tag
    world.edit(moved(mother, 3, START + 50 * DAY + HOUR, asked="onetime"))
    world.run(60)
    assert only(world).tag == tag
    world.run(30 * DAY)
    assert own.event_id in world.state.events
    assert only(world).tag == tag
    assert only(world).plan.start == START + 50 * DAY + HOUR


# ---- limits


def test_who_meets_first_gets_a_meeting_first():
    world = served(onetime("a1", START + 3 * DAY), onetime("a2", START), meetings_per_day=1)
    assert [world.meetings.of(meeting.tag).plan.start for meeting in world.durable.meetings[:1]] == [START]


def test_the_quota_of_the_host_is_kept_and_told():
    world = served(*(onetime(f"a{number}", START + 3 * DAY) for number in range(5)), meetings_per_day=3)
    assert len(world.meetings.meetings) == 3
    assert {notice.reason for notice in world.durable.notices} == {"host-quota"}
    world.run(DAY - 2 * MINUTE)
    assert len(world.meetings.meetings) == 3
    world.run(5 * MINUTE)
    assert len(world.meetings.meetings) == 5


def test_only_a_few_requests_are_under_way():
    world = World(push=True)
    most = []

    def policy(call):
        if isinstance(call, HoldMeeting):
            most.append(holding.under_way(world.state))
        return slow(5.0)

    world.policy = policy
    for number in range(12):
        world.google.put(onetime(f"a{number}"))
    world.start()
    world.run(10 * MINUTE)
    assert len(world.meetings.meetings) == 12
    assert max(most) == 4
