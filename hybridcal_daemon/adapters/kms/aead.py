"""The blob format of everything that we encrypt for ourselves, and the derivation of one key from another.

Owns: ``version(1) algorithm(1) key id(4) nonce(12) ciphertext tag(16)``, AES-256-GCM-SIV (RFC 8452), HKDF-Expand
(RFC 5869 section 2.3). Promises: a blob opens only with its key, its purpose and the context it was sealed for; keys
live in bytearrays and AEAD objects, never in ``bytes`` or ``str``. Does not: know users, files or JSON.

GCM-SIV because a repeated nonce (a restored VM snapshot) then only shows that two plaintexts are equal, and because
the AEAD object leaves no copy of the key behind when it is dropped.
"""

from __future__ import annotations

import os
import struct
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from hybridcal_daemon.domain.failures import CallError, Kind

KEY_BYTES: Final = 32
KEY_ID_BYTES: Final = 4
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
VERSION: Final = 1
AES_256_GCM_SIV: Final = 1
"""Algorithm byte. Others get other numbers; a blob says what it is, so both kinds can live side by side."""

_HEADER: Final = struct.Struct(f">BB{KEY_ID_BYTES}s{NONCE_BYTES}s")
_BOUND: Final = 2 + KEY_ID_BYTES
OVERHEAD: Final = _HEADER.size + TAG_BYTES
"""How many bytes a blob is longer than its plaintext."""


def frame(*parts: bytes) -> bytes:
    """Join byte strings, each led by its length (4 bytes, big endian), so that no two lists give the same bytes."""
    return b"".join([len(part).to_bytes(4, "big") + part for part in parts])


def random_bytes(size: int) -> bytes:
    """Bytes from the kernel. Nonces and keys never come from the ``Random`` port, which a test may make repeat."""
    return os.urandom(size)  # noqa: TID251 - cryptographic material must not be simulated


def fresh_key() -> bytearray:
    """Make a new 256-bit key."""
    return bytearray(random_bytes(KEY_BYTES))


def wipe(key: bytearray) -> None:
    """Overwrite a key in place."""
    key[:] = bytes(len(key))


def derive(key: bytearray, purpose: bytes, context: bytes = b"", *, size: int = KEY_BYTES) -> bytearray:
    """Derive a sub-key by HKDF-Expand; the extract step is left out because ``key`` is uniformly random (3.3)."""
    derived = bytearray(size)
    HKDFExpand(hashes.SHA256(), size, frame(b"hybridcal/1", purpose, context)).derive_into(key, derived)
    return derived


def tampered() -> CallError:
    """Make the one answer to anything that does not authenticate; it says nothing about why."""
    return CallError(Kind.INVALID, "kms-tampered")


def key_id_of(blob: bytes) -> bytes:
    """Id of the key that a blob names. CallError INVALID kms-tampered when it is not of this format."""
    if len(blob) < OVERHEAD or blob[0] != VERSION or blob[1] != AES_256_GCM_SIV:
        raise tampered()
    return blob[2:_BOUND]


class BlobKey:
    """A key that seals and opens blobs for one purpose. Does not keep the bytes that it was made of."""

    __slots__ = ("_aead", "_purpose", "key_id")

    def __init__(self, key: bytearray, key_id: bytes, purpose: bytes) -> None:
        self._aead = AESGCMSIV(key)
        self._purpose = purpose
        self.key_id = key_id

    def __repr__(self) -> str:
        return "<BlobKey>"

    def seal(self, plain: bytes | bytearray, context: bytes) -> bytes:
        """Encrypt, bound to purpose, header (version, algorithm, key id) and ``context``."""
        nonce = random_bytes(NONCE_BYTES)
        header = _HEADER.pack(VERSION, AES_256_GCM_SIV, self.key_id, nonce)
        return header + self._aead.encrypt(nonce, plain, self._bound(header, context))

    def open(self, blob: bytes, context: bytes) -> bytearray:
        """Decrypt. CallError INVALID kms-tampered when anything differs from what was sealed."""
        if key_id_of(blob) != self.key_id:
            raise tampered()
        plain = bytearray(len(blob) - OVERHEAD)
        sealed = memoryview(blob)[_HEADER.size :]
        try:
            self._aead.decrypt_into(blob[_BOUND : _HEADER.size], sealed, self._bound(blob, context), plain)
        except InvalidTag:
            raise tampered() from None
        return plain

    def _bound(self, header: bytes, context: bytes) -> bytes:
        return frame(self._purpose, header[:_BOUND], context)
