"""The supervisor: saying goodbye, whatever happens meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actors.protocol import (
    SUPERVISOR,
    Erase,
    Erased,
    ForgetKey,
    ForgetUser,
    GetToken,
    Gone,
    LaneStatus,
    Leave,
    Load,
    Revoke,
    SetAlarm,
    Verdict,
    View,
    WriteNow,
)
from hybridcal_daemon.domain.effects import Goodbye
from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.lane import LaneSettings
from hybridcal_daemon.domain.messages import Deactivated
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import HOUR, MINUTE
from hybridcal_daemon.ports import LeaveUser
from tests.actors.actor_fakes import QUIET, Poison, told_to, uid
from tests.actors.actor_worlds import Company

A, B = uid(1), uid(2)


def leave(company, user):
    """As an admin's deactivation: written down first."""
    company.ask("store", WriteNow((LeaveUser(user=user, at=company.now),)))
    company.directory.tell(SUPERVISOR, Leave(user))


def gone(company, user):
    return company.directory.get(SUPERVISOR).ask(Gone(user), block=False).get()


def erased(company, user):
    nothing = user not in company.store.rows and user not in company.vault.admitted
    return nothing and company.directory.get(user) is None and company.ask(SUPERVISOR, View(user)) is None


def park(company, user):
    for _ in range(6):
        company.crash(user)
        company.advance(30.0)
    assert company.ask(SUPERVISOR, View(user)).state == "parked"


def test_goodbye_closes_the_gate_before_the_rows_go(company):
    company.start(users=2)
    leave(company, A)
    assert company.ask(SUPERVISOR, View(A)).state == "leaving"
    company.settle()
    kinds = [type(message) for _, message in company.told if isinstance(message, Goodbye | Revoke | Erase | ForgetKey)]
    assert kinds == [Goodbye, Revoke, Erase, ForgetKey]
    assert erased(company, A)
    assert company.log.named("user.erased") == [{"user": A}]
    assert company.ask(SUPERVISOR, View(B)).state == "active"
    company.advance(2 * HOUR)
    assert not [call for call in company.services.calls[2:] if call.user == A]


def test_everybody_who_waits_hears_when_the_user_is_gone(company):
    company.start(users=1)
    futures = [gone(company, A) for _ in range(3)]
    leave(company, A)
    assert [future.get(timeout=5.0) for future in futures] == [None] * 3
    assert gone(company, A).get(timeout=1.0) is None
    assert gone(company, uid(9)).get(timeout=1.0) is None


def test_a_second_deactivation_changes_nothing(company):
    company.start(users=1)
    leave(company, A)
    leave(company, A)
    company.settle()
    leave(company, A)
    company.settle()
    assert len(told_to(company.told, "store", Erase)) == 1
    assert erased(company, A)


@pytest.mark.parametrize("stops", ["process", "actor"])
def test_a_restart_while_leaving_goes_on_with_it(stops):
    company = Company().start(users=2)
    company.scheduler.delay("webex", 5.0, 5.0)
    company.scheduler.delay("google", 5.0, 5.0)
    company.ask("store", WriteNow((LeaveUser(user=A, at=company.now),)))
    if stops == "process":
        company.scheduler.crash()
        again = Company(store=company.store, scheduler=company.scheduler)
        again.system.start()
        again.system.serve()
        company = again
    else:
        company.crash(A)
        company.directory.tell(SUPERVISOR, Leave(A))
    company.advance(MINUTE)
    assert erased(company, A)
    assert company.alive(B)


def test_somebody_between_two_lives_says_goodbye_in_the_next_one(company):
    company.start(users=1)
    company.crash(A)
    leave(company, A)
    company.settle()
    assert A in company.store.rows
    assert not told_to(company.told, "store", Erase)
    company.advance(5.0)
    assert erased(company, A)
    assert told_to(company.told, SUPERVISOR, Goodbye)


def test_a_parked_user_is_erased_at_once(company):
    company.start(users=1)
    park(company, A)
    leave(company, A)
    company.settle()
    assert erased(company, A)
    lives = len(told_to(company.told, "store", Load))
    company.advance(2 * HOUR)
    assert len(told_to(company.told, "store", Load)) == lives


def test_a_parked_user_does_not_come_back_while_the_store_cannot_erase():
    company = Company().start(users=1)
    park(company, A)
    company.store.full = True
    company.directory.tell(SUPERVISOR, Leave(A))
    lives = len(told_to(company.told, "store", Load))
    company.advance(2 * HOUR)
    assert len(told_to(company.told, "store", Load)) == lives
    company.store.full = False
    company.advance(2.0)
    assert erased(company, A)


@pytest.mark.parametrize("poisoned", ["states", "messages"])
def test_a_user_who_crashes_in_leaving_is_erased_all_the_same(poisoned):
    """Deactivated is deactivated: no fault of the program may keep the rows for hours."""
    company = Company(settings=replace(QUIET, push=True)).start(users=2)
    assert company.store.durables[A].channels
    company.services.refuse_to_stop = True  # something outside remains, so that it does not end at once
    leave(company, A)
    company.advance(1.0)
    if poisoned == "states":
        company.store.bad = {A}
    for _ in range(6):
        if poisoned == "messages":
            company.crash(A)
        company.advance(8.1)
    company.advance(1.0)
    assert erased(company, A)
    assert company.alive(B)


def test_nobody_comes_back_while_the_store_cannot_erase():
    company = Company().start(users=2)
    company.store.full = True
    company.directory.tell(SUPERVISOR, Leave(A))
    company.advance(MINUTE)
    assert told_to(company.told, "store", Erase)
    lives = len(told_to(company.told, "store", Load))
    for _ in range(10):
        company.sweep()
        company.advance(30.0)
    assert len(told_to(company.told, "store", Load)) == lives
    assert not company.log.named("actor.crashed")
    assert company.ask(SUPERVISOR, View(A)).state == "leaving"
    with pytest.raises(CallError, match="not-permitted"):
        company.ask("tokens", GetToken(A, Purpose.CALENDAR))
    company.store.full = False
    company.advance(2.0)
    assert erased(company, A)


def test_a_death_after_the_goodbye_starts_no_life(company):
    company.start(users=1)
    company.scheduler.delay("store", 20.0, 20.0)
    company.directory.tell(SUPERVISOR, Goodbye(user=A))
    company.directory.tell(A, Poison())
    company.advance(10.0)
    assert not company.alive(A)
    company.advance(HOUR)
    assert erased(company, A)
    assert len(told_to(company.told, "store", Load)) == 1


def test_nothing_of_a_deactivated_user_is_left_in_any_memory(company):
    company.services.token = Purpose.CALENDAR
    company.start(users=2)
    waiting = company.directory.get(SUPERVISOR).ask(Verdict(A), block=False)
    assert waiting.get().get(timeout=1.0).state == "active"
    leave(company, A)
    company.advance(MINUTE)
    assert erased(company, A)
    assert company.told.index(("timers", SetAlarm(A, None))) > 0
    tokens = company.system._tokens
    assert A not in tokens.admitted
    assert not [key for key in [*tokens.held, *tokens.refused, *tokens.minting] if key[0] == A]
    for lane in ("google", "webex"):
        assert told_to(company.told, lane, ForgetUser)[-1].user == A
        assert company.ask(lane, LaneStatus())[1:] == (0, 0)


def test_orders_of_the_gone_leave_the_queue():
    slow = LaneSettings(workers=1, per_minute=1.0, burst=1)
    company = Company(lanes={"google": slow, "webex": slow}).start(users=3)
    assert company.ask("google", LaneStatus())[1] == 3
    company.directory.tell(SUPERVISOR, Leave(B))
    company.advance(MINUTE)
    assert erased(company, B)
    company.advance(HOUR)
    assert {call.user for call in company.services.lists()} == {A, uid(3)}
    assert company.ask("google", LaneStatus())[1] == 0


def test_deactivated_reaches_a_user_who_restarted_before_it_was_written_down(company):
    """The order came before the row: the first report shows it, and the user is told again."""
    company.start(users=1)
    company.crash(A)
    company.directory.tell(SUPERVISOR, Leave(A))
    company.settle()
    company.advance(MINUTE)
    assert told_to(company.told, A, Deactivated)
    assert erased(company, A)


def test_erased_is_the_end_of_the_key(company):
    company.start(users=1)
    leave(company, A)
    company.settle()
    assert ("kms", ForgetKey(A)) in company.told
    assert company.told.index((SUPERVISOR, Erased(A))) < company.told.index(("kms", ForgetKey(A)))
