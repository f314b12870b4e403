"""An event as JSON.

Owns: what a reader of one calendar sees of a meeting. Promises: fields that have their default value are absent, as in
Google's answers; the result is shared between calls and must not be changed. Does not: filter lists or mask fields.

Based on: ``self`` on organizer, creator and attendees is relative to the calendar in the URL [third-party probe; the
discovery document]; a cancelled exception surely has only id, recurringEventId and originalStartTime, a cancelled event
only its id, except on the organiser's calendar and for who removed the event themselves [discovery document: the
stand-in gives not a field more than promised]; ``maxAttendees`` exceeded leaves only the participant and sets
``attendeesOmitted`` [discovery document]. Of a private event readers below writer get no summary, description or
guests [discovery document]; that organiser, location, properties and conference go with them is unconfirmed, the
stricter guess. On somebody else's calendar the organiser is that calendar, the creator who wrote [recorded response].
Order of fields and ``htmlLink`` [recorded responses].
"""

from __future__ import annotations

import base64
from typing import Any, Final

from hybridcal_daemon.sandbox.google.model import Copy, Fields
from hybridcal_daemon.sandbox.google.recurrence import shifted
from hybridcal_daemon.sandbox.google.times import Moment, shown, stamp

DEFAULTS: Final = {
    "anyoneCanAddSelf": False,
    "endTimeUnspecified": False,
    "guestsCanInviteOthers": True,
    "guestsCanModify": False,
    "guestsCanSeeOtherGuests": True,
}
PLAIN: Final = (
    "focusTimeProperties",
    "outOfOfficeProperties",
    "workingLocationProperties",
    "birthdayProperties",
    "attachments",
    "conferenceData",
    "hangoutLink",
)
NO_DETAIL: Final = frozenset(
    {"kind", "etag", "id", "status", "htmlLink", "created", "updated", "iCalUID", "sequence", "eventType"}
    | {"start", "end", "endTimeUnspecified", "recurrence", "recurringEventId", "originalStartTime"}
    | {"transparency", "visibility"}
)
"""What is left of a private event for readers below writer."""
GUEST_DEFAULTS: Final = {"optional": False, "resource": False, "additionalGuests": 0}


def event_json(
    copy: Copy, zone: str, *, max_attendees: int | None = None, bare: bool = False, hidden: bool = False
) -> Fields:
    """Write a copy for a reader in ``zone``.

    ``bare``: of a cancelled one only what is promised; ``hidden``: of any only what is not private.
    """
    key = f"{zone}/{max_attendees}/{bare}/{hidden}"
    found = copy.rendered.get(key)
    if found is None:
        found = _written(copy, zone, max_attendees, bare=bare)
        if hidden:
            found = {name: value for name, value in found.items() if name in NO_DETAIL}
        copy.rendered[key] = found
    return found


def instance_json(
    copy: Copy, original: Moment, zone: str, *, max_attendees: int | None = None, hidden: bool = False
) -> Fields:
    """Write one occurrence of a series that is no exception; its etag is the series'."""
    series = event_json(copy, zone, max_attendees=max_attendees, hidden=hidden)
    instance_id = f"{copy.id}_{original.suffix}"
    if copy.cancelled:
        return _tombstone(copy, zone) | {
            "id": instance_id,
            "recurringEventId": copy.id,
            "originalStartTime": shown(original, zone),
        }
    start, end = copy.meeting.get("start"), copy.meeting.get("end")
    instance: Fields = {}
    for name, value in series.items():
        if name == "recurrence":
            instance["recurringEventId"] = copy.id
            instance["originalStartTime"] = shown(original, zone)
        else:
            instance[name] = value
    link = _link(instance_id, copy.calendar.address)
    times = {"start": shown(original, zone), "end": shown(shifted(original, start, end), zone)}
    return instance | {"id": instance_id, "htmlLink": link} | times


def _written(copy: Copy, zone: str, max_attendees: int | None, *, bare: bool) -> Fields:
    if copy.cancelled and (bare or copy.meeting.series is not None or not _keeps_details(copy)):
        return _tombstone(copy, zone)
    meeting = copy.meeting
    event: Fields = {
        "kind": "calendar#event",
        "etag": copy.etag,
        "id": copy.id,
        "status": "cancelled" if copy.cancelled else meeting.get("status") or "confirmed",
        "htmlLink": _link(copy.id, copy.calendar.address),
        "created": stamp(meeting.created),
        "updated": stamp(copy.updated),
    }
    _some(event, {name: meeting.get(name) for name in ("summary", "description", "location")})
    _some(event, {name: copy.private_field(name) for name in ("colorId", "eventLabelId")})
    event["creator"] = _person(copy, meeting.creator, "")
    event["organizer"] = _person(copy, meeting.owner, meeting.owner_name)
    event |= _times(copy, zone)
    _some(event, {"transparency": _unless(copy.private_field("transparency"), "opaque")})
    _some(event, {"visibility": _unless(copy.visibility, "default")})
    event |= {"iCalUID": meeting.uid, "sequence": meeting.sequence}
    event |= _guests(copy, max_attendees)
    _some(event, {"extendedProperties": _properties(copy)})
    _some(event, {name: meeting.get(name) for name in PLAIN})
    for name, default in DEFAULTS.items():
        _some(event, {name: _unless(meeting.get(name), default)})
    event["reminders"] = copy.private_field("reminders") or {"useDefault": True}
    _some(event, {"source": meeting.get("source") if copy.is_organiser else None})
    event["eventType"] = meeting.event_type
    return event


def _keeps_details(copy: Copy) -> bool:
    """Details of a cancelled event stay for its organiser and for who removed it themselves."""
    return copy.is_organiser or (copy.gone and any(_is_self(copy, guest) for guest in copy.meeting.guests))


def _tombstone(copy: Copy, zone: str) -> Fields:
    event: Fields = {"kind": "calendar#event", "etag": copy.etag, "id": copy.id, "status": "cancelled"}
    return event | _origin(copy, zone)


def _origin(copy: Copy, zone: str) -> Fields:
    series, original = copy.meeting.series, copy.meeting.original
    if series is None or original is None:
        return {}
    master = copy.master or next(iter(series.copies.values()))
    return {"recurringEventId": master.id, "originalStartTime": shown(original, zone)}


def _times(copy: Copy, zone: str) -> Fields:
    meeting = copy.meeting
    times: Fields = {"start": shown(meeting.get("start"), zone), "end": shown(meeting.get("end"), zone)}
    if meeting.get("recurrence"):
        times["recurrence"] = list(meeting.get("recurrence"))
    return times | _origin(copy, zone)


def _person(copy: Copy, address: str, name: str) -> Fields:
    person: Fields = {"email": address}
    _some(person, {"displayName": name, "self": address == copy.calendar.address})
    return person


def _is_self(copy: Copy, guest: Fields) -> bool:
    return str(guest.get("email", "")).lower() == copy.calendar.address


def _guests(copy: Copy, max_attendees: int | None) -> Fields:
    meeting = copy.meeting
    if not meeting.guests:
        return {}
    written = [_guest(copy, guest) for guest in meeting.guests]
    hidden = meeting.get("guestsCanSeeOtherGuests") is False and not copy.is_organiser
    if not hidden and (max_attendees is None or len(written) <= max_attendees):
        return {"attendees": written}
    kept: Fields = {"attendeesOmitted": True}
    _some(kept, {"attendees": [guest for guest in written if guest.get("self")]})
    return kept


def _guest(copy: Copy, guest: Fields) -> Fields:
    written = {name: value for name, value in guest.items() if GUEST_DEFAULTS.get(name) != value}
    _some(written, {"organizer": str(guest["email"]).lower() == copy.meeting.owner, "self": _is_self(copy, guest)})
    return written


def _properties(copy: Copy) -> Fields:
    properties: Fields = {}
    _some(properties, {"private": copy.private_field("privateProperties")})
    _some(properties, {"shared": copy.meeting.get("sharedProperties")})
    return properties


def _link(event_id: str, address: str) -> str:
    eid = base64.urlsafe_b64encode(f"{event_id} {address}".encode()).decode().rstrip("=")
    return f"https://www.google.com/calendar/event?eid={eid}"


def _unless(value: Any, default: Any) -> Any:  # noqa: ANN401 - any field
    return None if value == default else value


def _some(into: Fields, values: Fields) -> None:
    """Add what has a value; False and empty are Google's "absent" for the fields that come through here."""
    for name, value in values.items():
        if value or (value is False and name in DEFAULTS):
            into[name] = value
