"""What Google's refusals mean: the two shapes of body, and no body at all."""

import json

import pytest

from hybridcal_daemon.adapters.google.errors import RETRY_AFTER_CAP, classify, from_wire, seconds
from hybridcal_daemon.domain.errors import CATALOGUE
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.ports import HttpFailure


def calendar(code, reason, message=""):
    """The Calendar API's own shape."""
    return json.dumps(
        {
            "error": {
                "errors": [{"domain": "global", "reason": reason, "message": message}],
                "code": code,
                "message": message,
            }
        }
    ).encode()


def front(status, reason, message="", limit=""):
    """The shape of Google's front end."""
    metadata = {"service": "x", "quota_limit": limit} if limit else {"service": "x"}
    detail = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "metadata": metadata}
    return json.dumps(
        {"error": {"status": status, "message": message, "details": [{"@type": "Help"}, detail]}}
    ).encode()


def verdict(status, body=b"", retry_after=None, **how):
    error = classify(status, body, retry_after, **how)
    assert error.code in CATALOGUE
    return error.kind, error.code


BAD = (Kind.INVALID, "google-bad-request")
SLOWER, SLOWER_USER = ((Kind.THROTTLED, f"google-{word}") for word in ("rate-limited", "user-rate-limited"))
QUOTA = (Kind.THROTTLED, "google-quota")
READ_ONLY = (Kind.REFUSED, "google-read-only")
PUSH = (Kind.REFUSED, "google-push-refused")
GONE = (Kind.NOT_FOUND, "google-not-found")
RESYNC = (Kind.RESYNC, "google-sync-token")
CONFLICT = (Kind.CONFLICT, "google-conflict")
API = (Kind.CONFIG, "google-api-disabled")
SCOPE = (Kind.CONFIG, "google-scope")
DOWN = (Kind.TRANSIENT, "google-unavailable")
TOKEN = (Kind.USER, "google-token")
METRIC = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute{}' of service 'calendar-json'."

TABLE_E = {
    "400 invalid": (400, calendar(400, "invalid", "Invalid Value"), BAD),
    "400 timeRangeEmpty": (400, calendar(400, "timeRangeEmpty", "The specified time range is empty."), BAD),
    "400 required": (400, calendar(400, "required", "Missing end time."), BAD),
    "400 front": (400, front("INVALID_ARGUMENT", ""), BAD),
    "400 html": (400, b"<html>", BAD),
    "413 html": (413, b"<html>", BAD),
    "401 authError": (401, calendar(401, "authError", "Invalid Credentials"), TOKEN),
    "401 front": (401, front("UNAUTHENTICATED", "ACCESS_TOKEN_EXPIRED"), TOKEN),
    "401 empty": (401, b"", TOKEN),
    "403 rateLimitExceeded": (403, calendar(403, "rateLimitExceeded", "Rate Limit Exceeded"), SLOWER),
    "403 rateLimitExceeded, of the project": (403, calendar(403, "rateLimitExceeded", METRIC.format("")), SLOWER),
    "403 rateLimitExceeded, of a user": (
        403,
        calendar(403, "rateLimitExceeded", METRIC.format(" per user")),
        SLOWER_USER,
    ),
    "403 userRateLimitExceeded": (403, calendar(403, "userRateLimitExceeded", "User Rate Limit Exceeded"), SLOWER_USER),
    "429 rateLimitExceeded": (429, calendar(429, "rateLimitExceeded"), SLOWER),
    "429 userRateLimitExceeded": (429, calendar(429, "userRateLimitExceeded"), SLOWER_USER),
    "429 too many at once": (
        429,
        calendar(429, "rateLimitExceeded", "Too many concurrent requests for user."),
        SLOWER_USER,
    ),
    "429 front": (429, front("RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"), SLOWER),
    "429 front, status alone": (429, front("RESOURCE_EXHAUSTED", ""), SLOWER),
    "429 front, of the project": (429, front("", "RATE_LIMIT_EXCEEDED", limit="defaultPerMinutePerProject"), SLOWER),
    "429 front, of a user": (429, front("", "RATE_LIMIT_EXCEEDED", limit="defaultPerMinutePerUser"), SLOWER_USER),
    "429 html": (429, b"<html>slow down</html>", SLOWER),
    "429 empty": (429, b"", SLOWER),
    "403 quotaExceeded": (403, calendar(403, "quotaExceeded", "Calendar usage limits exceeded."), QUOTA),
    "403 quotaExceeded, by its text": (403, calendar(403, "forbidden", "Calendar usage limits exceeded."), QUOTA),
    "403 dailyLimitExceeded": (403, calendar(403, "dailyLimitExceeded"), (Kind.CONFIG, "google-daily-limit")),
    "403 accessNotConfigured": (403, calendar(403, "accessNotConfigured"), API),
    "403 front, API off": (403, front("PERMISSION_DENIED", "SERVICE_DISABLED"), API),
    "403 domainPolicy": (403, calendar(403, "domainPolicy"), (Kind.CONFIG, "google-domain-policy")),
    "403 insufficientPermissions": (403, calendar(403, "insufficientPermissions"), SCOPE),
    "403 front, scope": (403, front("PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"), SCOPE),
    "403 forbiddenForNonOrganizer": (403, calendar(403, "forbiddenForNonOrganizer"), READ_ONLY),
    "403 requiredAccessLevel": (403, calendar(403, "requiredAccessLevel"), READ_ONLY),
    "403 notACalendarUser": (403, calendar(403, "notACalendarUser"), (Kind.USER, "google-no-calendar")),
    "403 somethingNew": (403, calendar(403, "somethingNew"), (Kind.REFUSED, "google-refused")),
    "403 empty": (403, b"", (Kind.REFUSED, "google-refused")),
    "403 html": (403, b"<html>no</html>", (Kind.REFUSED, "google-refused")),
    "404 notFound": (404, calendar(404, "notFound", "Not Found"), GONE),
    "404 html": (404, b"<!DOCTYPE html>", GONE),
    "409 duplicate": (409, calendar(409, "duplicate"), (Kind.CONFLICT, "google-duplicate")),
    "409 conflict": (409, calendar(409, "conflict"), CONFLICT),
    "409 empty": (409, b"", CONFLICT),
    "410 fullSyncRequired": (410, calendar(410, "fullSyncRequired"), RESYNC),
    "410 updatedMinTooLongAgo": (410, calendar(410, "updatedMinTooLongAgo"), RESYNC),
    "410 deleted": (410, calendar(410, "deleted", "Resource has been deleted"), GONE),
    "410 empty": (410, b"", RESYNC),
    "412 conditionNotMet": (412, calendar(412, "conditionNotMet"), CONFLICT),
    "412 empty": (412, b"", CONFLICT),
    "500 backendError": (500, calendar(500, "backendError"), DOWN),
    "502 nonsense": (502, b"\xff\xfe<html>", DOWN),
    "503 rateLimitExceeded": (503, calendar(503, "rateLimitExceeded"), DOWN),
    "503 empty": (503, b"", DOWN),
    "504 html": (504, b"<html>", DOWN),
    "407 of a proxy": (407, b"", (Kind.TRANSIENT, "unreachable")),
    "408 empty": (408, b"", DOWN),
    "302 empty": (302, b"", (Kind.TRANSIENT, "google-bad-answer")),
    "304 empty": (304, b"", (Kind.TRANSIENT, "google-bad-answer")),
}
"""google.md E, row by row, in both shapes of body and in none."""

TABLE_A1 = {
    "1 list: token and filters": (400, calendar(400, "badRequest", "Sync token cannot be used with filters."), BAD),
    "1 list: void token": (400, calendar(400, "invalid", "Invalid sync token value."), RESYNC),
    "1 list: too old": (410, calendar(410, "updatedMinTooLongAgo"), RESYNC),
    "2 instances: unknown id": (404, calendar(404, "notFound"), GONE),
    "4 patch: not the organiser": (403, calendar(403, "forbiddenForNonOrganizer"), READ_ONLY),
    "4 patch: deleted": (410, calendar(410, "deleted"), GONE),
    "4 patch: somebody was first": (412, calendar(412, "conditionNotMet"), CONFLICT),
    "4 patch: sequence": (400, calendar(400, "invalid", "Invalid sequence value."), BAD),
    "5 quickAdd: no text": (400, calendar(400, "required", "Required parameter: text"), BAD),
    "6 watch: id used up": (400, calendar(400, "channelIdNotUnique"), (Kind.CONFLICT, "google-channel-exists")),
    "6 watch: plain http": (400, calendar(400, "x", "WebHook callback must be HTTPS: http://a"), PUSH),
    "6 watch: plain http, its reason": (400, calendar(400, "push.webhookUrlNotHttps"), PUSH),
    "6 watch: never for this calendar": (
        400,
        calendar(400, "pushNotSupportedForRequestedResource"),
        (Kind.REFUSED, "google-push-unsupported"),
    ),
    "6 watch: 401": (401, calendar(401, "push.webhookUrlUnauthorized"), PUSH),
    "6 watch: 400": (400, calendar(400, "push.webhookUrlUnauthorized"), PUSH),
    "7 stop: no such channel": (404, calendar(404, "notFound", "Channel 'c' not found for project '1'"), GONE),
    "8 settings: unknown": (404, calendar(404, "notFound"), GONE),
    "10 acl.insert: not the owner": (
        403,
        calendar(403, "requiredAccessLevel", "You need to have owner access to this calendar."),
        READ_ONLY,
    ),
    "11 acl.delete: no such form of id": (400, calendar(400, "invalid", "Invalid resource id value."), BAD),
    "12 insert: id taken": (
        409,
        calendar(409, "duplicate", "The requested identifier already exists."),
        (Kind.CONFLICT, "google-duplicate"),
    ),
    "12 insert: empty span": (400, calendar(400, "timeRangeEmpty"), BAD),
    "12 insert: usage limits": (403, calendar(403, "quotaExceeded"), QUOTA),
    "12 insert: no person's token": (
        403,
        calendar(403, "forbiddenForServiceAccounts"),
        (Kind.REFUSED, "google-service-account"),
    ),
    "13 delete: twice": (410, calendar(410, "deleted"), GONE),
}
"""google.md A.1, the column of each operation's own errors."""


@pytest.mark.parametrize(("status", "body", "expected"), TABLE_E.values(), ids=TABLE_E)
def test_table_e(status, body, expected):
    assert verdict(status, body) == expected


@pytest.mark.parametrize(("status", "body", "expected"), TABLE_A1.values(), ids=TABLE_A1)
def test_table_a1(status, body, expected):
    assert verdict(status, body) == expected


def test_c4_09_a_token_that_is_called_invalid_is_as_void_as_a_410():
    assert verdict(400, calendar(400, "invalid", "Invalid sync token value.")) == verdict(410, b"")


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_address_is_no_refused_token(status):
    """B.1: reports of 401 and 400 ``webhookUrlUnauthorized``; a fresh token would not help."""
    assert verdict(status, calendar(status, "webhookUrlUnauthorized")) == PUSH


def test_somebody_elses_mailbox_is_a_mistake_of_ours():
    assert verdict(403, calendar(403, "forbidden", "Delegation denied for a@acme.example"), service="gmail") == BAD


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, front("FAILED_PRECONDITION", "x", "Mail service not enabled")),
        (400, calendar(400, "failedPrecondition", "Mail service not enabled")),
        (403, calendar(403, "domainPolicy")),
    ],
)
def test_a_person_without_gmail(status, body):
    assert verdict(status, body, service="gmail") == (Kind.USER, "google-no-mailbox")


def test_a_failed_precondition_of_the_calendar_is_about_the_request():
    assert verdict(400, calendar(400, "failedPrecondition")) == (Kind.INVALID, "google-bad-request")


@pytest.mark.parametrize(
    "body",
    [
        b'{"error": "invalid_request"}',
        b'{"error": null}',
        b'{"error": {"errors": "x", "details": 7, "message": [], "status": {}}}',
        b'{"error": {"errors": [1, null, {"reason": 7}], "details": [[], {"metadata": [1]}]}}',
        b'{"error": {"status": "RESOURCE_EXHAUSTEDX", "details": {"metadata": 1}}}',
        b"[]",
        b'"error"',
        b'{"error": ' + b"[" * 100_000,
    ],
)
def test_bodies_of_any_shape_fall_back_on_the_status(body):
    assert verdict(404, body) == (Kind.NOT_FOUND, "google-not-found")
    assert verdict(400, body) == (Kind.INVALID, "google-bad-request")


def test_only_writes_are_in_doubt():
    assert classify(503, b"", None, write=True).in_doubt
    assert classify(408, b"", None, write=True).in_doubt
    assert not classify(503, b"", None).in_doubt
    assert not classify(429, b"", None, write=True).in_doubt
    assert from_wire(HttpFailure("deadline", sent=True), write=True).in_doubt
    assert not from_wire(HttpFailure("unreachable", sent=False), write=True).in_doubt


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        (" 30 ", 30.0),
        ("999999999", RETRY_AFTER_CAP),
        ("9" * 400, RETRY_AFTER_CAP),
        ("-1", None),
        ("1.5", None),
        ("١٢", None),
        ("Fri, 31 Dec 1999 23:59:59 GMT", None),
    ],
)
def test_retry_after(header, expected):
    assert seconds(header) == expected
    assert classify(429, b"", header).retry_after == expected


def test_usage_limits_of_one_calendar_do_not_stop_the_others():
    assert classify(403, calendar(403, "quotaExceeded"), "3600").retry_after is None
