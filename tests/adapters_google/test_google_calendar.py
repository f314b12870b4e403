"""Lists as Google's documentation wants them, and events as it gives them."""

import json
from datetime import date

import pytest
from google_calls import COMMON, ROOM, TIMED, TOKEN, USER, WINDOW, asked, failing, listed

from hybridcal_daemon.adapters.google.lists import FullList, IncrementalList, list_mode
from hybridcal_daemon.adapters.google.wire import EDGE_FIELDS, PAGE_FIELDS
from hybridcal_daemon.domain.events import Removed
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.values import AllDay, Plain, Timed


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
        "guestsCanSeeOtherGuests": False,
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
    assert (event.attendees_omitted, event.guests_hidden, event.private, event.locked) == (True, True, True, False)
    assert event.conference_uri == Plain("https://video.example/1")


def test_the_least_an_event_may_have(google, wire):
    wire.answer(body={"items": [{"id": "e", "start": {"date": "2026-11-22"}, "eventType": "workingLocation"}]})
    (event,) = listed(google, window=WINDOW).events
    assert (event.start, event.end, event.status) == (AllDay(day=date(2026, 11, 22)), None, "confirmed")
    assert (event.event_type, event.organizer, event.private, event.locked) == ("workingLocation", None, False, False)
    assert not event.guests_hidden
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
    wire.answer(body=f'{{"items": [{json.dumps(TIMED)}, {item}, {json.dumps({**TIMED, "id": "e2"})}]}}'.encode())
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


# ---- the edge of the window, and occurrences ------------------------------------------------------------------------


def test_an_edge_list_has_both_bounds_and_no_token_of_its_own(google, wire):
    wire.answer(body={"items": [TIMED], "nextPageToken": "p2", "nextSyncToken": "unasked"})
    page = google.list_edge(TOKEN, USER, window=WINDOW, page_token="p1")
    where, params = asked(wire)
    assert where == "GET www.googleapis.com/calendar/v3/calendars/primary/events"
    assert params == {
        "timeMin": "2023-11-14T22:13:20Z",
        "timeMax": "2023-12-08T01:46:40Z",
        "singleEvents": "true",
        "showDeleted": "false",
        "maxResults": "2500",
        "pageToken": "p1",
        "fields": EDGE_FIELDS,
        **COMMON,
    }
    assert [event.event_id for event in page.events] == ["e1"]
    assert (page.next_page, page.next_token) == ("p2", None)


def test_occurrences_of_a_series(google, wire):
    occurrence = {**TIMED, "id": "s_1", "recurringEventId": "s", "originalStartTime": TIMED["start"]}
    wire.answer(body={"items": [occurrence]})
    page = google.instances(TOKEN, USER, "s/1@x", window=WINDOW, page_token=None)
    assert wire.asked[0].url.partition("?")[0].endswith("/calendars/primary/events/s%2F1%40x/instances")
    assert asked(wire)[1] == {
        "timeMin": "2023-11-14T22:13:20Z",
        "timeMax": "2023-12-08T01:46:40Z",
        "showDeleted": "false",
        "maxResults": "2500",
        "fields": EDGE_FIELDS,
        **COMMON,
    }
    (event,) = page.events
    assert (event.series_id, event.original_start) == ("s", event.start)


def test_a_series_that_is_not_there(google, wire):
    wire.answer(404, {"error": {"errors": [{"reason": "notFound"}]}})
    assert failing(lambda: google.instances(TOKEN, USER, "s", window=WINDOW, page_token=None))[0] is Kind.NOT_FOUND


def test_another_calendar_is_named_in_the_path(google, wire):
    room = Plain(f"acme.example_#{ROOM}")
    for _ in range(3):
        wire.answer(body={"items": []})
    listed(google, window=WINDOW, calendar=room)
    google.list_edge(TOKEN, USER, window=WINDOW, page_token=None, calendar=room)
    google.instances(TOKEN, USER, "s", window=WINDOW, page_token=None, calendar=room)
    path = "/calendars/acme.example_%23c_188%40resource.calendar.google.com/events"
    assert [request.url.partition("?")[0].partition("v3")[2] for request in wire.asked] == [
        path,
        path,
        f"{path}/s/instances",
    ]
