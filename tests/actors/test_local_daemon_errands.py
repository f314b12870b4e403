"""Errands through the daemon's surface, over the real actors on virtual time."""

from __future__ import annotations

import json

import pytest

from actors.protocol import ForgetKey
from hybridcal_daemon.domain.calls import RunErrand
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import ErrandAsked
from hybridcal_daemon.domain.values import HOUR, MINUTE, Instant, Plain, Secret, Timed, Window
from hybridcal_daemon.domain.wishes import Delete, Explain, FreeBusy, Insert, QuickAdd
from hybridcal_daemon.ports import UnknownUser
from tests.actors.actor_fakes import told_to, uid
from tests.actors.local_house import ALICE, BEARER, BOB, BY, acts

PLAN = Insert(title=Plain("SECRET plan"), start=Timed(at=1, tz="UTC"), end=Timed(at=9, tz="UTC"))
BUSY = FreeBusy(window=Window(start=Instant(0), end=Instant(9)), calendars=(BOB,))


@pytest.fixture
def alice(house):
    house.activate(ALICE)
    return house


def run(house, wish=PLAN, *, key="", by=BY, wait=30.0, address=ALICE):
    return house.daemon.errand(address, wish, by=by, key=key, wait=wait)


def done(house):
    return [call for call in house.company.services.calls if isinstance(call, RunErrand)]


def test_a_wish_is_done_and_told(alice):
    outcome = run(alice)
    assert outcome.state == "done"
    assert json.loads(outcome.answer.reveal()) == {"event": {"id": "e1"}}
    (call,) = done(alice)
    assert call.event_id.startswith("hc")


def test_its_begin_is_on_record_before_it_is_passed_on_and_its_end_after(alice):
    run(alice)
    alice.company.settle()
    audits = [(audit.actor, audit.action, audit.outcome) for audit in alice.company.store.audits]
    assert audits[1:] == [(BY, "errand-insert", "begun"), (BY, "errand-insert", "done")]


def test_a_look_is_not_on_record(alice):
    run(alice, BUSY)
    assert [act for _, act, _ in acts(alice)] == ["activate"]


def test_a_full_disk_is_the_answer_and_nothing_is_passed_on(alice):
    alice.company.store.full = True
    with pytest.raises(CallError, match="disk-full"):
        run(alice)
    assert not told_to(alice.company.told, uid(1), ErrandAsked)


def test_who_is_about_to_be_served_is_not_refused_but_asked_to_come_again(alice):
    alice.company.system.directory.tell("kms", ForgetKey(uid(1)))
    alice.company.settle()
    with pytest.raises(CallError, match="busy"):
        run(alice)
    assert not told_to(alice.company.told, uid(1), ErrandAsked)


def test_the_same_key_is_the_same_event_and_the_same_answer(alice):
    first, again = run(alice, key="mine"), run(alice, key="mine")
    assert first == again
    assert first.key == "mine"
    assert len(done(alice)) == 1


def test_without_a_key_each_is_another_one_and_its_key_can_be_used_again(alice):
    first, second = run(alice), run(alice)
    assert first.key != second.key
    assert len(done(alice)) == 2
    assert run(alice, key=first.key) == first
    assert len(done(alice)) == 2
    assert len({call.event_id for call in done(alice)}) == 2


def test_another_wish_under_a_key_is_refused(alice):
    run(alice, key="mine")
    for other in (QuickAdd(text=Plain("Lunch")), Delete(event_id="e1")):
        with pytest.raises(CallError) as refused:
            run(alice, other, key="mine")
        assert (refused.value.kind, refused.value.code) == (Kind.CONFLICT, "key-reused")
    assert len(done(alice)) == 1


def test_a_key_belongs_to_who_chose_it_and_to_one_calendar(alice):
    alice.activate(BOB)
    run(alice, key="mine")
    run(alice, QuickAdd(text=Plain("Lunch")), key="mine", by="uid:2")
    run(alice, Delete(event_id="e1"), key="mine", address=BOB)
    assert len(done(alice)) == 3


def test_nothing_that_was_typed_reaches_an_actor_in_clear(alice):
    run(alice, key="SECRET-key")
    asked = told_to(alice.company.told, uid(1), ErrandAsked)
    plain = repr(asked).replace(repr(asked[0].ask), "")
    assert "SECRET" not in plain
    assert "SECRET" not in repr(alice.company.store.rows)


@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.NOT_FOUND])
def test_a_refusal_is_the_answer(alice, kind):
    code = {"refused": "errand-own-event", "not-found": "google-not-found"}[kind.value]
    alice.company.services.fails[uid(1)] = (kind, code)
    with pytest.raises(CallError) as refused:
        run(alice, Delete(event_id="e1"))
    assert (refused.value.kind, refused.value.code) == (kind, code)


def test_what_is_not_done_in_time_goes_on_and_can_be_asked_for_again(alice):
    alice.company.services.fails[uid(1)] = (Kind.TRANSIENT, "google-unavailable")
    outcome = run(alice, wait=3.0)
    assert (outcome.state, outcome.answer) == ("pending", None)
    alice.company.services.fails.clear()
    alice.company.advance(5 * MINUTE)
    assert run(alice, key=outcome.key).state == "done"


def test_a_look_that_gets_no_answer_is_busy(alice):
    alice.company.scheduler.delay(uid(1), 100.0, 100.0)
    with pytest.raises(CallError, match="busy"):
        run(alice, BUSY, wait=3.0)


def test_what_was_stored_outlives_the_actor(alice):
    alice.company.services.fails[uid(1)] = (Kind.TRANSIENT, "google-unavailable")
    outcome = run(alice, wait=1.0)
    alice.company.crash(uid(1))
    alice.company.services.fails.clear()
    alice.company.advance(10 * MINUTE)
    assert run(alice, key=outcome.key).state == "done"


def test_an_explanation_is_told_in_reasons(alice):
    outcome = run(alice, Explain(event_id="e1"))
    assert [reason.code for reason in outcome.reasons] == ["no-such-event"]


def test_a_reader_asks_for_their_own_calendar_only(alice):
    alice.activate(BOB)
    outcome = alice.daemon.reader_errand(BEARER, PLAN, key="", wait=10.0)
    assert outcome.state == "done"
    assert {call.user for call in done(alice)} == {uid(1)}
    assert ("reader", "errand-insert", uid(1)) in acts(alice)
    with pytest.raises(CallError, match="bearer-invalid"):
        alice.daemon.reader_errand(Secret("nobody's"), PLAN, key="", wait=10.0)


def test_nobody_asks_for_somebody_unknown_or_gone(alice):
    with pytest.raises(UnknownUser):
        run(alice, address=BOB)
    alice.daemon.deactivate(ALICE, by=BY, wait=60.0)
    with pytest.raises(UnknownUser):
        run(alice)


def test_who_waits_is_told_when_the_person_is_deactivated(alice):
    alice.company.services.fails[uid(1)] = (Kind.TRANSIENT, "google-unavailable")
    outcome = run(alice, wait=1.0)
    alice.company.scheduler.after(2.0, lambda: alice.company.system.directory.tell("supervisor", leave()))
    with pytest.raises(CallError) as dropped:
        run(alice, key=outcome.key, wait=HOUR)
    assert dropped.value.code == "errand-dropped"


def leave():
    from actors.protocol import Leave  # noqa: PLC0415 - used once

    return Leave(uid(1))
