"""People who use one calendar at random: its owner, and a colleague who invites her.

Owns: what is done to a calendar in a run, and its story in words. Promises: everything goes through Google's public
operations and may be refused by them; the same generator does the same things. Does not: look at the daemon.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.sandbox.google.errors import Refused
from tests.calendars import bodies
from tests.calendars.bodies import Body
from tests.calendars.oracle import DAY, Row, expected, point

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from hybridcal_daemon.sandbox.google.service import GoogleSandbox
    from tests.calendars.driver import Clock

ALICE: Final = "alice@acme.example"
BOB: Final = "bob@acme.example"
_LIMITS: Final = re.compile(r";(COUNT|UNTIL)=[^;]*")


class People:
    """``story``: what was done, a line each."""

    def __init__(self, google: GoogleSandbox, clock: Clock, random: Random, zone: str) -> None:
        self._google, self._clock, self._random, self._zone = google, clock, random, zone
        self._owner: dict[str, str] = {}
        self._count = 0
        self.story: list[str] = []
        self.refused = 0
        self._acts: tuple[tuple[Callable[[], None], float], ...] = (
            (self._create_single, 1.5),
            (self._create_series, 1.5),
            (self._move, 2.0),
            (self._rename, 1.0),
            (self._cancel, 1.2),
            (self._restore, 0.7),
            (self._move_occurrence, 3.0),
            (self._rename_occurrence, 1.0),
            (self._cancel_occurrence, 2.0),
            (self._restore_occurrence, 0.8),
            (self._leave, 0.6),
            (self._change_rule, 1.2),
            (self._change_kind, 0.5),
            (self._split, 1.5),
        )

    def settle_in(self, most: int) -> None:
        """Fill the calendar before the daemon begins."""
        for _ in range(self._random.randint(1, most)):
            self._try(self._create_series if self._random.random() < 0.65 else self._create_single)
        for _ in range(self._random.randint(0, 3)):
            self.act()

    def act(self) -> None:
        """Do something."""
        acts, weights = zip(*self._acts, strict=True)
        self._try(self._random.choices(acts, weights)[0])

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Refused as refused:
            self.refused += 1
            self.tell(f"(refused: {refused.reason})")

    def tell(self, line: str) -> None:
        """Another line of the story."""
        self.story.append(f"{datetime.fromtimestamp(self._clock.at, UTC):%m-%d %H:%M} {line}")

    # ---- making

    def _create_single(self) -> None:
        day = bodies.pick_day(self._random, self._clock.at)
        self._insert(bodies.span(self._random, day, self._zone, whole=self._random.random() < 0.3))

    def _create_series(self) -> None:
        self._insert(bodies.series(self._random, self._clock.at, self._zone))

    def _insert(self, body: Body) -> str:
        owner = BOB if self._random.random() < 0.15 else ALICE
        guests = {"attendees": [{"email": ALICE}]} if owner == BOB else {}
        title = self._title()
        made: str = self._google.create_event(owner, {"summary": title, **body, **guests})["id"]
        self._owner[made] = owner
        self.tell(f"{'Bob invites to' if guests else 'new'} {title!r} {_when(body)}")
        return made

    def _title(self) -> str:
        self._count += 1
        return f"title {self._count}"

    # ---- choosing

    def _events(self, *, alive: bool = True, series: bool | None = None) -> list[Body]:
        """Whole events (no exceptions) of Alice's calendar."""
        return [
            event
            for event in self._google.dump_events(ALICE)
            if "recurringEventId" not in event
            and (event["status"] != "cancelled") == alive
            and (series is None or bool(event.get("recurrence")) == series)
            and "start" in event
        ]

    def _any(self, **how: Any) -> Body | None:
        events = self._events(**how)
        return self._random.choice(events) if events else None

    def _free_to_change(self, **how: Any) -> Body | None:
        """Any event but a series with an occurrence that was cancelled more than the window ahead.

        Were its rule changed, changed back and the occurrence thereby brought back: what Google does is unknown.
        """
        far = {
            event["recurringEventId"]
            for event in self._google.dump_events(ALICE)
            if "recurringEventId" in event and event["status"] == "cancelled" and _was_far(event)
        }
        events = [event for event in self._events(**how) if event["id"] not in far]
        return self._random.choice(events) if events else None

    def _any_occurrence(self) -> tuple[str, Row] | None:
        """An occurrence of a series that Alice sees, near the window, and the series' id."""
        events = self._google.dump_events(ALICE)
        low, high = self._clock.at - 11 * DAY, self._clock.at + 39 * DAY
        ids = {event["id"] for event in events if event.get("recurrence")}
        rows = [row for row in expected(events, low, high) if row.instance.rpartition("_")[0] in ids]
        if not rows:
            return None
        row = self._random.choice(rows)
        return row.instance.rpartition("_")[0], row

    def _patch(self, event_id: str, body: Body) -> None:
        series = event_id if event_id in self._owner else event_id.rpartition("_")[0]
        self._google.update_event(self._owner.get(series, ALICE), event_id, body)

    # ---- whole events

    def _move(self) -> None:
        event = self._free_to_change()
        if event is None:
            return
        days = self._random.choice((0, 0, 1, -1, 3, 12, -12, 45, -45))
        by = timedelta(days=days, hours=0 if days and self._random.random() < 0.5 else self._random.choice((-3, 1, 5)))
        body = bodies.shifted(event, by)
        if event.get("recurrence"):
            body["recurrence"] = self._rule_for(body)
        self.tell(f"{event['summary']!r} moved by {by}: {_when(body)}")
        self._patch(event["id"], body)

    def _rule_for(self, body: Body) -> list[str]:
        return bodies.lines(self._random, body, self._clock.at)

    def _rename(self) -> None:
        event = self._any()
        if event is not None:
            title = self._title()
            self.tell(f"{event['summary']!r} renamed {title!r}")
            self._patch(event["id"], {"summary": title})

    def _cancel(self) -> None:
        event = self._any()
        if event is not None:
            self.tell(f"{event['summary']!r} cancelled as a whole")
            self._google.delete_event(self._owner[event["id"]], event["id"])

    def _restore(self) -> None:
        event = self._any(alive=False)
        if event is not None:
            self.tell(f"{event['summary']!r} restored")
            self._patch(event["id"], {"status": "confirmed"})

    def _leave(self) -> None:
        """Alice takes a whole invitation off her calendar."""
        invited = [event for event in self._events() if self._owner[event["id"]] == BOB]
        if invited:
            event = self._random.choice(invited)
            self.tell(f"Alice leaves {event['summary']!r}")
            self._google.delete_event(ALICE, event["id"])

    def _change_rule(self) -> None:
        event = self._free_to_change(series=True)
        if event is not None:
            rule = self._rule_for(event)
            self.tell(f"{event['summary']!r} gets {rule}")
            self._patch(event["id"], {"recurrence": rule})

    def _change_kind(self) -> None:
        """A single event becomes a series, a series a single event, or a time a day."""
        event = self._free_to_change()
        if event is None:
            return
        if self._random.random() < 0.3:
            day = bodies.first_day(event)
            body = bodies.span(self._random, day, self._zone, whole="date" not in event["start"])
            body = {name: {"date": None, "dateTime": None, "timeZone": None} | body[name] for name in ("start", "end")}
            body["recurrence"] = self._rule_for(_clean(body)) if event.get("recurrence") else None
        else:
            body = {"recurrence": None if event.get("recurrence") else self._rule_for(event)}
        self.tell(f"{event['summary']!r} becomes {body}")
        self._patch(event["id"], body)

    def _split(self) -> None:
        """'This and following': the series ends before an occurrence, a new one begins there."""
        found = self._any_occurrence()
        event = next((one for one in self._events(series=True) if found and one["id"] == found[0]), None)
        if found is None or event is None:
            return
        at = _original(found[1].instance)
        rule, *others = event["recurrence"]
        if not rule.startswith("RRULE") or bodies.first_day(event) == (at if isinstance(at, date) else at.date()):
            return
        before = at - timedelta(days=1) if not isinstance(at, datetime) else at - timedelta(seconds=1)
        until = f"{before:%Y%m%dT%H%M%SZ}" if isinstance(before, datetime) else f"{before:%Y%m%d}"
        endless = _LIMITS.sub("", rule)
        self.tell(f"{event['summary']!r} split at {found[1]}")
        self._patch(event["id"], {"recurrence": [f"{endless};UNTIL={until}", *others]})
        body = bodies.shifted(event, _distance(event, at))
        self._insert({**body, "recurrence": [endless if self._random.random() < 0.5 else f"{endless};COUNT=5"]})

    # ---- occurrences

    def _move_occurrence(self) -> None:
        found = self._any_occurrence()
        if found is None:
            return
        _, row = found
        event = self._google.get_event(ALICE, row.instance)
        days = self._random.choice((0, 0, 0, 1, -1, 2, 9, -9, -9, 45, -45))
        by = timedelta(days=days, hours=self._random.choice((-2, 1, 4)))
        self.tell(f"{row} moved by {by}")
        self._patch(row.instance, bodies.shifted(event, by))

    def _rename_occurrence(self) -> None:
        found = self._any_occurrence()
        if found is not None:
            title = self._title()
            self.tell(f"{found[1]} renamed {title!r}")
            self._patch(found[1].instance, {"summary": title})

    def _cancel_occurrence(self) -> None:
        """By its organiser, or taken off by Alice alone."""
        found = self._any_occurrence()
        if found is not None:
            who = self._random.choice((ALICE, self._owner.get(found[0], ALICE)))
            self.tell(f"{found[1]} cancelled by {who}")
            self._google.delete_event(who, found[1].instance)

    def _restore_occurrence(self) -> None:
        series = {event["id"] for event in self._events(series=True)}
        exceptions = [event for event in self._google.dump_events(ALICE) if event.get("recurringEventId") in series]
        gone = [event for event in exceptions if event["status"] == "cancelled"]
        if gone:
            event = self._random.choice(gone)
            self.tell(f"{event['id']} restored")
            self._patch(event["id"], {"status": "confirmed"})


def _was_far(event: Body) -> bool:
    """Cancelled when it was not yet in the window; an etag is twice the time of the change in microseconds."""
    original = point(event["originalStartTime"])
    at = _midnight(original) if isinstance(original, date) else original
    return at > int(event["etag"].strip('"')) / 2_000_000 + 29 * DAY


def _midnight(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def _original(instance: str) -> date | datetime:
    text = instance.rpartition("_")[2]
    if "T" not in text:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _distance(event: Body, at: date | datetime) -> timedelta:
    if isinstance(at, datetime):
        return at - datetime.fromisoformat(event["start"]["dateTime"])
    return at - bodies.first_day(event)


def _clean(body: Body) -> Body:
    return {name: {part: value for part, value in moment.items() if value is not None} for name, moment in body.items()}


def _when(body: Body) -> str:
    start, end = body["start"], body["end"]
    said = f"{start.get('date') or start['dateTime']} to {end.get('date') or end['dateTime']}"
    zone = f" {start['timeZone']}" if start.get("timeZone") else ""
    return f"{said}{zone} {' '.join(body.get('recurrence') or ())}"
