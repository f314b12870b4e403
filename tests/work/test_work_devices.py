"""Devices' lists, from orders to what a device is told."""

import json
from dataclasses import replace

import pytest

from hybridcal_daemon.domain.calls import Booking, CheckBookings, FindDevices, PutBookings
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import BookingsChecked, BookingsPut, CallFailed, DevicesFound
from hybridcal_daemon.domain.values import Instant, Plain, RequestId, Secret
from hybridcal_daemon.ports import Abilities, LocalDevice
from hybridcal_daemon.work import bookings, devicelink, webex
from hybridcal_daemon.work.joincell import JoinCell
from tests.work.fakes import ALICE

START = Instant(1_796_032_800.0)  # 2026-11-30T10:00:00Z
IDS = {"request_id": RequestId(7), "user": ALICE}
LOCAL = LocalDevice(url=Plain("https://10.0.0.5"), user=Plain("calendar"), password=Secret("very secret"))
LOCAL_ID = devicelink.local_id(LOCAL)
BOOKING = Booking(entry_id="hybridcal-1", event_id="e1", start=START, end=Instant(START + 2700))
SIP = JoinCell(
    title="Design review",
    url="https://acme.webex.com/meet/bob",
    dial="sip:bob@acme.webex.com",
    organizer=("bob@acme.example", "Bob Baker"),
)
PLAIN = bookings.Manner(lead=300, webrtc=True, say=lambda sentence: sentence)


@pytest.fixture
def linked(vault):
    """Seal a link."""

    def seal(**link):
        return vault.seal(ALICE, devicelink.DEVICES_PLACE, devicelink.encode(devicelink.DeviceLink(**link)))

    return seal


@pytest.fixture
def event(vault, cells):
    """Store an event's join cell."""

    def store(event_id="e1", **cell):
        content = Plain(json.dumps({"title": "Design review", **cell}).encode())
        cells[ALICE, event_id] = vault.seal(ALICE, f"event/{event_id}/join", content)

    return store


def put(link=None, device_id="d1", shown=(BOOKING,), **rest):
    return PutBookings(**IDS, device_id=device_id, bookings=shown, link=link, digest="x", **rest)


# ---- finding


def found(tools, link):
    answer = webex.run(FindDevices(**IDS, link=link), tools)
    assert isinstance(answer, DevicesFound), answer
    return {each.device_id: (each.online, each.capable, each.listable) for each in answer.devices}


def test_a_person_has_their_own_which_do_not_tell_their_lists(webex_tools, devices):
    devices.add("mine", person_id="P-alice")
    devices.add("hers", person_id="P-carol")
    assert found(webex_tools, None) == {"mine": (True, True, False)}


def test_a_link_names_a_workspace_single_devices_and_local_ones(webex_tools, devices, linked):
    devices.add("in", workspace_id="W1")
    devices.add("elsewhere", workspace_id="W2")
    devices.add("single", workspace_id="W3")
    link = linked(workspace_id="W1", device_ids=("single", "gone", "in"), local=(LOCAL,))
    everything = (True, True, True)
    assert found(webex_tools, link) == {"in": everything, "single": everything, LOCAL_ID: everything}


def test_what_they_can_is_what_they_say(webex_tools, devices, linked):
    devices.add("teams", workspace_id="W1", can=Abilities(put=False, list_=False))
    devices.add("silent", workspace_id="W1", can=Abilities(put=True, list_=False))
    devices.add("readonly", workspace_id="W1", commands=False)
    devices.add("off", workspace_id="W1", online=False)
    assert found(webex_tools, linked(workspace_id="W1")) == {
        "teams": (True, False, False),
        "silent": (True, True, False),
        "readonly": (True, False, False),
        "off": (False, True, True),
    }


def test_one_that_does_not_answer_hides_no_other(webex_tools, devices, linked):
    for name in ("busy", "off", "odd", "well"):
        devices.add(name, workspace_id="W1")
    devices.fails["busy"] = CallError(Kind.TRANSIENT, "deadline")
    devices.fails["odd"] = CallError(Kind.INVALID, "device-schema")
    devices.fails["off"] = CallError(Kind.TRANSIENT, "device-offline")
    devices.fails["https://10.0.0.5"] = CallError(Kind.TRANSIENT, "device-unreachable")
    seen = found(webex_tools, linked(workspace_id="W1", local=(LOCAL,)))
    assert {name: online for name, (online, _, _) in seen.items()} == {
        "busy": True,
        "off": False,
        "odd": True,
        "well": True,
        LOCAL_ID: False,
    }


def test_a_wrong_password_shows_when_the_list_is_put(webex_tools, devices, linked, event):
    event()
    devices.fails["https://10.0.0.5"] = CallError(Kind.REFUSED, "device-password")
    link = linked(local=(LOCAL,))
    assert found(webex_tools, link) == {LOCAL_ID: (True, True, True)}
    answer = webex.run(put(link, LOCAL_ID), webex_tools)
    assert (answer.kind, answer.code) == (Kind.REFUSED, "device-password")


def test_the_service_asking_to_go_slower_is_heard(webex_tools, devices, linked):
    devices.add("d1", workspace_id="W1")
    devices.fails["d1"] = CallError(Kind.THROTTLED, "webex-rate-limited", retry_after=30.0)
    answer = webex.run(FindDevices(**IDS, link=linked(workspace_id="W1")), webex_tools)
    assert (answer.kind, answer.retry_after) == (Kind.THROTTLED, 30.0)


# ---- putting


def test_a_list_is_put_as_it_should_be_shown(webex_tools, devices, event):
    event(dial="sip:bob@acme.webex.com", url="https://acme.webex.com/meet/bob", organizer=["bob@acme.example", "Bob"])
    answer = webex.run(put(lead=600), webex_tools)
    assert answer == BookingsPut(**IDS, device_id="d1", digest="x")
    assert devices.lists["d1"] == [
        {
            "Id": "hybridcal-1",
            "Title": "Design review",
            "Organizer": {"Name": "Bob", "Email": "bob@acme.example"},
            "Time": {
                "StartTime": "2026-11-30T10:00:00Z",
                "Duration": 45,
                "StartTimeBuffer": 600,
                "EndTimeBuffer": 0,
            },
            "Number": "bob@acme.webex.com",
            "Protocol": "SIP",
            "Privacy": "Public",
            "MeetingPlatform": "Webex",
        }
    ]


def test_occurrences_of_a_series_open_its_cell_once(webex_tools, devices, event, cells):
    event()
    opened = []
    tools = replace(webex_tools, join_cell=lambda user, one: opened.append(one) or cells.get((user, one)))
    again = replace(BOOKING, entry_id="hybridcal-2", start=Instant(START + 86400), end=Instant(START + 90000))
    webex.run(put(shown=(BOOKING, again)), tools)
    assert [each["Id"] for each in devices.lists["d1"]] == ["hybridcal-1", "hybridcal-2"]
    assert opened == ["e1"]


def test_what_has_gone_meanwhile_is_left_out(webex_tools, devices, event):
    event("e2")
    webex.run(put(shown=(BOOKING, replace(BOOKING, entry_id="hybridcal-2", event_id="e2"))), webex_tools)
    assert [each["Id"] for each in devices.lists["d1"]] == ["hybridcal-2"]


def test_no_list_is_put_while_the_keys_are_away(webex_tools, devices, event):
    event()

    def sealed(*_):
        raise CallError(Kind.SEALED, "kms-sealed")

    answer = webex.run(put(), replace(webex_tools, open_cell=sealed))
    assert isinstance(answer, CallFailed)
    assert answer.code == "kms-sealed"
    assert devices.lists == {}


def test_a_local_device_is_reached_with_what_the_link_says(webex_tools, devices, linked, event):
    event()
    webex.run(put(linked(local=(LOCAL,)), LOCAL_ID), webex_tools)
    assert [each["Id"] for each in devices.lists["https://10.0.0.5"]] == ["hybridcal-1"]


@pytest.mark.parametrize("link", [None, {"workspace_id": "W1"}])
def test_a_local_device_that_the_link_does_not_name_is_not_found(webex_tools, linked, event, link):
    event()
    answer = webex.run(put(link and linked(**link), LOCAL_ID), webex_tools)
    assert (answer.kind, answer.code) == (Kind.NOT_FOUND, "device-not-linked")


def test_emptying_asks_nothing_about_the_device(webex_tools, devices):
    devices.lists["d1"] = [{"Id": "x"}]
    webex.run(put(shown=()), webex_tools)
    assert devices.lists["d1"] == []


# ---- one entry


@pytest.mark.parametrize(
    ("url", "dial", "joins"),
    [
        ("https://acme.webex.com/meet/bob", "sip:bob@acme.webex.com", ("bob@acme.webex.com", "SIP", "Webex")),
        ("", "sips:123456@acme.webex.com", ("123456@acme.webex.com", "SIP", "Webex")),
        ("", "h323:10.1.2.3##4711", ("10.1.2.3##4711", "H323", "Other")),
        ("", "SIP:room@video.acme.example", ("room@video.acme.example", "SIP", "Other")),
        ("https://acme.zoom.us/j/123", "sip:123@zoomcrc.com", ("123@zoomcrc.com", "SIP", "Zoom")),
        ("", "sip:1.acme@m.webex.com", ("1.acme@m.webex.com", "SIP", "MicrosoftTeams")),
        (
            "https://teams.microsoft.com/l/meetup-join/x",
            "sip:1.acme@m.webex.com",
            ("1.acme@m.webex.com", "SIP", "MicrosoftTeams"),
        ),
        ("https://meet.google.com/abc", "", ("https://meet.google.com/abc", "WebRTC", "GoogleMeet")),
        ("https://teams.live.com/meet/1", "", ("https://teams.live.com/meet/1", "WebRTC", "MicrosoftTeams")),
        ("https://acme.zoom.us/j/123", "", ("https://acme.zoom.us/j/123", "WebRTC", "Zoom")),
        ("https://acme.webex.com/acme/j.php?MTID=m1", "", ("", "None", "None")),
        ("https://meet.google.com.evil.example/abc", "", ("", "None", "None")),
        ("https://video.acme.example/1", "", ("", "None", "None")),
        ("", "tel:+15550100", ("", "None", "None")),
        ("https://[", "", ("", "None", "None")),
        ("", "", ("", "None", "None")),
    ],
)
def test_how_a_device_joins(url, dial, joins):
    assert bookings.joining(JoinCell(title="", url=url, dial=dial), webrtc=True) == joins


def test_a_device_without_webrtc_joins_no_web_meeting():
    meet = JoinCell(title="", url="https://meet.google.com/abc")
    assert bookings.joining(meet, webrtc=False) == ("", "None", "None")


def test_whether_it_can_is_what_the_device_says(webex_tools, devices, event):
    event(url="https://meet.google.com/abc")
    devices.can["d1"] = Abilities(put=True, list_=True, webrtc=False)
    webex.run(put(), webex_tools)
    assert devices.lists["d1"][0]["Protocol"] == "None"


def test_of_a_confidential_meeting_nothing_is_told_but_how_to_join():
    secret = JoinCell(
        title="Merger", url=SIP.url, dial=SIP.dial, organizer=("bob@acme.example", "Bob"), confidential=True
    )
    told = bookings.entry(BOOKING, secret, PLAIN)
    assert (told["Title"], told["Privacy"], told["Organizer"]) == (
        "Private meeting",
        "Private",
        {"Name": "Private meeting"},
    )
    assert told["Number"] == "bob@acme.webex.com"
    assert "Merger" not in str(told)
    assert "Bob" not in str(told)


def test_the_words_that_stand_for_a_title_are_in_the_language_that_was_ordered(webex_tools, devices, event):
    event(title="Merger", confidential=True)
    webex.run(put(language="de"), replace(webex_tools, say=lambda language, sentence: f"{language}: {sentence}"))
    assert devices.lists["d1"][0]["Title"] == "de: Private meeting"


@pytest.mark.parametrize(("seconds", "minutes"), [(2700, 45), (2701, 46), (0, 1), (30, 1), (86400, 1440)])
def test_minutes_are_whole_and_never_none(seconds, minutes):
    told = bookings.entry(replace(BOOKING, end=Instant(START + seconds)), SIP, PLAIN)
    assert told["Time"]["Duration"] == minutes


def test_a_title_is_one_line_of_bounded_length_and_never_empty():
    assert bookings.entry(BOOKING, JoinCell(title=" \n\t"), PLAIN)["Title"] == "Meeting"
    assert bookings.entry(BOOKING, JoinCell(title="a\n  b"), PLAIN)["Title"] == "a b"
    long = bookings.entry(BOOKING, JoinCell(title="x" * 500), PLAIN)["Title"]
    assert (len(long), long[-1]) == (128, "…")


# ---- checking


def checked(tools, device_id="d1", *shown, link=None):
    answer = webex.run(CheckBookings(**IDS, device_id=device_id, bookings=shown or (BOOKING,), link=link), tools)
    assert isinstance(answer, BookingsChecked), answer
    return answer.same


def test_a_device_has_the_list_when_each_of_ours_is_on_it(webex_tools, devices, event):
    event()
    webex.run(put(), webex_tools)
    assert checked(webex_tools)
    devices.lists["d1"].append({"Id": "somebody else's", "Time": {"StartTime": "2026-11-30T12:00:00Z"}})
    assert checked(webex_tools)
    assert not checked(webex_tools, "d1", replace(BOOKING, start=Instant(START + 60)))
    devices.lists["d1"].clear()
    assert not checked(webex_tools)


# ---- the link


def test_a_link_is_read_back_as_it_was_and_nothing_else_is():
    link = devicelink.DeviceLink(workspace_id="W", device_ids=("a", "b"), local=(LOCAL,))
    assert devicelink.decode(devicelink.encode(link)) == link
    assert "secret" not in repr(link)
    with pytest.raises(CallError, match="kms-tampered"):
        devicelink.decode(Plain(b'{"workspace_id": 1}'))


def test_a_local_id_says_nothing_of_the_address():
    assert LOCAL_ID.startswith("local:")
    assert "10.0.0.5" not in LOCAL_ID
    assert devicelink.local_id(replace(LOCAL, url=Plain("https://10.0.0.6"))) != LOCAL_ID
