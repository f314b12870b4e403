"""The store actor in trouble: a full disk, a broken disk, a state that cannot be written."""

from __future__ import annotations

import pytest

from actors.protocol import (
    FindUser,
    OpenStore,
    ReadItems,
    ReadUsers,
    Record,
    SaveOrder,
    SetAlarm,
    StoreStatus,
    Unsaved,
    WriteIndexKey,
    WriteNow,
)
from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.messages import Started, Woke
from hybridcal_daemon.domain.values import Instant
from hybridcal_daemon.ports import StoreBroken, StoreFull
from tests.actors.actor_fakes import save
from tests.actors.store_values import AUDIT, A, B, C, load, meeting, saved, saves

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
