"""Clock, chance, log, alarms. Owns: their shape. Does not: read a clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from hybridcal_daemon.domain.values import Instant


class Clock(Protocol):
    """``now``: wall clock, epoch seconds (dates, due times). ``monotonic``: seconds, for durations only."""

    def now(self) -> Instant: ...

    def monotonic(self) -> float: ...


class Random(Protocol):
    """Randomness: ``token`` for ids (cryptographic), ``unit`` for jitter in [0, 1)."""

    def token(self, size: int) -> str: ...

    def unit(self) -> float: ...


class Log(Protocol):
    """The log: registered event names and typed safe fields only."""

    def emit(self, level: str, event: str, **fields: str | float | bool) -> None: ...


class Alarm(Protocol):
    """Wakes somebody once at a wall-clock time; setting it again replaces it; None disarms."""

    def set(self, at: Instant | None) -> None: ...


AlarmFactory = Callable[[Callable[[], None]], Alarm]
