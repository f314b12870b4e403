"""Access tokens by domain-wide delegation without a key on this machine.

Owns: one token request in two steps: the IAM Service Account Credentials API signs the assertion
(projects.serviceAccounts.signJwt), and the token endpoint takes it (RFC 7523). Promises: as ``tokens.py``; what Google
signed leaves only when it names exactly the wanted person and scopes; only Google's two addresses and those of the
source credentials are asked; no thread, no sleep, no repetition but one, with a fresh source token when the last one
is not taken.
Does not: use ``google.auth.impersonated_credentials``: its token endpoint is fixed, its signing endpoint depends on
files and variables of the machine, and each copy for another person throws the source's token away.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from hybridcal_daemon.adapters.google.errors import error_object, seconds
from hybridcal_daemon.adapters.google.scopes import SCOPES
from hybridcal_daemon.adapters.google.source import Source
from hybridcal_daemon.adapters.google.transports import SOURCE_REFUSED, Grant, Sender
from hybridcal_daemon.adapters.google.wire import SignedReply
from hybridcal_daemon.adapters.http_json import BadJson, decode_json
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.tokens import MintedToken, Purpose
from hybridcal_daemon.domain.values import Instant, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hybridcal_daemon.domain.values import Plain
    from hybridcal_daemon.ports import Clock, HttpClient, HttpResponse

IAM_URL: Final = "https://iamcredentials.googleapis.com/v1"
TOKEN_URL: Final = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
_AUDIENCE: Final = TOKEN_URL
"""Fixed, whatever the token endpoint's address is (google.md F)."""
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFE: Final = 3600
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_OFF: Final = frozenset({"service_disabled", "accessnotconfigured"})
_BY_STATUS: Final[dict[int, tuple[Kind, str]]] = {
    HTTPStatus.UNAUTHORIZED: (Kind.CONFIG, SOURCE_REFUSED),
    HTTPStatus.FORBIDDEN: (Kind.CONFIG, "google-impersonation-refused"),
    HTTPStatus.NOT_FOUND: (Kind.CONFIG, "google-impersonation-refused"),
    HTTPStatus.TOO_MANY_REQUESTS: (Kind.THROTTLED, "google-rate-limited"),
    HTTPStatus.REQUEST_TIMEOUT: (Kind.TRANSIENT, "google-unavailable"),
}


class KeylessMinter:
    """``ports.TokenMinter`` for one thread. ``account``: whom to sign for; ``source``: see ``load_source``."""

    def __init__(
        self,
        http: HttpClient,
        account: str,
        source: Mapping[str, Any],
        *,
        clock: Clock,
        token_url: str = TOKEN_URL,
        iam_url: str = IAM_URL,
        deadline: float = 30.0,
    ) -> None:
        self._clock = clock
        self._account = account
        self._token_url = token_url
        self._sign_url = f"{iam_url}/projects/-/serviceAccounts/{quote(account, safe='@')}:signJwt"
        self._sender = Sender(http, clock, deadline)
        self._source = Source(self._sender, source, token_url)

    def mint(self, subject: Plain[str], purpose: Purpose) -> MintedToken:
        """Ask for a token. CallError USER, CONFIG, TRANSIENT, THROTTLED; see ``classify_signing``."""
        asked_at = self._clock.now()
        scopes = SCOPES[purpose]
        form = urlencode({"grant_type": _GRANT, "assertion": self._signed(subject, scopes)})
        grant = Grant(self._sender, self._token_url, subject, scopes)
        grant(self._token_url, "POST", form.encode("ascii"), _FORM)
        if grant.reply is None:
            raise CallError(Kind.TRANSIENT, "google-bad-answer")
        return MintedToken(
            token=Secret(grant.reply.access_token), expires_at=Instant(asked_at + grant.reply.expires_in)
        )

    def _signed(self, subject: Plain[str], scopes: tuple[str, ...]) -> str:
        issued = int(self._clock.now())
        claims = {
            "iss": self._account,
            "sub": subject.reveal(),
            "scope": " ".join(scopes),
            "aud": _AUDIENCE,
            "iat": issued,
            "exp": issued + _LIFE,
        }
        body = json.dumps({"payload": json.dumps(claims)}).encode()
        response = self._ask_to_sign(body, self._source.token())
        if response.status == HTTPStatus.UNAUTHORIZED:
            response = self._ask_to_sign(body, self._source.token(fresh=True))
        if response.status != HTTPStatus.OK:
            raise classify_signing(response.status, response.body, response.headers.get("retry-after"))
        return _assertion(response.body)

    def _ask_to_sign(self, body: bytes, token: Secret[str]) -> HttpResponse:
        headers = {"Authorization": f"Bearer {token.reveal()}", "Content-Type": "application/json"}
        return self._sender.post(self._sign_url, body, headers)


def classify_signing(status: int, body: bytes, retry_after: str | None) -> CallError:
    """Say what a refusal of signJwt means (google.rpc.Status; pure). CONFIG, TRANSIENT or THROTTLED."""
    wait = seconds(retry_after)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return CallError(Kind.TRANSIENT, "google-unavailable", retry_after=wait)
    reasons = _reasons(body)
    if "rate_limit_exceeded" in reasons:
        return CallError(Kind.THROTTLED, "google-rate-limited", retry_after=wait)
    if reasons & _OFF:
        return CallError(Kind.CONFIG, "google-iam-disabled")
    fallback = (Kind.CONFIG, "google-auth-refused")
    if status < HTTPStatus.BAD_REQUEST:
        fallback = (Kind.TRANSIENT, "google-bad-answer")
    kind, code = _BY_STATUS.get(status, fallback)
    return CallError(kind, code, retry_after=wait)


def _reasons(body: bytes) -> set[str]:
    """Words of ``error.details[].reason`` and ``error.errors[].reason``, in lower case."""
    error = error_object(body)
    entries = [
        entry for name in ("details", "errors") if isinstance(listed := error.get(name), list) for entry in listed
    ]
    return {str(entry.get("reason")).lower() for entry in entries if isinstance(entry, dict)}


def _assertion(body: bytes) -> str:
    try:
        return decode_json(body, SignedReply).signed_jwt
    except BadJson:
        pass
    raise CallError(Kind.TRANSIENT, "google-bad-answer")
