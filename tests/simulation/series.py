"""What people do to series and to single occurrences of them.

Owns: these acts. Promises: as ``people.py``. Does not: choose among them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from tests.simulation.plans import DAY, HOUR, STEP, Maker, Plan, at, shifted, unfolded

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.google.model import Fields

_ODD: Final = (
    "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "RRULE:FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1,2",
    "RRULE:FREQ=YEARLY;BYWEEKNO={week};BYDAY=MO,FR",
    "RRULE:FREQ=YEARLY;BYYEARDAY={day},{later}",
    "RRULE:FREQ=HOURLY;INTERVAL=6;COUNT=30",
    "RRULE:FREQ=DAILY;BYHOUR=9,15;COUNT=20",
    "RRULE:FREQ=WEEKLY;BYDAY={other}",
)
"""Rules that are not expanded by the daemon; the last one does not produce its own start."""
_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class SeriesPeople(Maker):
    """Acts on series."""

    def _patch(self, plan: Plan, body: Fields) -> None:
        self._google.update_event(plan.owner, plan.event_id, body)

    # ---- whole series

    def _odd_series(self) -> None:
        span = unfolded(self._span(self._when() - self.random.choice((0, DAY))))
        first = datetime.fromtimestamp(at(span), UTC)
        day = first.timetuple().tm_yday
        rule = self.random.choice(_ODD).format(
            week=first.isocalendar().week,
            day=day,
            later=min(day + 3, 365),
            other=_DAYS[(first.weekday() + 3) % 7],
        )
        self._insert(span | {"recurrence": [rule]}, day=False, series=True, odd=True)

    def _make_odd(self) -> None:
        """A series gets a rule of the other kind, or a plain one again."""
        plan = self.any(lambda plan: plan.series and not plan.day)
        if plan is not None:
            event = self._google.get_event(plan.owner, plan.event_id)
            rule = self.rule(event) if plan.odd else "RRULE:FREQ=DAILY;BYHOUR=9,15;COUNT=20"
            self._patch(plan, {"recurrence": [rule]})
            plan.odd = not plan.odd

    def _change_rule(self) -> None:
        plan = self.any(lambda plan: plan.series and not plan.day)
        if plan is not None:
            event = self._google.get_event(plan.owner, plan.event_id)
            self._patch(plan, {"recurrence": [self.rule(event)]})
            plan.odd = False

    def _change_dates(self) -> None:
        """Take an occurrence out of a series by EXDATE, or add one by RDATE."""
        found = self._instance(day=False)
        if found is None:
            return
        plan, occurrence = found
        event = self._google.get_event(plan.owner, plan.event_id)
        original = occurrence["originalStartTime"]
        moment = datetime.fromtimestamp(datetime.fromisoformat(original["dateTime"]).timestamp(), UTC)
        zone = ZoneInfo(event["start"]["timeZone"])
        if moment.astimezone(zone).time() != datetime.fromtimestamp(at(event), zone).time():
            return  # in an hour that the clocks leave out: which EXDATE is meant for it is not known of Google
        if self.random.random() < 0.5:
            line = f"EXDATE:{moment:%Y%m%dT%H%M%SZ}"
        else:
            line = f"RDATE:{moment + timedelta(hours=self.random.choice((2, 5, 29))):%Y%m%dT%H%M%SZ}"
        self._patch(plan, {"recurrence": [*event["recurrence"], line]})

    def _split(self) -> None:
        """Change "this and following": the series ends before an occurrence, and another one begins with it."""
        found = self._instance(day=False)
        if found is None or found[0].odd:
            return
        plan, occurrence = found
        event = self._google.get_event(plan.owner, plan.event_id)
        if at(occurrence) <= at(event):
            return
        until = datetime.fromtimestamp(at(occurrence) - 1, UTC)
        rule, *others = event["recurrence"]
        kept = ";".join(part for part in rule.split(";") if not part.startswith(("COUNT=", "UNTIL=")))
        self._patch(plan, {"recurrence": [f"{kept};UNTIL={until:%Y%m%dT%H%M%SZ}", *others]})
        span = unfolded(shifted(occurrence, self.random.choice((0, 0, HOUR))))
        self._insert(span | {"recurrence": [self.rule(span)]}, day=False, series=True)

    def _cancel_torn(self) -> None:
        """An exception is made and the whole series cancelled, one soon after the other."""
        found = self._instance()
        if found is None:
            return
        plan, occurrence = found
        acts = [lambda: self._change_instance(plan, occurrence), lambda: self._end(plan)]
        if self.random.random() < 0.3:
            acts.reverse()
        self._try(acts[0])
        self._scheduler.after(self.random.uniform(0, 40), lambda: self._try(acts[1]))

    def _change_instance(self, plan: Plan, occurrence: Fields) -> None:
        if self.random.random() < 0.5:
            self._google.delete_event(plan.owner, occurrence["id"])
        else:
            self._google.update_event(plan.owner, occurrence["id"], {"summary": self.title()})

    def _end(self, plan: Plan) -> None:
        if not plan.gone:
            self._google.delete_event(plan.owner, plan.event_id)
            plan.gone = True
            self._scheduler.reached["people: series that is asked for ended"] += plan.odd

    # ---- occurrences

    def _instance(self, *, day: bool = True, ahead: float = 6 * DAY) -> tuple[Plan, dict[str, Any]] | None:
        plan = self.any(lambda plan: plan.series and (day or not plan.day))
        if plan is None:
            return None
        coming = self._google.instances(plan.owner, self.now(), self.now() + ahead)
        mine = [event for event in coming if event.get("recurringEventId") == plan.event_id]
        return (plan, self.random.choice(mine)) if mine else None

    def _move_instance(self) -> None:
        found = self._instance(day=False)
        if found is not None:
            by = self.random.choice((-2, 1, 3, 12, 36)) * STEP
            self._google.update_event(found[0].owner, found[1]["id"], shifted(found[1], by))

    def _move_far(self) -> None:
        """Move an occurrence over an edge of the window: out of it, or into it."""
        found = self._instance(day=False, ahead=60 * DAY)
        if found is not None:
            by = self.random.choice((-40, -35, -12, 20, 32, 45)) * DAY + self.random.randint(-3, 3) * HOUR
            self._google.update_event(found[0].owner, found[1]["id"], shifted(found[1], by))

    def _bring_near(self) -> None:
        """Make a series that begins far beyond the window, and move one occurrence of it to these days."""
        span = unfolded(self._span(self.now() // STEP * STEP + self.random.randint(45, 60) * DAY))
        plan = self._insert(span | {"recurrence": [self.rule(span)]}, day=False, series=True)
        far = self._google.instances(plan.owner, self.now() + 40 * DAY, self.now() + 75 * DAY)
        mine = [event for event in far if event.get("recurringEventId") == plan.event_id]
        if mine:
            chosen = self.random.choice(mine)
            near = self._span(self._when())
            self._google.update_event(plan.owner, chosen["id"], near)
            if self.random.random() < 0.4:
                back = shifted(chosen, 0)
                later = self.random.uniform(60, 600)
                self._scheduler.after(
                    later, lambda: self._try(lambda: self._google.update_event(plan.owner, chosen["id"], back))
                )

    def _move_day(self) -> None:
        """Move an occurrence of an all-day series to another day."""
        plan = self.any(lambda plan: plan.series and plan.day)
        if plan is None:
            return
        coming = self._google.instances(plan.owner, self.now(), self.now() + 20 * DAY)
        mine = [event for event in coming if event.get("recurringEventId") == plan.event_id]
        if mine:
            chosen = self.random.choice(mine)
            by = timedelta(days=self.random.choice((-1, 1, 2)))
            days = {
                name: {"date": (datetime.fromisoformat(chosen[name]["date"]) + by).date().isoformat()}
                for name in ("start", "end")
            }
            self._google.update_event(plan.owner, chosen["id"], days)

    def _rename_instance(self) -> None:
        found = self._instance()
        if found is not None:
            self._google.update_event(found[0].owner, found[1]["id"], {"summary": self.title()})

    def _cancel_instance(self) -> None:
        found = self._instance()
        if found is not None:
            self._google.delete_event(found[0].owner, found[1]["id"])

    def _relocate_instance(self) -> None:
        """One occurrence asks for something of its own."""
        found = self._instance(day=False)
        if found is not None:
            plan, occurrence = found
            plan.wishes += 1
            plan.own = True
            self._google.update_event(plan.owner, occurrence["id"], {"location": self.location()[0]})
