"""Devices through the daemon's surface, over the real actors on virtual time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hybridcal_daemon.domain.calls import FindDevices, PutBookings
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Plain, Secret
from hybridcal_daemon.ports import LinkWish, LocalDevice, UnknownUser, Workspace
from hybridcal_daemon.shell.device_desk import no_devices
from hybridcal_daemon.work import devicelink
from tests.actors.actor_fakes import QUIET
from tests.actors.actor_worlds import Company
from tests.actors.local_house import ALICE, BY, House, acts

AURORA = Plain("aurora@resource.acme.example")
LOCAL = LocalDevice(url=Plain("https://10.0.0.5"), user=Plain("calendar"), password=Secret("secret"))


@pytest.fixture
def house():
    made = House(Company(settings=replace(QUIET, acting="a", devices=True)))
    made.devices.rooms = {"W1": "Aurora", "W2": "Twin", "W3": "Twin"}
    made.devices.add("d1", workspace_id="W1")
    made.activate(AURORA, room=True)
    return made


def link(house, address=AURORA, **wish):
    house.daemon.devices.link(address, LinkWish(**wish), by=BY)
    house.company.settle()


def named(house):
    """What the cells of all looks for a room's devices say."""
    calls = [call for call in house.company.services.calls if isinstance(call, FindDevices) and call.link is not None]
    return [devicelink.decode(Plain(bytes(call.link))) for call in calls]


def refused(call):
    with pytest.raises(CallError) as failure:
        call()
    return failure.value.kind, failure.value.code


def test_a_room_is_linked_audited_and_its_devices_are_listed(house):
    assert house.daemon.devices.devices(reveal=True, rooms=True) == []
    link(house, workspace="Aurora", device_ids=("d1",), local=(LOCAL,))
    assert named(house) == [devicelink.DeviceLink(workspace_id="W1", device_ids=("d1",), local=(LOCAL,))]
    user = house.daemon.user(AURORA, room=True).user
    assert acts(house)[-1] == (BY, "link-devices", user)
    (view,) = house.daemon.devices.devices(reveal=True, rooms=True)
    assert (view.user, view.address, view.device.device_id, view.device.code) == (user, AURORA, "d1", "")
    assert view.device.put_at == house.company.now
    (hidden,) = house.daemon.devices.devices(reveal=False, rooms=False)
    assert hidden.address is None


def test_a_room_is_unlinked_and_its_list_emptied(house):
    link(house, workspace="W1")
    house.daemon.devices.unlink(AURORA, by=BY)
    house.company.settle()
    puts = [call for call in house.company.services.calls if isinstance(call, PutBookings)]
    assert [put.digest for put in puts][-1] == "empty"
    assert house.daemon.devices.devices(reveal=False, rooms=True) == []
    assert acts(house)[-1][1] == "unlink-devices"


def test_the_link_is_on_disk(house):
    link(house, workspace="W1")
    house.company.crash(house.daemon.user(AURORA, room=True).user)
    house.company.advance(20 * 60.0)
    assert named(house)[-1].workspace_id == "W1"


@pytest.mark.parametrize(
    ("wish", "kind", "code"),
    [
        ({"workspace": "Nowhere"}, Kind.NOT_FOUND, "device-no-workspace"),
        ({"workspace": "Twin"}, Kind.CONFLICT, "device-many-workspaces"),
        ({"device_ids": ("d1", "d9")}, Kind.NOT_FOUND, "device-unknown"),
    ],
)
def test_what_webex_does_not_have_is_not_linked(house, wish, kind, code):
    before = acts(house)
    assert refused(lambda: link(house, **wish)) == (kind, code)
    assert acts(house) == before
    assert named(house) == []


def test_a_workspace_with_a_calendar_of_webex_own_is_not_linked(house):
    house.devices.workspaces = lambda _name=None: [
        Workspace(workspace_id="W1", name=Plain("Aurora"), calendar="google")
    ]
    assert refused(lambda: link(house, workspace="Aurora")) == (Kind.CONFLICT, "device-calendar-taken")


@pytest.mark.parametrize("wish", [{"workspace": "Aurora"}, {"device_ids": ("d1",)}])
def test_a_device_shows_one_room_only(house, wish):
    link(house, workspace="W1")
    borealis = Plain("borealis@resource.acme.example")
    house.activate(borealis, room=True)
    assert refused(lambda: link(house, borealis, **wish)) == (Kind.CONFLICT, "device-linked-elsewhere")
    link(house, **wish)
    house.daemon.devices.unlink(AURORA, by=BY)
    house.company.settle()
    link(house, borealis, **wish)
    assert [view.address for view in house.daemon.devices.devices(reveal=True, rooms=True)] == [borealis]


def test_webex_being_away_is_not_the_same_as_not_there(house):
    def away(_name=None):
        raise CallError(Kind.TRANSIENT, "webex-unavailable")

    house.devices.workspaces = away
    assert refused(lambda: link(house, workspace="Aurora")) == (Kind.TRANSIENT, "webex-unavailable")


def test_only_rooms_that_are_activated_are_linked(house):
    house.activate(ALICE)
    assert refused(lambda: link(house, ALICE, workspace="W1")) == (Kind.CONFLICT, "activated-as-person")
    with pytest.raises(UnknownUser):
        house.daemon.devices.unlink(Plain("nobody@acme.example"), by=BY)


def test_workspaces_with_devices_come_first(house):
    found = house.daemon.devices.find()
    assert [each.workspace.workspace_id for each in found] == ["W1", "W2", "W3"]
    assert [[device.device_id for device in each.devices] for each in found] == [["d1"], [], []]


def test_without_a_way_to_webex_that_is_said():
    assert refused(no_devices) == (Kind.REFUSED, "webex-no-service-app")
