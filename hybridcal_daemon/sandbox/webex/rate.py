"""An optional limit of requests.

Owns: counting per token in windows of fixed length. Promises: the ``Retry-After`` that it asks for is enough. Does
not: imitate the real limits, which are not published [unverified].
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hybridcal_daemon.sandbox.webex.call import Refusal

if TYPE_CHECKING:
    from hybridcal_daemon.domain.values import Instant


class RateRule:
    """At most ``requests`` in ``seconds`` for each token; off while ``requests`` is 0."""

    def __init__(self) -> None:
        self._requests = 0
        self._seconds = 1.0
        self._counts: dict[str, tuple[float, int]] = {}

    def set(self, requests: int, seconds: float) -> None:
        """Set the limit and forget what was counted. ValueError for a negative count or no time at all."""
        if requests < 0 or seconds <= 0:
            raise ValueError("rate: requests must not be negative and seconds must be more than 0")
        self._requests, self._seconds = requests, seconds
        self._counts.clear()

    def count(self, token: str, now: Instant) -> None:
        """Count a request; 429 when it is one too many."""
        if not self._requests:
            return
        start, used = self._counts.get(token, (now, 0))
        if now >= start + self._seconds:
            start, used = now, 0
        if used >= self._requests:
            wait = max(1, math.ceil(start + self._seconds - now))
            raise Refusal(429, "Too many requests.", retry_after=wait)
        self._counts[token] = (start, used + 1)
