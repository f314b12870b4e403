"""The control calls about spaces, meetings, sites and apps, over requests."""

import pytest

ALICE, BOB = "alice@acme.example", "bob@acme.example"
ORDER = {"title": "x", "start": "2026-12-01T09:00:00Z", "end": "2026-12-01T10:00:00Z"}


@pytest.fixture
def control(caller):
    free = caller("")
    return lambda method, path, body=None, **query: free.call(method, f"/sandbox/v1/{path}", query=query, body=body)


@pytest.fixture
def room(integration):
    room = integration.post("/v1/rooms", title="Design review", description="tag").json["id"]
    integration.post("/v1/memberships", roomId=room, personEmail=BOB)
    return room


def test_spaces(control, room, integration):
    (seen,) = control("GET", "rooms").json["items"]
    assert (seen["id"], seen["title"], seen["members"], seen["deleted"]) == (room, "Design review", [ALICE, BOB], None)
    assert [member["address"] for member in control("GET", "rooms/members", room=room).json["items"]] == [ALICE, BOB]
    moved = control("POST", "rooms/migration", {"room": room}).json["id"]
    assert control("GET", "rooms/members", room=room).status == 404
    assert control("DELETE", "rooms/members", {"room": moved, "address": BOB}).status == 204
    assert len(integration.get("/v1/memberships", roomId=moved).json["items"]) == 1
    assert control("DELETE", "rooms", {"room": moved}).status == 204
    assert integration.get(f"/v1/rooms/{moved}").status == 404


def test_moods(control, room, integration):
    assert control("PUT", "own-people-only", {"own_only": True}).status == 204
    assert integration.post("/v1/memberships", roomId=room, personEmail="guest@other.example").status == 403
    assert control("PUT", "lossy-links", {"lose": True}).status == 204
    assert "null" in integration.get("/v1/memberships", roomId=room, max=1).headers["link"]


def test_meetings(control, integration):
    meeting = integration.post("/v1/meetings", **ORDER).json["id"]
    assert [seen["id"] for seen in control("GET", "meetings").json["items"]] == [meeting]
    assert control("GET", "meetings", host=BOB).json["items"] == []
    assert control("GET", "mails").json["items"][0]["about"] == "invitation"
    assert control("DELETE", "meetings", {"id": meeting}).status == 204
    assert control("GET", "meetings").json["items"] == []
    assert control("GET", "meetings", deleted="true").json["items"][0]["deleted"] is not None
    assert integration.get(f"/v1/meetings/{meeting}").status == 404


def test_limits(control, integration):
    assert control("PUT", "licences", {"address": ALICE, "present": False}).status == 204
    assert integration.post("/v1/meetings", **ORDER).status == 403
    assert control("PUT", "licences", {"address": ALICE, "present": True}).status == 204
    assert control("PUT", "quota", {"per_user": 1}).status == 204
    assert integration.post("/v1/meetings", **ORDER).status == 429
    assert control("PUT", "quota", {"per_user": -1}).status == 400


def test_apps(control, refresh, caller):
    given = control("POST", "integrations", {"address": ALICE}).json
    app = type("App", (), given)
    token = refresh(app).json["access_token"]
    assert control("PUT", "rotation", {"rotate": True}).status == 204
    assert refresh(app).json["refresh_token"] != app.refresh_token
    assert control("DELETE", "apps", {"client_id": app.client_id}).status == 204
    assert caller(token).get("/v1/people/me").status == 401
    assert control("DELETE", "apps", {"client_id": "nobody's"}).status == 404


def test_sites_and_people_of_elsewhere(control, app, sandbox):
    assert control("PUT", "sites", {"address": BOB, "sites": ["a.webex.com", sandbox.world.site]}).status == 204
    assert len(app.get("/v1/meetingPreferences/sites", userEmail=BOB).json["sites"]) == 2
    assert control("PUT", "people/room", {"address": BOB, "present": True, "site": "a.webex.com"}).status == 204
    room = app.get("/v1/meetingPreferences/personalMeetingRoom", userEmail=BOB, siteUrl="a.webex.com")
    assert room.json["sipAddress"].endswith("@a.webex.com")
    assert control("POST", "people", {"address": "g@other.example", "name": "G", "outside": True}).status == 200
    assert app.get("/v1/meetingPreferences/sites", userEmail="g@other.example").status == 404


def test_what_people_say(control, bot):
    assert control("POST", "said", {"address": BOB, "text": "today"}).json["text"] == "today"
    assert bot.get("/v1/messages/direct", personEmail=BOB).json["items"][0]["text"] == "today"
