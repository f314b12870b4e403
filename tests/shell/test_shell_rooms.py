"""Rooms over the admin socket and on the command line."""

import json
import os

import pytest
from click.testing import CliRunner

from hybridcal_daemon.domain.errors import CATALOGUE
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.shell.cli import exits, main
from hybridcal_daemon.shell.client import AdminClient, Refused
from hybridcal_daemon.shell.config import load, user_settings
from hybridcal_daemon.shell.wiring import Wiring

ALICE, AURORA = "alice@acme.example", "aurora@resource.acme.example"
ACCOUNT = 'google.rooms.account = "{}"\n'


@pytest.fixture
def cli(running):
    """Run a command against the running admin socket."""

    def invoke(*arguments):
        env = {"HYBRIDCAL_SOCKET": str(running.path), "HYBRIDCAL_OUTPUT": None, "HYBRIDCAL_CONFIG": None}
        return CliRunner().invoke(main, arguments, env=env, catch_exceptions=False)

    return invoke


@pytest.fixture
def client(running):
    return AdminClient(running.path)


# ---- admin socket


def test_the_paths_of_rooms_are_those_of_users(client, daemon):
    daemon.add(ALICE)
    made = client.activate(AURORA, 1.5, room=True)
    assert (made["user"], made["state"]) == ("r00000000000000000002", "active")
    assert daemon.acts == [("activate", AURORA, f"uid:{os.getuid()}", 1.5)]
    assert [room["address"] for room in client.users(addresses=True, room=True)] == [AURORA]
    assert [user["address"] for user in client.users(addresses=True)] == [ALICE]
    assert client.user(AURORA, room=True)["meetings"] == 14
    assert client.resync(AURORA, room=True) == {"outcome": "resync asked for"}
    assert client.status()["rooms"] == {"active": 1}
    assert client.deactivate(AURORA, 1, room=True) == {"outcome": "deactivated"}
    with pytest.raises(Refused, match="No room with this address") as refused:
        client.user(AURORA, room=True)
    assert (refused.value.status, refused.value.fix) == (404, "See which are: hybridcal rooms list --addresses")


@pytest.mark.parametrize(("address", "room", "code"), [(ALICE, True, "person"), (AURORA, False, "room")])
def test_the_other_kind_is_said_to_be_the_other(client, daemon, address, room, code):
    daemon.add(ALICE)
    daemon.add(AURORA, room=True)
    for act in (client.user, lambda one, room: client.activate(one, 1, room=room), client.resync):
        with pytest.raises(Refused) as refused:
            act(address, room=room)
        assert (refused.value.status, refused.value.code) == (409, f"activated-as-{code}")
        assert refused.value.fix == CATALOGUE[f"activated-as-{code}"].fix
    assert daemon.acts == []


# ---- command line


def test_a_room_is_activated_shown_read_anew_and_deactivated(cli, daemon):
    assert cli("rooms", "list").output.startswith("No room is activated yet. Begin with: hybridcal rooms activate")
    assert cli("rooms", "activate", AURORA).output == f"{AURORA}  active  14 meetings\n"
    assert cli("rooms", "show", AURORA).output == f"{AURORA}  active  14 meetings\n"
    assert cli("rooms", "resync", AURORA).output == f"{AURORA}  is read anew; see: hybridcal rooms show {AURORA}\n"
    assert cli("rooms", "list", "--addresses").output.split()[:2] == ["ROOM", "ADDRESS"]
    assert json.loads(cli("rooms", "list", "-o", "json").stdout)[0]["user"].startswith("r")
    assert cli("users", "list").output.startswith("Nobody is activated yet.")
    assert "  rooms   1 active\n" in cli("status").output
    assert "  users   none yet\n" in cli("status").output
    assert cli("rooms", "deactivate", AURORA).output == f"{AURORA}  deactivated\n"
    assert daemon.people == {}
    assert "rooms" not in cli("status").output


def test_a_room_that_is_pending_points_to_the_right_command(cli, daemon):
    daemon.add(AURORA, "pending", room=True)
    shown = cli("rooms", "show", AURORA)
    assert shown.exit_code == exits.AGAIN
    assert f"see: hybridcal rooms show {AURORA}\n" in shown.output


def test_without_an_account_for_rooms_the_fix_names_the_setting(cli, daemon):
    daemon.fault = CallError(Kind.CONFLICT, "google-rooms-off")
    refused = cli("rooms", "activate", AURORA)
    assert refused.exit_code == exits.CONFIG
    assert "google.rooms.account is not set" in refused.stderr
    assert "super admin" in refused.stderr


def test_a_person_is_no_room(cli, daemon):
    daemon.add(ALICE)
    refused = cli("rooms", "deactivate", ALICE)
    assert refused.exit_code == exits.FAILED
    assert "fix: Use hybridcal users for it" in refused.stderr
    assert ALICE in daemon.people


# ---- wiring


def test_the_account_that_acts_follows_the_configuration_in_force(config_file, env, clock, log):
    asker = type("Asker", (), {"__getattr__": lambda _self, name: name})()
    wiring = Wiring(load(config_file(), env), clock, None, log)

    def acting():
        return wiring.world(lambda _: None).make_runner("google", asker).keywords["tools"].acting.reveal()

    assert acting() == ""
    wiring.use(load(config_file(ACCOUNT.format("rooms@acme.example")), env))
    assert acting() == "rooms@acme.example"
    assert wiring.world(lambda _: None).subject_of("r1", Purpose.ROOMS).reveal() == "rooms@acme.example"


def test_decisions_know_whether_an_account_acts_and_that_it_changed_but_not_its_address(config_file, env):
    def acting(account):
        return user_settings(load(config_file(ACCOUNT.format(account)), env)).acting

    assert acting("") == ""
    assert acting("rooms@acme.example") == acting("Rooms@acme.example")
    assert len({"", acting("rooms@acme.example"), acting("other@acme.example")}) == 3
    assert "rooms" not in acting("rooms@acme.example")
