from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading

import pytest
from sqlite_utils import Database

from hybridcal_daemon.adapters.store import SqliteStore, StateForeign, StateLocked, StateRefused, StateUnsafe
from hybridcal_daemon.adapters.store.schema import migrations, refuse_old
from hybridcal_daemon.domain.values import UserId
from hybridcal_daemon.ports import StoreBroken

HOLD = """
import sys
from pathlib import Path
from hybridcal_daemon.adapters.store import SqliteStore
store = SqliteStore(Path(sys.argv[1]))
store.open()
print("open", flush=True)
sys.stdin.read()
"""


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def pragma(store, name):
    return store._connection.execute(f"PRAGMA {name}").fetchone()[0]


# ---- who may use it -------------------------------------------------------------------------------------------------


def test_directory_and_files_are_private_whatever_the_umask(path, make):
    before = os.umask(0)
    try:
        store = SqliteStore(path)
        store.open()
        store.commit([make.add("u1")])
    finally:
        os.umask(before)
    files = {entry.name: mode(entry) for entry in path.parent.iterdir()}
    store.close()
    assert mode(path.parent) == 0o700
    assert files == {"hybridcal.db": 0o600, "hybridcal.db-wal": 0o600, "hybridcal.lock": 0o600}


@pytest.mark.parametrize("loose", [0o750, 0o705, 0o701])
def test_a_directory_that_others_may_enter_is_refused(path, loose):
    path.parent.mkdir()
    path.parent.chmod(loose)
    with pytest.raises(StateUnsafe, match=f"has mode {loose:o}.*chmod 700 {path.parent}"):
        SqliteStore(path).open()
    assert list(path.parent.iterdir()) == []


def test_a_database_that_others_may_read_is_refused(path, store):
    store.close()
    path.chmod(0o640)
    with pytest.raises(StateUnsafe, match=f"has mode 640.*chmod 600 {path}"):
        SqliteStore(path).open()


def test_a_second_daemon_is_refused_with_directory_and_pid(path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout.readline() == "open\n"
        with pytest.raises(StateLocked, match=f"{path.parent} is in use by process {first.pid}"):
            SqliteStore(path).open()
        first.kill()
        first.wait()
        later = SqliteStore(path)
        later.open()
        later.close()


def test_the_lock_names_its_holder_and_nothing_of_the_one_before(path):
    path.parent.mkdir(mode=0o700)
    (path.parent / "hybridcal.lock").write_text("9876543210\n")
    store = SqliteStore(path)
    store.open()
    assert (path.parent / "hybridcal.lock").read_text() == f"{os.getpid()}\n"
    store.close()


@pytest.mark.usefixtures("store")
def test_a_second_store_in_the_same_process_is_refused_too(path):
    with pytest.raises(StateLocked, match=f"process {os.getpid()}"):
        SqliteStore(path).open()


def test_closing_lets_the_next_one_in(path, store):
    store.close()
    store.close()
    again = SqliteStore(path)
    again.open()
    again.close()


def test_another_program_cannot_open_the_file_meanwhile(path, store, make):
    store.commit([make.add("u1")])
    with sqlite3.connect(path, timeout=0) as other, pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("SELECT * FROM user")
    other.close()


def test_a_file_that_another_program_has_open_is_refused(path, store):
    store.close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StateLocked, match="open in another program"):
        SqliteStore(path).open()
    other.close()


# ---- how it is set --------------------------------------------------------------------------------------------------


def test_settings_are_those_of_a_durable_store(store):
    assert pragma(store, "journal_mode") == "wal"
    assert pragma(store, "locking_mode") == "exclusive"
    assert pragma(store, "synchronous") == 2
    assert pragma(store, "secure_delete") == 1
    assert pragma(store, "temp_store") == 2
    assert pragma(store, "foreign_keys") == 1
    assert pragma(store, "trusted_schema") == 0


def test_every_table_is_strict(store):
    tables = store._connection.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'").fetchall()
    ours = {name for name, strict in tables if strict}
    assert ours == {"meta", "user", "durable", "event", "tombstone", "audit"}


def test_a_store_belongs_to_the_thread_that_opened_it(store):
    seen = []

    def use():
        try:
            store.users()
        except sqlite3.ProgrammingError as error:
            seen.append(str(error))

    thread = threading.Thread(target=use)
    thread.start()
    thread.join(10)
    assert "thread" in seen[0]


def test_a_store_that_is_not_open_says_so(path):
    with pytest.raises(StoreBroken, match="is not open"):
        SqliteStore(path).users()


# ---- what is in it --------------------------------------------------------------------------------------------------


def test_a_newer_schema_is_refused_and_left_alone(path, store):
    store._connection.execute("PRAGMA user_version = 99")
    store.close()
    before = path.read_bytes()
    with pytest.raises(StateForeign, match=r"newer hybridcal \(schema 99, this one knows 1\): install that one"):
        SqliteStore(path).open()
    assert path.read_bytes() == before


def test_a_database_of_another_program_is_refused_and_left_alone(path):
    path.parent.mkdir(mode=0o700)
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE contacts (name TEXT)")
    other.close()
    path.chmod(0o600)
    before = path.read_bytes()
    with pytest.raises(StateForeign, match="database of another program"):
        SqliteStore(path).open()
    assert path.read_bytes() == before


def test_an_old_sqlite_is_refused():
    with pytest.raises(StateRefused, match=r"SQLite 3\.34\.1 is too old, 3\.37 is needed"):
        refuse_old((3, 34, 1))


def test_a_first_start_that_was_interrupted_is_taken_up(path):
    path.parent.mkdir(mode=0o700)
    path.touch(mode=0o600)
    half = sqlite3.connect(path)
    half.execute("PRAGMA journal_mode = WAL")
    migrations.ensure_migrations_table(Database(half))
    half.close()
    store = SqliteStore(path)
    store.open()
    assert store.users() == []
    store.close()


def test_what_is_no_database_is_refused_and_left_alone(path):
    path.parent.mkdir(mode=0o700)
    path.touch(mode=0o600)
    path.write_bytes(b"This is not a database. " * 300)
    with pytest.raises(StoreBroken, match=r"hybridcal\.db: file is not a database.*move the file away"):
        SqliteStore(path).open()
    assert path.read_bytes() == b"This is not a database. " * 300


def test_a_damaged_database_is_refused(path, store, make):
    store.commit([make.add("u1"), make.save("u1", 1, put=[make.event(f"e{n}", item=b"x" * 900) for n in range(60)])])
    store.close()
    content = bytearray(path.read_bytes())
    for page in range(8, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = os.urandom(64)
    path.write_bytes(content)
    with pytest.raises(StoreBroken, match=r"hybridcal\.db"):
        SqliteStore(path).open()


def test_a_refused_open_holds_nothing(path):
    path.parent.mkdir(mode=0o700)
    path.touch(mode=0o600)
    path.write_bytes(b"This is not a database. " * 300)
    with pytest.raises(StoreBroken):
        SqliteStore(path).open()
    path.unlink()
    store = SqliteStore(path)
    store.open()
    assert store.users() == []
    store.close()


def test_a_directory_that_cannot_be_made_names_itself(tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(OSError, match=str(blocked)):
        SqliteStore(blocked / "state" / "hybridcal.db").open()


def test_opening_again_keeps_everything(store, make):
    store.commit([make.add("u1")])
    store.close()
    store.open()
    assert [row.user for row in store.users()] == [UserId("u1")]
