"""How many requests a calendar costs: quiet, changed once, under a storm of pushes; language and zone."""

from random import Random

import pytest

from hybridcal_daemon.domain.calls import (
    Decorate,
    ListEdge,
    ListEvents,
    ListInstances,
    OpenChannel,
    ReadProfile,
    StopChannel,
)
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import SettingsChanged
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE
from tests.domain_decisions.facts import T0, asking, meeting
from tests.domain_decisions.world import World, fails, slow

CALENDAR = (ListEvents, ListEdge, ListInstances, OpenChannel, StopChannel, ReadProfile, Decorate)


@pytest.fixture
def world():
    world = World(push=True)
    world.start()
    world.run(HOUR / 3)
    return world


def lists(world, since):
    return [at - since for at, call in world.orders if isinstance(call, ListEvents) and at >= since]


def requests(world, since=0.0):
    """A profile is two requests, a write is two."""
    calls = [call for at, call in world.orders if isinstance(call, CALENDAR) and at >= since]
    return len(calls) + sum(isinstance(call, ReadProfile | Decorate) for call in calls)


def test_the_first_sync_is_two_requests(world):
    assert requests(world) == 2


def test_a_quiet_day_is_cheap(world):
    at = world.true
    world.run(14 * DAY)
    assert requests(world, at) / 14 < 40


def test_one_change_is_one_list(world):
    at = world.true
    world.edit(meeting("m1"))
    world.run(60)
    assert lists(world, at) == [pytest.approx(world.push_delay + 1.0)]


def test_a_keyword_costs_a_read_a_write_and_one_look_at_our_own_echo(world):
    world.run(DAY)  # the organiser's language is known
    at = world.true
    world.edit(asking(start=at + HOUR))
    world.run(2 * MINUTE)
    assert len(lists(world, at)) == 2
    assert requests(world, at) == 4
    version = world.durable.version
    world.push("echo")
    world.run(60)
    assert world.durable.version == version + 1  # that it was looked; no row is written


@pytest.mark.parametrize("seconds", [10.0, 30.0, 60.0])
@pytest.mark.parametrize("even", [True, False])
def test_a_storm_of_pushes_is_few_lists(seconds, even):
    counts = []
    for seed in range(12):
        world, random = World(push=True), Random(seed)
        world.start()
        world.run(HOUR / 3)
        at = world.true
        for number in range(100):
            world.later(number * seconds / 100 if even else random.uniform(0, seconds), world.pushes)
        world.run(200)
        counts.append(len(lists(world, at)))
    assert sum(counts) / len(counts) < 3
    assert max(counts) <= 4


def test_the_first_look_of_a_storm_comes_within_ten_seconds_and_the_last_after_its_end(world):
    at = world.true
    for number in range(600):
        world.later(number / 10, world.pushes)
    world.later(59.95, lambda: world.google.put(meeting("last")))
    world.run(200)
    assert lists(world, at)[0] <= 10.6
    assert "last" in world.disk.rows
    assert all(later - earlier >= 10 for earlier, later in zip(lists(world, at), lists(world, at)[1:], strict=False))


def test_a_drizzle_for_hours_is_one_list_a_minute_and_quiet_makes_it_quick_again(world):
    at = world.true
    for number in range(600):
        world.later(number * 12.0, world.pushes)
    world.run(7200)
    assert 100 <= len(lists(world, at)) <= 140
    world.run(5 * MINUTE)
    at = world.true
    world.edit(meeting("m1"))
    world.run(10)
    assert lists(world, at) == [pytest.approx(world.push_delay + 1.0)]


def test_two_edits_shortly_after_each_other_are_both_seen_soon(world):
    world.edit(meeting("m1"))
    world.run(3)
    at = world.true
    world.edit(meeting("m2"))
    world.run(2)
    assert len(lists(world, at)) == 1


def test_language_and_zone_are_read_within_a_day_and_then_once_a_day_at_most(world):
    world.run(DAY)
    assert world.durable.profile.locale == "de"
    assert world.durable.profile.timezone == "Europe/Berlin"
    assert len(world.ordered(ReadProfile)) <= 2
    world.run(7 * DAY)
    assert 5 <= len(world.ordered(ReadProfile)) <= 8


@pytest.mark.parametrize("kind", [Kind.CONFIG, Kind.REFUSED, Kind.USER])
def test_a_scope_that_was_not_granted_costs_only_this(kind):
    refused = fails(kind, "google-unauthorized-client")
    world = World(policy=lambda call: refused if isinstance(call, ReadProfile) else slow(0.1))
    world.google.put(meeting("m1", T0 + 5 * DAY))
    world.start()
    world.run(3 * DAY)
    assert world.durable.standing.state == "active"
    assert 1 <= len(world.ordered(ReadProfile)) <= 3
    assert set(world.disk.rows) == {"m1"}
    world.policy = lambda _call: slow(0.1)
    world.tell(SettingsChanged(settings=world.settings))
    world.run(MINUTE)
    if kind is not Kind.USER or world.durable.profile.read_at:
        assert world.durable.profile.locale == "de"


def test_a_read_that_failed_for_once_is_tried_again_soon():
    world = World()
    world.outcomes["ReadProfile"].append(fails(Kind.TRANSIENT))
    world.start()
    world.run(1.1 * DAY)
    assert world.durable.profile.locale == "de"
    assert world.reports[-1].code == ""
