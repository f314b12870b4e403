"""From push notice to the person's list: daemon and naive script under the same load, and a crowd for the daemon.

Owns: the order of the measurements and what they give. Promises: contenders take turns, so that a slow minute of the
machine hits all of them; every change is found in the lists in the end. Does not: print tables (``report.py``).
"""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Protocol

from benchmarks import procfs
from benchmarks.contender import Naive
from benchmarks.daemon import Daemon
from benchmarks.load import WATCHED, Flow, Side, World
from benchmarks.plan import NAIVE, PINNED, TUNED, Plan
from benchmarks.prefill import Filler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Say = "Callable[[str], None]"


class Running(Protocol):
    @property
    def pid(self) -> int: ...


@dataclass
class Stretch:
    """One stretch of load. Rates a second; CPU in microseconds a notice; times in milliseconds."""

    rate: float
    cpu: float
    threads: dict[str, float]
    lists_per_change: float
    core: float
    ack_p50: float | None = None
    ack_p99: float | None = None
    visible_p50: float | None = None
    visible_p99: float | None = None
    visible_count: int = 0


@dataclass
class Contest:
    """What one contender did in all rounds."""

    saturated: list[Stretch] = field(default_factory=list)
    side: list[Stretch] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    def middle(self, of: str, part: str) -> float:
        """Median over the rounds of one figure."""
        return median(getattr(stretch, part) or 0.0 for stretch in getattr(self, of))


def quantile(values: list[float], part: float) -> float | None:
    ordered = sorted(values)
    return 1e3 * ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else None


def saturated(world: World, side: Side, running: Running, seconds: float) -> Stretch:
    before, lists, began = procfs.cost(running.pid), world.google.counters.lists, time.monotonic()
    flow = world.saturate(side, seconds)
    return _stretch(
        flow, procfs.cost(running.pid) - before, world.google.counters.lists - lists, time.monotonic() - began
    )


def offered(world: World, side: Side, running: Running, rate: float, seconds: float, *, watch: float = 0.0) -> Stretch:
    before, began = procfs.cost(running.pid), time.monotonic()
    flow = world.offer(side, rate, seconds, watch=watch)
    return _stretch(flow, procfs.cost(running.pid) - before, flow.done, time.monotonic() - began)


def _stretch(flow: Flow, spent: procfs.Cost, changes: int, seconds: float) -> Stretch:
    if flow.refused:
        raise RuntimeError(f"{flow.refused} notices were refused")
    return Stretch(
        rate=flow.done / flow.seconds,
        cpu=1e6 * spent.cpu / changes,
        threads={name: 1e6 * each / changes for name, each in spent.threads.most_common()},
        lists_per_change=flow.lists / max(flow.done, 1),
        core=spent.cpu / seconds,
        ack_p50=quantile(flow.acks, 0.5),
        ack_p99=quantile(flow.acks, 0.99),
        visible_p50=quantile(flow.visible, 0.5),
        visible_p99=quantile(flow.visible, 0.99),
        visible_count=len(flow.visible),
    )


@contextmanager
def place() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="hybridcal-bench-"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def world_of(people: int) -> Iterator[World]:
    world = World(people)
    try:
        yield world
    finally:
        world.close()


def prefilled(world: World, directory: Path) -> None:
    """A database with everybody of the world in it."""
    (directory / "state").mkdir(mode=0o700)
    filler = Filler(directory / "state")
    try:
        world.google.channels = filler.calendars(world.google.calendars).channels
    finally:
        filler.close()


# ---- contest


def contest(plan: Plan, say: Callable[[str], None]) -> dict[str, Contest]:
    """The naive script and the daemon in turn."""
    results = {name: Contest() for name in plan.contenders}
    for number in range(plan.rounds):
        for name, result in results.items():
            with place() as directory, world_of(plan.people) as world:
                one = _naive if name in {NAIVE, TUNED} else _daemon
                one(plan, world, directory, result, name)
            last = result.saturated[-1]
            say(f"  round {number + 1}, {name}: {last.rate:.0f}/s at {last.cpu:.0f} us CPU")
    return results


def _naive(plan: Plan, world: World, directory: Path, result: Contest, name: str) -> None:
    naive = Naive(directory, world, "wal" if name == TUNED else "delete")
    try:
        naive.start()
        _round(plan, world, Side(naive.port, naive.port), naive, result)
    finally:
        naive.stop()


def _daemon(plan: Plan, world: World, directory: Path, result: Contest, name: str) -> None:
    prefilled(world, directory)
    daemon = Daemon(directory, world.url, {"process.pin_cpu": name == PINNED})
    try:
        daemon.start()
        _caught_up(world)
        _round(plan, world, Side(daemon.push_port, daemon.feed_port), daemon, result)
    finally:
        daemon.stop()


def _round(plan: Plan, world: World, side: Side, running: Running, result: Contest) -> None:
    try:
        world.warm(side, min(WATCHED, plan.people))
        result.side.append(offered(world, side, running, plan.side_rate, plan.stretch, watch=20))
        result.saturated.append(saturated(world, side, running, plan.stretch))
        result.memory.append(procfs.rss(running.pid))
        world.audit(side, plan.people)
    finally:
        side.close()
    _nothing_unexpected(world)


def _caught_up(world: World) -> None:
    while world.google.counters.lists < len(world.google.calendars):
        time.sleep(0.01)


def _nothing_unexpected(world: World) -> None:
    if world.google.counters.unexpected:
        raise RuntimeError(f"the fake was asked for {world.google.counters.unexpected[:3]}")


# ---- crowd


@dataclass
class Crowd:
    """The daemon alone with many people. Seconds from exec; ``idle``: share of a core without load."""

    people: int
    ready: float = 0.0
    begun: float = 0.0
    caught_up: float = 0.0
    idle: float = 0.0
    memory: float = 0.0
    plain: list[Stretch] = field(default_factory=list)
    watched: list[Stretch] = field(default_factory=list)
    saturated: Stretch | None = None
    stop: float = 0.0


def crowd(plan: Plan, say: Callable[[str], None]) -> Crowd:
    """Cold start with everybody in the database, then rates, then as much as goes."""
    with place() as directory, world_of(plan.crowd) as world:
        prefilled(world, directory)
        daemon, result = Daemon(directory, world.url), Crowd(plan.crowd)
        try:
            _cold(world, daemon, result)
            say(f"  ready {result.ready:.2f} s, all begun {result.begun:.2f} s, caught up {result.caught_up:.2f} s")
            _loads(plan, world, daemon, result, say)
        finally:
            result.stop = daemon.stop()
    return result


def _cold(world: World, daemon: Daemon, result: Crowd) -> None:
    began = time.monotonic()
    result.ready = daemon.start()
    while daemon.begun() < result.people:
        time.sleep(0.05)
    result.begun = time.monotonic() - began
    _caught_up(world)
    result.caught_up = time.monotonic() - began
    time.sleep(0.5)
    before, began = procfs.cost(daemon.pid), time.monotonic()
    time.sleep(2.0)
    result.idle = (procfs.cost(daemon.pid) - before).cpu / (time.monotonic() - began)


def _loads(plan: Plan, world: World, daemon: Daemon, result: Crowd, say: Callable[[str], None]) -> None:
    side = Side(daemon.push_port, daemon.feed_port)
    try:
        world.warm(side)
        for rate in plan.rates:
            result.plain.append(offered(world, side, daemon, rate, plan.stretch))
            result.watched.append(offered(world, side, daemon, rate, plan.watched_stretch, watch=20))
            seen = result.watched[-1]
            say(f"  {rate:.0f}/s: visible p50 {seen.visible_p50:.1f}, p99 {seen.visible_p99:.1f} ms")
        result.saturated = saturated(world, side, daemon, plan.stretch)
        say(f"  as much as goes: {result.saturated.rate:.0f}/s at {result.saturated.cpu:.0f} us")
        result.memory = procfs.rss(daemon.pid)
        world.audit(side, min(200, plan.crowd))
    finally:
        side.close()
    _nothing_unexpected(world)


def raw(value: Any) -> Any:
    """For ``--json``."""
    return asdict(value)
