"""Meetings and spaces at Webex: as many as events ask for, as the events are, and nobody was told.

Owns: what is looked at after each request (no meeting twice, no mail), and the comparison at quiescence. Promises: what
an event asks for is read in its location, when it takes place in the stand-in's own expansion. Does not: look into the
daemon, except for which event a tag was made for.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.domain.joinblock import BEGIN
from hybridcal_daemon.domain.values import Instant
from hybridcal_daemon.sandbox.webex.meeting_shown import occurrences
from hybridcal_daemon.sandbox.webex.world import Membership
from tests.simulation.house import Violated
from tests.simulation.plans import MOST_IN_SPACE, asked_by, at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hybridcal_daemon.sandbox.webex.meeting_world import Meeting
    from hybridcal_daemon.sandbox.webex.world import Room
    from tests.simulation.house import House
    from tests.simulation.outside import Exchange, Outside
    from tests.simulation.people import People
    from tests.simulation.scheduler import SimScheduler

MINUTE, DAY = 60.0, 86400.0
_SOON: Final = 120.0
_SHORTEST: Final = 10 * MINUTE
_COMPARED: Final = 7 * DAY
_KNOWN: Final = 30 * DAY
"""Events that begin later may not be known yet, or not be any more."""
_OWN: Final = frozenset({"onetime", "space"})


class Meetings:
    """Watches the wire, and compares. ``by_hand``: whom somebody made a member of a space (by its first id)."""

    def __init__(self, scheduler: SimScheduler, outside: Outside, house: House, people: People) -> None:
        self._scheduler = scheduler
        self._outside = outside
        self._book = outside.webex.world.meetings
        self._house = house
        self._people = people
        self.by_hand: dict[int, set[str]] = {}

    # ---- each request

    def saw(self, exchange: Exchange) -> None:
        """Look at one exchange."""
        if self._book.mails:
            raise Violated("mail", f"{exchange.name} had {len(self._book.mails[0].to)} people mailed by Webex")
        if exchange.name == "webex.meeting-make" and exchange.well:
            twice = [tag for tag, count in Counter(self._living_tags()).items() if count > 1]
            if twice:
                raise Violated("meeting-twice", f"two meetings with the tag {twice[0]}")
            if exchange.fault:
                self._scheduler.reached["meeting in doubt"] += 1
        if exchange.name == "webex.space-make" and exchange.well and exchange.fault:
            self._scheduler.reached["space in doubt"] += 1

    def _living_tags(self) -> Iterator[str]:
        return (tag for meeting in self._book.living() for tag in meeting.tags)

    # ---- whose

    def made_for(self, event_id: str) -> int:
        """How many meetings were ever made for an event."""
        tags = {tag for tag, (_, event) in self._house.tags.items() if event == event_id}
        return sum(not tags.isdisjoint(meeting.tags) for meeting in self._book.by_id.values())

    def living(self, user: str, event_id: str) -> list[Meeting]:
        """Meetings that stand for an event of somebody in their present life as a user."""
        tags = {tag for tag, whose in self._house.tags.items() if whose == (user, event_id)}
        return [meeting for meeting in self._book.living() if not tags.isdisjoint(meeting.tags)]

    def ways(self, address: str, user: str, event_id: str, asks: str) -> list[str] | None:
        """What a link to where an event takes place has in it; None when there may be no meeting of it."""
        if asks == "myroom":
            person = self._outside.webex.world.somebody(address)
            return [f"/meet/{person.room.name}"]
        meetings = self.living(user, event_id)
        return [meeting.link_id for meeting in meetings] or None

    # ---- at rest

    def check(self, address: str, user: str) -> None:
        """One meeting for each event that asks for one, as the event is; none for any other."""
        rows = {row["id"]: row for row in self._outside.google.dump_events(address)}
        coming = self._coming(address)
        for event_id, row in rows.items():
            wanted = self._wanted(row, rows, coming.get(_asker(row, rows), []))
            living = [
                meeting
                for meeting in self.living(user, event_id)
                if wanted or (self._is_to_come(meeting) and not self._is_missed(user, row))
            ]
            if wanted is not None and len(living) != int(wanted):
                raise Violated("meeting", f"{len(living)} meetings for {event_id}, {int(wanted)} are wanted")
            for meeting in living if wanted else ():
                self._compare(meeting, row, coming.get(event_id, []))
        self._check_strays(user, rows)

    def _coming(self, address: str) -> dict[str, list[dict[str, Any]]]:
        """What takes place from now on, by the id of the row that asks for its meeting."""
        now = self._scheduler.clock.now()
        by_row: dict[str, list[dict[str, Any]]] = {}
        rows = {row["id"]: row for row in self._outside.google.dump_events(address)}
        for event in self._outside.google.instances(address, now - DAY, now + 31 * DAY):
            if at(event, "end") > now:
                by_row.setdefault(_asker(event, rows), []).append(event)
        return by_row

    def _wanted(self, row: dict[str, Any], rows: dict[str, Any], coming: list[dict[str, Any]]) -> bool | None:
        """Whether there must be a meeting for a row; None when either is right."""
        if not row.get("organizer", {}).get("self") or row["status"] == "cancelled":
            return False
        if asked_by(row.get("location", "")) not in _OWN:
            return False
        if len(row.get("attendees", ())) >= MOST_IN_SPACE and asked_by(row.get("location", "")) == "space":
            return None  # it may have got one when there were fewer
        sure = any(self._is_known(event) for event in coming) and not _is_far(row, rows, coming)
        if _asker(row, rows) != row["id"]:
            return False if sure else None
        return True if sure and "dateTime" in row["start"] else None

    def _is_known(self, event: dict[str, Any]) -> bool:
        """Whether an event is one that the daemon must know and make a meeting for."""
        now = self._scheduler.clock.now()
        return "dateTime" in event["start"] and at(event, "end") > now + _SOON and at(event) < now + _KNOWN

    def _is_missed(self, user: str, row: dict[str, Any]) -> bool:
        """Whether the stream of changes never told of an event's end, since its token was void.

        A full list does not show what is gone, and neither what is far away: the meeting stays until it is over.
        """
        snapshot = self._house.store.snapshot(user)
        if row["status"] != "cancelled" or any(fact.event_id == row["id"] for fact in snapshot.events):
            return False
        known_at = datetime.fromisoformat(row["updated"]).timestamp() if row.get("updated") else 0.0
        self._scheduler.reached["end of an event missed"] += 1
        return snapshot.durable.full_at >= known_at

    def _is_to_come(self, meeting: Meeting) -> bool:
        now = self._scheduler.clock.now()
        return any(one.end > now for one in occurrences(meeting, Instant(now + 40 * DAY)))

    def _compare(self, meeting: Meeting, row: dict[str, Any], coming: list[dict[str, Any]]) -> None:
        if meeting.title != row.get("summary", ""):
            raise Violated("meeting", f"the meeting of {row['id']} is not called as the event")
        if "date" in row["start"] or any("date" in event["start"] for event in coming):
            return
        now = self._scheduler.clock.now()
        low, high = now + _SHORTEST, now + _COMPARED
        expected = {(at(event), max(at(event, "end"), at(event) + _SHORTEST)) for event in coming}
        expected = {span for span in expected if low < span[0] < high}
        every = [(float(one.start), float(one.end)) for one in occurrences(meeting, Instant(high + 40 * DAY))]
        found = {span for span in every if low < span[0] < high}
        if self._is_odd(row):  # Webex gets one occurrence after the other
            expected = set() if any(start <= low and end > now for start, end in every) else set(sorted(expected)[:1])
        if found != expected:
            wrong = min(found ^ expected)
            where = "Webex" if wrong in found else "the calendar"
            raise Violated("meeting", f"{row['id']} takes place from {wrong[0]:.0f} to {wrong[1]:.0f} only in {where}")
        if asked_by(row.get("location", "")) == "space":
            self._check_space(meeting, row)

    def _is_odd(self, row: dict[str, Any]) -> bool:
        """Whether it is a series whose rule Webex cannot take, or the daemon does not trust."""
        plan = self._people.plans.get(row["id"])
        dates = any(line.startswith("RDATE") for line in row.get("recurrence", ()))
        return dates or (plan is not None and plan.odd)

    def _check_space(self, meeting: Meeting, row: dict[str, Any]) -> None:
        room = meeting.room
        if room is None:
            raise Violated("space", f"the meeting of {row['id']} belongs to no space")
        titles = {other.title for other in self._book.living() if other.room is room}  # a pair shares one space
        if room.kind == "group" and room.title not in titles:
            raise Violated("space", f"the space of {row['id']} is not called as the event")
        guests = {guest["email"] for guest in row.get("attendees", ()) if not guest.get("resource")}
        expected = guests | {row["organizer"]["email"], self._outside.opener} | self.by_hand.get(id(room), set())
        members = {member.person.address for member in room.members.values()}
        if members != expected:
            raise Violated(
                "space", f"space of {row['id']}: {len(members - expected)} too many, {len(expected - members)} missing"
            )

    def _check_strays(self, user: str, rows: dict[str, Any]) -> None:
        """Meetings of events that are not there any more."""
        for tag, (whose, event_id) in self._house.tags.items():
            if whose == user and event_id not in rows:
                stray = [meeting for meeting in self._book.living() if tag in meeting.tags]
                if any(map(self._is_to_come, stray)):
                    raise Violated("meeting", f"a meeting stands for {event_id}, which is gone")

    def check_left(self, address: str, user: str) -> None:
        """Who has left, and wanted it so, has no block of ours and no meeting any more in what is to come."""
        coming = self._coming(address)
        for event_id, row in {row["id"]: row for row in self._outside.google.dump_events(address)}.items():
            if row["status"] == "cancelled" or not row["organizer"].get("self"):
                continue
            known = any(self._is_known(event) for event in coming.get(event_id, ()))
            if known and BEGIN in row.get("description", ""):
                raise Violated("deactivated", f"the block of {event_id} remains")
            if known and any(map(self._is_to_come, self.living(user, event_id))):
                raise Violated("deactivated", f"the meeting of {event_id} remains")
        self._scheduler.reached["left without a trace"] += 1

    # ---- by hand

    def spaces(self) -> list[Room]:
        """Spaces of meetings that stand."""
        rooms = [meeting.room for meeting in self._book.living() if meeting.room is not None]
        return [room for room in rooms if room.kind == "group" and room.deleted is None]

    def event_in(self, space: Room) -> str:
        """Id of an event whose meeting belongs to a space."""
        tags = [tag for meeting in self._book.living() if meeting.room is space for tag in meeting.tags]
        return next((self._house.tags[tag][1] for tag in tags if tag in self._house.tags), "")

    def enters(self, space: Room, address: str) -> None:
        """Somebody becomes a member."""
        world, now = self._outside.webex.world, self._scheduler.clock.now()
        person = world.somebody(address) or self._outside.webex.add_person(address, address, personal_room=False)
        space.members[person.uuid] = Membership(person=person, created=now)
        self.by_hand.setdefault(id(space), set()).add(address)


def _is_far(row: dict[str, Any], rows: dict[str, Any], coming: list[dict[str, Any]]) -> bool:
    """Whether only exceptions of a series are near, so that the daemon does not know the series."""
    return ("recurrence" in row or "recurringEventId" in row) and all(event["id"] in rows for event in coming)


def _asker(event: dict[str, Any], rows: dict[str, Any]) -> str:
    """Id of the row whose meeting an occurrence belongs to: its series', unless it asks for something else."""
    series = rows.get(event.get("recurringEventId", ""))
    if series is None or event["id"] not in rows:
        return str(event["id"] if series is None else series["id"])
    mine, theirs = (asked_by(one.get("location", "")) for one in (event, series))
    return str(series["id"] if mine == theirs else event["id"])
