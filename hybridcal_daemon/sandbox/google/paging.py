"""Sync tokens and page tokens.

Owns: what is inside the two kinds of opaque text, and when they are no longer good. Promises: a token says where its
calendar stood when the traversal *began*, so every change after that moment is in the next incremental answer; a page
token is a position in a stable order, never an offset. Does not: choose events (``listing.py`` does).

Based on: 400 "Invalid sync token value." for what is no token [issue reports]; 410 ``fullSyncRequired`` for one that is
no longer good [Google guide on synchronisation]; the token holds time, not filters [observed in issue reports]. A token
older than 29 days ends by itself (tombstones are kept about 30 days [discovery document on updatedMin]); the age is
unconfirmed. Parameters that differ from those of the first call are "undefined behaviour" [discovery document]: the
stand-in refuses them with 400, so that undefined behaviour cannot hide in a client.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any, Final, NamedTuple

import msgspec

from hybridcal_daemon.sandbox.google.errors import calendar_refusal
from hybridcal_daemon.sandbox.google.model import Calendar

KEPT_MS: Final = 29 * 86400 * 1000
NOT_WITH_SYNC: Final = (
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
)
"""Parameters that the discovery document forbids together with a sync token."""
NEVER_COMPARED: Final = frozenset(
    {"alt", "fields", "key", "prettyPrint", "quotaUser", "maxResults", "pageToken", "alwaysIncludeEmail"}
)
SYNC_COMPARED: Final = ("singleEvents", "eventTypes", "showHiddenInvitations", "maxAttendees")

EVENTS: Final = "s"
RULES: Final = "a"

Position = tuple[int | str, ...]


class Traversal(NamedTuple):
    """Where the calendar stood at the first page: revision, epoch of its tokens, time in epoch ms."""

    revision: int
    epoch: int
    began: int


class Place(NamedTuple):
    """A page token: the traversal, the key of the last item given, whether the last page was empty."""

    traversal: Traversal
    after: Position
    was_empty: bool


def sync_token(calendar: Calendar, traversal: Traversal, query: dict[str, Any], kind: str = EVENTS) -> str:
    """Make the token of a traversal that is complete."""
    return _seal(kind, [_whose(calendar), *traversal, _digest(query, SYNC_COMPARED)])


def read_sync_token(calendar: Calendar, query: dict[str, Any], now_ms: int, kind: str = EVENTS) -> int:
    """Give the revision from which changes are wanted. Refused: 400 for garbage or forbidden company, 410 when over.

    ``kind``: what is listed, EVENTS or RULES; each has its own tokens.
    """
    last = calendar.revision if kind == EVENTS else calendar.access.revision
    for name in NOT_WITH_SYNC:
        if name in query:
            raise calendar_refusal(400, "invalid", f"Sync token cannot be used with {name}.", parameter="syncToken")
    if query.get("showDeleted") is False:
        raise calendar_refusal(
            400, "invalid", "Sync token cannot be used with showDeleted=false.", parameter="syncToken"
        )
    parts = _open(kind, query["syncToken"])
    if parts is None or parts[0] != _whose(calendar) or parts[1] > last:
        raise calendar_refusal(400, "invalid", "Invalid sync token value.", parameter="syncToken")
    _, revision, epoch, began, digest = parts
    if epoch < calendar.epoch or began + KEPT_MS < now_ms:
        raise calendar_refusal(410, "fullSyncRequired", parameter="syncToken")
    if digest != _digest(query, SYNC_COMPARED):
        raise calendar_refusal(400, "invalid", f"{SYNC_COMPARED} differ from the first call.", parameter="syncToken")
    return int(revision)


def page_token(calendar: Calendar, place: Place, query: dict[str, Any], scope: str) -> str:
    """Make the token for the next page; ``scope``: what is listed, '' for the calendar itself."""
    parts = [_whose(calendar), *place.traversal, list(place.after), place.was_empty, scope]
    return _seal("p", [*parts, _digest(query, None)])


def read_page_token(calendar: Calendar, query: dict[str, Any], scope: str) -> Place:
    """Read one. Refused (400) when it is none, or belongs to another query."""
    parts = _open("p", query["pageToken"])
    if parts is None or parts[0] != _whose(calendar) or parts[-2:] != [scope, _digest(query, None)]:
        raise calendar_refusal(400, "invalid", "Invalid page token value.", parameter="pageToken")
    return Place(Traversal(*parts[1:4]), tuple(parts[4]), parts[5])


def _whose(calendar: Calendar) -> int:
    """Number of a calendar; recorded tokens hold times and numbers, no address [observed in issue reports]."""
    return zlib.crc32(calendar.address.encode())


def _digest(query: dict[str, Any], names: tuple[str, ...] | None) -> int:
    """Sum up the parameters that must stay the same; ``names`` None: all that choose events."""
    chosen = sorted(
        (name, value)
        for name, value in query.items()
        if (name in names if names is not None else name not in NEVER_COMPARED) and value is not False
    )
    return zlib.crc32(repr(chosen).encode())


def _seal(kind: str, parts: list[Any]) -> str:
    body = msgspec.json.encode([kind, *parts])
    return base64.b64encode(zlib.crc32(body).to_bytes(4, "big") + body).decode()


def _open(kind: str, token: str) -> list[Any] | None:
    try:
        raw = base64.b64decode(token, validate=True)
        if zlib.crc32(raw[4:]).to_bytes(4, "big") != raw[:4]:
            return None
        parts = msgspec.json.decode(raw[4:], type=list[Any])
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None
    return parts[1:] if parts and parts[0] == kind else None
