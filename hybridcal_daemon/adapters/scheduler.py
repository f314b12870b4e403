"""The clock that wakes others: APScheduler behind ``ports.Alarm``.

Owns: the scheduler thread, one-time alarms, periodic jobs. Promises: an alarm rings late rather than never
(``misfire_grace_time=None``: APScheduler would discard what is more than a second late), and within two seconds after
the wall clock jumped forward, since a tick looks once a second. Does not: hold what is due (``actors/obtp.py`` does).
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.values import Instant
    from hybridcal_daemon.ports import Clock

_TICK: Final = 1.0


class Scheduler:
    """Alarms and periodic jobs; every job only sends a message, so one worker thread is enough."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._alarms: list[_Alarm] = []
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self.every(_TICK, self._tick)

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def stop(self) -> None:
        """End; nothing rings any more."""
        self._scheduler.shutdown(wait=False)

    def every(self, seconds: float, job: Callable[[], None]) -> None:
        """Call ``job`` periodically."""
        self._scheduler.add_job(job, IntervalTrigger(seconds=seconds))

    def alarm(self, ring: Callable[[], None]) -> _Alarm:
        """Make an alarm: ``ports.AlarmFactory``."""
        made = _Alarm(self._scheduler, ring, f"alarm-{len(self._alarms)}")
        self._alarms.append(made)
        return made

    def _tick(self) -> None:
        now = self._clock.now()
        for alarm in self._alarms:
            alarm.look(now)


class _Alarm:
    """One alarm: at most one job of the scheduler."""

    def __init__(self, scheduler: BackgroundScheduler, ring: Callable[[], None], name: str) -> None:
        self._scheduler = scheduler
        self._ring = ring
        self._name = name
        self._at: Instant | None = None
        self._lock = threading.Lock()

    def set(self, at: Instant | None) -> None:
        """Ring once at a wall-clock time; replaces the former; None disarms."""
        with self._lock:
            self._at = at
        if at is None:
            return  # a job that rings for nothing does no harm, and taking it away costs as much
        when = DateTrigger(datetime.fromtimestamp(at, UTC))
        self._scheduler.add_job(self._job, when, id=self._name, replace_existing=True)

    def look(self, now: Instant) -> None:
        """Ring if it is time (the clock may have jumped)."""
        with self._lock:
            due = self._at is not None and self._at <= now
            if due:
                self._at = None
        if due:
            self._ring()

    def _job(self) -> None:
        with self._lock:
            armed, self._at = self._at is not None, None
        if armed:
            self._ring()
