"""Series expanded here and by python-dateutil must agree, on generated rules of the trusted subset."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hybridcal_daemon.domain.recurrence import expand
from hybridcal_daemon.domain.values import AllDay, Instant, Timed, Window

ZONES = [
    "UTC",
    "Europe/Oslo",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/Santiago",
    "Africa/Casablanca",
]
CLOCKS = [time(0, 15), time(1, 30), time(1, 45), time(2, 0), time(2, 30), time(9, 0), time(23, 45)]
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
MONTH_DAYS = st.integers(1, 31) | st.integers(-31, -1)
DAYS = st.dates(date(2005, 1, 1), date(2030, 12, 31))


def some(values, most=3):
    return st.lists(values, min_size=1, max_size=most, unique=True).map(lambda items: ",".join(map(str, items)))


def optional(name, values):
    return st.just("") | values.map(lambda value: f";{name}={value}")


PLAIN_DAYS = some(st.sampled_from(WEEKDAYS))
ORDINALS = st.sampled_from(["1", "2", "+3", "5", "-1", "-2"])
NTH_DAYS = PLAIN_DAYS | some(st.builds("{}{}".format, ORDINALS, st.sampled_from(WEEKDAYS)))
BY_DAY, NTH = optional("BYDAY", PLAIN_DAYS), st.just("") | NTH_DAYS.map(";BYDAY={}".format)
BY_MONTH_DAY, BY_MONTH = optional("BYMONTHDAY", some(MONTH_DAYS)), optional("BYMONTH", some(st.integers(1, 12)))
WEEK_START, INTERVAL = optional("WKST", st.sampled_from(WEEKDAYS)), optional("INTERVAL", st.integers(1, 5))

RULES = st.one_of(
    st.tuples(st.just("FREQ=DAILY"), INTERVAL, BY_DAY, BY_MONTH_DAY, BY_MONTH),
    st.tuples(st.just("FREQ=WEEKLY"), INTERVAL, BY_DAY, WEEK_START),
    st.tuples(st.just("FREQ=MONTHLY"), INTERVAL, NTH, BY_MONTH_DAY, BY_MONTH),
    st.tuples(st.just("FREQ=YEARLY"), INTERVAL, BY_MONTH_DAY, BY_MONTH),
    st.tuples(st.just("FREQ=YEARLY"), INTERVAL, NTH, some(st.integers(1, 12)).map(";BYMONTH={}".format)),
).map("".join)


def first_of(rule, day):
    """The first start of the rule from ``day`` on, when there is one soon: what a calendar would take as its start."""
    soon = rrulestr(f"RRULE:{rule};UNTIL={day + timedelta(days=3000):%Y%m%d}", dtstart=datetime.combine(day, time()))
    found = next(iter(soon), None)
    assume(found is not None)
    return found.date()


def walls(rule, first, low, high):
    """The oracle: naive wall-clock starts between two days."""
    margin = timedelta(days=2)
    low, high = datetime.combine(low, time()) - margin, datetime.combine(high, time()) + margin
    bounded = rule if "COUNT" in rule else f"{rule};UNTIL={high:%Y%m%dT%H%M%S}"  # else it may search on to 9999
    return rrulestr(f"RRULE:{bounded}", dtstart=first).between(low, high, inc=True)


@st.composite
def windows(draw, first):
    begin = first + timedelta(days=draw(st.integers(-20, 1500)))
    end = begin + timedelta(days=draw(st.integers(1, 120)))
    return begin, end


def window_of(begin, end):
    low, high = (datetime.combine(day, time(), UTC).timestamp() for day in (begin, end))
    return Window(start=Instant(low), end=Instant(high))


def instant(wall, zone):
    return int(wall.replace(tzinfo=zone).timestamp())


@given(RULES, DAYS, st.sampled_from(ZONES), st.sampled_from(CLOCKS), st.none() | st.integers(1, 40), st.data())
@settings(max_examples=150, deadline=None)
def test_timed_series(rule, day, zone_name, clock, count, data):
    zone = ZoneInfo(zone_name)
    at = instant(datetime.combine(first_of(rule, day), clock), zone)
    first = datetime.fromtimestamp(at, zone).replace(tzinfo=None)
    assume(first.date() == first_of(rule, first.date()))
    rule += f";COUNT={count}" if count else ""
    begin, end = data.draw(windows(first.date()))
    until = data.draw(st.none() | st.integers(-10, 1500)) if count is None else None
    last = at + until * 43_200 if until is not None else None
    line = f"RRULE:{rule}" + (f";UNTIL={datetime.fromtimestamp(last, UTC):%Y%m%dT%H%M%SZ}" if last is not None else "")

    window = window_of(begin, end)
    expected = {instant(wall, zone) for wall in walls(rule, first, begin, end)}
    expected = sorted(t for t in expected if window.start <= t < window.end and (last is None or t <= last))
    found = expand(Timed(at=at, tz=zone_name), (line,), window)
    assert [when.at for when in found] == expected
    assert {when.tz for when in found} <= {zone_name}


@given(RULES, DAYS, st.none() | st.integers(1, 40), st.data())
@settings(max_examples=80, deadline=None)
def test_all_day_series(rule, day, count, data):
    first = first_of(rule, day)
    rule += f";COUNT={count}" if count else ""
    begin, end = data.draw(windows(first))
    until = (
        first + timedelta(days=data.draw(st.integers(-10, 1500)))
        if count is None and data.draw(st.booleans())
        else None
    )
    line = f"RRULE:{rule}" + (f";UNTIL={until:%Y%m%d}" if until else "")

    expected = [wall.date() for wall in walls(rule, datetime.combine(first, time()), begin, end)]
    expected = [found for found in expected if begin <= found < end and (until is None or found <= until)]
    assert expand(AllDay(day=first), (line,), window_of(begin, end)) == [AllDay(day=found) for found in expected]


@given(RULES, DAYS, st.sampled_from(ZONES), st.sampled_from(CLOCKS), st.data())
@settings(max_examples=60, deadline=None)
def test_exceptions_and_additions(rule, day, zone_name, clock, data):
    zone = ZoneInfo(zone_name)
    at = instant(datetime.combine(first_of(rule, day), clock), zone)
    first = datetime.fromtimestamp(at, zone).replace(tzinfo=None)
    assume(first.date() == first_of(rule, first.date()))
    begin, end = data.draw(windows(first.date()))
    window, start = window_of(begin, end), Timed(at=at, tz=zone_name)
    regular = {when.at for when in expand(start, (f"RRULE:{rule}",), window)}
    out = data.draw(st.sets(st.sampled_from(sorted(regular)), max_size=4)) if regular else set()
    extra = data.draw(
        st.sets(st.integers(int(window.start) // 60, int(window.end) // 60 - 1).map(lambda m: m * 60), max_size=3)
    )
    lines = [f"RRULE:{rule}"]
    lines += [f"EXDATE:{datetime.fromtimestamp(t, UTC):%Y%m%dT%H%M%SZ}" for t in sorted(out)]
    lines += (
        [f"RDATE:{','.join(f'{datetime.fromtimestamp(t, UTC):%Y%m%dT%H%M%SZ}' for t in sorted(extra))}"]
        if extra
        else []
    )
    assert [when.at for when in expand(start, tuple(lines), window)] == sorted((regular | extra) - out)
