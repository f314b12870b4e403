"""One calendar's life from a seed: people, a daemon, trouble; what is shown must equal the oracle's list in the end.

``python -m tests.calendars.play --from 0 --count 2000`` plays many; ``--seed N`` tells the story of one.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Final

from hybridcal_daemon.domain import expanding, obtp
from hybridcal_daemon.domain.messages import Notified
from hybridcal_daemon.domain.state import UserSettings
from hybridcal_daemon.domain.values import served_window
from hybridcal_daemon.ports import HttpRequest
from hybridcal_daemon.sandbox.google.service import GoogleSandbox
from tests.calendars import bodies, situations
from tests.calendars.driver import Clock, Driver
from tests.calendars.oracle import DAY, Row, doubtful, expected
from tests.calendars.people import ALICE, BOB, People
from tests.simulation.seams import replaced

HOUR: Final = 3600
POLL: Final = 20 * HOUR
CALM: Final = 26 * HOUR
"""Longer than a poll with its jitter, and than any pause after the faults that are injected."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``why``: the first difference, '' when there is none; ``reached``: situations that occurred."""

    seed: int
    why: str
    story: tuple[str, ...]
    reached: frozenset[str]

    def __str__(self) -> str:
        lines = "\n  ".join(self.story)
        return f"seed {self.seed}: {self.why}\n  {lines}"


class Life:
    """Everything of one run."""

    def __init__(self, seed: int) -> None:
        self.random = random = Random(f"calendar/{seed}")
        change, there = random.choice(bodies.CHANGES)
        day = change + timedelta(days=random.choice((-35, -30, -20, -10, -4, -2, -1, 0, 1, 5)))
        self.clock = Clock(datetime.combine(day, time(random.randint(0, 23), 17), UTC).timestamp())
        self.google = GoogleSandbox(clock=self.clock, seed=seed, push=self._push, short_pages=random.choice((0.0, 0.3)))
        zone = random.choice((there, random.choice(bodies.ZONES)))
        self.google.add_user(ALICE, name="Alice", timezone=zone)
        self.google.add_user(BOB, name="Bob", timezone=random.choice(bodies.ZONES))
        push = random.random() < 0.7
        settings = UserSettings(
            push=push, presence=False, devices=False, poll_interval=POLL, profile_interval=30.0 * DAY
        )
        page_size = random.choice((2, 5, 100, 2500))
        self.driver = Driver(self.google, ALICE, self.clock, settings=settings, page_size=page_size)
        self.people = People(self.google, self.clock, random, zone)
        self.people.tell(f"calendar in {zone}, push {settings.push}, pages of {page_size}")
        self._busy, self._deaths, self._inside = False, 0, False
        self.reached: set[str] = set()
        """Situations that occurred."""

    def play(self) -> str:
        """The first difference, '' when there is none."""
        self.people.settle_in(5)
        self.driver.pushed = self._pushed
        self.driver.between = self._between
        self._deaths = self.random.choice((0, 0, 0, 1, 2))
        self.driver.start()
        self._busy = True
        for _ in range(self.random.choice((1, 1, 2, 3))):
            self._some_time()
            if why := self._calm():
                return why
        return ""

    def _some_time(self) -> None:
        """Edits with some hours or days between."""
        for _ in range(self.random.randint(0, 3)):
            for _ in range(self.random.randint(1, 3)):
                self.people.act()
            self._trouble()
            self._pass(self.random.choice((1, 60, HOUR, 7 * HOUR, DAY, 2 * DAY)))

    def _trouble(self) -> None:
        kind = self.random.random()
        if kind < 0.12:
            self.people.tell("Google forgets its sync tokens")
            self.google.expire_sync_tokens(ALICE)
        elif kind < 0.22:
            self.people.tell("Google fails for two requests")
            rule = {"kind": self.random.choice(("status", "drop")), "times": 2, "skip": self.random.randint(0, 2)}
            self.google.add_fault({"match": {"method": "GET"}, "status": 503, **rule})

    def _calm(self) -> str:
        """Let everything settle, then compare."""
        self._busy = False
        self.google.clear_faults()
        self._pass(CALM + self.random.choice((0, 0, 0, DAY, 3 * DAY)))
        self._busy = True
        self._look_around()
        return difference(self)

    def _look_around(self) -> None:
        """Remember what the calendar is like."""
        found = {*situations.in_events(self.google.dump_events(ALICE), *window_of(self))}
        self.reached |= {*found, *situations.in_story(self.people.story)}
        if self.driver.pages:
            self.reached.add("several pages")

    def _pass(self, seconds: float) -> None:
        self.driver.run_until(self.clock.at + seconds)

    def _push(self, push: HttpRequest) -> None:
        self.driver.hear(push)

    def _pushed(self, _: Notified) -> list[float]:
        """Lost, in time, late, or twice."""
        kind = self.random.random()
        if kind < 0.3:
            self.people.tell("a push is lost")
        return [] if kind < 0.3 else [0.2] if kind < 0.7 else [90.0] if kind < 0.85 else [0.1, 30.0]

    def _between(self) -> None:
        """Now and then something happens in the middle of things."""
        if not self._busy or self._inside or self.random.random() > 0.02:
            return
        self._inside = True
        if self._deaths and self.random.random() < 0.6:
            self._deaths -= 1
            self.people.tell("the daemon dies and comes back")
            self.driver.restart()
        else:
            self.people.act()
        self._inside = False


def difference(life: Life) -> str:
    """What is shown against what should be."""
    window = served_window(life.clock.now())
    events = life.google.dump_events(ALICE)
    right = {row.instance: row for row in expected(events, *window_of(life))}
    listed = [row for row in life.driver.shown() if not doubtful(row, window.start, window.end)]
    shown = {row.instance: row for row in listed}
    if len(shown) != len(listed):
        return "something is shown twice: " + _twice(listed)
    right = {name: row for name, row in right.items() if not doubtful(row, window.start, window.end)}
    at = f"{datetime.fromtimestamp(life.clock.at, UTC):%Y-%m-%d %H:%M:%SZ}"
    for name in sorted(right.keys() | shown.keys()):
        if right.get(name) != shown.get(name):
            return f"at {at} the calendar has {_said(right.get(name))}, shown is {_said(shown.get(name))}"
    return ""


def _twice(rows: list[Row]) -> str:
    names = [row.instance for row in rows]
    return str(next(row for row in rows if names.count(row.instance) > 1))


def window_of(life: Life) -> tuple[float, float]:
    window = served_window(life.clock.now())
    return window.start, window.end


def _said(row: Row | None) -> str:
    return "nothing" if row is None else str(row)


def play(seed: int) -> Outcome:
    """Play one life.

    Without Join cards: they have tests of their own, and look at every series each hour. Pages hold as little as two
    events here, not 2,500, so that the bound on the pages of one series has to be as much higher.
    """
    life = Life(seed)
    with replaced(obtp, settle=lambda _draft: None), replaced(expanding, MOST_PAGES=1000):
        try:
            why = life.play()
        except AssertionError as broken:
            why = str(broken)
    return Outcome(seed, why, tuple(life.people.story), frozenset(life.reached))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.calendars.play", description=__doc__)
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int)
    asked = parser.parse_args()
    if asked.seed is not None:
        print(play(asked.seed))
        return 0
    broken = 0
    for seed in range(asked.first, asked.first + asked.count):
        outcome = play(seed)
        if outcome.why:
            broken += 1
            print(f"seed {outcome.seed}: {outcome.why}")
    print(f"{asked.count} calendars, {broken} differ")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
