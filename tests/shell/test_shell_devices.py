"""Devices over the admin socket and on the command line."""

import json
import os
from dataclasses import dataclass, field

import pytest
from click.testing import CliRunner
from shell_fakes import NOW

from hybridcal_daemon.domain.effects import DeviceReport
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Instant, Plain, UserId
from hybridcal_daemon.ports import DeviceView, FoundWorkspace, UnknownUser, WebexDevice, Workspace
from hybridcal_daemon.shell.cli import exits, main
from hybridcal_daemon.shell.cli.devices import short
from hybridcal_daemon.shell.client import AdminClient, Refused

AURORA = "aurora@resource.acme.example"
ID = "Y2lzY29zcGFyazovL3VzL0RFVklDRS81MTAxQjA3Qi00RjhG"
ROOM = UserId("r00000000000000000001")


@dataclass
class Desk:
    """ports.DeviceAdmin on lists."""

    shown: list = field(default_factory=list)
    found: list = field(default_factory=list)
    acts: list = field(default_factory=list)
    fault: Exception | None = None

    def devices(self, *, reveal, rooms):
        return [
            DeviceView(user=user, device=device, address=Plain(AURORA) if reveal else None)
            for user, device in self.shown
            if user.startswith("r") or not rooms
        ]

    def find(self):
        if self.fault is not None:
            raise self.fault
        return self.found

    def link(self, address, wish, *, by):
        if self.fault is not None:
            raise self.fault
        self.acts.append((address.reveal(), wish, by))

    def unlink(self, address, *, by):
        self.link(address, None, by=by)


@pytest.fixture(autouse=True)
def desk(daemon):
    daemon.devices = Desk()
    return daemon.devices


@pytest.fixture
def cli(running):
    """Run a command against the running admin socket."""

    def invoke(*arguments):
        env = {"HYBRIDCAL_SOCKET": str(running.path), "HYBRIDCAL_OUTPUT": None, "HYBRIDCAL_CONFIG": None}
        return CliRunner().invoke(main, ["devices", *arguments], env=env, catch_exceptions=False)

    return invoke


@pytest.fixture
def client(running):
    return AdminClient(running.path)


@pytest.fixture
def password(tmp_path):
    path = tmp_path / "password"
    path.write_text("pass wörd\n")
    return str(path)


def report(device_id=ID, code="", **rest):
    fields = {"online": True, "capable": True, "put_at": Instant(NOW - 60)}
    return DeviceReport(device_id=device_id, code=code, **{**fields, **rest})


# ---- linking


def test_a_room_is_linked_with_a_workspace_and_single_devices(cli, desk):
    done = cli("link", AURORA, "--workspace", "Aurora", "--device", ID, "--device", "d2")
    assert done.output == f"{AURORA}  linked; see: hybridcal devices list --rooms\n"
    ((address, wish, by),) = desk.acts
    assert (address, by) == (AURORA, f"uid:{os.getuid()}")
    assert (wish.workspace, wish.device_ids, wish.local) == ("Aurora", (ID, "d2"), ())


def test_a_device_that_is_reached_directly_has_its_password_from_a_file(cli, desk, password):
    done = cli("link", AURORA, "--url", "https://10.0.0.5:8443/", "--user", "calendar", "--password-file", password)
    assert done.exit_code == 0, done.output
    ((_, wish, _),) = desk.acts
    (local,) = wish.local
    assert (local.url.reveal(), local.user.reveal(), local.password.reveal()) == (
        "https://10.0.0.5:8443",
        "calendar",
        "pass wörd",
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "There is no device to link."),
        (("--url", "https://10.0.0.5"), "needs an address, a user and a password"),
        (("--user", "calendar"), "needs an address, a user and a password"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_sent(cli, desk, arguments, said):
    done = cli("link", AURORA, *arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert desk.acts == []


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.5",
        "ftp://10.0.0.5",
        "https://",
        "https://10.0.0.5/putxml",
        "https://a:b@10.0.0.5",
        "https://10.0.0.5?x=1",
        "https://10.0.0.5:0",
        "https://10.0.0.5:99999999",
        "https://10.0.0.5#x",
        "https://[",
        "10.0.0.5",
    ],
)
def test_an_address_is_https_a_host_and_a_port(cli, desk, password, url):
    done = cli("link", AURORA, "--url", url, "--user", "calendar", "--password-file", password)
    assert done.exit_code == exits.FAILED
    assert "https://10.0.0.5; http:// is accepted only for this machine" in done.stderr
    assert desk.acts == []


def test_this_machine_may_be_reached_in_clear(cli, desk, password):
    done = cli("link", AURORA, "--url", "http://127.0.0.1:8080", "--user", "calendar", "--password-file", password)
    assert done.exit_code == 0
    assert desk.acts[0][1].local[0].url.reveal() == "http://127.0.0.1:8080"


def test_a_password_that_cannot_be_read(cli, desk, tmp_path):
    path = tmp_path / "binary"
    path.write_bytes(b"\xff\xfe")
    done = cli("link", AURORA, "--url", "https://10.0.0.5", "--user", "u", "--password-file", str(path))
    assert done.exit_code == exits.FAILED
    assert "cannot be read" in done.stderr
    assert desk.acts == []


def test_a_room_is_unlinked(cli, desk):
    assert cli("unlink", AURORA).output == f"{AURORA}  unlinked\n"
    assert desk.acts == [(AURORA, None, f"uid:{os.getuid()}")]


@pytest.mark.parametrize("command", [("link", AURORA, "--workspace", "W"), ("unlink", AURORA)])
def test_a_room_that_is_not_activated_is_said_to_be_unknown(cli, desk, command):
    desk.fault = UnknownUser()
    done = cli(*command)
    assert done.exit_code == exits.FAILED
    assert "No room with this address is activated here." in done.stderr


def test_a_refusal_says_what_to_do(cli, desk):
    desk.fault = CallError(Kind.CONFLICT, "device-calendar-taken")
    done = cli("link", AURORA, "--workspace", "Aurora")
    assert done.exit_code == exits.FAILED
    assert "two would undo each other's work" in done.stderr
    assert "take the calendar off the workspace" in done.stderr


@pytest.mark.parametrize(
    "body",
    [
        {"address": AURORA},
        {"address": AURORA, "workspace": "W", "shoe": "size"},
        {"address": AURORA, "devices": ["no spaces"]},
        {"address": AURORA, "devices": "d"},
        {"address": AURORA, "local": [{"url": "https://10.0.0.5"}]},
        {"address": "nobody", "workspace": "W"},
    ],
)
def test_bodies_are_strict(client, desk, body):
    with pytest.raises(Refused) as refused:
        client._ask("POST", "/v1/devices/link", body)
    assert refused.value.status == 400
    assert desk.acts == []


# ---- looking


def test_devices_are_listed_with_what_is_wrong_and_what_to_do(cli, desk):
    offline = report("local:0123", "device-offline", online=False, put_at=Instant(0))
    desk.shown = [(ROOM, report()), (UserId("u1"), offline)]
    shown = cli("list").output.splitlines()
    assert shown[0].split() == ["DEVICE", "OF", "STATE", "LIST", "PUT", "TROUBLE"]
    assert shown[1].split() == ["5101B07B-4F8F", ROOM, "ok", "2026-11-30", "09:59:00", "UTC"]
    assert shown[2].split() == ["local:0123", "u1", "offline", "-", "device-offline"]
    assert any("The device is not connected to Webex." in line for line in shown)
    assert any("what to do" in line for line in shown)


def test_only_those_of_rooms_and_with_addresses(cli, desk):
    desk.shown = [(ROOM, report(capable=False, code="device-not-capable")), (UserId("u1"), report("d2"))]
    shown = cli("list", "--rooms", "--addresses").output
    assert AURORA in shown
    assert "not capable" in shown
    assert "u1" not in shown


def test_as_json_ids_are_whole(cli, desk):
    desk.shown = [(ROOM, report())]
    (one,) = json.loads(cli("list", "-o", "json").output)
    assert one == {
        "device": ID,
        "user": ROOM,
        "online": True,
        "capable": True,
        "put_at": "2026-11-30T09:59:00Z",
        "problem": {},
    }


def test_without_any_it_says_how_to_begin(cli):
    assert "hybridcal devices find" in cli("list").output
    assert json.loads(cli("list", "-o", "json").output) == []


def test_workspaces_are_found_to_choose_from(cli, desk):
    bar = WebexDevice(device_id=ID, name=Plain("Bar"), product="Room Bar", online=True, commands=True)
    room = Workspace(workspace_id="W1", name=Plain("Aurora"), calendar="google")
    empty = Workspace(workspace_id="W2", name=Plain("Borealis"))
    desk.found = [FoundWorkspace(workspace=room, devices=(bar,)), FoundWorkspace(workspace=empty, devices=())]
    lines = cli("find").output.splitlines()
    assert lines[1].split() == ["Aurora", "google", "Bar", "Room", "Bar", "ok", ID]
    assert lines[2].split() == ["Borealis", "none", "-", "-", "-", "-"]
    found = json.loads(cli("find", "-o", "json").output)
    assert (found[0]["workspace"], found[0]["devices"][0]["device"]) == ("W1", ID)


def test_none_found_and_webex_away(cli, desk):
    assert "no workspaces" in cli("find").output
    desk.fault = CallError(Kind.REFUSED, "webex-no-service-app")
    away = cli("find")
    assert away.exit_code == exits.FAILED
    assert "service app" in away.stderr


def test_ids_are_shown_by_what_tells_them_apart():
    assert short(ID) == "5101B07B-4F8F"
    assert short("local:0123") == "local:0123"
    assert short("ünknown") == "ünknown"
