"""What a calendar shows in a window, worked out a second time.

Owns: the reading of Google's JSON of events, the expansion of series by python-dateutil, and the merging of exceptions
by (series, original start). Promises: shares no code with the daemon or the stand-in: it expands in aware time where
the stand-in expands naive wall-clock time, and joins sets of instants instead of using dateutil's own rule sets.
Does not: know windows of the daemon other than the one it is given.

A wall time that the clocks skip is the instant given by the offset before; one that comes twice is the first. A start
that its own rule does not produce is no occurrence (google.md C.3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import takewhile
from typing import Any, Final
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

DAY: Final = 86400
ZONES: Final = 15 * 3600
"""A day begins up to this much before or after midnight UTC."""
_UNTIL: Final = re.compile(r"UNTIL=(\d{8})(?:T(\d{6})(Z?))?")

Point = date | int
"""A day, or epoch seconds."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is shown. ``end`` of a day is exclusive."""

    instance: str
    start: Point
    end: Point
    title: str

    def __str__(self) -> str:
        return f"{self.title!r} {said(self.start)} to {said(self.end)} ({self.instance})"


def said(point: Point) -> str:
    """In words."""
    return point.isoformat() if isinstance(point, date) else f"{datetime.fromtimestamp(point, UTC):%Y-%m-%d %H:%M:%SZ}"


def expected(events: list[dict[str, Any]], low: float, high: float) -> list[Row]:
    """Everything that happens in [low, high), epoch seconds, of all events of a calendar, cancelled ones included."""
    series = {event["id"]: event for event in events if event.get("recurrence")}
    moved = {(event["recurringEventId"], _original(event)) for event in events if "recurringEventId" in event}
    rows: list[Row] = []
    for event in events:
        if event["status"] == "cancelled":
            continue
        if event["id"] in series:
            rows += [row for row in _occurrences(event, high) if (event["id"], row.start) not in moved]
        elif _is_alive(event, series):
            rows.append(_row(event))
    return [row for row in rows if _overlaps(row, low, high)]


def doubtful(row: Row, low: float, high: float) -> bool:
    """Whether it is a matter of the reader's zone that this day touches the window."""
    return isinstance(row.start, date) and (abs(_at(row.start) - high) < ZONES or abs(_at(row.end) - low) < ZONES)


def _is_alive(event: dict[str, Any], series: dict[str, Any]) -> bool:
    parent = series.get(event.get("recurringEventId", ""))
    return parent is None or parent["status"] != "cancelled"


def _row(event: dict[str, Any]) -> Row:
    start, end = point(event["start"]), point(event["end"])
    parent = event.get("recurringEventId")
    instance = event["id"] if parent is None else _instance(parent, _original(event))
    return Row(instance, start, end, event.get("summary", ""))


def point(moment: dict[str, str]) -> Point:
    """Read start, end or originalStartTime."""
    if "date" in moment:
        return date.fromisoformat(moment["date"])
    return int(datetime.fromisoformat(moment["dateTime"]).timestamp())


def _original(event: dict[str, Any]) -> Point:
    return point(event["originalStartTime"])


def _instance(series: str, original: Point) -> str:
    if isinstance(original, date):
        return f"{series}_{original:%Y%m%d}"
    return f"{series}_{datetime.fromtimestamp(original, UTC):%Y%m%dT%H%M%SZ}"


def _at(when: Point) -> float:
    return datetime.combine(when, time(), UTC).timestamp() if isinstance(when, date) else float(when)


def _overlaps(row: Row, low: float, high: float) -> bool:
    return _at(row.start) < high and _at(row.end) > low


# ---- series ---------------------------------------------------------------------------------------------------------


def _occurrences(event: dict[str, Any], high: float) -> list[Row]:
    first, last = event["start"], event["end"]
    lines, title = tuple(event["recurrence"]), event.get("summary", "")
    until = int(high // (7 * DAY) + 1) * 7  # in whole weeks, so that the next question finds it worked out
    if "date" in first:
        length = point(last) - point(first)
        days = _days(lines, date.fromisoformat(first["date"]), until)
        return [Row(_instance(event["id"], day), day, day + length, title) for day in days]
    seconds = point(last) - point(first)
    instants = _instants(lines, first["dateTime"], first["timeZone"], until)
    return [Row(_instance(event["id"], at), at, at + seconds, title) for at in instants]


@lru_cache(maxsize=4096)
def _instants(lines: tuple[str, ...], first: str, zone_name: str, until: int) -> list[int]:
    """Starts of a timed series up to a day of the epoch."""
    zone = ZoneInfo(zone_name)
    start = datetime.fromisoformat(first).astimezone(zone)
    end = datetime.fromtimestamp(until * DAY, UTC)
    added, removed, ruled = set[int](), set[int](), False
    for name, parameters, value in map(_parts, lines):
        if name == "RRULE":
            ruled = True
            rule = rrulestr(_UNTIL.sub(lambda found: _until(found, zone), value), dtstart=start)
            added.update(int(moment.timestamp()) for moment in takewhile(lambda moment: moment < end, rule))
        else:
            stamps = {_stamp(text, parameters, start) for text in value.split(",")}
            (added if name == "RDATE" else removed).update(stamps)
    return sorted((added if ruled else added | {int(start.timestamp())}) - removed)


@lru_cache(maxsize=4096)
def _days(lines: tuple[str, ...], first: date, until: int) -> list[date]:
    """Starts of an all-day series, as days from beginning to end."""
    end = datetime(1970, 1, 1) + timedelta(days=until)  # noqa: DTZ001 - a day of the wall calendar
    added, removed, ruled = set[date](), set[date](), False
    for name, _, value in map(_parts, lines):
        if name == "RRULE":
            ruled = True
            rule = rrulestr(value, dtstart=datetime.combine(first, time()))
            added.update(moment.date() for moment in takewhile(lambda moment: moment < end, rule))
        else:
            days = {datetime.strptime(text[:8], "%Y%m%d").date() for text in value.split(",")}  # noqa: DTZ007 - a day
            (added if name == "RDATE" else removed).update(days)
    return sorted((added if ruled else added | {first}) - removed)


def _parts(line: str) -> tuple[str, str, str]:
    head, _, value = line.partition(":")
    name, _, parameters = head.partition(";")
    if name not in {"RRULE", "RDATE", "EXDATE"}:
        raise ValueError(f"the oracle cannot read {line}")
    return name, parameters, value


def _until(found: re.Match[str], zone: ZoneInfo) -> str:
    """In UTC, as dateutil wants it for aware starts; a date counts to its end."""
    if found[3]:
        return found[0]
    wall = datetime.strptime(found[1] + (found[2] or "235959"), "%Y%m%d%H%M%S").replace(tzinfo=zone)
    return f"UNTIL={wall.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _stamp(text: str, parameters: str, start: datetime) -> int:
    """One value of RDATE or EXDATE; a bare date is the occurrence of that day."""
    if "T" not in text:
        day = datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day
        return int(datetime.combine(day, start.time(), start.tzinfo).timestamp())
    zone = UTC if text.endswith("Z") else _named(parameters) or start.tzinfo
    return int(datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=zone).timestamp())


def _named(parameters: str) -> ZoneInfo | None:
    found = re.search(r"TZID=([^;]+)", parameters)
    return ZoneInfo(found[1]) if found else None
