"""The only hand on the database.

Owns: the store and the order of writes. Promises: many saves in one transaction (group commit: whatever is queued when
the disk is free); ``Saved`` only after it is on disk; a read sees every write before it; on a full disk nothing is lost
or acknowledged, and it goes on by itself; on a broken disk the process ends.
Does not: decide what is written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from actors.base import Behaviour, Died, handles
from actors.protocol import (
    SUPERVISOR,
    Erase,
    Erased,
    FindUser,
    Load,
    OpenStore,
    ReadIndexKey,
    ReadItems,
    ReadJoinCell,
    ReadUsers,
    Record,
    SaveOrder,
    SetAlarm,
    StoreStatus,
    WriteIndexKey,
    WriteNow,
)
from hybridcal_daemon.domain.effects import Save
from hybridcal_daemon.domain.messages import Saved, Started, Woke
from hybridcal_daemon.domain.values import Instant
from hybridcal_daemon.ports import EraseUser, StoreBroken, StoreFull

if TYPE_CHECKING:
    from actors.directory import Directory
    from hybridcal_daemon.domain.values import Sealed
    from hybridcal_daemon.ports import Clock, ItemRow, Log, Store, UserRow, Write

_GROUP = 256
_RETRY_FULL = 1.0


class StoreActor(Behaviour):
    """Group commit and reads."""

    actor_inbox: Any

    def __init__(
        self,
        store: Store,
        directory: Directory,
        clock: Clock,
        log: Log,
        on_death: Callable[[Died], None],
    ) -> None:
        super().__init__(on_death=on_death)
        self._store = store
        self._directory = directory
        self._clock = clock
        self._log = log
        self._batch: list[Write] = []
        self._state = "ok"

    def on_stop(self) -> None:
        """The last batch, then close."""
        self._flush()
        self._store.close()

    @handles(SaveOrder)
    def save(self, order: SaveOrder) -> None:
        """Collect; write when nothing else waits, or the group is large."""
        self._batch.append(order.save)
        if len(self._batch) >= _GROUP or self.actor_inbox.empty():
            self._flush()

    @handles(Record)
    def record(self, order: Record) -> None:
        """Collect a line of the audit log; nobody waits for it."""
        self._batch.append(order.audit)
        if len(self._batch) >= _GROUP or self.actor_inbox.empty():
            self._flush()

    @handles(OpenStore)
    def open(self, _: OpenStore) -> None:
        """Open the database; whoever asks gets the error."""
        self._store.open()

    @handles(FindUser)
    def find_user(self, ask: FindUser) -> UserRow | None:
        """By blind index of the address."""
        self._flush()
        return self._store.user_by_index(ask.index)

    @handles(ReadUsers)
    def read_users(self, _: ReadUsers) -> list[UserRow]:
        """Everybody who is activated."""
        self._flush()
        return self._store.users()

    @handles(ReadItems)
    def read_items(self, ask: ReadItems) -> list[ItemRow]:
        """Rows for the meetings list."""
        self._flush()
        return self._store.items(ask.user)

    @handles(ReadJoinCell)
    def read_join_cell(self, ask: ReadJoinCell) -> Sealed | None:
        """What a Join card needs, sealed."""
        self._flush()
        return self._store.join_cell(ask.user, ask.event_id)

    @handles(ReadIndexKey)
    def read_index_key(self, _: ReadIndexKey) -> bytes | None:
        """The key of the blind index, wrapped."""
        return self._store.wrapped_index_key()

    @handles(WriteIndexKey)
    def write_index_key(self, order: WriteIndexKey) -> None:
        """Keep it."""
        self._store.put_wrapped_index_key(order.blob)

    @handles(StoreStatus)
    def status(self, _: StoreStatus) -> str:
        """Say 'ok', or the code of the trouble."""
        return self._state

    @handles(Woke)
    def woke(self, _: Woke) -> None:
        """Try again after the disk was full."""
        self._flush()

    def _flush(self) -> None:
        """Write the batch, then tell the savers; a full disk keeps the batch for later."""
        if not self._batch:
            return
        try:
            self._store.commit(self._batch)
        except StoreFull:
            self._full()
            return
        except StoreBroken as error:
            self._broken(error)
            raise
        written, self._batch = self._batch, []
        self._well()
        for write in written:
            self._acknowledge(write)

    def _acknowledge(self, write: Write) -> None:
        match write:
            case Save():
                self._directory.tell(write.user, Saved(version=write.version))
            case EraseUser():
                self._store.wipe_free_pages()
                self._directory.tell(SUPERVISOR, Erased(write.user))
            case _:
                pass

    @handles(WriteNow)
    def write_now(self, order: WriteNow) -> None:
        """Write for somebody who waits for it."""
        self._flush()
        if self._batch:
            raise StoreFull  # what came before is still waiting for space
        try:
            self._store.commit(order.writes)
        except StoreFull:
            self._full()
            raise
        except StoreBroken as error:
            self._broken(error)
            raise
        self._well()

    @handles(Load)
    def load(self, order: Load) -> None:
        """Send a user what is known of it."""
        self._flush()
        snapshot = self._store.snapshot(order.user)
        started = Started(
            incarnation=order.incarnation, entropy=order.entropy, snapshot=snapshot, settings=order.settings
        )
        self._directory.tell(order.user, started)

    @handles(Erase)
    def erase(self, order: Erase) -> None:
        """Remove every trace of a user."""
        self._batch.append(EraseUser(user=order.user, at=self._clock.now()))
        self._flush()

    def _full(self) -> None:
        if self._state != "disk-full":
            self._state = "disk-full"
            self._log.emit("error", "store.full", waiting=len(self._batch))
        self._directory.tell("timers", SetAlarm("store", Instant(self._clock.now() + _RETRY_FULL)))

    def _well(self) -> None:
        if self._state != "ok":
            self._state = "ok"
            self._log.emit("info", "store.well")

    def _broken(self, error: StoreBroken) -> None:
        self._state = "broken"
        self._log.emit("critical", "store.broken", error=type(error).__name__)
