"""The clock that wakes others: APScheduler behind ``ports.Alarm``.

Owns: the scheduler's threads, one-time alarms, periodic jobs, and a tick of its own once a second of real time.
Promises: an alarm rings late rather than never (``misfire_grace_time=None``: APScheduler would discard what is more
than a second late), within two seconds after the wall clock jumped forward, and never for a time that was replaced;
periodic jobs go on when the wall clock was set back (APScheduler alone would wait for that time to come again).
Does not: hold what is due (``actors/obtp.py`` does).
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.values import Instant
    from hybridcal_daemon.ports import Clock

_TICK: Final = 1.0
_SET_BACK: Final = 1.0
"""Seconds that the wall clock must lose within a tick to have been set back."""
_FAR: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""APScheduler's times end there; an alarm for later rings then, in theory."""
_INSTANCES: Final = 16
"""APScheduler drops a ring when so many of the same alarm have not ended."""


class Scheduler:
    """Alarms and periodic jobs; every job only sends a message, so one worker thread is enough."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._alarms: list[_Alarm] = []
        self._jobs: dict[str, float] = {}
        self._offset = clock.now() - clock.monotonic()
        self._ended = threading.Event()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()
        threading.Thread(target=self._tick, name="tick", daemon=True).start()

    def stop(self) -> None:
        """End; nothing rings any more."""
        self._ended.set()
        self._scheduler.shutdown(wait=False)

    def every(self, seconds: float, job: Callable[[], None]) -> None:
        """Call ``job`` periodically."""
        name = f"job-{len(self._jobs)}"
        self._scheduler.add_job(job, _interval(seconds), id=name)
        self._jobs[name] = seconds

    def alarm(self, ring: Callable[[], None]) -> _Alarm:
        """Make an alarm: ``ports.AlarmFactory``."""
        made = _Alarm(self._scheduler, ring, f"alarm-{len(self._alarms)}")
        self._alarms.append(made)
        return made

    def _tick(self) -> None:
        while not self._ended.wait(_TICK):
            self.look()

    def look(self) -> None:
        """See what the wall clock did since the last look."""
        now = self._clock.now()
        for alarm in tuple(self._alarms):
            alarm.look(now)
        last, self._offset = self._offset, now - self._clock.monotonic()
        if self._offset < last - _SET_BACK:
            for name, seconds in tuple(self._jobs.items()):
                self._scheduler.reschedule_job(name, trigger=_interval(seconds))


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
        options = {"id": self._name, "replace_existing": True, "max_instances": _INSTANCES}
        self._scheduler.add_job(self._job, _Once(at), args=(at,), **options)

    def look(self, now: Instant) -> None:
        """Ring if it is time (the clock may have jumped)."""
        at = self._at
        if at is not None and at <= now:
            self._job(at)

    def _job(self, at: Instant) -> None:
        """Ring, unless another time was set meanwhile."""
        with self._lock:
            armed = self._at == at
            if armed:
                self._at = None
        if armed:
            self._ring()


class _Once(BaseTrigger):  # type: ignore[misc] # APScheduler has no types
    """Fires at one time. The job stays: one that APScheduler takes away while it is shut down ends its thread."""

    def __init__(self, at: Instant) -> None:
        self._at = datetime.fromtimestamp(min(at, _FAR.timestamp()), UTC)

    def get_next_fire_time(self, previous: datetime | None, _now: datetime) -> datetime:
        """See BaseTrigger."""
        return self._at if previous is None else _FAR


def _interval(seconds: float) -> IntervalTrigger:
    return IntervalTrigger(seconds=seconds, timezone=UTC)
