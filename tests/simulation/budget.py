"""How many units of Google's quota the daemon uses.

Owns: the count of what workers begin, by wall clock, for everybody and for each calendar. Promises: knows nothing of
how the daemon counts; in no minute may more begin than the settings say, also around a restart.
Does not: count what a worker repeats (a token was refused, somebody else wrote first): nobody can foresee that.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from tests.simulation.house import Violated, step

if TYPE_CHECKING:
    from hybridcal_daemon.domain.calls import GoogleCall
    from hybridcal_daemon.domain.lane import LaneSettings
    from tests.simulation.scheduler import SimScheduler

_UNITS: Final = {"Decorate": 4, "respond": 4, "ReadProfile": 2}
"""A patch costs three units, a get one; anything else one request."""
_GMAIL: Final = "ReadVacation"
_WINDOW: Final = 57.5
"""A minute, less the time for which an order may be on its way from the lane to its worker."""
_DEAREST: Final = 4
"""While one worker waits for a slow answer the others stand still in a simulation: what they were given begins late."""
_NEARLY: Final = 0.9


class Budget:
    """Hears of each order as a worker begins with it."""

    def __init__(self, scheduler: SimScheduler, settings: LaneSettings) -> None:
        self._scheduler = scheduler
        self._settings = settings
        self._late = _DEAREST * (settings.workers - 1)
        self._spent: dict[str, deque[tuple[float, int]]] = {}

    def began(self, call: GoogleCall) -> None:
        """An order to Google begins."""
        name = step(call)
        units = _UNITS.get(name, 1)
        if name == _GMAIL:
            self._spend("gmail", units, self._settings.gmail_per_minute)
            return
        self._spend("project", units, self._settings.per_minute)
        self._spend(call.user, units, self._settings.user_per_minute)

    def clock_jumped(self) -> None:
        """Everybody's clock was set: what was on its way looks nearer to what follows than it is."""
        self._spent.clear()

    def _spend(self, what: str, units: int, most: float) -> None:
        now = self._scheduler.clock.now()
        spent = self._spent.setdefault(what, deque())
        spent.append((now, units))
        while spent[0][0] <= now - _WINDOW:
            spent.popleft()
        total = sum(units for _, units in spent)
        if total > most + self._late:
            raise Violated("budget", f"{total} units of {what} within a minute, {most:.0f} are allowed")
        if total > _NEARLY * most:
            self._scheduler.reached[f"quota nearly used up: {what if what in {'gmail', 'project'} else 'user'}"] += 1
