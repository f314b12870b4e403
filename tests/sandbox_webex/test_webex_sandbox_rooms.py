import pytest

ALICE, BOB, CAROL = "alice@acme.example", "bob@acme.example", "carol@acme.example"


def new_room(who, title="Design review", **fields):
    return who.post("/v1/rooms", title=title, **fields).json


def add(who, room, address, **fields):
    return who.post("/v1/memberships", roomId=room["id"], personEmail=address, **fields)


def addresses(sandbox, room):
    return [member.address for member in sandbox.members(room["id"])]


@pytest.fixture
def bob(sandbox, caller):
    return caller(sandbox.person_token(BOB))


def test_a_new_room_has_its_creator_as_member(integration, sandbox):
    room = new_room(integration, description="tag")
    me = integration.get("/v1/people/me").json["id"]
    assert (room["title"], room["type"], room["creatorId"]) == ("Design review", "group", me)
    assert (room["isLocked"], room["description"]) == (False, "tag")
    assert addresses(sandbox, room) == [ALICE]
    assert integration.get(f"/v1/rooms/{room['id']}").json == room
    assert sandbox.rooms()[0].description == "tag"


@pytest.mark.parametrize(
    "body", [{}, {"title": ""}, {"title": 7}, {"title": "x", "teamId": "y"}, {"title": "x", "isAnnouncementOnly": True}]
)
def test_rooms_that_cannot_be_made(integration, body):
    assert integration.post("/v1/rooms", **body).status == 400


def test_a_room_is_hidden_from_others(integration, bob):
    room = new_room(integration)
    for answer in (
        bob.get(f"/v1/rooms/{room['id']}"),
        bob.get("/v1/memberships", roomId=room["id"]),
        bob.get("/v1/messages", roomId=room["id"]),
        add(bob, room, CAROL),
    ):
        assert answer.status == 404
    assert bob.get("/v1/rooms").json["items"] == []


def test_members_are_added_once(integration, bob, sandbox):
    room = new_room(integration)
    assert add(integration, room, BOB).json["personDisplayName"] == "Bob Baker"
    again = add(integration, room, BOB.upper())
    assert (again.status, again.json["errors"][0]["description"]) == (409, again.json["message"])
    assert addresses(sandbox, room) == [ALICE, BOB]
    assert [item["id"] for item in bob.get("/v1/rooms").json["items"]] == [room["id"]]


def test_an_address_that_nobody_has_becomes_somebody_outside(integration, sandbox):
    room = new_room(integration)
    member = add(integration, room, "guest@other.example").json
    assert member["personOrgId"] != sandbox.world.org_id
    assert [seen.outside for seen in sandbox.members(room["id"])] == [False, True]


def test_an_organisation_may_keep_to_itself(integration, sandbox):
    room = new_room(integration)
    sandbox.restrict_to_own_people(own_only=True)
    assert add(integration, room, "guest@other.example").status == 403
    assert add(integration, room, BOB).status == 200
    assert addresses(sandbox, room) == [ALICE, BOB]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"personEmail": "x"}, 400),
        ({"personEmail": "a b@acme.example"}, 400),
        ({"personId": "x"}, 404),
        ({"personId": "x", "personEmail": BOB}, 400),
        ({"personEmail": BOB, "isModerator": "yes"}, 400),
    ],
)
def test_members_that_cannot_be_added(integration, body, status):
    room = new_room(integration)
    assert integration.post("/v1/memberships", roomId=room["id"], **body).status == status


def test_members_are_listed_filtered_and_removed(integration, sandbox):
    room = new_room(integration)
    add(integration, room, BOB)
    listed = integration.get("/v1/memberships", roomId=room["id"]).json["items"]
    assert [item["personEmail"] for item in listed] == [ALICE, BOB]
    only = integration.get("/v1/memberships", roomId=room["id"], personEmail=BOB).json["items"]
    assert only == listed[1:]
    assert integration.get("/v1/memberships", personEmail=BOB).status == 400
    assert integration.delete(f"/v1/memberships/{only[0]['id']}").status == 204
    assert integration.delete(f"/v1/memberships/{only[0]['id']}").status == 404
    assert addresses(sandbox, room) == [ALICE]


def test_pages_follow_each_other_and_may_lose_their_parameters(integration, sandbox):
    room = new_room(integration)
    for number in range(4):
        add(integration, room, f"guest{number}@other.example")
    first = integration.get("/v1/memberships", roomId=room["id"], max=2)
    second = integration.call("GET", first.headers["link"].split(">")[0][1:])
    assert [item["personEmail"] for item in second.json["items"]] == ["guest1@other.example", "guest2@other.example"]
    sandbox.lose_link_parameters(lose=True)
    link = integration.get("/v1/memberships", roomId=room["id"], max=2).headers["link"]
    assert "roomId" not in link
    assert "max=null" in link
    assert integration.call("GET", link.split(">")[0][1:]).status == 400


def test_a_page_goes_on_after_its_last_item_though_that_has_gone(integration):
    room = new_room(integration)
    for number in range(4):
        add(integration, room, f"guest{number}@other.example")
    first = integration.get("/v1/memberships", roomId=room["id"], max=3)
    integration.delete(f"/v1/memberships/{first.json['items'][-1]['id']}")
    second = integration.call("GET", first.headers["link"].split(">")[0][1:]).json["items"]
    assert [item["personEmail"] for item in second] == ["guest2@other.example", "guest3@other.example"]


def test_a_locked_room_is_its_moderators(integration, bob, sandbox):
    room = new_room(integration, isLocked=True)
    bobs = add(integration, room, BOB).json
    assert add(bob, room, CAROL).status == 403
    assert bob.put(f"/v1/rooms/{room['id']}", title="Mine").status == 403
    assert integration.put(f"/v1/memberships/{bobs['id']}", isModerator=True).json["isModerator"] is True
    assert add(bob, room, CAROL).status == 200
    assert addresses(sandbox, room) == [ALICE, BOB, CAROL]


def test_a_room_is_renamed_and_its_description_removed(integration):
    room = new_room(integration, description="tag")
    changed = integration.put(f"/v1/rooms/{room['id']}", title="Retro", description=" ").json
    assert changed["title"] == "Retro"
    assert "description" not in changed
    assert integration.put(f"/v1/rooms/{room['id']}", description="x").status == 400


def test_deleting_without_being_moderator_is_leaving(integration, bob, sandbox):
    room = new_room(integration)
    add(integration, room, BOB)
    assert integration.delete(f"/v1/rooms/{room['id']}").status == 204
    assert addresses(sandbox, room) == [BOB]
    assert bob.delete(f"/v1/rooms/{room['id']}").status == 204
    assert sandbox.rooms()[0].deleted is not None


def test_a_moderator_deletes_a_room_for_everybody(integration, bob):
    room = new_room(integration, isLocked=True)
    add(integration, room, BOB)
    assert integration.delete(f"/v1/rooms/{room['id']}").status == 204
    assert bob.get(f"/v1/rooms/{room['id']}").status == 404


def test_a_migrated_room_has_another_id_and_the_same_members(integration, sandbox):
    room = new_room(integration, description="tag")
    member = add(integration, room, BOB).json
    moved = sandbox.migrate(room["id"])
    assert moved != room["id"]
    assert integration.get(f"/v1/rooms/{room['id']}").status == 404
    assert integration.get(f"/v1/memberships/{member['id']}").status == 404
    assert integration.get(f"/v1/rooms/{moved}").json["description"] == "tag"
    assert [seen.address for seen in sandbox.members(moved)] == [ALICE, BOB]


def test_a_bot_finds_what_people_said_to_it(bot, sandbox, clock):
    for address in (ALICE, BOB):
        clock.push(60)
        sandbox.say(address, f"today {address}")
    rooms = bot.get("/v1/rooms", type="direct", sortBy="lastactivity", max=1).json["items"]
    assert [room["title"] for room in rooms] == ["Bob Baker"]
    said = bot.get("/v1/messages", roomId=rooms[0]["id"]).json["items"]
    assert [(message["text"], message["personEmail"]) for message in said] == [(f"today {BOB}", BOB)]
    with pytest.raises(KeyError):
        sandbox.say("nobody@acme.example", "today")


def test_a_bot_sees_of_a_group_room_only_what_mentions_it(bot):
    room = new_room(bot)
    assert bot.get("/v1/messages", roomId=room["id"]).status == 403
    assert bot.get("/v1/messages", roomId=room["id"], mentionedPeople="me").json["items"] == []
    assert bot.post("/v1/messages", roomId=room["id"], text="x").json["roomType"] == "group"


def test_lists_are_sorted_as_asked(integration, clock):
    for title in ("one", "two", "three"):
        clock.push(60)
        new_room(integration, title)
    first = integration.get("/v1/rooms", sortBy="created").json["items"][-1]
    clock.push(60)
    integration.post("/v1/messages", roomId=first["id"], text="x")
    by_activity = integration.get("/v1/rooms", sortBy="lastactivity").json["items"]
    assert [room["title"] for room in by_activity] == ["one", "three", "two"]
    assert integration.get("/v1/rooms", sortBy="title").status == 400


def test_direct_rooms_keep_their_two_members(bot, sandbox):
    bot.post("/v1/messages", toPersonEmail=BOB, text="x")
    room = bot.get("/v1/rooms").json["items"][0]
    member = bot.get("/v1/memberships", roomId=room["id"]).json["items"][0]
    assert add(bot, room, CAROL).status == 400
    assert bot.delete(f"/v1/memberships/{member['id']}").status == 400
    assert bot.delete(f"/v1/rooms/{room['id']}").status == 400
    assert bot.put(f"/v1/rooms/{room['id']}", title="x").status == 400
    assert sandbox.rooms() == []


def test_scopes_are_demanded(sandbox, caller):
    nobody = caller(sandbox.person_token(ALICE, scopes={"spark:people_read"}))
    assert nobody.post("/v1/rooms", title="x").status == 403
    assert nobody.get("/v1/rooms").status == 403
    assert nobody.get("/v1/memberships").status == 403
    reader = caller(sandbox.person_token(ALICE, scopes={"spark:rooms_read"}))
    assert reader.get("/v1/rooms").status == 200
    assert reader.post("/v1/rooms", title="x").status == 403


@pytest.mark.parametrize("rule", [{"status": 503}, {"status": 0}])
def test_rooms_and_members_may_be_made_though_the_answer_says_no(integration, sandbox, rule):
    sandbox.add_fault({"kind": "ambiguous", "match": {"method": "POST", "path_regex": "/(rooms|memberships)$"}} | rule)
    answer = integration.post("/v1/rooms", title="Planning")
    assert answer.marks.drop or answer.status == 503
    (room,) = sandbox.rooms()
    sandbox.add_fault({"kind": "ambiguous", "match": {"method": "POST", "path_regex": "/(rooms|memberships)$"}} | rule)
    integration.post("/v1/memberships", roomId=room.id, personEmail=BOB)
    assert sandbox.rooms()[0].members == (ALICE, BOB)
    assert integration.post("/v1/memberships", roomId=room.id, personEmail=BOB).status == 409
