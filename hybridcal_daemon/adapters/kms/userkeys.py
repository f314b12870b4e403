"""What one user's data key is split into.

Owns: the separation: cells, item keys and digests each have a key of their own, derived from the user's random 256-bit
data key. Promises: the data key itself is not kept; :meth:`UserKeys.wipe` overwrites what is. Does not: wrap or store.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final
from uuid import UUID

from hybridcal_daemon.adapters.kms.aead import derive, frame, wipe
from hybridcal_daemon.adapters.kms.cells import CellKey

if TYPE_CHECKING:
    from hybridcal_daemon.domain.values import UserId

DIGEST_HEX: Final = 32
_UUID_BYTES: Final = 16
_NAME_BASED: Final = 5


class UserKeys:
    """The keys of one admitted user."""

    __slots__ = ("_digests", "_items", "cells")

    def __init__(self, user: UserId, data_key: bytearray) -> None:
        self.cells = CellKey(data_key, user)
        self._items = derive(data_key, b"items")
        self._digests = derive(data_key, b"digests")

    def __repr__(self) -> str:
        return "<UserKeys>"

    def item_key(self, key_id: UUID) -> bytearray:
        """256-bit key of the item whose ``encryptionKeyUrl`` ends in ``key_id``; nothing but the id is stored."""
        return derive(self._items, b"item", key_id.bytes)

    def digest(self, purpose: bytes, content: bytes) -> str:
        """Keyed hash (HMAC-SHA256, 32 hex digits): equal for equal content of this user, meaningless to others."""
        return self._hash(purpose, content).hex()[:DIGEST_HEX]

    def participant_id(self, address: str) -> str:
        """UUID of somebody in this user's meetings: always the same one, and telling nothing about the address."""
        hashed = self._hash(b"participant", address.encode("utf-8", "replace"))
        return str(UUID(bytes=hashed[:_UUID_BYTES], version=_NAME_BASED))

    def wipe(self) -> None:
        """Overwrite the keys; the object is of no use afterwards."""
        wipe(self._items)
        wipe(self._digests)

    def _hash(self, purpose: bytes, content: bytes) -> bytes:
        return hmac.digest(self._digests, frame(purpose, content), "sha256")
