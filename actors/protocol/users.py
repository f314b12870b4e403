"""What is said to and by the supervisor.

Owns: this part of the vocabulary. Promises: frozen values. Does not: contain behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hybridcal_daemon.domain.state import UserSettings
    from hybridcal_daemon.domain.values import UserId
    from hybridcal_daemon.ports import UserRow

SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class Ping:
    """Ask a singleton whether it is there; the timers say for how many seconds a moment has been overdue."""


@dataclass(frozen=True, slots=True)
class ServeAll:
    """Serve these users (at start); the supervisor goes on with those who still wait when it is empty."""

    rows: tuple[UserRow, ...]


@dataclass(frozen=True, slots=True)
class Serve:
    """Serve one more user."""

    row: UserRow


@dataclass(frozen=True, slots=True)
class Leave:
    """A user is to be deactivated (already written down); ``undecorate`` as in ``Deactivated``."""

    user: UserId
    undecorate: bool = False


@dataclass(frozen=True, slots=True)
class Tell:
    """Pass a message on to one user, or to all (``user`` None)."""

    user: UserId | None
    message: Any


@dataclass(frozen=True, slots=True)
class NewSettings:
    """Configuration was reloaded."""

    settings: UserSettings


@dataclass(frozen=True, slots=True)
class Views:
    """Ask: list of UserView."""


@dataclass(frozen=True, slots=True)
class View:
    """Ask: UserView or None."""

    user: UserId


@dataclass(frozen=True, slots=True)
class Verdict:
    """Ask: a future that is set to the UserView when the user is no longer pending."""

    user: UserId


@dataclass(frozen=True, slots=True)
class Gone:
    """Ask: a future that is set when the user is erased."""

    user: UserId


@dataclass(frozen=True, slots=True)
class Alarms:
    """Ask: tuple of Alarmed."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Look whether everybody who should be served is (supervisor), and whether the clock was set back (timers)."""
