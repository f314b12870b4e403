"""The stand-in for Google: OAuth token endpoint, Calendar v3 and Gmail vacation, in one pure object.

Owns: the lock, the journal, the fault plan, and what tests and scenes may do to the world. Promises: deterministic (the
same seed, clock and calls give the same answers, ids and page sizes included); no thread, socket or clock of its own;
safe to call from several threads. Does not: deliver pushes or listen (``sandbox/pushing.py``, ``sandbox/server.py``).

Every behaviour is explained, with its evidence, in the module that has it: ``api.py`` (front end), ``oauth.py``,
``listing.py`` and ``paging.py`` (lists, sync tokens), ``writing.py``, ``rules.py`` and ``guests.py`` (writes),
``render.py`` (events as JSON), ``push.py`` (channels), ``gmail.py``, ``partial.py`` (``fields``), ``errors.py``.
Not modelled: quotas (use fault rules), other people's calendars and ACLs, attachments' contents, event labels,
free/busy, quickAdd, import, move, batch; they answer 501.

Usage over HTTP::

    sender = PushSender.start()
    google = GoogleSandbox(clock=clock, seed=1, push=sender.send, allow_http_push=True)
    with ServedSandbox.start(google) as served:
        ...  # token endpoint <base_url>/token, Calendar <base_url>/calendar/v3/, Gmail <base_url>/gmail/v1/
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from random import Random  # noqa: TID251 - seeded by the caller, so that a run can be repeated
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from hybridcal_daemon.sandbox.faults import FaultPlan, Rule
from hybridcal_daemon.sandbox.google import gmail
from hybridcal_daemon.sandbox.google.api import TOKEN, Api, Call, fault_refusal, route, shown_to
from hybridcal_daemon.sandbox.google.control import PREFIX, control
from hybridcal_daemon.sandbox.google.errors import Refused
from hybridcal_daemon.sandbox.google.instances import Target, find
from hybridcal_daemon.sandbox.google.journal import Entry, Journal
from hybridcal_daemon.sandbox.google.listing import Lister
from hybridcal_daemon.sandbox.google.model import Fields, User, World
from hybridcal_daemon.sandbox.google.oauth import PERSONS_CLIENT, ServiceAccount, Tokens, load_key, subject_of
from hybridcal_daemon.sandbox.google.operations import AUTH
from hybridcal_daemon.sandbox.google.push import Channels
from hybridcal_daemon.sandbox.google.render import event_json
from hybridcal_daemon.sandbox.google.times import zone
from hybridcal_daemon.sandbox.google.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from hybridcal_daemon.ports import Clock, HttpRequest, HttpResponse
    from hybridcal_daemon.sandbox.marked import MarkedResponse

FULL_CALENDAR: Final = (f"{AUTH}calendar",)


class GoogleSandbox:
    """The service. ``push`` gets each notification as a request; it must not block.

    ``allow_http_push``: channels may name an http address on loopback (see ``push.py``); ``short_pages``: chance that a
    list page has fewer events than asked for, possibly none.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        seed: int,
        push: Callable[[HttpRequest], None],
        allow_http_push: bool = False,
        short_pages: float = 0.1,
    ) -> None:
        self._clock = clock
        self._push = push
        self._lock = threading.Lock()
        self._world = World(clock, Random(seed))  # noqa: S311 - a stand-in's tokens protect nothing
        self._tokens = Tokens(self._world)
        self._channels = Channels(self._world, allow_http=allow_http_push)
        self._lister = Lister(self._world, short_pages)
        self._writer = Writer(self._world)
        self._api = Api(self._world, self._tokens, self._channels, self._lister, self._writer)
        self._faults = FaultPlan(seed)
        self._journal = Journal()
        self._dated = (-1, "")

    # ---- requests ---------------------------------------------------------------------------------------------------

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one request; only path and query of its URL matter. Never raises for anything a client can send."""
        path, raw_query = _split(request.url)
        if path.startswith(PREFIX):
            return control(self, request.method, path, raw_query, request.body)
        call = Call(request=request, path=path, raw_query=raw_query)
        with self._turn():
            return self._answer(call)

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

    def _answer(self, call: Call) -> MarkedResponse:
        rule = None
        try:
            call.operation, call.ids = route(call.request.method, call.path)
        except Refused as refused:
            call.reason, response = refused.reason, refused.response
        else:
            rule = self._fault(call)
            response = self._api.perform(call) if rule is None else self._disturbed(call, rule)
        self._note(call, response, rule)
        return replace(response, headers={"date": self._date(), **response.headers})

    def _fault(self, call: Call) -> Rule | None:
        if not self._faults:
            return None
        return self._faults.take(call.request.method, call.path, self._user_of(call))

    def _disturbed(self, call: Call, rule: Rule) -> MarkedResponse:
        return self._faults.answer(rule, lambda: self._api.perform(call), lambda rule: fault_refusal(call, rule))

    def _user_of(self, call: Call) -> str:
        if call.operation == TOKEN:
            return subject_of(call.request.body)
        try:
            return self._tokens.grant(call.header("authorization")).subject
        except Refused:
            return ""

    def _note(self, call: Call, response: MarkedResponse, rule: Rule | None) -> None:
        self._journal.add(
            {
                "time": float(self._clock.now()),
                "method": call.request.method,
                "operation": call.operation,
                "path": call.path,
                "query": call.sent,
                "subject": call.subject,
                "status": 0 if response.drop else response.status,
                "reason": call.reason,
                "fault": "" if rule is None else rule.kind,
            }
        )

    def _date(self) -> str:
        second = int(self._clock.now())
        if second != self._dated[0]:
            self._dated = second, format_datetime(datetime.fromtimestamp(second, UTC), usegmt=True)
        return self._dated[1]

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
    ) -> None:
        """Add a person, or change what is given of one. ValueError for an unknown zone or no address.

        Defaults: locale ``en``, zone UTC, calendar and Gmail on, neither suspended nor external (outside the domain:
        has a calendar and can be invited, but no service account may act for them).
        """
        if "@" not in address:
            raise ValueError(f"not an address: {address!r}")
        with self._turn():
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
                }
                for user in self._world.users.values()
            ]

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

    # ---- what people do in their calendars --------------------------------------------------------------------------

    def create_event(self, address: str, body: Mapping[str, Any], **query: Any) -> Fields:  # noqa: ANN401 - as in the API
        """Do events.insert as the person; give the event. Refused as Google would. Not in the journal."""
        with self._turn():
            user = self._user(address)
            return dict(shown_to(user, Target(self._writer.insert(user, dict(body), query), None), {}))

    def update_event(self, address: str, event_id: str, body: Mapping[str, Any], **query: Any) -> Fields:  # noqa: ANN401
        """Do events.patch as the person; give the event. Refused as Google would."""
        with self._turn():
            user = self._user(address)
            return dict(shown_to(user, self._writer.patch(user, event_id, dict(body), query, None), {}))

    def delete_event(self, address: str, event_id: str, **query: Any) -> None:  # noqa: ANN401 - as in the API
        """Do events.delete as the person. Refused as Google would."""
        with self._turn():
            self._writer.delete(self._user(address), event_id, query, None)

    def get_event(self, address: str, event_id: str) -> Fields:
        """Do events.get as the person. Refused as Google would."""
        with self._turn():
            user = self._user(address)
            return dict(shown_to(user, find(user.calendar, event_id), {}))

    # ---- looking in, and making trouble -----------------------------------------------------------------------------

    def dump_events(self, address: str) -> list[Fields]:
        """Give every event of a calendar as it is now: series unexpanded, cancelled ones included. KeyError."""
        with self._turn():
            calendar = self._user(address).calendar
            return [dict(event_json(copy, calendar.zone)) for copy in calendar.copies.values()]

    def instances(self, address: str, time_min: float, time_max: float) -> list[Fields]:
        """Give what a person sees between two moments (epoch seconds): single events and occurrences, by start.

        An oracle for tests: expanded here, independently of the daemon. KeyError.
        """
        with self._turn():
            query = {"timeMin": int(time_min), "timeMax": int(time_max), "singleEvents": True, "orderBy": "startTime"}
            return [dict(event) for event in self._lister.everything(self._user(address).calendar, query)]

    def expire_sync_tokens(self, address: str) -> None:
        """Make every sync token given out for a person's calendar answer 410 from now on. KeyError."""
        with self._turn():
            self._user(address).calendar.epoch += 1

    def add_fault(self, rule: Rule | Mapping[str, Any]) -> None:
        """Append a rule to the fault plan (see ``sandbox/faults.py``). ValueError."""
        with self._turn():
            self._faults.add(rule)

    def clear_faults(self) -> None:
        """Forget every fault rule."""
        with self._turn():
            self._faults.clear()

    def faults(self) -> list[Fields]:
        """Give the fault rules that are not used up."""
        with self._turn():
            return self._faults.pending()

    def journal(self, since: int = 0) -> list[Entry]:
        """Give the requests with a number above ``since``; the control API is not in it."""
        with self._turn():
            return self._journal.since(since)

    def channels(self) -> list[Fields]:
        """Give the living channels, with their address and calendar."""
        with self._turn():
            return self._channels.listed()

    def mails(self) -> list[Fields]:
        """Give the mails that writes would have caused: event, action, by, to."""
        with self._turn():
            return list(self._world.mails)

    def _user(self, address: str) -> User:
        user = self._world.user(address)
        if user is None:
            raise KeyError(f"the sandbox knows nobody called {address}")
        return user


def _split(url: str) -> tuple[str, str]:
    """Give path and raw query of a complete URL or of a path."""
    if not url.startswith("/"):
        parts = urlsplit(url)
        return parts.path, parts.query
    path, _, query = url.partition("?")
    return path, query


def _assign(user: User, name: str, value: str | bool | None) -> None:  # noqa: FBT001 - any attribute's value
    if value is not None:
        setattr(user, name, value)
