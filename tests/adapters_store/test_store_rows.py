from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import date

import pytest

from hybridcal_daemon.adapters.store import SqliteStore
from hybridcal_daemon.adapters.store.statements import steps
from hybridcal_daemon.domain.events import EventFact, SealedEvent
from hybridcal_daemon.domain.state import Channel, Durable, Standing
from hybridcal_daemon.domain.values import AllDay, Instant, Plain, Sealed, UserId
from hybridcal_daemon.ports import Audit, EraseUser, LeaveUser, StoreBroken

ALICE, BOB = UserId("u-alice"), UserId("u-bob")
LATER = Instant(1_900_001_000.0)


def rows(store, table):
    return store._connection.execute(f"SELECT * FROM {table}").fetchall()


def counts(store, name):
    tables = ("user", "durable", "event", "tombstone")
    query = "SELECT count(*) FROM {} WHERE user_id = ?"
    return {table: store._connection.execute(query.format(table), (name,)).fetchone()[0] for table in tables}


# ---- users ----------------------------------------------------------------------------------------------------------


def test_an_activated_user_is_pending(store, make):
    write = make.add(ALICE)
    store.commit([write])
    (row,) = store.users()
    assert (row.user, row.address, row.index, row.wrapped_key) == (
        write.row.user,
        write.row.address,
        write.row.index,
        write.row.wrapped_key,
    )
    assert isinstance(row.address, Sealed)
    assert row.standing == Standing(state="pending", since=write.at)
    assert store.snapshot(ALICE).durable == Durable(standing=row.standing)


def test_users_are_found_by_blind_index(store, make):
    store.commit([make.add(ALICE), make.add(BOB)])
    assert store.user_by_index(b"index of u-bob").user == BOB
    assert store.user_by_index(b"index of nobody") is None
    assert [row.user for row in store.users()] == [ALICE, BOB]


def test_an_address_is_activated_once(store, make):
    store.commit([make.add(ALICE, index=b"same")])
    store.commit([make.add(BOB, index=b"same"), make.save(BOB, 1, put=[make.event("e")])])
    assert [row.user for row in store.users()] == [ALICE]
    assert counts(store, BOB) == {"user": 0, "durable": 0, "event": 0, "tombstone": 0}


def test_leaving_survives_saves_and_restarts(store, make, path):
    store.commit([make.add(ALICE), make.save(ALICE, 1)])
    store.commit([LeaveUser(user=ALICE, at=LATER)])
    store.commit([make.save(ALICE, 2, sync_token="t2")])
    store.commit([LeaveUser(user=ALICE, at=Instant(LATER + 5))])
    store.close()
    again = SqliteStore(path)
    again.open()
    try:
        assert again.users()[0].standing == Standing(state="leaving", since=LATER)
        durable = again.snapshot(ALICE).durable
        assert (durable.sync_token, durable.standing) == ("t2", Standing(state="leaving", since=LATER))
    finally:
        again.close()


def test_the_choice_to_take_blocks_out_survives_saves_and_restarts(store, make, path):
    store.commit([make.add(ALICE), make.save(ALICE, 1), make.add(BOB)])
    store.commit([LeaveUser(user=ALICE, at=LATER), LeaveUser(user=BOB, at=LATER)])
    store.commit([LeaveUser(user=ALICE, at=Instant(LATER + 5), undecorate=True)])
    store.commit([make.save(ALICE, 2, sync_token="t2")])
    store.close()
    again = SqliteStore(path)
    again.open()
    try:
        assert again.users()[0].standing == Standing(state="leaving", since=LATER)
        durable = again.snapshot(ALICE).durable
        assert (durable.undecorate, durable.sync_token) == (True, "t2")
        assert durable.standing == Standing(state="leaving", since=LATER)
        assert not again.snapshot(BOB).durable.undecorate
    finally:
        again.close()


def test_erasing_leaves_a_tombstone_only(store, make):
    both = [make.add(ALICE), make.add(BOB)]
    saves = [make.save(name, 1, put=[make.event("e1"), make.event("e2")]) for name in (ALICE, BOB)]
    store.commit([*both, *saves])
    store.commit([EraseUser(user=ALICE, at=LATER)])
    assert counts(store, ALICE) == {"user": 0, "durable": 0, "event": 0, "tombstone": 1}
    assert counts(store, BOB) == {"user": 1, "durable": 1, "event": 2, "tombstone": 0}
    assert rows(store, "tombstone") == [(ALICE, LATER)]


def test_erasing_twice_or_nobody_changes_nothing(store, make):
    store.commit([make.add(ALICE), EraseUser(user=ALICE, at=LATER)])
    store.commit([EraseUser(user=ALICE, at=Instant(LATER + 9)), EraseUser(user=BOB, at=LATER)])
    assert rows(store, "tombstone") == [(ALICE, LATER)]


def test_a_late_save_does_not_bring_an_erased_user_back(store, make):
    store.commit([make.add(ALICE), EraseUser(user=ALICE, at=LATER)])
    store.commit([make.save(ALICE, 7, put=[make.event("e")]), make.add(BOB)])
    assert counts(store, ALICE) == {"user": 0, "durable": 0, "event": 0, "tombstone": 1}
    assert [row.user for row in store.users()] == [BOB]


def test_an_unknown_user_has_an_empty_snapshot(store):
    snapshot = store.snapshot(ALICE)
    assert (snapshot.user, snapshot.durable, snapshot.events) == (ALICE, Durable(), ())


# ---- saves ----------------------------------------------------------------------------------------------------------


def test_a_save_is_what_a_restart_brings_back(store, make, path):
    channel = Channel(channel_id="c1", state="open", asked_at=LATER, resource_id="r", expires_at=LATER)
    events = [make.event("e2"), make.event("e1", join=Sealed(b"cell"))]
    save = make.save(
        ALICE, 3, put=events, sync_token="t3", channels=(channel,), room=Sealed(b"room"), standing=Standing(code="tls")
    )
    store.commit([make.add(ALICE), save])
    store.close()
    again = SqliteStore(path)
    again.open()
    try:
        snapshot = again.snapshot(ALICE)
        assert snapshot.durable == save.durable
        assert snapshot.events == (events[1].fact, events[0].fact)
        assert again.users()[0].standing.code == "tls"
    finally:
        again.close()


def test_a_save_puts_replaces_and_deletes(store, make):
    store.commit([make.add(ALICE), make.save(ALICE, 1, put=[make.event("e1"), make.event("e2"), make.event("e3")])])
    changed = make.event("e1", item=b'{"new":1}', at=1_900_009_000, etag="2")
    store.commit([make.save(ALICE, 2, put=[changed], delete=["e2", "never was"])])
    assert [row.fact.event_id for row in store.items(ALICE)] == ["e3", "e1"]
    assert store.items(ALICE)[1].fact == changed.fact
    assert store.items(ALICE)[1].item == b'{"new":1}'


def test_many_saves_in_one_commit_keep_their_order(store, make):
    saves = [make.save(ALICE, version, put=[make.event("e", etag=str(version))]) for version in range(1, 6)]
    store.commit([make.add(ALICE), *saves])
    snapshot = store.snapshot(ALICE)
    assert (snapshot.durable.version, snapshot.events[0].etag) == (5, "5")


def test_the_same_event_of_two_users_is_two_rows(store, make):
    store.commit([make.add(ALICE), make.add(BOB)])
    store.commit([make.save(ALICE, 1, put=[make.event("e")]), make.save(BOB, 1, put=[make.event("e")])])
    store.commit([make.save(ALICE, 2, delete=["e"])])
    assert store.items(ALICE) == []
    assert len(store.items(BOB)) == 1


def test_join_cells_come_back_sealed(store, make):
    put = [make.event("e1", join=Sealed(b"cell")), make.event("e2")]
    store.commit([make.add(ALICE), make.save(ALICE, 1, put=put)])
    assert store.join_cell(ALICE, "e1") == Sealed(b"cell")
    assert isinstance(store.join_cell(ALICE, "e1"), Sealed)
    assert store.join_cell(ALICE, "e2") is None
    assert store.join_cell(ALICE, "e3") is None


def test_bounds_are_columns_for_cleaning_up(store, make):
    second = AllDay(day=date(1970, 1, 2))
    day = SealedEvent(fact=EventFact(event_id="d", etag="1", start=second, end=second), item=b"{}", join=None)
    store.commit([make.add(ALICE), make.save(ALICE, 1, put=[make.event("e", at=100), day])])
    found = store._connection.execute("SELECT event_id, start_at, end_at FROM event ORDER BY event_id").fetchall()
    assert found == [("d", 86400, 86400), ("e", 100, 1900)]


def test_audit_lines_are_kept_in_order(store):
    lines = [Audit(at=LATER, actor="root", action=action, user=ALICE, outcome="ok") for action in ("add", "erase")]
    store.commit(lines)
    assert [row[1:] for row in rows(store, "audit")] == [
        (LATER, "root", "add", ALICE, "ok"),
        (LATER, "root", "erase", ALICE, "ok"),
    ]


def test_the_index_key_is_kept_and_replaced(store, path):
    assert store.wrapped_index_key() is None
    store.put_wrapped_index_key(b"one")
    store.put_wrapped_index_key(b"two")
    store.close()
    again = SqliteStore(path)
    again.open()
    assert again.wrapped_index_key() == b"two"
    again.close()


# ---- only ciphertext ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", [b"clear bytes", Plain(b"clear"), "clear", bytearray(b"clear")])
def test_nothing_but_sealed_is_stored_as_a_cell(store, make, cell):
    add = make.add(ALICE)
    put = [make.event("e", join=cell)]
    store.commit([add])
    for save in (make.save(ALICE, 1, put=put), make.save(ALICE, 1, room=cell)):
        with pytest.raises(TypeError, match="only Sealed is stored"):
            store.commit([make.add(BOB), save])
    with pytest.raises(TypeError, match="address"):
        store.commit([replace(add, row=replace(add.row, address=cell))])
    assert [row.user for row in store.users()] == [ALICE]
    assert store.snapshot(ALICE).durable.version == 0


@pytest.mark.parametrize("item", [Plain(b"{}"), "{}", {"encryptedSubject": "x"}])
def test_items_are_bytes(make, item):
    with pytest.raises(TypeError, match="an item is JSON in bytes"):
        steps(make.save(ALICE, 1, put=[make.event("e", item=item)]))


def test_a_stranger_is_no_write(store):
    with pytest.raises(TypeError, match="a store does not know str"):
        store.commit(["DROP TABLE user"])


def test_a_failing_write_takes_the_whole_commit_back(store, make):
    bad = make.add(BOB)
    bad = replace(bad, row=replace(bad.row, index=Plain(b"index")))
    with pytest.raises(sqlite3.ProgrammingError, match="type 'Plain' is not supported"):
        store.commit([make.add(ALICE), bad])
    assert store.users() == []
    store.commit([make.add(ALICE)])
    assert [row.user for row in store.users()] == [ALICE]


# ---- damage ---------------------------------------------------------------------------------------------------------


def test_a_row_that_cannot_be_read_is_the_end(store, make):
    store.commit([make.add(ALICE)])
    store._connection.execute("UPDATE durable SET body = '{'")
    with pytest.raises(StoreBroken, match=r"hybridcal\.db: a stored Durable cannot be read"):
        store.snapshot(ALICE)
    with pytest.raises(StoreBroken, match="cannot be read"):
        store.commit([make.add(BOB)])


def test_facts_are_json_without_text(store, make):
    store.commit([make.add(ALICE), make.save(ALICE, 1, put=[make.event("e")])])
    (fact,) = store._connection.execute("SELECT fact FROM event").fetchone()
    assert json.loads(fact)["start"] == [1_900_000_000, "Europe/Berlin"]
