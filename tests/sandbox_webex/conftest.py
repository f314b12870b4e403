"""A stand-in with three people, a bot and a service app, and a caller for it."""

from urllib.parse import urlencode

import msgspec
import pytest

from hybridcal_daemon.ports import HttpRequest
from hybridcal_daemon.sandbox.webex import WebexSandbox

START = 1_796_032_800.0  # 2026-11-30T10:00:00Z


class ManualClock:
    def __init__(self):
        self.at = START

    def now(self):
        return self.at

    def monotonic(self):
        return self.at - START

    def push(self, seconds):
        self.at += seconds


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.body
        self.marks = response

    @property
    def json(self):
        return msgspec.json.decode(self.body)


class Caller:
    """Sends requests with one token; ``call("GET", path, query={}, body={})``."""

    def __init__(self, sandbox, token):
        self.sandbox = sandbox
        self.token = token

    def call(self, method, path, *, query=None, body=None, headers=None, raw=None):
        url = path + ("?" + urlencode(query) if query else "")
        sent = {"authorization": f"Bearer {self.token}"} if self.token else {}
        if body is not None:
            sent["content-type"] = "application/json"
            raw = msgspec.json.encode(body)
        request = HttpRequest(method=method, url=url, headers=sent | (headers or {}), body=raw)
        return Answer(self.sandbox.handle(request))

    def get(self, path, **query):
        return self.call("GET", path, query=query)

    def post(self, path, **body):
        return self.call("POST", path, body=body)

    def put(self, path, **body):
        return self.call("PUT", path, body=body)

    def patch(self, path, **body):
        return self.call("PATCH", path, body=body)

    def delete(self, path, **query):
        return self.call("DELETE", path, query=query)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def sandbox(clock):
    made = WebexSandbox(clock=clock, seed=7)
    made.add_person("alice@acme.example", "Alice Archer")
    made.add_person("bob@acme.example", "Bob Baker")
    made.add_person("carol@acme.example", "Carol Cook", personal_room=False)
    return made


@pytest.fixture
def caller(sandbox):
    return lambda token: Caller(sandbox, token)


@pytest.fixture
def bot(sandbox, caller):
    return caller(sandbox.add_bot())


@pytest.fixture
def refresh(caller):
    """Exchange a service app's credentials; keyword arguments replace fields of the form."""

    def exchange(app, **changes):
        form = {
            "grant_type": "refresh_token",
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "refresh_token": app.refresh_token,
        } | changes
        return caller("").call(
            "POST",
            "/v1/access_token",
            raw=urlencode(form).encode(),
            headers={"content-type": "application/x-www-form-urlencoded"},
        )

    return exchange


@pytest.fixture
def app(sandbox, caller, refresh):
    return caller(refresh(sandbox.add_service_app()).json["access_token"])


@pytest.fixture
def integration(sandbox, caller, refresh):
    return caller(refresh(sandbox.add_integration("alice@acme.example")).json["access_token"])


@pytest.fixture
def alice(sandbox, caller):
    return caller(sandbox.person_token("alice@acme.example"))


@pytest.fixture
def join_card():
    """Build a valid card attachment; the keyword arguments replace parts of the card."""

    def build(key="k1", **changes):
        content = {
            "type": "AdaptiveCard",
            "version": "1.3",
            "body": [{"type": "TextBlock", "id": key, "text": "Design review"}],
            "actions": [
                {"type": "Action.OpenUrl", "title": "Join", "url": "https://acme-example.webex.com/meet/alice"}
            ],
        }
        return {"contentType": "application/vnd.microsoft.card.adaptive", "content": content | changes}

    return build
