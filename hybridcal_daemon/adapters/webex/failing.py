"""What a Webex answer means when it is not a success.

Owns: the mapping from statuses and failures of the wire to ``CallError``. Promises: pure; a ``Retry-After`` is read
whatever it says and always ends between 1 s and 1 h. Does not: decide when to try again.

Sources: each answer names itself in a header ``trackingid`` [public guide to REST basics]; statuses and
their meaning [public OpenAPI, the same list at every call]; ``Retry-After`` in whole seconds with 429 and 423, a
default of 15 s [open code of the community's Python SDK].
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain.failures import CallError, Kind

if TYPE_CHECKING:
    from hybridcal_daemon.ports import HttpFailure, HttpResponse

UNAUTHORIZED: Final = 401
FORBIDDEN: Final = 403
CONFLICT: Final = 409
UNSUPPORTED_MEDIA: Final = 415
MISSING: Final = frozenset({404, 410})
THROTTLED: Final = frozenset({423, 429})
SERVER_ERROR: Final = 500

RETRY_DEFAULT: Final = 15.0
RETRY_FLOOR: Final = 1.0
RETRY_CAP: Final = 3600.0
_MOST_DIGITS: Final = 9

_TRACKING: Final = re.compile(r"[A-Za-z0-9_.:/+=~*-]{1,64}")

WIRE_CODES: Final = frozenset({"unreachable", "tls", "deadline", "too-large", "protocol"})


def of_answer(method: str, response: HttpResponse) -> CallError | None:
    """Give the failure that an answer stands for; None for a success.

    A 5xx to a POST is in doubt: the effect may have happened before the answer went wrong.
    """
    if 200 <= response.status < 300:  # noqa: PLR2004 - the range of successes in HTTP
        return None
    failure = _failure(method, response)
    failure.tracking = tracking_of(response)
    return failure


def tracking_of(response: HttpResponse) -> str:
    """Give the answer's own name; '' when it has none that may stand in a log."""
    name = response.headers.get("trackingid", "")
    return name if _TRACKING.fullmatch(name) else ""


def _failure(method: str, response: HttpResponse) -> CallError:
    status = response.status
    if status >= SERVER_ERROR:
        return CallError(Kind.TRANSIENT, "webex-unavailable", retry_after=_asked(response), in_doubt=method == "POST")
    if status in THROTTLED:
        return CallError(Kind.THROTTLED, "webex-rate-limited", retry_after=retry_after(response))
    if status < 400:  # noqa: PLR2004 - a redirect or a stray 1xx: no Webex call answers so
        return CallError(Kind.TRANSIENT, "webex-bad-answer")
    return _refusal(status)


def _refusal(status: int) -> CallError:
    if status == UNAUTHORIZED:
        return CallError(Kind.CONFIG, "webex-token")
    if status == FORBIDDEN:
        return CallError(Kind.REFUSED, "webex-refused")
    if status in MISSING:
        return CallError(Kind.NOT_FOUND, "webex-not-found")
    if status == CONFLICT:
        return CallError(Kind.CONFLICT, "webex-conflict")
    return CallError(Kind.INVALID, "webex-bad-request")


def of_wire(method: str, failure: HttpFailure) -> CallError:
    """Give the failure for an answer that did not come, or not whole."""
    code = failure.code if failure.code in WIRE_CODES else "protocol"
    return CallError(Kind.TRANSIENT, code, in_doubt=failure.sent and method != "GET")


def retry_after(response: HttpResponse) -> float:
    """Seconds to wait after 429 or 423: what was asked for, 15 s when that cannot be read, within 1 s and 1 h."""
    text = response.headers.get("retry-after", "").strip()
    if not (text.isascii() and text.isdigit()):
        return RETRY_DEFAULT
    return min(max(float(text[:_MOST_DIGITS]), RETRY_FLOOR), RETRY_CAP)


def _asked(response: HttpResponse) -> float | None:
    return retry_after(response) if "retry-after" in response.headers else None
