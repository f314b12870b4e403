"""What is dialled."""

from __future__ import annotations

import pytest

from hybridcal_daemon.domain.joinlinks import find_join

TEAMS = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0"
ZOOM = "https://acme.zoom.us/j/81234567890?pwd=aBcD.1"


def joined(text, location=""):
    found = find_join(location, text, "")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "provider", "url", "dial"),
    [
        ("dial sip:alice@vc.acme.example.", "sip", "sip:alice@vc.acme.example", "sip:alice@vc.acme.example"),
        (
            "sips:alice@vc.acme.example:5061",
            "sips",
            "sips:alice@vc.acme.example:5061",
            "sips:alice@vc.acme.example:5061",
        ),
        ("<a href='sip:1@vc.acme.example'>x</a>", "sip", "sip:1@vc.acme.example", "sip:1@vc.acme.example"),
        ("SIP:92115684076@zoomcrc.com", "zoom_crc", "sip:92115684076@zoomcrc.com", "sip:92115684076@zoomcrc.com"),
        ("615734219@acme.webex.com", "webex_sip", "sip:615734219@acme.webex.com", "sip:615734219@acme.webex.com"),
        ("call 12345@vc.acme.example", "sip", "sip:12345@vc.acme.example", "sip:12345@vc.acme.example"),
        ("10.20.30.40##1234", "h323", "h323:10.20.30.40##1234", "h323:10.20.30.40##1234"),
        ("pexip:team@acme.example", "pexip_scheme", "pexip:team@acme.example", "sip:team@acme.example"),
        ("tel:+1 or tel:+13238494874,,123456789#.", "tel", "tel:+13238494874,,123456789#", ""),
        (
            "key@teams.bjn.vc VTC Conference ID: 1291418361",
            "teams_cvi_bluejeans",
            "sip:key.1291418361@teams.bjn.vc",
            "sip:key.1291418361@teams.bjn.vc",
        ),
    ],
)
def test_addresses_without_any_link(text, provider, url, dial):
    found = joined(text)
    assert (found.provider, found.url, found.dial, found.web) == (provider, url, dial, "")


@pytest.mark.parametrize(
    "text",
    [
        "alice@acme.example",
        "mailto:alice@acme.example",
        "123456@qq.com",
        "conf:sip:alice@acme.example;gruu;opaque=app:conf:focus:id:ABC123",
        "sip:alice@acme.example;gruu;opaque=app:conf:focus:id:ABC123",
        "sip:alice@zoom.us@evil.example",
        "gossip:alice@acme.example",
        "sip:alice@localhost",
        "sip:alice:secret@acme.example",
        "hotel:+4412345678",
        "tel:+",
        "10.20.30.40",
    ],
)
def test_what_is_no_address(text):
    assert find_join("", text, "") is None


def test_a_telephone_comes_last_and_is_no_video_address():
    found = joined("tel:+441234567890 sip:alice@vc.acme.example")
    assert found.url == "sip:alice@vc.acme.example"
    assert joined(f"tel:+441234567890 {ZOOM}").web == ZOOM


@pytest.mark.parametrize(
    ("more", "dial"),
    [
        ("", "sip:81234567890@zoomcrc.com"),
        ("Passcode: 123456", "sip:81234567890.123456@zoomcrc.com"),
        ("\u30d1\u30b9\u30b3\u30fc\u30c9: 123456", "sip:81234567890.123456@zoomcrc.com"),
        ("Passcode: aB3cD4", "sip:81234567890@zoomcrc.com"),
        ("+16699006833,,81234567890#,,,,*123456# US", "sip:81234567890.123456@zoomcrc.com"),
        ("+16699006833,,99999999999#,,,,*123456# US", "sip:81234567890@zoomcrc.com"),
        ("81234567890.55@zoomcrc.com Passcode: 123456", "sip:81234567890.55@zoomcrc.com"),
        ("81234567890.55@zoomcrc.com.evil.example", "sip:81234567890@zoomcrc.com"),
    ],
)
def test_zoom_by_its_room_connector(more, dial):
    assert joined(f"{ZOOM}\n{more}").dial == dial


def test_other_forms_of_zoom():
    assert joined("https://zoom.us/j/123456?pwd=654321").dial == "sip:123456.654321@zoomcrc.com"
    assert joined("https://acme.zoomgov.com/j/1601234567").dial == "sip:1601234567@sip.zoomgov.com"
    assert joined("https://zoom.us/my/alice").dial == ""


@pytest.mark.parametrize(
    ("more", "dial"),
    [
        ("", ""),
        ("Tenant key:\nacme@m.webex.com\nVideo ID:\n119 856 328 6", "sip:1198563286.acme@m.webex.com"),
        ("<b>Schl\u00fcssel:</b> acme@m.webex.com<br>Video-ID: 119 856 328 6", "sip:1198563286.acme@m.webex.com"),
        ("acme@m.webex.com<mailto:acme@m.webex.com>\nID: 119 856 328 6\n", "sip:1198563286.acme@m.webex.com"),
        ("1198563286.acme@m.webex.com", "sip:1198563286.acme@m.webex.com"),
        ("acme@m.webex.com", "sip:acme@m.webex.com"),
        ("acme@m.webex.com.evil.example 119 856 328 6", ""),
        (
            "https://www.webex.com/msteams?confid=1259772026&amp;tenantkey=acme&amp;domain=m.webex.com",
            "sip:1259772026.acme@m.webex.com",
        ),
        ("https://www.webex.com/msteams?confid=1259772026&tenantkey=acme&domain=evil.example", ""),
        ("teams@vc.acme.example <https://pexip.me/teams/vc.acme.example/1251818072>", "sip:1251818072@vc.acme.example"),
        ("https://gw.acme.example/teams/?conf=1234&ivr=teams&d=vc.acme.example&ip=1.2.3.4", "sip:1234@vc.acme.example"),
        ("https://gw.acme.example/teams/?conf=12&d=vc.acme.example&prefix=aa", "sip:aa12@vc.acme.example"),
        ("813878896@t.plcm.vc VTC Conference ID: 017920684", "sip:813878896@t.plcm.vc"),
    ],
)
def test_teams_by_video_interop(more, dial):
    found = joined(f"{TEAMS}\n{more}")
    assert (found.web, found.dial) == (TEAMS, dial)


def test_services_with_a_form_of_their_own():
    assert joined("https://bluejeans.com/184405040?src=calendarLink").dial == "sip:184405040@bjn.vc"
    assert joined("https://bluejeans.com/184405040/1234").dial == "sip:184405040.1234@bjn.vc"
    assert joined("https://call.lifesizecloud.com/12345").dial == "sip:12345@sip.lifesizecloud.com"
    assert joined("https://meet.google.com/abc-defg-hij").dial == ""
    pexip = joined("https://vc.acme.example/webapp/conference/team@acme.example?callType=video")
    assert pexip.dial == "sip:team@acme.example"


@pytest.mark.parametrize(
    ("more", "dial"),
    [
        ("Or dial directly: 123456789@67.217.95.2 or 67.217.95.2##123456789", "sip:123456789@67.217.95.2"),
        ("67.217.95.2##123456789", "h323:67.217.95.2##123456789"),
        ("sip:123456789@vc.acme.example", "sip:123456789@vc.acme.example"),
        ("987654321@67.217.95.2", ""),
        ("sip:alice@acme.example", ""),
    ],
)
def test_a_written_address_with_the_meetings_own_number(more, dial):
    assert joined(f"https://global.gotomeeting.com/join/123456789\n{more}").dial == dial


def test_an_address_in_the_location_is_for_the_room_whatever_the_link():
    found = joined("https://meet.google.com/abc-defg-hij", location="sip:board@vc.acme.example")
    assert found.dial == "sip:board@vc.acme.example"
    assert found.web == "https://meet.google.com/abc-defg-hij"
    assert joined("https://meet.google.com/abc-defg-hij sip:alice@acme.example").dial == ""
