"""Short ways to write times and facts in the tests of this folder."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from hybridcal_daemon.domain.events import EventFact
from hybridcal_daemon.domain.values import AllDay, Instant, Timed, Window

OSLO = "Europe/Oslo"


def at(text, tz=OSLO):
    """'2026-11-30 10:00' in a zone."""
    return Timed(at=int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(tz)).timestamp()), tz=tz)


def day(text):
    return AllDay(day=date.fromisoformat(text))


def utc(text):
    return Instant(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def window(start, end):
    return Window(start=utc(start), end=utc(end))


def fact(event_id, start, end, *rules, **more):
    return EventFact(event_id=event_id, etag="1", start=start, end=end, recurrence=tuple(rules), **more)


def exception(series, original, start, end, **more):
    return fact(f"{series}_x{original}", start, end, series_id=series, original_start=original, **more)


def shown(one):
    """'30 10:00' for what happens on the 30th at ten in its zone, '30' for a day."""
    if isinstance(one, AllDay):
        return f"{one.day:%d}"
    return f"{datetime.fromtimestamp(one.at, ZoneInfo(one.tz)):%d %H:%M}"
