"""Tokens from the stand-in, which verifies signatures: two keys, and scopes that were not granted."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hybridcal_daemon.adapters.clock import SystemClock
from hybridcal_daemon.adapters.google import SCOPES, KeyChoice, ServiceAccountMinter
from hybridcal_daemon.adapters.http import BoundedClient
from hybridcal_daemon.adapters.http_deadline import Watchdog
from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import Plain
from hybridcal_daemon.sandbox.google.service import GoogleSandbox
from hybridcal_daemon.sandbox.server import ServedSandbox

CLOCK = SystemClock()
ALICE = Plain("alice@acme.example")
ACCOUNT = "hybridcal@acme.example"
EVERYTHING = sorted({scope for scopes in SCOPES.values() for scope in scopes})


class Site:
    """The stand-in with two keys, of which it knows those that ``know`` was told."""

    def __init__(self, google, base_url, http, keys):
        self.google, self._base_url, self._http, self._keys = google, base_url, http, keys
        self.choice = KeyChoice()

    def know(self, *key_ids, scopes=EVERYTHING):
        for key_id in key_ids:
            public = self._keys[key_id].public_key()
            pem = public.public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            ).decode()
            self.google.add_service_account(
                ACCOUNT, client_id="1", private_key_id=key_id, public_key=pem, scopes=scopes
            )

    def _info(self, key_id):
        pem = self._keys[key_id].private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {"client_email": ACCOUNT, "private_key_id": key_id, "private_key": pem.decode(), "token_uri": "x"}

    def minter(self):
        return ServiceAccountMinter(
            self._http,
            self._info("old"),
            clock=CLOCK,
            token_url=f"{self._base_url}/token",
            next_info=self._info("new"),
            choice=self.choice,
        )


@pytest.fixture(scope="module")
def keys():
    return {key_id: rsa.generate_private_key(public_exponent=65537, key_size=2048) for key_id in ("old", "new")}


@pytest.fixture
def site(keys):
    google = GoogleSandbox(clock=CLOCK, seed=1, push=lambda _request: None, allow_http_push=True, short_pages=0)
    google.add_user(ALICE.reveal(), timezone="Europe/Berlin")
    watchdog = Watchdog()
    client = BoundedClient(watchdog=watchdog)
    with ServedSandbox.start(google) as served:
        yield Site(google, served.base_url, client, keys)
    client.close()
    watchdog.close()


def test_a_key_is_changed_without_a_gap(site):
    site.know("old")
    minter = site.minter()
    assert minter.mint(ALICE, Purpose.CALENDAR)  # the new one is not known yet
    assert not site.choice.tries_new(CLOCK.now())
    site.know("new")
    site.google.remove_key(ACCOUNT, "old")
    assert minter.mint(ALICE, Purpose.CALENDAR)  # the old one is not known any more
    assert site.choice.tries_new(CLOCK.now())
    site.google.remove_key(ACCOUNT, "new")
    with pytest.raises(CallError, match="config:google-key-invalid"):
        minter.mint(ALICE, Purpose.CALENDAR)


@pytest.mark.parametrize("missing", EVERYTHING)
def test_a_scope_that_is_not_granted_costs_its_own_purposes_only(site, missing):
    site.know("old", "new", scopes=[scope for scope in EVERYTHING if scope != missing])
    minter = site.minter()
    for purpose in Purpose:
        if missing in SCOPES[purpose]:
            with pytest.raises(CallError, match="config:google-unauthorized-client"):
                minter.mint(ALICE, purpose)
        else:
            assert minter.mint(ALICE, purpose).expires_at > CLOCK.now() + 3000
