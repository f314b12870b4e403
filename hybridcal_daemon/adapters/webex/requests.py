"""Requests to Webex REST: which token speaks, what an answer means, how pages follow each other.

Owns: the three identities (bot, service app, integration) and paging. Promises: only ``CallError`` is raised, without
address, text or URL in it; of a next link only the query is taken, so that a token never goes to another host. Does
not: retry, except once with a new access token after a 401.

Source: only ``rel="next"`` of the ``Link`` header (RFC 8288) is promised [public guide to paging].
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

import msgspec

from hybridcal_daemon.adapters.webex.exchange import JSON_BODY, authorised, decoded, send
from hybridcal_daemon.adapters.webex.failing import UNAUTHORIZED, UNSUPPORTED_MEDIA, of_answer
from hybridcal_daemon.domain.failures import CallError, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from hybridcal_daemon.adapters.webex.settings import WebexSettings
    from hybridcal_daemon.adapters.webex.tokens import ServiceAppTokens
    from hybridcal_daemon.domain.values import Secret
    from hybridcal_daemon.ports import HttpClient, HttpResponse

MOST_PAGES: Final = 20
PATCH_BODY: Final = "application/json-patch+json"
_NEXT: Final = re.compile(r'<([^<>]*)>\s*;[^,<]*\brel="?next"?', re.IGNORECASE)
_STRANGE: Final = frozenset(' \\"<>')
"""What a browser reads otherwise than we do, or what could end an attribute."""
Shape = TypeVar("Shape")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request before it has a token. ``media``: type of the body."""

    method: str
    url: str
    body: bytes | None = None
    media: str = JSON_BODY


class Requests:
    """One for each worker thread.

    ``app_tokens``, ``integration_tokens``: the same objects for all of them, None where nothing is configured.
    """

    def __init__(
        self,
        http: HttpClient,
        settings: WebexSettings,
        app_tokens: ServiceAppTokens | None = None,
        integration_tokens: ServiceAppTokens | None = None,
    ) -> None:
        self._http = http
        self._settings = settings
        self._app_tokens = app_tokens
        self._integration_tokens = integration_tokens

    # ---- who speaks -------------------------------------------------------------------------------------------------

    def _as_bot(self, ask: Ask) -> HttpResponse:
        return checked(ask, self._send(ask, self._settings.bot_token()))

    def _as_app(self, ask: Ask) -> HttpResponse:
        """REFUSED ``webex-no-service-app`` without a service app."""
        return checked(ask, self._app_answer(ask))

    def _as_integration(self, ask: Ask) -> HttpResponse:
        """REFUSED ``webex-no-integration`` without an integration."""
        tokens = self._integration_tokens
        if tokens is None:
            raise CallError(Kind.REFUSED, "webex-no-integration")
        return checked(ask, self._renewing(ask, tokens))

    def _app_answer(self, ask: Ask) -> HttpResponse:
        """Send with the service app's token. Any status is an answer."""
        if self._app_tokens is None:
            raise CallError(Kind.REFUSED, "webex-no-service-app")
        return self._renewing(ask, self._app_tokens)

    def _renewing(self, ask: Ask, tokens: ServiceAppTokens) -> HttpResponse:
        """After a 401 once more with a new token."""
        token = tokens.get(self._http)
        response = self._send(ask, token)
        if response.status != UNAUTHORIZED:
            return response
        other = tokens.replace(self._http, token)
        return response if other is token else self._send(ask, other)

    def _send(self, ask: Ask, bearer: Secret[str]) -> HttpResponse:
        """Where the documented type of a PATCH is not taken (415, so nothing was done), say it again as plain JSON."""
        deadline = self._settings.deadline
        request = authorised(ask.method, ask.url, bearer, ask.body, media=ask.media, deadline=deadline)
        response = send(self._http, request)
        if response.status == UNSUPPORTED_MEDIA and ask.media != JSON_BODY:
            return self._send(replace(ask, media=JSON_BODY), bearer)
        return response

    # ---- what is asked ----------------------------------------------------------------------------------------------

    def _get(self, path: str, query: Mapping[str, str]) -> Ask:
        return Ask(method="GET", url=_url(f"{self._settings.api_url}{path}", query))

    def _post(self, path: str, body: Mapping[str, Any]) -> Ask:
        return self._with_body("POST", path, body)

    def _with_body(self, method: str, path: str, body: Mapping[str, Any]) -> Ask:
        return Ask(method=method, url=f"{self._settings.api_url}{path}", body=msgspec.json.encode(body))

    def _patch(self, path: str, body: Mapping[str, Any]) -> Ask:
        """As the public OpenAPI has it for meetings: an object of fields, of the type of JSON patches."""
        return replace(self._with_body("PATCH", path, body), media=PATCH_BODY)

    def _delete(self, path: str, query: Mapping[str, str]) -> Ask:
        return Ask(method="DELETE", url=_url(f"{self._settings.api_url}{path}", query))

    def _pages(
        self, say: Callable[[Ask], HttpResponse], path: str, own: Mapping[str, str], shape: type[Shape]
    ) -> Iterator[Shape]:
        """Give page after page; our own parameters are put back, which next links are known to lose.

        (The community's Python SDK repairs such links, and those with ``max=null``.) TRANSIENT after ``MOST_PAGES``.
        """
        query: dict[str, str] = {}
        for _ in range(MOST_PAGES):
            response = say(self._get(path, {**query, **own}))
            yield decoded(response, shape)
            following = _NEXT.search(response.headers.get("link", ""))
            if following is None:
                return
            query = {name: value for name, value in parse_qsl(split(following[1]).query) if value != "null"}
        raise CallError(Kind.TRANSIENT, "webex-bad-answer")


def within(path: str, part: str) -> str:
    """Give ``path`` with an id appended as one segment."""
    return f"{path}/{quote(part, safe='')}"


@contextmanager
def suppress_missing() -> Iterator[None]:
    """Let pass that something is not there: 404 and 410."""
    try:
        yield
    except CallError as failure:
        if failure.kind is not Kind.NOT_FOUND:
            raise


def checked(ask: Ask, response: HttpResponse) -> HttpResponse:
    """Give the answer if it is a success. CallError as ``failing.py`` says."""
    failure = of_answer(ask.method, response)
    if failure is not None:
        raise failure
    return response


def is_https(url: str) -> bool:
    """Whether an address that Webex gave may stand in an invitation."""
    try:
        parts = urlsplit(url)
        well = parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
        return well and url.isprintable() and _STRANGE.isdisjoint(url)
    except ValueError:
        return False


def split(url: str) -> SplitResult:
    """Split an address that Webex gave. TRANSIENT when it is none."""
    try:
        return urlsplit(url)
    except ValueError:
        error = CallError(Kind.TRANSIENT, "webex-bad-answer")
    raise error


def _url(base: str, query: Mapping[str, str]) -> str:
    return f"{base}?{urlencode(query)}" if query else base
