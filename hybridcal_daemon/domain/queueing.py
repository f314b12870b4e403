"""Orders that wait.

Owns: lines of orders (one per user, feature, priority, and for writes apart) and which of them stand ready or rest.
Promises: within a line the first come goes first; among ready lines of one feature and priority the one whose head came
first; a line that rests holds nobody up. An order costs O(log n), whatever waits; to forget a user costs as much as the
user has ordered.
Does not: know limits or time, beyond the instants it is given (``lane.py`` decides who rests until when).

How: each line has one ticket, in the heap of the ready (by the number of its head) or of the resting (by time). When a
head leaves otherwise its ticket stays behind, names a number that is nobody's, and is thrown away where it comes up.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

from hybridcal_daemon.domain.calls import Priority
from hybridcal_daemon.domain.demand import Demand, demand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hybridcal_daemon.domain.effects import Submit
    from hybridcal_daemon.domain.values import Instant, UserId

_Key = tuple[str, bool, int]


class Entry(NamedTuple):
    """One order that waits. ``number``: of its arrival."""

    number: int
    order: Submit
    demand: Demand


@dataclass(slots=True, eq=False)
class Line:
    """Orders that follow each other."""

    user: UserId
    key: _Key
    entries: deque[Entry] = field(default_factory=deque)

    def is_headed_by(self, number: int) -> bool:
        """Whether a ticket with this number is the line's own."""
        return bool(self.entries) and self.entries[0].number == number


@dataclass(slots=True)
class Hall:
    """The lines of one feature."""

    ready: tuple[list[tuple[int, Line]], ...] = field(default_factory=lambda: tuple([] for _ in Priority))
    resting: list[tuple[Instant, int, Line]] = field(default_factory=list)


class Queues:
    """All orders of a lane that wait."""

    def __init__(self) -> None:
        self._entries: OrderedDict[int, tuple[Entry, Line]] = OrderedDict()
        self._lines: dict[UserId, dict[_Key, Line]] = {}
        self._halls: dict[str, Hall] = {}
        self._number = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def features(self) -> Iterator[str]:
        """Every feature that ever had an order."""
        return iter(self._halls)

    # ---- coming

    def put(self, order: Submit) -> Entry:
        """Take an order in."""
        self._number += 1
        entry = Entry(self._number, order, demand(order.call))
        line = self._line(entry)
        line.entries.append(entry)
        self._entries[entry.number] = (entry, line)
        if len(line.entries) == 1:
            self._seat(line)
        return entry

    def _line(self, entry: Entry) -> Line:
        user, wanted = entry.order.call.user, entry.demand
        key = (wanted.feature, wanted.write, int(entry.order.priority))
        lines = self._lines.setdefault(user, {})
        if key not in lines:
            lines[key] = Line(user, key)
            self._halls.setdefault(wanted.feature, Hall())
        return lines[key]

    def _seat(self, line: Line) -> None:
        """A line with a new head stands ready."""
        feature, _, priority = line.key
        heappush(self._halls[feature].ready[priority], (line.entries[0].number, line))

    # ---- going

    def head(self, feature: str, priority: Priority) -> Entry | None:
        """The first order that is ready."""
        ready = self._halls[feature].ready[priority]
        while ready:
            number, line = ready[0]
            if line.is_headed_by(number):
                return line.entries[0]
            heappop(ready)
        return None

    def take(self, entry: Entry) -> None:
        """The head that was just given leaves."""
        heappop(self._halls[entry.demand.feature].ready[entry.order.priority])
        self._leave(entry, self._entries[entry.number][1])

    def rest(self, entry: Entry, until: Instant) -> None:
        """The head that was just given waits until then, and its line with it."""
        hall = self._halls[entry.demand.feature]
        number, line = heappop(hall.ready[entry.order.priority])
        heappush(hall.resting, (until, number, line))

    def _leave(self, entry: Entry, line: Line) -> None:
        """The head goes: the next one stands ready."""
        del self._entries[entry.number]
        line.entries.popleft()
        self._settle(line)

    def _settle(self, line: Line) -> None:
        """A line whose head has gone has another one, or is no more."""
        if line.entries:
            self._seat(line)
            return
        lines = self._lines[line.user]
        del lines[line.key]
        if not lines:
            del self._lines[line.user]

    # ---- resting

    def wake(self, now: Instant) -> None:
        """Whose time has come stands ready."""
        for hall in self._halls.values():
            while hall.resting and hall.resting[0][0] <= now:
                _, number, line = heappop(hall.resting)
                if line.is_headed_by(number):
                    self._seat(line)

    def wake_all(self) -> None:
        """Limits or the clock have changed: all are to be looked at again."""
        for hall in self._halls.values():
            resting, hall.resting = hall.resting, []
            for _, number, line in resting:
                if line.is_headed_by(number):
                    self._seat(line)

    def wakes_at(self, feature: str) -> Instant | None:
        """When the next resting line stands ready."""
        resting = self._halls[feature].resting
        while resting and not resting[0][2].is_headed_by(resting[0][1]):
            heappop(resting)
        return resting[0][0] if resting else None

    def is_ready(self, feature: str) -> bool:
        """Whether any order of the feature stands ready."""
        return any(self.head(feature, priority) is not None for priority in Priority)

    # ---- leaving otherwise

    def overdue(self, now: Instant) -> list[Submit]:
        """Take out what has waited for too long; those who came first are looked at first."""
        gone: list[Submit] = []
        while self._entries:
            entry, line = next(iter(self._entries.values()))
            if entry.order.not_after > now:
                break
            self._leave(entry, line)  # the first to come of all is the first of its line
            gone.append(entry.order)
        return gone

    def clear(self, feature: str) -> list[Submit]:
        """Take out everything of a feature, in order of arrival."""
        hall, self._halls[feature] = self._halls[feature], Hall()
        lines = [line for ready in hall.ready for number, line in ready if line.is_headed_by(number)]
        lines += [line for _, number, line in hall.resting if line.is_headed_by(number)]
        gone = sorted((entry for line in lines for entry in line.entries), key=lambda entry: entry.number)
        for line in lines:
            self._drop(line, list(line.entries))
        return [entry.order for entry in gone]

    def forget(self, user: UserId, incarnation: int) -> int:
        """Drop what earlier lives of a user ordered; gives how many."""
        dropped = 0
        for line in list(self._lines.get(user, {}).values()):
            old = [entry for entry in line.entries if entry.order.call.request_id >> 40 < incarnation]
            self._drop(line, old)
            dropped += len(old)
        return dropped

    def _drop(self, line: Line, gone: list[Entry]) -> None:
        """These leave their line, wherever they stand."""
        if not gone:
            return
        head = line.entries[0]
        numbers = {entry.number for entry in gone}
        for number in numbers:
            del self._entries[number]
        line.entries = deque(entry for entry in line.entries if entry.number not in numbers)
        if head.number in numbers:
            self._settle(line)
