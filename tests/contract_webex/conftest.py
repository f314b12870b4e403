"""The adapter and the stand-in, with the checker between them."""

import pytest

from hybridcal_daemon.adapters.webex import ServiceApp, ServiceAppTokens, WebexRest, WebexSettings
from hybridcal_daemon.domain.values import Secret
from hybridcal_daemon.sandbox.webex import WebexSandbox
from tests.contract_webex.checked import CheckedClient

NOW = 1_796_032_800.0  # Monday 2026-11-30T10:00:00Z
BASE = "https://webexapis.example"
PEOPLE = ("alice@acme.example", "bob@acme.example", "calendar@acme.example")


class Clock:
    def now(self):
        return NOW

    def monotonic(self):
        return 0.0


class InProcess:
    """An HttpClient whose other end is the stand-in."""

    def __init__(self, sandbox):
        self._sandbox = sandbox

    def send(self, request):
        return self._sandbox.handle(request)


def credentials(given):
    return ServiceApp(
        client_id=Secret(given.client_id),
        client_secret=Secret(given.client_secret),
        refresh_token=Secret(given.refresh_token),
    )


@pytest.fixture
def sandbox():
    webex = WebexSandbox(clock=Clock(), seed=5)
    for address in PEOPLE:
        webex.add_person(address, address.partition("@")[0].title())
    return webex


@pytest.fixture
def http(sandbox):
    client = CheckedClient(InProcess(sandbox))
    yield client
    assert client.faults == []


@pytest.fixture
def api(sandbox, http):
    bot = Secret(sandbox.add_bot())
    settings = WebexSettings(
        bot_token=lambda: bot,
        api_url=f"{BASE}/v1",
        presence_url=f"{BASE}/apheleia/api/v1",
        now=Clock().now,
    )
    speakers = (sandbox.add_service_app(presence_on_behalf=True), sandbox.add_integration(PEOPLE[2]))
    tokens = [ServiceAppTokens(credentials(each), clock=Clock(), api_url=settings.api_url) for each in speakers]
    return WebexRest(http, settings, *tokens)
