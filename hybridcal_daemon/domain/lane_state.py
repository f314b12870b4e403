"""What a lane remembers: its settings, and the limits of services, features and users.

Owns: the state that ``lane.py`` works on, and what of it an operator sees. Promises: what is not remembered of a
user is as it would be if it were. Does not: decide anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from hybridcal_daemon.domain.circuit import Access, Breaker
from hybridcal_daemon.domain.demand import Service
from hybridcal_daemon.domain.queueing import Queues
from hybridcal_daemon.domain.quota import Hold, Pace, Rate, bounded, per_minute, per_second
from hybridcal_daemon.domain.values import Instant, UserId

_MAIN: Final = frozenset({"calendar", "webex", "devices"})
_KEPT: Final = 1000
_FULL: Final = Pace()
_NONE: Final = Hold()
_WORDS: Final = {"open": "down", "probing": "probing"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSettings:
    """``workers``: requests under way at once. ``per_minute``: the budget of any 60 s, ``burst``: of it at once.

    ``user_per_minute``: Calendar units of one user; ``gmail_per_minute``: Gmail units of all; ``writes_per_second``: to
    one calendar. New projects have other quotas than old ones, so none of these is a fact.
    """

    workers: int
    per_minute: float
    burst: int = 50
    user_per_minute: float = 300.0
    gmail_per_minute: float = 4500.0
    writes_per_second: float = 1.0

    @property
    def user_first(self) -> int:
        """Units that a user has at the beginning: those of a life that begins (list, settings, watch)."""
        return min(4, int(self.user_per_minute / 8.0))


@dataclass(frozen=True, slots=True)
class Rates:
    """What settings come to."""

    services: dict[Service, Rate]
    user: Rate
    write: Rate

    @classmethod
    def of(cls, settings: LaneSettings) -> Rates:
        """Work them out once; they are needed for each order."""
        everybody = per_minute(settings.per_minute, settings.burst)
        gmail = per_minute(settings.gmail_per_minute, settings.burst)
        return cls(
            {"calendar": everybody, "gmail": gmail, "webex": everybody, "devices": everybody},
            per_minute(settings.user_per_minute - settings.user_first, settings.burst),
            per_second(settings.writes_per_second),
        )


@dataclass(slots=True)
class Gate:
    """One service as all users together see it. ``limited``: users refused since somebody got through."""

    theoretical: float
    pace: Pace = _FULL
    hold: Hold = _NONE
    breaker: Breaker = field(default_factory=Breaker)
    in_flight: int = 0
    limited: set[UserId] = field(default_factory=set)


@dataclass(slots=True)
class Person:
    """One user's own limits: Calendar's bucket, the last write's, and what the services wished."""

    theoretical: float
    written: float = 0.0
    pace: Pace = _FULL
    holds: dict[Service, Hold] = field(default_factory=dict)

    def is_idle(self, now: Instant) -> bool:
        """Whether nothing is left to remember."""
        at_rest = max(self.theoretical, self.written) <= now and self.pace.at(now) >= 1.0
        return at_rest and all(hold.until + hold.wait <= now for hold in self.holds.values())


class LaneState:
    """One lane. Mutable, owned by one actor; every change goes through the functions of ``lane.py``.

    ``began``: when this life began, with every bucket empty; None: they are full.
    """

    def __init__(self, settings: LaneSettings, began: Instant | None = None) -> None:
        self.settings = settings
        self.rates = Rates.of(settings)
        self.queues = Queues()
        self.gates: dict[Service, Gate] = {}
        self.access: dict[str, Access] = {}
        self.service_of: dict[str, Service] = {}
        self.people: dict[UserId, Person] = {}
        self.in_flight = 0
        self.began = began
        self.seen = Instant(0)
        self.keep = _KEPT

    @property
    def queued(self) -> int:
        """Orders that wait."""
        return len(self.queues)

    def gate(self, service: Service) -> Gate:
        """The service's state, which begins with its first order."""
        gate = self.gates.get(service)
        if gate is None:
            empty = 0.0 if self.began is None else self.began + self.rates.services[service].depth
            gate = self.gates[service] = Gate(empty)
        return gate

    def person(self, user: UserId) -> Person:
        """The user's limits."""
        person = self.people.get(user)
        if person is None:
            person = self.people[user] = Person(self._first())
        return person

    def _first(self) -> float:
        """A user's bucket that nobody has drawn on in this life."""
        rate = self.rates.user
        return 0.0 if self.began is None else self.began + rate.depth - self.settings.user_first * rate.interval

    def word(self, now: Instant) -> str:
        """State in a word, the worst first; with the service or feature when it is not the lane's main one."""
        found = [("refused", feature) for feature, access in self.access.items() if access.code]
        for service, gate in self.gates.items():
            if gate.breaker.circuit != "closed":
                found.append((_WORDS[gate.breaker.circuit], service))
            elif gate.hold.until > now:
                found.append(("throttled", service))
        for word in ("refused", "down", "probing", "throttled"):
            where = [place for state, place in found if state == word]
            if where:
                return word if _MAIN & set(where) else f"{word}: {', '.join(sorted(where))}"
        return "ok"

    def tidy(self, now: Instant) -> None:
        """Forget users of whom there is nothing to remember, when there are many."""
        if len(self.people) > self.keep:
            self.people = {user: person for user, person in self.people.items() if not person.is_idle(now)}
            self.keep = max(_KEPT, 2 * len(self.people))

    def rewind(self, now: Instant) -> None:
        """The clock was set back to ``now``: no pause becomes longer by that."""
        for gate in self.gates.values():
            gate.hold, gate.pace = gate.hold.rewound(now), gate.pace.rewound(now)
            gate.breaker.rewound(now)
        for access in self.access.values():
            access.rewound(now)
        for person in self.people.values():
            person.holds = {service: hold.rewound(now) for service, hold in person.holds.items()}
            person.pace = person.pace.rewound(now)
        self.bound(now)

    def bound(self, now: Instant) -> None:
        """Rates or clock have changed: no bucket is emptier than empty, and everybody is looked at again."""
        for service, gate in self.gates.items():
            gate.theoretical = bounded(self.rates.services[service].slowed(gate.pace.at(now)), gate.theoretical, now)
        for person in self.people.values():
            person.theoretical = bounded(self.rates.user.slowed(person.pace.at(now)), person.theoretical, now)
            person.written = bounded(self.rates.write, person.written, now)
        self.queues.wake_all()
