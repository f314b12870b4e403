"""Two keys of one service account, while the one is being changed for the other."""

import json
import threading
from dataclasses import dataclass
from urllib.parse import parse_qs

import pytest
from google.auth import jwt

from hybridcal_daemon.adapters.google.keychoice import AGAIN, KeyChoice
from hybridcal_daemon.adapters.google.tokens import ServiceAccountMinter
from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import Instant, Plain
from hybridcal_daemon.ports import HttpResponse
from hybridcal_daemon.shell.log_events import misuse

ALICE = Plain("alice@acme.example")
GOOD = {"access_token": "ya29.a", "expires_in": 3599, "token_type": "Bearer"}
UNKNOWN_KEY = ("Invalid JWT Signature.", "Invalid grant: account not found")


@dataclass
class Clock:
    at: float = 1_000.0

    def now(self):
        return Instant(self.at)

    def monotonic(self):
        return self.at


class Log:
    def __init__(self):
        self.lines = []

    def emit(self, level, event, **fields):
        assert not misuse(event, fields)
        self.lines.append((level, event, fields))


class Google:
    """Takes the keys in ``known``; what it says to others is ``says``. ``asked``: the key of each request."""

    def __init__(self):
        self.known = {"old"}
        self.asked = []
        self.says = UNKNOWN_KEY[0]

    def send(self, request):
        assertion = parse_qs(request.body.decode())["assertion"][0]
        key = jwt.decode_header(assertion)["kid"]
        self.asked.append(key)
        answer = GOOD if key in self.known else {"error": "invalid_grant", "error_description": self.says}
        return HttpResponse(status=200 if answer is GOOD else 400, headers={}, body=json.dumps(answer).encode())

    def asked_since(self):
        asked, self.asked = self.asked, []
        return asked


class Scene:
    def __init__(self, key_info):
        self.google, self.clock, self.log = Google(), Clock(), Log()
        self.choice = KeyChoice(self.log)
        self._infos = [{**key_info, "private_key_id": key} for key in ("old", "new")]

    def minter(self):
        old, new = self._infos
        return ServiceAccountMinter(self.google, old, clock=self.clock, next_info=new, choice=self.choice)

    def events(self):
        return [(event, fields["key"]) for _, event, fields in self.log.lines]


@pytest.fixture
def scene(key_info):
    return Scene(key_info)


def minted(minter):
    return minter.mint(ALICE, Purpose.CALENDAR).token.reveal()


def test_the_new_key_is_tried_first(scene):
    scene.google.known.add("new")
    assert minted(scene.minter()) == "ya29.a"
    assert scene.google.asked == ["new"]
    assert scene.events() == []


@pytest.mark.parametrize("says", UNKNOWN_KEY)
def test_a_new_key_that_google_does_not_know_yet_is_passed_over_for_a_while(scene, says):
    scene.google.says = says
    minters = [scene.minter() for _ in range(4)]
    assert {minted(minter) for minter in minters} == {"ya29.a"}
    assert scene.google.asked_since() == ["new", "old", "old", "old", "old"]  # what one learns, all know
    scene.clock.at += AGAIN - 1
    minted(minters[0])
    assert scene.google.asked_since() == ["old"]
    scene.clock.at += 1
    minted(minters[1])
    assert scene.google.asked_since() == ["new", "old"]
    assert scene.events() == [("key.refused", "new")]  # once, however often it is tried


def test_a_new_key_that_has_become_known_is_used_from_then_on(scene):
    minter = scene.minter()
    minted(minter)
    scene.google.known = {"new"}
    scene.clock.at += AGAIN
    scene.google.asked_since()
    assert [minted(minter), minted(minter)] == ["ya29.a", "ya29.a"]
    assert scene.google.asked_since() == ["new", "new"]
    assert scene.events() == [("key.refused", "new"), ("key.accepted", "new")]


def test_an_old_key_that_was_deleted_meanwhile_brings_the_new_one_back_at_once(scene):
    minter = scene.minter()
    minted(minter)
    scene.google.known = {"new"}
    scene.google.asked_since()
    assert minted(minter) == "ya29.a"
    assert scene.google.asked_since() == ["old", "new"]
    assert scene.events()[-1] == ("key.accepted", "new")


def test_when_neither_is_known_that_is_said_and_each_is_asked_once(scene):
    scene.google.known = set()
    for asked in (["new", "old"], ["old", "new"]):
        with pytest.raises(CallError, match="config:google-key-invalid"):
            minted(scene.minter())
        assert scene.google.asked_since() == asked
    assert scene.events() == [("key.refused", "new")]


@pytest.mark.parametrize("says", ["Invalid email or User ID", "Invalid JWT: Failed audience check."])
def test_what_is_not_about_the_key_is_not_asked_again_with_another(scene, says):
    scene.google.known, scene.google.says = set(), says
    with pytest.raises(CallError):
        minted(scene.minter())
    assert scene.google.asked == ["new"]
    assert scene.events() == []


def test_a_clock_that_is_set_back_prolongs_nothing(scene):
    scene.choice.refused("new", "google-key-invalid", Instant(1_000_000.0))
    assert scene.choice.tries_new(Instant(1_000.0))
    assert not scene.choice.tries_new(Instant(1_000_000.0))


def test_many_threads_log_a_change_of_mind_once():
    log = Log()
    choice = KeyChoice(log)
    barrier = threading.Barrier(8)

    def tell():
        barrier.wait(10.0)
        choice.refused("new", "google-key-invalid", Instant(1.0))

    threads = [threading.Thread(target=tell) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10.0)
    assert [event for _, event, _ in log.lines] == ["key.refused"]
