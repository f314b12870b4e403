"""Many Pykka actors on few threads.

Owns: the worker threads, the run queue, and the inbox that puts its actor there. Promises: never two workers in one
actor, no lost wake-up, order kept per sender, at most ``slice_size`` messages before the next actor's turn, a worker
outlives whatever an actor raises, and every ``ask`` is answered, with ActorDeadError if need be, also one that
races with the actor's end. Does not: supervise, name or find actors (``base.py``, ``directory.py``), or allow waiting:
see :class:`BlockingCallError`.

An actor is kept alive by whoever holds a ref to it (a Pykka ref itself is weak, but holds the inbox, and that holds
the actor until it has stopped); one that nobody can reach any more is collected.
"""
# ruff: noqa: SLF001 - Pykka's documented seam for new runtimes is made of underscored methods

from __future__ import annotations

import queue
import sys
import threading
from contextlib import suppress
from contextvars import Context
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

import pykka
from pykka.messages import _ActorStop

if TYPE_CHECKING:
    from pykka._envelope import Envelope

T = TypeVar("T")
_here: Final = threading.local()


class BlockingCallError(RuntimeError):
    """A pooled actor waited for a future: when all workers do so, nobody is left to answer them."""


def _refuse_to_wait() -> None:
    if getattr(_here, "guarded", False):
        raise BlockingCallError(
            "Future.get() or a blocking ask()/stop() inside a pooled actor would hold a worker of its pool: "
            "use tell() and take the answer as a message, or ask with block=False and hand the future on"
        )


class GuardedFuture(pykka.ThreadingFuture[T]):
    """Pykka's future, but ``get()`` on a worker of a guarded pool raises BlockingCallError, even if it is set."""

    def get(self, *, timeout: float | None = None) -> Any:  # noqa: ANN401 - Pykka's signature
        """Wait up to ``timeout`` seconds; raises pykka.Timeout, BlockingCallError or the exception that was set."""
        _refuse_to_wait()
        return super().get(timeout=timeout)


def refuse(envelope: Envelope[Any]) -> None:
    """Answer a message that nobody will handle as Pykka does: a stop has happened, all else met a dead actor."""
    if envelope.reply_to is None:
        return
    with suppress(queue.Full):  # its asker has been answered already
        if isinstance(envelope.message, _ActorStop):
            envelope.reply_to.set(None)
        else:
            dead = pykka.ActorDeadError("the actor stopped before it could handle the message")
            envelope.reply_to.set_exception((pykka.ActorDeadError, dead, None))


class _TurnOver(BaseException):
    """Leaves Pykka's receive loop: the inbox is empty or the turn is used up."""


class PooledInbox:
    """A mailbox that queues its actor for a worker; meets Pykka's ActorInbox protocol.

    The lock is a test-and-set flag, held while the actor waits for a worker or is with one. Producers only append to
    ``_items``; the one worker inside takes from the front, in bulk through the reversed ``_head``, so that a long queue
    costs no more per message than a short one. An empty list takes 56 bytes, a deque 760 (performance.md 1).
    """

    __slots__ = ("_actor", "_busy", "_closed", "_fresh", "_head", "_items", "_left", "_pool")
    _BULK: Final = 8

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._items: list[Envelope[Any]] = []
        self._head: list[Envelope[Any]] | None = None
        self._busy = threading.Lock()
        self._busy.acquire()  # until start(): what comes in before waits
        self._actor: PooledActor | None = None
        self._fresh = True
        self._closed = False
        self._left = 0

    def put(self, envelope: Envelope[Any], /) -> None:
        """Queue a message from any thread; never blocks. Once the actor has stopped the sender is answered here."""
        self._items.append(envelope)
        if self._busy.acquire(blocking=False):
            self._pool.schedule(self)
        elif self._closed:
            self._refuse_all()

    def get(self) -> Envelope[Any]:
        """Give the worker inside the next message; _TurnOver when there is none or the turn is used up."""
        if not self._left:
            raise _TurnOver
        self._left -= 1
        if self._head:
            return self._head.pop()
        return self._refill()

    def _refill(self) -> Envelope[Any]:
        items = self._items
        count = len(items)
        if not count:
            raise _TurnOver
        if count <= self._BULK:
            self._head = None
            return items.pop(0)
        head = items[:count]
        del items[:count]
        head.reverse()
        self._head = head
        return head.pop()

    def empty(self) -> bool:
        """Whether no message waits."""
        return not (self._head or self._items)

    def start(self, actor: PooledActor, *, at_once: bool) -> None:
        """Bind to the actor; ``at_once``: give it a turn although it has no message (its on_start does something)."""
        self._actor = actor
        if at_once:
            self._pool.schedule(self)
        else:
            self._release()

    def run(self) -> None:
        """Give the actor one turn; called by a worker, which holds the flag for us."""
        actor = self._actor
        if actor is None:
            return
        self._left = self._pool.slice_size
        try:
            self._loop(actor)
        except _TurnOver:
            self._end_turn()
            return
        except BaseException:  # noqa: BLE001 - whatever an actor does, its worker goes on
            actor._fail()
        self.close()

    def _loop(self, actor: PooledActor) -> None:
        if self._fresh:
            self._fresh = False
            actor._actor_loop_setup()
        actor._actor_loop_running()

    def _end_turn(self) -> None:
        if self.empty():
            self._release()
        else:
            self._pool.schedule(self)

    def _release(self) -> None:
        self._busy.release()
        if self._items and self._busy.acquire(blocking=False):  # it came between the last look and the release
            self._pool.schedule(self)

    def close(self) -> None:
        """Let go of the actor, answer what is left and from now on everything that comes."""
        self._actor = None
        self._closed = True  # before the look into the box: a put() that misses it is found there
        self._refuse_all()

    def _refuse_all(self) -> None:
        for box in (self._head or [], self._items):
            with suppress(IndexError):
                while True:
                    refuse(box.pop())

    def abandon(self) -> None:
        """Stop the actor without its on_stop, as the pool has stopped."""
        if self._actor is not None:
            self._actor._abandon()
        self.close()


class PooledActor(pykka.Actor):
    """A Pykka actor without a thread of its own.

    As with ThreadingActor, an exception that is no Exception stops every registered actor; our own behaviours do
    not (``base.py``). ``actor_pool`` may be set in a subclass.
    """

    actor_pool: ClassVar[Pool]

    @classmethod
    def _create_actor_inbox(cls) -> PooledInbox:
        return PooledInbox(cls.actor_pool)

    @staticmethod
    def _create_future() -> pykka.Future[Any]:
        return GuardedFuture()

    def _start_actor_loop(self) -> None:
        inbox: Any = self.actor_inbox
        inbox.start(self, at_once=True)

    def _fail(self) -> None:
        """Something came out of Pykka's loop that it does not catch (a BaseException from on_start or on_failure)."""
        with suppress(BaseException):
            self._handle_failure(*sys.exc_info())
        self.actor_stopped.set()

    def _abandon(self) -> None:
        pykka.ActorRegistry.unregister(self.actor_ref)
        self.actor_stopped.set()


class Pool:
    """A few worker threads; they start with the first actor that has something to do, and are daemons.

    ``slice_size``: messages per turn. ``guard``: waiting for a future inside an actor raises BlockingCallError; without
    it, as many actors as there are workers may wait at a time, one more is a deadlock.
    """

    def __init__(self, workers: int = 2, slice_size: int = 8, *, guard: bool = True, name: str = "pool") -> None:
        if workers < 1 or slice_size < 1:
            raise ValueError(f"Pool(workers={workers}, slice_size={slice_size}): both must be at least 1")
        self.slice_size = slice_size
        self.workers = workers
        self._guard = guard
        self._name = name
        self._turns = [0] * workers
        self._ready: queue.SimpleQueue[PooledInbox | None] = queue.SimpleQueue()  # None: leave when nothing is behind
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._present = 0
        self._gone = threading.Event()
        self._running = False
        self._closed = False
        self._hasty = False

    def schedule(self, inbox: PooledInbox) -> None:
        """Queue an inbox whose flag the caller holds."""
        self._ready.put(inbox)
        if not self._running:
            self._settle()

    def _settle(self) -> None:
        with self._lock:
            if not self._closed and not self._threads:
                self._start()
        if self._closed:
            self._bury()

    def _start(self) -> None:
        self._present = self.workers
        self._threads = [
            threading.Thread(target=self._work, args=(number,), name=f"{self._name}-{number}", daemon=True)
            for number in range(self.workers)
        ]
        for thread in self._threads:
            thread.start()
        self._running = True

    def _work(self, number: int) -> None:
        turns = self._turns
        _here.guarded = self._guard
        while not self._hasty:
            inbox = self._ready.get()
            if inbox is not None:
                turns[number] += 1
                Context().run(inbox.run)  # what one actor binds in a context variable must not reach the next
                turns[number] += 1
            elif self._ready.empty():
                break
            else:
                self._ready.put(None)
            del inbox  # or an idle worker would keep its last actor alive
        self._leave()

    def _leave(self) -> None:
        self._ready.put(None)  # for the others
        with self._lock:
            self._present -= 1
            if not self._present:
                self._gone.set()

    def turns(self) -> tuple[int, ...]:
        """Give a number per worker that grows with each turn and is odd while the worker is inside an actor.

        One that stays odd and the same for seconds belongs to a worker that does not come back.
        """
        return tuple(self._turns)

    def stop(self, *, drain: bool = True, timeout: float | None = None) -> bool:
        """End the pool for good; False when a worker was still inside an actor after ``timeout`` seconds.

        ``drain``: first handle all that waits and all that follows from it. Without it, or when the time is over,
        actors that wait for a worker stop without their on_stop, their askers get ActorDeadError, and so does whoever
        asks an actor of this pool later. Raises RuntimeError on a worker of this pool.
        """
        if threading.current_thread() in self._threads:
            raise RuntimeError("a pool cannot be stopped by one of its own actors: stop it from outside")
        with self._lock:
            self._hasty = not drain
            self._closed = self._closed or not self._threads
        self._ready.put(None)
        clean = self._closed or self._gone.wait(timeout)
        with self._lock:
            self._hasty = self._closed = True
            self._running = False
        self._bury()
        for thread in self._threads if clean else ():
            thread.join()
        return clean

    def _bury(self) -> None:
        """Take the queue apart; nobody else will."""
        with suppress(queue.Empty):
            while True:
                inbox = self._ready.get_nowait()
                if inbox is not None:
                    inbox.abandon()
        self._ready.put(None)  # a worker that comes back late must find the way out


PooledActor.actor_pool = Pool(guard=False, name="pykka")
