"""Every pending moment: join buttons, presence edges, channel renewals, polls, retries.

Owns: one alarm per name in a heap; one clock alarm for the earliest. Promises: setting, moving and cancelling are
O(log n); a moment is never dropped, however late the clock is; a clock that jumps forward makes moments due at once.
Does not: know what a moment is for (the one who is woken does). What is due is in the store; this is only its index.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import TYPE_CHECKING

from actors.base import Behaviour, Died, handles
from actors.protocol import Ping, Rang, SetAlarm
from hybridcal_daemon.domain.messages import Woke

if TYPE_CHECKING:
    from actors.directory import Directory
    from hybridcal_daemon.domain.values import Instant
    from hybridcal_daemon.ports import Alarm, Clock

_WASTE = 2
"""The heap is rebuilt when replaced entries outnumber the living by this factor."""


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
        self._armed = None
        self._wake_due()
        self._arm()

    @handles(Ping)
    def ping(self, _: Ping) -> None:
        """Here."""

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
