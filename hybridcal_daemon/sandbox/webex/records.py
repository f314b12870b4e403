"""What tests and the demo get to see of the stand-in's inside.

Owns: the record types of the control calls. Promises: every record can be written as JSON. Does not: compute them.
Times are epoch seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hybridcal_daemon.domain.values import Instant
from hybridcal_daemon.sandbox.webex.cards import card_key, card_url

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.webex.world import Message, Person, PresenceEvent


class ServiceApp(msgspec.Struct, frozen=True, kw_only=True):
    """The three credentials that an administrator gets when authorising a service app."""

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
