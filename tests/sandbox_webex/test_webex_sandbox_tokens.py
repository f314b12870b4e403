"""Integrations, rotation of refresh tokens, revocation; sites."""

import pytest

ALICE, BOB = "alice@acme.example", "bob@acme.example"
SITE, OTHER = "acme-example.webex.com", "acme-labs.webex.com"


def test_an_integration_speaks_for_its_person(sandbox, caller, refresh):
    given = refresh(sandbox.add_integration(ALICE)).json
    assert given["expires_in"] == 1_209_599
    who = caller(given["access_token"]).get("/v1/people/me").json
    assert (who["emails"], who["type"]) == ([ALICE], "person")


def test_an_integration_has_the_scopes_it_was_given(sandbox, caller, refresh):
    narrow = caller(refresh(sandbox.add_integration(ALICE, {"spark:rooms_read"})).json["access_token"])
    assert narrow.get("/v1/rooms").status == 200
    assert narrow.get("/v1/meetings").status == 403
    with pytest.raises(ValueError, match="knows the scope 'spark:unknown'"):
        sandbox.add_integration(ALICE, {"spark:unknown"})
    with pytest.raises(KeyError):
        sandbox.add_integration("nobody@acme.example")


def test_refresh_tokens_stay_until_they_are_told_to_rotate(sandbox, refresh):
    app = sandbox.add_integration(ALICE)
    assert refresh(app).json["refresh_token"] == app.refresh_token
    sandbox.set_rotation(rotate=True)
    following = refresh(app).json["refresh_token"]
    assert following != app.refresh_token
    refused = refresh(app)
    assert (refused.status, refused.json["message"]) == (400, "The refresh token provided is invalid.")
    assert refresh(app, refresh_token=following).status == 200


def test_an_authorisation_can_be_taken_back(sandbox, caller, refresh):
    app, other = sandbox.add_integration(ALICE), sandbox.add_integration(BOB)
    mine, theirs = (caller(refresh(one).json["access_token"]) for one in (app, other))
    sandbox.revoke_app(app.client_id)
    assert mine.get("/v1/people/me").status == 401
    assert refresh(app).status == 400
    assert theirs.get("/v1/people/me").status == 200
    with pytest.raises(KeyError):
        sandbox.revoke_app("nobody's")


def test_one_token_can_be_taken_back(sandbox, integration):
    sandbox.revoke(integration.token)
    assert integration.get("/v1/people/me").status == 401


def room(who, **query):
    return who.get("/v1/meetingPreferences/personalMeetingRoom", **query)


def sites(who, **query):
    return who.get("/v1/meetingPreferences/sites", **query)


def test_sites_have_a_default(app, sandbox, alice):
    assert sites(app, userEmail=BOB).json == {"sites": [{"siteUrl": SITE, "default": True}]}
    sandbox.set_sites(BOB, OTHER, SITE)
    listed = [{"siteUrl": OTHER, "default": True}, {"siteUrl": SITE, "default": False}]
    assert sites(app, userEmail=BOB).json["sites"] == listed
    assert sites(alice, userEmail=BOB).status == 403
    assert sites(app, userEmail="nobody@acme.example").status == 404


def test_an_administrator_asks_on_the_default_site_unless_told(app, sandbox):
    sandbox.set_sites(BOB, OTHER)
    sandbox.set_personal_room(BOB, present=True, site=OTHER)
    assert sites(app, userEmail=BOB).status == 404
    assert sites(app, userEmail=BOB, siteUrl=OTHER).json["sites"][0]["siteUrl"] == OTHER
    assert room(app, userEmail=BOB).status == 404
    assert room(app, userEmail=BOB, siteUrl=OTHER).json["sipAddress"].endswith(f"@{OTHER}")


def test_a_person_has_a_room_of_their_own_on_each_site(app, sandbox, caller):
    sandbox.set_sites(ALICE, OTHER, SITE)
    me = caller(sandbox.person_token(ALICE))
    assert room(me).status == 404
    sandbox.set_personal_room(ALICE, present=True)
    assert f"//{OTHER}/meet/" in room(me).json["personalMeetingRoomLink"]
    assert f"//{SITE}/meet/" in room(me, siteUrl=SITE).json["personalMeetingRoomLink"]
    assert room(app, userEmail=ALICE).json["personalMeetingRoomLink"].startswith(f"https://{SITE}/")
    sandbox.set_personal_room(ALICE, present=False, site=SITE)
    assert room(app, userEmail=ALICE).status == 404


def test_meetings_are_on_the_site_asked_for(app, sandbox):
    sandbox.set_sites(BOB, SITE, OTHER)
    order = {"title": "x", "start": "2026-12-01T09:00:00Z", "end": "2026-12-01T10:00:00Z", "hostEmail": BOB}
    assert app.post("/v1/meetings", **order).json["siteUrl"] == SITE
    assert app.post("/v1/meetings", **order, siteUrl=OTHER).json["webLink"].startswith(f"https://{OTHER}/acme-labs/")
    assert len(app.get("/v1/meetings", hostEmail=BOB, siteUrl=OTHER).json["items"]) == 1
