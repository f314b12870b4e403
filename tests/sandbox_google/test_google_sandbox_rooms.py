"""Rooms: calendars that nobody signs in to, and what they answer."""

import pytest
from google_company import ADMIN, ALICE, BOB, ROOM, START, timed

DAY = 86400


def invited(**more):
    return {"attendees": [{"email": ROOM}, {"email": BOB}]} | more


def answer_of(event):
    return next(guest["responseStatus"] for guest in event["attendees"] if guest["email"] == ROOM)


def book(caller, start, end, **more):
    return caller.insert(timed(start, end, **invited(**more))).json


def test_a_free_room_accepts_and_has_the_meeting(google, alice, room):
    made = book(alice, "1T10:00", "1T11:00", summary="Plan")
    entry = made["attendees"][0]
    assert entry == {"email": room, "displayName": "Matterhorn", "resource": True, "responseStatus": "accepted"}
    assert alice.get(made["id"]).json == made
    (copy,) = google.dump_events(room)
    assert (copy["id"], copy["summary"], copy["organizer"]["email"]) == (made["id"], "Plan", ALICE)
    assert copy["attendees"][0]["self"] is True


@pytest.mark.parametrize(
    ("start", "end", "answer"),
    [
        ("1T10:00", "1T11:00", "declined"),
        ("1T10:59", "1T12:00", "declined"),
        ("1T09:00", "1T10:01", "declined"),
        ("1T11:00", "1T12:00", "accepted"),
        ("1T09:00", "1T10:00", "accepted"),
        ("2T10:00", "2T11:00", "accepted"),
    ],
)
def test_a_conflict_is_declined(alice, bob, room, start, end, answer):
    book(alice, "1T10:00", "1T11:00")
    assert answer_of(bob.insert(timed(start, end, attendees=[{"email": room}])).json) == answer


@pytest.mark.usefixtures("room")
def test_a_declined_meeting_does_not_block(alice):
    first = book(alice, "1T10:00", "1T12:00")
    assert answer_of(book(alice, "1T11:00", "1T13:00")) == "declined"
    assert answer_of(book(alice, "1T12:00", "1T13:00")) == "accepted"
    alice.delete(first["id"])
    assert answer_of(book(alice, "1T10:00", "1T11:00")) == "accepted"


@pytest.mark.usefixtures("room")
def test_a_room_answers_again_when_the_meeting_moves(alice):
    book(alice, "1T10:00", "1T11:00")
    made = book(alice, "1T10:30", "1T11:30")
    assert answer_of(made) == "declined"
    assert answer_of(alice.patch(made["id"], {"summary": "x"}).json) == "declined"
    assert answer_of(alice.patch(made["id"], timed("2T10:00", "2T11:00")).json) == "accepted"
    assert answer_of(alice.patch(made["id"], timed("1T10:00", "1T11:00")).json) == "declined"


def test_an_organiser_does_not_answer_for_a_room(alice, room):
    book(alice, "1T10:00", "1T11:00")
    forged = [{"email": room, "responseStatus": "accepted"}]
    made = alice.insert(timed("1T10:00", "1T11:00", attendees=forged)).json
    assert answer_of(made) == "declined"
    assert answer_of(alice.patch(made["id"], {"attendees": forged}).json) == "declined"


def test_a_room_added_or_taken_off_later(google, alice, room):
    made = alice.insert(timed("1T10:00", "1T11:00")).json
    assert answer_of(alice.patch(made["id"], invited()).json) == "accepted"
    alice.patch(made["id"], {"attendees": [{"email": BOB}]})
    assert google.dump_events(room)[0]["status"] == "cancelled"
    assert answer_of(book(alice, "1T10:00", "1T11:00")) == "accepted"


def test_a_room_that_does_not_answer_by_itself(google, alice, room):
    google.add_room(room, name="Matterhorn", timezone="Europe/Zurich", auto_accept=False)
    assert answer_of(book(alice, "1T10:00", "1T11:00")) == "needsAction"


def test_all_day_bookings_fill_days_of_the_rooms_zone(alice, bob, room):
    alice.insert({"start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"}} | invited())
    assert answer_of(bob.insert(timed("1T00:00", "1T01:00", attendees=[{"email": room}])).json) == "declined"
    assert answer_of(bob.insert(timed("2T00:00", "2T01:00", attendees=[{"email": room}])).json) == "accepted"


@pytest.mark.usefixtures("room")
def test_one_conflict_declines_a_series(alice):
    book(alice, "15T10:00", "15T11:00")
    weekly = {"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=4"]}
    assert answer_of(book(alice, "1T10:00", "1T11:00", **weekly)) == "declined"
    assert answer_of(book(alice, "1T11:00", "1T12:00", **weekly)) == "accepted"
    assert answer_of(book(alice, "22T11:30", "22T12:30")) == "declined"


def test_an_occurrence_moved_onto_a_conflict_is_declined_alone(google, alice, room):
    book(alice, "9T15:00", "9T16:00")
    series = book(alice, "1T10:00", "1T11:00", recurrence=["RRULE:FREQ=WEEKLY;COUNT=4"])
    moved = alice.patch(f"{series['id']}_20261208T090000Z", timed("9T15:30", "9T16:30")).json
    assert answer_of(moved) == "declined"
    assert answer_of(alice.get(series["id"]).json) == "accepted"
    renamed = alice.patch(f"{series['id']}_20261215T090000Z", {"summary": "Special"}).json
    assert answer_of(renamed) == "accepted"
    assert len(google.instances(room, START, START + 40 * DAY)) == 5


@pytest.mark.usefixtures("room")
def test_rooms_are_not_mailed(google, alice):
    alice.insert(timed("1T10:00", "1T11:00", **invited()), sendUpdates="all")
    assert google.mails()[0]["to"] == [BOB]


def test_watchers_of_a_room_hear_of_bookings(alice, admin, room, pushes):
    admin.at(room).watch()
    made = book(alice, "1T10:00", "1T11:00")
    alice.delete(made["id"])
    assert [push.headers["X-Goog-Resource-State"] for push in pushes] == ["sync", "exists", "exists"]


# ---- who may look, and write ----------------------------------------------------------------------------------------


def test_nobody_sees_a_room_without_access(alice, room):
    assert alice.at(room).list().status == 404
    assert alice.at(room).rules().status == 404


def test_an_admin_owns_every_room_but_nobody_else(google, alice, admin, room):
    there = admin.at(room)
    assert (there.list().json["accessRole"], there.list().json["summary"]) == ("owner", "Matterhorn")
    assert admin.at(ALICE).list().status == 404
    assert there.grant("reader", ALICE, sendNotifications="false").status == 200
    assert alice.at(room).list().status == 200
    assert there.revoke(f"user:{ALICE}").status == 204
    assert alice.at(room).list().status == 404
    google.add_user(ADMIN, admin=False)
    assert there.list().status == 404


def test_an_admin_gives_and_gives_back_their_own_rule(admin, room):
    there = admin.at(room)
    assert there.rule(f"user:{ADMIN}").status == 404
    assert there.grant("writer", ADMIN).json["role"] == "writer"
    assert there.grant("owner", ADMIN).json["role"] == "owner"
    assert there.revoke(f"user:{ADMIN}").status == 204
    assert there.list().json["accessRole"] == "owner"


def test_a_private_meeting_is_stripped_on_the_rooms_calendar(google, alice, bob, room):
    google.share(room, "reader", value="eve@partner.example")
    google.share(room, "reader", scope="domain", value="acme.example")
    there = bob.at(room)
    made = alice.insert(timed("1T10:00", "1T11:00", summary="Merger", attendees=[{"email": room}])).json
    assert there.get(made["id"]).json["summary"] == "Merger"
    _, token = there.everything()
    alice.patch(made["id"], {"visibility": "private"})
    ((copy),) = there.everything(syncToken=token)[0]
    assert (copy["visibility"], copy.keys() & {"summary", "attendees", "organizer"}) == ("private", set())
    assert alice.at(room).get(made["id"]).json["summary"] == "Merger"


def test_a_manager_releases_a_room(alice, admin, room):
    made = book(alice, "1T10:00", "1T11:00")
    there = admin.at(room)
    assert there.patch(made["id"], {"summary": "x"}).reason == "forbiddenForNonOrganizer"
    own = {"attendees": [{"email": room, "responseStatus": "declined"}], "attendeesOmitted": True}
    assert there.patch(made["id"], own).status == 200
    assert answer_of(alice.get(made["id"]).json) == "declined"
    assert answer_of(book(alice, "1T10:00", "1T11:00")) == "accepted"


def test_deleting_on_the_rooms_calendar_declines(alice, admin, room):
    made = book(alice, "1T10:00", "1T11:00")
    assert admin.at(room).delete(made["id"]).status == 204
    assert answer_of(alice.get(made["id"]).json) == "declined"
    assert admin.at(room).list().json["items"] == []


def test_a_room_booked_on_its_own_calendar(alice, admin, room):
    made = admin.at(room).insert(timed("1T10:00", "1T11:00", summary="Cleaning")).json
    assert made["organizer"] == {"email": room, "displayName": "Matterhorn", "self": True}
    assert made["creator"] == {"email": ADMIN}
    assert answer_of(book(alice, "1T10:00", "1T11:00")) == "declined"


def test_nobody_acts_as_a_room(google, robot, room):
    robot.register(google)
    answer = robot.exchange(google, robot.assertion(sub=room))
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
    with pytest.raises(KeyError):
        google.person_token(room)


def test_mistakes_about_rooms_are_told(google, room):
    for address, zone in ((ALICE, "UTC"), ("room", "UTC"), ("other@resource.acme.example", "Mars/Base")):
        with pytest.raises(ValueError, match=r"address|zone"):
            google.add_room(address, name="x", timezone=zone)
    with pytest.raises(ValueError, match="not both"):
        google.add_user(room)


def test_a_room_may_be_changed(google, room):
    google.add_room(room.upper(), name="Eiger", timezone="UTC", auto_accept=False)
    assert google.rooms() == [{"address": room, "name": "Eiger", "timezone": "UTC", "auto_accept": False}]
