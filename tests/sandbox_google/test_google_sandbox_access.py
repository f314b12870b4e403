"""Calendars other than one's own."""

import pytest
from google_company import ALICE, AUTH, BOB, EVE, Caller, timed

SECRET = {"summary": "Merger", "description": "very", "location": "here", "visibility": "private"}
ROLES = ["none", "freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner"]


@pytest.fixture
def shared(google, bob):
    """Bob at Alice's calendar with a role."""

    def shared(role, **scope):
        google.share(ALICE, role, **({"value": BOB} | scope))
        return bob.at(ALICE)

    return shared


@pytest.mark.parametrize(
    ("role", "read", "write", "rules", "share"),
    [
        ("none", 404, 404, 404, 404),
        ("freeBusyReader", 403, 403, 403, 403),
        ("reader", 200, 403, 403, 403),
        ("writerWithoutPrivateAccess", 200, 200, 403, 403),
        ("writer", 200, 200, 200, 403),
        ("owner", 200, 200, 200, 200),
    ],
)
def test_what_each_role_may_do(alice, shared, role, read, write, rules, share):
    made = alice.insert(timed("1T10:00", "1T11:00")).json["id"]
    there = shared(role)
    assert {there.list().status, there.get(made).status, there.watch().status} == {read}
    answers = [there.insert(timed("2T10:00", "2T11:00")), there.patch(made, {"summary": "x"}), there.quick("Lunch")]
    assert {answer.status for answer in answers} == {write}
    assert there.delete(made).status == (204 if write == 200 else write)
    assert {there.rules().status, there.rule(f"user:{ALICE}").status} == {rules}
    assert there.grant("reader", EVE).status == share


@pytest.mark.parametrize(("asked", "needed"), [("list", "reader"), ("insert", "writer"), ("grant", "owner")])
def test_too_low_a_role_is_told_in_googles_words(shared, asked, needed):
    there = shared("freeBusyReader")
    argument = {"list": [], "insert": [{}], "grant": ["reader"]}[asked]
    answer = getattr(there, asked)(*argument)
    assert (answer.status, answer.reason) == (403, "requiredAccessLevel")
    assert answer.message.startswith(f"You need to have {needed}")
    assert answer.json["error"]["errors"][0]["domain"] == "calendar"


@pytest.mark.parametrize(
    ("scope", "role"),
    [
        ({"scope": "user", "value": "BOB@acme.example"}, "reader"),
        ({"scope": "domain", "value": "acme.example"}, "reader"),
        ({"scope": "default", "value": ""}, "reader"),
        ({"scope": "domain", "value": "partner.example"}, None),
        ({"scope": "domain", "value": "cme.example"}, None),
        ({"scope": "group", "value": "all@acme.example"}, None),
        ({"scope": "user", "value": EVE}, None),
    ],
)
def test_whom_a_rule_is_about(shared, scope, role):
    answer = shared("reader", **scope).list()
    assert answer.status == (200 if role else 404)
    assert role is None or answer.json["accessRole"] == role


def test_the_widest_of_several_rules_counts(google, shared):
    there = shared("freeBusyReader")
    google.share(ALICE, "writer", scope="domain", value="acme.example")
    assert there.list().json["accessRole"] == "writer"
    google.share(ALICE, "none", scope="domain", value="acme.example")
    assert there.list().status == 403


def test_the_list_says_whose_it_is(alice, shared):
    mine, theirs = alice.list().json, shared("reader").list().json
    assert (mine["summary"], mine["accessRole"], len(mine["defaultReminders"])) == (ALICE, "owner", 1)
    assert (theirs["summary"], theirs["accessRole"], theirs["defaultReminders"]) == (ALICE, "reader", [])


@pytest.mark.parametrize("role", ROLES[2:])
def test_private_events_are_stripped_below_writer(alice, shared, role):
    body = timed("1T10:00", "1T11:00", attendees=[{"email": EVE}], **SECRET)
    made = alice.insert(body | {"extendedProperties": {"shared": {"a": "1"}}}).json
    open_ = alice.insert(timed("2T10:00", "2T11:00", summary="Open")).json
    there = shared(role)
    listed = {item["id"]: item for item in there.list().json["items"]}
    hidden = role not in {"writer", "owner"}
    assert listed[made["id"]] == there.get(made["id"]).json
    details = {"summary", "description", "location", "attendees", "organizer", "creator", "extendedProperties"}
    assert listed[made["id"]].keys() & details == (set() if hidden else details)
    assert listed[made["id"]]["start"] == made["start"]
    assert listed[made["id"]]["visibility"] == "private"
    assert listed[open_["id"]]["summary"] == "Open"
    assert len(there.list(q="merger").json["items"]) == (0 if hidden else 1)


def test_occurrences_of_a_private_series_are_stripped_too(alice, shared):
    made = alice.insert(timed("1T10:00", "1T11:00", recurrence=["RRULE:FREQ=DAILY;COUNT=3"], **SECRET)).json
    there = shared("reader")
    assert ["summary" in item for item in there.list(singleEvents="true").json["items"]] == [False] * 3
    occurrence = there.get(f"{made['id']}_20261202T090000Z").json
    assert ("summary" in occurrence, occurrence["recurringEventId"]) == (False, made["id"])
    assert [item["summary"] for item in alice.list(singleEvents="true").json["items"]] == ["Merger"] * 3


def test_participants_see_their_private_events_everywhere(alice, shared):
    made = alice.insert(timed("1T10:00", "1T11:00", attendees=[{"email": BOB}], **SECRET)).json
    assert shared("reader").get(made["id"]).json["summary"] == "Merger"


def test_what_may_not_be_read_may_not_be_written(alice, shared):
    made = alice.insert(timed("1T10:00", "1T11:00", **SECRET)).json["id"]
    there = shared("writerWithoutPrivateAccess")
    assert there.patch(made, {"summary": "x"}).reason == "requiredAccessLevel"
    assert there.delete(made).reason == "requiredAccessLevel"
    assert alice.get(made).json["summary"] == "Merger"


def test_an_event_made_elsewhere_belongs_to_that_calendar(alice, shared):
    made = shared("writer").insert(timed("1T10:00", "1T11:00")).json
    assert made["organizer"] == {"email": ALICE, "displayName": "Alice Doe", "self": True}
    assert made["creator"] == {"email": BOB}
    assert alice.get(made["id"]).json == made
    assert alice.patch(made["id"], {"summary": "mine"}).status == 200


def test_sync_and_push_of_a_shared_calendar(alice, shared, pushes):
    there = shared("reader")
    _, token = there.everything()
    assert there.watch().status == 200
    made = alice.insert(timed("1T10:00", "1T11:00")).json["id"]
    assert [item["id"] for item in there.everything(syncToken=token)[0]] == [made]
    assert [push.headers["X-Goog-Resource-State"] for push in pushes] == ["sync", "exists"]


def test_scopes_for_owned_calendars_open_no_other(google, shared):
    shared("writer")
    narrow = Caller(google, google.person_token(BOB, [f"{AUTH}calendar.events.owned"]))
    assert narrow.list().status == 200
    assert narrow.at(ALICE).list().reason == "insufficientPermissions"
    google.share(ALICE, "owner", value=BOB)
    assert narrow.at(ALICE).list().status == 200


def test_a_calendar_without_the_service_is_not_there(google, shared):
    there = shared("reader")
    google.add_user(ALICE, calendar=False)
    assert there.list().status == 404
