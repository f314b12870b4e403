"""Many Join cards due in the same second, and a Webex that takes fewer than the daemon would like to send.

``python -m benchmarks.cards [--quick] [--json FILE]``. Counted in virtual time (``virtual.py``): real decisions, the
real lane, a Webex that answers 429 with Retry-After beyond its own limit, and that says nothing of some cards which it
took. Owns: that Webex, and what is looked at afterwards: that each card came, that none came twice, in which order, how
late. Promises: the same numbers every time; exit code 1 when a card is lost or came twice. Does not: measure how long
the store and the threads take (``joins.py`` does).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.report import table
from benchmarks.virtual import EPOCH, Town
from hybridcal_daemon.domain import messages as m
from hybridcal_daemon.domain.calls import DeleteCard, FindCard, SendCard
from hybridcal_daemon.domain.events import EventFact
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.lane_state import LaneSettings
from hybridcal_daemon.domain.state import Durable, Snapshot, Standing, UserSettings
from hybridcal_daemon.domain.sync import TOKEN_FORM
from hybridcal_daemon.domain.values import HOUR, MINUTE, Instant, Timed

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.values import UserId

LEAD: Final = 300.0
DUE: Final = EPOCH + 2 * MINUTE
LATER: Final = MINUTE
"""A tenth of the people have their meeting this much after the others."""
LENGTH: Final = 4 * HOUR
SETTINGS: Final = UserSettings(join_lead=LEAD, push=False, presence=False, devices=False)
LANE: Final = LaneSettings(workers=4, per_minute=600)
"""What the daemon may send, by default."""
_RATE: Final = "webex-rate-limited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """``allowed``: requests a minute that Webex takes; ``silent``: share of cards that are taken and not answered."""

    what: str
    allowed: float
    silent: float = 0.0


CASES: Final = (
    Case(what="Webex takes all that is sent", allowed=6000),
    Case(what="Webex takes half as many as are sent", allowed=300),
    Case(what="the same, of one card in a hundred nobody hears", allowed=300, silent=0.01),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Times in seconds. ``least``: how long Webex' limit (or ours) needs for so many.

    ``overtaken``: cards that came after the first one that was due a minute later.
    """

    what: str
    cards: int
    lost: int
    twice: int
    refused: int
    overtaken: int
    half: float
    last: float
    least: float
    seconds: float


class Webex:
    """Takes ``allowed`` requests a minute, a tenth of them at once."""

    def __init__(self, case: Case) -> None:
        self._interval = 60.0 / case.allowed
        self._depth = case.allowed / 10.0 * self._interval
        self._full_at = 0.0
        self._silent = case.silent
        self._chance = random.Random(7)
        self.refused = 0
        self.posted: dict[str, list[float]] = {}

    def wait(self, now: float) -> float:
        """Seconds after which a request would be taken; 0: it is, now."""
        at = max(self._full_at, now)
        if at + self._interval > now + self._depth:
            self.refused += 1
            return at + self._interval - now - self._depth
        self._full_at = at + self._interval
        return 0.0

    def post(self, key: str, now: float) -> bool:
        """Take a card; False: nobody hears of it."""
        self.posted.setdefault(key, []).append(now)
        return self._chance.random() >= self._silent


class Crowd(Town):
    """Everybody has one meeting, at the same time or ``LATER``."""

    def __init__(self, count: int, case: Case) -> None:
        super().__init__(count, SETTINGS, LANE)
        self.webex = Webex(case)
        self._answers |= {SendCard: self._send_card, FindCard: self._find_card, DeleteCard: self._delete_card}
        self.due: dict[UserId, float] = {}
        self.late: dict[UserId, list[float]] = {}
        for number, user in enumerate(self.people):
            self.due[user] = DUE + (LATER if number % 10 == 9 else 0.0)
            self._begin(user, number)

    def _begin(self, user: UserId, number: int) -> None:
        """As after a restart: everything is known, nothing is to be asked."""
        now = Instant(self.now)
        durable = Durable(
            standing=Standing(state="active", since=now),
            sync_token="1",
            token_form=TOKEN_FORM,
            synced_at=now,
            full_at=now,
            window_at=now,
            room_at=now,
            person_id="person",
        )
        snapshot = Snapshot(user=user, durable=durable, events=(_fact(number, int(self.due[user] + LEAD)),))
        self.tell(user, m.Started(incarnation=1, entropy=f"{user}", snapshot=snapshot, settings=SETTINGS))

    def _throttled(self, who: dict[str, Any]) -> m.CallFailed | None:
        wait = self.webex.wait(self.now)
        if not wait:
            return None
        whole = float(int(wait) + 1)  # Retry-After is in whole seconds
        return m.CallFailed(**who, kind=Kind.THROTTLED, code=_RATE, retry_after=whole)

    def _send_card(self, call: SendCard, who: dict[str, Any]) -> m.CardSent | m.CallFailed:
        refused = self._throttled(who)
        if refused is not None:
            return refused
        self.late.setdefault(call.user, []).append(self.now - self.due[call.user])
        if self.webex.post(call.key, self.now):
            return m.CardSent(**who, key=call.key, message_id=call.key)
        return m.CallFailed(**who, kind=Kind.TRANSIENT, code="http-timeout", in_doubt=True)

    def _find_card(self, call: FindCard, who: dict[str, Any]) -> m.CardFound | m.CallFailed:
        known = call.key if call.key in self.webex.posted else None
        return self._throttled(who) or m.CardFound(**who, key=call.key, message_id=known)

    def _delete_card(self, call: DeleteCard, who: dict[str, Any]) -> m.CardDeleted:
        return m.CardDeleted(**who, key=call.key)


def _fact(number: int, start: int) -> EventFact:
    return EventFact(
        event_id=f"event{number:06d}",
        etag='"1"',
        start=Timed(at=start, tz="Europe/Berlin"),
        end=Timed(at=start + int(LENGTH), tz="Europe/Berlin"),
        response="accepted",
        joinable=True,
        join_digest=f"{number:032x}",
    )


def play(count: int, case: Case) -> Result:
    """One case."""
    began = time.perf_counter()
    town = Crowd(count, case)
    town.run(DUE - town.now)
    town.until(lambda: len(town.late) >= count or town.now > DUE + LENGTH, LENGTH + HOUR)
    town.run(5 * MINUTE)  # whoever would send a second one has the time to
    return _judged(town, count, case, time.perf_counter() - began)


def _judged(town: Crowd, count: int, case: Case, seconds: float) -> Result:
    first = {user: min(late) for user, late in town.late.items()}
    times = sorted(first.values()) or [0.0]
    early = [town.due[user] + late for user, late in first.items() if town.due[user] == DUE]
    later = [town.due[user] + late for user, late in first.items() if town.due[user] > DUE]
    return Result(
        what=case.what,
        cards=count,
        lost=count - len(first),
        twice=sum(len(late) - 1 for late in town.late.values()),
        refused=town.webex.refused,
        overtaken=sum(at > min(later, default=at) for at in early),
        half=times[len(times) // 2],
        last=times[-1],
        least=60.0 * count / min(case.allowed, LANE.per_minute),
        seconds=seconds,
    )


def rows(*, quick: bool, say: Callable[[str], None]) -> list[Result]:
    """All cases."""
    results = []
    for case in CASES:
        results.append(play(1_000 if quick else 10_000, case))
        say(f"  {case.what}: {results[-1].seconds:.0f} s")
    return results


def said(results: list[Result]) -> str:
    """The table."""
    head = ["lost / twice", "429s", "half of them, late s", "the last, late s", "least possible s", "overtaken"]
    lines = [
        [
            f"{one.cards:,} cards at once: {one.what}",
            f"{one.lost} / {one.twice}",
            f"{one.refused:,}",
            f"{one.half:.0f}",
            f"{one.last:.0f}",
            f"{one.least:.0f}",
            f"{one.overtaken:,}",
        ]
        for one in results
    ]
    return table(["Join cards, in virtual time", *head], lines)


def met(results: list[Result]) -> bool:
    """Nothing is lost, nothing came twice."""
    return not any(one.lost or one.twice for one in results)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cards", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the cards")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured there")
    asked = parser.parse_args()
    results = rows(quick=asked.quick, say=lambda line: print(line, file=sys.stderr, flush=True))
    print(said(results))
    if asked.json:
        asked.json.write_text(json.dumps([asdict(one) for one in results], indent=1))
    return 0 if met(results) else 1


if __name__ == "__main__":
    sys.exit(main())
