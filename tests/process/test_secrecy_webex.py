"""C1 again, of Webex meetings, spaces, notices, devices, the bot and kept tokens."""

from __future__ import annotations

import http.client
from contextlib import ExitStack
from pathlib import Path

import pytest

from hybridcal_daemon.domain.values import DAY, HOUR
from hybridcal_daemon.sandbox.roomdevice import RoomDevice
from hybridcal_daemon.sandbox.server import ServedSandbox
from hybridcal_daemon.shell.demo_play import Play
from hybridcal_daemon.shell.stage import Stage
from tests.process.leaks import found, search_files
from tests.process.test_secrecy import Transcript, keyring_aside, marker, secrets_of

pytestmark = pytest.mark.process

ZOOM = "https://acme.zoom.us/j/12345678901?pwd="


def test_nothing_of_what_webex_is_told_is_anywhere(tmp_path):
    names = {marker("boss").lower(): marker("Nameboss"), marker("mate").lower(): marker("Namemate")}
    with ExitStack() as stack:
        stage = stack.enter_context(Stage(tmp_path, people=names))
        stage.write_config(devices__check='"1 s"')
        stage.webex.set_rotation(rotate=True)
        play, admin = Play(stage, lambda *_: None), Transcript(stage.directory / "admin.sock")
        stage.daemon.start()
        markers = [*meetings(stage, play), *reached(stage, play), *device(stage, play, stack)]
        live = looked_at(stage, admin, markers)
        stage.daemon.kill()
        stage.daemon.start()  # with the tokens that were kept
        play.until("spaces can be used", lambda: permitted(stage, "spaces") == "available")
        assert live + looked_at(stage, admin, markers) == []
        assert len(markers) == 21


def looked_at(stage, admin, markers):
    """Where any of them is."""
    for path in ("/v1/status", "/v1/users", "/v1/rooms", "/v1/devices", "/v1/devices?rooms=true"):
        admin.ask("GET", path)
    boss = next(iter(stage.people.values())).address
    admin.ask("POST", "/v1/users/site", {"address": marker("nobody") + boss, "site": ""})
    admin.ask("POST", "/v1/reload")
    everything = [*markers, *secrets_of(stage), *webex_secrets(stage)]
    process = b"".join(Path(f"/proc/{stage.daemon.pid}/{name}").read_bytes() for name in ("environ", "cmdline"))
    said = b"".join(admin.answers.values()) + metrics(stage) + process
    places = [stage.directory / "state", stage.directory / "daemon.log"]
    return [*search_files(places, keyring_aside(everything, stage)), *found(said, everything)]


def metrics(stage):
    connection = http.client.HTTPConnection("127.0.0.1", stage.metrics_port, timeout=20)
    connection.request("GET", "/metrics")
    body = connection.getresponse().read()
    connection.close()
    assert b"hybridcal" in body
    return body


def permitted(stage, feature):
    return next(each["state"] for each in stage.daemon.admin.status()["webex"] if each["feature"] == feature)


def webex_secrets(stage):
    """What Webex gave out: tokens of all times, keys and PINs of hosts, passwords."""
    world = stage.webex.world
    held = world.meetings.living()
    return [
        *world.tokens,
        *(text for app in world.apps.values() for text in (app.refresh_token, app.client_secret)),
        *(text for one in held for text in (one.link_id, one.number, one.password)),
        *(room.access_code for person in world.people.values() for room in person.rooms.values()),
    ]


def meetings(stage, play):
    """Meetings and spaces of events, with failures on the way; everything that was typed."""
    boss, mate = stage.people.values()
    for person in (boss, mate):
        assert stage.daemon.admin.activate(person.address, 15.0)["state"] == "active"
    own, space, crowd, moved = (marker(what) for what in ("Onetime", "Space", "Crowd", "Moved"))
    guest = f"{marker('guest').lower()}@elsewhere.example"
    faults = (("/v1/meetings$", "ambiguous"), ("/v1/rooms$", "ambiguous"), ("/v1/memberships$", "garbage"))
    for path, kind in faults:
        stage.webex.add_fault({"match": {"method": "POST", "path_regex": path}, "times": 1, "kind": kind})
    guests = [{"email": mate.address}, {"email": guest}]
    made = boss.create(own, play.now + DAY, location="@webex:onetime", attendees=guests)
    boss.create(space, play.now + DAY, location="@meet", attendees=guests)
    many = [{"email": f"{marker('many').lower()}{n}@elsewhere.example"} for n in range(61)]
    boss.create(crowd, play.now + DAY, location="@webex:space", attendees=many)
    play.until("it is held", lambda: own in titles(stage), 40.0)
    play.until("it has a space", lambda: guest in members(stage, space), 40.0)
    play.until("its meeting is held", lambda: any(one.room for one in stage.webex.meetings()), 40.0)
    play.until("the notice", lambda: any(crowd in said.text for said in stage.webex.messages_for(boss.address)))
    boss.change(made["id"], summary=moved)
    play.until("it is renamed", lambda: moved in titles(stage), 40.0)
    people = [text for one in (boss, mate) for text in (one.address, one.name)]
    return [own, space, crowd, moved, guest, many[0]["email"], *people, *(one.link for one in stage.webex.meetings())]


def titles(stage):
    return [one.title for one in stage.webex.meetings()]


def members(stage, title):
    return [address for room in stage.webex.rooms() if room.title == title for address in room.members]


def reached(stage, play):
    """The bot's answers, one of them in vain; what people wrote."""
    _, mate = stage.people.values()
    title, word, stranger = marker("Today"), marker("Chatter"), marker("Stranger")
    mate.create(title, play.now + HOUR, description=f"{ZOOM}{word}")
    play.until("it is listed", lambda: title in [text for _, text in mate.subjects(play.now - DAY, play.now + DAY)])
    stage.webex.add_fault({"match": {"method": "POST", "path_regex": "/v1/messages$"}, "times": 1, "kind": "garbage"})
    stage.webex.say(mate.address, "tomorrow")
    stage.webex.say(mate.address, word)
    stage.webex.add_person(f"{stranger}@elsewhere.example", stranger)
    stage.webex.say(f"{stranger}@elsewhere.example", f"today {stranger}")
    play.until("an answer", lambda: stage.webex.messages_for(mate.address))
    return [title, word, stranger]


def device(stage, play, stack):
    """A device with a password of its own, wrong at first, that refuses once."""
    boss, _ = stage.people.values()
    room, user, right, wrong = stage.rooms["aurora"], marker("User"), marker("Right"), marker("Wrong")
    made = RoomDevice(clock=stage.clock, user=user, password=right)
    served = stack.enter_context(ServedSandbox.start(made))
    admin, title, code = stage.daemon.admin, marker("Shown"), marker("Passcode")
    assert admin.activate(room, 15.0, room=True)["state"] == "active"
    boss.create(title, play.now + HOUR, location=f"{ZOOM}{code}", attendees=[{"email": room, "resource": True}])
    for password, found_out in ((wrong, "device-password"), (right, "")):
        admin.link_devices(room, {"local": [{"url": served.base_url, "user": user, "password": password}]})
        play.until("it was tried", lambda said=found_out: problem(admin) == said)
    play.until("it is shown", lambda: title in [entry["Title"] for entry in made.bookings()])
    return [title, code, user, right, wrong, served.base_url]


def problem(admin):
    codes = [one["problem"].get("code", "") for one in admin.devices(rooms=True, addresses=True)]
    return codes[0] if codes else None
