"""Errands over the feed."""

import base64
import json

import pytest

from hybridcal_daemon.domain.errors import CATALOGUE
from hybridcal_daemon.domain.explaining import Reason
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import AllDay, Plain, Timed
from hybridcal_daemon.domain.wishes import Delete, Explain, FreeBusy, Insert, QuickAdd, Respond
from hybridcal_daemon.ports import UnknownUser

ROOT = "/calendar/api/v1"
BEARER = {"Authorization": "Bearer alice-bearer"}
TIMES = {"start": "2026-11-30T10:00:00+01:00", "end": "2026-11-30T11:00:00+01:00"}
PLAN = {"title": "Plan", **TIMES}
EVENT = {"event": {"id": "hc1", "title": "Plan", "start": TIMES["start"], "end": TIMES["end"]}}


def path_id(event_id):
    return base64.urlsafe_b64encode(event_id.encode()).decode().rstrip("=")


def send(running, method, path, body=None, **headers):
    payload = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    return running.get("feed", f"{ROOT}{path}", method, payload, **{**BEARER, **headers})


def test_a_meeting_is_made(running, daemon):
    daemon.outcome = EVENT
    body = {**PLAN, "guests": ["bob@acme.example"], "rooms": ["oak@acme.example"], "location": "@webex"}
    answer = send(running, "POST", "/meetings", body)
    assert (answer.status, answer.json) == (200, {"state": "done", "key": "k-made", **EVENT})
    assert answer.headers["cache-control"] == "no-store"
    ((wish, by, key, wait),) = daemon.wishes
    assert (by, key, wait) == ("reader", "", 10.0)
    assert wish == Insert(
        title=Plain("Plan"),
        start=Timed(at=1_796_029_200, tz="UTC"),
        end=Timed(at=1_796_032_800, tz="UTC"),
        location=Plain("@webex"),
        guests=(Plain("bob@acme.example"),),
        rooms=(Plain("oak@acme.example"),),
    )


def test_a_time_without_an_offset_counts_in_the_zone_that_is_named(running, daemon):
    daemon.outcome = EVENT
    body = {"title": "Plan", "start": "2026-07-01T10:00", "end": "2026-07-01T11:00", "timeZone": "Europe/Berlin"}
    assert send(running, "POST", "/meetings", body).status == 200
    assert daemon.wishes[0][0].start == Timed(at=1_782_892_800, tz="Europe/Berlin")


def test_days_make_a_meeting_of_whole_days(running, daemon):
    daemon.outcome = EVENT
    send(running, "POST", "/meetings", {"title": "Off", "start": "2026-12-01", "end": "2026-12-03"})
    wish = daemon.wishes[0][0]
    assert (type(wish.start), wish.start.day.isoformat(), wish.end.day.isoformat()) == (
        AllDay,
        "2026-12-01",
        "2026-12-03",
    )


def test_the_other_errands(running, daemon):
    daemon.outcome = {}
    item = f"/calendarEvents/{path_id('s_20261130T100000Z')}"
    send(running, "POST", "/quickAdd", {"text": "Design review tomorrow 10am"})
    send(running, "POST", f"{item}/response", {"response": "declined"})
    send(running, "PATCH", f"{item}/response", {"response": "accepted"})
    send(running, "DELETE", f"/meetings/{path_id('hc1')}")
    send(running, "GET", f"{item}/reasons")
    send(running, "POST", "/availability", {**TIMES, "calendars": ["bob@acme.example", "primary"]})
    wishes = [wish for wish, *_ in daemon.wishes]
    assert wishes[:5] == [
        QuickAdd(text=Plain("Design review tomorrow 10am")),
        Respond(event_id="s_20261130T100000Z", reply="declined"),
        Respond(event_id="s_20261130T100000Z", reply="accepted"),
        Delete(event_id="hc1"),
        Explain(event_id="s_20261130T100000Z"),
    ]
    assert isinstance(wishes[5], FreeBusy)
    assert wishes[5].calendars == (Plain("bob@acme.example"), Plain("primary"))
    assert (wishes[5].window.start, wishes[5].window.end) == (1_796_029_200.0, 1_796_032_800.0)


def test_the_items_own_paths_are_still_there(running, kit, daemon):
    daemon.rows = [kit.row()]
    for tail in ("", "/notes", "/participants"):
        assert send(running, "GET", f"/calendarEvents/{path_id('ev1')}{tail}").status == 200


# ---- keys


def test_a_key_is_passed_on_and_comes_back(running, daemon):
    daemon.outcome = EVENT
    answer = send(running, "POST", "/meetings", PLAN, Idempotency_Key="7d4e-1")
    assert answer.json["key"] == daemon.wishes[0][2] == "7d4e-1"


@pytest.mark.parametrize("key", ["", "two words", "x" * 129, "ä"])
def test_an_unusable_key_is_a_problem(running, daemon, key):
    answer = send(running, "POST", "/meetings", PLAN, Idempotency_Key=key)
    assert (answer.status, answer.json["code"]) == (400, "bad-key")
    assert daemon.wishes == []


def test_what_is_not_known_yet_is_accepted_with_a_key_to_ask_again(running):
    answer = send(running, "POST", "/quickAdd", {"text": "Lunch"})
    assert (answer.status, answer.json) == (202, {"state": "pending", "key": "k-made"})
    assert answer.headers["retry-after"] == "5"


# ---- problems


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (CallError(Kind.CONFLICT, "key-reused"), 409),
        (CallError(Kind.CONFLICT, "errand-in-doubt"), 409),
        (CallError(Kind.REFUSED, "errand-own-event"), 403),
        (CallError(Kind.NOT_FOUND, "google-not-found"), 404),
        (CallError(Kind.TRANSIENT, "busy"), 503),
        (CallError(Kind.INVALID, "google-bad-request"), 502),
        (UnknownUser(), 403),
    ],
)
def test_each_failure_is_a_problem_with_a_fix(running, daemon, error, status):
    daemon.errand_fault = error
    answer = send(running, "POST", "/meetings", PLAN)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["fix"].endswith((".", "ADDRESS"))


MEETINGS = [
    (b"", "it is not JSON"),
    (b"[]", "Expected `object`"),
    ({**PLAN, "titel": "x"}, "unknown field `titel`"),
    ({**PLAN, "title": ""}, "$.title"),
    ({**PLAN, "title": "x" * 1025}, "$.title"),
    ({**PLAN, "start": "tomorrow"}, "start is not a time"),
    ({**PLAN, "start": "2026-02-30"}, "start is not a time"),
    ({**PLAN, "start": "9999-12-31T10:00:00Z"}, "start is not a time"),
    ({**PLAN, "start": "2026-11-30T10:00:00"}, "start has no offset"),
    ({**PLAN, "timeZone": "Mars/Olympus"}, "timeZone is unknown"),
    ({**PLAN, "timeZone": "../../etc"}, "timeZone is unknown"),
    ({**PLAN, "end": TIMES["start"]}, "end must be after start"),
    ({**PLAN, "start": "2026-11-30"}, "both be times or both be days"),
    ({**PLAN, "guests": ["bob@acme.example", "bob"]}, "guests[1]: the address has no @"),
    ({**PLAN, "rooms": ["a b@acme.example"]}, "rooms[0]: the address contains white space"),
    ({**PLAN, "guests": ["bob@acme.example"] * 201}, "$.guests"),
]


@pytest.mark.parametrize(("body", "why"), MEETINGS, ids=[why for _, why in MEETINGS])
def test_a_wrong_body_says_where_and_how_to_put_it_right(running, daemon, body, why):
    answer = send(running, "POST", "/meetings", body)
    assert (answer.status, answer.json["code"]) == (400, "bad-body")
    assert why in answer.json["title"]
    assert answer.json["fix"]
    assert daemon.wishes == []


@pytest.mark.parametrize(
    ("path", "body", "why"),
    [
        ("/quickAdd", {"text": "   "}, "text is blank"),
        ("/quickAdd", {"text": "x" * 1025}, "$.text"),
        (f"/calendarEvents/{path_id('e1')}/response", {"response": "maybe"}, "$.response"),
        ("/availability", {**TIMES, "calendars": []}, "$.calendars"),
        ("/availability", {**TIMES, "calendars": ["a@acme.example"] * 51}, "$.calendars"),
        ("/availability", {**TIMES, "end": "2027-03-01T00:00:00Z", "calendars": ["primary"]}, "62 days"),
        ("/availability", {**TIMES, "calendars": ["bob"]}, "calendars[0]: the address has no @"),
    ],
)
def test_the_other_bodies_are_as_strict(running, daemon, path, body, why):
    answer = send(running, "POST", path, body)
    assert (answer.status, answer.json["code"]) == (400, "bad-body")
    assert why in answer.json["title"]
    assert daemon.wishes == []


def test_sizes_are_bounded(running, daemon):
    assert send(running, "POST", "/quickAdd", b"x" * 70_000).status == 413
    assert send(running, "DELETE", f"/meetings/{path_id('Ü' * 5)}").json["code"] == "bad-event"
    assert send(running, "DELETE", f"/meetings/{path_id('a b')}").json["code"] == "bad-event"
    assert daemon.wishes == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/meetings"),
        ("DELETE", "/meetings/ZXYx"),
        ("POST", "/quickAdd"),
        ("PATCH", "/calendarEvents/ZXYx/response"),
        ("POST", "/availability"),
        ("GET", "/calendarEvents/ZXYx/reasons"),
    ],
)
def test_nothing_without_a_token(running, daemon, method, path):
    answer = running.get("feed", f"{ROOT}{path}", method, b"{}")
    assert (answer.status, answer.json["code"]) == (401, "no-token")
    assert daemon.wishes == []


def test_reasons_are_told_with_their_sentences(running, daemon):
    daemon.reasons = (
        Reason(code="organiser", about="event", good=True, means="This person organises it.", fix=""),
        Reason(code="write-budget", about="details", good=False, means="", fix=""),
    )
    found = send(running, "GET", f"/calendarEvents/{path_id('e1')}/reasons").json["reasons"]
    assert found[0] == {
        "about": "event",
        "code": "organiser",
        "good": True,
        "means": "This person organises it.",
        "fix": "",
    }
    assert (found[1]["means"], found[1]["fix"]) == (CATALOGUE["write-budget"].means, CATALOGUE["write-budget"].fix)


def test_who_waits_for_google_keeps_no_reader_waiting(running, kit, daemon):
    import threading  # noqa: PLC0415 - used once

    daemon.rows = [kit.row()]
    daemon.outcome = EVENT
    gate = threading.Event()
    patient = daemon._errand

    def slow(*arguments):
        assert gate.wait(10)
        return patient(*arguments)

    daemon._errand = slow
    threads = [threading.Thread(target=send, args=(running, "POST", "/meetings", PLAN)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert daemon.entered.acquire(timeout=10)
    assert send(running, "GET", "/calendarEvents").status == 200  # the feed has two threads here
    gate.set()
    for thread in threads:
        thread.join(10)
    assert len(daemon.wishes) == 6
