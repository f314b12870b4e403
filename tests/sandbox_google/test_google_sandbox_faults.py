"""The fault plan, by itself and in front of Google's calls."""

import json

import pytest
from google_company import ALICE, AUTH, BOB, Caller, timed

from hybridcal_daemon.ports import HttpRequest
from hybridcal_daemon.sandbox.faults import FaultPlan, Match, Rule


def hits(plan, count, method="GET", path="/x", user=""):
    return [plan.take(method, path, user) is not None for _ in range(count)]


def test_times_and_skip():
    plan = FaultPlan()
    plan.add({"kind": "status", "times": 2, "skip": 1})
    assert hits(plan, 5) == [False, True, True, False, False]
    assert not plan


def test_zero_times_is_for_ever():
    plan = FaultPlan()
    plan.add(Rule(kind="drop", times=0))
    assert all(hits(plan, 50))
    plan.clear()
    assert hits(plan, 1) == [False]


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ({}, True),
        ({"method": "get"}, True),
        ({"method": "POST"}, False),
        ({"path_regex": "/events$"}, True),
        ({"path_regex": "^/events"}, False),
        ({"user": "Alice@Acme.example"}, True),
        ({"user": BOB}, False),
    ],
)
def test_matching(match, hit):
    plan = FaultPlan()
    plan.add({"kind": "status", "match": match})
    assert hits(plan, 1, path="/calendars/x/events", user=ALICE) == [hit]


def test_rules_are_used_in_order_and_what_one_skips_goes_to_the_next():
    plan = FaultPlan()
    plan.add(Rule(kind="status", status=500, skip=1))
    plan.add(Rule(kind="status", status=503, times=2))
    taken = [plan.take("GET", "/", "") for _ in range(4)]
    assert [rule.status if rule else None for rule in taken] == [503, 500, 503, None]


def test_chance_is_seeded():
    def outcome(seed):
        plan = FaultPlan(seed)
        plan.add(Rule(kind="status", times=0, chance=0.5))
        return hits(plan, 40)

    assert outcome(1) == outcome(1) != outcome(2)
    assert 5 < sum(outcome(1)) < 35


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"kind": "explode"},
        {"kind": "status", "status": 200},
        {"kind": "status", "times": -1},
        {"kind": "status", "chance": 1.5},
        {"kind": "status", "match": {"path_regex": "("}},
        {"kind": "status", "match": {"verb": "GET"}},
        {"kind": "status", "time": 1},
    ],
)
def test_mistakes_in_a_rule_are_refused(rule):
    with pytest.raises(ValueError, match="fault rule"):
        FaultPlan().add(rule)


def test_pending_tells_what_is_left():
    plan = FaultPlan()
    plan.add(Rule(kind="status", match=Match(method="GET"), times=3, skip=1))
    hits(plan, 2)
    (left,) = plan.pending()
    assert (left["times"], left["skip"], left["match"]) == (2, 0, {"method": "GET"})


# ---- in front of Google ---------------------------------------------------------------------------------------------


def test_a_status_has_no_effect_and_googles_shape(google, alice):
    google.add_fault({"kind": "status", "status": 403, "reason": "rateLimitExceeded", "retry_after": 7})
    answer = alice.insert(timed("1T10:00", "1T11:00"))
    assert (answer.status, answer.reason, answer.message) == (403, "rateLimitExceeded", "Rate Limit Exceeded")
    assert answer.json["error"]["errors"][0]["domain"] == "usageLimits"
    assert answer.headers["retry-after"] == "7"
    assert alice.list().json["items"] == []


def test_an_ambiguous_answer_comes_after_the_effect(google, alice, pushes):
    alice.watch()
    google.add_fault({"kind": "ambiguous", "status": 503})
    google.add_fault({"kind": "ambiguous", "status": 0})
    assert alice.insert(timed("1T10:00", "1T11:00")).status == 503
    assert alice.insert(timed("2T10:00", "2T11:00")).marks.drop
    assert len(alice.list().json["items"]) == 2
    assert len(pushes) == 3


def test_drop_delay_and_drip_are_marks(google, alice):
    for rule in ({"kind": "drop"}, {"kind": "delay", "seconds": 3}, {"kind": "drip", "seconds": 4}):
        google.add_fault(rule)
    body = timed("1T10:00", "1T11:00")
    dropped = alice.sandbox.handle(request(alice, body))
    delayed, dripped = alice.insert(body).marks, alice.insert(body).marks
    assert (dropped.drop, delayed.delay, dripped.drip) == (True, 3, 4)
    assert len(alice.list().json["items"]) == 2


def request(caller, body):
    headers = {"authorization": f"Bearer {caller.token}", "content-type": "application/json"}
    return HttpRequest(method="POST", url=caller.events, headers=headers, body=json.dumps(body).encode())


def test_malformed_spoils_one_item_and_garbage_the_whole(google, alice):
    for day in (1, 2, 3):
        alice.insert(timed(f"{day}T10:00", f"{day}T11:00"))
    good = alice.list().json["items"]
    google.add_fault({"kind": "malformed"})
    google.add_fault({"kind": "garbage"})
    spoiled = raw(alice)
    items = json.loads(spoiled.body)["items"]
    assert len(items) == 3
    assert sum(item in good for item in items) == 2
    garbage = raw(alice)
    assert garbage.status == 200
    with pytest.raises(ValueError, match=r"Expecting|decode"):
        json.loads(garbage.body)
    assert alice.list().json["items"] == good


def raw(caller):
    headers = {"authorization": f"Bearer {caller.token}"}
    return caller.sandbox.handle(HttpRequest(method="GET", url=caller.events, headers=headers))


def test_rules_for_one_person_count_their_token_requests_too(google, robot, alice, bob):
    robot.register(google)
    google.add_fault({"kind": "status", "status": 500, "times": 2, "match": {"user": BOB}})
    assert alice.list().status == 200
    assert robot.exchange(google).status == 200
    assert bob.list().status == 500
    broken = robot.exchange(google, robot.assertion(sub=BOB))
    assert (broken.status, broken.json["error"]) == (500, "internal_failure")
    assert bob.list().status == 200


def test_gmails_faults_have_gmails_shape(google):
    caller = Caller(google, google.person_token(ALICE, [f"{AUTH}gmail.settings.basic"]))
    google.add_fault({"kind": "status", "status": 429, "reason": "userRateLimitExceeded"})
    answer = caller.call("GET", "/gmail/v1/users/me/settings/vacation")
    assert (answer.status, answer.json["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")


def test_the_front_end_has_a_shape_of_its_own(google, alice):
    google.add_fault({"kind": "status", "status": 429, "reason": "RATE_LIMIT_EXCEEDED"})
    answer = alice.list()
    error = answer.json["error"]
    assert (answer.status, answer.reason, error["status"]) == (429, "rateLimitExceeded", "RESOURCE_EXHAUSTED")
    assert error["details"][0]["reason"] == "RATE_LIMIT_EXCEEDED"


def test_bodies_that_are_no_json(google, alice):
    google.add_fault({"kind": "status", "status": 502, "reason": "html"})
    google.add_fault({"kind": "status", "status": 503, "reason": "empty"})
    page, nothing = raw(alice), raw(alice)
    assert (page.status, page.headers["content-type"]) == (502, "text/html; charset=UTF-8")
    assert page.body.startswith(b"<!DOCTYPE html>")
    assert (nothing.status, nothing.body) == (503, b"")


def test_the_journal_tells_which_fault_hit(google, alice):
    google.add_fault({"kind": "drop"})
    google.add_fault({"kind": "status", "status": 500})
    raw(alice)
    alice.list()
    alice.list()
    assert [(entry.fault, entry.status) for entry in google.journal()] == [("drop", 0), ("status", 500), ("", 200)]
