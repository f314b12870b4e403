"""Many people's decisions in virtual time: real ``decide``, the real lane, and calendars that only count.

Owns: the clock, the alarms, requests under way, and how many requests each service got. Promises: no thread, no socket,
no waiting: an hour takes as long as its decisions; the same numbers every time. Does not: keep rows (a calendar has two
meetings), mint tokens (it counts how many would be) or check what is shown.

A request takes ``LATENCY`` seconds, a commit ``COMMIT``. Google's first notice of a channel comes before the answer to
``watch``, as it may.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.domain import messages as m
from hybridcal_daemon.domain.calls import (
    Decorate,
    FetchRoom,
    FindDevices,
    ListEdge,
    ListEvents,
    OpenChannel,
    ReadProfile,
    ReadVacation,
    StopChannel,
)
from hybridcal_daemon.domain.demand import demand
from hybridcal_daemon.domain.effects import Save, Submit, WakeAt
from hybridcal_daemon.domain.events import EventFact, SealedEvent
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.lane import as_ended, dispatch, enqueue, finished
from hybridcal_daemon.domain.lane_state import LaneSettings, LaneState
from hybridcal_daemon.domain.state import Durable, Snapshot, UserSettings, UserState
from hybridcal_daemon.domain.tokens import REFRESH_AT
from hybridcal_daemon.domain.user import blank, decide
from hybridcal_daemon.domain.values import HOUR, Instant, Sealed, Timed, UserId

if TYPE_CHECKING:
    from hybridcal_daemon.domain.calls import Call

EPOCH: Final = 1_800_000_000.0
LATENCY: Final = 0.15
COMMIT: Final = 0.005
RESOURCE: Final = "resource"
REQUESTS: Final[dict[type, tuple[str, ...]]] = {
    ListEvents: ("list",),
    ListEdge: ("edge list",),
    OpenChannel: ("watch",),
    StopChannel: ("stop",),
    ReadProfile: ("settings", "settings"),
    Decorate: ("get", "patch"),
    ReadVacation: ("vacation",),
    FetchRoom: ("person", "room"),
}
"""What a call comes to when nothing is in its way (a test compares it with the adapter)."""


@dataclass(slots=True)
class Person:
    """One user and the calendar that they have at Google."""

    state: UserState
    alarm: float | None = None
    revision: int = 1
    changed: dict[str, EventFact] = field(default_factory=dict)
    """The present version of each event that ever changed; ``etag`` is the revision."""
    channels: set[str] = field(default_factory=set)
    tokens: dict[str, float] = field(default_factory=dict)
    asked: int = 0


class Town:
    """``count`` people. ``requests`` counts by service and operation, ``tokens`` what would have been minted."""

    def __init__(self, count: int, settings: UserSettings, lane: LaneSettings) -> None:
        self.now = EPOCH
        self.settings = settings
        self.people = {user: Person(blank(user)) for user in (UserId(f"u{number:020x}") for number in range(count))}
        self.requests: Counter[tuple[str, str]] = Counter()
        self.tokens = 0
        self.decisions = 0
        self.unseen: dict[UserId, float] = {}
        """Since when there is a change that no list has shown."""
        self.longest_unseen = 0.0
        self._lanes = {name: LaneState(lane, Instant(self.now)) for name in ("google", "webex", "devices")}
        self._agenda: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._number = 0
        self._again: dict[str, float | None] = dict.fromkeys(self._lanes)
        self._answers: dict[type, Callable[[Any, dict[str, Any]], Any]] = {
            ListEvents: self._list,
            ListEdge: self._edge,
            OpenChannel: self._watch,
            StopChannel: self._stop,
            ReadProfile: self._profile,
            ReadVacation: self._vacation,
            FetchRoom: self._room,
            Decorate: self._decorate,
            FindDevices: self._devices,
        }

    # ---- time

    def later(self, seconds: float, act: Callable[..., None], *arguments: Any) -> None:
        self._number += 1
        heapq.heappush(self._agenda, (self.now + seconds, self._number, act, arguments))

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while self._agenda and self._agenda[0][0] <= end:
            at, _, act, arguments = heapq.heappop(self._agenda)
            self.now = max(self.now, at)
            act(*arguments)
        self.now = end

    def until(self, done: Callable[[], bool], within: float) -> float:
        """Let time pass until something holds, looked at each second; gives the seconds it took. TimeoutError."""
        began = self.now
        while not done():
            if self.now - began > within:
                raise TimeoutError(f"not within {within:g} s of virtual time")
            self.run(1.0)
        return self.now - began

    def calendar_requests(self) -> int:
        return sum(count for (service, _), count in self.requests.items() if service == "calendar")

    def count(self, *operations: str) -> int:
        return sum(count for (_, operation), count in self.requests.items() if operation in operations)

    def forget_counts(self) -> None:
        self.requests.clear()
        self.tokens, self.longest_unseen = 0, 0.0

    # ---- what happens to people

    def start(self, user: UserId) -> None:
        """The daemon begins to serve somebody."""
        snapshot = Snapshot(user=user, durable=Durable(), events=())
        self.tell(user, m.Started(incarnation=1, entropy=f"{user}", snapshot=snapshot, settings=self.settings))

    def change(self, user: UserId, event_id: str, **fields: Any) -> None:
        """Somebody writes to the calendar: a new version, and a notice for each channel."""
        person = self.people[user]
        person.revision += 1
        self.unseen.setdefault(user, self.now)
        old = person.changed.get(event_id) or _meeting(event_id, self.now)
        person.changed[event_id] = replace(old, etag=str(person.revision), **fields)
        self.notify(user)

    def notify(self, user: UserId) -> None:
        """Google pushes to each channel of a calendar."""
        for channel_id in self.people[user].channels:
            notice = m.Notified(channel_id=channel_id, resource_id=RESOURCE, first=False)
            self.later(0.3, self.tell, user, notice)

    # ---- decisions

    def tell(self, user: UserId, message: m.Message) -> None:
        person = self.people[user]
        self.decisions += 1
        person.state, effects = decide(person.state, message, Instant(self.now))
        for effect in effects:
            if isinstance(effect, Save):
                self.later(COMMIT, self.tell, user, m.Saved(version=effect.version))
            elif isinstance(effect, Submit):
                enqueue(self._lanes[effect.lane], effect)
                self._dispatch(effect.lane)
            elif isinstance(effect, WakeAt):
                self._set_alarm(user, effect.at)

    def _set_alarm(self, user: UserId, at: float | None) -> None:
        self.people[user].alarm = at
        if at is not None:
            self.later(max(0.0, at - self.now), self._ring, user, at)

    def _ring(self, user: UserId, at: float) -> None:
        person = self.people[user]
        if person.alarm == at:
            person.alarm = None
            self.tell(user, m.Woke())

    # ---- the lane

    def _dispatch(self, name: str) -> None:
        lane = self._lanes[name]
        begin, given_back, again = dispatch(lane, Instant(self.now))
        for order, kind, code in given_back:
            self.later(0.0, self.tell, order.call.user, _failed(order.call, kind, code))
        for order in begin:
            self._send(order.call)
            self.later(LATENCY * len(_operations(order.call)), self._arrive, name, order)
        if again is not None and again != self._again[name]:
            self._again[name] = again
            self.later(max(0.0, again - self.now), self._look_again, name, again)

    def _look_again(self, name: str, at: float) -> None:
        if self._again[name] == at:
            self._again[name] = None
            self._dispatch(name)

    def _arrive(self, name: str, order: Submit) -> None:
        """A request ends: the orderer hears of it, the lane has a free worker."""
        answer = self._answer(order.call)
        how = (None, "", None)
        if isinstance(answer, m.CallFailed):
            how = (answer.kind, answer.code, answer.retry_after)
        finished(self._lanes[name], as_ended(order, *how), Instant(self.now))
        self.tell(order.call.user, answer)
        self._dispatch(name)

    def _send(self, call: Call) -> None:
        person, wanted = self.people[call.user], demand(call)
        for operation in _operations(call):
            self.requests[wanted.service, operation] += 1
        if wanted.service == "calendar":
            person.asked += len(_operations(call))
        if wanted.service != "webex" and person.tokens.get(wanted.feature, 0.0) <= self.now:
            person.tokens[wanted.feature] = self.now + (REFRESH_AT + 0.05) * HOUR
            self.tokens += 1

    def _answer(self, call: Call) -> Any:
        answer = self._answers.get(type(call))
        if answer is None:
            raise LookupError(f"nobody should order {type(call).__name__} here")
        return answer(call, {"request_id": call.request_id, "user": call.user})

    # ---- Google and Webex

    def _list(self, call: ListEvents, who: dict[str, Any]) -> m.EventsListed:
        person = self.people[call.user]
        self.longest_unseen = max(self.longest_unseen, self.now - self.unseen.pop(call.user, self.now))
        since = int(call.sync_token or 0)
        facts = [fact for fact in person.changed.values() if int(fact.etag) > since]
        if call.sync_token is None:
            facts += [fact for fact in _usual(self.now) if fact.event_id not in person.changed]
        return m.EventsListed(
            **who,
            events=tuple(map(_sealed, facts)),
            removed=(),
            quarantined=(),
            next_page=None,
            next_token=str(person.revision),
        )

    def _edge(self, _: ListEdge, who: dict[str, Any]) -> m.EdgeListed:
        return m.EdgeListed(**who, events=(), quarantined=(), next_page=None)

    def _watch(self, call: OpenChannel, who: dict[str, Any]) -> m.ChannelOpened:
        self.people[call.user].channels.add(call.channel_id)
        self.tell(call.user, m.Notified(channel_id=call.channel_id, resource_id=RESOURCE, first=True))
        expires_at = Instant(self.now + call.ttl)
        return m.ChannelOpened(**who, channel_id=call.channel_id, resource_id=RESOURCE, expires_at=expires_at)

    def _stop(self, call: StopChannel, who: dict[str, Any]) -> m.ChannelStopped:
        self.people[call.user].channels.discard(call.channel_id)
        return m.ChannelStopped(**who, channel_id=call.channel_id)

    def _profile(self, _: ReadProfile, who: dict[str, Any]) -> m.ProfileRead:
        return m.ProfileRead(**who, locale="de", timezone="Europe/Berlin")

    def _vacation(self, _: ReadVacation, who: dict[str, Any]) -> m.VacationRead:
        return m.VacationRead(**who, enabled=False, start=None, end=None)

    def _room(self, _: FetchRoom, who: dict[str, Any]) -> m.RoomFetched:
        return m.RoomFetched(**who, person_id="person", room=Sealed(b"room"))

    def _devices(self, _: FindDevices, who: dict[str, Any]) -> m.DevicesFound:
        return m.DevicesFound(**who, devices=())

    def _decorate(self, call: Decorate, who: dict[str, Any]) -> m.Decorated:
        self.change(call.user, call.event_id, has_block=True, joinable=True, join_digest="j", digest="d2")
        event = _sealed(self.people[call.user].changed[call.event_id])
        return m.Decorated(**who, event_id=call.event_id, event=event, outcome="written")


def _operations(call: Call) -> tuple[str, ...]:
    return REQUESTS.get(type(call), (type(call).__name__,))


def _failed(call: Call, kind: Kind, code: str) -> m.CallFailed:
    return m.CallFailed(request_id=call.request_id, user=call.user, kind=kind, code=code)


def _sealed(fact: EventFact) -> SealedEvent:
    return SealedEvent(fact=fact, item=b"{}", join=None)


def _meeting(event_id: str, now: float) -> EventFact:
    start = int(now) + 3 * 86400
    return EventFact(
        event_id=event_id,
        etag="1",
        start=Timed(at=start, tz="Europe/Berlin"),
        end=Timed(at=start + 1800, tz="Europe/Berlin"),
        organiser=True,
        writable=True,
        response="organizer",
        digest="d",
    )


def _usual(now: float) -> tuple[EventFact, ...]:
    """A meeting and a weekly series, which every calendar has."""
    return _meeting("single", now), replace(_meeting("series", now), recurrence=("RRULE:FREQ=WEEKLY",))
