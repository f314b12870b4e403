"""Spaces of events that ask for one: opened once, kept like the event, shared by a pair, found when they migrate."""

from dataclasses import replace

import pytest

from hybridcal_daemon.domain.calls import ChangeMeeting, FindSpace, FollowSpace, HoldMeeting, ListEvents, OpenSpace
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.sync import TOKEN_FORM
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE
from tests.domain_decisions.facts import T0, asking
from tests.domain_decisions.world import DONE_BUT_LOST, LOST, World, fails, slow

START = T0 + 5 * HOUR


def spaced(event_id="a1", start=START, **rest):
    words = {"title_digest": "title", "guests_digest": "guests", "people": 3}
    return asking(event_id, start, **{"asked": "space", **words, **rest})


def served(*facts, **settings):
    world = World(push=True, **{"spaces": True, **settings})
    for fact in facts:
        world.google.put(fact)
    world.start()
    world.run(30)
    return world


def only(world):
    (standing,) = world.meetings.meetings.values()
    return standing


def told(world):
    return {(notice.event_id, notice.reason) for notice in world.durable.notices}


def test_a_space_is_opened_and_its_meeting_is_made_in_it():
    world = served(spaced())
    (space_id,) = world.meetings.spaces
    assert only(world).space_id == space_id
    assert world.meetings.shown[space_id] == ("title", "guests")
    assert [meeting.followed for meeting in world.durable.meetings] == ["title/guests"]
    assert len(world.ordered(OpenSpace)) == len(world.ordered(FollowSpace)) == len(world.ordered(HoldMeeting)) == 1
    assert world.notes["space.opened"] == world.notes["space.followed"] == 1


def test_nobody_invited_is_fine():
    world = served(spaced(people=0, guests_digest=""))
    assert len(world.meetings.meetings) == 1


@pytest.mark.parametrize("change", [{"guests_digest": "others", "people": 4}, {"title_digest": "other"}])
def test_members_and_title_follow(change):
    world = served(spaced())
    after = spaced(**change)
    world.edit(after)
    world.run(30)
    assert list(world.meetings.shown.values()) == [(after.title_digest, after.guests_digest)]
    first, second = world.ordered(FollowSpace)
    assert first.members is None
    assert second.members is not None
    assert len(world.ordered(ChangeMeeting)) == ("title_digest" in change)


def test_a_space_outlives_its_meeting():
    world = served(spaced())
    world.edit(spaced(asked=None))
    world.run(30)
    assert world.meetings.meetings == {}
    assert len(world.meetings.spaces) == 1
    assert world.durable.meetings == ()


# ---- limits


def test_too_many_for_a_space():
    world = served(spaced(people=61))
    assert world.meetings.spaces == {}
    assert world.durable.meetings == ()
    assert told(world) == {("a1", "too-many-for-space")}
    world.edit(spaced(people=60))
    world.run(30)
    assert len(world.meetings.meetings) == 1


def test_too_many_to_follow():
    world = served(spaced())
    world.edit(spaced(people=75, guests_digest="75"))
    world.run(30)
    world.edit(spaced(people=76, guests_digest="76"))
    world.run(30)
    assert list(world.meetings.shown.values()) == [("title", "75")]
    assert told(world) == {("a1", "too-many-to-follow")}
    assert len(world.meetings.meetings) == 1


def test_without_an_integration_there_is_no_space():
    world = served(spaced(), spaces=False)
    assert world.meetings.spaces == {}
    assert told(world) == {("a1", "no-space-service")}


# ---- pairs


def pair(event_id, start=START, **rest):
    return spaced(event_id, start, **{"people": 1, "guests_digest": "bob", **rest})


def test_a_pair_has_one_space():
    world = served(pair("a1"), pair("a2", START + DAY))
    assert len(world.meetings.meetings) == 2
    assert len(world.ordered(OpenSpace)) == 1
    assert len({standing.space_id for standing in world.meetings.meetings.values()}) == 1
    world.edit(pair("a3", START + 2 * DAY))
    world.run(30)
    assert len(world.meetings.meetings) == 3
    assert len(world.ordered(OpenSpace)) == 1
    assert len(world.ordered(FollowSpace)) == 1


def test_two_other_people_have_another_space():
    world = served(pair("a1"), pair("a2", guests_digest="carol"), spaced("a3", guests_digest="bob", people=2))
    assert len(world.meetings.spaces) == 3


@pytest.mark.parametrize("event_id", ["a1", "a2"])
def test_a_third_person_does_not_get_into_the_space_of_two(event_id):
    facts = {"a1": pair("a1"), "a2": pair("a2", START + DAY)}
    world = served(*facts.values())
    (old,) = world.meetings.spaces
    world.edit(replace(facts[event_id], people=2, guests_digest="bob and carol"))
    world.run(60)
    spaces = {meeting.event_id: meeting.space_id for meeting in world.durable.meetings}
    assert [key for key, space_id in spaces.items() if space_id == old] == [key for key in facts if key != event_id]
    assert world.meetings.shown[old][1] == "bob"
    assert world.meetings.shown[spaces[event_id]][1] == "bob and carol"
    assert len(world.meetings.meetings) == 2


def test_a_third_person_gets_into_a_space_that_nobody_shares():
    world = served(pair("a1"))
    world.edit(pair("a1", people=2, guests_digest="bob and carol"))
    world.run(60)
    assert [guests for _, guests in world.meetings.shown.values()] == ["bob and carol"]


def test_the_second_event_goes_on_with_the_space_of_the_first():
    world = served(pair("a1"), pair("a2", START + DAY, title_digest="second"))
    world.remove("a1")
    world.run(60)
    assert list(world.meetings.shown.values()) == [("second", "bob")]
    assert len(world.meetings.meetings) == 1
    assert [call.tag for call in world.ordered(FollowSpace)] == [world.ordered(OpenSpace)[0].tag] * 2


# ---- trouble


@pytest.mark.parametrize("outcome", [LOST, DONE_BUT_LOST])
def test_a_space_in_doubt_is_looked_for(outcome):
    world = World(push=True, spaces=True)
    world.outcomes["OpenSpace"].append(outcome)
    world.google.put(spaced())
    world.start()
    world.run(20 * MINUTE)
    assert len(world.meetings.spaces) == 1
    assert len(world.ordered(FindSpace)) == 1
    assert len(world.meetings.meetings) == 1


def test_a_crash_before_the_space_is_there():
    world = World(push=True, spaces=True)
    world.outcomes["OpenSpace"].append(DONE_BUT_LOST)
    world.google.put(spaced())
    world.start()
    world.until(lambda: world.meetings.spaces)
    world.restart()
    world.run(30)
    assert world.ordered(FindSpace) == []
    world.run(30)
    assert len(world.meetings.spaces) == 1
    assert len(world.meetings.meetings) == 1


def test_a_space_that_migrated_is_found_and_followed():
    world = served(spaced())
    tag = only(world).tag
    (old,) = world.meetings.spaces
    new = world.meetings.migrate(old)
    world.edit(spaced(guests_digest="others"))
    world.run(60)
    assert [meeting.space_id for meeting in world.durable.meetings] == [new]
    assert world.meetings.shown[new] == ("title", "others")
    assert only(world).tag == tag
    assert len(world.ordered(OpenSpace)) == 1


def test_a_space_that_is_gone_is_opened_anew_with_its_meeting():
    world = served(spaced())
    tag = only(world).tag
    (old,) = world.meetings.spaces
    world.meetings.close(old)
    world.edit(spaced(guests_digest="others"))
    world.run(2 * MINUTE)
    assert only(world).tag != tag
    assert list(world.meetings.shown.values())[-1] == ("title", "others")
    assert len(world.meetings.spaces) == 1


def test_a_meeting_deleted_at_webex_is_made_anew_in_the_same_space():
    world = served(spaced())
    (meeting_id,) = world.meetings.meetings
    world.meetings.delete(meeting_id)
    world.edit(spaced(start=START + HOUR))
    world.run(2 * MINUTE)
    assert only(world).plan.start == START + HOUR
    assert len(world.ordered(OpenSpace)) == 1


def test_members_that_webex_will_not_have_now_are_tried_again_for_other_guests():
    world = served(spaced())
    world.outcomes["FollowSpace"].append(fails(Kind.REFUSED, "webex-refused"))
    world.edit(spaced(guests_digest="others"))
    world.run(HOUR)
    assert len(world.ordered(FollowSpace)) == 2
    world.edit(spaced(guests_digest="more"))
    world.run(MINUTE)
    assert list(world.meetings.shown.values()) == [("title", "more")]


def test_a_space_that_is_refused_is_tried_again_after_a_day():
    world = World(push=True, spaces=True)
    world.outcomes["OpenSpace"].append(fails(Kind.REFUSED, "webex-refused"))
    world.google.put(spaced(start=START + 5 * DAY))
    world.start()
    world.run(12 * HOUR)
    assert world.meetings.spaces == {}
    assert [meeting.code for meeting in world.durable.meetings] == ["webex-refused"]
    world.run(DAY)
    assert len(world.meetings.meetings) == 1


def test_rows_of_another_version_wait_for_their_words():
    """Their join cells name no guests, or are missing: Webex is asked only after the list that renews them."""
    world = served(spaced(), spaces=False)
    world.crash()
    world.disk.durable = world.disk.durable.replace(TOKEN_FORM, "1-of-long-ago")
    world.settings, at = replace(world.settings, spaces=True), world.true
    world.policy = lambda call: slow(MINUTE if isinstance(call, ListEvents) else 1.0)
    world.start()
    world.run(HOUR)
    order = [type(call) for when, call in world.done if when >= at and isinstance(call, ListEvents | OpenSpace)]
    assert order[:2] == [ListEvents, OpenSpace]
