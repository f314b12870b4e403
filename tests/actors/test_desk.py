"""The desk: everybody who waits for an errand is told, and what has ended is on record."""

from __future__ import annotations

import pytest

from actors.desk import Desk
from actors.protocol import DESK, Ask, AskKept, AskRedecorate, Record, Sweep
from hybridcal_daemon.domain.effects import ErrandReplied, Kept, Redecorated
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import ErrandAsked, RedecorateAsked, SiteChosen
from hybridcal_daemon.domain.values import Sealed
from tests.actors.actor_fakes import uid

USER = uid(1)


@pytest.fixture
def desk(bench):
    bench.ear("store")
    bench.ear(USER)
    return bench.spawn(DESK, Desk, bench.directory, bench.clock, bench.runtime.future)


def errand(key="k", digest="d"):
    return ErrandAsked(key=key, kind="insert", ask=Sealed(b"ask"), digest=digest, by="uid:7")


def reply(key="k", code="", digest="d", ended="insert"):
    answer = None if code else Sealed(b"answer")
    return ErrandReplied(user=USER, key=key, code=code, answer=answer, digest=digest, ended=ended, by="uid:7")


def asked(bench, desk, question=None, wait=10.0):
    """The future of a question."""
    future = desk.ask(Ask(USER, question or errand(), wait), block=False)
    bench.settle()
    return future.get(timeout=1)


def test_who_waits_for_a_count_of_blocks_gets_it(bench, desk):
    wish = RedecorateAsked(key="k", dry=True)
    future = desk.ask(AskRedecorate(USER, wish, 10.0), block=False)
    bench.settle()
    future = future.get(timeout=1)
    assert bench.heard(USER, RedecorateAsked) == [wish]
    told = Redecorated(user=USER, key="k", blocks=3, redone=2)
    bench.tell(DESK, told)
    bench.settle()
    assert given(future) == told
    assert bench.heard("store", Record) == []


def test_who_chose_something_is_told_when_it_is_on_disk(bench, desk):
    wish = SiteChosen(site="acme.webex.com", key="k")
    future = desk.ask(AskKept(USER, wish, 10.0), block=False)
    bench.settle()
    future = future.get(timeout=1)
    assert bench.heard(USER, SiteChosen) == [wish]
    bench.tell(DESK, Kept(user=USER, key="k"))
    bench.settle()
    assert given(future) == Kept(user=USER, key="k")


def given(future):
    return future.get(timeout=0)


def test_who_waits_gets_the_outcome(bench, desk):
    future = asked(bench, desk)
    assert bench.heard(USER, ErrandAsked) == [errand()]
    bench.tell(DESK, reply())
    bench.settle()
    assert given(future) == reply()


def test_all_who_wait_for_the_same_get_the_same_and_others_their_own(bench, desk):
    futures = [asked(bench, desk) for _ in range(3)]
    other = asked(bench, desk, errand(digest="another wish"))
    bench.tell(DESK, reply(code="key-reused", digest="another wish", ended=""), reply())
    bench.settle()
    assert [given(future) for future in futures] == [reply()] * 3
    assert given(other).code == "key-reused"


def test_somebody_who_is_not_there_is_not_waited_for(bench, desk):
    bench.directory.remove(USER)
    with pytest.raises(CallError, match="busy"):
        given(asked(bench, desk))


def test_what_nobody_fetches_is_let_go(bench, desk):
    early, late = asked(bench, desk, wait=10.0), asked(bench, desk, errand("later"), wait=100.0)
    bench.advance(14.0)
    bench.tell(DESK, Sweep())
    bench.settle()
    actor = desk._actor_weakref()
    assert len(actor._waiting) == 2
    bench.advance(2.0)
    bench.tell(DESK, Sweep())
    bench.settle()
    with pytest.raises(CallError, match="busy"):
        given(early)
    assert len(actor._waiting) == len(actor._until) == 1
    bench.tell(DESK, reply("later"))
    bench.settle()
    assert given(late) == reply("later")
    assert len(actor._waiting) == len(actor._until) == 0


@pytest.mark.usefixtures("desk")
def test_each_end_is_on_record_with_who_had_asked_and_nothing_else(bench):
    bench.tell(DESK, reply(), reply("k2", code="errand-in-doubt"), reply("k3", ended=""))
    bench.settle()
    audits = [record.audit for record in bench.heard("store", Record)]
    assert [(audit.actor, audit.action, audit.user, audit.outcome) for audit in audits] == [
        ("uid:7", "errand-insert", USER, "done"),
        ("uid:7", "errand-insert", USER, "errand-in-doubt"),
    ]


def test_when_it_stops_nobody_is_left_waiting(bench, desk):
    future = asked(bench, desk)
    desk.stop(block=False)
    bench.settle()
    with pytest.raises(CallError) as error:
        given(future)
    assert (error.value.kind, error.value.code) == (Kind.TRANSIENT, "busy")
