"""The whole cast: how it starts and stops, who is missed when silent, what a death means."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from actors.protocol import (
    SUPERVISOR,
    Hold,
    LaneStatus,
    NewSettings,
    Renew,
    Retune,
    SaveOrder,
    ServeAll,
    SetAlarm,
    Sweep,
    Unlock,
    View,
)
from hybridcal_daemon.adapters.store import StateLocked
from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.lane import LaneSettings
from hybridcal_daemon.domain.messages import ResyncAsked, Woke
from hybridcal_daemon.domain.values import Instant
from tests.actors.actor_fakes import (
    DEADLINE,
    QUIET,
    WIDE,
    Poison,
    order,
    save,
    told_to,
    uid,
)

A, B = uid(1), uid(2)


# ---- starting


def test_everybody_starts_after_those_they_lean_on(company):
    names = []
    real = company.directory.put
    company.directory.put = lambda name, ref: (names.append(name), real(name, ref))
    company.start(users=1)
    place = {name: names.index(name) for name in names}
    workers = [*(f"google-{n}" for n in range(4)), *(f"webex-{n}" for n in range(4))]
    assert names[:3] == ["timers", "store", "kms"]
    assert names[-1] == A
    assert place[SUPERVISOR] == len(names) - 2
    for worker in workers:
        assert place["tokens"] < place[worker] < place[worker.split("-")[0]] < place[SUPERVISOR]
    assert max(place["minter-0"], place["minter-1"]) < place["tokens"]


def test_a_locked_state_directory_is_what_the_caller_hears(company):
    company.store.refuses_to_open = StateLocked("/var/lib/hybridcal is in use by process 7")
    with pytest.raises(StateLocked, match="process 7"):
        company.system.start()
    company.settle()
    assert not company.fatal


@pytest.mark.parametrize("users", [0, 2])
def test_the_vault_may_make_keys_only_where_nobody_is_activated(company, users):
    fresh = []
    world = company.system._world
    make = world.make_vault
    object.__setattr__(world, "make_vault", lambda asker, new: (fresh.append(new), make(asker, new))[1])
    company.start(users=users)
    assert fresh == [users == 0]


def test_a_sealed_vault_is_no_reason_not_to_serve(company):
    company.vault.trouble = "kms-keyring-missing"
    company.system.start()
    assert company.system.serve() == "kms-keyring-missing"
    assert told_to(company.told, SUPERVISOR, ServeAll)
    company.vault.trouble = ""
    company.sweep()
    assert company.vault.sealed == ""


# ---- running


def test_sweep_asks_for_the_keys_only_while_they_are_away(company):
    company.start()
    unlocks = len(told_to(company.told, "kms", Unlock))
    company.sweep()
    assert told_to(company.told, SUPERVISOR, Sweep)
    assert told_to(company.told, "timers", Sweep)
    assert len(told_to(company.told, "kms", Unlock)) == unlocks
    company.vault.sealed = "kms-sealed"
    company.sweep()
    assert len(told_to(company.told, "kms", Unlock)) == unlocks + 1


def test_a_reload_reaches_everybody_whom_it_concerns(company):
    company.start(users=1)
    slow = LaneSettings(workers=4, per_minute=60.0)
    company.system.retune(QUIET, {"google": slow, "webex": WIDE})
    assert told_to(company.told, SUPERVISOR, NewSettings) == [NewSettings(QUIET)]
    assert told_to(company.told, "google", Retune) == [Retune(slow)]
    for name in ("google-0", "google-3", "webex-0", "minter-0", "minter-1", "tokens"):
        assert told_to(company.told, name, Renew) == [Renew()]


def test_messages_to_users(company):
    company.start(users=2)
    company.system.tell_user(A, ResyncAsked())
    company.system.tell_user(uid(9), ResyncAsked())
    company.system.broadcast(ResyncAsked())
    company.settle()
    assert [len(told_to(company.told, user, ResyncAsked)) for user in (A, B)] == [2, 1]


# ---- deaths


@pytest.mark.parametrize("name", ["timers", "store", "kms", "minter-0", "tokens", "google", "webex-2", SUPERVISOR])
def test_the_death_of_a_singleton_is_fatal(company, name):
    company.start(users=1)
    company.directory.tell(name, Poison())
    company.settle()
    assert [(died.name, died.error) for died in company.fatal] == [(name, "UnhandledMessageError")]


def test_one_cause_is_told_and_not_what_follows_from_it(company):
    company.start(users=1)
    for name in ("kms", "tokens", "store"):
        company.directory.tell(name, Poison())
    company.settle()
    assert len(company.fatal) == 1


def test_the_death_of_a_user_is_not_fatal(company):
    company.start(users=1)
    company.crash(A)
    assert not company.fatal


# ---- silence


def test_a_part_that_does_not_answer_is_named(company):
    company.start(users=1)
    assert company.system.silent(5.0) == ""
    for name in ("google", "tokens", SUPERVISOR, "timers", "store"):
        company.scheduler.delay(name, 1e6, 1e6)
        assert company.system.silent(5.0) == name


def test_timers_that_answer_but_do_not_ring_are_silent_too(company):
    company.start(users=1)
    timers = company.directory.get("timers")._actor_weakref()
    timers._alarm = SimpleNamespace(set=lambda _at: None)
    company.directory.tell("timers", SetAlarm("a", Instant(company.now + 5.0)))
    company.advance(10.0)
    assert company.system.silent(5.0) == ""
    company.advance(20.0)
    assert company.system.silent(5.0) == "timers"


def test_a_store_that_hangs_in_the_disk_is_named(threaded):
    threaded.start(users=1)
    inside, go = threading.Event(), threading.Event()
    threaded.store.before_commit = lambda: (inside.set(), go.wait(DEADLINE))
    threaded.system.directory.tell("store", SaveOrder(save(A, 1000)))
    assert inside.wait(DEADLINE)
    assert threaded.system.silent(0.05) == "store"
    go.set()
    assert threaded.system.silent(DEADLINE) == ""


# ---- draining and stopping


def hanging(threaded):
    """Let requests hang; gives the events (one has begun, they may go on)."""
    begun, go = threading.Event(), threading.Event()
    threaded.services.before = lambda _call: (begun.set(), go.wait(DEADLINE))
    return begun, go


def test_drain_waits_for_what_is_under_way(threaded):
    begun, go = hanging(threaded)
    threaded.start(users=1)
    assert begun.wait(DEADLINE)
    ended = []
    waiter = threading.Thread(target=lambda: ended.append(threaded.system.drain(DEADLINE)))
    waiter.start()
    go.set()
    waiter.join(DEADLINE)
    assert ended == [True]
    threaded.system.directory.tell("google", order(A, 7))
    assert threaded.system.asker.ask("google", LaneStatus())[1:] == (1, 0)


def test_drain_gives_up_on_what_does_not_end(threaded):
    begun, go = hanging(threaded)
    threaded.start(users=1)
    assert begun.wait(DEADLINE)
    assert threaded.system.drain(0.1) is False
    go.set()


def test_drain_does_not_wait_for_a_dead_lane(threaded):
    threaded.start()
    threaded.system.directory.tell("webex", Poison())
    assert threaded.died.wait(DEADLINE)
    assert threaded.system.drain(0.1) is False


def test_stop_goes_in_reverse_and_the_last_batch_is_on_disk(threaded):
    threaded.start(users=3)
    inside, go = threading.Event(), threading.Event()
    threaded.store.before_commit = lambda: (inside.set(), go.wait(DEADLINE))
    threaded.store.add(uid(9))  # has no actor of its own that saves meanwhile
    tell = threaded.system.directory.tell
    tell("store", SaveOrder(save(uid(9), 1)))
    assert inside.wait(DEADLINE)
    for version in range(2, 100):
        tell("store", SaveOrder(save(uid(9), version)))
    go.set()
    threaded.system.stop()
    assert threaded.store.closed
    assert threaded.store.durables[uid(9)].version == 99
    assert not threaded.system.directory.get("store").is_alive()
    assert threaded.end()
    assert not any(threaded.system.directory.get(user).is_alive() for user in (A, B))
    assert not threaded.fatal


def test_stop_does_not_hang_on_a_worker_that_does(threaded):
    begun, go = hanging(threaded)
    threaded.start(users=1)
    assert begun.wait(DEADLINE)
    threaded.system.stop()
    assert threaded.store.closed
    go.set()


def test_stop_reaches_those_who_begin_at_that_moment(company):
    for number in range(1, 1001):
        company.store.add(uid(number), index=b"%d" % number)
    company.system.start()
    company.system.serve()
    company.system.stop()
    company.settle()
    assert not [ref for ref in company.directory.refs() if ref.is_alive()]


def test_after_stop_questions_are_answered_with_busy(company):
    company.start(users=1)
    company.system.stop()
    with pytest.raises(CallError, match="busy"):
        company.ask(SUPERVISOR, View(A))
    assert company.system.silent(1.0) == "store"
    company.directory.tell("google", Hold())
    company.directory.tell("store", Woke())
