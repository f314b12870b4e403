"""What google-auth may send, and the grants that we send ourselves.

Owns: google-auth's transport, once for a grant for one person and once for source credentials. Promises: nothing
leaves but a grant that names exactly the wanted person and scopes, or a request to an address that was named before;
google-auth never sees a refusal (its own loop would sleep and repeat), since it is classified here and raised as
CallError, which google-auth lets pass. Does not: keep connections (the HTTP client does).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

from google.auth import jwt, transport
from google.auth.exceptions import GoogleAuthError

from hybridcal_daemon.adapters.google.errors import from_wire
from hybridcal_daemon.adapters.google.grants import CLOCK_SKEW, refused, token_reply
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.ports import HttpFailure, HttpRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hybridcal_daemon.adapters.google.wire import TokenReply
    from hybridcal_daemon.domain.values import Plain
    from hybridcal_daemon.ports import Clock, HttpClient, HttpResponse

SOURCE_REFUSED: Final = "google-source-refused"
_NOT_ABOUT_SOURCE: Final = frozenset({"google-unavailable", "google-rate-limited", CLOCK_SKEW})


class Sender:
    """The HTTP client with the clock that its answers are held against; for one thread."""

    def __init__(self, http: HttpClient, clock: Clock, deadline: float) -> None:
        self._http = http
        self._clock = clock
        self._deadline = deadline

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> HttpResponse:
        """Send. CallError TRANSIENT, INVALID when there is no whole answer."""
        return self.send("POST", url, body, headers)

    def send(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> HttpResponse:
        """Send. CallError TRANSIENT, INVALID when there is no whole answer."""
        try:
            return self._http.send(
                HttpRequest(method=method, url=url, headers=headers, body=body, deadline=self._deadline)
            )
        except HttpFailure as failure:
            error = from_wire(failure)
        raise error

    def refused(self, response: HttpResponse) -> CallError:
        """Say what a refused grant means."""
        return refused(response, self._clock.now())


class Grant(transport.Request):
    """google-auth's transport for one token request; keeps the reply."""

    def __init__(self, sender: Sender, token_url: str, subject: Plain[str], scopes: tuple[str, ...]) -> None:
        self._sender = sender
        self._token_url = token_url
        self._subject = subject
        self._scopes = scopes
        self.reply: TokenReply | None = None

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_kwargs: Any,  # noqa: ANN401 - google-auth's, unused
    ) -> GrantResponse:
        """Send the grant if it is the one that was meant. CallError."""
        del timeout  # ours is shorter
        if url != self._token_url or method != "POST" or not self._is_meant(body or b""):
            raise CallError(Kind.INVALID, "google-wrong-subject")
        response = self._sender.post(url, body or b"", headers or {})
        if response.status != HTTPStatus.OK:
            raise self._sender.refused(response)
        self.reply = token_reply(response.body)
        return GrantResponse(response)

    def _is_meant(self, body: bytes) -> bool:
        """Read the assertion that is about to leave: it must be for this person and these scopes."""
        try:
            claims = jwt.decode(parse_qs(body.decode("ascii"))["assertion"][0], verify=False)  # type: ignore[no-untyped-call]
        except (KeyError, ValueError, GoogleAuthError):
            return False
        wanted = {"sub": self._subject.reveal(), "scope": " ".join(self._scopes)}
        return {name: claims.get(name) for name in wanted} == wanted


class SourceRequest(transport.Request):
    """google-auth's transport for source credentials: only to ``allowed`` addresses, refusals are about the source."""

    def __init__(self, sender: Sender, allowed: frozenset[str]) -> None:
        self._sender = sender
        self._allowed = allowed

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_kwargs: Any,  # noqa: ANN401 - google-auth's, unused
    ) -> GrantResponse:
        """Send. CallError CONFIG google-source-refused or google-clock-skew; TRANSIENT, THROTTLED."""
        del timeout  # ours is shorter
        if url not in self._allowed:
            raise CallError(Kind.CONFIG, SOURCE_REFUSED)
        content = body.encode() if isinstance(body, str) else body
        response = self._sender.send(method, url, content, headers or {})
        if response.status != HTTPStatus.OK:
            raise _about_source(self._sender.refused(response))
        return GrantResponse(response)


def _about_source(error: CallError) -> CallError:
    """Whatever is neither passing nor the clock's fault is a matter of the source credentials."""
    return error if error.code in _NOT_ABOUT_SOURCE else CallError(Kind.CONFIG, SOURCE_REFUSED)


class GrantResponse(transport.Response):
    """What google-auth wants to see of an answer."""

    def __init__(self, response: HttpResponse) -> None:
        self._response = response

    @property
    def status(self) -> int:
        """Status code."""
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """Header names are lower case."""
        return self._response.headers

    @property
    def data(self) -> bytes:
        """Body."""
        return self._response.body
