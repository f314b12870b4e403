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
from hybridcal_daemon.domain.values import Plain
from tests.contract_google.checked import Checker
from tests.contract_webex.checked import Checker as WebexChecker
from tests.simulation.asking import Asking
from tests.simulation.budget import Budget
from tests.simulation.conduct import Conduct
from tests.simulation.devices import Devices
from tests.simulation.house import House, Violated
from tests.simulation.life import Life
from tests.simulation.meetings import Meetings
from tests.simulation.oracle import Oracle
from tests.simulation.outside import MARK, ROOM, Outside, Wire
from tests.simulation.people import People
from tests.simulation.referee import Referee
from tests.simulation.rooms import RoomWatch
from tests.simulation.runtime import SimScheduler, sim_system
from tests.simulation.sampled import Sampled
from tests.simulation.seams import deterministic
from tests.simulation.shape import HOUR, MINUTE, shape
from tests.simulation.weather import Weather

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.ports import HttpRequest

SHM: Final = Path("/dev/shm")
"""Memory that looks like a disk, where there is one: nobody cuts the power of the real machine here."""
_ROOM_STEPS: Final = (
    "store.committed.access",
    "google.acl-get.done",
    "google.acl-insert.leaving",
    "google.acl-insert.done",
    "answered.GrantAccess",
)
_GOODBYE_STEPS: Final = ("google.acl-delete.leaving", "google.acl-delete.done", "answered.ReturnAccess")
_BARE_STEPS: Final = ("google.patch.leaving", "answered.Undecorate", "webex.meeting-end.done", "answered.EndMeeting")
_DAILY_STEPS: Final = (
    "google.edge.leaving",
    "google.edge.done",
    "answered.ListEdge",
    "google.setting.leaving",
    "answered.ReadProfile",
)
_AT_LAST: Final = 0.5
_TIGHT: Final = 60
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


class _Run(Life):
    def __init__(self, seed: int, directory: Path) -> None:
        super().__init__()
        self.random = random.Random(f"run/{seed}")
        self._shape = form = shape(self.random)
        self.scheduler = scheduler = SimScheduler(seed, form.start)
        self._slowness(self.random)
        runtimes = sim_system(scheduler)
        self._outside = Outside(scheduler.clock, seed, self._push, short_pages=0.2)
        wire = self._wire = Wire(scheduler, self._outside, runtimes.singletons.future)
        self.house = House(scheduler, runtimes, self._outside, wire, directory, form)
        self._people = People(self._outside, scheduler, form.persons)
        self._populate()
        self._meetings = Meetings(scheduler, self._outside, self.house, self._people)
        self._referee = Referee(scheduler, self._outside, self.house, self._people, self._meetings, form.settings)
        self._weather = Weather(scheduler, self._outside, wire, self.house, self._people, self._referee)
        self._weather.meetings = self._meetings
        self._weather.without = form.without
        if form.unwatched:
            self._weather.rules = {"unsupported": [form.persons[0].address]}
        self._devices = self._weather.devices = Devices(scheduler, self._outside, self.house, form)
        self._oracle = Oracle(
            scheduler, self._outside, self.house, self._people, self._referee, self._meetings, self._devices, form
        )
        self._asking = Asking(scheduler, self._outside, self.house, self._people, self._weather, self._insist_softly)
        self._room = RoomWatch(scheduler, self._outside, form.send_updates)
        self._weather.mend()
        self._watch()

    def _populate(self) -> None:
        form = self._shape
        for person in form.persons:
            self._outside.add_person(person.address, f"{MARK} {person.address.partition('.')[0]}", person.zone)
        if form.room:
            self._outside.add_room(form.persons[0].zone, form.role)
            self._people.room = ROOM

    def _watch(self) -> None:
        checker, budget = Checker(), Budget(self.scheduler, self._shape.lanes["google"])
        webex = WebexChecker()
        self._oracle.faults = webex.faults = checker.faults
        self._conduct = Conduct(self.scheduler, self.house, self._referee)
        self._weather.heard = self._conduct.pushed
        self._wire.watchers += [
            self._referee.saw,
            self._conduct.saw,
            self._room.saw,
            self._meetings.saw,
            Sampled(checker.watch, self.scheduler.seed),
            Sampled(webex.watch, self.scheduler.seed),
        ]
        self._wire.intruders.append(self._weather.intrude)
        self.house.began.append(budget.began)
        self._wire.pages.forgot = self._referee.lose
        self._weather.jumped = budget.clock_jumped

    def _push(self, request: HttpRequest) -> None:
        self._weather.push(request)

    def _slowness(self, chance: random.Random) -> None:
        """How long requests, and the way of their answers, take."""
        self.scheduler.serve(*_SERVING)
        most = chance.choice((0.05, 0.4, 2.0))
        for lane in ("google-*", "webex-*", "devices-*"):
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
        for person in self._shape.persons:
            self._referee.persons[person.address].state = "never"
        if self._shape.room:
            self._referee.persons[ROOM].state = "never"
        self._people.settle_in(8)
        self._live()
        first, second, third, *_ = [person.address for person in self._shape.persons if person.served]
        self._activate(first)
        self._activate(second)
        self._referee.look()
        self._conduct.look()
        for number, seconds in enumerate(self._shape.storms):
            self._storm(seconds, third if number == 0 else None)
            self._people.part()
            self._calm_down()
            self._check()
        if self._shape.quiet:
            self._quiet(self._shape.quiet)
            self._calm_down()
            self._check()
        self._oracle.search()

    def _check(self) -> None:
        if self._asking.finish():  # not everybody hears of it by a push
            self._calm_down()
        self._pass(30.0)
        self._settle()
        self._oracle.check()
        room = self._referee.persons.get(ROOM)
        if room is not None and room.state == "served":
            self._room.check_served()

    def _storm(self, seconds: float, newcomer: str | None) -> None:
        """Troubled hours, with an admin who activates and deactivates in between, and people who ask for things."""
        self._weather.brew(seconds, 14)
        end = self.scheduler.clock.elapsed + seconds
        for _ in range(self.random.randint(10, 26)):
            self.scheduler.after(self.random.uniform(0, seconds), self._act)
        self._pass_busily(self.random.uniform(0.1, 0.8) * seconds)
        gone = [address for address, person in self._referee.persons.items() if person.state == "gone"]
        for address in gone if newcomer is None else [newcomer]:
            self._activate(address)
        self._pass_busily((end - self.scheduler.clock.elapsed) / 2)
        if ROOM in self.house.ids and self.random.random() < 0.5:
            self._deactivate(ROOM)
        elif self.random.random() < 0.4:
            self._deactivate(self.random.choice(sorted(self.house.ids)))
        elif self.random.random() < 0.2:
            self._restart()
        self._pass(end - self.scheduler.clock.elapsed)

    def _pass_busily(self, seconds: float) -> None:
        """Let time pass in which people ask for things, and the room is activated."""
        end = self.scheduler.clock.elapsed + seconds
        acts = [self._asking.ask] * self.random.randint(0, self._shape.errands)
        acts += [self._asking.look] * (self._shape.errands > 0)
        if self._shape.room and self._referee.persons[ROOM].state in {"never", "gone"}:
            acts.append(lambda: self._activate(ROOM))
        self.random.shuffle(acts)
        for act in acts:
            self._pass(max(0.0, (end - self.scheduler.clock.elapsed) * self.random.random() / 2))
            act()
        self._pass(end - self.scheduler.clock.elapsed)

    def _quiet(self, seconds: float) -> None:
        """Days in which little happens."""
        end = self.scheduler.clock.elapsed + seconds
        self._weather.brew(seconds, 5)
        self._weather.arm_sometimes(*_DAILY_STEPS)
        for _ in range(self.random.randint(4, 12)):
            self.scheduler.after(self.random.uniform(0, seconds), self._act)
        self._pass(end - self.scheduler.clock.elapsed)

    def _act(self) -> None:
        if not self._weather.fair:
            self._people.act()

    def _calm_down(self) -> None:
        """No more troubles but one; long enough for every poll and back-off, and until nothing is under way."""
        self._told("calm")
        self._weather.calm()
        self._referee.trouble()
        self._last_trouble()
        if self._weather.resync:
            self._weather.resync = False
            self._resync()
            self._referee.find()
        longest = 1.25 * max(self._shape.settings.poll_interval, self._shape.settings.vacation_interval)
        self._pass(longest + 10 * MINUTE)

    def _last_trouble(self) -> None:
        """The room's device forgets its list, and sometimes the process dies when it is about to give it again."""
        room = self._referee.persons.get(ROOM)
        if room is not None and room.state == "served" and self.random.random() < _AT_LAST:
            self._devices.reboot()
            self.scheduler.reached["device rebooted at last"] += 1
            if self.random.random() < _AT_LAST:
                self.scheduler.arm("webex.bookings-put.leaving")

    # ---- admins

    def _activate(self, address: str) -> None:
        self._referee.joined(address)
        self._told(f"activate {address}")
        self._weather.haunt()
        if address == ROOM:
            self._room.joins()
            self._weather.arm_sometimes(*_ROOM_STEPS)
        room = address == ROOM
        view = self._insist(lambda: self.house.daemon.activate(Plain(address), by="admin", wait=5.0, room=room))
        self.house.ids[address] = view.user
        if room and self._insist_softly(lambda: self._devices.link(view.user), 30) is None:
            raise Violated("liveness", "the room's devices are not written down")
        self._oracle.remember_keys()

    def _deactivate(self, address: str) -> None:
        served = self._referee.persons[address]
        if served.state != "served":
            return
        served.state = "leaving"
        since = self.scheduler.clock.now()

        user = self.house.ids.pop(address)
        bare = address != ROOM and self.random.random() < 0.5
        served.bare += bare

        def leave() -> None:
            """Once it was acknowledged nobody asks again: the daemon has to finish it, whatever happens to it."""
            if user not in self.house.store.left:
                self.house.daemon.deactivate(
                    Plain(address), by="admin", wait=120.0, room=address == ROOM, undecorate=bare
                )
            if self.house.user(address) is not None:
                raise CallError(Kind.TRANSIENT, "busy")

        self._told(f"deactivate {address}")
        self._weather.haunt()
        if address == ROOM:
            self._weather.arm_sometimes(*_GOODBYE_STEPS)
        elif bare:
            self._weather.arm_sometimes(*_BARE_STEPS)
        self._insist(leave)
        self.scheduler.reached["deactivated"] += 1
        troubled = self._referee.troubled_since(since - MINUTE)
        if bare and not troubled and not served.gone_at:
            self._meetings.check_left(address, user)
        self._referee.left(address, user, troubled=troubled)
        if address == ROOM and not troubled:
            self._room.check_left(tight=self._shape.lanes["google"].per_minute < _TIGHT)

    def _resync(self) -> None:
        for address in list(self.house.ids):
            self._insist(lambda address=address: self.house.daemon.resync(Plain(address), room=address == ROOM))
