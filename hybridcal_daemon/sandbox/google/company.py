"""People, rooms and accounts of the stand-in, and the lock around it all.

Owns: who there is, what an administrator sets, and the turns in which anything happens. Promises: a change is done, and
what watchers are to be told handed to the deliverer, when a call returns. Does not: answer requests (``service.py``).

Based on: an administrator makes rooms, shares their calendars and delegates to service accounts [Google guide]; none of
the calls here is Google's.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from random import Random  # noqa: TID251 - seeded by the caller, so that a run can be repeated
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.sandbox.google import gmail
from hybridcal_daemon.sandbox.google.access import own_seat
from hybridcal_daemon.sandbox.google.acl import Acl
from hybridcal_daemon.sandbox.google.model import Calendar, Fields, Room, User, World
from hybridcal_daemon.sandbox.google.oauth import PERSONS_CLIENT, ServiceAccount, Tokens, load_key
from hybridcal_daemon.sandbox.google.operations import AUTH
from hybridcal_daemon.sandbox.google.push import Channels
from hybridcal_daemon.sandbox.google.times import zone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from hybridcal_daemon.ports import Clock, HttpRequest

FULL_CALENDAR: Final = (f"{AUTH}calendar",)


class Company:
    """The people and rooms of the stand-in; ``GoogleSandbox`` adds the calls."""

    def __init__(
        self, *, clock: Clock, seed: int, push: Callable[[HttpRequest], None], allow_http_push: bool, short_pages: float
    ) -> None:
        self._clock = clock
        self._push = push
        self._lock = threading.Lock()
        self._world = World(clock, Random(seed))  # noqa: S311 - a stand-in's tokens protect nothing
        self._tokens = Tokens(self._world)
        self._channels = Channels(self._world, allow_http=allow_http_push)
        self._acl = Acl(self._world, short_pages)
        self.pushing = self._channels.pushing

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Hold the lock; send what watchers are to be told once it is free again."""
        try:
            with self._lock:
                try:
                    yield
                finally:
                    self._channels.notify()
                    outbox = self._channels.drain()
        finally:
            for message in outbox:
                self._push(message)

    # ---- people and accounts ----------------------------------------------------------------------------------------

    def add_user(
        self,
        address: str,
        *,
        name: str | None = None,
        locale: str | None = None,
        timezone: str | None = None,
        calendar: bool | None = None,
        gmail: bool | None = None,
        suspended: bool | None = None,
        external: bool | None = None,
        admin: bool | None = None,
    ) -> None:
        """Add a person, or change what is given of one. ValueError for an unknown zone or no address.

        Defaults: locale ``en``, zone UTC, calendar and Gmail on, neither suspended nor external (outside the domain:
        has a calendar and can be invited, but no service account may act for them) nor a super admin (owner of every
        room's calendar).
        """
        with self._turn():
            self._check_free(address, self._world.rooms)
            user = self._world.user(address) or User(address, name="", zone="UTC")
            if timezone is not None:
                zone(timezone)
                user.zone = user.calendar.zone = timezone
            _assign(user, "name", name)
            _assign(user, "locale", locale)
            _assign(user, "calendar_on", calendar)
            _assign(user, "gmail_on", gmail)
            _assign(user, "suspended", suspended)
            _assign(user, "external", external)
            _assign(user, "admin", admin)
            self._world.users[user.address] = user

    def users(self) -> list[Fields]:
        """Give everybody, as the arguments of :meth:`add_user`."""
        with self._turn():
            return [
                {
                    "address": user.address,
                    "name": user.name,
                    "locale": user.locale,
                    "timezone": user.zone,
                    "calendar": user.calendar_on,
                    "gmail": user.gmail_on,
                    "suspended": user.suspended,
                    "external": user.external,
                    "admin": user.admin,
                }
                for user in self._world.users.values()
            ]

    def add_room(self, address: str, *, name: str, timezone: str, auto_accept: bool = True) -> None:
        """Add a room, or replace what is known of one. ValueError for an unknown zone, no address, or a person's.

        With ``auto_accept`` it accepts invitations when it is free and declines on a conflict, else they stay open.
        """
        zone(timezone)
        with self._turn():
            self._check_free(address, self._world.users)
            room = self._world.rooms.get(address.lower()) or Room(address, name=name, zone=timezone)
            room.name, room.calendar.zone, room.auto_accept = name, timezone, auto_accept
            self._world.rooms[room.address] = room

    def rooms(self) -> list[Fields]:
        """Give every room, as the arguments of :meth:`add_room`."""
        with self._turn():
            return [
                {
                    "address": room.address,
                    "name": room.name,
                    "timezone": room.calendar.zone,
                    "auto_accept": room.auto_accept,
                }
                for room in self._world.rooms.values()
            ]

    def share(self, address: str, role: str, *, scope: str = "user", value: str = "") -> Fields:
        """Do acl.insert as the owner of a person's or room's calendar, nobody is mailed; give the rule. KeyError.

        ``scope``: user, group, domain or default; ``value``: whom; ``role`` ``none`` takes access away. Refused as
        Google would.
        """
        with self._turn():
            body = {"role": role, "scope": {"type": scope} | ({"value": value} if value else {})}
            return self._acl.insert(own_seat(self._calendar(address)), body, {"sendNotifications": False})

    def rules(self, address: str) -> list[Fields]:
        """Give the living access rules of a person's or room's calendar: id and role. KeyError."""
        with self._turn():
            rules = self._calendar(address).access.rules.values()
            return [{"id": rule.id, "role": rule.role} for rule in rules if rule.role != "none"]

    def add_service_account(
        self, client_email: str, *, client_id: str, private_key_id: str, public_key: str, scopes: Iterable[str]
    ) -> None:
        """Add a service account, or a further key to it; ``scopes`` replaces what the admin granted its client id.

        ``public_key``: RSA, PEM. ValueError when it is not.
        """
        key = load_key(public_key)
        with self._turn():
            account = self._tokens.account(client_email)
            if account is None:
                account = ServiceAccount(client_email=client_email, client_id=client_id)
                self._tokens.register(account)
            account.keys[private_key_id] = key
            account.scopes = frozenset(scopes)

    def remove_key(self, client_email: str, private_key_id: str) -> None:
        """Delete a key of a service account, as an admin does after rotation. KeyError when there is none."""
        with self._turn():
            account = self._tokens.account(client_email)
            if account is None:
                raise KeyError(client_email)
            del account.keys[private_key_id]

    def person_token(self, subject: str, scopes: Iterable[str] = FULL_CALENDAR) -> str:
        """Give a person's own access token, as if they had consented in an application. KeyError."""
        with self._turn():
            user = self._user(subject)
            return self._tokens.issue(user.address, frozenset(scopes), client=PERSONS_CLIENT, owner=user.address)

    def revoke_tokens(self, subject: str) -> None:
        """End every token of a person or service account at once: their next call is 401."""
        with self._turn():
            self._tokens.revoke(subject.lower())

    def set_vacation(self, address: str, settings: Mapping[str, Any]) -> None:
        """Replace a person's vacation settings (fields as in Gmail's resource). KeyError, ValueError."""
        checked = gmail.checked_vacation(dict(settings))
        with self._turn():
            self._user(address).vacation = checked

    # ---- inside -----------------------------------------------------------------------------------------------------

    def _user(self, address: str) -> User:
        user = self._world.user(address)
        if user is None:
            raise KeyError(f"the sandbox knows nobody called {address}")
        return user

    def _calendar(self, address: str) -> Calendar:
        """Give a person's or room's calendar. KeyError."""
        calendar = self._world.calendar(address)
        return self._user(address).calendar if calendar is None else calendar

    @staticmethod
    def _check_free(address: str, taken: Mapping[str, object]) -> None:
        if "@" not in address:
            raise ValueError(f"not an address: {address!r}")
        if address.lower() in taken:
            raise ValueError(f"{address} is a person's or a room's address, not both")


def _assign(user: User, name: str, value: str | bool | None) -> None:  # noqa: FBT001 - any attribute's value
    if value is not None:
        setattr(user, name, value)
