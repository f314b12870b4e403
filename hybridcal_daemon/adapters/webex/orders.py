"""How many meetings the service app orders in 24 hours, for all hosts together.

Owns: the count, shared by all workers. Promises: thread-safe; never more orders than the limit within any 24 hours of
this process. Does not: remember over a restart (Webex counts, too, and refuses then), or count for one host
(``domain/meetings.py`` does, over restarts).

Source: an administrator may schedule up to 3,000 meetings in 24 hours, and failed requests count [public OpenAPI].
"""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import TYPE_CHECKING

from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import DAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.ports import Clock


class Orders:
    """``limit()``: asked at each order, so that a reload counts."""

    def __init__(self, clock: Clock, limit: Callable[[], int]) -> None:
        self._clock = clock
        self._limit = limit
        self._made: deque[float] = deque()
        self._lock = Lock()

    def take(self) -> None:
        """Count one order. CallError REFUSED ``webex-meeting-quota`` when there were too many."""
        with self._lock:
            now = self._clock.monotonic()
            while self._made and self._made[0] <= now - DAY:
                self._made.popleft()
            if len(self._made) >= self._limit():
                wait = self._made[0] + DAY - now if self._made else DAY
                raise CallError(Kind.REFUSED, "webex-meeting-quota", retry_after=wait)
            self._made.append(now)
