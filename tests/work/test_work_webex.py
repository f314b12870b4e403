"""Orders to Webex, from order to answer."""

from dataclasses import replace
from datetime import date

import pytest

from hybridcal_daemon.domain.calls import DeleteCard, FetchRoom, FindCard, SendCard, SetPresence
from hybridcal_daemon.domain.errors import CATALOGUE
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import CallFailed, CardDeleted, CardFound, CardSent, PresenceSet, RoomFetched
from hybridcal_daemon.domain.values import AllDay, Instant, Plain, RequestId, Timed, UserId
from hybridcal_daemon.ports import CardWords, WebexPerson
from hybridcal_daemon.work.cards import starts_text
from hybridcal_daemon.work.room import ROOM_PLACE, decode_room, encode_room
from hybridcal_daemon.work.tools import People
from hybridcal_daemon.work.webex import run
from tests.work.fakes import ALICE, ROOM

IDS = {"request_id": RequestId(7), "user": ALICE}
START = Timed(at=1_795_338_000, tz="Europe/Berlin")
SEND = SendCard(**IDS, key="k1", event_id="e1", start=START)


def in_brackets(language, sentence):
    return f"<{language}> {sentence}"


def failed(answer):
    assert isinstance(answer, CallFailed)
    assert (answer.request_id, answer.user) == (RequestId(7), ALICE)
    assert answer.code in CATALOGUE
    return answer.kind, answer.code


# ---- the room -------------------------------------------------------------------------------------------------------


def test_a_room_is_fetched_and_sealed(webex_tools, vault):
    answer = run(FetchRoom(**IDS), webex_tools)
    assert isinstance(answer, RoomFetched)
    assert answer.person_id == "P-alice"
    assert decode_room(vault.open(ALICE, ROOM_PLACE, answer.room)) == ROOM


def test_a_person_without_a_room(webex, webex_tools):
    webex.rooms.clear()
    assert run(FetchRoom(**IDS), webex_tools) == RoomFetched(**IDS, person_id="P-alice", room=None)


def test_nobody_with_this_address(webex, webex_tools):
    webex.people.clear()
    assert failed(run(FetchRoom(**IDS), webex_tools)) == (Kind.NOT_FOUND, "webex-no-such-person")


def test_a_room_survives_its_cell():
    bare = replace(ROOM, dial_in=(), meeting_number=Plain(""), sip_address=Plain(""))
    assert [decode_room(encode_room(room)) for room in (ROOM, bare)] == [ROOM, bare]


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"link": 7}', b'{"link": "\xff"}'])
def test_a_cell_with_something_else(content):
    with pytest.raises(CallError, match="invalid:kms-tampered"):
        decode_room(Plain(content))


# ---- cards ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def joinable(vault, cells):
    content = Plain(b'{"title": "Plan", "url": "https://acme.webex.com/meet/alice"}')
    cells[ALICE, "e1"] = vault.seal(ALICE, "event/e1/join", content)


@pytest.mark.usefixtures("joinable")
def test_a_card_is_sent(webex, webex_tools):
    assert run(SEND, webex_tools) == CardSent(**IDS, key="k1", message_id="M-1")
    title, url = Plain("Plan"), Plain("https://acme.webex.com/meet/alice")
    starts = "Starts at 10:00 (Europe/Berlin)"
    assert webex.said == [("send", "P-alice", "k1", title, url, starts, CardWords())]


@pytest.mark.usefixtures("joinable")
def test_a_card_speaks_the_persons_language_in_the_persons_zone(webex, webex_tools):
    tools = replace(webex_tools, say=in_brackets)
    run(replace(SEND, language="ar", zone="Asia/Kolkata"), tools)
    *_, title, _url, starts, words = webex.said[0]
    assert (title, starts) == (Plain("Plan"), "<ar> Starts at 14:30")
    assert words == CardWords(join="<ar> Join", untitled="<ar> Meeting", right_to_left=True)


@pytest.mark.parametrize(
    ("confidential", "hide_private", "shown"),
    [("true", True, "<de> Private meeting"), ("true", False, "Plan"), ("false", True, "Plan")],
)
def test_the_title_of_a_confidential_event_by_policy(webex, webex_tools, vault, confidential, hide_private, shown):
    cell = f'{{"title": "Plan", "url": "https://acme.webex.com/meet/alice", "confidential": {confidential}}}'
    sealed = vault.seal(ALICE, "event/e1/join", Plain(cell.encode()))
    tools = replace(webex_tools, join_cell=lambda _user, _event_id: sealed, say=in_brackets)
    run(replace(SEND, language="de", hide_private=hide_private), tools)
    assert webex.said[0][3] == Plain(shown)


def test_nothing_to_join(webex, webex_tools):
    assert failed(run(SEND, webex_tools)) == (Kind.REFUSED, "nothing-to-join")
    assert (webex.said, webex.looked_up) == ([], 0)


@pytest.mark.usefixtures("joinable")
def test_a_cell_of_another_event_is_not_sent(webex, webex_tools, cells):
    cells[ALICE, "e2"] = cells[ALICE, "e1"]
    assert failed(run(replace(SEND, event_id="e2"), webex_tools)) == (Kind.SEALED, "kms-tampered")
    assert webex.said == []


def test_a_cell_that_is_no_card(webex_tools, cells, vault):
    cells[ALICE, "e1"] = vault.seal(ALICE, "event/e1/join", Plain(b'{"url": "https://acme.webex.com/meet/alice"}'))
    assert failed(run(SEND, webex_tools)) == (Kind.INVALID, "kms-tampered")


def test_a_meeting_without_a_link_is_nothing_to_join(webex, webex_tools, cells, vault):
    cells[ALICE, "e1"] = vault.seal(ALICE, "event/e1/join", Plain(b'{"title": "Plan"}'))
    assert failed(run(SEND, webex_tools)) == (Kind.REFUSED, "nothing-to-join")
    assert webex.said == []


@pytest.mark.usefixtures("joinable")
def test_a_card_in_doubt(webex, webex_tools):
    webex.fails["send"] = CallError(Kind.TRANSIENT, "deadline", in_doubt=True)
    answer = run(SEND, webex_tools)
    assert failed(answer) == (Kind.TRANSIENT, "deadline")
    assert answer.in_doubt


def test_find_and_delete(webex, webex_tools):
    find = FindCard(**IDS, key="k1", since=Instant(5.0))
    assert run(find, webex_tools) == CardFound(**IDS, key="k1", message_id="M-1")
    assert run(replace(find, key="lost"), webex_tools) == CardFound(**IDS, key="lost", message_id=None)
    assert run(DeleteCard(**IDS, key="k1", message_id="M-1"), webex_tools) == CardDeleted(**IDS, key="k1")
    assert webex.said == [("find", "P-alice", "k1", 5.0), ("find", "P-alice", "lost", 5.0), ("delete", "M-1")]


@pytest.mark.parametrize(
    ("when", "text"),
    [
        (START, "Starts at 10:00 (Europe/Berlin)"),
        (Timed(at=1_795_338_000, tz="America/New_York"), "Starts at 04:00 (America/New_York)"),
        (Timed(at=1_795_338_000, tz="Nowhere/Else"), "Starts at 09:00 (UTC)"),
        (Timed(at=1_795_338_000, tz="../etc"), "Starts at 09:00 (UTC)"),
        (AllDay(day=date(2026, 11, 22)), "2026-11-22"),
    ],
)
def test_start_texts(webex_tools, when, text):
    assert starts_text(replace(SEND, start=when), webex_tools) == text
    assert starts_text(replace(SEND, start=when, zone="Nowhere/Else"), webex_tools) == text


@pytest.mark.parametrize(("zone", "at"), [("Asia/Kathmandu", "14:45"), ("UTC", "09:00"), ("Pacific/Chatham", "22:45")])
def test_in_the_persons_own_zone_it_need_not_be_said_which(webex_tools, zone, at):
    assert starts_text(replace(SEND, zone=zone), webex_tools) == f"Starts at {at}"


# ---- presence and people --------------------------------------------------------------------------------------------


def test_presence_goes_by_uuid(webex, webex_tools):
    answer = run(SetPresence(**IDS, person_id="P-alice", status="ooo", ttl=600), webex_tools)
    assert answer == PresenceSet(**IDS, status="ooo", ttl=600)
    assert webex.said == [("presence", "U-alice", "ooo", 600)]


def test_a_person_is_looked_up_once(webex, webex_tools):
    for _ in range(3):
        run(SetPresence(**IDS, person_id="P-alice", status="", ttl=0), webex_tools)
    assert webex.looked_up == 1
    run(FetchRoom(**IDS), webex_tools)
    assert webex.looked_up == 2


@pytest.mark.usefixtures("joinable")
def test_a_person_whom_webex_no_longer_finds_is_looked_up_again(webex, webex_tools):
    run(SEND, webex_tools)
    webex.fails["send"] = CallError(Kind.NOT_FOUND, "webex-no-such-person")
    assert failed(run(SEND, webex_tools)) == (Kind.NOT_FOUND, "webex-no-such-person")
    del webex.fails["send"]
    webex.people["alice@acme.example"] = WebexPerson(person_id="P-new", uuid="U-new", emails=())
    run(SEND, webex_tools)
    assert (webex.said[-1][1], webex.looked_up) == ("P-new", 2)


def test_few_people_are_remembered():
    people, someone = People(most=2), WebexPerson(person_id="P", uuid="U", emails=())
    for name in ("u1", "u2", "u1", "u3"):
        people.put(UserId(name), someone)
    assert [people.get(UserId(name)) for name in ("u1", "u2", "u3")] == [someone, None, someone]
