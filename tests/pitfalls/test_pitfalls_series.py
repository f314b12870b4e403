"""Known pitfalls of series, exceptions and the moving window that are decisions (google.md C.4)."""

from dataclasses import replace
from datetime import date

import pytest

from hybridcal_daemon.domain.calls import FetchEvent, ListEdge, ListEvents, ListInstances
from hybridcal_daemon.domain.events import Removed
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import ResyncAsked
from hybridcal_daemon.domain.values import DAY, HOUR, AllDay, Timed, as_instant, served_window
from tests.domain_decisions.facts import T0, daily, exception, meeting
from tests.domain_decisions.happening import EXOTIC, seen, truth
from tests.domain_decisions.world import World, fails


@pytest.fixture
def world():
    return World()


def synced(world, *facts):
    for fact in facts:
        world.google.put(fact)
    world.start()
    world.run(10)
    return world


def agrees(world):
    window = served_window(world.now)
    return seen(world.disk.rows.values(), window) == truth(world.google, window)


def original(series, number):
    return Timed(at=int(as_instant(series.start)) + number * 86400, tz="UTC")


def endless(event_id="d1", start=T0 + HOUR, **rest):
    return meeting(event_id, start, recurrence=("RRULE:FREQ=DAILY",), **rest)


def test_c4_10_an_edit_of_an_endless_series_is_one_row(world):
    synced(world, endless())
    pages = len(world.ordered(ListEvents))
    world.google.put(replace(endless(), response="declined"))
    world.run(HOUR)
    assert len(world.ordered(ListEvents)) - pages <= 2
    assert set(world.disk.rows) == {"d1"}
    assert agrees(world)


@pytest.mark.parametrize("how", ["changes", "full"])
@pytest.mark.parametrize("to", [40 * DAY, -10 * DAY])
def test_c4_12_an_event_that_moves_out_of_the_window_is_dropped(world, how, to):
    synced(world, meeting("m1"))
    world.google.put(meeting("m1", T0 + to))
    if how == "full":
        world.tell(ResyncAsked())
    world.run(HOUR)
    assert world.disk.rows == {}


def test_c4_12_an_exception_keeps_its_row_while_it_takes_an_occurrence_away(world):
    series = endless()
    synced(world, series)
    world.google.put(exception(series, 3, T0 + 60 * DAY))
    world.run(HOUR)
    assert len(world.disk.rows) == 2
    assert agrees(world)


@pytest.mark.parametrize("first", ["exception", "series"])
def test_c4_13_an_exception_may_come_before_its_series(world, first):
    series = daily()
    parts = [exception(series, 2, T0 + 3 * DAY + HOUR), series]
    world.google.page_size = 1
    synced(world, *(parts if first == "exception" else parts[::-1]))
    assert agrees(world)
    assert world.ordered(FetchEvent) == []


def orphaned(world):
    """An exception is in the window, nothing is known of its series: its item could not be read."""
    series = daily("s1")
    world.google.unreadable = {"s1"}
    return synced(world, series, exception(series, 2, T0 + 3 * DAY + HOUR))


def test_c4_13_the_series_of_an_orphan_is_fetched(world):
    orphaned(world)
    assert [call.event_id for call in world.ordered(FetchEvent)] == ["s1"]
    assert agrees(world)


def test_c4_13_an_orphan_whose_series_is_gone_goes_too(world):
    series = daily("s1")
    synced(world, meeting("m1"))
    world.google.put(exception(series, 2, T0 + 3 * DAY))
    world.run(HOUR)
    assert set(world.disk.rows) == {"m1"}


def test_c4_13_no_exception_is_dropped_because_a_request_failed(world):
    world.outcomes["FetchEvent"].extend([fails(Kind.TRANSIENT), fails(Kind.NOT_FOUND), fails(Kind.REFUSED)])
    world.google.fetch = lambda _call: None
    orphaned(world)
    world.run(3 * HOUR)
    assert len([fact for fact in world.disk.rows.values() if fact.series_id]) == 1


def test_c4_13_a_series_that_is_far_away_is_asked_about_once(world):
    series = daily("s1", T0 - 100 * DAY)
    synced(world, series, exception(series, 2, T0 + HOUR))
    world.run(2 * DAY)
    assert [call.event_id for call in world.ordered(FetchEvent)] == ["s1"]
    assert world.durable.orphans == ("s1",)
    world.google.remove("s1")
    world.run(2 * HOUR)
    assert world.disk.rows == {}
    assert world.durable.orphans == ()


@pytest.mark.parametrize("known", [True, False])
def test_c4_14_a_cancelled_series_takes_exceptions_and_holes_along(world, known):
    series = daily()
    if known:
        synced(world, series, exception(series, 1, T0 + 2 * DAY))
    else:
        synced(world)
        world.google.put(series)
        world.google.put(exception(series, 1, T0 + 2 * DAY))
        stale = world.google.events[exception(series, 1, 0).event_id]
    world.google.remove("d1")
    if not known:
        world.google.events[stale.event_id] = stale  # Google may list it all the same
    world.run(HOUR)
    assert world.disk.rows == {}


def test_c4_14_exceptions_may_be_cancelled_after_their_series(world):
    series = daily()
    one = exception(series, 1, T0 + 2 * DAY)
    synced(world, series, one)
    world.google.remove("d1")
    world.run(HOUR)
    world.google.number += 1
    world.google.changed[one.event_id] = world.google.number
    world.google.holes[one.event_id] = Removed(event_id=one.event_id, series_id="d1", original_start=one.original_start)
    world.run(HOUR)
    assert seen(world.disk.rows.values(), served_window(world.now)) == {}
    world.google.holes.clear()
    world.run(8 * DAY)
    assert world.disk.rows == {}


def test_c4_15_an_exception_stands_in_the_place_of_its_occurrence(world):
    series = daily()
    synced(world, series, exception(series, 1, T0 + 2 * DAY))
    shown = seen(world.disk.rows.values(), served_window(world.now))
    assert len(shown) == 10
    assert agrees(world)


def test_c4_16_this_and_following_makes_two_series_that_do_not_overlap(world):
    series = daily(days=10)
    synced(world, series, exception(series, 7, T0 + 8 * DAY + HOUR))
    world.google.remove(exception(series, 7, 0).event_id)
    world.google.put(replace(series, recurrence=("RRULE:FREQ=DAILY;COUNT=5",)))
    world.google.put(daily("d2", T0 + 5 * DAY + 2 * HOUR, days=5))
    world.run(HOUR)
    assert len(seen(world.disk.rows.values(), served_window(world.now))) == 10
    assert agrees(world)


def test_c4_17_days_stay_days(world):
    day = date(2027, 1, 20)
    series = replace(
        meeting("day", join=""),
        start=AllDay(day=day),
        end=AllDay(day=date(2027, 1, 21)),
        recurrence=("RRULE:FREQ=DAILY",),
    )
    synced(world, series)
    shown = seen(world.disk.rows.values(), served_window(world.now))
    assert all(isinstance(start, AllDay) for start, *_ in shown.values())
    assert agrees(world)


def test_c4_18_a_series_follows_the_clocks_of_its_own_zone(world):
    start = 1_774_600_200  # 2026-03-27 09:30 in Berlin, two days before summer time
    world.true = float(start - HOUR)
    synced(world, meeting("d1", start, recurrence=("RRULE:FREQ=DAILY;COUNT=5",)))
    world.google.put(
        replace(
            world.google.events["d1"],
            start=Timed(at=start, tz="Europe/Berlin"),
            end=Timed(at=start + 1800, tz="Europe/Berlin"),
        )
    )
    world.run(HOUR)
    starts = [
        start.at - 1_774_600_200 for start, *_ in seen(world.disk.rows.values(), served_window(world.now)).values()
    ]
    assert starts == [0, 86400, 2 * 86400 - 3600, 3 * 86400 - 3600, 4 * 86400 - 3600]


@pytest.mark.parametrize(
    "lines",
    [
        (f"RRULE:FREQ=DAILY;COUNT=9{EXOTIC}",),
        (f"RRULE:FREQ=DAILY;UNTIL=20270131T090000Z{EXOTIC}",),
        (f"RRULE:FREQ=DAILY;COUNT=9{EXOTIC}", "EXDATE;TZID=UTC:20270117T090000"),
    ],
)
def test_c4_24_what_is_not_trusted_is_expanded_by_google(world, lines):
    synced(world, meeting("d1", recurrence=lines))
    world.run(HOUR)
    assert len(world.ordered(ListInstances)) >= 1
    assert agrees(world)
    assert len(seen(world.disk.rows.values(), served_window(world.now))) > 7


@pytest.mark.parametrize(
    "line", ["RDATE;VALUE=DATE:20270118", "EXDATE;TZID=Mars/Olympus:20270118T090000", "X-WHAT:EVER"]
)
def test_c4_24_a_line_that_cannot_be_understood_harms_no_other_event(world, line):
    world.outcomes["ListInstances"].append(fails(Kind.INVALID, "google-bad-request"))
    synced(world, meeting("m1"), meeting("d1", recurrence=("RRULE:FREQ=DAILY;COUNT=3", line)))
    assert {"m1", "d1"} <= set(world.disk.rows)
    assert world.notes["series.unexpanded"] == 1


def test_an_edit_of_the_exceptions_of_the_rule_itself(world):
    series = daily()
    synced(world, series)
    world.google.put(
        replace(series, recurrence=(*series.recurrence, "EXDATE:20270117T090000Z", "RDATE:20270118T120000Z"))
    )
    world.run(HOUR)
    assert len(seen(world.disk.rows.values(), served_window(world.now))) == 10
    assert agrees(world)


def test_a_series_that_is_moved_as_a_whole(world):
    series = daily()
    synced(world, series)
    world.google.put(replace(daily(start=T0 + 3 * HOUR)))
    world.run(HOUR)
    assert agrees(world)


def test_a_series_that_becomes_a_single_event_has_no_occurrences_any_more(world):
    series = daily()
    synced(world, series, exception(series, 1, T0 + 2 * DAY))
    world.google.put(replace(series, recurrence=()))
    world.google.events.pop(exception(series, 1, 0).event_id)
    world.run(HOUR)
    assert set(world.disk.rows) == {"d1"}


def test_an_exception_moved_across_the_edge_of_the_window_and_back(world):
    series = daily(days=60)
    one = exception(series, 5, T0 + 50 * DAY)
    synced(world, series)
    world.google.put(one)
    world.run(HOUR)
    assert agrees(world)
    world.google.put(exception(series, 5, T0 + 5 * DAY))
    world.google.put(exception(series, 50, T0 + 6 * DAY))
    world.run(HOUR)
    assert agrees(world)
    world.run(2 * DAY)
    assert agrees(world)
    assert len(world.ordered(ListEdge)) >= 1
