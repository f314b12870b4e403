"""An executor of decisions in memory: store, lanes and timers without threads; time is a number that is pushed.

Owns: one user's life after life over one model calendar and one model Webex. Promises: whatever decide() promises in
general is checked at every decision: it raises nothing, changes nothing that it was given, always leaves an alarm for
later, and orders nothing whose state is not on disk. A perfect executor unless ``outcomes`` or ``policy`` say else.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from hybridcal_daemon.adapters.store.codec import decode_durable, encode_durable
from hybridcal_daemon.domain.calls import (
    Decorate,
    OpenChannel,
    RunErrand,
    SendCard,
    SendNotice,
    Undecorate,
)
from hybridcal_daemon.domain.effects import (
    ErrandReplied,
    Goodbye,
    Kept,
    Note,
    Redecorated,
    Report,
    Save,
    Submit,
    WakeAt,
)
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import CallFailed, Notified, Saved, Started, Woke
from hybridcal_daemon.domain.state import Durable, Snapshot, UserSettings, UserState
from hybridcal_daemon.domain.user import blank, decide
from hybridcal_daemon.domain.values import Instant
from tests.domain_decisions.facts import T0, USER
from tests.domain_decisions.models import RESOURCE, Google, Webex, refusal
from tests.domain_decisions.webex_meetings import CALLS, WebexMeetings, check_written

MOST_AT_ONCE = 300
"""Decisions without time passing; more would be a loop."""
MOST = 50_000
"""Decisions of one world; more would be a slow loop."""


class Outcome(NamedTuple):
    """What becomes of one request. ``done``: it takes effect; ``answered``: somebody hears of it."""

    done: bool = True
    answered: bool = True
    failure: tuple | None = None
    """(kind, code, retry_after, in_doubt)"""
    wait: float = 0.0
    """Seconds in the lane's queue."""
    took: float = 0.1
    """Seconds until the service acts."""
    back: float = 0.0
    """Seconds until its answer arrives here."""


OK = Outcome()
LOST = Outcome(done=False, answered=False)
DONE_BUT_LOST = Outcome(answered=False)


def slow(seconds: float) -> Outcome:
    return Outcome(took=seconds)


def fails(kind, code="unreachable", retry_after=None, *, in_doubt=False, done=False, **rest) -> Outcome:
    return Outcome(done=done, failure=(kind, code, retry_after, in_doubt), **rest)


@dataclass
class Disk:
    """What the store would have: only what was saved, and only as it can be encoded."""

    durable: str
    rows: dict

    @property
    def known(self) -> Durable:
        return _decoded(self.durable)

    def snapshot(self) -> Snapshot:
        return Snapshot(user=USER, durable=self.known, events=tuple(self.rows.values()))


@lru_cache(maxsize=8)
def _decoded(durable: str) -> Durable:
    return decode_durable(durable)


class World:
    """``now``: the daemon's clock; ``true``: the world's."""

    def __init__(self, *, push=False, policy=None, decide=decide, **settings) -> None:
        self.decide = decide
        self.true, self.skew = float(T0), 0.0
        self.settings = UserSettings(push=push, **settings)
        self.google, self.webex, self.meetings = Google(), Webex(), WebexMeetings()
        self.disk = Disk(encode_durable(Durable()), {})
        self.policy = policy or (lambda _call: OK)
        self.outcomes: dict[str, deque[Outcome]] = defaultdict(deque)
        self.save_delay = self.saved_delay = 0.0
        self.push_delay = 0.5
        self.state: UserState = blank(USER)
        self.life, self.running, self.gone = 0, False, False
        self.alarm: Instant | None = None
        self.orders: list[tuple[float, object]] = []
        self.done: list[tuple[float, object]] = []
        self.reports: list[Report] = []
        self.replies: list[tuple[float, ErrandReplied]] = []
        self.redecorated: list[Redecorated] = []
        self.kept: list[tuple[str, str]] = []
        """Key of each choice that was said to be on disk, and what was there then."""
        self.notes: Counter = Counter()
        self.decisions = 0
        self._agenda: list[tuple[float, int, object]] = []
        self._count, self._at_once, self._disk_at = 0, (0.0, 0), 0.0

    @property
    def now(self) -> Instant:
        return Instant(self.true + self.skew)

    @property
    def durable(self) -> Durable:
        return self.state.durable

    def ordered(self, kind, since=0.0) -> list:
        return [call for at, call in self.orders if isinstance(call, kind) and at >= since]

    # ---- life and time

    def start(self) -> None:
        self.life += 1
        self.running, self.gone, self.alarm, self.state = True, False, None, blank(USER)
        started = Started(
            incarnation=self.life, entropy=f"{self.life:032x}", snapshot=self.disk.snapshot(), settings=self.settings
        )
        self.tell(started)

    def crash(self) -> None:
        """The process is gone: nothing that was only in memory is left; requests on the wire go on."""
        self.running, self.alarm, self._disk_at = False, None, 0.0

    def restart(self) -> None:
        self.crash()
        self.start()

    def later(self, seconds: float, action) -> None:
        self._count += 1
        heapq.heappush(self._agenda, (self.true + seconds, self._count, action))

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.true + seconds
        while (at := self._next()) is not None and at <= end:
            self.true = max(self.true, at)
            self._happen()
        self.true = end

    def until(self, condition, within=7200.0) -> None:
        """Let time pass until something is true; AssertionError if it does not become true."""
        end = self.true + within
        while not condition():
            at = self._next()
            assert at is not None
            assert at <= end, f"not true within {within:g} s"
            self.true = max(self.true, at)
            self._happen()

    def _next(self) -> float | None:
        times = [self._agenda[0][0]] if self._agenda else []
        if self.alarm is not None:
            times.append(self.alarm - self.skew)
        return min(times, default=None)

    def _happen(self) -> None:
        if self.alarm is not None and self.alarm <= self.now:
            self.alarm = None
            self.tell(Woke())
        elif self._agenda and self._agenda[0][0] <= self.true:
            heapq.heappop(self._agenda)[2]()

    def jump(self, seconds: float) -> None:
        """Somebody sets the clock; somebody else notices and wakes everybody."""
        self.skew += seconds
        self.tell(Woke())

    # ---- decisions

    def tell(self, message) -> None:
        if not self.running:
            return
        before, seen = self.state, _seen(self.state)
        self.state, effects = self.decide(before, message, self.now)
        assert _seen(before) == seen, f"{message} changed what was given"
        self.decisions += 1
        self._check_loop()
        for effect in effects:
            self._perform(effect)
        flight = self.state.flight
        self.gone = self.gone or any(isinstance(effect, Goodbye) for effect in effects)
        if not self.gone:
            assert flight.alarm is not None, message
            assert flight.alarm > self.now, message
            assert self.alarm == flight.alarm

    def _check_loop(self) -> None:
        at, count = self._at_once
        self._at_once = (self.true, count + 1 if at == self.true else 1)
        assert self._at_once[1] < MOST_AT_ONCE, "decisions without end"
        assert self.decisions < MOST, "decisions without end"

    def _perform(self, effect) -> None:
        life = self.life
        match effect:
            case Save():
                self._disk_at = max(self._disk_at, self.true + self.save_delay)  # in their order
                self.later(self._disk_at - self.true, lambda: self._commit(effect, life))
            case Submit():
                self._submit(effect, life)
            case WakeAt():
                self.alarm = effect.at
            case Report():
                self.reports.append(effect)
            case ErrandReplied():
                self._check_reply(effect)
                self.replies.append((self.true, effect))
            case Kept():
                self.kept.append((effect.key, self.disk.durable))
            case Redecorated():
                self.redecorated.append(effect)
            case Goodbye():
                self.gone = True
            case Note():
                self.notes[effect.event] += 1

    def _commit(self, save: Save, life: int) -> None:
        if self.life != life or not self.running:
            return
        assert save.version == self.disk.known.version + 1
        self.disk.durable = encode_durable(save.durable)
        assert self.disk.known == save.durable
        self.disk.rows |= {event.fact.event_id: event.fact for event in save.put}
        for event_id in save.delete:
            self.disk.rows.pop(event_id, None)
        self.later(self.saved_delay, lambda: self._answer(Saved(version=save.version), life))

    # ---- lanes

    def _submit(self, order: Submit, life: int) -> None:
        call = order.call
        assert not self.gone, f"{call} after the goodbye"
        self._check_written(call)
        self.orders.append((self.true, call))
        script = self.outcomes[type(call).__name__]
        outcome = script.popleft() if script else self.policy(call)
        self.later(outcome.wait, lambda: self._begin(order, outcome, life))

    def _check_written(self, call) -> None:
        """An order that leaves must be known to whoever comes back after a crash."""
        durable = self.disk.known
        if isinstance(call, SendCard):
            states = {card.key: card.state for card in durable.cards}
            assert states.get(call.key) == "sending", f"{call.key} is not on disk"
            if call.event_id in self.state.events:
                assert call.event_id in self.disk.rows, "the worker reads how to join from the row"
        if isinstance(call, SendNotice):
            states = {notice.key: notice.state for notice in durable.notices}
            assert states.get(call.key) == "sending", f"{call.key} is not on disk"
        if isinstance(call, RunErrand) and call.kind not in {"explain", "free-busy"}:
            states = {errand.key: errand.state for errand in durable.errands}
            assert states.get(call.key) == "sending", f"{call.key} is not on disk"
        check_written(call, durable)
        if isinstance(call, OpenChannel):
            assert call.channel_id in {channel.channel_id for channel in durable.channels}

    def _check_reply(self, reply: ErrandReplied) -> None:
        """What is told about an errand is on disk."""
        if reply.code != "errand-dropped" and reply.ended:
            states = {errand.key: errand.state for errand in self.disk.known.errands}
            assert states.get(reply.key) in {"done", "failed"}, f"{reply.key} is not on disk"

    def _begin(self, order: Submit, outcome: Outcome, life: int) -> None:
        if life != self.life or not self.running:
            return  # what had not left the lane is forgotten with its orderer
        if order.not_after <= self.now:
            self._answer(refusal(order.call, Kind.TRANSIENT, "expired"), life)
            return
        self.later(outcome.took, lambda: self._end(order.call, outcome, life))

    def _end(self, call, outcome: Outcome, life: int) -> None:
        answer = self._do(call) if outcome.done else None
        if outcome.failure is not None:
            kind, code, retry_after, in_doubt = outcome.failure
            answer = refusal(call, kind, code, retry_after=retry_after, in_doubt=in_doubt)
        if outcome.answered and answer is not None and outcome.back:
            self.later(outcome.back, lambda: self._answer(answer, life))
        elif outcome.answered and answer is not None:
            self._answer(answer, life)

    def _do(self, call):
        self.done.append((self.true, call))
        if isinstance(call, CALLS):
            return self.meetings.answer(call, self.true, self.disk.rows)
        service = self.webex if type(call).__name__ in _WEBEX else self.google
        before = self.google.number
        answer = service.answer(call, self.true)
        if isinstance(call, SendCard | SendNotice):
            assert self.webex.posts[call.key] <= 1, f"{call.key} was posted twice"
        if isinstance(call, OpenChannel) and not isinstance(answer, CallFailed):
            self.push(call.channel_id, first=True)
        if isinstance(call, Decorate | Undecorate) and self.google.number > before:
            self.pushes()
        return answer

    def _answer(self, message, life: int) -> None:
        if life == self.life:
            self.tell(message)

    # ---- what people do

    def edit(self, fact) -> None:
        self.google.put(fact)
        self.pushes()

    def remove(self, event_id: str) -> None:
        self.google.remove(event_id)
        self.pushes()

    def pushes(self) -> None:
        for channel_id in self.google.alive(self.true):
            self.push(channel_id)

    def push(self, channel_id: str, *, first=False) -> None:
        push = Notified(channel_id=channel_id, resource_id=RESOURCE, first=first)
        self.later(self.push_delay, lambda: self.tell(push))


_WEBEX = {"FetchRoom", "SendCard", "FindCard", "FindDevices", "DeleteCard", "SendAgenda", "SendNotice", "SetPresence"}


def _seen(state: UserState) -> tuple:
    """Everything in a state that could be changed in place, copied."""
    flight = state.flight
    traversal = flight.traversal
    return (
        state.durable,
        state.settings,
        dict(state.events),
        replace(flight, calls=dict(flight.calls), strays=dict(flight.strays), traversal=None),
        traversal and replace(traversal, events=dict(traversal.events), removed=dict(traversal.removed)),
    )
