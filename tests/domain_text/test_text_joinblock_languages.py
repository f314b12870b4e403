"""The join block in every language, with an organisation's own words, in both forms of text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridcal_daemon.adapters import phrases
from hybridcal_daemon.domain.blocklines import ENGLISH, PHRASE_NAMES, PLAIN_ENGLISH, Phrases, Style
from hybridcal_daemon.domain.joinblock import BEGIN, END, LIMIT, NoRoomForBlock, Room, compose, find, mark, strip
from hybridcal_daemon.domain.languages import LANGUAGES, RIGHT_TO_LEFT, is_right_to_left
from hybridcal_daemon.domain.values import Plain

LINK = "https://acme.webex.com/meet/alice?a=1&b=2"
ROOM = Room(
    link=Plain(LINK),
    sip_address=Plain("alice@acme.webex.com"),
    meeting_number=Plain("2634 123 4567"),
    password=Plain("pa55-word"),
    dial_in=(("Oslo", "+47 21 00 00 00"), ("", "+1 555 0100")),
    host=Plain("Alice Doe"),
)
ALL = frozenset({"number", "password", "video", "phone", "host"})
PLAIN_TEXT, MARKED_UP = "Agenda & <TBC>\nTea", "<b>Agenda</b> &amp; tea<br>"
FORMS = pytest.mark.parametrize("text", [PLAIN_TEXT, MARKED_UP, ""], ids=["plain", "html", "empty"])
EACH = pytest.mark.parametrize("language", LANGUAGES)
DIRECTIONS = "\u2066\u2067\u2068\u2069"
VALUES = (LINK, "2634 123 4567", "pa55-word", "alice@acme.webex.com", "+47 21 00 00 00", "+1 555 0100")


def style(language, **fields):
    fields = {"shown": ALL} | fields
    return Style(phrases=phrases.phrases(language), right_to_left=is_right_to_left(language), **fields)


def bare(text):
    return "".join(sign for sign in text if sign not in DIRECTIONS)


# ---- every language -------------------------------------------------------------------------------------------------


@EACH
@FORMS
def test_a_block_in_any_language_is_written_found_and_taken_out_again(language, text):
    composed = compose(text, ROOM, style(language))
    block = find(composed)
    assert composed.startswith(text)
    assert strip(composed) == text
    assert (block.link, block.address) == (LINK, "alice@acme.webex.com")
    assert compose(composed, ROOM, style(language)) == composed
    assert compose(text, ROOM, style(language)) == composed


@EACH
@FORMS
def test_a_block_says_its_details_in_the_words_of_its_language(language, text):
    words = phrases.phrases(language)
    block = find(compose(text, ROOM, style(language)))
    assert [" ".join(line.split()) for line in block.lines] == [
        " ".join(line.split())
        for line in (
            words.join,
            LINK,
            words.number.format("2634 123 4567"),
            words.password.format("pa55-word"),
            words.video.format("alice@acme.webex.com"),
            words.phone,
            "+47 21 00 00 00 Oslo",
            "+1 555 0100",
            words.host.format("Alice Doe"),
        )
    ]


@EACH
@FORMS
def test_no_two_languages_say_the_same(language, text):
    others = [compose(text, ROOM, style(other)) for other in LANGUAGES if other != language]
    assert compose(text, ROOM, style(language)) not in others


@EACH
def test_the_words_are_whole_and_cannot_be_taken_for_anything_else(language):
    words = phrases.phrases(language)
    for name in PHRASE_NAMES:
        phrase = getattr(words, name)
        assert phrase.count("{}") == getattr(ENGLISH, name).count("{}")
        assert phrase.count("{") == phrase.count("}") == phrase.count("{}")
        assert len(phrase) <= 60
        assert not set("<>«»@/&").intersection(phrase)
        assert unicodedata.normalize("NFC", phrase) == phrase
        assert phrase == phrase.strip()
        assert not any(unicodedata.category(sign) in {"Cc", "Cf", "Co", "Cn"} for sign in phrase)
    assert len({getattr(words, name) for name in PHRASE_NAMES}) == len(PHRASE_NAMES)


def directions(phrase):
    return [unicodedata.bidirectional(sign) for sign in phrase if unicodedata.bidirectional(sign) in {"L", "R", "AL"}]


@EACH
def test_the_words_begin_in_the_direction_of_the_language(language):
    words = phrases.phrases(language)
    for name in PHRASE_NAMES:
        first = directions(getattr(words, name))[0]
        assert (first in {"R", "AL"}) is (language in RIGHT_TO_LEFT)


# ---- right to left --------------------------------------------------------------------------------------------------

TURNED = pytest.mark.parametrize("language", sorted(RIGHT_TO_LEFT))


@TURNED
@FORMS
def test_what_runs_from_left_to_right_is_set_apart(language, text):
    composed = compose(text, ROOM, style(language))
    inner = composed[composed.index(BEGIN) : composed.index(END)]
    shown = re.sub(r"<[^>]*>", "", inner).replace("&amp;", "&")
    for value in VALUES:
        assert f"\u2066{value}\u2069" in shown
    for name in ("Oslo", "Alice Doe"):
        assert f"\u2068{name}\u2069" in shown
    assert len(re.findall("[\u2066\u2067\u2068]", inner)) == inner.count("\u2069")


@TURNED
def test_each_line_ends_what_it_sets_apart(language):
    for line in compose("", ROOM, style(language)).split("\n"):
        assert len(re.findall("[\u2066\u2067\u2068]", line)) == line.count("\u2069")


@TURNED
def test_only_our_own_element_is_turned(language):
    composed = compose(MARKED_UP, ROOM, style(language))
    assert composed.count('dir="rtl"') == 1
    assert composed.startswith(f'{MARKED_UP}<br><br>{BEGIN}<div dir="rtl">')
    assert composed.endswith(f"</div>{END}")
    assert "dir=" not in compose(PLAIN_TEXT, ROOM, style(language))


@TURNED
@pytest.mark.parametrize(
    "change",
    [
        bare,
        lambda text: text.replace(' dir="rtl"', ""),
        lambda text: text.replace('<div dir="rtl">', "<br>").replace("</div>", "<br>"),
        lambda text: text.replace('<div dir="rtl">', '<p dir="rtl" style="text-align:right">').replace(
            "</div>", "</p>"
        ),
        lambda text: text.replace("<br>", "\u200f<br>\u200e"),
    ],
)
def test_signs_of_direction_come_and_go_unseen(language, change):
    composed = compose(MARKED_UP, ROOM, style(language))
    changed = change(composed)
    assert changed != composed
    assert compose(changed, ROOM, style(language)) == changed
    assert mark(find(changed), "alice") == mark(find(composed), "alice")


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - RIGHT_TO_LEFT))
@FORMS
def test_other_languages_need_no_signs_of_direction(language, text):
    composed = compose(text, ROOM, style(language))
    assert bare(composed) == composed
    assert "dir=" not in composed


# ---- other languages in the same text -------------------------------------------------------------------------------


@pytest.mark.parametrize(("old", "new"), [("en", "de"), ("ar", "en"), ("ja", "fa"), ("zh_TW", "zh_CN")])
@FORMS
def test_a_block_in_another_language_is_renewed_in_its_place(old, new, text):
    composed = compose(text, ROOM, style(old)) + " and more"
    renewed = compose(composed, ROOM, style(new))
    assert strip(renewed) == strip(composed)
    assert renewed.count(BEGIN) == 1
    assert find(renewed).lines == find(compose(text, ROOM, style(new))).lines
    assert compose(renewed, ROOM, style(new)) == renewed


# ---- policy ---------------------------------------------------------------------------------------------------------


def test_neither_password_nor_host_is_shown_unless_that_is_wished():
    composed = compose("", ROOM)
    assert "pa55" not in composed
    assert "Alice Doe" not in composed
    assert "2634 123 4567" in composed


@pytest.mark.parametrize(
    ("name", "text"),
    [("number", "2634"), ("password", "pa55"), ("video", "@acme"), ("phone", "+1 555"), ("host", "Alice Doe")],
)
def test_each_detail_can_be_shown_or_not(name, text):
    assert text in compose("", ROOM, style("de"))
    assert text not in compose("", ROOM, style("de", shown=ALL - {name}))


# ---- an organisation's own words ------------------------------------------------------------------------------------

HEADER = "Welcome to Acme.\n\nHelp: https://help.acme.example/join or it@acme.example"
FOOTER = 'Recorded & kept for "30" days.\nhttps://acme.webex.com/meet/legal\nlegal@acme.example'
OWN = {"header": HEADER, "footer": FOOTER}


def test_header_and_footer_stand_apart_within_our_block():
    composed = compose(PLAIN_TEXT, ROOM, style("en", **OWN))
    lines = composed.removeprefix(f"{PLAIN_TEXT}\n\n").split("\n")
    assert lines[:5] == [
        BEGIN,
        "Welcome to Acme.",
        "Help: https://help.acme.example/join or it@acme.example",
        "»",
        "Join the Webex meeting:",
    ]
    assert lines[-5:] == ["«", *FOOTER.split("\n"), END]


@EACH
@FORMS
def test_links_and_addresses_in_ones_own_words_are_not_those_to_join_by(language, text):
    for room in (ROOM, replace(ROOM, sip_address=Plain(""))):
        composed = compose(text, room, style(language, **OWN))
        block = find(composed)
        assert (block.link, block.address) == (LINK, room.sip_address.reveal())
        assert strip(composed) == text
        assert compose(composed, room, style(language, **OWN)) == composed


def test_own_words_are_escaped_in_marked_up_text():
    composed = compose(MARKED_UP, ROOM, style("en", **OWN))
    assert "Recorded &amp; kept for &quot;30&quot; days." in composed
    assert '<br><a href="https://acme.webex.com/meet/legal">' in composed


def test_own_words_keep_their_direction_in_a_block_of_another():
    lines = compose("", ROOM, style("he", **OWN)).split("\n")
    assert lines[1] == "\u2068Welcome to Acme.\u2069"
    assert "»" in lines


OWN_TEXTS = st.lists(
    st.sampled_from([BEGIN, END, "»", "«", "\n", " ", "<b>", "x", LINK, "a@b.example", "\u2067", "&lt;", "\u200f"]),
    max_size=8,
).map("".join)


@given(OWN_TEXTS, OWN_TEXTS, st.sampled_from([PLAIN_TEXT, MARKED_UP, ""]), st.booleans())
def test_whatever_the_own_words_are_the_block_stays_ours(header, footer, text, right_to_left):
    odd = replace(PLAIN_ENGLISH, header=header, footer=footer, right_to_left=right_to_left)
    composed = compose(text, ROOM, odd)
    assert find(composed).link == LINK
    assert strip(composed) == text
    assert compose(composed, ROOM, odd) == composed


def test_where_there_is_little_room_the_own_words_go_before_the_details():
    long = style("de", header="h" * 1024, footer="f" * 1024)
    seen = []
    for size in range(LIMIT - 3000, LIMIT, 7):
        try:
            composed = compose("x" * size, ROOM, long)
        except NoRoomForBlock:
            break
        assert len(composed) <= LIMIT
        shown = ("f" * 1024 in composed, "h" * 1024 in composed, "Alice Doe" in composed, "2634" in composed)
        if shown not in seen:
            seen.append(shown)
    assert seen == [
        (True, True, True, True),
        (False, True, True, True),
        (False, False, True, True),
        (False, False, False, True),
        (False, False, False, False),
    ]


def test_words_of_nowhere_still_make_a_block():
    odd = Phrases(join="?", number="{}", password="{}", video="{}", phone="?", host="{}")
    composed = compose(PLAIN_TEXT, ROOM, Style(phrases=odd, shown=ALL))
    assert find(composed).link == LINK
    assert strip(composed) == PLAIN_TEXT
