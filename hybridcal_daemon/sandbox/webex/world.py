"""What the stand-in for Webex remembers.

Owns: people, tokens, apps, rooms with members and messages, presence events, with their indexes; meetings stand in
``meeting_world.py``. Promises: every lookup is a dictionary access; nothing is ever really deleted, so that a test can
ask what once was there. Does not: check who may do what (``access.py`` and the calls do) or read a clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from hybridcal_daemon.sandbox.webex.device_world import DeviceBook
from hybridcal_daemon.sandbox.webex.ids import Ids, rest_id, uuid_of
from hybridcal_daemon.sandbox.webex.meeting_world import MeetingBook

if TYPE_CHECKING:
    from hybridcal_daemon.domain.values import Instant

PersonType = Literal["person", "bot", "appuser"]


@dataclass(slots=True, kw_only=True)
class PersonalRoom:
    """A Personal Room; ``host_pin`` is the secret that nobody but the host may see."""

    name: str
    host_pin: str
    access_code: str


@dataclass(slots=True, kw_only=True)
class PresenceEvent:
    """One accepted ``POST events``; it holds for ``ttl`` seconds from ``at`` unless another one follows."""

    at: Instant
    event_type: str
    ttl: int
    by: str


@dataclass(slots=True, kw_only=True)
class Person:
    """A person, a bot, or the machine account of a service app.

    ``sites``: the default one first; ``rooms``: Personal Rooms by site; ``host``: may host meetings (has a licence);
    ``outside``: of another organisation.
    """

    uuid: str
    address: str
    name: str
    kind: PersonType
    created: Instant
    org_id: str
    sites: tuple[str, ...] = ()
    rooms: dict[str, PersonalRoom] = field(default_factory=dict)
    host: bool = True
    outside: bool = False
    presence: list[PresenceEvent] = field(default_factory=list)

    @property
    def room(self) -> PersonalRoom | None:
        """The Personal Room on the default site."""
        return self.rooms.get(self.sites[0]) if self.sites else None

    @property
    def rest_id(self) -> str:
        """Id under which REST calls know it."""
        return rest_id("PEOPLE", self.uuid)


@dataclass(slots=True, kw_only=True)
class Token:
    """A bearer token. ``expires_at``: epoch seconds, None = never; ``on_behalf``: may set others' presence.

    ``client_id``: the app that it was issued to, '' for bots and personal tokens.
    """

    owner: Person
    scopes: frozenset[str]
    expires_at: Instant | None
    on_behalf: bool = False
    client_id: str = ""


@dataclass(slots=True, kw_only=True)
class App:
    """A service app that an administrator has authorised, or an integration that a person has.

    ``account``: the service app's machine account, or that person.
    """

    client_id: str
    client_secret: str
    refresh_token: str
    refresh_expires_at: Instant
    account: Person
    scopes: frozenset[str]
    on_behalf: bool


@dataclass(slots=True, kw_only=True)
class Message:
    """A message. ``body``: the fields as the sender gave them."""

    uuid: str
    room: Room
    sender: Person
    created: Instant
    body: dict[str, Any]
    edits: int = 0
    updated: Instant | None = None
    deleted: Instant | None = None

    @property
    def rest_id(self) -> str:
        """Id under which REST calls know it."""
        return rest_id("MESSAGE", self.uuid)


@dataclass(slots=True, kw_only=True)
class Membership:
    """Somebody in a room."""

    person: Person
    created: Instant
    moderator: bool = False
    hidden: bool = False


@dataclass(slots=True, kw_only=True)
class Room:
    """A space of two (``kind`` direct) or of any number (group).

    ``members``: by the person's UUID, in the order of their coming; ``messages`` in the order of their creation;
    ``fields``: ``description`` and the flags that were set; ``creator``: '' for a direct room's; ``deleted``: when.
    """

    uuid: str
    kind: Literal["direct", "group"]
    created: Instant
    title: str = ""
    creator: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    active: Instant | None = None
    deleted: Instant | None = None
    members: dict[str, Membership] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)

    @property
    def rest_id(self) -> str:
        """Id under which REST calls know it; a migration changes it."""
        return rest_id("ROOM", self.uuid)

    @property
    def last_activity(self) -> Instant:
        """Creation, a message, or a change of members, whichever was last."""
        return self.created if self.active is None else self.active

    def membership_id(self, member: Membership) -> str:
        """Id under which REST calls know somebody's being in it; it changes with the room's."""
        return rest_id("MEMBERSHIP", f"{member.person.uuid}:{self.uuid}")


class World:
    """All of it."""

    def __init__(self, ids: Ids, site: str) -> None:
        self.ids = ids
        self.site = site
        self.org_id = rest_id("ORGANIZATION", ids.uuid())
        self.people: dict[str, Person] = {}
        self.by_address: dict[str, Person] = {}
        self.tokens: dict[str, Token] = {}
        self.apps: dict[str, App] = {}
        self.rooms: dict[str, Room] = {}
        self.by_members: dict[frozenset[str], Room] = {}
        self.messages: dict[str, Message] = {}
        self.meetings = MeetingBook()
        self.devices = DeviceBook()
        self.own_people_only = False
        self.lossy_links = False
        self.rotating = False
        self._meet_names: set[str] = set()

    def add(self, address: str, name: str, kind: PersonType, now: Instant, *, outside: bool = False) -> Person:
        """Create somebody, ``outside``: of another organisation. ValueError when the address is taken or is none."""
        key = address.casefold()
        if "@" not in address or key in self.by_address:
            raise ValueError(f"add_person: the address is malformed or already in use (its length is {len(address)})")
        person = Person(
            uuid=self.ids.uuid(),
            address=address,
            name=name,
            kind=kind,
            created=now,
            org_id=rest_id("ORGANIZATION", self.ids.uuid()) if outside else self.org_id,
            sites=(self.site,) if kind == "person" and not outside else (),
            host=kind == "person" and not outside,
            outside=outside,
        )
        self.people[person.uuid] = self.by_address[key] = person
        return person

    def somebody(self, address: str) -> Person | None:
        """Find by address, upper and lower case alike."""
        return self.by_address.get(address.casefold())

    def give_room(self, person: Person, host_pin: str | None, site: str = "") -> None:
        """Give a Personal Room whose name follows the address and is taken by nobody else; ``site`` '': the default."""
        stem = re.sub(r"[^a-z0-9.]", "", person.address.partition("@")[0].lower()) or "room"
        name, number = stem, 1
        while name in self._meet_names:
            number += 1
            name = f"{stem}{number}"
        self._meet_names.add(name)
        person.rooms[site or person.sites[0]] = PersonalRoom(
            name=name, host_pin=host_pin or self.ids.digits(8), access_code="2" + self.ids.digits(10)
        )

    def direct_room(self, one: Person, other: Person) -> Room | None:
        """Find the 1:1 room of two people; it exists from their first message on."""
        return self.by_members.get(frozenset((one.uuid, other.uuid)))

    def open_direct_room(self, one: Person, other: Person, now: Instant) -> Room:
        """Find or make the 1:1 room of two people."""
        members = frozenset((one.uuid, other.uuid))
        room = self.by_members.get(members)
        if room is None:
            room = Room(uuid=self.ids.uuid(), kind="direct", created=now)
            for person in (one, other):
                room.members[person.uuid] = Membership(person=person, created=now)
            self.by_members[members] = self.rooms[room.uuid] = room
        return room

    def room(self, room_id: str, member: Person) -> Room | None:
        """Find a room by its REST id; None when it is gone or ``member`` is not in it."""
        room = self.rooms.get(uuid_of("ROOM", room_id) or "")
        return None if room is None or room.deleted is not None or member.uuid not in room.members else room

    def migrate(self, room: Room) -> None:
        """Give a room a new id; nobody finds it under the old one."""
        del self.rooms[room.uuid]
        room.uuid = self.ids.uuid()
        self.rooms[room.uuid] = room
