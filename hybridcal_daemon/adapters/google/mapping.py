"""From Google's shapes to ours.

Owns: what each field means. Promises: status is looked at first, because a cancelled item lacks nearly everything; an
item that cannot be read becomes ``Quarantined`` with a reason and without its content, and costs nothing else of its
page.
Does not: decide what counts as a meeting (``domain``), or speak HTTP.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from functools import lru_cache
from sys import intern
from typing import Final, get_args
from zoneinfo import ZoneInfo

from msgspec import Raw

from hybridcal_daemon.adapters.google.wire import Event, Head, Moment, Named, Page, Who
from hybridcal_daemon.adapters.http_json import BadJson, decode_json, loads_leniently
from hybridcal_daemon.domain.events import CalendarEvent, EventKind, Person, Quarantined, Removed, Response
from hybridcal_daemon.domain.values import AllDay, Instant, Plain, Timed, When, as_instant
from hybridcal_daemon.ports import EventsPage

_RESPONSES: Final[dict[str, Response]] = {name: name for name in get_args(Response) if name != "organizer"}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
UNKNOWN_ZONE: Final = "X-UNKNOWN-TZID:1"
"""A recurrence line (RFC 5545, 3.8.8.2) that keeps a series from being expanded here: Google has to be asked."""


class BadItem(Exception):  # noqa: N818 - a fact about an item, becomes Quarantined
    """An item that cannot be read; the argument is a word for the log: shape, time."""


_CONFIDENTIAL: Final = frozenset({"private", "confidential"})
_KINDS: Final[dict[str, EventKind]] = {
    "outOfOffice": "out-of-office",
    "focusTime": "focus-time",
    "birthday": "other",
    "fromGmail": "other",
}
_PLACES: Final[dict[str, EventKind]] = {
    "homeOffice": "working-home",
    "officeLocation": "working-office",
    "customLocation": "working-elsewhere",
}
"""``workingLocationProperties.type``."""


def page(body: bytes, *, me: str = "") -> EventsPage:
    """Decode a page of events.list or events.instances. BadJson when not even the envelope is right.

    ``me``: see :func:`item`. Of two items with one id only the newer one is given (google.md C.4, 25).
    """
    wire = _envelope(body)
    found: dict[str, tuple[Head, CalendarEvent | Removed]] = {}
    bad = []
    for raw in wire.items:
        try:
            head, read = _read(raw, wire.time_zone, me)
        except BadItem as error:
            bad.append(Quarantined(event_id=_readable_id(raw), reason=str(error)))
            continue
        if head.id not in found or not _is_older(head, found[head.id][0]):
            found[head.id] = head, read
    return _page(wire, [read for _, read in found.values()], bad)


def _page(wire: Page, found: list[CalendarEvent | Removed], bad: list[Quarantined]) -> EventsPage:
    return EventsPage(
        events=tuple(read for read in found if isinstance(read, CalendarEvent)),
        removed=tuple(read for read in found if isinstance(read, Removed)),
        quarantined=tuple(bad),
        next_page=wire.next_page_token,
        next_token=wire.next_sync_token,
    )


def _is_older(this: Head, other: Head) -> bool:
    """Compare by ``updated``, then ``sequence``; where a row lacks the first (cancelled ones may), by their order."""
    first, second = _updated(this), _updated(other)
    return 0.0 not in {first, second} and (first, this.sequence) < (second, other.sequence)


def _updated(head: Head) -> float:
    try:
        return instant(head.updated)
    except BadItem:
        return 0.0


def _envelope(body: bytes) -> Page:
    """Read a page; where one item spoils the decoding of the whole (half a surrogate pair), take it apart leniently.

    Otherwise anybody who can send an invitation could stop a calendar.
    """
    try:
        return decode_json(body, Page)
    except BadJson:
        loose = loads_leniently(body)
    items = loose.pop("items", [])
    if not isinstance(items, list):
        raise BadJson
    head = decode_json(json.dumps(loose).encode(), Page)
    head.items = [Raw(json.dumps(one).encode()) for one in items]
    return head


def item(raw: bytes | Raw, calendar_zone: str = "", *, me: str = "") -> CalendarEvent | Removed:
    """Decode one event; ``calendar_zone`` counts where an event names none. BadItem.

    ``me``: address whose calendar it is, where Google does not mark it with ``self``: on calendars other than the
    subject's primary one (google.md D "Who"). '' to go by the marks.
    """
    return _read(raw, calendar_zone, me)[1]


def _read(raw: bytes | Raw, zone: str, me: str) -> tuple[Head, CalendarEvent | Removed]:
    try:
        head = decode_json(raw, Head)
        if head.status != "cancelled":
            return head, _event(decode_json(raw, Event), zone, me.lower(), _updated(head))
    except BadJson:
        raise BadItem("shape") from None
    return head, _removed(head, zone)


def when(moment: Moment, calendar_zone: str) -> When:
    """Make a date a day and a time an instant with its zone. BadItem.

    A time has its own offset, which gives the instant; ``timeZone`` says which wall clock it was written for, and
    recurring events are expanded by that.
    """
    try:
        if moment.date is not None:
            return AllDay(day=date.fromisoformat(moment.date))
        zone = moment.time_zone if known_zone(moment.time_zone) else calendar_zone
        zone = zone if known_zone(zone) else "UTC"
        said = datetime.fromisoformat(moment.date_time or "")
        aware = said if said.tzinfo is not None else said.replace(tzinfo=ZoneInfo(zone))
        return Timed(at=math.floor((aware - _EPOCH).total_seconds()), tz=intern(zone))
    except (ValueError, OverflowError):
        raise BadItem("time") from None


@lru_cache(maxsize=1024)
def known_zone(name: str) -> bool:
    """Look whether this machine's time zone database has it; some calendars carry names like ``GMT-0500``."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError; OSError: the name of a directory
        return False
    return True


def instant(text: str) -> Instant:
    """Read RFC 3339 with an offset. BadItem."""
    try:
        said = datetime.fromisoformat(text)
        if said.tzinfo is None:
            raise BadItem("time")
        return Instant((said - _EPOCH).total_seconds())
    except (ValueError, OverflowError):
        raise BadItem("time") from None


def milliseconds(value: str | int | None) -> Instant | None:
    """Epoch milliseconds, as Google writes an int64. BadItem."""
    if value is None:
        return None
    try:
        return Instant(int(value) / 1000.0)
    except (ValueError, OverflowError):
        raise BadItem("time") from None


def _readable_id(raw: Raw) -> str:
    try:
        return decode_json(raw, Named).id or "?"
    except BadJson:
        return "?"


def _removed(head: Head, zone: str) -> Removed:
    original = head.original_start_time
    return Removed(
        event_id=head.id,
        etag=head.etag,
        series_id=head.recurring_event_id,
        original_start=None if original is None else when(original, zone),
        updated=_updated(head),
    )


def _event(wire: Event, zone: str, me: str, updated: float) -> CalendarEvent:
    original = wire.original_start_time
    start = when(wire.start, zone)
    return CalendarEvent(
        event_id=wire.id,
        etag=wire.etag,
        status=wire.status,
        event_type=wire.event_type,
        summary=Plain(wire.summary),
        description=Plain(wire.description),
        location=Plain(wire.location),
        start=start,
        end=None if wire.end is None else _end(start, when(wire.end, zone)),
        recurrence=_recurrence(wire),
        series_id=wire.recurring_event_id,
        original_start=None if original is None else when(original, zone),
        organizer=None if wire.organizer is None else _person(wire.organizer, me, organizer=True),
        organizer_self=wire.organizer is not None and _is_me(wire.organizer, me),
        attendees=tuple(_person(who, me, organizer=who.organizer) for who in wire.attendees),
        attendees_omitted=wire.attendees_omitted,
        guests_hidden=not wire.guests_can_see_other_guests,
        conference_uri=Plain(_conference_uri(wire)),
        conference_kind=_conference_kind(wire),
        mark=wire.extended_properties.private.hybridcal,
        private=wire.private_copy,
        locked=wire.locked,
        confidential=wire.visibility in _CONFIDENTIAL,
        kind=_kind(wire),
        updated=updated,
    )


def _kind(wire: Event) -> EventKind:
    """Give what kind of event it is; a type that does not exist yet counts as a meeting (Calendar v3 ``eventType``)."""
    if wire.event_type == "workingLocation":
        return _PLACES.get(wire.working_location_properties.type, "other")
    return _KINDS.get(wire.event_type, "meeting")


def _end(start: When, end: When) -> When | None:
    """Give the end, unless it is none: of another kind than the start, or before it (google.md D "Time").

    ``endTimeUnspecified`` is not asked for: Google gives an end all the same, "for compatibility".
    """
    return end if type(end) is type(start) and as_instant(end) >= as_instant(start) else None


def _recurrence(wire: Event) -> tuple[str, ...]:
    """Give the lines, and one that nobody can expand where the zone of the series is not known here.

    In another zone its occurrences would be right until the first change of the clocks.
    """
    lost = wire.recurrence and wire.start.time_zone and not known_zone(wire.start.time_zone)
    return (*wire.recurrence, UNKNOWN_ZONE) if lost else tuple(wire.recurrence)


def _conference_uri(wire: Event) -> str:
    """Give the first video entry point, else Meet's own link."""
    points = wire.conference_data.entry_points if wire.conference_data else []
    video = (point.uri for point in points if point.entry_point_type == "video" and point.uri)
    return next(video, wire.hangout_link)


def _conference_kind(wire: Event) -> str:
    """Give who made the conference; ways in that nobody signs are an add-on's."""
    conference = wire.conference_data
    if conference is None:
        return ""
    return conference.conference_solution.key.type or ("addOn" if conference.entry_points else "")


def _is_me(who: Who, me: str) -> bool:
    """Compare addresses in lower case; ``self`` is relative to the calendar in the URL, and no more than a hint."""
    return who.email.lower() == me if me and who.email else who.is_self


def _person(who: Who, me: str, *, organizer: bool) -> Person:
    """An attendee who organises keeps their own answer; the organizer field has none."""
    asked = _RESPONSES.get(who.response_status, "none")
    return Person(
        email=Plain(who.email),
        name=Plain(who.display_name),
        response="organizer" if organizer and not who.response_status else asked,
        optional=who.optional,
        resource=who.resource,
        is_self=_is_me(who, me),
        organizer=organizer,
    )
