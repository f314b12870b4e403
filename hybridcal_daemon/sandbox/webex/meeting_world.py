"""What the stand-in remembers of meetings.

Owns: series, their changed and cancelled occurrences, the mails that would have gone out, the count of orders.
Promises: nothing is ever really deleted; a lookup by id is a dictionary access. Does not: check anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hybridcal_daemon.sandbox.webex.quota import Quota

if TYPE_CHECKING:
    from hybridcal_daemon.domain.values import Instant
    from hybridcal_daemon.sandbox.webex.world import Person, Room


@dataclass(slots=True, kw_only=True)
class Change:
    """What differs at one occurrence from its series; ``cancelled``: it does not take place."""

    start: Instant
    end: Instant
    title: str | None = None
    agenda: str | None = None
    cancelled: bool = False


@dataclass(slots=True, kw_only=True)
class Meeting:
    """A series, of one occurrence when ``recurrence`` is ''. ``start``, ``end``: of the first one, epoch seconds.

    ``changes``: by the occurrence's original start; ``options``: fields that are only kept and given back;
    ``invitees``: addresses; ``client_id``: whose ``tags`` these are; ``edits``: accepted changes so far.
    """

    id: str
    number: str
    link_id: str
    host: Person
    site: str
    client_id: str
    created: Instant
    title: str
    start: Instant
    end: Instant
    zone: str
    password: str
    host_key: str
    phone_password: str
    recurrence: str = ""
    agenda: str = ""
    room: Room | None = None
    tags: tuple[str, ...] = ()
    invitees: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    changes: dict[Instant, Change] = field(default_factory=dict)
    edits: int = 0
    deleted: Instant | None = None

    def concerns(self, person: Person) -> bool:
        """Say whether somebody hosts it or is invited; a room's members are unless others were named."""
        if self.host is person:
            return True
        if self.invitees:
            return person.address.casefold() in (address.casefold() for address in self.invitees)
        return self.room is not None and person.uuid in self.room.members


@dataclass(slots=True, kw_only=True)
class Mail:
    """A mail that would have gone to host and invitees. ``about``: invitation, update or cancellation."""

    at: Instant
    meeting_id: str
    about: str
    to: tuple[str, ...]


class MeetingBook:
    """All meetings of the stand-in."""

    def __init__(self) -> None:
        self.by_id: dict[str, Meeting] = {}
        self.mails: list[Mail] = []
        self.quota = Quota()

    def living(self) -> list[Meeting]:
        """Meetings that nobody deleted, in the order of their making."""
        return [meeting for meeting in self.by_id.values() if meeting.deleted is None]

    def mail(self, meeting: Meeting, about: str, now: Instant) -> None:
        """Note a mail."""
        to = tuple(dict.fromkeys((meeting.host.address, *meeting.invitees)))
        self.mails.append(Mail(at=now, meeting_id=meeting.id, about=about, to=to))
