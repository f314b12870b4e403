"""The tables, in Markdown.

Owns: what stands in them and how ratios are made: of medians, within one run. Does not: measure.
"""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING, Any

from benchmarks.plan import NAIVE, OURS, TUNED, Plan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.endtoend import Contest, Crowd, Stretch


AIM = 3


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    first = list(head)
    lines = [first, ["---"] + ["---:"] * (len(first) - 1), *(list(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """Cores, versions, and how busy the machine was before we came."""
    system = f"{platform.system()} {platform.release().split('-')[0]}"
    cores, busy = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    return f"{cores} cores, Python {platform.python_version()}, {system}, load average before the run {busy:.1f}"


def _times(more: float, less: float) -> str:
    return f"{more / less:.1f}x" if less else "-"


def contest(plan: Plan, results: dict[str, Contest]) -> str:
    """Contenders side by side, the daemon's ratio to each naive way behind."""
    columns = list(results)
    ours, plain, tuned = results[OURS], results[NAIVE], results[TUNED]

    def row(title: str, of: str, part: str, form: str, *, more: bool) -> list[str]:
        cells = [format(results[name].middle(of, part), form) for name in columns]
        mine = ours.middle(of, part)
        ratios = [
            _times(mine, other.middle(of, part)) if more else _times(other.middle(of, part), mine)
            for other in (plain, tuned)
        ]
        return [title, *cells, " / ".join(ratios)]

    rate = f"at {plan.side_rate:.0f}/s"
    rows = [
        row("notices/s, as many as it takes", "saturated", "rate", ".0f", more=True),
        row("CPU for each, us", "saturated", "cpu", ".0f", more=False),
        row(f"CPU for each {rate}, us", "side", "cpu", ".0f", more=False),
        row(f"push to visible {rate}, p50 ms", "side", "visible_p50", ".1f", more=False),
        row(f"push to visible {rate}, p99 ms", "side", "visible_p99", ".1f", more=False),
        _memory(columns, results),
    ]
    return table([f"{plan.people} people", *columns, "hybridcal against naive / naive, WAL"], rows)


def verdict(results: dict[str, Contest]) -> tuple[bool, str]:
    """Whether the aim of this version is met, and in words."""
    ours, naive = results[OURS], results[NAIVE]
    more = ours.middle("saturated", "rate") / naive.middle("saturated", "rate")
    less = naive.middle("saturated", "cpu") / ours.middle("saturated", "cpu")
    met = max(more, less) >= AIM
    said = f"{more:.1f}x the notices of the naive way, {less:.1f}x less CPU for each; the aim is {AIM}x in one of them"
    return met, f"{said}: {'met' if met else 'NOT met'}"


def _memory(columns: list[str], results: dict[str, Contest]) -> list[str]:
    sizes = {name: sorted(results[name].memory)[len(results[name].memory) // 2] for name in columns}
    ratio = _times(sizes[NAIVE], sizes[OURS])
    return ["resident memory, MB", *(f"{sizes[name] / 1e6:.0f}" for name in columns), f"{ratio} less"]


def crowd(result: Crowd) -> str:
    assert result.saturated is not None
    rows = [
        [
            f"{plain.rate:.0f}/s",
            f"{watched.visible_p50:.1f}",
            f"{watched.visible_p99:.1f}",
            f"{plain.ack_p99:.1f}",
            f"{plain.cpu:.0f}",
            f"{100 * plain.core:.0f} %",
            f"{plain.lists_per_change:.2f}",
        ]
        for plain, watched in zip(result.plain, result.watched, strict=True)
    ]
    full = result.saturated
    most = [f"{full.rate:.0f}/s (all it takes)", "-", "-", "-", f"{full.cpu:.0f}", f"{100 * full.core:.0f} %"]
    rows.append([*most, f"{full.lists_per_change:.2f}"])
    head = ["visible p50 ms", "visible p99 ms", "push answered p99 ms", "CPU us each", "of a core", "requests each"]
    return table([f"{result.people} people", *head], rows)


def breakdown(result: Crowd) -> str:
    """Where the CPU goes, by group of threads."""
    assert result.saturated is not None
    stretches: list[Stretch] = [*result.plain, result.saturated]
    names = [name for name, spent in result.saturated.threads.items() if spent >= 1]
    head = ["CPU us for each notice", *(f"{each.rate:.0f}/s" for each in stretches)]
    return table(head, [[name, *(f"{each.threads.get(name, 0):.0f}" for each in stretches)] for name in names])


def parts(spawned: dict[str, list[dict[str, Any]]], joined: dict[str, dict[str, Any]], cold: Crowd) -> str:
    """Actors, join moments, cold start."""
    rows = [*_spawn_rows(spawned), *_join_rows(joined), *_cold_rows(cold)]
    return table(["parts", "hybridcal", "naive way", "ratio"], rows)


def lanes(measured: list[dict[str, Any]]) -> str:
    """The queue in front of a service."""
    what = {
        "flow": "an order comes, begins and ends",
        "held": "the same, every other user held by a limit of their own",
        "crash": "to forget the orders of one of all users",
    }
    rows = [[f"{what[each['kind']]}, {each['count']} wait", f"{each['microseconds']:.1f}"] for each in measured]
    return table(["CPU us", "hybridcal"], rows)


def _spawn_rows(spawned: dict[str, list[dict[str, Any]]]) -> Iterable[list[str]]:
    plain = spawned["threads"][0]
    other = f"ThreadingActor, {plain['count']}"
    for each in spawned["pooled"]:
        rate, theirs = each["spawns_per_s"], plain["spawns_per_s"]
        yield [f"actors started/s, {each['count']}", f"{rate:.0f}", f"{theirs:.0f} ({other})", _times(rate, theirs)]
        size, thread = each["bytes_with_state"], plain["bytes_with_state"]
        title = f"bytes/user with 8 meetings, {each['count']}"
        yield [title, f"{size:.0f}", f"{thread:.0f} ({other})", f"{_times(thread, size)} less"]


def _join_rows(joined: dict[str, dict[str, Any]]) -> Iterable[list[str]]:
    ours, theirs = joined["daemon"], joined["apscheduler"]
    count, job = ours["count"], theirs["job"]
    actor, worker = ours["actor"], ours["worker"]
    title = f"{count} join moments at once: late at the actor, p50 / p99 / last, s"
    other = f"{_late(job)} (APScheduler, a job each, doing nothing)"
    yield [title, _late(actor), other, _times(job["p99"], actor["p99"])]
    yield ["late at the lane's worker, card on disk, p50 / p99 / last, s", _late(worker), "-", "-"]


def _late(late: dict[str, float]) -> str:
    return " / ".join(f"{late[part]:.2f}" for part in ("p50", "p99", "max"))


def _cold_rows(cold: Crowd) -> Iterable[list[str]]:
    yield [f"cold start, {cold.people} people: exec to ready, s", f"{cold.ready:.2f}", "-", "-"]
    yield ["to the last actor begun, s", f"{cold.begun:.2f}", "-", "-"]
    yield ["to every calendar asked again, s", f"{cold.caught_up:.2f}", "-", "-"]
    yield ["idle, share of a core", f"{100 * cold.idle:.1f} %", "-", "-"]
    yield ["resident memory, MB", f"{cold.memory / 1e6:.0f}", "-", "-"]


METHOD = """\
The daemon is the real process, its configuration the default but for: no debounce, a request budget out of the way, no
presence. Google is a small fake on loopback that answers with exactly what changed (one event of 2 KB and five guests);
notices come over HTTP as Google sends them. Visible: from the moment the notice was due until the person's own list,
fetched again and again over HTTP, shows the change; by then it is committed with synchronous=FULL. Naive: a script with
google-api-python-client, a thread a person, joserfc for each field, a commit an event (sqlite3 as it comes, or in WAL
mode), in the same run, contenders in turn, medians. CPU is what the kernel counts for the process (proc(5)).
Everything runs on the same cores as the load. Read the ratios; absolute figures belong to the machine."""
