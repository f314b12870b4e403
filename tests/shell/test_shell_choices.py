"""Redecorating, the choice of a site, and the choice at deactivation: admin socket and command line."""

import json
import os

import pytest
from click.testing import CliRunner

from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.shell.cli import exits, main
from hybridcal_daemon.shell.client import AdminClient, Refused

ALICE, BOB, AURORA = "alice@acme.example", "bob@acme.example", "aurora@resource.acme.example"
BY = f"uid:{os.getuid()}"


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


def post(running, path, body):
    return running.get("admin", path, method="POST", body=json.dumps(body).encode())


# ---- redecorate


def test_a_dry_run_for_some_says_each_and_the_sum_and_that_nothing_else_rewrites(cli, daemon):
    daemon.add(ALICE)
    daemon.add(BOB)
    result = cli("redecorate", "--dry-run", ALICE, BOB)
    assert result.exit_code == 0
    assert result.output.splitlines()[:3] == [
        f"{ALICE}  3 events with join details, 2 would be looked at",
        f"{BOB}  3 events with join details, 2 would be looked at",
        "in all  6 events with join details, 4 would be looked at",
    ]
    assert "Nothing but this command ever rewrites join details that stand" in result.output
    assert daemon.acts == [("redecorate", ALICE, BY, "dry"), ("redecorate", BOB, BY, "dry")]


def test_without_an_address_it_is_for_everybody_but_rooms(cli, daemon):
    daemon.add(ALICE)
    daemon.add(AURORA, room=True)
    result = cli("redecorate", "-o", "json")
    assert json.loads(result.stdout) == {
        "items": [{"address": ALICE, "blocks": 3, "redone": 2, "dry_run": False}],
        "blocks": 3,
        "redone": 2,
    }
    assert daemon.acts == [("redecorate", ALICE, BY, "anew")]


def test_one_who_is_not_there_stops_nobody_else(cli, daemon):
    daemon.add(ALICE)
    result = cli("redecorate", "nobody@acme.example", ALICE)
    assert result.exit_code == exits.FAILED
    assert "Nobody with this address is activated here" in result.stderr
    assert daemon.acts == [("redecorate", ALICE, BY, "anew")]


def test_a_room_is_not_redecorated(client, daemon):
    daemon.add(AURORA, room=True)
    with pytest.raises(Refused) as refused:
        client.redecorate(AURORA, 1, dry_run=True)
    assert refused.value.code == "activated-as-room"


def test_a_person_whose_actor_is_not_there_is_asked_again_later(cli, daemon):
    daemon.add(ALICE)
    daemon.fault = CallError(Kind.TRANSIENT, "busy")
    assert cli("redecorate", ALICE).exit_code == exits.FAILED


# ---- site


def test_a_site_is_chosen_and_given_back(cli, daemon):
    daemon.add(ALICE)
    assert cli("users", "site", ALICE, "ACME.webex.com").output == f"{ALICE}  acme.webex.com\n"
    assert cli("users", "site", ALICE, "--default").output == f"{ALICE}  default site\n"
    assert daemon.acts == [("site", ALICE, BY, "acme.webex.com"), ("site", ALICE, BY, "")]


@pytest.mark.parametrize("arguments", [[], ["acme.webex.com", "--default"]])
def test_a_site_or_the_default_has_to_be_named(cli, daemon, arguments):
    daemon.add(ALICE)
    assert cli("users", "site", ALICE, *arguments).exit_code == 2
    assert daemon.acts == []


@pytest.mark.parametrize("site", ["https://acme.webex.com", "acme", "acme.webex.com/meet", "a b.example", "-a.example"])
def test_what_is_no_site_is_refused(client, daemon, site):
    daemon.add(ALICE)
    with pytest.raises(Refused) as refused:
        client.choose_site(ALICE, site)
    assert (refused.value.status, refused.value.code) == (400, "bad-site")
    assert daemon.acts == []


# ---- deactivation


def test_deactivation_leaves_join_details_unless_it_is_chosen(cli, daemon):
    daemon.add(ALICE)
    daemon.add(BOB)
    assert cli("users", "deactivate", ALICE).output == f"{ALICE}  deactivated\n"
    gone = cli("users", "deactivate", BOB, "--remove-join-details")
    assert gone.output == f"{BOB}  deactivated; join details are taken out of events to come\n"
    assert daemon.acts == [("deactivate", ALICE, BY, 30.0), ("deactivate", BOB, BY, 30.0, "undecorate")]


def test_a_room_has_no_such_choice(cli, running, daemon):
    daemon.add(AURORA, room=True)
    assert cli("rooms", "deactivate", AURORA, "--remove-join-details").exit_code == 2
    body = json.dumps({"address": AURORA, "remove_join_details": True}).encode()
    refused = running.get("admin", "/v1/rooms", method="DELETE", body=body)
    assert (refused.status, refused.json["code"]) == (400, "bad-body")
    assert daemon.acts == []


# ---- bodies


@pytest.mark.parametrize("path", ["/v1/users/redecorate", "/v1/users/site"])
@pytest.mark.parametrize("body", [{}, {"address": 1}, {"address": ALICE, "site": "", "more": 1}, {"address": "none"}])
def test_bodies_are_strict(running, daemon, path, body):
    daemon.add(ALICE)
    answer = post(running, path, body)
    assert answer.status == 400
    assert answer.json["code"] in {"bad-body", "bad-address"}
    assert daemon.acts == []
