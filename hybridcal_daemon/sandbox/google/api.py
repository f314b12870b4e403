"""From an HTTP request to the call it means, and from its result to JSON.

Owns: paths, authentication, the order in which Google's front end checks things, and what an answer looks like on the
wire. Promises: a request that is refused has no effect. Does not: keep the journal or the fault plan (``service.py``).

Based on: order of checks: token (401), scopes (403), query (400), body (400), person (403), calendar (404)
[unconfirmed; each answer by itself is in ``errors.py``]; then the role at the calendar (``access.py``). One's own is
``primary`` or named by its address. GET with a body is refused by the very
first front end [third-party probe]; a JSON body must be declared as such [unconfirmed]. ``prettyPrint`` is on unless
false [discovery document]. Delete and stop answer without a body [recorded responses]. What Google has and the
stand-in has not is answered 501, which Google never does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import msgspec

from hybridcal_daemon.sandbox.google import gmail
from hybridcal_daemon.sandbox.google.access import seat_at
from hybridcal_daemon.sandbox.google.busy import free_busy
from hybridcal_daemon.sandbox.google.errors import (
    JSON,
    Refused,
    calendar_refusal,
    front_refusal,
    gmail_refusal,
    html_refusal,
    missing_scope,
    not_modelled,
    oauth_refusal,
)
from hybridcal_daemon.sandbox.google.instances import Target, find
from hybridcal_daemon.sandbox.google.operations import OPERATIONS, OWNED, Operation, read_query
from hybridcal_daemon.sandbox.google.partial import apply_mask, compile_mask
from hybridcal_daemon.sandbox.google.quick import read_text
from hybridcal_daemon.sandbox.google.render import event_json, instance_json
from hybridcal_daemon.sandbox.marked import MarkedResponse, marked

if TYPE_CHECKING:
    from hybridcal_daemon.ports import HttpRequest
    from hybridcal_daemon.sandbox.faults import Rule
    from hybridcal_daemon.sandbox.google.access import Seat
    from hybridcal_daemon.sandbox.google.acl import Acl
    from hybridcal_daemon.sandbox.google.listing import Lister
    from hybridcal_daemon.sandbox.google.model import Fields, User, World
    from hybridcal_daemon.sandbox.google.oauth import Grant, Tokens
    from hybridcal_daemon.sandbox.google.push import Channels
    from hybridcal_daemon.sandbox.google.writing import Writer

TOKEN: Final = "oauth2.token"  # noqa: S105 - the name of an operation
WITH_BODY: Final = frozenset(
    {
        "calendar.acl.insert",
        "calendar.channels.stop",
        "calendar.events.insert",
        "calendar.events.patch",
        "calendar.events.watch",
        "calendar.freebusy.query",
    }
)
ROLES: Final = {
    "calendar.acl.delete": "owner",
    "calendar.acl.get": "writer",
    "calendar.acl.insert": "owner",
    "calendar.acl.list": "writer",
    "calendar.events.delete": "writerWithoutPrivateAccess",
    "calendar.events.get": "reader",
    "calendar.events.insert": "writerWithoutPrivateAccess",
    "calendar.events.instances": "reader",
    "calendar.events.list": "reader",
    "calendar.events.patch": "writerWithoutPrivateAccess",
    "calendar.events.quickAdd": "writerWithoutPrivateAccess",
    "calendar.events.watch": "reader",
}
"""The role that an operation on a calendar needs at least."""

_PATHS: Final = {
    "POST token": TOKEN,
    "GET calendar/v3/calendars/{}/events": "calendar.events.list",
    "POST calendar/v3/calendars/{}/events": "calendar.events.insert",
    "POST calendar/v3/calendars/{}/events/quickAdd": "calendar.events.quickAdd",
    "POST calendar/v3/calendars/{}/events/watch": "calendar.events.watch",
    "GET calendar/v3/calendars/{}/events/{}": "calendar.events.get",
    "PATCH calendar/v3/calendars/{}/events/{}": "calendar.events.patch",
    "DELETE calendar/v3/calendars/{}/events/{}": "calendar.events.delete",
    "GET calendar/v3/calendars/{}/events/{}/instances": "calendar.events.instances",
    "GET calendar/v3/calendars/{}/acl": "calendar.acl.list",
    "POST calendar/v3/calendars/{}/acl": "calendar.acl.insert",
    "GET calendar/v3/calendars/{}/acl/{}": "calendar.acl.get",
    "DELETE calendar/v3/calendars/{}/acl/{}": "calendar.acl.delete",
    "POST calendar/v3/freeBusy": "calendar.freebusy.query",
    "POST calendar/v3/channels/stop": "calendar.channels.stop",
    "GET calendar/v3/users/me/settings/{}": "calendar.settings.get",
    "GET gmail/v1/users/{}/settings/vacation": "gmail.users.settings.getVacation",
}
ROUTES: Final[dict[tuple[str, int], list[tuple[list[str], str]]]] = {}
"""(Method, number of parts) -> templates split into their parts, with the operation."""
for _path, _operation in _PATHS.items():
    _method, _, _template = _path.partition(" ")
    _parts = _template.split("/")
    ROUTES.setdefault((_method, len(_parts)), []).append((_parts, _operation))


@dataclass(slots=True, kw_only=True)
class Call:
    """A request on its way. ``ids``: what the path names; the rest is for the journal as soon as it is known."""

    request: HttpRequest
    path: str
    raw_query: str
    operation: str = ""
    ids: tuple[str, ...] = ()
    sent: dict[str, list[str]] = field(default_factory=dict)
    subject: str = ""
    reason: str = ""

    def header(self, name: str) -> str | None:
        """Give a header's value; ``name`` in lower case."""
        headers = self.request.headers
        if name in headers:
            return headers[name]
        return next((value for key, value in headers.items() if key.lower() == name), None)


def route(method: str, path: str) -> tuple[str, tuple[str, ...]]:
    """Give the operation and the ids in the path. Refused (404, 501)."""
    parts = path.split("/")[1:]
    for template, operation in ROUTES.get((method, len(parts)), ()):
        if all(part == fixed or (fixed == "{}" and part) for part, fixed in zip(parts, template, strict=True)):
            return operation, tuple(unquote(part) for part, fixed in zip(parts, template, strict=True) if fixed == "{}")
    if path.startswith(("/calendar/v3/", "/gmail/v1/")):
        raise not_modelled(f"{method} {path}")
    raise html_refusal(404, "The requested URL was not found on this server.")


def fault_refusal(call: Call, rule: Rule) -> MarkedResponse:
    """Phrase the refusal of a fault rule as the service that was asked would.

    Reasons with a meaning of their own: ``html`` and ``empty`` say what body there is; one in capitals, such as
    ``RATE_LIMIT_EXCEEDED``, is the front end's (``status`` and ``details``) instead of the service's.
    """
    if rule.reason == "html":
        return html_refusal(rule.status, "That's an error.").response
    if rule.reason == "empty":
        return marked(rule.status, b"")
    if call.operation == TOKEN:
        reason = "internal_failure" if rule.reason == "backendError" else rule.reason
        return oauth_refusal(rule.status, reason, "Backend Error").response
    if rule.reason.isupper():
        return front_refusal(rule.status, rule.reason, OPERATIONS[call.operation].service).response
    if call.path.startswith("/gmail/"):
        return gmail_refusal(rule.status, rule.reason).response
    return calendar_refusal(rule.status, rule.reason).response


class Api:
    """Google's calls over the parts that do them."""

    def __init__(
        self, world: World, tokens: Tokens, channels: Channels, lister: Lister, writer: Writer, acl: Acl
    ) -> None:
        self._world = world
        self._tokens = tokens
        self._channels = channels
        self._lister = lister
        self._writer = writer
        self._acl = acl

    def perform(self, call: Call) -> MarkedResponse:
        """Do it; a refusal is an answer."""
        try:
            if call.operation == TOKEN:
                return self._token(call)
            return self._call(call, OPERATIONS[call.operation])
        except Refused as refused:
            call.reason = refused.reason
            return refused.response

    def _token(self, call: Call) -> MarkedResponse:
        if call.raw_query:
            raise oauth_refusal(400, "invalid_request", "Parameters belong in the body.")
        response, call.subject = self._tokens.exchange(call.header("content-type") or "", call.request.body)
        return response

    def _call(self, call: Call, operation: Operation) -> MarkedResponse:
        if call.request.method == "GET" and call.request.body:
            raise html_refusal(400, "Your client has issued a malformed or illegal request.")
        grant = self._tokens.grant(call.header("authorization"))
        call.subject = grant.subject
        if not grant.scopes & operation.scopes:
            raise missing_scope(operation.service, operation.rpc)
        query, call.sent = read_query(operation, call.raw_query)
        mask = compile_mask(query["fields"], operation.resource) if "fields" in query and operation.resource else None
        body = _body(call) if call.operation in WITH_BODY else {}
        result = self._result(call, grant, query, body)
        if result is None:
            return marked(204, b"", {"content-type": "text/html; charset=UTF-8"})
        headers = {"content-type": JSON, "etag": result["etag"]} if "etag" in result else {"content-type": JSON}
        text = msgspec.json.encode(result if mask is None else apply_mask(mask, result))
        if query.get("prettyPrint", True):
            text = msgspec.json.format(text, indent=1)
        return marked(200, text, headers)

    def _result(self, call: Call, grant: Grant, query: Fields, body: Fields) -> Fields | None:
        """Give the resource to answer, None for none."""
        if call.operation == "calendar.channels.stop":
            self._channels.stop(body, grant)
            return None
        user = self._world.user(grant.subject)
        if call.operation == "gmail.users.settings.getVacation":
            return gmail.vacation(user, call.ids[0], grant.subject)
        if user is None or not user.calendar_on:
            raise calendar_refusal(403, "notACalendarUser")
        if call.operation == "calendar.settings.get":
            return gmail.setting(user, call.ids[0])
        if call.operation == "calendar.freebusy.query":
            return free_busy(self._world, user, body)
        return self._at_calendar(call, self._seat(call, user, grant), grant, query, body)

    def _seat(self, call: Call, user: User, grant: Grant) -> Seat:
        """Give the person's place at the calendar of the path. Refused (403, 404)."""
        seat = seat_at(self._world, user, call.ids[0])
        if seat.role != "owner":
            operation = OPERATIONS[call.operation]
            if not grant.scopes & (operation.scopes - OWNED):
                raise missing_scope(operation.service, operation.rpc)
            seat.needs(ROLES[call.operation])
        return seat

    def _at_calendar(self, call: Call, seat: Seat, grant: Grant, query: Fields, body: Fields) -> Fields | None:
        match call.operation:
            case "calendar.events.list":
                return self._lister.list_events(seat, query)
            case "calendar.events.instances":
                return self._lister.list_instances(seat, call.ids[1], query)
            case "calendar.events.get":
                return shown_to(seat, find(seat.calendar, call.ids[1]), query)
            case "calendar.events.watch":
                return self._channels.watch(seat.calendar, body, query, grant)
        if call.operation.startswith("calendar.acl."):
            return self._rules(call, seat, query, body)
        return self._write(call, seat, query, body)

    def _write(self, call: Call, seat: Seat, query: Fields, body: Fields) -> Fields | None:
        if_match = call.header("if-match")
        match call.operation:
            case "calendar.events.insert":
                return shown_to(seat, Target(self._writer.insert(seat, body, query), None), query)
            case "calendar.events.quickAdd":
                made = read_text(query.get("text", ""), self._world.now_ms() // 1000, seat.calendar.zone)
                return shown_to(seat, Target(self._writer.insert(seat, made, query), None), {})
            case "calendar.events.patch":
                return shown_to(seat, self._writer.patch(seat, call.ids[1], body, query, if_match), query)
        self._writer.delete(seat, call.ids[1], query, if_match)
        return None

    def _rules(self, call: Call, seat: Seat, query: Fields, body: Fields) -> Fields | None:
        match call.operation:
            case "calendar.acl.list":
                return self._acl.list_rules(seat, query)
            case "calendar.acl.insert":
                return self._acl.insert(seat, body, query)
            case "calendar.acl.get":
                return self._acl.get(seat, call.ids[1])
        self._acl.delete(seat, call.ids[1])
        return None


def shown_to(seat: Seat, target: Target, query: Fields) -> Fields:
    """Write an event or occurrence as the answer to who sits there."""
    zone, most = query.get("timeZone", seat.calendar.zone), query.get("maxAttendees")
    hidden = seat.hides(target.copy)
    if target.original is None:
        return event_json(target.copy, zone, max_attendees=most, hidden=hidden)
    return instance_json(target.copy, target.original, zone, max_attendees=most, hidden=hidden)


def _body(call: Call) -> Fields:
    declared = (call.header("content-type") or "").partition(";")[0].strip().lower()
    if declared != "application/json":
        raise calendar_refusal(
            400, "parseError", f"This API does not support parsing {declared or 'undeclared'} input."
        )
    try:
        body = msgspec.json.decode(call.request.body or b"")
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise calendar_refusal(400, "parseError", "Parse Error") from wrong
    if not isinstance(body, dict):
        raise calendar_refusal(400, "parseError", "Parse Error")
    return body
