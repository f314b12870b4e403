"""What an admin chooses for a person: their Webex site, and that their join details are written anew.

Owns: from a choice to a message to the person's actor. Promises: it is in the audit log, on disk, before it is passed
on, and answered when it is on disk; a look (``dry``) is in none. Does not: decide, or remember.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from actors.protocol import DESK, AskKept, AskRedecorate
from hybridcal_daemon.domain.messages import RedecorateAsked, SiteChosen
from hybridcal_daemon.ports import Audit, Blocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from actors.system import ActorSystem
    from hybridcal_daemon.domain.effects import Redecorated
    from hybridcal_daemon.domain.values import UserId
    from hybridcal_daemon.ports import Clock, Write

_KEY_BYTES: Final = 16
KEEPING: Final = 10.0
"""Seconds to wait until a choice is on disk."""


class Choices:
    """Thread-safe: it holds nothing. ``write``: to disk, when it returns; CallError."""

    def __init__(self, system: ActorSystem, clock: Clock, write: Callable[[Write], None]) -> None:
        self._system = system
        self._clock = clock
        self._write = write

    def redecorate(self, user: UserId, *, dry: bool, by: str, wait: float) -> Blocks:
        """Count the blocks of events to come, and unless it is dry have them written anew. CallError busy."""
        if not dry:
            self._audit(user, by, "redecorate")
        wish = RedecorateAsked(key=self._system.random.token(_KEY_BYTES), dry=dry)
        told: Redecorated = self._system.asker.ask(DESK, AskRedecorate(user, wish, wait), max(0.1, wait))
        return Blocks(blocks=told.blocks, redone=told.redone)

    def choose_site(self, user: UserId, site: str, *, by: str) -> None:
        """Use the Personal Room and hold meetings there; '' for the default. CallError busy."""
        self._audit(user, by, "site")
        wish = SiteChosen(site=site, key=self._system.random.token(_KEY_BYTES))
        self._system.asker.ask(DESK, AskKept(user, wish, KEEPING), KEEPING)

    def _audit(self, user: UserId, by: str, action: str) -> None:
        self._write(Audit(at=self._clock.now(), actor=by, action=action, user=user, outcome="begun"))
