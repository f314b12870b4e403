"""What can be asked for over feed and admin socket, in clear.

Owns: one value per kind of errand. Promises: whatever somebody typed is ``Plain``. Does not: outlive the request that
brought it; actors and store see the sealed form only (``work/errand_cells.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from hybridcal_daemon.domain.values import Plain, When, Window

if TYPE_CHECKING:
    from hybridcal_daemon.domain.calls import ErrandKind

_NOTHING: Final = Plain("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Insert:
    """Make an event; on a room's calendar that books the room."""

    title: Plain[str]
    start: When
    end: When
    description: Plain[str] = _NOTHING
    location: Plain[str] = _NOTHING
    guests: tuple[Plain[str], ...] = ()
    rooms: tuple[Plain[str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Delete an event; on a room's calendar that gives the room free."""

    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Respond:
    """Answer an invitation."""

    event_id: str
    reply: Literal["accepted", "declined", "tentative"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickAdd:
    """Make an event of a sentence that Google understands."""

    text: Plain[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeBusy:
    """Look when calendars are busy."""

    window: Window
    calendars: tuple[Plain[str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explain:
    """Look why an event gets what it gets."""

    event_id: str


Wish = Insert | Delete | Respond | QuickAdd | FreeBusy | Explain

KINDS: Final[dict[type, ErrandKind]] = {
    Insert: "insert",
    Delete: "delete",
    Respond: "respond",
    QuickAdd: "quick-add",
    FreeBusy: "free-busy",
    Explain: "explain",
}


def event_of(wish: Wish) -> str:
    """Id of the event that a wish is about, '' when it is about none that exists."""
    return wish.event_id if isinstance(wish, Delete | Respond | Explain) else ""
