import pytest

BOB = "bob@acme.example"


def post(bot, attachment=None, **body):
    sent = {"toPersonEmail": BOB, "text": "Join"} | body | ({"attachments": [attachment]} if attachment else {})
    return bot.post("/v1/messages", **sent)


def test_a_message_comes_back_as_it_is_stored(bot, join_card):
    answer = post(bot, join_card(), markdown="**Join**")
    assert answer.status == 200
    message = answer.json
    assert message["roomType"] == "direct"
    assert message["toPersonEmail"] == BOB
    assert message["personEmail"] == "hybridcal@webex.bot"
    assert message["created"] == "2026-11-30T10:00:00.000Z"
    assert message["attachments"] == [join_card()]
    assert bot.get(f"/v1/messages/{message['id']}").json == message


def test_both_ways_to_name_a_person_lead_to_the_same_room(bot, sandbox):
    first = post(bot).json
    person_id = sandbox.world.somebody(BOB).rest_id
    second = bot.post("/v1/messages", toPersonId=person_id, text="x").json
    third = bot.post("/v1/messages", roomId=first["roomId"], text="x").json
    assert first["roomId"] == second["roomId"] == third["roomId"]


@pytest.mark.parametrize(
    "change",
    [
        {"toPersonId": "x"},
        {"text": ""},
        {"text": "ä" * 3720},
        {"text": "x", "markdown": "x" * 7440},
        {"text": 7},
        {"files": ["https://acme.example/a.png"]},
        {"parentId": "x"},
        {"attachments": []},
        {"attachments": "card"},
    ],
)
def test_bodies_that_the_service_refuses(bot, change):
    assert post(bot, **change).status == 400


def test_the_longest_text_is_counted_in_bytes(bot):
    assert post(bot, text="ä" * 3719 + "x").status == 200


def test_a_body_must_be_a_json_object_and_say_so(bot):
    assert bot.call("POST", "/v1/messages", raw=b"{}").status == 415
    for raw in (b"", b"{", b"[]", b"\xff"):
        assert bot.call("POST", "/v1/messages", raw=raw, headers={"content-type": "application/json"}).status == 400


def test_recipients_that_cannot_be_reached(bot, sandbox):
    me = sandbox.world.somebody("hybridcal@webex.bot").rest_id
    for recipient in (
        {"toPersonEmail": "nobody@acme.example"},
        {"toPersonId": "x"},
        {"roomId": "x"},
        {"toPersonId": me},
    ):
        assert bot.post("/v1/messages", text="x", **recipient).status == 404


def test_a_card_needs_a_fallback_text(bot, join_card):
    assert bot.post("/v1/messages", toPersonEmail=BOB, attachments=[join_card()]).status == 400


def test_direct_messages_come_newest_first_and_in_pages(bot, clock):
    assert bot.get("/v1/messages/direct", personEmail=BOB).status == 404
    assert bot.get("/v1/messages/direct").status == 400
    sent = []
    for number in range(5):
        sent.append(post(bot, text=str(number)).json["id"])
        clock.push(1)
    first = bot.get("/v1/messages/direct", personEmail=BOB, max="2")
    assert [item["id"] for item in first.json["items"]] == [sent[4], sent[3]]
    seen, answer = [], first
    while True:
        seen += [item["id"] for item in answer.json["items"]]
        link = answer.headers.get("link")
        if link is None:
            break
        url, _, relation = link.partition(">; ")
        assert relation == 'rel="next"'
        answer = bot.call("GET", url.removeprefix("<"))
    assert seen == sent[::-1]


def test_a_link_names_the_host_that_was_asked(bot):
    for number in range(2):
        post(bot, text=str(number))
    query = {"personEmail": BOB, "max": "1"}
    by_header = bot.call("GET", "/v1/messages/direct", query=query, headers={"host": "127.0.0.1:81"})
    assert by_header.headers["link"].startswith("<http://127.0.0.1:81/v1/messages/direct?")
    by_url = bot.call("GET", "https://webexapis.com/v1/messages/direct", query=query)
    assert by_url.headers["link"].startswith("<https://webexapis.com/v1/messages/direct?")


def test_a_page_holds_fifty_unless_told_otherwise(bot):
    for number in range(51):
        post(bot, text=str(number))
    answer = bot.get("/v1/messages/direct", personEmail=BOB)
    assert len(answer.json["items"]) == 50
    assert "link" in answer.headers


def test_a_room_is_listed_before_a_moment_or_a_message(bot, clock):
    room = post(bot, text="0").json["roomId"]
    ids = []
    for number in range(1, 4):
        clock.push(60)
        ids.append(post(bot, text=str(number)).json["id"])

    def texts(**query):
        return [item["text"] for item in bot.get("/v1/messages", roomId=room, **query).json["items"]]

    assert texts() == ["3", "2", "1", "0"]
    assert texts(before="2026-11-30T10:01:30Z") == ["1", "0"]
    assert texts(beforeMessage=ids[1]) == ["1", "0"]
    for wrong in ({"before": "yesterday"}, {"before": "2026-11-30T10:01:30"}, {"beforeMessage": "x"}, {"cursor": "x"}):
        assert bot.get("/v1/messages", roomId=room, **wrong).status == 400
    assert bot.get("/v1/messages").status == 400


def test_the_other_member_reads_the_room_and_nobody_else_does(bot, alice, sandbox, caller):
    message = post(bot).json
    bob = caller(sandbox.person_token(BOB))
    assert bob.get("/v1/messages/direct", personEmail="hybridcal@webex.bot").json["items"][0]["id"] == message["id"]
    assert alice.get(f"/v1/messages/{message['id']}").status == 404
    assert alice.get("/v1/messages", roomId=message["roomId"]).status == 404
    assert alice.call("DELETE", f"/v1/messages/{message['id']}").status == 404


def test_only_the_sender_deletes_and_only_once(bot, sandbox, caller):
    message = post(bot).json
    bob = caller(sandbox.person_token(BOB))
    path = f"/v1/messages/{message['id']}"
    assert bob.call("DELETE", path).status == 403
    assert bob.call("PUT", path, body={"roomId": message["roomId"], "text": "new"}).status == 403
    answer = bot.call("DELETE", path)
    assert (answer.status, answer.body) == (204, b"")
    assert bot.call("DELETE", path).status == 404
    assert bot.get(path).status == 404
    assert bot.get("/v1/messages/direct", personEmail=BOB).json["items"] == []


def test_a_message_with_a_card_cannot_be_edited_and_another_ten_times(bot, join_card):
    card = post(bot, join_card()).json
    body = {"roomId": card["roomId"], "text": "new"}
    assert bot.call("PUT", f"/v1/messages/{card['id']}", body=body).status == 400
    plain = post(bot).json
    path = f"/v1/messages/{plain['id']}"
    assert bot.call("PUT", path, body={"text": "new"}).status == 400
    assert [bot.call("PUT", path, body=body).status for _ in range(11)] == [200] * 10 + [400]
    assert bot.get(path).json["text"] == "new"


@pytest.mark.parametrize("version", ["1.0", "1.3"])
def test_versions_that_webex_shows(bot, join_card, version):
    assert post(bot, join_card(version=version)).status == 200


OPEN_URL = {"type": "Action.OpenUrl", "title": "Join", "url": "https://acme.example"}


@pytest.mark.parametrize(
    "changes",
    [
        {"version": "1.4"},
        {"version": None},
        {"type": "Card"},
        {"$schema": "https://acme.example/schema"},
        {"unknown": 1},
        {"body": "text"},
        {"body": [], "actions": []},
        {"body": [{"type": "Media"}]},
        {"body": [{"type": "TextBlock"}]},
        {"body": [{"type": "Input.Text"}]},
        {"body": [{"type": "TextBlock", "id": "a", "text": "x"}, {"type": "TextBlock", "id": "a", "text": "y"}]},
        {"body": [{"type": "TextBlock", "id": 5, "text": "x"}]},
        {"body": [{"type": "Container", "items": [{"type": "Media"}]}]},
        {"body": [{"type": "ActionSet", "actions": [{"type": "Action.Execute"}]}]},
        {"actions": [OPEN_URL] * 6},
        {"actions": [{"type": "Action.Execute"}]},
        {"actions": [OPEN_URL | {"url": "javascript:alert(1)"}]},
        {"actions": [OPEN_URL | {"url": "webexteams://meet"}]},
        {"actions": [OPEN_URL | {"url": "https://"}]},
        {"actions": [OPEN_URL | {"url": "https://[::1"}]},
        {"actions": [OPEN_URL | {"url": 7}]},
        {"actions": [{"type": "Action.ShowCard", "card": {"type": "Card"}}]},
    ],
)
def test_cards_that_webex_would_not_show(bot, join_card, changes):
    assert post(bot, join_card(**changes)).status == 400


def test_nested_elements_and_actions_are_fine(bot, join_card):
    text = {"type": "TextBlock", "text": "x"}
    inner = {"type": "AdaptiveCard", "body": [text]}
    body = [
        {"type": "Container", "items": [text]},
        {"type": "ColumnSet", "columns": [{"width": "auto", "items": [text]}]},
        {"type": "ActionSet", "actions": [OPEN_URL]},
    ]
    card = join_card(body=body, actions=[{"type": "Action.ShowCard", "title": "More", "card": inner}])
    assert post(bot, card).status == 200


def test_attachments_of_another_kind_or_number(bot, join_card):
    for attachments in (
        [join_card("a"), join_card("b")],
        [{"contentType": "image/png", "content": {}}],
        [{"content": {}}],
        ["card"],
        [join_card() | {"extra": 1}],
    ):
        assert post(bot, attachments=attachments).status == 400
