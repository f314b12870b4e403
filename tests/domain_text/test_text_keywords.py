"""The grammar of @webex and @meet in a location."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridcal_daemon.domain.keywords import Wish, asked, room_of, wish


@pytest.mark.parametrize(
    ("location", "action"),
    [
        ("@webex", "myroom"),
        ("@meet", "space"),
        ("@spark", "space"),
        ("@webex:space", "space"),
        ("@webex:onetime", "onetime"),
        ("@webex:myroom", "myroom"),
        ("@meet:myroom", "myroom"),
        ("@meet:onetime", "onetime"),
        ("@meet:space", "space"),
        ("@spark:myroom", "myroom"),
        ("@WebEx:OneTime", "onetime"),
        ("Room 4.01, @webex", "myroom"),
        ("(@webex)", "myroom"),
        ("Building B;@meet, 2nd floor", "space"),
        ("Please come to @webex.", "myroom"),
        ("Please come to @webex:onetime.", "onetime"),
        ("@webex, @meet", "myroom"),
        ("@meet @webex", "space"),
        ("@meet:myroom @webex:space", "myroom"),
        ("me@webex.com or @meet", "space"),
        ("@webex:mroom", "myroom"),
        ("@meet: second floor", "space"),
        ("\u00a0@webex\u00a0", "myroom"),
    ],
)
def test_says_what_is_asked_for(location, action):
    assert asked(location) == action


@pytest.mark.parametrize(
    "location",
    [
        "",
        "webex",
        "me@webex.com",
        "me@webex",
        "m.e+x@webex",
        "o'neill@meet",
        "\u00e9@webex",
        "@webex.com",
        "@webexteams",
        "@webex-team",
        "@@webex",
        "@webex@example.com",
        "@ webex",
        "@meeting",
        "@meet_up",
        "sip:alice@meet.example",
        "@\u017fpark",
        "https://acme.webex.com/meet/alice",
    ],
)
def test_does_not_fire_on_addresses_and_longer_words(location):
    assert asked(location) is None


def test_bare_words_follow_the_setting_and_modifiers_win_over_it():
    assert asked("@webex", webex="space", meet="myroom") == "space"
    assert asked("@meet", webex="space", meet="myroom") == "myroom"
    assert asked("@spark", webex="space", meet="onetime") == "onetime"
    assert asked("@webex:myroom", webex="space", meet="space") == "myroom"


_WORDS = st.sampled_from(["@webex", "@meet:onetime", "@spark", "me@webex.com", "Room 7", ",", " "])


@given(st.lists(_WORDS, max_size=6))
def test_only_what_stands_leftmost_counts(words):
    location = " ".join(words)
    meaning = {"@webex": "myroom", "@meet:onetime": "onetime", "@spark": "space"}
    first = next((meaning[word] for word in words if word in meaning), None)
    assert asked(location) == first


@given(st.text(alphabet="ab.@webx:mtspcork ", max_size=40))
def test_case_never_matters(location):
    assert asked(location) == asked(location.upper())


# ---- the address of a Personal Room


@pytest.mark.parametrize(
    ("location", "room"),
    [
        ("https://acme.webex.com/meet/alice", "alice@acme.webex.com"),
        ("http://acme.webex.com/meet/alice", "alice@acme.webex.com"),
        ("acme.webex.com/meet/Alice.Example", "alice.example@acme.webex.com"),
        ("Room 4 / https://ACME.webex.com/meet/alice, 3rd floor", "alice@acme.webex.com"),
        ("<https://acme.webex.com/meet/alice>", "alice@acme.webex.com"),
        ("https://acme.webex.com/meet/alice?x=1", "alice@acme.webex.com"),
        ("https://acme.webex.com/meet/alice/", "alice@acme.webex.com"),
        ("alice@acme.webex.com", "alice@acme.webex.com"),
        ("sip:alice@acme.webex.com", "alice@acme.webex.com"),
        ("SIPS:Alice@Acme.Webex.Com.", "alice@acme.webex.com"),
    ],
)
def test_an_address_of_a_personal_room_asks_for_it(location, room):
    assert wish(location) == Wish("myroom", room=room)
    assert asked(location) is None  # it is no word


@pytest.mark.parametrize(
    "location",
    [
        "me@webex.com",
        "me@example.com",
        "123456789@acme.webex.com",
        "24400.acme@m.webex.com",
        "https://webex.com/meet/alice",
        "https://acme.webex.com/acme/j.php?MTID=m1",
        "https://acme.webex.com/meet/",
        "https://acme.webex.com/meet/alice/more",
        "https://acme.webex.com.evil.example/meet/alice",
        "https://acme.webex.com@evil.example/meet/alice",
        "https://evil.example/acme.webex.com/meet/alice",
        "https://evil.example/?acme=webex.com/meet/alice",
        "https://notwebex.com/meet/alice",
        "alice@acme.webex.com.evil.example",
        "alice@acme.webex.community",
        "xalice@@acme.webex.com",
        "-.webex.com/meet/alice",
    ],
)
def test_what_is_no_address_of_a_personal_room_asks_for_nothing(location):
    assert wish(location) == Wish()


def test_of_word_and_address_the_leftmost_counts():
    assert wish("@meet alice@acme.webex.com") == Wish("space", word="meet")
    assert wish("alice@acme.webex.com @meet") == Wish("myroom", room="alice@acme.webex.com")


def test_a_word_that_does_nothing_here_is_told_from_none():
    assert wish("@webex", webex=None) == Wish(off=True, word="webex")
    assert wish("@webex:onetime", webex=None) == Wish("onetime")
    assert wish("Room 7", webex=None) == Wish()
    assert wish("@webex alice@acme.webex.com", webex=None) == Wish(off=True, word="webex")


@pytest.mark.parametrize(
    ("location", "word"),
    [("@WebEx", "webex"), ("@spark", "meet"), ("@Meet:mroom", "meet"), ("@webex:space", ""), ("none", "")],
)
def test_a_bare_word_is_told_from_one_with_a_modifier(location, word):
    assert wish(location).word == word


def test_a_room_is_named_alike_by_its_page_and_its_video_address():
    assert room_of("https://acme.webex.com/meet/alice") == room_of("alice@acme.webex.com") == "alice@acme.webex.com"
    assert room_of("https://acme.webex.com/acme/j.php?MTID=m1") == ""


@given(st.text(alphabet="a.@/-:%+1webxcomt ", max_size=400))
def test_every_location_has_an_answer(location):
    found = wish(location)
    assert found.room == "" or found.action == "myroom"


@pytest.mark.parametrize(
    "unit", ["a", "a.", "a@", "acme.webex.com/meet/", "1", "-", "https://", "a@acme.webex.", "@web"]
)
def test_long_locations_take_no_time(unit):
    assert wish(unit * (200_000 // len(unit))).room == ""
