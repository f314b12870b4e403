"""Which blocks stand in people's events, and where they lead.

Owns: the comparison at quiescence. Promises: what an event asks for is read in its location as a person wrote it, where
a block leads in the stand-ins. Does not: know which meeting is whose (``meetings.py`` does).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.domain import joinblock
from tests.simulation.house import Violated
from tests.simulation.plans import asked_by, at

if TYPE_CHECKING:
    from tests.simulation.meetings import Meetings
    from tests.simulation.outside import Outside
    from tests.simulation.people import People
    from tests.simulation.scheduler import SimScheduler

DAY: Final = 86400.0
_SOON: Final = 120.0


class Blocks:
    """Compares."""

    def __init__(self, scheduler: SimScheduler, outside: Outside, people: People, meetings: Meetings) -> None:
        self._scheduler = scheduler
        self._outside = outside
        self._people = people
        self._meetings = meetings

    def check(self, address: str, user: str) -> None:
        """Each event of an activated organiser has the block that it asks for, or none, and the own text."""
        now = self._scheduler.clock.now()
        events = {event["id"]: event for event in self._outside.google.dump_events(address)}
        for plan in self._people.plans.values():
            event = events.get(plan.event_id)
            if plan.owner == address and event is not None and event["status"] != "cancelled":
                coming = not plan.series and now + _SOON < at(event, "end") and at(event) < now + 31 * DAY
                self._check_text(event, plan.text)
                if coming:
                    self._check_way(address, user, event)

    @staticmethod
    def _check_text(event: dict[str, Any], own: str) -> None:
        text = event.get("description", "")
        if text.count(joinblock.BEGIN) > 1:
            raise Violated("block", f"{text.count(joinblock.BEGIN)} blocks in {event['id']}")
        if joinblock.strip(text) != own:
            raise Violated("block", f"the own text of {event['id']} was changed")

    def _check_way(self, address: str, user: str, event: dict[str, Any]) -> None:
        block = joinblock.find(event.get("description", ""))
        asks = asked_by(event.get("location", ""))
        if asks == "":
            if block is not None:
                raise Violated("block", f"{event['id']} asks for nothing and has a block")
            return
        ways = self._meetings.ways(address, user, event["id"], asks)
        if ways is None:
            return  # it may, or may not, have a meeting
        if block is None:
            raise Violated("block", f"{event['id']} asks for {asks} and has no block")
        if not any(way in block.link for way in ways):
            raise Violated("block", f"the block of {event['id']}, which asks for {asks}, leads elsewhere")
