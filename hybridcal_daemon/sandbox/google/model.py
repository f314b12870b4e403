"""Users, rooms, calendars, meetings and their copies.

Owns: the state of the stand-in and every change of it. Promises: each change gives its copy a new revision, etag and
place in the calendar's order of changes, and marks the calendar as touched (``push.py`` tells the watchers). Does not:
judge requests (``writing.py``), choose what a list shows (``listing.py``) or write JSON (``render.py``).

A *meeting* is what its organiser and guests share; a *copy* is its appearance on one calendar. Based on:
* the organiser's event appears on each guest's calendar with the same id and iCalUID, an own etag, own reminders,
  transparency, colour and private properties [Google guide "Invite users to events"; third-party probes];
* etag = quoted 2 x ``updated`` in microseconds [recorded responses]; changing only reminders gives a new etag but
  leaves ``updated`` alone [discovery document];
* an exception keeps what it changed and takes the rest from its series; a guest's answer is written to the shared
  guest list and so changes every copy [unconfirmed in detail]; above 200 guests Google does not do so
  [discovery document], which is not modelled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.sandbox.google.access import AccessList

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random  # noqa: TID251 - the type of the seeded generator, for annotations

    from hybridcal_daemon.ports import Clock
    from hybridcal_daemon.sandbox.google.times import Moment

Fields = dict[str, Any]

TIME_FIELDS: Final = frozenset({"start", "end", "recurrence", "endTimeUnspecified"})


class User:
    """A person with an account.

    ``address``: lower case; ``admin``: a super admin, who owns every room's calendar; ``external``: in a domain that
    delegates nothing, so that no service account may act for them; ``vacation``: as Gmail answers it, default-valued
    fields absent.
    """

    def __init__(self, address: str, *, name: str, zone: str) -> None:
        self.address = address.lower()
        self.name = name
        self.locale = "en"
        self.zone = zone
        self.calendar_on = True
        self.gmail_on = True
        self.suspended = False
        self.external = False
        self.admin = False
        self.vacation: Fields = {}
        self.calendar = Calendar(self.address, zone)


class Room:
    """A resource that can be booked; nobody signs in as one. ``auto_accept``: answers invitations (``rooms.py``)."""

    def __init__(self, address: str, *, name: str, zone: str) -> None:
        self.address = address.lower()
        self.name = name
        self.auto_accept = True
        self.calendar = Calendar(self.address, zone, is_room=True)


class Calendar:
    """A person's primary or a room's calendar.

    ``copies`` is in order of creation, ``recent`` in order of the last change.
    """

    def __init__(self, address: str, zone: str, *, is_room: bool = False) -> None:
        self.address = address
        self.zone = zone
        self.is_room = is_room
        self.access = AccessList(address)
        self.copies: dict[str, Copy] = {}
        self.recent: dict[str, Copy] = {}
        self.revision = 0
        self.epoch = 0
        self.updated = 0
        self.created_copies = 0


class Meeting:
    """The shared part of an event, or of one occurrence of a series (then ``fields`` holds only what differs).

    ``fields``: as in the API, but ``start``, ``end`` as Moment and ``recurrence`` as a tuple; None in an exception
    means "removed here". ``series`` and ``original`` (a Moment) are given for exceptions.
    """

    def __init__(self, uid: str, owner: str, created: int, fields: Fields) -> None:
        self.uid = uid
        self.owner = owner
        self.owner_name = ""
        self.creator = owner
        self.created = created
        self.fields = fields
        self.cancelled = False
        self.sequence = 0
        self.series: Meeting | None = None
        self.original: Moment | None = None
        self.copies: dict[str, Copy] = {}
        self.exceptions: dict[str, Meeting] = {}

    def get(self, name: str) -> Any:  # noqa: ANN401 - any field
        """Give a shared field, of the series when the exception does not have its own; None when there is none."""
        if self.series is not None and name not in self.fields:
            return None if name == "recurrence" else self.series.fields.get(name)
        return self.fields.get(name)

    def names(self) -> set[str]:
        """Give the names of all fields that have a value here."""
        inherited = set(self.series.fields) - {"recurrence"} if self.series is not None else set()
        return {name for name in inherited | set(self.fields) if self.get(name) is not None}

    @property
    def guests(self) -> list[Fields]:
        """The guest list, entries as in the API, addresses in lower case."""
        return self.get("attendees") or []

    @property
    def event_type(self) -> str:
        """``default`` unless said otherwise."""
        return self.get("eventType") or "default"


class Copy:
    """A meeting on one calendar. ``gone``: its person removed it, or was taken off the guest list."""

    __slots__ = (
        "calendar",
        "etag_ms",
        "gone",
        "id",
        "meeting",
        "private",
        "rendered",
        "revision",
        "sequence",
        "updated",
    )

    def __init__(self, meeting: Meeting, calendar: Calendar, copy_id: str) -> None:
        self.meeting = meeting
        self.calendar = calendar
        self.id = copy_id
        self.private: Fields = {}
        self.gone = False
        self.rendered: dict[str, Any] = {}
        self.sequence = calendar.created_copies
        calendar.created_copies += 1
        self.revision = 0
        self.updated = 0
        self.etag_ms = 0

    @property
    def etag(self) -> str:
        """The entity tag, quotes included."""
        return f'"{self.etag_ms * 2000}"'

    @property
    def master(self) -> Copy | None:
        """The copy of the series on the same calendar; None for no exception, or when only an occurrence is here."""
        series = self.meeting.series
        return None if series is None else series.copies.get(self.calendar.address)

    @property
    def orphaned(self) -> bool:
        """An exception whose whole series is cancelled or gone here: lists do not mention it any more."""
        master = self.master
        return master is not None and (master.gone or master.meeting.cancelled)

    @property
    def cancelled(self) -> bool:
        """Whether its person should see it no more."""
        series = self.meeting.series
        return self.gone or self.meeting.cancelled or self.orphaned or (series is not None and series.cancelled)

    @property
    def is_organiser(self) -> bool:
        """Whether this is the organiser's own copy."""
        return self.meeting.owner == self.calendar.address

    @property
    def visibility(self) -> str:
        """``default`` unless said otherwise; a room shows its guests' meetings as their organiser wants them shown."""
        said = self.meeting.copies.get(self.meeting.owner, self) if self.calendar.is_room else self
        return said.private_field("visibility") or "default"

    def private_field(self, name: str) -> Any:  # noqa: ANN401 - any field
        """Give a field of this copy alone, the series' one when an exception has none of its own."""
        if name in self.private or self.master is None:
            return self.private.get(name)
        return self.master.private.get(name)


class World:
    """Everything there is, and what changed since the watchers were last told (``touched``: event types)."""

    def __init__(self, clock: Clock, random: Random) -> None:
        self._clock = clock
        self.random = random
        self.users: dict[str, User] = {}
        self.rooms: dict[str, Room] = {}
        self.touched: dict[Calendar, set[str]] = {}
        self.mails: list[dict[str, Any]] = []

    def now_ms(self) -> int:
        """Epoch milliseconds."""
        return int(self._clock.now() * 1000)

    def user(self, address: str) -> User | None:
        """Find a person; addresses are compared without case."""
        return self.users.get(address.lower())

    def calendar(self, address: str) -> Calendar | None:
        """Find a person's or room's calendar."""
        holder = self.users.get(address.lower()) or self.rooms.get(address.lower())
        return None if holder is None else holder.calendar

    def name_of(self, address: str) -> str:
        """Give a person's or room's name, '' when there is none."""
        holder = self.users.get(address.lower()) or self.rooms.get(address.lower())
        return "" if holder is None else holder.name

    def new_id(self) -> str:
        """Make an event id in Google's alphabet (base32hex)."""
        return "".join(self.random.choices("0123456789abcdefghijklmnopqrstuv", k=26))

    # ---- changes ----------------------------------------------------------------------------------------------------

    def add_meeting(self, calendar: Calendar, creator: str, event_id: str, uid: str, fields: Fields) -> Copy:
        """Put a new meeting on its organiser's calendar and its guests'; give the organiser's copy."""
        meeting = Meeting(uid, calendar.address, self.now_ms(), fields)
        meeting.owner_name, meeting.creator = self.name_of(calendar.address), creator
        copy = self._add_copy(meeting, calendar, event_id)
        self.invite(meeting)
        return copy

    def add_exception(self, master: Copy, original: Moment, fields: Fields) -> Copy:
        """Make an occurrence differ from its series, on every calendar that has it; give the copy beside ``master``."""
        series = master.meeting
        meeting = Meeting(series.uid, series.owner, self.now_ms(), fields)
        meeting.series, meeting.original, meeting.sequence = series, original, series.sequence
        meeting.owner_name, meeting.creator = series.owner_name, series.creator
        series.exceptions[original.suffix] = meeting
        for copy in list(series.copies.values()):
            if not copy.gone:
                self._add_copy(meeting, copy.calendar, f"{copy.id}_{original.suffix}")
        self.invite(meeting)
        return meeting.copies[master.calendar.address]

    def change(self, meeting: Meeting, changes: Fields) -> None:
        """Write shared fields and tell every copy, those of exceptions that inherit a changed field included."""
        if changes.keys() & TIME_FIELDS:
            meeting.sequence += 1
        meeting.fields.update(changes)
        if meeting.series is None:
            for name in [name for name, value in meeting.fields.items() if value is None]:
                del meeting.fields[name]
        self.invite(meeting)
        self.bump_all(meeting)
        for exception in meeting.exceptions.values():
            if not exception.cancelled and changes.keys() - TIME_FIELDS - exception.fields.keys():
                self.invite(exception)
                self.bump_all(exception)

    def cancel(self, meeting: Meeting) -> None:
        """Cancel a meeting on every calendar."""
        meeting.cancelled = True
        self.bump_all(meeting)
        for exception in meeting.exceptions.values():
            for copy in exception.copies.values():
                if copy.master is None:
                    self.bump(copy)

    def invite(self, meeting: Meeting) -> None:
        """Give every known guest a copy and take it from who is no guest any more."""
        wanted = {str(guest.get("email", "")).lower() for guest in meeting.guests} | {meeting.owner.lower()}
        for address in sorted(wanted - {held.lower() for held in meeting.copies}):
            calendar = self.calendar(address)
            if calendar is not None:
                self._add_copy(meeting, calendar, self._copy_id(meeting, calendar))
        for copy in meeting.copies.values():
            gone = copy.calendar.address.lower() not in wanted
            if gone != copy.gone and (gone or self._may_return(copy)):
                copy.gone = gone
                self.bump(copy)

    def bump_all(self, meeting: Meeting) -> None:
        """Mark every copy as changed that its person still has."""
        for copy in meeting.copies.values():
            if not copy.gone:
                self.bump(copy)

    def bump(self, copy: Copy, *, quiet: bool = False) -> None:
        """Mark a copy as changed: new etag, new revision; ``quiet`` leaves ``updated`` as it is."""
        calendar = copy.calendar
        calendar.revision += 1
        copy.revision = calendar.revision
        copy.etag_ms = max(copy.etag_ms + 1, self.now_ms())
        if not quiet:
            copy.updated = calendar.updated = copy.etag_ms
        calendar.recent.pop(copy.id, None)
        calendar.recent[copy.id] = copy
        self._forget_rendering(copy)
        self.touched.setdefault(calendar, set()).add(copy.meeting.event_type)

    # ---- inside -----------------------------------------------------------------------------------------------------

    def _add_copy(self, meeting: Meeting, calendar: Calendar, copy_id: str) -> Copy:
        copy = Copy(meeting, calendar, copy_id)
        meeting.copies[calendar.address] = calendar.copies[copy_id] = copy
        self.bump(copy)
        return copy

    def _copy_id(self, meeting: Meeting, calendar: Calendar) -> str:
        """Give the id that the copies have; another one when a different event of this calendar has it already."""
        first = next(iter(meeting.copies.values()), None)
        wanted = first.id if first is not None else self.new_id()
        return wanted if wanted not in calendar.copies else self.new_id()

    @staticmethod
    def _may_return(copy: Copy) -> bool:
        """Guests who removed a meeting themselves have declined it; they get it back only by a new answer."""
        for guest in copy.meeting.guests:
            if str(guest.get("email", "")).lower() == copy.calendar.address.lower():
                return guest.get("responseStatus") != "declined"
        return True

    @staticmethod
    def _forget_rendering(copy: Copy) -> None:
        copy.rendered.clear()
        for exception in _exceptions_beside(copy):
            exception.rendered.clear()


def _exceptions_beside(copy: Copy) -> Iterator[Copy]:
    for meeting in copy.meeting.exceptions.values():
        beside = meeting.copies.get(copy.calendar.address)
        if beside is not None:
            yield beside
