"""What the bot says besides cards, and what it hears."""

import pytest

from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Instant, Plain
from hybridcal_daemon.ports import Agenda, AgendaRow, CardWords

ALICE = Plain("alice@acme.example")
BOB = Plain("bob@acme.example")
LONG_AGO = Instant(0.0)


def agenda(*titles):
    rows = tuple(AgendaRow(when="10:00", title=Plain(title), url=Plain("https://acme.example/j")) for title in titles)
    return Agenda(heading="Your meetings today", rows=rows, left=0, more="and {count} more", words=CardWords())


def texts(heard):
    return [(each.sender, each.text.reveal()) for each in heard]


def test_a_text_is_said_as_it_is(checked_house):
    alice = checked_house.api.person(ALICE)
    message_id = checked_house.api.send_text(alice.person_id, Plain("*not* [markup](https://evil.example)"))
    (seen,) = checked_house.sandbox.messages_for("alice@acme.example")
    assert (seen.id, seen.text) == (message_id, "*not* [markup](https://evil.example)")


def test_a_text_that_is_too_long_is_cut(checked_house):
    alice = checked_house.api.person(ALICE)
    checked_house.api.send_text(alice.person_id, Plain("ä" * 9000))
    (seen,) = checked_house.sandbox.messages_for("alice@acme.example")
    assert len(seen.text.encode()) <= 7439


def test_a_list_is_posted_as_a_card(checked_house):
    alice = checked_house.api.person(ALICE)
    checked_house.api.send_agenda(alice.person_id, agenda("Plan", "Review"))
    (seen,) = checked_house.sandbox.messages_for("alice@acme.example")
    assert seen.text.splitlines() == [
        "Your meetings today",
        "10:00 · Plan · Join: https://acme.example/j",
        "10:00 · Review · Join: https://acme.example/j",
    ]


@pytest.mark.parametrize("say", ["send_text", "send_agenda"])
def test_nobody_there_and_doubt(house, say):
    said = Plain("x") if say == "send_text" else agenda("x")
    alice = house.api.person(ALICE)
    house.sandbox.add_fault({"kind": "ambiguous", "status": 502, "match": {"method": "POST"}})
    with pytest.raises(CallError) as raised:
        getattr(house.api, say)(alice.person_id, said)
    assert (raised.value.kind, raised.value.in_doubt) == (Kind.TRANSIENT, True)
    with pytest.raises(CallError) as raised:
        getattr(house.api, say)("nobody", said)
    assert raised.value.kind in {Kind.NOT_FOUND, Kind.INVALID}


# ---- what is heard


def test_nobody_has_written_yet(checked_house):
    assert checked_house.api.bot_rooms(since=LONG_AGO) == []


def test_what_people_write_is_heard_the_newest_first(checked_house):
    sandbox, clock, api = checked_house.sandbox, checked_house.clock, checked_house.api
    sandbox.say("alice@acme.example", "today")
    clock.push(5)
    before = clock.now()
    sandbox.say("bob@acme.example", "tomorrow")
    clock.push(5)
    sandbox.say("alice@acme.example", "thanks")
    last, first = api.bot_rooms(since=LONG_AGO)
    assert (last.active_at, first.active_at) == (clock.now(), clock.now() - 5)
    assert texts(api.bot_messages(last.room_id, since=LONG_AGO)) == [(ALICE, "thanks"), (ALICE, "today")]
    assert texts(api.bot_messages(last.room_id, since=before)) == [(ALICE, "thanks")]
    assert [room.room_id for room in api.bot_rooms(since=before)] == [last.room_id]


def test_its_own_words_are_not_heard(checked_house):
    api, clock = checked_house.api, checked_house.clock
    checked_house.sandbox.say("alice@acme.example", "today")
    clock.push(5)
    api.send_agenda(api.person(ALICE).person_id, agenda("Plan"))
    (room,) = api.bot_rooms(since=LONG_AGO)
    assert room.active_at == clock.now()
    assert texts(api.bot_messages(room.room_id, since=LONG_AGO)) == [(ALICE, "today")]


def test_only_the_newest_messages_are_looked_at(checked_house):
    for number in range(25):
        checked_house.sandbox.say("alice@acme.example", f"m{number}")
    (room,) = checked_house.api.bot_rooms(since=LONG_AGO)
    heard = checked_house.api.bot_messages(room.room_id, since=LONG_AGO)
    assert [each.text.reveal() for each in heard] == [f"m{number}" for number in range(24, 14, -1)]


def test_many_rooms_are_paged_through_down_to_the_moment(checked_house):
    sandbox, clock, api = checked_house.sandbox, checked_house.clock, checked_house.api
    for number in range(250):
        sandbox.add_person(f"p{number}@acme.example", f"P {number}", personal_room=False)
        sandbox.say(f"p{number}@acme.example", "today")
        clock.push(1)
    assert len(api.bot_rooms(since=LONG_AGO)) == 250
    before = len(sandbox.journal())
    assert len(api.bot_rooms(since=Instant(clock.now() - 150))) == 149
    assert len(sandbox.journal()) == before + 2


def test_a_room_that_is_gone_is_silent(house):
    assert (
        house.api.bot_messages(
            "Y2lzY29zcGFyazovL3VzL1JPT00vMDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAw", since=LONG_AGO
        )
        == []
    )


def test_messages_without_text_are_something_else(scripted, reply):
    created = "2026-11-30T10:00:00.000Z"
    api, client = scripted(
        reply(200, f'{{"items":[{{"id":"m","personEmail":"a@b.example","created":"{created}"}}]}}'.encode())
    )
    (heard,) = api.bot_messages("r/1", since=LONG_AGO)
    assert heard.text == Plain("")
    assert client.requests[0].url.endswith("/messages?roomId=r%2F1&max=10")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"items":[{}]}', b'{"items":[{"id":"x","lastActivity":"yesterday"}]}']
)
def test_answers_of_another_shape_are_bad_answers(scripted, reply, body):
    api, _ = scripted(reply(200, body))
    with pytest.raises(CallError) as raised:
        api.bot_rooms(since=LONG_AGO)
    assert raised.value.code == "webex-bad-answer"
