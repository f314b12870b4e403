from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hybridcal_daemon.adapters.store import SqliteStore
from hybridcal_daemon.domain.values import UserId
from hybridcal_daemon.ports import EraseUser, StoreBroken, StoreFull

ALICE = UserId("u-alice")
MARK = b"KeepNoTraceOfThisMarker"
IN_NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]


def state(store):
    snapshot = store.snapshot(ALICE)
    return snapshot.durable.version, [(row.fact.event_id, row.item) for row in store.items(ALICE)]


def limit(store, pages):
    store._connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()


# ---- full -----------------------------------------------------------------------------------------------------------


def test_a_full_disk_writes_nothing_and_the_same_commit_works_later(store, make):
    store.commit([make.add(ALICE), make.save(ALICE, 1, put=[make.event("e0")])])
    before = state(store)
    big = [make.save(ALICE, version, put=[make.event(f"e{version}", item=b"x" * 5000)]) for version in range(2, 60)]
    limit(store, store._connection.execute("PRAGMA page_count").fetchone()[0] + 5)
    for _ in range(3):
        with pytest.raises(StoreFull, match=r"no space for .*hybridcal\.db"):
            store.commit(big)
        assert state(store) == before
    limit(store, 1_000_000)
    store.commit(big)
    assert state(store)[0] == 59
    assert len(store.items(ALICE)) == 59


def test_a_small_commit_still_fits_a_disk_that_is_too_full_for_a_big_one(store, make):
    store.commit([make.add(ALICE)])
    limit(store, store._connection.execute("PRAGMA page_count").fetchone()[0])
    with pytest.raises(StoreFull):
        store.commit([make.save(ALICE, 1, put=[make.event("e", item=b"x" * 50_000)])])
    store.commit([make.save(ALICE, 1)])
    assert state(store) == (1, [])


def test_a_real_full_file_system(tmp_path):
    """A 1 MB tmpfs in a mount namespace of its own, which goes with the process."""
    probe = [*IN_NAMESPACE, "mount", "-t", "tmpfs", "none", str(tmp_path)]
    if subprocess.run(probe, check=False, capture_output=True).returncode != 0:
        pytest.skip("mount namespaces are not permitted here")
    script = f"mount -t tmpfs -o size=1m,mode=700 none {tmp_path} && exec {sys.executable} {__file__} fill {tmp_path}"
    done = subprocess.run([*IN_NAMESPACE, "sh", "-c", script], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    versions = [int(line) for line in done.stdout.split()]
    acknowledged, found_while_full, found_after_restart, after_space = versions
    assert 0 < acknowledged == found_while_full == found_after_restart
    assert after_space == acknowledged + 1


def fill(directory: Path) -> None:
    """Commit until the file system is full, restart, make space, commit once more; print the versions found."""
    from conftest import Make  # noqa: PLC0415 - only in the child process

    (directory / "ballast").write_bytes(bytes(300_000))
    store = SqliteStore(directory / "hybridcal.db")
    store.open()
    store.commit([Make.add(ALICE)])
    version = 0
    try:
        while True:
            put = [Make.event(f"e{version}", item=b"x" * 3000)]
            store.commit([Make.save(ALICE, version + 1, put=put)])
            version += 1
    except StoreFull:
        print(version, store.snapshot(ALICE).durable.version)
    store.close()
    store.open()
    print(store.snapshot(ALICE).durable.version)
    (directory / "ballast").unlink()
    store.commit([Make.save(ALICE, version + 1)])
    print(store.snapshot(ALICE).durable.version)
    store.close()


# ---- broken ---------------------------------------------------------------------------------------------------------


def test_an_io_error_is_the_last_word(store, make, path):
    store.commit([make.add(ALICE), make.save(ALICE, 1, put=[make.event(f"e{n}", item=b"x" * 3000) for n in range(9)])])
    store.wipe_free_pages()
    store.close()
    store.open()
    with path.open("r+b") as file:
        file.truncate(4096 * 2)  # the pages that the header promises are gone
    with pytest.raises(StoreBroken, match=r"hybridcal\.db"):
        store.items(ALICE)
    for _ in range(2):
        with pytest.raises(StoreBroken):
            store.commit([make.save(ALICE, 2)])


def test_after_a_failed_fsync_nothing_is_acknowledged(path):
    """The kernel refuses every fsync from the 12th on (the first ones make the database), by strace's injection."""
    strace = ["strace", "-f", "-o", "/dev/null", "-e", "inject=fdatasync,fsync:error=EIO:when=12+"]
    if shutil.which("strace") is None or subprocess.run([*strace, "true"], check=False).returncode != 0:
        pytest.skip("strace is not here or not permitted")
    command = [*strace, sys.executable, __file__, "acknowledge", str(path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    acknowledged, *after = done.stdout.split()
    assert after == ["StoreBroken"] * 3
    store = SqliteStore(path)
    store.open()
    assert store.snapshot(ALICE).durable.version >= int(acknowledged) > 0
    store.close()


def acknowledge(path: Path) -> None:
    """Commit until it fails, then try three more; print how many were acknowledged, then each answer."""
    from conftest import Make  # noqa: PLC0415 - only in the child process

    store = SqliteStore(path)
    store.open()
    store.commit([Make.add(ALICE)])
    version = 0
    with contextlib.suppress(StoreBroken):
        while version < 50:
            store.commit([Make.save(ALICE, version + 1)])
            version += 1
    print(version)
    for _ in range(3):
        try:
            store.commit([Make.save(ALICE, version + 1)])
        except StoreBroken as broken:
            print(type(broken).__name__)


# ---- erased ---------------------------------------------------------------------------------------------------------


def traces(path, mark):
    return [entry.name for entry in sorted(path.parent.iterdir()) if mark in entry.read_bytes()]


def test_an_erased_user_leaves_no_trace_in_any_file(store, make, path):
    bob = [make.add("u-bob"), make.save("u-bob", 1, put=[make.event("other", item=b"y" * 700)])]
    put = [make.event(f"{n}-{MARK.decode()}", item=MARK + b"x" * 6000) for n in range(40)]
    store.commit([make.add(MARK.decode()), make.save(MARK.decode(), 1, put=put, sync_token=MARK.decode()), *bob])
    store.commit([make.save(MARK.decode(), 2, put=put[:20], delete=[put[30].fact.event_id])])
    assert traces(path, MARK) == ["hybridcal.db-wal"]
    store.wipe_free_pages()
    assert traces(path, MARK) == ["hybridcal.db"]
    store.commit([EraseUser(user=UserId(MARK.decode()), at=make.add("x").at)])
    store._connection.execute("DELETE FROM tombstone")  # it keeps the id, on purpose; look for the rest
    store.wipe_free_pages()
    assert traces(path, MARK) == []
    assert len(store.items(UserId("u-bob"))) == 1


if __name__ == "__main__":
    {"fill": fill, "acknowledge": acknowledge}[sys.argv[1]](Path(sys.argv[2]))
