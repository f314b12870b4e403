"""Arranging the stand-in's world and looking into it, from Python.

Owns: the control methods; ``control_http.py`` gives the same over HTTP. Promises: they take effect at once and leave
no entry in the journal; they may be called from any thread. Does not: exist at the real Webex.
"""

from __future__ import annotations

from collections import deque
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.domain.values import Instant
from hybridcal_daemon.sandbox.faults import FaultPlan
from hybridcal_daemon.sandbox.webex.access import (
    APP_SCOPES,
    BOT_SCOPES,
    KNOWN_SCOPES,
    PERSONAL_LIFE,
    PERSONAL_SCOPES,
    REFRESH_LIFE,
)
from hybridcal_daemon.sandbox.webex.ids import Ids
from hybridcal_daemon.sandbox.webex.rate import RateRule
from hybridcal_daemon.sandbox.webex.records import (
    Asked,
    HeldPresence,
    SentMessage,
    ServiceApp,
    held_presence,
    sent_message,
)
from hybridcal_daemon.sandbox.webex.world import App, Person, Token, World

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from hybridcal_daemon.ports import Clock
    from hybridcal_daemon.sandbox.faults import Rule

SITE: Final = "acme-example.webex.com"
JOURNAL_LENGTH: Final = 100_000


class WebexControl:
    """The world with the methods that tests, demo and benchmarks arrange it by."""

    def __init__(self, *, clock: Clock, seed: int, site: str = SITE) -> None:
        ids = Ids(seed)
        self.clock = clock
        self.lock = RLock()
        self.world = World(ids, site)
        self.faults = FaultPlan(seed)
        self.rate = RateRule()
        self.requests = 0
        self.asked: deque[Asked] = deque(maxlen=JOURNAL_LENGTH)
        self._seed = seed

    def next_tracking_id(self) -> str:
        """Count a request and give its tracking id."""
        self.requests += 1
        return f"ROUTERGW_{self._seed:08x}_{self.requests}"

    # ---- arranging --------------------------------------------------------------------------------------------------

    def add_person(
        self,
        address: str,
        name: str,
        *,
        personal_room: bool = True,
        host_pin: str | None = None,
    ) -> Person:
        """Create a person. ValueError when the address is taken."""
        with self.lock:
            person = self.world.add(address, name, "person", self.clock.now())
            if personal_room:
                self.world.give_room(person, host_pin)
            return person

    def set_personal_room(self, address: str, *, present: bool) -> None:
        """Give a person a Personal Room, or take it away. KeyError when there is no such person."""
        with self.lock:
            person = self._person(address)
            if not present:
                person.room = None
            elif person.room is None:
                self.world.give_room(person, None)

    def add_bot(self, name: str = "Calendar") -> str:
        """Create a bot; give its token, which never expires."""
        with self.lock:
            number = sum(person.kind == "bot" for person in self.world.people.values())
            address = f"hybridcal{number or ''}@webex.bot"
            bot = self.world.add(address, name, "bot", self.clock.now())
            return self._issue(Token(owner=bot, scopes=BOT_SCOPES, expires_at=None))

    def add_service_app(self, scopes: Collection[str] = APP_SCOPES, *, presence_on_behalf: bool = False) -> ServiceApp:
        """Create and authorise a service app. ValueError for a scope that no call here asks for."""
        if unknown := sorted(set(scopes) - KNOWN_SCOPES):
            raise ValueError(f"add_service_app: no call of the stand-in knows the scope {unknown[0]!r}")
        with self.lock:
            now, ids = self.clock.now(), self.world.ids
            account = self.world.add(f"{ids.uuid()}@serviceapp.example", "Service app", "appuser", now)
            app = App(
                client_id="C" + ids.token(),
                client_secret=ids.token(),
                refresh_token=ids.token(),
                refresh_expires_at=Instant(now + REFRESH_LIFE),
                account=account,
                scopes=frozenset(scopes),
                on_behalf=presence_on_behalf,
            )
            self.world.apps[app.client_id] = app
            return ServiceApp(client_id=app.client_id, client_secret=app.client_secret, refresh_token=app.refresh_token)

    def person_token(
        self, address: str, *, scopes: Collection[str] = PERSONAL_SCOPES, seconds: float = PERSONAL_LIFE
    ) -> str:
        """Give a personal token of somebody. KeyError when there is no such person."""
        with self.lock:
            ends = Instant(self.clock.now() + seconds)
            return self._issue(Token(owner=self._person(address), scopes=frozenset(scopes), expires_at=ends))

    def revoke(self, token: str) -> None:
        """Make a bearer token invalid; one that never was valid is no error."""
        with self.lock:
            self.world.tokens.pop(token, None)

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

    def _person(self, address: str) -> Person:
        person = self.world.somebody(address)
        if person is None:
            raise KeyError("nobody in the stand-in has this address")
        return person

    def _issue(self, token: Token) -> str:
        text = self.world.ids.token()
        self.world.tokens[text] = token
        return text
