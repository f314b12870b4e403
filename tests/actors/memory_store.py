"""ports.Store over dictionaries, with every trouble that a disk can have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hybridcal_daemon.domain.effects import Save
from hybridcal_daemon.domain.state import Durable, Snapshot, Standing
from hybridcal_daemon.domain.values import Instant, Sealed, UserId
from hybridcal_daemon.ports import AddUser, Audit, EraseUser, ItemRow, LeaveUser, StoreBroken, StoreFull, UserRow

_ADDRESS = Sealed(b"a")
_EPOCH = Instant(0)


class MemoryStore:
    """ports.Store. ``full``, ``broken``: every write fails so; ``bad``: users whose saves are a fault."""

    def __init__(self) -> None:
        self.rows: dict[UserId, UserRow] = {}
        self.durables: dict[UserId, Durable] = {}
        self.items_of: dict[UserId, dict[str, Any]] = {}
        self.audits: list[Audit] = []
        self.commits: list[tuple[Any, ...]] = []
        self.attempts = 0
        self.wipes = 0
        self.key: bytes | None = None
        self.house: dict[str, bytes] = {}
        self.full = self.broken = self.wipe_full = False
        self.bad: set[str] = set()
        self.undecorate: set[UserId] = set()
        self.opened = self.closed = False
        self.before_commit = lambda: None
        self.refuses_to_open: Exception | None = None

    def open(self) -> None:
        if self.refuses_to_open is not None:
            raise self.refuses_to_open
        self.opened = True

    def close(self) -> None:
        self.closed = True

    def check(self) -> None:
        if self.broken:
            raise StoreBroken("the disk fails")
        if self.full:
            raise StoreFull("no space")

    def commit(self, writes) -> None:
        self.attempts += 1
        self.before_commit()
        if any(isinstance(write, Save) and write.user in self.bad for write in writes):
            raise TypeError("cannot be stored")
        self.check()
        for write in writes:
            self._apply(write)
        self.commits.append(tuple(writes))

    def _apply(self, write) -> None:
        match write:
            case AddUser():
                new = write.row
                self.add(new.user, new.address, new.index, new.wrapped_key, write.at)
            case LeaveUser() if write.user in self.rows:
                self.rows[write.user] = replace(
                    self.rows[write.user], standing=Standing(state="leaving", since=write.at)
                )
                self.undecorate |= {write.user} if write.undecorate else set()
            case EraseUser():
                for table in (self.rows, self.durables, self.items_of):
                    table.pop(write.user, None)
            case Audit():
                self.audits.append(write)
            case Save() if write.user in self.rows:
                self._save(write)

    def _save(self, write: Save) -> None:
        self.durables[write.user] = write.durable
        items = self.items_of.setdefault(write.user, {})
        items.update({event.fact.event_id: event for event in write.put})
        for event_id in write.delete:
            items.pop(event_id, None)
        if self.rows[write.user].standing.state != "leaving":
            self.rows[write.user] = replace(self.rows[write.user], standing=write.durable.standing)

    def add(self, user, address=_ADDRESS, index=b"i", wrapped_key=b"k", at=_EPOCH) -> None:
        standing = Standing(since=at)
        self.rows[user] = UserRow(user=user, address=address, index=index, wrapped_key=wrapped_key, standing=standing)
        self.durables[user] = Durable(standing=standing)

    def users(self):
        self._readable()
        return [self.rows[user] for user in sorted(self.rows)]

    def user_by_index(self, index):
        self._readable()
        return next((row for row in self.rows.values() if row.index == index), None)

    def snapshot(self, user):
        self._readable()
        durable = self.durables.get(user, Durable())
        if user in self.rows:
            undecorate = durable.undecorate or user in self.undecorate
            durable = replace(durable, standing=self.rows[user].standing, undecorate=undecorate)
        facts = tuple(event.fact for _, event in sorted(self.items_of.get(user, {}).items()))
        return Snapshot(user=user, durable=durable, events=facts)

    def items(self, user):
        self._readable()
        return [ItemRow(fact=event.fact, item=event.item) for event in self.items_of.get(user, {}).values()]

    def join_cell(self, user, event_id):
        event = self.items_of.get(user, {}).get(event_id)
        return None if event is None else event.join

    def _readable(self) -> None:
        if self.broken:
            raise StoreBroken("the disk fails")

    def wrapped_index_key(self):
        self._readable()
        return self.key

    def put_wrapped_index_key(self, blob) -> None:
        self.check()
        self.key = blob

    def house_cell(self, name):
        self._readable()
        return self.house.get(name)

    def put_house_cell(self, name, cell) -> None:
        self.check()
        self.house[name] = cell

    def wipe_free_pages(self) -> None:
        if self.wipe_full:
            raise StoreFull("no space")
        self.wipes += 1
