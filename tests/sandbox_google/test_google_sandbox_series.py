"""Recurring events: occurrences, exceptions, expansion."""

import pytest
from google_company import ALICE, BOB, START, timed

WEEK = 7 * 86400


@pytest.fixture
def series(alice):
    body = timed("1T10:00", "1T11:00", summary="Weekly", recurrence=["RRULE:FREQ=WEEKLY;COUNT=4"])
    return alice.insert(body | {"attendees": [{"email": BOB}]}).json


def occurrence(series, day):
    return f"{series['id']}_202612{day:02d}T090000Z"


def starts(items):
    return [item["start"].get("dateTime") or item["start"]["date"] for item in items]


def seen(google, address=ALICE):
    return starts(google.instances(address, START - WEEK, START + 10 * WEEK))


def test_an_occurrence_can_be_read_by_its_id(alice, series):
    event = alice.get(occurrence(series, 8)).json
    assert event["recurringEventId"] == series["id"]
    assert event["originalStartTime"] == event["start"]
    assert event["start"]["dateTime"] == "2026-12-08T10:00:00+01:00"
    assert event["end"]["dateTime"] == "2026-12-08T11:00:00+01:00"
    assert event["etag"] == series["etag"]
    assert event["iCalUID"] == series["iCalUID"]
    assert "recurrence" not in event


@pytest.mark.parametrize("suffix", ["20261209T090000Z", "20261229T090000Z", "20261208T100000Z", "20261208", "x"])
def test_what_is_no_occurrence_is_not_found(alice, series, suffix):
    assert alice.get(f"{series['id']}_{suffix}").status == 404


def test_moving_an_occurrence_makes_an_exception(google, alice, bob, series):
    _, token = bob.everything()
    moved = alice.patch(occurrence(series, 8), timed("9T15:00", "9T16:00")).json
    assert moved["id"] == occurrence(series, 8)
    assert moved["originalStartTime"]["dateTime"] == "2026-12-08T10:00:00+01:00"
    assert (moved["start"]["dateTime"], moved["summary"]) == ("2026-12-09T15:00:00+01:00", "Weekly")
    ((copy),) = bob.everything(syncToken=token)[0]
    assert (copy["id"], copy["recurringEventId"]) == (moved["id"], series["id"])
    assert seen(google)[1] == "2026-12-09T15:00:00+01:00"
    assert len(seen(google)) == 4


def test_deleting_an_occurrence_leaves_a_cancelled_exception(google, alice, bob, series):
    _, token = alice.everything()
    assert alice.delete(occurrence(series, 15)).status == 204
    ((item),) = alice.everything(syncToken=token)[0]
    assert set(item) == {"kind", "etag", "id", "status", "recurringEventId", "originalStartTime"}
    assert item["status"] == "cancelled"
    assert alice.delete(occurrence(series, 15)).status == 410
    assert len(seen(google)) == len(seen(google, BOB)) == 3
    listed = [entry["id"] for entry in alice.list().json["items"]]
    assert listed == [series["id"], occurrence(series, 15)]  # also without showDeleted
    assert len(alice.list(singleEvents="true").json["items"]) == 3
    assert bob.get(occurrence(series, 15)).json["status"] == "cancelled"


def test_the_organiser_may_restore_an_occurrence(google, alice, series):
    alice.delete(occurrence(series, 15))
    assert alice.patch(occurrence(series, 15), {"status": "confirmed"}).status == 200
    assert len(seen(google)) == 4


def test_if_match_on_an_occurrence_is_the_series_etag(alice, series):
    assert alice.patch(occurrence(series, 8), {"summary": "x"}, etag='"1"').status == 412
    changed = alice.patch(occurrence(series, 8), {"summary": "x"}, etag=series["etag"])
    assert changed.status == 200
    assert alice.patch(occurrence(series, 8), {"summary": "y"}, etag=series["etag"]).status == 412


def test_exceptions_take_what_they_did_not_change_from_the_series(alice, series):
    alice.patch(occurrence(series, 8), {"summary": "Special"})
    _, token = alice.everything()
    alice.patch(series["id"], {"description": "join here", "summary": "New"})
    changed = {item["id"]: item for item in alice.everything(syncToken=token)[0]}
    assert set(changed) == {series["id"], occurrence(series, 8)}
    special = changed[occurrence(series, 8)]
    assert (special["summary"], special["description"]) == ("Special", "join here")


def test_a_change_that_all_exceptions_override_leaves_them_alone(alice, series):
    alice.patch(occurrence(series, 8), {"summary": "Special"})
    _, token = alice.everything()
    alice.patch(series["id"], {"summary": "New"})
    assert [item["id"] for item in alice.everything(syncToken=token)[0]] == [series["id"]]


def test_deleting_the_series_takes_everything_along(google, alice, bob, series):
    alice.patch(occurrence(series, 8), {"summary": "Special"})
    _, token = bob.everything()
    alice.delete(series["id"])
    assert [item["id"] for item in bob.everything(syncToken=token)[0]] == [series["id"]]
    assert seen(google) == seen(google, BOB) == []
    assert alice.list().json["items"] == []
    assert [item["id"] for item in alice.list(showDeleted="true").json["items"]] == [series["id"]]
    assert alice.get(occurrence(series, 8)).json["status"] == "cancelled"
    assert alice.get(occurrence(series, 15)).json["status"] == "cancelled"
    assert alice.patch(occurrence(series, 15), {"summary": "x"}).status == 410


def test_moving_the_series_resets_exceptions(google, alice, series):
    alice.patch(occurrence(series, 8), {"summary": "Special"})
    alice.patch(series["id"], timed("1T12:00", "1T13:00"))
    assert seen(google)[1] == "2026-12-08T12:00:00+01:00"
    assert alice.get(occurrence(series, 8)).json["status"] == "cancelled"


def test_ending_a_series_earlier(google, alice, series):
    after = alice.patch(series["id"], {"recurrence": ["RRULE:FREQ=WEEKLY;UNTIL=20261208T090000Z"]}).json
    assert after["recurrence"] == ["RRULE:FREQ=WEEKLY;UNTIL=20261208T090000Z"]
    assert len(seen(google)) == 2
    assert "recurrence" not in alice.patch(series["id"], {"recurrence": None}).json
    assert len(seen(google)) == 1


def test_an_occurrence_has_no_recurrence_of_its_own(alice, series):
    assert alice.patch(occurrence(series, 8), {"recurrence": ["RRULE:FREQ=DAILY"]}).status == 400


def test_a_guest_answers_for_one_occurrence(alice, bob, series):
    own = {"attendees": [{"email": BOB, "responseStatus": "declined"}], "attendeesOmitted": True}
    assert bob.patch(occurrence(series, 8), own).status == 200
    assert bob.patch(occurrence(series, 15), {"summary": "x"}).status == 403
    assert alice.get(occurrence(series, 8)).json["attendees"][0]["responseStatus"] == "declined"
    assert alice.get(occurrence(series, 15)).json["attendees"][0]["responseStatus"] == "needsAction"


def test_a_guest_removes_one_occurrence(google, alice, bob, series):
    assert bob.delete(occurrence(series, 8)).status == 204
    assert (len(seen(google)), len(seen(google, BOB))) == (4, 3)
    assert alice.get(occurrence(series, 8)).json["attendees"][0]["responseStatus"] == "declined"


def test_a_guest_of_one_occurrence_only(alice, eve, series):
    guests = [{"email": BOB}, {"email": "eve@partner.example"}]
    alice.patch(occurrence(series, 8), {"attendees": guests})
    ((item),) = eve.list().json["items"]
    assert item["recurringEventId"] == series["id"]
    assert eve.get(series["id"]).status == 404
    _, token = eve.everything()
    alice.delete(series["id"])
    ((item),) = eve.everything(syncToken=token)[0]
    assert item["status"] == "cancelled"


# ---- bounded lists --------------------------------------------------------------------------------------------------


def test_a_bounded_list_has_what_is_needed_to_expand_it(alice, series):
    alice.patch(occurrence(series, 8), timed("25T10:00", "25T11:00"))
    alice.delete(occurrence(series, 15))

    def listed(low, high):
        items = alice.list(timeMin=f"2026-12-{low}T00:00:00Z", timeMax=f"2026-12-{high}T00:00:00Z").json["items"]
        return [item["id"] for item in items]

    assert listed("07", "09") == [series["id"], occurrence(series, 8)]  # moved away, yet needed
    assert listed("14", "16") == [series["id"], occurrence(series, 15)]
    assert listed("24", "26") == [occurrence(series, 8)]  # its series has nothing here
    assert listed("03", "05") == []


def test_single_events_expand(alice, series):
    alice.patch(occurrence(series, 8), timed("9T15:00", "9T16:00"))
    bounds = {"timeMin": "2026-12-05T00:00:00Z", "timeMax": "2026-12-20T00:00:00Z"}
    items, _ = alice.everything(singleEvents="true", orderBy="startTime", maxResults=1, **bounds)
    assert starts(items) == ["2026-12-09T15:00:00+01:00", "2026-12-15T10:00:00+01:00"]
    assert all(item["recurringEventId"] == series["id"] for item in items)


def test_endless_series_expand_about_ten_years_ahead(alice):
    alice.insert(timed("1T10:00", "1T11:00", recurrence=["RRULE:FREQ=MONTHLY"]))
    items, _ = alice.everything(singleEvents="true", maxResults=50, fields="items(id,start),nextPageToken")
    assert 119 <= len(items) <= 122
    assert len({item["id"] for item in items}) == len(items)


def test_incremental_single_events(alice, series):
    _, token = alice.everything(singleEvents="true")
    alice.patch(series["id"], {"summary": "New"})
    assert len(alice.everything(singleEvents="true", syncToken=token)[0]) == 4
    alice.delete(series["id"])
    gone, _ = alice.everything(singleEvents="true", syncToken=token)
    assert [item["status"] for item in gone] == ["cancelled"] * 4


# ---- instances ------------------------------------------------------------------------------------------------------


def instances(caller, event_id, **query):
    return caller.call("GET", f"{caller.events}/{event_id}/instances", **query)


def test_instances(alice, series):
    alice.patch(occurrence(series, 8), timed("9T15:00", "9T16:00"))
    alice.delete(occurrence(series, 15))
    ids = {item["id"] for item in instances(alice, series["id"]).json["items"]}
    assert ids == {occurrence(series, day) for day in (1, 8, 22)}
    assert len(instances(alice, series["id"], showDeleted="true").json["items"]) == 4
    bounded = instances(alice, series["id"], timeMin="2026-12-20T00:00:00Z").json["items"]
    assert [item["id"] for item in bounded] == [occurrence(series, 22)]
    first = instances(alice, series["id"], maxResults=2).json
    assert "nextSyncToken" not in first
    rest = instances(alice, series["id"], maxResults=2, pageToken=first["nextPageToken"]).json
    assert len(first["items"] + rest["items"]) == 3


def test_instances_of_an_occurrence_and_of_others(alice, series):
    assert [item["id"] for item in instances(alice, occurrence(series, 1)).json["items"]] == [occurrence(series, 1)]
    alice.delete(occurrence(series, 15))
    assert instances(alice, occurrence(series, 15)).json["items"] == []
    single = alice.insert(timed("1T10:00", "1T11:00")).json
    assert instances(alice, single["id"]).status == 400
    assert instances(alice, "nothing").status == 404
    assert instances(alice, series["id"], syncToken="x").status == 400


def test_instances_by_original_start(alice, series):
    alice.patch(occurrence(series, 8), timed("9T15:00", "9T16:00"))
    found = instances(alice, series["id"], originalStart="2026-12-08T10:00:00+01:00").json["items"]
    assert [item["id"] for item in found] == [occurrence(series, 8)]


# ---- rules ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        (["RRULE:FREQ=DAILY;COUNT=3"], [1, 2, 3]),
        (["RRULE:FREQ=DAILY;UNTIL=20261203"], [1, 2, 3]),
        (["RRULE:FREQ=DAILY;UNTIL=20261203T090000Z"], [1, 2, 3]),
        (["RRULE:FREQ=DAILY;UNTIL=20261203T085959Z"], [1, 2]),
        (["RRULE:FREQ=DAILY;COUNT=4", "EXDATE;TZID=Europe/Zurich:20261202T100000,20261203T100000"], [1, 4]),
        (["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20261202T090000Z"], [1, 3]),
        (["RDATE;TZID=Europe/Zurich:20261205T100000"], [1, 5]),
        (["RRULE:FREQ=DAILY;COUNT=2", "RDATE;TZID=America/New_York:20261205T040000"], [1, 2, 5]),
        (["RRULE:FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3"], [1, 3, 8]),
        (["RRULE:FREQ=DAILY;COUNT=3", "EXRULE:FREQ=DAILY;INTERVAL=2;COUNT=1"], [2, 3]),
    ],
)
def test_rules(google, alice, lines, days):
    alice.insert(timed("1T10:00", "1T11:00", recurrence=lines))
    assert [int(text[8:10]) for text in seen(google)] == days


def test_all_day_series(google, alice):
    body = {"start": {"date": "2026-12-01"}, "end": {"date": "2026-12-03"}}
    made = alice.insert(body | {"recurrence": ["RRULE:FREQ=WEEKLY;UNTIL=20261215"]}).json
    assert seen(google) == ["2026-12-01", "2026-12-08", "2026-12-15"]
    second = alice.get(f"{made['id']}_20261208").json
    assert (second["start"], second["end"]) == ({"date": "2026-12-08"}, {"date": "2026-12-10"})
    assert second["originalStartTime"] == {"date": "2026-12-08"}
    alice.delete(f"{made['id']}_20261208")
    assert seen(google) == ["2026-12-01", "2026-12-15"]


def test_wall_clock_time_is_kept_across_a_change_of_offset(google, alice):
    when = {
        name: {"dateTime": f"2026-03-27T{hour}:00:00+01:00", "timeZone": "Europe/Zurich"}
        for name, hour in (("start", 10), ("end", 11))
    }
    alice.insert(when | {"recurrence": ["RRULE:FREQ=DAILY;COUNT=4"]})
    items = google.instances(ALICE, START - 300 * 86400, START)
    assert starts(items) == [
        "2026-03-27T10:00:00+01:00",
        "2026-03-28T10:00:00+01:00",
        "2026-03-29T10:00:00+02:00",
        "2026-03-30T10:00:00+02:00",
    ]
    assert items[2]["id"].endswith("_20260329T080000Z")
