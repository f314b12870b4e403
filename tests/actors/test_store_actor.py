"""The store actor: group commit, a full disk, a broken disk, a state that cannot be written."""

from __future__ import annotations

import pytest

from actors.protocol import (
    SUPERVISOR,
    Erase,
    Erased,
    FindUser,
    Load,
    OpenStore,
    ReadHouseCell,
    ReadIndexKey,
    ReadItems,
    ReadJoinCell,
    ReadUsers,
    Record,
    SaveOrder,
    StoreStatus,
    WriteHouseCell,
    WriteIndexKey,
    WriteNow,
)
from hybridcal_daemon.domain.messages import Saved, Started, Woke
from hybridcal_daemon.domain.values import Instant, Sealed
from hybridcal_daemon.ports import EraseUser, LeaveUser
from tests.actors.actor_fakes import QUIET, save
from tests.actors.store_values import AUDIT, A, B, C, load, meeting, saved, saves

# ---- group commit


def test_what_is_queued_is_one_transaction(bench, store):
    bench.tell("store", *(SaveOrder(save(A, version)) for version in range(1, 101)))
    bench.settle()
    assert [len(commit) for commit in store.commits] == [100]
    assert saved(bench) == list(range(1, 101))


def test_a_long_queue_is_cut_into_groups_in_order(bench, store):
    bench.tell("store", *(SaveOrder(save(A, version)) for version in range(1, 601)))
    bench.settle()
    assert [len(commit) for commit in store.commits] == [256, 256, 88]
    assert saves(store) == [(A, version) for version in range(1, 601)]


def test_saved_is_said_only_after_the_commit(bench, store):
    seen = []
    store.before_commit = lambda: seen.append(saved(bench))
    bench.tell("store", SaveOrder(save(A, 1)), SaveOrder(save(A, 2)))
    bench.settle()
    bench.tell("store", SaveOrder(save(A, 3)))
    bench.settle()
    assert seen == [[], [1, 2]]
    assert saved(bench) == [1, 2, 3]


QUESTIONS = [
    StoreStatus(),
    ReadIndexKey(),
    WriteIndexKey(b"key"),
    ReadHouseCell("place"),
    WriteHouseCell("place", Sealed(b"cell")),
    FindUser(b"1"),
    ReadUsers(),
    ReadItems(A),
    ReadJoinCell(A, "e"),
    Woke(),
    load(B),
    WriteNow((AUDIT,)),
    Record(AUDIT),
    Erase(C),
]


@pytest.mark.parametrize("follower", QUESTIONS, ids=lambda message: type(message).__name__)
def test_a_save_is_written_whatever_comes_behind_it(bench, store, follower):
    bench.tell("store", SaveOrder(save(A, 1)), follower)
    bench.settle()
    assert saves(store) == [(A, 1)]
    assert saved(bench) == [1]


def test_a_read_sees_every_write_before_it(bench, store):
    bench.tell("store", SaveOrder(save(A, 1, put=[meeting("e1")])))
    assert [row.fact.event_id for row in bench.asker.ask("store", ReadItems(A))] == ["e1"]
    bench.tell("store", SaveOrder(save(A, 2, put=[meeting("e2")], delete=["e1"])))
    assert bench.asker.ask("store", ReadJoinCell(A, "e2")) == b"cell"
    assert bench.asker.ask("store", ReadJoinCell(A, "e1")) is None
    bench.tell("store", SaveOrder(save(A, 3, sync_token="s3")))
    bench.tell("store", load())
    bench.settle()
    assert bench.heard(A, Started)[0].snapshot.durable.sync_token == "s3"
    bench.tell("store", Erase(A))
    assert bench.asker.ask("store", FindUser(b"1")) is None
    assert store.wipes == 1


def test_started_carries_what_load_said(bench, store):
    bench.tell("store", Load(A, 7, "fresh", QUIET))
    bench.settle()
    (started,) = bench.heard(A, Started)
    assert (started.incarnation, started.entropy, started.settings) == (7, "fresh", QUIET)
    assert started.snapshot == store.snapshot(A)


# ---- erasing


def test_erased_is_said_when_the_free_pages_are_wiped(bench, store):
    bench.tell("store", SaveOrder(save(A, 1)), Erase(A), Erase(B))
    bench.settle()
    assert set(store.rows) == {C}
    assert store.wipes == 1
    assert bench.heard(SUPERVISOR) == [Erased(A), Erased(B)]


def test_a_full_disk_delays_the_wiping_and_nobody_is_told_before(bench, store):
    store.wipe_full = True
    bench.tell("store", Erase(A), SaveOrder(save(B, 1)))
    bench.settle()
    assert saved(bench, B) == [1]
    assert A not in store.rows
    assert not bench.heard(SUPERVISOR)
    assert not bench.deaths
    store.wipe_full = False
    bench.tell("store", Woke())
    bench.settle()
    assert bench.heard(SUPERVISOR) == [Erased(A)]


def test_what_the_last_life_erased_and_did_not_wipe_is_wiped_at_the_opening(bench, store):
    bench.asker.ask("store", OpenStore())
    assert store.opened
    assert store.wipes == 1


def test_a_full_disk_is_no_reason_not_to_open(bench, store):
    store.wipe_full = True
    bench.asker.ask("store", OpenStore())
    assert bench.asker.ask("store", StoreStatus()) == "disk-full"
    store.wipe_full = False
    bench.tell("store", Woke())
    bench.settle()
    assert store.wipes == 1
    assert bench.asker.ask("store", StoreStatus()) == "ok"


# ---- the end


def test_the_last_batch_is_written_before_the_store_closes(bench, store):
    bench.tell("store", *(SaveOrder(save(A, version)) for version in range(1, 300)), Erase(B))
    bench.directory.get("store").stop(block=False)
    bench.settle()
    assert len(saves(store)) == 299
    assert store.closed
    assert any(isinstance(write, EraseUser) for commit in store.commits for write in commit)


def test_a_store_that_fails_at_the_end_is_closed_and_reported(bench, store):
    store.full = True
    bench.tell("store", SaveOrder(save(A, 1)))
    bench.settle()
    store.full, store.broken = False, True
    bench.directory.get("store").stop(block=False)
    bench.settle()
    assert store.closed
    assert [death.error for death in bench.deaths] == ["StoreBroken"]
    assert not bench.heard(A, Saved)


def test_writes_keep_their_order_across_kinds(bench, store):
    leave = LeaveUser(user=A, at=Instant(2))
    bench.tell("store", SaveOrder(save(A, 1)))
    bench.asker.ask("store", WriteNow((AUDIT, leave)))
    bench.tell("store", SaveOrder(save(A, 2)), Record(AUDIT), Erase(A))
    bench.settle()
    written = [write for commit in store.commits for write in commit]
    assert [type(write).__name__ for write in written] == ["Save", "Audit", "LeaveUser", "Save", "Audit", "EraseUser"]
