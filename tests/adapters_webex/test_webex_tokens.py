import threading

import msgspec
import pytest

from hybridcal_daemon.adapters.webex import ServiceApp, ServiceAppTokens
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Secret
from hybridcal_daemon.ports import HttpFailure

DAY = 86400.0
LIFE = 1_209_599


class CountingClient:
    """Answers each refresh with another token; ``answers`` come first."""

    def __init__(self, reply, *answers):
        self._reply = reply
        self.answers = list(answers)
        self.bodies = []

    def send(self, request):
        self.bodies.append(request.body)
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        return self.grant(f"token-{len(self.bodies)}")

    def grant(self, token, **more):
        return self._reply(200, msgspec.json.encode({"access_token": token, "expires_in": LIFE} | more))


class GateClient(CountingClient):
    """Holds every refresh until the gate is opened."""

    def __init__(self, reply):
        super().__init__(reply)
        self.arrived = threading.Event()
        self.gate = threading.Event()

    def send(self, request):
        self.arrived.set()
        assert self.gate.wait(10)
        return super().send(request)


@pytest.fixture
def tokens(clock):
    app = ServiceApp(client_id=Secret("id"), client_secret=Secret("secret"), refresh_token=Secret("refresh-0"))
    return ServiceAppTokens(app, clock=clock)


@pytest.fixture
def client(reply):
    return CountingClient(reply)


def test_a_token_is_fetched_once_and_renewed_at_half_of_its_life(tokens, client, clock):
    first = tokens.get(client)
    clock.push(LIFE / 2 - 1)
    assert tokens.get(client) is first
    clock.push(1)
    assert tokens.get(client).reveal() == "token-2"
    assert len(client.bodies) == 2


def test_a_renewal_that_fails_leaves_the_old_token_in_use_for_its_whole_life(tokens, client, clock, reply):
    tokens.get(client)
    clock.push(LIFE / 2)
    client.answers = [reply(503), HttpFailure("deadline", sent=True)]
    assert tokens.get(client).reveal() == "token-1"
    assert tokens.get(client).reveal() == "token-1"
    assert len(client.bodies) == 2
    clock.push(5)
    assert tokens.get(client).reveal() == "token-1"
    assert len(client.bodies) == 3
    clock.push(5)
    assert tokens.get(client).reveal() == "token-4"


def test_a_token_that_has_ended_is_never_given(tokens, client, clock, reply):
    tokens.get(client)
    clock.push(LIFE)
    client.answers = [reply(503)]
    with pytest.raises(CallError) as raised:
        tokens.get(client)
    assert raised.value.kind is Kind.TRANSIENT


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ((400,), Kind.CONFIG, "webex-token"),
        ((401,), Kind.CONFIG, "webex-token"),
        ((403,), Kind.CONFIG, "webex-token"),
        ((404,), Kind.NOT_FOUND, "webex-not-found"),
        ((429,), Kind.THROTTLED, "webex-rate-limited"),
        ((423,), Kind.THROTTLED, "webex-rate-limited"),
        ((502,), Kind.TRANSIENT, "webex-unavailable"),
        ((200, b"<html>"), Kind.TRANSIENT, "webex-bad-answer"),
        ((200, b'{"access_token":"x"}'), Kind.TRANSIENT, "webex-bad-answer"),
        ((200, b'{"access_token":"x","expires_in":"9"}'), Kind.TRANSIENT, "webex-bad-answer"),
        ((200, b'{"access_token":"x","expires_in":0}'), Kind.TRANSIENT, "webex-bad-answer"),
        ((200, b'{"access_token":"x\\r\\nHost: y","expires_in":9}'), Kind.TRANSIENT, "webex-bad-answer"),
        ((200, b'{"access_token":"","expires_in":9}'), Kind.TRANSIENT, "webex-bad-answer"),
        ((200, b'{"access_token":"x","expires_in":9,"refresh_token":""}'), Kind.TRANSIENT, "webex-bad-answer"),
    ],
)
def test_failures_of_a_renewal_are_never_in_doubt(tokens, client, reply, answer, kind, code):
    client.answers = [reply(*answer)]
    with pytest.raises(CallError) as raised:
        tokens.get(client)
    assert (raised.value.kind, raised.value.code, raised.value.in_doubt) == (kind, code, False)


def test_a_failure_is_remembered_for_some_seconds(tokens, client, reply, clock):
    client.answers = [HttpFailure("unreachable", sent=False)]
    for wait in (0, 4):
        clock.push(wait)
        with pytest.raises(CallError) as raised:
            tokens.get(client)
        assert raised.value.code == "unreachable"
    assert len(client.bodies) == 1
    clock.push(1)
    assert tokens.get(client).reveal() == "token-2"
    client.answers = [reply(429, retry_after="60")]
    clock.push(LIFE)
    with pytest.raises(CallError):
        tokens.get(client)
    clock.push(59)
    with pytest.raises(CallError) as raised:
        tokens.get(client)
    assert raised.value.retry_after == 1.0


def test_a_rejected_token_is_replaced_once_it_is_not_young(tokens, client, clock):
    first = tokens.get(client)
    assert tokens.replace(client, first) is first
    clock.push(60)
    second = tokens.replace(client, first)
    assert second.reveal() == "token-2"
    assert tokens.replace(client, first) is second
    assert len(client.bodies) == 2


def test_many_workers_share_one_renewal(tokens, reply):
    client = GateClient(reply)
    got, line = [], threading.Barrier(9)

    def work():
        line.wait(10)
        got.append(tokens.get(client))

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    line.wait(10)
    assert client.arrived.wait(10)
    client.gate.set()
    for worker in workers:
        worker.join(10)
    assert {token.reveal() for token in got} == {"token-1"}
    assert len(got) == 8
    assert len(client.bodies) == 1


def test_while_one_worker_renews_the_others_go_on_with_the_old_token(tokens, client, reply, clock):
    first = tokens.get(client)
    clock.push(LIFE / 2)
    slow = GateClient(reply)
    renewing = threading.Thread(target=tokens.get, args=(slow,))
    renewing.start()
    assert slow.arrived.wait(10)
    assert tokens.get(client) is first
    slow.gate.set()
    renewing.join(10)
    assert tokens.get(client) is not first


def test_another_refresh_token_is_used_from_then_on_and_handed_out_to_be_kept(client, clock):
    kept = []
    app = ServiceApp(client_id=Secret("id"), client_secret=Secret("secret"), refresh_token=Secret("refresh-0"))
    tokens = ServiceAppTokens(app, clock=clock, keep=kept.append)
    client.answers = [client.grant("a", refresh_token="refresh-0"), client.grant("b", refresh_token="refresh-1")]
    for _ in range(3):
        tokens.get(client)
        clock.push(8 * DAY)
    assert [secret.reveal() for secret in kept] == ["refresh-1"]
    assert [body.rpartition(b"=")[2] for body in client.bodies] == [b"refresh-0", b"refresh-0", b"refresh-1"]


def test_the_request_is_the_form_that_webex_documents(tokens, client):
    tokens.get(client)
    assert client.bodies == [b"grant_type=refresh_token&client_id=id&client_secret=secret&refresh_token=refresh-0"]


@pytest.mark.parametrize("status", [423, 429])
def test_a_token_endpoint_that_wants_rest_gets_it_for_an_hour_at_most(tokens, client, reply, clock, status):
    client.answers = [reply(status, retry_after="999999", trackingid="T_4")]
    for wait, left in ((0, 3600.0), (3599, 1.0)):
        clock.push(wait)
        with pytest.raises(CallError) as raised:
            tokens.get(client)
        assert (raised.value.retry_after, raised.value.tracking) == (left, "T_4")
    clock.push(1)
    assert tokens.get(client).reveal() == "token-2"
