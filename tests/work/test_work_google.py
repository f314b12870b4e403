"""Orders to Google, from order to answer."""

from dataclasses import replace

import pytest

from hybridcal_daemon.adapters.google import errors
from hybridcal_daemon.adapters.phrases import phrases
from hybridcal_daemon.domain.blocklines import Style
from hybridcal_daemon.domain.calls import Decorate, ListEvents, OpenChannel, ReadVacation, StopChannel
from hybridcal_daemon.domain.errors import CATALOGUE
from hybridcal_daemon.domain.events import Person, Quarantined, Removed
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.joinblock import LIMIT, compose, find, strip
from hybridcal_daemon.domain.languages import is_right_to_left
from hybridcal_daemon.domain.messages import (
    CallFailed,
    ChannelOpened,
    ChannelStopped,
    Decorated,
    EventsListed,
    VacationRead,
)
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import Instant, Plain, RequestId, Sealed, Secret, Window
from hybridcal_daemon.ports import EventsPage
from hybridcal_daemon.work import calling
from hybridcal_daemon.work.blocks import ROUNDS
from hybridcal_daemon.work.google import run
from hybridcal_daemon.work.room import ROOM_PLACE, decode_room, encode_room
from tests.work.fakes import ALICE, ROOM, meeting

IDS = {"request_id": RequestId(7), "user": ALICE}
BOB = Person(email=Plain("bob@acme.example"), name=Plain("Bob"), response="accepted")
WINDOW = Window(start=Instant(0.0), end=Instant(1.0))


def failed(answer):
    assert isinstance(answer, CallFailed)
    assert (answer.request_id, answer.user) == (RequestId(7), ALICE)
    assert answer.code in CATALOGUE
    return answer.kind, answer.code


# ---- lists ----------------------------------------------------------------------------------------------------------


def test_a_page_becomes_facts_and_ciphertext(calendar, google_tools):
    linked = meeting("e2", location=Plain("https://acme.webex.com/meet/bob"))
    calendar.page = EventsPage(
        events=(meeting("e1", location=Plain("")), linked),
        removed=(Removed(event_id="gone"),),
        quarantined=(Quarantined(event_id="bad", reason="shape"),),
        next_page="p2",
        next_token=None,
    )
    answer = run(ListEvents(**IDS, window=WINDOW, page_token="p1"), google_tools)
    assert isinstance(answer, EventsListed)
    assert calendar.asked == [("list", ALICE, {"sync_token": None, "page_token": "p1", "window": WINDOW})]
    plain, joined = answer.events
    assert (plain.fact.event_id, plain.fact.digest, plain.fact.join_digest) == ("e1", "digest e1 9", "")
    assert plain.item == b"sealed e1"
    assert (joined.fact.joinable, joined.fact.join_digest) == (True, "join e2")
    assert isinstance(joined.join, Sealed)
    assert answer.removed == (Removed(event_id="gone"),)
    assert answer.quarantined == (Quarantined(event_id="bad", reason="shape"),)
    assert (answer.next_page, answer.next_token, answer.request_id) == ("p2", None, RequestId(7))


def test_what_is_not_kept_counts_as_removed(calendar, google_tools):
    calendar.page = replace(calendar.page, events=(meeting("e1"), meeting("b", event_type="birthday", kind="other")))
    answer = run(ListEvents(**IDS, sync_token="s1"), google_tools)
    assert [event.fact.event_id for event in answer.events] == ["e1"]
    assert answer.removed == (Removed(event_id="b", etag='"1"'),)
    assert answer.next_token == "s2"


def test_of_what_says_how_a_person_can_be_reached_only_the_times_are_kept(calendar, google_tools):
    away = meeting("o", event_type="outOfOffice", kind="out-of-office", attendees=(BOB,))
    calendar.page = replace(calendar.page, events=(away,))
    (row,) = run(ListEvents(**IDS, sync_token="s1"), google_tools).events
    assert (row.fact.kind, row.fact.start, row.fact.end) == ("out-of-office", away.start, away.end)
    assert (row.fact.asked, row.fact.writable, row.fact.joinable, row.fact.people) == (None, False, False, 0)
    assert (row.join, row.fact.digest) == (None, "digest o 0")


def test_an_event_that_cannot_be_analysed_costs_only_itself(calendar, google_tools):
    calendar.page = replace(calendar.page, events=(meeting("bad", location=Plain(None)), meeting("good")))
    answer = run(ListEvents(**IDS, sync_token="s1"), google_tools)
    assert [event.fact.event_id for event in answer.events] == ["good"]
    assert answer.quarantined == (Quarantined(event_id="bad", reason="analysis"),)


def test_an_empty_page_needs_no_vault(google_tools):
    tools = replace(google_tools, seal_events=lambda *_: pytest.fail("asked"))
    assert run(ListEvents(**IDS, sync_token="s1"), tools).events == ()


def test_what_the_keywords_do_is_a_setting(calendar, google_tools):
    calendar.page = replace(calendar.page, events=(meeting("w"), meeting("m", location=Plain("@meet"))))
    answer = run(ListEvents(**IDS, sync_token="s"), replace(google_tools, webex="onetime", meet="myroom"))
    assert [event.fact.asked for event in answer.events] == ["onetime", "myroom"]


def test_without_keys_nothing_is_answered_but_sealed(calendar, google_tools):
    def sealed(*_):
        raise CallError(Kind.SEALED, "kms-sealed")

    calendar.page = replace(calendar.page, events=(meeting(),))
    assert failed(run(ListEvents(**IDS, sync_token="s"), replace(google_tools, seal_events=sealed))) == (
        Kind.SEALED,
        "kms-sealed",
    )


# ---- failures and tokens --------------------------------------------------------------------------------------------


def test_a_failure_is_an_answer(calendar, google_tools):
    calendar.fails["list"] = CallError(Kind.THROTTLED, "google-rate-limited", retry_after=7.0, in_doubt=True)
    answer = run(ListEvents(**IDS, sync_token="s"), google_tools)
    assert failed(answer) == (Kind.THROTTLED, "google-rate-limited")
    assert (answer.retry_after, answer.in_doubt) == (7.0, True)


def test_a_refused_token_is_renewed_once(calendar, google_tools, tokens):
    calendar.good_tokens = {"fresh"}
    assert isinstance(run(ListEvents(**IDS, sync_token="s"), google_tools), EventsListed)
    assert tokens.asked == [(ALICE, Purpose.CALENDAR, False), (ALICE, Purpose.CALENDAR, True)]
    calendar.good_tokens = set()
    assert failed(run(ListEvents(**IDS, sync_token="s"), google_tools)) == (Kind.USER, "google-token")
    assert len(tokens.asked) == 4


def test_other_failures_renew_nothing(calendar, google_tools, tokens):
    calendar.fails["list"] = CallError(Kind.USER, "google-no-calendar")
    run(ListEvents(**IDS, sync_token="s"), google_tools)
    assert len(tokens.asked) == 1


def test_the_gate_s_refusal_is_an_answer(google_tools):
    def refuse(*_):
        raise CallError(Kind.REFUSED, "not-permitted")

    answer = run(ListEvents(**IDS, sync_token="s"), replace(google_tools, token=refuse))
    assert failed(answer) == (Kind.REFUSED, "not-permitted")


def test_adapter_and_worker_mean_the_same_code():
    assert calling.TOKEN_REFUSED == errors.TOKEN_REFUSED


# ---- join details ---------------------------------------------------------------------------------------------------


@pytest.fixture
def decorate(google_tools, vault):
    """Order the block of a room into e1 and give the answer."""

    def decorate(room=ROOM, **changes):
        cell = vault.seal(ALICE, ROOM_PLACE, encode_room(room))
        return run(Decorate(**IDS, event_id="e1", room=cell), replace(google_tools, **changes))

    return decorate


def test_the_block_is_written_over_what_was_read(calendar, decorate):
    calendar.events["e1"] = meeting()
    answer = decorate()
    assert isinstance(answer, Decorated)
    assert (answer.outcome, answer.event_id) == ("written", "e1")
    text = calendar.events["e1"].description.reveal()
    assert text == compose("Bring tea", ROOM)
    assert strip(text) == "Bring tea"
    assert calendar.asked[-1][2]["etag"] == '"1"'
    assert (answer.event.fact.etag, answer.event.fact.has_block, answer.event.fact.joinable) == ('"1"+', True, True)
    assert answer.event.fact.digest == f"digest e1 {len(text)}"


def test_our_own_echo_causes_no_second_write(calendar, decorate):
    calendar.events["e1"] = meeting()
    decorate()
    again = decorate()
    assert (again.outcome, calendar.count("patch")) == ("unchanged", 1)
    assert again.event.fact.has_block


@pytest.mark.parametrize(
    "changes",
    [
        {"location": Plain("Room 7")},
        {"location": Plain("@webex:space")},
        {"organizer_self": False},
        {"locked": True},
        {"private": True},
        {"description": Plain("https://acme.webex.com/meet/bob")},
    ],
    ids=["not-asked", "another-action", "not-ours", "locked", "private", "has-a-webex-link"],
)
def test_what_does_not_ask_or_may_not_be_written_stays(calendar, decorate, changes):
    calendar.events["e1"] = meeting(**changes)
    answer = decorate()
    assert (answer.outcome, calendar.count("patch")) == ("unchanged", 0)
    assert answer.event.fact.event_id == "e1"


def test_an_event_that_is_gone(calendar, decorate):
    assert (decorate().outcome, decorate().event) == ("gone", None)
    calendar.events["e1"] = meeting(event_type="focusTime", kind="focus-time")
    assert (decorate().outcome, calendar.count("patch")) == ("gone", 0)


def edit(calendar, text):
    event = calendar.events["e1"]
    calendar.events["e1"] = replace(event, description=Plain(text), etag=f"{event.etag}x")


def test_who_wrote_in_between_is_respected(calendar, decorate):
    calendar.events["e1"] = meeting()
    edits = iter(["Bring coffee", "Bring milk"])
    calendar.before_patch = lambda: [edit(calendar, text) for text in [next(edits, None)] if text]
    answer = decorate()
    assert (answer.outcome, calendar.count("get"), calendar.count("patch")) == ("written", 3, 3)
    assert strip(calendar.events["e1"].description.reveal()) == "Bring milk"


def test_a_wish_that_is_withdrawn_in_between_is_respected(calendar, decorate):
    calendar.events["e1"] = meeting()

    def withdraw():
        calendar.events["e1"] = meeting(etag='"2"', location=Plain("Room 7"))

    calendar.before_patch = withdraw
    assert (decorate().outcome, calendar.count("patch")) == ("unchanged", 1)
    assert calendar.events["e1"].description == Plain("Bring tea")


def test_rounds_are_limited(calendar, decorate):
    calendar.events["e1"] = meeting()
    calendar.before_patch = lambda: edit(calendar, "again")
    assert failed(decorate()) == (Kind.CONFLICT, "google-conflict")
    assert calendar.count("patch") == ROUNDS


def test_other_failures_of_a_write_end_it(calendar, decorate):
    calendar.events["e1"] = meeting()
    calendar.fails["patch"] = CallError(Kind.TRANSIENT, "deadline", in_doubt=True)
    answer = decorate()
    assert failed(answer) == (Kind.TRANSIENT, "deadline")
    assert (answer.in_doubt, calendar.count("patch")) == (True, 1)


def test_a_description_without_room_for_the_block(calendar, decorate):
    calendar.events["e1"] = meeting(description=Plain("x" * LIMIT))
    assert failed(decorate()) == (Kind.REFUSED, "description-full")


def test_a_room_whose_link_is_none(calendar, decorate):
    calendar.events["e1"] = meeting()
    assert failed(decorate(room=replace(ROOM, link=Plain("javascript:x")))) == (Kind.INVALID, "webex-bad-answer")
    assert calendar.count("patch") == 0


def test_a_cell_from_another_place_is_not_opened(calendar, google_tools, vault):
    cell = vault.seal(ALICE, "address", encode_room(ROOM))
    assert failed(run(Decorate(**IDS, event_id="e1", room=cell), google_tools)) == (Kind.SEALED, "kms-tampered")
    assert calendar.asked == []


# ---- channels and vacation ------------------------------------------------------------------------------------------


def test_open_a_channel(calendar, google_tools):
    answer = run(OpenChannel(**IDS, channel_id="c1", ttl=600), google_tools)
    assert answer == ChannelOpened(**IDS, channel_id="c1", resource_id="r1", expires_at=Instant(1_795_341_600.0))
    expected = {"channel_id": "c1", "channel_token": Secret("token of c1"), "ttl": 600}
    assert calendar.asked == [("watch", ALICE, expected)]


def test_stop_a_channel(calendar, google_tools):
    answer = run(StopChannel(**IDS, channel_id="c1", resource_id="r1"), google_tools)
    assert answer == ChannelStopped(**IDS, channel_id="c1")
    assert calendar.asked == [("stop", ALICE, {"channel_id": "c1", "resource_id": "r1"})]


def test_vacation_is_read_with_its_own_token(google_tools, tokens):
    answer = run(ReadVacation(**IDS), google_tools)
    assert answer == VacationRead(**IDS, enabled=True, start=Instant(1.0), end=None)
    assert tokens.asked == [(ALICE, Purpose.GMAIL, False)]


# ---- languages ------------------------------------------------------------------------------------------------------


def in_language(language):
    return Style(phrases=phrases(language), right_to_left=is_right_to_left(language), shown=frozenset({"host"}))


@pytest.mark.parametrize("language", ["de", "ar", "ja"])
def test_the_block_is_in_the_language_ordered_with_the_organisers_name(calendar, google_tools, vault, language):
    calendar.events["e1"] = meeting()
    cell = vault.seal(ALICE, ROOM_PLACE, encode_room(ROOM))
    order = Decorate(**IDS, event_id="e1", room=cell, language=language)
    answer = run(order, replace(google_tools, style=in_language))
    text = calendar.events["e1"].description.reveal()
    assert answer.outcome == "written"
    assert find(text).lines[0] == phrases(language).join
    assert find(text).lines[-1] == phrases(language).host.format("Alice")


@pytest.mark.parametrize("text", ["Bring tea", "<b>Bring</b> tea"])
@pytest.mark.parametrize(("old", "new"), [("ar", "en"), ("en", "ja"), ("de", "fr")])
def test_a_block_of_ours_in_another_language_is_left_as_it_is(calendar, google_tools, vault, text, old, new):
    written = Plain(compose(text, ROOM, in_language(old)))
    calendar.events["e1"] = meeting(description=written, mark="1 pasted from elsewhere")
    cell = vault.seal(ALICE, ROOM_PLACE, encode_room(ROOM))
    order = Decorate(**IDS, event_id="e1", room=cell, language=new)
    answer = run(order, replace(google_tools, style=in_language))
    assert answer.outcome == "unchanged"
    assert answer.event.fact.has_block
    assert calendar.events["e1"].description is written


def test_a_room_keeps_password_and_host_in_its_cell():
    room = replace(ROOM, password=Plain("pa55"), host=Plain("Bob"))
    assert decode_room(encode_room(room)) == room
    assert decode_room(Plain(b'{"link":"https://acme.webex.com/meet/alice"}')).password.reveal() == ""
