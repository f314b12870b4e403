"""The checker finds what is wrong with a request or an answer."""

import json
from types import SimpleNamespace

import pytest

from hybridcal_daemon.ports import HttpRequest, HttpResponse
from tests.contract_webex.checked import CheckedClient, Checker
from tests.contract_webex.described import extract, operation_for

BASE = "https://webexapis.com/v1"
WHEN = {"start": "2026-12-01T11:00:00+01:00", "end": "2026-12-01T12:00:00+01:00", "timezone": "Europe/Berlin"}
MEETING = {
    "title": "x",
    **WHEN,
    "sendEmail": False,
    "integrationTags": ["t"],
    "hostEmail": "a@b.example",
}
RANGE = "from=2026-12-01T00:00:00Z&to=2026-12-02T00:00:00Z"
CARD = {"contentType": "application/vnd.microsoft.card.adaptive", "content": {"version": "1.3"}}
MESSAGE = {"toPersonId": "p", "text": "x", "attachments": [CARD]}


def asking(method, path, body=None, **headers):
    sent = {"authorization": "Bearer t", "content-type": "application/json"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    data = None if body is None else json.dumps(body).encode()
    return HttpRequest(method=method, url=f"{BASE}{path}", headers=sent, body=data)


def meeting(**fields):
    return asking("POST", "/meetings", {**MEETING, **fields})


def patch(body, **headers):
    return asking("PATCH", "/meetings/m1", body, **headers)


GOOD = {
    "list": asking("GET", f"/meetings?{RANGE}&max=100&current=false&meetingType=meetingSeries"),
    "next page": asking("GET", f"/meetings?{RANGE}&cursor=17"),
    "create": meeting(recurrence="FREQ=DAILY"),
    "in a space": asking("POST", "/meetings", {k: v for k, v in MEETING.items() if k != "hostEmail"} | {"roomId": "r"}),
    "patch": patch({"sendEmail": False, "recurrence": None}, content_type="application/json-patch+json"),
    "delete": asking("DELETE", "/meetings/m%2F1?sendEmail=false"),
    "message": asking("POST", "/messages", MESSAGE),
    "me": asking("GET", "/people/me"),
    "command": asking("POST", "/xapi/command/Bookings.Put", {"deviceId": "d", "arguments": {"a": [1]}, "body": {}}),
    "elsewhere": asking("GET", "").__class__(method="GET", url="https://www.googleapis.com/calendar/v3/x"),
    "google": HttpRequest(method="POST", url="https://iamcredentials.googleapis.com/v1/projects/-/x"),
    "token": HttpRequest(method="POST", url=f"{BASE}/access_token", body=b"grant_type=refresh_token"),
}
BAD = {
    "no operation": asking("GET", "/meeting"),
    "no such method": asking("PUT", "/rooms", {}),
    "unencoded part": asking("GET", "/rooms/a@b"),
    "unknown parameter": asking("GET", f"/meetings?{RANGE}&limit=5"),
    "twice": asking("GET", f"/meetings?{RANGE}&max=5&max=6"),
    "no number": asking("GET", "/rooms?max=many"),
    "no boolean": asking("GET", "/people?excludeStatus=True"),
    "no such word": asking("GET", "/rooms?sortBy=title"),
    "no offset": asking("GET", "/meetings?from=2026-12-01T00:00:00&to=2026-12-02T00:00:00Z"),
    "no range": asking("GET", "/meetings"),
    "required parameter": asking("GET", "/messages"),
    "broken query": asking("GET", "/rooms?max"),
    "no token": asking("GET", "/rooms", authorization=""),
    "no body": asking("POST", "/rooms"),
    "a body": asking("GET", "/rooms", {}),
    "media type": asking("POST", "/rooms", {"title": "x"}, content_type="text/plain"),
    "lacks a field": asking("POST", "/rooms", {"description": "x"}),
    "unknown field": asking("POST", "/rooms", {"title": "x", "titel": "y"}),
    "wrong type": asking("POST", "/rooms", {"title": 7}),
    "null": meeting(recurrence=None),
    "mails": meeting(sendEmail=True),
    "mails later": patch({"title": "x"}),
    "mails at last": asking("DELETE", "/meetings/m1"),
    "no tag": meeting(integrationTags=[]),
    "tags": meeting(integrationTags=["t"] * 4),
    "long tag": meeting(integrationTags=["t" * 65]),
    "long title": meeting(title="x" * 129),
    "no title": meeting(title=""),
    "two hosts": meeting(roomId="r"),
    "floating": meeting(start="2026-12-01T11:00:00"),
    "half a time": patch({"sendEmail": False, "start": WHEN["start"]}),
    "named rule": meeting(recurrence="RRULE:FREQ=DAILY"),
    "two recipients": asking("POST", "/messages", {**MESSAGE, "roomId": "r"}),
    "long text": asking("POST", "/messages", {**MESSAGE, "text": "ä" * 3720}),
    "two cards": asking("POST", "/messages", {**MESSAGE, "attachments": [CARD] * 2}),
    "card alone": asking("POST", "/messages", {"roomId": "r", "attachments": [CARD]}),
    "new card": asking("POST", "/messages", {**MESSAGE, "attachments": [{**CARD, "content": {"version": "1.4"}}]}),
}
ROOM = {"id": "r", "title": "x", "type": "group"}


def answering(body, status=200, **headers):
    tracked = {"trackingid": "T_1", **headers}
    return HttpResponse(
        status=status, headers=tracked, body=body if isinstance(body, bytes) else json.dumps(body).encode()
    )


@pytest.mark.parametrize("name", GOOD)
def test_what_is_right_passes(name):
    checker = Checker()
    checker.request(GOOD[name])
    assert checker.faults == []
    assert sum(checker.seen.values()) == (name not in {"elsewhere", "google", "token"})


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_found(name):
    checker = Checker()
    with pytest.raises(AssertionError):
        checker.request(BAD[name])
    assert len(checker.faults) == 1


READ_ROOM = asking("GET", "/rooms/r")
PEOPLE = asking("GET", "/people?email=a%40b")


@pytest.mark.parametrize(
    ("request_", "answer", "good"),
    [
        (READ_ROOM, answering(ROOM), True),
        (READ_ROOM, answering({**ROOM, "titel": "x"}), False),
        (READ_ROOM, answering({**ROOM, "isLocked": "no"}), False),
        (READ_ROOM, answering(b"<html>"), False),
        (READ_ROOM, answering(b"<html>", 503), True),
        (READ_ROOM, answering(ROOM, 201), False),
        (READ_ROOM, answering(ROOM, trackingid=""), False),
        (PEOPLE, answering({"items": [{"id": "p", "emails": ["a@b"], "loginEnabled": True}]}), True),
        (PEOPLE, answering({"items": [{"id": "p", "emails": "a@b"}]}), False),
        (GOOD["delete"], answering(b"", 204), True),
        (GOOD["delete"], answering({}, 204), False),
        (GOOD["create"], answering({"id": "m1"}), False),
        (GOOD["elsewhere"], answering(b"<html>"), True),
    ],
)
def test_answers(request_, answer, good):
    checker = Checker()
    assert checker.exchange(request_, answer) is good
    assert (checker.faults == []) is good


def test_a_client_with_a_checker_inside():
    class Wire:
        def send(self, _request):
            return answering({**ROOM, "titel": "x"})

    client = CheckedClient(Wire())
    for request in (BAD["no title"], READ_ROOM):
        with pytest.raises(AssertionError):
            client.send(request)
    assert len(client.faults) == 2
    assert client.seen == {"POST /meetings": 1, "GET /rooms/{roomId}": 1}


@pytest.mark.parametrize(("name", "fault", "faults"), [("me", "", 1), ("me", "garbage", 0), ("no title", "garbage", 1)])
def test_an_answer_that_was_spoilt_on_purpose_is_not_judged(name, fault, faults):
    checker = Checker()
    checker.watch(SimpleNamespace(request={**GOOD, **BAD}[name], response=answering(b"<html>"), fault=fault))
    assert len(checker.faults) == faults


def test_a_literal_path_comes_before_one_with_a_parameter():
    assert operation_for("GET", "/v1/people/me").name == "GET /people/me"
    assert operation_for("GET", "/v1/people/Y2lz").name == "GET /people/{personId}"


def test_the_extract_says_where_it_is_from_and_holds_no_prose():
    found = extract()
    assert {"Cisco Systems, Inc.", "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/"} <= set(
        found["attribution"].values()
    )
    assert len(found["attribution"]["commit"]) == 40
    assert '"description":"' not in json.dumps(found["schemas"], separators=(",", ":"))
