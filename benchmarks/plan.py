"""How much is measured: the full run (under 6 minutes on 2 cores) and the quick one (under one)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Numbers of people, seconds of each stretch, and how often the contenders take turns."""

    contenders: tuple[str, ...]
    rounds: int
    people: int
    crowd: int
    stretch: float
    watched_stretch: float
    rates: tuple[float, ...]
    side_rate: float
    spawns: tuple[int, ...]
    threads: int
    joins: int
    queued: tuple[int, ...]


NAIVE, TUNED, OURS, PINNED = "naive", "naive, WAL", "hybridcal", "hybridcal, pinned"

FULL = Plan(
    contenders=(NAIVE, TUNED, OURS, PINNED),
    rounds=3,
    people=300,
    crowd=5000,
    stretch=3.0,
    watched_stretch=6.0,
    rates=(50.0, 166.0),
    side_rate=50.0,
    spawns=(10_000, 50_000),
    threads=2000,
    joins=10_000,
    queued=(500, 50_000),
)
QUICK = Plan(
    contenders=(NAIVE, TUNED, OURS),
    rounds=1,
    people=50,
    crowd=300,
    stretch=1.5,
    watched_stretch=2.5,
    rates=(50.0,),
    side_rate=30.0,
    spawns=(5_000,),
    threads=500,
    joins=500,
    queued=(500, 5_000),
)
