import pytest

EVENTS = "/apheleia/api/v1/events"
COMPOSITIONS = "/apheleia/api/v1/compositions"


@pytest.fixture
def alice_uuid(sandbox):
    return sandbox.world.somebody("alice@acme.example").uuid


def event(uuid, kind="ooo", ttl=600):
    return {"subject": uuid, "eventType": kind, "label": uuid, "ttl": ttl}


def test_out_of_office_holds_for_its_ttl_and_ends_by_itself(alice, bot, alice_uuid, clock, sandbox):
    person_path = f"/v1/people/{sandbox.world.somebody('alice@acme.example').rest_id}"
    answer = alice.post(EVENTS, **event(alice_uuid))
    assert answer.status == 200
    assert (answer.json["subject"], answer.json["eventType"], answer.json["label"]) == (alice_uuid, "ooo", alice_uuid)
    clock.push(599)
    assert bot.get(person_path).json["status"] == "OutOfOffice"
    held = alice.get(COMPOSITIONS, userId=alice_uuid).json
    assert (held["status"], held["expiresTTL"], held["expiresTime"]) == ("ooo", 1, "2026-11-30T10:10:00.000Z")
    clock.push(1)
    assert bot.get(person_path).json["status"] == "inactive"
    assert alice.get(COMPOSITIONS, userId=alice_uuid).json["expiresTTL"] == -1


def test_clear_ends_it_early_and_a_new_event_replaces_it(alice, alice_uuid, clock, sandbox):
    assert sandbox.presence_history("alice@acme.example") == []
    for kind, ttl in (("ooo", 600), ("ooo", 600), ("clear", 0)):
        assert alice.post(EVENTS, **event(alice_uuid, kind, ttl)).status == 200
        clock.push(100)
    assert alice.get(COMPOSITIONS, userId=alice_uuid).json["status"] == "inactive"
    start = clock.now() - 300
    history = sandbox.presence_history("alice@acme.example")
    assert [(held.event_type, held.at - start, held.ended - start) for held in history] == [
        ("ooo", 0, 100),
        ("ooo", 100, 200),
        ("clear", 200, 200),
    ]


def test_the_history_says_what_still_holds_and_what_ran_out(alice, alice_uuid, clock, sandbox):
    alice.post(EVENTS, **event(alice_uuid, "ooo", 60))
    assert sandbox.presence_history("alice@acme.example")[0].ended is None
    clock.push(90)
    assert sandbox.presence_history("alice@acme.example")[0].ended == clock.now() - 30


@pytest.mark.parametrize(
    ("kind", "status"), [("dnd", "DoNotDisturb"), ("calendarItem", "meeting"), ("presenting", "presenting")]
)
def test_other_events_show_as_the_people_calls_name_them(alice, alice_uuid, kind, status):
    alice.post(EVENTS, **event(alice_uuid, kind))
    assert alice.get("/v1/people/me").json["status"] == status


def test_only_dnd_may_leave_the_label_out(alice, alice_uuid):
    without = {"subject": alice_uuid, "ttl": 60}
    assert alice.post(EVENTS, eventType="dnd", **without).status == 200
    assert alice.post(EVENTS, eventType="ooo", **without).status == 400


@pytest.mark.parametrize(
    "change",
    [
        {"ttl": 0},
        {"ttl": -1},
        {"ttl": 1.5},
        {"ttl": True},
        {"eventType": "away"},
        {"label": "somebody else"},
        {"extra": 1},
        {"subject": 5},
    ],
)
def test_events_that_are_refused(alice, alice_uuid, change):
    assert alice.post(EVENTS, **(event(alice_uuid) | change)).status == 400


def test_only_a_service_app_with_the_right_sets_the_presence_of_others(
    alice_uuid, app, bot, caller, refresh, sandbox, alice
):
    assert app.post(EVENTS, **event(alice_uuid)).status == 403
    assert bot.post(EVENTS, **event(alice_uuid)).status == 403
    bob = sandbox.world.somebody("bob@acme.example").uuid
    assert alice.post(EVENTS, **event(bob)).status == 403
    assert sandbox.presence_history("alice@acme.example") == []
    permitted = caller(refresh(sandbox.add_service_app(presence_on_behalf=True)).json["access_token"])
    assert permitted.post(EVENTS, **event(alice_uuid)).status == 200
    assert len(sandbox.presence_history("alice@acme.example")) == 1
    assert permitted.post(EVENTS, **event("no-such-uuid")).status == 404


def test_compositions_of_several_people(alice, alice_uuid, sandbox, bot):
    bob = sandbox.world.somebody("bob@acme.example").uuid
    answer = alice.post(COMPOSITIONS, subjects=[alice_uuid, bob, "nobody"]).json
    assert [held["subject"] for held in answer["statusList"]] == [alice_uuid, bob]
    for subjects in ([], ["x"] * 51, [5]):
        assert alice.post(COMPOSITIONS, subjects=subjects).status == 400
    assert alice.get(COMPOSITIONS).status == 400
    assert alice.get(COMPOSITIONS, userId="nobody").status == 404
    assert bot.post(COMPOSITIONS, subjects=[bob]).status == 403
