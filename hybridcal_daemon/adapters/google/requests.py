"""How every request to Google looks, and how its answer is taken.

Owns: addresses, common parameters, headers. Promises: only CallError is raised; path parts are percent-encoded (ids
contain ``@``, ``#`` and ``:``); every request carries ``quotaUser``, without which all delegated requests count against
one user's quota; whether a request changes anything is said by who makes it, never guessed from method or body
(``freeBusy`` is a POST that changes nothing, and ``quickAdd`` makes an event without a body).
Does not: know an operation (``lists.py``, ``events.py``, ``channels.py``, ``people.py``, ``access.py`` do), retry, or
get tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar
from urllib.parse import quote

import msgspec

from hybridcal_daemon.adapters.google import mapping
from hybridcal_daemon.adapters.google.errors import Service, classify, from_wire
from hybridcal_daemon.adapters.http_json import BadJson, decode_json
from hybridcal_daemon.domain.events import CalendarEvent, Removed
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.ports import HttpFailure, HttpRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hybridcal_daemon.domain.values import Plain, Secret
    from hybridcal_daemon.ports import HttpClient, HttpResponse

BAD_ANSWER: Final = "google-bad-answer"
BAD_REQUEST: Final = "google-bad-request"
GONE: Final = frozenset({Kind.NOT_FOUND, Kind.RESYNC})
"""What a 404 or 410 about one thing is classified as; a 410 without a reason looks like that of a sync token."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleSettings:
    """Where Google is and how to speak to it. ``push_url``: full address that notices go to; ``deadline``: seconds.

    ``send_updates``: whom Google mails about what we change (google.md D "sendUpdates").
    """

    calendar_url: str = "https://www.googleapis.com/calendar/v3"
    gmail_url: str = "https://gmail.googleapis.com/gmail/v1"
    push_url: str = ""
    send_updates: Literal["none", "externalOnly", "all"] = "none"
    page_size: int = 2500
    deadline: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request. ``write``: it changes something, so that a lost answer leaves its effect in doubt.

    ``body``: what is sent as JSON, None for nothing; ``etag``: only if the thing is still at this version; ``done``:
    statuses beyond 2xx that say that it is as was wished.
    """

    method: Literal["GET", "POST", "PATCH", "DELETE"]
    url: str
    params: Mapping[str, str]
    write: bool
    body: msgspec.Struct | None = None
    etag: str = ""
    service: Service = "calendar"
    done: frozenset[int] = frozenset()


class Requests:
    """The way to Google for one thread (its HTTP client's)."""

    def __init__(self, http: HttpClient, settings: GoogleSettings | None = None) -> None:
        self._http = http
        self._settings = settings or GoogleSettings()

    def _calendar(self, calendar: Plain[str], *parts: str) -> str:
        """Address of something in a calendar."""
        path = "/".join(quote(part, safe="") for part in (calendar.reveal(), *parts))
        return f"{self._settings.calendar_url}/calendars/{path}"

    def _send(self, token: Secret[str], ask: Ask) -> bytes:
        """Send one request; the body of a 2xx answer (or of ``ask.done``) or CallError."""
        response = self._exchange(self._request(token, ask), write=ask.write)
        if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES or response.status in ask.done:
            return response.body
        raise classify(
            response.status, response.body, response.headers.get("retry-after"), write=ask.write, service=ask.service
        )

    def _send_unless_gone(self, token: Secret[str], ask: Ask) -> bytes | None:
        """Send one request; None when what it is about is not there (404, 410)."""
        try:
            return self._send(token, ask)
        except CallError as error:
            if error.kind in GONE:
                return None
            raise

    def _exchange(self, request: HttpRequest, *, write: bool) -> HttpResponse:
        try:
            return self._http.send(request)
        except HttpFailure as failure:
            error = from_wire(failure, write=write)
        raise error  # outside the handler, so that no traceback carries the request

    def _request(self, token: Secret[str], ask: Ask) -> HttpRequest:
        return HttpRequest(
            method=ask.method,
            url=f"{ask.url}?{_query(ask.params)}",
            headers=_headers(token, ask),
            body=_body(ask),
            deadline=self._settings.deadline,
        )


def _headers(token: Secret[str], ask: Ask) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {token.reveal()}"}
    if ask.body is not None:
        headers["Content-Type"] = "application/json; charset=utf-8"
    if ask.etag:
        headers["If-Match"] = ask.etag
    return headers


def _body(ask: Ask) -> bytes | None:
    """Give the JSON; a POST without any still says how long its body is (RFC 9110 section 8.6), else 411."""
    if ask.body is not None:
        return msgspec.json.encode(ask.body)
    return b"" if ask.method == "POST" else None


def common(quota_user: str, fields: str = "") -> dict[str, str]:
    """Parameters of every request; ``fields``: mask of what is wanted, '' where the answer is empty."""
    params = {"quotaUser": quota_user, "prettyPrint": "false"}
    return {**params, "fields": fields} if fields else params


def _query(params: Mapping[str, str]) -> str:
    """Percent-encode the values; the names are Google's and need none."""
    return "&".join(
        [f"{name}={_mask(value) if name == 'fields' else quote(value, safe='')}" for name, value in params.items()]
    )


@lru_cache(maxsize=64)
def _mask(fields: str) -> str:
    """Quote once: masks are few, and most of a query."""
    return quote(fields, safe="")


def rfc3339(at: float) -> str:
    """Whole seconds in UTC with Z; Google drops fractions anyway."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sendable_etag(etag: str) -> str:
    """Give the etag as it came, quotes and all; CallError INVALID when it cannot be a header or would match any."""
    if not etag or not etag.isascii() or not etag.isprintable() or etag == "*":
        raise CallError(Kind.INVALID, BAD_ANSWER)
    return etag


def reply(body: bytes, shape: type[T], *, written: bool = False) -> T:
    """Decode an answer. CallError TRANSIENT; ``written``: the effect happened all the same."""
    try:
        return decode_json(body, shape)
    except BadJson:
        raise CallError(Kind.TRANSIENT, BAD_ANSWER, in_doubt=written) from None


def read_event(body: bytes, *, written: bool, me: str = "") -> CalendarEvent | Removed:
    """Decode an event. CallError INVALID, TRANSIENT for what is no JSON; ``written``: the effect happened all the same.

    A page of a front end says nothing of the event: it must not be left alone for that.
    """
    reply(body, dict[str, Any], written=written)
    try:
        return mapping.item(body, me=me)
    except mapping.BadItem:
        raise CallError(Kind.INVALID, BAD_ANSWER, in_doubt=written) from None
