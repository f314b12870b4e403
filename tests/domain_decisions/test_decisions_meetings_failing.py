"""Meetings when Webex refuses, is slow, or nobody knows: none lost, none twice."""

import pytest

from hybridcal_daemon.domain import meetings
from hybridcal_daemon.domain.calls import ChangeMeeting, EndMeeting, FindMeeting, HoldMeeting
from hybridcal_daemon.domain.draft import Draft
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import Deactivated, SettingsChanged
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE
from tests.domain_decisions.facts import T0, asking
from tests.domain_decisions.world import DONE_BUT_LOST, LOST, World, fails, slow

START = T0 + 2 * DAY


def onetime(event_id="a1", start=START, minutes=30, **rest):
    return asking(event_id, start, minutes, **{"asked": "onetime", "title_digest": "title", **rest})


@pytest.fixture
def world():
    return World(push=True)


def served(world, *facts, seconds=30):
    for fact in facts or (onetime(),):
        world.google.put(fact)
    world.start()
    world.run(seconds)
    return world


def only(world):
    (standing,) = world.meetings.meetings.values()
    return standing


def states(world):
    return [meeting.state for meeting in world.durable.meetings]


@pytest.mark.parametrize("arrived", [True, False])
def test_a_meeting_in_doubt_is_looked_for_before_it_is_made_again(world, arrived):
    world.outcomes["HoldMeeting"].append(fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=arrived))
    served(world, seconds=40)
    assert world.ordered(FindMeeting) == []
    world.run(30)
    assert len(world.ordered(FindMeeting)) == 1
    assert len(world.ordered(HoldMeeting)) == (1 if arrived else 2)
    assert len(world.meetings.meetings) == 1
    assert world.notes["meeting.found" if arrived else "meeting.not-found"] == 1


def test_doubt_counts_from_the_failure_not_from_the_order(world):
    late = fails(Kind.TRANSIENT, "deadline", in_doubt=True)._replace(wait=600.0, took=30.0)
    world.outcomes["HoldMeeting"].append(late)
    served(world, seconds=1)
    world.until(lambda: any(meeting.failures for meeting in world.durable.meetings))
    world.run(40)
    assert world.ordered(FindMeeting) == []
    world.run(10)
    assert len(world.ordered(FindMeeting)) == 1


@pytest.mark.parametrize("outcome", [LOST, DONE_BUT_LOST])
def test_a_lost_answer_is_given_up_and_looked_for(world, outcome):
    world.outcomes["HoldMeeting"].append(outcome)
    served(world, seconds=20 * MINUTE)
    assert len(world.ordered(FindMeeting)) == 1
    assert len(world.meetings.meetings) == 1
    assert states(world) == ["made"]


@pytest.mark.parametrize("left", [True, False])
def test_a_crash_after_the_order(world, left):
    world.outcomes["HoldMeeting"].append(slow(20.0)._replace(wait=0.0 if left else 100.0))
    served(world, seconds=10)
    world.restart()
    world.run(2 * MINUTE)
    assert len(world.ordered(FindMeeting)) == 1
    assert len(world.meetings.meetings) == 1


def test_a_crash_before_the_save(world):
    world.save_delay = 10.0
    served(world, seconds=5)
    world.save_delay = 0.0
    world.restart()
    world.run(10)
    assert len(world.meetings.meetings) == 1
    assert world.ordered(FindMeeting) == []


def test_it_is_looked_for_where_it_was_to_be(world):
    world.outcomes["HoldMeeting"].append(fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=True))
    served(world)
    world.edit(onetime(start=START + DAY))
    world.run(MINUTE)
    (look,) = world.ordered(FindMeeting)
    assert look.plan.start == START
    assert only(world).plan.start == START + DAY


@pytest.mark.parametrize("arrived", [True, False])
def test_one_in_doubt_that_nobody_wants_any_more_is_found_and_ended(world, arrived):
    world.outcomes["HoldMeeting"].append(fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=arrived))
    served(world)
    world.remove("a1")
    world.run(MINUTE)
    assert world.meetings.meetings == {}
    assert world.durable.meetings == ()
    assert len(world.ordered(EndMeeting)) == arrived
    assert len(world.ordered(HoldMeeting)) == 1


def test_one_under_way_that_nobody_wants_any_more(world):
    world.outcomes["HoldMeeting"].append(slow(20.0))
    served(world, seconds=5)
    world.remove("a1")
    world.run(MINUTE)
    assert world.meetings.meetings == {}
    assert world.durable.meetings == ()


def test_throttling_is_waited_out(world):
    world.outcomes["HoldMeeting"].append(fails(Kind.THROTTLED, "webex-rate-limited", 40.0))
    served(world, seconds=40)
    assert world.meetings.meetings == {}
    world.run(30)
    assert len(world.meetings.meetings) == 1
    assert world.ordered(FindMeeting) == []
    assert len(world.durable.held) == 2


def test_a_final_refusal_rests_for_a_day(world):
    world.outcomes["HoldMeeting"].append(fails(Kind.REFUSED, "webex-meeting-refused"))
    served(world, seconds=20 * HOUR)
    assert states(world) == ["failed"]
    assert [meeting.code for meeting in world.durable.meetings] == ["webex-meeting-refused"]
    assert len(world.ordered(HoldMeeting)) == 1
    world.run(12 * HOUR)
    assert states(world) == ["made"]
    assert world.durable.meetings[0].code == ""


def test_another_version_of_the_event_gets_another_chance_at_once(world):
    world.outcomes["HoldMeeting"].append(fails(Kind.REFUSED, "webex-meeting-refused"))
    served(world)
    world.edit(onetime(people=9))
    world.run(30)
    assert states(world) == ["failed"]
    world.edit(onetime(start=START + HOUR))
    world.run(30)
    assert states(world) == ["made"]


def test_one_that_failed_and_is_not_wanted_any_more_is_forgotten(world):
    world.outcomes["HoldMeeting"].append(fails(Kind.REFUSED, "webex-meeting-refused"))
    served(world)
    world.remove("a1")
    world.run(30)
    assert world.durable.meetings == ()
    assert world.ordered(EndMeeting) == []


def test_a_start_that_went_by_in_the_queue(world):
    world.outcomes["HoldMeeting"].append(slow(0.1)._replace(wait=10 * MINUTE))
    served(world, onetime(start=T0 - 60, minutes=60), seconds=15 * MINUTE)
    assert len(world.ordered(HoldMeeting)) == 2
    assert len(world.meetings.meetings) == 1


def test_the_trouble_of_the_installation_is_reported_and_clears(world):
    world.outcomes["HoldMeeting"].append(fails(Kind.CONFIG, "webex-token"))
    served(world)
    assert world.reports[-1].code == "webex-token"
    world.tell(SettingsChanged(settings=world.settings))
    world.run(31)
    assert len(world.meetings.meetings) == 1
    assert world.reports[-1].code == ""


def test_when_webex_says_that_the_quota_is_used_nothing_more_is_tried_for_a_day(world):
    world.meetings.quota = 2
    served(world, *(onetime(f"a{number}", START + number * HOUR) for number in range(10)), seconds=MINUTE)
    assert len(world.meetings.meetings) == 2
    assert len(world.ordered(HoldMeeting)) <= 6  # those under way together
    assert {notice.reason for notice in world.durable.notices} == {"host-quota"}
    world.meetings.quota = 100
    world.run(32 * HOUR)
    assert len(world.meetings.meetings) == 10


def weekdays(**rest):
    return onetime(start=START + DAY, recurrence=("RRULE:FREQ=WEEKLY;BYDAY=MO,TU",), **rest)


def test_a_rule_that_webex_refuses_is_told_as_single_occurrences(world):
    world.meetings.refuses = "BYDAY"
    served(world, weekdays(), seconds=2 * MINUTE)
    assert (only(world).plan.start, only(world).plan.recurrence) == (START + DAY, "")
    tag = only(world).tag
    world.run(START + DAY + HOUR - world.true)
    assert only(world).plan.start == START + 2 * DAY
    assert only(world).tag == tag
    assert sum("BYDAY" in call.plan.recurrence for call in world.ordered(HoldMeeting | ChangeMeeting)) == 1


def test_a_series_that_gets_another_rule_is_told_that(world):
    world.meetings.refuses = "BYDAY"
    served(world, weekdays(), seconds=2 * MINUTE)
    world.edit(onetime(start=START + DAY, recurrence=("RRULE:FREQ=DAILY",)))
    world.run(MINUTE)
    assert only(world).plan.recurrence == "FREQ=DAILY"
    world.edit(weekdays())
    world.run(2 * MINUTE)
    assert (only(world).plan.start, only(world).plan.recurrence) == (START + DAY, "")


# ---- changes


@pytest.mark.parametrize(
    "outcome",
    [
        fails(Kind.TRANSIENT, "webex-unavailable"),
        fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=True),
        fails(Kind.TRANSIENT, "deadline", in_doubt=True),
        LOST,
        DONE_BUT_LOST,
    ],
)
def test_a_change_that_is_not_confirmed_is_repeated(world, outcome):
    served(world)
    world.outcomes["ChangeMeeting"].append(outcome)
    world.edit(onetime(start=START + HOUR))
    world.run(20 * MINUTE)
    assert only(world).plan.start == START + HOUR
    assert states(world) == ["made"]
    assert world.ordered(FindMeeting) == []


def test_a_crash_while_it_is_changed(world):
    served(world)
    world.outcomes["ChangeMeeting"].append(LOST)
    world.edit(onetime(start=START + HOUR))
    world.until(lambda: world.ordered(ChangeMeeting))
    world.restart()
    world.run(MINUTE)
    assert only(world).plan.start == START + HOUR


def test_a_change_that_arrives_late_does_not_undo_the_next_one(world):
    served(world)
    world.outcomes["ChangeMeeting"].append(slow(30.0))
    world.edit(onetime(start=START + HOUR))
    world.until(lambda: world.ordered(ChangeMeeting))
    world.run(1)
    world.restart()
    world.edit(onetime(start=START + 2 * HOUR))
    world.run(2 * MINUTE)
    assert only(world).plan.start == START + 2 * HOUR


def test_a_change_that_webex_refuses_rests_until_the_event_changes(world):
    served(world)
    world.outcomes["ChangeMeeting"].append(fails(Kind.REFUSED, "webex-meeting-refused"))
    world.edit(onetime(start=START + HOUR))
    world.run(HOUR)
    assert len(world.ordered(ChangeMeeting)) == 1
    (meeting,) = world.durable.meetings
    assert (meeting.state, meeting.code) == ("made", "webex-meeting-refused")
    world.edit(onetime(start=START + 2 * HOUR))
    world.run(30)
    assert only(world).plan.start == START + 2 * HOUR
    assert world.durable.meetings[0].code == ""


def test_one_that_somebody_deleted_at_webex_is_made_anew(world):
    served(world)
    tag = only(world).tag
    (meeting_id,) = world.meetings.meetings
    world.meetings.delete(meeting_id)
    world.edit(onetime(start=START + HOUR))
    world.run(30)
    assert only(world).tag != tag
    assert only(world).plan.start == START + HOUR
    assert [meeting.tag for meeting in world.durable.meetings] == [only(world).tag]


# ---- the end


def test_a_change_that_rests_does_not_keep_a_meeting_from_ending(world):
    served(world)
    world.outcomes["ChangeMeeting"].append(fails(Kind.REFUSED, "webex-meeting-refused"))
    world.edit(onetime(start=START + HOUR))
    world.run(HOUR)
    world.remove("a1")
    world.run(30)
    assert world.meetings.meetings == {}


@pytest.mark.parametrize("outcome", [LOST, DONE_BUT_LOST, fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=True)])
def test_a_deletion_in_doubt_is_repeated(world, outcome):
    served(world)
    world.outcomes["EndMeeting"].append(outcome)
    world.remove("a1")
    world.run(20 * MINUTE)
    assert world.meetings.meetings == {}
    assert world.durable.meetings == ()


def test_a_crash_while_it_ends(world):
    served(world)
    world.outcomes["EndMeeting"].append(LOST)
    world.remove("a1")
    world.until(lambda: world.ordered(EndMeeting))
    world.restart()
    world.run(30)
    assert world.meetings.meetings == {}
    assert world.durable.meetings == ()


def test_one_that_cannot_be_deleted_is_left(world):
    served(world)
    world.outcomes["EndMeeting"].append(fails(Kind.REFUSED, "webex-refused"))
    world.remove("a1")
    world.run(HOUR)
    assert len(world.ordered(EndMeeting)) == 1
    assert world.durable.meetings == ()


# ---- the clock, and leaving


def test_a_clock_that_is_set_back(world):
    world.skew = 3 * DAY
    world.outcomes["HoldMeeting"].append(fails(Kind.REFUSED, "webex-meeting-refused"))
    world.meetings.quota = 3
    served(world, onetime(start=T0 + 5 * DAY))
    world.jump(-3 * DAY)
    world.run(MINUTE)
    (meeting,) = world.durable.meetings
    assert meeting.since <= world.now
    assert max(world.durable.held) <= world.now
    world.run(2 * MINUTE)
    assert states(world) == ["made"]


def test_all_meetings_to_come_end_with_a_user_who_leaves_and_wants_it(world):
    served(world, onetime("a1"), onetime("a2"), onetime("over", start=T0 + HOUR), seconds=3 * HOUR)
    assert len(meetings.outstanding(Draft(world.state, world.now))) == 2
    world.tell(Deactivated(undecorate=True))
    world.run(9 * MINUTE)
    assert [standing.plan.start for standing in world.meetings.meetings.values()] == [T0 + HOUR]
    assert world.gone


def test_who_just_leaves_keeps_the_meetings(world):
    served(world)
    world.tell(Deactivated())
    world.run(MINUTE)
    assert len(world.meetings.meetings) == 1
    assert world.gone
