"""What a process costs, as the kernel counts it: CPU time as a whole and by thread, resident memory.

Sources: proc(5), ``/proc/PID/stat`` (utime, stime; threads that have ended included), ``/proc/PID/task/*/schedstat``
(nanoseconds on a processor) and ``comm`` (the thread's name, see ``named.py``).
"""

from __future__ import annotations

import os
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICK = 1.0 / os.sysconf("SC_CLK_TCK")
_NUMBER = re.compile(r"\d+$")
_GROUPS = {
    "google": "lane: google",
    "google-": "workers: google",
    "webex": "lane: webex",
    "webex-": "workers: webex",
    "pool-": "user actors",
    "minter-": "minters",
    "web": "web: push, feed",
    "web-feed_": "feed rows",
    "web-admin_": "admin",
    "APScheduler": "clock",
    "ThreadPoolExecu": "clock",
    "tick": "clock",
}


@dataclass(frozen=True)
class Cost:
    """Seconds of CPU so far. ``threads``: by group of threads."""

    cpu: float
    threads: Counter[str]

    def __sub__(self, earlier: Cost) -> Cost:
        return Cost(self.cpu - earlier.cpu, self.threads - earlier.threads)


def cost(pid: int) -> Cost:
    """What the process has cost so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    threads: Counter[str] = Counter()
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):
            spent = int((task / "schedstat").read_text().split()[0]) / 1e9
            threads[_group((task / "comm").read_text().strip(), "main" if task.name == str(pid) else "")] += spent  # type: ignore[assignment]
    return Cost((int(fields[11]) + int(fields[12])) * _TICK, threads)


def _group(name: str, known: str) -> str:
    base = _NUMBER.sub("", name)
    return known or _GROUPS.get(base, base)


def rss(pid: int | str = "self") -> int:
    """Resident memory in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise LookupError(f"/proc/{pid}/status has no VmRSS")
