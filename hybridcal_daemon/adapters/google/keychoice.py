"""Which of two keys of a service account is used while it is being changed.

Owns: what Google last said about the new key. Promises: any thread may ask and tell; a change of mind is logged once,
however many minters find it out. Does not: hold keys.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain.values import MINUTE, Instant

if TYPE_CHECKING:
    from hybridcal_daemon.ports import Log

AGAIN: Final = 10 * MINUTE
"""A key that Google did not take is tried again after so long: a new one needs some minutes to be known everywhere."""


class KeyChoice:
    """Shared by all minters of a process, made anew when the key files are read."""

    def __init__(self, log: Log | None = None) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._refused_at: Instant | None = None

    def tries_new(self, now: Instant) -> bool:
        """Whether the new key goes first; a clock that was set back prolongs nothing."""
        with self._lock:
            return self._refused_at is None or not self._refused_at <= now < self._refused_at + AGAIN

    def refused(self, key: str, code: str, now: Instant) -> None:
        """Google did not take the new key (its id; ``code`` of the error catalogue)."""
        with self._lock:
            first, self._refused_at = self._refused_at is None, now
        if first and self._log is not None:
            self._log.emit("warning", "key.refused", key=key, code=code)

    def accepted(self, key: str) -> None:
        """Google took it."""
        with self._lock:
            again, self._refused_at = self._refused_at is not None, None
        if again and self._log is not None:
            self._log.emit("info", "key.accepted", key=key)
