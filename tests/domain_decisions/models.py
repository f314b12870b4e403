"""Google and Webex as values: what they would answer to one call, and what would be true there afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from hybridcal_daemon.domain.calls import (
    Decorate,
    DeleteCard,
    FetchEvent,
    FetchRoom,
    FindCard,
    FindDevices,
    ListEdge,
    ListEvents,
    ListInstances,
    OpenChannel,
    ReadProfile,
    ReadVacation,
    RunErrand,
    SendAgenda,
    SendCard,
    SendNotice,
    SetPresence,
    StopChannel,
    Undecorate,
)
from hybridcal_daemon.domain.events import EventFact, Quarantined, Removed
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import (
    AgendaSent,
    CallFailed,
    CardDeleted,
    CardFound,
    CardSent,
    ChannelOpened,
    ChannelStopped,
    Decorated,
    DevicesFound,
    ErrandDone,
    EventsListed,
    NoticeSent,
    PresenceSet,
    RoomFetched,
    VacationRead,
)
from hybridcal_daemon.domain.recurrence import instance_id
from hybridcal_daemon.domain.values import DAY, Instant, Sealed, Window
from tests.domain_decisions.facts import ROOM, sealed
from tests.domain_decisions.happening import Happening

RESOURCE = "resource-of-the-calendar"


def refusal(call, kind, code, **rest):
    return CallFailed(request_id=call.request_id, user=call.user, kind=kind, code=code, **rest)


@dataclass
class Google(Happening):
    """One calendar. Lists are snapshots of the moment of their first page; changes are numbered."""

    page_size: int = 3
    longest_channel: float = 30 * DAY
    number: int = 0
    events: dict[str, EventFact] = field(default_factory=dict)
    holes: dict[str, Removed] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    void_before: int = 0
    unreadable: set[str] = field(default_factory=set)
    without_token: bool = False
    pages: dict[str, tuple[list, str]] = field(default_factory=dict)
    channels: dict[str, float] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    most_channels: int = 0
    writes: Counter = field(default_factory=Counter)
    strips_blocks: bool = False
    vacation: tuple = (False, None, None)
    effects: Counter = field(default_factory=Counter)
    """How often each errand had its effect on the calendar."""

    # ---- what people do

    def put(self, fact: EventFact) -> EventFact:
        self.number += 1
        fact = self.events[fact.event_id] = replace(fact, etag=f"e{self.number}")
        self.changed[fact.event_id] = self.number
        return fact

    def remove(self, event_id: str) -> None:
        self.number += 1
        self.changed[event_id] = self.number
        self.events.pop(event_id, None)
        for known in [*self.events.values()]:
            if known.series_id == event_id:
                del self.events[known.event_id]
        self.holes = {key: hole for key, hole in self.holes.items() if hole.series_id != event_id}

    def cancel_occurrence(self, series_id: str, original) -> None:
        self.number += 1
        event_id = instance_id(series_id, original)
        for known in [*self.events.values()]:
            if known.series_id == series_id and known.original_start == original:
                event_id = known.event_id
                del self.events[event_id]
        self.changed[event_id] = self.number
        self.holes[event_id] = Removed(
            event_id=event_id, etag=f"e{self.number}", series_id=series_id, original_start=original
        )

    # ---- what is true

    def alive(self, now: float) -> list[str]:
        return [channel_id for channel_id, until in self.channels.items() if until > now]

    # ---- what it answers

    def answer(self, call, now: float):  # noqa: C901, PLR0911 - one case for each kind of call
        match call:
            case ListEvents():
                return self._list(call)
            case ListEdge():
                return self.edge(call)
            case ListInstances():
                return self.instances(call)
            case FetchEvent():
                return self.fetch(call)
            case ReadProfile():
                return self.profile(call)
            case OpenChannel():
                return self._watch(call, now)
            case StopChannel():
                if call.resource_id == RESOURCE:
                    self.channels.pop(call.channel_id, None)
                return ChannelStopped(request_id=call.request_id, user=call.user, channel_id=call.channel_id)
            case Decorate():
                return self._decorate(call)
            case Undecorate():
                return self._undecorate(call)
            case RunErrand():
                return self._errand(call)
            case ReadVacation():
                on, start, end = self.vacation
                return VacationRead(request_id=call.request_id, user=call.user, enabled=on, start=start, end=end)

    def _list(self, call: ListEvents):
        if call.page_token is None:
            if call.sync_token is not None and int(call.sync_token) < self.void_before:
                return refusal(call, Kind.RESYNC, "google-sync-token")
            items = self._changes(int(call.sync_token)) if call.window is None else self._all(call.window)
            self.pages[f"{call.request_id}"] = (items, str(self.number))
            start, offset = f"{call.request_id}", 0
        else:
            start, _, offset = call.page_token.partition("+")
        items, token = self.pages[start]
        return self._page(call, items, start, int(offset), token)

    def _all(self, window: Window) -> list:
        wider = Window(start=Instant(window.start - DAY), end=Instant(window.end + DAY))
        return [*self.within(wider).values(), *self.holes.values()]

    def _changes(self, since: int) -> list:
        ids = sorted((number, event_id) for event_id, number in self.changed.items() if number > since)
        return [self.events.get(each) or self.holes.get(each) or Removed(event_id=each) for _, each in ids]

    def _page(self, call, items, start, offset, token):
        end = offset + self.page_size
        page, last = items[offset:end], end >= len(items)
        bad = [item for item in page if item.event_id in self.unreadable]
        good = [item for item in page if item not in bad]
        return EventsListed(
            request_id=call.request_id,
            user=call.user,
            events=tuple(sealed(item) for item in good if isinstance(item, EventFact)),
            removed=tuple(item for item in good if isinstance(item, Removed)),
            quarantined=tuple(Quarantined(event_id=item.event_id, reason="shape") for item in bad),
            next_page=None if last else f"{start}+{end}",
            next_token=token if last and not self.without_token else None,
        )

    def _watch(self, call: OpenChannel, now: float):
        if call.channel_id in self.used:
            return refusal(call, Kind.CONFLICT, "google-channel-exists")
        self.used.add(call.channel_id)
        until = self.channels[call.channel_id] = now + min(call.ttl, self.longest_channel)
        self.most_channels = max(self.most_channels, len(self.alive(now)))
        return ChannelOpened(
            request_id=call.request_id,
            user=call.user,
            channel_id=call.channel_id,
            resource_id=RESOURCE,
            expires_at=Instant(until),
        )

    def _errand(self, call: RunErrand):
        """What has a name that we chose, or says what shall be, has its effect once; a quick-add each time."""
        if call.kind == "quick-add" or not self.effects[call.key]:
            self.effects[call.key] += 1
        if call.kind not in {"explain", "free-busy"}:
            self.number += 1
        return ErrandDone(
            request_id=call.request_id, user=call.user, key=call.key, answer=Sealed(f"answer {call.key}".encode())
        )

    def _decorate(self, call: Decorate):
        fact, outcome = self.events.get(call.event_id), "gone"
        if fact is not None:
            outcome = "unchanged"
            asks = fact.asked == call.action and fact.writable and not fact.foreign_webex
            right = fact.has_block and (fact.unmarked or (fact.block_for == call.way and not call.redo))
            if asks and not right:
                outcome = "written"
                self.writes[fact.event_id] += 1
                block = {"has_block": True, "joinable": True, "join_digest": call.way or "room", "block_for": call.way}
                fact = self.put(replace(fact, **({} if self.strips_blocks else block)))
        return self._decorated(call, fact, outcome)

    def _undecorate(self, call: Undecorate):
        fact, outcome = self.events.get(call.event_id), "gone"
        if fact is not None:
            outcome = "unchanged"
            if fact.writable and fact.has_block and not fact.unmarked and (call.even_if_asked or not fact.asked):
                outcome = "removed"
                self.writes[fact.event_id] += 1
                fact = self.put(replace(fact, has_block=False, joinable=False, join_digest="", block_for=""))
        return self._decorated(call, fact, outcome)

    def _decorated(self, call, fact, outcome):
        return Decorated(
            request_id=call.request_id,
            user=call.user,
            event_id=call.event_id,
            event=None if fact is None else sealed(fact),
            outcome=outcome,
        )


@dataclass
class Webex:
    """One person's 1:1 room with the bot, their Personal Room and presence."""

    person_id: str = "person"
    room: object = ROOM
    number: int = 0
    cards: dict[str, str] = field(default_factory=dict)
    """Message id to key, of cards that can be seen."""
    posts: Counter = field(default_factory=Counter)
    notices: dict[str, SendNotice] = field(default_factory=dict)
    """By message id."""
    ooo_until: float = 0.0
    dnd_until: float = 0.0
    said: list = field(default_factory=list)
    agendas: list = field(default_factory=list)

    def live(self) -> Counter:
        """How many cards can be seen of each join moment."""
        return Counter(key.rsplit("-", 1)[0] for key in self.cards.values())

    def ooo(self, now: float) -> bool:
        return self.ooo_until > now

    def shows(self, now: float) -> str:
        return "ooo" if self.ooo(now) else "dnd" if self.dnd_until > now else ""

    def answer(self, call, now: float):  # noqa: PLR0911 - one case for each kind of call
        ids = {"request_id": call.request_id, "user": call.user}
        match call:
            case FetchRoom():
                return RoomFetched(**ids, person_id=self.person_id, room=self.room)
            case SendCard():
                self.number += 1
                message_id = f"message-{self.number}"
                self.cards[message_id] = call.key
                self.posts[call.key] += 1
                return CardSent(**ids, key=call.key, message_id=message_id)
            case FindCard():
                keys = self.cards | {message_id: notice.key for message_id, notice in self.notices.items()}
                found = next((mid for mid, key in keys.items() if key == call.key), None)
                return CardFound(**ids, key=call.key, message_id=found)
            case SendNotice():
                self.number += 1
                self.posts[call.key] += 1
                self.notices[f"message-{self.number}"] = call
                return NoticeSent(**ids, key=call.key, message_id=f"message-{self.number}")
            case DeleteCard():
                self.cards.pop(call.message_id, None)
                return CardDeleted(**ids, key=call.key)
            case SendAgenda():
                self.agendas.append((now, call))
                return AgendaSent(**ids, key=call.key)
            case FindDevices():
                return DevicesFound(**ids, devices=())
            case SetPresence():
                self.ooo_until = now + call.ttl if call.status == "ooo" else 0.0
                self.dnd_until = now + call.ttl if call.status == "dnd" else 0.0
                self.said.append((now, call.status, call.ttl))
                return PresenceSet(**ids, status=call.status, ttl=call.ttl)
