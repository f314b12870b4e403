"""How fast requests may follow each other.

Owns: the bucket (GCRA, the generic cell rate algorithm of ATM Forum TM 4.0 and ITU-T I.371): a rate, and one instant
per bucket; the pace that a service's refusals take away and time gives back (AIMD); the pause after a refusal.
Promises: pure, time is a value; in no 60 s do more units leave than the budget that the rate was made of, also when the
pace changes meanwhile; a clock that was set back prolongs nothing.
Does not: know what is limited (``lane.py`` does) or what a unit is (``demand.py`` does).

A bucket is its *theoretical* instant: the time at which it will be full again. An order conforms when the bucket holds
its cost; one that costs more than any bucket can hold goes when it is full, and is paid for afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hybridcal_daemon.domain.values import HOUR, MINUTE, Instant

DEAREST: Final = 4
"""Units of the dearest order; a bucket never owes more."""
RECOVERY: Final = 1.0 / (10.0 * MINUTE)
"""Share of the rate that comes back per second: half of it in five minutes."""
SLOWEST: Final = 1.0 / 16.0
TOGETHER: Final = 5.0
"""Refusals within so many seconds are about the same burst, and slow down once."""
FIRST_WAIT: Final = 1.0
LONGEST_WAIT: Final = 64.0
"""The pause after a refusal without Retry-After doubles from the one to the other (google.md E "Back-off")."""
LONGEST_WISH: Final = HOUR
"""A service's Retry-After is granted up to this."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``interval``: seconds per unit in the long run; ``at_once``: units that may follow each other without a pause."""

    interval: float
    at_once: int

    @property
    def depth(self) -> float:
        """Seconds until a bucket that is empty is full again."""
        return self.at_once * self.interval

    def slowed(self, share: float) -> Rate:
        """Give the same at a share of its speed."""
        return self if share >= 1.0 else Rate(self.interval / share, max(1, int(self.at_once * share)))


def per_minute(budget: float, burst: int) -> Rate:
    """Make a rate of which any 60 s see at most ``budget`` units, about ``burst`` of them at once.

    At most a quarter of the budget at once, so that the rest flows; and so few that ``burst`` pauses of 60 s /
    ``budget`` are as long as this many of ``interval``: a bucket that is empty by the one is so by the other.
    """
    fitting = burst * (budget + 1.0) / (budget + burst)
    at_once = max(1, int(min(fitting, budget / 4.0)))
    return Rate(60.0 / (budget - at_once + 1.0), at_once)


def per_second(number: float) -> Rate:
    """Make a rate of evenly spaced units."""
    return Rate(1.0 / number, 1)


def conforms_at(rate: Rate, theoretical: float, cost: int, now: Instant) -> Instant:
    """The earliest time at which an order of this cost conforms: ``now`` or later if it does not yet."""
    beyond = rate.at_once - min(cost, rate.at_once)
    return Instant(max(theoretical, now) - beyond * rate.interval)


def spent(rate: Rate, theoretical: float, cost: int, now: Instant) -> Instant:
    """The bucket after an order of this cost has begun."""
    return Instant(max(theoretical, now) + cost * rate.interval)


def bounded(rate: Rate, theoretical: float, now: Instant) -> float:
    """The bucket to go on with: none is emptier than empty, whatever became of the rate or the clock meanwhile."""
    return min(theoretical, now + max(rate.at_once, DEAREST) * rate.interval)


@dataclass(frozen=True, slots=True)
class Pace:
    """The share of a rate that is in use: halved by a refusal, growing back with time."""

    share: float = 1.0
    since: Instant = Instant(0)

    def at(self, now: Instant) -> float:
        """The share at this time."""
        return min(1.0, self.share + max(0.0, now - self.since) * RECOVERY)

    def refused(self, now: Instant) -> Pace:
        """Halve it, once for all refusals of one burst."""
        if self.share < 1.0 and 0.0 <= now - self.since < TOGETHER:
            return self
        return Pace(max(self.at(now) / 2.0, SLOWEST), now)

    def rewound(self, now: Instant) -> Pace:
        """The same under a clock that was set back to ``now``."""
        return Pace(self.share, min(self.since, now))


@dataclass(frozen=True, slots=True)
class Hold:
    """A pause that a service wished for. ``wait``: how long the last one was that we chose ourselves."""

    until: Instant = Instant(0)
    wait: float = 0.0

    def refused(self, wish: float | None, now: Instant) -> Hold:
        """Pause as wished, or longer each time when that does not help; refusals during a pause are no news."""
        wait = self.wait if now < self.until else min(max(self.wait * 2.0, FIRST_WAIT), LONGEST_WAIT)
        pause = max(min(wish or 0.0, LONGEST_WISH), wait)
        return Hold(Instant(max(self.until, now + pause)), wait)

    def well(self, now: Instant) -> Hold:
        """A request went through after the pause."""
        return self if now < self.until else Hold(self.until)

    def rewound(self, now: Instant) -> Hold:
        """The same under a clock that was set back to ``now``."""
        return Hold(Instant(min(self.until, now + LONGEST_WISH)), self.wait)
