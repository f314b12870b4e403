"""The queue in front of one outside service.

Owns: which order begins when: priority, then first come, within the limits of service, user and calendar.
Promises: no I/O; never more than ``workers`` at once, never more than the budget in any minute, also across a restart;
a dead service opens its breaker soon, one person's failures only when nobody else's requests succeed in between;
nothing that expired is ever begun; who is held by a limit of their own holds up nobody else; the orders of one user and
priority begin in the order in which they came, reads, writes and each feature for themselves.
Does not: make requests or wait (the lane actor does), or share out fairly: users keep few requests under way.

One lane may lead to several services (Google's to Calendar and Gmail), each with its quota, pace and breaker; within a
service each feature (``demand.py``) may be refused alone. Limits of one user: the bucket of Calendar units, the writes
per calendar, and the pause after a refusal that named the user.

Across a restart: what a former life spent is not known. So every bucket of a service begins empty, and a user's begins
with ``LaneSettings.user_first`` units, which the user's rate leaves free: in no 60 s around one restart does a user get
more than the user's budget, nor all together more than theirs. The first write to a calendar may follow one of the
former life at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from hybridcal_daemon.domain.calls import Priority
from hybridcal_daemon.domain.circuit import OURS, Access
from hybridcal_daemon.domain.demand import Service, demand
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.lane_state import Gate, LaneSettings, LaneState, Rates
from hybridcal_daemon.domain.quota import Hold, Rate, conforms_at, spent
from hybridcal_daemon.domain.values import Instant, UserId

if TYPE_CHECKING:
    from hybridcal_daemon.domain.effects import Submit
    from hybridcal_daemon.domain.queueing import Entry

__all__ = [
    "Ended",
    "GivenBack",
    "LaneSettings",
    "LaneState",
    "Round",
    "as_ended",
    "dispatch",
    "enqueue",
    "finished",
    "forget",
    "retune",
]

USER_LIMITED: Final = "google-user-rate-limited"
"""The service asks one user to go slower; every other THROTTLED is about everybody, usage limits aside."""
USAGE_LIMITED: Final = "google-quota"
"""No matter of speed: ``writing.py`` knows what to do."""
MANY: Final = 5
"""So many users asked to go slower, and none who got through: it is no matter of these users."""


class GivenBack(NamedTuple):
    """An order that is answered here: it expired, or everybody is refused at present."""

    order: Submit
    kind: Kind
    code: str


class Round(NamedTuple):
    """What may begin now, what is answered here, and when to ask again (None: after the next event)."""

    begin: list[Submit]
    given_back: list[GivenBack]
    again: Instant | None


class Ended(NamedTuple):
    """How a request ended; ``kind`` None means well."""

    user: UserId
    service: Service
    feature: str
    kind: Kind | None
    code: str
    retry_after: float | None


def enqueue(state: LaneState, order: Submit) -> None:
    """Take an order in."""
    wanted = state.queues.put(order).demand
    if wanted.feature not in state.access:
        state.access[wanted.feature] = Access()
        state.service_of[wanted.feature] = wanted.service
        state.gate(wanted.service)


def forget(state: LaneState, user: UserId, incarnation: int) -> int:
    """Drop what earlier lives of a user ordered; gives how many."""
    return state.queues.forget(user, incarnation)


def retune(state: LaneState, settings: LaneSettings, now: Instant) -> None:
    """Use other limits from now on; what only an admin could mend may have been mended."""
    state.settings = settings
    state.rates = Rates.of(settings)
    for access in state.access.values():
        access.reset()
    state.bound(now)


def dispatch(state: LaneState, now: Instant) -> Round:
    """Begin what may begin now."""
    _look_at_the_clock(state, now)
    state.queues.wake(now)
    given_back = [GivenBack(order, Kind.TRANSIENT, "expired") for order in state.queues.overdue(now)]
    for feature, access in state.access.items():
        if access.answers(now):
            given_back += [GivenBack(order, Kind.CONFIG, access.code) for order in state.queues.clear(feature)]
    begin: list[Submit] = []
    waits: dict[Service, Instant] = {}
    while state.queued and state.in_flight < state.settings.workers:
        entry = _choose(state, now, waits)
        if entry is None:
            return Round(begin, given_back, _again(state, now, waits))
        state.queues.take(entry)
        if entry.order.not_after <= now:
            given_back.append(GivenBack(entry.order, Kind.TRANSIENT, "expired"))
            continue
        _begin(state, entry, now)
        begin.append(entry.order)
    return Round(begin, given_back, None)


def finished(state: LaneState, ended: Ended, now: Instant) -> None:
    """A request ended."""
    gate = state.gate(ended.service)
    state.in_flight -= 1
    gate.in_flight -= 1
    gate.breaker.ended(ended.user, ended.kind, ended.code, now)
    if ended.feature in state.access:
        state.access[ended.feature].ended(ended.user, ended.kind, ended.code, now)
    if ended.kind is Kind.THROTTLED:
        _throttled(state, gate, ended, now)
    elif ended.kind is None:
        _went_through(state, gate, ended, now)


def as_ended(order: Submit, kind: Kind | None, code: str, retry_after: float | None) -> Ended:
    """How the request that was ordered ended."""
    wanted = demand(order.call)
    return Ended(order.call.user, wanted.service, wanted.feature, kind, code, retry_after)


# ---- choosing -------------------------------------------------------------------------------------------------------


def _choose(state: LaneState, now: Instant, waits: dict[Service, Instant]) -> Entry | None:
    """The order that goes next; a service whose budget is used up waits for the most urgent one's turn."""
    for priority in Priority:
        while True:
            entry = _first_of(state, priority, now, waits)
            if entry is None:
                break
            service = entry.demand.service
            gate, rate = state.gates[service], _rate(state, service, now)
            at = conforms_at(rate, gate.theoretical, entry.demand.cost, now)
            if at <= now:
                return entry
            waits[service] = at
    return None


def _first_of(state: LaneState, priority: Priority, now: Instant, waits: dict[Service, Instant]) -> Entry | None:
    """The first come of those that nothing but the service's budget may hold."""
    first: Entry | None = None
    for feature, access in state.access.items():
        service = state.service_of[feature]
        if service not in waits and access.lets(now) and _is_open(state.gates[service], now):
            entry = _free_head(state, feature, priority, now)
            if entry is not None and (first is None or entry.number < first.number):
                first = entry
    return first


def _is_open(gate: Gate, now: Instant) -> bool:
    return gate.hold.until <= now and gate.breaker.lets(gate.in_flight, now)


def _free_head(state: LaneState, feature: str, priority: Priority, now: Instant) -> Entry | None:
    """The first whose user has no limit of their own at present; others are put aside until they have not."""
    while (entry := state.queues.head(feature, priority)) is not None:
        free_at = _free_at(state, entry, now)
        if free_at <= now or entry.order.not_after <= now:
            return entry
        state.queues.rest(entry, free_at)
    return None


def _free_at(state: LaneState, entry: Entry, now: Instant) -> Instant:
    """When the user's own limits let an order begin; only Calendar has any before it was refused something."""
    wanted, user = entry.demand, entry.order.call.user
    if wanted.service != "calendar" and user not in state.people:
        return now
    person = state.person(user)
    hold = person.holds.get(wanted.service)
    at = now if hold is None else max(now, hold.until)
    if wanted.service == "calendar":
        rate = state.rates.user.slowed(person.pace.at(now))
        at = max(at, conforms_at(rate, person.theoretical, wanted.cost, now))
    if wanted.write:
        at = max(at, conforms_at(state.rates.write, person.written, 1, now))
    return at


def _begin(state: LaneState, entry: Entry, now: Instant) -> None:
    """Take from every bucket that it draws on."""
    wanted, gate = entry.demand, state.gates[entry.demand.service]
    gate.theoretical = spent(_rate(state, wanted.service, now), gate.theoretical, wanted.cost, now)
    if wanted.service == "calendar":
        person = state.person(entry.order.call.user)
        rate = state.rates.user.slowed(person.pace.at(now))
        person.theoretical = spent(rate, person.theoretical, wanted.cost, now)
        if wanted.write:
            person.written = spent(state.rates.write, person.written, 1, now)
    gate.breaker.began()
    state.access[wanted.feature].began()
    state.in_flight += 1
    gate.in_flight += 1


def _rate(state: LaneState, service: Service, now: Instant) -> Rate:
    return state.rates.services[service].slowed(state.gates[service].pace.at(now))


def _again(state: LaneState, now: Instant, waits: dict[Service, Instant]) -> Instant | None:
    """The earliest time at which time alone lets an order begin."""
    times: list[Instant] = []
    for feature in state.access:
        service = state.service_of[feature]
        gate = state.gates[service]
        opens = gate.breaker.opens_at(gate.in_flight, now)
        if opens is None:
            continue
        soonest = conforms_at(_rate(state, service, now), gate.theoretical, 1, now)
        opens = max(opens, gate.hold.until, soonest, waits.get(service, now))
        wakes = now if state.queues.is_ready(feature) else state.queues.wakes_at(feature)
        if wakes is not None:
            times.append(max(opens, wakes))
    return min((time for time in times if time > now), default=None)


# ---- learning -------------------------------------------------------------------------------------------------------


def _throttled(state: LaneState, gate: Gate, ended: Ended, now: Instant) -> None:
    """The service wishes for less: from one user, or from all."""
    if ended.code == USAGE_LIMITED or ended.code in OURS:
        return
    if ended.code == USER_LIMITED:
        person = state.person(ended.user)
        person.holds[ended.service] = person.holds.get(ended.service, Hold()).refused(ended.retry_after, now)
        person.pace = person.pace.refused(now) if ended.service == "calendar" else person.pace
        gate.limited.add(ended.user)
        if len(gate.limited) < MANY:
            return
    gate.limited.clear()
    gate.hold = gate.hold.refused(ended.retry_after, now)
    gate.pace = gate.pace.refused(now)


def _went_through(state: LaneState, gate: Gate, ended: Ended, now: Instant) -> None:
    gate.limited.clear()
    gate.hold = gate.hold.well(now)
    person = state.people.get(ended.user)
    if person is not None and ended.service in person.holds:
        person.holds[ended.service] = person.holds[ended.service].well(now)


def _look_at_the_clock(state: LaneState, now: Instant) -> None:
    if now < state.seen:
        state.rewind(now)
    state.seen = now
    state.tidy(now)
