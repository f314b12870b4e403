"""Series in their zone: rules at the edges, hostile rules, what is refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_builders import OSLO, at, day, shown, utc, window

from hybridcal_daemon.domain.recurrence import Untrusted, expand, instance_id
from hybridcal_daemon.domain.rrule import MAX_CHARACTERS, MAX_PERIODS
from hybridcal_daemon.domain.values import AllDay, Timed

NOVEMBER = window("2026-11-01", "2026-12-01")


def starts(start, *lines, inside=NOVEMBER):
    return [shown(one) for one in expand(start, lines, inside)]


def test_wall_clock_time_is_kept_when_the_offset_changes():
    daily = at("2026-03-20 09:00")
    found = expand(daily, ("RRULE:FREQ=DAILY",), window("2026-03-28", "2026-03-30"))
    assert [shown(one) for one in found] == ["28 09:00", "29 09:00"]
    assert found[1].at - found[0].at == 23 * 3600


def test_a_skipped_wall_time_is_the_instant_by_the_offset_before():
    found = expand(at("2026-03-20 02:30"), ("RRULE:FREQ=DAILY",), window("2026-03-29", "2026-03-30"))
    assert [one.at for one in found] == [utc("2026-03-29 01:30")]


def test_a_wall_time_that_happens_twice_is_the_first_of_the_two():
    found = expand(at("2026-10-20 02:30"), ("RRULE:FREQ=DAILY",), window("2026-10-25", "2026-10-26"))
    assert [one.at for one in found] == [utc("2026-10-25 00:30")]


def test_a_series_that_starts_in_the_second_of_two_equal_hours_starts_there():
    second = Timed(at=int(utc("2026-10-25 01:30")), tz=OSLO)
    found = expand(second, ("RRULE:FREQ=DAILY",), window("2026-10-25", "2026-10-27"))
    assert [one.at for one in found] == [second.at, int(utc("2026-10-26 01:30"))]


def test_half_hour_changes_of_lord_howe():
    found = expand(
        at("2026-04-03 09:00", "Australia/Lord_Howe"), ("RRULE:FREQ=DAILY",), window("2026-04-02", "2026-04-05")
    )
    assert [one.at - found[0].at for one in found[1:]] == [24 * 3600, 48 * 3600 + 1800]


def test_all_day_series_stay_dates():
    assert expand(day("2026-10-26"), ("RRULE:FREQ=WEEKLY;BYDAY=MO",), NOVEMBER) == [
        day("2026-11-02"),
        day("2026-11-09"),
        day("2026-11-16"),
        day("2026-11-23"),
        day("2026-11-30"),
    ]


@pytest.mark.parametrize(
    ("start", "rule", "expected"),
    [
        ("2026-10-26 10:00", "FREQ=WEEKLY;INTERVAL=2", "09 23"),
        ("2026-10-25 10:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;WKST=SU", "08 10 22 24"),
        ("2026-10-25 10:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;WKST=MO", "03 08 17 22"),
        ("2026-01-31 10:00", "FREQ=MONTHLY", ""),
        ("2026-01-31 10:00", "FREQ=MONTHLY;BYMONTHDAY=-1", "30"),
        ("2026-01-30 10:00", "FREQ=MONTHLY;BYDAY=-1FR", "27"),
        ("2026-01-13 10:00", "FREQ=MONTHLY;BYDAY=2TU", "10"),
        ("2026-02-13 10:00", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "13"),
        ("2020-11-05 10:00", "FREQ=YEARLY", "05"),
        ("2020-11-26 10:00", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "26"),
        ("2020-01-05 10:00", "FREQ=YEARLY;BYMONTH=1,11", "05"),
        ("2024-02-29 10:00", "FREQ=YEARLY", ""),
        ("2026-11-02 10:00", "FREQ=DAILY;INTERVAL=10;COUNT=2", "02 12"),
        ("2026-11-02 10:00", "FREQ=DAILY;INTERVAL=10;UNTIL=20261112T090000Z", "02 12"),
        ("2026-11-02 10:00", "FREQ=DAILY;INTERVAL=10;UNTIL=20261112T085959Z", "02"),
        ("2026-11-02 10:00", "FREQ=DAILY;INTERVAL=10;UNTIL=20261112", "02 12"),
        ("2026-11-02 10:00", "freq=daily;interval=10;count=1", "02"),
    ],
)
def test_rules(start, rule, expected):
    assert [one[:2] for one in starts(at(start), f"RRULE:{rule}")] == expected.split()


def test_until_as_an_instant_ends_an_all_day_series_with_its_day():
    assert starts(day("2026-11-02"), "RRULE:FREQ=DAILY;UNTIL=20261104T000000Z") == ["02", "03", "04"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("EXDATE;TZID=Europe/Oslo:20261103T100000",), "02 04 05"),
        (("EXDATE;TZID=America/New_York:20261103T040000",), "02 04 05"),
        (('EXDATE;VALUE=DATE-TIME;TZID="Europe/Oslo":20261103T100000,20261104T100000',), "02 05"),
        (("EXDATE:20261103T090000Z", "exdate:20261104T090000Z"), "02 05"),
        (("EXDATE:20261103T100000",), "02 04 05"),
        (("EXDATE:20261103T110000Z",), "02 03 04 05"),
        (("RDATE;TZID=Europe/Oslo:20261120T100000",), "02 03 04 05 20"),
        (("RDATE:20261103T090000Z",), "02 03 04 05"),
        (("RDATE:20261120T090000Z", "EXDATE:20261120T090000Z"), "02 03 04 05"),
        (("EXDATE:20261102T090000Z",), "03 04 05"),
    ],
)
def test_exceptions_and_additions(lines, expected):
    found = starts(at("2026-11-02 10:00"), "RRULE:FREQ=DAILY;COUNT=4", *lines)
    assert [one[:2] for one in found] == expected.split()


def test_dates_of_all_day_series():
    lines = (
        "RRULE:FREQ=DAILY;COUNT=3",
        "EXDATE;VALUE=DATE:20261103",
        "RDATE;VALUE=DATE:20261110,20261111",
        "EXDATE:20261111",
    )
    assert starts(day("2026-11-02"), *lines) == ["02", "04", "10"]


def test_additions_without_a_rule_join_the_start():
    assert starts(day("2026-11-02"), "RDATE;VALUE=DATE:20261110") == ["02", "10"]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("RRULE:FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1",), "rule-part"),
        (("RRULE:FREQ=YEARLY;BYWEEKNO=45",), "rule-part"),
        (("RRULE:FREQ=YEARLY;BYYEARDAY=306",), "rule-part"),
        (("RRULE:FREQ=DAILY;BYHOUR=10",), "rule-part"),
        (("RRULE:FREQ=DAILY;X-NAME=1",), "rule-part"),
        (("RRULE:FREQ=DAILY;FREQ=WEEKLY",), "rule-part"),
        (("RRULE:FREQ=HOURLY",), "rule-part"),
        (("RRULE:FREQ=SECONDLY",), "rule-part"),
        (("RRULE:INTERVAL=2",), "rule-part"),
        (("RRULE:",), "rule-part"),
        (("RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"), "several-rules"),
        (("RRULE:FREQ=DAILY", "EXRULE:FREQ=WEEKLY"), "line"),
        (("RRULE;X=1:FREQ=DAILY",), "line"),
        (("DTSTART:20261102T100000",), "line"),
        (("nonsense",), "line"),
        (("RRULE:FREQ=DAILY;INTERVAL=0",), "number"),
        (("RRULE:FREQ=DAILY;INTERVAL=99999999999999999999",), "number"),
        (("RRULE:FREQ=DAILY;COUNT=-1",), "number"),
        (("RRULE:FREQ=DAILY;COUNT=\u0663",), "number"),
        (("RRULE:FREQ=MONTHLY;BYMONTHDAY=0",), "number"),
        (("RRULE:FREQ=MONTHLY;BYMONTHDAY=32",), "number"),
        (("RRULE:FREQ=YEARLY;BYMONTH=13",), "number"),
        (("RRULE:FREQ=WEEKLY;BYDAY=XX",), "weekday"),
        (("RRULE:FREQ=MONTHLY;BYDAY=6MO",), "weekday"),
        (("RRULE:FREQ=WEEKLY;WKST=1MO",), "weekday"),
        (("RRULE:FREQ=WEEKLY;BYDAY=1MO",), "combination"),
        (("RRULE:FREQ=DAILY;BYDAY=1MO",), "combination"),
        (("RRULE:FREQ=MONTHLY;BYDAY=MO,1TU",), "combination"),
        (("RRULE:FREQ=WEEKLY;BYMONTHDAY=2",), "combination"),
        (("RRULE:FREQ=YEARLY;BYDAY=1MO",), "combination"),
        (("RRULE:FREQ=DAILY;COUNT=2;UNTIL=20261130",), "combination"),
        (("RRULE:FREQ=DAILY;UNTIL=20261130T100000",), "until-without-zone"),
        (("RRULE:FREQ=DAILY;UNTIL=tomorrow",), "date"),
        (("RRULE:FREQ=DAILY;UNTIL=20261331",), "date"),
        (("RRULE:FREQ=DAILY;UNTIL=00010101",), "date"),
        (("EXDATE:2026-11-02",), "date"),
        (("EXDATE:",), "date"),
        (("RDATE;VALUE=PERIOD:20261102T100000Z/PT1H",), "date"),
        (("RDATE;VALUE=PERIOD:20261102T100000Z",), "date-parameter"),
        (("EXDATE;VALUE=DATE:20261102T100000Z",), "date-parameter"),
        (("EXDATE;X-NAME=1:20261102T100000Z",), "date-parameter"),
        (("EXDATE;VALUE=DATE:20261102",), "date-kind"),
        (("EXDATE;TZID=Mars/Olympus:20261102T100000",), "time-zone"),
        (("EXDATE;TZID=../../etc/passwd:20261102T100000",), "time-zone"),
        (("EXDATE;TZID=Europe:20261102T100000",), "time-zone"),
        (("RRULE:FREQ=WEEKLY;BYDAY=TU",), "start-outside-rule"),
        (("RRULE:FREQ=MONTHLY;BYMONTHDAY=3",), "start-outside-rule"),
        (("EXDATE:" + ",".join(["20261102T100000Z"] * (MAX_CHARACTERS // 17 + 1)),), "too-long"),
    ],
)
def test_outside_the_trusted_subset(lines, reason):
    with pytest.raises(Untrusted) as refused:
        expand(at("2026-11-02 10:00"), lines, NOVEMBER)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("start", "line", "reason"),
    [
        (Timed(at=0, tz="Mars/Olympus"), "RRULE:FREQ=DAILY", "time-zone"),
        (Timed(at=0, tz=""), "RRULE:FREQ=DAILY", "time-zone"),
        (Timed(at=10**18, tz="UTC"), "RRULE:FREQ=DAILY", "time"),
        (Timed(at=-(10**10), tz="UTC"), "RRULE:FREQ=DAILY", "time"),
        (AllDay(day=date.min), "RRULE:FREQ=WEEKLY;WKST=SU", "time"),
        (day("2026-11-02"), "EXDATE:20261102T000000Z", "date-kind"),
    ],
)
def test_starts_that_cannot_be_expanded(start, line, reason):
    with pytest.raises(Untrusted) as refused:
        expand(start, (line,), NOVEMBER)
    assert refused.value.reason == reason


def test_a_rule_without_count_never_walks_from_its_start():
    """Two thousand years of days are more than MAX_PERIODS; nothing of it is visited."""
    old = day("1901-01-01")
    assert NOVEMBER.start / 86400 + 69 * 365 > MAX_PERIODS
    assert len(expand(old, ("RRULE:FREQ=DAILY",), NOVEMBER)) == 30


def test_a_count_is_walked_for_a_bounded_number_of_periods():
    old = day("1901-01-01")
    assert expand(old, ("RRULE:FREQ=DAILY;COUNT=700",), NOVEMBER) == []
    with pytest.raises(Untrusted, match="too-many-periods"):
        expand(old, ("RRULE:FREQ=DAILY;COUNT=900000",), NOVEMBER)
    with pytest.raises(Untrusted, match="too-many-periods"):
        expand(day("2026-11-02"), ("RRULE:FREQ=DAILY",), window("2026-11-01", "2096-11-01"))


def test_a_rule_that_never_comes_back_ends_with_the_window():
    assert starts(at("2024-02-29 10:00"), "RRULE:FREQ=YEARLY;INTERVAL=5;COUNT=2") == []


@pytest.mark.parametrize(
    ("original", "expected"),
    [
        (at("2026-11-30 10:00"), "abc_20261130T090000Z"),
        (at("2026-11-30 00:30"), "abc_20261129T233000Z"),
        (day("2026-11-30"), "abc_20261130"),
    ],
)
def test_instance_ids_are_googles(original, expected):
    assert instance_id("abc", original) == expected


LINES = st.lists(
    st.text(alphabet="RULEXDATFQ=;:,-0123456789ZMOYW", max_size=40) | st.sampled_from(["RRULE:FREQ=DAILY"]), max_size=3
)


@given(LINES)
def test_nonsense_is_refused_and_nothing_else(lines):
    with suppress(Untrusted):
        found = expand(at("2026-11-02 10:00"), tuple(lines), NOVEMBER)
        assert found == sorted(found, key=lambda one: one.at)
