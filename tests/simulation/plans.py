"""Events as people make them: when, how long, with whom, in which words.

Owns: the random choices behind a new or changed event, and what only its author knows about it. Promises: the same seed
chooses the same. Does not: decide when somebody acts (``people.py``).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal
from zoneinfo import ZoneInfo

from tests.simulation.outside import MARK

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.outside import Outside
    from tests.simulation.scheduler import SimScheduler

MINUTE, HOUR, DAY = 60, 3600, 86400
STEP: Final = 5 * MINUTE
MOST_IN_SPACE: Final = 60
STRANGER: Final = f"guest.{MARK}@elsewhere.example"
Asks = Literal["", "myroom", "onetime", "space"]
KEYWORDS: Final[tuple[tuple[str, Asks], ...]] = (
    ("@webex", "myroom"),
    (f"@Webex:myroom, {MARK} 5", "myroom"),
    (f"{MARK} (@webex)", "myroom"),
    ("@webex:onetime", "onetime"),
    (f"@MEET:onetime {MARK} @webex", "onetime"),
    ("@meet", "space"),
    (f"{MARK} @spark", "space"),
    ("@webex:space", "space"),
)
_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_RULES: Final = (
    "RRULE:FREQ=DAILY",
    "RRULE:FREQ=DAILY;COUNT=4",
    "RRULE:FREQ=WEEKLY;BYDAY={days}",
    "RRULE:FREQ=WEEKLY;INTERVAL=2",
    "RRULE:FREQ=DAILY;INTERVAL=2;UNTIL={until:%Y%m%dT%H%M%SZ}",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a calendar. ``served``: at all, ever."""

    address: str
    zone: str
    served: bool = True


@dataclass(slots=True, kw_only=True)
class Plan:
    """An event as its organiser knows it. ``asks``: what for; ``text``: what the organiser wrote.

    ``odd``: a series with a rule that is not expanded here. ``dropped``: how often a text without our block was put in
    the place of one with it; ``wishes``: how often it was asked for something else. ``own``: single occurrences ask
    for something of their own.
    """

    event_id: str
    owner: str
    asks: Asks
    text: str
    day: bool
    series: bool
    odd: bool = False
    gone: bool = False
    dropped: int = 0
    wishes: int = 0
    own: bool = False


class Maker:
    """Makes events. ``plans``: all that were ever made, by id."""

    def __init__(self, outside: Outside, scheduler: SimScheduler, people: tuple[Person, ...]) -> None:
        self._google = outside.google
        self._scheduler = scheduler
        self._people = people
        self.random = random.Random(f"people/{scheduler.seed}")
        self.plans: dict[str, Plan] = {}
        self.room = ""
        """Address of a room that can be invited, '' when there is none."""
        self._count = 0

    def now(self) -> float:
        return self._scheduler.clock.now()

    def any(self, fits: Callable[[Plan], bool] = lambda _: True) -> Plan | None:
        """Somebody's living event that fits."""
        plans = [plan for plan in self.plans.values() if not plan.gone and fits(plan)]
        return self.random.choice(plans) if plans else None

    # ---- making

    def create(self) -> None:
        """Put something into a calendar."""
        kind = self.random.random()
        if kind < 0.12:
            self._all_day()
        elif kind < 0.135:
            self._crowd()
        elif self.random.random() < 0.22:
            self._series()
        else:
            self.single(self._when())

    def single(self, start: float) -> None:
        self._insert(self._span(start), day=False, series=False)

    def _series(self) -> None:
        span = unfolded(self._span(self._when() - self.random.choice((0, 0, DAY, 3 * DAY))))
        self._insert(span | {"recurrence": [self.rule(span)]}, day=False, series=True)

    def _all_day(self) -> None:
        first = datetime.fromtimestamp(self.now(), UTC).date() + timedelta(days=self.random.randint(-2, 9))
        last = first + timedelta(days=self.random.randint(1, 3))
        body: dict[str, Any] = {"start": {"date": first.isoformat()}, "end": {"date": last.isoformat()}}
        series = self.random.random() < 0.4
        if series:
            body["recurrence"] = [self.random.choice(("RRULE:FREQ=WEEKLY;COUNT=6", "RRULE:FREQ=DAILY;INTERVAL=4"))]
        self._insert(body, day=True, series=series)

    def _crowd(self) -> None:
        """More people than a space may have are invited; sometimes somebody asks for a space all the same."""
        plan = self._insert(self._span(self._when()), day=False, series=False)
        guests = [{"email": f"guest{number}.{MARK}@elsewhere.example"} for number in range(MOST_IN_SPACE + 1)]
        asks = self.random.random() < 0.7
        change = {"attendees": guests} | ({"location": "@meet"} if asks else {})
        self._google.update_event(plan.owner, plan.event_id, change)
        plan.asks = "space" if asks else plan.asks
        plan.wishes += 1

    def _insert(self, body: dict[str, Any], *, day: bool, series: bool, odd: bool = False) -> Plan:
        owner = self._owner()
        location, asks = self.location()
        text = self.text()
        body |= {"summary": self.title(), "location": location, "description": text}
        if self.random.random() < 0.8:
            body["attendees"] = self.guests(owner)
        made = self._google.create_event(owner, body)["id"]
        plan = Plan(event_id=made, owner=owner, asks=asks, text=text, day=day, series=series, odd=odd)
        self.plans[made] = plan
        return plan

    # ---- choosing

    def _owner(self) -> str:
        served = [person.address for person in self._people if person.served]
        return self.random.choice(served if self.random.random() < 0.9 else [self._people[-1].address])

    def guests(self, owner: str) -> list[dict[str, str]]:
        others = [person.address for person in self._people if person.address != owner]
        chosen = self.random.sample(others, self.random.randint(1, len(others)))
        others = [address for address, chance in ((STRANGER, 0.2), (self.room, 0.3)) if self.random.random() < chance]
        return [{"email": address} for address in (*chosen, *others) if address]

    def _when(self) -> float:
        """Mostly soon, at full five minutes; sometimes running already, in some days, or at an edge of the window."""
        base = self.now() // STEP * STEP
        kind = self.random.random()
        if kind < 0.72:
            return base + self.random.randint(1, 60) * STEP
        if kind < 0.79:
            return base - self.random.randint(1, 4) * STEP
        if kind < 0.9:
            return base + self.random.randint(1, 20) * DAY // 3
        return base + (31 * DAY if kind < 0.96 else -7 * DAY) + self.random.randint(-12, 24) * HOUR

    def _span(self, start: float) -> dict[str, Any]:
        zone = self.random.choice([person.zone for person in self._people])
        length = self.random.choice((5, 15, 30, 30, 60, 240)) * MINUTE
        return {
            "start": {"dateTime": rfc3339(start), "timeZone": zone},
            "end": {"dateTime": rfc3339(start + length), "timeZone": zone},
        }

    def rule(self, event: dict[str, Any]) -> str:
        """A rule whose first occurrence is the event's start, as every calendar program makes them."""
        first = datetime.fromtimestamp(at(event), ZoneInfo(event["start"]["timeZone"])).weekday()
        days = ",".join(_DAYS[day] for day in sorted({first, (first + 2) % 7, (first + 3) % 7}))
        until = datetime.fromtimestamp(at(event) // DAY * DAY + self.random.randint(2, 12) * DAY, UTC)
        return self.random.choice(_RULES).format(until=until, days=days)

    def location(self) -> tuple[str, Asks]:
        """Text, and what it asks for."""
        kind = self.random.random()
        if kind < 0.55:
            return self.random.choice(KEYWORDS)
        if kind < 0.8:
            return f"https://acme-{MARK}.webex.com/meet/{MARK}.{self.random.randint(1, 9)}", ""
        return self.place(), ""

    def place(self) -> str:
        return f"{MARK} room {self._next()}"

    def title(self) -> str:
        return f"{MARK} title {self._next()}"

    def text(self) -> str:
        return self.random.choice(("", f"{MARK} text {self._next()}", f"<p>{MARK} <b>html</b> {self._next()}</p>"))

    def _next(self) -> int:
        self._count += 1
        return self._count


def rfc3339(moment: float) -> str:
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def asked_by(location: str) -> Asks:
    """What a location asks for, of those that are written here."""
    return next((asks for text, asks in KEYWORDS if text == location), "")


def at(event: dict[str, Any], name: str = "start") -> float:
    """Epoch seconds of a moment of an event; a day counts from midnight UTC."""
    moment = event[name]
    if "date" in moment:
        return datetime.fromisoformat(moment["date"]).replace(tzinfo=UTC).timestamp()
    return datetime.fromisoformat(moment["dateTime"]).timestamp()


def shifted(event: dict[str, Any], by: float) -> dict[str, Any]:
    """Start and end of an event, moved by seconds."""
    return {
        name: {"dateTime": rfc3339(at(event, name) + by), "timeZone": event[name].get("timeZone", "UTC")}
        for name in ("start", "end")
    }


def unfolded(span: dict[str, Any]) -> dict[str, Any]:
    """The same, or two hours later: no series begins in an hour that comes twice; what Google does then is unknown."""
    start = datetime.fromtimestamp(at(span), ZoneInfo(span["start"]["timeZone"]))
    return shifted(span, 2 * HOUR) if start.fold else span
