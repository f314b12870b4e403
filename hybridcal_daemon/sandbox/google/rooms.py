"""How a room answers an invitation.

Owns: the room's own answer in guest lists. Promises: pure; a room that is free accepts, one that is not declines, one
that does not answer by itself stays at needsAction. Does not: put meetings on calendars (``model.py`` does).

Based on: a resource invited as a guest accepts when it is free and declines on a conflict [Google guide "Manage room
resources"; reference: ``responseStatus`` tells booked or declined]. It answers again only when the meeting moves; what
an organiser writes into its entry does not count [both unconfirmed]. It answers within the same request, where Google
may take a moment [unconfirmed]. A series is declined as a whole when any occurrence of its first year conflicts
[unconfirmed].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridcal_daemon.sandbox.google.busy import copy_spans, spans
from hybridcal_daemon.sandbox.google.recurrence import instant
from hybridcal_daemon.sandbox.google.times import DAY

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.google.model import Fields, Meeting, Room, World

AHEAD: Final = 366 * DAY


def answered(world: World, meeting: Meeting, before: list[Fields], *, moved: bool, writer: str) -> list[Fields]:
    """Give the guest list with the rooms' answers. ``before``: the list before the write; ``writer``: whose copy."""
    known = {} if moved else {guest["email"]: guest["responseStatus"] for guest in before}
    guests = []
    for guest in meeting.guests:
        room = world.rooms.get(guest["email"])
        if room is not None and room.address != writer:
            guests.append(guest | {"responseStatus": known.get(room.address) or _decide(world, room, meeting)})
        else:
            guests.append(guest)
    return guests


def _decide(world: World, room: Room, meeting: Meeting) -> str:
    if not room.auto_accept:
        return "needsAction"
    return "declined" if _conflicts(world, room, meeting) else "accepted"


def _conflicts(world: World, room: Room, meeting: Meeting) -> bool:
    copy, now = meeting.copies[room.address], world.now_ms() // 1000
    begins = instant(meeting.get("start"), room.calendar.zone)
    mine = sorted(copy_spans(copy, (begins, begins + AHEAD), now))
    if not mine:
        return False
    taken = sorted(spans(room.calendar, (mine[0][0], mine[-1][1]), now, without=meeting))
    at = 0
    for start, end in mine:
        while at < len(taken) and taken[at][1] <= start:
            at += 1
        if at < len(taken) and taken[at][0] < end:
            return True
    return False
