import pytest
from google_company import ALICE, AUTH, BOB, FOCUS, START, Caller, timed

WEEK = 7 * 86400


def states(pushes):
    return [push.headers["X-Goog-Resource-State"] for push in pushes]


def test_a_channel_begins_with_sync(alice, pushes):
    answer = alice.watch(token="secret").json
    assert answer["kind"] == "api#channel"
    assert answer["expiration"] == str(int((START + WEEK) * 1000))
    assert answer["token"] == "secret"
    (sync,) = pushes
    assert (sync.method, sync.url, sync.body) == ("POST", "https://push.acme.example/x", b"")
    assert {name: value for name, value in sync.headers.items() if name.startswith("X-Goog")} == {
        "X-Goog-Channel-ID": "channel-1",
        "X-Goog-Channel-Token": "secret",
        "X-Goog-Channel-Expiration": "Mon, 07 Dec 2026 10:00:00 GMT",
        "X-Goog-Message-Number": "1",
        "X-Goog-Resource-ID": answer["resourceId"],
        "X-Goog-Resource-State": "sync",
        "X-Goog-Resource-URI": "https://www.googleapis.com/calendar/v3/calendars/alice%40acme.example/events?alt=json",
    }


def test_each_change_is_told_once_with_growing_numbers(alice, pushes):
    alice.watch()
    made = alice.insert(timed("1T10:00", "1T11:00")).json["id"]
    alice.patch(made, {"summary": "x"})
    alice.delete(made)
    assert states(pushes) == ["sync", "exists", "exists", "exists"]
    numbers = [int(push.headers["X-Goog-Message-Number"]) for push in pushes]
    assert numbers == sorted(set(numbers))
    assert "X-Goog-Channel-Token" not in pushes[0].headers


def test_reads_and_refused_writes_are_not_told(alice, pushes):
    alice.watch()
    alice.list()
    alice.insert({})
    alice.delete("nothing")
    assert states(pushes) == ["sync"]


def test_a_guests_watcher_hears_of_the_organisers_change(alice, bob, pushes):
    bob.watch(id="bobs")
    made = alice.insert(timed("1T10:00", "1T11:00", attendees=[{"email": BOB}])).json["id"]
    assert states(pushes) == ["sync", "exists"]
    bob.patch(made, {"colorId": "3"})
    alice.patch(made, {"colorId": "4"})
    assert len(pushes) == 3


def test_in_process_changes_are_told_as_well(google, alice, pushes):
    alice.watch()
    google.create_event(ALICE, timed("1T10:00", "1T11:00"))
    assert states(pushes) == ["sync", "exists"]


def test_event_types_narrow_the_noise(alice, pushes):
    body = {"id": "c", "type": "webhook", "address": "https://push.acme.example/x"}
    assert alice.call("POST", f"{alice.events}/watch", body, eventTypes="focusTime").status == 200
    alice.insert(timed("1T10:00", "1T11:00"))
    alice.insert(timed("1T10:00", "1T11:00", **FOCUS))
    assert states(pushes) == ["sync", "exists"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"id": None}, "required"),
        ({"type": None}, "required"),
        ({"address": None}, "required"),
        ({"type": "mail"}, "push.channelTypeNotSupported"),
        ({"id": "x" * 65}, "invalid"),
        ({"id": "white space"}, "invalid"),
        ({"token": "x" * 257}, "invalid"),
        ({"address": "http://push.acme.example/x"}, "push.webhookUrlNotHttps"),
        ({"address": "http://127.0.0.1:8000/x"}, "push.webhookUrlNotHttps"),
        ({"address": "push.acme.example"}, "push.webhookUrlNotHttps"),
        ({"params": {"ttl": "soon"}}, "invalid"),
        ({"params": {"ttl": "0"}}, "invalid"),
        ({"params": {"ttl": "9" * 5000}}, "invalid"),
        ({"params": {"ttl": 60}}, "parseError"),
        ({"expiration": "1796032800000"}, "invalid"),
        ({"expiration": 1796032900000}, "parseError"),
        ({"callback": "x"}, "invalid"),
    ],
)
def test_bad_channels_are_refused(alice, pushes, body, reason):
    answer = alice.watch(**body)
    assert (answer.status, answer.reason) == (400, reason)
    assert pushes == []


def test_the_https_sentence(alice):
    answer = alice.watch(address="http://push.acme.example/x")
    assert answer.message == "WebHook callback must be HTTPS: http://push.acme.example/x"


def test_http_is_let_through_to_loopback_when_allowed(make):
    sandbox = make(allow_http_push=True)
    caller = Caller(sandbox, sandbox.person_token(ALICE))
    assert caller.watch(address="http://127.0.0.1:8000/x").status == 200
    assert caller.watch(id="c2", address="http://[::1]:8000/x").status == 200
    assert caller.watch(id="c3", address="http://push.acme.example/x").status == 400


def test_channel_ids_are_used_up_for_ever(alice, bob):
    channel = alice.watch().json
    assert (bob.watch().status, bob.watch().reason) == (400, "channelIdNotUnique")
    assert alice.stop(id=channel["id"], resourceId=channel["resourceId"]).status == 204
    assert alice.watch().reason == "channelIdNotUnique"


def test_a_refused_watch_does_not_use_up_its_id(alice):
    assert alice.watch(address="http://x.example").status == 400
    assert alice.watch().status == 200


@pytest.mark.parametrize(
    ("ask", "lasts"),
    [
        ({"params": {"ttl": "3600"}}, 3600),
        ({"params": {"ttl": "9999999"}}, 30 * 86400),
        ({"expiration": str(int((START + 60) * 1000))}, 60),
        ({}, WEEK),
    ],
)
def test_time_to_live(alice, pushes, clock, ask, lasts):
    assert alice.watch(**ask).json["expiration"] == str(int((START + lasts) * 1000))
    clock.push(lasts - 1)
    alice.sandbox.create_event(ALICE, timed("1T10:00", "1T11:00"))
    clock.push(1)
    alice.sandbox.create_event(ALICE, timed("1T10:00", "1T11:00"))
    assert states(pushes) == ["sync", "exists"]
    assert alice.sandbox.channels() == []


def test_two_channels_of_one_calendar_overlap(alice, pushes):
    first, second = alice.watch().json, alice.watch(id="channel-2").json
    assert first["resourceId"] == second["resourceId"]
    alice.insert(timed("1T10:00", "1T11:00"))
    assert [push.headers["X-Goog-Channel-ID"] for push in pushes[2:]] == ["channel-1", "channel-2"]


def test_a_stopped_channel_is_silent_and_gone(alice, pushes):
    channel = alice.watch().json
    answer = alice.stop(id=channel["id"], resourceId=channel["resourceId"])
    assert (answer.status, answer.body) == (204, b"")
    alice.insert(timed("1T10:00", "1T11:00"))
    assert states(pushes) == ["sync"]
    again = alice.stop(id=channel["id"], resourceId=channel["resourceId"])
    assert (again.status, again.reason) == (404, "notFound")
    assert again.message == "Channel 'channel-1' not found for project 'sandbox-people'"


def test_stop_wants_both_ids_and_the_owner(alice, bob):
    channel = alice.watch().json
    assert alice.stop(id=channel["id"]).reason == "required"
    assert alice.stop(id=channel["id"], resourceId="wrong").status == 404
    assert bob.stop(id=channel["id"], resourceId=channel["resourceId"]).status == 404
    assert len(alice.sandbox.channels()) == 1


def test_any_subject_of_a_service_account_stops_its_channels(google, robot, alice):
    robot.register(google)
    first, second = (
        Caller(google, robot.exchange(google, robot.assertion(sub=who)).json["access_token"]) for who in (ALICE, BOB)
    )
    channel = first.watch().json
    assert alice.stop(id=channel["id"], resourceId=channel["resourceId"]).status == 404
    assert second.stop(id=channel["id"], resourceId=channel["resourceId"]).status == 204
    assert alice.watch().status == 200  # another project


def test_watching_wants_a_reading_scope(google):
    caller = Caller(google, google.person_token(ALICE, [f"{AUTH}gmail.settings.basic"]))
    assert caller.watch().reason == "insufficientPermissions"


def test_watch_takes_only_parameters_of_list(alice):
    body = {"id": "c", "type": "web_hook", "address": "https://push.acme.example/x"}
    assert alice.call("POST", f"{alice.events}/watch", body, singleEvents="true").status == 200
    assert alice.call("POST", f"{alice.events}/watch", body | {"id": "d"}, sendUpdates="none").status == 400


# ---- what the stand-in wants of channels ----------------------------------------------------------------------------


def test_less_time_than_asked_for_is_granted_where_the_rules_say_so(alice):
    alice.sandbox.pushing.set_rules({"longest_ttl": 3600, "default_ttl": 600})
    assert alice.watch(params={"ttl": "604800"}).json["expiration"] == str(int((START + 3600) * 1000))
    assert alice.watch(id="c2").json["expiration"] == str(int((START + 600) * 1000))
    assert alice.watch(id="c3", params={"ttl": "60"}).json["expiration"] == str(int((START + 60) * 1000))


def test_some_calendars_cannot_be_watched(alice, bob, pushes):
    alice.sandbox.pushing.set_rules({"unsupported": ["Alice@acme.example"]})
    refused = alice.watch()
    assert (refused.status, refused.reason) == (400, "pushNotSupportedForRequestedResource")
    assert refused.message == "Push notifications are not supported by this resource."
    assert bob.watch().status == 200
    assert states(pushes) == ["sync"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("https://acme.example/x", 200),
        ("https://PUSH.acme.example:8443/x", 200),
        ("https://evil-acme.example/x", 401),
        ("https://acme.example.net/x", 401),
    ],
)
def test_an_address_outside_the_verified_domains_is_refused(alice, address, status):
    alice.sandbox.pushing.set_rules({"domains": ["Acme.example"]})
    answer = alice.watch(address=address)
    assert answer.status == status
    if status != 200:
        assert answer.reason == "push.webhookUrlUnauthorized"
        assert answer.message == f"Unauthorized WebHook callback channel: {address}"


def test_an_address_that_is_none_is_no_https_address(alice):
    assert alice.watch(address="https://[::1").reason == "push.webhookUrlNotHttps"


def test_a_second_stop_may_succeed_for_a_while(alice, bob, clock):
    alice.sandbox.pushing.set_rules({"stop_again": 10})
    channel = alice.watch().json
    ids = {"id": channel["id"], "resourceId": channel["resourceId"]}
    assert [alice.stop(**ids).status for _ in range(3)] == [204, 204, 204]
    assert bob.stop(**ids).status == 404
    assert alice.stop(id=channel["id"], resourceId="wrong").status == 404
    clock.push(10)
    assert alice.stop(**ids).status == 404


def test_two_watchers_of_one_calendar_see_one_resource(google, robot):
    robot.register(google)
    robots = Caller(google, robot.exchange(google, robot.assertion(sub=ALICE)).json["access_token"])
    own = Caller(google, google.person_token(ALICE))
    assert robots.watch().json["resourceId"] == own.watch().json["resourceId"]


@pytest.mark.parametrize(
    "rules",
    [{"longest_ttl": 0}, {"default_ttl": -1}, {"stop_again": -1}, {"domains": "acme.example"}, {"rooms": []}],
)
def test_rules_with_a_mistake_are_refused(google, rules):
    before = google.pushing.rules
    with pytest.raises(ValueError, match=r"push-rules: "):
        google.pushing.set_rules(rules)
    assert google.pushing.rules is before
