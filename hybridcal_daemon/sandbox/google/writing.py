"""events.insert, events.patch and events.delete.

Owns: who may write what of an event, and what a write does to series and occurrences. Promises: a refused write changes
nothing. Does not: check single fields (``rules.py``) or guests (``guests.py``), or ask for a role (``api.py`` does).

Based on:
* ``If-Match`` must be the current etag or ``*``, else 412 ``conditionNotMet``, for patch and delete [third-party
  probes; reference of errors]; for an occurrence that is no exception yet it is compared with the series' etag
  [unconfirmed].
* Client ids: base32hex, 5 to 1024 characters [discovery document]; a used one is 409 ``duplicate``, also after deletion
  [third-party probe].
* On a guest's copy shared fields are 403 ``forbiddenForNonOrganizer``, even with an unchanged value [issue reports; the
  stricter reading], unless ``guestsCanModify``; private ones may be written [issue reports disagree].
* Second delete: 410 ``deleted`` [Google guide]. A guest's delete takes the event off their calendar and declines
  [unconfirmed]. Patch of a cancelled event: 410 ``deleted`` [table of errors], unless the organiser restores it with
  ``status`` [discovery document: "so that they can be restored"].
* Every accepted patch gives a new etag and a notification, also one that changes nothing [third-party probes].
* A series whose times change loses the exceptions that are no occurrence any more [third-party probe: "reset"].
* ``eventType`` is immutable, fromGmail cannot be created; text of birthday and workingLocation events cannot be
  patched [discovery document; the reason word is unconfirmed].
* On somebody else's calendar a new event's organiser is that calendar [recorded response]; nobody may write what they
  may not read [unconfirmed].
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.sandbox.google import guests, status_events
from hybridcal_daemon.sandbox.google.errors import calendar_refusal
from hybridcal_daemon.sandbox.google.instances import Target, find
from hybridcal_daemon.sandbox.google.recurrence import occurs, shifted
from hybridcal_daemon.sandbox.google.rooms import answered
from hybridcal_daemon.sandbox.google.rules import Before, Draft, draft

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.google.access import Seat
    from hybridcal_daemon.sandbox.google.model import Calendar, Copy, Fields, Meeting, World

_CLIENT_ID: Final = re.compile(r"[a-v0-9]{5,1024}")
MOVES: Final = frozenset({"start", "end", "recurrence"})
_RIGID: Final = frozenset({"birthday", "workingLocation", "fromGmail"})


class Writer:
    """Writes to calendars; whether somebody may write there at all has been asked before (``api.py``)."""

    def __init__(self, world: World) -> None:
        self._world = world

    # ---- insert -----------------------------------------------------------------------------------------------------

    def insert(self, seat: Seat, body: Fields, query: dict[str, Any]) -> Copy:
        """Create an event. Refused 400, 409."""
        before = Before(lambda _: None, lambda _: None, 0, seat.calendar.zone)
        made = draft(self._world, {"start": None, "end": None, **body}, query, before)
        event_id = self._new_id(seat.calendar, body)
        fields = {name: value for name, value in made.shared.items() if value is not None}
        fields["eventType"] = kind = body.get("eventType") or "default"
        status_events.check(kind, body, fields["start"], fields["end"], primary=not seat.calendar.is_room)
        if body.get("attendees"):
            fields["attendees"] = guests.by_organiser(self._world, body["attendees"], [])
        uid = body.get("iCalUID") or f"{event_id}@google.com"
        copy = self._world.add_meeting(seat.calendar, seat.address, event_id, uid, fields)
        self._write_private(copy, made.private)
        self._book_rooms(copy, [], moved=True)
        self._mail(copy, "insert", query)
        if made.status == "cancelled":
            self._world.cancel(copy.meeting)
        return copy

    def _new_id(self, calendar: Calendar, body: Fields) -> str:
        wish = body.get("id")
        if wish is None:
            return self._world.new_id()
        if not _CLIENT_ID.fullmatch(wish):
            raise calendar_refusal(400, "invalid", "Invalid resource id value.", parameter="resource.id")
        if wish in calendar.copies:
            raise calendar_refusal(409, "duplicate")
        return str(wish)

    # ---- patch ------------------------------------------------------------------------------------------------------

    def patch(self, seat: Seat, event_id: str, body: Fields, query: dict[str, Any], if_match: str | None) -> Target:
        """Change an event or occurrence; give where it is now. Refused 400, 403, 404, 410, 412."""
        target = self._found(seat, event_id)
        self._check_etag(target.copy, if_match)
        made = draft(self._world, body, query, _before(target))
        if target.copy.cancelled and not (_restores(target, made) and target.copy.is_organiser):
            raise calendar_refusal(410, "deleted")
        if made.status == "cancelled":
            self._remove(target)
            return find(seat.calendar, event_id)
        shared = self._allowed(target, made, body)
        copy = self._pinned(target)
        before = copy.meeting.guests
        self._apply(copy, shared, made.private)
        self._book_rooms(copy, before, moved=bool(MOVES & shared.keys()))
        self._mail(copy, "patch", query)
        return Target(copy, None)

    def _allowed(self, target: Target, made: Draft, body: Fields) -> Fields:
        """Give the shared changes, guests included, that this writer may make. Refused 403, 400."""
        meeting, shared = target.copy.meeting, dict(made.shared)
        self._check_type(meeting, shared, body)
        leads = target.copy.is_organiser or bool(meeting.get("guestsCanModify"))
        if shared and not leads:
            raise calendar_refusal(403, "forbiddenForNonOrganizer")
        if "attendees" in body:
            shared["attendees"] = self._guests(target.copy, body, leads=leads)
        return shared

    def _guests(self, copy: Copy, body: Fields, *, leads: bool) -> list[Fields]:
        sent, before, address = body["attendees"] or [], copy.meeting.guests, copy.calendar.address
        if body.get("attendeesOmitted"):
            return guests.own_answer(address, sent, before)
        if leads:
            return guests.by_organiser(self._world, sent, before)
        may_invite = copy.meeting.get("guestsCanInviteOthers") is not False
        return guests.by_guest(self._world, address, sent, before, may_invite=may_invite)

    @staticmethod
    def _check_type(meeting: Meeting, shared: Fields, body: Fields) -> None:
        kind = meeting.event_type
        if body.get("eventType") not in {None, kind}:
            raise calendar_refusal(400, "eventTypeRestriction", "The event type cannot be changed.")
        if kind in _RIGID and shared.keys() & {"summary", "description", "location"}:
            raise calendar_refusal(400, "eventTypeRestriction", f"Not allowed for events of type {kind}.")

    def _pinned(self, target: Target) -> Copy:
        """Give the copy to write to: an occurrence that is no exception yet becomes one."""
        if target.original is None:
            return target.copy
        start, end = target.copy.meeting.get("start"), target.copy.meeting.get("end")
        times = {"start": target.original, "end": shifted(target.original, start, end)}
        return self._world.add_exception(target.copy, target.original, times)

    def _apply(self, copy: Copy, shared: Fields, private: Fields) -> None:
        meeting = copy.meeting
        if shared:
            self._change(meeting, shared)
        elif not private:
            self._world.bump(copy)
        self._write_private(copy, private)

    def _change(self, meeting: Meeting, shared: Fields) -> None:
        restored, meeting.cancelled = meeting.cancelled, False
        self._world.change(meeting, shared)
        if {"start", "recurrence"} & shared.keys():
            self._drop_lost_exceptions(meeting)
        if restored:
            for exception in meeting.exceptions.values():
                self._world.bump_all(exception)

    def _write_private(self, copy: Copy, private: Fields) -> None:
        if private:
            copy.private.update(private)
            self._world.bump(copy, quiet=private.keys() == {"reminders"})
            if "visibility" in private and copy.is_organiser:
                for other in copy.meeting.copies.values():
                    if other.calendar.is_room and not other.gone:
                        self._world.bump(other)

    def _book_rooms(self, copy: Copy, before: list[Fields], *, moved: bool) -> None:
        """Let the rooms among the guests answer."""
        meeting, rooms = copy.meeting, self._world.rooms
        if not rooms or not any(guest["email"] in rooms for guest in meeting.guests):
            return
        guests = answered(self._world, meeting, before, moved=moved, writer=copy.calendar.address)
        if guests != meeting.guests:
            self._world.change(meeting, {"attendees": guests})

    def _drop_lost_exceptions(self, series: Meeting) -> None:
        lines, start = series.get("recurrence"), series.get("start")
        for exception in series.exceptions.values():
            kept = lines and exception.original is not None and occurs(lines, start, exception.original)
            if not kept and not exception.cancelled:
                self._world.cancel(exception)

    # ---- delete -----------------------------------------------------------------------------------------------------

    def delete(self, seat: Seat, event_id: str, query: dict[str, Any], if_match: str | None) -> None:
        """Delete an event or occurrence. Refused 403, 404, 410, 412."""
        target = self._found(seat, event_id)
        if target.copy.cancelled:
            raise calendar_refusal(410, "deleted")
        self._check_etag(target.copy, if_match)
        self._mail(target.copy, "delete", query)
        self._remove(target)

    def _remove(self, target: Target) -> None:
        copy = self._pinned(target)
        if copy.is_organiser:
            self._world.cancel(copy.meeting)
            return
        address = copy.calendar.address
        copy.gone = True
        self._world.bump(copy)
        declined = guests.answered(address, "declined", copy.meeting.guests)
        self._world.change(copy.meeting, {"attendees": declined})

    # ---- both -------------------------------------------------------------------------------------------------------

    @staticmethod
    def _found(seat: Seat, event_id: str) -> Target:
        target = find(seat.calendar, event_id)
        if seat.hides(target.copy):
            seat.needs("writer")
        return target

    @staticmethod
    def _check_etag(copy: Copy, if_match: str | None) -> None:
        if if_match is None or if_match.strip() == "*":
            return
        if copy.etag not in {etag.strip() for etag in if_match.split(",")}:
            raise calendar_refusal(412, "conditionNotMet", header="If-Match")

    def _mail(self, copy: Copy, action: str, query: dict[str, Any]) -> None:
        """Remember whom Google would mail about this (all guests, those without a calendar here, or nobody)."""
        whom = query.get("sendUpdates") or ("all" if query.get("sendNotifications") else "none")
        if whom == "none":
            return
        addresses = [guest["email"] for guest in copy.meeting.guests if guest["email"] != copy.calendar.address]
        people = [address for address in addresses if address not in self._world.rooms]
        to = [address for address in people if whom == "all" or self._world.user(address) is None]
        if to:
            self._world.mails.append({"event": copy.id, "action": action, "by": copy.calendar.address, "to": to})


def _restores(target: Target, made: Draft) -> bool:
    """A patch may bring back a cancelled event, or occurrence of a living series, by giving it a status again."""
    return made.status in {"confirmed", "tentative"} and target.copy.meeting.cancelled and not target.copy.orphaned


def _before(target: Target) -> Before:
    """Give the fields that a patch meets, of an occurrence as if it already were an exception."""
    copy, original = target
    meeting, zone = copy.meeting, copy.calendar.zone
    if original is None:
        is_occurrence = meeting.series is not None
        return Before(meeting.get, copy.private_field, meeting.sequence, zone, is_occurrence)
    end = shifted(original, meeting.get("start"), meeting.get("end"))
    times: Fields = {"start": original, "end": end, "recurrence": None}
    return Before(
        lambda name: times[name] if name in times else meeting.get(name),
        copy.private_field,
        meeting.sequence,
        zone,
        is_occurrence=True,
    )
