"""A small company in the stand-in, and callers for its people."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from google_company import ADMIN, ALICE, BOB, EVE, ROOM, Caller, ManualClock, Robot

from hybridcal_daemon.sandbox.google.service import GoogleSandbox


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def pushes():
    return []


@pytest.fixture
def make(clock, pushes):
    def make(**options):
        sandbox = GoogleSandbox(**{"clock": clock, "seed": 7, "push": pushes.append, "short_pages": 0.0} | options)
        sandbox.add_user(ALICE, name="Alice Doe", timezone="Europe/Zurich")
        sandbox.add_user(BOB, name="Bob Roe", timezone="America/New_York")
        sandbox.add_user(EVE, external=True)
        return sandbox

    return make


@pytest.fixture
def google(make):
    return make()


@pytest.fixture
def alice(google):
    return Caller(google, google.person_token(ALICE))


@pytest.fixture
def bob(google):
    return Caller(google, google.person_token(BOB))


@pytest.fixture
def eve(google):
    return Caller(google, google.person_token(EVE))


@pytest.fixture
def admin(google):
    google.add_user(ADMIN, name="Ann Admin", timezone="Europe/Zurich", admin=True)
    return Caller(google, google.person_token(ADMIN))


@pytest.fixture
def room(google):
    google.add_room(ROOM, name="Matterhorn", timezone="Europe/Zurich")
    return ROOM


@pytest.fixture(scope="session")
def signing_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def robot(signing_key, clock):
    return Robot(signing_key, clock)
