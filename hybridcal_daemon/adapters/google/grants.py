"""What the token endpoint answers.

Owns: the one table from a refused grant to a :class:`CallError` (google.md F), the reply with a token, and how far this
machine's clock is off when Google says so. Promises: pure; nothing of the body is kept. Does not: send anything.
Sources: RFC 6749 sections 5.1 and 5.2, RFC 9110 section 6.6.1 (Date), and Google's own words as recorded.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.adapters.google.errors import seconds
from hybridcal_daemon.adapters.google.wire import TokenRefusal, TokenReply
from hybridcal_daemon.adapters.http_json import BadJson, decode_json
from hybridcal_daemon.domain.failures import CallError, Kind

if TYPE_CHECKING:
    from hybridcal_daemon.domain.values import Instant
    from hybridcal_daemon.ports import HttpResponse

KEY_INVALID: Final = "google-key-invalid"
CLOCK_SKEW: Final = "google-clock-skew"
_CONFIG: Final = (Kind.CONFIG, "google-auth-refused")
_KEY: Final = (Kind.CONFIG, KEY_INVALID)
_SKEW: Final = (Kind.CONFIG, CLOCK_SKEW)
BY_ERROR: Final[dict[str, tuple[Kind, str]]] = {
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
    "server_error": (Kind.TRANSIENT, "google-unavailable"),
    "temporarily_unavailable": (Kind.TRANSIENT, "google-unavailable"),
    "slow_down": (Kind.THROTTLED, "google-rate-limited"),
    "rate_limit_exceeded": (Kind.THROTTLED, "google-rate-limited"),
}
BY_DESCRIPTION: Final[tuple[tuple[str, tuple[Kind, str]], ...]] = (
    ("invalid jwt signature", _KEY),
    ("account not found", _KEY),
    ("short-lived token", _SKEW),
    ("reasonable timeframe", _SKEW),
    ("invalid jwt", _CONFIG),
)
"""What Google says with invalid_grant when it is not about the person."""


def classify_grant(status: int, body: bytes, retry_after: str | None, skew: float | None = None) -> CallError:
    """Say what a refused token request means.

    USER: this person; CONFIG: everybody, until an admin acts; TRANSIENT and THROTTLED: later. ``skew``: as ``skew_of``
    gives it, kept for the one refusal that is about the clock.
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
    kind, code = _verdict(refusal)
    return CallError(kind, code, retry_after=wait, measured=skew if code == CLOCK_SKEW else None)


def _verdict(refusal: TokenRefusal) -> tuple[Kind, str]:
    description = refusal.error_description.lower()
    if refusal.error == "invalid_grant":
        for text, verdict in BY_DESCRIPTION:
            if text in description:
                return verdict
    return BY_ERROR.get(refusal.error, _CONFIG)


def refused(response: HttpResponse, now: Instant) -> CallError:
    """``classify_grant`` of a whole answer that came at ``now``."""
    return classify_grant(
        response.status, response.body, response.headers.get("retry-after"), skew_of(response.headers.get("date"), now)
    )


def skew_of(date: str | None, now: Instant) -> float | None:
    """This machine's clock minus the one that wrote a Date header, in seconds; to the second, None when unreadable."""
    try:
        return now - parsedate_to_datetime(date or "").timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def token_reply(body: bytes) -> TokenReply:
    """Read the reply of a granted request. CallError TRANSIENT google-bad-answer."""
    try:
        reply = decode_json(body, TokenReply)
    except BadJson:
        reply = None
    if reply is None or reply.token_type.lower() != "bearer" or not reply.access_token or reply.expires_in <= 0:
        raise CallError(Kind.TRANSIENT, "google-bad-answer")
    return reply
