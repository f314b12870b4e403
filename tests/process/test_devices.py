"""A room with devices, one behind Webex and one on the own network, with a real daemon."""

import pytest

from hybridcal_daemon.domain.values import HOUR
from hybridcal_daemon.sandbox.roomdevice import RoomDevice
from hybridcal_daemon.sandbox.server import ServedSandbox

pytestmark = pytest.mark.process

ZOOM = "https://acme.zoom.us/j/12345678901"


@pytest.fixture
def room(stage):
    return stage.rooms["aurora"]


@pytest.fixture
def admin(stage, room):
    stage.write_config(devices__check='"1 s"')
    stage.daemon.start()
    assert stage.daemon.admin.activate(room, 10.0, room=True)["state"] == "active"
    return stage.daemon.admin


def invites(stage, play, room, title, at=HOUR, **more):
    guests = [{"email": room, "resource": True}]
    return stage.people["alice"].create(title, play.now + at, attendees=guests, **more)


def titles(bookings):
    return {entry["Title"]: entry["Protocol"] for entry in bookings}


def test_a_device_shows_the_rooms_meetings_with_join_whatever_happens_to_it(stage, play, admin, room):
    device = stage.webex.add_device("Bar", workspace=stage.webex.add_workspace("Aurora"))
    (found,) = admin.found_devices()
    assert (found["name"], found["devices"][0]["device"]) == ("Aurora", device)
    event = invites(stage, play, room, "Design review", location=ZOOM)
    talk = invites(stage, play, room, "Talk", at=2 * HOUR)
    admin.link_devices(room, {"workspace": "Aurora"})
    wanted = {"Design review": "SIP", "Talk": "None"}
    play.until("Join is on the device", lambda: titles(stage.webex.bookings(device)) == wanted)
    (first, _) = stage.webex.bookings(device)
    assert (first["Number"], first["MeetingPlatform"]) == ("12345678901@zoomcrc.com", "Zoom")
    stage.webex.reboot(device)
    play.until("the list is back", lambda: titles(stage.webex.bookings(device)) == wanted)
    stage.people["alice"].delete(event["id"])
    play.until("it is taken off", lambda: titles(stage.webex.bookings(device)) == {"Talk": "None"})
    stage.webex.go_offline(device)
    play.until("that is seen", lambda: problem(admin) == "device-offline")
    stage.people["alice"].delete(talk["id"])
    stage.webex.come_online(device)
    play.until("it is right again", lambda: stage.webex.bookings(device) == [])
    admin.unlink_devices(room)
    play.until("it shows nobody's", lambda: admin.devices(rooms=True, addresses=False) == [])


def problem(admin):
    """What is wrong with the one device; None while there is none."""
    codes = [one["problem"].get("code", "") for one in admin.devices(rooms=True, addresses=True)]
    return codes[0] if codes else None


def test_a_device_on_the_own_network_keeps_confidential_titles_out(stage, play, admin, room):
    device = RoomDevice(clock=stage.clock, user="calendar", password="secret")
    with ServedSandbox.start(device) as served:
        local = {"url": served.base_url, "user": "calendar", "password": "wrong"}
        admin.link_devices(room, {"local": [local]})
        play.until("the password is refused", lambda: problem(admin) == "device-password")
        admin.link_devices(room, {"local": [{**local, "password": "secret"}]})
        invites(stage, play, room, "Merger", location=ZOOM, visibility="private")
        play.until("it is shown", lambda: titles(device.bookings()) == {"Private meeting": "SIP"})
        assert problem(admin) == ""
        admin.deactivate(room, 20.0, room=True)
        assert device.bookings() == []
    assert "secret" not in (stage.directory / "daemon.log").read_text()
