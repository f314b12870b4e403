"""The supervisor: serving, dying and living again."""

from __future__ import annotations

import pytest

from actors.base import Died
from actors.protocol import (
    SUPERVISOR,
    Admit,
    ForgetUser,
    GetToken,
    Leave,
    Load,
    Permit,
    Ping,
    SaveOrder,
    Serve,
    ServeAll,
    SetAlarm,
    Sweep,
    Unsaved,
    View,
    Views,
)
from hybridcal_daemon.domain import restarts
from hybridcal_daemon.domain.effects import Submit
from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import HOUR, MINUTE
from tests.actors.actor_fakes import DEADLINE, Poison, told_to, uid
from tests.actors.actor_worlds import Company
from tests.actors.memory_store import MemoryStore

A, B = uid(1), uid(2)


def loads(company, user):
    return [message for message in told_to(company.told, "store", Load) if message.user == user]


def state(company, user):
    view = company.ask(SUPERVISOR, View(user))
    return view.state, view.code


def crash_until_parked(company, user):
    for _ in range(restarts.INTENSITY + 1):
        company.crash(user)
        company.advance(30.0)


# ---- serving


def test_access_and_keys_are_granted_before_the_first_request(company):
    company.services.token = Purpose.CALENDAR
    company.start(users=1)
    names = [(name, type(message)) for name, message in company.told]
    first = next(index for index, (_, kind) in enumerate(names) if kind is Submit)
    assert {("kms", Admit), ("tokens", Permit)} <= set(names[:first])
    assert company.services.lists(A)
    assert state(company, A) == ("active", "")
    assert not company.log.named("access.refused")


def test_whoever_is_served_already_is_left_alone(company):
    company.start(users=1)
    ref = company.directory.get(A)
    company.directory.tell(SUPERVISOR, Serve(company.store.rows[A]))
    company.directory.tell(SUPERVISOR, ServeAll((company.store.rows[A],)))
    company.settle()
    assert company.directory.get(A) is ref
    assert ref.is_alive()
    assert len(loads(company, A)) == 1


def test_thousands_begin_in_chunks_while_questions_are_answered():
    company = Company(store=MemoryStore())
    for number in range(1, 1501):
        company.store.add(uid(number), index=b"%d" % number)
    company.system.start()
    company.system.serve()
    views = company.ask(SUPERVISOR, Views())
    begun = len(told_to(company.told, "store", Load))
    assert len(views) == 1500
    assert begun <= 600
    company.scheduler.run_until(lambda: len(told_to(company.told, "store", Load)) == 1500, within=1.0)
    company.settle()
    assert all(company.alive(row.user) for row in company.store.users())


def test_somebody_who_is_activated_while_thousands_begin_begins_once():
    company = Company()
    rows = [uid(number) for number in range(1, 1001)]
    for number, user in enumerate(rows):
        company.store.add(user, index=b"%d" % number)
    company.system.start()
    company.system.serve()
    last = company.store.rows[rows[-1]]
    company.directory.tell(SUPERVISOR, Serve(last))
    company.directory.tell(SUPERVISOR, Sweep())
    company.settle()
    assert not company.log.named("actor.crashed")
    assert [len(loads(company, user)) for user in (rows[0], rows[-1])] == [1, 1]


def test_entropy_is_fresh_in_each_life(company):
    company.start(users=3)
    for _ in range(3):
        company.crash(A)
        company.advance(5.0)
    given = [message.entropy for message in told_to(company.told, "store", Load)]
    assert len(given) == 6
    assert len(set(given)) == 6
    assert all(len(entropy) == 32 for entropy in given)


# ---- dying


def test_a_crash_is_followed_by_a_life_from_what_is_on_disk(company):
    company.start(users=2)
    other = company.directory.get(B)
    token = company.store.durables[A].sync_token
    before = len(company.services.lists(A))
    company.crash(A)
    assert not company.alive(A)
    company.advance(0.4)
    assert not company.alive(A)
    company.advance(0.2)
    assert company.alive(A)
    company.advance(5.0)
    again = company.services.lists(A)[before]
    assert token
    assert again.sync_token == token
    assert again.request_id >> 40 == loads(company, A)[-1].incarnation
    assert company.directory.get(B) is other
    assert other.is_alive()
    (line,) = company.log.named("actor.crashed")
    assert (line["user"], line["error"]) == (A, "UnhandledMessageError")


def test_each_crash_waits_longer_and_the_sixth_parks(company):
    company.start(users=2)
    waits = []
    for _ in range(restarts.INTENSITY):
        company.crash(A)
        began, lives = company.now, len(loads(company, A))
        company.scheduler.run_until(lambda lives=lives: len(loads(company, A)) > lives, within=HOUR)
        waits.append(round(company.now - began, 3))
        company.settle()
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0]
    company.crash(A)
    assert state(company, A) == ("parked", "crashed")
    assert [line["user"] for line in company.log.named("user.parked")] == [A]
    assert state(company, B) == ("active", "")


def test_the_parked_are_tried_once_an_hour_until_they_live(company):
    company.start(users=1)
    crash_until_parked(company, A)
    assert state(company, A) == ("parked", "crashed")
    lives = len(loads(company, A))
    company.advance(HOUR - MINUTE)
    assert len(loads(company, A)) == lives
    company.advance(MINUTE)
    assert company.alive(A)
    assert state(company, A) == ("active", "")
    company.sweep()
    company.crash(A)
    assert state(company, A) == ("parked", "crashed")
    company.advance(HOUR)
    assert company.alive(A)
    company.advance(restarts.PERIOD)
    company.sweep()
    company.crash(A)
    assert state(company, A) == ("active", "")
    company.advance(1.0)
    assert company.alive(A)


def test_one_who_is_parked_does_not_hold_up_the_others(company):
    company.start(users=2)
    crash_until_parked(company, A)
    company.crash(B)
    company.advance(1.0)
    assert company.alive(B)
    assert state(company, A) == ("parked", "crashed")


def test_the_last_alarm_of_a_life_dies_with_it(company):
    company.start(users=1)
    company.advance(10.0)
    company.crash(A)
    assert told_to(company.told, "timers", SetAlarm)[-2:][0] == SetAlarm(A, None)


def test_when_many_crash_at_once_nobody_lives_again_for_a_while():
    company = Company().start(users=400)
    for number in range(1, 401):
        company.directory.tell(uid(number), Poison())
    company.settle()
    loaded = len(told_to(company.told, "store", Load))
    company.advance(restarts.BRAKE_FOR - 1.0)
    assert len(told_to(company.told, "store", Load)) <= loaded
    assert company.ask(SUPERVISOR, Ping()) is None
    company.advance(2.0)
    company.settle()
    assert all(company.alive(uid(number)) for number in range(1, 401))


def test_the_dead_of_whom_nobody_told_are_found_by_the_sweep(company):
    company.start(users=2)
    company.directory.get(A).stop(block=False)
    company.settle()
    assert not company.alive(A)
    company.sweep()
    assert [line["error"] for line in company.log.named("actor.crashed")] == ["silent"]
    company.advance(1.0)
    assert company.alive(A)
    assert len(loads(company, B)) == 1


def test_news_of_a_death_that_comes_after_the_next_life_began_changes_nothing(company):
    company.start(users=1)
    company.crash(A)
    company.advance(1.0)
    ref = company.directory.get(A)
    company.directory.tell(SUPERVISOR, Died(name=A, error="Late", trace=(), fatal=False))
    company.directory.tell(SUPERVISOR, Died(name="nobody", error="Odd", trace=(), fatal=False))
    company.settle()
    assert company.directory.get(A) is ref
    assert ref.is_alive()
    company.advance(HOUR)
    assert len(loads(company, A)) == 2


def test_lanes_forget_the_orders_of_the_last_life_before_the_next_one_orders(company):
    company.start(users=1)
    assert not told_to(company.told, "google", ForgetUser)
    company.crash(A)
    company.advance(5.0)
    life = loads(company, A)[-1].incarnation
    for lane in ("google", "webex"):
        assert told_to(company.told, lane, ForgetUser) == [ForgetUser(A, life)]
    heard = told_to(company.told, "google", ForgetUser, Submit)
    new = [index for index, each in enumerate(heard) if isinstance(each, Submit) and each.call.request_id >> 40 == life]
    assert new
    assert min(new) > heard.index(ForgetUser(A, life))


def test_a_user_whose_state_cannot_be_written_ends_up_parked_and_the_others_are_served(company):
    company.store.bad = {A}
    company.start(users=3)
    company.advance(2 * MINUTE)
    assert state(company, A) == ("parked", "crashed")
    assert [state(company, uid(number)) for number in (2, 3)] == [("active", "")] * 2
    assert told_to(company.told, A, Unsaved)
    assert not company.fatal
    company.store.bad = set()
    company.advance(HOUR)
    assert state(company, A) == ("active", "")


def test_a_clock_that_was_set_back_prolongs_no_rest(company):
    company.start(users=2)
    crash_until_parked(company, A)
    company.scheduler.clock.jump(-10 * 24 * HOUR)
    company.sweep()
    company.advance(HOUR + 1.0)
    assert company.alive(A)


def test_a_life_that_ended_orders_nothing_any_more(company):
    """Messages behind the one that killed it are not handled."""
    company.start(users=1)
    company.directory.tell(A, Poison())
    old = company.directory.get(A)
    for _ in range(5):
        company.directory.tell(A, Unsaved())
    company.settle()
    told = len(told_to(company.told, "store", SaveOrder))
    company.advance(0.3)
    assert not old.is_alive()
    assert len(told_to(company.told, "store", SaveOrder)) == told
    assert len(company.log.named("actor.crashed")) == 1


def test_nobody_gets_a_token_for_a_stranger(company):
    company.start(users=1)
    with pytest.raises(CallError, match="not-permitted"):
        company.ask("tokens", GetToken(uid(9), Purpose.CALENDAR), DEADLINE)
    company.settle()
    (audit,) = company.store.audits
    assert (audit.actor, audit.user) == ("tokens", uid(9))


def test_a_leaving_user_that_has_not_begun_is_not_forgotten():
    company = Company()
    users = [uid(number) for number in range(1, 1001)]
    for number, user in enumerate(users):
        company.store.add(user, index=b"%d" % number)
    company.system.start()
    company.system.serve()
    company.directory.tell(SUPERVISOR, Leave(users[-1]))
    company.scheduler.run_until(lambda: users[-1] not in company.store.rows, within=MINUTE)
    assert users[-1] not in company.store.rows
    assert len(company.store.rows) == 999
