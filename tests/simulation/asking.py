"""What admins and readers ask for over admin socket and feed.

Owns: the errands of a run, what each was told, and what must be true of them. Promises: under one key an errand is
asked again until there is an answer, whatever dies meanwhile; the truth is read in the stand-in's calendars.
Does not: choose when (``run.py`` does).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Instant, Plain, Timed, Window
from hybridcal_daemon.domain.wishes import Delete, Explain, FreeBusy, Insert, QuickAdd, Respond, Wish
from hybridcal_daemon.ports import UnknownUser
from hybridcal_daemon.sandbox.google.errors import Refused
from tests.simulation.house import Violated
from tests.simulation.outside import MARK, ROOM
from tests.simulation.plans import DAY, HOUR, STEP

if TYPE_CHECKING:
    from hybridcal_daemon.ports import Outcome
    from tests.simulation.house import House
    from tests.simulation.outside import Outside
    from tests.simulation.people import People
    from tests.simulation.scheduler import SimScheduler
    from tests.simulation.weather import Weather

Insist = Callable[[Callable[[], Any], int], Any]
"""Do it, again after a death or when nobody could; gives None when that did not help so many times."""
_UNKNOWN: Final = frozenset({"errand-in-doubt", "errand-dropped"})
"""Ends after which nobody can say whether it was done."""
_AGAIN: Final = frozenset({"busy", "disk-full", "deadline"})
_WIRE: Final = {"insert": "insert", "quick-add": "quick-add", "respond": "patch", "delete": "delete"}
_KEPT: Final = 20 * HOUR


@dataclass(slots=True, kw_only=True)
class Asked:
    """An errand. ``mark``: the title or text that only it has; ``end``: '' while open, then done or a code."""

    kind: str
    address: str
    user: str
    key: str
    wish: Wish
    at: float
    mark: str = ""
    end: str = ""
    answer: bytes = b""


class Asking:
    """Asks, and remembers."""

    def __init__(
        self, scheduler: SimScheduler, outside: Outside, house: House, people: People, weather: Weather, insist: Insist
    ) -> None:
        self._scheduler = scheduler
        self._google = outside.google
        self._house = house
        self._people = people
        self._weather = weather
        self._insist = insist
        self._random = random.Random(f"asking/{scheduler.seed}")
        self.asked: list[Asked] = []
        self._count = 0

    # ---- asking

    def ask(self) -> None:
        """Ask for something, in the calendar of somebody who is activated."""
        address = self._random.choice(sorted(self._house.ids))
        kinds = (self._insert, self._delete) if address == ROOM else self._kinds
        asked = self._random.choice(kinds)(address)
        if asked is None:
            return
        self.asked.append(asked)
        self._trouble(asked)
        self._try(asked, 3)
        if asked.end and self._random.random() < 0.4:
            self._ask_again(asked)

    def look(self) -> None:
        """Look into calendars: that changes nothing."""
        address = self._random.choice(sorted(address for address in self._house.ids if address != ROOM))
        now = self._scheduler.clock.now()
        others = tuple(Plain(other) for other in sorted(self._house.ids))
        window = Window(start=Instant(now), end=Instant(now + DAY))
        plan = self._people.any()
        wishes: list[Wish] = [FreeBusy(window=window, calendars=others)]
        wishes += [Explain(event_id=plan.event_id)] if plan is not None else []
        wish = self._random.choice(wishes)
        told = self._insist(lambda: self._told(address, wish, ""), 2)
        self._scheduler.reached[f"looked: {type(wish).__name__} {'answered' if told else 'refused'}"] += 1

    @property
    def _kinds(self) -> tuple[Callable[[str], Asked | None], ...]:
        return (*2 * (self._insert, self._quick_add, self._respond), self._delete)

    def _trouble(self, asked: Asked) -> None:
        """Sometimes its request ends in doubt, or the process dies between two of its steps."""
        wire, fate = _WIRE[asked.kind], self._random.random()
        if fate < 0.45:
            self._weather.arm(
                "store.committed.errand.planned",
                "store.committed.errand.sending",
                "store.commit.errand.done",
                "store.committed.errand.done",
                f"google.{wire}.leaving",
                f"google.{wire}.done",
                f"answered.{asked.kind}",
            )
        elif fate < 0.6:
            self._weather.doubt_errand(wire)

    def _new(self, kind: str, address: str, wish: Wish, mark: str = "") -> Asked:
        self._count += 1
        now = self._scheduler.clock.now()
        user = self._house.ids[address]
        return Asked(kind=kind, address=address, user=user, key=f"key {self._count}", wish=wish, mark=mark, at=now)

    def _insert(self, address: str) -> Asked:
        start = (self._scheduler.clock.now() // STEP + self._random.randint(1, 90)) * STEP
        zone = self._random.choice(("Europe/Berlin", "UTC"))
        mark = f"{MARK} errand s{self._scheduler.seed}e{self._count}x"
        guests = () if address == ROOM else tuple(Plain(guest["email"]) for guest in self._people.guests(address))
        location, _ = self._people.location()
        wish = Insert(
            title=Plain(mark),
            start=Timed(at=int(start), tz=zone),
            end=Timed(at=int(start) + 1800, tz=zone),
            location=Plain(location),
            guests=tuple(guest for guest in guests if guest.reveal() != ROOM),
            rooms=tuple(guest for guest in guests if guest.reveal() == ROOM),
        )
        return self._new("insert", address, wish, mark)

    def _quick_add(self, address: str) -> Asked:
        mark = f"{MARK} quick s{self._scheduler.seed}e{self._count}x"
        return self._new("quick-add", address, QuickAdd(text=Plain(f"{mark} tomorrow 10am")), mark)

    def _respond(self, address: str) -> Asked | None:
        invited = [
            event
            for event in self._google.dump_events(address)
            if event.get("status") != "cancelled" and not event["organizer"].get("self")
        ]
        if not invited:
            return None
        event = self._random.choice(invited)
        reply = self._random.choice(("accepted", "declined", "tentative"))
        return self._new("respond", address, Respond(event_id=event["id"], reply=reply))

    def _delete(self, address: str) -> Asked | None:
        own = [
            event
            for event in self._google.dump_events(address)
            if event.get("status") != "cancelled" and event["organizer"].get("self") and "recurringEventId" not in event
        ]
        if not own:
            return None
        return self._new("delete", address, Delete(event_id=self._random.choice(own)["id"]))

    # ---- what is told

    def _told(self, address: str, wish: Wish, key: str) -> Outcome | str | None:
        """The outcome, or the code of a refusal; None when it has to be asked again."""
        try:
            outcome = self._house.daemon.errand(Plain(address), wish, by="admin", key=key, wait=40.0)
        except UnknownUser:
            return "errand-dropped"
        except CallError as error:
            return None if error.code in _AGAIN or error.kind is Kind.SEALED else error.code
        return outcome if outcome.state == "done" else None

    def _try(self, asked: Asked, times: int) -> None:
        if self._house.ids.get(asked.address) != asked.user:
            self._end(asked, "errand-dropped")
            return
        told = self._insist(lambda: self._told(asked.address, asked.wish, asked.key), times)
        if isinstance(told, str):
            self._end(asked, told)
        elif told is not None:
            answer = told.answer.reveal()
            self._end(asked, "done", answer)

    def _end(self, asked: Asked, end: str, answer: bytes = b"") -> None:
        asked.end, asked.answer = end, answer
        self._scheduler.reached[f"errand {asked.kind}: {end}"] += 1
        plan = self._people.plans.get(getattr(asked.wish, "event_id", ""))
        if plan is not None:
            plan.gone = self._status(plan.owner, plan.event_id) == "cancelled"
        self._check(asked)

    def _ask_again(self, asked: Asked) -> None:
        """The same key gets the same answer."""
        if self._house.ids.get(asked.address) != asked.user or self._scheduler.clock.now() > asked.at + _KEPT:
            return
        old = asked.end, asked.answer
        self._scheduler.reached["errand asked twice"] += 1
        told = self._insist(lambda: self._told(asked.address, asked.wish, asked.key), 3)
        if told is None or self._house.ids.get(asked.address) != asked.user:
            return
        new = (told, b"") if isinstance(told, str) else ("done", told.answer.reveal())
        if new != old and "errand-dropped" not in {old[0], new[0]}:
            raise Violated("errand", f"{asked.kind} {asked.key} was told {old[0]}, and then {new[0]}")

    # ---- what must be true

    def finish(self) -> bool:
        """All is calm: whoever still waits is told, and what was told is true. Give whether anybody waited."""
        waited = [asked for asked in self.asked if not asked.end]
        for asked in self.asked:
            if not asked.end:
                self._try(asked, 20)
            if not asked.end:
                raise Violated("errand", f"{asked.kind} {asked.key} is never told")
            if asked.kind == "quick-add":
                self._ask_again(asked)
            if asked.mark:
                self._check_made(asked)
        self.asked = [asked for asked in self.asked if self._scheduler.clock.now() < asked.at + _KEPT]
        return bool(waited)

    def _check(self, asked: Asked) -> None:
        """Just after the end of an errand was told."""
        if asked.mark:
            self._check_made(asked)
        elif asked.end == "done" and isinstance(asked.wish, Respond):
            self._check_answer(asked, asked.wish)
        elif asked.end == "done" and isinstance(asked.wish, Delete):
            status = self._status(asked.address, asked.wish.event_id)
            if status != "cancelled":
                raise Violated("errand", f"{asked.key} deleted {asked.wish.event_id}, which is {status}")

    def _check_made(self, asked: Asked) -> None:
        made = sum(event.get("summary", "").startswith(asked.mark) for event in self._google.dump_events(asked.address))
        wrong = made > 1 or (made == 0 and asked.end == "done")
        if wrong or (made and asked.end not in {"", "done"} | _UNKNOWN):
            raise Violated("errand", f"{asked.kind} {asked.key} was told {asked.end}, and {made} events are there")

    def _check_answer(self, asked: Asked, wish: Respond) -> None:
        event_id = wish.event_id.partition("_")[0]
        others = [other for other in self.asked if other is not asked and other.address == asked.address]
        again = any(getattr(other.wish, "event_id", "").partition("_")[0] == event_id for other in others)
        if again or self._people.answered.get((asked.address, event_id), -1.0) >= asked.at:
            return
        try:
            event = self._google.get_event(asked.address, wish.event_id)
        except Refused:
            return
        mine = [guest["responseStatus"] for guest in event.get("attendees", ()) if guest.get("self")]
        if event["status"] != "cancelled" and mine != [wish.reply]:
            raise Violated("errand", f"{asked.key} said {wish.reply} to {wish.event_id}, the calendar says {mine}")

    def _status(self, address: str, event_id: str) -> str:
        try:
            return str(self._google.get_event(address, event_id)["status"])
        except Refused:
            return "cancelled"
