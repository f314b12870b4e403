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
from hybridcal_daemon.domain.events import CalendarEvent, Person, Quarantined, Removed, Response
from hybridcal_daemon.domain.values import AllDay, Instant, Plain, Timed, When
from hybridcal_daemon.ports import EventsPage

_RESPONSES: Final[dict[str, Response]] = {name: name for name in get_args(Response) if name != "organizer"}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class BadItem(Exception):  # noqa: N818 - a fact about an item, becomes Quarantined
    """An item that cannot be read; the argument is a word for the log: shape, time."""


def page(body: bytes) -> EventsPage:
    """Decode a page of events.list. BadJson when not even the envelope is right."""
    wire = _envelope(body)
    events, removed, bad = [], [], []
    for raw in wire.items:
        try:
            read = item(raw, wire.time_zone)
        except BadItem as error:
            bad.append(Quarantined(event_id=_readable_id(raw), reason=str(error)))
            continue
        if isinstance(read, Removed):
            removed.append(read)
        else:
            events.append(read)
    return EventsPage(
        events=tuple(events),
        removed=tuple(removed),
        quarantined=tuple(bad),
        next_page=wire.next_page_token,
        next_token=wire.next_sync_token,
    )


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


def item(raw: bytes | Raw, calendar_zone: str = "") -> CalendarEvent | Removed:
    """Decode one event; ``calendar_zone`` counts where an event names none. BadItem."""
    try:
        head = decode_json(raw, Head)
        if head.status != "cancelled":
            return _event(decode_json(raw, Event), calendar_zone)
    except BadJson:
        raise BadItem("shape") from None
    return _removed(head, calendar_zone)


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
    )


def _event(wire: Event, zone: str) -> CalendarEvent:
    original = wire.original_start_time
    return CalendarEvent(
        event_id=wire.id,
        etag=wire.etag,
        status=wire.status,
        event_type=wire.event_type,
        summary=Plain(wire.summary),
        description=Plain(wire.description),
        location=Plain(wire.location),
        start=when(wire.start, zone),
        end=None if wire.end is None else when(wire.end, zone),
        recurrence=tuple(wire.recurrence),
        series_id=wire.recurring_event_id,
        original_start=None if original is None else when(original, zone),
        organizer=None if wire.organizer is None else _person(wire.organizer, organizer=True),
        organizer_self=wire.organizer is not None and wire.organizer.is_self,
        attendees=tuple(_person(who, organizer=who.organizer) for who in wire.attendees),
        attendees_omitted=wire.attendees_omitted,
        conference_uri=Plain(_conference_uri(wire)),
        private=wire.private_copy,
        locked=wire.locked,
    )


def _conference_uri(wire: Event) -> str:
    """Give the first video entry point, else Meet's own link."""
    points = wire.conference_data.entry_points if wire.conference_data else []
    video = (point.uri for point in points if point.entry_point_type == "video" and point.uri)
    return next(video, wire.hangout_link)


def _person(who: Who, *, organizer: bool) -> Person:
    """An attendee who organises keeps their own answer; the organizer field has none."""
    asked = _RESPONSES.get(who.response_status, "none")
    return Person(
        email=Plain(who.email),
        name=Plain(who.display_name),
        response="organizer" if organizer and not who.response_status else asked,
        optional=who.optional,
        resource=who.resource,
        is_self=who.is_self,
        organizer=organizer,
    )
