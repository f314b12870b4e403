"""When people are away, by their calendars and responders, and what Webex has to show then.

Owns: events that are no meetings (out of office, focus time, working location), and the order of the sources as the
settings' documentation has it. Promises: as ``people.py``; the truth is read in the stand-in. Does not: look at Webex.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.simulation.plans import DAY, HOUR, MINUTE, STEP, at, rfc3339
from tests.simulation.series import SeriesPeople

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hybridcal_daemon.domain.state import UserSettings
    from tests.simulation.outside import Outside
    from tests.simulation.plans import Person

_KINDS: Final = ("outOfOffice", "outOfOffice", "focusTime", "focusTime", "workingLocation")
_PLACES: Final[tuple[dict[str, Any], ...]] = (
    {"type": "homeOffice", "homeOffice": {}},
    {"type": "officeLocation", "officeLocation": {"label": "HQ"}},
    {"type": "customLocation", "customLocation": {"label": "elsewhere"}},
    {"type": "customLocation", "customLocation": {"label": "elsewhere"}},
)
_BOTH, _ENDING = 0.35, 0.7
_OF_EVENT: Final = {"outOfOffice": "out_of_office", "focusTime": "focus_time"}
ORDER: Final = ("vacation", "out_of_office", "focus_time", "elsewhere")


class AbsentPeople(SeriesPeople):
    """Acts about being away. ``absent``: who ever had an event that says so; ``away``: responders as set last."""

    away: dict[str, dict[str, Any]]
    absent: dict[str, list[str]]

    def _be_absent(self) -> None:
        """Put something into a calendar that is no meeting."""
        person = self.random.choice([person for person in self._people if person.served])
        begins, lasts = self.random.randint(-6, 30) * STEP, self.random.choice((15, 45, 120, 480)) * MINUTE
        self._absence(person, self.random.choice(_KINDS), begins, lasts)

    def part(self) -> None:
        """Before all is calm: somebody is away for two reasons, or their absence is about to end."""
        person = self.random.choice([person for person in self._people if person.served])
        kind = self.random.random()
        if kind < _BOTH:
            self.away[person.address] = {"enableAutoReply": True, "responseSubject": self.title()}
            self._google.set_vacation(person.address, self.away[person.address])
            self._absence(person, "focusTime", -5 * MINUTE, 480 * MINUTE)
        elif kind < _ENDING:
            self._absence(person, "outOfOffice", -30 * MINUTE, 40 * MINUTE)

    def _absence(self, person: Person, kind: str, begins: float, lasts: float) -> None:
        start = self.now() // STEP * STEP + begins
        span = {"start": start, "end": start + lasts}
        body: dict[str, Any] = {
            name: {"dateTime": rfc3339(moment), "timeZone": person.zone} for name, moment in span.items()
        }
        body |= {"eventType": kind, "summary": self.title(), f"{kind}Properties": {}}
        if kind == "workingLocation":
            place = self.random.choice(_PLACES)
            body |= {"workingLocationProperties": place, "visibility": "public", "transparency": "transparent"}
        made = self._google.create_event(person.address, body)
        self.absent.setdefault(person.address, []).append(made["id"])

    def _change_absence(self) -> None:
        """Move one, or take it away."""
        if not self.absent:
            return
        address = self.random.choice(sorted(self.absent))
        event_id = self.random.choice(self.absent[address])
        if self.random.random() < 0.4:
            self._google.delete_event(address, event_id)
            return
        event = self._google.get_event(address, event_id)
        by = self.random.choice((-12, -3, 2, 6, 24)) * STEP
        moved = {
            name: {"dateTime": rfc3339(at(event, name) + by), "timeZone": event[name].get("timeZone", "UTC")}
            for name in ("start", "end")
        }
        self._google.update_event(address, event_id, moved)

    def _vacation(self) -> None:
        """Turn somebody's responder on or off, with and without bounds."""
        person = self.random.choice([person for person in self._people if person.served])
        on = self.random.random() < 0.65
        settings: dict[str, Any] = {"enableAutoReply": on, "responseSubject": self.title(), "restrictToContacts": True}
        for name, quarters in (("startTime", (-8, 4)), ("endTime", (5, 16))):
            if self.random.random() < 0.5:
                settings[name] = str(int(self.now() + self.random.randint(*quarters) * 15 * MINUTE) * 1000)
        self._google.set_vacation(person.address, settings)
        if on or person.address in self.away:
            self.away[person.address] = settings


class Statuses:
    """What Webex has to show of somebody. ``gmail``: the responder may be read."""

    def __init__(self, outside: Outside, people: AbsentPeople, settings: UserSettings, *, gmail: bool) -> None:
        self._google = outside.google
        self._people = people
        self._shows = {
            "vacation": "ooo" if gmail else "",
            "out_of_office": settings.presence_out_of_office,
            "focus_time": settings.presence_focus_time,
            "elsewhere": settings.presence_elsewhere,
        }

    def at(self, address: str, now: float) -> str:
        """The status at a time; '' for none."""
        held = set(self._held(address, now))
        return next((self._shows[source] for source in ORDER if source in held and self._shows[source]), "")

    def _held(self, address: str, now: float) -> Iterator[str]:
        if _is_away(self._people.away.get(address, {}), now):
            yield "vacation"
        for event in self._google.instances(address, now - DAY, now + HOUR):
            if "dateTime" in event["start"] and at(event) <= now < at(event, "end"):
                yield _source(event)


def _source(event: dict[str, Any]) -> str:
    if event.get("eventType") == "workingLocation":
        return "elsewhere" if event["workingLocationProperties"]["type"] == "customLocation" else ""
    return _OF_EVENT.get(event.get("eventType", ""), "")


def _is_away(settings: dict[str, Any], now: float) -> bool:
    start, end = (settings.get(name) for name in ("startTime", "endTime"))
    begun = start is None or int(start) / 1000 <= now
    over = end is not None and int(end) / 1000 <= now
    return bool(settings.get("enableAutoReply")) and begun and not over
