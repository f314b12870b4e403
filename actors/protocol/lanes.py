"""What is said to and by timers, lanes and their workers.

Owns: this part of the vocabulary. Promises: frozen values. Does not: contain behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hybridcal_daemon.domain.effects import Submit
    from hybridcal_daemon.domain.failures import Kind
    from hybridcal_daemon.domain.lane import LaneSettings
    from hybridcal_daemon.domain.values import Instant, UserId


@dataclass(frozen=True, slots=True)
class SetAlarm:
    """Send ``Woke`` to ``name`` at ``at``; replaces an earlier one; None takes it away."""

    name: str
    at: Instant | None


@dataclass(frozen=True, slots=True)
class Rang:
    """It is time to look at the heap (from the clock, or every second)."""


@dataclass(frozen=True, slots=True)
class Work:
    """Lane to worker."""

    order: Submit


@dataclass(frozen=True, slots=True)
class Done:
    """Worker to lane: how the request ended; ``kind`` None means well."""

    worker: int
    user: UserId
    kind: Kind | None
    code: str
    retry_after: float | None


@dataclass(frozen=True, slots=True)
class ForgetUser:
    """Drop what lives of this user before ``incarnation`` have ordered."""

    user: UserId
    incarnation: int


@dataclass(frozen=True, slots=True)
class Hold:
    """Begin nothing new; what is under way may end."""


@dataclass(frozen=True, slots=True)
class Renew:
    """Configuration was reloaded: make connections and credentials anew before the next request."""


@dataclass(frozen=True, slots=True)
class LaneStatus:
    """Ask: (state word, queued, in flight)."""


@dataclass(frozen=True, slots=True)
class Retune:
    """New settings after a reload."""

    settings: LaneSettings
