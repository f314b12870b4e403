"""quickAdd: the call, and the grammar that the stand-in knows. It is Monday 2026-11-30, 11:00 in Zurich."""

import pytest
from google_company import ALICE, AUTH, Caller
from hypothesis import given
from hypothesis import strategies as st

from hybridcal_daemon.sandbox.google.quick import read_text

NOW = 1_796_032_800


def read(text):
    body = read_text(text, NOW, "Europe/Zurich")
    when = [part.get("date") or part["dateTime"][:16] for part in (body["start"], body["end"])]
    return [body["summary"], *when, body.get("location"), *body.get("recurrence", [])]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Design review tomorrow 10am", ["Design review", "2026-12-01T10:00", "2026-12-01T11:00", None]),
        (
            "Lunch with Bob Friday 12:30-13:30 at Cafe Central",
            ["Lunch with Bob", "2026-12-04T12:30", "2026-12-04T13:30", "Cafe Central"],
        ),
        ("tomorrow at 3pm call Carol", ["call Carol", "2026-12-01T15:00", "2026-12-01T16:00", None]),
        ("Call at 10 tomorrow", ["Call", "2026-12-01T10:00", "2026-12-01T11:00", None]),
        ("Call today 10:30 pm for 45 minutes", ["Call", "2026-11-30T22:30", "2026-11-30T23:15", None]),
        ("Workshop on Wednesday 9-12pm", ["Workshop", "2026-12-02T09:00", "2026-12-02T12:00", None]),
        ("Workshop Wed 9am-12pm", ["Workshop", "2026-12-02T09:00", "2026-12-02T12:00", None]),
        ("Workshop Wednesday 2-3:30pm", ["Workshop", "2026-12-02T14:00", "2026-12-02T15:30", None]),
        ("Workshop Wednesday 9-11am", ["Workshop", "2026-12-02T09:00", "2026-12-02T11:00", None]),
        ("Party Saturday from 10pm to 2am", ["Party", "2026-12-05T22:00", "2026-12-06T02:00", None]),
        ("Lunch noon", ["Lunch", "2026-11-30T12:00", "2026-11-30T13:00", None]),
        ("Early bird 8am", ["Early bird", "2026-12-01T08:00", "2026-12-01T09:00", None]),
        ("Review Monday 10am", ["Review", "2026-12-07T10:00", "2026-12-07T11:00", None]),
        ("Review Monday 2pm", ["Review", "2026-11-30T14:00", "2026-11-30T15:00", None]),
        ("Review next Monday 2pm", ["Review", "2026-12-07T14:00", "2026-12-07T15:00", None]),
        ("Offsite Thursday", ["Offsite", "2026-12-03", "2026-12-04", None]),
        ("Offsite on 2026-12-24", ["Offsite", "2026-12-24", "2026-12-25", None]),
        ("Offsite on 24 December", ["Offsite", "2026-12-24", "2026-12-25", None]),
        ("Offsite Jan 2nd 14:00 at Bern", ["Offsite", "2027-01-02T14:00", "2027-01-02T15:00", "Bern"]),
        ("Audit 3rd of March 2027", ["Audit", "2027-03-03", "2027-03-04", None]),
        ("Retro in 2 weeks 10am", ["Retro", "2026-12-14T10:00", "2026-12-14T11:00", None]),
        ("Cinema tonight", ["Cinema", "2026-11-30T20:00", "2026-11-30T21:00", None]),
        (
            "Standup every weekday 9am for 15 minutes",
            ["Standup", "2026-12-01T09:00", "2026-12-01T09:15", None, "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"],
        ),
        ("Yoga daily 7:00", ["Yoga", "2026-12-01T07:00", "2026-12-01T08:00", None, "RRULE:FREQ=DAILY"]),
        (
            "1:1 with Bob every Tuesday 14:00",
            ["1:1 with Bob", "2026-12-01T14:00", "2026-12-01T15:00", None, "RRULE:FREQ=WEEKLY;BYDAY=TU"],
        ),
        ("Buy milk", ["Buy milk", "2026-11-30T11:00", "2026-11-30T12:00", None]),
        ("Meeting at Zurich office", ["Meeting", "2026-11-30T11:00", "2026-11-30T12:00", "Zurich office"]),
        ("Read on 2026-02-31", ["Read on 2026-02-31", "2026-11-30T11:00", "2026-11-30T12:00", None]),
        ("tomorrow 10am", ["tomorrow 10am", "2026-12-01T10:00", "2026-12-01T11:00", None]),
        ("Monday.com demo version 1.2", ["Monday.com demo version 1.2", "2026-11-30T11:00", "2026-11-30T12:00", None]),
    ],
)
def test_the_grammar(text, expected):
    assert read(text) == expected


WORDS = ["every", "weekday", "tomorrow", "at", "for", "in", "on", "9", "99", "9am", "25:61", "31", "Feb", "2", "weeks"]


@given(st.lists(st.sampled_from([*WORDS, "-", "to", "noon", "Friday", "next", "2026-12-01", "minutes"]), min_size=1))
def test_any_words_make_an_event(words):
    body = read_text(" ".join(words), NOW, "Europe/Zurich")
    assert body["summary"]
    assert list(body["start"].values()) < list(body["end"].values())


def test_an_hour_is_an_hour_where_clocks_jump():
    before_the_gap = 1_774_656_000  # 2026-03-28T00:00:00Z
    body = read_text("Night shift 2026-03-29 02:30", before_the_gap, "Europe/Zurich")
    times = [body[name]["dateTime"] for name in ("start", "end")]
    assert times == ["2026-03-29T03:30:00+02:00", "2026-03-29T04:30:00+02:00"]


def test_the_call(google, alice):
    made = alice.quick("Lunch with Bob Friday 12:30-13:30 at Cafe").json
    assert (made["summary"], made["location"]) == ("Lunch with Bob", "Cafe")
    assert made["start"] == {"dateTime": "2026-12-04T12:30:00+01:00", "timeZone": "Europe/Zurich"}
    assert alice.get(made["id"]).json == made
    assert google.journal()[0].operation == "calendar.events.quickAdd"
    series = alice.quick("Standup every weekday 9am").json
    assert series["recurrence"] == ["RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"]


@pytest.mark.parametrize("query", [{}, {"text": ""}, {"text": "   "}])
def test_the_text_must_be_there(alice, query):
    answer = alice.call("POST", f"{alice.events}/quickAdd", **query)
    assert (answer.status, answer.reason) == (400, "required")
    assert alice.list().json["items"] == []


@pytest.mark.parametrize(
    ("scope", "status"),
    [("calendar", 200), ("calendar.events", 200), ("calendar.events.owned", 200), ("calendar.readonly", 403)],
)
def test_scopes(google, scope, status):
    assert Caller(google, google.person_token(ALICE, [AUTH + scope])).quick("Lunch").status == status
