"""The oracle itself, against cases worked out by hand."""

from datetime import UTC, date, datetime

import pytest

from tests.calendars.oracle import expected, said


def timed(start, minutes=60, zone="Europe/Berlin", **fields):
    at = datetime.fromisoformat(start)
    end = datetime.fromtimestamp(at.timestamp() + 60 * minutes, UTC)
    times = {"start": {"dateTime": start, "timeZone": zone}, "end": {"dateTime": end.isoformat(), "timeZone": zone}}
    return {"id": "s", "status": "confirmed", "summary": "t", **times, **fields}


def days(first, after, **fields):
    return {"id": "s", "status": "confirmed", "start": {"date": first}, "end": {"date": after}, **fields}


def exception(original, **fields):
    return {
        **timed(original, **fields),
        "id": "s_x",
        "recurringEventId": "s",
        "originalStartTime": {"dateTime": original},
    }


def shown(*events, low="2026-10-01", high="2026-12-01"):
    bounds = [datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() for day in (low, high)]
    return sorted(said(row.start) for row in expected(list(events), *bounds))


@pytest.mark.parametrize(
    ("zone", "start", "rule", "starts"),
    [
        (
            "Europe/Berlin",
            "2026-10-18T09:00:00+02:00",
            "FREQ=WEEKLY;COUNT=2",
            ["2026-10-18 07:00:00Z", "2026-10-25 08:00:00Z"],
        ),
        (
            "Australia/Lord_Howe",
            "2026-10-03T09:00:00+10:30",
            "FREQ=DAILY;COUNT=2",
            ["2026-10-02 22:30:00Z", "2026-10-03 22:00:00Z"],
        ),
        (
            "Asia/Kathmandu",
            "2026-10-31T10:00:00+05:45",
            "FREQ=MONTHLY;UNTIL=20261130T235959Z",
            ["2026-10-31 04:15:00Z"],
        ),
        (
            "Europe/Berlin",
            "2026-11-27T17:00:00+01:00",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            ["2026-11-30 16:00:00Z"],
        ),
    ],
)
def test_series(zone, start, rule, starts):
    assert shown(timed(start, zone=zone, recurrence=[f"RRULE:{rule}"])) == starts


def test_a_wall_time_that_is_skipped_keeps_the_offset_before():
    series = timed("2027-03-27T02:30:00+01:00", recurrence=["RRULE:FREQ=DAILY;COUNT=2"])
    assert shown(series, low="2027-03-01", high="2027-04-01") == ["2027-03-27 01:30:00Z", "2027-03-28 01:30:00Z"]


def test_dates_are_added_and_removed():
    lines = [
        "RRULE:FREQ=DAILY;COUNT=4",
        "EXDATE;TZID=Europe/Berlin:20261020T090000",
        "EXDATE:20261021T070000Z",
        "RDATE:20261022T120000Z",
    ]
    starts = ["2026-10-19 07:00:00Z", "2026-10-22 07:00:00Z", "2026-10-22 12:00:00Z"]
    assert shown(timed("2026-10-19T09:00:00+02:00", recurrence=lines)) == starts


def test_days_stay_days():
    series = days("2026-10-24", "2026-10-25", recurrence=["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20261025"])
    assert shown(series) == ["2026-10-24", "2026-10-26"]
    assert expected([series], 0, 2e9)[0].end == date(2026, 10, 25)


def test_exceptions_take_the_place_of_their_occurrence():
    series = timed("2026-10-19T09:00:00+02:00", recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
    moved = exception("2026-10-20T07:00:00Z") | {"start": {"dateTime": "2026-10-20T10:00:00Z"}}
    moved["end"] = {"dateTime": "2026-10-20T11:00:00Z"}
    gone = exception("2026-10-21T07:00:00Z") | {"status": "cancelled"}
    assert shown(series, moved, gone) == ["2026-10-19 07:00:00Z", "2026-10-20 10:00:00Z"]
    assert shown(series | {"status": "cancelled"}, moved, gone) == []


def test_the_window_is_half_open():
    event = timed("2026-10-19T09:00:00+00:00", zone="UTC")
    start = datetime(2026, 10, 19, 9, tzinfo=UTC).timestamp()
    assert expected([event], start + 3600, start + 9000) == []
    assert len(expected([event], start + 3599, start + 9000)) == 1
    assert expected([event], start - 100, start) == []
