"""From an event's content to what is stored of it: the Webex item's JWE fields, the Join cell, the digests.

Owns: the names and the shape of the item's encrypted part (webex.md A.2, the fields that Webex's JavaScript SDK
decrypts) and the mapping of Google's answers to Webex's. Promises: empty texts are left out; the digests depend on the
content alone, not on keys or nonces of an item. Does not: write the clear fields (id, seriesId, start, duration,
links), which the feed adds, or choose keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.adapters.kms.userkeys import UserKeys
    from hybridcal_daemon.domain.events import EventContent, Person, Response
    from hybridcal_daemon.domain.values import Plain

Fields = dict[str, object]

RESPONSES: Final[dict[Response, str]] = {
    "organizer": "ACCEPTED",
    "accepted": "ACCEPTED",
    "tentative": "TENTATIVE",
    "needsAction": "NO_RESPONSE",
    "declined": "DECLINED",
    "none": "UNKNOWN_RESPONSE",
}
"""NO_RESPONSE and UNKNOWN_RESPONSE are seen in Webex's SDK; the other three are inferred from their pattern."""

WEBEX: Final = "webex.com"


def text(plain: Plain[str]) -> str:
    """Give the text; what UTF-8 cannot say (a lone surrogate) becomes a question mark."""
    said = plain.reveal()
    return said if said.isascii() else said.encode("utf-8", "replace").decode()


def is_webex(url: str) -> bool:
    """Tell whether a join link leads to Webex, by its host."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return False
    return host == WEBEX or host.endswith(f".{WEBEX}")


def item_json(content: EventContent, keys: UserKeys, encrypt: Callable[[str], str], key_url: str) -> bytes:
    """JSON object with the item's JWE fields and ``encryptionKeyUrl``."""
    organizer = content.organizer
    fields = {
        "encryptionKeyUrl": key_url,
        "encryptedSubject": _jwe(content.subject, encrypt),
        "encryptedLocation": _jwe(content.location, encrypt),
        "encryptedNotes": _jwe(content.notes, encrypt),
        **_joining(content, encrypt),
        "encryptedOrganizer": _named(organizer, encrypt) if organizer is not None else {},
        "encryptedParticipants": [_participant(person, keys, encrypt) for person in content.participants],
    }
    return msgspec.json.encode(_present(fields))


def join_json(content: EventContent) -> bytes:
    """JSON of what deliveries need (``work/joincell.py`` reads it)."""
    organizer = content.organizer
    cell: Fields = {
        "title": text(content.subject),
        "url": text(content.join_url),
        "dial": text(content.join_uri),
        "confidential": content.confidential,
    }
    if organizer is not None:
        cell["organizer"] = [text(organizer.email), text(organizer.name)]
    if content.space:
        cell["guests"] = _guests(content)
    return msgspec.json.encode(cell)


def _guests(content: EventContent) -> list[str]:
    """Addresses of the people invited, sorted; who declined is one of them until they are taken off the list."""
    invited = (person for person in content.participants if not person.resource and not person.organizer)
    return sorted({text(person.email).strip().casefold() for person in invited} - {""})


def title_digest(content: EventContent, keys: UserKeys) -> str:
    """Keyed hash of the title."""
    return keys.digest(b"title", text(content.subject).encode())


def guests_digest(content: EventContent, keys: UserKeys) -> str:
    """Keyed hash of the addresses of the people invited, whatever their order and answers."""
    return keys.digest(b"guests", msgspec.json.encode(_guests(content)))


def digest(content: EventContent, keys: UserKeys) -> str:
    """Keyed hash of everything that readers see, and of whether others may see it."""
    people = [_canonical(person) for person in (content.organizer, *content.participants) if person is not None]
    shown = (content.subject, content.location, content.notes, content.join_url, content.join_uri)
    canonical = [content.event_id, content.organizer is not None, [text(plain) for plain in shown], people]
    canonical.append(content.confidential)
    return keys.digest(b"item", msgspec.json.encode(canonical))


def join_digest(content: EventContent, keys: UserKeys) -> str:
    """Keyed hash of how to join; '' when there is nothing to join."""
    how = [text(content.join_url), text(content.join_uri)]
    return keys.digest(b"join", msgspec.json.encode([content.event_id, how])) if any(how) else ""


def _jwe(plain: Plain[str], encrypt: Callable[[str], str]) -> str:
    said = text(plain)
    return encrypt(said) if said else ""


def _present(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if value}


def _joining(content: EventContent, encrypt: Callable[[str], str]) -> Fields:
    uri, url = _jwe(content.join_uri, encrypt), _jwe(content.join_url, encrypt)
    info: Fields = {"meetingJoinInfo": _present({"meetingJoinURI": uri, "meetingJoinURL": url})}
    return {"webexURI": uri, "webexURL": url, **info} if is_webex(text(content.join_url)) else info


def _named(person: Person, encrypt: Callable[[str], str]) -> Fields:
    fields: Fields = {
        "encryptedEmailAddress": _jwe(person.email, encrypt),
        "encryptedName": _jwe(person.name, encrypt),
    }
    return _present(fields)


def _participant(person: Person, keys: UserKeys, encrypt: Callable[[str], str]) -> Fields:
    return {
        "id": keys.participant_id(text(person.email).strip().casefold() or text(person.name)),
        "type": "ROOM" if person.resource else "PERSON",
        "participantType": "OPTIONAL" if person.optional else "REQUIRED",
        "responseType": RESPONSES[person.response],
        **_named(person, encrypt),
    }


def _canonical(person: Person) -> list[object]:
    return [text(person.email), text(person.name), person.response, person.optional, person.resource]
