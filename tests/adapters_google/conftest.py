"""Google with a hand-written wire: what was asked is kept, what is answered is given."""

import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hybridcal_daemon.adapters.google import GoogleCalendar, GoogleSettings
from hybridcal_daemon.ports import HttpResponse


class Wire:
    """An HttpClient that answers from a list (a response, or an exception to raise)."""

    def __init__(self):
        self.asked = []
        self.answers = []

    def answer(self, status=200, body=b"", **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append(HttpResponse(status=status, headers=names, body=content))

    def send(self, request):
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def wire():
    wire = Wire()
    yield wire
    assert wire.answers == [], "an answer that nobody asked for"


@pytest.fixture
def google(wire):
    return GoogleCalendar(wire, GoogleSettings(push_url="https://push.acme.example/google/push"))


@pytest.fixture(scope="session")
def private_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def key_info(private_key):
    """A service-account key as Google's console gives it."""
    pem = private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "type": "service_account",
        "project_id": "acme",
        "private_key_id": "key-1",
        "private_key": pem.decode(),
        "client_email": "calendar@acme.iam.gserviceaccount.example",
        "client_id": "100000000000000000001",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
