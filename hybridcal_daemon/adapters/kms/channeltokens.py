"""Tokens of push channels, computed instead of stored.

Owns: the derivation (HMAC-SHA256 of the channel's id) and its check in constant time. Promises: safe from any thread,
so that the push receiver checks a request without asking the Kms actor; while the keys are away nothing matches.
Does not: know which channels exist.
"""

from __future__ import annotations

import hmac
import threading

from hybridcal_daemon.adapters.kms.aead import derive, wipe
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Secret


class ChannelTokens:
    """Gives and checks channel tokens: 64 hex digits (Google takes up to 256 characters)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key = bytearray()

    def __repr__(self) -> str:
        return "<ChannelTokens>"

    def use(self, index_key: bytearray) -> None:
        """Derive the tokens from this key from now on."""
        with self._lock:
            wipe(self._key)
            self._key = derive(index_key, b"channel tokens")

    def drop(self) -> None:
        """Forget the key; :meth:`token` raises and :meth:`matches` refuses until :meth:`use`."""
        with self._lock:
            wipe(self._key)
            self._key = bytearray()

    def token(self, channel_id: str) -> Secret[str]:
        """Token of a channel. CallError SEALED while the keys are away."""
        return Secret(self._hash(channel_id))

    def matches(self, channel_id: str, given: str) -> bool:
        """Tell whether ``given`` is the token of the channel, in time that does not depend on how much of it fits."""
        try:
            expected = self._hash(channel_id)
        except CallError:
            return False
        return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))

    def _hash(self, channel_id: str) -> str:
        with self._lock:
            if not self._key:
                raise CallError(Kind.SEALED, "kms-sealed")
            return hmac.digest(self._key, channel_id.encode("utf-8", "replace"), "sha256").hex()
