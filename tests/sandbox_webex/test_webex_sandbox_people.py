import base64

import pytest


def decoded(rest_id):
    return base64.urlsafe_b64decode(rest_id + "=" * (-len(rest_id) % 4)).decode()


def test_a_person_is_found_by_address_in_any_case(bot, sandbox):
    found = bot.get("/v1/people", email="Alice@ACME.example", excludeStatus="true").json["items"]
    assert [person["emails"] for person in found] == [["alice@acme.example"]]
    person = found[0]
    uuid = sandbox.world.somebody("alice@acme.example").uuid
    assert decoded(person["id"]) == f"ciscospark://us/PEOPLE/{uuid}"
    assert decoded(person["orgId"]).startswith("ciscospark://us/ORGANIZATION/")
    assert person["displayName"] == "Alice Archer"
    assert person["type"] == "person"
    assert person["sipAddresses"] == [
        {"type": "personal-room", "value": "alice@acme-example.webex.com", "primary": False}
    ]
    assert "status" not in person


def test_nobody_is_an_empty_list(bot):
    assert bot.get("/v1/people", email="nobody@acme.example").json == {"items": []}


def test_the_status_is_there_unless_it_is_not_wanted(bot, sandbox):
    person_id = sandbox.world.somebody("bob@acme.example").rest_id
    assert bot.get("/v1/people", email="bob@acme.example").json["items"][0]["status"] == "inactive"
    assert "status" not in bot.get("/v1/people", id=person_id).json["items"][0]


def test_people_are_found_by_ids_and_by_the_start_of_their_names(bot, sandbox):
    ids = [sandbox.world.somebody(f"{name}@acme.example").rest_id for name in ("alice", "carol")]
    found = bot.get("/v1/people", id=",".join([*ids, "bm90aGluZw"])).json["items"]
    assert [person["id"] for person in found] == ids
    assert [person["displayName"] for person in bot.get("/v1/people", displayName="bo").json["items"]] == ["Bob Baker"]
    assert len(bot.get("/v1/people", displayName="", max="2").json["items"]) == 2


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"email": "a@acme.example", "displayName": "A"},
        {"email": "no-address"},
        {"email": "a@acme.example", "max": "0"},
        {"email": "a@acme.example", "max": "many"},
        {"email": "a@acme.example", "excludeStatus": "yes"},
        {"id": ",".join(["x"] * 86)},
        {"email": "a@acme.example", "callingData": "true"},
    ],
)
def test_look_ups_that_the_service_refuses(bot, query):
    assert bot.get("/v1/people", **query).status == 400


def test_me_is_the_owner_of_the_token(alice, bot):
    assert alice.get("/v1/people/me").json["emails"] == ["alice@acme.example"]
    mine = bot.get("/v1/people/me").json
    assert (mine["type"], mine["emails"]) == ("bot", ["hybridcal@webex.bot"])


def test_one_person_by_id(bot, sandbox):
    bob = sandbox.world.somebody("bob@acme.example")
    assert bot.get(f"/v1/people/{bob.rest_id}").json["emails"] == ["bob@acme.example"]
    assert bot.get("/v1/people/bm90aGluZw").status == 404
    assert bot.get(f"/v1/people/{bob.uuid}").status == 404


def test_the_personal_room_of_somebody_else_needs_the_administrators_scope(app, alice):
    path = "/v1/meetingPreferences/personalMeetingRoom"
    room = app.get(path, userEmail="alice@acme.example").json
    assert room["personalMeetingRoomLink"] == "https://acme-example.webex.com/meet/alice"
    assert room["sipAddress"] == "alice@acme-example.webex.com"
    assert room["hostPin"].isdigit()
    assert room["telephony"]["accessCode"].isdigit()
    assert {number["tollType"] for number in room["telephony"]["callInNumbers"]} == {"toll", "tollFree"}
    assert alice.get(path).json == room
    assert alice.get(path, userEmail="bob@acme.example").status == 403


def test_who_has_no_personal_room_gives_404(app, sandbox):
    path = "/v1/meetingPreferences/personalMeetingRoom"
    assert app.get(path, userEmail="carol@acme.example").status == 404
    assert app.get(path, userEmail="nobody@acme.example").status == 404
    assert app.get(path).status == 404
    assert app.get(path, userEmail="alice@acme.example", siteUrl="other.example").status == 404
    sandbox.set_personal_room("carol@acme.example", present=True)
    assert app.get(path, userEmail="carol@acme.example").status == 200
    sandbox.set_personal_room("carol@acme.example", present=False)
    assert app.get(path, userEmail="carol@acme.example").status == 404


def test_two_people_of_the_same_name_have_two_rooms(app, sandbox):
    sandbox.add_person("alice@other.example", "Alice Other", host_pin="777123")
    room = app.get("/v1/meetingPreferences/personalMeetingRoom", userEmail="alice@other.example").json
    assert room["personalMeetingRoomLink"] == "https://acme-example.webex.com/meet/alice2"
    assert room["hostPin"] == "777123"


def test_people_of_other_organisations_have_no_status(bot, sandbox):
    sandbox.add_person("guest@other.example", "Guest", outside=True)
    (guest,) = bot.get("/v1/people", email="guest@other.example").json["items"]
    (bob,) = bot.get("/v1/people", email="bob@acme.example").json["items"]
    assert "status" in bob
    assert "status" not in guest
    assert guest["orgId"] != bob["orgId"]
