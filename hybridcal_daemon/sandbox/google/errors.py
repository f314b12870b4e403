"""How Google says no.

Owns: the bodies of refusals in the shapes that Google uses. Promises: a classifier that reads these bodies reads
Google's. Does not: decide when to refuse.

Based on:
* Calendar's own refusals carry ``error.errors[].{domain,reason,message}``, ``code``, ``message`` and no ``status``
  [Google guide "Handle API errors"; recorded responses]. The texts of 403
  non-organiser, 404, 409, 410 and 412: the same guide. ``requiredAccessLevel`` in domain ``calendar``, "Cannot change
  your own access level" and "time range is too long" [issue reports]; the owner's sentence is unconfirmed.
* Refusals of the front end (bad token, missing scope) have ``status``, and ``details[].reason`` for a scope
  [recorded responses].
* Gmail's have both ``errors[]`` and ``status`` [recorded responses].
* The token endpoint answers ``{"error", "error_description"}`` [RFC 6749 section 5.2; recorded responses].
* The wording for an unknown query or body name and for a wrong type: unconfirmed for Calendar; the shape is Google's.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from hybridcal_daemon.sandbox.marked import MarkedResponse, marked

JSON: Final = "application/json; charset=UTF-8"

TEXTS: Final = {
    "authError": "Invalid Credentials",
    "backendError": "Backend Error",
    "cannotChangeOwnAcl": "Cannot change your own access level.",
    "cannotChangeOwnerAcl": "Cannot change the access level of the owner of this calendar.",
    "conditionNotMet": "Precondition Failed",
    "dailyLimitExceeded": "Daily Limit Exceeded",
    "deleted": "Resource has been deleted",
    "duplicate": "The requested identifier already exists.",
    "forbiddenForNonOrganizer": "Shared properties can only be changed by the organizer of the event.",
    "fullSyncRequired": "Sync token is no longer valid, a full sync is required.",
    "internalError": "Internal Error",
    "notACalendarUser": "The user must be signed up for Google Calendar.",
    "notFound": "Not Found",
    "pushNotSupportedForRequestedResource": "Push notifications are not supported by this resource.",
    "quotaExceeded": "Calendar usage limits exceeded.",
    "rateLimitExceeded": "Rate Limit Exceeded",
    "requiredAccessLevel": "You need to have owner access to this calendar.",
    "timeRangeEmpty": "The specified time range is empty.",
    "timeRangeTooLong": "The requested time range is too long.",
    "updatedMinTooLongAgo": "The requested minimum modification time lies too far in the past.",
    "userRateLimitExceeded": "User Rate Limit Exceeded",
}

DOMAINS: Final = {
    "dailyLimitExceeded": "usageLimits",
    "rateLimitExceeded": "usageLimits",
    "userRateLimitExceeded": "usageLimits",
    "quotaExceeded": "usageLimits",
    "forbiddenForNonOrganizer": "calendar",
    "fullSyncRequired": "calendar",
    "notACalendarUser": "calendar",
    "requiredAccessLevel": "calendar",
    "updatedMinTooLongAgo": "calendar",
}

RPC: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class Refused(Exception):  # noqa: N818 - an answer on its way to the client, not a failure of the stand-in
    """A refusal; ``response`` is what the client gets."""

    def __init__(self, response: MarkedResponse, reason: str) -> None:
        super().__init__(f"{response.status} {reason}")
        self.response = response
        self.reason = reason


def json_response(status: int, body: Any) -> MarkedResponse:  # noqa: ANN401 - any JSON value
    """Answer ``body`` as JSON."""
    return marked(status, msgspec.json.encode(body), {"content-type": JSON})


def calendar_refusal(status: int, reason: str, message: str = "", *, parameter: str = "", header: str = "") -> Refused:
    """Phrase a refusal of Calendar itself; ``parameter`` or ``header`` names where the mistake is."""
    text = message or TEXTS.get(reason, reason)
    line = {"domain": DOMAINS.get(reason, "global"), "reason": reason, "message": text}
    if parameter:
        line |= {"locationType": "parameter", "location": parameter}
    if header:
        line |= {"locationType": "header", "location": header}
    return Refused(json_response(status, {"error": {"errors": [line], "code": status, "message": text}}), reason)


def gmail_refusal(status: int, reason: str, message: str = "", *, rpc: str = "") -> Refused:
    """Phrase a refusal of Gmail; ``rpc`` is its ``status`` word when it is not the usual one of the code."""
    text = message or TEXTS.get(reason, reason)
    error = {
        "code": status,
        "message": text,
        "errors": [{"message": text, "domain": DOMAINS.get(reason, "global"), "reason": reason}],
        "status": rpc or RPC.get(status, "UNKNOWN"),
    }
    return Refused(json_response(status, {"error": error}), reason)


def bad_token() -> Refused:
    """401 of the front end: no token, an unknown, ended or revoked one."""
    error = {
        "code": 401,
        "message": "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or "
        "other valid authentication credential. See "
        "https://developers.google.com/identity/sign-in/web/devconsole-project.",
        "errors": [
            {
                "message": "Invalid Credentials",
                "domain": "global",
                "reason": "authError",
                "location": "Authorization",
                "locationType": "header",
            }
        ],
        "status": "UNAUTHENTICATED",
    }
    refused = Refused(json_response(401, {"error": error}), "authError")
    headers = {**refused.response.headers, "www-authenticate": 'Bearer realm="https://accounts.google.com/"'}
    refused.response = marked(401, refused.response.body, headers)
    return refused


def missing_scope(service: str, method: str) -> Refused:
    """403 of the front end: the token's scopes do not cover ``method`` of ``service``."""
    line = {"message": "Insufficient Permission", "domain": "global", "reason": "insufficientPermissions"}
    metadata = {"service": service, "method": method}
    text = "Request had insufficient authentication scopes."
    return _front(403, text, line, {"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "metadata": metadata})


def front_refusal(status: int, reason: str, service: str) -> Refused:
    """Phrase a refusal of the front end, whose reasons are in capitals, about something else than tokens."""
    first, *rest = (word.capitalize() for word in reason.split("_"))
    word = first.lower() + "".join(rest)
    text = TEXTS.get(word, " ".join([first, *rest]))
    line = {"message": text, "domain": DOMAINS.get(word, "global"), "reason": word}
    return _front(status, text, line, {"reason": reason, "metadata": {"service": service}})


def _front(status: int, text: str, line: dict[str, str], detail: dict[str, Any]) -> Refused:
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "domain": "googleapis.com"} | detail
    error = {
        "code": status,
        "message": text,
        "errors": [line],
        "status": RPC.get(status, "UNKNOWN"),
        "details": [info],
    }
    return Refused(json_response(status, {"error": error}), line["reason"])


def oauth_refusal(status: int, error: str, description: str) -> Refused:
    """Phrase a refusal of the token endpoint."""
    return Refused(json_response(status, {"error": error, "error_description": description}), error)


def html_refusal(status: int, sentence: str) -> Refused:
    """Phrase a refusal of the very first front end, which speaks HTML [third-party probe: GET with a body]."""
    page = f"<!DOCTYPE html><html><title>Error {status}</title><p><b>{status}.</b> {sentence}</html>"
    return Refused(marked(status, page.encode(), {"content-type": "text/html; charset=UTF-8"}), "html")


def not_modelled(what: str) -> Refused:
    """501: something that Google has and the stand-in has not. Never Google's answer, so that nobody mistakes it."""
    text = f"the sandbox does not model {what}"
    return Refused(json_response(501, {"error": {"code": 501, "message": text, "status": "UNIMPLEMENTED"}}), "sandbox")
