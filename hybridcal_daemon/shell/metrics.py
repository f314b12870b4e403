"""Metrics for Prometheus.

Owns: ``GET /metrics`` (text format 0.0.4, or OpenMetrics when asked for), and ``/livez`` and ``/readyz`` beside it; the
counting of log lines. Promises: nothing but counts, codes, and names that are in the tables of events and errors; no
user is ever a label, so the number of series does not grow with them. Does not: decide what is an alarm (the supervisor
does), or keep anything over a restart.

What is counted is what is logged: every fact worth a metric leaves the decisions as a registered line, so there is no
second way for numbers to come about.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Final

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from hybridcal_daemon.shell.log_events import EVENTS
from hybridcal_daemon.shell.problems import HEADERS, Problem, guard
from hybridcal_daemon.shell.web_limits import expectation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client.metrics_core import Metric

    from hybridcal_daemon.ports import Clock, Log, StatusView
    from hybridcal_daemon.shell.log_events import Value
    from hybridcal_daemon.shell.web import Surface

LABELLED: Final[dict[str, tuple[str, ...]]] = {
    "call.failed": ("what", "kind", "code"),
    "user.standing": ("state", "code"),
    "event.left-alone": ("code",),
    "worker.crashed": ("lane",),
    "lane.circuit": ("lane", "state"),
    "item.quarantined": ("reason",),
}
"""Lines of which it matters which; each of these fields has few values."""
SUMMED: Final[dict[str, tuple[str, ...]]] = {
    "sync.done": ("changed", "removed"),
    "sync.reconciled": ("missing", "stale", "ghosts"),
    "push.dropped": ("count",),
}
"""Lines whose numbers are added up."""
_NOBODY: Final = Problem(404, "unknown-user", "There is no such user.", "Metrics never name one.")
_NOT_OK: Final = frozenset({"silent", "down", "refused", "throttled", "probing"})


class CountingLog:
    """``ports.Log`` that counts every registered line and passes it on."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._lines: Counter[tuple[str, tuple[str, ...]]] = Counter()
        self._sums: Counter[tuple[str, str]] = Counter()

    def emit(self, level: str, event: str, **fields: Value) -> None:
        """Count, then write."""
        if event in EVENTS:
            with self._lock:
                self._count(event, fields)
        self._log.emit(level, event, **fields)

    def _count(self, event: str, fields: dict[str, Value]) -> None:
        labels = tuple(str(fields.get(name, "")) for name in LABELLED.get(event, ()))
        self._lines[event, labels] += 1
        for name in SUMMED.get(event, ()):
            value = fields.get(name, 0)
            self._sums[event, name] += value if isinstance(value, int) else 0

    def counted(self) -> tuple[dict[tuple[str, tuple[str, ...]], int], dict[tuple[str, str], int]]:
        """How often each line was written (by its labels), and the sums of their numbers."""
        with self._lock:
            return dict(self._lines), dict(self._sums)


class Metrics(Collector):
    """What is measured at this moment."""

    def __init__(self, log: CountingLog, status: StatusView, *, ready: bool, oldest_sync: float) -> None:
        self._log = log
        self._status = status
        self._ready = ready
        self._oldest_sync = oldest_sync

    def collect(self) -> Iterable[Metric]:
        """Every family, in a fixed order."""
        yield from self._state()
        yield from self._lanes()
        lines, sums = self._log.counted()
        yield from _counts(lines)
        yield _family(
            "hybridcal_log_sum",
            "Numbers in log lines, added up: for example the differences that a reconciliation found.",
            ("event", "field"),
            ((pair, value) for pair, value in sorted(sums.items())),
        )

    def _state(self) -> Iterator[Metric]:
        status = self._status
        yield GaugeMetricFamily("hybridcal_ready", "1 when keys, store and supervisor answer.", value=int(self._ready))
        yield GaugeMetricFamily("hybridcal_up_seconds", "Age of the process.", value=round(status.up_seconds, 3))
        yield GaugeMetricFamily("hybridcal_sealed", "1 while the keys are away.", value=int(bool(status.sealed)))
        yield GaugeMetricFamily(
            "hybridcal_store_ok", "1 while the store takes writes.", value=int(status.store == "ok")
        )
        yield GaugeMetricFamily(
            "hybridcal_oldest_sync_seconds",
            "How long ago the calendar was read that was read the longest ago, of active users.",
            value=round(self._oldest_sync, 3),
        )
        yield _gauge("hybridcal_users", "Users by how they stand.", "state", sorted(status.users.items()))
        yield _gauge("hybridcal_rooms", "Rooms by how they stand.", "state", sorted(status.rooms.items()))
        alarms = Counter(alarm.code for alarm in status.alarms)
        yield _gauge("hybridcal_alarm", "1 for each present alarm.", "code", sorted(alarms.items()))

    def _lanes(self) -> Iterator[Metric]:
        lanes = sorted(self._status.lanes.items())
        healthy = [(name, int(state not in _NOT_OK)) for name, (state, _, _) in lanes]
        yield _gauge("hybridcal_lane_ok", "1 while requests to a service may go out.", "lane", healthy)
        queued = [(name, queued) for name, (_, queued, _) in lanes]
        yield _gauge("hybridcal_lane_queued", "Requests that wait.", "lane", queued)
        flying = [(name, flying) for name, (_, _, flying) in lanes]
        yield _gauge("hybridcal_lane_in_flight", "Requests under way.", "lane", flying)


def _counts(lines: dict[tuple[str, tuple[str, ...]], int]) -> Iterator[Metric]:
    totals: Counter[tuple[str, ...]] = Counter()
    for (event, _), number in lines.items():
        totals[(event,)] += number
    yield _family("hybridcal_log_lines", "Log lines by name.", ("event",), sorted(totals.items()))
    for event, names in sorted(LABELLED.items()):
        name = f"hybridcal_{event.replace('.', '_').replace('-', '_')}"
        rows = sorted((labels, number) for (of, labels), number in lines.items() if of == event)
        yield _family(name, EVENTS[event].sentence, names, rows)


def _family(
    name: str, text: str, labels: tuple[str, ...], rows: Iterable[tuple[tuple[str, ...], int]]
) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=labels)
    for values, number in rows:
        family.add_metric(values, number)
    return family


def _gauge(name: str, text: str, label: str, rows: Iterable[tuple[str, int]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=(label,))
    for value, number in rows:
        family.add_metric((value,), number)
    return family


def application(surface: Surface, *, log: CountingLog) -> web.Application:
    """Give what is served on metrics.listen."""
    expect = expectation(surface.limits)
    served = _Served(surface, log)
    app = web.Application(
        middlewares=[guard("metrics", surface.log, unknown=_NOBODY)], client_max_size=surface.limits.body
    )
    app.router.add_get("/metrics", served.metrics, expect_handler=expect)
    app.router.add_get("/livez", served.live, expect_handler=expect)
    app.router.add_get("/readyz", served.ready, expect_handler=expect)
    return app


class _Served:
    def __init__(self, surface: Surface, log: CountingLog) -> None:
        self._daemon = surface.daemon
        self._clock: Clock = surface.clock
        self._call = surface.blocking
        self._log = log

    async def metrics(self, request: web.Request) -> web.Response:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(await self._call(self._measured))
        encode, kind = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(registry), headers={**HEADERS, "Content-Type": kind})

    def _measured(self) -> Metrics:
        return Metrics(self._log, self._daemon.status(), ready=self._daemon.ready(), oldest_sync=self._oldest_sync())

    def _oldest_sync(self) -> float:
        """0 when nobody is active."""
        views = [view for room in (False, True) for view in self._daemon.users(reveal=False, room=room)]
        times = [view.synced_at for view in views if view.state == "active"]
        return max(0.0, self._clock.now() - min(times)) if times else 0.0

    async def live(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok\n", headers=HEADERS)

    async def ready(self, _request: web.Request) -> web.Response:
        if await self._call(self._daemon.ready):
            return web.Response(text="ok\n", headers=HEADERS)
        return web.Response(status=503, text="not ready: see `hybridcal status`\n", headers=HEADERS)
