"""C1: no meeting text, name, address, token or key in any file, log, process table or admin answer."""

from __future__ import annotations

import base64
import http.client
import json
import re
import secrets
import socket
from contextlib import suppress
from pathlib import Path
from typing import cast

import pytest

from hybridcal_daemon.domain.values import DAY
from hybridcal_daemon.shell.client import Refused
from hybridcal_daemon.shell.demo_play import Play, soon
from hybridcal_daemon.shell.stage import DOMAIN, Stage
from hybridcal_daemon.shell.stage_people import Person
from hybridcal_daemon.shell.times import rfc3339
from tests.process.leaks import forms, found, search_files

pytestmark = pytest.mark.process


def marker(what: str) -> str:
    return f"Mk{what}{secrets.token_hex(8)}"


class Transcript:
    """Speaks to the admin socket and keeps every byte of the answers."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answers: dict[str, bytes] = {}

    def ask(self, method: str, path: str, body: object = None) -> None:
        connection = http.client.HTTPConnection("d", timeout=20)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(20)
        connection.sock.connect(str(self.path))
        connection.request(method, path, None if body is None else json.dumps(body))
        answer = connection.getresponse()
        self.answers[f"{method} {path}"] = str(answer.headers).encode() + answer.read()
        connection.close()


def secrets_of(stage: Stage) -> list[str]:
    """Every secret that the daemon was given or made."""
    account = json.loads((stage.directory / "service-account.json").read_text())
    keyring = json.loads((stage.directory / "state" / "keyring.json").read_text())
    files = [(stage.directory / name).read_text() for name in ("bot-token", "app-secret", "app-refresh-token")]
    lines = account["private_key"].splitlines()[1:-1]
    people = [token for person in stage.people.values() for token in (person.webex_token, person.google_token)]
    return [*files, *lines, *people, *strings(keyring, least=32)]


def strings(value: object, least: int) -> list[str]:
    match value:
        case str():
            return [value] if len(value) >= least else []
        case dict():
            return [text for part in value.values() for text in strings(part, least)]
        case list():
            return [text for part in value for text in strings(part, least)]
    return []


def titles(person: Person, now: float) -> list[str]:
    return [title for _, title in person.subjects(now - DAY, now + DAY)]


def test_nothing_sensitive_is_anywhere(tmp_path):
    names = {marker("boss").lower(): marker("Nameboss"), marker("mate").lower(): marker("Namemate")}
    title, body, place = marker("Title"), marker("Body"), marker("Place")
    guest = f"{marker('guest').lower()}@elsewhere.example"
    with Stage(tmp_path, people=names) as stage:
        boss, mate = stage.people.values()
        stage.daemon.start()
        admin = Transcript(stage.daemon.socket)
        play = Play(stage, lambda *_: None)
        for person in (boss, mate):
            assert stage.daemon.admin.activate(person.address, 10.0)["state"] == "active"
        made = boss.create(
            title,
            soon(play, 2.0),
            location=f"@webex {place}",
            description=f"{body} <b>with</b> umlaut ä {body}",
            attendees=[{"email": mate.address, "displayName": mate.name}, {"email": guest}],
        )
        play.until("cards", lambda: stage.webex.messages_for(mate.address))
        links = re.findall(r"[\w.-]+/meet/[\w.-]+", boss.event(made["id"])["description"])
        room = links[0]
        play.until("listed", lambda: title in [t for _, t in mate.subjects(play.now - DAY, play.now + DAY)])
        boss.create(f"{title} second", play.now + DAY, recurrence=["RRULE:FREQ=DAILY;COUNT=5"], location=place)
        stage.google.set_vacation(mate.address, {"enableAutoReply": True, "responseSubject": body})
        play.until("away", lambda: boss.sees(mate.address) == "OutOfOffice")
        stage.google.add_fault({"match": {"method": "GET", "path_regex": "/events$"}, "times": 2, "kind": "garbage"})
        stage.google.expire_sync_tokens(boss.address)
        boss.change(made["id"], summary=f"{title} third")
        play.until("after a fault", lambda: f"{title} third" in titles(mate, play.now))
        for call in (("GET", "/v1/status"), ("GET", "/v1/users"), ("POST", "/v1/reload")):
            admin.ask(*call)
        admin.ask("POST", "/v1/users/resync", {"address": mate.address})
        admin.ask("DELETE", "/v1/users", {"address": marker("nobody") + f"@{DOMAIN}"})
        typed = errands(stage, boss, guest)
        play.until("the errand is listed", lambda: typed[0] in titles(mate, play.now + DAY))
        environment = Path(f"/proc/{stage.daemon.pid}/environ").read_bytes()
        command = Path(f"/proc/{stage.daemon.pid}/cmdline").read_bytes()
        markers = [title, body, place, guest, room, *(p.address for p in (boss, mate)), *(p.name for p in (boss, mate))]
        markers += [*typed, *secrets_of(stage)]
        live = search_files([stage.directory / "state", stage.directory / "daemon.log"], keyring_aside(markers, stage))
        stage.daemon.kill()  # what is left in the WAL stays
        left = search_files([stage.directory / "state", stage.directory / "daemon.log"], keyring_aside(markers, stage))
        assert live + left == []
        assert found(environment + command, markers) == []
        assert found(b"".join(admin.answers.values()), markers) == []
        assert len(markers) > 30
        assert sum(path.stat().st_size for path in (stage.directory / "state").iterdir()) > 50_000


def errands(stage: Stage, boss: Person, guest: str) -> list[str]:
    """Ask for things, some of them in vain; gives everything that was typed."""
    title, sentence, key = marker("Errand"), marker("Sentence"), marker("Key")
    begin = stage.clock.now() + DAY
    times = {"start": rfc3339(begin), "end": rfc3339(begin + 1800)}
    mate = next(person.address for person in stage.people.values() if person is not boss)
    wish = {"title": title, **times, "description": marker("Errandbody"), "guests": [mate, guest]}
    ask = stage.daemon.admin.errand
    made = ask("insert", boss.address, 20.0, wish=wish, key=key)
    ask("quick-add", boss.address, 20.0, wish={"text": f"{sentence} tomorrow 10am"}, key=f"{key}2")
    ask("respond", mate, 20.0, event=cast("dict[str, str]", made["event"])["id"], wish={"response": "accepted"})
    ask("free-busy", boss.address, 20.0, wish={**times, "calendars": [mate, guest]})
    stage.google.add_fault({"match": {"path_regex": "/quickAdd$"}, "kind": "ambiguous", "status": 503})
    with suppress(Refused):
        ask("quick-add", boss.address, 20.0, wish={"text": f"{sentence} in vain"}, key=f"{key}3")
    return [title, wish["description"], sentence, key]


def keyring_aside(markers: list[str], stage: Stage) -> list[str]:
    """The keyring file itself holds the keys; it is moved out of the searched directory's way by not being a marker
    for itself: everything else in the directory is still searched for it below."""
    keyring = stage.directory / "state" / "keyring.json"
    kept = keyring.read_bytes()
    own = [text for text in markers if text.encode() in kept]
    others = [path for path in (stage.directory / "state").rglob("*") if path.is_file() and path != keyring]
    assert search_files([*others, stage.directory / "daemon.log"], own) == []
    return [text for text in markers if text not in own]


@pytest.mark.parametrize("name", [name for name, _ in forms("x" * 24)])
def test_the_search_finds_a_planted_marker_in_each_encoding(tmp_path, name):
    secret = marker("Planted")
    (tmp_path / "file").write_bytes(b"abc" + dict(forms(secret))[name] + b"xyz")
    assert name in {kind for _, _, kind in search_files([tmp_path], [secret])}


@pytest.mark.parametrize("before", range(3))
def test_the_search_finds_base64_of_a_longer_text_whatever_the_phase(tmp_path, before):
    secret = marker("Planted")
    (tmp_path / "file").write_bytes(base64.b64encode(b"p" * before + secret.encode() + b"tail"))
    assert search_files([tmp_path], [secret])
