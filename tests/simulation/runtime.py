"""The third runtime: every actor on the deterministic scheduler.

Owns: the simulated actor, its mailbox and future. Promises: behaviours see what they see on the pool or a thread (one
message at a time, order per sender, one report per death, an answer to every ask while the process lives), in an order
that the seed chooses. Does not: keep time or choose (``scheduler.py``).
"""

from __future__ import annotations

import sys
from collections import deque
from typing import Any, ClassVar

import pykka
from pykka._envelope import Envelope

from actors.base import Behaviour, Unwind
from actors.pool import refuse
from actors.runtime import Composer, Ref, System
from tests.simulation.clock import SimAlarm, SimClock
from tests.simulation.scheduler import Crashed, SimDeadlockError, SimScheduler

__all__ = ["Crashed", "SimAlarm", "SimClock", "SimDeadlockError", "SimRuntime", "SimScheduler", "sim_system"]


class _Begin:
    """First message of an actor that has an on_start."""


class _SimInbox:
    __slots__ = ("actor", "closed", "items", "latency", "may_wait", "name", "queued", "scheduler", "serves")

    def __init__(self, actor: _SimActor, name: str) -> None:
        self.actor: _SimActor | None = actor
        self.name = name
        self.scheduler = actor.scheduler
        self.may_wait = actor.may_wait
        self.items: deque[Envelope[Any]] = deque()
        self.queued = True  # until start(): what comes in before waits
        self.closed = False
        self.scheduler.admit(self)

    def put(self, envelope: Envelope[Any], /) -> None:
        if self.closed:
            refuse(envelope)
            return
        self.items.append(envelope)
        if not self.queued:
            self.scheduler.wake(self)

    def get(self) -> Envelope[Any]:
        return self.items.popleft()

    def empty(self) -> bool:
        return not self.items

    def head(self) -> str | None:
        return type(self.items[0].message).__name__ if self.items else None

    def start(self) -> None:
        self.queued = False
        if self.items:
            self.scheduler.wake(self)

    def deliver(self) -> None:
        self.actor.handle(self.items.popleft())

    def close(self) -> None:
        self.actor = None
        self.closed = True
        self.scheduler.forget(self)
        while self.items:
            refuse(self.items.popleft())

    def drop(self) -> None:
        """Die with the process: nobody is answered, nothing is reported."""
        if self.actor is not None:
            self.actor.actor_stopped.set()
        self.actor = None
        self.closed = True
        self.items.clear()


class _Flag:
    __slots__ = ("_set",)

    def __init__(self) -> None:
        self._set = False

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        self._set = True


class _SimActor(pykka.Actor):
    scheduler: ClassVar[SimScheduler]
    may_wait: ClassVar[bool]
    future_class: ClassVar[type[pykka.Future[Any]]]

    @staticmethod
    def _create_actor_inbox():
        raise NotImplementedError("SimActor is started by SimRuntime.spawn only")

    @classmethod
    def _create_future(cls) -> pykka.Future[Any]:
        return cls.future_class()

    def _equip(self, name: str) -> None:
        self.actor_urn = name
        self.actor_inbox = _SimInbox(self, name)
        self.actor_stopped = _Flag()
        self._actor_ref = pykka.ActorRef(self)

    def _start_actor_loop(self) -> None:
        if type(self).on_start is not Behaviour.on_start:
            self.actor_inbox.items.appendleft(Envelope(_Begin()))
        self.actor_inbox.start()

    def handle(self, envelope: Envelope[Any]) -> None:
        """Do what one round of Pykka's receive loop does, but let a crash through."""
        try:
            self._answer(envelope)
        except Unwind:
            raise
        except BaseException:
            self.actor_stopped.set()
            self.actor_inbox.close()
            raise
        if self.actor_stopped.is_set():
            self.actor_inbox.close()

    def _answer(self, envelope: Envelope[Any]) -> None:
        if type(envelope.message) is _Begin:
            self._actor_loop_setup()
            return
        try:
            response = self._handle_receive(envelope.message)
            if envelope.reply_to is not None:
                envelope.reply_to.set(response)
        except Exception:  # noqa: BLE001 - reported by the actor or raised to its asker
            if envelope.reply_to is None:
                self._handle_failure(*sys.exc_info())
            else:
                envelope.reply_to.set_exception()


class _SimFuture(pykka.ThreadingFuture):
    scheduler: ClassVar[SimScheduler]

    def get(self, *, timeout: float | None = None) -> Any:
        """Outside: let everything work until it is set. Inside an actor: let the serving actors work."""
        self.scheduler.forbid_waiting()
        if self._result is None and self._get_hook is None:
            self.scheduler.wait(lambda: self._result is not None, timeout)
        return super().get(timeout=timeout)


class SimRuntime:
    """actors.runtime.Runtime on a scheduler. ``may_wait=False``: stands for the pool, whose actors may not wait."""

    def __init__(self, scheduler: SimScheduler, *, may_wait: bool = True) -> None:
        self._future = type("SimFuture", (_SimFuture,), {"scheduler": scheduler})
        names = {"scheduler": scheduler, "may_wait": may_wait, "future_class": self._future}
        self._composer = Composer(type("SimActor", (_SimActor,), names))

    def spawn(self, behaviour: type[Behaviour], *args: object, name: str, **kwargs: object) -> Ref:
        return self._composer.spawn(behaviour, name, args, kwargs)

    def future(self) -> pykka.Future[Any]:
        return self._future()


def sim_system(scheduler: SimScheduler) -> System:
    """Give the daemon's two runtimes, both on this scheduler."""
    return System(singletons=SimRuntime(scheduler), users=SimRuntime(scheduler, may_wait=False))
