"""What only real threads can break."""

from __future__ import annotations

import threading
from functools import partial

import pykka
import pytest

from actors.base import Behaviour, handles
from actors.runtime import PoolRuntime
from tests.actors_runtime.behaviours import DEADLINE, Call, Fail, Note, Read, Scribe


class Ledger(Behaviour):
    """Notices when two threads are inside, and when a sender's messages come out of order or are lost."""

    def __init__(self, expected, done):
        super().__init__(on_death=lambda _died: None)
        self.left = expected
        self.done = done
        self.inside = False
        self.last = {}
        self.faults = []

    @handles(tuple)
    def entry(self, message):
        if self.inside:
            self.faults.append(("two inside", message))
        self.inside = True
        sender, number = message
        if self.last.get(sender, -1) != number - 1:
            self.faults.append(("order", message))
        self.last[sender] = number
        self.left -= 1
        self.inside = False
        if not self.left:
            self.done.set(self.faults)


def _parallel(*work):
    threads = [threading.Thread(target=function, daemon=True) for function in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
        assert not thread.is_alive()


def test_many_senders_no_message_lost_doubled_or_reordered_and_never_two_inside(threaded):
    senders, actors, each = 4, 20, 250
    done = [threaded.future() for _ in range(actors)]
    refs = [threaded.spawn(Ledger, senders * each, future, name=f"l{n}") for n, future in enumerate(done)]

    def send(sender):
        for number in range(each):
            for ref in refs:
                ref.tell((sender, number))

    _parallel(*(partial(send, sender) for sender in range(senders)))
    assert [future.get(timeout=DEADLINE) for future in done] == [[]] * actors
    for ref in refs:
        ref.stop(block=False)


def _ask_while_it_ends(ref, end):
    start, answers = threading.Barrier(3), []

    def pester():
        start.wait(DEADLINE)
        answers.extend([ref.ask(Read(), block=False) for _ in range(60)])

    def finish():
        start.wait(DEADLINE)
        end(ref)

    _parallel(pester, pester, finish)
    return answers


def _outcome(future):
    try:
        return future.get(timeout=DEADLINE)
    except pykka.ActorDeadError:
        return "dead"


@pytest.mark.parametrize("end", [lambda ref: ref.stop(block=False), lambda ref: ref.tell(Fail(ValueError("text")))])
def test_every_ask_that_races_with_the_end_is_answered(threaded, end):
    outcomes = []
    for number in range(25):
        ref = threaded.spawn(Scribe, name=f"r{number}")
        outcomes += [_outcome(answer) for answer in _ask_while_it_ends(ref, end)]
    assert len(outcomes) == 25 * 2 * 60
    assert "dead" in outcomes


def test_many_actors(threaded):
    count = 10_000 if isinstance(threaded, PoolRuntime) else 200
    refs = [threaded.spawn(Scribe, name=f"a{number}") for number in range(count)]
    for ref in refs:
        ref.tell(Note(ref.actor_urn))
    answers = [ref.ask(Read(), block=False) for ref in refs]
    assert [answer.get(timeout=DEADLINE) for answer in answers] == [[ref.actor_urn] for ref in refs]
    ends = [ref.stop(block=False) for ref in refs]
    assert all(end.get(timeout=DEADLINE) for end in ends)


def test_an_on_death_that_raises_reaches_the_excepthook_without_texts_and_harms_nobody(threaded, monkeypatch):
    caught = threaded.future()
    monkeypatch.setattr(threading, "excepthook", caught.set)

    def on_death(_died):
        raise LookupError("alice@acme.example")

    other, ref = threaded.spawn(Scribe, name="other"), threaded.spawn(Scribe, on_death, name="u1")
    ref.tell(Fail(ValueError("alice@acme.example")))
    hooked = caught.get(timeout=DEADLINE)
    assert str(hooked.exc_value) == "on_death of u1 raised LookupError"
    assert hooked.exc_value.__suppress_context__
    with pytest.raises(pykka.ActorDeadError):
        ref.ask(Read(), timeout=DEADLINE)
    assert other.ask(Read(), timeout=DEADLINE) == []
    other.stop(timeout=DEADLINE)


def test_threads_are_daemons_named_after_their_actor(threaded):
    ref = threaded.spawn(Scribe, name="lane-google")
    thread = ref.ask(Call(threading.current_thread), timeout=DEADLINE)
    assert thread.daemon
    assert thread.name in ("lane-google", "pool-0", "pool-1")
    ref.stop(timeout=DEADLINE)
