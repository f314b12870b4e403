import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from google_company import ALICE, AUTH, EVE, GRANTED, ROBOT, Caller, Robot

from hybridcal_daemon.ports import HttpRequest


def error(answer):
    return answer.status, answer.json["error"], answer.json["error_description"]


@pytest.fixture
def known(google, robot):
    robot.register(google)
    return google


def test_a_good_assertion_gives_a_bearer_token_that_acts_for_the_subject(known, robot):
    answer = robot.exchange(known)
    assert answer.status == 200
    assert answer.json["expires_in"] == 3599
    assert answer.json["token_type"] == "Bearer"
    assert answer.headers["date"] == "Mon, 30 Nov 2026 10:00:00 GMT"
    caller = Caller(known, answer.json["access_token"])
    assert caller.list().json["summary"] == ALICE
    assert known.journal()[0].operation == "oauth2.token"
    assert known.journal()[0].subject == ALICE


def test_a_token_ends_after_its_lifetime(known, robot, clock):
    caller = Caller(known, robot.exchange(known).json["access_token"])
    clock.push(3598)
    assert caller.list().status == 200
    clock.push(1)
    answer = caller.list()
    assert (answer.status, answer.reason, answer.json["error"]["status"]) == (401, "authError", "UNAUTHENTICATED")
    assert "www-authenticate" in answer.headers


def test_unknown_and_missing_tokens_are_refused(google):
    assert Caller(google, "ya29.nonsense").list().status == 401
    assert google.handle(HttpRequest(method="GET", url=Caller.events)).status == 401


def test_a_foreign_key_is_an_invalid_signature(known, clock):
    other = Robot(rsa.generate_private_key(public_exponent=65537, key_size=2048), clock)
    assert error(other.exchange(known)) == (400, "invalid_grant", "Invalid JWT Signature.")


@pytest.mark.parametrize(
    ("changes", "status", "word", "part"),
    [
        ({"header": {"kid": "key-9"}}, 400, "invalid_grant", "Signature"),
        ({"header": {"alg": "none"}}, 400, "invalid_grant", "RS256"),
        ({"header": {"alg": "HS256"}}, 400, "invalid_grant", "RS256"),
        ({"iss": "nobody@project.iam.gserviceaccount.com"}, 400, "invalid_grant", "account not found"),
        ({"aud": "http://127.0.0.1:8080/token"}, 400, "invalid_grant", "audience"),
        ({"sub": "nobody@acme.example"}, 400, "invalid_grant", "Invalid email or User ID"),
        ({"sub": EVE}, 400, "invalid_grant", "Invalid email or User ID"),
        ({"scope": ""}, 400, "invalid_scope", "scope"),
        ({"scope": f"{AUTH}calendar"}, 401, "unauthorized_client", "not authorized for any"),
        ({"scope": f"{GRANTED[0]} {AUTH}drive"}, 401, "unauthorized_client", "not authorized for any"),
    ],
)
def test_bad_claims_are_refused_with_googles_words(known, robot, changes, status, word, part):
    answer = error(robot.exchange(known, robot.assertion(**changes)))
    assert answer[:2] == (status, word)
    assert part in answer[2]


@pytest.mark.parametrize(
    ("issued", "life", "good"),
    [
        (0, 3600, True),
        (299, 3600, True),
        (301, 3600, False),
        (0, 3601, False),
        (-3599, 3600, True),
        (-3600, 3600, False),
        (-7200, 3600, False),
        (0, 0, False),
        (0, -5, False),
    ],
)
def test_clock_skew_and_lifetime(known, robot, clock, issued, life, good):
    issued_at = int(clock.now()) + issued
    answer = robot.exchange(known, robot.assertion(iat=issued_at, exp=issued_at + life))
    assert answer.status == (200 if good else 400)
    assert good or "reasonable timeframe" in error(answer)[2]


@pytest.mark.parametrize("value", ["1796032800", None, True, 1.5])
def test_times_are_whole_seconds(known, robot, value):
    assert error(robot.exchange(known, robot.assertion(iat=value)))[1] == "invalid_grant"


def test_a_tampered_payload_is_refused(known, robot):
    header, _, signature = robot.assertion().split(".")
    payload = robot.assertion(sub="bob@acme.example").split(".")[1]
    assert error(robot.exchange(known, f"{header}.{payload}.{signature}"))[2] == "Invalid JWT Signature."


@pytest.mark.parametrize("assertion", ["x", "a.b", "a.b.c.d", "!.!.!", "e30.e30.e30", "W10.W10.AA", ""])
def test_nonsense_is_no_assertion(known, robot, assertion):
    assert robot.exchange(known, assertion).status == 400


def test_the_form_must_be_a_form(known, robot):
    assert error(robot.exchange(known, grant_type="password"))[1] == "unsupported_grant_type"
    assert error(robot.exchange(known, more="1"))[1] == "invalid_request"
    request = HttpRequest(method="POST", url="/token", headers={"content-type": "application/json"}, body=b"{}")
    assert known.handle(request).status == 400
    assert known.handle(HttpRequest(method="POST", url="/token?x=1")).status == 400
    assert known.handle(HttpRequest(method="GET", url="/token")).status == 404


def test_two_keys_are_valid_during_a_rotation(known, clock, robot):
    new = Robot(rsa.generate_private_key(public_exponent=65537, key_size=2048), clock)
    new.register(known, kid="key-2")
    assert new.exchange(known, new.assertion(header={"kid": "key-2"})).status == 200
    assert robot.exchange(known).status == 200
    known.remove_key(ROBOT, "key-1")
    assert error(robot.exchange(known))[2] == "Invalid JWT Signature."


def test_a_suspended_person_gets_no_token_and_loses_the_old_one(known, robot):
    caller = Caller(known, robot.exchange(known).json["access_token"])
    known.add_user(ALICE, suspended=True)
    assert error(robot.exchange(known))[2] == "Invalid email or User ID"
    assert caller.list().status == 401


def test_revoked_tokens_end_at_once(google, alice, bob):
    google.revoke_tokens(ALICE)
    assert (alice.list().status, bob.list().status) == (401, 200)


def test_without_a_subject_the_token_is_the_service_accounts_own(known, robot):
    caller = Caller(known, robot.exchange(known, robot.assertion(sub=None)).json["access_token"])
    answer = caller.list()
    assert (answer.status, answer.reason) == (403, "notACalendarUser")


def test_a_key_that_is_no_rsa_key_is_refused(google):
    with pytest.raises(ValueError, match=r"PEM|RSA|load"):
        google.add_service_account(ROBOT, client_id="1", private_key_id="k", public_key="nonsense", scopes=[])
