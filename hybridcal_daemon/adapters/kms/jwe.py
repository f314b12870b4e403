"""The JWE of the meetings list's fields: compact, ``dir`` + ``A256GCM``.

Owns: the five segments (RFC 7516 section 3.1), with the header that Webex's own SDK writes: no ``kid``, because the key
is named beside the fields by ``encryptionKeyUrl``. Promises: what it writes opens with any JOSE library, and the other
way round (tests prove both with joserfc). Does not: choose keys; one key serves the fields of one item only, which
keeps random 96-bit IVs far from their limit.
"""

from __future__ import annotations

import binascii
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hybridcal_daemon.adapters.kms.aead import NONCE_BYTES, TAG_BYTES, random_bytes, tampered

_IVS: Final = 16
"""About as many fields as an item with a handful of guests has."""
_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL: Final = bytes.maketrans(b"-_+/=", b"+/!!!")


def _base64(raw: bytes) -> bytes:
    return binascii.b2a_base64(raw, newline=False)


def _url_safe(encoded: bytes) -> bytes:
    return encoded.translate(_TO_URL, b"=")


def _decode(segment: bytes) -> bytes:
    padded = segment.translate(_FROM_URL) + b"=" * (-len(segment) % 4)
    return binascii.a2b_base64(padded, strict_mode=True)


HEADER: Final = _url_safe(_base64(b'{"enc":"A256GCM","alg":"dir"}'))
"""The first segment, which is also the AAD."""


class _Header(msgspec.Struct):
    enc: str
    alg: str
    zip: str = ""
    crit: list[str] = []


class JweKey:
    """A 256-bit content key, for one thread. Does not keep the bytes that it was made of."""

    __slots__ = ("_aead", "_ivs")

    def __init__(self, key: bytearray) -> None:
        self._aead = AESGCM(key)
        self._ivs: list[bytes] = []

    def __repr__(self) -> str:
        return "<JweKey>"

    def encrypt(self, text: str) -> str:
        """Compact JWE of the text's UTF-8."""
        iv = self._iv()
        sealed = self._aead.encrypt(iv, text.encode("utf-8", "replace"), HEADER)
        parts = (HEADER, b"", _base64(iv), _base64(sealed[:-TAG_BYTES]), _base64(sealed[-TAG_BYTES:]))
        return _url_safe(b".".join(parts)).decode("ascii")

    def _iv(self) -> bytes:
        """96 random bits. The kernel is asked for some at a time: each call lets other threads in between."""
        if not self._ivs:
            fresh = random_bytes(NONCE_BYTES * _IVS)
            self._ivs = [fresh[at : at + NONCE_BYTES] for at in range(0, len(fresh), NONCE_BYTES)]
        return self._ivs.pop()

    def decrypt(self, token: str) -> str:
        """Text of a compact JWE. CallError INVALID kms-tampered when it is not one or not under this key."""
        try:
            header, empty, iv, body, tag = token.encode("ascii").split(b".")
            said = msgspec.json.decode(_decode(header), type=_Header)
            if empty or (said.enc, said.alg, said.zip, said.crit) != ("A256GCM", "dir", "", []):
                raise tampered()
            raw_iv, raw_tag = _decode(iv), _decode(tag)
            if (len(raw_iv), len(raw_tag)) != (NONCE_BYTES, TAG_BYTES):
                raise tampered()
            return self._aead.decrypt(raw_iv, _decode(body) + raw_tag, header).decode()
        except (ValueError, InvalidTag, msgspec.MsgspecError):
            raise tampered() from None
