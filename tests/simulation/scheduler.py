"""One thread, one seed, one virtual clock: the order in which a simulated process does things.

Owns: the run queue, virtual time with its events and alarms, crash points, the trace. Promises: the same seed and the
same program give the same trace in every process, whatever PYTHONHASHSEED is; the clock only moves when nobody has
anything to do. Does not: know how actors work (``runtime.py`` does) or survive being used from two threads.
"""

from __future__ import annotations

import hashlib
import heapq
import random
from collections import Counter, deque
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Protocol

import pykka

from actors.base import Unwind
from actors.pool import BlockingCallError
from hybridcal_daemon.domain.values import DAY, Instant
from tests.simulation.clock import SimAlarm, SimClock

if TYPE_CHECKING:
    from collections.abc import Callable

START = Instant(1_800_000_000.0)
PATIENCE = 30 * DAY
"""Virtual seconds after which waiting without a limit of its own is given up."""
_NEVER = (float("inf"), 0.0)
_FLUSH = 4096


class Crashed(Unwind):
    """The simulated process died at the named point. Mailboxes, actors and alarms are gone when it arrives outside."""

    def __init__(self, point: str) -> None:
        super().__init__(point)
        self.point = point


class SimDeadlockError(RuntimeError):
    """Somebody waits for a future that nobody is left to set."""


class Mailbox(Protocol):
    """What the scheduler sees of an actor: ``name``, and whether it is queued, serves others and may wait."""

    name: str
    queued: bool
    serves: bool
    may_wait: bool
    latency: tuple[float, float] | None

    def head(self) -> str | None:
        """Give the type name of the message that is next, None when there is none."""
        ...

    def deliver(self) -> None:
        """Handle that message; ``queued`` stays set meanwhile."""
        ...

    def drop(self) -> None: ...


class SimScheduler:
    """See the module. ``clock`` and ``alarm`` are the ports; ``random`` is for workloads and faults of this seed."""

    def __init__(self, seed: int, start: float = START) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.clock = SimClock(start)
        self.life = 0
        """Number of crashes so far."""
        self.steps = 0
        self.reached: Counter[str] = Counter()
        self.tail: deque[tuple[float, str, str]] = deque(maxlen=200)
        """The last steps: (seconds since start, actor, message type)."""
        self._ready: list[Mailbox] = []
        self._ready_serving: list[Mailbox] = []
        self._boxes: dict[int, Mailbox] = {}
        self._stack: list[Mailbox] = []
        self._events: list[tuple[float, float, int, int | None, Callable[[], None]]] = []
        self._alarms: list[tuple[float, float, int, int, SimAlarm]] = []
        self._serving_due = 0
        self._serial = 0
        self._pumping = False
        self._points: dict[str, int] = {}
        self._latencies: list[tuple[str, tuple[float, float]]] = []
        self._serving: list[str] = []
        self._hash = hashlib.blake2b(digest_size=16)
        self._unhashed: list[str] = []

    # ---- setting up --------------------------------------------------------------------------------------------------

    def delay(self, pattern: str, low: float, high: float) -> None:
        """Let messages to actors of this name (``*`` allowed) take ``low`` to ``high`` seconds each, one by one."""
        self._latencies.append((pattern, (low, high)))
        self._classify_all()

    def serve(self, *patterns: str) -> None:
        """These actors go on while another one waits for a future; all others stand still meanwhile."""
        self._serving.extend(patterns)
        self._classify_all()

    def after(self, seconds: float, callback: Callable[[], None]) -> None:
        """Let something happen in the outside world; a crash of the process does not stop it."""
        self._push(self.clock.elapsed + seconds, None, callback)

    def alarm(self, callback: Callable[[], None]) -> SimAlarm:
        """ports.AlarmFactory."""
        return SimAlarm(self, callback)

    def arm(self, point: str, hits: int = 1) -> None:
        """Crash when the named point is reached for the ``hits``-th time from now."""
        self._points[point] = hits

    def point(self, name: str) -> None:
        """Count the point, and crash here if it is armed."""
        self.reached[name] += 1
        left = self._points.get(name, 0)
        if left == 1:
            del self._points[name]
            raise Crashed(name)
        if left:
            self._points[name] = left - 1

    def crash(self, point: str = "crash") -> None:
        """Let the process die: now, and by raising Crashed when called while the simulation runs."""
        if self._pumping:
            raise Crashed(point)
        self._record("crash", point)
        self._drop()

    # ---- for the runtime ---------------------------------------------------------------------------------------------

    def admit(self, box: Mailbox) -> None:
        self._boxes[id(box)] = box
        self._classify(box)

    def forget(self, box: Mailbox) -> None:
        self._boxes.pop(id(box), None)

    def wake(self, box: Mailbox) -> None:
        """Queue a mailbox that has got a first message."""
        box.queued = True
        if box.latency is None:
            self._enqueue(box)
        else:
            serves = box.serves
            self._serving_due += serves
            due = self.clock.elapsed + self.random.uniform(*box.latency)
            self._push(due, self.life, lambda: self._arrive(box, counted=serves))

    def arm_alarm(self, at: Instant, alarm: SimAlarm, setting: int) -> None:
        heapq.heappush(self._alarms, (at, self.random.random(), self._next(), setting, alarm))

    def forbid_waiting(self) -> None:
        if self._stack and not self._stack[-1].may_wait:
            raise BlockingCallError(f"{self._stack[-1].name} runs on the pool in production and may not wait")

    def wait(self, done: Callable[[], bool], timeout: float | None) -> None:
        """Work until ``done``; inside an actor only the serving ones work. Raises pykka.Timeout, SimDeadlockError."""
        limit = self.clock.elapsed + (PATIENCE if timeout is None else timeout)
        if self._stack:
            self._pump_nested(done, limit, patient=timeout is not None)
        else:
            self._guarded_pump(done, limit)
        if done():
            return
        if timeout is None:
            raise SimDeadlockError(f"{self._waiter()} waits for a future that nobody sets; {self._idlers()}")
        self.clock.elapsed = max(self.clock.elapsed, limit)
        self.reached["timeout"] += 1
        raise pykka.Timeout(f"{timeout} seconds")

    # ---- running -----------------------------------------------------------------------------------------------------

    def run_until(self, target: Callable[[], bool] | float, within: float | None = None) -> bool:
        """Run until a predicate holds (looked at after each step) or the wall clock says ``target`` (epoch seconds).

        False when there was nothing left to do, or ``within`` seconds of virtual time (30 days if not given) were over,
        before the predicate held. A crash arrives as Crashed, after it has dropped everything.
        """
        if not callable(target):
            self._run_for(lambda: False, target - self.clock.offset)
            return True
        if within is None:
            self._guarded_pump(target, self.clock.elapsed + PATIENCE)
        else:
            self._run_for(target, self.clock.elapsed + within)
        return target()

    def _run_for(self, done: Callable[[], bool], limit: float) -> None:
        self._guarded_pump(done, limit)
        if not done():
            self.clock.elapsed = max(self.clock.elapsed, limit)

    def trace_hash(self) -> str:
        """Digest of all (time, actor, message type) so far."""
        self._flush()
        return self._hash.hexdigest()

    # ---- inside ------------------------------------------------------------------------------------------------------

    def _guarded_pump(self, done: Callable[[], bool], limit: float) -> None:
        if self._pumping:
            raise RuntimeError("the simulation runs already: an event or alarm callback may tell, not wait")
        self._pumping = True
        try:
            while not done():
                if self._ready or self._ready_serving:
                    self._step(self._choose(self._ready))
                elif not self._advance(limit):
                    return
        except Crashed as crashed:
            self._record("crash", crashed.point)
            self._drop()
            raise
        finally:
            self._pumping = False

    def _pump_nested(self, done: Callable[[], bool], limit: float, *, patient: bool) -> None:
        """Only time-outs and late messages to serving actors may move the clock: everybody else stands still."""
        while not done():
            if self._ready_serving:
                self._step(self._choose([]))
            elif not ((patient or self._serving_due) and self._advance(limit)):
                return

    def _choose(self, others: list[Mailbox]) -> Mailbox:
        """Take one of the serving or other mailboxes out of its queue."""
        serving = self._ready_serving
        index = int(self.random.random() * (len(serving) + len(others)))
        queue = serving
        if index >= len(serving):
            index -= len(serving)
            queue = others
        chosen = queue[index]
        queue[index] = queue[-1]
        queue.pop()
        return chosen

    def _step(self, box: Mailbox) -> None:
        self._record(box.name, box.head() or "")
        self._stack.append(box)
        try:
            box.deliver()
        finally:
            self._stack.pop()
        box.queued = False
        if box.head():
            self.wake(box)

    def _record(self, name: str, message: str) -> None:
        self.steps += 1
        self.tail.append((self.clock.elapsed, name, message))
        self._unhashed.append(f"{self.clock.elapsed!r} {name} {message}\n")
        if len(self._unhashed) >= _FLUSH:
            self._flush()

    def _flush(self) -> None:
        self._hash.update("".join(self._unhashed).encode())
        self._unhashed.clear()

    def _advance(self, limit: float) -> bool:
        """Move the clock to the next event or alarm that is not after ``limit`` and let it happen."""
        while self._alarms and not self._alarms[0][4].armed(self._alarms[0][3]):
            heapq.heappop(self._alarms)
        ring = (self._alarms[0][0] - self.clock.offset, self._alarms[0][1]) if self._alarms else _NEVER
        due = self._events[0][:2] if self._events else _NEVER
        at = min(ring, due)[0]
        if at > limit:
            return False
        self.clock.elapsed = max(self.clock.elapsed, at)
        if ring < due:
            heapq.heappop(self._alarms)[4].ring()
        else:
            heapq.heappop(self._events)[4]()
        return True

    def _push(self, due: float, life: int | None, callback: Callable[[], None]) -> None:
        heapq.heappush(self._events, (due, self.random.random(), self._next(), life, callback))

    def _next(self) -> int:
        self._serial += 1
        return self._serial

    def _enqueue(self, box: Mailbox) -> None:
        (self._ready_serving if box.serves else self._ready).append(box)

    def _arrive(self, box: Mailbox, *, counted: bool) -> None:
        self._serving_due -= counted
        self._enqueue(box)

    def _classify_all(self) -> None:
        for box in self._boxes.values():
            self._classify(box)
        ready = self._ready_serving + self._ready
        self._ready_serving = [box for box in ready if box.serves]
        self._ready = [box for box in ready if not box.serves]

    def _classify(self, box: Mailbox) -> None:
        box.serves = any(fnmatchcase(box.name, pattern) for pattern in self._serving)
        spans = [span for pattern, span in self._latencies if fnmatchcase(box.name, pattern)]
        box.latency = spans[-1] if spans else None

    def _drop(self) -> None:
        self.life += 1
        boxes = list(self._boxes.values())
        for emptied in (self._boxes, self._ready, self._ready_serving, self._alarms, self._stack):
            emptied.clear()
        self._serving_due = 0
        self._events = [event for event in self._events if event[3] is None]
        heapq.heapify(self._events)
        for box in boxes:
            box.drop()

    def _waiter(self) -> str:
        return self._stack[-1].name if self._stack else "the test"

    def _idlers(self) -> str:
        names = ", ".join(sorted(box.name for box in self._ready)[:10]) or "nobody"
        return f"ready but not declared with serve(): {names}"
