"""Blocks for each way to join, written anew, looked at dry, and taken out: from order to answer."""

from dataclasses import replace

import pytest

from hybridcal_daemon.adapters.phrases import phrases
from hybridcal_daemon.domain.blocklines import Style
from hybridcal_daemon.domain.calls import Decorate, Undecorate
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.joinblock import compose, find, mark
from hybridcal_daemon.domain.messages import CallFailed, Decorated
from hybridcal_daemon.domain.values import Plain, RequestId, UserId
from hybridcal_daemon.work import sealing
from hybridcal_daemon.work.google import run
from hybridcal_daemon.work.room import ROOM_PLACE, encode_room, meeting_place
from tests.work.fakes import ALICE, ROOM, meeting

IDS = {"request_id": RequestId(7), "user": ALICE, "event_id": "e1"}
HELD = replace(ROOM, link=Plain("https://acme.webex.com/acme/j.php?MTID=m1"), sip_address=Plain("24400@acme.webex.com"))
WAY = "onetime-0123456789ab"


@pytest.fixture
def decorate(google_tools, vault):
    """Order the block of the Personal Room, or of the meeting with the tag t1."""

    def decorate(room=ROOM, style=None, **order):
        place = order.setdefault("place", ROOM_PLACE)
        tools = google_tools if style is None else replace(google_tools, style=lambda _language: style)
        return run(Decorate(**IDS, room=vault.seal(ALICE, place, encode_room(room)), **order), tools)

    return decorate


@pytest.fixture
def hold(decorate):
    return lambda **more: decorate(HELD, place=meeting_place("t1"), action="onetime", way=WAY, **more)


@pytest.fixture
def strip(google_tools):
    return lambda **order: run(Undecorate(**IDS, **order), google_tools)


def with_block(text="Bring tea", room=ROOM, way="", **fields):
    """An event with our block, marked."""
    described = compose(text, room)
    return meeting(description=Plain(described), mark=mark(find(described), ALICE, way), **fields)


# ---- ways to join


def test_the_block_of_a_meeting_is_marked_with_it(calendar, hold):
    calendar.events["e1"] = meeting(location=Plain("@webex:onetime"))
    answer = hold()
    assert isinstance(answer, Decorated)
    assert answer.outcome == "written"
    assert find(calendar.events["e1"].description.reveal()).link == HELD.link.reveal()
    assert (answer.event.fact.block_for, answer.event.fact.unmarked) == (WAY, False)
    assert hold().outcome == "unchanged"


def test_another_way_to_join_than_is_asked_for_is_not_written(calendar, decorate, hold):
    calendar.events["e1"] = meeting(location=Plain("@webex:onetime"))
    assert decorate().outcome == "unchanged"
    calendar.events["e1"] = meeting(location=Plain("@webex"))
    assert hold().outcome == "unchanged"
    assert calendar.count("patch") == 0


def test_a_block_of_another_way_to_join_is_replaced(calendar, decorate, hold):
    calendar.events["e1"] = with_block(location=Plain("@webex:onetime"))
    assert hold().outcome == "written"
    text = calendar.events["e1"].description.reveal()
    assert text == compose("Bring tea", HELD)
    calendar.events["e1"] = replace(calendar.events["e1"], location=Plain("@webex"))
    assert decorate().event.fact.block_for == ""
    assert calendar.events["e1"].description.reveal() == compose("Bring tea", ROOM)


def test_a_cell_of_another_meeting_does_not_open(google_tools, vault, calendar):
    cell = vault.seal(ALICE, meeting_place("t2"), encode_room(HELD))
    answer = run(Decorate(**IDS, room=cell, place=meeting_place("t1"), action="onetime"), google_tools)
    assert isinstance(answer, CallFailed)
    assert answer.code == "kms-tampered"
    assert calendar.asked == []


# ---- an address as keyword


@pytest.mark.parametrize(
    ("location", "outcome"),
    [
        ("https://acme.webex.com/meet/alice", "written"),
        ("ALICE@ACME.webex.com", "written"),
        ("sip:alice@acme.webex.com", "written"),
        ("https://acme.webex.com/meet/bob", "unchanged"),
        ("alice@other.webex.com", "unchanged"),
    ],
)
def test_only_the_organiser_s_own_address_counts(calendar, decorate, location, outcome):
    calendar.events["e1"] = meeting(location=Plain(location))
    assert decorate().outcome == outcome


def test_our_block_goes_when_it_takes_place_in_somebody_else_s_room(calendar, decorate):
    calendar.events["e1"] = replace(with_block(), location=Plain("https://acme.webex.com/meet/bob"))
    assert decorate().outcome == "removed"
    assert calendar.events["e1"].description.reveal() == "Bring tea"


# ---- written anew


def test_what_is_to_be_written_anew_is_composed_again(calendar, decorate):
    german = Style(phrases=phrases("de"))
    calendar.events["e1"] = with_block()
    assert decorate(style=german).outcome == "unchanged"
    assert decorate(style=german, redo=True, dry=True).outcome == "would"
    assert calendar.count("patch") == 0
    assert decorate(style=german, redo=True).outcome == "written"
    text = calendar.events["e1"].description.reveal()
    assert text == compose("Bring tea", ROOM, german)
    assert decorate(style=german, redo=True).outcome == "unchanged"


def test_what_somebody_edited_is_not_written_anew(calendar, decorate):
    edited = Plain(compose("Bring tea", ROOM).replace("Video", "Dial"))
    calendar.events["e1"] = replace(with_block(), description=edited)
    assert decorate(redo=True).outcome == "unchanged"
    assert calendar.events["e1"].description == edited


def test_a_setting_that_changes_later_rewrites_nothing(calendar, decorate, google_tools, strip):
    calendar.events["e1"] = meeting()
    decorate()
    assert calendar.events["e1"].mark.endswith(" - webex")
    for setting in ("onetime", None):
        fact, _ = sealing.look_at(ALICE, calendar.events["e1"], replace(google_tools, webex=setting))
        assert fact.asked == "myroom"
    assert strip().outcome == "unchanged"


# ---- taken out


def test_our_block_is_taken_out_over_what_was_read(calendar, strip):
    calendar.events["e1"] = with_block(location=Plain("Room 7"))
    answer = strip()
    assert (answer.outcome, answer.event.fact.has_block) == ("removed", False)
    assert calendar.asked[-1][2] == {"event_id": "e1", "etag": '"1"', "description": Plain("Bring tea"), "mark": None}
    assert calendar.events["e1"].mark == ""
    assert (strip().outcome, calendar.count("patch")) == ("unchanged", 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"mark": ""},
        {"mark": "1 0123456789abcdef"},
        {"location": Plain("@webex")},
        {"location": Plain("@meet")},
        {"organizer_self": False},
        {"locked": True},
        {"private": True},
        {"description": Plain("Bring tea")},
    ],
    ids=["no-mark", "another-mark", "asked", "asked-otherwise", "not-ours", "locked", "private", "no-block"],
)
def test_what_is_not_ours_to_take_out_stays(calendar, strip, changes):
    calendar.events["e1"] = replace(with_block(location=Plain("")), **changes)
    answer = strip()
    assert (answer.outcome, calendar.count("patch")) == ("unchanged", 0)
    assert answer.event.fact.event_id == "e1"


def test_who_leaves_takes_it_along_although_it_is_asked_for(calendar, strip):
    calendar.events["e1"] = with_block()
    assert strip(even_if_asked=True).outcome == "removed"
    calendar.events["e1"] = replace(with_block(), mark="")
    assert strip(even_if_asked=True).outcome == "unchanged"


def test_a_wish_that_comes_back_in_between_is_respected(calendar, strip):
    calendar.events["e1"] = with_block(location=Plain(""))

    def wish():
        calendar.events["e1"] = replace(calendar.events["e1"], location=Plain("@webex"), etag='"2"')

    calendar.before_patch = wish
    assert (strip().outcome, calendar.count("patch")) == ("unchanged", 1)


def test_a_text_that_is_edited_in_between_is_kept(calendar, strip):
    calendar.events["e1"] = with_block(location=Plain(""))
    edits = iter(["Bring coffee"])

    def edit():
        for text in edits:
            calendar.events["e1"] = replace(with_block(text, location=Plain("")), etag='"2"')

    calendar.before_patch = edit
    assert strip().outcome == "removed"
    assert calendar.events["e1"].description == Plain("Bring coffee")


@pytest.mark.parametrize(
    "error", [CallError(Kind.INVALID, "google-invalid"), CallError(Kind.REFUSED, "google-read-only")]
)
def test_a_refusal_is_not_repeated(calendar, strip, error):
    calendar.events["e1"] = with_block(location=Plain(""))
    calendar.fails["patch"] = error
    answer = strip()
    assert (answer.kind, answer.code, calendar.count("patch")) == (error.kind, error.code, 1)


def test_gone_is_gone_and_a_room_is_never_written_to(strip, google_tools):
    assert (strip().outcome, strip().event) == ("gone", None)
    room = Undecorate(request_id=RequestId(7), user=UserId("r00000000000000000001"), event_id="e1")
    assert run(room, google_tools).code == "not-permitted"
