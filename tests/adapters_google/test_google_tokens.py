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

from hybridcal_daemon.adapters.google import tokens
from hybridcal_daemon.adapters.google.tokens import SCOPES, Grant, ServiceAccountMinter, classify_grant
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
    assert scopes == [" ".join(SCOPES[purpose]) for purpose in Purpose]
    assert len(set(scopes)) == len(Purpose)


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
    grant = Grant(wire, url, ALICE, SCOPES[Purpose.CALENDAR], 30.0)
    assert failing(lambda: grant(url, "POST", body)) == (Kind.INVALID, "google-wrong-subject")
    assert wire.asked == []


def test_nothing_but_a_grant_to_the_token_url_leaves(minter, wire):
    url = "https://oauth2.googleapis.com/token"
    body = assertion_for(wire, minter, ALICE, Purpose.CALENDAR)
    grant = Grant(wire, url, ALICE, SCOPES[Purpose.CALENDAR], 30.0)
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


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, refusal("unauthorized_client", "Client is unauthorized to retrieve access tokens using this method."),
         (Kind.CONFIG, "google-unauthorized-client")),
        (400, refusal("invalid_grant", "Invalid email or User ID"), (Kind.USER, "google-no-such-user")),
        (400, refusal("invalid_grant", "Not a valid email."), (Kind.USER, "google-no-such-user")),
        (400, refusal("invalid_grant", "The account has been deleted"), (Kind.USER, "google-no-such-user")),
        (400, refusal("invalid_grant"), (Kind.USER, "google-no-such-user")),
        (400, refusal("invalid_grant", "Invalid JWT Signature."), (Kind.CONFIG, "google-key-invalid")),
        (400, refusal("invalid_grant", "Invalid grant: account not found"), (Kind.CONFIG, "google-key-invalid")),
        (400, refusal("invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a "
                      "reasonable timeframe. Check your iat and exp values"), (Kind.CONFIG, "google-clock-skew")),
        (400, refusal("invalid_grant", "Invalid JWT: Failed audience check."), (Kind.CONFIG, "google-auth-refused")),
        (400, refusal("invalid_scope"), (Kind.CONFIG, "google-auth-refused")),
        (401, refusal("disabled_client"), (Kind.CONFIG, "google-auth-refused")),
        (401, refusal("deleted_client"), (Kind.CONFIG, "google-auth-refused")),
        (403, refusal("access_denied", "Requested client not authorized."), (Kind.CONFIG, "google-auth-refused")),
        (400, refusal("something_new"), (Kind.CONFIG, "google-auth-refused")),
        (400, refusal("invalid_request"), (Kind.INVALID, "google-bad-request")),
        (400, refusal("internal_failure"), (Kind.TRANSIENT, "google-unavailable")),
        (500, refusal("invalid_grant", "Invalid email or User ID"), (Kind.TRANSIENT, "google-unavailable")),
        (429, b"", (Kind.THROTTLED, "google-rate-limited")),
        (404, b"<html>", (Kind.TRANSIENT, "google-bad-answer")),
        (302, b"", (Kind.TRANSIENT, "google-bad-answer")),
    ],
)  # fmt: skip
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


def test_no_answer(minter, wire):
    wire.answers = [HttpFailure("tls", sent=False)]
    assert failing(lambda: minter.mint(ALICE, Purpose.CALENDAR)) == (Kind.TRANSIENT, "tls")


def test_a_key_of_another_universe_cannot_delegate(wire, key_info):
    minter = ServiceAccountMinter(wire, {**key_info, "universe_domain": "other.example"}, clock=Clock())
    assert failing(lambda: minter.mint(ALICE, Purpose.CALENDAR)) == (Kind.CONFIG, "google-auth-refused")
    assert wire.asked == []


def test_every_code_of_the_tables_is_in_the_catalogue():
    verdicts = [*tokens._BY_ERROR.values(), *(verdict for _, verdict in tokens._BY_DESCRIPTION)]
    assert {code for _, code in verdicts} <= CATALOGUE.keys()
    assert classify_grant(400, refusal("invalid_grant", "INVALID JWT SIGNATURE."), None).code == "google-key-invalid"
