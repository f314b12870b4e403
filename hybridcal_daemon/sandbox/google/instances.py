"""Finding an event or an occurrence by id, and expanding series.

Owns: the ids of occurrences. Promises: an occurrence is listed once, as itself or as its exception. Does not: filter.

Based on: id of an occurrence = series id, ``_``, original start as ``yyyymmdd`` or ``yyyymmddThhmmssZ`` [third-party
probe]; ``get`` gives cancelled ones too [discovery document]; endless series are expanded about ten years ahead
(reports say some 700 weekly rows [issue report]; the exact horizon is unconfirmed).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from hybridcal_daemon.sandbox.google.errors import calendar_refusal
from hybridcal_daemon.sandbox.google.recurrence import instant, occurs, shifted, starts
from hybridcal_daemon.sandbox.google.times import DAY, Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hybridcal_daemon.sandbox.google.model import Calendar, Copy

HORIZON: Final = 10 * 366 * DAY
_OCCURRENCE: Final = re.compile(r"(.+)_(\d{8})(?:T(\d{6})Z)?")

Bounds = tuple[int | None, int | None]


class Target(NamedTuple):
    """What an id names: a copy, or (``original`` given) an occurrence of the series ``copy`` that is no exception."""

    copy: Copy
    original: Moment | None


def find(calendar: Calendar, event_id: str) -> Target:
    """Find an event. Refused (404) when the calendar has none of that id."""
    copy = calendar.copies.get(event_id)
    if copy is not None:
        return Target(copy, None)
    match = _OCCURRENCE.fullmatch(event_id)
    master = calendar.copies.get(match[1]) if match else None
    original = _original(match) if match else None
    if master is None or original is None or not _is_occurrence(master, original):
        raise calendar_refusal(404, "notFound")
    zone = master.meeting.get("start").zone
    return Target(master, Moment(original.day, original.at, zone))


def expanded(master: Copy, bounds: Bounds, now: int) -> Iterator[Moment]:
    """Give the original starts of a series that are no exceptions and touch the bounds (epoch seconds)."""
    low, high = bounds
    meeting = master.meeting
    start, end, lines = meeting.get("start"), meeting.get("end"), meeting.get("recurrence")
    home = master.calendar.zone
    reach = None if low is None else low - (end.order - start.order)
    last = high if high is not None else max(now, start.order) + HORIZON
    for original in starts(lines, start, reach, last):
        if instant(original, home) >= last:
            return
        ends = instant(shifted(original, start, end), home)
        if (low is None or ends > low) and original.suffix not in meeting.exceptions:
            yield original


def _is_occurrence(master: Copy, original: Moment) -> bool:
    lines = master.meeting.get("recurrence")
    return bool(lines) and occurs(lines, master.meeting.get("start"), original)


def _original(match: re.Match[str]) -> Moment | None:
    """Read the tail of an occurrence's id; None when it is no date."""
    try:
        if match[3] is None:
            return Moment(datetime.strptime(match[2], "%Y%m%d").replace(tzinfo=UTC).date(), 0, "")
        at = datetime.strptime(match[2] + match[3] + "+0000", "%Y%m%d%H%M%S%z")
    except ValueError:
        return None
    return Moment(None, int(at.timestamp()), "UTC")
