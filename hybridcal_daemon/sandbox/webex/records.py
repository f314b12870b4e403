"""What tests and the demo get to see of the stand-in's inside.

Owns: the record types of the control calls. Promises: every record can be written as JSON. Does not: compute them.
Times are epoch seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hybridcal_daemon.domain.values import Instant
from hybridcal_daemon.sandbox.webex.cards import card_key, card_url
from hybridcal_daemon.sandbox.webex.meeting_shown import web_link

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.webex.meeting_world import Change, Mail, Meeting
    from hybridcal_daemon.sandbox.webex.world import Membership, Message, Person, PresenceEvent, Room


class ServiceApp(msgspec.Struct, frozen=True, kw_only=True):
    """The three credentials that whoever authorises a service app or an integration gets."""

    client_id: str
    client_secret: str
    refresh_token: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One request of the journal.

    ``user``: address of the token's owner, '' without a valid token; ``fault``: kind of the rule that hit it, or ''.
    """

    number: int
    at: Instant
    method: str
    path: str
    query: str
    user: str
    status: int
    fault: str
    tracking_id: str


class SentMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message to somebody, deleted or not.

    ``key``: id of the card's first body element; ``url``: address of its button; '' where there is none.
    """

    id: str
    sender: str
    key: str
    text: str
    url: str
    created: Instant
    deleted: Instant | None


class HeldPresence(msgspec.Struct, frozen=True, kw_only=True):
    """A presence event. ``ended``: when it ended by its ttl or by the next event; None while it holds."""

    at: Instant
    event_type: str
    ttl: int
    by: str
    ended: Instant | None


class SeenRoom(msgspec.Struct, frozen=True, kw_only=True):
    """A group room. ``creator``: a person's id; ``members``: their addresses, in the order of their coming."""

    id: str
    title: str
    description: str
    creator: str
    members: tuple[str, ...]
    created: Instant
    deleted: Instant | None


class SeenMember(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in a room. ``outside``: of another organisation."""

    id: str
    address: str
    moderator: bool
    outside: bool
    created: Instant


class SeenChange(msgspec.Struct, frozen=True, kw_only=True):
    """A changed or cancelled occurrence; ``original``: its start by the rule."""

    original: Instant
    start: Instant
    end: Instant
    title: str | None
    cancelled: bool


class SeenMeeting(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting series. ``room``: id of its space, '' for none; ``edits``: accepted changes."""

    id: str
    number: str
    host: str
    site: str
    title: str
    agenda: str
    start: Instant
    end: Instant
    zone: str
    recurrence: str
    tags: tuple[str, ...]
    room: str
    link: str
    invitees: tuple[str, ...]
    changes: tuple[SeenChange, ...]
    edits: int
    created: Instant
    deleted: Instant | None


class SeenMail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail that would have gone out. ``about``: invitation, update or cancellation."""

    at: Instant
    meeting: str
    about: str
    to: tuple[str, ...]


def seen_room(room: Room) -> SeenRoom:
    """Write a room for the control calls."""
    return SeenRoom(
        id=room.rest_id,
        title=room.title,
        description=room.fields.get("description", ""),
        creator=room.creator,
        members=tuple(member.person.address for member in room.members.values()),
        created=room.created,
        deleted=room.deleted,
    )


def seen_member(room: Room, member: Membership) -> SeenMember:
    """Write somebody in a room for the control calls."""
    return SeenMember(
        id=room.membership_id(member),
        address=member.person.address,
        moderator=member.moderator,
        outside=member.person.outside,
        created=member.created,
    )


def seen_meeting(meeting: Meeting) -> SeenMeeting:
    """Write a meeting for the control calls."""
    changes = sorted(meeting.changes.items())
    return SeenMeeting(
        id=meeting.id,
        number=meeting.number,
        host=meeting.host.address,
        site=meeting.site,
        title=meeting.title,
        agenda=meeting.agenda,
        start=meeting.start,
        end=meeting.end,
        zone=meeting.zone,
        recurrence=meeting.recurrence,
        tags=meeting.tags,
        room="" if meeting.room is None else meeting.room.rest_id,
        link=web_link(meeting),
        invitees=meeting.invitees,
        changes=tuple(_seen_change(original, change) for original, change in changes),
        edits=meeting.edits,
        created=meeting.created,
        deleted=meeting.deleted,
    )


def _seen_change(original: Instant, change: Change) -> SeenChange:
    return SeenChange(
        original=original, start=change.start, end=change.end, title=change.title, cancelled=change.cancelled
    )


def seen_mail(mail: Mail) -> SeenMail:
    """Write a mail for the control calls."""
    return SeenMail(at=mail.at, meeting=mail.meeting_id, about=mail.about, to=mail.to)


def sent_message(message: Message) -> SentMessage:
    """Write a message for the control calls."""
    attachments = message.body.get("attachments", [])
    return SentMessage(
        id=message.rest_id,
        sender=message.sender.address,
        key=card_key(attachments),
        text=message.body.get("text") or message.body.get("markdown", ""),
        url=card_url(attachments),
        created=message.created,
        deleted=message.deleted,
    )


def held_presence(person: Person, now: Instant) -> list[HeldPresence]:
    """Write a person's presence events, oldest first."""
    following: list[Instant | None] = [event.at for event in person.presence[1:]]
    return [_held(event, limit, now) for event, limit in zip(person.presence, [*following, None], strict=False)]


def _held(event: PresenceEvent, replaced: Instant | None, now: Instant) -> HeldPresence:
    ends = Instant(event.at + (0 if event.event_type == "clear" else event.ttl))
    ends = ends if replaced is None else min(ends, replaced)
    over = ends if ends <= now else None
    return HeldPresence(at=event.at, event_type=event.event_type, ttl=event.ttl, by=event.by, ended=over)
