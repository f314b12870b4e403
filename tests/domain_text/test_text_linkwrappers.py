"""Links inside other people's links, and what hides in text."""

from __future__ import annotations

import pytest

from hybridcal_daemon.domain.joinlinks import find_join

ZOOM = "https://zoom.us/j/123"
QUOTED = "https%3A%2F%2Fzoom.us%2Fj%2F123"


def url(text):
    found = find_join("", text, "")
    return found.url if found else None


@pytest.mark.parametrize(
    "text",
    [
        f"https://nam12.safelinks.protection.outlook.com/?url={QUOTED}&data=05",
        f"https://gcc02.safelinks.protection.office365.us/?url={QUOTED}&data=05",
        f"https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url={QUOTED}",
        f"https://www.google.de/url?sa=D&q={QUOTED}",
        f"https://urldefense.proofpoint.com/v1/url?u={QUOTED}&k=x",
        "https://urldefense.proofpoint.com/v2/url?u=https-3A__zoom.us_j_123&d=DwMF",
        f"https://urldefense.us/v3/__{ZOOM}__;!abc$",
        f"https://linkprotect.cudasvc.com/url?a={QUOTED}&c=E,1",
        "https://eu-central-1.protection.sophos.com/?d=zoom.us&u=aHR0cHM6Ly96b29tLnVzL2ovMTIz&i=Nj",
        "https://eu-central-1.protection.sophos.com?d=zoom.us&u=aHR0cHM6Ly96b29tLnVzL2ovMTIz&i=Nj",
        f"https://imsva91-ctp.trendmicro.com/wis/clicktime/v1/query?url={QUOTED}&umid=8C",
        f"https://imsva91-ctp.trendmicro.com:443/wis/clicktime/v1/query?url={QUOTED}",
        f"https://clicktime.symantec.com/15xVcHh2?h=QCY&u={ZOOM}",
        f"https://protect2.fireeye.com/v1/url?k=abc&u={QUOTED}",
        f"https://url.avanan.click/v2/r01/___{ZOOM}___.YXAz",
        f"https://protect.checkpoint.com/v2/___{ZOOM}___.YXAz",
        f"https://secure-web.cisco.com/1W2R4/{QUOTED}",
        f"https://abc.r.us-east-1.awstrack.me/L0/{QUOTED}/1/0100",
        f"https://slack-redir.net/link?url={QUOTED}",
        f'<a href="https://nam12.safelinks.protection.outlook.com/?url={QUOTED}&amp;data=05">{ZOOM}0</a>',
    ],
)
def test_unwraps(text):
    assert url(text) == ZOOM


@pytest.mark.parametrize(
    "text",
    [
        f"https://evil.example/?url={QUOTED}",
        f"https://safelinks.protection.outlook.com.evil.example/?url={QUOTED}",
        f"https://www.google.evil.example/url?q={QUOTED}",
        "https://nam12.safelinks.protection.outlook.com/?url=javascript%3Aalert(1)",
        "https://nam12.safelinks.protection.outlook.com/?url=zoom.us%2Fj%2F123",
        f"https://slack-redir.net/link?url=https%3A%2F%2Flinkprotect.cudasvc.com%2Furl%3Fa%3D{QUOTED}",
        "https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fzoom.us%40evil.example%2fj%2f1",
        "https://eu-central-1.protection.sophos.com/?u=%FF%FE",
        "https://eu-central-1.protection.sophos.com/?u=gICA",
        "https://protect-eu.mimecast.com/s/0wSdCVON0gczLDq1tGaO_q?domain=zoom.us",
        "https://url.avanan.click/v2/r01/___ftp://zoom.us/j/1___.YXAz",
    ],
)
def test_refuses(text):
    assert url(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://zoom.us/j/12\u200b345", "https://zoom.us/j/12345"),
        ("https://zoom.us/j/123\u200bnext", ZOOM),
        ("\ufeffhttps://zoom.us/j/123\u200b.", ZOOM),
        ("https://zoom&#8203;.us/j/123", ZOOM),
        ("https://zoom.us<wbr>/j/123", ZOOM),
        ("https://zoom.us\u200b.evil.example/j/1", None),
        ("https://zoom.us/j/12=\n3?pwd=3Dabc=\r\ndef", "https://zoom.us/j/123?pwd=abcdef"),
        ("https://zoom.us/j/123?pwd=abc=\nnext", "https://zoom.us/j/123?pwd=abc="),
        ("https://zoom.us:443/j/123", ZOOM),
        ("http://zoom.us:80/j/123", ZOOM),
        ("https://zoom.us:80/j/123", None),
        ("https://zoom\uff0eus/j/123", None),
        ("https://\uff5aoom.us/j/123", None),
        ('<a href="https://evil.example/">https://zoom.us/j/123</a>', ZOOM),
        ('<a href="https://zoom.us/j/123">https://evil.example/</a>', ZOOM),
        ("zoomus://zoom.us/join?confno=123", ZOOM),
        ("zoommtg://zoom.us/join?action=join&confno=123", ZOOM),
        ("zoommtg://evil.example/join?confno=123", None),
        ("zoommtg://webex.com/join?confno=123", None),
    ],
)
def test_what_hides_in_text(text, expected):
    assert url(text) == expected


def test_a_link_for_zooms_own_application_opens_in_a_browser_too():
    found = find_join("", "zoommtg://zoom.us/join?confno=123&pwd=x&uname=Betty", "")
    assert found is not None
    assert found.provider == "zoom_native"
    assert found.web == "https://zoom.us/j/123?pwd=x"
