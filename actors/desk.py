"""Where people and admins wait for what they asked for.

Owns: who waits for which errand. Promises: everybody who waits is told: the outcome, or ``busy`` when nobody is there
to do it, when their time is over or when the daemon stops; what nobody fetches does not pile up; each errand that has
ended is in the audit log.
Does not: decide, store or know what is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from actors.base import Behaviour, Died, handles
from actors.protocol import Ask, AskKept, AskRedecorate, Ping, Record, Sweep
from actors.waiting import Waiting
from hybridcal_daemon.domain.effects import ErrandReplied, Kept, Redecorated
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.ports import Audit

if TYPE_CHECKING:
    import pykka

    from actors.directory import Directory
    from hybridcal_daemon.domain.values import UserId
    from hybridcal_daemon.ports import Clock

_REDECORATE: Final = "redecorate"
_KEPT: Final = "kept"
_SLACK: Final = 5.0
"""Seconds after which nobody waits any more who said how long they would."""
Name = tuple["UserId", str, str]


class Desk(Behaviour):
    """Passes errands on to users' actors and their outcomes back."""

    def __init__(
        self,
        directory: Directory,
        clock: Clock,
        make_future: Callable[[], pykka.Future[Any]],
        on_death: Callable[[Died], None],
    ) -> None:
        super().__init__(on_death=on_death)
        self._directory = directory
        self._clock = clock
        self._waiting: Waiting[Name] = Waiting(make_future)
        self._until: dict[Name, float] = {}

    def on_stop(self) -> None:
        """Nobody waits any more; what is stored is done by the next life."""
        self._waiting.fail_all(CallError(Kind.TRANSIENT, "busy"))

    @handles(Ask)
    def ask(self, order: Ask) -> pykka.Future[Any]:
        """Pass it on; the same errand under the same key has one answer for all who wait for it."""
        name = (order.user, order.errand.key, order.errand.digest)
        return self._passed_on(name, order.errand, order.wait)

    @handles(AskRedecorate)
    def ask_redecorate(self, order: AskRedecorate) -> pykka.Future[Any]:
        """Pass it on."""
        return self._passed_on((order.user, order.wish.key, _REDECORATE), order.wish, order.wait)

    @handles(AskKept)
    def ask_kept(self, order: AskKept) -> pykka.Future[Any]:
        """Pass it on."""
        return self._passed_on((order.user, order.wish.key, _KEPT), order.wish, order.wait)

    @handles(Kept)
    def kept(self, reply: Kept) -> None:
        """Tell whoever waits that a choice is on disk."""
        name = (reply.user, reply.key, _KEPT)
        self._until.pop(name, None)
        self._waiting.give(name, reply)

    def _passed_on(self, name: Name, wish: object, wait: float) -> pykka.Future[Any]:
        if not self._directory.tell(name[0], wish):
            return self._waiting.failed(CallError(Kind.TRANSIENT, "busy"))
        until = self._clock.monotonic() + wait + _SLACK
        self._until[name] = max(until, self._until.get(name, until))
        return self._waiting.on(name)

    @handles(Redecorated)
    def redecorated(self, reply: Redecorated) -> None:
        """Tell whoever waits how many blocks there are."""
        name = (reply.user, reply.key, _REDECORATE)
        self._until.pop(name, None)
        self._waiting.give(name, reply)

    @handles(ErrandReplied)
    def replied(self, reply: ErrandReplied) -> None:
        """Tell whoever waits; write down what has ended."""
        name = (reply.user, reply.key, reply.digest)
        self._until.pop(name, None)
        self._waiting.give(name, reply)
        if reply.ended:
            audit = Audit(
                at=self._clock.now(),
                actor=reply.by,
                action=f"errand-{reply.ended}",
                user=reply.user,
                outcome=reply.code or "done",
            )
            self._directory.tell("store", Record(audit))

    @handles(Sweep)
    def sweep(self, _: Sweep) -> None:
        """Let go what nobody waits for any more: the user's actor may have died over it."""
        now = self._clock.monotonic()
        for name in [name for name, until in self._until.items() if until <= now]:
            del self._until[name]
            self._waiting.fail(name, CallError(Kind.TRANSIENT, "busy"))

    @handles(Ping)
    def ping(self, _: Ping) -> None:
        """Here."""
