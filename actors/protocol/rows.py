"""What is said to and by the store.

Owns: this part of the vocabulary. Promises: frozen values. Does not: contain behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hybridcal_daemon.domain.effects import Save
    from hybridcal_daemon.domain.state import UserSettings
    from hybridcal_daemon.domain.values import Sealed, UserId
    from hybridcal_daemon.ports import Audit, Write


@dataclass(frozen=True, slots=True)
class OpenStore:
    """Ask: open the database; raises what the store raises."""


@dataclass(frozen=True, slots=True)
class SaveOrder:
    """A user's transaction; the user hears ``Saved`` when it is on disk."""

    save: Save


@dataclass(frozen=True, slots=True)
class Load:
    """Read a user and tell it ``Started``."""

    user: UserId
    incarnation: int
    entropy: str
    settings: UserSettings


@dataclass(frozen=True, slots=True)
class WriteNow:
    """Ask: None when the writes are on disk; raises StoreFull."""

    writes: tuple[Write, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One line for the audit log, with the next batch."""

    audit: Audit


@dataclass(frozen=True, slots=True)
class Erase:
    """Remove a user; the supervisor hears ``Erased``."""

    user: UserId


@dataclass(frozen=True, slots=True)
class Erased:
    """Every row is gone."""

    user: UserId


@dataclass(frozen=True, slots=True)
class Unsaved:
    """To a user: the store cannot take a state of this life (a fault of the program), and takes none after it."""


@dataclass(frozen=True, slots=True)
class Broke:
    """Store to itself: end now."""


@dataclass(frozen=True, slots=True)
class ReadUsers:
    """Ask: list of UserRow."""


@dataclass(frozen=True, slots=True)
class FindUser:
    """Ask: UserRow or None."""

    index: bytes


@dataclass(frozen=True, slots=True)
class ReadItems:
    """Ask: list of ItemRow."""

    user: UserId


@dataclass(frozen=True, slots=True)
class ReadJoinCell:
    """Ask: Sealed or None."""

    user: UserId
    event_id: str


@dataclass(frozen=True, slots=True)
class ReadIndexKey:
    """Ask: the wrapped index key, or None."""


@dataclass(frozen=True, slots=True)
class WriteIndexKey:
    """Ask: None when it is on disk."""

    blob: bytes


@dataclass(frozen=True, slots=True)
class ReadHouseCell:
    """Ask: one of the installation's own cells, Sealed or None."""

    name: str


@dataclass(frozen=True, slots=True)
class WriteHouseCell:
    """Ask: None when it is on disk; raises StoreFull."""

    name: str
    cell: Sealed


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """Ask: 'ok' or a code."""
