"""Everything outside the daemon: both stand-ins, the people in them, the credentials, and the wire between.

Owns: the stand-ins on the scheduler's clock and the HTTP client of all workers. Promises: a request has its effect and
its answer in one step of the simulation, at a named point before and one after it at which the process can die; marks
on an answer (``sandbox/marked.py``) become virtual time and HttpFailure, as the real client has them.
Does not: decide what goes wrong (``weather.py``) or who does what (``people.py``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

import pykka
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from actors.base import Unwind
from hybridcal_daemon.adapters.google import SCOPES, ServiceAccountMinter
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.ports import HttpFailure
from hybridcal_daemon.sandbox.google.errors import Refused
from hybridcal_daemon.sandbox.google.oauth import subject_of
from hybridcal_daemon.sandbox.google.service import GoogleSandbox
from hybridcal_daemon.sandbox.webex import WebexSandbox
from hybridcal_daemon.sandbox.webex.concerned import concerned
from tests.simulation.pages import Pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hybridcal_daemon.ports import Clock, HttpClient, HttpRequest, HttpResponse, TokenMinter
    from hybridcal_daemon.sandbox.marked import MarkedResponse
    from tests.simulation.scheduler import SimScheduler

GOOGLE: Final = "http://google.example"
WEBEX: Final = "http://webex.example"
PUSH_URL: Final = "https://push.acme.example/google/push"
MARK: Final = "zqxjkvw"
"""In every text, name, address and link of every person."""
ACTING: Final = f"acting.{MARK}@acme.example"
"""The account that acts for rooms, ..."""
OWNER: Final = f"owner.{MARK}@acme.example"
"""... and the one that owns their calendars."""
ROOM: Final = f"c_188{MARK}@resource.calendar.google.com"
_BEHIND_ROOMS: Final = frozenset({ACTING, OWNER})
_EMAIL: Final = "hybridcal@acme.example"
_OK: Final = range(200, 300)
_NAMES: Final = tuple(
    (method, re.compile(path), name)
    for method, path, name in (
        ("POST", r"/token$", "google.token"),
        ("POST", r"/events/watch$", "google.watch"),
        ("GET", r"/calendars/[^/]+/events$", "google.list"),
        ("GET", r"/calendars/[^/]+/events/[^/]+$", "google.get"),
        ("PATCH", r"/calendars/[^/]+/events/[^/]+$", "google.patch"),
        ("POST", r"/channels/stop$", "google.stop"),
        ("GET", r"/settings/vacation$", "google.vacation"),
        ("GET", r"/users/me/settings/[^/]+$", "google.setting"),
        ("GET", r"/events/[^/]+/instances$", "google.instances"),
        ("POST", r"/calendars/[^/]+/events$", "google.insert"),
        ("POST", r"/events/quickAdd$", "google.quick-add"),
        ("DELETE", r"/calendars/[^/]+/events/[^/]+$", "google.delete"),
        ("GET", r"/acl/[^/]+$", "google.acl-get"),
        ("GET", r"/acl$", "google.acl-list"),
        ("POST", r"/acl$", "google.acl-insert"),
        ("DELETE", r"/acl/[^/]+$", "google.acl-delete"),
        ("POST", r"/freeBusy$", "google.free-busy"),
        ("POST", r"/access_token$", "webex.token"),
        ("GET", r"/people$", "webex.person"),
        ("GET", r"/personalMeetingRoom$", "webex.room"),
        ("POST", r"/messages$", "webex.card"),
        ("GET", r"/messages/direct$", "webex.find"),
        ("DELETE", r"/messages/[^/]+$", "webex.delete"),
        ("POST", r"/apheleia/api/v1/events$", "webex.presence"),
        ("POST", r"/v1/meetings$", "webex.meeting-make"),
        ("GET", r"/v1/meetings$", "webex.meeting-list"),
        ("GET", r"/v1/meetings/[^/]+$", "webex.meeting-get"),
        ("PATCH", r"/v1/meetings/[^/]+$", "webex.meeting-change"),
        ("PUT", r"/v1/meetings/[^/]+$", "webex.meeting-change"),
        ("DELETE", r"/v1/meetings/[^/]+$", "webex.meeting-end"),
        ("POST", r"/v1/rooms$", "webex.space-make"),
        ("GET", r"/v1/rooms$", "webex.space-list"),
        ("GET", r"/v1/rooms/[^/]+$", "webex.space-get"),
        ("PUT", r"/v1/rooms/[^/]+$", "webex.space-change"),
        ("GET", r"/v1/memberships$", "webex.member-list"),
        ("POST", r"/v1/memberships$", "webex.member-add"),
        ("DELETE", r"/v1/memberships/[^/]+$", "webex.member-remove"),
        ("GET", r"/v1/messages$", "webex.messages"),
        ("GET", r"/v1/people/me$", "webex.me"),
        ("GET", r"/v1/devices$", "webex.devices"),
        ("GET", r"/v1/workspaces(/[^/]+)?$", "webex.workspaces"),
        ("GET", r"/v1/devices/[^/]+$", "webex.device"),
        ("POST", r"/v1/xapi/command/[Bb]ookings\.[Pp]ut$", "webex.bookings-put"),
        ("POST", r"/v1/xapi/command/[Bb]ookings\.[Ll]ist$", "webex.bookings-list"),
        ("POST", r"/v1/xapi/command/[^/]+$", "webex.xapi-command"),
        ("GET", r"/v1/xapi/status$", "webex.xapi-status"),
        ("GET", r"/v1/xapi/schema$", "webex.xapi-schema"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request that had its answer written.

    ``who``: the person or room that it is about; ``calendar``: the one in the path, '' when there is none; ``fault``:
    what was done to it.
    """

    name: str
    who: str
    calendar: str
    request: HttpRequest
    response: MarkedResponse
    fault: str

    @property
    def well(self) -> bool:
        """The service did what was asked, whatever the answer says."""
        return self.fault in {"ambiguous", "garbage", "malformed"} or self.response.status in _OK

    def line(self) -> str:
        """For the story of a run."""
        what = unquote(urlsplit(self.request.url).path.rpartition("/")[2])[:40]
        status = "dropped" if self.response.drop else str(self.response.status)
        return f"{self.name} {what} for {self.who} -> {status} {self.fault}"


class Wire:
    """``ports.HttpClient`` for all workers. ``watchers`` look at each exchange, ``intruders`` act before the answer."""

    def __init__(self, scheduler: SimScheduler, outside: Outside, make_future: Callable[[], pykka.Future[Any]]) -> None:
        self._scheduler = scheduler
        self._outside = outside
        self._make_future = make_future
        self.watchers: list[Callable[[Exchange], None]] = []
        self.intruders: list[Callable[[Exchange], None]] = []
        self.pages = Pages(scheduler.reached)
        self.faulty: list[bool] = []
        """The next requests meet a fault of the program: before (False) or after (True) their effect."""

    def send(self, request: HttpRequest) -> HttpResponse:
        name = operation(request)
        self._scheduler.point(f"{name}.leaving")
        fault = self.faulty.pop() if self.faulty else None
        if fault is False:
            raise ZeroDivisionError
        arrived = self.pages.asked(request) if name == "google.list" else request
        exchange = self._outside.exchange(name, arrived)
        response = exchange.response
        for watcher in self.watchers:
            watcher(exchange)
        self._scheduler.point(f"{name}.done")
        if fault:
            raise ZeroDivisionError
        for intruder in self.intruders:
            intruder(exchange)
        if name == "google.list":
            response = self.pages.answered(exchange)
        wait = response.delay + response.drip
        if wait >= request.deadline:
            self._pass(request.deadline)
            raise HttpFailure("deadline", sent=True)
        if wait:
            self._pass(wait)
        if response.drop:
            raise HttpFailure("protocol", sent=True)
        return response

    def _pass(self, seconds: float) -> None:
        """Let time go by in this worker, as a slow server does."""
        try:
            self._make_future().get(timeout=seconds)
        except pykka.Timeout:
            return


class Outside:
    """The two services. ``push`` gets Google's notifications."""

    def __init__(self, clock: Clock, seed: int, push: Callable[[HttpRequest], None], *, short_pages: float) -> None:
        self.google = GoogleSandbox(clock=clock, seed=seed, push=push, short_pages=short_pages)
        self.webex = WebexSandbox(clock=clock, seed=seed)
        account().register(self.google)
        self.bot_token = self.webex.add_bot()
        self.app = self.webex.add_service_app(presence_on_behalf=True)
        self.opener = f"spaces.{MARK}@acme.example"
        """The account in whose name spaces are opened."""
        self.webex.add_person(self.opener, f"{MARK} spaces", personal_room=False)
        self.integration = self.webex.add_integration(self.opener)

    def exchange(self, name: str, request: HttpRequest) -> Exchange:
        calendar = ""
        if name.startswith("google."):
            subject = self._subject(request)
            who, calendar = ROOM if subject in _BEHIND_ROOMS else subject, _calendar(request, subject)
            response = self.google.handle(request)
            fault = self.google._journal._entries[-1].fault
        else:
            response = self.webex.handle(request)
            of_space = name.startswith(("webex.member-", "webex.space-"))
            who = self.opener if of_space else concerned(self.webex.world, request, urlsplit(request.url).query)
            fault = self.webex.asked[-1].fault
        return Exchange(name=name, who=who, calendar=calendar, request=request, response=response, fault=fault)

    def _subject(self, request: HttpRequest) -> str:
        if request.body is not None and "assertion=" in request.body.decode():
            return subject_of(request.body)
        try:
            return self.google._tokens.grant(request.headers["Authorization"]).subject
        except Refused:
            return ""

    def add_person(self, address: str, name: str, zone: str) -> None:
        self.google.add_user(address, name=name, timezone=zone)
        self.webex.add_person(address, name, personal_room=True)

    def add_room(self, zone: str, role: str) -> None:
        """The room, its owner, and the account that acts for it; ``role``: what that may do before we ask, or ''."""
        self.google.add_user(OWNER, timezone=zone, admin=True)
        self.google.add_user(ACTING, timezone=zone)
        self.google.add_room(ROOM, name=f"{MARK} room", timezone=zone)
        if role:
            self.google.share(ROOM, role, value=ACTING)

    def grant(self, without: Iterable[Purpose] = ()) -> None:
        """What an admin of the domain grants to the service account: the scopes of all purposes but these."""
        account().register(self.google, frozenset(without))


class Nameless(Unwind):
    """The daemon asks for something that the simulation has no name for."""


def _calendar(request: HttpRequest, subject: str) -> str:
    found = re.search(r"/calendars/([^/]+)", urlsplit(request.url).path)
    named = unquote(found[1]) if found else ""
    return subject if named == "primary" else named


def operation(request: HttpRequest) -> str:
    """Name of a request: service and what it does."""
    path = urlsplit(request.url).path
    if path.endswith("/events") and "singleEvents=true" in request.url:
        return "google.edge"
    for method, pattern, name in _NAMES:
        if method == request.method and pattern.search(path):
            return name
    raise Nameless(f"the simulation has no name for {request.method} {path}: add it to _NAMES")


class Account:
    """One service account for all runs of this process, since making and parsing its key is slow."""

    def __init__(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # small, so that it is quick
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self._public = public.decode()
        info = {"client_email": _EMAIL, "private_key_id": "k", "private_key": pem.decode(), "token_uri": "x"}
        self._minter = ServiceAccountMinter(self, info, clock=self, token_url=f"{GOOGLE}/token")
        self._wire: HttpClient
        self._clock: Clock

    def register(self, google: GoogleSandbox, without: frozenset[Purpose] = frozenset()) -> None:
        scopes = [scope for purpose, scopes in SCOPES.items() if purpose not in without for scope in scopes]
        google.add_service_account(_EMAIL, client_id="1", private_key_id="k", public_key=self._public, scopes=scopes)

    def minter(self, wire: HttpClient, clock: Clock) -> TokenMinter:
        self._wire, self._clock = wire, clock
        return self._minter

    def send(self, request: HttpRequest) -> HttpResponse:
        return self._wire.send(request)

    def now(self):
        return self._clock.now()

    def monotonic(self):
        return self._clock.monotonic()


@cache
def account() -> Account:
    return Account()
