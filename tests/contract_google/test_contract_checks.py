"""The checker finds what is wrong with a request or an answer."""

import base64
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from hybridcal_daemon.adapters.google import SCOPES
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.ports import HttpRequest, HttpResponse
from tests.contract_google.checked import CheckedClient, Checker
from tests.contract_google.masks import tree

BASE = "https://www.googleapis.com/calendar/v3"
EVENT = f"{BASE}/calendars/primary/events"
COMMON = "prettyPrint=false&quotaUser=u1"
WRITE = f"{COMMON}&fields=id&sendUpdates=none"
JSON = {"Content-Type": "application/json", "If-Match": '"1"'}


def asking(method, url, body=None, **headers):
    sent = {"Authorization": "Bearer t", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return HttpRequest(method=method, url=url, headers=sent, body=None if body is None else json.dumps(body).encode())


def patch(body, query=WRITE, **headers):
    return asking(
        "PATCH", f"{EVENT}/e1?{query}", body, **{"Content_Type": "application/json", "If_Match": '"1"', **headers}
    )


def answering(status, body):
    return HttpResponse(status=status, headers={}, body=body)


GOOD = {
    "list": asking("GET", f"{EVENT}?{COMMON}&fields=items(id)&syncToken=s&showDeleted=true&maxResults=2500"),
    "get": asking("GET", f"{BASE}/calendars/a%40b%23c/events/e?{COMMON}&fields=id"),
    "patch": patch({"description": "x"}),
    "answer": patch({"attendees": [{"email": "a@b", "responseStatus": "declined"}], "attendeesOmitted": True}),
    "delete": asking("DELETE", f"{EVENT}/e1?{COMMON}&sendUpdates=none"),
    "acl": asking("DELETE", f"{BASE}/calendars/a%40b/acl/user%3Aa%40b?{COMMON}"),
    "elsewhere": asking("GET", "https://webexapis.com/v1/people?email=a"),
}
BAD = {
    "no operation": asking("GET", f"{BASE}/calendars/primary/evnts?{COMMON}"),
    "no such method": asking("PUT", f"{EVENT}?{COMMON}"),
    "unencoded part": asking("GET", f"{BASE}/calendars/a@b/events/e?{COMMON}&fields=id"),
    "unknown parameter": asking("GET", f"{EVENT}?{COMMON}&fields=items&limit=5"),
    "twice": asking("GET", f"{EVENT}?{COMMON}&fields=items&maxResults=5&maxResults=6"),
    "no number": asking("GET", f"{EVENT}?{COMMON}&fields=items&maxResults=many"),
    "too small": asking("GET", f"{EVENT}?{COMMON}&fields=items&maxResults=0"),
    "no boolean": asking("GET", f"{EVENT}?{COMMON}&fields=items&showDeleted=True"),
    "no offset": asking("GET", f"{EVENT}?{COMMON}&fields=items&timeMin=2026-11-22T10:00:00"),
    "no time": asking("GET", f"{EVENT}?{COMMON}&fields=items&timeMin=yesterday"),
    "no such word": patch({}, WRITE.replace("none", "nobody")),
    "token and bounds": asking("GET", f"{EVENT}?{COMMON}&fields=items&syncToken=s&timeMin=2026-11-22T10:00:00Z"),
    "token and no deletions": asking("GET", f"{EVENT}?{COMMON}&fields=items&syncToken=s&showDeleted=false"),
    "required parameter": asking("POST", f"{EVENT}/quickAdd?{WRITE}", Content_Length="0"),
    "pretty": asking("GET", f"{EVENT}?quotaUser=u1&fields=items"),
    "no quota user": asking("GET", f"{EVENT}?prettyPrint=false&fields=items"),
    "quota user is somebody": asking("GET", f"{EVENT}?prettyPrint=false&quotaUser=a%40b&fields=items"),
    "quota user too long": asking("GET", f"{EVENT}?prettyPrint=false&quotaUser={'u' * 41}&fields=items"),
    "no mask": asking("GET", f"{EVENT}?{COMMON}"),
    "mask of nothing": asking("DELETE", f"{EVENT}/e1?{COMMON}&sendUpdates=none&fields=id"),
    "wrong mask": asking("GET", f"{EVENT}?{COMMON}&fields=items(titel)"),
    "mail left open": asking("DELETE", f"{EVENT}/e1?{COMMON}"),
    "acl mails": asking(
        "POST",
        f"{BASE}/calendars/x/acl?{COMMON}&fields=id",
        {"role": "reader", "scope": {"type": "user", "value": "a@b"}},
        Content_Type="application/json",
    ),
    "body lacks": asking(
        "POST",
        f"{BASE}/calendars/x/acl?{COMMON}&fields=id&sendNotifications=false",
        {"scope": {"type": "user"}},
        Content_Type="application/json",
    ),
    "unknown key": patch({"titel": "x"}),
    "wrong type": patch({"summary": 7}),
    "read-only": patch({"hangoutLink": "https://meet.google.com/x"}),
    "no content type": patch({}, Content_Type="text/plain"),
    "no condition": patch({}, If_Match=""),
    "any version": patch({}, If_Match="*"),
    "all attendees": patch({"attendees": [{"email": "a@b", "responseStatus": "declined"}]}),
    "two answers": patch(
        {"attendees": [{"email": "a@b", "responseStatus": "declined"}, {"email": "c@d"}], "attendeesOmitted": True}
    ),
    "body of a get": asking("GET", f"{EVENT}/e?{COMMON}&fields=id", {}),
    "no token": replace(asking("GET", f"{EVENT}/e?{COMMON}&fields=id"), headers={}),
    "broken query": asking("GET", f"{EVENT}/e?{COMMON}&fields"),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_right_passes(name):
    checker = Checker()
    checker.request(GOOD[name])
    assert checker.faults == []


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_found(name):
    checker = Checker()
    with pytest.raises(AssertionError):
        checker.request(BAD[name])
    assert len(checker.faults) == 1


@pytest.mark.parametrize(
    ("request_name", "status", "body", "good"),
    [
        ("get", 200, b'{"id": "e"}', True),
        ("get", 200, b'{"titel": "e"}', False),
        ("get", 200, b'{"id": 5}', False),
        ("get", 200, b"<html>", False),
        ("get", 404, b"<html>", True),
        ("delete", 204, b"", True),
        ("delete", 200, b"{}", False),
        ("elsewhere", 200, b"<html>", True),
    ],
)
def test_answers(request_name, status, body, good):
    checker = Checker()
    assert checker.exchange(GOOD[request_name], answering(status, body)) is good
    assert (checker.faults == []) is good


def test_a_client_with_a_checker_inside():
    class Wire:
        def send(self, _request):
            return answering(200, b'{"id": "e", "titel": "x"}')

    client = CheckedClient(Wire())
    with pytest.raises(AssertionError):
        client.send(BAD["no mask"])
    with pytest.raises(AssertionError):
        client.send(GOOD["get"])
    assert len(client.faults) == 2
    assert client.seen == {"calendar.events.get": 1, "calendar.events.list": 1}


@pytest.mark.parametrize(
    ("purpose", "good"),
    [(Purpose.CALENDAR, True), (Purpose.ROOMS, True), (Purpose.SETTINGS, False), (Purpose.ROOM_ACCESS, False)],
)
def test_the_token_must_be_of_the_right_purpose(purpose, good):
    checker = Checker({"t": SCOPES[purpose]})
    assert checker.exchange(GOOD["get"], answering(200, b"{}")) is good


def test_a_token_that_opens_everything_is_not_the_right_one():
    checker = Checker({"t": ("https://www.googleapis.com/auth/calendar",)})
    assert not checker.exchange(GOOD["get"], answering(200, b"{}"))


@pytest.mark.parametrize(
    ("name", "fault", "faults"), [("get", "", 1), ("get", "garbage", 0), ("no mask", "garbage", 1), ("no mask", "", 2)]
)
def test_an_answer_that_was_spoilt_on_purpose_is_not_judged(name, fault, faults):
    request = {**GOOD, **BAD}[name]
    checker = Checker()
    checker.watch(SimpleNamespace(request=request, response=answering(200, b"<html>"), fault=fault))
    assert len(checker.faults) == faults


def test_scopes_are_learned_from_token_requests():
    claims = base64.urlsafe_b64encode(json.dumps({"scope": SCOPES[Purpose.GMAIL][0]}).encode()).rstrip(b"=").decode()
    form = f"grant_type=x&assertion=head.{claims}.signature".encode()
    grant = HttpRequest(method="POST", url="https://oauth2.googleapis.com/token", body=form)
    checker = Checker()
    assert checker.exchange(grant, answering(200, b'{"access_token": "t", "expires_in": 3599}'))
    assert checker.scopes == {"t": SCOPES[Purpose.GMAIL]}
    assert not checker.exchange(GOOD["get"], answering(200, b"{}"))
    assert checker.exchange(grant, answering(400, b'{"error": "invalid_grant"}'))


def test_masks():
    assert tree("a,b(c,d/e),f") == {"a": {}, "b": {"c": {}, "d": {"e": {}}}, "f": {}}
