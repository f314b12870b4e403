"""What happens when: series, their exceptions, the window and its edges."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_builders import at, day, exception, fact, shown, utc, window

from hybridcal_daemon.domain.recurrence import occurrences, touches
from hybridcal_daemon.domain.values import Instant, Timed, Window

WEEK = window("2026-11-02", "2026-11-09")
DAILY = fact("s", at("2026-10-01 10:00"), at("2026-10-01 11:00"), "RRULE:FREQ=DAILY")
UNKNOWN = fact("u", at("2026-10-01 10:00"), at("2026-10-01 11:00"), "RRULE:FREQ=DAILY;BYSETPOS=1")


def happening(*facts, inside=WEEK):
    return [f"{shown(one.start)} {one.fact.event_id.partition('_')[0]}" for one in occurrences(facts, inside)[0]]


def moved(original, start, end, **more):
    return exception("s", at(original), at(start), at(end), **more)


def test_a_series_is_shown_with_googles_ids_and_its_length():
    found, unexpanded = occurrences([DAILY], window("2026-11-02", "2026-11-04"))
    assert [one.instance for one in found] == ["s_20261102T090000Z", "s_20261103T090000Z"]
    assert [(one.start, one.end) for one in found] == [
        (at("2026-11-02 10:00"), at("2026-11-02 11:00")),
        (at("2026-11-03 10:00"), at("2026-11-03 11:00")),
    ]
    assert (found[0].fact, unexpanded) == (DAILY, ())


def test_length_is_kept_in_seconds_over_a_change_of_the_offset():
    night = fact("s", at("2026-03-20 23:00"), at("2026-03-21 05:00"), "RRULE:FREQ=DAILY")
    found, _ = occurrences([night], window("2026-03-28 12:00", "2026-03-29 12:00"))
    assert shown(found[0].end) == "29 06:00"


def test_all_day_series_last_as_many_days_as_the_first():
    duty = fact("s", day("2026-10-26"), day("2026-11-02"), "RRULE:FREQ=WEEKLY")
    found, _ = occurrences([duty], window("2026-11-05", "2026-11-10"))
    assert [(one.instance, one.start, one.end) for one in found] == [
        ("s_20261102", day("2026-11-02"), day("2026-11-09")),
        ("s_20261109", day("2026-11-09"), day("2026-11-16")),
    ]


def test_an_exception_takes_the_place_of_the_occurrence_it_was():
    changed = moved("2026-11-03 10:00", "2026-11-05 15:00", "2026-11-05 16:00")
    short = window("2026-11-03", "2026-11-06")
    assert happening(DAILY, changed, inside=short) == ["04 10:00 s", "05 10:00 s", "05 15:00 s"]
    own = next(one for one in occurrences([DAILY, changed], short)[0] if one.fact is changed)
    assert own.instance == "s_20261103T090000Z"


def test_an_exception_is_recognised_in_whatever_zone_its_original_start_is_named():
    original = Timed(at=at("2026-11-03 10:00").at, tz="UTC")
    changed = exception("s", original, at("2026-11-03 12:00"), at("2026-11-03 13:00"))
    assert happening(DAILY, changed, inside=window("2026-11-03", "2026-11-04")) == ["03 12:00 s"]


def test_moved_out_of_the_window_and_into_it():
    out = moved("2026-11-03 10:00", "2026-12-24 10:00", "2026-12-24 11:00")
    into = moved("2026-12-25 10:00", "2026-11-03 12:00", "2026-11-03 13:00")
    short = window("2026-11-03", "2026-11-04")
    assert happening(DAILY, out, into, inside=short) == ["03 12:00 s"]
    assert touches(out, short)
    assert touches(into, short)
    assert not touches(into, window("2026-11-05", "2026-11-06"))


def test_cancelled_occurrences_and_events_are_not_shown():
    hole = moved("2026-11-03 10:00", "2026-11-03 10:00", "2026-11-03 10:00", cancelled=True)
    gone = fact("x", at("2026-11-03 14:00"), at("2026-11-03 15:00"), cancelled=True)
    short = window("2026-11-03", "2026-11-05")
    assert happening(DAILY, hole, gone, inside=short) == ["04 10:00 s"]
    assert touches(hole, short)
    assert not touches(gone, short)


def test_a_cancelled_series_takes_its_exceptions_along():
    changed = moved("2026-11-03 10:00", "2026-11-03 15:00", "2026-11-03 16:00")
    assert happening(dataclasses.replace(DAILY, cancelled=True), changed) == []


def test_exceptions_without_their_series_are_shown():
    changed = moved("2026-11-03 10:00", "2026-11-03 15:00", "2026-11-03 16:00")
    hole = moved("2026-11-04 10:00", "2026-11-04 10:00", "2026-11-04 10:00", cancelled=True)
    assert happening(changed, hole) == ["03 15:00 s"]


def test_this_and_following_gives_each_occurrence_once():
    """Google ends the old series with UNTIL and begins a new one (google.md C.4, 16)."""
    old = fact("s", at("2026-10-01 10:00"), at("2026-10-01 11:00"), "RRULE:FREQ=DAILY;UNTIL=20261104T225959Z")
    new = fact("t", at("2026-11-05 14:00"), at("2026-11-05 15:00"), "RRULE:FREQ=DAILY")
    assert happening(old, new, inside=window("2026-11-03", "2026-11-07")) == [
        "03 10:00 s",
        "04 10:00 s",
        "05 14:00 t",
        "06 14:00 t",
    ]


def test_a_series_that_cannot_be_expanded_is_reported_and_its_exceptions_are_shown():
    changed = exception("u", at("2026-11-03 10:00"), at("2026-11-03 15:00"), at("2026-11-03 16:00"))
    single = fact("x", at("2026-11-03 12:00"), at("2026-11-03 13:00"))
    found, unexpanded = occurrences([UNKNOWN, changed, single], WEEK)
    assert [shown(one.start) for one in found] == ["03 12:00", "03 15:00"]
    assert unexpanded == ("u",)
    assert touches(UNKNOWN, WEEK)
    assert occurrences([dataclasses.replace(UNKNOWN, cancelled=True)], WEEK) == ([], ())


@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [
        ("2026-11-01 09:00", "2026-11-02 00:00", False),
        ("2026-11-01 09:00", "2026-11-02 00:01", True),
        ("2026-11-02 00:00", "2026-11-02 00:00", True),
        ("2026-11-01 23:59", "2026-11-01 23:59", False),
        ("2026-10-01 09:00", "2026-12-01 09:00", True),
        ("2026-11-08 23:59", "2026-11-09 09:00", True),
        ("2026-11-09 00:00", "2026-11-09 09:00", False),
        ("2026-11-09 00:00", "2026-11-09 00:00", False),
    ],
)
def test_edges_of_the_window(start, end, inside):
    single = fact("x", at(start, "UTC"), at(end, "UTC"))
    series = fact("x", at(start, "UTC"), at(end, "UTC"), "RRULE:FREQ=YEARLY")
    assert touches(single, WEEK) is inside
    assert touches(series, WEEK) is inside
    assert bool(occurrences([single], WEEK)[0]) is inside
    assert bool(occurrences([series], WEEK)[0]) is inside


@pytest.mark.parametrize(
    ("rule", "kept"),
    [("RRULE:FREQ=DAILY;COUNT=2", False), ("RRULE:FREQ=MONTHLY", False), ("RRULE:FREQ=WEEKLY", True)],
)
def test_a_series_is_kept_for_what_happens_inside(rule, kept):
    assert touches(fact("s", at("2026-10-15 10:00"), at("2026-10-15 11:00"), rule), WEEK) is kept


def test_the_hole_of_a_long_occurrence_is_kept_while_it_could_reach_into_the_window():
    duty = fact("s", day("2026-10-26"), day("2026-11-02"), "RRULE:FREQ=WEEKLY")
    hole = exception("s", day("2026-10-26"), day("2026-10-26"), day("2026-10-26"), cancelled=True)
    inside = window("2026-10-30", "2026-11-01")
    assert touches(hole, inside)
    assert occurrences([duty, hole], inside) == ([], ())
    assert not touches(hole, window("2026-12-30", "2026-12-31"))


def test_everything_is_in_order_of_start():
    single = fact("a", at("2026-11-03 10:00"), at("2026-11-03 11:00"))
    whole = fact("z", day("2026-11-03"), day("2026-11-04"))
    found, _ = occurrences([single, DAILY, whole], window("2026-11-03", "2026-11-04"))
    assert [one.instance for one in found] == ["z", "a", "s_20261103T090000Z"]


HOURS = st.integers(0, 24 * 30)


@given(
    st.lists(st.tuples(HOURS, HOURS, st.booleans()), max_size=8, unique_by=lambda row: row[0]),
    HOURS,
    st.integers(1, 200),
)
def test_what_is_shown_comes_from_rows_that_are_kept(rows, begin, length):
    base = utc("2026-11-01")

    def hour(number):
        return Timed(at=int(base) + number * 3600, tz="UTC")

    series = fact("s", hour(0), hour(1), "RRULE:FREQ=DAILY;INTERVAL=2")
    others = [
        dataclasses.replace(
            exception("s", hour(original // 48 * 48), hour(start), hour(start + 1), cancelled=off),
            event_id=f"s{original}",
        )
        for original, start, off in rows
    ]
    inside = Window(start=Instant(base + begin * 3600), end=Instant(base + (begin + length) * 3600))
    facts = [series, *others]
    kept = [one for one in facts if touches(one, inside)]
    assert occurrences(kept, inside) == occurrences(facts, inside)
