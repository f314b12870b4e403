"""acl.insert, get, list and delete."""

import pytest
from google_company import ALICE, AUTH, BOB, EVE, START, Caller


def items(answer):
    return {item["id"]: item["role"] for item in answer.json["items"]}


def test_a_rule_is_as_google_gives_it(alice):
    made = alice.grant("reader", "Bob@acme.example").json
    assert made == {
        "kind": "calendar#aclRule",
        "etag": f'"0000{int(START * 1_000_000)}"',
        "id": f"user:{BOB}",
        "scope": {"type": "user", "value": BOB},
        "role": "reader",
    }
    assert alice.rule(f"user:{BOB}").json == made
    assert alice.grant("reader", "", "default").json["scope"] == {"type": "default"}
    assert alice.grant("reader", "partner.example", "domain").json["id"] == "domain:partner.example"


def test_the_owner_has_a_rule(alice):
    (own,) = alice.rules().json["items"]
    assert (own["id"], own["role"], own["etag"]) == (f"user:{ALICE}", "owner", f'"{"0" * 20}"')


def test_inserting_again_replaces_the_role(alice):
    first = alice.grant("reader").json
    second = alice.grant("writer").json
    assert (second["id"], second["role"]) == (first["id"], "writer")
    assert second["etag"] > first["etag"]
    assert items(alice.rules()) == {f"user:{ALICE}": "owner", f"user:{BOB}": "writer"}


def test_deleting_takes_access_away(alice, bob):
    alice.grant("reader")
    assert bob.at(ALICE).list().status == 200
    answer = alice.revoke(f"user:{BOB}")
    assert (answer.status, answer.body) == (204, b"")
    assert bob.at(ALICE).list().status == 404
    assert alice.rule(f"user:{BOB}").reason == "notFound"
    assert alice.revoke(f"user:{BOB}").status == 404
    assert items(alice.rules()) == {f"user:{ALICE}": "owner"}
    assert items(alice.rules(showDeleted="true"))[f"user:{BOB}"] == "none"


@pytest.mark.parametrize("rule_id", ["nonsense", "user:", "user:bob", "colour:red", "user:a@b@c", "user:a b@c.example"])
def test_what_is_no_rule_id_is_refused(alice, rule_id):
    for answer in (alice.rule(rule_id), alice.revoke(rule_id)):
        assert (answer.status, answer.reason, answer.message) == (400, "invalid", "Invalid resource id value.")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "required"),
        ({"role": "reader"}, "required"),
        ({"role": "reader", "scope": {"value": BOB}}, "required"),
        ({"scope": {"type": "user", "value": BOB}}, "required"),
        ({"role": "king", "scope": {"type": "user", "value": BOB}}, "invalid"),
        ({"role": "reader", "scope": {"type": "user"}}, "invalidScopeValue"),
        ({"role": "reader", "scope": {"type": "user", "value": "bob"}}, "invalidScopeValue"),
        ({"role": "reader", "scope": {"type": "team", "value": BOB}}, "invalidScopeValue"),
        ({"role": "reader", "scope": {"type": "default", "value": BOB}}, "invalidScopeValue"),
        ({"role": "writer", "scope": {"type": "default"}}, "illegalAccessRoleForDefault"),
        ({"role": 5}, "parseError"),
        ({"rolle": "reader"}, "invalid"),
    ],
)
def test_bad_rules_are_refused(alice, body, reason):
    answer = alice.call("POST", alice.acl, body)
    assert (answer.status, answer.reason) == (400, reason)
    assert len(alice.rules().json["items"]) == 1


@pytest.mark.parametrize(
    ("query", "mailed"),
    [({}, [BOB]), ({"sendNotifications": "true"}, [BOB]), ({"sendNotifications": "false"}, [])],
)
def test_people_are_mailed_unless_that_is_switched_off(google, alice, query, mailed):
    alice.grant("reader", **query)
    assert google.journal()[-1].mails == len(mailed)
    assert [mail["to"] for mail in google.mails()] == ([mailed] if mailed else [])


def test_nobody_is_mailed_about_what_concerns_nobody(google, alice):
    alice.grant("reader", "", "default")
    alice.grant("reader", "acme.example", "domain")
    alice.grant("none")
    alice.grant("reader", sendNotifications="false")
    alice.revoke(f"user:{BOB}")
    assert google.mails() == []


def test_nobody_changes_their_own_access_or_the_owners(alice, bob):
    alice.grant("owner")
    there = bob.at(ALICE)
    for answer in (there.revoke(f"user:{BOB}"), there.grant("reader"), alice.revoke(f"user:{ALICE}")):
        assert (answer.status, answer.reason) == (403, "cannotChangeOwnAcl")
    assert there.revoke(f"user:{ALICE}").reason == "cannotChangeOwnerAcl"
    assert there.grant("owner").status == 200  # which changes nothing
    assert alice.revoke(f"user:{BOB}").status == 204


# ---- lists ----------------------------------------------------------------------------------------------------------


def everything(caller, **query):
    found, page = {}, {}
    while True:
        answer = caller.rules(**query, **page)
        assert answer.status == 200, answer.body
        assert not found.keys() & items(answer).keys()
        found |= items(answer)
        if "nextPageToken" not in answer.json:
            return found, answer.json["nextSyncToken"]
        assert "nextSyncToken" not in answer.json
        page = {"pageToken": answer.json["nextPageToken"]}


def people(count):
    return [f"p{number}@acme.example" for number in range(count)]


def test_pages(alice):
    for person in people(7):
        alice.grant("reader", person)
    assert len(alice.rules(maxResults=3).json["items"]) == 3
    assert len(everything(alice, maxResults=3)[0]) == 8


def test_pages_have_a_hundred_rules_and_never_more_than_250(google, alice):
    for person in people(260):
        google.share(ALICE, "reader", value=person)
    assert len(alice.rules().json["items"]) == 100
    assert len(alice.rules(maxResults=1000).json["items"]) == 250


def test_short_and_empty_pages_end(make):
    sandbox = make(short_pages=0.9)
    caller = Caller(sandbox, sandbox.person_token(ALICE))
    for person in people(9):
        sandbox.share(ALICE, "reader", value=person)
    for _ in range(10):
        assert len(everything(caller, maxResults=4)[0]) == 10


def test_a_sync_token_gives_what_changed_deletions_included(alice):
    alice.grant("reader")
    _, token = everything(alice)
    assert everything(alice, syncToken=token)[0] == {}
    alice.revoke(f"user:{BOB}")
    alice.grant("writer", EVE)
    changed, newer = everything(alice, syncToken=token, maxResults=1)
    assert changed == {f"user:{BOB}": "none", f"user:{EVE}": "writer"}
    assert everything(alice, syncToken=newer)[0] == {}


def test_sync_tokens_of_rules_are_their_own(google, alice, bob):
    _, token = everything(alice)
    _, of_events = alice.everything()
    assert alice.rules(syncToken=of_events).message == "Invalid sync token value."
    assert alice.list(syncToken=token).message == "Invalid sync token value."
    assert bob.rules(syncToken=token).message == "Invalid sync token value."
    assert alice.rules(syncToken=token, showDeleted="false").status == 400
    assert alice.rules(pageToken="nonsense").status == 400
    google.expire_sync_tokens(ALICE)
    assert (alice.rules(syncToken=token).status, alice.rules(syncToken=token).reason) == (410, "fullSyncRequired")


# ---- scopes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "get", "listed", "insert", "delete"),
    [
        ("calendar", 200, 200, 200, 204),
        ("calendar.acls", 200, 200, 200, 204),
        ("calendar.acls.readonly", 200, 200, 403, 403),
        ("calendar.readonly", 200, 403, 403, 403),
        ("calendar.events", 403, 403, 403, 403),
        ("calendar.settings.readonly", 403, 403, 403, 403),
    ],
)
def test_scopes(google, scope, get, listed, insert, delete):
    google.share(ALICE, "reader", value=BOB)
    caller = Caller(google, google.person_token(ALICE, [AUTH + scope]))
    assert caller.rule(f"user:{BOB}").status == get
    assert caller.rules().status == listed
    assert caller.grant("writer").status == insert
    assert caller.revoke(f"user:{BOB}").status == delete


def test_masks(alice):
    assert alice.rules(fields="items(id,scope/type)").json == {
        "items": [{"id": f"user:{ALICE}", "scope": {"type": "user"}}]
    }
    assert alice.grant("reader", fields="role").json == {"role": "reader"}
