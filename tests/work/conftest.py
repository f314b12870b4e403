"""Tools over the services by hand."""

import pytest

from hybridcal_daemon.domain.values import Plain, Secret
from hybridcal_daemon.work.tools import GoogleTools, People, WebexTools
from tests.work.device_fakes import Devices
from tests.work.fakes import ALICE, Calendar, Tokens, Vault, Webex


@pytest.fixture
def vault():
    return Vault()


@pytest.fixture
def calendar():
    return Calendar()


@pytest.fixture
def tokens():
    return Tokens()


@pytest.fixture
def google_tools(calendar, tokens, vault):
    return GoogleTools(
        calendar=calendar,
        token=tokens,
        seal_events=vault.seal_events,
        open_cell=vault.open,
        seal_cell=vault.seal,
        address=lambda _user: Plain("alice@acme.example"),
        channel_token=lambda channel_id: Secret(f"token of {channel_id}"),
    )


@pytest.fixture
def webex():
    return Webex()


@pytest.fixture
def cells():
    return {}


@pytest.fixture
def devices():
    return Devices()


@pytest.fixture
def webex_tools(webex, vault, cells, devices):
    return WebexTools(
        webex=webex,
        address={ALICE: Plain("alice@acme.example")}.__getitem__,
        seal_cell=vault.seal,
        open_cell=vault.open,
        join_cell=lambda user, event_id: cells.get((user, event_id)),
        devices=devices,
        people=People(),
    )
