"""insert, get, patch, delete of single events on one calendar."""

import pytest
from google_company import ALICE, BOB, ELSEWHERE, timed


@pytest.fixture
def event(alice):
    return alice.insert(timed("1T10:00", "1T11:00", summary="Plan", location="@webex")).json


# ---- insert ---------------------------------------------------------------------------------------------------------


def test_an_inserted_event_is_as_google_gives_it(alice, event, clock):
    assert event["status"] == "confirmed"
    assert event["creator"] == {"email": ALICE, "self": True}
    assert event["organizer"] == {"email": ALICE, "displayName": "Alice Doe", "self": True}
    assert event["iCalUID"] == f"{event['id']}@google.com"
    assert event["etag"] == f'"{int(clock.now() * 1_000_000) * 2}"'
    assert event["updated"] == event["created"] == "2026-11-30T10:00:00.000Z"
    assert event["start"] == {"dateTime": "2026-12-01T10:00:00+01:00", "timeZone": "Europe/Zurich"}
    assert event["eventType"] == "default"
    assert not {"transparency", "visibility", "attendees", "recurrence", "guestsCanModify"} & set(event)
    assert alice.get(event["id"]).json == event
    assert alice.get(event["id"]).headers["etag"] == event["etag"]


def test_client_ids_are_idempotency_keys(alice):
    body = timed("1T10:00", "1T11:00", id="0123456789abcdefv")
    assert alice.insert(body).json["id"] == body["id"]
    assert (alice.insert(body).status, alice.insert(body).reason) == (409, "duplicate")
    alice.delete(body["id"])
    assert alice.insert(body).status == 409


@pytest.mark.parametrize("event_id", ["abcd", "ABCDE", "w1234", "abc-def", "abc_20261201", ""])
def test_client_ids_have_an_alphabet(alice, event_id):
    assert alice.insert(timed("1T10:00", "1T11:00", id=event_id)).status == 400


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"end": None}, "required"),
        ({"start": {}}, "required"),
        ({"start": {"dateTime": "2026-12-01T11:00:00+01:00"}}, "timeRangeEmpty"),
        ({"start": {"dateTime": "2026-12-01T12:00:00+01:00"}}, "timeRangeEmpty"),
        ({"start": {"date": "2026-12-01"}}, "invalid"),
        ({"start": {"date": "2026-12-01", "dateTime": "2026-12-01T10:00:00Z"}}, "invalid"),
        ({"start": {"dateTime": "2026-12-01T10:00:00"}}, "required"),
        ({"start": {"dateTime": "tomorrow"}}, "invalid"),
        ({"start": {"dateTime": "9999-12-31T23:59:59-12:00"}}, "invalid"),
        ({"start": {"date": "2026-12-32"}, "end": {"date": "2026-12-33"}}, "invalid"),
        ({"start": {"date": "20261201"}, "end": {"date": "2026-12-03"}}, "invalid"),
        ({"start": {"dateTime": "2026-12-01T10:00:00Z", "timeZone": "Mars/Base"}}, "invalid"),
        ({"start": "2026-12-01T10:00:00Z"}, "parseError"),
        ({"summary": 7}, "parseError"),
        ({"attendees": {"email": BOB}}, "parseError"),
        ({"attendees": [None]}, "parseError"),
        ({"guestsCanModify": "true"}, "parseError"),
        ({"sequence": True}, "parseError"),
        ({"sequence": 4}, "invalid"),
        ({"titel": "x"}, "invalid"),
        ({"start": {"datetime": "2026-12-01T10:00:00Z"}}, "invalid"),
        ({"status": "done"}, "invalid"),
        ({"visibility": "secret"}, "invalid"),
        ({"eventType": "fromGmail"}, "invalid"),
        ({"attendees": [{"displayName": "x"}]}, "required"),
        ({"attendees": [{"email": "nonsense"}]}, "invalid"),
        ({"attendees": [{"email": BOB, "responseStatus": "maybe"}]}, "invalid"),
        ({"recurrence": ["RRULE:FREQ=SOMETIMES"]}, "invalid"),
        ({"recurrence": ["DTSTART:20261201T090000Z", "RRULE:FREQ=DAILY"]}, "invalid"),
        ({"recurrence": ["EXDATE:20261201T090000Z"]}, "invalid"),
        ({"extendedProperties": {"private": {"k" * 45: "v"}}}, "invalid"),
        ({"extendedProperties": {"private": {"k": "v" * 1025}}}, "invalid"),
        ({"extendedProperties": {"private": {"k": 1}}}, "parseError"),
        ({"extendedProperties": {"private": {f"k{number}": "v" for number in range(301)}}}, "invalid"),
        ({"extendedProperties": {"private": {f"k{number}": "v" * 1024 for number in range(33)}}}, "invalid"),
        ({"reminders": {"overrides": [{"method": "fax", "minutes": 5}]}}, "invalid"),
        ({"reminders": {"overrides": [{"method": "popup", "minutes": 50000}]}}, "invalid"),
        ({"description": "x" * 8193}, "invalid"),
    ],
)
def test_what_google_refuses_is_refused(alice, changes, reason):
    answer = alice.insert(timed("1T10:00", "1T11:00") | changes)
    assert (answer.status, answer.reason) == (400, reason)
    assert alice.list().json["items"] == []


def test_a_timed_series_needs_zones(alice):
    body = {"start": {"dateTime": "2026-12-01T10:00:00Z"}, "end": {"dateTime": "2026-12-01T11:00:00Z"}}
    assert alice.insert(body | {"recurrence": ["RRULE:FREQ=DAILY"]}).reason == "required"
    assert alice.insert(body).json["start"]["timeZone"] == "Europe/Zurich"


def test_read_only_fields_are_ignored(alice):
    wish = {
        "etag": '"1"',
        "created": "2020-01-01T00:00:00Z",
        "organizer": {"email": BOB},
        "hangoutLink": "x",
        "kind": "y",
    }
    event = alice.insert(timed("1T10:00", "1T11:00") | wish).json
    assert event["organizer"]["email"] == ALICE
    assert event["created"].startswith("2026")
    assert "hangoutLink" not in event


def test_bad_write_parameters(alice):
    body = timed("1T10:00", "1T11:00")
    for query in (
        {"sendUpdates": "some"},
        {"conferenceDataVersion": "2"},
        {"timeZone": "UTC"},
        {"singleEvents": "true"},
    ):
        assert alice.insert(body, **query).status == 400
    assert alice.insert(body, sendUpdates="externalOnly").status == 200


# ---- get ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event_id", ["nothing", "nothing_20261201", "x_20269999", "x_20261201T999999Z"])
def test_unknown_events_are_not_found(alice, event_id):
    assert (alice.get(event_id).status, alice.get(event_id).reason) == (404, "notFound")


# ---- patch ----------------------------------------------------------------------------------------------------------


def test_patch_changes_what_it_names_and_nothing_else(alice, event, clock):
    clock.push(5)
    after = alice.patch(event["id"], {"description": "join"}).json
    assert after == event | {"description": "join", "etag": after["etag"], "updated": "2026-11-30T10:00:05.000Z"}
    assert after["etag"] != event["etag"]


def test_two_patches_at_the_same_instant_have_different_etags(alice, event):
    etags = {alice.patch(event["id"], {"summary": "same"}).json["etag"] for _ in range(3)}
    assert len(etags) == 3


def test_null_removes_and_objects_merge(alice, event):
    alice.patch(event["id"], {"extendedProperties": {"private": {"a": "1", "b": "2"}, "shared": {"c": "3"}}})
    after = alice.patch(event["id"], {"summary": None, "extendedProperties": {"private": {"a": None}}}).json
    assert "summary" not in after
    assert after["extendedProperties"] == {"private": {"b": "2"}, "shared": {"c": "3"}}
    assert "extendedProperties" not in alice.patch(event["id"], {"extendedProperties": None}).json


def test_arrays_are_replaced_whole(alice, event):
    alice.patch(event["id"], {"attendees": [{"email": BOB}, {"email": "x@y.example"}]})
    after = alice.patch(event["id"], {"attendees": [{"email": "x@y.example", "optional": True}]}).json
    assert after["attendees"] == [{"email": "x@y.example", "optional": True, "responseStatus": "needsAction"}]


def test_if_match(alice, event):
    changed = alice.patch(event["id"], {"summary": "one"}, etag=event["etag"])
    assert changed.status == 200
    late = alice.patch(event["id"], {"summary": "two"}, etag=event["etag"])
    assert (late.status, late.reason, late.message) == (412, "conditionNotMet", "Precondition Failed")
    assert alice.delete(event["id"], etag=event["etag"]).status == 412
    assert alice.get(event["id"]).json["summary"] == "one"
    assert alice.patch(event["id"], {"summary": "three"}, etag="*").status == 200
    assert alice.delete(event["id"], etag=alice.get(event["id"]).json["etag"]).status == 204


def test_moving_an_event(alice, event):
    after = alice.patch(event["id"], timed("2T10:00", "2T12:00")).json
    assert after["start"]["dateTime"] == "2026-12-02T10:00:00+01:00"
    assert after["sequence"] == 1
    assert alice.patch(event["id"], {"end": {"dateTime": "2026-12-02T09:00:00+01:00"}}).reason == "timeRangeEmpty"
    assert alice.patch(event["id"], {"start": {"date": "2026-12-02"}}).reason == "invalid"
    both = {
        name: {"date": f"2026-12-0{day}", "dateTime": None, "timeZone": None}
        for name, day in (("start", 2), ("end", 3))
    }
    assert alice.patch(event["id"], both).json["start"] == {"date": "2026-12-02"}


def test_reminders_do_not_touch_updated(alice, event, clock):
    clock.push(5)
    after = alice.patch(
        event["id"], {"reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 5}]}}
    )
    assert after.json["updated"] == event["updated"]
    assert after.json["etag"] != event["etag"]


def test_event_types_are_fixed_and_some_are_rigid(alice, event):
    assert alice.patch(event["id"], {"eventType": "focusTime"}).status == 400
    away = alice.insert(timed("1T10:00", "1T11:00", **ELSEWHERE)).json
    assert alice.patch(away["id"], {"description": "x"}).status == 400


def test_a_patch_with_a_foreign_parameter_changes_nothing(alice, event):
    assert alice.patch(event["id"], {"summary": "x"}, sendUpdate="none").status == 400
    assert alice.get(event["id"]).json == event


# ---- delete ---------------------------------------------------------------------------------------------------------


def test_delete_twice(alice, event):
    first = alice.delete(event["id"])
    assert (first.status, first.body) == (204, b"")
    second = alice.delete(event["id"])
    assert (second.status, second.reason, second.message) == (410, "deleted", "Resource has been deleted")
    assert alice.patch(event["id"], {"summary": "x"}).status == 410
    assert alice.get(event["id"]).json["status"] == "cancelled"
    assert alice.delete("nothing").status == 404


def test_status_cancelled_is_a_delete_and_the_organiser_may_restore(alice, event):
    assert alice.patch(event["id"], {"status": "cancelled"}).json["status"] == "cancelled"
    assert alice.list().json["items"] == []
    assert alice.patch(event["id"], {"status": "confirmed"}).json["summary"] == "Plan"
    assert len(alice.list().json["items"]) == 1


# ---- text -----------------------------------------------------------------------------------------------------------


def ruler(count):
    return "-::~:~::" + "~:" * count + "~::~:~::-"


@pytest.mark.parametrize("length", [36, 40, 60])
def test_googles_own_block_is_removed(alice, event, length):
    block = f"{ruler(length)}\nJoin with Google Meet: x\n{ruler(length)}"
    after = alice.patch(event["id"], {"description": f"before\n{block}\nafter"}).json
    assert after["description"] == "before\nafter"
    assert "description" not in alice.patch(event["id"], {"description": block}).json


@pytest.mark.parametrize(
    "text", [f"{ruler(10)}\nx\n{ruler(10)}", f"{ruler(40)}\none ruler only", "<b>bold</b> <TBC> a & b"]
)
def test_other_text_survives(alice, event, text):
    assert alice.patch(event["id"], {"description": text}).json["description"] == text


def test_the_block_stays_when_there_is_a_conference(alice):
    wish = {"createRequest": {"requestId": "r1", "conferenceSolutionKey": {"type": "hangoutsMeet"}}}
    block = f"{ruler(40)}\nJoin\n{ruler(40)}"
    body = timed("1T10:00", "1T11:00", conferenceData=wish, description=block)
    assert alice.insert(body, conferenceDataVersion=1).json["description"] == block


# ---- conferences ----------------------------------------------------------------------------------------------------


def test_conference_data_needs_its_version(alice):
    wish = {"createRequest": {"requestId": "r1", "conferenceSolutionKey": {"type": "hangoutsMeet"}}}
    body = timed("1T10:00", "1T11:00", conferenceData=wish)
    assert "conferenceData" not in alice.insert(body).json
    made = alice.insert(body, conferenceDataVersion=1).json
    assert made["conferenceData"]["createRequest"]["status"] == {"statusCode": "success"}
    assert made["hangoutLink"] == made["conferenceData"]["entryPoints"][0]["uri"]
    again = alice.patch(made["id"], {"conferenceData": wish}, conferenceDataVersion=1).json
    assert again["conferenceData"] == made["conferenceData"]
    gone = alice.patch(made["id"], {"conferenceData": None}, conferenceDataVersion=1).json
    assert not {"conferenceData", "hangoutLink"} & set(gone)


def test_attachments_need_their_parameter(alice):
    body = timed("1T10:00", "1T11:00", attachments=[{"fileUrl": "https://drive.example/1"}])
    assert "attachments" not in alice.insert(body).json
    assert alice.insert(body, supportsAttachments="true").json["attachments"] == body["attachments"]


# ---- mails ----------------------------------------------------------------------------------------------------------


def test_whom_google_would_mail(google, alice):
    body = timed("1T10:00", "1T11:00", attendees=[{"email": BOB}, {"email": "x@y.example"}])
    made = alice.insert(body, sendUpdates="all").json["id"]
    alice.patch(made, {"summary": "x"}, sendUpdates="externalOnly")
    alice.patch(made, {"summary": "y"}, sendUpdates="none")
    alice.patch(made, {"summary": "z"})
    assert [(mail["action"], mail["to"]) for mail in google.mails()] == [
        ("insert", [BOB, "x@y.example"]),
        ("patch", ["x@y.example"]),
    ]
