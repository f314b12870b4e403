"""How many meetings may be ordered in 24 hours.

Owns: counting orders per host and per administrator. Promises: orders that fail count too. Does not: limit changes.

Based on: 100 for a regular user; 3,000 for an administrator of which 800 for one host; failed requests count [public
OpenAPI]. That the 24 hours slide, 429 with the ``Retry-After`` until the oldest order falls out, and that a service app
is one administrator: [unverified].
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.sandbox.webex.call import Refusal

if TYPE_CHECKING:
    from hybridcal_daemon.domain.values import Instant

DAY: Final = 86_400
PER_USER: Final = 100
PER_HOST: Final = 800
PER_ADMIN: Final = 3_000


class Quota:
    """Counts of a sliding day."""

    def __init__(self) -> None:
        self._limits = {"user": PER_USER, "host": PER_HOST, "admin": PER_ADMIN}
        self._counts: dict[tuple[str, str], deque[Instant]] = {}

    def set(self, *, per_user: int = PER_USER, per_host: int = PER_HOST, per_admin: int = PER_ADMIN) -> None:
        """Set the limits: of a person's own orders, of an administrator's for one host, of all an administrator's."""
        if min(per_user, per_host, per_admin) < 0:
            raise ValueError("quota: a limit must not be negative")
        self._limits = {"user": per_user, "host": per_host, "admin": per_admin}

    def count(self, spent: dict[str, str], now: Instant) -> None:
        """Count one order at each of ``spent`` (kind of limit to whose); 429 when it is one too many for any."""
        waits = [self._count(kind, whose, now) for kind, whose in spent.items()]
        if wait := max(waits):
            raise Refusal(
                429, "The maximum number of meetings that may be created in 24 hours is reached.", retry_after=wait
            )

    def _count(self, kind: str, whose: str, now: Instant) -> int:
        """Count; give the seconds until one more is possible, 0 when this one was."""
        made = self._counts.setdefault((kind, whose), deque())
        while made and made[0] <= now - DAY:
            made.popleft()
        made.append(now)
        limit = self._limits[kind]
        if len(made) <= limit:
            return 0
        return DAY if limit == 0 else max(1, math.ceil(made[-limit] + DAY - now))
