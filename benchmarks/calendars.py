"""The calendars that the load changes: what the fake Google gives, and what must then be in a person's list.

Owns: one calendar a person (six meetings and two weekly series), a version that counts changes, the JSON of each event
(about 2 KB, five guests, a Webex link in the text). Promises: a change moves one meeting by one second, so that every
version can be told from every other by the clear field ``start`` of the meetings list.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

SINGLES = 6
MEETINGS = 8
_HOUR = 3600
_TEXT = (
    "Agenda: figures of the quarter, hiring, the move of the archive, open questions of last week. "
    "Please read the paper beforehand and bring your notes; the minutes of the last meeting are in the usual folder. "
) * 4 + "Join: https://acme-example.webex.com/meet/room-{user:05d} or dial in from the building."
_FIRST_NAMES = ("Alice", "Bob", "Carol", "Dave", "Erin")


def address(number: int) -> str:
    return f"person{number:05d}@acme.example"


def event_id(user: int, slot: int) -> str:
    return f"bench{user:05d}slot{slot}0000000000"


def _guest(user: int, place: int) -> dict[str, object]:
    number = (user + place * 7) % 100_000
    guest = {
        "email": address(number),
        "displayName": f"{_FIRST_NAMES[place]} Example {number}",
        "responseStatus": "accepted" if place < 3 else "needsAction",
    }
    return {**guest, "organizer": True} if place == 1 else {**guest, "self": True} if place == 0 else guest


def _moment(at: int) -> dict[str, str]:
    return {"dateTime": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "timeZone": "Europe/Berlin"}


def _event(user: int, slot: int) -> dict[str, object]:
    organizer = _guest(user, 1)
    event = {
        "kind": "calendar#event",
        "etag": '"%(etag)s"',
        "id": event_id(user, slot),
        "status": "confirmed",
        "created": "2026-01-05T09:00:00.000Z",
        "summary": f"Review {slot} of team {user % 40}",
        "description": _TEXT.format(user=user),
        "location": "Room Ada, second floor",
        "organizer": {"email": organizer["email"], "displayName": organizer["displayName"]},
        "start": "%(start)s",
        "end": "%(end)s",
        "iCalUID": f"{event_id(user, slot)}@google.example",
        "attendees": [_guest(user, place) for place in range(5)],
        "eventType": "default",
        "reminders": {"useDefault": True},
    }
    return event if slot < SINGLES else {**event, "recurrence": ["RRULE:FREQ=WEEKLY"]}


class Calendar:
    """One person's calendar at the fake Google. ``version``: number of changes so far, also the sync token."""

    def __init__(self, user: int, epoch: int) -> None:
        self.address = address(user)
        self.user = user
        self._base = [epoch + 2 * _HOUR + slot * 8 * _HOUR for slot in range(MEETINGS)]
        self._moved = [0] * MEETINGS
        self._changes: list[int] = []
        self._texts: dict[int, str] = {}

    @property
    def version(self) -> int:
        return len(self._changes)

    def change(self) -> int:
        """Move one meeting by a second; gives the slot."""
        slot = self.version % SINGLES
        self._changes.append(slot)
        self._moved[slot] += 1
        return slot

    def start(self, slot: int) -> int:
        """Where a meeting is now, epoch seconds."""
        return self._base[slot] + self._moved[slot]

    def starts(self) -> dict[str, int]:
        """Where each single meeting is now."""
        return {event_id(self.user, slot): self.start(slot) for slot in range(SINGLES)}

    def slots(self, since: int | None) -> list[int]:
        return list(range(MEETINGS)) if since is None else sorted(set(self._changes[since:]))

    def page(self, since: int | None) -> bytes:
        """Body of events.list: everything, or what changed since a version."""
        items = ",".join(self.item(slot) for slot in self.slots(since))
        head = '"kind":"calendar#events","summary":"Calendar","timeZone":"Europe/Berlin","accessRole":"owner"'
        return f'{{{head},"nextSyncToken":"s-{self.version}","items":[{items}]}}'.encode()

    def item(self, slot: int) -> str:
        """JSON of one event."""
        if slot not in self._texts:
            self._texts[slot] = _template(self.user, slot)
        start = self.start(slot)
        return self._texts[slot] % {
            "etag": f"{self.user}-{slot}-{self._moved[slot]}",
            "start": json.dumps(_moment(start)),
            "end": json.dumps(_moment(start + 1800)),
        }


def _template(user: int, slot: int) -> str:
    text = json.dumps(_event(user, slot), separators=(",", ":"))
    return text.replace('"%(start)s"', "%(start)s").replace('"%(end)s"', "%(end)s")


def today() -> int:
    """Epoch of all calendars: the present whole hour."""
    now = datetime.now(UTC)
    return int((now - timedelta(minutes=now.minute, seconds=now.second, microseconds=now.microsecond)).timestamp())
