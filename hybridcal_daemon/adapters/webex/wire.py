"""The shapes of Webex' answers, as much of them as is used.

Owns: wire types and the identity inside a REST id. Promises: a field that is used has the documented type or decoding
fails; fields that are not used (the host PIN of a Personal Room above all) are never turned into values. Does not:
refuse additional fields, which Webex adds at will.

Sources: public OpenAPI (people, meeting preferences, messages); the form of REST ids from its examples.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec

from hybridcal_daemon.adapters.http_json import BadJson, decode_json

PERSON_SEGMENT: Final = "PEOPLE"


class WirePerson(msgspec.Struct, frozen=True, kw_only=True):
    """A person of ``GET /people`` or ``/people/me``."""

    id: str
    emails: tuple[str, ...]


class WirePeople(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of ``GET /people``."""

    items: tuple[WirePerson, ...]


class CallInNumber(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A telephone number of a Personal Room."""

    label: str
    call_in_number: str


class Telephony(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How to reach a Personal Room by telephone."""

    access_code: str = ""
    call_in_numbers: tuple[CallInNumber, ...] = ()


class WireRoom(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer of ``GET /meetingPreferences/personalMeetingRoom``."""

    personal_meeting_room_link: str
    sip_address: str
    telephony: Telephony = Telephony()


class CardElement(msgspec.Struct, frozen=True, kw_only=True):
    """An element of a card; only its id is read."""

    id: object = None


class CardContent(msgspec.Struct, frozen=True, kw_only=True):
    """A card read back."""

    body: tuple[CardElement, ...] = ()


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """An attachment read back."""

    content: CardContent = CardContent()


class WireMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message of ``GET /messages/direct``. ``attachments`` are read one by one (others may post into the room)."""

    id: str
    created: Annotated[datetime, msgspec.Meta(tz=True)]
    attachments: tuple[msgspec.Raw, ...] = ()

    def carries(self, key: str) -> bool:
        """Say whether the first body element of its card has this id."""
        return any(_first_id(raw) == key for raw in self.attachments)


class WireMessages(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of ``GET /messages/direct``."""

    items: tuple[WireMessage, ...]


class WireSaid(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A message of ``GET /messages``. ``text`` is missing where there is only a file or a card."""

    id: str
    person_email: str = ""
    text: str = ""
    created: Annotated[datetime, msgspec.Meta(tz=True)]


class WireConversation(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of ``GET /messages``."""

    items: tuple[WireSaid, ...]


class WireBotRoom(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A room of ``GET /rooms``; its title, the other person's name, is not read."""

    id: str
    last_activity: Annotated[datetime, msgspec.Meta(tz=True)]


class WireBotRooms(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of ``GET /rooms``."""

    items: tuple[WireBotRoom, ...]


class PostedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of ``POST /messages``."""

    id: str


class PresenceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of apheleia's ``POST events``; its shape is known from client code only, so little is demanded."""

    subject: str | None = None


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of ``POST /access_token``; times in seconds."""

    access_token: str
    expires_in: int
    refresh_token: str | None = None

    def __repr__(self) -> str:
        """Say nothing of it."""
        return "<Grant>"


def _first_id(raw: msgspec.Raw) -> object:
    """Id of the first body element of an attachment; None when it is no card that can be read."""
    try:
        body = decode_json(raw, Attachment).content.body
    except BadJson:
        return None
    return body[0].id if body else None


def identity_uuid(person_id: str) -> str | None:
    """Give the UUID inside a REST id of a person (any region); None when it is not such an id."""
    try:
        text = urlsafe_b64decode(person_id + "=" * (-len(person_id) % 4)).decode()
        scheme, _, rest = text.partition("://")
        _, kind, uuid = rest.split("/")
        return str(UUID(uuid)) if (scheme, kind) == ("ciscospark", PERSON_SEGMENT) else None
    except (binascii.Error, ValueError):
        return None
