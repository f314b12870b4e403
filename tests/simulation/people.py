"""People who use their calendars, at random, as themselves.

Owns: what is done to the calendars and responders of a run, and what only its author knows about an event: the own
text, whether a block is to be in it. Promises: everything is done through Google's public operations and may be
refused by them; the same seed does the same things. Does not: look at the daemon.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from hybridcal_daemon.domain.joinblock import BEGIN
from hybridcal_daemon.sandbox.google.errors import Refused
from tests.simulation.outside import MARK

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.outside import Outside
    from tests.simulation.scheduler import SimScheduler

MINUTE, HOUR, DAY = 60, 3600, 86400
STEP: Final = 5 * MINUTE
STRANGER: Final = f"guest.{MARK}@elsewhere.example"
_KEYWORDS: Final = ("@webex", f"@Webex:myroom, {MARK} 5", f"{MARK} (@webex)")
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
    """An event as its organiser knows it."""

    event_id: str
    owner: str
    keyword: bool
    text: str
    day: bool
    series: bool
    gone: bool = False
    dropped: int = 0
    """How often somebody took our block out of the text (or put a version without it in its place)."""
    before: list[dict[str, Any]] = field(default_factory=list)


class People:
    """The workload. ``act`` does one thing that somebody might do."""

    def __init__(self, outside: Outside, scheduler: SimScheduler, people: tuple[Person, ...]) -> None:
        self._google = outside.google
        self._scheduler = scheduler
        self._people = people
        self._zones = {person.address: person.zone for person in people}
        self.random = random.Random(f"people/{scheduler.seed}")
        self.plans: dict[str, Plan] = {}
        self.away: dict[str, dict[str, Any]] = {}
        """The responder of everybody who ever had one."""
        self._count = 0
        self.told: Callable[[str], None] = lambda _: None
        """Hears what is done."""
        self._acts: tuple[tuple[Callable[[], None], float], ...] = (
            (self._create, 5.0),
            (self._move, 3.0),
            (self._rename, 1.5),
            (self._retext, 1.5),
            (self._relocate, 0.7),
            (self._reinvite, 1.0),
            (self._cancel, 1.5),
            (self._restore, 0.4),
            (self._answer, 2.0),
            (self._leave, 0.5),
            (self._move_instance, 1.5),
            (self._rename_instance, 0.7),
            (self._cancel_instance, 1.2),
            (self._answer_instance, 0.6),
            (self._change_rule, 0.4),
            (self._tease, 1.5),
            (self._vacation, 1.0),
        )

    # ---- what happens

    def settle_in(self, most: int) -> None:
        """Fill the calendars before the daemon begins, the edges of every window included."""
        for _ in range(self.random.randint(2, most)):
            self._try(self._create)
        for edge in (-7 * DAY, -7 * DAY, 31 * DAY, 31 * DAY, 32 * DAY, 32 * DAY):
            self._single(self._now() + edge + self.random.randint(-3, 12) * 2 * HOUR)

    def act(self) -> None:
        """Do something."""
        acts, weights = zip(*self._acts, strict=True)
        self._try(self.random.choices(acts, weights)[0])

    def interfere(self, event_id: str | None = None) -> None:
        """Do something to one event (or to any) just now: while the daemon has read it and not yet written."""
        plan = self.plans.get((event_id or "").partition("_")[0]) or self._any()
        if plan is not None:
            self._try(lambda: self._patch(plan, {"summary": self._title()}))

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
            self.told(f"people: {act.__name__}")
        except Refused:
            self._scheduler.reached["people: refused by Google"] += 1

    # ---- making events

    def _create(self) -> None:
        if self.random.random() < 0.12:
            self._all_day()
        elif self.random.random() < 0.22:
            self._series()
        else:
            self._single(self._when())

    def _single(self, start: float) -> None:
        self._insert(self._owner(), self._span(start, self._length()), day=False, series=False)

    def _series(self) -> None:
        start = self._when() - self.random.choice((0, 0, DAY, 3 * DAY))
        span = self._span(start, self._length())
        self._insert(self._owner(), span | {"recurrence": [self._rule(span)]}, day=False, series=True)

    def _all_day(self) -> None:
        first = datetime.fromtimestamp(self._now(), UTC).date() + timedelta(days=self.random.randint(-2, 9))
        last = first + timedelta(days=self.random.randint(1, 3))
        body: dict[str, Any] = {"start": {"date": first.isoformat()}, "end": {"date": last.isoformat()}}
        series = self.random.random() < 0.4
        if series:
            body["recurrence"] = ["RRULE:FREQ=WEEKLY;COUNT=6"]
        self._insert(self._owner(), body, day=True, series=series)

    def _insert(self, owner: str, body: dict[str, Any], *, day: bool, series: bool) -> None:
        location, keyword = self._location()
        text = self._text()
        body |= {"summary": self._title(), "location": location, "description": text}
        if self.random.random() < 0.8:
            body["attendees"] = self._guests(owner)
        made = self._google.create_event(owner, body)
        self.plans[made["id"]] = Plan(
            event_id=made["id"], owner=owner, keyword=keyword, text=text, day=day, series=series
        )

    # ---- changing events

    def _move(self) -> None:
        plan = self._any(lambda plan: not plan.day)
        if plan is not None:
            event = self._google.get_event(plan.owner, plan.event_id)
            by = self.random.choice((-3, -1, 1, 2, 3, 12, 48)) * STEP * self.random.choice((1, 3, 12))
            span = self._shifted(event, by)
            self._patch(plan, span | ({"recurrence": [self._rule(span)]} if plan.series else {}))

    def _rename(self) -> None:
        plan = self._any()
        if plan is not None:
            self._patch(plan, {"summary": self._title()})

    def _retext(self) -> None:
        """Change the own text, with our block left in, or with all of it replaced."""
        plan = self._any()
        if plan is None:
            return
        old = self._google.get_event(plan.owner, plan.event_id).get("description", "")
        text = self._text()
        kept = plan.text and self.random.random() < 0.6
        self._patch(plan, {"description": old.replace(plan.text, text, 1) if kept else text})
        plan.text = text
        if not kept and BEGIN in old:
            plan.dropped += 1

    def _relocate(self) -> None:
        plan = self._any(lambda plan: not plan.keyword)
        if plan is not None:
            location, keyword = self._location()
            self._patch(plan, {"location": location})
            plan.keyword = keyword

    def _reinvite(self) -> None:
        """Not to a series with exceptions: what a new guest sees of those the stand-in does not model."""
        plan = self._any()
        if plan is not None and not any(
            event.get("recurringEventId") == plan.event_id for event in self._google.dump_events(plan.owner)
        ):
            self._patch(plan, {"attendees": self._guests(plan.owner)})

    def _cancel(self) -> None:
        plan = self._any()
        if plan is not None:
            self._google.delete_event(plan.owner, plan.event_id)
            plan.gone = True

    def _restore(self) -> None:
        gone = [plan for plan in self.plans.values() if plan.gone]
        if gone:
            plan = self.random.choice(gone)
            self._google.update_event(plan.owner, plan.event_id, {"status": "confirmed"})
            plan.gone = False

    def _patch(self, plan: Plan, body: dict[str, Any]) -> None:
        self._google.update_event(plan.owner, plan.event_id, body)

    # ---- as a guest

    def _answer(self) -> None:
        guest, event = self._invitation()
        if event is not None:
            self._respond(guest, event["id"])

    def _respond(self, guest: str, event_id: str) -> None:
        me = {"email": guest, "responseStatus": self.random.choice(("accepted", "declined", "tentative"))}
        self._google.update_event(guest, event_id, {"attendees": [me], "attendeesOmitted": True})

    def _leave(self) -> None:
        guest, event = self._invitation()
        if event is not None:
            self._google.delete_event(guest, event["id"])

    def _invitation(self) -> tuple[str, dict[str, Any] | None]:
        guest = self.random.choice(self._people).address
        invited = [
            event
            for event in self._google.dump_events(guest)
            if event.get("status") != "cancelled" and not event["organizer"].get("self")
        ]
        return guest, self.random.choice(invited) if invited else None

    # ---- instances

    def _instance(self) -> tuple[Plan, dict[str, Any]] | None:
        plan = self._any(lambda plan: plan.series)
        if plan is None:
            return None
        coming = self._google.instances(plan.owner, self._now(), self._now() + 6 * DAY)
        mine = [event for event in coming if event.get("recurringEventId") == plan.event_id]
        return (plan, self.random.choice(mine)) if mine else None

    def _move_instance(self) -> None:
        found = self._instance()
        if found is not None and not found[0].day:
            by = self.random.choice((-2, 1, 3, 12, 36)) * STEP
            self._google.update_event(found[0].owner, found[1]["id"], self._shifted(found[1], by))

    def _rename_instance(self) -> None:
        found = self._instance()
        if found is not None:
            self._google.update_event(found[0].owner, found[1]["id"], {"summary": self._title()})

    def _cancel_instance(self) -> None:
        found = self._instance()
        if found is not None:
            self._google.delete_event(found[0].owner, found[1]["id"])

    def _answer_instance(self) -> None:
        found = self._instance()
        guests = [guest["email"] for guest in (found[1].get("attendees", ()) if found else ())]
        known = [guest for guest in guests if guest in self._zones and found and guest != found[0].owner]
        if found is not None and known:
            self._respond(self.random.choice(known), found[1]["id"])

    def _change_rule(self) -> None:
        plan = self._any(lambda plan: plan.series and not plan.day)
        if plan is not None:
            event = self._google.get_event(plan.owner, plan.event_id)
            self._patch(plan, {"recurrence": [self._rule(event)]})

    def _tease(self) -> None:
        """Move a meeting whose card is out, and a little later move it back."""
        soon = [
            (plan, event)
            for plan in self.plans.values()
            if not plan.gone and not plan.day and not plan.series
            for event in [self._google.get_event(plan.owner, plan.event_id)]
            if self._now() - 10 * MINUTE < at(event) < self._now() + 4 * MINUTE
        ]
        if not soon:
            return
        plan, event = self.random.choice(soon)
        self._patch(plan, self._shifted(event, 2 * HOUR))
        back = {name: event[name] for name in ("start", "end")}
        self._scheduler.after(self.random.uniform(2, 100), lambda: self._try(lambda: self._patch(plan, back)))

    # ---- absence

    def _vacation(self) -> None:
        person = self.random.choice([person for person in self._people if person.served])
        on = self.random.random() < 0.65
        settings: dict[str, Any] = {"enableAutoReply": on, "responseSubject": self._title(), "restrictToContacts": True}
        now = self._now()
        if self.random.random() < 0.5:
            settings["startTime"] = str(int(now + self.random.randint(-8, 4) * 15 * MINUTE) * 1000)
        if self.random.random() < 0.5:
            settings["endTime"] = str(int(now + self.random.randint(5, 16) * 15 * MINUTE) * 1000)
        self._google.set_vacation(person.address, settings)
        if on:
            self.away[person.address] = settings
        elif person.address in self.away:
            self.away[person.address] = settings

    # ---- choosing

    def _now(self) -> float:
        return self._scheduler.clock.now()

    def _any(self, fits: Callable[[Plan], bool] = lambda _: True) -> Plan | None:
        plans = [plan for plan in self.plans.values() if not plan.gone and fits(plan)]
        return self.random.choice(plans) if plans else None

    def _owner(self) -> str:
        served = [person.address for person in self._people if person.served]
        return self.random.choice(served if self.random.random() < 0.9 else [self._people[-1].address])

    def _guests(self, owner: str) -> list[dict[str, str]]:
        others = [person.address for person in self._people if person.address != owner]
        chosen = self.random.sample(others, self.random.randint(1, len(others)))
        return [{"email": address} for address in (*chosen, *([STRANGER] if self.random.random() < 0.2 else []))]

    def _when(self) -> float:
        """Mostly soon, at full five minutes; sometimes running already, in some days, or at an edge of the window."""
        base = self._now() // STEP * STEP
        kind = self.random.random()
        if kind < 0.72:
            return base + self.random.randint(1, 60) * STEP
        if kind < 0.79:
            return base - self.random.randint(1, 4) * STEP
        if kind < 0.9:
            return base + self.random.randint(1, 20) * DAY // 3
        return base + (31 * DAY if kind < 0.96 else -7 * DAY) + self.random.randint(-12, 24) * HOUR

    def _length(self) -> float:
        return self.random.choice((5, 15, 30, 30, 60, 240)) * MINUTE

    def _span(self, start: float, length: float) -> dict[str, Any]:
        zone = self.random.choice([person.zone for person in self._people])
        return {
            "start": {"dateTime": _rfc3339(start), "timeZone": zone},
            "end": {"dateTime": _rfc3339(start + length), "timeZone": zone},
        }

    @staticmethod
    def _shifted(event: dict[str, Any], by: float) -> dict[str, Any]:
        return {
            name: {
                "dateTime": _rfc3339(at(event, name) + by),
                "timeZone": event[name].get("timeZone", "UTC"),
            }
            for name in ("start", "end")
        }

    def _rule(self, event: dict[str, Any]) -> str:
        """A rule whose first occurrence is the event's start, as every calendar program makes them."""
        first = datetime.fromtimestamp(at(event), ZoneInfo(event["start"]["timeZone"])).weekday()
        days = ",".join(_DAYS[day] for day in sorted({first, (first + 2) % 7, (first + 3) % 7}))
        until = datetime.fromtimestamp(at(event) // DAY * DAY + self.random.randint(2, 12) * DAY, UTC)
        return self.random.choice(_RULES).format(until=until, days=days)

    def _location(self) -> tuple[str, bool]:
        kind = self.random.random()
        if kind < 0.5:
            return self.random.choice(_KEYWORDS), True
        if kind < 0.8:
            return f"https://acme-{MARK}.webex.com/meet/{MARK}.{self.random.randint(1, 9)}", False
        return f"{MARK} room {self._next()}", False

    def _title(self) -> str:
        return f"{MARK} title {self._next()}"

    def _text(self) -> str:
        return self.random.choice(("", f"{MARK} text {self._next()}", f"<p>{MARK} <b>html</b> {self._next()}</p>"))

    def _next(self) -> int:
        self._count += 1
        return self._count


def _rfc3339(at: float) -> str:
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def at(event: dict[str, Any], name: str = "start") -> float:
    """Epoch seconds of a moment of an event; a day counts from midnight UTC."""
    moment = event[name]
    if "date" in moment:
        return datetime.fromisoformat(moment["date"]).replace(tzinfo=UTC).timestamp()
    return datetime.fromisoformat(moment["dateTime"]).timestamp()
