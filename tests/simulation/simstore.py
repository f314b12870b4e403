"""The store in the simulation: the real one, on a disk that can be full, in a process that can die.

Owns: what is reached with each commit, and what a death leaves on disk. Promises: as ``house.py``. Does not: choose.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.adapters.store import SqliteStore
from hybridcal_daemon.domain.effects import Save
from hybridcal_daemon.ports import LeaveUser, StoreFull

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hybridcal_daemon.domain.state import Durable
    from tests.simulation.scheduler import SimScheduler

DATABASE: Final = "hybridcal.db"


class SimStore(SqliteStore):
    """The real store, with points before and after each commit, and a disk that can be full."""

    def __init__(self, path: Path, scheduler: SimScheduler) -> None:
        super().__init__(path)
        self.path = path
        self._scheduler = scheduler
        self.full = False
        self.left: set[str] = set()
        """Whose deactivation was acknowledged to the admin (or would have been)."""
        self.newest: dict[str, str] = {}
        """By user: the channel that was stored as open last."""

    def commit(self, writes) -> None:
        self._scheduler.point("store.commit")
        if self.full:
            self._scheduler.reached["store.full"] += 1
            raise StoreFull
        saves = [write.durable for write in writes if isinstance(write, Save)]
        if any(errand.state == "done" for durable in saves for errand in durable.errands):
            self._scheduler.point("store.commit.errand.done")
        super().commit(writes)
        self.left |= {write.user for write in writes if isinstance(write, LeaveUser)}
        for channel in [channel for write in writes if isinstance(write, Save) for channel in write.durable.channels]:
            if channel.state == "open":
                self.newest[_user_of(channel.channel_id)] = channel.channel_id
        self._scheduler.point("store.committed")
        if any(isinstance(write, Save) and (write.put or write.delete) for write in writes):
            self._scheduler.point("store.committed.rows")
        for written in sorted({name for durable in saves for name in _written(durable)}):
            self._scheduler.point(f"store.committed.{written}")

    def newest_channel(self, channel: str) -> str:
        """Of the calendar whose channel this is: the one that was stored as open last, '' when none was."""
        return self.newest.get(_user_of(channel), "")

    def die(self, to: Path) -> SimStore:
        """Leave in ``to`` what a killed process leaves on disk, and give the store of the next life."""
        to.mkdir(mode=0o700)
        for file in sorted(self.path.parent.glob(f"{DATABASE}*")):
            shutil.copy2(file, to / file.name)
        self.close()
        shutil.rmtree(self.path.parent)
        heir = SimStore(to / DATABASE, self._scheduler)
        heir.left, heir.newest = self.left, self.newest
        return heir


def _written(durable: Durable) -> Iterator[str]:
    """What a state that is on disk now allows to leave."""
    yield from ("card" for card in durable.cards if card.state == "sending")
    yield from ("channel" for channel in durable.channels if channel.state == "creating")
    yield from (f"errand.{errand.state}" for errand in durable.errands)
    yield from ("access" for _ in [durable.access] if durable.access.state == "granting")
    yield from (f"meeting.{meeting.state}" for meeting in durable.meetings)
    yield from ("notice" for notice in durable.notices if notice.state == "sending")
    yield from ("offer" for device in durable.devices if device.offered)


def _user_of(channel: str) -> str:
    return channel.partition("-")[0]
