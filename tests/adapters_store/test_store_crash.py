"""Kill a writing process again and again: what it acknowledged is there, every save whole or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hybridcal_daemon.adapters.store import SqliteStore
from hybridcal_daemon.domain.values import UserId

USERS = [UserId(f"u{number}") for number in range(3)]
EVENTS = 3
KILLS = 10


def versions(store) -> list[int]:
    """Version of each user's state; every event row must have been written by the same save."""
    found = []
    for user in USERS:
        snapshot = store.snapshot(user)
        etags = {fact.etag for fact in snapshot.events}
        assert etags == ({str(snapshot.durable.version)} if snapshot.durable.version else set())
        found.append(snapshot.durable.version)
    return found


def write_for_ever(path: Path) -> None:
    """Commit one version after the other for all users at once, printing each number once it is durable."""
    from conftest import Make  # noqa: PLC0415 - only in the child process

    store = SqliteStore(path)
    store.open()
    store.commit([Make.add(user) for user in USERS])
    version = versions(store)[0]
    while True:
        version += 1
        put = [Make.event(f"e{number}", etag=str(version), item=b"x" * (version % 7) * 500) for number in range(EVENTS)]
        store.commit([Make.save(user, version, put=put) for user in USERS])
        print(version, flush=True)


@pytest.mark.process
def test_no_acknowledged_commit_is_lost_and_none_is_torn(path):
    acknowledged = 0
    for kill in range(KILLS):
        with subprocess.Popen([sys.executable, __file__, str(path)], stdout=subprocess.PIPE, text=True) as child:
            heard = [child.stdout.readline() for _ in range(1 + kill * 7 % 40)]
            child.kill()
            heard += child.stdout.readlines()
        store = SqliteStore(path)
        store.open()
        found = versions(store)
        store.close()
        whole = [int(line) for line in heard if line.endswith("\n")]
        assert len(set(found)) == 1, "users of one commit differ"
        assert found[0] >= whole[-1] > acknowledged
        acknowledged = found[0]


if __name__ == "__main__":
    write_for_ever(Path(sys.argv[1]))
