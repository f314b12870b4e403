"""The queue in front of one outside service.

Owns: order (priority, then first come), the rate budget (GCRA), the circuit breaker, and how many requests are under
way.
Promises: no I/O; never more than ``workers`` at once, never more than the budget in any minute; a dead service opens
the breaker soon, one person's failures only when nobody else's requests succeed in between; nothing that expired is
ever begun.
Does not: make requests or wait (the lane actor does), or share out fairly: users keep few requests under way.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final, Literal

from hybridcal_daemon.domain.effects import Submit
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.values import HOUR, Instant, UserId

OPEN_AFTER: Final = 5
ALONE: Final = 10
"""Service failures in a row that open the breaker: OPEN_AFTER when two users saw them, ALONE when it was one only."""
FIRST_PAUSE: Final = 5.0
LONGEST_PAUSE: Final = 60.0
LONGEST_WISH: Final = HOUR
"""A service's Retry-After holds the whole lane, up to this."""
_SERVICE_CODES: Final = frozenset(
    {"unreachable", "tls", "deadline", "protocol", "google-unavailable", "webex-unavailable"}
)

_OURS: Final = frozenset({"worker-crashed", "expired", "busy", "answer-lost", "not-permitted"})
"""Failures that say nothing about the service: the request never reached it, or its answer was not looked at."""

Circuit = Literal["closed", "open", "probing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSettings:
    """``per_minute``: the budget of any 60 s; ``burst``: how many of them may go at once; ``workers``: under way."""

    workers: int
    per_minute: float
    burst: int = 50

    @property
    def at_once(self) -> int:
        """How many requests may follow each other without a pause.

        At most a quarter of the budget, so that the rest flows; and so few that ``burst`` pauses of 60 s /
        ``per_minute`` are as long as this many of ``interval``: a bucket that is empty by the one is so by the other.
        """
        fitting = self.burst * (self.per_minute + 1.0) / (self.per_minute + self.burst)
        return max(1, int(min(fitting, self.per_minute / 4.0)))

    @property
    def interval(self) -> float:
        """Seconds between requests in the long run: the burst and what follows it fit into the budget together."""
        return 60.0 / (self.per_minute - self.at_once + 1.0)


@dataclass(slots=True)
class LaneState:
    """One lane. Mutable, owned by one actor; every change goes through the functions below."""

    settings: LaneSettings
    queues: tuple[deque[Submit], ...] = field(default_factory=lambda: (deque(), deque(), deque(), deque()))
    in_flight: int = 0
    theoretical: float = 0.0
    circuit: Circuit = "closed"
    failures: int = 0
    failed_users: set[UserId] = field(default_factory=set)
    pause: float = FIRST_PAUSE
    closed_until: Instant = Instant(0)
    throttled_until: Instant = Instant(0)

    @property
    def queued(self) -> int:
        """Orders that wait."""
        return sum(len(queue) for queue in self.queues)


def enqueue(state: LaneState, order: Submit) -> None:
    """Take an order in."""
    state.queues[order.priority].append(order)


def forget(state: LaneState, user: UserId, incarnation: int) -> int:
    """Drop what earlier lives of a user ordered; gives how many."""
    dropped = 0
    for queue in state.queues:
        kept = [o for o in queue if o.call.user != user or o.call.request_id >> 40 >= incarnation]
        dropped += len(queue) - len(kept)
        queue.clear()
        queue.extend(kept)
    return dropped


def dispatch(state: LaneState, now: Instant) -> tuple[list[Submit], list[Submit], Instant | None]:
    """What may begin now, what expired in the queue, and when to ask again (None: after the next event)."""
    expired = _take_expired(state, now)
    begin: list[Submit] = []
    while state.queued and state.in_flight < _room(state, now):
        wait = _budget_at(state, now)
        if wait > now:
            return begin, expired, wait
        order = _next(state)
        if order.not_after <= now:
            expired.append(order)
            continue
        _spend(state, now)
        begin.append(order)
    return begin, expired, _reopen_at(state, now) if state.queued else None


def _take_expired(state: LaneState, now: Instant) -> list[Submit]:
    """What has waited for too long leaves the queues also while nothing may begin; the oldest stand in front."""
    expired: list[Submit] = []
    for queue in state.queues:
        while queue and queue[0].not_after <= now:
            expired.append(queue.popleft())
    return expired


def finished(
    state: LaneState, user: UserId, kind: Kind | None, code: str, retry_after: float | None, now: Instant
) -> None:
    """A request ended; ``kind`` None means well."""
    state.in_flight -= 1
    if kind is Kind.THROTTLED and retry_after is not None:
        state.throttled_until = Instant(max(state.throttled_until, now + min(retry_after, LONGEST_WISH)))
    if kind is Kind.TRANSIENT and code in _SERVICE_CODES:
        _service_failed(state, user, now)
    elif state.circuit != "open" and code not in _OURS and kind is not Kind.SEALED:
        _service_well(state)


def _room(state: LaneState, now: Instant) -> int:
    """How many requests may be under way at this moment; a clock that was set back prolongs no pause."""
    state.throttled_until = Instant(min(state.throttled_until, now + LONGEST_WISH))
    state.closed_until = Instant(min(state.closed_until, now + LONGEST_PAUSE))
    if state.throttled_until > now:
        return 0
    if state.circuit == "open":
        if state.closed_until > now:
            return 0
        state.circuit = "probing"
    return 1 if state.circuit == "probing" else state.settings.workers


def _reopen_at(state: LaneState, now: Instant) -> Instant | None:
    times = [t for t in (state.throttled_until, state.closed_until if state.circuit == "open" else now) if t > now]
    return max(times) if times else None


def _budget_at(state: LaneState, now: Instant) -> Instant:
    """GCRA: the earliest time at which one more request conforms; an empty bucket is the worst there is."""
    settings = state.settings
    state.theoretical = min(state.theoretical, now + settings.at_once * settings.interval)
    return Instant(max(state.theoretical, now) - (settings.at_once - 1) * settings.interval)


def _spend(state: LaneState, now: Instant) -> None:
    state.theoretical = max(state.theoretical, now) + state.settings.interval
    state.in_flight += 1


def _next(state: LaneState) -> Submit:
    for queue in state.queues:
        if queue:
            return queue.popleft()
    msg = "dispatch() asks only when something is queued"
    raise LookupError(msg)


def _service_failed(state: LaneState, user: UserId, now: Instant) -> None:
    state.failures += 1
    state.failed_users.add(user)
    enough = OPEN_AFTER if len(state.failed_users) > 1 else ALONE
    if state.circuit == "probing" or (state.failures >= enough and state.circuit == "closed"):
        state.pause = min(state.pause * 2.0, LONGEST_PAUSE) if state.circuit == "probing" else FIRST_PAUSE
        state.circuit = "open"
        state.closed_until = Instant(now + state.pause)


def _service_well(state: LaneState) -> None:
    state.circuit = "closed"
    state.failures = 0
    state.failed_users.clear()
    state.pause = FIRST_PAUSE
