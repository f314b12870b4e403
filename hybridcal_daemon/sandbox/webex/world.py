"""What the stand-in for Webex remembers.

Owns: people, tokens, service apps, 1:1 rooms, messages and presence events, with their indexes. Promises: every lookup
is a dictionary access; nothing is ever really deleted, so that a test can ask what once was there. Does not: check who
may do what (``access.py`` and the calls do) or read a clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from hybridcal_daemon.sandbox.webex.ids import Ids, rest_id

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
    """A person, a bot, or the machine account of a service app."""

    uuid: str
    address: str
    name: str
    kind: PersonType
    created: Instant
    room: PersonalRoom | None = None
    presence: list[PresenceEvent] = field(default_factory=list)

    @property
    def rest_id(self) -> str:
        """Id under which REST calls know it."""
        return rest_id("PEOPLE", self.uuid)


@dataclass(slots=True, kw_only=True)
class Token:
    """A bearer token. ``expires_at``: epoch seconds, None = never; ``on_behalf``: may set others' presence."""

    owner: Person
    scopes: frozenset[str]
    expires_at: Instant | None
    on_behalf: bool = False


@dataclass(slots=True, kw_only=True)
class App:
    """A service app that an administrator has authorised."""

    client_id: str
    client_secret: str
    refresh_token: str
    refresh_expires_at: Instant
    account: Person
    scopes: frozenset[str]
    on_behalf: bool


@dataclass(slots=True, kw_only=True)
class Message:
    """A message of a 1:1 room. ``body``: the fields as the sender gave them."""

    uuid: str
    room: DirectRoom
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
class DirectRoom:
    """The 1:1 room of two people; ``messages`` in the order of their creation."""

    uuid: str
    members: frozenset[str]
    messages: list[Message] = field(default_factory=list)

    @property
    def rest_id(self) -> str:
        """Id under which REST calls know it."""
        return rest_id("ROOM", self.uuid)


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
        self.rooms: dict[str, DirectRoom] = {}
        self.by_members: dict[frozenset[str], DirectRoom] = {}
        self.messages: dict[str, Message] = {}
        self._meet_names: set[str] = set()

    def add(self, address: str, name: str, kind: PersonType, now: Instant) -> Person:
        """Create somebody. ValueError when the address is taken or is none."""
        key = address.casefold()
        if "@" not in address or key in self.by_address:
            raise ValueError(f"add_person: the address is malformed or already in use (its length is {len(address)})")
        person = Person(uuid=self.ids.uuid(), address=address, name=name, kind=kind, created=now)
        self.people[person.uuid] = self.by_address[key] = person
        return person

    def somebody(self, address: str) -> Person | None:
        """Find by address, upper and lower case alike."""
        return self.by_address.get(address.casefold())

    def give_room(self, person: Person, host_pin: str | None) -> None:
        """Give a Personal Room whose name follows the address and is taken by nobody else."""
        stem = re.sub(r"[^a-z0-9.]", "", person.address.partition("@")[0].lower()) or "room"
        name, number = stem, 1
        while name in self._meet_names:
            number += 1
            name = f"{stem}{number}"
        self._meet_names.add(name)
        person.room = PersonalRoom(
            name=name, host_pin=host_pin or self.ids.digits(8), access_code="2" + self.ids.digits(10)
        )

    def direct_room(self, one: Person, other: Person) -> DirectRoom | None:
        """Find the 1:1 room of two people; it exists from their first message on."""
        return self.by_members.get(frozenset((one.uuid, other.uuid)))

    def open_direct_room(self, one: Person, other: Person) -> DirectRoom:
        """Find or make the 1:1 room of two people."""
        members = frozenset((one.uuid, other.uuid))
        room = self.by_members.get(members)
        if room is None:
            room = DirectRoom(uuid=self.ids.uuid(), members=members)
            self.by_members[members] = self.rooms[room.uuid] = room
        return room
