import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridcal_daemon.adapters.webex.card import join_message
from hybridcal_daemon.domain.values import Plain
from hybridcal_daemon.ports import CardWords
from hybridcal_daemon.sandbox.webex.cards import card_key, card_url, check_attachments

LINK = "https://acme-example.webex.com/meet/alice"


def message(title="Design review", url=LINK, starts="10:00", key="k-1", **rest):
    return join_message(key=key, title=Plain(title), url=Plain(url), starts=starts, **rest)


def texts(made):
    return [element["text"] for element in made["attachments"][0]["content"]["body"]]


def test_the_card_has_key_title_start_and_button():
    made = message()
    content = made["attachments"][0]["content"]
    assert content["version"] == "1.3"
    assert card_key(made["attachments"]) == "k-1"
    assert texts(made) == ["Design review", "10:00"]
    assert content["actions"] == [{"type": "Action.OpenUrl", "title": "Join", "url": LINK}]
    assert made["text"] == f"Design review\n10:00\nJoin: {LINK}"


def test_without_title_or_start_there_is_still_a_card():
    assert texts(message(title="  ", starts="")) == ["Meeting"]
    assert message(title="\x00", starts="")["text"] == f"Meeting\nJoin: {LINK}"


def test_the_words_are_the_readers():
    made = message(title=" ", starts="Beginnt um 10:00", words=CardWords(join="Teilnehmen", untitled="Besprechung"))
    content = made["attachments"][0]["content"]
    assert texts(made) == ["Besprechung", "Beginnt um 10:00"]
    assert content["actions"][0]["title"] == "Teilnehmen"
    assert made["text"] == f"Besprechung\nBeginnt um 10:00\nTeilnehmen: {LINK}"


@pytest.mark.parametrize(("right_to_left", "aligned"), [(True, {"Right"}), (False, {None})])
def test_who_reads_from_the_right_finds_it_there(right_to_left, aligned):
    content = message(words=CardWords(right_to_left=right_to_left))["attachments"][0]["content"]
    assert {block.get("horizontalAlignment") for block in content["body"]} == aligned


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("[Join here](https://evil.example)", r"\[Join here\](https://evil.example)"),
        ("a *bold* _plan_ `x` \\", r"a \*bold\* \_plan\_ \`x\` " + "\\\\"),
        ("- first", r"\- first"),
        ("3. third", r"3\. third"),
        ("1-1 with Bob", "1-1 with Bob"),
        ("two\nlines\r\n\u2028more", "two lines more"),
        ("safe \u202egnp.exe\u2066", "safe gnp.exe"),
        ("at {{DATE(2026-11-30T10:00:00Z)}}", "at {\u200b{DATE(2026-11-30T10:00:00Z)}}"),
        ("{{{x", "{\u200b{\u200b{x"),
        ("\U0001f469\u200d\U0001f4bb ok", "\U0001f469\u200d\U0001f4bb ok"),
        ("half \ud83d pair", "half  pair"),
    ],
)
def test_what_people_write_stays_text(title, shown):
    assert texts(message(title=title))[0] == shown


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sip:alice@acme.example",
        "javascript:alert(1)",
        "webexteams://meet?sip=a",
        "https://",
        "https:///path",
        "https://[::1",
        "https://acme.example/a b",
        "https://acme.example/\n",
        "https://acme.example/ä",
        "https://acme.example/" + "a" * 4096,
        "//acme.example",
    ],
)
def test_addresses_that_no_browser_should_open(url):
    with pytest.raises(ValueError, match=r"^the join link is not an http or https address$"):
        message(url=url)


def test_a_long_title_is_cut_between_characters():
    made = message(title="ä" * 600)
    shown = texts(made)[0]
    assert len(shown.encode()) <= 512
    assert shown == "ä" * (len(shown) - 1) + "…"


@given(title=st.text(max_size=3000), starts=st.text(max_size=500), extra=st.integers(0, 4000))
def test_any_title_gives_a_message_that_webex_takes(title, starts, extra):
    url = LINK + "?" + "a" * extra
    made = message(title=title, starts=starts, url=url)
    assert len(made["text"].encode()) <= 7439
    check_attachments(msgspec.json.decode(msgspec.json.encode(made["attachments"])))
    assert card_url(made["attachments"]) == url
    for shown in texts(made):
        assert "\n" not in shown
        assert "{{" not in shown
        assert len(shown.encode()) <= 4 * 512
