"""The adapter, tokens and the stand-in, with the checker between them."""

import pytest
from contract_world import ADDRESSES, ROOM, Clock, InProcess

from hybridcal_daemon.adapters.google import SCOPES, GoogleCalendar, GoogleSettings
from hybridcal_daemon.adapters.http import BoundedClient
from hybridcal_daemon.adapters.http_deadline import Watchdog
from hybridcal_daemon.domain.values import Secret
from hybridcal_daemon.sandbox.google.service import GoogleSandbox
from hybridcal_daemon.sandbox.server import ServedSandbox
from tests.contract_google.checked import CheckedClient


@pytest.fixture
def sandbox():
    google = GoogleSandbox(clock=Clock(), seed=3, push=lambda _request: None, allow_http_push=True, short_pages=0.5)
    for address in ADDRESSES:
        google.add_user(address, timezone="Europe/Berlin")
    google.add_room(ROOM, name="Room", timezone="Europe/Berlin")
    google.share(ROOM, "owner", value=ADDRESSES[0])
    return google


@pytest.fixture
def http(sandbox):
    return CheckedClient(InProcess(sandbox))


@pytest.fixture
def token_for(sandbox, http):
    """Purpose -> an access token for Alice with that purpose's scopes, which the checker knows."""

    def issue(purpose):
        token = sandbox.person_token(ADDRESSES[0], SCOPES[purpose])
        http.scopes[token] = SCOPES[purpose]
        return Secret(token)

    return issue


@pytest.fixture
def calendar(http):
    yield GoogleCalendar(http, GoogleSettings(push_url="http://127.0.0.1:9/google/push", page_size=3))
    assert http.faults == []


@pytest.fixture
def served(sandbox, http):
    """The same over a real socket, checked at the stand-in's end."""
    sandbox.handle = http.around(sandbox.handle)
    watchdog = Watchdog()
    client = BoundedClient(watchdog=watchdog)
    with ServedSandbox.start(sandbox) as server:
        urls = {"calendar_url": f"{server.base_url}/calendar/v3", "gmail_url": f"{server.base_url}/gmail/v1"}
        yield GoogleCalendar(client, GoogleSettings(**urls, push_url="http://127.0.0.1:9/google/push", page_size=3))
    client.close()
    watchdog.close()
    assert http.faults == []
