"""Arranging the stand-in's world and looking into it, from Python.

Owns: the control methods; ``control_http.py`` gives the same over HTTP. Promises: they take effect at once and leave
no entry in the journal; they may be called from any thread. Does not: exist at the real Webex.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hybridcal_daemon.sandbox.webex.control_devices import DevicesControl
from hybridcal_daemon.sandbox.webex.control_meetings import MeetingsControl
from hybridcal_daemon.sandbox.webex.control_spaces import SpacesControl
from hybridcal_daemon.sandbox.webex.control_tokens import TokensControl
from hybridcal_daemon.sandbox.webex.records import (
    Asked,
    HeldPresence,
    SentMessage,
    held_presence,
    sent_message,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hybridcal_daemon.sandbox.faults import Rule
    from hybridcal_daemon.sandbox.webex.world import Person


class WebexControl(TokensControl, SpacesControl, MeetingsControl, DevicesControl):
    """The world with the methods that tests, demo and benchmarks arrange it by."""

    # ---- arranging --------------------------------------------------------------------------------------------------

    def add_person(
        self,
        address: str,
        name: str,
        *,
        personal_room: bool = True,
        host_pin: str | None = None,
        outside: bool = False,
    ) -> Person:
        """Create a person; ``outside``: of another organisation. ValueError when the address is taken."""
        with self.lock:
            person = self.world.add(address, name, "person", self.clock.now(), outside=outside)
            personal_room = personal_room and not outside
            if personal_room:
                self.world.give_room(person, host_pin)
            return person

    def set_personal_room(self, address: str, *, present: bool, site: str = "") -> None:
        """Give a person a Personal Room, or take it away; ``site`` '': the default. KeyError when nobody is that."""
        with self.lock:
            person = self._person(address)
            where = site or person.sites[0]
            if not present:
                person.rooms.pop(where, None)
            elif where not in person.rooms:
                self.world.give_room(person, None, where)

    def add_fault(self, rule: Rule | Mapping[str, Any]) -> Rule:
        """Append a rule to the fault plan (``sandbox/faults.py``).

        Its ``user`` is the address of the person whom a request is about, else of the token's owner.
        """
        with self.lock:
            return self.faults.add(rule)

    def clear_faults(self) -> None:
        """Forget every fault rule."""
        with self.lock:
            self.faults.clear()

    def set_rate(self, requests: int, seconds: float = 1.0) -> None:
        """Allow each token ``requests`` in ``seconds``, then answer 429 with Retry-After; 0 = no limit."""
        with self.lock:
            self.rate.set(requests, seconds)

    # ---- looking ----------------------------------------------------------------------------------------------------

    def journal(self, after: int = 0) -> list[Asked]:
        """Give the requests whose number is greater than ``after``, oldest first."""
        with self.lock:
            return [asked for asked in self.asked if asked.number > after]

    def messages_for(self, address: str) -> list[SentMessage]:
        """Give every message that others sent to a person, deleted ones too, oldest first."""
        with self.lock:
            person = self._person(address)
            mine = (room for room in self.world.rooms.values() if person.uuid in room.members)
            sent = (message for room in mine for message in room.messages if message.sender is not person)
            return [sent_message(message) for message in sorted(sent, key=lambda message: message.created)]

    def presence_history(self, address: str) -> list[HeldPresence]:
        """Give every presence event of a person, oldest first."""
        with self.lock:
            return held_presence(self._person(address), self.clock.now())
