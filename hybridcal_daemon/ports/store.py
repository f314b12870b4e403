"""The database: what is read and what is written. Owns: its shape. Does not: store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hybridcal_daemon.domain.effects import Save
from hybridcal_daemon.domain.events import EventFact
from hybridcal_daemon.domain.state import Snapshot, Standing
from hybridcal_daemon.domain.values import Instant, Sealed, UserId
from hybridcal_daemon.ports.keys import NewUser


class StoreFull(Exception):  # noqa: N818 - a state of the disk that passes, not an error of the program
    """No space: nothing was written; the same commit may be tried again."""


class StoreBroken(Exception):  # noqa: N818 - see above
    """I/O error or corruption: nothing may be acknowledged any more; the process must end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """An activated user as stored."""

    user: UserId
    address: Sealed
    index: bytes
    wrapped_key: bytes
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """One stored event for readers."""

    fact: EventFact
    item: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AddUser:
    """Write: activate."""

    row: NewUser
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveUser:
    """Write: deactivation has begun (survives a restart); with ``undecorate`` as in ``Deactivated``, also later."""

    user: UserId
    at: Instant
    undecorate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseUser:
    """Write: remove every row of the user, keep a tombstone."""

    user: UserId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Write: one line of the audit log (who did what; ids only)."""

    at: Instant
    actor: str
    action: str
    user: str
    outcome: str


Write = Save | AddUser | LeaveUser | EraseUser | Audit


class Store(Protocol):
    """The one database connection; owned by the Store actor, used by one thread."""

    def open(self) -> None: ...

    def close(self) -> None: ...

    def commit(self, writes: Sequence[Write]) -> None:
        """All or nothing, durable when it returns. StoreFull, StoreBroken."""
        ...

    def users(self) -> list[UserRow]: ...

    def user_by_index(self, index: bytes) -> UserRow | None: ...

    def snapshot(self, user: UserId) -> Snapshot: ...

    def items(self, user: UserId) -> list[ItemRow]: ...

    def join_cell(self, user: UserId, event_id: str) -> Sealed | None: ...

    def wrapped_index_key(self) -> bytes | None: ...

    def put_wrapped_index_key(self, blob: bytes) -> None: ...

    def house_cell(self, name: str) -> Sealed | None:
        """One of the installation's own cells (``keys.HOUSE``); None where there is none of this name."""
        ...

    def put_house_cell(self, name: str, cell: Sealed) -> None:
        """Durable when it returns; replaces the one before. StoreFull, StoreBroken."""
        ...

    def wipe_free_pages(self) -> None:
        """TRUNCATE checkpoint, after an erase."""
        ...
