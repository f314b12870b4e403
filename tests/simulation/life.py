"""The process in the course of a run: time passes, it dies, it lives again.

Owns: deaths and new lives, and acts that are tried until they are done. Promises: whatever dies, time goes on. Does
not: choose what happens (``run.py`` does).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.domain.failures import CallError
from tests.simulation.house import Violated
from tests.simulation.runtime import Crashed
from tests.simulation.shape import HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.house import House
    from tests.simulation.referee import Referee
    from tests.simulation.runtime import SimScheduler
    from tests.simulation.weather import Weather


_TRIES: Final = 150


class Life:
    """For a run to build on."""

    scheduler: SimScheduler
    house: House
    _referee: Referee
    _weather: Weather

    def __init__(self) -> None:
        self._last_death = -HOUR
        self._told: Callable[[str], None] = lambda _: None

    def _pass(self, seconds: float) -> None:
        until = self.scheduler.clock.elapsed + seconds
        while self.scheduler.clock.elapsed < until:
            try:
                self._live()
                self.scheduler.run_until(lambda: False, within=max(0.0, until - self.scheduler.clock.elapsed))
            except Crashed as crashed:
                self._died(crashed)

    def _died(self, crashed: Crashed) -> None:
        reached = self.scheduler.reached
        reached[f"crash at {crashed.point}"] += 1
        self._told(f"crash at {crashed.point}")
        if self.scheduler.clock.elapsed < self._last_death + MINUTE:
            reached["two crashes within a minute"] += 1
        self._last_death = self.scheduler.clock.elapsed
        self._referee.trouble()
        self.house.died()

    def _live(self) -> None:
        """Have a living process."""
        while not self.house.alive:
            try:
                if self.scheduler.life:
                    self.scheduler.run_until(lambda: False, within=self._weather.restart_after())
                self.house.start()
                self._referee.trouble()
            except Crashed as crashed:
                self._died(crashed)

    def _restart(self) -> None:
        """SIGTERM, and a new start."""
        try:
            self.house.stop()
        except Crashed as crashed:
            self._died(crashed)
        else:
            self.scheduler.crash("stopped")
            self._died(Crashed("stopped"))
        self._live()

    def _settle(self) -> None:
        """Wait until nothing is under way."""
        for _ in range(20):
            if all(self.house.lane(lane) == ("ok", 0, 0) for lane in ("google", "webex", "devices")):
                return
            self._pass(7.0)

    def _insist(self, act: Callable[[], Any]) -> Any:
        """Do it until it is done, whatever dies or is slow meanwhile."""
        for _ in range(_TRIES):
            try:
                return act()
            except CallError:
                self._pass(10.0)
            except Crashed as crashed:
                self._died(crashed)
                self._live()
        raise Violated("liveness", "an admin waited in vain")

    def _insist_softly(self, act: Callable[[], Any], times: int) -> Any:
        """Do it until it gives something, up to so many times, whatever dies meanwhile."""
        for _ in range(times):
            try:
                given = act()
            except Crashed as crashed:
                self._died(crashed)
                self._live()
            else:
                if given is not None:
                    return given
                self._pass(10.0)
        return None
