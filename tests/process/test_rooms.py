"""A room's whole life with a real daemon: access given, meetings counted, access and channel given back."""

import pytest

from hybridcal_daemon.domain.values import DAY
from hybridcal_daemon.shell.client import Refused
from hybridcal_daemon.shell.times import rfc3339

pytestmark = pytest.mark.process

RULE = "user:rooms@acme.example"


@pytest.fixture
def room(stage):
    return stage.rooms["aurora"]


@pytest.fixture
def admin(stage):
    stage.daemon.start()
    return stage.daemon.admin


def activate(admin, room):
    view = admin.activate(room, 10.0, room=True)
    assert (view["state"], view["problem"]) == ("active", {})
    return view["user"]


def rules(stage, room):
    return {rule["id"]: rule["role"] for rule in stage.google.rules(room)}


def counted(admin, room):
    return admin.user(room, room=True)["meetings"]


def invites(stage, play, room, title="Standup", at=DAY):
    guests = [{"email": room, "resource": True}]
    return stage.people["alice"].create(title, play.now + at, attendees=guests)


def test_access_meetings_and_everything_given_back(stage, play, admin, room):
    user = activate(admin, room)
    assert rules(stage, room)[RULE] == "writer"
    channels = {channel["id"] for channel in stage.google.channels()}
    assert any(channel.startswith(user) for channel in channels)
    event = invites(stage, play, room)
    play.until("the meeting is counted", lambda: counted(admin, room) == 1)
    stage.people["alice"].delete(event["id"])
    play.until("the meeting is gone", lambda: counted(admin, room) == 0)
    admin.deactivate(room, 20.0, room=True)
    assert RULE not in rules(stage, room)
    assert not [channel for channel in stage.google.channels() if channel["id"].startswith(user)]
    inserts = [entry for entry in stage.google.journal() if entry.operation == "calendar.acl.insert"]
    assert [(entry.query["sendNotifications"], entry.mails) for entry in inserts] == [(["false"], 0)]


def test_a_meeting_that_the_room_declined_is_not_counted(stage, play, admin, room):
    activate(admin, room)
    first = invites(stage, play, room, "First", at=DAY)
    second = invites(stage, play, room, "Too late", at=DAY)
    assert [guest["responseStatus"] for guest in second["attendees"] if guest.get("resource")] == ["declined"]
    play.until("the first is counted", lambda: counted(admin, room) == 1)
    stage.people["alice"].delete(first["id"])
    play.until("the second was never counted", lambda: counted(admin, room) == 0)


def test_rooms_are_off_after_a_reload_without_the_account_and_on_again_after_the_next(stage, play, admin, room):
    activate(admin, room)
    stage.write_config(google__rooms__account='""', google__rooms__owner='""')
    admin.reload()
    play.until("it is said", lambda: admin.user(room, room=True)["problem"].get("code") == "google-rooms-off")
    with pytest.raises(Refused) as refused:
        admin.activate("borealis@resource.acme.example", 5.0, room=True)
    assert refused.value.code == "google-rooms-off"
    assert "google.rooms.account" in refused.value.fix
    stage.write_config(google__rooms__account='"rooms@acme.example"', google__rooms__owner='"admin@acme.example"')
    admin.reload()
    play.until("it is read again", lambda: admin.user(room, room=True)["state"] == "active")


def test_a_reload_with_another_account_takes_the_access_with_it(stage, play, admin, room):
    activate(admin, room)
    stage.google.add_user("concierge@acme.example")
    stage.write_config(google__rooms__account='"concierge@acme.example"')
    admin.reload()
    play.until("the new account has access", lambda: rules(stage, room).get("user:concierge@acme.example") == "writer")
    assert RULE not in rules(stage, room)
    invites(stage, play, room)
    play.until("the meeting is counted", lambda: counted(admin, room) == 1)
    admin.deactivate(room, 20.0, room=True)
    assert "user:concierge@acme.example" not in rules(stage, room)


def test_a_room_is_booked_and_released_by_the_account_that_acts_for_rooms(stage, admin, room):
    activate(admin, room)
    begun = len(stage.google.journal())
    wish = {"title": "Board", "start": "2036-11-30T10:00:00+01:00", "end": "2036-11-30T11:00:00+01:00"}
    made = admin.errand("insert", room, 10.0, wish=wish)
    assert made["state"] == "done", made
    assert admin.errand("delete", room, 10.0, event=made["event"]["id"])["state"] == "done"
    writes = [entry for entry in stage.google.journal(begun) if entry.method in {"POST", "DELETE"}]
    seen = [(entry.operation, entry.subject) for entry in writes if entry.operation.startswith("calendar.events")]
    assert seen == [
        ("calendar.events.insert", "rooms@acme.example"),
        ("calendar.events.delete", "rooms@acme.example"),
    ]
    assert all("aurora%40resource.acme.example" in entry.path for entry in writes)


def test_a_room_is_invited_by_a_person_over_the_admin_socket(stage, play, admin, room):
    activate(admin, room)
    alice = stage.people["alice"]
    assert admin.activate(alice.address, 10.0)["state"] == "active"
    begin = int(play.now) // 3600 * 3600 + int(DAY)
    wish = {"title": "Board", "start": rfc3339(begin), "end": rfc3339(begin + 3600), "rooms": [room]}
    made = admin.errand("insert", alice.address, 10.0, wish=wish)
    (guest,) = [one for one in alice.event(made["event"]["id"])["attendees"] if one.get("resource")]
    assert (guest["email"], guest["responseStatus"]) == (room, "accepted")
    play.until("the meeting is counted", lambda: counted(admin, room) == 1)


def test_an_address_is_a_persons_or_a_rooms(admin, room):
    activate(admin, room)
    for wrong in (lambda: admin.activate(room, 5.0), lambda: admin.user(room), lambda: admin.deactivate(room, 5.0)):
        with pytest.raises(Refused) as refused:
            wrong()
        assert (refused.value.status, refused.value.code) == (409, "activated-as-room")
    assert admin.users(addresses=False) == []
    assert [view["user"][0] for view in admin.users(addresses=False, room=True)] == ["r"]
    assert (admin.status()["users"]["active"], admin.status()["rooms"]["active"]) == (0, 1)


def test_access_that_the_account_had_before_is_put_back(stage, admin, room):
    stage.google.share(room, "reader", value="rooms@acme.example")
    activate(admin, room)
    assert rules(stage, room)[RULE] == "writer"
    admin.deactivate(room, 20.0, room=True)
    assert rules(stage, room)[RULE] == "reader"
