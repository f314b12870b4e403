import pytest

from hybridcal_daemon.sandbox.webex.access import ACCESS_LIFE, PERSONAL_LIFE, REFRESH_LIFE


def test_a_refresh_gives_an_access_token_with_the_documented_lives(sandbox, refresh):
    app = sandbox.add_service_app()
    answer = refresh(app)
    assert answer.status == 200
    assert answer.json == {
        "access_token": answer.json["access_token"],
        "expires_in": 1_209_599,
        "refresh_token": app.refresh_token,
        "refresh_token_expires_in": 7_757_533,
        "token_type": "Bearer",
    }


def test_each_refresh_gives_another_token_and_the_older_one_stays_valid(sandbox, refresh, caller):
    app = sandbox.add_service_app()
    first, second = (refresh(app).json["access_token"] for _ in range(2))
    assert first != second
    assert caller(first).get("/v1/people", email="bob@acme.example").status == 200


def test_an_access_token_ends_to_the_second(app, clock):
    clock.push(ACCESS_LIFE - 1)
    assert app.get("/v1/people", email="bob@acme.example").status == 200
    clock.push(1)
    assert app.get("/v1/people", email="bob@acme.example").status == 401


def test_a_refresh_token_is_renewed_by_use_and_ends_without(sandbox, refresh, clock):
    app = sandbox.add_service_app()
    clock.push(REFRESH_LIFE - 1)
    assert refresh(app).status == 200
    clock.push(REFRESH_LIFE - 1)
    assert refresh(app).status == 200
    clock.push(REFRESH_LIFE)
    assert refresh(app).status == 400


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"grant_type": "authorization_code"}, 400),
        ({"client_id": "nobody"}, 401),
        ({"client_secret": "wrong"}, 401),
        ({"refresh_token": "wrong"}, 400),
        ({"scope": "more"}, 400),
    ],
)
def test_wrong_credentials_are_refused(sandbox, refresh, changes, status):
    assert refresh(sandbox.add_service_app(), **changes).status == status


def test_credentials_belong_into_the_form_of_a_post(caller, sandbox):
    app = sandbox.add_service_app()
    assert caller("").get("/v1/access_token").status == 405
    assert caller("").call("POST", "/v1/access_token", body={"client_id": app.client_id}).status == 415
    assert caller("").call("POST", "/v1/access_token", query={"client_id": app.client_id}, raw=b"").status == 400


def test_a_missing_or_unknown_token_is_refused_with_a_phrased_error(caller):
    for token in ("", "not-a-token"):
        answer = caller(token).get("/v1/people/me")
        assert answer.status == 401
        body = answer.json
        assert body["errors"] == [{"description": body["message"]}]
        assert body["trackingId"] == answer.headers["trackingid"]


def test_a_revoked_token_is_refused(sandbox, bot):
    assert bot.get("/v1/people/me").status == 200
    sandbox.revoke(bot.token)
    assert bot.get("/v1/people/me").status == 401


def test_a_personal_token_lasts_twelve_hours(alice, clock):
    clock.push(PERSONAL_LIFE - 1)
    assert alice.get("/v1/people/me").status == 200
    clock.push(1)
    assert alice.get("/v1/people/me").status == 401


def test_scopes_are_kept_apart(bot, app, sandbox, caller):
    assert bot.get("/v1/meetingPreferences/personalMeetingRoom").status == 403
    assert app.post("/v1/messages", toPersonEmail="bob@acme.example", text="x").status == 403
    assert app.get("/v1/messages/direct", personEmail="bob@acme.example").status == 403
    reader = caller(sandbox.person_token("alice@acme.example", scopes={"spark:messages_read"}))
    assert reader.get("/v1/people/me").status == 403
    assert reader.post("/v1/messages", toPersonEmail="bob@acme.example", text="x").status == 403


def test_a_service_app_with_a_scope_that_nothing_asks_for_is_a_mistake(sandbox):
    with pytest.raises(ValueError, match="spark:kms"):
        sandbox.add_service_app({"spark:kms"})


def test_unknown_paths_and_methods_are_told_apart(bot):
    assert bot.get("/v1/teams").status == 404
    assert bot.get("/v1/people/").status == 404
    assert bot.call("DELETE", "/v1/people/me").status == 405
    assert bot.call("PATCH", "/v1/messages").status == 405


def test_parameters_given_twice_or_unknown_are_refused(bot):
    assert bot.call("GET", "/v1/people?email=a@acme.example&email=b@acme.example").status == 400
    assert bot.get("/v1/people", email="a@acme.example", unknown="1").status == 400
    assert bot.call("GET", "/v1/people?%ff&x").status == 400
