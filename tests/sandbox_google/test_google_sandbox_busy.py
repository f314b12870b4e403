"""freeBusy.query."""

import pytest
from google_company import ALICE, AUTH, AWAY, BOB, ELSEWHERE, EVE, FOCUS, Caller, timed


def spans(answer, calendar="primary"):
    assert answer.status == 200, answer.body
    return [(span["start"], span["end"]) for span in answer.json["calendars"][calendar]["busy"]]


def hours(answer, calendar="primary"):
    return [(start[11:16], end[11:16]) for start, end in spans(answer, calendar)]


def test_an_answer_is_as_google_gives_it(alice):
    alice.insert(timed("1T10:00", "1T11:00"))
    assert alice.busy("primary").json == {
        "kind": "calendar#freeBusy",
        "timeMin": "2026-12-01T00:00:00.000Z",
        "timeMax": "2026-12-02T00:00:00.000Z",
        "calendars": {"primary": {"busy": [{"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T10:00:00Z"}]}},
    }


def test_the_key_is_the_id_as_asked(alice):
    answer = alice.busy("primary", ALICE, "Alice@Acme.Example", "primary")
    assert list(answer.json["calendars"]) == ["primary", ALICE, "Alice@Acme.Example"]


def test_spans_are_written_in_the_zone_asked_for(alice):
    alice.insert(timed("1T10:00", "1T11:00"))
    zoned = alice.busy("primary", timeZone="Asia/Tokyo")
    assert spans(zoned) == [("2026-12-01T18:00:00+09:00", "2026-12-01T19:00:00+09:00")]
    assert zoned.json["timeMin"] == "2026-12-01T00:00:00.000Z"


def test_spans_that_touch_are_one_and_are_cut_at_the_bounds(alice):
    for start, end in (("10:00", "11:00"), ("11:00", "12:00"), ("11:30", "11:45"), ("14:00", "15:00")):
        alice.insert(timed(f"1T{start}", f"1T{end}"))
    answer = alice.busy("primary", low="2026-12-01T09:30:00Z", high="2026-12-01T13:30:00Z")
    assert hours(answer) == [("09:30", "11:00"), ("13:00", "13:30")]


@pytest.mark.parametrize(
    ("more", "busy"),
    [
        ({}, True),
        ({"status": "tentative"}, True),
        ({"visibility": "private"}, True),
        (AWAY, True),
        (FOCUS, True),
        ({"transparency": "transparent"}, False),
        (ELSEWHERE, False),
        ({"eventType": "birthday"}, False),
        ({"status": "cancelled"}, False),
    ],
)
def test_what_makes_busy(alice, more, busy):
    assert alice.insert(timed("1T10:00", "1T11:00", **more)).status == 200
    assert bool(spans(alice.busy("primary"))) is busy


@pytest.mark.parametrize(
    ("answer", "busy"), [("needsAction", True), ("accepted", True), ("tentative", True), ("declined", False)]
)
def test_a_guests_answer_counts_for_the_guest_alone(alice, bob, answer, busy):
    made = alice.insert(timed("1T10:00", "1T11:00", attendees=[{"email": BOB}])).json
    own = [{"email": BOB, "responseStatus": answer}]
    bob.patch(made["id"], {"attendees": own, "attendeesOmitted": True})
    assert bool(spans(bob.busy("primary"))) is busy
    assert spans(alice.busy("primary"))


def test_a_series_with_an_occurrence_moved_and_one_deleted(alice):
    made = alice.insert(timed("1T10:00", "1T11:00", recurrence=["RRULE:FREQ=DAILY;COUNT=4"])).json["id"]
    alice.patch(f"{made}_20261202T090000Z", timed("2T20:00", "2T21:00"))
    alice.delete(f"{made}_20261203T090000Z")
    starts = [start for start, _ in spans(alice.busy("primary", high="2026-12-31T00:00:00Z"))]
    assert starts == ["2026-12-01T09:00:00Z", "2026-12-02T19:00:00Z", "2026-12-04T09:00:00Z"]


def test_days_are_those_of_the_calendars_zone(bob):
    bob.insert({"start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"}})
    answer = bob.busy("primary", high="2026-12-03T00:00:00Z")
    assert spans(answer) == [("2026-12-01T05:00:00Z", "2026-12-02T05:00:00Z")]


# ---- other calendars ------------------------------------------------------------------------------------------------


def test_errors_are_inside_a_200(google, alice, bob, room):
    bob.insert(timed("1T10:00", "1T11:00", attendees=[{"email": room}]))
    google.share(room, "freeBusyReader", scope="domain", value="acme.example")
    calendars = alice.busy(BOB, "nobody@acme.example", room).json["calendars"]
    not_found = {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
    assert calendars[BOB] == calendars["nobody@acme.example"] == not_found
    assert calendars[room] == {"busy": [{"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T10:00:00Z"}]}
    google.share(BOB, "freeBusyReader", value=ALICE)
    assert spans(alice.busy(BOB), BOB)
    google.add_user(BOB, calendar=False)
    assert alice.busy(BOB).json["calendars"][BOB] == not_found


def test_too_many_calendars_spoil_all(alice):
    many = [f"p{number}@acme.example" for number in range(50)]
    assert len(alice.busy(*many).json["calendars"]) == 50
    calendars = alice.busy("primary", *many).json["calendars"]
    assert {entry["errors"][0]["reason"] for entry in calendars.values()} == {"tooManyCalendarsRequested"}
    few = alice.busy("primary", BOB, calendarExpansionMax=1).json["calendars"]
    assert few["primary"]["errors"][0]["reason"] == "tooManyCalendarsRequested"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"timeMin": None}, "required"),
        ({"timeMax": None}, "required"),
        ({"timeMin": "2026-12-01T00:00:00"}, "badRequest"),
        ({"timeMin": "2026-12-02T00:00:00Z"}, "timeRangeEmpty"),
        ({"timeMin": "2026-12-03T00:00:00Z"}, "timeRangeEmpty"),
        ({"timeMax": "2027-03-04T00:00:00Z"}, "timeRangeTooLong"),
        ({"timeZone": "Mars/Base"}, "invalidParameter"),
        ({"calendarExpansionMax": 51}, "invalidParameter"),
        ({"calendarExpansionMax": 0}, "invalidParameter"),
        ({"groupExpansionMax": 101}, "invalidParameter"),
        ({"items": [{}]}, "required"),
        ({"items": ["primary"]}, "parseError"),
        ({"calendars": []}, "invalid"),
    ],
)
def test_bad_questions_are_refused(alice, change, reason):
    answer = alice.busy("primary", **change)
    assert (answer.status, answer.reason) == (400, reason)


def test_questions_at_the_limits(alice):
    assert alice.busy("primary", calendarExpansionMax=50, groupExpansionMax=100).status == 200
    assert alice.busy("primary", high="2027-03-03T00:00:00Z").status == 200
    assert alice.busy().json["calendars"] == {}


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        ("calendar", 200),
        ("calendar.readonly", 200),
        ("calendar.freebusy", 200),
        ("calendar.events.freebusy", 200),
        ("calendar.events", 403),
        ("calendar.acls", 403),
    ],
)
def test_scopes(google, scope, status):
    assert Caller(google, google.person_token(ALICE, [AUTH + scope])).busy("primary").status == status


def test_masks_reach_calendars(alice):
    body = {"timeMin": "2026-12-01T00:00:00Z", "timeMax": "2026-12-02T00:00:00Z", "items": [{"id": EVE}]}
    answer = alice.call("POST", "/calendar/v3/freeBusy", body, fields="calendars")
    assert set(answer.json) == {"calendars"}
    assert alice.call("POST", "/calendar/v3/freeBusy", body, fields="calendars/*/bussy").status == 400
    assert alice.call("POST", "/calendar/v3/freeBusy", body, foo="1").status == 400
