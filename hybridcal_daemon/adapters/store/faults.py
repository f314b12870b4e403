"""What SQLite's errors mean to us.

Owns: the three answers: full (passes, nothing was written), broken (end the process), a fault of the program (raised
as it is). Promises: a message names the file and SQLite's word for it, never a value. Does not: roll back.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.adapters.store.codec import Unreadable
from hybridcal_daemon.adapters.store.statedir import StateLocked
from hybridcal_daemon.ports import StoreBroken, StoreFull

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PRIMARY: Final = 0xFF
"""The low byte of SQLite's extended result codes (sqlite.org/rescode.html)."""

_BROKEN: Final = {
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
}


def translated(error: sqlite3.Error, path: Path) -> Exception:
    """Give the exception to raise instead of SQLite's."""
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
    name = getattr(error, "sqlite_errorname", "unknown")
    if code == sqlite3.SQLITE_FULL:
        return StoreFull(f"no space for {path}")
    if code in _BROKEN:
        return StoreBroken(f"{path}: {error} ({name}); check the disk, or move the file away: calendars are read anew")
    if code == sqlite3.SQLITE_BUSY:
        return StateLocked(f"{path} is open in another program: close that one first")
    return error


@contextmanager
def faults_of(path: Path) -> Iterator[None]:
    """Run with SQLite's errors translated; unreadable values are corruption."""
    try:
        yield
    except sqlite3.Error as error:
        answer = translated(error, path)
        if answer is error:
            raise
        raise answer from error
    except Unreadable as unreadable:
        raise StoreBroken(f"{path}: {unreadable}; move the file away: calendars are read anew") from None
