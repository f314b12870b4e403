"""Known pitfalls of Google's lists and channels that are the calendar adapter's to avoid (google.md B.3 and C.4)."""

import inspect
import json
from datetime import date

import pytest
from pitfall_calls import ASKING, CHANGES, LISTS, TIMED, WINDOW, Recorded, all_asked, only, paged, refused

from hybridcal_daemon.adapters.google import GoogleCalendar, GoogleSettings, mapping
from hybridcal_daemon.adapters.google.lists import FullList, IncrementalList
from hybridcal_daemon.domain.events import analyse, is_meeting
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.recurrence import untrusted
from hybridcal_daemon.domain.values import AllDay, Plain, Secret, Timed

# ---- B.3 push -------------------------------------------------------------------------------------------------------


def watching(body):
    google = GoogleCalendar(Recorded(body), GoogleSettings(push_url="https://push.acme.example/"))
    return google.watch(*ASKING, channel_id="c", channel_token=Secret("s"), ttl=600)


def test_b3_1_the_end_of_a_channel_is_in_milliseconds():
    assert watching({"resourceId": "r", "expiration": "1796032800500"}).expires_at == 1_796_032_800.5


@pytest.mark.parametrize("body", [{"expiration": "1796032800500"}, {"resourceId": "r"}])
def test_b3_5_a_channel_that_could_not_be_stopped_or_renewed_is_no_answer(body):
    assert refused(lambda: watching(body)) == (Kind.TRANSIENT, "google-bad-answer")


@pytest.mark.parametrize("status", [404, 410])
def test_b3_5_a_channel_that_is_gone_is_stopped(status):
    google = GoogleCalendar(Recorded({}, status))
    google.stop_channel(*ASKING, channel_id="c", resource_id="r")
    assert len(google._http.asked) == 1


# ---- C.4 lists ------------------------------------------------------------------------------------------------------


def test_c4_01_a_sync_token_with_a_filter_cannot_be_said():
    http = Recorded()
    google = GoogleCalendar(http)
    both = {"sync_token": "s", "window": WINDOW, "page_token": None}
    assert refused(lambda: google.list_events(*ASKING, **both)) == (Kind.INVALID, "google-bad-request")
    assert http.asked == []
    assert (FullList.__slots__, IncrementalList.__slots__) == (("window",), ("sync_token",))
    for name in ("list_edge", "instances"):
        assert "sync_token" not in inspect.signature(getattr(GoogleCalendar, name)).parameters


def test_c4_01_no_request_has_both():
    filters = {"timeMin", "timeMax", "updatedMin", "orderBy", "q", "iCalUID"}
    for query in all_asked(LISTS, {"items": []}).queries():
        assert "syncToken" not in query or filters.isdisjoint(query)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": {"code": 400, "message": "Invalid sync token value.", "errors": [{"reason": "invalid"}]}}),
        (410, {"error": {"code": 410, "errors": [{"reason": "fullSyncRequired"}]}}),
    ],
)
def test_c4_09_two_ways_to_say_that_a_token_is_void(status, body):
    google = GoogleCalendar(Recorded(body, status))
    assert refused(lambda: LISTS["incremental"](google)) == (Kind.RESYNC, "google-sync-token")


def test_c4_10_series_come_whole_and_are_expanded_only_between_bounds():
    full, incremental, edge, instances = all_asked(LISTS, {"items": []}).queries()
    assert full["singleEvents"] == incremental["singleEvents"] == ["false"]
    assert edge["singleEvents"] == ["true"]
    for expanded in (edge, instances):
        assert {"timeMin", "timeMax"} <= expanded.keys()


@pytest.mark.parametrize(
    "leftovers", [{}, {"kind": "calendar#event"}, {"summary": None, "start": None, "attendees": 7, "end": "x"}]
)
def test_c4_11_a_cancelled_row_lacks_everything(leftovers):
    page = paged({"id": "e1", "status": "cancelled", **leftovers}, TIMED | {"id": "e2"})
    assert [gone.event_id for gone in page.removed] == ["e1"]
    assert [event.event_id for event in page.events] == ["e2"]
    assert page.quarantined == ()


def test_c4_11_a_cancelled_exception_says_which_occurrence():
    original = {"dateTime": "2026-11-22T10:00:00+01:00"}
    row = {"id": "s_1", "status": "cancelled", "recurringEventId": "s", "originalStartTime": original}
    (gone,) = paged(row).removed
    assert (gone.series_id, gone.original_start) == ("s", Timed(at=1_795_338_000, tz="UTC"))


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
def test_c4_17_a_day_stays_a_day(zone):
    item = {"id": "e", "start": {"date": "2026-11-22"}, "end": {"date": "2026-11-23"}}
    (event,) = mapping.page(json.dumps({"items": [item], "timeZone": zone}).encode()).events
    fact, _ = analyse(event)
    assert (fact.start, fact.end) == (AllDay(day=date(2026, 11, 22)), AllDay(day=date(2026, 11, 23)))


def test_c4_20_the_two_ways_to_list_differ_by_token_and_bounds_alone():
    full, incremental, *_ = all_asked(LISTS, {"items": []}).queries()
    ours = {"timeMin", "timeMax", "syncToken", "pageToken"}
    assert {k: v for k, v in full.items() if k not in ours} == {k: v for k, v in incremental.items() if k not in ours}


@pytest.mark.parametrize("items", [{"items": []}, {}])
@pytest.mark.parametrize("call", LISTS.values(), ids=LISTS)
def test_c4_21_an_empty_page_has_a_next_one(call, items):
    page = call(GoogleCalendar(Recorded({**items, "nextPageToken": "p2"})))
    assert (page.events, page.removed, page.next_page, page.next_token) == ((), (), "p2", None)


@pytest.mark.parametrize("zone", ["GMT-0500", "W. Europe Standard Time", "Mars/Olympus", "../x", "Europe", ""])
def test_c4_24_an_unknown_zone_leaves_the_instant_right(zone):
    event = only(TIMED | {"start": TIMED["start"] | {"timeZone": zone}})
    assert event.start == Timed(at=1_795_338_000, tz="UTC")
    assert event.recurrence == ()


def test_c4_24_a_series_in_an_unknown_zone_is_left_to_google():
    series = TIMED | {"recurrence": ["RRULE:FREQ=WEEKLY"]}
    known = analyse(only(series))[0]
    lost = analyse(only(series | {"start": TIMED["start"] | {"timeZone": "W. Europe Standard Time"}}))[0]
    assert untrusted(known) == ""
    assert untrusted(lost) != ""


OLD, NEWER = "2026-11-20T10:00:00.100Z", "2026-11-20T10:00:00.200Z"


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ({"updated": OLD}, {"updated": NEWER}, "second"),
        ({"updated": NEWER}, {"updated": OLD}, "first"),
        ({"updated": NEWER}, {"updated": "2026-11-20T11:00:00.100+01:00"}, "first"),
        ({"updated": OLD, "sequence": 2}, {"updated": OLD, "sequence": 1}, "first"),
        ({"updated": OLD, "sequence": 1}, {"updated": OLD, "sequence": 1}, "second"),
        ({"updated": NEWER}, {}, "second"),
        ({}, {"updated": OLD}, "second"),
        ({"updated": "soon"}, {"updated": OLD}, "second"),
    ],
)
def test_c4_25_of_two_versions_in_a_page_the_newer_counts(first, second, kept):
    page = paged(TIMED | first | {"summary": "first"}, TIMED | second | {"summary": "second"})
    assert [event.summary for event in page.events] == [Plain(kept)]


def test_c4_25_a_deletion_may_be_the_older_version():
    gone = {"id": "e1", "status": "cancelled", "updated": OLD}
    alive = TIMED | {"updated": NEWER}
    for items in ([gone, alive], [alive, gone]):
        assert (len(paged(*items).events), paged(*items).removed) == (1, ())
    assert [each.event_id for each in paged(alive, gone | {"updated": "2027-01-01T00:00:00Z"}).removed] == ["e1"]


def test_c4_28_what_is_no_meeting_is_left_out_here_so_no_way_to_list_can_forget_it():
    types = ["default", "outOfOffice", "focusTime", "workingLocation", "birthday", "fromGmail", "somethingNew"]
    events = [only(TIMED | {"eventType": name}) for name in types]
    assert [event.event_type for event in events if is_meeting(event)] == ["default", "somethingNew"]
    assert is_meeting(only(TIMED))
    assert ["eventTypes" in query for query in all_asked(LISTS, {"items": []}).queries()] == [False] * 4


def test_c4_29_the_etag_is_asked_for_wherever_events_are():
    for query in all_asked({**LISTS, **CHANGES}, TIMED | {"items": []}).queries():
        assert "etag" in query["fields"][0]


def test_c4_30_no_clock_of_ours_decides_what_has_changed():
    assert ["updatedMin" in query for query in all_asked(LISTS, {"items": []}).queries()] == [False] * 4
