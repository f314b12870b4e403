"""``python -m benchmarks [--quick] [--json FILE]``: measure, print the tables.

Exit code 1 when the daemon is not three times as good as the naive way in throughput or in CPU, or when a Join card is
lost or comes twice.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks import cards, endtoend, parts, report, requests
from benchmarks.plan import FULL, QUICK


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute, small numbers, one round")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured there")
    asked = parser.parse_args()
    plan, began, machine = (QUICK if asked.quick else FULL), time.monotonic(), report.machine()
    say("user actors")
    spawned = parts.spawns(plan, say)
    say("queues")
    queues = parts.lanes(plan, say)
    say("join moments")
    joined = parts.joins(plan, say)
    say("from push to list, against the naive way")
    contest = endtoend.contest(plan, say)
    say(f"from push to list, {plan.crowd} people")
    crowd = endtoend.crowd(plan, say)
    say("requests to Google, counted in virtual time")
    counted = requests.rows(quick=asked.quick, say=say)
    say("Join cards at a Webex that asks to go slower, in virtual time")
    throttled = cards.rows(quick=asked.quick, say=say)
    seconds = time.monotonic() - began
    tables = [
        report.contest(plan, contest),
        report.crowd(crowd),
        report.breakdown(crowd),
        report.parts(spawned, joined, crowd),
        report.lanes(queues),
        requests.said(counted),
        cards.said(throttled),
    ]
    print(f"{machine}; took {seconds:.0f} s\n")
    print("\n\n".join(tables), "\n\n", report.METHOD, sep="")
    if asked.json:
        measured = {
            "machine": machine,
            "contest": {name: endtoend.raw(each) for name, each in contest.items()},
            "crowd": endtoend.raw(crowd),
            "spawns": spawned,
            "joins": joined,
            "lanes": queues,
            "requests": [asdict(one) for one in counted],
            "cards": [asdict(one) for one in throttled],
        }
        asked.json.write_text(json.dumps(measured, indent=1))
    met, said = report.verdict(contest)
    print(f"\n{said}")
    return 0 if met and cards.met(throttled) else 1


if __name__ == "__main__":
    sys.exit(main())
