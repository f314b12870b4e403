"""What must hold at every moment: checked at each request, and once a minute for the cards that should be out.

Owns: the memory of who may be served, of trouble (so that lateness is measured from its end), and of every card.
Promises: knows calendars and cards from the stand-ins only; a breach ends the run at that very step.
Does not: look into the daemon, except for which meeting a card was ordered for.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import msgspec

from tests.simulation.house import Violated
from tests.simulation.outside import ROOM
from tests.simulation.plans import at

if TYPE_CHECKING:
    from hybridcal_daemon.domain.calls import SendCard
    from hybridcal_daemon.domain.state import UserSettings
    from hybridcal_daemon.sandbox.webex.world import Message
    from tests.simulation.house import House
    from tests.simulation.meetings import Meetings
    from tests.simulation.outside import Exchange, Outside
    from tests.simulation.people import People
    from tests.simulation.scheduler import SimScheduler

MINUTE: Final = 60.0
GRACE: Final = 90.0
"""Seconds within which a card has to be out after its moment, a restart or the end of an outage (promise D8)."""
_APART: Final = 300.0
"""Troubles that are closer together than this are one outage."""
_MOST_CHANNELS: Final = 2
_TELLING: Final = frozenset({401, 410, 412, 429})
"""Answers that the daemon has a way of its own to deal with."""
_AHEAD: Final = 150 * MINUTE
_BACK: Final = 6 * 60 * MINUTE


@dataclass(slots=True, kw_only=True)
class Sent:
    """A card that was posted."""

    key: str
    call: SendCard
    message: Message

    @property
    def alive(self) -> bool:
        return self.message.deleted is None

    def shows(self, occurrence: dict[str, Any]) -> bool:
        ids = {occurrence["id"], occurrence.get("recurringEventId")}
        return self.call.event_id in ids and self.call.start.at == at(occurrence)


@dataclass(slots=True, kw_only=True)
class Served:
    """What is known of one person. ``state``: never, served, leaving, or gone (since ``gone_at``).

    ``troubled``: the goodbye met trouble; ``said_in``: the life of the process that last said out of office.
    """

    state: str = "never"
    gone_at: float = 0.0
    troubled: bool = False
    said_in: int = -1
    cards: list[Sent] = field(default_factory=list)
    revision: int = -1
    looked_at: float = -1e9
    coming: list[dict[str, Any]] = field(default_factory=list)
    since: dict[str, tuple[tuple[Any, ...], float]] = field(default_factory=dict)
    bare: int = 0
    """How often they left with all blocks: those went, and came again with them."""
    rests_until: float = 0.0
    """Google wants no writes until then, so that blocks may be missing."""
    unwatched_until: float = 0.0
    """Google granted so short a channel that none is asked for until then."""


class Referee:
    """Watches the wire."""

    def __init__(
        self,
        scheduler: SimScheduler,
        outside: Outside,
        house: House,
        people: People,
        meetings: Meetings,
        settings: UserSettings,
    ) -> None:
        self._scheduler = scheduler
        self._outside = outside
        self._house = house
        self._people = people
        self._meetings = meetings
        self._settings = settings
        self._learn = 1.25 * settings.poll_interval + MINUTE
        self.persons: defaultdict[str, Served] = defaultdict(Served)
        self.gone: list[str] = []
        """Ids of those who were served once."""
        self._left_behind: set[str] = set()
        self.patches: Counter[str] = Counter()
        self.notices: Counter[tuple[str, ...]] = Counter()
        self._messages = 0
        self._written: set[bytes] = set()
        self._began = self._ended = -1e9
        self.app_token_at = -1e9
        self.blind = False
        """Google left out changes: nobody can know of them until the next full list."""
        self._seen = {
            "google.watch": self._watched,
            "google.patch": self._patched,
            "google.list": self._listed,
            "google.stop": self._stopped,
            "webex.card": self._posted,
            "webex.delete": self._deleted,
            "webex.presence": self._present,
        }

    # ---- trouble

    def trouble(self) -> None:
        """Something is wrong just now."""
        now = self._scheduler.clock.now()
        if now > self._ended + _APART:
            self._began = now
        self._ended = now

    def lose(self) -> None:
        """A change is not told."""
        self.blind = True

    def find(self) -> None:
        """An admin has everything listed anew."""
        self.blind = False
        self.trouble()

    def calm_at(self) -> float:
        """When the last trouble counts as over: back-off may take as long again as the trouble lasted."""
        if self.blind:
            return math.inf
        return self._ended + 1.5 * (self._ended - self._began)

    def troubled_since(self, at: float) -> bool:
        return self._ended >= at

    def joined(self, address: str) -> None:
        """An admin activates somebody, perhaps again: what a troubled goodbye left behind is not the new life's."""
        person = self.persons[address]
        person.state, person.revision, person.since = "served", -1, {}
        if person.troubled:
            person.troubled, person.cards = False, []

    def left(self, address: str, user: str, *, troubled: bool) -> None:
        """Deactivation is finished; when it met trouble, what stands outside may have been left to end by itself."""
        person = self.persons[address]
        person.state, person.gone_at, person.troubled = "gone", self._scheduler.clock.now(), troubled
        self.gone.append(user)
        if troubled:
            self._left_behind.add(user)

    # ---- each request

    def saw(self, exchange: Exchange) -> None:
        """Look at one request and its answer."""
        if exchange.fault or exchange.response.drop:
            self.trouble()
            self._count_fault(exchange)
        if exchange.name == "webex.token":
            self.app_token_at = self._scheduler.clock.elapsed
        self._check_access(exchange)
        if exchange.response.status in _TELLING and not exchange.response.drop:
            self._reach(f"{exchange.response.status} to {exchange.name}")
        look = self._seen.get(exchange.name)
        if look is not None and exchange.well:
            look(exchange)

    def _count_fault(self, exchange: Exchange) -> None:
        self._reach(f"fault {exchange.fault}")
        if exchange.name == "webex.card" and exchange.fault == "ambiguous":
            self._reach("card ambiguous")

    def _check_access(self, exchange: Exchange) -> None:
        person = self.persons.get(exchange.who)
        if person is None or person.state in {"served", "leaving"}:
            return
        if person.state == "never" or self._scheduler.clock.now() > person.gone_at + 2.0:
            raise Violated("access", f"{exchange.name} for somebody who is {person.state} served")

    def channels(self, address: str) -> list[str]:
        """Living channels of a calendar, but for those that a troubled goodbye left to end by themselves."""
        living = [channel["id"] for channel in self._outside.google.channels() if channel["calendar"] == address]
        return [channel for channel in living if channel.partition("-")[0] not in self._left_behind]

    def _watched(self, exchange: Exchange) -> None:
        mine = self.channels(exchange.who)
        if len(mine) > _MOST_CHANNELS:
            raise Violated("channels", f"{len(mine)} channels live for one calendar")
        if len(mine) == _MOST_CHANNELS:
            self._reach("channel overlap")

    def _patched(self, exchange: Exchange) -> None:
        event_id = exchange.request.url.partition("/events/")[2].partition("?")[0]
        event = self._outside.google.get_event(exchange.who, event_id)
        body = msgspec.json.decode(exchange.request.body or b"{}")
        if "description" not in body or event.get("description") != body["description"]:
            return  # an answer to an invitation; or refused, whatever the answer looked like
        self.patches[event_id] += 1
        plan = self._people.plans.get(event_id.partition("_")[0])
        reasons = (
            1
            + 2 * self.persons[exchange.who].bare
            + self._meetings.made_for(event_id)
            + (plan.dropped + plan.wishes if plan is not None else 0)
        )
        if self.patches[event_id] > reasons:
            raise Violated("block", f"{self.patches[event_id]} writes to {event_id} for {reasons} reasons")
        if not exchange.fault:
            self._written.add(event["etag"].strip('"').encode())

    def _listed(self, exchange: Exchange) -> None:
        body = exchange.response.body
        for etag in [etag for etag in self._written if etag in body]:
            self._written.discard(etag)
            self._reach("echo of own write seen")

    def _deleted(self, exchange: Exchange) -> None:
        leaving = [person for person in self.persons.values() if person.state == "leaving"]
        gone = exchange.request.url.rpartition("/")[2]
        if any(sent.message.rest_id == unquote(gone) for person in leaving for sent in person.cards):
            self._reach("card taken back at goodbye")

    def _stopped(self, exchange: Exchange) -> None:
        channel = msgspec.json.decode(exchange.request.body or b"{}")["id"]
        if channel not in self._house.opened:
            self._reach("channel stopped whose opening nobody heard of")
        person = self.persons[exchange.who]
        if person.state == "served" and channel == self._house.store.newest_channel(channel):
            raise Violated("channels", "the channel that was opened last is stopped, and no other is there")

    def _posted(self, exchange: Exchange) -> None:
        messages = self._outside.webex.world.messages
        if len(messages) == self._messages:
            return  # refused, whatever the answer looked like
        self._messages = len(messages)
        message = next(reversed(messages.values()))
        key = message.body["attachments"][0]["content"]["body"][0]["id"]
        person = self.persons[exchange.who]
        if key in self._house.notices:
            self._told(key)
            return
        sent = Sent(key=key, call=self._house.cards[key], message=message)
        if any(one.key == key for one in person.cards):
            raise Violated("card-twice", f"two posts with the key {key}")
        alike = [one for one in person.cards if one.alive and one.call.start == sent.call.start]
        if any(one.key.rpartition("-")[0] == key.rpartition("-")[0] for one in alike):
            raise Violated("card-twice", f"two cards at a time for {key}")
        if sent.call.start.at - self._settings.join_lead > self._scheduler.clock.now() + 1.0:
            raise Violated("card", f"{key} was sent too early")
        if not key.endswith("-0"):
            self._reach("card of a later generation")
        person.cards.append(sent)

    def _told(self, key: str) -> None:
        """A notice: once for each event, or series, and reason, as long as somebody is served."""
        call = self._house.notices[key]
        about = (call.user, call.event_id.partition("_")[0], call.reason)
        self.notices[about] += 1
        if self.notices[about] > 1:
            raise Violated("notice-twice", f"{call.reason} is told twice of {call.event_id}")

    def _present(self, exchange: Exchange) -> None:
        event = msgspec.json.decode(exchange.request.body or b"{}")
        person = self.persons[exchange.who]
        if event["eventType"] not in {"ooo", "dnd"}:
            whose = "the same" if person.said_in == self._scheduler.life else "a later"
            self._reach(f"presence cleared by {whose} life")
            return
        if exchange.who not in self._people.away and exchange.who not in self._people.absent:
            raise Violated("presence", "out of office for somebody who never was away")
        self._reach(f"presence {event['eventType']}")
        if person.said_in == self._scheduler.life:
            self._reach("presence renewed")
        person.said_in = self._scheduler.life

    # ---- each minute

    def look(self) -> None:
        """See that every card that is due is out, once."""
        if self._house.alive:
            for address, person in self.persons.items():
                if person.state == "served" and address != ROOM:
                    self._check_cards(address, person)
        self._scheduler.after(MINUTE, self.look)

    def _check_cards(self, address: str, person: Served) -> None:
        now = self._scheduler.clock.now()
        self._update(address, person, now)
        for occurrence in person.coming:
            moment = at(occurrence) - self._settings.join_lead
            if not moment <= now < at(occurrence, "end") - 1.0:
                continue
            known_at = person.since[occurrence["id"]][1] + self._learn
            due = max(moment, known_at, self.calm_at()) + GRACE
            live = sum(1 for sent in person.cards if sent.alive and sent.shows(occurrence))
            if due <= now and live != 1:
                raise Violated("card", f"{live} live cards for {occurrence['id']} of {address}, {now - due:.0f} s late")

    def _update(self, address: str, person: Served, now: float) -> None:
        """Read the calendar again if it has changed, or what comes has not been looked at for long."""
        calendar = self._outside.google._world.users[address].calendar
        if calendar.revision == person.revision and now < person.looked_at + _AHEAD / 3:
            return
        person.revision, person.looked_at = calendar.revision, now
        found = self._outside.google.instances(address, now - _BACK, now + _AHEAD)
        person.coming = [event for event in found if _offers_to_join(event)]
        known, person.since = person.since, {}
        for event in person.coming:
            signature = (event["etag"], event["start"], event["end"])
            old = known.get(event["id"])
            person.since[event["id"]] = old if old is not None and old[0] == signature else (signature, now)

    def _reach(self, what: str) -> None:
        self._scheduler.reached[what] += 1


def response(event: dict[str, Any]) -> str:
    """The calendar's own person's answer."""
    mine = [guest["responseStatus"] for guest in event.get("attendees", ()) if guest.get("self")]
    return mine[0] if mine else "organizer" if event["organizer"].get("self") else "none"


def _offers_to_join(event: dict[str, Any]) -> bool:
    """Whether a person would see how to join, by the workload's own rule: every link that it writes is one."""
    link = "https://" in event.get("location", "") + event.get("description", "")
    return link and "dateTime" in event["start"] and response(event) != "declined"
