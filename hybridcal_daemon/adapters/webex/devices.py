"""Devices that are registered with Webex: which there are, and the bookings lists on them, through the cloud xAPI.

Owns: which call, and what its answer means; what a device can is asked once a day. Promises: as ``requests.py``; the
service app speaks; a body that the device itself says it does not take never leaves. Does not: decide what is shown.

Sources: devices, workspaces and xAPI as in the public OpenAPI; Bookings.Put and Bookings.List as in RoomOS' schema.
That a command to a device that is not connected is answered with 409 is [unverified]; 404 is understood, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.adapters.jsonschema_subset import fault
from hybridcal_daemon.adapters.webex.exchange import decoded
from hybridcal_daemon.adapters.webex.requests import Requests, checked, within
from hybridcal_daemon.adapters.webex.wire_devices import (
    WireDevice,
    WireDevices,
    WireResult,
    WireSchema,
    WireWorkspace,
    WireWorkspaces,
)
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import DAY, Instant
from hybridcal_daemon.ports import Abilities

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hybridcal_daemon.adapters.webex.requests import Ask
    from hybridcal_daemon.adapters.webex.settings import WebexSettings
    from hybridcal_daemon.adapters.webex.tokens import ServiceAppTokens
    from hybridcal_daemon.domain.values import Plain
    from hybridcal_daemon.ports import Clock, HttpClient, HttpResponse, Listed, WebexDevice, Workspace

PUT: Final = "Bookings.Put"
LIST: Final = "Bookings.List"
OFFLINE: Final = "device-offline"
NOT_CAPABLE: Final = "device-not-capable"
SCHEMA: Final = "device-schema"
DAYS: Final = 32
"""As far as any list of ours reaches."""
MOST_LISTED: Final = 200
MOST_SCHEMAS: Final = 5000
_BAD_REQUEST: Final = 400
_CONFLICT: Final = 409
_PAGE: Final = "1000"
_ALL: Final = Abilities(put=True, list_=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """What a device said of itself: ``body`` is the JSON Schema of Bookings.Put's, None where it says none."""

    abilities: Abilities
    body: Any
    asked_at: Instant


class Schemas:
    """What devices said, for a day; shared by all threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._known: dict[str, Schema] = {}

    def now(self) -> Instant:
        """Give the time."""
        return self._clock.now()

    def get(self, device_id: str) -> Schema | None:
        """Give what is known and not too old."""
        with self._lock:
            held = self._known.get(device_id)
        fresh = held is not None and held.asked_at <= self.now() < held.asked_at + DAY
        return held if fresh else None

    def put(self, device_id: str, schema: Schema) -> None:
        """Remember; the oldest leaves when there are too many."""
        with self._lock:
            self._known.pop(device_id, None)
            self._known[device_id] = schema
            if len(self._known) > MOST_SCHEMAS:
                self._known.pop(next(iter(self._known)))


class WebexDevices(Requests):
    """``ports.CloudDevices`` for one thread (its HTTP client's); ``schemas`` is the same for all of them."""

    def __init__(
        self, http: HttpClient, settings: WebexSettings, schemas: Schemas, app_tokens: ServiceAppTokens | None = None
    ) -> None:
        super().__init__(http, settings, app_tokens)
        self._schemas = schemas

    # ---- which there are

    def workspaces(self, name: Plain[str] | None = None) -> list[Workspace]:
        """``GET /workspaces``."""
        query = {"max": _PAGE} if name is None else {"displayName": name.reveal()}
        pages = self._pages(self._as_app, "/workspaces", query, WireWorkspaces)
        return [item.value() for page in pages for item in page.items]

    def workspace(self, workspace_id: str) -> Workspace:
        """``GET /workspaces/{id}``. NOT_FOUND."""
        return decoded(self._as_app(self._get(within("/workspaces", workspace_id), {})), WireWorkspace).value()

    def devices(self, *, workspace_id: str = "", person_id: str = "") -> list[WebexDevice]:
        """``GET /devices``."""
        query = {"workspaceId": workspace_id, "personId": person_id}
        own = {name: value for name, value in query.items() if value} or {"max": _PAGE}
        return [item.value() for item in self._devices(own) if item.shows_meetings]

    def _devices(self, own: Mapping[str, str]) -> Iterator[WireDevice]:
        for page in self._pages(self._as_app, "/devices", own, WireDevices):
            yield from page.items

    def device(self, device_id: str) -> WebexDevice:
        """``GET /devices/{id}``. NOT_FOUND."""
        return decoded(self._as_app(self._get(within("/devices", device_id), {})), WireDevice).value()

    # ---- what is on them

    def abilities(self, where: str) -> Abilities:
        """What the device's own schema says, as of today."""
        return self._schema(where).abilities

    def put_bookings(self, where: str, bookings: Sequence[Mapping[str, object]]) -> None:
        """``Bookings.Put``. REFUSED device-not-capable, INVALID device-schema."""
        body = {"Bookings": [dict(each) for each in bookings]}
        schema = self._schema(where)
        if not schema.abilities.put:
            raise CallError(Kind.REFUSED, NOT_CAPABLE)
        if fault(schema.body, body):
            raise CallError(Kind.INVALID, SCHEMA)
        self._command(where, PUT, {}, body)

    def list_bookings(self, where: str) -> list[Listed]:
        """``Bookings.List``. REFUSED device-not-capable."""
        if not self._schema(where).abilities.list_:
            raise CallError(Kind.REFUSED, NOT_CAPABLE)
        answer = self._command(where, LIST, {"Days": DAYS, "Limit": MOST_LISTED}, None)
        return [each.value() for each in decoded(answer, WireResult).result.booking]

    def _command(
        self, device_id: str, name: str, arguments: Mapping[str, object], body: Mapping[str, object] | None
    ) -> HttpResponse:
        sent: dict[str, object] = {"deviceId": device_id, "arguments": dict(arguments)}
        if body is not None:
            sent["body"] = body
        return self._of_device(self._post(within("/xapi/command", name), sent))

    def _of_device(self, ask: Ask) -> HttpResponse:
        """Give a device's answer through Webex."""
        answer = self._app_answer(ask)
        if answer.status == _CONFLICT:
            raise CallError(Kind.TRANSIENT, OFFLINE)
        if answer.status == _BAD_REQUEST:
            raise CallError(Kind.INVALID, SCHEMA)
        return checked(ask, answer)

    def _schema(self, device_id: str) -> Schema:
        held = self._schemas.get(device_id)
        if held is None:
            held = self._asked(device_id)
            self._schemas.put(device_id, held)
        return held

    def _asked(self, device_id: str) -> Schema:
        """Ask the device; where that is not permitted, it shows when the command is given."""
        query = {"deviceId": device_id, "command": "Bookings.*"}
        try:
            answer = self._of_device(self._get("/xapi/schema", query))
        except CallError as failure:
            if failure.kind is not Kind.REFUSED or failure.code == "webex-no-service-app":
                raise
            return Schema(abilities=_ALL, body=None, asked_at=self._schemas.now())
        said = next((each for each in decoded(answer, list[WireSchema]) if each.device_id == device_id), None)
        commands = {} if said is None else said.commands
        body = commands[PUT].body_schema.schema if PUT in commands else None
        can = Abilities(put=PUT in commands, list_=LIST in commands, webrtc=_knows_webrtc(body))
        return Schema(abilities=can, body=body, asked_at=self._schemas.now())


def _knows_webrtc(body: object) -> bool:
    """Say whether bookings may be joined over WebRTC; a schema that does not list the protocols forbids none."""
    for name in ("properties", "Bookings", "items", "properties", "Protocol", "enum"):
        if not isinstance(body, dict) or name not in body:
            return True
        body = body[name]
    return isinstance(body, list) and "WebRTC" in body
