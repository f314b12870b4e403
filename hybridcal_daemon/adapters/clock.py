"""The clock and the randomness of the machine.

Owns: the only calls of :mod:`time` and :mod:`secrets` in the program. Promises: ids come from the operating system's
cryptographic generator. Does not: wake anybody (``Alarm`` does).
"""

from __future__ import annotations

import secrets  # noqa: TID251 - this module is where the ban on chance ends
import time

from hybridcal_daemon.domain.values import Instant


class SystemClock:
    """``ports.Clock`` of this machine."""

    def now(self) -> Instant:
        """Wall clock, epoch seconds; may jump when an admin or NTP sets the clock."""
        return Instant(time.time())  # noqa: TID251 - the one place that asks

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back, never jumps."""
        return time.monotonic()  # noqa: TID251 - the one place that asks


class SystemRandom:
    """``ports.Random`` of this machine."""

    def __init__(self) -> None:
        self._chance = secrets.SystemRandom()

    def token(self, size: int) -> str:
        """Give ``size`` random bytes as twice as many lower-case hexadecimal digits."""
        return secrets.token_hex(size)

    def unit(self) -> float:
        """Evenly spread over [0, 1)."""
        return self._chance.random()
