"""Parts of the daemon on their own, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from benchmarks.daemon import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.plan import Plan

_PATIENCE = 180


def _run(module: str, kind: str, count: int) -> dict[str, Any]:
    """One line of JSON from ``python -m benchmarks.MODULE KIND COUNT``."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", kind, str(count)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"benchmarks.{module} {kind} {count} failed:\n{done.stderr[-2000:]}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def spawns(plan: Plan, say: Callable[[str], None]) -> dict[str, list[dict[str, Any]]]:
    """User actors on the pool, and Pykka's own."""
    pooled = [_run("spawn", "pooled", count) for count in plan.spawns]
    threads = [_run("spawn", "threads", plan.threads)]
    for each in (*pooled, *threads):
        say(f"  {each['count']}: {each['spawns_per_s']:.0f} spawns/s, {each['bytes_with_state']:.0f} bytes each")
    return {"pooled": pooled, "threads": threads}


def lanes(plan: Plan, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """What the queue in front of a service costs, short and long."""
    measured = [_run("lanes", kind, count) for kind in ("flow", "held", "crash") for count in plan.queued]
    for each in measured:
        say(f"  {each['kind']}, {each['count']} orders wait: {each['microseconds']:.0f} us")
    return measured


def joins(plan: Plan, say: Callable[[str], None]) -> dict[str, dict[str, Any]]:
    """Join moments at one instant."""
    ours = _run("joins", "daemon", plan.joins)
    theirs = _run("joins", "apscheduler", plan.joins)
    say(f"  {plan.joins} moments: actor p99 {ours['actor']['p99']:.2f} s, worker p99 {ours['worker']['p99']:.2f} s")
    return {"daemon": ours, "apscheduler": theirs}
