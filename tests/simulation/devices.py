"""Devices in the room and on a desk: what they show.

Owns: which there are, what happens to them, and the comparison at quiescence. Promises: what a device should show is
read in the stand-in's own expansion of the calendar. Does not: choose when something happens (``weather.py``).
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.domain.messages import Linked
from hybridcal_daemon.work.devicelink import DEVICES_PLACE, DeviceLink, encode
from tests.simulation.house import Violated
from tests.simulation.outside import MARK, ROOM
from tests.simulation.plans import at
from tests.simulation.referee import response

if TYPE_CHECKING:
    from hybridcal_daemon.domain.values import UserId
    from tests.simulation.house import House
    from tests.simulation.outside import Outside
    from tests.simulation.scheduler import SimScheduler
    from tests.simulation.shape import Shape

MINUTE, HOUR = 60.0, 3600.0
_SOON: Final = 120.0
_TAKEN: Final = frozenset({"accepted", "organizer"})
Shown = tuple[float, int, str]


class Devices:
    """``by_owner``: id of a device by the address of whose meetings it shows."""

    def __init__(self, scheduler: SimScheduler, outside: Outside, house: House, form: Shape) -> None:
        self._scheduler = scheduler
        self._webex = outside.webex
        self._google = outside.google
        self._house = house
        self._settings = form.settings
        self._random = random.Random(f"devices/{scheduler.seed}")
        self.by_owner: dict[str, str] = {}
        self._workspace = ""
        if form.room:
            self._workspace = self._webex.add_workspace(f"{MARK} room")
            self.by_owner[ROOM] = self._webex.add_device(f"{MARK} bar", workspace=self._workspace)
        if self._random.random() < 0.6:
            person = form.persons[0].address
            self.by_owner[person] = self._webex.add_device(f"{MARK} desk", person=person)

    # ---- an admin

    def link(self, user: UserId) -> bool | None:
        """Say that the room's meetings are shown in its workspace; None when that is not written down yet."""
        if self._house.store.snapshot(user).durable.link is not None:
            return True
        cell = self._house.system.asker.seal_cell(user, DEVICES_PLACE, encode(DeviceLink(workspace_id=self._workspace)))
        self._house.system.directory.tell(user, Linked(link=cell))
        return None

    # ---- what happens to them

    def reboot(self) -> None:
        """The room's device forgets its list."""
        if ROOM in self.by_owner:
            self._webex.reboot(self.by_owner[ROOM])
            self._scheduler.reached["device rebooted"] += 1

    def cut_off(self, seconds: float) -> None:
        """A device cannot be reached for a while; it goes on showing what it has."""
        if self.by_owner:
            device = self._random.choice(sorted(self.by_owner.values()))
            self._webex.go_offline(device)
            self._scheduler.reached["device cut off"] += 1
            self._scheduler.after(seconds, lambda: self._webex.come_online(device))

    def all_online(self) -> None:
        """Whatever was cut off is connected again."""
        for device in self.by_owner.values():
            self._webex.come_online(device)

    # ---- at rest

    def check(self, address: str, user: UserId, *, served: bool) -> None:
        """The device of a calendar shows what takes place there in the days to come; nothing when it is not served."""
        if address not in self.by_owner:
            return
        if address == ROOM and served and self._house.store.snapshot(user).durable.link is None:
            return
        shown = Counter(map(_shown, self._webex.bookings(self.by_owner[address])))
        expected, edges = self._expected(address) if served else (Counter(), set())
        wrong = [one for one in (shown - expected) + (expected - shown) if one not in edges]
        if wrong:
            start, minutes, _ = min(wrong)
            where = "shown" if min(wrong) in shown else "missing"
            raise Violated("device", f"a meeting of {address} at {start:.0f} for {minutes} minutes is {where}")
        if served and shown:
            self._scheduler.reached["device shows meetings"] += 1

    def _expected(self, address: str) -> tuple[Counter[Shown], set[Shown]]:
        """What it should show, and what it may."""
        now = self._scheduler.clock.now()
        high = now + self._settings.devices_ahead
        expected: Counter[Shown] = Counter()
        edges: set[Shown] = set()
        for event in self._google.instances(address, now - HOUR, high + 2 * HOUR):
            if not self._is_shown(address, event):
                continue
            start, end = at(event), at(event, "end")
            entry = (start, max(1, -int(-(end - start) // MINUTE)), event.get("summary", ""))
            if abs(end - now) < _SOON or abs(start - high) < HOUR + _SOON:
                edges.add(entry)
            if end > now and start < high:
                expected[entry] += 1
        return expected, edges

    @staticmethod
    def _is_shown(address: str, event: dict[str, Any]) -> bool:
        meeting = event.get("eventType", "default") == "default" and "dateTime" in event["start"]
        said = response(event)
        return meeting and (said in _TAKEN if address == ROOM else said != "declined")


def _shown(entry: dict[str, Any]) -> Shown:
    time = entry["Time"]
    return (datetime.fromisoformat(time["StartTime"]).timestamp(), int(time["Duration"]), entry["Title"])
