"""The daemon as its surfaces see it: ``ports.Daemon`` over the actors.

Owns: what a question from outside becomes in messages. Promises: ``push`` never blocks or raises; everything else
blocks at most its time-out; an admin's act is in the audit log, on disk, before it happens.
Does not: serve HTTP (``web.py`` and the applications do) or hold state of its own beyond a small cache of readers.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from actors.protocol import (
    SUPERVISOR,
    AddressOf,
    Alarms,
    FindUser,
    Gone,
    IndexOf,
    ItemKey,
    LaneStatus,
    Leave,
    MakeUser,
    ReadItems,
    Serve,
    StoreStatus,
    Verdict,
    View,
    Views,
    WriteNow,
)
from hybridcal_daemon.domain.access import OFF
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import AgendaAsked, Notified, ResyncAsked
from hybridcal_daemon.domain.state import Standing
from hybridcal_daemon.domain.values import is_room
from hybridcal_daemon.ports import (
    AddUser,
    Audit,
    LeaveUser,
    StatusView,
    StoreFull,
    UnknownUser,
    UserRow,
    UserView,
)
from hybridcal_daemon.shell.choices import Choices
from hybridcal_daemon.shell.device_desk import DeviceDesk, no_devices
from hybridcal_daemon.shell.dropped import Dropped
from hybridcal_daemon.shell.errand_runner import READER, ErrandRunner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from actors.system import ActorSystem
    from hybridcal_daemon.adapters.kms import ChannelTokens
    from hybridcal_daemon.domain.values import Instant, Plain, Secret, UserId
    from hybridcal_daemon.domain.wishes import Wish
    from hybridcal_daemon.ports import Alarmed, Blocks, Clock, DevicesApi, ItemRow, Log, NewUser, Outcome, Write
    from hybridcal_daemon.shell.readers import Readers

_STATES = ("active", "pending", "error", "parked", "leaving")
_LANES = ("google", "webex", "devices")
_QUICK = 5.0


class LocalDaemon:
    """This process."""

    def __init__(
        self,
        system: ActorSystem,
        clock: Clock,
        tokens: ChannelTokens,
        readers: Readers,
        about: Callable[[], StatusView],
        reload: Callable[[], str],
        log: Log | None = None,
        acts_for_rooms: Callable[[], bool] = lambda: False,
        device_api: Callable[[], DevicesApi] = no_devices,
    ) -> None:
        self._system = system
        self._asker = system.asker
        self._clock = clock
        self._tokens = tokens
        self._readers = readers
        self._about = about
        self._reload = reload
        self._acts_for_rooms = acts_for_rooms
        self._admin = threading.Lock()
        self._errands = ErrandRunner(system, clock)
        self.devices = DeviceDesk(system, clock, device_api, lambda address: self._of_kind(address, room=True).user)
        self._choices = Choices(system, clock, self._write)
        self._dropped = None if log is None else Dropped("token", clock, log)

    # ---- Google's push

    def push(self, *, channel_id: str, token: str, resource_id: str, first: bool) -> bool:
        """Pass a genuine push on to its user's actor; a channel id begins with the user's id.

        False while the keys are away: without them none can be told from a forged one.
        """
        if self._tokens.matches(channel_id, token):
            user = channel_id.partition("-")[0]
            self._system.tell_user(user, Notified(channel_id=channel_id, resource_id=resource_id, first=first))
            return True
        if self._system.vault.sealed:
            return False
        if self._dropped is not None:
            self._dropped.add()
        return True

    # ---- admins

    def status(self) -> StatusView:
        """One screen of health; a part that does not answer is shown as silent, or has nothing to show."""
        views: list[UserView] | None = self._quick(SUPERVISOR, Views(), None)
        alarms: tuple[Alarmed, ...] = () if views is None else self._quick(SUPERVISOR, Alarms(), ())
        return replace(
            self._about(),
            sealed=self._system.vault.sealed,
            users={} if views is None else _counted(view for view in views if not is_room(view.user)),
            rooms={} if views is None else _counted(view for view in views if is_room(view.user)),
            lanes={lane: self._quick(lane, LaneStatus(), ("silent", 0, 0)) for lane in _LANES},
            store=self._quick("store", StoreStatus(), "silent"),
            alarms=tuple(_with_activities(alarm, views or ()) for alarm in alarms),
            clock_skew=self._system.clock_skew,
        )

    def users(self, *, reveal: bool, room: bool = False) -> list[UserView]:
        """All persons, or all rooms; addresses only when asked for."""
        everybody: list[UserView] = self._asker.ask(SUPERVISOR, Views())
        views = [view for view in everybody if is_room(view.user) == room]
        if not reveal:
            return views
        return [replace(view, address=self._address(view.user)) for view in views]

    def user(self, address: Plain[str], *, room: bool = False) -> UserView:
        """One user. UnknownUser, CallError."""
        view: UserView | None = self._asker.ask(SUPERVISOR, View(self._of_kind(address, room=room).user))
        if view is None:
            raise UnknownUser
        return replace(view, address=address, clock_skew=self._system.clock_skew)

    def activate(self, address: Plain[str], *, by: str, wait: float, room: bool = False) -> UserView:
        """Write down, serve, and wait for the calendar's verification; somebody who is leaving is let go first.

        CallError: a room where no account acts for rooms; an address that is activated as the other kind.
        """
        if room and not self._acts_for_rooms():
            raise CallError(Kind.CONFLICT, OFF)
        end = self._clock.monotonic() + wait
        row = self._entered(address, by, room=room)
        if row.standing.state == "leaving":
            self._patiently(SUPERVISOR, Gone(row.user), wait)
            row = self._entered(address, by, room=room)
        view = self._verified(row.user, end - self._clock.monotonic())
        return replace(view, address=address, clock_skew=self._system.clock_skew)

    def deactivate(
        self, address: Plain[str], *, by: str, wait: float, room: bool = False, undecorate: bool = False
    ) -> None:
        """Write down, say goodbye outside, erase. UnknownUser, CallError."""
        with self._admin:
            row = self._of_kind(address, room=room)
            now = self._clock.now()
            action = "deactivate-undecorate" if undecorate else "deactivate"
            audit = Audit(at=now, actor=by, action=action, user=row.user, outcome="begun")
            self._write(audit, LeaveUser(user=row.user, at=now, undecorate=undecorate))
            self._system.directory.tell(SUPERVISOR, Leave(row.user, undecorate))
        self._readers.forget()
        self._patiently(SUPERVISOR, Gone(row.user), wait)

    def resync(self, address: Plain[str], *, room: bool = False) -> None:
        """List the whole calendar anew, asking Google again what it refused. UnknownUser, CallError."""
        user = self._of_kind(address, room=room).user
        self._system.forgive(user)
        self._system.tell_user(user, ResyncAsked())

    def redecorate(self, address: Plain[str], *, dry: bool, by: str, wait: float) -> Blocks:
        """Have join details that stand written anew. UnknownUser, CallError."""
        return self._choices.redecorate(self._of_kind(address, room=False).user, dry=dry, by=by, wait=wait)

    def choose_site(self, address: Plain[str], site: str, *, by: str) -> None:
        """Choose a person's Webex site. UnknownUser, CallError."""
        self._choices.choose_site(self._of_kind(address, room=False).user, site, by=by)

    # ---- readers

    def items(self, bearer: Secret[str]) -> list[ItemRow]:
        """Stored events of the bearer."""
        items: list[ItemRow] = self._asker.ask("store", ReadItems(self._reader(bearer)))
        return items

    def item_key(self, bearer: Secret[str], key_url: str) -> Secret[bytes]:
        """The key of one of the bearer's own items."""
        key: Secret[bytes] = self._asker.ask("kms", ItemKey(self._reader(bearer), key_url))
        return key

    # ---- errands

    def errand(self, address: Plain[str], wish: Wish, *, by: str, key: str, wait: float) -> Outcome:
        """Do what an admin asks for in somebody's calendar. UnknownUser, CallError."""
        return self._errands.run(self._row(address).user, wish, by=by, key=key, wait=wait)

    def reader_errand(self, bearer: Secret[str], wish: Wish, *, key: str, wait: float) -> Outcome:
        """Do what the bearer asks for in their own calendar. UnknownUser, CallError."""
        return self._errands.run(self._reader(bearer), wish, by=READER, key=key, wait=wait)

    # ---- the bot

    def person(self, address: Plain[str]) -> UserId | None:
        """The activated person with this address; None when there is none. CallError."""
        row = self._find(address)
        served = row is not None and row.standing.state == "active" and not is_room(row.user)
        return row.user if row is not None and served else None

    def tell(self, user: UserId, asked: AgendaAsked) -> None:
        """Pass on what somebody asked the bot."""
        self._system.tell_user(user, asked)

    # ---- process

    def ready(self) -> bool:
        """Keys are available, and store and supervisor answer."""
        if self._system.vault.sealed:
            return False
        return self._quick("store", StoreStatus(), "") == "ok" and self._quick(SUPERVISOR, Alarms(), None) is not None

    def reload(self) -> str:
        """Reload the configuration; '' or why the old one was kept."""
        return self._reload()

    # ---- inner

    def _quick(self, name: str, question: object, otherwise: Any) -> Any:  # noqa: ANN401 - by protocol
        try:
            return self._asker.ask(name, question, _QUICK)
        except CallError:
            return otherwise

    def _patiently(self, name: str, question: object, wait: float) -> Any:  # noqa: ANN401 - by protocol
        """The answer, or None when it did not come in time."""
        try:
            return self._asker.ask(name, question, max(0.1, wait))
        except CallError as error:
            if error.code == "busy":
                return None
            raise

    def _write(self, *writes: Write) -> None:
        """On disk when it returns. CallError disk-full."""
        try:
            self._asker.ask("store", WriteNow(writes))
        except StoreFull:
            raise CallError(Kind.TRANSIENT, "disk-full") from None

    def _find(self, address: Plain[str]) -> UserRow | None:
        index = self._asker.ask("kms", IndexOf(address))
        row: UserRow | None = self._asker.ask("store", FindUser(index))
        return row

    def _row(self, address: Plain[str]) -> UserRow:
        row = self._find(address)
        if row is None:
            raise UnknownUser
        return row

    def _of_kind(self, address: Plain[str], *, room: bool) -> UserRow:
        """The row of a person, or of a room. UnknownUser, CallError."""
        row = self._row(address)
        _check_kind(row, room=room)
        return row

    def _entered(self, address: Plain[str], by: str, *, room: bool) -> UserRow:
        """The row of an activated user, made unless there is one; whoever is not leaving is served."""
        with self._admin:
            row = self._find(address) or self._add(address, by, room=room)
            if row.standing.state != "leaving":
                _check_kind(row, room=room)
                self._system.directory.tell(SUPERVISOR, Serve(row))
            return row

    def _add(self, address: Plain[str], by: str, *, room: bool) -> UserRow:
        new: NewUser = self._asker.ask("kms", MakeUser(address, room))
        now: Instant = self._clock.now()
        audit = Audit(at=now, actor=by, action="activate", user=new.user, outcome="begun")
        self._write(audit, AddUser(row=new, at=now))
        standing = Standing(since=now)
        return UserRow(
            user=new.user, address=new.address, index=new.index, wrapped_key=new.wrapped_key, standing=standing
        )

    def _verified(self, user: UserId, wait: float) -> UserView:
        verdict: UserView | None = self._patiently(SUPERVISOR, Verdict(user), wait)
        view: UserView | None = verdict or self._asker.ask(SUPERVISOR, View(user))
        if view is None:
            raise UnknownUser
        return view

    def _address(self, user: UserId) -> Plain[str] | None:
        """The address, None where it cannot be shown (sealed, or gone meanwhile). CallError busy."""
        try:
            address: Plain[str] = self._asker.ask("kms", AddressOf(user))
        except CallError as error:
            if error.code == "busy":  # thousands of questions would take this long
                raise
            return None
        return address

    def _reader(self, bearer: Secret[str]) -> UserId:
        """The activated user whose Webex token this is; what Webex said is believed for a few minutes."""
        known = self._readers.known(bearer)
        if known is not None:
            return known
        for address in self._readers.addresses(bearer):
            row = self._find(address)
            if row is not None and row.standing.state != "leaving":
                self._readers.remember(bearer, row.user)
                return row.user
        raise UnknownUser


def _check_kind(row: UserRow, *, room: bool) -> None:
    """CallError CONFLICT when a row is a room's and a person is meant, or the other way round."""
    if is_room(row.user) != room:
        raise CallError(Kind.CONFLICT, "activated-as-person" if room else "activated-as-room")


def _with_activities(alarm: Alarmed, views: Iterable[UserView]) -> Alarmed:
    """Say what of anybody's suffers from it: a scope that is not granted costs its own feature only."""
    about = {activity for view in views if view.code == alarm.code for activity in view.about}
    return replace(alarm, about=tuple(sorted(about)))


def _counted(views: Iterable[UserView]) -> dict[str, int]:
    """How many there are in each state."""
    states = [view.state for view in views]
    return {state: states.count(state) for state in _STATES}
