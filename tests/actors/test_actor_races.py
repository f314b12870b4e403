"""Real threads: what a deterministic order cannot show."""

from __future__ import annotations

import random
import threading

import pytest

from actors.protocol import SUPERVISOR, Erase, Gone, Leave, Load, Serve, Sweep, Verdict, View, Views, WriteNow
from hybridcal_daemon.adapters.kms import ChannelTokens
from hybridcal_daemon.domain.effects import Save
from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.lane import LaneSettings
from hybridcal_daemon.domain.messages import ResyncAsked
from hybridcal_daemon.domain.values import Plain
from hybridcal_daemon.ports import LeaveUser
from hybridcal_daemon.shell.daemon import LocalDaemon
from hybridcal_daemon.shell.readers import Readers
from tests.actors.actor_fakes import DEADLINE, CountingRandom, Poison, spied, told_to, uid
from tests.actors.actor_threads import Threaded

FAST = LaneSettings(workers=4, per_minute=1e9, burst=100_000)


@pytest.fixture
def fast():
    made = Threaded({"google": FAST, "webex": FAST})
    yield made
    made.end()


def until(what, seconds=DEADLINE):
    """Look until it holds: a question to an actor costs a turn each time, so this does not spin."""
    pause, turns = threading.Event(), int(seconds / 0.01)
    for _ in range(turns):
        if what():
            return
        pause.wait(0.01)
    raise AssertionError("it did not come true in time")


def together(*calls):
    """Run in threads that begin at once; gives what each returned."""
    start, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(index, call):
        start.wait(DEADLINE)
        results[index] = call()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
        assert not thread.is_alive()
    return results


def local(threaded):
    readers = Readers(threaded.clock, CountingRandom(), lambda: None)
    return LocalDaemon(threaded.system, threaded.clock, ChannelTokens(), readers, lambda: None, lambda: "")


def states(threaded):
    return {view.user: view.state for view in threaded.system.asker.ask(SUPERVISOR, Views())}


def test_one_person_activated_by_many_at_once_is_one_row(fast):
    daemon = local(fast.start())
    address = Plain("alice@acme.example")
    views = together(*[lambda: daemon.activate(address, by="uid:1", wait=DEADLINE)] * 6)
    assert len({view.user for view in views}) == 1
    assert {view.state for view in views} == {"active"}
    assert len(fast.store.rows) == 1
    assert len(fast.store.audits) == 1


def test_activation_and_deactivation_at_once_leave_no_half(fast):
    daemon = local(fast.start())
    address = Plain("alice@acme.example")
    for _ in range(10):
        daemon.activate(address, by="uid:1", wait=DEADLINE)
        together(
            lambda: daemon.deactivate(address, by="uid:1", wait=DEADLINE),
            lambda: daemon.activate(address, by="uid:2", wait=DEADLINE),
        )
        until(lambda: set(states(fast)) == set(fast.store.rows))
        alive = {ref.actor_urn for ref in fast.system.directory.refs() if ref.actor_urn.startswith("u0")}
        assert alive == set(fast.store.rows)


def test_a_life_never_overlaps_the_next_one(fast):
    """Saves of one user come in the order of its lives, and each life begins from the last state on disk."""
    told = spied(fast.system.directory)
    fast.start(users=4)
    stop = threading.Event()
    users = [uid(number) for number in range(1, 5)]
    until(lambda: set(states(fast).values()) == {"active"})

    def poke():
        chance = random.Random(1)
        for _ in range(200):
            fast.system.directory.tell(chance.choice(users), ResyncAsked())
        stop.set()

    def kill():
        for user in users:
            fast.system.directory.tell(user, Poison())
            fast.system.directory.tell(SUPERVISOR, Sweep())
            stop.wait(0.02)

    together(poke, kill, kill)
    until(lambda: all(fast.system.directory.get(user) for user in users))
    until(lambda: set(states(fast).values()) == {"active"})
    assert not fast.fatal
    for user in users:
        loads = [message.incarnation for message in told_to(told, "store", Load) if message.user == user]
        assert loads == sorted(set(loads))
        versions = [write.version for commit in fast.store.commits for write in commit if _saves(write, user)]
        assert versions == sorted(set(versions))


def _saves(write, user):
    return isinstance(write, Save) and write.user == user


def test_storms_of_everything_end_in_order(fast):
    """Deaths, goodbyes, returns and questions from many threads: nobody is lost, nobody is left over."""
    told = spied(fast.system.directory)
    fast.start(users=24)
    ask, tell = fast.system.asker.ask, fast.system.directory.tell
    rows = dict(fast.store.rows)
    leaving = [uid(number) for number in range(1, 13)]
    futures = []

    def goodbyes():
        for user in leaving:
            ask("store", WriteNow((LeaveUser(user=user, at=fast.clock.now()),)))
            tell(SUPERVISOR, Leave(user))
            futures.append(fast.system.directory.get(SUPERVISOR).ask(Gone(user), block=False))

    def deaths():
        chance = random.Random(2)
        for _ in range(40):  # fewer than what stops all restarts for a while
            tell(uid(chance.randrange(1, 25)), Poison())

    def questions():
        for number in range(1, 25):
            futures.append(fast.system.directory.get(SUPERVISOR).ask(Verdict(uid(number)), block=False))
            tell(SUPERVISOR, Serve(rows[uid(25 - number)])) if 25 - number > 12 else None
            ask(SUPERVISOR, View(uid(number)))
            tell(SUPERVISOR, Sweep())

    together(goodbyes, deaths, questions)
    stay = {uid(number) for number in range(13, 25)}
    until(lambda: set(fast.store.rows) == stay == set(states(fast)), 3 * DEADLINE)
    for future in futures:
        future.get(timeout=DEADLINE).get(timeout=DEADLINE)
    until(lambda: all(state in {"active", "parked"} for state in states(fast).values()))
    names = {ref.actor_urn for ref in fast.system.directory.refs() if ref.is_alive() and ref.actor_urn.startswith("u0")}
    assert names <= stay
    assert not fast.fatal
    assert set(fast.vault.admitted) <= stay
    assert fast.system._tokens.admitted == stay
    erased = [message.user for message in told_to(told, "store", Erase)]
    assert sorted(erased) == leaving


def test_a_message_that_comes_too_late_is_dropped_and_no_error(fast):
    fast.start(users=1)
    tell, user = fast.system.directory.tell, uid(1)
    ended = threading.Event()

    def late():
        while not ended.wait(0.0005):
            tell(user, ResyncAsked())
        return tell(user, ResyncAsked())

    def leave():
        fast.system.asker.ask("store", WriteNow((LeaveUser(user=user, at=fast.clock.now()),)))
        tell(SUPERVISOR, Leave(user))
        gone = fast.system.asker.ask(SUPERVISOR, Gone(user), DEADLINE)
        ended.set()
        return gone

    assert together(late, leave) == [False, None]
    assert not fast.fatal


def test_stopping_in_the_middle_of_everything_ends(threaded):
    threaded.start(users=200)
    ended = threading.Event()

    def storm():
        while not ended.is_set():
            for number in range(1, 201):
                threaded.system.directory.tell(uid(number), ResyncAsked())

    thread = threading.Thread(target=storm)
    thread.start()
    threaded.system.stop()
    ended.set()
    thread.join(DEADLINE)
    assert threaded.store.closed
    assert threaded.end()
    with pytest.raises(CallError, match="busy"):
        threaded.system.asker.ask("store", View(uid(1)))
    assert not threaded.fatal
