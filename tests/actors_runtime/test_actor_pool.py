"""What is particular to the pool."""

from __future__ import annotations

import contextvars
import gc
import threading
import weakref

import pykka
import pytest

from actors.base import handles
from actors.pool import BlockingCallError, GuardedFuture, Pool, PooledActor
from actors.runtime import PoolRuntime, ThreadRuntime
from tests.actors_runtime.behaviours import DEADLINE, Call, Fail, Note, Read, Scribe, Starter, nothing


class Gate:
    """Keeps a worker inside an actor until it is opened."""

    def __init__(self, runtime, name="gatekeeper"):
        self._open = threading.Event()
        entered = runtime.future()
        self.ref = runtime.spawn(Scribe, name=name)
        self.ref.tell(Call(lambda: (entered.set(True), self._open.wait(DEADLINE))))
        entered.get(timeout=DEADLINE)

    def open(self):
        self._open.set()


class Turns(Scribe):
    """Writes into a shared log who was served."""

    def __init__(self, log):
        super().__init__()
        self.log = log

    @handles(Note)
    def note(self, message):
        super().note(message)
        self.log.append((self.name, message.text))


def test_a_flood_on_one_actor_delays_others_by_one_turn_only(one_worker):
    log = []
    gate = Gate(one_worker)
    flood, quiet = (one_worker.spawn(Turns, log, name=name) for name in ("flood", "quiet"))
    for number in range(1000):
        flood.tell(Note(number))
    for number in range(3):
        quiet.tell(Note(number))
    gate.open()
    assert len(flood.ask(Read(), timeout=DEADLINE)) == 1000
    assert [name for name, _ in log[:12]] == ["flood"] * 8 + ["quiet"] * 3 + ["flood"]
    assert [number for name, number in log if name == "flood"] == list(range(1000))


def test_two_floods_take_turns(one_worker):
    log = []
    gate = Gate(one_worker)
    left, right = (one_worker.spawn(Turns, log, name=name) for name in ("left", "right"))
    for number in range(80):
        left.tell(Note(number))
        right.tell(Note(number))
    gate.open()
    for ref in (left, right):
        ref.ask(Read(), timeout=DEADLINE)
    names = [name for name, _ in log]
    assert names == (["left"] * 8 + ["right"] * 8) * 10


def test_an_actor_without_on_start_takes_no_turn_before_its_first_message(one_worker):
    gate = Gate(one_worker)
    refs = [one_worker.spawn(Scribe, name=f"idle-{number}") for number in range(100)]
    assert one_worker.pool._ready.qsize() == 0
    gate.open()
    assert refs[0].ask(Read(), timeout=DEADLINE) == []


def test_waiting_inside_a_pooled_actor_is_refused_with_its_fix(pooled):
    other, ref = pooled.spawn(Scribe, name="other"), pooled.spawn(Scribe, name="impatient")
    with pytest.raises(BlockingCallError, match="take the answer as a message"):
        ref.ask(Call(lambda: other.ask(Read(), timeout=DEADLINE)), timeout=DEADLINE)
    with pytest.raises(BlockingCallError):
        ref.ask(Call(lambda: other.stop(timeout=DEADLINE)), timeout=DEADLINE)
    with pytest.raises(BlockingCallError):
        ref.ask(Call(lambda: pooled.future().get(timeout=0)), timeout=DEADLINE)


def test_asking_a_thread_from_the_pool_is_refused_too_but_a_thread_may_ask_the_pool(pooled):
    threads = ThreadRuntime()
    singleton, user = threads.spawn(Scribe, name="singleton"), pooled.spawn(Scribe, name="user")
    with pytest.raises(BlockingCallError):
        user.ask(Call(lambda: singleton.ask(Read(), timeout=DEADLINE)), timeout=DEADLINE)
    assert singleton.ask(Call(lambda: user.ask(Read(), timeout=DEADLINE)), timeout=DEADLINE) == []
    singleton.stop(timeout=DEADLINE)


def test_without_its_guard_a_pool_lets_actors_wait():
    runtime = PoolRuntime(Pool(workers=2, guard=False))
    other, ref = runtime.spawn(Scribe, name="other"), runtime.spawn(Scribe, name="asker")
    assert ref.ask(Call(lambda: other.ask(Read(), timeout=DEADLINE)), timeout=DEADLINE) == []
    assert runtime.pool.stop(timeout=DEADLINE)


def test_what_one_actor_binds_in_a_context_variable_does_not_reach_the_next(one_worker):
    user = contextvars.ContextVar("user", default="nobody")
    first, second = (one_worker.spawn(Scribe, name=name) for name in ("first", "second"))
    first.ask(Call(lambda: user.set("alice")), timeout=DEADLINE)
    assert second.ask(Call(user.get), timeout=DEADLINE) == "nobody"


def test_an_actor_that_nobody_can_reach_is_collected(one_worker):
    freed = threading.Event()
    ref = one_worker.spawn(Scribe, name="lost")
    assert ref.ask(Read(), timeout=DEADLINE) == []
    weakref.finalize(ref._actor_weakref(), freed.set)
    del ref
    for _ in range(100):
        gc.collect()
        if freed.wait(0.02):  # until the worker, which has answered already, has let go of it
            break
    assert freed.is_set()


def test_an_actor_that_nobody_refers_to_still_handles_what_it_was_sent(pooled):
    heard = pooled.future()
    pooled.spawn(Scribe, name="short").tell(Call(lambda: heard.set(True)))
    gc.collect()
    assert heard.get(timeout=DEADLINE)


def test_a_draining_stop_handles_everything_and_what_follows_from_it(one_worker):
    log = []
    gate = Gate(one_worker)
    second = one_worker.spawn(Turns, log, name="second")
    first = one_worker.spawn(Scribe, name="first")
    for number in range(50):
        first.tell(Call(lambda number=number: second.tell(Note(number))))
    gate.open()
    assert one_worker.pool.stop(timeout=DEADLINE)
    assert log == [("second", number) for number in range(50)]


def test_a_hasty_stop_drops_the_queue_but_answers_its_askers(one_worker):
    log = []
    gate = Gate(one_worker)
    ref = one_worker.spawn(Turns, log, name="waiting")
    ref.tell(Note("dropped"))
    answer = ref.ask(Read(), block=False)
    ender = threading.Thread(target=one_worker.pool.stop, kwargs={"drain": False, "timeout": 0.0})
    ender.start()
    ender.join(DEADLINE)
    with pytest.raises(pykka.ActorDeadError):
        answer.get(timeout=DEADLINE)
    assert log == []
    assert not ref.is_alive()
    gate.open()


def test_a_stop_that_runs_out_of_time_says_so_and_the_worker_leaves_later(one_worker):
    gate = Gate(one_worker)
    assert not one_worker.pool.stop(timeout=0.0)
    gate.open()
    assert one_worker.pool.stop(timeout=DEADLINE)
    assert not any(thread.is_alive() for thread in one_worker.pool._threads)


def test_after_the_pools_end_every_ask_is_answered():
    runtime = PoolRuntime(Pool())
    ref = runtime.spawn(Scribe, name="early")
    assert ref.ask(Read(), timeout=DEADLINE) == []
    assert runtime.pool.stop(timeout=DEADLINE)
    for late in (ref, runtime.spawn(Scribe, name="late"), runtime.spawn(Starter, nothing, nothing, name="later")):
        with pytest.raises(pykka.ActorDeadError):
            late.ask(Read(), timeout=DEADLINE)
        assert not late.is_alive()


def test_a_pool_that_never_started_stops():
    pool = Pool()
    assert pool.stop(timeout=0.0)
    assert pool.stop(timeout=0.0)
    ref = PoolRuntime(pool).spawn(Scribe, name="late")
    with pytest.raises(pykka.ActorDeadError):
        ref.ask(Read(), timeout=DEADLINE)


def test_an_actor_cannot_stop_its_pool(pooled):
    ref = pooled.spawn(Scribe, name="rebel")
    with pytest.raises(RuntimeError, match="stop it from outside"):
        ref.ask(Call(pooled.pool.stop), timeout=DEADLINE)


def test_threads_start_with_the_first_message():
    pool = Pool(workers=3, name="lazy")
    runtime = PoolRuntime(pool)
    ref = runtime.spawn(Scribe, name="x")
    assert pool._threads == []
    ref.ask(Read(), timeout=DEADLINE)
    assert [thread.name for thread in pool._threads] == ["lazy-0", "lazy-1", "lazy-2"]
    assert pool.stop(timeout=DEADLINE)


@pytest.mark.parametrize(("workers", "slice_size"), [(0, 8), (2, 0)])
def test_a_pool_of_nothing_is_refused(workers, slice_size):
    with pytest.raises(ValueError, match="both must be at least 1"):
        Pool(workers=workers, slice_size=slice_size)


def test_no_behaviours_error_kills_a_worker(one_worker):
    for error in (ValueError, SystemExit, KeyboardInterrupt):
        told = one_worker.future()
        one_worker.spawn(Scribe, told.set, name="x").tell(Fail(error("text")))
        assert told.get(timeout=DEADLINE).error == error.__name__
    assert one_worker.spawn(Scribe, name="y").ask(Read(), timeout=DEADLINE) == []


class PlainActor(PooledActor):
    """As Pykka's users write them."""

    def __init__(self, started):
        super().__init__()
        self.started = started

    def on_start(self):
        self.started.set()
        raise SystemExit

    def on_receive(self, _message):
        return "pong"


def test_a_plain_actor_may_raise_anything_in_on_start_and_the_default_pool_goes_on():
    for _ in range(5):
        started = threading.Event()
        ref = PlainActor.start(started)
        assert started.wait(DEADLINE)
        with pytest.raises(pykka.ActorDeadError):
            ref.ask("ping", timeout=DEADLINE)
        assert ref not in pykka.ActorRegistry.get_all()


def test_a_future_that_was_answered_already_does_not_trouble_the_refusal(pooled):
    ref = pooled.spawn(Scribe, name="x")
    ref.stop(timeout=DEADLINE)
    answer = GuardedFuture()
    answer.set("early")
    ref.actor_inbox.put(pykka._envelope.Envelope(Read(), reply_to=answer))
    assert answer.get(timeout=DEADLINE) == "early"


# ---- two races, played out step by step ------------------------------------------------------------------------------


def _envelope(answer):
    return pykka._envelope.Envelope(Read(), reply_to=answer)


class LateLock:
    """The flag of an inbox; a message comes in after the worker's last look and just before it gives the flag back."""

    def __init__(self, lock, put):
        self._lock = lock
        self._put = put

    def acquire(self, *, blocking):
        return self._lock.acquire(blocking=blocking)

    def release(self):
        put, self._put = self._put, lambda: None
        put()
        self._lock.release()


def test_a_message_between_the_last_look_and_the_release_is_not_forgotten(one_worker):
    answer = one_worker.future()
    gate = Gate(one_worker)
    inbox = one_worker.spawn(Scribe, name="x").actor_inbox
    inbox._busy = LateLock(inbox._busy, lambda: inbox.put(_envelope(answer)))
    inbox.put(pykka._envelope.Envelope(Note("first")))
    gate.open()
    assert answer.get(timeout=DEADLINE) == ["first"]


class LateList(list):
    """The items of an inbox; an ask comes in just when the last look at its end has found nothing."""

    late = None

    def pop(self, *args):
        if not self and self.late:
            put, self.late = self.late, None
            put()
            raise IndexError
        return super().pop(*args)


def test_an_ask_between_the_last_look_and_the_end_is_answered(one_worker):
    answer = one_worker.future()
    gate = Gate(one_worker)
    ref = one_worker.spawn(Scribe, name="x")
    inbox = ref.actor_inbox
    inbox._items = LateList()
    inbox._items.late = lambda: inbox.put(_envelope(answer))
    end = ref.stop(block=False)
    gate.open()
    assert end.get(timeout=DEADLINE)
    with pytest.raises(pykka.ActorDeadError):
        answer.get(timeout=DEADLINE)
