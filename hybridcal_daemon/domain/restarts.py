"""What happens after an actor crashed.

Owns: restart intensity per user (OTP's term), back-off, parking, and the brake for mass crashes.
Promises: pure; a crash loop of one user never touches another; a crash of many at once slows all restarts down.
Does not: restart anything (the supervisor does).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from hybridcal_daemon.domain.values import HOUR, MINUTE, Instant

INTENSITY: Final = 5
PERIOD: Final = 10 * MINUTE
FIRST: Final = 0.5
PARKED_FOR: Final = HOUR
BRAKE_AT: Final = 50
BRAKE_PERIOD: Final = 10.0
BRAKE_FOR: Final = 30.0


@dataclass(frozen=True, slots=True)
class History:
    """Recent crashes of one user's actor, oldest first."""

    crashes: tuple[Instant, ...] = ()
    parked: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Restart at ``at``; ``parked`` when the user rests and an operator should know."""

    history: History
    at: Instant
    parked: bool


def crashed(history: History, now: Instant) -> Verdict:
    """More than INTENSITY crashes in PERIOD park the actor; it is tried again once an hour."""
    recent = (*(t for t in history.crashes if now - PERIOD < t <= now), now)
    if history.parked or len(recent) > INTENSITY:
        return Verdict(
            replace(history, crashes=recent[-INTENSITY:], parked=True), Instant(now + PARKED_FOR), parked=True
        )
    pause = FIRST * 2.0 ** (len(recent) - 1)
    return Verdict(replace(history, crashes=recent), Instant(now + pause), parked=False)


def survived(history: History, now: Instant) -> History:
    """A parked user that lived for a whole PERIOD after its last crash is as good as new."""
    if history.crashes and now - PERIOD < history.crashes[-1] <= now:
        return history
    return History()


@dataclass(frozen=True, slots=True)
class Brake:
    """Crashes of all users lately; while it is on nobody is restarted."""

    crashes: tuple[Instant, ...] = ()
    until: Instant = Instant(0)


def pressed(brake: Brake, now: Instant) -> Brake:
    """One more crash somewhere: BRAKE_AT of them within BRAKE_PERIOD stop all restarts for BRAKE_FOR."""
    recent = (*(t for t in brake.crashes if now - BRAKE_PERIOD < t <= now), now)
    if len(recent) >= BRAKE_AT:
        return Brake((), Instant(now + BRAKE_FOR))
    return replace(brake, crashes=recent)
