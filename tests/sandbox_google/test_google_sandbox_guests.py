"""One meeting on several calendars."""

import pytest
from google_company import ALICE, BOB, EVE, timed


@pytest.fixture
def meeting(alice):
    guests = [{"email": BOB}, {"email": "Guest@Other.Example", "displayName": "Guest"}]
    return alice.insert(timed("1T10:00", "1T11:00", summary="Plan", attendees=guests)).json


def answer(caller, event_id, status, **more):
    own = {"email": BOB, "responseStatus": status} | more
    return caller.patch(event_id, {"attendees": [own], "attendeesOmitted": True})


def test_a_guest_has_a_copy_of_their_own(alice, bob, meeting):
    (copy,) = bob.list().json["items"]
    assert (copy["id"], copy["iCalUID"]) == (meeting["id"], meeting["iCalUID"])
    assert copy["organizer"] == {"email": ALICE, "displayName": "Alice Doe"}
    assert copy["attendees"] == [
        {"email": BOB, "displayName": "Bob Roe", "responseStatus": "needsAction", "self": True},
        {"email": "guest@other.example", "displayName": "Guest", "responseStatus": "needsAction"},
    ]
    assert copy["start"] == {"dateTime": "2026-12-01T04:00:00-05:00", "timeZone": "Europe/Zurich"}
    assert "self" not in alice.get(meeting["id"]).json["attendees"][0]


def test_the_organisers_changes_reach_every_copy(alice, bob, meeting):
    _, token = bob.everything()
    before = bob.get(meeting["id"]).json
    alice.patch(meeting["id"], {"summary": "New"})
    ((copy),) = bob.everything(syncToken=token)[0]
    assert copy["summary"] == "New"
    assert copy["etag"] != before["etag"]


@pytest.mark.parametrize(
    "change",
    [{"summary": "x"}, {"summary": "Plan"}, {"description": "x"}, {"location": None}, timed("2T10:00", "2T11:00")],
)
def test_a_guest_may_not_change_what_is_shared(bob, meeting, change):
    refused = bob.patch(meeting["id"], change)
    assert (refused.status, refused.reason) == (403, "forbiddenForNonOrganizer")
    assert refused.json["error"]["errors"][0]["domain"] == "calendar"


def test_a_guest_may_when_guests_can_modify(alice, bob, meeting):
    alice.patch(meeting["id"], {"guestsCanModify": True})
    assert bob.patch(meeting["id"], {"summary": "Bob's"}).status == 200
    assert alice.get(meeting["id"]).json["summary"] == "Bob's"


def test_private_fields_stay_private(alice, bob, meeting):
    mine = {"extendedProperties": {"private": {"a": "1"}}, "colorId": "3", "transparency": "transparent"}
    copy = bob.patch(meeting["id"], mine).json
    assert (copy["colorId"], copy["transparency"]) == ("3", "transparent")
    assert alice.get(meeting["id"]).json == meeting


@pytest.mark.parametrize("whole", [True, False])
def test_an_answer_reaches_the_organiser(alice, bob, meeting, whole):
    _, token = alice.everything()
    if whole:
        attendees = bob.get(meeting["id"]).json["attendees"]
        attendees[0]["responseStatus"] = "accepted"
        assert bob.patch(meeting["id"], {"attendees": attendees}).status == 200
    else:
        assert answer(bob, meeting["id"], "accepted", comment="fine").status == 200
    ((copy),) = alice.everything(syncToken=token)[0]
    assert [guest["responseStatus"] for guest in copy["attendees"]] == ["accepted", "needsAction"]


def test_a_guest_may_not_answer_for_others_or_remove_them(bob, meeting):
    attendees = bob.get(meeting["id"]).json["attendees"]
    others = [attendees[0], attendees[1] | {"responseStatus": "declined"}]
    assert bob.patch(meeting["id"], {"attendees": others}).status == 403
    assert bob.patch(meeting["id"], {"attendees": attendees[:1]}).status == 403
    assert bob.patch(meeting["id"], {"attendees": []}).status == 403
    assert bob.patch(meeting["id"], {"attendees": [{"email": EVE}], "attendeesOmitted": True}).status == 400


def test_guests_may_invite_unless_forbidden(alice, bob, eve, meeting):
    attendees = bob.get(meeting["id"]).json["attendees"]
    assert bob.patch(meeting["id"], {"attendees": [*attendees, {"email": EVE}]}).status == 200
    assert len(eve.list().json["items"]) == 1
    alice.patch(meeting["id"], {"guestsCanInviteOthers": False})
    attendees = bob.get(meeting["id"]).json["attendees"]
    assert bob.patch(meeting["id"], {"attendees": [*attendees, {"email": "n@n.example"}]}).status == 403


def test_an_organiser_outside_invites(bob, eve):
    made = eve.insert(timed("1T10:00", "1T11:00", attendees=[{"email": BOB}])).json
    copy = bob.get(made["id"]).json
    assert copy["organizer"] == {"email": EVE}
    assert bob.patch(made["id"], {"description": "x"}).reason == "forbiddenForNonOrganizer"


def test_cancelling_reaches_every_copy(alice, bob, meeting):
    _, token = bob.everything()
    alice.delete(meeting["id"])
    ((copy),) = bob.everything(syncToken=token)[0]
    assert copy["status"] == "cancelled"
    assert bob.list().json["items"] == []


def test_who_is_taken_off_the_list_loses_the_copy_and_may_come_back(alice, bob, meeting):
    _, token = bob.everything()
    alice.patch(meeting["id"], {"attendees": []})
    ((copy),) = bob.everything(syncToken=token)[0]
    assert set(copy) == {"kind", "etag", "id", "status"}
    _, token = bob.everything()
    alice.patch(meeting["id"], {"summary": "without Bob"})
    assert bob.everything(syncToken=token)[0] == []
    alice.patch(meeting["id"], {"attendees": [{"email": BOB}]})
    ((copy),) = bob.everything(syncToken=token)[0]
    assert (copy["id"], copy["summary"]) == (meeting["id"], "without Bob")


def test_a_guests_delete_declines(alice, bob, meeting):
    assert bob.delete(meeting["id"]).status == 204
    assert bob.list().json["items"] == []
    assert bob.get(meeting["id"]).json["summary"] == "Plan"
    attendees = alice.get(meeting["id"]).json["attendees"]
    assert attendees[0]["responseStatus"] == "declined"
    assert bob.delete(meeting["id"]).status == 410
    alice.patch(meeting["id"], {"summary": "still without Bob"})
    assert bob.list().json["items"] == []


def test_max_attendees_leaves_the_participant(bob, meeting):
    cut = bob.get(meeting["id"], maxAttendees=1).json
    assert cut["attendeesOmitted"] is True
    assert [guest["email"] for guest in cut["attendees"]] == [BOB]
    assert "attendeesOmitted" not in bob.get(meeting["id"], maxAttendees=2).json


def test_hidden_guest_lists(alice, bob, meeting):
    alice.patch(meeting["id"], {"guestsCanSeeOtherGuests": False})
    assert [guest["email"] for guest in bob.get(meeting["id"]).json["attendees"]] == [BOB]
    assert len(alice.get(meeting["id"]).json["attendees"]) == 2


def test_resources_stay_what_they_were_when_added(alice, meeting):
    room = {"email": "room@resource.example", "resource": True}
    alice.patch(meeting["id"], {"attendees": [room, {"email": BOB}]})
    swapped = [{"email": room["email"]}, {"email": BOB, "resource": True}]
    after = alice.patch(meeting["id"], {"attendees": swapped}).json["attendees"]
    assert [guest.get("resource", False) for guest in after] == [True, False]


def test_the_same_client_id_of_two_organisers_does_not_collide_on_a_guest(alice, bob, eve):
    body = timed("1T10:00", "1T11:00", id="abcdef", attendees=[{"email": BOB}])
    assert alice.insert(body).status == 200
    assert eve.insert(body).status == 200
    assert len(bob.list().json["items"]) == 2
