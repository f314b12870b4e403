"""Our own cells: one sensitive value at rest, bound to its user and its place.

Owns: padding and binding. Promises: a cell opens only for the user and the place that it was sealed for, so nobody who
can write to the database can move one; its length tells the plaintext's only in steps of 64 bytes. Does not: tell an
old cell of the same place from the current one (put a version into the place where that matters), or keep keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridcal_daemon.adapters.kms.aead import KEY_ID_BYTES, BlobKey, derive, frame, tampered, wipe
from hybridcal_daemon.domain.values import Plain, Sealed

if TYPE_CHECKING:
    from hybridcal_daemon.domain.values import UserId

BUCKET: Final = 64
_PURPOSE: Final = b"cell"
_MARK: Final = b"\x80"


def pad(plain: bytes) -> bytes:
    """ISO/IEC 7816-4: a byte 0x80, then zeros up to the next multiple of 64 bytes."""
    return plain + _MARK + bytes(-(len(plain) + 1) % BUCKET)


def unpad(padded: bytes | bytearray) -> bytes:
    """Undo :func:`pad`. CallError INVALID kms-tampered when there is no mark."""
    plain = bytes(padded.rstrip(b"\0"))
    if not plain.endswith(_MARK):
        raise tampered()
    return plain[:-1]


class CellKey:
    """One user's key for cells, derived from the user's data key; so is the key id, which tells data keys apart."""

    __slots__ = ("_blobs", "_user")

    def __init__(self, data_key: bytearray, user: UserId) -> None:
        key = derive(data_key, b"cells")
        self._blobs = BlobKey(key, bytes(derive(data_key, b"cells key id", size=KEY_ID_BYTES)), _PURPOSE)
        self._user = user.encode()
        wipe(key)

    def __repr__(self) -> str:
        return "<CellKey>"

    def seal(self, place: str, plain: Plain[bytes]) -> Sealed:
        """Encrypt for ``place``, for example ``room`` or ``event/<id>/join``."""
        return Sealed(self._blobs.seal(pad(plain.reveal()), self._context(place)))

    def open(self, place: str, cell: bytes) -> Plain[bytes]:
        """Decrypt. CallError INVALID kms-tampered when the cell is damaged or belongs elsewhere."""
        return Plain(unpad(self._blobs.open(cell, self._context(place))))

    def _context(self, place: str) -> bytes:
        return frame(self._user, place.encode())
