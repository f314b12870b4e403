"""The join block: putting it in, finding it, taking it out."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hybridcal_daemon.domain import htmltext
from hybridcal_daemon.domain.joinblock import (
    BEGIN,
    END,
    LIMIT,
    NoRoomForBlock,
    Room,
    compose,
    find,
    strip,
)
from hybridcal_daemon.domain.values import Plain

LINK = "https://acme.webex.com/meet/alice"
GOOGLE_RULER = "-::~:~::~" + ":~" * 40 + "::~:~::-"
GOOGLE_REGION = f"{GOOGLE_RULER}\nJoin with Google Meet: https://meet.google.com/abc-defg-hij\n{GOOGLE_RULER}"
TEAMS_RULER = "_" * 80
ZOOM_RULER = "\u2500" * 10


OSLO = (("Oslo & B\u00e6rum", "+47 21 00 00 00"),)


def room(link=LINK, sip="alice@acme.webex.com", number="2634 123 4567", dial_in=OSLO):
    return Room(link=Plain(link), sip_address=Plain(sip), meeting_number=Plain(number), dial_in=dial_in)


FRAGMENTS = st.sampled_from(
    [
        BEGIN,
        END,
        BEGIN[:-1],
        END[1:],
        "\u00bb\u00bb\u00bb",
        "\u00ab\u00ab\u00ab hybridcal",
        "&raquo;&raquo;&raquo;&nbsp;hybridcal&nbsp;&raquo;&raquo;&raquo;",
        "https://zoom.us/j/123",
        "https://",
        "\n",
        "\n\n",
        " ",
        "\r\n",
        "<br>",
        "<br><br>",
        "<p>",
        "</p>",
        "<b",
        ">",
        "<TBC>",
        "<alice@acme.example>",
        "&amp;",
        "&",
        GOOGLE_REGION,
        GOOGLE_RULER,
        TEAMS_RULER,
        ZOOM_RULER,
        "\U0001f600",
    ]
)
TEXTS = st.lists(FRAGMENTS | st.text(max_size=12), max_size=9).map("".join)
LABELS = st.text(max_size=12) | st.sampled_from([BEGIN, END, "<b>", "&lt;", "\n", "https://evil.example/x"])
ROOMS = st.builds(
    room,
    link=st.sampled_from([LINK, "https://acme.webex.com/meet/pr123?a=1&lt=2&copy=3", "http://a.b/" + "x" * 300]),
    sip=LABELS,
    number=LABELS,
    dial_in=st.lists(st.tuples(LABELS, LABELS), max_size=3).map(tuple),
)


@given(TEXTS, ROOMS)
def test_composing_twice_is_composing_once(text, a_room):
    once = compose(text, a_room)
    assert compose(once, a_room) == once


@given(TEXTS, ROOMS)
def test_stripping_gives_the_users_text_back(text, a_room):
    assert strip(compose(text, a_room)) == strip(text)


@given(TEXTS, ROOMS)
def test_a_text_without_a_block_is_kept_byte_for_byte_in_front_of_it(text, a_room):
    assume(find(text) is None)
    composed = compose(text, a_room)
    assert composed.startswith(text)
    assert strip(composed) == text


@given(TEXTS, ROOMS, ROOMS)
def test_a_new_room_takes_the_place_of_the_old_one(text, old, new):
    assert compose(compose(text, old), new) == compose(text, new)


@given(TEXTS, ROOMS)
def test_what_was_composed_is_found(text, a_room):
    block = find(compose(text, a_room))
    assert block is not None
    assert block.link == a_room.link.reveal()


@given(TEXTS)
def test_markup_is_written_only_where_there_is_markup(text):
    own = strip(text)
    block = compose(own, room())[len(own) :]
    if find(own) is None:
        assert htmltext.is_marked_up(block) == htmltext.is_marked_up(own)


def test_plain_text_that_looks_like_a_tag_stays_plain():
    text = "Room <TBC>\nAgenda of <alice@acme.example> & co"
    composed = compose(text, room())
    assert composed == (
        f"{text}\n\n{BEGIN}\nJoin the Webex meeting:\n{LINK}\n"
        "Meeting number (access code): 2634 123 4567\nVideo address: alice@acme.webex.com\n"
        f"Join by phone:\n+47 21 00 00 00 Oslo & B\u00e6rum\n{END}"
    )


def test_marked_up_text_gets_markup_with_everything_escaped():
    composed = compose("<b>Agenda</b>", room(link="https://acme.webex.com/meet/alice?a=1&b=2", number=""))
    assert composed == (
        f"<b>Agenda</b><br><br>{BEGIN}<br>Join the Webex meeting:<br>"
        '<a href="https://acme.webex.com/meet/alice?a=1&amp;b=2">https://acme.webex.com/meet/alice?a=1&amp;b=2</a><br>'
        "Video address: alice@acme.webex.com<br>Join by phone:<br>+47 21 00 00 00 Oslo &amp; B\u00e6rum<br>"
        f"{END}"
    )


def test_an_empty_description_gets_the_block_alone():
    assert compose("", room()).startswith(BEGIN)
    assert strip(compose("", room())) == ""


def test_what_is_missing_gets_no_line():
    lines = compose("", room(sip="", number="", dial_in=())).split("\n")
    assert lines == [BEGIN, "Join the Webex meeting:", LINK, END]


def test_values_cannot_break_out_of_their_line():
    composed = compose("", room(sip=f"a\n{END}\u202e<script>", number="1\r\n2", dial_in=(("<b>x</b>", "\x00+1"),)))
    lines = composed.split("\n")
    assert lines[3:] == [
        "Meeting number (access code): 1 2",
        "Video address: a hybridcal script",
        "Join by phone:",
        "+1 bx/b",
        END,
    ]


@pytest.mark.parametrize(
    "link", ["", "acme.webex.com/meet/alice", "javascript:alert(1)", "https://a b", 'https://a/"', "https://a/<b>"]
)
def test_a_room_without_a_usable_link_is_refused(link):
    with pytest.raises(ValueError, match="no usable link"):
        compose("", room(link=link))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("<br>", "<br />"),
        lambda text: text.replace("<br>", "<br>\n"),
        lambda text: text.replace("<br>", "</p><p>"),
        lambda text: text.replace(BEGIN, BEGIN.replace(" ", "&nbsp;")).replace(END, END.replace(" ", "\u00a0")),
        lambda text: text.replace("\u00bb", "&raquo;").replace("\u00ab", "&#171;"),
        lambda text: text.replace('<a href="', '<a target="_blank" id="ow1" href="https://www.google.com/url?q='),
        lambda text: text.replace(": ", ":&nbsp;"),
        lambda text: f"<html-blob>{text}</html-blob>",
        lambda text: re.sub(r"<br>([^<]+)", r"<br><span>\1</span>", text),
        lambda text: re.sub(r'<a href="[^"]*">([^<]*)</a>', r"\1", text),
    ],
)
def test_small_changes_of_markup_cause_no_write(change):
    composed = compose("<b>Agenda</b>", room())
    changed = change(composed)
    assert changed != composed
    assert compose(changed, room()) == changed
    assert find(changed) == find(composed)


def test_plain_text_that_an_editor_turned_into_markup_causes_no_write():
    changed = compose("Agenda", room()).replace("\n", "<br>").replace(LINK, f'<a href="{LINK}">{LINK}</a>')
    assert compose(changed, room()) == changed
    assert find(changed) == find(compose("Agenda", room()))
    assert strip(changed) == "Agenda"


def test_a_plain_block_below_text_that_became_markup_is_written_anew():
    changed = compose("Agenda", room()).replace("Agenda", "<b>Agenda</b>")
    composed = compose(changed, room())
    assert f"{BEGIN}<br>" in composed
    assert composed.startswith("<b>Agenda</b>\n\n")
    assert compose(composed, room()) == composed


def test_text_that_people_wrote_below_the_block_stays_there():
    described = compose("Agenda", room()) + "\nBring cake"
    renewed = compose(described, room(link="https://acme.webex.com/meet/bob"))
    assert renewed.startswith("Agenda\n\n" + BEGIN)
    assert renewed.endswith(f"{END}\nBring cake")
    assert "meet/alice" not in renewed
    assert strip(renewed) == "Agenda\nBring cake"


@pytest.mark.parametrize(
    "text",
    [
        "",
        BEGIN,
        END,
        f"{END}\n{LINK}\n{BEGIN}",
        f"{BEGIN}\nno link here\n{END}",
        f"{BEGIN}\n{'x' * 5 * LIMIT}{LINK}\n{END}",
        f"{TEAMS_RULER}\n{LINK}\n{TEAMS_RULER}",
        f"{ZOOM_RULER}\n{LINK}\n{ZOOM_RULER}",
        GOOGLE_REGION,
    ],
)
def test_is_no_block(text):
    assert find(text) is None
    assert strip(text) == text


def test_of_several_blocks_the_last_is_ours():
    stale = compose("", room(link="https://acme.webex.com/meet/old"))
    described = f"{stale}\nand {compose('', room())}"
    block = find(described)
    assert block is not None
    assert block.link == LINK
    assert strip(described) == f"{stale}\nand "


def test_a_block_tells_the_video_address_and_is_not_shown_by_accident():
    block = find(compose("", room()))
    assert block is not None
    assert block.address == "alice@acme.webex.com"
    assert "alice" not in repr(block)


MANY = tuple((f"City {number}", f"+47 21 00 00 {number:02}") for number in range(20))


@given(st.integers(0, LIMIT))
@settings(max_examples=60)
def test_the_block_shrinks_to_fit_and_the_users_text_never_does(size):
    text = "x" * size
    whole = compose("", room(dial_in=MANY)).split("\n")
    try:
        composed = compose(text, room(dial_in=MANY))
    except NoRoomForBlock:
        assert size + 2 + len(f"{BEGIN}\n{LINK}\n{END}") > LIMIT
        return
    assert len(composed) <= LIMIT
    assert composed.startswith(text)
    lines = composed[size:].lstrip("\n").split("\n")
    assert LINK in lines
    assert set(lines) <= set(whole)
    assert compose(composed, room(dial_in=MANY)) == composed


def test_shrinks_line_by_line_down_to_the_link():
    fewest = len(f"{BEGIN}\n{LINK}\n{END}")
    composed = [compose("x" * (LIMIT - 2 - left), room(dial_in=MANY)) for left in range(fewest, 1200)]
    seen = [text.count("\n") for text in composed]
    assert max(map(len, composed)) == LIMIT
    assert seen == sorted(seen)
    assert min(seen) == 4
    assert len(set(seen)) == 4 + len(MANY)


def test_no_heading_without_a_number_below_it():
    for left in range(len(f"{BEGIN}\n{LINK}\n{END}"), 1200):
        lines = compose("x" * (LIMIT - 2 - left), room(dial_in=MANY)).split("\n")
        assert lines[-2] != "Join by phone:"


def test_size_is_counted_as_google_does_for_characters_beyond_the_basic_plane():
    text = "\U0001f600" * (LIMIT // 2 - 100)
    composed = compose(text, room(dial_in=MANY))
    assert len(composed.encode("utf-16-le")) // 2 <= LIMIT
    with pytest.raises(NoRoomForBlock):
        compose("\U0001f600" * (LIMIT // 2 - 10), room())


def test_no_room_for_the_block_is_said_without_the_text():
    with pytest.raises(NoRoomForBlock) as caught:
        compose("secret" * LIMIT, room())
    assert caught.value.args == ()


def test_a_description_that_google_took_beyond_the_limit_may_keep_its_block():
    described = "x" * LIMIT + "\n\n" + compose("", room())
    assert compose(described, room()) == described
    renewed = compose(described, room(link="https://acme.webex.com/meet/bob"))
    assert len(renewed) <= len(described)
    assert compose(renewed, room(link="https://acme.webex.com/meet/bob")) == renewed
    with pytest.raises(NoRoomForBlock):
        compose(described, room(link="https://acme.webex.com/meet/" + "b" * 400))
