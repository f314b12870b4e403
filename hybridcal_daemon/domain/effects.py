"""What a user actor orders: effects, in the imperative.

Owns: the vocabulary. Promises: plain data, already sealed. Does not: perform anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from hybridcal_daemon.domain.calls import Call, LaneName, Priority
from hybridcal_daemon.domain.events import SealedEvent
from hybridcal_daemon.domain.values import Instant, Sealed, UserId

if TYPE_CHECKING:
    from hybridcal_daemon.domain.explaining import Known
    from hybridcal_daemon.domain.state import Durable, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Save:
    """One transaction: the durable state and every row it covers. The store answers Saved(version)."""

    user: UserId
    version: int
    durable: Durable
    put: tuple[SealedEvent, ...] = ()
    delete: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """Hand a request to a lane. One that has not begun by ``not_after`` must never begin: its orderer gave it up."""

    lane: LaneName
    priority: Priority
    call: Call
    not_after: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeAt:
    """Replace the actor's one alarm; None takes it away."""

    at: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceReport:
    """How a device stands that shows this calendar. ``put_at``: when it last took a list, 0 for never.

    ``code``: what keeps its list from being right, '' when nothing does.
    """

    device_id: str
    online: bool
    capable: bool
    put_at: Instant
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Tell the supervisor how this user stands. ``code``: the worst present trouble, '' when all is well.

    ``about``: the activities that have this trouble, sorted.
    """

    user: UserId
    standing: Standing
    code: str
    synced_at: Instant
    meetings: int
    about: tuple[str, ...] = ()
    devices: tuple[DeviceReport, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrandReplied:
    """Tell whoever waits for an errand how it went: ``answer``, a cell, or ``code``, of the error catalogue.

    ``digest``: as it was asked. ``ended``: kind of an errand that has ended just now (for the audit log), '' for a look
    and for what is told again; ``by``: who had asked. ``known``: what was stored when somebody asked to explain.
    """

    user: UserId
    key: str
    code: str
    answer: Sealed | None
    digest: str = ""
    ended: str = ""
    by: str = ""
    known: Known | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Redecorated:
    """What became of ``RedecorateAsked``: how many events have our block, and how many of them are to be looked at."""

    user: UserId
    key: str
    blocks: int
    redone: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What an admin chose (``Linked``, ``SiteChosen``) is on disk."""

    user: UserId
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodbye:
    """Everything outside is cleaned up; the supervisor may erase the user."""

    user: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One line for the log: a registered event name and safe fields. ``level``: ``warning``: an admin has to act."""

    event: str
    fields: tuple[tuple[str, str | int | float | bool], ...] = ()
    level: Literal["info", "warning"] = "info"


Effect = Save | Submit | WakeAt | Report | ErrandReplied | Redecorated | Kept | Goodbye | Note
