"""When the calendar is listed, and what a list changes."""

from dataclasses import replace

import pytest

from hybridcal_daemon.domain.calls import ListEvents
from hybridcal_daemon.domain.draft import Draft
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import ResyncAsked
from hybridcal_daemon.domain.state import UserSettings
from hybridcal_daemon.domain.sync import resync_interval
from hybridcal_daemon.domain.user import blank
from hybridcal_daemon.domain.values import DAY, HOUR, Timed, as_instant, served_window, stored_window
from tests.domain_decisions.facts import T0, daily, exception, meeting
from tests.domain_decisions.world import World, fails, slow


@pytest.fixture
def world():
    return World()


def lists(world, since=0.0):
    """Traversals, as pairs (full, time)."""
    return [
        (call.window is not None, at)
        for at, call in world.orders
        if isinstance(call, ListEvents) and call.page_token is None and at >= since
    ]


def stored(world):
    return {event_id: fact for event_id, fact in world.disk.rows.items() if not fact.cancelled}


def agrees(world):
    return stored(world) == world.google.within(stored_window(max(world.durable.full_at, world.durable.window_at)))


def synced(world):
    world.start()
    world.run(10)
    assert world.durable.standing.state == "active"
    return world


def test_the_first_list_is_full_and_makes_the_user_active(world):
    for number in range(8):  # three pages
        world.google.put(meeting(f"m{number}", T0 + number * HOUR))
    assert world.state.durable.standing.state == "pending"
    world.start()
    world.run(5)
    assert lists(world) == [(True, T0)]
    assert len(world.ordered(ListEvents)) == 3
    assert agrees(world)
    assert len(stored(world)) == 8
    assert world.durable.standing.state == "active"
    assert world.reports[-1].meetings == 8


def test_rows_and_token_come_together_after_the_last_page(world):
    for number in range(5):
        world.google.put(meeting(f"m{number}", T0 + number * HOUR))
    world.outcomes["ListEvents"].extend([fails(Kind.TRANSIENT), *[slow(1.0)] * 2])
    world.start()
    world.until(lambda: len(world.done) == 1)
    assert world.disk.rows == {}
    assert world.durable.sync_token is None
    world.until(lambda: world.disk.rows)
    assert len(world.disk.rows) == 5
    assert '"sync_token":"5"' in world.disk.durable


def test_a_crash_between_pages_begins_the_traversal_anew(world):
    for number in range(5):
        world.google.put(meeting(f"m{number}", T0 + number * HOUR))
    world.outcomes["ListEvents"].extend([slow(1.0)] * 2)
    world.start()
    world.run(1.5)
    world.restart()
    world.run(10)
    assert [full for full, _ in lists(world)] == [True, True]
    assert agrees(world)


def test_a_push_leads_to_one_incremental_list_after_the_debounce():
    world = synced(World(push=True))
    world.run(10)
    at = world.true
    world.edit(meeting("new"))
    world.edit(meeting("new", minutes=60))
    world.run(10)
    assert lists(world, at) == [(False, pytest.approx(at + world.push_delay + 1.0))]
    assert agrees(world)


def test_pushes_during_a_traversal_lead_to_exactly_one_more():
    world = synced(World(push=True))
    world.run(10)
    at = world.true
    world.outcomes["ListEvents"].append(slow(20.0))
    world.edit(meeting("m1"))
    world.run(5)
    for number in range(5):
        world.edit(meeting(f"x{number}"))
        world.run(1)
    world.run(60)
    assert len(lists(world, at)) == 2
    assert agrees(world)


def test_without_push_the_calendar_is_polled(world):
    synced(world)
    world.google.put(meeting("new"))
    at = world.true
    world.run(world.settings.poll_interval * 1.25 + 5)
    assert [full for full, _ in lists(world, at)] == [False]
    assert agrees(world)


def test_a_restart_lists_at_once(world):
    synced(world)
    world.crash()
    world.google.put(meeting("new"))
    world.start()
    at = world.true
    world.run(world.settings.debounce + 1)
    assert [full for full, _ in lists(world, at)] == [False]
    assert agrees(world)


def test_once_a_week_a_full_list_compares(world):
    synced(world)
    world.run(7 * DAY)
    times = [at for full, at in lists(world) if full]
    assert len(times) == 2
    assert 5.6 * DAY <= times[1] - T0 <= 7 * DAY
    assert agrees(world)


@pytest.mark.parametrize("interval", [DAY, 30 * DAY])
def test_readers_never_see_a_gap_at_the_far_edge(interval):
    world = World(resync_interval=interval)
    for day in range(60):
        world.google.put(meeting(f"day{day}", T0 + day * DAY + 100))
    synced(world)
    for _ in range(4 * 24):
        world.run(HOUR / 4)
        shown = served_window(world.now)
        assert world.google.within(shown).keys() <= stored(world).keys()


@pytest.mark.parametrize("interval", [HOUR, DAY, 30 * DAY])
def test_whoever_it_is_the_next_full_list_comes_in_time_and_not_with_everybody_elses(interval):
    intervals = []
    for number in range(300):
        state = replace(blank(f"u{number:020x}"), settings=UserSettings(resync_interval=interval))
        intervals.append(resync_interval(Draft(state, T0)))
    assert max(intervals) <= interval
    assert min(intervals) > 0.7 * interval
    assert max(intervals) - min(intervals) > 0.1 * interval


def test_an_event_that_moves_out_of_the_window_is_dropped(world):
    world.google.put(meeting("m1"))
    synced(world)
    world.google.put(meeting("m1", T0 + 40 * DAY))
    world.run(HOUR)
    assert stored(world) == {}
    world.google.put(meeting("m1", T0 + 20 * DAY))
    world.run(HOUR)
    assert set(stored(world)) == {"m1"}


def test_a_deleted_event_is_dropped(world):
    world.google.put(meeting("m1"))
    synced(world)
    world.google.remove("m1")
    world.run(HOUR)
    assert world.disk.rows == {}


def test_a_cancelled_occurrence_is_kept_as_a_hole(world):
    series = world.google.put(daily())
    synced(world)
    original = Timed(at=int(as_instant(series.start)) + 86400, tz="UTC")
    world.google.cancel_occurrence("d1", original)
    world.run(HOUR)
    (hole,) = [fact for fact in world.disk.rows.values() if fact.cancelled]
    assert (hole.series_id, hole.original_start) == ("d1", original)
    assert world.reports[-1].meetings == 1
    world.tell(ResyncAsked())  # a full list shows it, too
    world.run(HOUR)
    assert hole.event_id in world.disk.rows


@pytest.mark.parametrize("how", ["incremental", "full"])
def test_a_cancelled_series_takes_its_exceptions_and_holes_along(world, how):
    series = world.google.put(daily())
    world.google.put(exception(series, 1, T0 + 2 * DAY))
    world.google.cancel_occurrence("d1", Timed(at=int(as_instant(series.start)) + 3 * 86400, tz="UTC"))
    synced(world)
    assert len(world.disk.rows) == 3
    world.google.remove("d1")
    if how == "full":
        world.tell(ResyncAsked())
    world.run(HOUR)
    assert world.disk.rows == {}


def test_a_series_and_its_hole_cancelled_in_one_answer_leave_nothing(world):
    series = world.google.put(daily())
    synced(world)
    original = Timed(at=int(as_instant(series.start)) + 86400, tz="UTC")
    world.google.cancel_occurrence("d1", original)
    hole = world.google.holes.copy()
    world.google.remove("d1")
    world.google.holes = hole  # Google may still name the cancelled occurrence
    world.run(HOUR)
    assert world.disk.rows == {}
