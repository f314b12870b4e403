"""What every control method stands on.

Owns: the world with its clock, lock, faults, rate rule and journal. Promises: no more than ``control.py`` does. Does
not: have control methods of its own.
"""

from __future__ import annotations

from collections import deque
from threading import RLock
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.sandbox.faults import FaultPlan
from hybridcal_daemon.sandbox.webex.ids import Ids
from hybridcal_daemon.sandbox.webex.rate import RateRule
from hybridcal_daemon.sandbox.webex.world import Person, Token, World

if TYPE_CHECKING:
    from hybridcal_daemon.ports import Clock
    from hybridcal_daemon.sandbox.webex.records import Asked

SITE: Final = "acme-example.webex.com"
JOURNAL_LENGTH: Final = 100_000


class ControlBase:
    """The world and what is needed to arrange it."""

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

    def _person(self, address: str) -> Person:
        person = self.world.somebody(address)
        if person is None:
            raise KeyError("nobody in the stand-in has this address")
        return person

    def _issue(self, token: Token) -> str:
        text = self.world.ids.token()
        self.world.tokens[text] = token
        return text
