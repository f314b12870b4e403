"""Settings, vacation, availability."""

import json

import pytest
from google_calls import COMMON, TOKEN, USER, WINDOW, asked, failing

from hybridcal_daemon.adapters.google.wire import BUSY_FIELDS, VACATION_FIELDS
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.values import Instant, Plain, Window
from hybridcal_daemon.ports import Availability, HttpFailure


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
    assert params == {**COMMON, "fields": VACATION_FIELDS}


@pytest.mark.parametrize("body", [b"", {"enableAutoReply": "yes"}, {"startTime": "soon"}])
def test_vacation_settings_that_cannot_be_read(google, wire, body):
    wire.answer(body=body)
    assert failing(lambda: google.vacation(TOKEN, USER)) == (Kind.TRANSIENT, "google-bad-answer", False)


def test_a_person_without_a_mailbox(google, wire):
    wire.answer(400, {"error": {"status": "FAILED_PRECONDITION", "message": "Mail service not enabled"}})
    assert failing(lambda: google.vacation(TOKEN, USER))[:2] == (Kind.USER, "google-no-mailbox")


# ---- settings -------------------------------------------------------------------------------------------------------


def test_a_setting(google, wire):
    wire.answer(body={"value": "pt_BR"})
    assert google.setting(TOKEN, USER, "locale") == "pt_BR"
    where, params = asked(wire)
    assert where == "GET www.googleapis.com/calendar/v3/users/me/settings/locale"
    assert params == {"fields": "value", **COMMON}


@pytest.mark.parametrize(("status", "body"), [(404, b""), (200, {})])
def test_a_setting_at_its_default_may_be_missing(google, wire, status, body):
    wire.answer(status, body)
    assert google.setting(TOKEN, USER, "locale") == ""


@pytest.mark.parametrize("body", [b"", {"value": 7}])
def test_a_setting_that_cannot_be_read(google, wire, body):
    wire.answer(body=body)
    assert failing(lambda: google.setting(TOKEN, USER, "locale")) == (Kind.TRANSIENT, "google-bad-answer", False)


# ---- availability ---------------------------------------------------------------------------------------------------

BOB, EVE, ROOM = Plain("Bob@acme.example"), Plain("eve@partner.example"), Plain("room@acme.example")


def busy(google, calendars=(BOB, EVE, ROOM)):
    return google.free_busy(TOKEN, USER, window=WINDOW, calendars=calendars)


def test_availability_in_the_order_asked(google, wire):
    spans = [{"start": "2023-11-20T09:00:00+01:00", "end": "2023-11-20T09:30:00Z"}]
    trouble = [{"domain": "global", "reason": "notFound"}, {"domain": "global", "reason": "internalError"}]
    wire.answer(
        body={"calendars": {ROOM.reveal(): {"busy": spans, "errors": trouble}, "BOB@acme.example": {"busy": spans}}}
    )
    assert busy(google) == (
        Availability(calendar=BOB, busy=(Window(start=Instant(1_700_467_200.0), end=Instant(1_700_472_600.0)),)),
        Availability(calendar=EVE, busy=(), trouble="internalError"),
        Availability(calendar=ROOM, busy=(), trouble="notFound"),
    )
    assert json.loads(wire.asked[0].body) == {
        "timeMin": "2023-11-14T22:13:20Z",
        "timeMax": "2023-12-08T01:46:40Z",
        "items": [{"id": "Bob@acme.example"}, {"id": "eve@partner.example"}, {"id": "room@acme.example"}],
    }
    where, params = asked(wire)
    assert where == "POST www.googleapis.com/calendar/v3/freeBusy"
    assert params == {"fields": BUSY_FIELDS, **COMMON}


def test_a_trouble_without_a_reason_is_one(google, wire):
    wire.answer(body={"calendars": {"bob@acme.example": {"errors": [{}]}}})
    assert [each.trouble for each in busy(google, [BOB])] == ["internalError"]


def test_asking_who_is_busy_is_a_post_that_changes_nothing(google, wire):
    wire.answer(503)
    assert failing(lambda: busy(google)) == (Kind.TRANSIENT, "google-unavailable", False)
    wire.answers = [HttpFailure("deadline", sent=True)]
    assert failing(lambda: busy(google)) == (Kind.TRANSIENT, "deadline", False)


@pytest.mark.parametrize(
    "body",
    [b"", {"calendars": []}, {"calendars": {"bob@acme.example": {"busy": [{"start": "2026-01-01", "end": ""}]}}}],
)
def test_availability_that_cannot_be_read(google, wire, body):
    wire.answer(body=body)
    assert failing(lambda: busy(google)) == (Kind.TRANSIENT, "google-bad-answer", False)


def test_more_calendars_than_google_takes(google, wire):
    assert failing(lambda: busy(google, [BOB] * 51)) == (Kind.INVALID, "google-bad-request", False)
    assert wire.asked == []
