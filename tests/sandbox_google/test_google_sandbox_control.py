"""The control API and the journal."""

import json

import pytest
from google_company import ADMIN, ALICE, AUTH, BOB, GRANTED, ROBOT, ROOM, START, Answer, Caller, timed

from hybridcal_daemon.ports import HttpRequest
from hybridcal_daemon.sandbox.google.journal import Journal


@pytest.fixture
def control(google):
    def control(method, path, body=None):
        encoded = None if body is None else json.dumps(body).encode()
        return Answer(google.handle(HttpRequest(method=method, url=f"/sandbox/v1/{path}", body=encoded)))

    return control


def test_people_can_be_added_and_changed(control, google):
    body = {"address": "Carol@acme.example", "name": "Carol", "timezone": "Asia/Tokyo", "locale": "ja"}
    assert control("PUT", "users", body).status == 200
    assert control("PUT", "users", {"address": "carol@acme.example", "gmail": False}).status == 200
    carol = next(user for user in control("GET", "users").json["items"] if user["name"] == "Carol")
    assert (carol["address"], carol["timezone"], carol["gmail"]) == ("carol@acme.example", "Asia/Tokyo", False)
    assert Caller(google, google.person_token("carol@acme.example")).list().json["timeZone"] == "Asia/Tokyo"


def test_rooms_and_rules(control, google, alice):
    body = {"address": ROOM, "name": "Matterhorn", "timezone": "Europe/Zurich"}
    assert control("PUT", "rooms", body).status == 200
    assert control("GET", "rooms").json["items"] == [body | {"auto_accept": True}]
    assert control("PUT", "rules", {"calendar": ROOM, "role": "reader", "value": ALICE}).json["id"] == f"user:{ALICE}"
    assert alice.at(ROOM).list().status == 200
    rules = control("GET", f"calendars/{ROOM}/rules").json["items"]
    assert rules == [{"id": f"user:{ROOM}", "role": "owner"}, {"id": f"user:{ALICE}", "role": "reader"}]
    assert google.mails() == []
    assert control("PUT", "users", {"address": ADMIN, "admin": True}).status == 200
    assert [user["address"] for user in control("GET", "users").json["items"] if user["admin"]] == [ADMIN]
    assert control("GET", f"calendars/{ROOM}/events").json["items"] == []


def test_a_service_account_by_control(control, google, robot):
    account = {"client_email": ROBOT, "client_id": "1", "private_key_id": "key-1", "public_key": robot.public_key}
    assert control("PUT", "service-accounts", account | {"scopes": list(GRANTED)}).status == 200
    assert robot.exchange(google).status == 200
    assert control("DELETE", f"service-accounts/{ROBOT}/key-1").status == 200
    assert robot.exchange(google).status == 400
    assert control("DELETE", f"service-accounts/{ROBOT}/key-1").status == 404


def test_a_persons_own_token(control, google):
    token = control("POST", "tokens", {"subject": ALICE}).json["access_token"]
    assert Caller(google, token).insert(timed("1T10:00", "1T11:00")).status == 200
    narrow = control("POST", "tokens", {"subject": ALICE, "scopes": [f"{AUTH}calendar.readonly"]}).json["access_token"]
    assert Caller(google, narrow).insert(timed("1T10:00", "1T11:00")).status == 403
    control("DELETE", "tokens", {"subject": ALICE})
    assert Caller(google, token).list().status == 401


def test_vacation_faults_and_sync_tokens(control, alice):
    settings = {"enableAutoReply": True}
    assert control("PUT", "vacation", {"user": ALICE, "settings": settings}).status == 200
    _, token = alice.everything()
    assert control("POST", "sync-tokens/expire", {"user": ALICE}).status == 200
    assert alice.list(syncToken=token).status == 410
    assert control("POST", "faults", {"kind": "status", "times": 3}).status == 200
    assert control("GET", "faults").json["items"][0]["times"] == 3
    assert control("DELETE", "faults").status == 200
    assert control("GET", "faults").json["items"] == []


def test_looking_at_calendars_channels_and_mails(control, alice):
    alice.watch()
    made = alice.insert(timed("1T10:00", "1T11:00", attendees=[{"email": BOB}]), sendUpdates="all").json
    assert control("GET", f"calendars/{ALICE}/events").json["items"] == [made]
    bounds = "timeMin=2026-12-01T00:00:00Z&timeMax=2026-12-02T00:00:00Z"
    assert control("GET", f"calendars/{BOB}/instances?{bounds}").json["items"][0]["id"] == made["id"]
    assert control("GET", "channels").json["items"][0]["calendar"] == ALICE
    assert control("GET", "mails").json["items"][0]["to"] == [BOB]


def test_the_journal(control, alice, clock):
    alice.list(maxResults=5, eventTypes=["default", "focusTime"])
    clock.push(3)
    alice.get("nothing")
    first, second = control("GET", "journal").json["items"]
    assert first == {
        "number": 1,
        "time": START,
        "method": "GET",
        "operation": "calendar.events.list",
        "path": alice.events,
        "query": {"maxResults": ["5"], "eventTypes": ["default", "focusTime"]},
        "subject": ALICE,
        "status": 200,
        "reason": "",
        "fault": "",
        "mails": 0,
    }
    assert (second["status"], second["reason"], second["time"]) == (404, "notFound", START + 3)
    assert control("GET", "journal?since=1").json["items"] == [second]
    assert control("GET", "journal?since=2").json["items"] == []


def test_the_journal_keeps_the_latest():
    short = Journal(kept=3)
    entry = {"time": 0.0, "method": "GET", "operation": "", "path": "", "query": {}, "subject": "", "status": 200}
    for _ in range(5):
        short.add(entry | {"reason": "", "fault": ""})
    assert [kept.number for kept in short.since(0)] == [3, 4, 5]
    assert [kept.number for kept in short.since(3)] == [4, 5]
    assert short.since(5) == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "users", {"address": "nobody"}, 400),
        ("PUT", "users", {"address": ALICE, "timezone": "Mars/Base"}, 400),
        ("PUT", "users", {"address": ALICE, "age": 5}, 400),
        ("PUT", "users", {"address": 5}, 400),
        ("PUT", "users", None, 400),
        ("PUT", "rooms", {"address": ROOM, "name": "x"}, 400),
        ("PUT", "rooms", {"address": ROOM, "name": "x", "timezone": "Mars/Base"}, 400),
        ("PUT", "rooms", {"address": ALICE, "name": "x", "timezone": "UTC"}, 400),
        ("PUT", "rules", {"calendar": ROOM, "role": "reader", "value": ALICE}, 404),
        ("PUT", "rules", {"calendar": ALICE, "role": "king", "value": BOB}, 400),
        ("GET", "calendars/nobody@acme.example/rules", None, 404),
        ("GET", f"calendars/{ALICE}/colours", None, 404),
        ("POST", "tokens", {"subject": "nobody@acme.example"}, 404),
        ("PUT", "vacation", {"user": ALICE, "settings": {"enabled": True}}, 400),
        ("PUT", "vacation", {"user": "nobody@acme.example", "settings": {}}, 404),
        ("POST", "sync-tokens/expire", {"user": "nobody@acme.example"}, 404),
        ("POST", "faults", {"kind": "x"}, 400),
        ("GET", "calendars/nobody@acme.example/events", None, 404),
        ("GET", f"calendars/{ALICE}/instances", None, 400),
        ("GET", "journal?since=yesterday", None, 400),
        ("GET", "nothing", None, 404),
        ("POST", "nothing", {}, 404),
        ("PATCH", "users", {}, 404),
    ],
)
def test_mistakes_are_told(control, method, path, body, status):
    answer = control(method, path, body)
    assert answer.status == status
    assert answer.json["error"]


def test_control_is_not_in_the_journal_and_suffers_no_faults(control, google):
    google.add_fault({"kind": "status", "times": 0})
    assert control("GET", "users").status == 200
    assert google.journal() == []


def test_in_process_helpers_act_as_the_person(google):
    made = google.create_event(ALICE, timed("1T10:00", "1T11:00", attendees=[{"email": BOB}]), sendUpdates="all")
    google.update_event(ALICE, made["id"], {"summary": "x"})
    assert google.get_event(BOB, made["id"])["summary"] == "x"
    google.delete_event(ALICE, made["id"])
    assert google.dump_events(BOB)[0]["status"] == "cancelled"
    assert google.instances(BOB, START, START + 86400 * 7) == []
    assert google.journal() == []
    with pytest.raises(KeyError):
        google.create_event("nobody@acme.example", {})
