"""Play seeds from the command line.

``python -m tests.simulation.replay SEED`` tells the story of one seed; ``--seeds 0:5000`` plays a range on all cores
and prints the seeds that break an invariant; ``--bug NAME`` plants one of ``planted.BUGS`` first; ``--bugs`` tells for
each planted bug the first seed (below 200, or of ``--seeds``) that finds it, ``--remember`` that the tests begin there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext

from tests.simulation import bugs_effects, bugs_google, bugs_lists, bugs_sync, bugs_webex
from tests.simulation.planted import BUGS, FOUND, planted
from tests.simulation.run import Outcome, run

assert all((bugs_effects, bugs_google, bugs_lists, bugs_sync, bugs_webex))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.replay", description=__doc__)
    parser.add_argument("seed", nargs="?", type=int)
    parser.add_argument("--seeds", metavar="FROM:TO")
    parser.add_argument("--bug", default="")
    parser.add_argument("--bugs", action="store_true")
    parser.add_argument("--remember", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    if options.seeds is None and options.bugs:
        options.seeds = "0:200"
    if options.seeds is None:
        return _one(options.seed or 0, options.bug)
    first, _, last = options.seeds.partition(":")
    if options.bugs:
        return _table(range(int(first), int(last)), options.jobs, remember=options.remember)
    return _many(range(int(first), int(last)), options.bug, options.jobs)


def _one(seed: int, bug: str) -> int:
    with _planted(bug):
        outcome = run(seed, print)
    print(f"seed {seed}: {outcome.why or 'all invariants hold'}; {outcome.steps} steps, {outcome.hours:.1f} hours")
    return int(bool(outcome.broken))


def _many(seeds: range, bug: str, jobs: int) -> int:
    began = time.monotonic()
    reached: Counter[str] = Counter()
    broken = 0
    with ProcessPoolExecutor(jobs) as pool:
        for outcome in pool.map(_quietly, seeds, [bug] * len(seeds), chunksize=4):
            reached += outcome.reached
            if outcome.broken:
                broken += 1
                print(f"seed {outcome.seed}: {outcome.why}", flush=True)
    for what, times in sorted(reached.items()):
        print(f"{times:8} {what}")
    seconds = time.monotonic() - began
    print(f"{broken} of {len(seeds)} seeds broken; {len(seeds) / seconds:.1f} seeds/s on {jobs} cores")
    return int(bool(broken))


def _table(seeds: range, jobs: int, *, remember: bool) -> int:
    missed, seen = 0, {}
    with ProcessPoolExecutor(jobs) as pool:
        for bug, found in zip(BUGS.values(), pool.map(_first, BUGS, [seeds] * len(BUGS)), strict=True):
            missed += found is None
            where = "not found" if found is None else f"seed {found.seed:3} by {found.broken}"
            print(f"{bug.name:26} {where:28} {bug.what}", flush=True)
            seen |= {bug.name: found.seed} if found is not None else {}
    if remember:
        FOUND.write_text(json.dumps(seen, indent=1, sort_keys=True) + "\n")
    return int(bool(missed))


def _first(bug: str, seeds: range) -> Outcome | None:
    """The first seed that finds a bug, where it was found last before all others."""
    wanted = BUGS[bug]
    outcomes = (_quietly(seed, bug) for seed in (wanted.seeds(len(seeds)) if seeds.start == 0 else seeds))
    return next((outcome for outcome in outcomes if outcome.broken), None)


def _quietly(seed: int, bug: str) -> Outcome:
    with _planted(bug):
        return run(seed)


def _planted(bug: str):
    if not bug:
        return nullcontext()
    return planted(BUGS[bug])


if __name__ == "__main__":
    sys.exit(main())
