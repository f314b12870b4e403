"""What is said to the desk.

Owns: this part of the vocabulary. Promises: frozen values. Does not: contain behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hybridcal_daemon.domain.messages import ErrandAsked
    from hybridcal_daemon.domain.values import UserId

DESK = "desk"


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask: a future of the ErrandReplied; CallError TRANSIENT busy when the user's actor is not there.

    ``wait``: seconds for which somebody will wait.
    """

    user: UserId
    errand: ErrandAsked
    wait: float
