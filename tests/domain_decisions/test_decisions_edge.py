"""The window moves on once a day, by a list of its new edge."""

import itertools
from dataclasses import replace

import pytest

from hybridcal_daemon.domain import edge
from hybridcal_daemon.domain.calls import FetchEvent, ListEdge, ListEvents
from hybridcal_daemon.domain.draft import Draft
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import ResyncAsked
from hybridcal_daemon.domain.state import Durable
from hybridcal_daemon.domain.user import blank
from hybridcal_daemon.domain.values import DAY, HOUR, Instant, Timed, as_instant, served_window, stored_window
from tests.domain_decisions.facts import T0, asking, daily, exception, meeting
from tests.domain_decisions.happening import EXOTIC, seen, truth
from tests.domain_decisions.world import LOST, World, fails, slow


@pytest.fixture
def world():
    return World()


def synced(world, *facts):
    for fact in facts:
        world.google.put(fact)
    world.start()
    world.run(10)
    return world


def agrees(world, window=served_window):
    return seen(world.disk.rows.values(), window(world.now)) == truth(world.google, window(world.now))


def full_lists(world):
    lists = [call for _, call in world.orders if isinstance(call, ListEvents) and call.page_token is None]
    return sum(call.window is not None for call in lists)


def edges(world):
    return [at for at, call in world.orders if isinstance(call, ListEdge) and call.page_token is None]


def test_every_event_of_sixty_days_is_there_when_it_is_served_and_gone_when_it_is_over(world):
    synced(world, *[meeting(f"day{day}", T0 + day * DAY + 100) for day in range(-6, 60)])
    for _ in range(5 * 12):
        world.run(2 * HOUR)
        assert agrees(world)
    assert full_lists(world) == 1
    kept = stored_window(Instant(world.durable.window_at))
    assert set(world.disk.rows) == world.google.within(kept).keys()
    assert "day-6" not in world.disk.rows


def test_it_is_listed_once_a_day_at_the_calendar_s_own_time(world):
    synced(world)
    world.run(5.2 * DAY)
    pauses = [later - earlier for earlier, later in itertools.pairwise(edges(world))]
    assert len(pauses) == 4
    assert all(abs(pause - DAY) < 5 for pause in pauses)
    windows = [call.window for call in world.ordered(ListEdge)]
    assert all(DAY * 1.9 < window.end - window.start < DAY * 2.3 for window in windows[1:])


def test_the_hours_of_many_calendars_are_spread_over_the_day():
    times = []
    for number in range(400):
        state = replace(blank(f"u{number:020x}"), durable=Durable(window_at=T0))
        times.append(edge._due(Draft(state, T0)) - T0)
    assert min(times) >= DAY / 4
    assert max(times) <= 1.25 * DAY
    hours = [sum(hour * HOUR <= time - DAY / 4 < (hour + 1) * HOUR for time in times) for hour in range(24)]
    assert min(hours) > 3
    assert max(hours) < 40


def test_what_comes_into_the_window_of_a_series_that_is_known_needs_no_row(world):
    synced(world, daily(days=100))
    world.run(3 * DAY)
    assert agrees(world)
    assert set(world.disk.rows) == {"d1"}
    assert (world.notes["sync.differs"], full_lists(world)) == (0, 1)


@pytest.mark.parametrize("change", [{"response": "declined"}, {"join_digest": "another"}, {"digest": "renamed"}])
def test_an_exception_that_comes_into_the_window_is_kept(world, change):
    series = daily(days=100)
    synced(world, series)
    world.google.put(replace(exception(series, 33, T0 + 33 * DAY + HOUR), **change))
    world.run(3 * DAY)
    assert agrees(world)
    (row,) = [fact for fact in world.disk.rows.values() if fact.series_id]
    assert row.derived
    assert full_lists(world) == 1


def test_an_occurrence_cancelled_far_ahead_is_noticed_and_mended_by_one_full_list(world):
    series = daily(days=100)
    synced(world, series)
    world.google.cancel_occurrence("d1", Timed(at=int(as_instant(series.start)) + 33 * 86400, tz="UTC"))
    world.run(4 * DAY)
    assert agrees(world)
    assert (world.notes["sync.differs"], full_lists(world)) == (1, 2)


def test_an_occurrence_that_our_expansion_does_not_give_is_a_difference(world):
    synced(world, daily(days=100))
    world.google.events["d1"] = daily(start=T0 + 2 * HOUR, days=100)  # changed, and nobody told
    world.run(2 * DAY)
    assert world.notes["sync.differs"] == 1
    assert agrees(world)


@pytest.mark.parametrize("rule", ["RRULE:FREQ=DAILY;COUNT=9", f"RRULE:FREQ=DAILY;COUNT=9{EXOTIC}"])
def test_a_series_that_begins_beyond_the_window_is_looked_up_when_it_comes(world, rule):
    synced(world, meeting("s1", T0 + 34.2 * DAY, recurrence=(rule,)))
    assert world.disk.rows == {}
    world.run(5 * DAY)
    assert agrees(world)
    assert [call.event_id for call in world.ordered(FetchEvent)] == ["s1"]
    assert full_lists(world) == 1
    assert (len(world.disk.rows) > 1) == (EXOTIC in rule)


def test_what_was_asked_for_is_not_written_to_by_occurrence():
    world = World()
    synced(world, asking("s1", T0 + 33 * DAY, recurrence=("RRULE:FREQ=DAILY;COUNT=9",)))
    world.run(4 * DAY)
    assert world.google.writes == {"s1": 1}


def test_a_series_edited_after_its_exception_came_in_by_the_edge(world):
    series = daily(days=100)
    synced(world, series)
    world.google.put(exception(series, 33, T0 + 33 * DAY + 2 * HOUR))
    world.run(3 * DAY)
    world.google.put(replace(series, response="declined"))
    world.run(3 * HOUR)
    assert agrees(world)
    assert full_lists(world) == 2
    assert not any(fact.derived for fact in world.disk.rows.values())


def test_a_list_that_is_older_than_what_was_told_meanwhile_changes_nothing(world):
    """The edge is listed, then the event is moved away, and the edge's answer comes late."""
    synced(world)
    world.run(HOUR)
    world.outcomes["ListEdge"].append(slow(0.1)._replace(back=100.0))
    world.google.put(meeting("m1", T0 + 33 * DAY))
    world.until(lambda: world.ordered(ListEdge), within=2 * DAY)
    world.run(1)
    world.google.put(meeting("m1", T0 + 200 * DAY))
    world.google.put(meeting("m2", T0 + 32.9 * DAY))
    world.push("a push")
    world.run(120)
    assert set(world.disk.rows) == {"m2"}


@pytest.mark.parametrize("outcome", [LOST, fails(Kind.TRANSIENT), fails(Kind.INVALID), fails(Kind.CONFIG)])
def test_an_edge_that_cannot_be_listed_is_replaced_by_a_full_list_in_time(world, outcome):
    world.policy = lambda call: outcome if isinstance(call, ListEdge) else slow(0.1)
    synced(world, *[meeting(f"day{day}", T0 + day * DAY + 100) for day in range(60)])
    for _ in range(4 * 12):
        world.run(2 * HOUR)
        assert agrees(world)
    assert full_lists(world) >= 2


def test_a_full_list_moves_the_window_and_gives_up_an_edge_that_is_under_way(world):
    synced(world, meeting("m1", T0 + 33 * DAY))
    world.outcomes["ListEdge"].append(slow(0.1)._replace(back=60.0))
    world.until(lambda: world.ordered(ListEdge), within=2 * DAY)
    world.tell(ResyncAsked())
    world.run(20)
    assert world.durable.window_at == world.durable.full_at
    world.run(60)
    assert world.durable.window_at == world.durable.full_at
    assert agrees(world)


def test_after_days_without_power_one_full_list_is_enough(world):
    synced(world, *[meeting(f"day{day}", T0 + day * DAY + 100) for day in range(60)])
    world.crash()
    world.run(4 * DAY)
    at = world.true
    world.start()
    world.run(HOUR / 3)
    assert agrees(world)
    assert [call.window is not None for call in world.ordered(ListEvents, at) if call.page_token is None] == [True]
    assert world.ordered(ListEdge, at) == []


def test_an_unreadable_item_at_the_edge_is_read_later_and_accuses_nobody(world):
    series = daily(days=100)
    synced(world, series)
    name = exception(series, 33, 0).event_id
    world.google.unreadable = {name}
    world.run(3 * DAY)
    assert world.notes["sync.differs"] == 0
    assert world.notes["item.quarantined"] >= 1
