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


def front(status, reason, message=""):
    """The shape of Google's front end."""
    detail = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "metadata": {"service": "x"}}
    return json.dumps(
        {"error": {"status": status, "message": message, "details": [{"@type": "Help"}, detail]}}
    ).encode()


def verdict(status, body=b"", retry_after=None, **how):
    error = classify(status, body, retry_after, **how)
    assert error.code in CATALOGUE
    return error.kind, error.code


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, calendar(400, "invalid", "Invalid sync token value."), (Kind.RESYNC, "google-sync-token")),
        (410, calendar(410, "fullSyncRequired"), (Kind.RESYNC, "google-sync-token")),
        (410, calendar(410, "updatedMinTooLongAgo"), (Kind.RESYNC, "google-sync-token")),
        (410, b"", (Kind.RESYNC, "google-sync-token")),
        (410, calendar(410, "deleted", "Resource has been deleted"), (Kind.NOT_FOUND, "google-not-found")),
        (404, calendar(404, "notFound", "Not Found"), (Kind.NOT_FOUND, "google-not-found")),
        (412, calendar(412, "conditionNotMet"), (Kind.CONFLICT, "google-conflict")),
        (412, b"", (Kind.CONFLICT, "google-conflict")),
        (409, calendar(409, "duplicate"), (Kind.CONFLICT, "google-conflict")),
        (401, calendar(401, "authError", "Invalid Credentials"), (Kind.USER, "google-token")),
        (401, front("UNAUTHENTICATED", "ACCESS_TOKEN_EXPIRED"), (Kind.USER, "google-token")),
        (401, calendar(401, "push.webhookUrlUnauthorized"), (Kind.REFUSED, "google-push-refused")),
        (400, calendar(400, "push.webhookUrlUnauthorized"), (Kind.REFUSED, "google-push-refused")),
        (400, calendar(400, "push.webhookUrlNotHttps"), (Kind.REFUSED, "google-push-refused")),
        (400, calendar(400, "x", "WebHook callback must be HTTPS: http://a"), (Kind.REFUSED, "google-push-refused")),
        (400, calendar(400, "pushNotSupportedForRequestedResource"), (Kind.REFUSED, "google-push-refused")),
        (400, calendar(400, "channelIdNotUnique"), (Kind.CONFLICT, "google-channel-exists")),
        (400, calendar(400, "timeRangeEmpty"), (Kind.INVALID, "google-bad-request")),
        (413, b"<html>", (Kind.INVALID, "google-bad-request")),
        (403, calendar(403, "rateLimitExceeded"), (Kind.THROTTLED, "google-rate-limited")),
        (403, calendar(403, "userRateLimitExceeded"), (Kind.THROTTLED, "google-rate-limited")),
        (429, calendar(429, "rateLimitExceeded"), (Kind.THROTTLED, "google-rate-limited")),
        (429, front("RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"), (Kind.THROTTLED, "google-rate-limited")),
        (429, b"<html>slow down</html>", (Kind.THROTTLED, "google-rate-limited")),
        (403, calendar(403, "quotaExceeded", "Calendar usage limits exceeded."), (Kind.THROTTLED, "google-quota")),
        (403, calendar(403, "dailyLimitExceeded"), (Kind.CONFIG, "google-rate-limited")),
        (403, calendar(403, "accessNotConfigured"), (Kind.CONFIG, "google-api-disabled")),
        (403, front("PERMISSION_DENIED", "SERVICE_DISABLED"), (Kind.CONFIG, "google-api-disabled")),
        (403, calendar(403, "insufficientPermissions"), (Kind.CONFIG, "google-scope")),
        (403, front("PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"), (Kind.CONFIG, "google-scope")),
        (403, calendar(403, "notACalendarUser"), (Kind.USER, "google-no-calendar")),
        (403, calendar(403, "domainPolicy"), (Kind.USER, "google-no-calendar")),
        (403, calendar(403, "forbiddenForNonOrganizer"), (Kind.REFUSED, "google-read-only")),
        (403, calendar(403, "requiredAccessLevel"), (Kind.REFUSED, "google-read-only")),
        (403, calendar(403, "somethingNew"), (Kind.REFUSED, "google-refused")),
        (403, b"", (Kind.REFUSED, "google-refused")),
        (407, b"", (Kind.TRANSIENT, "unreachable")),
        (408, b"", (Kind.TRANSIENT, "google-unavailable")),
        (500, calendar(500, "backendError"), (Kind.TRANSIENT, "google-unavailable")),
        (503, calendar(503, "rateLimitExceeded"), (Kind.TRANSIENT, "google-unavailable")),
        (502, b"\xff\xfe<html>", (Kind.TRANSIENT, "google-unavailable")),
        (302, b"", (Kind.TRANSIENT, "google-bad-answer")),
        (304, b"", (Kind.TRANSIENT, "google-bad-answer")),
    ],
)
def test_the_table(status, body, expected):
    assert verdict(status, body) == expected


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
        b'{"error": {"errors": [1, null, {"reason": 7}], "details": [[]]}}',
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
