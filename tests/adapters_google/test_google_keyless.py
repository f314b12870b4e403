"""Tokens without a key on this machine: every kind of source credentials, and every way in which it can fail."""

import json
import subprocess
import sys
import threading
from urllib.parse import parse_qs

import pytest
from google.auth import jwt

from hybridcal_daemon.adapters.google.keyless import KeylessMinter, classify_signing
from hybridcal_daemon.adapters.google.scopes import SCOPES
from hybridcal_daemon.adapters.google.tokens import ServiceAccountMinter
from hybridcal_daemon.domain.errors import CATALOGUE
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import Plain, Secret
from hybridcal_daemon.ports import HttpFailure
from tests.adapters_google import iam_fake
from tests.adapters_google.iam_fake import (
    ACCOUNT,
    BY_FILE,
    EXTERNAL,
    IMPERSONATION_URL,
    PROVIDER_URL,
    SIGN_URL,
    STS_URL,
    TOKEN_URL,
    USER,
    Clock,
    Iam,
)

ALICE = Plain("alice@acme.example")
MODES = ("file", "url", "impersonated", "user", "account")

_sockets = []
_guarding = threading.Event()


def _notice(event, _args):
    if _guarding.is_set() and event in {"socket.__new__", "socket.connect", "socket.getaddrinfo"}:
        _sockets.append(event)


sys.addaudithook(_notice)


@pytest.fixture
def no_sockets():
    """No thread of this process makes a socket meanwhile (PEP 578)."""
    _sockets.clear()
    _guarding.set()
    yield
    _guarding.clear()
    assert _sockets == []


@pytest.fixture
def iam(private_key):
    return Iam(key=private_key, clock=Clock(), source_public=private_key.public_key())


@pytest.fixture
def sources(tmp_path, key_info):
    """The five kinds of source, by name, and what each asks for its token."""
    identity = tmp_path / "identity"
    identity.write_text("identity-1")
    json_format = {"type": "json", "subject_token_field_name": "id_token"}
    by_file = {**EXTERNAL, "credential_source": {"file": str(identity)}}
    return {
        "file": (by_file, [STS_URL]),
        "url": (
            {**EXTERNAL, "credential_source": {"url": PROVIDER_URL, "format": json_format}},
            [PROVIDER_URL, STS_URL],
        ),
        "impersonated": (
            {**by_file, "service_account_impersonation_url": IMPERSONATION_URL},
            [STS_URL, IMPERSONATION_URL],
        ),
        "user": (USER, [TOKEN_URL]),
        "account": (key_info, [TOKEN_URL]),
    }


@pytest.fixture
def minter(iam, sources):
    return KeylessMinter(iam, ACCOUNT, sources["file"][0], clock=iam.clock)


def failing(minter):
    with pytest.raises(CallError) as caught:
        minter.mint(ALICE, Purpose.CALENDAR)
    assert caught.value.code in CATALOGUE
    return f"{caught.value}"


# ---- every kind of source -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_every_kind_of_source_with_no_thread_and_no_host_of_its_own(iam, sources, mode, no_sockets):  # noqa: ARG001
    source, asks = sources[mode]
    before = threading.enumerate()
    minter = KeylessMinter(iam, ACCOUNT, source, clock=iam.clock)
    for purpose in Purpose:
        minted = minter.mint(ALICE, purpose)
        assert minted.token == Secret("for alice@acme.example")
        assert minted.expires_at == iam.clock.at + 3599
        signed = json.loads(json.loads(iam.asked[-2].body)["payload"])
        assert signed["scope"] == " ".join(SCOPES[purpose])
        assert jwt.decode(parse_qs(iam.asked[-1].body.decode())["assertion"][0], verify=False) == signed
    assert iam.urls() == asks + [SIGN_URL, TOKEN_URL] * len(Purpose)  # the source's token is asked for once
    assert threading.enumerate() == before


def test_with_a_key_there_is_no_thread_and_no_host_either(iam, key_info, no_sockets):  # noqa: ARG001
    before, google = threading.enumerate(), Endless()
    minter = ServiceAccountMinter(google, key_info, clock=iam.clock, next_info={**key_info, "private_key_id": "n"})
    for purpose in Purpose:
        minter.mint(ALICE, purpose)
    assert {request.url for request in google.asked} == {TOKEN_URL}
    assert threading.enumerate() == before


class Endless:
    """Grants everything."""

    def __init__(self):
        self.asked = []

    def send(self, request):
        self.asked.append(request)
        body = json.dumps({"access_token": "t", "expires_in": 3599, "token_type": "Bearer"}).encode()
        return iam_fake.HttpResponse(status=200, headers={}, body=body)


def test_importing_the_adapter_loads_no_transport_of_google_auth():
    script = (
        "import sys, threading\n"
        "import hybridcal_daemon.adapters.google, hybridcal_daemon.adapters.google.keyless\n"
        "from google.auth import identity_pool\n"
        "from google.oauth2 import credentials\n"
        "bad = ['requests', 'urllib3', 'httplib2', 'grpc', 'aiohttp']\n"
        "bad += ['google.auth.transport.' + name for name in ('requests', 'urllib3', 'grpc', '_http_client')]\n"
        "print([name for name in bad if name in sys.modules], threading.active_count())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[] 1\n"


def test_the_addresses_can_be_set(iam, sources):
    own = {"token_url": "http://127.0.0.1:9/token", "iam_url": "http://127.0.0.1:9/v1"}
    sign = "http://127.0.0.1:9/v1/projects/-/serviceAccounts/x%2By@acme.example:signJwt"
    for mode, url in (("user", own["token_url"]), ("file", sign)):
        minter = KeylessMinter(iam, "x+y@acme.example", sources[mode][0], clock=iam.clock, **own)
        iam.refuse(url, 503)
        assert failing(minter) == "transient:google-unavailable"
        assert iam.urls()[-1] == url


# ---- the guard ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "forged",
    [{"sub": "bob@acme.example"}, {"scope": "https://www.googleapis.com/auth/calendar"}, {"sub": None}, {"scope": ""}],
)
def test_what_was_signed_for_somebody_or_something_else_does_not_leave(iam, minter, forged):
    iam.forges = forged
    assert failing(minter) == "invalid:google-wrong-subject"
    assert TOKEN_URL not in iam.urls()


@pytest.mark.parametrize("reply", [b"", b"{}", b'{"signedJwt": 7}', b"<html>"])
def test_a_signature_that_is_none(iam, minter, reply):
    iam.refuse(SIGN_URL, 200, reply)
    assert failing(minter) == "transient:google-bad-answer"


# ---- refusals -------------------------------------------------------------------------------------------------------


def status(code, word, reason=""):
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}] if reason else []
    return {"error": {"code": code, "message": "...", "status": word, "details": details}}


DENIED = "config:google-impersonation-refused"


@pytest.mark.parametrize(
    ("code", "body", "expected"),
    [
        (403, status(403, "PERMISSION_DENIED", "IAM_PERMISSION_DENIED"), DENIED),
        (403, status(403, "PERMISSION_DENIED"), DENIED),
        (403, b"<html>", DENIED),
        (404, status(404, "NOT_FOUND"), DENIED),
        (403, status(403, "PERMISSION_DENIED", "SERVICE_DISABLED"), "config:google-iam-disabled"),
        (403, {"error": {"errors": [{"reason": "accessNotConfigured"}]}}, "config:google-iam-disabled"),
        (403, status(403, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"), "throttled:google-rate-limited"),
        (400, status(400, "INVALID_ARGUMENT"), "config:google-auth-refused"),
        (429, b"", "throttled:google-rate-limited"),
        (408, b"", "transient:google-unavailable"),
        (500, b"<html>", "transient:google-unavailable"),
        (503, status(503, "UNAVAILABLE"), "transient:google-unavailable"),
        (302, b"", "transient:google-bad-answer"),
    ],
)
def test_refusals_to_sign(iam, minter, code, body, expected):
    iam.refuse(SIGN_URL, code, body, **{"retry-after": "7"})
    assert failing(minter) == expected
    assert iam.urls() == [STS_URL, SIGN_URL]
    assert classify_signing(code, b"", "7").retry_after == 7.0 or code == 302


def test_the_missing_role_is_named_with_its_remedy():
    assert "roles/iam.serviceAccountTokenCreator" in CATALOGUE["google-impersonation-refused"].fix


def test_a_source_token_that_is_not_taken_is_renewed_once(iam, minter):
    iam.refuse(SIGN_URL, 401, status(401, "UNAUTHENTICATED"))
    assert minter.mint(ALICE, Purpose.CALENDAR).token == Secret("for alice@acme.example")
    assert iam.urls() == [STS_URL, SIGN_URL, STS_URL, SIGN_URL, TOKEN_URL]
    for _ in range(2):
        iam.refuse(SIGN_URL, 401, status(401, "UNAUTHENTICATED"))
    assert failing(minter) == "config:google-source-refused"


@pytest.mark.parametrize(
    ("code", "body", "expected"),
    [
        (400, {"error": "invalid_grant", "error_description": "The given credential is rejected."}, "source-refused"),
        (400, {"error": "invalid_target"}, "source-refused"),
        (401, {"error": "unauthorized_client"}, "source-refused"),
        (403, status(403, "PERMISSION_DENIED"), "source-refused"),
        (404, b"<html>", "source-refused"),
    ],
)
@pytest.mark.parametrize("mode", MODES)
def test_refused_sources(iam, sources, mode, code, body, expected):
    source, asks = sources[mode]
    iam.refuse(asks[0], code, body)
    minter = KeylessMinter(iam, ACCOUNT, source, clock=iam.clock)
    assert failing(minter) == f"config:google-{expected}"
    assert len(iam.asked) == 1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("code", [408, 429, 500, 503, 504])
def test_passing_troubles_of_a_source_are_not_repeated_behind_our_back(iam, sources, mode, code):
    source, asks = sources[mode]
    for url in dict.fromkeys(asks):
        iam.refuse(url, code, {"error": "internal_failure"}, **{"retry-after": "7"})
        before = len(iam.asked)
        with pytest.raises(CallError) as caught:
            KeylessMinter(iam, ACCOUNT, source, clock=iam.clock).mint(ALICE, Purpose.CALENDAR)
        assert caught.value.kind in {Kind.TRANSIENT, Kind.THROTTLED}
        assert caught.value.retry_after == 7.0
        assert iam.urls()[before:] == asks[: asks.index(url) + 1]


@pytest.mark.parametrize("reply", [b"", b"[]", b"{}", b'{"access_token": "x", "expires_in": "soon"}', b"\xff"])
@pytest.mark.parametrize("mode", MODES)
def test_a_source_that_answers_nonsense(iam, sources, mode, reply):
    source, asks = sources[mode]
    iam.refuse(asks[-1], 200, reply)
    assert failing(KeylessMinter(iam, ACCOUNT, source, clock=iam.clock)) == "config:google-source-refused"


def test_an_identity_file_that_is_missing_or_empty(iam, sources, tmp_path, minter):
    (tmp_path / "identity").write_text("")
    assert failing(minter) == "config:google-source-refused"
    (tmp_path / "identity").unlink()
    assert failing(minter) == "config:google-source-refused"
    assert iam.asked == []
    (tmp_path / "identity").write_text("identity-1")
    assert minter.mint(ALICE, Purpose.CALENDAR)
    assert sources["file"][1] == [STS_URL]


def test_a_refused_person_is_no_matter_of_the_source(iam, minter):
    iam.refuse(TOKEN_URL, 400, {"error": "invalid_grant", "error_description": "Invalid email or User ID"})
    assert failing(minter) == "user:google-no-such-user"


def test_a_wrong_clock_is_measured_here_too(iam, minter):
    text = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
    for url, date in ((TOKEN_URL, "Sun, 22 Nov 2026 09:00:00 GMT"),):
        iam.refuse(url, 400, {"error": "invalid_grant", "error_description": text}, date=date)
        with pytest.raises(CallError, match="google-clock-skew") as caught:
            minter.mint(ALICE, Purpose.CALENDAR)
        assert caught.value.measured == 3600.0


def test_no_answer(minter, iam):
    iam.send = lambda _: (_ for _ in ()).throw(HttpFailure("tls", sent=False))
    assert failing(minter) == "transient:tls"


def test_credentials_that_google_auth_does_not_take_are_a_matter_of_configuration(iam):
    with pytest.raises(CallError, match="config:google-source-refused"):
        KeylessMinter(iam, ACCOUNT, {**BY_FILE, "workforce_pool_user_project": "x"}, clock=iam.clock)
