"""Status events: what Google demands of them, and that they come back whole."""

import pytest
from google_company import AWAY, ELSEWHERE, FOCUS, timed

DAY = {"start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"}}
TWO_DAYS = {"start": {"date": "2026-12-01"}, "end": {"date": "2026-12-03"}}


def without(body, name):
    return {key: value for key, value in body.items() if key != name}


@pytest.mark.parametrize("body", [AWAY, FOCUS, ELSEWHERE])
def test_they_come_back_whole(alice, body):
    made = alice.insert(timed("1T10:00", "1T11:00", **body)).json
    assert {name: made[name] for name in body} == body
    assert [item["eventType"] for item in alice.list().json["items"]] == [body["eventType"]]


@pytest.mark.parametrize("kind", ["homeOffice", "officeLocation", "customLocation"])
def test_places(alice, kind):
    place = {"type": kind, kind: {} if kind == "homeOffice" else {"label": "x"}}
    assert alice.insert(DAY | ELSEWHERE | {"workingLocationProperties": place}).status == 200


@pytest.mark.parametrize(
    "body",
    [
        DAY | AWAY,
        DAY | FOCUS,
        TWO_DAYS | ELSEWHERE,
        timed("1T10:00", "1T11:00", **without(AWAY, "outOfOfficeProperties")),
        timed("1T10:00", "1T11:00", **without(FOCUS, "focusTimeProperties")),
        timed("1T10:00", "1T11:00", **without(ELSEWHERE, "workingLocationProperties")),
        timed("1T10:00", "1T11:00", **AWAY, transparency="transparent"),
        timed("1T10:00", "1T11:00", **without(ELSEWHERE, "visibility")),
        timed("1T10:00", "1T11:00", **without(ELSEWHERE, "transparency")),
        timed("1T10:00", "1T11:00", **ELSEWHERE | {"workingLocationProperties": {"type": "moon"}}),
        timed("1T10:00", "1T11:00", **ELSEWHERE | {"workingLocationProperties": {"type": "homeOffice"}}),
    ],
)
def test_what_is_refused(alice, body):
    answer = alice.insert(body)
    assert answer.status == 400
    assert answer.reason.startswith("malformed")
    assert alice.list().json["items"] == []


def test_a_series_of_working_locations(alice):
    assert alice.insert(DAY | ELSEWHERE | {"recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=TU"]}).status == 200
    times = {"timeMin": "2026-12-01T00:00:00Z", "timeMax": "2026-12-20T00:00:00Z", "singleEvents": "true"}
    assert len(alice.list(**times).json["items"]) == 3
