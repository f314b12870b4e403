"""One event: read, changed, answered, made, deleted."""

import json
from datetime import date

import pytest
from google_calls import ASKING, COMMON, ROOM, TIMED, TOKEN, USER, WINDOW, asked, failing, listed

from hybridcal_daemon.adapters.google.calendar import GoogleCalendar
from hybridcal_daemon.adapters.google.requests import GoogleSettings
from hybridcal_daemon.adapters.google.wire import EVENT_FIELDS
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.values import AllDay, Plain, Timed
from hybridcal_daemon.ports import HttpFailure, NewEvent


def test_get_an_event(google, wire):
    wire.answer(body=TIMED)
    event = google.get_event(TOKEN, USER, "a/b@c#d_1")
    assert event is not None
    assert event.event_id == "e1"
    assert wire.asked[0].url.startswith(
        "https://www.googleapis.com/calendar/v3/calendars/primary/events/a%2Fb%40c%23d_1?"
    )
    assert asked(wire)[1] == {**COMMON, "fields": EVENT_FIELDS}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"id": "e", "status": "cancelled"}),
        (404, b""),
        (410, b""),
        (410, {"error": {"errors": [{"reason": "deleted"}]}}),
    ],
)
def test_an_event_that_is_gone(google, wire, status, body):
    wire.answer(status, body)
    assert google.get_event(TOKEN, USER, "e") is None


def test_an_event_that_cannot_be_read(google, wire):
    wire.answer(body={"id": "e"})
    assert failing(lambda: google.get_event(TOKEN, USER, "e")) == (Kind.INVALID, "google-bad-answer", False)


def patched(google, etag='"1"'):
    return google.patch_description(TOKEN, USER, "e1", etag=etag, description=Plain('Zeile\n<"ü">'))


def test_patch_a_description(google, wire):
    wire.answer(body={**TIMED, "etag": '"2"'})
    assert patched(google).etag == '"2"'
    request = wire.asked[0]
    assert request.headers["If-Match"] == '"1"'
    assert request.headers["Content-Type"].startswith("application/json")
    assert json.loads(request.body) == {"description": 'Zeile\n<"ü">'}
    where, params = asked(wire)
    assert where == "PATCH www.googleapis.com/calendar/v3/calendars/primary/events/e1"
    assert params == {"sendUpdates": "none", "quotaUser": USER, "prettyPrint": "false", "fields": EVENT_FIELDS}


def test_whom_google_mails_is_a_setting(wire):
    wire.answer(body=TIMED)
    patched(GoogleCalendar(wire, GoogleSettings(send_updates="externalOnly")))
    assert asked(wire)[1]["sendUpdates"] == "externalOnly"


def test_a_patch_that_came_second_is_a_conflict(google, wire):
    wire.answer(412, {"error": {"errors": [{"reason": "conditionNotMet"}]}})
    assert failing(lambda: patched(google)) == (Kind.CONFLICT, "google-conflict", False)
    wire.answer(body={"id": "e1", "status": "cancelled"})
    assert failing(lambda: patched(google))[0] is Kind.CONFLICT


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_leaves_a_patch_in_doubt_but_not_a_get(google, wire, status):
    wire.answer(status, b"<html>")
    assert failing(lambda: patched(google)) == (Kind.TRANSIENT, "google-unavailable", True)
    wire.answer(status, b"<html>")
    assert failing(lambda: google.get_event(TOKEN, USER, "e")) == (Kind.TRANSIENT, "google-unavailable", False)


def test_a_page_of_a_front_end_says_nothing_of_the_event(google, wire):
    wire.answer(body=b"<!DOCTYPE html><title>Error</title>")
    assert failing(lambda: google.get_event(TOKEN, USER, "e")) == (Kind.TRANSIENT, "google-bad-answer", False)


@pytest.mark.parametrize("etag", ["", 'a\r\nX: "1"', '"é"'])
def test_an_etag_that_cannot_be_sent_back(google, wire, etag):
    assert failing(lambda: patched(google, etag))[0] is Kind.INVALID
    assert wire.asked == []


def test_a_patch_whose_answer_cannot_be_read_is_in_doubt(google, wire):
    wire.answer(body=b"{}")
    assert failing(lambda: patched(google)) == (Kind.INVALID, "google-bad-answer", True)


@pytest.mark.parametrize("code", ["unreachable", "tls", "deadline", "protocol"])
def test_failures_of_the_wire(google, wire, code):
    wire.answers = [HttpFailure(code, sent=True), HttpFailure(code, sent=False), HttpFailure(code, sent=True)]
    assert failing(lambda: patched(google)) == (Kind.TRANSIENT, code, True)
    assert failing(lambda: patched(google)) == (Kind.TRANSIENT, code, False)
    assert failing(lambda: google.get_event(TOKEN, USER, "e")) == (Kind.TRANSIENT, code, False)


def test_an_answer_that_is_too_large_is_not_asked_for_again(google, wire):
    wire.answers = [HttpFailure("too-large", sent=True)]
    assert failing(lambda: listed(google, window=WINDOW)) == (Kind.INVALID, "too-large", False)


# ---- one's own answer -----------------------------------------------------------------------------------------------


def responding(google, etag='"1"'):
    return google.respond(TOKEN, USER, "e1", etag=etag, me=Plain("alice@acme.example"), reply="declined")


def test_only_one_s_own_answer_is_sent(google, wire):
    wire.answer(body={**TIMED, "etag": '"2"'})
    assert responding(google).etag == '"2"'
    assert json.loads(wire.asked[0].body) == {
        "attendees": [{"email": "alice@acme.example", "responseStatus": "declined"}],
        "attendeesOmitted": True,
    }
    assert wire.asked[0].headers["If-Match"] == '"1"'
    where, params = asked(wire)
    assert where == "PATCH www.googleapis.com/calendar/v3/calendars/primary/events/e1"
    assert params == {"sendUpdates": "none", "fields": EVENT_FIELDS, **COMMON}


def test_an_answer_over_another_version_is_a_conflict(google, wire):
    wire.answer(412)
    assert failing(lambda: responding(google)) == (Kind.CONFLICT, "google-conflict", False)
    assert failing(lambda: responding(google, "*"))[0] is Kind.INVALID


# ---- making and deleting --------------------------------------------------------------------------------------------


def new(**fields):
    start, end = Timed(at=1_795_338_000, tz="Europe/Berlin"), Timed(at=1_795_341_600, tz="Europe/Berlin")
    return NewEvent(**{"event_id": "a0v97", "summary": Plain("Plan"), "start": start, "end": end, **fields})


def test_an_event_is_made_with_our_id(google, wire):
    wire.answer(body=TIMED)
    made = google.insert_event(
        *ASKING,
        new(
            description=Plain("Text"),
            location=Plain("@webex"),
            guests=(Plain("bob@acme.example"),),
            rooms=(Plain(ROOM),),
            recurrence=("RRULE:FREQ=DAILY;COUNT=2",),
        ),
        calendar=Plain("team@acme.example"),
    )
    assert made.event_id == "e1"
    assert json.loads(wire.asked[0].body) == {
        "id": "a0v97",
        "summary": "Plan",
        "start": {"dateTime": "2026-11-22T09:00:00Z", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": "2026-11-22T10:00:00Z", "timeZone": "Europe/Berlin"},
        "description": "Text",
        "location": "@webex",
        "attendees": [{"email": "bob@acme.example"}, {"email": ROOM, "resource": True}],
        "recurrence": ["RRULE:FREQ=DAILY;COUNT=2"],
    }
    where, params = asked(wire)
    assert where == "POST www.googleapis.com/calendar/v3/calendars/team%40acme.example/events"
    assert params == {"sendUpdates": "none", "fields": EVENT_FIELDS, **COMMON}


def test_what_a_new_event_does_not_have_is_not_sent(google, wire):
    wire.answer(body=TIMED)
    day = AllDay(day=date(2026, 11, 22))
    google.insert_event(*ASKING, new(start=day, end=AllDay(day=date(2026, 11, 23))))
    assert json.loads(wire.asked[0].body) == {
        "id": "a0v97",
        "summary": "Plan",
        "start": {"date": "2026-11-22"},
        "end": {"date": "2026-11-23"},
    }


@pytest.mark.parametrize(
    "fields", [{"event_id": "abc"}, {"event_id": "abcdw"}, {"event_id": "ABCDE"}, {"end": AllDay(day=date(2026, 1, 1))}]
)
def test_what_google_would_not_take_is_not_sent(google, wire, fields):
    assert failing(lambda: google.insert_event(*ASKING, new(**fields))) == (Kind.INVALID, "google-bad-request", False)
    assert wire.asked == []


@pytest.mark.parametrize("body", [b"", {"error": {"errors": [{"reason": "duplicate"}]}}, b"<html>"])
def test_an_id_that_is_taken(google, wire, body):
    wire.answer(409, body)
    assert failing(lambda: google.insert_event(*ASKING, new())) == (Kind.CONFLICT, "google-duplicate", False)


def test_an_insert_that_is_not_permitted(google, wire):
    wire.answer(403, {"error": {"errors": [{"reason": "quotaExceeded"}]}})
    assert failing(lambda: google.insert_event(*ASKING, new()))[:2] == (Kind.THROTTLED, "google-quota")


@pytest.mark.parametrize(
    ("status", "body"), [(204, b""), (200, b""), (410, b""), (410, {"error": {"errors": [{"reason": "deleted"}]}})]
)
def test_what_is_gone_is_deleted(google, wire, status, body):
    wire.answer(status, body)
    google.delete_event(TOKEN, USER, "e_1", calendar=Plain(ROOM))
    where, params = asked(wire)
    assert where.startswith("DELETE www.googleapis.com/calendar/v3/calendars/c_188%40resource.calendar.google.com/")
    assert where.endswith("/events/e_1")
    assert params == {"sendUpdates": "none", **COMMON}
    assert wire.asked[0].body is None


@pytest.mark.parametrize("body", [b"", {"error": {"errors": [{"reason": "notFound"}]}}])
def test_what_was_never_there_is_not_called_deleted(google, wire, body):
    wire.answer(404, body)
    assert failing(lambda: google.delete_event(TOKEN, USER, "e_1")) == (Kind.NOT_FOUND, "google-not-found", False)


def test_google_reads_a_sentence(google, wire):
    wire.answer(body=TIMED)
    text = "Design review & tea tomorrow 10am #1 at ä/b?"
    assert google.quick_add(*ASKING, Plain(text)).event_id == "e1"
    where, params = asked(wire)
    assert where == "POST www.googleapis.com/calendar/v3/calendars/primary/events/quickAdd"
    assert params == {"text": text, "sendUpdates": "none", "fields": EVENT_FIELDS, **COMMON}
    assert "text=Design%20review%20%26%20tea%20tomorrow%2010am%20%231%20at%20%C3%A4%2Fb%3F&" in wire.asked[0].url
    assert wire.asked[0].body == b""  # its length is said, though it is none
    assert "Content-Type" not in wire.asked[0].headers


WRITES = {
    "patch": patched,
    "respond": responding,
    "insert": lambda google: google.insert_event(*ASKING, new()),
    "delete": lambda google: google.delete_event(TOKEN, USER, "e1"),
    "quickAdd": lambda google: google.quick_add(*ASKING, Plain("Tea at 5")),
}
READS = {
    "get": lambda google: google.get_event(TOKEN, USER, "e1"),
    "list": lambda google: listed(google, window=WINDOW),
    "edge": lambda google: google.list_edge(TOKEN, USER, window=WINDOW, page_token=None),
    "instances": lambda google: google.instances(TOKEN, USER, "s", window=WINDOW, page_token=None),
}


@pytest.mark.parametrize("call", WRITES.values(), ids=WRITES)
def test_a_write_without_an_answer_is_in_doubt(google, wire, call):
    wire.answer(503)
    assert failing(lambda: call(google)) == (Kind.TRANSIENT, "google-unavailable", True)
    wire.answers = [HttpFailure("deadline", sent=True), HttpFailure("unreachable", sent=False)]
    assert failing(lambda: call(google)) == (Kind.TRANSIENT, "deadline", True)
    assert failing(lambda: call(google)) == (Kind.TRANSIENT, "unreachable", False)


@pytest.mark.parametrize("call", READS.values(), ids=READS)
def test_a_read_is_never_in_doubt(google, wire, call):
    wire.answer(503)
    assert failing(lambda: call(google)) == (Kind.TRANSIENT, "google-unavailable", False)
    wire.answers = [HttpFailure("deadline", sent=True)]
    assert failing(lambda: call(google)) == (Kind.TRANSIENT, "deadline", False)


@pytest.mark.parametrize("call", [WRITES["insert"], WRITES["quickAdd"]], ids=["insert", "quickAdd"])
@pytest.mark.parametrize(("body", "kind"), [(b"nonsense", Kind.TRANSIENT), (b"{}", Kind.INVALID)])
def test_an_event_whose_answer_cannot_be_read_was_made_all_the_same(google, wire, call, body, kind):
    wire.answer(body=body)
    assert failing(lambda: call(google)) == (kind, "google-bad-answer", True)
