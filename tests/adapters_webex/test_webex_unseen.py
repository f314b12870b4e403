"""What Webex tells in confidence stays unseen, and what it gives for a link is one."""

import msgspec
import pytest

from hybridcal_daemon.adapters.webex.requests import is_https
from hybridcal_daemon.adapters.webex.wire import Grant
from hybridcal_daemon.adapters.webex.wire_meetings import WireMeeting, WireMeetings

MEETING = {
    "id": "m1",
    "title": "Merger",
    "start": "2026-11-30T10:00:00Z",
    "end": "2026-11-30T11:00:00Z",
    "webLink": "https://acme.webex.com/j.php?MTID=merger",
    "password": "Merger1",
    "hostKey": "merger",
}


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (WireMeeting, MEETING),
        (WireMeetings, {"items": [MEETING]}),
        (Grant, {"access_token": "merger", "expires_in": 1, "refresh_token": "merger"}),
    ],
)
def test_an_answer_that_is_shown_says_nothing(shape, said):
    read = msgspec.convert(said, shape)
    assert "merger" not in f"{read!r} {read}".casefold()


@pytest.mark.parametrize(
    "link",
    [
        "http://acme.webex.com/x",
        "https://acme.webex.com@evil.example/x",
        "https://evil.example\\@acme.webex.com/x",
        'https://acme.webex.com/"onclick="x',
        "https://acme.webex.com/<b>",
        "https://acme.webex.com/a b",
        "https:///x",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_plain_link_is_not_written_into_invitations(link):
    assert not is_https(link)


def test_a_link_of_webex_is_one():
    assert is_https("https://acme.webex.com/acme/j.php?MTID=m64f1&x=%40")
