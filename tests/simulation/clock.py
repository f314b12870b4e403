"""Virtual time as the ports see it.

Owns: the simulated clock and alarm. Promises: an alarm rings at the very instant it was set to, or at once if that has
passed, and never after a crash. Does not: move the time (``scheduler.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hybridcal_daemon.domain.values import Instant

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.scheduler import SimScheduler


class SimClock:
    """ports.Clock on virtual time. ``jump`` moves the wall clock as an operator or NTP would; alarms follow it."""

    def __init__(self, start: float) -> None:
        self.elapsed = 0.0
        self.offset = start

    def now(self) -> Instant:
        return Instant(self.offset + self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    def jump(self, seconds: float) -> None:
        self.offset += seconds


class SimAlarm:
    """ports.Alarm on virtual time; dies with the simulated process."""

    def __init__(self, scheduler: SimScheduler, callback: Callable[[], None]) -> None:
        self._scheduler = scheduler
        self._callback = callback
        self._life = scheduler.life
        self._setting = 0

    def set(self, at: Instant | None) -> None:
        self._setting += 1
        if at is not None and self._life == self._scheduler.life:
            self._scheduler.arm_alarm(at, self, self._setting)

    def armed(self, setting: int) -> bool:
        return setting == self._setting

    def ring(self) -> None:
        self._setting += 1
        self._callback()
