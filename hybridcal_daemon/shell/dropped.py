"""Counting push requests that lead to nothing.

Owns: one count per reason and when it is said. Promises: at most one ``push.dropped`` line a minute and reason, however
many requests come; the first is said at once, what comes after it with the next line; safe from any thread.
Does not: look at requests, or keep a clock (whoever counts gives the time).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hybridcal_daemon.ports import Clock, Log

PAUSE: Final = 60.0
"""Seconds between two lines."""


class Dropped:
    """Requests dropped for one reason: ``token`` (no valid one) or ``headers`` (no notice of Google's at all)."""

    def __init__(self, reason: str, clock: Clock, log: Log) -> None:
        self._reason = reason
        self._clock = clock
        self._log = log
        self._lock = threading.Lock()
        self._count = 0
        self._again_at = 0.0

    def add(self) -> None:
        """Count one more."""
        with self._lock:
            self._count += 1
        self.tell()

    def tell(self) -> None:
        """Say what was counted and not said yet, if a line may be written again."""
        with self._lock:
            now = self._clock.monotonic()
            if not self._count or now < self._again_at:
                return
            self._again_at, count, self._count = now + PAUSE, self._count, 0
        self._log.emit("warning", "push.dropped", reason=self._reason, count=count)
