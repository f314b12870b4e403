"""People who use their calendars, at random, as themselves.

Owns: what is done to the calendars and responders of a run. Promises: everything is done through Google's public
operations and may be refused by them; the same seed does the same things. Does not: look at the daemon.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hybridcal_daemon.domain.joinblock import BEGIN
from hybridcal_daemon.sandbox.google.errors import Refused
from tests.simulation.absences import AbsentPeople
from tests.simulation.plans import DAY, HOUR, MINUTE, STEP, Person, at, shifted, unfolded

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.outside import Outside
    from tests.simulation.plans import Plan
    from tests.simulation.scheduler import SimScheduler


class People(AbsentPeople):
    """The workload. ``act`` does one thing that somebody might do."""

    def __init__(self, outside: Outside, scheduler: SimScheduler, people: tuple[Person, ...]) -> None:
        super().__init__(outside, scheduler, people)
        self.away: dict[str, dict[str, Any]] = {}
        self.absent: dict[str, list[str]] = {}
        self.answered: dict[tuple[str, str], float] = {}
        """When somebody (or the organiser for them) last answered an invitation: (guest, event) -> time."""
        self.told: Callable[[str], None] = lambda _: None
        """Hears what is done."""
        self._acts: tuple[tuple[Callable[[], None], float], ...] = (
            (self.create, 5.0),
            (self._move, 3.0),
            (self._rename, 1.5),
            (self._retext, 1.5),
            (self._relocate, 1.5),
            (self._reinvite, 1.0),
            (self._cancel, 1.5),
            (self._restore, 0.4),
            (self._answer, 2.0),
            (self._leave, 0.5),
            (self._move_instance, 1.5),
            (self._rename_instance, 0.7),
            (self._cancel_instance, 1.2),
            (self._relocate_instance, 0.7),
            (self._answer_instance, 0.6),
            (self._change_rule, 0.4),
            (self._odd_series, 0.5),
            (self._make_odd, 0.2),
            (self._change_dates, 0.6),
            (self._split, 0.5),
            (self._cancel_torn, 0.3),
            (self._move_far, 0.8),
            (self._bring_near, 0.8),
            (self._move_day, 0.3),
            (self._tease, 1.5),
            (self._vacation, 2.6),
            (self._be_absent, 1.6),
            (self._change_absence, 0.8),
        )

    # ---- what happens

    def settle_in(self, most: int) -> None:
        """Fill the calendars before the daemon begins, the edges of every window included."""
        for _ in range(self.random.randint(2, most)):
            self._try(self.create)
        for edge in (-7 * DAY, -7 * DAY, 31 * DAY, 31 * DAY, 32 * DAY, 32 * DAY):
            self.single(self.now() + edge + self.random.randint(-3, 12) * 2 * HOUR)

    def act(self) -> None:
        """Do something."""
        acts, weights = zip(*self._acts, strict=True)
        self._try(self.random.choices(acts, weights)[0])

    def interfere(self, event_id: str = "") -> None:
        """Change one event (or any) just now: while the daemon has read it and not yet written."""
        plan = self.plans.get(event_id.partition("_")[0]) or self.any()
        if plan is not None:
            change = self.random.choice((self._new_title, self._new_text))
            self._try(lambda: change(plan))

    def can_touch(self, event_id: str) -> bool:
        """Whether ``touch`` changes it: not what somebody had the daemon make."""
        plan = self.plans.get(event_id.partition("_")[0])
        return plan is not None and not plan.gone

    def touch(self, event_id: str) -> None:
        """Give an event, or the series that it is of, another title."""
        plan = self.plans.get(event_id.partition("_")[0])
        if plan is not None and not plan.gone:
            self._try(lambda: self._new_title(plan))

    def put_off(self) -> None:
        """Move an event so far away that no list shows it any more."""
        plan = self.any(lambda plan: not plan.day and not plan.series)
        if plan is not None:
            event = self._google.get_event(plan.owner, plan.event_id)
            self._try(lambda: self._patch(plan, shifted(event, 50 * DAY)))

    def bring_near(self) -> None:
        """Let an exception of a far away series happen these days."""
        self._try(self._bring_near)

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
            self.told(f"people: {act.__name__}")
        except Refused:
            self._scheduler.reached["people: refused by Google"] += 1

    # ---- changing events

    def _move(self) -> None:
        plan = self.any(lambda plan: not plan.day)
        if plan is not None:
            by = self.random.choice((-3, -1, 1, 2, 3, 12, 48)) * STEP * self.random.choice((1, 3, 12))
            span = shifted(self._google.get_event(plan.owner, plan.event_id), by)
            self._patch(plan, self._anew(span) if plan.series else span)
            plan.odd = False

    def _anew(self, span: dict[str, Any]) -> dict[str, Any]:
        """A series at another time gets another rule as well."""
        span = unfolded(span)
        return span | {"recurrence": [self.rule(span)]}

    def _rename(self) -> None:
        plan = self.any()
        if plan is not None:
            self._new_title(plan)

    def _new_title(self, plan: Plan) -> None:
        self._patch(plan, {"summary": self.title()})

    def _retext(self) -> None:
        plan = self.any()
        if plan is not None:
            self._new_text(plan)

    def _new_text(self, plan: Plan) -> None:
        """Change the own text, with our block left in, or with all of it replaced."""
        old = self._google.get_event(plan.owner, plan.event_id).get("description", "")
        text = self.text()
        kept = plan.text and self.random.random() < 0.6
        self._patch(plan, {"description": old.replace(plan.text, text, 1) if kept else text})
        plan.text = text
        if not kept and BEGIN in old:
            plan.dropped += 1

    def _relocate(self) -> None:
        """Ask for something else, or for nothing any more."""
        plan = self.any()
        if plan is not None:
            location, asks = self.location() if self.random.random() < 0.6 else (self.place(), "")
            plan.wishes += 1
            self._patch(plan, {"location": location})
            plan.asks = asks

    def _reinvite(self) -> None:
        """Not to a series with exceptions: what a new guest sees of those the stand-in does not model."""
        plan = self.any()
        if plan is not None and not any(
            event.get("recurringEventId") == plan.event_id for event in self._google.dump_events(plan.owner)
        ):
            for person in self._people:
                self._meddles(person.address, plan.event_id)
            self._patch(plan, {"attendees": self.guests(plan.owner)})

    def _cancel(self) -> None:
        plan = self.any()
        if plan is not None:
            self._end(plan)

    def _restore(self) -> None:
        gone = [plan for plan in self.plans.values() if plan.gone]
        if gone:
            plan = self.random.choice(gone)
            self._patch(plan, {"status": "confirmed"})
            plan.gone = False

    def _tease(self) -> None:
        """Move a meeting whose card is out, and a little later move it back."""
        plans = [plan for plan in self.plans.values() if not (plan.gone or plan.day or plan.series)]
        events = [(plan, self._google.get_event(plan.owner, plan.event_id)) for plan in plans]
        near = range(int(self.now()) - 10 * MINUTE, int(self.now()) + 4 * MINUTE)
        soon = [(plan, event) for plan, event in events if int(at(event)) in near]
        if soon:
            plan, event = self.random.choice(soon)
            self._patch(plan, shifted(event, 2 * HOUR))
            back = {name: event[name] for name in ("start", "end")}
            self._scheduler.after(self.random.uniform(2, 100), lambda: self._try(lambda: self._patch(plan, back)))

    # ---- as a guest

    def _answer(self) -> None:
        guest, event = self._invitation()
        if event is not None:
            self._respond(guest, event["id"])

    def _respond(self, guest: str, event_id: str) -> None:
        me = {"email": guest, "responseStatus": self.random.choice(("accepted", "declined", "tentative"))}
        self._meddles(guest, event_id)
        self._google.update_event(guest, event_id, {"attendees": [me], "attendeesOmitted": True})

    def _leave(self) -> None:
        guest, event = self._invitation()
        if event is not None:
            self._meddles(guest, event["id"])
            self._google.delete_event(guest, event["id"])

    def _meddles(self, guest: str, event_id: str) -> None:
        self.answered[guest, event_id.partition("_")[0]] = self.now()

    def _invitation(self) -> tuple[str, dict[str, Any] | None]:
        guest = self.random.choice(self._people).address
        invited = [
            event
            for event in self._google.dump_events(guest)
            if event.get("status") != "cancelled" and not event["organizer"].get("self")
        ]
        return guest, self.random.choice(invited) if invited else None

    # ---- instances

    def _answer_instance(self) -> None:
        found = self._instance()
        if found is None:
            return
        invited = {guest["email"] for guest in found[1].get("attendees", ())} - {found[0].owner}
        known = [person.address for person in self._people if person.address in invited]
        if known:
            self._respond(self.random.choice(known), found[1]["id"])
