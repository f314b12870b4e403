"""Every pending moment: join buttons, presence edges, channel renewals, polls, retries.

Owns: one alarm per name in a heap; one clock alarm for the earliest. Promises: setting, moving and cancelling are
O(log n); a moment is never dropped, however late the clock is; a clock that jumps forward makes moments due at once, a
clock that was set back wakes everybody who waits, within one sweep, to think again.
Does not: know what a moment is for (the one who is woken does). What is due is in the store; this is only its index.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from actors.base import Behaviour, Died, handles
from actors.protocol import Ping, Rang, SetAlarm, Sweep
from hybridcal_daemon.domain.messages import Woke

if TYPE_CHECKING:
    from actors.directory import Directory
    from hybridcal_daemon.domain.values import Instant
    from hybridcal_daemon.ports import Alarm, Clock

_WASTE: Final = 2
"""The heap is rebuilt when replaced entries outnumber the living by this factor."""
_SET_BACK: Final = 1.0
"""Seconds that the wall clock must lose between two sweeps to have been set back; NTP's slewing loses 15 ms in 30 s."""


class ObtpTimers(Behaviour):
    """One alarm per name."""

    def __init__(
        self,
        directory: Directory,
        clock: Clock,
        make_alarm: Callable[[Callable[[], None]], Alarm],
        on_death: Callable[[Died], None],
    ) -> None:
        super().__init__(on_death=on_death)
        self._directory = directory
        self._clock = clock
        self._due: dict[str, Instant] = {}
        self._heap: list[tuple[Instant, str]] = []
        self._armed: Instant | None = None
        self._overdue: float | None = None
        self._offset = clock.now() - clock.monotonic()
        self._alarm = make_alarm(self._ring)

    def _ring(self) -> None:
        self._directory.tell("timers", Rang())

    @handles(SetAlarm)
    def set_alarm(self, order: SetAlarm) -> None:
        """Set, move or take away one name's alarm."""
        if order.at is None:
            self._due.pop(order.name, None)
        else:
            self._insert(order.name, order.at)
        self._arm()

    @handles(Rang)
    def rang(self, _: Rang) -> None:
        """Wake everybody whose time has come."""
        self._armed = self._overdue = None
        self._wake_due()
        self._arm()

    @handles(Sweep)
    def sweep(self, _: Sweep) -> None:
        """See whether somebody has set the clock back: what was to come in a minute would come an hour later."""
        last, self._offset = self._offset, self._clock.now() - self._clock.monotonic()
        if self._offset < last - _SET_BACK:
            self._wake(list(self._due))

    @handles(Ping)
    def ping(self, _: Ping) -> float:
        """For how many seconds a moment has been overdue: evidence that the alarm still rings."""
        now = self._clock.monotonic()
        if not self._heap or self._heap[0][0] > self._clock.now():
            self._overdue = None
        elif self._overdue is None:
            self._overdue = now
        return 0.0 if self._overdue is None else now - self._overdue

    def _wake(self, names: list[str]) -> None:
        for name in names:
            del self._due[name]
            self._directory.tell(name, Woke())
        self._arm()

    def _insert(self, name: str, at: Instant) -> None:
        self._due[name] = at
        heapq.heappush(self._heap, (at, name))
        if len(self._heap) > _WASTE * len(self._due) + 64:
            self._heap = [(due, known) for known, due in self._due.items()]
            heapq.heapify(self._heap)

    def _wake_due(self) -> None:
        now = self._clock.now()
        while self._heap and self._heap[0][0] <= now:
            at, name = heapq.heappop(self._heap)
            if self._due.get(name) == at:
                del self._due[name]
                self._directory.tell(name, Woke())

    def _arm(self) -> None:
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        first = self._heap[0][0] if self._heap else None
        if first != self._armed:
            self._armed = first
            self._alarm.set(first)
