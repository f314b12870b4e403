"""What Google's refusals mean.

Owns: the one table from an answer to a :class:`CallError`. Promises: pure; reads both shapes of error body (Calendar's
``error.errors[].reason`` and the front end's ``error.details[].reason`` with ``error.status``), falls back on the
status code when the body is HTML, empty or anything else, and keeps nothing of the body.
Sources: "Handle API errors" in the Calendar and Gmail guides, google.rpc.Code, the push guide. That a refusal says
``rateLimitExceeded`` and only its message that the limit is the user's: responses in Atrejoe/Inky-Calendar-Server#104
and alextselegidis/easyappointments#995.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Literal

from hybridcal_daemon.adapters.http_json import BadJson, decode_json
from hybridcal_daemon.domain.failures import CallError, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hybridcal_daemon.ports import HttpFailure

Service = Literal["calendar", "gmail"]
Verdict = tuple[Kind, str]

TOKEN_REFUSED: Final = "google-token"  # noqa: S105 - an error code
"""Code of a 401: the worker asks once for a fresh token (``work/google.py`` knows it by this name)."""
RETRY_AFTER_CAP: Final = 3600.0

_SLOWER: Final = (Kind.THROTTLED, "google-rate-limited")
_SLOWER_USER: Final = (Kind.THROTTLED, "google-user-rate-limited")
_USAGE: Final = (Kind.THROTTLED, "google-quota")
_SCOPE: Final = (Kind.CONFIG, "google-scope")
_API: Final = (Kind.CONFIG, "google-api-disabled")
_READ_ONLY: Final = (Kind.REFUSED, "google-read-only")
_PUSH: Final = (Kind.REFUSED, "google-push-refused")
_RESYNC: Final = (Kind.RESYNC, "google-sync-token")
_BAD: Final = (Kind.INVALID, "google-bad-request")
_CONFLICT: Final = (Kind.CONFLICT, "google-conflict")
_GONE: Final = (Kind.NOT_FOUND, "google-not-found")
_NO_CALENDAR: Final = (Kind.USER, "google-no-calendar")
_NO_MAILBOX: Final = (Kind.USER, "google-no-mailbox")
_DOWN: Final = (Kind.TRANSIENT, "google-unavailable")
_NONSENSE: Final = (Kind.TRANSIENT, "google-bad-answer")

_BY_REASON: Final[dict[str, Verdict]] = {
    "ratelimitexceeded": _SLOWER,
    "userratelimitexceeded": _SLOWER_USER,
    "rate_limit_exceeded": _SLOWER,
    "resource_exhausted": _SLOWER,
    "quotaexceeded": _USAGE,
    "dailylimitexceeded": (Kind.CONFIG, "google-daily-limit"),
    "domainpolicy": (Kind.CONFIG, "google-domain-policy"),
    "accessnotconfigured": _API,
    "service_disabled": _API,
    "insufficientpermissions": _SCOPE,
    "access_token_scope_insufficient": _SCOPE,
    "notacalendaruser": _NO_CALENDAR,
    "forbiddenfornonorganizer": _READ_ONLY,
    "requiredaccesslevel": _READ_ONLY,
    "forbiddenforserviceaccounts": (Kind.REFUSED, "google-service-account"),
    "channelidnotunique": (Kind.CONFLICT, "google-channel-exists"),
    "pushnotsupportedforrequestedresource": (Kind.REFUSED, "google-push-unsupported"),
    "push.webhookurlnothttps": _PUSH,
    "push.webhookurlunauthorized": _PUSH,
    "webhookurlunauthorized": _PUSH,
    "fullsyncrequired": _RESYNC,
    "updatedmintoolongago": _RESYNC,
    "deleted": _GONE,
    "conditionnotmet": _CONFLICT,
    "conflict": _CONFLICT,
    "duplicate": (Kind.CONFLICT, "google-duplicate"),
    "invalid": _BAD,
    "required": _BAD,
    "timerangeempty": _BAD,
}
_BY_SERVICE: Final[dict[tuple[Service, str], Verdict]] = {
    ("gmail", "domainpolicy"): _NO_MAILBOX,
    ("gmail", "quotaexceeded"): _SLOWER,
    ("gmail", "failedprecondition"): _NO_MAILBOX,
    ("gmail", "failed_precondition"): _NO_MAILBOX,
}
_BY_TEXT: Final[tuple[tuple[int, str, Verdict], ...]] = (
    (HTTPStatus.BAD_REQUEST, "invalid sync token value", _RESYNC),
    (HTTPStatus.BAD_REQUEST, "webhook callback must be https", _PUSH),
    (HTTPStatus.BAD_REQUEST, "mail service not enabled", _NO_MAILBOX),
    (HTTPStatus.FORBIDDEN, "calendar usage limits exceeded", _USAGE),
    (HTTPStatus.FORBIDDEN, "delegation denied", _BAD),
)
"""Looked at before the reasons: some of these come with a reason that says less."""
_OF_A_USER: Final = ("per user", "for user", "user-rate limit", "user rate limit")
"""How a refusal for speed says in its message that it is about one user ("for user": Gmail, too many at once)."""
_BY_STATUS: Final[dict[int, Verdict]] = {
    HTTPStatus.UNAUTHORIZED: (Kind.USER, TOKEN_REFUSED),
    HTTPStatus.FORBIDDEN: (Kind.REFUSED, "google-refused"),
    HTTPStatus.NOT_FOUND: _GONE,
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: (Kind.TRANSIENT, "unreachable"),
    HTTPStatus.REQUEST_TIMEOUT: _DOWN,
    HTTPStatus.CONFLICT: _CONFLICT,
    HTTPStatus.GONE: _RESYNC,
    HTTPStatus.PRECONDITION_FAILED: _CONFLICT,
    HTTPStatus.TOO_MANY_REQUESTS: _SLOWER,
}


def classify(
    status: int, body: bytes, retry_after: str | None, *, write: bool = False, service: Service = "calendar"
) -> CallError:
    """Say what an answer other than 2xx means.

    ``retry_after``: that header. ``write``: the request changes things, so a server error leaves its effect in doubt.
    """
    kind, code = _verdict(status, body, service)
    return CallError(
        kind,
        code,
        retry_after=None if code == "google-quota" else seconds(retry_after),  # it would stop everybody else, too
        in_doubt=write and (status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT),
    )


def from_wire(failure: HttpFailure, *, write: bool = False) -> CallError:
    """Say what a missing answer means."""
    kind = Kind.INVALID if failure.code == "too-large" else Kind.TRANSIENT
    return CallError(kind, failure.code, in_doubt=write and failure.sent)


def seconds(retry_after: str | None) -> float | None:
    """Seconds of a Retry-After header, at most an hour; None for none and for a date (Google sends seconds)."""
    text = (retry_after or "").strip()
    if not text.isascii() or not text.isdigit():
        return None
    return min(float(text[:12]), RETRY_AFTER_CAP)


def _verdict(status: int, body: bytes, service: Service) -> Verdict:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _DOWN
    error = error_object(body)
    verdict = _by_text(status, error) or _by_reason(error, service)
    if verdict is None:
        verdict = _BY_STATUS.get(status, _BAD if status >= HTTPStatus.BAD_REQUEST else _NONSENSE)
    return _SLOWER_USER if verdict == _SLOWER and _is_of_a_user(error) else verdict


def _by_text(status: int, error: dict[str, object]) -> Verdict | None:
    message = _word(error, "message")
    return next((verdict for expected, text, verdict in _BY_TEXT if status == expected and text in message), None)


def _by_reason(error: dict[str, object], service: Service) -> Verdict | None:
    for reason in _reasons(error):
        verdict = _BY_SERVICE.get((service, reason)) or _BY_REASON.get(reason)
        if verdict is not None:
            return verdict
    return None


def _is_of_a_user(error: dict[str, object]) -> bool:
    """Whose limit it is: in the message, or as ``metadata.quota_limit`` (such as ``...PerMinutePerUser``)."""
    message = _word(error, "message")
    return any(text in message for text in _OF_A_USER) or any("peruser" in limit for limit in _limits(error))


def _limits(error: dict[str, object]) -> Iterator[str]:
    details = error.get("details")
    for entry in details if isinstance(details, list) else ():
        metadata = entry.get("metadata") if isinstance(entry, dict) else None
        if isinstance(metadata, dict):
            yield _word(metadata, "quota_limit")


def error_object(body: bytes) -> dict[str, object]:
    """``error`` of an error body, {} when there is none."""
    try:
        error = decode_json(body, dict).get("error")
    except BadJson:
        return {}
    return error if isinstance(error, dict) else {}


def _reasons(error: dict[str, object]) -> Iterator[str]:
    for listed in (error.get("errors"), error.get("details")):
        for entry in listed if isinstance(listed, list) else ():
            if isinstance(entry, dict):
                yield _word(entry, "reason")
    yield _word(error, "status")


def _word(source: dict[str, object], name: str) -> str:
    value = source.get(name)
    return value.lower() if isinstance(value, str) else ""
