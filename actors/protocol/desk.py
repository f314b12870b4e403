"""What is said to the desk.

Owns: this part of the vocabulary. Promises: frozen values. Does not: contain behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hybridcal_daemon.domain.messages import ErrandAsked, Linked, RedecorateAsked, SiteChosen
    from hybridcal_daemon.domain.values import UserId

DESK = "desk"


@dataclass(frozen=True, slots=True)
class AskRedecorate:
    """Ask: a future of the Redecorated; else as Ask."""

    user: UserId
    wish: RedecorateAsked
    wait: float


@dataclass(frozen=True, slots=True)
class AskKept:
    """Ask: a future that ends when what was chosen is on disk; else as Ask."""

    user: UserId
    wish: Linked | SiteChosen
    wait: float


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask: a future of the ErrandReplied; CallError TRANSIENT busy when the user's actor is not there.

    ``wait``: seconds for which somebody will wait.
    """

    user: UserId
    errand: ErrandAsked
    wait: float
