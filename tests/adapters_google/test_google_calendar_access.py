"""Access rules of calendars. Nobody is ever mailed."""

import json

import pytest
from google_calls import ASKING, COMMON, asked, failing

from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.values import Plain
from hybridcal_daemon.ports import AccessRule, HttpFailure

ROOM = Plain("c_188#1@resource.calendar.google.com")
ME = Plain("Rooms@acme.example")
RULE = {"id": "user:rooms@acme.example", "role": "writer"}
PATH = "www.googleapis.com/calendar/v3/calendars/c_188%231%40resource.calendar.google.com/acl"


def test_which_role_somebody_has(google, wire):
    wire.answer(body={"role": "reader"})
    assert google.access(*ASKING, who=ME, calendar=ROOM) == "reader"
    assert asked(wire) == (f"GET {PATH}/user%3Arooms%40acme.example", {"fields": "role", **COMMON})


def test_no_rule_is_no_role(google, wire):
    wire.answer(404, {"error": {"errors": [{"reason": "notFound"}]}})
    assert google.access(*ASKING, who=ME, calendar=ROOM) == ""


def test_all_pages_of_the_rules(google, wire):
    wire.answer(body={"items": [RULE], "nextPageToken": "p/2"})
    wire.answer(body={"nextPageToken": "p3"})
    wire.answer(body={"items": [{"id": "default", "role": "freeBusyReader", "scope": {"type": "default"}}]})
    assert google.access_list(*ASKING, calendar=ROOM) == (
        AccessRule(rule_id=Plain("user:rooms@acme.example"), role="writer"),
        AccessRule(rule_id=Plain("default"), role="freeBusyReader"),
    )
    first = {"maxResults": "250", "fields": "nextPageToken,items(id,role)", **COMMON}
    assert [asked(wire, index)[1] for index in range(3)] == [
        first,
        {**first, "pageToken": "p/2"},
        {**first, "pageToken": "p3"},
    ]


def test_rules_that_would_go_round_for_ever(google, wire):
    for _ in range(2):
        wire.answer(body={"nextPageToken": "p2"})
    assert failing(lambda: google.access_list(*ASKING, calendar=ROOM))[:2] == (Kind.TRANSIENT, "google-bad-answer")


def granting(google):
    return google.grant_access(*ASKING, who=ME, role="writer", calendar=ROOM)


def test_access_is_given_and_nobody_is_mailed(google, wire):
    wire.answer(body=RULE)
    assert granting(google) == AccessRule(rule_id=Plain("user:rooms@acme.example"), role="writer")
    assert json.loads(wire.asked[0].body) == {
        "role": "writer",
        "scope": {"type": "user", "value": "Rooms@acme.example"},
    }
    assert asked(wire) == (f"POST {PATH}", {"sendNotifications": "false", "fields": "id,role", **COMMON})


def test_a_rule_whose_answer_is_lost_may_stand(google, wire):
    wire.answer(body=b"nonsense")
    assert failing(lambda: granting(google)) == (Kind.TRANSIENT, "google-bad-answer", True)
    wire.answers = [HttpFailure("deadline", sent=True)]
    assert failing(lambda: granting(google)) == (Kind.TRANSIENT, "deadline", True)


def test_access_that_is_not_ours_to_give(google, wire):
    wire.answer(403, {"error": {"errors": [{"reason": "requiredAccessLevel"}]}})
    assert failing(lambda: granting(google))[0] is Kind.REFUSED


@pytest.mark.parametrize("status", [204, 404, 410])
def test_access_is_given_back(google, wire, status):
    wire.answer(status)
    google.return_access(*ASKING, rule_id=Plain("user:rooms@acme.example"), calendar=ROOM)
    assert asked(wire) == (f"DELETE {PATH}/user%3Arooms%40acme.example", COMMON)


def test_access_that_could_not_be_given_back(google, wire):
    wire.answer(500)
    again = failing(lambda: google.return_access(*ASKING, rule_id=Plain("user:x"), calendar=ROOM))
    assert again == (Kind.TRANSIENT, "google-unavailable", True)
