"""The tables, and how an older database becomes a current one.

Owns: the schema, as sqlite-utils migrations, each in a transaction with the new version number. Promises: a database of
a newer program, or of another one, is refused before anything is changed. Does not: read or write rows.

``user``: who is activated. ``durable``: one row for each user, what ``Save`` carries; the standing is kept in columns
besides, for lists. ``event``: facts as JSON (no text of a person), sealed content as blobs, bounds in epoch seconds in
clear. ``tombstone``: who was erased, when. ``audit``: who did what. ``meta``: single values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlite_utils import Migrations

from hybridcal_daemon.adapters.store.statedir import StateForeign, StateRefused

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database

APPLICATION_ID: Final = 0x48594243
"""'HYBC' in the file's header (sqlite.org/fileformat.html, application id)."""

VERSION: Final = 1
"""Of the newest migration; in the file's header as user_version."""

OLDEST_SQLITE: Final = (3, 37, 0)
"""The first one with STRICT tables."""

migrations: Final = Migrations("hybridcal")

_TABLES: Final = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT",
    """CREATE TABLE user (
        user_id TEXT PRIMARY KEY,
        address BLOB NOT NULL,
        address_index BLOB NOT NULL UNIQUE,
        wrapped_key BLOB NOT NULL,
        added_at REAL NOT NULL
    ) STRICT""",
    """CREATE TABLE durable (
        user_id TEXT PRIMARY KEY REFERENCES user ON DELETE CASCADE,
        version INTEGER NOT NULL,
        state TEXT NOT NULL,
        code TEXT NOT NULL,
        since REAL NOT NULL,
        body TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE event (
        user_id TEXT NOT NULL REFERENCES user ON DELETE CASCADE,
        event_id TEXT NOT NULL,
        start_at INTEGER NOT NULL,
        end_at INTEGER NOT NULL,
        fact TEXT NOT NULL,
        item BLOB NOT NULL,
        join_cell BLOB,
        PRIMARY KEY (user_id, event_id)
    ) STRICT""",
    "CREATE TABLE tombstone (user_id TEXT PRIMARY KEY, erased_at REAL NOT NULL) STRICT",
    """CREATE TABLE audit (
        entry INTEGER PRIMARY KEY,
        at REAL NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        user_id TEXT NOT NULL,
        outcome TEXT NOT NULL
    ) STRICT""",
)


@migrations()
def first(database: Database) -> None:
    """Make the tables."""
    for table in _TABLES:
        database.conn.execute(table)
    database.conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.conn.execute("PRAGMA user_version = 1")


def refuse_old(sqlite: tuple[int, ...]) -> None:
    """StateRefused when this SQLite cannot read our tables."""
    if sqlite < OLDEST_SQLITE:
        said = ".".join(map(str, sqlite))
        raise StateRefused(f"SQLite {said} is too old, 3.37 is needed: use a Python with a newer one")


def refuse_foreign(database: Database, path: Path) -> None:
    """StateForeign when the file is another program's or a newer version's.

    A first start that was interrupted leaves the migrations' own table at most; that is taken up where it stopped.
    """
    version = _pragma(database, "user_version")
    if _pragma(database, "application_id") != APPLICATION_ID:
        if version or set(database.table_names()) - {Migrations.migrations_table}:
            raise StateForeign(f"{path} is a database of another program: give this daemon its own directory")
    elif version > VERSION:
        raise StateForeign(
            f"{path} was written by a newer hybridcal (schema {version}, this one knows {VERSION}): install that one"
            " again, or move the file away and activate the users anew"
        )


def _pragma(database: Database, name: str) -> int:
    return int(database.conn.execute(f"PRAGMA {name}").fetchone()[0])
