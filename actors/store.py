"""The only hand on the database.

Owns: the store and the order of writes. Promises: many saves in one transaction (group commit: whatever is queued when
the disk is free); ``Saved`` only after it is on disk; a read sees every write before it; on a full disk nothing is lost
or acknowledged, and it goes on by itself; on a broken disk the process ends; a state that cannot be written costs its
user that life and nobody else anything.
Does not: decide what is written.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from actors.base import Behaviour, Died, handles, place
from actors.protocol import (
    SUPERVISOR,
    Broke,
    Erase,
    Erased,
    FindUser,
    Load,
    OpenStore,
    ReadHouseCell,
    ReadIndexKey,
    ReadItems,
    ReadJoinCell,
    ReadUsers,
    Record,
    SaveOrder,
    SetAlarm,
    StoreStatus,
    Unsaved,
    WriteHouseCell,
    WriteIndexKey,
    WriteNow,
)
from hybridcal_daemon.domain.effects import Save
from hybridcal_daemon.domain.messages import Saved, Started, Woke
from hybridcal_daemon.domain.values import Instant
from hybridcal_daemon.ports import EraseUser, StoreBroken, StoreFull

if TYPE_CHECKING:
    from actors.directory import Directory
    from hybridcal_daemon.domain.values import Sealed, UserId
    from hybridcal_daemon.ports import Clock, ItemRow, Log, Store, UserRow, Write

T = TypeVar("T")
_GROUP = 256
_RETRY_FULL = 1.0


class StoreActor(Behaviour):
    """Group commit and reads. Whenever its mailbox is empty, all that can be written is written."""

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
        self._erased: list[UserId] = []
        self._unwiped = False
        self._unsaved: set[UserId] = set()
        self._state = "ok"

    def on_stop(self) -> None:
        """The last batch, then close."""
        try:
            self._write()
        finally:
            self._store.close()

    # ---- writing

    @handles(SaveOrder)
    def save(self, order: SaveOrder) -> None:
        """Collect; write when nothing else waits, or the group is large."""
        if order.save.user not in self._unsaved:
            self._collect(order.save)

    @handles(Record)
    def record(self, order: Record) -> None:
        """Collect a line of the audit log; nobody waits for it."""
        self._collect(order.audit)

    @handles(Erase)
    def erase(self, order: Erase) -> None:
        """Remove every trace of a user."""
        self._collect(EraseUser(user=order.user, at=self._clock.now()))

    @handles(WriteNow)
    def write_now(self, order: WriteNow) -> None:
        """Write for somebody who waits for it."""
        self._write()
        if self._batch:
            raise StoreFull  # what came before is still waiting for space
        self._at_once(lambda: self._store.commit(order.writes))

    @handles(WriteIndexKey)
    def write_index_key(self, order: WriteIndexKey) -> None:
        """Keep it."""
        self._flush()
        self._at_once(lambda: self._store.put_wrapped_index_key(order.blob))

    @handles(WriteHouseCell)
    def write_house_cell(self, order: WriteHouseCell) -> None:
        """Keep one of the installation's own cells."""
        self._flush()
        self._at_once(lambda: self._store.put_house_cell(order.name, order.cell))

    # ---- reading

    @handles(Load)
    def load(self, order: Load) -> None:
        """Send a user what is known of it. What its last life has not on disk yet was never promised: it goes."""
        self._flush()
        self._drop_saves(order.user)
        self._unsaved.discard(order.user)
        snapshot = self._read(lambda: self._store.snapshot(order.user))
        started = Started(
            incarnation=order.incarnation, entropy=order.entropy, snapshot=snapshot, settings=order.settings
        )
        self._directory.tell(order.user, started)

    @handles(FindUser)
    def find_user(self, ask: FindUser) -> UserRow | None:
        """By blind index of the address."""
        return self._read(lambda: self._store.user_by_index(ask.index))

    @handles(ReadUsers)
    def read_users(self, _: ReadUsers) -> list[UserRow]:
        """Everybody who is activated."""
        return self._read(self._store.users)

    @handles(ReadItems)
    def read_items(self, ask: ReadItems) -> list[ItemRow]:
        """Rows for the meetings list."""
        return self._read(lambda: self._store.items(ask.user))

    @handles(ReadJoinCell)
    def read_join_cell(self, ask: ReadJoinCell) -> Sealed | None:
        """What a Join card needs, sealed."""
        return self._read(lambda: self._store.join_cell(ask.user, ask.event_id))

    @handles(ReadIndexKey)
    def read_index_key(self, _: ReadIndexKey) -> bytes | None:
        """The key of the blind index, wrapped."""
        return self._read(self._store.wrapped_index_key)

    @handles(ReadHouseCell)
    def read_house_cell(self, ask: ReadHouseCell) -> Sealed | None:
        """One of the installation's own cells."""
        return self._read(lambda: self._store.house_cell(ask.name))

    # ---- state

    @handles(OpenStore)
    def open(self, _: OpenStore) -> None:
        """Open the database; whoever asks gets the error. The last life may have ended between erasing and wiping."""
        self._store.open()
        self._unwiped = True
        self._flush()

    @handles(StoreStatus)
    def status(self, _: StoreStatus) -> str:
        """Say 'ok', or the code of the trouble."""
        with suppress(Exception):  # the state says it
            self._flush()
        return self._state

    @handles(Woke)
    def woke(self, _: Woke) -> None:
        """Try again after the disk was full."""
        self._write()

    @handles(Broke)
    def broke(self, _: Broke) -> None:
        """End: whoever asked has had the error already, but nothing may be acknowledged any more."""
        raise StoreBroken

    # ---- inner

    def _collect(self, write: Write) -> None:
        self._batch.append(write)
        if len(self._batch) >= _GROUP or self.actor_inbox.empty():
            self._flush()

    def _flush(self) -> None:
        """Write what was collected. While the disk is full only the alarm tries again."""
        if self._state == "ok":
            self._write()

    def _write(self) -> None:
        """Write group by group; a full disk keeps the rest for later."""
        if self._state == "broken":
            raise StoreBroken
        try:
            while self._batch:
                self._write_group(self._batch[:_GROUP])
            self._wipe()
        except StoreFull:
            self._full()
        except Exception as error:
            self._broken(error)
            raise
        else:
            self._well()

    def _write_group(self, group: list[Write]) -> None:
        """Commit the first of the batch; where that is a fault of the program, find the one that it is about."""
        try:
            self._store.commit(group)
        except (StoreFull, StoreBroken):
            raise
        except Exception as error:
            if len(group) > 1:
                self._write_group(group[: len(group) // 2])
            elif isinstance(group[0], Save):
                self._refuse(group[0].user, error)
            else:
                raise
        else:
            del self._batch[: len(group)]
            self._acknowledge(group)

    def _acknowledge(self, group: list[Write]) -> None:
        for write in group:
            match write:
                case Save():
                    self._directory.tell(write.user, Saved(version=write.version))
                case EraseUser():
                    self._erased.append(write.user)
                    self._unwiped = True
                case _:
                    pass

    def _refuse(self, user: UserId, error: Exception) -> None:
        """This life of the user has left what can be stored: take no more of it, and let it end."""
        self._log.emit("error", "actor.crashed", user=user, error=type(error).__name__, place=place(error))
        self._drop_saves(user)
        self._unsaved.add(user)
        self._directory.tell(user, Unsaved())

    def _drop_saves(self, user: UserId) -> None:
        if self._batch:
            self._batch = [write for write in self._batch if not (isinstance(write, Save) and write.user == user)]

    def _wipe(self) -> None:
        """Erased is who has left the free pages too."""
        if self._unwiped:
            self._store.wipe_free_pages()
            self._unwiped = False
        erased, self._erased = self._erased, []
        for user in erased:
            self._unsaved.discard(user)
            self._directory.tell(SUPERVISOR, Erased(user))

    def _at_once(self, write: Callable[[], None]) -> None:
        try:
            write()
        except StoreFull:
            self._full()
            raise
        except StoreBroken as error:
            self._broken(error)
            raise

    def _read(self, read: Callable[[], T]) -> T:
        self._flush()
        try:
            return read()
        except StoreBroken as error:
            self._broken(error)
            raise

    def _full(self) -> None:
        if self._state != "disk-full":
            self._state = "disk-full"
            self._log.emit("error", "store.full", waiting=len(self._batch))
        self._directory.tell("timers", SetAlarm("store", Instant(self._clock.now() + _RETRY_FULL)))

    def _well(self) -> None:
        if self._state != "ok":
            self._state = "ok"
            self._log.emit("info", "store.well")

    def _broken(self, error: Exception) -> None:
        """Say so, and see to it that this actor ends also where the error goes to an asker."""
        self._state = "broken"
        self._log.emit("critical", "store.broken", error=type(error).__name__)
        self._directory.tell("store", Broke())
