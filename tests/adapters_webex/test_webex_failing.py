import pytest

from hybridcal_daemon.adapters.webex.failing import of_answer, of_wire
from hybridcal_daemon.adapters.webex.wire import identity_uuid
from hybridcal_daemon.domain.errors import explain
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.ports import HttpFailure, HttpResponse
from hybridcal_daemon.sandbox.webex.ids import rest_id

UUID = "f5b36187-c8dd-4727-8b2f-f9c447f29046"


def answer(status, **headers):
    return HttpResponse(
        status=status, headers={name.replace("_", "-"): text for name, text in headers.items()}, body=b""
    )


@pytest.mark.parametrize("status", [200, 201, 204])
def test_successes_are_no_failures(status):
    assert of_answer("POST", answer(status)) is None


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (302, Kind.TRANSIENT, "webex-bad-answer"),
        (400, Kind.INVALID, "webex-bad-request"),
        (401, Kind.CONFIG, "webex-token"),
        (403, Kind.REFUSED, "webex-refused"),
        (404, Kind.NOT_FOUND, "webex-not-found"),
        (405, Kind.INVALID, "webex-bad-request"),
        (409, Kind.CONFLICT, "webex-conflict"),
        (410, Kind.NOT_FOUND, "webex-not-found"),
        (415, Kind.INVALID, "webex-bad-request"),
        (423, Kind.THROTTLED, "webex-rate-limited"),
        (429, Kind.THROTTLED, "webex-rate-limited"),
        (500, Kind.TRANSIENT, "webex-unavailable"),
        (503, Kind.TRANSIENT, "webex-unavailable"),
        (504, Kind.TRANSIENT, "webex-unavailable"),
    ],
)
def test_each_status_has_its_meaning(status, kind, code):
    failure = of_answer("GET", answer(status))
    assert (failure.kind, failure.code, failure.in_doubt) == (kind, code, False)
    assert explain(code)


def test_only_a_post_is_in_doubt_after_a_server_error():
    doubts = {method: of_answer(method, answer(502)).in_doubt for method in ("GET", "POST", "DELETE")}
    assert doubts == {"GET": False, "POST": True, "DELETE": False}
    assert not of_answer("POST", answer(429)).in_doubt


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("0", 1.0),
        ("3601", 3600.0),
        ("999999999999999999999", 3600.0),
        ("-5", 15.0),
        ("1.5", 15.0),
        ("", 15.0),
        ("soon", 15.0),
        ("٣", 15.0),
        ("Mon, 30 Nov 2026 10:00:00 GMT", 15.0),
    ],
)
def test_retry_after_is_read_whatever_it_says(text, seconds):
    assert of_answer("GET", answer(429, retry_after=text)).retry_after == seconds


def test_retry_after_may_be_missing():
    assert of_answer("GET", answer(429)).retry_after == 15.0
    assert of_answer("GET", answer(503)).retry_after is None
    assert of_answer("GET", answer(503, retry_after="30")).retry_after == 30.0


@pytest.mark.parametrize(
    ("method", "sent", "doubt"),
    [("GET", True, False), ("POST", True, True), ("POST", False, False), ("DELETE", True, True)],
)
def test_a_failure_of_the_wire_keeps_its_code(method, sent, doubt):
    failure = of_wire(method, HttpFailure("deadline", sent=sent))
    assert (failure.kind, failure.code, failure.in_doubt) == (Kind.TRANSIENT, "deadline", doubt)


def test_a_code_of_the_wire_that_nobody_knows_is_in_the_catalogue_all_the_same():
    assert explain(of_wire("GET", HttpFailure("new-word", sent=False)).code)


def test_the_identity_is_read_from_ids_of_any_region():
    assert identity_uuid(rest_id("PEOPLE", UUID)) == UUID
    european = (
        "Y2lzY29zcGFyazovL3VybjpURUFNOmV1LWNlbnRyYWwtMV9rL1BFT1BMRS9mNWIzNjE4Ny1jOGRkLTQ3MjctOGIyZi1mOWM0NDdmMjkwNDY"
    )
    assert identity_uuid(european) == UUID


@pytest.mark.parametrize(
    "given", ["", "x", "ä", rest_id("ROOM", UUID), rest_id("PEOPLE", "no-uuid"), "Y2lzY29zcGFyazovLw"]
)
def test_other_ids_have_no_identity(given):
    assert identity_uuid(given) is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("WEBEX_0a1b-22_7", "WEBEX_0a1b-22_7"),
        ("x" * 64, "x" * 64),
        ("x" * 65, ""),
        ("a b", ""),
        ("ä", ""),
        ("alice@acme.example", ""),
        ("a\nb", ""),
        ("", ""),
    ],
)
def test_a_tracking_id_is_carried_when_it_may_stand_in_a_log(given, kept):
    for status in (400, 401, 403, 404, 409, 429, 503, 302):
        assert of_answer("GET", answer(status, trackingid=given)).tracking == kept
    assert of_answer("GET", answer(404)).tracking == ""
