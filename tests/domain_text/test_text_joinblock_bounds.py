"""What Google does to a description around our block, and how much work a hostile one makes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridcal_daemon.domain import htmltext
from hybridcal_daemon.domain.joinblock import BEGIN, END, Room, compose, find, same
from hybridcal_daemon.domain.values import Plain

GOOGLE_RULER = "-::~:~::~" + ":~" * 40 + "::~:~::-"
GOOGLE_REGION = f"{GOOGLE_RULER}\nJoin with Google Meet: https://meet.google.com/abc-defg-hij\n{GOOGLE_RULER}"
ROOM = Room(link=Plain("https://acme.webex.com/meet/alice"), sip_address=Plain("alice@acme.webex.com"))


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("Agenda", "Agenda", True),
        ("Agenda", "Agenda ", False),
        ("Agenda", "agenda", False),
        (f"Agenda\n\n{GOOGLE_REGION}", "Agenda", True),
        (f"Agenda\n\n{GOOGLE_REGION}\n", "Agenda\n\n", True),
        (f"<b>Agenda</b><br><br>{GOOGLE_REGION}", "<b>Agenda</b>", True),
        (f"Agenda {GOOGLE_REGION}", f"{GOOGLE_REGION} Agenda", True),
        (f"Agenda\n{GOOGLE_REGION}", f"Agenda\n{GOOGLE_REGION.replace('abc', 'xyz')}", True),
        (f"Agenda\n{GOOGLE_REGION}\nmore", "Agenda", False),
        (f"Agenda\n{GOOGLE_REGION}\nmore", "Agenda\n\nmore", True),
        (f"Agenda\n{GOOGLE_REGION}", "Agenda 2", False),
        (f"Agenda\n{GOOGLE_RULER}", "Agenda", False),
        ("Agenda\n-::~:~::~:~::-\nx\n-::~:~::~:~::-", "Agenda", False),
    ],
)
def test_same_looks_past_googles_own_region_only(one, other, equal):
    assert same(one, other) is equal
    assert same(other, one) is equal


@given(st.text(max_size=40))
def test_google_taking_its_region_out_of_what_we_wrote_is_no_difference(text):
    composed = compose(text, ROOM)
    assert same(composed, composed)
    assert same(f"{composed}\n\n{GOOGLE_REGION}", composed)


def seconds(text):
    def once():
        begin = time.process_time()
        find(text)
        same(text, text + " ")
        htmltext.lines(text)
        return time.process_time() - begin

    return min(once() for _ in range(3))


@pytest.mark.parametrize(
    "unit",
    [
        "\u00bb",
        BEGIN,
        END,
        f"{BEGIN}{END}",
        f"{BEGIN} x@y {END}",
        "&raquo;",
        "<b ",
        "<br",
        "&#1",
        "-::~:~::~:~",
        ":~",
        "x@",
        "@x.",
        "https://",
    ],
)
def test_work_grows_no_faster_than_the_text(unit):
    small, large = 4096, 65_536
    ratio = seconds((unit * large)[:large]) / max(seconds((unit * small)[:small]), 0.0003)
    assert ratio < 16 * 3
