"""The store: one SQLite file, one connection, one thread.

Owns: the connection, its settings, transactions, and reading rows back. Promises: a commit is all or nothing and
survives ``kill -9`` and loss of power when it returns (WAL, synchronous FULL); after an I/O error nothing is
acknowledged any more; erased rows are overwritten in the file. Does not: decrypt, or decide what to store.

The connection holds the file exclusively: SQLite before 3.51.3 can corrupt a WAL database that has two connections
(sqlite.org/wal.html), and no shared-memory file is needed then. An outside program that opens the file is refused by
SQLite; inspect a copy, or stop the daemon first.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlite_utils import Database

from hybridcal_daemon.adapters.store.codec import decode_durable, decode_fact
from hybridcal_daemon.adapters.store.faults import faults_of
from hybridcal_daemon.adapters.store.schema import migrations, refuse_foreign, refuse_old
from hybridcal_daemon.adapters.store.statedir import StateDirectory, touch_private
from hybridcal_daemon.adapters.store.statements import UNDECORATE, sealed, steps
from hybridcal_daemon.domain.state import Durable, Snapshot, Standing
from hybridcal_daemon.domain.values import Sealed
from hybridcal_daemon.ports import ItemRow, StoreBroken, UserRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from hybridcal_daemon.adapters.store.statements import Step
    from hybridcal_daemon.domain.values import UserId
    from hybridcal_daemon.ports import Write

_SETTINGS: Final = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "secure_delete = ON",
    "temp_store = MEMORY",
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
)
_INDEX_KEY: Final = "wrapped_index_key"
_HOUSE: Final = "house/"
_USERS: Final = """SELECT user_id, address, address_index, wrapped_key, state, code, since
    FROM user JOIN durable USING (user_id)"""


class SqliteStore:
    """The ``Store`` in the file ``path``; its directory belongs to this process while open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._directory = StateDirectory(path.parent)
        self._connection: sqlite3.Connection | None = None
        self._broken = ""

    # ---- life -------------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Claim the directory, open or make the file, check it, bring it up to date.

        StateRefused (its message is for the operator), StoreBroken, StoreFull, OSError. Call it in the thread that
        uses the store.
        """
        self._directory.claim()
        try:
            with faults_of(self._path):
                self._connect()
        except BaseException:
            self.close()
            raise

    def _connect(self) -> None:
        refuse_old(sqlite3.sqlite_version_info)
        touch_private(self._path)
        self._connection = sqlite3.connect(self._path, timeout=0, isolation_level=None, cached_statements=64)
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        database = Database(self._connection, execute_plugins=False)
        refuse_foreign(database, self._path)
        for setting in _SETTINGS:
            self._connection.execute(f"PRAGMA {setting}").fetchall()
        verdict = self._connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise StoreBroken(f"{self._path} is damaged ({verdict}): move it away, calendars are read anew")
        migrations.apply(database)

    def close(self) -> None:
        """Checkpoint, close, let the next process in."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        self._directory.release()

    @contextmanager
    def _usable(self) -> Iterator[sqlite3.Connection]:
        """Give the connection; the first StoreBroken is the last word."""
        if self._broken:
            raise StoreBroken(self._broken)
        if self._connection is None:
            raise StoreBroken(f"{self._path} is not open")
        try:
            with faults_of(self._path):
                yield self._connection
        except StoreBroken as broken:
            self._broken = str(broken)
            raise

    # ---- writing ----------------------------------------------------------------------------------------------------

    def commit(self, writes: Sequence[Write]) -> None:
        """Perform all writes in their order in one transaction. StoreFull (nothing written), StoreBroken, TypeError."""
        prepared = [steps(write) for write in writes]
        with self._usable() as connection, _transaction(connection):
            for write in prepared:
                _perform(connection, write)

    def put_wrapped_index_key(self, blob: bytes) -> None:
        """Keep the index key, wrapped; replaces the one before. StoreFull, StoreBroken."""
        self._put_single(_INDEX_KEY, blob)

    def put_house_cell(self, name: str, cell: Sealed) -> None:
        """Keep one of the installation's own cells; replaces the one before. StoreFull, StoreBroken, TypeError."""
        self._put_single(f"{_HOUSE}{name}", sealed(cell, "a cell of the house"))

    def _put_single(self, name: str, value: bytes) -> None:
        with self._usable() as connection, _transaction(connection):
            connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (name, value))

    def wipe_free_pages(self) -> None:
        """Move everything into the database file and empty the WAL, so that erased bytes are in neither."""
        with self._usable() as connection:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise StoreBroken(f"{self._path}: the WAL cannot be emptied, another program has it open")

    # ---- reading ----------------------------------------------------------------------------------------------------

    def users(self) -> list[UserRow]:
        """Give everybody who is activated, by id."""
        with self._usable() as connection:
            return [_user_row(row) for row in connection.execute(f"{_USERS} ORDER BY user_id")]

    def user_by_index(self, index: bytes) -> UserRow | None:
        """Find a user by the blind index of the address."""
        with self._usable() as connection:
            row = connection.execute(f"{_USERS} WHERE address_index = ?", (index,)).fetchone()
            return None if row is None else _user_row(row)

    def snapshot(self, user: UserId) -> Snapshot:
        """What a user actor starts from; empty for a user who is erased or unknown (whose Saves are ignored)."""
        with self._usable() as connection:
            row = connection.execute(
                "SELECT body, state, code, since FROM durable WHERE user_id = ?", (user,)
            ).fetchone()
            facts = connection.execute("SELECT fact FROM event WHERE user_id = ? ORDER BY event_id", (user,))
            events = tuple(decode_fact(fact) for (fact,) in facts)
            return Snapshot(user=user, durable=_durable(row), events=events)

    def items(self, user: UserId) -> list[ItemRow]:
        """Give a user's events with their sealed content, by start."""
        query = "SELECT fact, item FROM event WHERE user_id = ? ORDER BY start_at, event_id"
        with self._usable() as connection:
            return [ItemRow(fact=decode_fact(fact), item=item) for fact, item in connection.execute(query, (user,))]

    def join_cell(self, user: UserId, event_id: str) -> Sealed | None:
        """Cell with title and link for the Join card; None when there is no such event or nothing to join."""
        query = "SELECT join_cell FROM event WHERE user_id = ? AND event_id = ?"
        with self._usable() as connection:
            row = connection.execute(query, (user, event_id)).fetchone()
            return None if row is None or row[0] is None else Sealed(row[0])

    def wrapped_index_key(self) -> bytes | None:
        """Give the index key as the vault wrapped it."""
        return self._single(_INDEX_KEY)

    def house_cell(self, name: str) -> Sealed | None:
        """Give one of the installation's own cells."""
        value = self._single(f"{_HOUSE}{name}")
        return None if value is None else Sealed(value)

    def _single(self, name: str) -> bytes | None:
        with self._usable() as connection:
            row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
            return None if row is None else bytes(row[0])


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite has rolled back by itself after some errors
            connection.execute("ROLLBACK")
        raise


def _perform(connection: sqlite3.Connection, write: tuple[Step, ...]) -> None:
    for step in write:
        changed = connection.executemany(step.sql, step.rows).rowcount
        if step.gate and not changed:
            return


def _user_row(row: Sequence[Any]) -> UserRow:
    user, address, index, wrapped_key, state, code, since = row
    standing = Standing(state=state, code="" if code == UNDECORATE else code, since=since)
    return UserRow(user=user, address=Sealed(address), index=index, wrapped_key=wrapped_key, standing=standing)


def _durable(row: Sequence[Any] | None) -> Durable:
    """Decode, with the standing of the columns, which know of a LeaveUser after the last Save."""
    if row is None:
        return Durable()
    body, state, code, since = row
    durable = decode_durable(body)
    if code == UNDECORATE:
        return replace(durable, standing=Standing(state=state, since=since), undecorate=True)
    return replace(durable, standing=Standing(state=state, code=code, since=since))
