import pytest

from hybridcal_daemon.adapters.clock import SystemClock
from hybridcal_daemon.adapters.http import BoundedClient
from hybridcal_daemon.ports import HttpRequest
from hybridcal_daemon.sandbox.server import ServedSandbox
from hybridcal_daemon.sandbox.webex import WebexSandbox

BOB = "bob@acme.example"


@pytest.fixture
def control(caller):
    """Speak to the control calls over requests, without a token."""
    free = caller("")
    return lambda method, path, body=None, **query: free.call(method, f"/sandbox/v1/{path}", query=query, body=body)


def test_the_same_seed_gives_the_same_answers(clock, caller):
    def life(seed):
        made = WebexSandbox(clock=clock, seed=seed)
        made.add_person(BOB, "Bob Baker")
        bot = type(caller(""))(made, made.add_bot())
        answers = [bot.post("/v1/messages", toPersonEmail=BOB, text="x"), bot.get("/v1/people/me")]
        return [(answer.status, answer.body, answer.headers) for answer in answers]

    assert life(1) == life(1)
    assert life(1) != life(2)


def test_the_journal_holds_every_request(bot, sandbox):
    bot.get("/v1/people", email=BOB)
    bot.get("/v1/nowhere")
    first, second = sandbox.journal()
    assert (first.method, first.path, first.query, first.status) == (
        "GET",
        "/v1/people",
        "email=bob%40acme.example",
        200,
    )
    assert (first.user, first.fault) == ("hybridcal@webex.bot", "")
    assert second.status == 404
    assert first.tracking_id != second.tracking_id
    assert sandbox.journal(after=first.number) == [second]


def test_messages_are_remembered_after_they_are_deleted(bot, sandbox, clock, join_card):
    kept = bot.post("/v1/messages", toPersonEmail=BOB, text="a", attachments=[join_card("key-1")]).json["id"]
    clock.push(5)
    gone = bot.post("/v1/messages", toPersonEmail=BOB, markdown="b").json["id"]
    clock.push(5)
    bot.call("DELETE", f"/v1/messages/{gone}")
    start = clock.now() - 10
    seen = [
        (message.id, message.key, message.text, message.url, message.created - start, message.deleted)
        for message in sandbox.messages_for(BOB)
    ]
    assert seen == [
        (kept, "key-1", "a", "https://acme-example.webex.com/meet/alice", 0, None),
        (gone, "", "b", "", 5, clock.now()),
    ]
    assert sandbox.messages_for("alice@acme.example") == []


def test_an_ambiguous_fault_has_its_effect_and_answers_an_error(bot, sandbox):
    sandbox.add_fault({"kind": "ambiguous", "match": {"method": "POST", "path_regex": "^/v1/messages$"}, "status": 502})
    answer = bot.post("/v1/messages", toPersonEmail=BOB, text="x")
    assert answer.status == 502
    assert answer.json["trackingId"] == answer.headers["trackingid"]
    assert len(sandbox.messages_for(BOB)) == 1
    assert sandbox.journal()[-1].fault == "ambiguous"


def test_a_status_fault_has_no_effect_and_carries_retry_after(bot, sandbox):
    sandbox.add_fault({"kind": "status", "status": 429, "retry_after": 7})
    answer = bot.post("/v1/messages", toPersonEmail=BOB, text="x")
    assert (answer.status, answer.headers["retry-after"]) == (429, "7")
    assert sandbox.messages_for(BOB) == []
    assert bot.post("/v1/messages", toPersonEmail=BOB, text="x").status == 200


@pytest.mark.parametrize("about", ["look-up", "message by id", "message by address", "presence", "itself"])
def test_a_fault_for_a_person_hits_what_is_about_them(bot, sandbox, caller, about):
    bob = sandbox.world.somebody(BOB)
    sandbox.add_fault({"kind": "status", "status": 503, "match": {"user": BOB}, "times": 0})
    own = caller(sandbox.person_token(BOB))
    asked = {
        "look-up": lambda: bot.get("/v1/people", email=BOB),
        "message by id": lambda: bot.post("/v1/messages", toPersonId=bob.rest_id, text="x"),
        "message by address": lambda: bot.post("/v1/messages", toPersonEmail=BOB, text="x"),
        "presence": lambda: own.post("/apheleia/api/v1/events", subject=bob.uuid, eventType="dnd", ttl=5),
        "itself": lambda: own.get("/v1/people/me"),
    }
    assert asked[about]().status == 503
    assert bot.get("/v1/people", email="alice@acme.example").status == 200


def test_the_rate_rule_asks_for_a_pause_that_is_long_enough(bot, sandbox, clock, alice):
    sandbox.set_rate(2, 10)
    clock.push(0.5)
    assert [bot.get("/v1/people/me").status for _ in range(2)] == [200, 200]
    clock.push(3)
    answer = bot.get("/v1/people/me")
    assert answer.status == 429
    assert alice.get("/v1/people/me").status == 200
    clock.push(int(answer.headers["retry-after"]))
    assert bot.get("/v1/people/me").status == 200
    sandbox.set_rate(0)
    assert [bot.get("/v1/people/me").status for _ in range(5)] == [200] * 5


def test_control_calls_do_over_http_what_the_methods_do(control, caller, sandbox):
    person = control("POST", "people", {"address": "dan@acme.example", "name": "Dan Dean", "personal_room": False})
    assert person.json["uuid"] == sandbox.world.somebody("dan@acme.example").uuid
    assert control("PUT", "people/room", {"address": "dan@acme.example", "present": True}).status == 204
    app = control("POST", "service-apps", {"presence_on_behalf": True}).json
    assert set(app) == {"client_id", "client_secret", "refresh_token"}
    own = caller(control("POST", "person-tokens", {"address": "dan@acme.example"}).json["token"])
    assert own.get("/v1/meetingPreferences/personalMeetingRoom").status == 200
    bot = caller(control("POST", "bots", {"name": "Joiner"}).json["token"])
    assert bot.post("/v1/messages", toPersonEmail="dan@acme.example", text="x").status == 200
    own.post("/apheleia/api/v1/events", subject=person.json["uuid"], eventType="dnd", ttl=5)
    assert [item["text"] for item in control("GET", "messages", address="dan@acme.example").json["items"]] == ["x"]
    assert control("GET", "presence", address="dan@acme.example").json["items"][0]["event_type"] == "dnd"
    journal = control("GET", "journal").json["items"]
    assert [item["path"] for item in journal][-1] == "/apheleia/api/v1/events"
    assert control("GET", "journal", after=str(journal[-1]["number"])).json["items"] == []
    assert control("DELETE", "tokens", {"token": bot.token}).status == 204
    assert bot.get("/v1/people/me").status == 401


def test_faults_and_rate_over_http(control, bot):
    pending = control("POST", "faults", [{"kind": "status"}, {"kind": "drop", "skip": 3}]).json["pending"]
    assert [rule["kind"] for rule in pending] == ["status", "drop"]
    assert bot.get("/v1/people/me").status == 503
    assert [rule["kind"] for rule in control("GET", "faults").json["pending"]] == ["drop"]
    assert control("POST", "faults", {"kind": "drop"}).json["pending"][-1]["skip"] == 0
    assert control("DELETE", "faults").status == 204
    assert control("PUT", "rate", {"requests": 1, "seconds": 5}).status == 204
    assert [bot.get("/v1/people/me").status for _ in range(2)] == [200, 429]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "people", {"address": BOB, "name": "Again"}, 400),
        ("POST", "people", {"address": "nowhere", "name": "X"}, 400),
        ("POST", "people", {"address": "x@acme.example"}, 400),
        ("POST", "service-apps", {"scopes": ["spark:kms"]}, 400),
        ("POST", "person-tokens", {"address": "nobody@acme.example"}, 404),
        ("POST", "faults", {"kind": "explode"}, 400),
        ("PUT", "rate", {"requests": -1}, 400),
        ("GET", "nothing", None, 404),
        ("GET", "messages", None, 404),
    ],
)
def test_mistakes_in_control_calls_are_explained(control, method, path, body, status):
    answer = control(method, path, body)
    assert answer.status == status
    assert answer.json["message"]


def test_served_over_real_http():
    sandbox = WebexSandbox(clock=SystemClock(), seed=3)
    sandbox.add_person(BOB, "Bob Baker")
    token = sandbox.add_bot()
    client = BoundedClient()
    with ServedSandbox.start(sandbox) as served:
        url = f"{served.base_url}/v1/people?email=bob%40acme.example&excludeStatus=true"
        answer = client.send(HttpRequest(method="GET", url=url, headers={"authorization": f"Bearer {token}"}))
        control = client.send(HttpRequest(method="GET", url=f"{served.base_url}/sandbox/v1/journal"))
    client.close()
    assert answer.status == 200
    assert answer.headers["trackingid"].startswith("ROUTERGW_")
    assert b"/v1/people" in control.body
