"""Control methods about spaces: looking at them, what people say, migration, and Webex' moods.

Owns: rooms and members as records. Promises: as ``control.py``; rooms are named by their REST id. Does not: exist at
the real Webex.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hybridcal_daemon.sandbox.webex.control_base import ControlBase
from hybridcal_daemon.sandbox.webex.ids import uuid_of
from hybridcal_daemon.sandbox.webex.messages import deliver
from hybridcal_daemon.sandbox.webex.records import (
    SeenMember,
    SeenRoom,
    SentMessage,
    seen_member,
    seen_room,
    sent_message,
)

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.webex.world import Person, Room


class SpacesControl(ControlBase):
    """What is talked about where."""

    def rooms(self) -> list[SeenRoom]:
        """Give every group room, deleted ones too, in the order of their making."""
        with self.lock:
            return [seen_room(room) for room in self.world.rooms.values() if room.kind == "group"]

    def members(self, room_id: str) -> list[SeenMember]:
        """Give a room's members in the order of their coming. KeyError when there is no such room."""
        with self.lock:
            room = self._room(room_id)
            return [seen_member(room, member) for member in room.members.values()]

    def leave(self, room_id: str, address: str) -> None:
        """Let somebody leave a room by themselves. KeyError when they are not in it."""
        with self.lock:
            del self._room(room_id).members[self._person(address).uuid]

    def delete_room(self, room_id: str) -> None:
        """Let somebody delete a room. KeyError when there is no such room."""
        with self.lock:
            self._room(room_id).deleted = self.clock.now()

    def migrate(self, room_id: str) -> str:
        """Move a room to another geography: it has the new id that is given back, and none of the old ones work.

        KeyError when there is no such room.
        """
        with self.lock:
            room = self._room(room_id)
            self.world.migrate(room)
            return room.rest_id

    def say(self, address: str, text: str, *, to: str = "") -> SentMessage:
        """Let a person write to a bot, ``to`` its address, '': the first one. KeyError when nobody is that."""
        with self.lock:
            person, bot = self._person(address), self._person(to) if to else self._bot()
            room = self.world.open_direct_room(person, bot, self.clock.now())
            return sent_message(deliver(self.world, room, person, self.clock.now(), {"text": text}))

    def restrict_to_own_people(self, *, own_only: bool) -> None:
        """Forbid people of other organisations in spaces, or allow them again."""
        with self.lock:
            self.world.own_people_only = own_only

    def lose_link_parameters(self, *, lose: bool) -> None:
        """Let links to further pages lose the caller's parameters and say ``max=null``."""
        with self.lock:
            self.world.lossy_links = lose

    def _room(self, room_id: str) -> Room:
        room = self.world.rooms.get(uuid_of("ROOM", room_id) or "")
        if room is None or room.deleted is not None:
            raise KeyError("no room in the stand-in has this id")
        return room

    def _bot(self) -> Person:
        bot = next((person for person in self.world.people.values() if person.kind == "bot"), None)
        if bot is None:
            raise KeyError("there is no bot in the stand-in")
        return bot
