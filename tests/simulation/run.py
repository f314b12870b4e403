"""One run: a seed's world from its beginning to its last check.

Owns: the order of things: activation, stretches of troubled hours, calm, checks, the end; deaths and new lives of the
process. Promises: the same seed gives the same trace, and all that a run made is removed. Does not: print.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.lane import LaneSettings
from hybridcal_daemon.domain.state import UserSettings
from hybridcal_daemon.domain.values import Plain
from tests.simulation.house import House, Violated
from tests.simulation.oracle import Oracle
from tests.simulation.outside import MARK, Outside, Wire
from tests.simulation.people import People
from tests.simulation.plans import Person
from tests.simulation.referee import Referee
from tests.simulation.runtime import Crashed, SimScheduler, sim_system
from tests.simulation.seams import deterministic
from tests.simulation.weather import Weather

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.ports import HttpRequest

MINUTE, HOUR = 60.0, 3600.0
STARTS: Final = (
    1_800_000_000.0,  # a Friday in January 2027
    1_805_997_600.0,  # six hours before Berlin's clocks go forward in March 2027
    1_824_746_400.0,  # an evening in October 2027, a day before Berlin's clocks go back
    1_804_860_000.0,  # a Saturday in March 2027, New York's clocks go forward on Sunday
)
ZONES: Final = ("Europe/Berlin", "America/New_York", "UTC", "Asia/Kolkata")
SHM: Final = Path("/dev/shm")
"""Memory that looks like a disk, where there is one: nobody cuts the power of the real machine here."""
_SERVING: Final = ("tokens", "minter-*", "kms", "store")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended. ``broken``: the invariant that does not hold, '' when all do; ``why``: in words."""

    seed: int
    trace: str
    broken: str
    why: str
    steps: int
    hours: float
    reached: Counter[str] = field(default_factory=Counter)


def run(seed: int, tell: Callable[[str], None] | None = None) -> Outcome:
    """Play a seed; ``tell`` gets the story line by line."""
    directory = Path(tempfile.mkdtemp(prefix="hybridcal-sim-", dir=SHM if SHM.is_dir() else None))
    try:
        world = _Run(seed, directory)
        if tell is not None:
            world.narrate(tell)
        broken, why = "", ""
        try:
            with deterministic(world.scheduler.clock, seed):
                world.play()
        except Violated as violated:
            broken, why = violated.invariant, str(violated)
        finally:
            world.house.store.close()
        scheduler = world.scheduler
        return Outcome(
            seed=seed,
            trace=scheduler.trace_hash(),
            broken=broken,
            why=f"{why} (at {scheduler.clock.elapsed:.1f} s)" if why else "",
            steps=scheduler.steps,
            hours=scheduler.clock.elapsed / HOUR,
            reached=scheduler.reached,
        )
    finally:
        shutil.rmtree(directory, ignore_errors=True)


class _Run:
    def __init__(self, seed: int, directory: Path) -> None:
        self.random = random.Random(f"run/{seed}")
        chance = self.random
        self.scheduler = scheduler = SimScheduler(seed, chance.choice(STARTS) + chance.randint(0, 24) * HOUR)
        self._settings = _settings(chance)
        self._slowness(chance)
        runtimes = sim_system(scheduler)
        self._outside = Outside(scheduler.clock, seed, self._push, short_pages=0.2)
        wire = self._wire = Wire(scheduler, self._outside, runtimes.singletons.future)
        self.house = House(
            scheduler,
            runtimes,
            self._outside,
            wire,
            directory,
            settings=self._settings,
            lanes=_lanes(chance),
            page_size=chance.choice((3, 7, 50)),
        )
        self._persons = _persons(chance)
        for person in self._persons:
            self._outside.add_person(person.address, f"{MARK} {person.address.partition('.')[0]}", person.zone)
        self._people = People(self._outside, scheduler, self._persons)
        self._referee = Referee(scheduler, self._outside, self.house, self._people, self._settings)
        self._weather = Weather(scheduler, self._outside, wire, self.house, self._people, self._referee)
        self._oracle = Oracle(
            scheduler, self._outside, self.house, self._people, self._referee, push=self._settings.push
        )
        wire.watchers.append(self._referee.saw)
        wire.intruders.append(self._weather.intrude)
        self._last_death = -HOUR
        self._told: Callable[[str], None] = lambda _: None

    def _push(self, request: HttpRequest) -> None:
        self._weather.push(request)

    def _slowness(self, chance: random.Random) -> None:
        """How long requests, and the way of their answers, take."""
        self.scheduler.serve(*_SERVING)
        most = chance.choice((0.05, 0.4, 2.0))
        for lane in ("google-*", "webex-*"):
            self.scheduler.delay(lane, 0.01, most)
        self.scheduler.delay("u*", 0.0, chance.choice((0.0, 0.01, 0.5)))
        slow_disk = chance.choice((0.0, 0.0, 0.6, 3.0))
        if slow_disk:
            self.scheduler.delay("store", 0.0, slow_disk)

    def narrate(self, tell: Callable[[str], None]) -> None:
        """Tell of requests, log lines, people's acts and deaths."""
        clock = self.scheduler.clock

        def told(line: str) -> None:
            tell(f"{clock.elapsed:10.2f} {line}")

        self.house.log.told = self._people.told = self._told = told
        self._wire.watchers.append(lambda exchange: told(exchange.line()))

    # ---- the story

    def play(self) -> None:
        for person in self._persons:
            self._referee.persons[person.address].state = "never"
        self._people.settle_in(8)
        self._live()
        first, second, third, *_ = [person.address for person in self._persons if person.served]
        self._activate(first)
        self._activate(second)
        self._referee.look()
        stretches = self.random.choice((1, 2, 2))
        for stretch in range(stretches):
            self._storm(self.random.uniform(1.5, 4) * HOUR, third if stretch == 0 else None)
            self._calm_down()
            self._oracle.check()
        self._oracle.search()

    def _storm(self, seconds: float, newcomer: str | None) -> None:
        """Troubled hours, with an admin who activates and deactivates in between."""
        self._weather.brew(seconds, 14)
        end = self.scheduler.clock.elapsed + seconds
        for _ in range(self.random.randint(10, 26)):
            self.scheduler.after(self.random.uniform(0, seconds), self._act)
        self._pass(self.random.uniform(0.1, 0.8) * seconds)
        gone = [address for address, person in self._referee.persons.items() if person.state == "gone"]
        for address in gone if newcomer is None else [newcomer]:
            self._activate(address)
        self._pass((end - self.scheduler.clock.elapsed) / 2)
        if self.random.random() < 0.4:
            self._deactivate(self.random.choice([p.address for p in self._persons if p.served]))
        elif self.random.random() < 0.2:
            self._restart()
        self._pass(end - self.scheduler.clock.elapsed)

    def _act(self) -> None:
        if not self._weather.fair:
            self._people.act()

    def _calm_down(self) -> None:
        self._told("calm")
        """No more troubles; long enough for every poll and back-off, and until nothing is under way."""
        self._weather.calm()
        self._referee.trouble()
        if self._weather.malformed:
            self._weather.malformed = False
            self._resync()
        longest = 1.25 * max(self._settings.poll_interval, self._settings.vacation_interval)
        self._pass(longest + 10 * MINUTE)
        for _ in range(20):
            if self._is_idle():
                return
            self._pass(7.0)

    def _is_idle(self) -> bool:
        return all(self.house.lane(lane) == ("ok", 0, 0) for lane in ("google", "webex"))

    # ---- admins

    def _activate(self, address: str) -> None:
        self._referee.joined(address)
        self._told(f"activate {address}")
        self._weather.haunt()
        view = self._insist(lambda: self.house.daemon.activate(Plain(address), by="admin", wait=5.0))
        self.house.ids[address] = view.user
        self._oracle.remember_keys()

    def _deactivate(self, address: str) -> None:
        served = self._referee.persons[address]
        if served.state != "served":
            return
        served.state = "leaving"
        since = self.scheduler.clock.now()

        user = self.house.ids.pop(address)

        def leave() -> None:
            """Once it was acknowledged nobody asks again: the daemon has to finish it, whatever happens to it."""
            if user not in self.house.store.left:
                self.house.daemon.deactivate(Plain(address), by="admin", wait=120.0)
            if self.house.user(address) is not None:
                raise CallError(Kind.TRANSIENT, "busy")

        self._told(f"deactivate {address}")
        self._weather.haunt()
        self._insist(leave)
        self.scheduler.reached["deactivated"] += 1
        self._referee.left(address, user, troubled=self._referee.troubled_since(since))

    def _resync(self) -> None:
        for address in list(self.house.ids):
            self._insist(lambda address=address: self.house.daemon.resync(Plain(address)))

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

    def _insist(self, act: Callable[[], object]):
        """Do it until it is done, whatever dies or is slow meanwhile."""
        for _ in range(60):
            try:
                return act()
            except CallError:
                self._pass(10.0)
            except Crashed as crashed:
                self._died(crashed)
                self._live()
        raise Violated("liveness", "an admin waited in vain")

    # ---- time, life and death

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


def _settings(chance: random.Random) -> UserSettings:
    return UserSettings(
        poll_interval=chance.choice((450.0, 900.0)),
        push=chance.random() < 0.8,
        push_ttl=chance.choice((3600, 4 * 3600, 604800)),
        vacation_interval=600.0,
        presence_ttl=chance.choice((600, 1800)),
        room_ttl=chance.choice((3600.0, 86400.0)),
        resync_interval=chance.choice((3600.0, 6 * 3600.0, 86400.0)),
    )


def _lanes(chance: random.Random) -> dict[str, LaneSettings]:
    return {
        lane: LaneSettings(workers=chance.randint(1, 3), per_minute=chance.choice((120, 600)), burst=20)
        for lane in ("google", "webex")
    }


def _persons(chance: random.Random) -> tuple[Person, ...]:
    """Three who are served at some time, one who never is."""
    zones = chance.sample(ZONES, 4)
    names = ("alice", "bob", "carol", "dave")
    return tuple(
        Person(address=f"{name}.{MARK}@acme.example", zone=zone, served=name != "dave")
        for name, zone in zip(names, zones, strict=True)
    )
