"""The supervisor: what it says to those who ask, alarms, settings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actors.protocol import (
    SUPERVISOR,
    Alarms,
    Gone,
    Leave,
    Load,
    NewSettings,
    Tell,
    Verdict,
    View,
    Views,
)
from hybridcal_daemon.domain.effects import Goodbye
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import ResyncAsked, SettingsChanged, Started
from hybridcal_daemon.domain.values import HOUR, MINUTE
from tests.actors.actor_fakes import QUIET, told_to, uid
from tests.actors.actor_worlds import Company

A, B, C = uid(1), uid(2), uid(3)
ALL = (Kind.CONFIG, "google-unauthorized-client")
OUT = (Kind.TRANSIENT, "google-unavailable")


def verdict(company, user):
    return company.directory.get(SUPERVISOR).ask(Verdict(user), block=False).get()


def codes(company):
    return [alarm.code for alarm in company.ask(SUPERVISOR, Alarms())]


# ---- verdicts


def test_a_verdict_comes_with_the_first_report_that_is_not_pending(company):
    company.services.fails[A] = OUT
    company.start(users=1)
    futures = [verdict(company, A) for _ in range(3)]
    with pytest.raises(CallError, match="busy"):
        company.system.asker.ask(SUPERVISOR, Verdict(A), 1.0)
    company.services.fails.clear()
    company.advance(HOUR)
    assert [future.get(timeout=1.0).state for future in futures] == ["active"] * 3
    assert verdict(company, A).get(timeout=1.0).state == "active"
    assert verdict(company, uid(9)).get(timeout=1.0) is None


def test_asking_again_and_again_piles_nothing_up(company):
    company.services.fails[A] = OUT
    company.start(users=1)
    first = verdict(company, A)
    assert all(verdict(company, A) is first for _ in range(100))
    waiting = [company.directory.get(SUPERVISOR).ask(Gone(A), block=False).get() for _ in range(2)]
    assert waiting[0] is waiting[1]


def test_a_verdict_comes_when_the_user_is_parked(company):
    company.services.fails[A] = OUT
    company.start(users=1)
    future = verdict(company, A)
    for _ in range(6):
        company.crash(A)
        company.advance(30.0)
    assert future.get(timeout=1.0).code == "crashed"


def test_a_verdict_comes_when_the_user_has_to_leave(company):
    company.services.fails[A] = OUT
    company.start(users=1)
    future = verdict(company, A)
    company.crash(A)  # between two lives nobody reports anything
    company.directory.tell(SUPERVISOR, Leave(A))
    assert future.get(timeout=0.1).state == "leaving"


def test_a_verdict_of_somebody_who_is_erased_is_that_there_is_nobody(company):
    company.services.fails[A] = OUT
    company.start(users=1)
    future = verdict(company, A)
    company.directory.tell(SUPERVISOR, Goodbye(user=A))
    assert future.get(timeout=1.0) is None


def test_whoever_waits_when_the_daemon_stops_is_answered(company):
    company.services.fails[A] = OUT
    company.start(users=2)
    futures = [verdict(company, A), company.directory.get(SUPERVISOR).ask(Gone(B), block=False).get()]
    company.system.stop()
    for future in futures:
        with pytest.raises(CallError, match="busy"):
            future.get(timeout=1.0)


# ---- views


def test_views_show_everybody_by_id(company):
    company.start(users=3)
    views = company.ask(SUPERVISOR, Views())
    assert [view.user for view in views] == [A, B, C]
    assert {view.state for view in views} == {"active"}
    assert all(view.synced_at == company.store.durables[view.user].synced_at > 0 for view in views)
    assert company.ask(SUPERVISOR, View(uid(9))) is None


def test_a_view_before_the_first_report_is_what_the_store_knew():
    company = Company()
    company.store.add(A, at=company.now)
    company.scheduler.delay("store", 5.0, 5.0)
    company.system.start()
    company.system.serve()
    view = company.ask(SUPERVISOR, View(A))
    assert (view.state, view.since, view.meetings) == ("pending", company.store.rows[A].standing.since, 0)


# ---- alarms


def test_a_widespread_trouble_is_one_alarm_raised_once_and_cleared_once(company):
    company.services.fails = dict.fromkeys((A, B, C), ALL)
    company.start(users=3)
    since = company.ask(SUPERVISOR, Alarms())[0].since
    company.advance(MINUTE)
    company.sweep()
    assert codes(company) == ["google-unauthorized-client"]
    assert company.ask(SUPERVISOR, Alarms())[0].since == since
    assert len(company.log.named("alarm.raised")) == 1
    company.services.fails = {A: ALL}
    company.advance(HOUR)
    company.sweep()
    assert codes(company) == ["google-unauthorized-client"]
    company.services.fails = {}
    company.advance(2 * HOUR)
    company.sweep()
    assert codes(company) == []
    assert len(company.log.named("alarm.raised")) == len(company.log.named("alarm.cleared")) == 1


@pytest.mark.parametrize("code", ["google-scope", "google-api-disabled", "google-daily-limit"])
def test_what_only_an_admin_can_mend_is_an_alarm(company, code):
    company.services.fails[A] = (Kind.CONFIG, code)
    company.start(users=2)
    assert codes(company) == [code]


def test_the_trouble_of_one_person_is_no_alarm(company):
    company.services.fails[A] = (Kind.USER, "google-no-such-user")
    company.start(users=2)
    assert codes(company) == []
    assert company.ask(SUPERVISOR, View(A)).code == "google-no-such-user"


def test_an_alarm_does_not_outlive_those_who_reported_it(company):
    company.services.fails[A] = ALL
    company.start(users=2)
    assert codes(company) == ["google-unauthorized-client"]
    for _ in range(6):
        company.crash(A)
        company.advance(30.0)
    company.sweep()
    assert codes(company) == []


def test_an_alarm_ends_with_its_last_user(company):
    company.services.fails[A] = ALL
    company.start(users=1)
    company.directory.tell(SUPERVISOR, Leave(A))
    company.advance(MINUTE)
    assert codes(company) == []


# ---- settings


def test_new_settings_reach_everybody_and_the_next_lives(company):
    company.start(users=2)
    new = replace(QUIET, poll_interval=77.0)
    company.directory.tell(SUPERVISOR, NewSettings(new))
    company.settle()
    for user in (A, B):
        assert told_to(company.told, user, SettingsChanged) == [SettingsChanged(settings=new)]
    company.crash(A)
    company.advance(5.0)
    assert told_to(company.told, "store", Load)[-1].settings == new
    assert told_to(company.told, A, Started)[-1].settings == new


def test_settings_that_change_while_a_life_begins_are_not_lost():
    """The user has not begun, so it cannot hear; the store is about to send it the old ones."""
    company = Company()
    company.store.add(A)
    company.scheduler.delay("store", 5.0, 5.0)
    company.system.start()
    company.system.serve()
    company.scheduler.run_until(lambda: bool(told_to(company.told, "store", Load)), within=60.0)
    new = replace(QUIET, poll_interval=77.0)
    company.directory.tell(SUPERVISOR, NewSettings(new))
    company.advance(MINUTE)
    kinds = [type(message) for message in told_to(company.told, A, Started, SettingsChanged)]
    assert kinds == [SettingsChanged, Started, SettingsChanged]
    before = len(company.services.lists(A))
    company.advance(2 * 77.0 + 10.0)
    assert len(company.services.lists(A)) >= before + 2


def test_tell_passes_on_to_one_or_to_all(company):
    company.start(users=3)
    company.directory.tell(SUPERVISOR, Tell(A, ResyncAsked()))
    company.directory.tell(SUPERVISOR, Tell(None, ResyncAsked()))
    company.directory.tell(SUPERVISOR, Tell(uid(9), ResyncAsked()))
    company.settle()
    heard = [len(told_to(company.told, user, ResyncAsked)) for user in (A, B, C)]
    assert heard == [2, 1, 1]
