"""In which language join details are ordered, and that nothing is written again because of it."""

from dataclasses import replace

import pytest

from hybridcal_daemon.domain.calls import Decorate, ReadProfile
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import SettingsChanged
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE
from tests.domain_decisions.facts import asking, meeting
from tests.domain_decisions.world import World, fails, slow


def languages(world):
    return [call.language for call in world.ordered(Decorate)]


def started(world, *facts, seconds=MINUTE):
    for fact in facts:
        world.google.put(fact)
    world.start()
    world.run(seconds)
    return world


def test_the_organisers_language_is_read_before_the_first_keyword_is_answered():
    world = started(World(), asking("a1"), asking("a2"))
    assert languages(world) == ["de", "de"]
    assert len(world.ordered(ReadProfile)) == 1
    read, written = (
        next(at for at, call in world.orders if isinstance(call, kind)) for kind in (ReadProfile, Decorate)
    )
    assert read < written


def test_without_a_keyword_nobody_is_in_a_hurry_for_it():
    world = started(World(), meeting("m1"))
    assert world.ordered(ReadProfile) == []


def test_a_language_that_is_known_is_not_read_again_for_a_keyword():
    world = started(World(), asking("a1"))
    world.edit(asking("a2"))
    world.run(MINUTE)
    world.restart()
    world.edit(asking("a3"))
    world.run(MINUTE)
    assert languages(world) == ["de"] * 3
    assert len(world.ordered(ReadProfile)) == 1


def test_the_language_of_the_organisation_counts_more_and_needs_no_reading():
    world = started(World(block_language="ja"), asking())
    assert languages(world) == ["ja"]
    assert world.ordered(ReadProfile) == []


@pytest.mark.parametrize("kind", [Kind.CONFIG, Kind.REFUSED, Kind.USER, Kind.INVALID, Kind.NOT_FOUND])
def test_where_the_language_cannot_be_read_the_details_are_in_english_at_once(kind):
    refused = fails(kind, "google-unauthorized-client")
    world = World(policy=lambda call: refused if isinstance(call, ReadProfile) else slow(0.1))
    started(world, asking())
    assert languages(world)[0] == "en"
    assert len(world.ordered(ReadProfile)) == 1


def test_a_failure_for_once_is_waited_for():
    world = World()
    world.outcomes["ReadProfile"].append(fails(Kind.TRANSIENT))
    started(world, asking(), seconds=HOUR)
    assert languages(world) == ["de"]
    assert len(world.ordered(ReadProfile)) == 2


def test_nobody_waits_for_ever_for_a_language():
    broken = fails(Kind.TRANSIENT)
    world = World(policy=lambda call: broken if isinstance(call, ReadProfile) else slow(0.1))
    started(world, asking(start=meeting("x").start.at + DAY), seconds=HOUR)
    assert languages(world) == ["en"]
    world.policy = lambda _call: slow(0.1)
    world.run(2 * DAY)
    assert world.durable.profile.locale == "de"
    assert languages(world) == ["en"]  # what stands there is good in any language


def test_an_answer_that_is_lost_is_not_waited_for_twice():
    world = World()
    world.outcomes["ReadProfile"].append(slow(0.1)._replace(answered=False))
    started(world, asking(start=meeting("x").start.at + DAY), seconds=HOUR)
    assert languages(world) == ["de"]


@pytest.mark.parametrize("language", ["", "ar"])
def test_another_language_never_rewrites_what_is_written(language):
    world = started(World(block_language="fr"), asking(start=meeting("x").start.at + 5 * DAY))
    world.settings = replace(world.settings, block_language=language)
    world.tell(SettingsChanged(settings=world.settings))
    world.run(2 * DAY)
    world.restart()
    world.run(DAY)
    assert languages(world) == ["fr"]
    world.edit(asking("a2", start=world.true + 3 * HOUR))
    world.run(HOUR)
    assert languages(world)[1:] == [language or "de"]
