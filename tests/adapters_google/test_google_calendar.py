"""Requests as Google's documentation wants them, answers as it gives them."""

import json
from datetime import date
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import googleapiclient
import pytest

from hybridcal_daemon.adapters.google.calendar import (
    FullList,
    GoogleCalendar,
    GoogleSettings,
    IncrementalList,
    list_mode,
)
from hybridcal_daemon.adapters.google.wire import CHANNEL_FIELDS, EVENT_FIELDS, PAGE_FIELDS, VACATION_FIELDS
from hybridcal_daemon.domain.events import Removed
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import AllDay, Instant, Plain, Secret, Timed, Window
from hybridcal_daemon.ports import HttpFailure

TOKEN = Secret("ya29.token")
USER = "u0123456789abcdef0123"
WINDOW = Window(start=Instant(1_700_000_000.9), end=Instant(1_702_000_000.0))
TIMED = {
    "id": "e1",
    "etag": '"1"',
    "start": {"dateTime": "2026-11-22T10:00:00+01:00", "timeZone": "Europe/Berlin"},
    "end": {"dateTime": "2026-11-22T11:00:00+01:00"},
}


@pytest.fixture
def google(wire):
    return GoogleCalendar(wire, GoogleSettings(push_url="https://push.acme.example/google/push"))


def asked(wire, index=-1):
    """(method and path, parameters) of a request."""
    request = wire.asked[index]
    parts = urlsplit(request.url)
    assert request.headers["Authorization"] == "Bearer ya29.token"
    pairs = parse_qsl(parts.query, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return f"{request.method} {parts.netloc}{parts.path}", dict(pairs)


def listed(google, **how):
    return google.list_events(TOKEN, USER, **{"sync_token": None, "page_token": None, "window": None, **how})


def failing(call):
    with pytest.raises(CallError) as caught:
        call()
    return caught.value.kind, caught.value.code, caught.value.in_doubt


# ---- events.list ----------------------------------------------------------------------------------------------------


def test_a_full_list_has_bounds(google, wire):
    wire.answer(body={"items": [], "nextPageToken": "p2"})
    page = listed(google, window=WINDOW)
    where, params = asked(wire)
    assert where == "GET www.googleapis.com/calendar/v3/calendars/primary/events"
    assert params == {
        "timeMin": "2023-11-14T22:13:20Z",
        "timeMax": "2023-12-08T01:46:40Z",
        "singleEvents": "false",
        "showDeleted": "true",
        "maxResults": "2500",
        "prettyPrint": "false",
        "quotaUser": USER,
        "fields": PAGE_FIELDS,
    }
    assert (page.next_page, page.next_token) == ("p2", None)


def test_an_incremental_list_differs_only_by_the_token(google, wire):
    for _ in range(2):
        wire.answer(body={"nextSyncToken": "s2"})
    listed(google, window=WINDOW)
    page = listed(google, sync_token="s1=", page_token="p/2")
    full, incremental = asked(wire, 0)[1], asked(wire, 1)[1]
    assert incremental.pop("syncToken") == "s1="
    assert incremental.pop("pageToken") == "p/2"
    assert {**incremental, "timeMin": full["timeMin"], "timeMax": full["timeMax"]} == full
    assert (page.events, page.next_page, page.next_token) == ((), None, "s2")


def test_token_and_bounds_cannot_be_combined(google, wire):
    assert failing(lambda: listed(google, sync_token="s", window=WINDOW))[:2] == (Kind.INVALID, "google-bad-request")
    assert failing(lambda: listed(google))[0] is Kind.INVALID
    assert wire.asked == []
    assert isinstance(list_mode("s", None), IncrementalList)
    assert isinstance(list_mode(None, WINDOW), FullList)


def test_events_are_read(google, wire):
    full = {
        **TIMED,
        "status": "tentative",
        "eventType": "default",
        "summary": "Plan",
        "description": "<b>Text</b>",
        "location": "@webex",
        "recurrence": ["RRULE:FREQ=WEEKLY", "EXDATE:20261129T090000Z"],
        "recurringEventId": "series",
        "originalStartTime": {"dateTime": "2026-11-22T09:00:00Z"},
        "organizer": {"email": "alice@acme.example", "displayName": "Alice", "self": True},
        "attendees": [
            {"email": "alice@acme.example", "organizer": True, "self": True, "responseStatus": "accepted"},
            {"email": "bob@acme.example", "displayName": "Bob", "optional": True, "responseStatus": "declined"},
            {"email": "room@acme.example", "resource": True, "responseStatus": "somethingNew"},
        ],
        "attendeesOmitted": True,
        "conferenceData": {
            "entryPoints": [
                {"entryPointType": "phone", "uri": "tel:+1"},
                {"entryPointType": "video", "uri": "https://video.example/1"},
            ]
        },
        "hangoutLink": "https://meet.google.com/x",
        "visibility": "confidential",
        "privateCopy": True,
        "futureField": {"a": [1]},
    }
    wire.answer(body={"items": [full], "timeZone": "America/New_York", "nextSyncToken": "s"})
    (event,) = listed(google, window=WINDOW).events
    assert event.start == Timed(at=1_795_338_000, tz="Europe/Berlin")
    assert event.end == Timed(at=1_795_341_600, tz="America/New_York")
    assert event.original_start == Timed(at=1_795_338_000, tz="America/New_York")
    assert (event.status, event.event_type, event.series_id) == ("tentative", "default", "series")
    assert (event.summary, event.location) == (Plain("Plan"), Plain("@webex"))
    assert event.description == Plain("<b>Text</b>")
    assert event.recurrence == ("RRULE:FREQ=WEEKLY", "EXDATE:20261129T090000Z")
    assert event.organizer is not None
    assert (event.organizer.response, event.organizer.name, event.organizer_self) == ("organizer", Plain("Alice"), True)
    assert [(who.response, who.organizer, who.is_self, who.optional, who.resource) for who in event.attendees] == [
        ("accepted", True, True, False, False),
        ("declined", False, False, True, False),
        ("none", False, False, False, True),
    ]
    assert (event.attendees_omitted, event.private, event.locked) == (True, True, False)
    assert event.conference_uri == Plain("https://video.example/1")


def test_the_least_an_event_may_have(google, wire):
    wire.answer(body={"items": [{"id": "e", "start": {"date": "2026-11-22"}, "eventType": "workingLocation"}]})
    (event,) = listed(google, window=WINDOW).events
    assert (event.start, event.end, event.status) == (AllDay(day=date(2026, 11, 22)), None, "confirmed")
    assert (event.event_type, event.organizer, event.private, event.locked) == ("workingLocation", None, False, False)
    assert event.conference_uri == Plain("")


def test_meet_s_own_link_counts_when_there_is_no_video_entry(google, wire):
    wire.answer(body={"items": [{**TIMED, "hangoutLink": "https://meet.google.com/x", "conferenceData": {}}]})
    (event,) = listed(google, window=WINDOW).events
    assert event.conference_uri == Plain("https://meet.google.com/x")


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        ({"dateTime": "2026-11-22T10:00:00Z"}, "", Timed(at=1_795_341_600, tz="UTC")),
        ({"dateTime": "2026-11-22T10:00:00.999Z"}, "Asia/Tokyo", Timed(at=1_795_341_600, tz="Asia/Tokyo")),
        ({"dateTime": "2026-11-22T10:00:00", "timeZone": "Asia/Tokyo"}, "", Timed(at=1_795_309_200, tz="Asia/Tokyo")),
        ({"dateTime": "2026-11-22T10:00:00Z", "timeZone": "GMT-0500"}, "", Timed(at=1_795_341_600, tz="UTC")),
        ({"dateTime": "2026-11-22T10:00:00Z", "timeZone": "../etc"}, "", Timed(at=1_795_341_600, tz="UTC")),
        ({"dateTime": "2026-11-22T10:00:00Z", "timeZone": "Europe"}, "", Timed(at=1_795_341_600, tz="UTC")),
    ],
)
def test_times(google, wire, moment, zone, expected):
    wire.answer(body={"items": [{"id": "e", "start": moment}], "timeZone": zone})
    assert listed(google, window=WINDOW).events[0].start == expected


def test_cancelled_items_need_only_an_id(google, wire):
    exception = {
        "id": "s_20261122T090000Z",
        "etag": '"9"',
        "status": "cancelled",
        "recurringEventId": "s",
        "originalStartTime": {"dateTime": "2026-11-22T10:00:00+01:00", "timeZone": "Europe/Berlin"},
    }
    leftovers = {"id": "x", "status": "cancelled", "summary": 7, "start": "gone"}
    wire.answer(body={"items": [{"id": "e", "status": "cancelled"}, exception, leftovers]})
    page = listed(google, sync_token="s")
    start = Timed(at=1_795_338_000, tz="Europe/Berlin")
    assert page.removed == (
        Removed(event_id="e"),
        Removed(event_id="s_20261122T090000Z", etag='"9"', series_id="s", original_start=start),
        Removed(event_id="x"),
    )
    assert page.quarantined == ()


@pytest.mark.parametrize(
    ("item", "event_id", "reason"),
    [
        ('{"id": "bad", "summary": 7, "start": {"date": "2026-11-22"}}', "bad", "shape"),
        ('{"id": "bad"}', "bad", "shape"),
        ('{"id": "bad", "status": "new", "start": {"date": "2026-11-22"}}', "bad", "shape"),
        ('{"id": 7, "start": {"date": "2026-11-22"}}', "?", "shape"),
        ('{"start": {"date": "2026-11-22"}}', "?", "shape"),
        ("7", "?", "shape"),
        ("null", "?", "shape"),
        ('{"id": "bad", "start": {"date": "2026-02-30"}}', "bad", "time"),
        ('{"id": "bad", "start": {"dateTime": "yesterday"}}', "bad", "time"),
        ('{"id": "bad", "start": {}}', "bad", "time"),
        ('{"id": "bad", "start": {"dateTime": "2026-11-22T23:59:60Z"}}', "bad", "time"),
        ('{"id": "bad", "status": "cancelled", "originalStartTime": {"date": "?"}}', "bad", "time"),
    ],
)
def test_a_bad_item_costs_only_itself(google, wire, item, event_id, reason):
    wire.answer(body=f'{{"items": [{json.dumps(TIMED)}, {item}, {json.dumps(TIMED)}]}}'.encode())
    page = listed(google, window=WINDOW)
    assert len(page.events) == 2
    assert [(bad.event_id, bad.reason) for bad in page.quarantined] == [(event_id, reason)]


def test_bytes_that_are_no_utf8_cost_only_their_item(google, wire):
    wire.answer(
        body=b'{"items": [{"id": "a", "start": {"date": "2026-11-22"}, "summary": "\xff"}, {"id": "b",'
        b' "status": "cancelled"}]}'
    )
    page = listed(google, window=WINDOW)
    assert [bad.event_id for bad in page.quarantined] == ["a"]
    assert [gone.event_id for gone in page.removed] == ["b"]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"items": {}}', b'{"items": [nope]}', b'{"nextPageToken": 7}']
)
def test_a_bad_page_is_tried_again(google, wire, body):
    wire.answer(body=body)
    assert failing(lambda: listed(google, window=WINDOW)) == (Kind.TRANSIENT, "google-bad-answer", False)


# ---- one event ------------------------------------------------------------------------------------------------------


def test_get_an_event(google, wire):
    wire.answer(body=TIMED)
    event = google.get_event(TOKEN, USER, "a/b@c#d_1")
    assert event is not None
    assert event.event_id == "e1"
    assert wire.asked[0].url.startswith(
        "https://www.googleapis.com/calendar/v3/calendars/primary/events/a%2Fb%40c%23d_1?"
    )
    assert asked(wire)[1] == {"quotaUser": USER, "prettyPrint": "false", "fields": EVENT_FIELDS}


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


# ---- channels -------------------------------------------------------------------------------------------------------


def watching(google):
    return google.watch(TOKEN, USER, channel_id="c1", channel_token=Secret("s3"), ttl=604800)


def test_watch(google, wire):
    wire.answer(body={"id": "c1", "resourceId": "r1", "expiration": "1795341600500"})
    grant = watching(google)
    assert (grant.resource_id, grant.expires_at) == ("r1", 1_795_341_600.5)
    assert json.loads(wire.asked[0].body) == {
        "id": "c1",
        "type": "web_hook",
        "address": "https://push.acme.example/google/push",
        "token": "s3",
        "params": {"ttl": "604800"},
    }
    where, params = asked(wire)
    assert where == "POST www.googleapis.com/calendar/v3/calendars/primary/events/watch"
    assert params == {"quotaUser": USER, "prettyPrint": "false", "fields": CHANNEL_FIELDS}


@pytest.mark.parametrize("body", [b"", {"resourceId": "r"}, {"resourceId": "r", "expiration": "soon"}])
def test_a_channel_whose_answer_cannot_be_read_is_in_doubt(google, wire, body):
    wire.answer(body=body)
    assert failing(lambda: watching(google)) == (Kind.TRANSIENT, "google-bad-answer", True)


def test_without_a_push_address_nothing_is_asked(wire):
    assert failing(lambda: watching(GoogleCalendar(wire)))[:2] == (Kind.REFUSED, "google-push-refused")


def test_stop(google, wire):
    wire.answer(204)
    google.stop_channel(TOKEN, USER, channel_id="c1", resource_id="r1")
    assert json.loads(wire.asked[0].body) == {"id": "c1", "resourceId": "r1"}
    where, params = asked(wire)
    assert where == "POST www.googleapis.com/calendar/v3/channels/stop"
    assert params == {"quotaUser": USER, "prettyPrint": "false"}


def test_a_channel_that_google_does_not_know_is_stopped(google, wire):
    wire.answer(404, {"error": {"errors": [{"reason": "notFound"}]}})
    google.stop_channel(TOKEN, USER, channel_id="c1", resource_id="r1")
    wire.answer(503)
    assert failing(lambda: google.stop_channel(TOKEN, USER, channel_id="c", resource_id="r"))[0] is Kind.TRANSIENT


# ---- vacation -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (False, None, None)),
        ({"enableAutoReply": True}, (True, None, None)),
        (
            {"enableAutoReply": True, "startTime": "1795341600000", "endTime": "1795345200000"},
            (True, 1795341600, 1795345200),
        ),
    ],
)
def test_vacation(google, wire, body, expected):
    wire.answer(body=body)
    settings = google.vacation(TOKEN, USER)
    assert (settings.enabled, settings.start, settings.end) == expected
    where, params = asked(wire)
    assert where == "GET gmail.googleapis.com/gmail/v1/users/me/settings/vacation"
    assert params == {"quotaUser": USER, "prettyPrint": "false", "fields": VACATION_FIELDS}


@pytest.mark.parametrize("body", [b"", {"enableAutoReply": "yes"}, {"startTime": "soon"}])
def test_vacation_settings_that_cannot_be_read(google, wire, body):
    wire.answer(body=body)
    assert failing(lambda: google.vacation(TOKEN, USER)) == (Kind.TRANSIENT, "google-bad-answer", False)


def test_a_person_without_a_mailbox(google, wire):
    wire.answer(400, {"error": {"status": "FAILED_PRECONDITION", "message": "Mail service not enabled"}})
    assert failing(lambda: google.vacation(TOKEN, USER))[:2] == (Kind.USER, "google-no-mailbox")


# ---- Google's own description of its API ----------------------------------------------------------------------------


def discovered(api):
    folder = Path(googleapiclient.__file__).parent / "discovery_cache/documents"
    return json.loads((folder / f"{api}.json").read_text())


def tree(mask):
    """``a,b(c),d/e`` as {"a": {}, "b": {"c": {}}, "d": {"e": {}}}."""
    root = {}
    stack, here, word = [], root, ""
    for char in mask + ",":
        if char.isalpha():
            word += char
            continue
        inner = here.setdefault(word, {}) if word else here
        word = ""
        if char == "(":
            stack.append(("(", here))
            here = inner
        elif char == "/":
            stack.append(("/", here))
            here = inner
        else:
            while stack and stack[-1][0] == "/":
                here = stack.pop()[1]
            if char == ")":
                here = stack.pop()[1]
    return root


def undocumented(document, schema, names):
    """Names of a mask that are no properties of the schema."""
    while "$ref" in schema or "items" in schema:
        schema = document["schemas"][schema["$ref"]] if "$ref" in schema else schema["items"]
    for name, inner in names.items():
        if name not in schema["properties"]:
            yield name
        elif inner:
            yield from undocumented(document, schema["properties"][name], inner)


@pytest.mark.parametrize(
    ("api", "schema", "mask"),
    [
        ("calendar.v3", "Events", PAGE_FIELDS),
        ("calendar.v3", "Channel", CHANNEL_FIELDS),
        ("gmail.v1", "VacationSettings", VACATION_FIELDS),
    ],
)
def test_the_masks_name_only_what_google_documents(api, schema, mask):
    document = discovered(api)
    assert list(undocumented(document, {"$ref": schema}, tree(mask))) == []
    assert list(undocumented(document, {"$ref": schema}, tree(mask + ",nonsense"))) == ["nonsense"]


def test_every_parameter_is_one_that_google_documents(google, wire):
    calendar, gmail = discovered("calendar.v3"), discovered("gmail.v1")
    for body in ({}, {}, TIMED, TIMED, {"resourceId": "r", "expiration": "1"}, {}, {}):
        wire.answer(body=body)
    listed(google, window=WINDOW)
    listed(google, sync_token="s", page_token="p")
    google.get_event(TOKEN, USER, "e")
    patched(google)
    watching(google)
    google.stop_channel(TOKEN, USER, channel_id="c", resource_id="r")
    google.vacation(TOKEN, USER)
    events = calendar["resources"]["events"]["methods"]
    methods = [events["list"], events["list"], events["get"], events["patch"], events["watch"]]
    methods += [calendar["resources"]["channels"]["methods"]["stop"]]
    methods += [gmail["resources"]["users"]["resources"]["settings"]["methods"]["getVacation"]]
    for index, method in enumerate(methods):
        common = gmail["parameters"] if method is methods[-1] else calendar["parameters"]
        assert set(asked(wire, index)[1]) <= set(method.get("parameters", {})) | set(common)
        assert wire.asked[index].method == method["httpMethod"]
