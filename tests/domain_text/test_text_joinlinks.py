"""Recognising how to join."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridcal_daemon.domain import joinlinks, joinscan
from hybridcal_daemon.domain.joinblock import Room, compose
from hybridcal_daemon.domain.joinlinks import JoinLink, find_join
from hybridcal_daemon.domain.joinproviders import WEBEX, ZOOM
from hybridcal_daemon.domain.values import Plain

SAMPLES = json.loads((Path(__file__).parents[1] / "data" / "join_links.json").read_text(encoding="utf-8"))
ROOM = Room(link=Plain("https://acme.webex.com/meet/alice"), sip_address=Plain("alice.room@acme.webex.com"))
MEET = "https://meet.google.com/abc-defg-hij"


def url(location="", body="", conference=""):
    found = find_join(location, body, conference)
    return found.url if found else None


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["text"][:60])
@pytest.mark.parametrize("field", ["location", "body"])
def test_samples(sample, field):
    found = find_join(**({"location": "", "body": "", "conference_uri": ""} | {field: sample["text"]}))
    assert (found.url if found else None) == sample["url"]
    assert (found.provider if found else None) == sample["provider"]
    if "dial" in sample:
        assert found is not None
        assert found.dial == sample["dial"]


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/meet/alice",
        "https://acme.webex.com.evil.example/meet/alice",
        "https://acme-webex.com/meet/alice",
        "https://acme.webex.com@evil.example/meet/alice",
        "https://alice:pw@acme.webex.com/meet/alice",
        "https://acme.webex.com:8443/meet/alice",
        "https://acme.webex.com:80/meet/alice",
        "https://acme.webex.com:4430/meet/alice",
        "https://acme.webex.com\\@evil.example/meet/alice",
        "https://acme.webex.com%2eevil.example/meet/alice",
        "https://acme.webex.com./meet/alice",
        "https://webex.com/meet/alice",
        "https://help.webex.com/meet/alice",
        "https://acme.webex.com/acme/ldr.php?RCID=0123456789",
        "https://acme.webex.com/recordingservice/sites/acme/recording/0123456789",
        "https://acme.webex.com/meet/j\u00fcrgen",
        "https://acme.w\u0435bex.com/meet/alice",
        "javascript://acme.webex.com/meet/alice",
        "file://acme.webex.com/meet/alice",
        "data:text/html,//acme.webex.com/meet/alice",
        "//acme.webex.com/meet/alice",
        "alice@acme.webex.com/meet/alice",
        "acme.webex.com",
        "meet.google.com",
        "https://meet.google.com/abc-defg-hijk",
        "https://meet.google.com/abc-defg-hij/more",
        "https://zoom.us/j/123/more",
        "https://zoom.us/u/123456789",
        "https://zoom.us/meeting/register/tJ0123456789",
        "https://evil.example/?u=https://acme.webex.com/meet/alice",
        "evil.example/?u=https://acme.webex.com/meet/alice",
        "https://evil.example/https://acme.webex.com/meet/alice",
        "https://www.google.com/search?q=https://zoom.us/j/1",
        "https://www.google.com/url?q=javascript://zoom.us/j/1",
        "https://www.google.com/url?q=zoommtg://zoom.us/join?confno=1",
        "https://www.google.com/url?q=https://zoom.us%40evil.example/j/1",
        "https://www.google.com/url?q=https://zoom.us/j/1%0d%0aX:y",
        "https://www.google.com/url?q=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttps%3A%2F%2Fzoom.us%2Fj%2F1",
        "https://www.google.com.evil.example/url?q=https://zoom.us/j/1",
        "https://urldefense.com/v3/__https://zoom.us/j/*__;!!abc$",
        "https://urldefense.com/v3/__https://zoom.us/j/*__;A!!abc$",
        "https://urldefense.com/v3/__https://zoom.us/j/1__;JSUl!!abc$",
        "https://secure-web.cisco.com/token",
    ],
)
def test_refuses(text):
    assert url(body=text) is None
    assert url(location=text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<https://zoom.us/j/123>", "https://zoom.us/j/123"),
        ("[https://zoom.us/j/123](https://zoom.us/j/123)", "https://zoom.us/j/123"),
        ("**https://zoom.us/j/123**", "https://zoom.us/j/123"),
        ("'https://zoom.us/j/123'", "https://zoom.us/j/123"),
        ("\u00abhttps://zoom.us/j/123\u00bb", "https://zoom.us/j/123"),
        ("https://zoom.us/j/123,https://zoom.us/j/456", "https://zoom.us/j/123"),
        ("see https://zoom.us/j/123; or call", "https://zoom.us/j/123"),
        ("link=https://zoom.us/j/123!", "https://zoom.us/j/123"),
        ("HTTPS://ZOOM.US/j/123", "https://zoom.us/j/123"),
        ("http://zoom.us/j/123", "https://zoom.us/j/123"),
        ("\u4f1a\u8b70https://zoom.us/j/123\u306b\u53c2\u52a0", "https://zoom.us/j/123"),
        ("(zoom.us/j/123)", "https://zoom.us/j/123"),
        ('<a href="https://zoom.us/j/1?pwd=a&amp;uname=b">x</a>', "https://zoom.us/j/1?pwd=a&uname=b"),
        ("https://zoom.us/j/1?pwd=a&copy=2", "https://zoom.us/j/1?pwd=a&copy=2"),
        (
            "https://acme.webex.com/acme/k2/j.php?x=1&mtid=e0123&y=2",
            "https://acme.webex.com/acme/k2/j.php?x=1&mtid=e0123&y=2",
        ),
        (
            "https://acme.webex.com/webappng/sites/acme/meeting/info/0123",
            "https://acme.webex.com/webappng/sites/acme/meeting/info/0123",
        ),
        ("https://acme.webex.com/acme/meet/alice.b", "https://acme.webex.com/acme/meet/alice.b"),
        ("https://urldefense.com/v3/__https:/zoom.us/j/1*pwd=a**Ab__;PyUl!!x$", "https://zoom.us/j/1?pwd=a%%b"),
    ],
)
def test_finds(text, expected):
    assert url(body=text) == expected


def test_conference_data_then_location_then_body():
    zoom, teams = "https://zoom.us/j/123", "https://teams.microsoft.com/l/meetup-join/abc"
    assert url(zoom, teams, MEET) == MEET
    assert url(zoom, teams, "") == zoom
    assert url("Room 5", teams, "") == teams
    assert url("Room 5", teams, "https://unknown.example/x") == teams


def test_passcode_beats_its_bare_twin_wherever_it_stands():
    bare, full = "https://zoom.us/j/123", "https://us02web.zoom.us/j/123?pwd=abc"
    assert url(bare, f"{bare} or {full}", "") == full
    assert url(full, bare, "") == full
    assert url("https://zoom.us/j/124", full, "") == "https://zoom.us/j/124"
    assert url("", "https://teams.microsoft.com/meet/123456789 https://teams.microsoft.com/meet/123456789?p=x") == (
        "https://teams.microsoft.com/meet/123456789?p=x"
    )


def test_googles_own_line_beats_a_pasted_meet_link_but_not_another_service():
    own = f"Videochiamata con Google Meet: {MEET}"
    assert url(body=f"https://meet.google.com/zzz-zzzz-zzz\n{own}") == MEET
    assert url(body=f'https://meet.google.com/zzz-zzzz-zzz Google Meet: <a href="{MEET}">x</a>') == MEET
    assert url(body=f"https://zoom.us/j/1\n{own}") == "https://zoom.us/j/1"


def test_our_own_block_wins_over_everything():
    for text in ("Agenda", "Agenda https://zoom.us/j/1", "<p>Agenda</p>"):
        found = find_join("https://zoom.us/j/2", compose(text, ROOM), MEET)
        link, dial = ROOM.link.reveal(), "sip:alice.room@acme.webex.com"
        assert found == JoinLink(url=link, web=link, provider="webex", dial=dial, rule="own-block")


def test_a_forged_block_opens_no_other_host():
    forged = compose("", Room(link=Plain("https://evil.example/meet/alice"), sip_address=Plain("a@evil.example")))
    assert find_join("", forged, "") is None
    assert url("", forged, MEET) == MEET
    other = compose("", Room(link=Plain("https://zoom.us/j/1"), sip_address=Plain("")))
    assert url("", other, MEET) == MEET
    half = compose("", Room(link=Plain("https://acme.webex.com/meet/alice"), sip_address=Plain("a@evil.example")))
    found = find_join("", half, "")
    assert found is not None
    assert found.dial == "sip:alice@acme.webex.com"


@pytest.mark.parametrize(
    ("body", "dial"),
    [
        ("https://acme.webex.com/meet/alice", "sip:alice@acme.webex.com"),
        ("https://acme.webex.com/acme/j.php?MTID=m0123", ""),
        ("https://acme.webex.com/acme/j.php?MTID=m0123 dial 2634123@acme.webex.com.", "sip:2634123@acme.webex.com"),
        ("https://acme.webex.com/acme/j.php?MTID=m0123 sip:bob@acme.webex.com", "sip:bob@acme.webex.com"),
        ("https://acme.webex.com/acme/j.php?MTID=m0123 bob@acme.webex.com", ""),
        ("https://acme.webex.com/acme/j.php?MTID=m0123 2634123@acme.webex.com.evil.example", ""),
        ("https://acme.webex.com/acme/j.php?MTID=m0123 2634123@other.webex.com", ""),
    ],
)
def test_video_address(body, dial):
    found = find_join("", body, "")
    assert found is not None
    assert found.dial == dial


def test_mentions_names_the_service():
    assert joinlinks.mentions("at https://zoom.us/j/1 or acme.webex.com/meet/alice", WEBEX)
    assert joinlinks.mentions("at https://zoom.us/j/1", ZOOM)
    assert not joinlinks.mentions("at https://zoom.us/j/1", WEBEX)


def test_a_link_is_not_shown_by_accident():
    assert "alice" not in repr(find_join("https://acme.webex.com/meet/alice", "", ""))


def test_reads_the_beginning_and_the_end_of_a_text_and_a_bounded_number_of_links():
    much = "x " * joinscan.MAX_TEXT
    for text in (MEET + " " + much, much + MEET, much + MEET + " " + much[: joinscan.MAX_TEXT - 50]):
        assert url(body=text) == MEET
    assert url(body=much + MEET + " " + much) is None
    decoys = "a.b/c " * (joinscan.MAX_LINKS - 1)
    assert url(body=decoys + MEET) == MEET
    assert url(body="a.b/c " + decoys + MEET) is None
    assert url(body=f"{MEET}?{'x' * joinscan.MAX_LINK}") is None


HOSTILE = {
    "letters": "a",
    "dots": "a.",
    "labels": "a-",
    "schemes": "https://",
    "schemes in one run": "http://a?",
    "commas": ",https://a.b/c",
    "half references": "&am",
    "references": "&amp;",
    "half tags": "<a ",
    "half marks": "\u00bb\u00bb\u00bb hybridcal ",
    "marks": "\u00bb\u00bb\u00bb hybridcal \u00bb\u00bb\u00bb\n",
    "addresses": "1234567@",
    "rulers": "-::~:~::~:~",
    "j.php": "https://acme.webex.com/acme/j.php?&&&&&&& ",
    "wrappers": "https://urldefense.com/v3/__a__;__a__; ",
    "meets": f"Google Meet: {MEET}-x ",
    "good meets": f"Google Meet: {MEET} ",
    "slashes": "a/ ",
    "schemeless": "a.b/c ",
    "many labels": "https://" + "a." * 30 + "x/ ",
    "sip addresses": "sip:a@b.c ",
    "telephones": "tel:+1234 ",
    "gatekeepers": "1.1.1.1##1 ",
    "gatekeepers without a number": "a-b.c-d.e-f##",
    "tenant keys": "a@m.webex.com 1 2 3 4 ",
    "interop links": "https://a.b/teams/?conf=",
    "invisible": "\u200b",
    "stops": "_https://a.b/\u060c\u060c ",
    "invisible in links": "https://a.b/\u200b ",
    "quoted-printable": "=3D=\n",
    "passcodes": "https://zoom.us/j/" + "1" * 40 + " passcode: ",
    "amazon": "https://a.awstrack.me/L0/https:%2F%2Fzoom.us%2Fj%2F1/1/ ",
    "own hosts": "https://join.example.com/example.com/meet/first.last/89SWV0TY ",
    "links in data": "data:text/html,a.b/c ",
    "short numbers": "123@a.b ",
    "hosts for meetings": "https://meetings.dialpad.com/x/y/z ",
    "parameters": "https://meeting.zoho.com/join?" + "a&" * 100 + " ",
}


def filled(unit, size):
    return (unit * (size // len(unit) + 1))[:size]


def seconds(text):
    def once():
        begin = time.process_time()
        find_join(text, text, text)
        return time.process_time() - begin

    return min(once() for _ in range(3))


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_work_grows_no_faster_than_the_text(unit):
    small, large = joinscan.MAX_TEXT // 8, joinscan.MAX_TEXT * 2
    ratio = seconds(filled(unit, large)) / max(seconds(filled(unit, small)), 0.0005)
    assert ratio < 16 * 3


def test_a_megabyte_costs_no_more_than_what_is_read_of_it():
    for unit in list(HOSTILE.values())[::3]:
        text = filled(unit, 1_000_000)
        assert seconds(text) < 4 * max(seconds(text[: 2 * joinscan.MAX_TEXT]), 0.005)


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_read_without_an_exception(location, body, conference):
    found = find_join(location, body, conference)
    assert found is None or found.web == "" or found.web.startswith("https://")


@given(st.text(alphabet="abc./:@?#&=%\\ \thtps", max_size=30), st.text(alphabet="abc./:@?#&=%\\ \t", max_size=30))
def test_whatever_is_accepted_is_on_a_host_of_the_table(before, after):
    found = find_join("", f"{before}zoom.us/j/1{after}", "")
    if found is not None and found.web:
        host = found.web.removeprefix("https://").partition("/")[0]
        assert host == "zoom.us" or host.endswith(".zoom.us")
