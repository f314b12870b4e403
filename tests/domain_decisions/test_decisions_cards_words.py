"""In which words a Join card is ordered, and which confidential events have one."""

from dataclasses import replace

import pytest

from hybridcal_daemon.domain.calls import ReadProfile, SendCard
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import SettingsChanged
from hybridcal_daemon.domain.values import HOUR, MINUTE
from tests.domain_decisions.facts import T0, daily, exception, meeting
from tests.domain_decisions.world import World, fails


def served(world, *facts, seconds=20.0):
    for fact in facts:
        world.google.put(fact)
    world.start()
    world.run(seconds)
    return world


def words(world):
    return [(call.language, call.zone) for call in world.ordered(SendCard)]


def test_language_and_zone_are_read_before_the_first_card():
    world = served(World(), meeting(start=T0 + HOUR))
    assert world.ordered(ReadProfile) == []
    world.run(HOUR)
    assert words(world) == [("de", "Europe/Berlin")]
    assert len(world.ordered(ReadProfile)) == 1


def test_no_card_waits_for_them():
    world = World()
    world.outcomes["ReadProfile"].extend([fails(Kind.TRANSIENT, "google-unavailable")] * 20)
    served(world, meeting(start=T0 + MINUTE))
    assert words(world) == [("en", "")]
    assert world.webex.cards


def test_nobody_is_in_a_hurry_without_a_card():
    world = served(World(), meeting(join="", start=T0 + MINUTE), seconds=10 * MINUTE)
    assert world.ordered(ReadProfile) == []


def test_the_language_of_the_bot_may_be_set():
    world = served(World(card_language="ja"), meeting(start=T0 + 30 * MINUTE), seconds=HOUR)
    assert words(world) == [("ja", "Europe/Berlin")]


@pytest.mark.parametrize(("policy", "hide"), [("show", False), ("hide", True)])
def test_titles_of_confidential_events_by_policy(policy, hide):
    world = served(World(card_private=policy), meeting(start=T0 + MINUTE, confidential=True))
    assert [call.hide_private for call in world.ordered(SendCard)] == [hide]


def test_no_card_of_confidential_events_by_policy():
    world = World(card_private="none")
    served(world, meeting("secret", start=T0 + MINUTE, confidential=True), meeting("open", start=T0 + MINUTE))
    world.run(HOUR)
    assert {call.event_id for call in world.ordered(SendCard)} == {"open"}


def test_a_confidential_occurrence_does_not_bring_its_series_back():
    series = daily("d", T0 + MINUTE, 30, days=2)
    world = served(World(card_private="none"), series, exception(series, 0, T0 + MINUTE, confidential=True))
    world.run(HOUR)
    assert world.ordered(SendCard) == []
    world.run(24 * HOUR)
    assert [call.event_id for call in world.ordered(SendCard)] == ["d"]


def test_another_policy_takes_cards_back_and_brings_them():
    world = served(World(), meeting(start=T0 + MINUTE, minutes=60, confidential=True))
    assert len(world.webex.cards) == 1
    world.tell(SettingsChanged(settings=replace(world.settings, card_private="none")))
    world.run(5)
    assert world.webex.cards == {}
    world.tell(SettingsChanged(settings=replace(world.settings, card_private="show")))
    world.run(5)
    assert len(world.webex.cards) == 1


@pytest.mark.parametrize("kind", ["out-of-office", "focus-time", "working-elsewhere", "working-home"])
def test_what_is_no_meeting_has_no_card_and_does_not_count(kind):
    world = served(World(), meeting(start=T0 + MINUTE, kind=kind), meeting("m", start=T0 + 9 * HOUR))
    assert world.ordered(SendCard) == []
    assert world.reports[-1].meetings == 1
