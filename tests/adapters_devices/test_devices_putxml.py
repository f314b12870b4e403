"""Devices that are spoken to directly, over the stand-in on loopback and over prepared answers."""

from dataclasses import replace

import pytest

from hybridcal_daemon.adapters.clock import SystemClock
from hybridcal_daemon.adapters.devices import Devices, PutXml
from hybridcal_daemon.adapters.devices.xmlanswer import BadXml, read
from hybridcal_daemon.adapters.http import BoundedClient, HttpSettings
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Plain, Secret
from hybridcal_daemon.ports import Abilities, HttpFailure, HttpResponse, LocalDevice, WebexDevice
from hybridcal_daemon.sandbox.certificates import Authority
from hybridcal_daemon.sandbox.roomdevice import RoomDevice
from hybridcal_daemon.sandbox.server import ServedSandbox

START = 1_796_032_800.0  # 2026-11-30T10:00:00Z
ENTRY = {
    "Id": "hybridcal-1",
    "Title": "Wer & was <noch>? 設計 \"'",
    "Organizer": {"Name": "Bob"},
    "Time": {"StartTime": "2026-11-30T10:00:00Z", "Duration": 45},
    "Number": "bob@acme.webex.com",
    "Protocol": "SIP",
}


class Clock:
    def now(self):
        return START

    def monotonic(self):
        return 0.0


class Direct:
    """An HttpClient that calls the device; ``fails``: what it raises instead."""

    def __init__(self, device):
        self.device = device
        self.fails = None
        self.requests = []

    def send(self, request):
        self.requests.append(request)
        if self.fails:
            raise self.fails
        return self.device.handle(request)


class Prepared:
    """An HttpClient with one answer."""

    def __init__(self, status, body=b""):
        self.answer = HttpResponse(status=status, headers={}, body=body)

    def send(self, _request):
        return self.answer


@pytest.fixture
def device():
    return RoomDevice(clock=Clock(), user="calendar", password="pass:wörd")


@pytest.fixture
def client(device):
    return Direct(device)


@pytest.fixture
def where():
    return LocalDevice(url=Plain("https://10.0.0.5"), user=Plain("calendar"), password=Secret("pass:wörd"))


def failure_of(call):
    with pytest.raises(CallError) as failure:
        call()
    return failure.value.kind, failure.value.code


def test_a_list_is_put_replaced_and_told(device, client, where):
    api = PutXml(client)
    assert api.abilities(where) == Abilities(put=True, list_=True)
    api.put_bookings(where, [ENTRY])
    assert device.bookings() == [ENTRY]
    (listed,) = api.list_bookings(where)
    assert (listed.entry_id, listed.start, listed.end) == ("hybridcal-1", START, START + 2700)
    api.put_bookings(where, [])
    assert device.bookings() == api.list_bookings(where) == []
    device.reboot()
    assert api.list_bookings(where) == []


@pytest.mark.parametrize("sign", ["\uffff", "\ufffe", "\x00", "\x0b", "\x7f", "\x85", "\U0010ffff", "]]>", "&amp;"])
def test_no_sign_in_one_title_costs_the_list(device, client, where, sign):
    """Whoever may invite a room chooses the title; XML does not hold every sign."""
    hostile = {**ENTRY, "Id": "hybridcal-2", "Title": f"a{sign}b"}
    PutXml(client).put_bookings(where, [ENTRY, hostile])
    assert device.bookings() == [ENTRY, hostile]


def test_older_devices_have_another_path(where):
    old = RoomDevice(clock=Clock(), user="calendar", password="pass:wörd", old=True)
    PutXml(Direct(old)).put_bookings(where, [ENTRY])
    assert old.bookings() == [ENTRY]
    assert [path for path, _ in old.asked] == ["/putxml", "/bookingsputxml"]


def test_a_device_without_bookings_is_not_capable(where):
    teams = RoomDevice(clock=Clock(), user="calendar", password="pass:wörd", bookings_known=False)
    api = PutXml(Direct(teams))
    assert api.abilities(where) == Abilities(put=False, list_=False)
    assert failure_of(lambda: api.put_bookings(where, [])) == (Kind.REFUSED, "device-not-capable")


def test_a_wrong_password_is_said_to_be_wrong(client, where):
    wrong = replace(where, password=Secret("guess"))
    assert failure_of(lambda: PutXml(client).put_bookings(wrong, [])) == (Kind.REFUSED, "device-password")


def test_what_the_device_does_not_take_is_refused(client, where):
    bad = {**ENTRY, "Protocol": "Pigeon"}
    assert failure_of(lambda: PutXml(client).put_bookings(where, [bad])) == (Kind.INVALID, "device-schema")


@pytest.mark.parametrize(
    ("code", "said"), [("tls", "device-tls"), ("deadline", "device-unreachable"), ("unreachable", "device-unreachable")]
)
def test_a_dead_device_has_codes_of_its_own(client, where, code, said):
    client.fails = HttpFailure(code, sent=True)
    assert failure_of(lambda: PutXml(client).list_bookings(where)) == (Kind.TRANSIENT, said)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, b"", (Kind.REFUSED, "device-not-capable")),
        (302, b"", (Kind.TRANSIENT, "device-unreachable")),
        (500, b"", (Kind.TRANSIENT, "device-unreachable")),
        (200, b"<html>Welcome</html>", (Kind.TRANSIENT, "device-unreachable")),
        (200, b"no xml", (Kind.TRANSIENT, "device-unreachable")),
    ],
)
def test_what_is_no_answer_of_a_device(where, status, body, said):
    assert failure_of(lambda: PutXml(Prepared(status, body)).put_bookings(where, [])) == said


def test_nothing_secret_is_in_a_failure_or_a_request_that_is_shown(client, where):
    client.fails = HttpFailure("deadline", sent=True)
    with pytest.raises(CallError) as failure:
        PutXml(client).put_bookings(where, [ENTRY])
    shown = f"{failure.value!r} {failure.value} {client.requests[0]!r} {where!r}"
    assert not any(word in shown for word in ("10.0.0.5", "wörd", "Basic", "Wer"))


def test_a_device_is_not_waited_for_longer_than_it_should_take(client, where):
    PutXml(client, deadline=30.0).list_bookings(where)
    PutXml(client, deadline=2.0).list_bookings(where)
    assert [request.deadline for request in client.requests] == [10.0, 2.0]


# ---- XML of strangers


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<a>",
        b"<Result/>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><BookingsListResult status="OK">&b;</BookingsListResult>',
        b"<a>" * 100 + b"</a>" * 100,
        "<Ä status='OK'/>".encode("latin-1"),
    ],
)
def test_what_cannot_be_read_is_bad(body):
    with pytest.raises(BadXml):
        read(body)


def test_a_list_is_read_whatever_else_is_in_it():
    body = (
        b'<?xml version="1.0"?><Command><BookingsListResult status="OK" item="1"><ResultInfo><TotalRows>2</TotalRows>'
        b'</ResultInfo><Booking item="1"><Id>a</Id><Organizer><Id>no</Id></Organizer><Time><StartTime>'
        b"2026-11-30T10:00:00Z</StartTime><EndTime>soon</EndTime></Time></Booking>"
        b'<Booking item="2"><Title>x</Title></Booking></BookingsListResult></Command>'
    )
    answer = read(body)
    assert (answer.known, answer.well) == (True, True)
    assert [(each.entry_id, each.start, each.end) for each in answer.bookings] == [("a", START, 0.0), ("", 0.0, 0.0)]


# ---- over the wire


def test_over_tls_with_the_authority_that_was_named(device, tmp_path):
    authority = Authority.make(SystemClock().now())
    trusting = HttpSettings(ca_file=str(authority.write(tmp_path / "ca.pem")))
    with ServedSandbox.start(device, tls=authority.issue("127.0.0.1").context()) as served:
        assert served.base_url.startswith("https://")
        where = LocalDevice(url=Plain(served.base_url), user=Plain("calendar"), password=Secret("pass:wörd"))
        near = BoundedClient(trusting)
        PutXml(near).put_bookings(where, [ENTRY])
        near.close()
        assert device.bookings() == [ENTRY]
        stranger = BoundedClient()
        assert failure_of(lambda: PutXml(stranger).list_bookings(where)) == (Kind.TRANSIENT, "device-tls")
        stranger.close()


# ---- both ways


class Cloud:
    """A CloudDevices that says what it was asked."""

    def __init__(self):
        self.asked = []

    def __getattr__(self, name):
        return lambda *args, **rest: self.asked.append((name, *args, *rest.values()))


def test_each_device_is_reached_in_its_way(device, client, where):
    cloud = Cloud()
    both = Devices(cloud, PutXml(client))
    both.put_bookings(where, [ENTRY])
    assert len(both.list_bookings(where)) == len(device.bookings()) == 1
    assert both.abilities(where).put
    assert cloud.asked == []
    both.put_bookings("d", [])
    both.list_bookings("d")
    both.abilities("d")
    both.workspaces(Plain("x"))
    both.workspace("w")
    both.devices(workspace_id="w")
    both.device("d")
    assert [each[0] for each in cloud.asked] == [
        "put_bookings",
        "list_bookings",
        "abilities",
        "workspaces",
        "workspace",
        "devices",
        "device",
    ]


def test_the_value_of_a_device_says_nothing_of_its_name():
    device = WebexDevice(device_id="d", name=Plain("Corner office"), product="Bar", online=True, commands=True)
    assert "Corner" not in repr(device)
