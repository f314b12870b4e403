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
    ReadIndexKey,
    ReadItems,
    ReadJoinCell,
    ReadUsers,
    Record,
    SaveOrder,
    SetAlarm,
    StoreStatus,
    Unsaved,
    WriteIndexKey,
    WriteNow,
)
from actors.store import StoreActor
from hybridcal_daemon.domain.effects import Save
from hybridcal_daemon.domain.events import EventFact, SealedEvent
from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.messages import Saved, Started, Woke
from hybridcal_daemon.domain.values import Instant, Sealed, Timed
from hybridcal_daemon.ports import Audit, EraseUser, LeaveUser, StoreBroken, StoreFull
from tests.actors.actor_fakes import QUIET, MemoryStore, save, uid

A, B, C = uid(1), uid(2), uid(3)
AUDIT = Audit(at=Instant(1), actor="t", action="t", user=A, outcome="t")


@pytest.fixture
def store(bench):
    memory = MemoryStore()
    for number in (1, 2, 3):
        memory.add(uid(number), index=b"%d" % number)
        bench.ear(uid(number))
    for name in (SUPERVISOR, "timers"):
        bench.ear(name)
    bench.spawn("store", StoreActor, memory, bench.directory, bench.clock, bench.log)
    return memory


def meeting(event_id):
    moment = Timed(at=1_800_000_000, tz="UTC")
    fact = EventFact(event_id=event_id, etag="1", start=moment, end=moment)
    return SealedEvent(fact=fact, item=b"{}", join=Sealed(b"cell"))


def saves(store):
    return [(write.user, write.version) for commit in store.commits for write in commit if isinstance(write, Save)]


def saved(bench, user=A):
    return [message.version for message in bench.heard(user, Saved)]


def load(user=A, incarnation=2):
    return Load(user, incarnation, "entropy", QUIET)


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


# ---- a full disk


def test_a_full_disk_keeps_everything_and_says_nothing(bench, store):
    store.full = True
    bench.tell("store", SaveOrder(save(A, 1)), SaveOrder(save(B, 1)))
    bench.settle()
    assert bench.asker.ask("store", StoreStatus()) == "disk-full"
    assert not bench.heard(A)
    assert bench.heard("timers", SetAlarm)[-1] == SetAlarm("store", Instant(bench.clock.now() + 1.0))
    store.full = False
    bench.tell("store", Woke())
    bench.settle()
    assert saves(store) == [(A, 1), (B, 1)]
    assert saved(bench, A) == saved(bench, B) == [1]
    assert bench.asker.ask("store", StoreStatus()) == "ok"
    assert [event for _, event, _ in bench.log.lines] == ["store.full", "store.well"]


def test_while_the_disk_is_full_only_the_alarm_tries(bench, store):
    store.full = True
    for version in range(1, 501):
        bench.tell("store", SaveOrder(save(A, version)))
        bench.settle()
    bench.asker.ask("store", ReadItems(A))
    assert store.attempts == 1
    bench.tell("store", Woke())
    bench.settle()
    assert store.attempts == 2
    store.full = False
    bench.tell("store", Woke())
    bench.settle()
    assert saved(bench) == list(range(1, 501))


def test_whoever_waits_hears_that_the_disk_is_full(bench, store):
    store.full = True
    bench.tell("store", SaveOrder(save(A, 1)))
    with pytest.raises(StoreFull):
        bench.asker.ask("store", WriteNow((AUDIT,)))
    with pytest.raises(StoreFull):
        bench.asker.ask("store", WriteIndexKey(b"key"))
    assert not store.audits
    store.full = False
    bench.asker.ask("store", WriteNow((AUDIT,)))
    assert saves(store) == [(A, 1)]
    assert store.audits == [AUDIT]
    assert bench.asker.ask("store", StoreStatus()) == "ok"


def test_nothing_waits_any_more_so_the_store_is_well_again(bench, store):
    store.full = True
    with pytest.raises(StoreFull):
        bench.asker.ask("store", WriteNow((AUDIT,)))
    assert bench.asker.ask("store", StoreStatus()) == "disk-full"
    store.full = False
    bench.tell("store", Woke())
    bench.settle()
    assert bench.asker.ask("store", StoreStatus()) == "ok"


def test_a_new_life_begins_from_the_disk_and_unwritten_saves_of_the_last_one_are_gone(bench, store):
    bench.tell("store", SaveOrder(save(A, 1)))
    bench.settle()
    store.full = True
    bench.tell("store", SaveOrder(save(A, 2, put=[meeting("ghost")])), SaveOrder(save(B, 1)), load(A))
    bench.settle()
    assert bench.heard(A, Started)[0].snapshot.durable.version == 1
    bench.tell("store", SaveOrder(save(A, 2)))
    store.full = False
    bench.tell("store", Woke())
    bench.settle()
    assert saves(store) == [(A, 1), (B, 1), (A, 2)]
    assert saved(bench) == [1, 2]
    assert not store.items_of[A]


# ---- a broken disk


def test_a_broken_disk_ends_the_store_and_acknowledges_nothing(bench, store):
    store.broken = True
    bench.tell("store", SaveOrder(save(A, 1)), SaveOrder(save(B, 1)))
    bench.settle()
    assert [death.error for death in bench.deaths] == ["StoreBroken"]
    assert not bench.heard(A)
    assert not bench.heard(B)
    with pytest.raises(CallError, match="busy"):
        bench.asker.ask("store", StoreStatus())


@pytest.mark.parametrize("question", [ReadUsers(), WriteNow((AUDIT,)), FindUser(b"1"), WriteIndexKey(b"k")], ids=repr)
def test_a_broken_disk_ends_the_store_also_when_somebody_else_hears_of_it(bench, store, question):
    store.broken = True
    with pytest.raises(StoreBroken):
        bench.asker.ask("store", question)
    bench.settle()
    assert [death.error for death in bench.deaths] == ["StoreBroken"]


def test_nothing_is_acknowledged_after_the_disk_broke_once(bench, store):
    """An I/O error means nothing about the next write: it may say yes to what the disk has lost."""
    store.broken = True
    ref = bench.directory.get("store")
    reading = ref.ask(ReadUsers(), block=False)
    store.before_commit = lambda: setattr(store, "broken", False)
    bench.tell("store", SaveOrder(save(A, 1)))
    writing = ref.ask(WriteNow((AUDIT,)), block=False)
    with pytest.raises(StoreBroken):
        reading.get()
    with pytest.raises(StoreBroken):
        writing.get()
    bench.settle()
    assert not store.commits
    assert not bench.heard(A)
    assert len(bench.deaths) == 1


def test_a_store_that_cannot_be_opened_says_so_and_lives(bench, store):
    store.refuses_to_open = RuntimeError("locked by process 7")
    with pytest.raises(RuntimeError, match="process 7"):
        bench.asker.ask("store", OpenStore())
    assert not bench.deaths


# ---- what cannot be written


def test_a_state_that_cannot_be_written_costs_its_user_only(bench, store):
    store.bad = {B}
    before = [SaveOrder(save(A, version)) for version in range(1, 30)]
    after = [SaveOrder(save(C, version)) for version in range(1, 30)]
    bench.tell("store", *before, SaveOrder(save(B, 1)), *after, SaveOrder(save(B, 2)))
    bench.settle()
    assert saved(bench, A) == saved(bench, C) == list(range(1, 30))
    assert bench.heard(B) == [Unsaved()]
    assert not bench.deaths
    assert [line["user"] for line in bench.log.named("actor.crashed")] == [B]


def test_after_a_refused_state_nothing_of_that_life_is_stored(bench, store):
    """Its next state counts on rows that were in the refused one."""
    store.bad = {B}
    bench.tell("store", SaveOrder(save(B, 1)))
    bench.settle()
    store.bad = set()
    bench.tell("store", SaveOrder(save(B, 2)))
    bench.settle()
    assert not saves(store)
    bench.tell("store", load(B), SaveOrder(save(B, 1)))
    bench.settle()
    assert saves(store) == [(B, 1)]
    assert saved(bench, B) == [1]


def test_an_audit_line_that_cannot_be_written_ends_the_store(bench, store):
    store.before_commit = lambda: (_ for _ in ()).throw(ValueError)
    bench.tell("store", Record(AUDIT))
    bench.settle()
    assert [death.error for death in bench.deaths] == ["ValueError"]


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
