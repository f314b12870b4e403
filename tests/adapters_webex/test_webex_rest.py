import traceback

import msgspec
import pytest

from hybridcal_daemon.domain.errors import explain
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.joinblock import Room
from hybridcal_daemon.domain.values import Plain, Secret
from hybridcal_daemon.ports import HttpFailure
from hybridcal_daemon.sandbox.webex.ids import rest_id

ALICE = Plain("alice@acme.example")
BOB = Plain("bob@acme.example")
LINK = Plain("https://acme-example.webex.com/meet/alice")
UUID = "f5b36187-c8dd-4727-8b2f-f9c447f29046"


def send(api, person, key="k-1", title="Design review", url=LINK):
    return api.send_card(person.person_id, key=key, title=Plain(title), url=url, starts="10:00")


def failure_of(call, *args, **kwargs):
    with pytest.raises(CallError) as raised:
        call(*args, **kwargs)
    assert explain(raised.value.code)
    return raised.value


def test_a_person_is_found_with_the_service_app_or_with_the_bot_alone(house):
    expected = house.sandbox.world.somebody("alice@acme.example")
    for api in (house.api, house.bot_only):
        person = api.person(Plain("Alice@acme.example"))
        assert (person.person_id, person.uuid) == (expected.rest_id, expected.uuid)
        assert person.emails == (ALICE,)
    askers = [asked.user for asked in house.sandbox.journal() if asked.path == "/v1/people"]
    assert askers[0].endswith("@serviceapp.example")
    assert askers[1] == "hybridcal@webex.bot"


def test_nobody_has_the_address(house):
    failure = failure_of(house.api.person, Plain("nobody@acme.example"))
    assert (failure.kind, failure.code) == (Kind.NOT_FOUND, "webex-no-such-person")


def test_somebody_else_in_the_answer_is_not_the_person(scripted, reply):
    items = [{"id": rest_id("PEOPLE", UUID), "emails": ["bob@acme.example"]}]
    api, _ = scripted(reply(200, msgspec.json.encode({"items": items})))
    assert failure_of(api.person, ALICE).code == "webex-no-such-person"


def test_whoami_says_whose_token_it_is(house):
    bearer = Secret(house.sandbox.person_token("bob@acme.example"))
    assert house.api.whoami(bearer).emails == (BOB,)
    house.clock.push(12 * 3600)
    failure = failure_of(house.api.whoami, bearer)
    assert (failure.kind, failure.code) == (Kind.USER, "bearer-invalid")


def test_a_token_without_the_scope_or_with_line_breaks_is_no_valid_bearer(house):
    poor = house.sandbox.person_token("bob@acme.example", scopes={"spark:messages_read"})
    for bearer in (poor, "", "a\r\nhost: x", " a", "ä"):
        assert failure_of(house.api.whoami, Secret(bearer)).kind is Kind.USER
    assert [asked.status for asked in house.sandbox.journal()] == [403]


def test_webex_being_down_does_not_make_a_reader_unknown(house):
    house.sandbox.add_fault({"kind": "status", "status": 503})
    assert failure_of(house.api.whoami, Secret("x")).kind is Kind.TRANSIENT


def test_the_personal_room_without_its_pin(house):
    room = house.api.personal_room(ALICE)
    assert room == Room(
        link=LINK,
        sip_address=Plain("alice@acme-example.webex.com"),
        meeting_number=Plain(house.sandbox.world.somebody("alice@acme.example").room.access_code),
        dial_in=(("US Toll", "+1-555-010-0100"), ("US Toll Free", "+1-555-010-0101")),
    )


def test_no_personal_room_is_none(house):
    assert house.api.personal_room(BOB) is None


def test_without_a_service_app_rooms_and_presence_are_refused_and_nothing_is_sent(house):
    for failure in (
        failure_of(house.bot_only.personal_room, ALICE),
        failure_of(house.bot_only.set_presence, UUID, status="ooo", ttl=60),
    ):
        assert (failure.kind, failure.code) == (Kind.REFUSED, "webex-no-service-app")
    assert house.sandbox.journal() == []


@pytest.mark.parametrize(
    "link", ["http://acme.example/meet/a", "javascript:x", "https://[::1", "https:///x", "https://a/ b"]
)
def test_a_room_whose_link_is_not_https_is_a_bad_answer(house, scripted, reply, link):
    grant = {"access_token": "t", "expires_in": 99999}
    room = {"personalMeetingRoomLink": link, "sipAddress": "a@b"}
    api, _ = scripted(*(reply(200, msgspec.json.encode(value)) for value in (grant, room)), tokens=house.tokens)
    assert failure_of(api.personal_room, ALICE).code == "webex-bad-answer"


def test_a_card_arrives_and_is_found_by_its_key(house):
    bob = house.api.person(BOB)
    message_id = send(house.bot_only, bob)
    (seen,) = house.sandbox.messages_for("bob@acme.example")
    assert (seen.id, seen.key, seen.url, seen.deleted) == (message_id, "k-1", LINK.reveal(), None)
    assert house.api.find_card(bob.person_id, key="k-1", since=house.clock.now()) == message_id
    assert house.api.find_card(bob.person_id, key="k-2", since=house.clock.now()) is None


def test_no_room_yet_means_no_card(house):
    bob = house.api.person(BOB)
    assert house.api.find_card(bob.person_id, key="k-1", since=house.clock.now()) is None


def test_a_search_that_fails_says_so_instead_of_finding_nothing(house):
    bob = house.api.person(BOB)
    send(house.api, bob)
    house.sandbox.add_fault({"kind": "status", "status": 503})
    assert failure_of(house.api.find_card, bob.person_id, key="k-1", since=house.clock.now()).kind is Kind.TRANSIENT


def test_a_card_is_found_on_a_later_page(house):
    bob = house.api.person(BOB)
    wanted = send(house.api, bob, key="wanted")
    for number in range(120):
        send(house.api, bob, key=f"k-{number}")
    assert house.api.find_card(bob.person_id, key="wanted", since=house.clock.now()) == wanted
    pages = [asked for asked in house.sandbox.journal() if asked.path == "/v1/messages/direct"]
    assert len(pages) == 3
    assert all("personId=" in page.query for page in pages)


def test_paging_stops_below_the_moment_with_room_for_unequal_clocks(house):
    bob = house.api.person(BOB)
    for number in range(120):
        send(house.api, bob, key=f"k-{number}")
    house.clock.push(301)
    before = len(house.sandbox.journal())
    assert house.api.find_card(bob.person_id, key="k-0", since=house.clock.now()) is None
    assert len(house.sandbox.journal()) == before + 1
    assert house.api.find_card(bob.person_id, key="k-0", since=house.clock.now() - 1) is not None


def test_a_deleted_card_is_not_found_and_deleting_it_again_is_done(house):
    bob = house.api.person(BOB)
    message_id = send(house.api, bob)
    house.api.delete_message(message_id)
    house.api.delete_message(message_id)
    assert house.sandbox.messages_for("bob@acme.example")[0].deleted == house.clock.now()
    assert house.api.find_card(bob.person_id, key="k-1", since=house.clock.now()) is None


def test_messages_without_a_readable_card_are_passed_over(scripted, reply):
    created = "2026-11-30T10:00:00+00:00"
    strange = ['{"content":{"body":[{"id":5}]}}', '{"content":7}', '{"content":{"body":[]}}', "null"]
    items = ",".join(f'{{"id":"m{n}","created":"{created}","attachments":[{text}]}}' for n, text in enumerate(strange))
    card = f'{{"id":"yes","created":"{created}","attachments":[{{"content":{{"body":[{{"id":"k-1"}}]}}}}]}}'
    api, _ = scripted(reply(200, f'{{"items":[{items},{card}]}}'.encode()))
    assert api.find_card("p", key="k-1", since=0.0) == "yes"


def test_a_link_to_another_host_gets_no_token_and_keeps_our_parameters(scripted, reply):
    earlier = '<https://evil.example/v1/x?cursor=c1>; rel="prev"'
    link = f'{earlier}, <https://evil.example/y?cursor=c2&max=null&personId=null>; rel="next"'
    api, client = scripted(reply(200, b'{"items":[]}', link=link), reply(200, b'{"items":[]}'))
    assert api.find_card("p 1", key="k", since=0.0) is None
    assert client.requests[1].url == "https://webexapis.com/v1/messages/direct?cursor=c2&personId=p+1"


@pytest.mark.parametrize("link", ['<https://[::1>; rel="next"', '<?cursor=1>; rel="next"'])
def test_a_link_that_leads_nowhere_or_in_circles_ends(scripted, reply, link):
    api, client = scripted(*[reply(200, b'{"items":[]}', link=link)] * 30)
    assert failure_of(api.find_card, "p", key="k", since=0.0).code == "webex-bad-answer"
    assert len(client.requests) <= 20


def test_an_unusable_link_sends_nothing(house):
    bob = house.api.person(BOB)
    before = len(house.sandbox.journal())
    failure = failure_of(send, house.api, bob, url=Plain("sip:alice@acme.example"))
    assert (failure.kind, failure.code, failure.in_doubt) == (Kind.INVALID, "webex-card-link", False)
    assert len(house.sandbox.journal()) == before


def test_a_recipient_who_left_is_no_such_person(house):
    failure = failure_of(house.api.send_card, rest_id("PEOPLE", UUID), key="k", title=Plain("x"), url=LINK, starts="")
    assert (failure.kind, failure.code) == (Kind.NOT_FOUND, "webex-no-such-person")


def test_out_of_office_is_set_and_cleared(house):
    uuid = house.api.person(ALICE).uuid
    house.api.set_presence(uuid, status="ooo", ttl=600)
    house.clock.push(10)
    house.api.set_presence(uuid, status="", ttl=600)
    history = house.sandbox.presence_history("alice@acme.example")
    assert [(held.event_type, held.ttl) for held in history] == [("ooo", 600), ("clear", 0)]


def test_presence_that_the_cloud_does_not_permit(make_house, house):
    refused = make_house(house.api._http, presence_on_behalf=False)
    failure = failure_of(refused.api.set_presence, house.api.person(ALICE).uuid, status="ooo", ttl=600)
    assert (failure.kind, failure.code) == (Kind.REFUSED, "webex-presence-refused")


@pytest.mark.parametrize("status", [401, 403, 404])
def test_no_refusal_of_presence_stops_the_rest_of_webex(house, status):
    house.sandbox.add_fault({"kind": "status", "status": status, "times": 0, "match": {"path_regex": "apheleia"}})
    failure = failure_of(house.api.set_presence, UUID, status="ooo", ttl=600)
    assert (failure.kind, failure.code) == (Kind.REFUSED, "webex-presence-refused")


@pytest.mark.parametrize(
    ("body", "fails"), [(b"", False), (b"{}", False), (b'{"subject":"x"}', True), (b"<html>", True)]
)
def test_the_answer_to_presence_is_checked_as_far_as_it_is_known(house, scripted, reply, body, fails):
    grant = reply(200, b'{"access_token":"t","expires_in":99999}')
    api, client = scripted(grant, reply(200, body), tokens=house.tokens)
    if fails:
        assert failure_of(api.set_presence, UUID, status="ooo", ttl=60).in_doubt
    else:
        api.set_presence(UUID, status="ooo", ttl=60)
    assert len(client.requests) == 2


def test_a_revoked_access_token_is_replaced_once_and_nobody_notices(house):
    house.api.person(ALICE)
    house.clock.push(61)
    house.sandbox.revoke(house.tokens.get(house.api._http).reveal())
    assert house.api.personal_room(ALICE) is not None
    assert [asked.status for asked in house.sandbox.journal()][-3:] == [401, 200, 200]


def test_a_token_that_is_refused_again_and_again_is_a_matter_for_the_admin(house):
    house.sandbox.add_fault({"kind": "status", "status": 401, "times": 0, "match": {"path_regex": "/people"}})
    for _ in range(3):
        failure = failure_of(house.api.person, ALICE)
        assert (failure.kind, failure.code) == (Kind.CONFIG, "webex-token")
    assert [asked.path for asked in house.sandbox.journal()] == ["/v1/access_token"] + ["/v1/people"] * 3


def test_a_bot_token_that_is_not_valid_is_a_matter_for_the_admin(house):
    house.sandbox.revoke(house.settings.bot_token().reveal())
    assert failure_of(house.api.delete_message, "x").kind is Kind.CONFIG


def test_a_reloaded_bot_token_counts_from_the_next_request_on(scripted, reply):
    api, client = scripted(reply(204), reply(204))
    current = iter(["old", "new"])
    object.__setattr__(api._settings, "bot_token", lambda: Secret(next(current)))
    api.delete_message("a/b")
    api.delete_message("c")
    assert [request.headers["authorization"] for request in client.requests] == ["Bearer old", "Bearer new"]
    assert client.requests[0].url.endswith("/messages/a%2Fb")


@pytest.mark.parametrize(
    ("rule", "kind", "code", "sent"),
    [
        ({"kind": "ambiguous", "status": 502}, Kind.TRANSIENT, "webex-unavailable", 1),
        ({"kind": "ambiguous", "status": 0}, Kind.TRANSIENT, "protocol", 1),
        ({"kind": "garbage"}, Kind.TRANSIENT, "webex-bad-answer", 1),
        ({"kind": "status", "status": 503}, Kind.TRANSIENT, "webex-unavailable", 0),
    ],
)
def test_a_post_that_went_wrong_is_in_doubt_and_can_be_looked_up(house, rule, kind, code, sent):
    bob = house.api.person(BOB)
    house.sandbox.add_fault(rule | {"match": {"method": "POST", "path_regex": "/messages$"}})
    failure = failure_of(send, house.api, bob)
    assert (failure.kind, failure.code, failure.in_doubt) == (kind, code, True)
    found = house.api.find_card(bob.person_id, key="k-1", since=house.clock.now())
    assert (found is not None) == bool(sent)


def test_throttling_carries_the_wish_of_the_service(house):
    bob = house.api.person(BOB)
    house.sandbox.add_fault({"kind": "status", "status": 429, "retry_after": 33})
    failure = failure_of(send, house.api, bob)
    assert (failure.kind, failure.retry_after, failure.in_doubt) == (Kind.THROTTLED, 33.0, False)


def test_a_card_is_not_in_doubt_when_the_token_could_not_be_had(house):
    house.sandbox.add_fault({"kind": "status", "status": 503, "match": {"path_regex": "access_token"}})
    failure = failure_of(house.api.set_presence, UUID, status="ooo", ttl=60)
    assert (failure.code, failure.in_doubt) == ("webex-unavailable", False)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"items":null}',
        b'{"items":[{"id":5,"emails":["alice@acme.example"]}]}',
        b'{"items":[{"id":"x","emails":["alice@acme.example"]}]}',
        b'{"items":' + b"[" * 100_000,
        b'{"items":[{"id":"\xff"}]}',
    ],
)
def test_answers_of_another_shape_are_bad_answers(scripted, reply, body):
    api, _ = scripted(reply(200, body))
    failure = failure_of(api.person, ALICE)
    assert (failure.kind, failure.code) == (Kind.TRANSIENT, "webex-bad-answer")


def test_nothing_said_in_a_failure_gives_anybody_away(scripted, reply):
    marker = "marker-7319"
    answers = [
        reply(200, f'{{"items":[{{"id":"{marker}","emails":["{marker}@acme.example"]}}]}}'.encode()),
        reply(403, f'{{"message":"{marker}"}}'.encode()),
        reply(200, f'{{"items":"{marker}"}}'.encode()),
        HttpFailure("deadline", sent=True),
    ]
    api, _ = scripted(*answers)
    for _ in answers:
        with pytest.raises(CallError) as raised:
            api.person(Plain(f"{marker}@acme.example"))
        assert marker not in "".join(traceback.format_exception(raised.value))
    with pytest.raises(CallError) as raised:
        api.send_card(marker, key=marker, title=Plain(marker), url=Plain(f"sip:{marker}"), starts=marker)
    assert marker not in "".join(traceback.format_exception(raised.value))


def test_the_whole_way_over_real_sockets(real_house):
    api = real_house.api
    alice = api.person(ALICE)
    assert api.personal_room(ALICE).link == LINK
    message_id = send(api, alice)
    assert api.find_card(alice.person_id, key="k-1", since=real_house.clock.now()) == message_id
    api.delete_message(message_id)
    api.set_presence(alice.uuid, status="ooo", ttl=60)
    assert real_house.sandbox.presence_history("alice@acme.example")[0].event_type == "ooo"
    assert api.whoami(Secret(real_house.sandbox.person_token("alice@acme.example"))) == alice


def test_a_cut_connection_over_real_sockets_is_in_doubt(real_house):
    bob = real_house.api.person(BOB)
    real_house.sandbox.add_fault({"kind": "ambiguous", "status": 0, "match": {"method": "POST"}})
    failure = failure_of(send, real_house.api, bob)
    assert (failure.kind, failure.in_doubt) == (Kind.TRANSIENT, True)
    assert real_house.api.find_card(bob.person_id, key="k-1", since=real_house.clock.now()) is not None
