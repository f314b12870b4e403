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
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import Notified, ResyncAsked
from hybridcal_daemon.domain.state import Standing
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

if TYPE_CHECKING:
    from collections.abc import Callable

    from actors.system import ActorSystem
    from hybridcal_daemon.adapters.kms import ChannelTokens
    from hybridcal_daemon.domain.values import Instant, Plain, Secret, UserId
    from hybridcal_daemon.ports import Alarmed, Clock, ItemRow, NewUser, Write
    from hybridcal_daemon.shell.readers import Readers

_STATES = ("active", "pending", "error", "parked", "leaving")
_LANES = ("google", "webex")
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
    ) -> None:
        self._system = system
        self._asker = system.asker
        self._clock = clock
        self._tokens = tokens
        self._readers = readers
        self._about = about
        self._reload = reload
        self._admin = threading.Lock()

    # ---- Google's push

    def push(self, *, channel_id: str, token: str, resource_id: str, first: bool) -> None:
        """Pass a genuine push on to its user's actor; a channel id begins with the user's id."""
        if self._tokens.matches(channel_id, token):
            user = channel_id.partition("-")[0]
            self._system.tell_user(user, Notified(channel_id=channel_id, resource_id=resource_id, first=first))

    # ---- admins

    def status(self) -> StatusView:
        """One screen of health; a part that does not answer is shown as silent, or has nothing to show."""
        views: list[UserView] | None = self._quick(SUPERVISOR, Views(), None)
        alarms: tuple[Alarmed, ...] = () if views is None else self._quick(SUPERVISOR, Alarms(), ())
        return replace(
            self._about(),
            sealed=self._system.vault.sealed,
            users={} if views is None else {state: sum(v.state == state for v in views) for state in _STATES},
            lanes={lane: self._quick(lane, LaneStatus(), ("silent", 0, 0)) for lane in _LANES},
            store=self._quick("store", StoreStatus(), "silent"),
            alarms=alarms,
        )

    def users(self, *, reveal: bool) -> list[UserView]:
        """Everybody; addresses only when asked for."""
        views: list[UserView] = self._asker.ask(SUPERVISOR, Views())
        if not reveal:
            return views
        return [replace(view, address=self._address(view.user)) for view in views]

    def user(self, address: Plain[str]) -> UserView:
        """One user. UnknownUser."""
        view: UserView | None = self._asker.ask(SUPERVISOR, View(self._row(address).user))
        if view is None:
            raise UnknownUser
        return replace(view, address=address)

    def activate(self, address: Plain[str], *, by: str, wait: float) -> UserView:
        """Write down, serve, and wait for the calendar's verification; somebody who is leaving is let go first."""
        end = self._clock.monotonic() + wait
        row = self._entered(address, by)
        if row.standing.state == "leaving":
            self._patiently(SUPERVISOR, Gone(row.user), wait)
            row = self._entered(address, by)
        return replace(self._verified(row.user, end - self._clock.monotonic()), address=address)

    def deactivate(self, address: Plain[str], *, by: str, wait: float) -> None:
        """Write down, say goodbye outside, erase. UnknownUser."""
        with self._admin:
            row = self._row(address)
            now = self._clock.now()
            audit = Audit(at=now, actor=by, action="deactivate", user=row.user, outcome="begun")
            self._write(audit, LeaveUser(user=row.user, at=now))
            self._system.directory.tell(SUPERVISOR, Leave(row.user))
        self._readers.forget()
        self._patiently(SUPERVISOR, Gone(row.user), wait)

    def resync(self, address: Plain[str]) -> None:
        """List the whole calendar anew. UnknownUser."""
        self._system.tell_user(self._row(address).user, ResyncAsked())

    # ---- readers

    def items(self, bearer: Secret[str]) -> list[ItemRow]:
        """Stored events of the bearer."""
        items: list[ItemRow] = self._asker.ask("store", ReadItems(self._reader(bearer)))
        return items

    def item_key(self, bearer: Secret[str], key_url: str) -> Secret[bytes]:
        """The key of one of the bearer's own items."""
        key: Secret[bytes] = self._asker.ask("kms", ItemKey(self._reader(bearer), key_url))
        return key

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

    def _entered(self, address: Plain[str], by: str) -> UserRow:
        """The row of an activated user, made unless there is one; whoever is not leaving is served."""
        with self._admin:
            row = self._find(address) or self._add(address, by)
            if row.standing.state != "leaving":
                self._system.directory.tell(SUPERVISOR, Serve(row))
            return row

    def _add(self, address: Plain[str], by: str) -> UserRow:
        new: NewUser = self._asker.ask("kms", MakeUser(address))
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
