"""One event: read, change, answer, make, delete.

Owns: these requests' parameters and bodies. Promises: a list of attendees is sent only with an event that we make, or
as one's own answer with ``attendeesOmitted``, for Google replaces arrays whole; a change is made over the version that
was read and no other; conference data is never touched (``conferenceDataVersion`` stays 0).
Does not: repeat. Repeating is safe for a change (``If-Match``), an insert (our id) and a deletion; quickAdd has nothing
to recognise a repetition by.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.adapters.google import wire
from hybridcal_daemon.adapters.google.lists import own_address
from hybridcal_daemon.adapters.google.requests import (
    BAD_REQUEST,
    Ask,
    Requests,
    common,
    read_event,
    rfc3339,
    sendable_etag,
)
from hybridcal_daemon.domain.events import CalendarEvent, Removed
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import AllDay, When
from hybridcal_daemon.ports import PRIMARY

if TYPE_CHECKING:
    import msgspec

    from hybridcal_daemon.domain.values import Plain, Secret
    from hybridcal_daemon.ports import NewEvent, Reply

_OWN_ID: Final = re.compile(r"[0-9a-v]{5,1024}", re.ASCII)
"""What Google takes as an event's id: the letters of base32hex in lower case (Event resource, ``id``)."""
_DELETED: Final = frozenset({HTTPStatus.GONE})
"""The answer to a second deletion ("Handle API errors": 410 ``deleted``). A 404 may be a slip of the pen in the id, or
a calendar that is out of reach; to call that deleted would be wrong."""


class Events(Requests):
    """Single events."""

    def get_event(
        self, token: Secret[str], quota_user: str, event_id: str, *, calendar: Plain[str] = PRIMARY
    ) -> CalendarEvent | None:
        """events.get. None when cancelled (Google goes on showing those) or gone."""
        url = self._calendar(calendar, "events", event_id)
        params = common(quota_user, wire.EVENT_FIELDS)
        body = self._send_unless_gone(token, Ask(method="GET", url=url, params=params, write=False))
        read = None if body is None else read_event(body, written=False, me=own_address(calendar))
        return None if isinstance(read, Removed) else read

    def patch_description(
        self,
        token: Secret[str],
        quota_user: str,
        event_id: str,
        *,
        etag: str,
        description: Plain[str],
        mark: str | None = "",
    ) -> CalendarEvent:
        """events.patch of the description, and of our own property unless ``mark`` is ''; CONFLICT: not at ``etag``."""
        properties = None if mark == "" else {"private": {"hybridcal": mark}}
        change = wire.DescriptionPatch(description=description.reveal(), extended_properties=properties)
        return self._patch(token, quota_user, event_id, etag, change)

    def respond(
        self, token: Secret[str], quota_user: str, event_id: str, *, etag: str, me: Plain[str], reply: Reply
    ) -> CalendarEvent:
        """events.patch of one's own answer: the one entry, marked as not being the whole list. CONFLICT."""
        answer = wire.Answered(email=me.reveal(), response_status=reply)
        return self._patch(token, quota_user, event_id, etag, wire.ResponsePatch(attendees=[answer]))

    def insert_event(
        self, token: Secret[str], quota_user: str, new: NewEvent, *, calendar: Plain[str] = PRIMARY
    ) -> CalendarEvent:
        """events.insert with our id. CONFLICT google-duplicate when the id is taken: deleting does not free it."""
        ask = Ask(
            method="POST",
            url=self._calendar(calendar, "events"),
            params=self._noisy(quota_user),
            body=new_event(new),
            write=True,
        )
        try:
            body = self._send(token, ask)
        except CallError as error:
            if error.kind is Kind.CONFLICT:  # there is no condition that could fail, so it is the id, whatever is said
                raise CallError(Kind.CONFLICT, "google-duplicate") from None
            raise
        return _alive(read_event(body, written=True, me=own_address(calendar)))

    def delete_event(
        self, token: Secret[str], quota_user: str, event_id: str, *, calendar: Plain[str] = PRIMARY
    ) -> None:
        """events.delete; done when it was deleted before (410). NOT_FOUND: there was never such an event (404)."""
        url = self._calendar(calendar, "events", event_id)
        params = {"sendUpdates": self._settings.send_updates, **common(quota_user)}
        self._send(token, Ask(method="DELETE", url=url, params=params, write=True, done=_DELETED))

    def quick_add(self, token: Secret[str], quota_user: str, text: Plain[str]) -> CalendarEvent:
        """events.quickAdd. A lost answer stays in doubt for ever: a second request would make a second event."""
        url = self._calendar(PRIMARY, "events", "quickAdd")
        params = {"text": text.reveal(), **self._noisy(quota_user)}
        body = self._send(token, Ask(method="POST", url=url, params=params, write=True))
        return _alive(read_event(body, written=True))

    def _patch(
        self, token: Secret[str], quota_user: str, event_id: str, etag: str, change: msgspec.Struct
    ) -> CalendarEvent:
        ask = Ask(
            method="PATCH",
            url=self._calendar(PRIMARY, "events", event_id),
            params=self._noisy(quota_user),
            body=change,
            etag=sendable_etag(etag),
            write=True,
        )
        return _alive(read_event(self._send(token, ask), written=True))

    def _noisy(self, quota_user: str) -> dict[str, str]:
        """Parameters of a write that people may be mailed about."""
        return {"sendUpdates": self._settings.send_updates, **common(quota_user, wire.EVENT_FIELDS)}


def _alive(read: CalendarEvent | Removed) -> CalendarEvent:
    """Somebody cancelled it at the same moment: CONFLICT."""
    if isinstance(read, Removed):
        raise CallError(Kind.CONFLICT, "google-conflict")
    return read


def new_event(new: NewEvent) -> wire.NewEventBody:
    """Body of events.insert. CallError INVALID for an id that Google does not take, or a day that ends at an hour."""
    if not _OWN_ID.fullmatch(new.event_id) or type(new.start) is not type(new.end):
        raise CallError(Kind.INVALID, BAD_REQUEST)
    rooms = [wire.Invited(email=room.reveal(), resource=True) for room in new.rooms]
    return wire.NewEventBody(
        id=new.event_id,
        summary=new.summary.reveal(),
        start=_moment(new.start),
        end=_moment(new.end),
        description=new.description.reveal(),
        location=new.location.reveal(),
        attendees=[wire.Invited(email=guest.reveal()) for guest in new.guests] + rooms,
        recurrence=list(new.recurrence),
    )


def _moment(when: When) -> wire.Moment:
    """Instants are written in UTC; the zone beside them is the one in which a series goes on."""
    if isinstance(when, AllDay):
        return wire.Moment(date=when.day.isoformat())
    return wire.Moment(date_time=rfc3339(when.at), time_zone=when.tz)
