"""On what a behaviour runs: a thread of its own, or the pool.

Owns: the composition of a behaviour with a Pykka actor class, and spawning. Promises: the same semantics on each
runtime (``tests/actors_runtime`` runs one contract over all of them): order per sender, an answer to every ask, one
report per death, threads that never keep the process from ending. What escapes even the report (an ``on_death`` that
raises) reaches ``threading.excepthook``. Does not: use Pykka's ActorRegistry (``directory.py`` instead) or log.

Singletons that wait for sockets, disks or answers get threads; the many user actors share the pool and never wait.
"""
# ruff: noqa: SLF001 - Pykka's documented seam for new runtimes is made of underscored methods

from __future__ import annotations

import queue
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

import pykka

from actors.base import Behaviour
from actors.pool import GuardedFuture, Pool, PooledActor, PooledInbox, refuse

if TYPE_CHECKING:
    from pykka._envelope import Envelope

Ref: TypeAlias = pykka.ActorRef[Any]


class Runtime(Protocol):
    """Runs behaviours."""

    def spawn(self, behaviour: type[Behaviour], *args: object, name: str, **kwargs: object) -> Ref:
        """Build ``behaviour(*args, **kwargs)`` and start it; what its constructor raises is raised here."""
        ...

    def future(self) -> pykka.Future[Any]:
        """Make an empty future: set from anywhere, waited for anywhere but in pooled actors."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Which runtime serves whom; a simulation puts its own in both places."""

    singletons: Runtime
    users: Runtime


class Composer:
    """Puts behaviours in front of one Pykka actor class and starts them; each combination is built once.

    ``base`` has ``_equip(name)``, which does what Pykka's Actor.__init__ does, without a uuid and an Event per actor
    (performance.md 1: that is two thirds of an actor's memory).
    """

    def __init__(self, base: type[pykka.Actor]) -> None:
        self._base = base
        self._classes: dict[type[Behaviour], type[Any]] = {}

    def spawn(self, behaviour: type[Behaviour], name: str, args: tuple[object, ...], kwargs: dict[str, object]) -> Ref:
        """Build, equip, construct, start."""
        cls = self._classes.get(behaviour) or self._compose(behaviour)
        actor: Any = object.__new__(cls)
        actor._equip(name)
        actor.__init__(*args, **kwargs)
        if getattr(actor, "_on_death", None) is None:
            raise TypeError(f"{behaviour.__qualname__}.__init__ must call super().__init__(on_death=...)")
        actor._start_actor_loop()
        return cast("Ref", actor._actor_ref)

    def _compose(self, behaviour: type[Behaviour]) -> type[Any]:
        if issubclass(behaviour, pykka.Actor):
            raise TypeError(f"{behaviour.__qualname__} is a Pykka actor already: derive it from Behaviour only")
        names = {"__module__": behaviour.__module__, "__qualname__": behaviour.__qualname__}
        return self._classes.setdefault(behaviour, type(behaviour.__name__, (behaviour, self._base), names))


# ---- pool ------------------------------------------------------------------------------------------------------------


class _Flag:
    """What Pykka needs of a threading.Event, in 1/20 of its memory."""

    __slots__ = ("_set",)

    def __init__(self) -> None:
        self._set = False

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        self._set = True


class _LeanActor(PooledActor):
    def _equip(self, name: str) -> None:
        self.actor_urn = name
        self.actor_inbox = PooledInbox(self.actor_pool)
        self.actor_stopped = cast("threading.Event", _Flag())
        self._actor_ref = pykka.ActorRef(self)

    def _start_actor_loop(self) -> None:
        """Without a message or an own on_start there is nothing to do yet: 100,000 actors need not take a turn each."""
        inbox = cast("PooledInbox", self.actor_inbox)
        inbox.start(self, at_once=cast("object", type(self).on_start) is not Behaviour.on_start)

    def _fail(self) -> None:
        self.actor_stopped.set()
        with suppress(BaseException):  # the hook's own trouble
            threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))

    def _abandon(self) -> None:
        self.actor_stopped.set()


class PoolRuntime:
    """Many actors on the few threads of ``pool`` (its own, guarded one if none is given). Actors may not wait."""

    def __init__(self, pool: Pool | None = None) -> None:
        self.pool = pool or Pool()
        self._composer = Composer(type("PooledActor", (_LeanActor,), {"actor_pool": self.pool}))

    def spawn(self, behaviour: type[Behaviour], *args: object, name: str, **kwargs: object) -> Ref:
        """See Runtime."""
        return self._composer.spawn(behaviour, name, args, kwargs)

    def future(self) -> pykka.Future[Any]:
        """See Runtime."""
        return GuardedFuture()


# ---- thread ----------------------------------------------------------------------------------------------------------


class _ThreadInbox:
    """A queue that can be closed: then it answers instead of keeping."""

    __slots__ = ("_closed", "_queue")

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Envelope[Any]] = queue.SimpleQueue()
        self._closed = False

    def put(self, envelope: Envelope[Any], /) -> None:
        self._queue.put(envelope)
        if self._closed:
            self._refuse_all()

    def get(self) -> Envelope[Any]:
        return self._queue.get()

    def empty(self) -> bool:
        return self._queue.empty()

    def close(self) -> None:
        self._closed = True  # before the look into the queue: a put() that misses it is found there
        self._refuse_all()

    def _refuse_all(self) -> None:
        with suppress(queue.Empty):
            while True:
                refuse(self._queue.get_nowait())


class _ThreadActor(pykka.ThreadingActor):
    use_daemon_thread = True

    def _equip(self, name: str) -> None:
        self.actor_urn = name
        self.actor_inbox = _ThreadInbox()
        self.actor_stopped = threading.Event()
        self._actor_ref = pykka.ActorRef(self)

    @staticmethod
    def _create_future() -> pykka.Future[Any]:
        return GuardedFuture()

    def _start_actor_loop(self) -> None:
        threading.Thread(target=self._actor_loop, name=self.actor_urn, daemon=True).start()

    def _actor_loop(self) -> None:
        try:
            self._actor_loop_setup()
            self._actor_loop_running()
        finally:
            self.actor_stopped.set()
            cast("_ThreadInbox", self.actor_inbox).close()


class ThreadRuntime:
    """A daemon thread for each actor, named after it. Actors may wait."""

    def __init__(self) -> None:
        self._composer = Composer(_ThreadActor)

    def spawn(self, behaviour: type[Behaviour], *args: object, name: str, **kwargs: object) -> Ref:
        """See Runtime."""
        return self._composer.spawn(behaviour, name, args, kwargs)

    def future(self) -> pykka.Future[Any]:
        """See Runtime."""
        return GuardedFuture()
