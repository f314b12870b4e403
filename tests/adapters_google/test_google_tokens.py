"""Token requests: what leaves, what comes back, and what never happens."""

import base64
import json
import socket
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from google.auth import jwt

from hybridcal_daemon.adapters.google import grants
from hybridcal_daemon.adapters.google.grants import classify_grant, skew_of
from hybridcal_daemon.adapters.google.scopes import SCOPE_USES, SCOPES
from hybridcal_daemon.adapters.google.tokens import ServiceAccountMinter
from hybridcal_daemon.adapters.google.transports import Grant, Sender
from hybridcal_daemon.domain.errors import CATALOGUE
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import Instant, Plain, Secret
from hybridcal_daemon.ports import HttpFailure

ALICE = Plain("alice@acme.example")
GOOD = {"access_token": "ya29.a", "expires_in": 3599, "token_type": "Bearer"}


@dataclass
class Clock:
    at: float = 1_000.0

    def now(self):
        return Instant(self.at)

    def monotonic(self):
        return self.at


_noticed = threading.local()


def _notice(event, _args):
    if event == "socket.connect":
        getattr(_noticed, "connects", []).append(event)


sys.addaudithook(_notice)


@contextmanager
def connections():
    """Connections that this thread makes meanwhile (PEP 578)."""
    _noticed.connects = []
    yield _noticed.connects
    del _noticed.connects


@pytest.fixture
def minter(wire, key_info):
    return ServiceAccountMinter(wire, key_info, clock=Clock())


def failing(call):
    with pytest.raises(CallError) as caught:
        call()
    assert caught.value.code in CATALOGUE
    return caught.value.kind, caught.value.code


def test_a_token_for_one_person_and_purpose(minter, wire, key_info, private_key):
    wire.answer(body=GOOD)
    minted = minter.mint(ALICE, Purpose.GMAIL)
    assert (minted.token, minted.expires_at) == (Secret("ya29.a"), 4_599.0)
    (request,) = wire.asked
    assert (request.method, request.url) == ("POST", "https://oauth2.googleapis.com/token")
    form = parse_qs(request.body.decode(), strict_parsing=True)
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    (assertion,) = form["assertion"]
    signed, _, signature = assertion.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    private_key.public_key().verify(raw, signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    claims = jwt.decode(assertion, verify=False)
    lifetime = claims.pop("exp") - claims.pop("iat")
    assert lifetime == 3600
    assert claims == {
        "iss": key_info["client_email"],
        "sub": "alice@acme.example",
        "aud": "https://oauth2.googleapis.com/token",
        "scope": "https://www.googleapis.com/auth/gmail.settings.basic",
    }
    assert jwt.decode_header(assertion)["kid"] == "key-1"


def test_scopes_are_kept_apart(minter, wire):
    for purpose in Purpose:
        wire.answer(body=GOOD)
        minter.mint(ALICE, purpose)
    scopes = [jwt.decode(parse_qs(r.body.decode())["assertion"][0], verify=False)["scope"] for r in wire.asked]
    auth = "https://www.googleapis.com/auth/"
    assert dict(zip(Purpose, scopes, strict=True)) == {
        Purpose.CALENDAR: f"{auth}calendar.events",
        Purpose.GMAIL: f"{auth}gmail.settings.basic",
        Purpose.SETTINGS: f"{auth}calendar.settings.readonly",
        Purpose.FREE_BUSY: f"{auth}calendar.freebusy",
        Purpose.ROOMS: f"{auth}calendar.events",
        Purpose.ROOM_ACCESS: f"{auth}calendar.acls",
    }


def test_every_scope_is_told_to_the_admin_with_its_use():
    assert SCOPE_USES.keys() == {scope for scopes in SCOPES.values() for scope in scopes}
    assert all(use and len(use) < 60 for use in SCOPE_USES.values())


def test_the_token_url_can_be_set(wire, key_info):
    wire.answer(body=GOOD)
    ServiceAccountMinter(wire, key_info, clock=Clock(), token_url="http://127.0.0.1:9/token").mint(ALICE, Purpose.GMAIL)
    assert wire.asked[0].url == "http://127.0.0.1:9/token"


def test_no_thread_and_no_connection_but_ours(minter, wire):
    before = set(threading.enumerate())
    with connections() as made:
        wire.answer(503, b"later")
        assert failing(lambda: minter.mint(ALICE, Purpose.CALENDAR)) == (Kind.TRANSIENT, "google-unavailable")
        wire.answer(body=GOOD)
        minter.mint(ALICE, Purpose.CALENDAR)
        with socket.socket() as sock, pytest.raises(ConnectionError):
            sock.connect(("127.0.0.1", 9))  # it would have been noticed
    assert len(made) == 1
    assert {request.url for request in wire.asked} == {"https://oauth2.googleapis.com/token"}
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("status", [408, 429, 500, 503, 504])
def test_a_refusal_is_not_repeated_behind_our_back(minter, wire, status):
    wire.answer(status, {"error": "internal_failure"}, retry_after="7")
    with pytest.raises(CallError) as caught:
        minter.mint(ALICE, Purpose.CALENDAR)
    assert caught.value.kind in {Kind.TRANSIENT, Kind.THROTTLED}
    assert caught.value.retry_after == 7.0
    assert len(wire.asked) == 1


# ---- the guard ------------------------------------------------------------------------------------------------------


def assertion_for(wire, minter, subject, purpose):
    wire.answer(body=GOOD)
    minter.mint(subject, purpose)
    return wire.asked.pop().body


@pytest.mark.parametrize(
    ("subject", "purpose"),
    [
        (Plain("bob@acme.example"), Purpose.CALENDAR),
        (ALICE, Purpose.GMAIL),
        (Plain("Alice@acme.example"), Purpose.CALENDAR),
    ],
)
def test_an_assertion_for_somebody_or_something_else_does_not_leave(minter, wire, subject, purpose):
    body = assertion_for(wire, minter, subject, purpose)
    url = "https://oauth2.googleapis.com/token"
    grant = Grant(Sender(wire, Clock(), 30.0), url, ALICE, SCOPES[Purpose.CALENDAR])
    assert failing(lambda: grant(url, "POST", body)) == (Kind.INVALID, "google-wrong-subject")
    assert wire.asked == []


def test_nothing_but_a_grant_to_the_token_url_leaves(minter, wire):
    url = "https://oauth2.googleapis.com/token"
    body = assertion_for(wire, minter, ALICE, Purpose.CALENDAR)
    grant = Grant(Sender(wire, Clock(), 30.0), url, ALICE, SCOPES[Purpose.CALENDAR])
    for other in [
        ("https://iamcredentials.googleapis.com/v1/x", "POST", body),
        (url, "GET", body),
        (url, "POST", None),
        (url, "POST", b"assertion=nonsense"),
        (url, "POST", b"assertion=\xff"),
        (url, "POST", b"grant_type=x"),
    ]:
        assert failing(lambda args=other: grant(*args))[1] == "google-wrong-subject"
    assert wire.asked == []
    wire.answer(body=GOOD)
    assert grant(url, "POST", body).status == 200


# ---- refusals -------------------------------------------------------------------------------------------------------


def refusal(error, description=""):
    return json.dumps({"error": error, "error_description": description}).encode()


UNAUTHORIZED = (
    "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the "
    "scopes requested."
)
TIMEFRAME = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp "
    "values in the JWT claim."
)
NO_SUCH_USER = (Kind.USER, "google-no-such-user")
KEY_INVALID = (Kind.CONFIG, "google-key-invalid")
AUTH_REFUSED = (Kind.CONFIG, "google-auth-refused")
UNAVAILABLE = (Kind.TRANSIENT, "google-unavailable")
BAD_ANSWER = (Kind.TRANSIENT, "google-bad-answer")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, refusal("unauthorized_client", UNAUTHORIZED), (Kind.CONFIG, "google-unauthorized-client")),
        (400, refusal("invalid_grant", "Invalid email or User ID"), NO_SUCH_USER),
        (400, refusal("invalid_grant", "Not a valid email."), NO_SUCH_USER),
        (400, refusal("invalid_grant", "The account has been deleted"), NO_SUCH_USER),
        (400, refusal("invalid_grant"), NO_SUCH_USER),
        (400, refusal("invalid_grant", "Invalid JWT Signature."), KEY_INVALID),
        (400, refusal("invalid_grant", "Invalid grant: account not found"), KEY_INVALID),
        (400, refusal("invalid_grant", "account not found"), KEY_INVALID),
        (400, refusal("invalid_grant", TIMEFRAME), (Kind.CONFIG, "google-clock-skew")),
        (400, refusal("invalid_grant", "Invalid JWT: Failed audience check."), AUTH_REFUSED),
        (400, refusal("invalid_scope"), AUTH_REFUSED),
        (400, refusal("invalid_scope", "Empty or missing scope not allowed."), AUTH_REFUSED),
        (401, refusal("disabled_client", "The OAuth client was disabled."), AUTH_REFUSED),
        (401, refusal("deleted_client", "The OAuth client was deleted."), AUTH_REFUSED),
        (403, refusal("access_denied", "Requested client not authorized."), AUTH_REFUSED),
        (400, refusal("something_new"), AUTH_REFUSED),
        (400, refusal("invalid_request"), (Kind.INVALID, "google-bad-request")),
        (400, refusal("internal_failure"), UNAVAILABLE),
        (500, refusal("internal_failure"), UNAVAILABLE),
        (500, refusal("invalid_grant", "Invalid email or User ID"), UNAVAILABLE),
        (503, b"<html>", UNAVAILABLE),
        (429, b"", (Kind.THROTTLED, "google-rate-limited")),
        (404, b"<html>", BAD_ANSWER),
        (302, b"", BAD_ANSWER),
    ],
)
def test_refusals(minter, wire, status, body, expected):
    wire.answer(status, body)
    assert failing(lambda: minter.mint(ALICE, Purpose.CALENDAR)) == expected


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", {}, {**GOOD, "expires_in": "soon"}, {**GOOD, "token_type": "mac"}, {**GOOD, "access_token": ""},
     {**GOOD, "expires_in": 0}],
)  # fmt: skip
def test_a_reply_that_is_no_token(minter, wire, body):
    wire.answer(200, body)
    assert failing(lambda: minter.mint(ALICE, Purpose.CALENDAR)) == (Kind.TRANSIENT, "google-bad-answer")


# ---- the clock ------------------------------------------------------------------------------------------------------

DATE = "Sun, 22 Nov 2026 10:00:00 GMT"
AT = 1_795_341_600.0  # the same moment


@pytest.mark.parametrize("off", [-2820.0, 0.0, 3600.5])
def test_how_far_the_clock_is_off_is_measured_when_google_says_it_is(wire, key_info, off):
    minter = ServiceAccountMinter(wire, key_info, clock=Clock(AT + off))
    wire.answer(400, refusal("invalid_grant", TIMEFRAME), date=DATE)
    with pytest.raises(CallError) as caught:
        minter.mint(ALICE, Purpose.CALENDAR)
    assert (caught.value.code, caught.value.measured) == ("google-clock-skew", off)


def test_nothing_is_measured_by_another_refusal_or_without_a_date(minter, wire):
    for error, headers in (("Invalid email or User ID", {"date": DATE}), (TIMEFRAME, {}), (TIMEFRAME, {"date": "?"})):
        wire.answer(400, refusal("invalid_grant", error), **headers)
        with pytest.raises(CallError) as caught:
            minter.mint(ALICE, Purpose.CALENDAR)
        assert caught.value.measured is None


@pytest.mark.parametrize("date", [None, "", "yesterday", "Sun, 99 Nov 2026 10:00:00 GMT", "\x00", "1" * 5000])
def test_a_date_that_is_none(date):
    assert skew_of(date, Instant(AT)) is None
    assert skew_of(DATE, Instant(AT + 7)) == 7.0


def test_no_answer(minter, wire):
    wire.answers = [HttpFailure("tls", sent=False)]
    assert failing(lambda: minter.mint(ALICE, Purpose.CALENDAR)) == (Kind.TRANSIENT, "tls")


def test_a_key_of_another_universe_cannot_delegate(wire, key_info):
    minter = ServiceAccountMinter(wire, {**key_info, "universe_domain": "other.example"}, clock=Clock())
    assert failing(lambda: minter.mint(ALICE, Purpose.CALENDAR)) == (Kind.CONFIG, "google-auth-refused")
    assert wire.asked == []


def test_every_code_of_the_tables_is_in_the_catalogue():
    verdicts = [*grants.BY_ERROR.values(), *(verdict for _, verdict in grants.BY_DESCRIPTION)]
    assert {code for _, code in verdicts} <= CATALOGUE.keys()
    assert classify_grant(400, refusal("invalid_grant", "INVALID JWT SIGNATURE."), None).code == "google-key-invalid"
