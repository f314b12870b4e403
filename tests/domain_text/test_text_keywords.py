"""The grammar of @webex and @meet in a location."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridcal_daemon.domain.keywords import asked


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
