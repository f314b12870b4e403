"""The card with the meetings of a day, and its text."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridcal_daemon.adapters.webex.agenda_card import CARD_BYTES, TEXT_BYTES, agenda_message
from hybridcal_daemon.adapters.webex.cardtext import escaped
from hybridcal_daemon.domain.values import Plain
from hybridcal_daemon.ports import Agenda, AgendaRow, CardWords
from hybridcal_daemon.sandbox.webex.cards import check_attachments

LINK = "https://acme.webex.com/meet/alice"


def row(title="Plan", url=LINK, when="10:00"):
    return AgendaRow(when=when, title=Plain(title), url=Plain(url))


def made(*rows, left=0, words=CardWords()):  # noqa: B008 - frozen
    message = agenda_message(
        Agenda(heading="Your meetings today", rows=rows, left=left, more="and {count} more", words=words)
    )
    check_attachments(msgspec.json.decode(msgspec.json.encode(message["attachments"])))
    return message


def body(message):
    return message["attachments"][0]["content"]["body"]


def columns(message):
    """Of each row: what stands in its columns."""
    return [
        [column["items"][0] for column in element["columns"]]
        for element in body(message)
        if element["type"] == "ColumnSet"
    ]


def actions(message):
    return [item["actions"][0] for row in columns(message) for item in row if item["type"] == "ActionSet"]


def test_a_row_has_time_title_and_button():
    message = made(row(), row("Lunch", url=""))
    assert body(message)[0]["text"] == "Your meetings today"
    first, second = columns(message)
    assert [item.get("text") for item in first] == ["10:00", "Plan", None]
    assert actions(message) == [{"type": "Action.OpenUrl", "title": "Join", "url": LINK}]
    assert [item["text"] for item in second] == ["10:00", "Lunch"]
    assert message["text"] == f"Your meetings today\n10:00 · Plan · Join: {LINK}\n10:00 · Lunch"


def test_more_than_five_have_links_in_place_of_buttons():
    message = made(*[row()] * 6)
    assert actions(message) == []
    assert [items[2]["text"] for items in columns(message)] == [f"[Join]({LINK})"] * 6
    assert len(actions(made(*[row()] * 5, row(url="")))) == 5


def test_a_link_cannot_be_broken_out_of():
    url = "https://acme.example/a)b(c[d]e{{DATE(x)}}*f_g\"h'i\\j"
    message = made(*[row(url=url)] * 6)
    shown = columns(message)[0][2]["text"]
    assert shown.startswith("[Join](https://acme.example/a%29b%28c")
    assert not set("()[]{}*_\"'\\") & set(shown[len("[Join](") : -1])


@pytest.mark.parametrize("url", ["", "sip:alice@acme.example", "javascript:alert(1)", "https://", "https://a b"])
def test_what_no_browser_opens_is_not_offered(url):
    message = made(row(url=url))
    assert actions(message) == []
    assert message["text"] == "Your meetings today\n10:00 · Plan"


def test_those_that_are_not_listed_are_counted():
    message = made(row(), left=7)
    assert body(message)[-1]["text"] == "and 7 more"
    assert message["text"].splitlines()[-1] == "and 7 more"
    assert "more" not in made(row())["text"]


def test_right_to_left():
    message = made(row(), left=1, words=CardWords(join="הצטרפות", untitled="פגישה", right_to_left=True))
    (items,) = columns(message)
    assert items[0]["type"] == "ActionSet"
    assert [item["text"] for item in items[1:]] == ["Plan", "10:00"]
    aligned = [body(message)[0], items[1], items[2], body(message)[-1]]
    assert {item["horizontalAlignment"] for item in aligned} == {"Right"}


def test_titles_stay_text():
    message = made(row("*a* [b](https://evil.example)\nc"), row("  "))
    assert [items[1]["text"] for items in columns(message)] == [r"\*a\* \[b\](https://evil.example) c", "Meeting"]


def test_long_links_go_before_meetings_do():
    message = made(*[row(f"T{number}", url=LINK + "?" + "a" * 800) for number in range(15)])
    lines = message["text"].splitlines()
    assert len(message["text"].encode()) <= TEXT_BYTES
    assert [line.split(" · ")[1] for line in lines[1:]] == [f"T{number}" for number in range(15)]
    assert len(columns(message)) == 15


def test_a_card_that_would_be_too_large_loses_its_last_rows():
    message = made(*[row(f"T{number}", url=LINK + "?" + "a" * 4000) for number in range(15)], left=2)
    shown = len(columns(message))
    assert 0 < shown < 15
    assert body(message)[-1]["text"] == f"and {17 - shown} more"


@given(
    st.lists(st.tuples(st.text(max_size=900), st.integers(0, 4100), st.text(max_size=40)), max_size=15),
    st.integers(0, 99),
)
def test_whatever_people_write_webex_takes_it(drawn, left):
    rows = [row(title, url=LINK + "?" + "a" * extra, when=when) for title, extra, when in drawn]
    message = made(*rows, left=left)
    assert 0 < len(message["text"].encode()) <= TEXT_BYTES
    assert len(msgspec.json.encode(message["attachments"])) <= CARD_BYTES
    counted = [element["text"] for element in body(message)[1:] if element["type"] == "TextBlock"]
    hidden = left + len(rows) - len(columns(message))
    assert counted == ([f"and {hidden} more"] if hidden else [])


def test_words_are_escaped_like_everything_else():
    assert escaped("1. a {{DATE(x)}}") == "1\\. a {\u200b{DATE(x)}}"
