"""freeBusy.query, and when a calendar is busy at all.

Owns: the busy spans of calendars. Promises: series expanded, nothing changed. Does not: say what fills a span.

Based on: the body and its limits, 50 calendars, zone UTC [discovery document]. Errors are inside a 200, by calendar,
with an empty ``busy``: ``notFound`` also for what is not shared [issue report]; too many calendars make every one
``tooManyCalendarsRequested`` [third-party probe: no spans for any]. The key is the id as asked, ``primary`` too; bounds
are answered with milliseconds in UTC, spans in the zone asked for [recorded responses]. Spans that overlap or touch are
merged [issue reports]; they are cut at the bounds [unconfirmed]. More than about three months are refused with 400
``timeRangeTooLong`` [issue report]. Groups are not modelled: one is ``notFound``.

Busy is what is neither cancelled, declined by the calendar's person, transparent nor a working location or birthday
[discovery document; Google guide]. An all-day event fills days of the calendar's zone; a tentative event and one not
answered yet are busy [both unconfirmed].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.sandbox.google import schema
from hybridcal_daemon.sandbox.google.access import RANK, role_at
from hybridcal_daemon.sandbox.google.errors import Refused, calendar_refusal
from hybridcal_daemon.sandbox.google.instances import expanded
from hybridcal_daemon.sandbox.google.recurrence import instant, shifted
from hybridcal_daemon.sandbox.google.times import DAY, local, parse_bound, stamp, zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hybridcal_daemon.sandbox.google.model import Calendar, Copy, Fields, Meeting, User, World

MOST_CALENDARS: Final = 50
MOST_MEMBERS: Final = 100
LONGEST: Final = 92 * DAY
NEVER_BUSY: Final = frozenset({"workingLocation", "birthday"})

Span = tuple[int, int]
"""Half-open, epoch seconds."""


def free_busy(world: World, user: User, body: Fields) -> Fields:
    """Answer freeBusy.query for a person. Refused (400) when the question makes no sense."""
    schema.check(schema.FREE_BUSY_REQUEST, body)
    low, high = _bounds(body)
    home = _zone(body)
    most = _limit(body, "calendarExpansionMax", MOST_CALENDARS)
    _limit(body, "groupExpansionMax", MOST_MEMBERS)
    asked = dict.fromkeys(_id(item) for item in body.get("items") or ())
    if len(asked) > most:
        answers = {name: _error("tooManyCalendarsRequested") for name in asked}
    else:
        answers = {name: _one(world, user, name, (low, high), home) for name in asked}
    return {
        "kind": "calendar#freeBusy",
        "timeMin": stamp(low * 1000),
        "timeMax": stamp(high * 1000),
        "calendars": answers,
    }


def spans(calendar: Calendar, bounds: Span, now: int, *, without: Meeting | None = None) -> Iterator[Span]:
    """Give when a calendar is busy, in no order, unmerged; ``without``: a meeting that does not count."""
    for copy in calendar.copies.values():
        if copy.meeting is not without and (without is None or copy.meeting.series is not without):
            yield from copy_spans(copy, bounds, now)


def copy_spans(copy: Copy, bounds: Span, now: int) -> Iterator[Span]:
    """Give when one event makes its calendar busy, occurrences one by one, those that touch the bounds."""
    meeting, home = copy.meeting, copy.calendar.zone
    if _is_free(copy):
        return
    start, end = meeting.get("start"), meeting.get("end")
    if meeting.get("recurrence"):
        for original in expanded(copy, bounds, now):
            yield instant(original, home), instant(shifted(original, start, end), home)
        return
    span = instant(start, home), instant(end, home)
    if span[1] > bounds[0] and span[0] < bounds[1]:
        yield span


def merged(spans: Iterable[Span]) -> list[Span]:
    """Give the spans in order, those that overlap or touch as one."""
    whole: list[Span] = []
    for begins, ends in sorted(spans):
        if whole and begins <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], ends))
        else:
            whole.append((begins, ends))
    return whole


def _is_free(copy: Copy) -> bool:
    meeting = copy.meeting
    return (
        copy.cancelled
        or meeting.event_type in NEVER_BUSY
        or copy.private_field("transparency") == "transparent"
        or any(
            guest["email"] == copy.calendar.address and guest.get("responseStatus") == "declined"
            for guest in meeting.guests
        )
    )


def _one(world: World, user: User, name: str, bounds: Span, home: str) -> Fields:
    calendar = user.calendar if name == "primary" else world.calendar(name)
    if calendar is None or RANK[role_at(world, user, calendar)] < RANK["freeBusyReader"]:
        return _error("notFound")
    low, high = bounds
    busy = merged((max(low, begins), min(high, ends)) for begins, ends in spans(calendar, bounds, low))
    return {"busy": [{"start": local(begins, home), "end": local(ends, home)} for begins, ends in busy]}


def _error(reason: str) -> Fields:
    return {"errors": [{"domain": "global", "reason": reason}], "busy": []}


# ---- the question ---------------------------------------------------------------------------------------------------


def _bounds(body: Fields) -> Span:
    low, high = (_bound(body, name) for name in ("timeMin", "timeMax"))
    if low >= high:
        raise calendar_refusal(400, "timeRangeEmpty", parameter="timeMax")
    if high - low > LONGEST:
        raise calendar_refusal(400, "timeRangeTooLong", parameter="timeMax")
    return low, high


def _bound(body: Fields, name: str) -> int:
    text = body.get(name)
    if not text:
        raise calendar_refusal(400, "required", f"Missing {name} parameter.", parameter=name)
    try:
        return parse_bound(text)
    except ValueError as wrong:
        raise calendar_refusal(400, "badRequest", "Bad Request", parameter=name) from wrong


def _zone(body: Fields) -> str:
    name = str(body.get("timeZone") or "UTC")
    try:
        zone(name)
    except ValueError as wrong:
        raise _invalid("timeZone", str(wrong)) from wrong
    return name


def _limit(body: Fields, name: str, most: int) -> int:
    value = body.get(name)
    if value is None:
        return most
    if not 1 <= value <= most:
        raise _invalid(name, f"Invalid value '{value}'. Values must be within the range: [1, {most}]")
    return int(value)


def _id(item: dict[str, Any]) -> str:
    if not item.get("id"):
        raise calendar_refusal(400, "required", "Required", parameter="items[].id")
    return str(item["id"])


def _invalid(name: str, what: str) -> Refused:
    return calendar_refusal(400, "invalidParameter", what, parameter=name)
