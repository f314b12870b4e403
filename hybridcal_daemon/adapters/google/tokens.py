"""Access tokens by domain-wide delegation (RFC 7523, Google's "Using OAuth 2.0 for Server to Server Applications").

Owns: one token request. Promises: nothing leaves unless the signed assertion names exactly the wanted person and
scopes; no host but the token endpoint is contacted; no thread is started; nothing sleeps.
Does not: cache, retry, or decide who may have a token (``domain/tokens.py`` does).

How: google-auth builds and signs the assertion and calls our transport. Its own loop would repeat refused requests
after sleeping for seconds. The transport therefore never hands it a refusal: it classifies the answer itself and raises
CallError, which google-auth lets pass; all by its public interface. ``AuthorizedSession`` and ``before_request`` are
avoided since they look up regional access boundaries, in a thread for each credential.
"""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

from google.auth import jwt, transport
from google.auth.exceptions import GoogleAuthError

from hybridcal_daemon.adapters.google.errors import from_wire, seconds
from hybridcal_daemon.adapters.google.keyfile import credentials
from hybridcal_daemon.adapters.google.wire import TokenRefusal, TokenReply
from hybridcal_daemon.adapters.http_json import BadJson, decode_json
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.tokens import MintedToken, Purpose
from hybridcal_daemon.domain.values import Instant, Secret
from hybridcal_daemon.ports import HttpFailure, HttpRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hybridcal_daemon.domain.values import Plain
    from hybridcal_daemon.ports import Clock, HttpClient, HttpResponse

SCOPES: Final[Mapping[Purpose, tuple[str, ...]]] = {
    Purpose.CALENDAR: ("https://www.googleapis.com/auth/calendar.events",),
    Purpose.GMAIL: ("https://www.googleapis.com/auth/gmail.settings.basic",),
}
"""What an admin grants to the service account. One scope more in a request than granted makes Google refuse it all."""

_CONFIG: Final = (Kind.CONFIG, "google-auth-refused")
_KEY: Final = (Kind.CONFIG, "google-key-invalid")
_BY_ERROR: Final[dict[str, tuple[Kind, str]]] = {
    "unauthorized_client": (Kind.CONFIG, "google-unauthorized-client"),
    "invalid_client": _KEY,
    "invalid_grant": (Kind.USER, "google-no-such-user"),
    "invalid_request": (Kind.INVALID, "google-bad-request"),
    "invalid_scope": _CONFIG,
    "access_denied": _CONFIG,
    "disabled_client": _CONFIG,
    "deleted_client": _CONFIG,
    "org_internal": _CONFIG,
    "admin_policy_enforced": _CONFIG,
    "internal_failure": (Kind.TRANSIENT, "google-unavailable"),
    "temporarily_unavailable": (Kind.TRANSIENT, "google-unavailable"),
    "slow_down": (Kind.THROTTLED, "google-rate-limited"),
    "rate_limit_exceeded": (Kind.THROTTLED, "google-rate-limited"),
}
_BY_DESCRIPTION: Final[tuple[tuple[str, tuple[Kind, str]], ...]] = (
    ("invalid jwt signature", _KEY),
    ("account not found", _KEY),
    ("short-lived token", (Kind.CONFIG, "google-clock-skew")),
    ("reasonable timeframe", (Kind.CONFIG, "google-clock-skew")),
    ("invalid jwt", _CONFIG),
)
"""What Google says with invalid_grant when it is not about the person."""


class ServiceAccountMinter:
    """``ports.TokenMinter`` for one thread (its HTTP client's). ``info``: see ``load_service_account``."""

    def __init__(
        self, http: HttpClient, info: Mapping[str, str], *, clock: Clock, token_url: str = "", deadline: float = 30.0
    ) -> None:
        self._http = http
        self._clock = clock
        self._deadline = deadline
        self._token_url = token_url or info["token_uri"]
        self._base = credentials({**info, "token_uri": self._token_url})

    def mint(self, subject: Plain[str], purpose: Purpose) -> MintedToken:
        """Ask for a token. CallError USER, CONFIG, TRANSIENT, THROTTLED; see ``classify_grant``."""
        asked_at = self._clock.now()
        grant = Grant(self._http, self._token_url, subject, SCOPES[purpose], self._deadline)
        own = self._base.with_subject(subject.reveal()).with_scopes(SCOPES[purpose])  # type: ignore[no-untyped-call]
        with suppress(GoogleAuthError):  # for example a key of another universe; its text may quote the request
            own.refresh(grant)
        if grant.reply is None:
            raise CallError(*_CONFIG)
        return MintedToken(
            token=Secret(grant.reply.access_token), expires_at=Instant(asked_at + grant.reply.expires_in)
        )


class Grant(transport.Request):
    """google-auth's transport for one token request; keeps the reply."""

    def __init__(
        self, http: HttpClient, token_url: str, subject: Plain[str], scopes: tuple[str, ...], deadline: float
    ) -> None:
        self._http = http
        self._token_url = token_url
        self._subject = subject
        self._scopes = scopes
        self._deadline = deadline
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
        response = self._send(
            HttpRequest(method="POST", url=url, headers=headers or {}, body=body, deadline=self._deadline)
        )
        if response.status != HTTPStatus.OK:
            raise classify_grant(response.status, response.body, response.headers.get("retry-after"))
        self.reply = _reply(response.body)
        return GrantResponse(response)

    def _is_meant(self, body: bytes) -> bool:
        """Read the assertion that is about to leave: it must be for this person and these scopes."""
        try:
            claims = jwt.decode(parse_qs(body.decode("ascii"))["assertion"][0], verify=False)  # type: ignore[no-untyped-call]
        except (KeyError, ValueError, GoogleAuthError):
            return False
        wanted = {"sub": self._subject.reveal(), "scope": " ".join(self._scopes)}
        return {name: claims.get(name) for name in wanted} == wanted

    def _send(self, request: HttpRequest) -> HttpResponse:
        try:
            return self._http.send(request)
        except HttpFailure as failure:
            error = from_wire(failure)
        raise error


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


def classify_grant(status: int, body: bytes, retry_after: str | None) -> CallError:
    """Say what a refused token request means (RFC 6749 section 5.2 and Google's own words; pure).

    USER: this person; CONFIG: everybody, until an admin acts; TRANSIENT and THROTTLED: later.
    """
    wait = seconds(retry_after)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return CallError(Kind.THROTTLED, "google-rate-limited", retry_after=wait)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return CallError(Kind.TRANSIENT, "google-unavailable", retry_after=wait)
    try:
        refusal = decode_json(body, TokenRefusal)
    except BadJson:
        return CallError(Kind.TRANSIENT, "google-bad-answer")
    description = refusal.error_description.lower()
    if refusal.error == "invalid_grant":
        for text, verdict in _BY_DESCRIPTION:
            if text in description:
                return CallError(*verdict)
    kind, code = _BY_ERROR.get(refusal.error, _CONFIG)
    return CallError(kind, code, retry_after=wait)


def _reply(body: bytes) -> TokenReply:
    try:
        reply = decode_json(body, TokenReply)
    except BadJson:
        reply = None
    if reply is None or reply.token_type.lower() != "bearer" or not reply.access_token or reply.expires_in <= 0:
        raise CallError(Kind.TRANSIENT, "google-bad-answer")
    return reply
