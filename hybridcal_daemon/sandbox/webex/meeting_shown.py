"""How a meeting looks to a caller, and its occurrences.

Owns: the fields of a series and of an occurrence. Promises: every field that the OpenAPI requires is there, the secrets
``hostKey`` and ``password`` among them. Does not: choose which are shown.

Based on:

* Names, types and required fields; the id of an occurrence is the series' id and its start; ``isModified``; states;
  times in the zone of the ``timezone`` header of a GET, UTC without [public OpenAPI, some in its examples].
* The stamp in the id of a moved occurrence stays; number and link of a changed occurrence are the series'; ready from
  15 minutes before; a dial-in code that is the meeting number: [unverified].
* ``integrationTags`` are shown to the client only that set them [public OpenAPI].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.domain.values import Instant
from hybridcal_daemon.sandbox.webex.meeting_times import from_stamp, stamp, starts, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hybridcal_daemon.sandbox.webex.meeting_world import Meeting

READY: Final = 15 * 60
HORIZON: Final = 5 * 366 * 86_400
FURTHEST: Final = 20 * 366 * 86_400
DEFAULTS: Final[dict[str, Any]] = {
    "enabledAutoRecordMeeting": False,
    "allowAnyUserToBeCoHost": False,
    "enabledJoinBeforeHost": False,
    "enableConnectAudioBeforeHost": False,
    "joinBeforeHostMinutes": 0,
    "excludePassword": False,
    "publicMeeting": False,
    "reminderTime": 10,
    "unlockedMeetingJoinSecurity": "allowJoin",
    "enableAutomaticLock": False,
    "automaticLockMinutes": 0,
    "allowFirstUserToBeCoHost": False,
    "allowAuthenticatedDevices": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One occurrence of a series. ``original``: its start by the rule."""

    meeting: Meeting
    original: Instant
    start: Instant
    end: Instant
    title: str
    agenda: str
    modified: bool

    @property
    def id(self) -> str:
        """Id under which REST calls know it."""
        return f"{self.meeting.id}_{stamp(self.original)}"


def occurrences(meeting: Meeting, until: Instant) -> Iterator[Occurrence]:
    """Give those that take place, in the order of the rule, whose original start is before ``until``."""
    for original in starts(meeting.recurrence, meeting.start, meeting.zone):
        if original >= until:
            return
        held = _occurrence(meeting, original)
        if held is not None:
            yield held


def brought_forward(meeting: Meeting, until: Instant) -> list[Occurrence]:
    """Give the changed ones whose original start is not before ``until``."""
    changed = (_occurrence(meeting, original) for original in meeting.changes if original >= until)
    return [held for held in changed if held is not None]


def find(meeting: Meeting, text: str) -> Occurrence | None:
    """Give the occurrence that the second part of an id names; None when it does not take place."""
    original = from_stamp(text)
    if original is None or original > meeting.start + FURTHEST:
        return None
    for at in starts(meeting.recurrence, meeting.start, meeting.zone):
        if at >= original:
            return _occurrence(meeting, at) if at == original else None
    return None


def _occurrence(meeting: Meeting, original: Instant) -> Occurrence | None:
    change = meeting.changes.get(original)
    if change is not None and change.cancelled:
        return None
    length = meeting.end - meeting.start
    return Occurrence(
        meeting=meeting,
        original=original,
        start=original if change is None else change.start,
        end=Instant(original + length) if change is None else change.end,
        title=meeting.title if change is None or change.title is None else change.title,
        agenda=meeting.agenda if change is None or change.agenda is None else change.agenda,
        modified=change is not None,
    )


def current(meeting: Meeting, now: Instant) -> Occurrence | None:
    """Give the occurrence that goes on or comes next; None when all are over."""
    every = occurrences(meeting, Instant(max(now, meeting.start) + HORIZON))
    return next((held for held in every if held.end > now), None)


def series_shown(
    meeting: Meeting, home: str, client_id: str, now: Instant, *, upcoming: bool = False
) -> dict[str, Any]:
    """Write a series; ``upcoming``: with the times of the current occurrence."""
    held = current(meeting, now)
    span = (held.start, held.end) if held is not None and upcoming else (meeting.start, meeting.end)
    value = {
        "id": meeting.id,
        "meetingSeriesId": meeting.id,
        "meetingType": "meetingSeries",
        "state": "expired" if held is None else "active",
        **_common(meeting, home, span, client_id),
        **_texts(meeting.title, meeting.agenda),
    }
    return value | ({"recurrence": meeting.recurrence} if meeting.recurrence else {})


def occurrence_shown(held: Occurrence, home: str, client_id: str, now: Instant) -> dict[str, Any]:
    """Write an occurrence."""
    return {
        "id": held.id,
        "meetingSeriesId": held.meeting.id,
        "meetingType": "scheduledMeeting",
        "state": _state(held, now),
        "isModified": held.modified,
        **_common(held.meeting, home, (held.start, held.end), client_id),
        **_texts(held.title, held.agenda),
    }


def _state(held: Occurrence, now: Instant) -> str:
    if now >= held.end:
        return "missed"
    return "ready" if now >= held.start - READY else "scheduled"


def _texts(title: str, agenda: str) -> dict[str, Any]:
    return {"title": title, **({"agenda": agenda} if agenda else {})}


def _common(meeting: Meeting, home: str, span: tuple[Instant, Instant], client_id: str) -> dict[str, Any]:
    value: dict[str, Any] = {
        "meetingNumber": meeting.number,
        "password": meeting.password,
        "phoneAndVideoSystemPassword": meeting.phone_password,
        "timezone": home,
        "start": written(span[0], home),
        "end": written(span[1], home),
        "hostUserId": meeting.host.rest_id,
        "hostDisplayName": meeting.host.name,
        "hostEmail": meeting.host.address,
        "hostKey": meeting.host_key,
        "siteUrl": meeting.site,
        "webLink": web_link(meeting),
        "sipAddress": f"{meeting.number}@{meeting.site}",
        "dialInIpAddress": "192.0.2.10",
        "scheduledType": "meeting",
        **DEFAULTS,
        **meeting.options,
        "telephony": telephony(meeting),
        "enabledBreakoutSessions": False,
    }
    if meeting.room is not None:
        value["roomId"] = meeting.room.rest_id
    if meeting.tags and meeting.client_id == client_id:
        value["integrationTags"] = list(meeting.tags)
    return value


def web_link(meeting: Meeting) -> str:
    """Give the address that opens the meeting."""
    return f"https://{meeting.site}/{meeting.site.partition('.')[0]}/j.php?MTID={meeting.link_id}"


def telephony(meeting: Meeting) -> dict[str, Any]:
    """Write how to join by telephone."""
    href = f"/api/v1/meetings/{meeting.id}/globalCallinNumbers"
    return {
        "accessCode": meeting.number,
        "callInNumbers": [
            {"label": "US Toll", "callInNumber": "+1-555-010-0100", "tollType": "toll"},
            {"label": "US Toll Free", "callInNumber": "+1-555-010-0101", "tollType": "tollFree"},
        ],
        "links": [{"rel": "globalCallinNumbers", "href": href, "method": "GET"}],
    }
