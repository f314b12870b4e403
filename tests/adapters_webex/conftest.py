"""The adapter over the stand-in, in the same process and over real HTTP."""

from dataclasses import dataclass

import pytest

from hybridcal_daemon.adapters.http import BoundedClient
from hybridcal_daemon.adapters.webex import ServiceApp, ServiceAppTokens, WebexRest, WebexSettings
from hybridcal_daemon.domain.values import Secret
from hybridcal_daemon.ports import HttpFailure, HttpResponse
from hybridcal_daemon.sandbox.server import ServedSandbox
from hybridcal_daemon.sandbox.webex import WebexSandbox
from tests.contract_webex.checked import CheckedClient

ACCOUNT = "calendar@acme.example"
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


class DirectClient:
    """An HttpClient that calls the stand-in; a cut connection is an HttpFailure as the real client raises it."""

    def __init__(self, sandbox):
        self._sandbox = sandbox

    def send(self, request):
        answer = self._sandbox.handle(request)
        if getattr(answer, "drop", False):
            raise HttpFailure("protocol", sent=True)
        return answer


class ScriptedClient:
    """An HttpClient that gives prepared answers in turn and keeps the requests."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    def send(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class House:
    """Everything that belongs to one adapter under test."""

    clock: ManualClock
    sandbox: WebexSandbox
    settings: WebexSettings
    tokens: ServiceAppTokens
    api: WebexRest
    bot_only: WebexRest


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def sandbox(clock):
    made = WebexSandbox(clock=clock, seed=11)
    made.add_person("alice@acme.example", "Alice Archer", host_pin="918273645")
    made.add_person("bob@acme.example", "Bob Baker", personal_room=False)
    made.add_person(ACCOUNT, "Calendar", personal_room=False)
    return made


@pytest.fixture
def make_house(clock, sandbox):
    """Build adapter and credentials against ``base_url``; ``http`` is the client to use."""

    def build(http, base_url="https://webexapis.example", *, presence_on_behalf=True):
        app = credentials(sandbox.add_service_app(presence_on_behalf=presence_on_behalf))
        account = credentials(sandbox.add_integration(ACCOUNT))
        bot = Secret(sandbox.add_bot())
        settings = WebexSettings(
            bot_token=lambda: bot,
            service_app=app,
            api_url=f"{base_url}/v1",
            presence_url=f"{base_url}/apheleia/api/v1",
            now=clock.now,
        )
        tokens, others = (ServiceAppTokens(each, clock=clock, api_url=settings.api_url) for each in (app, account))
        api = WebexRest(http, settings, tokens, others)
        return House(clock, sandbox, settings, tokens, api, WebexRest(http, settings))

    return build


def credentials(given):
    return ServiceApp(
        client_id=Secret(given.client_id),
        client_secret=Secret(given.client_secret),
        refresh_token=Secret(given.refresh_token),
    )


@pytest.fixture
def checked_house(make_house, sandbox):
    """Every exchange is held against the public description."""
    client = CheckedClient(DirectClient(sandbox))
    yield make_house(client)
    assert client.faults == []


@pytest.fixture
def house(make_house, sandbox):
    return make_house(DirectClient(sandbox))


@pytest.fixture
def real_house(make_house, sandbox):
    """The same over real sockets."""
    client = BoundedClient()
    with ServedSandbox.start(sandbox) as served:
        yield make_house(client, served.base_url)
    client.close()


@pytest.fixture
def scripted():
    """Build an adapter whose Webex gives the answers listed; gives it with its client."""

    def build(*answers, tokens=None):
        client = ScriptedClient(*answers)
        settings = WebexSettings(bot_token=lambda: Secret("bot"))
        return WebexRest(client, settings, tokens), client

    return build


@pytest.fixture
def reply():
    def build(status=200, body=b"{}", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return HttpResponse(status=status, headers=named, body=body)

    return build
