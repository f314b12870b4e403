"""Identifiers of the stand-in.

Owns: the sequence of UUIDs and tokens, and the form of REST ids. Promises: the same seed gives the same sequence; no
two values are alike. Does not: keep anything secret (a stand-in's tokens guard nothing).

REST ids are URL-safe base64 without padding of ``ciscospark://us/<KIND>/<uuid>`` [public OpenAPI examples decode so].
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from typing import Final, Literal
from uuid import UUID

Kind = Literal["PEOPLE", "ROOM", "MESSAGE", "MEMBERSHIP", "ORGANIZATION", "APPLICATION", "DEVICE", "PLACE"]
PREFIX: Final = "ciscospark://us/"


class Ids:
    """A seeded sequence."""

    def __init__(self, seed: int) -> None:
        self._key = f"webex-sandbox/{seed}".encode()
        self._count = 0

    def _next(self, size: int) -> bytes:
        self._count += 1
        return blake2b(self._count.to_bytes(8, "big"), key=self._key, digest_size=size).digest()

    def uuid(self) -> str:
        """Give a UUID (version 4 in form)."""
        return str(UUID(bytes=self._next(16), version=4))

    def token(self) -> str:
        """Give an opaque token of 64 characters, the form of Webex' bearer tokens."""
        return urlsafe_b64encode(self._next(48)).decode()

    def digits(self, count: int) -> str:
        """Give ``count`` (at most 18) decimal digits that do not begin with 0."""
        return str(10 ** (count - 1) + int.from_bytes(self._next(8), "big") % (9 * 10 ** (count - 1)))


def rest_id(kind: Kind, uuid: str) -> str:
    """Give the id under which REST calls know an object."""
    return urlsafe_b64encode(f"{PREFIX}{kind}/{uuid}".encode()).decode().rstrip("=")


def uuid_of(kind: Kind, given: str) -> str | None:
    """Give the UUID inside a REST id; None when it is not an id of this kind."""
    try:
        text = urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    head = f"{PREFIX}{kind}/"
    return text.removeprefix(head) if text.startswith(head) else None
