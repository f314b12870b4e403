import json
import os
import socket
import threading

import pytest

from hybridcal_daemon.domain.errors import CATALOGUE
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.shell.address import BadAddress, parse_address
from hybridcal_daemon.shell.client import AdminClient, Refused, Unreachable
from hybridcal_daemon.shell.times import skewed

ALICE = "alice@acme.example"


def send(running, method, path, body=None):
    return running.get("admin", path, method, None if body is None else json.dumps(body).encode())


def test_status_shows_health_and_explains_each_trouble(running, kit, daemon):
    daemon.add(ALICE)
    daemon.add("bob@acme.example", "error", "google-no-such-user")
    daemon.alarms = (kit.alarm("google-unauthorized-client"),)
    daemon.sealed = "kms-keyring-missing"
    found = send(running, "GET", "/v1/status").json
    assert found["users"] == {"active": 1, "error": 1}
    assert found["lanes"]["webex"] == {"state": "waiting", "queued": 12, "in_flight": 0}
    loaded = {"file": "/etc/hybridcal/config.toml", "loaded_at": "2026-11-30T10:00:00Z"}
    assert found["config"] == {**loaded, "error": "", "restart": []}
    assert found["ready"] is True
    entry = CATALOGUE["google-unauthorized-client"]
    assert found["alarms"] == [
        {
            "since": "2026-11-30T09:59:00Z",
            "code": "google-unauthorized-client",
            "means": entry.means,
            "daemon": entry.daemon,
            "fix": entry.fix,
        }
    ]
    assert found["sealed"]["code"] == "kms-keyring-missing"
    assert ALICE not in json.dumps(found)


def test_status_tells_every_scope_and_its_use(running):
    found = send(running, "GET", "/v1/status").json
    assert found["scopes"] == ["scope-one", "scope-two"]
    assert found["scope_uses"] == {"scope-one": "one thing", "scope-two": "another"}


def test_a_scope_that_is_not_granted_is_said_with_what_needs_it(running, kit, daemon):
    lacking = "google-unauthorized-client"
    daemon.alarms = (kit.alarm(lacking, about=("profile", "vacation")), kit.alarm("google-api-disabled"))
    daemon.add(ALICE, "active", lacking, about=("vacation", "errand"))
    daemon.add("bob@acme.example", "active", "google-quota", about=("writes",))
    first, second = send(running, "GET", "/v1/status").json["alarms"]
    assert first["concerns"] == (
        "language and time zone (calendar.settings.readonly), out-of-office presence (gmail.settings.basic)"
    )
    assert "concerns" not in second
    shown = send(running, "GET", "/v1/users/show?address=alice%40acme.example").json
    assert shown["problem"]["concerns"] == "out-of-office presence (gmail.settings.basic)"
    shown = send(running, "GET", "/v1/users/show?address=bob%40acme.example").json
    assert shown["problem"]["concerns"] == "writing into calendars"


def test_a_wrong_clock_is_said_with_how_far_it_is_off(running, kit, daemon):
    daemon.alarms = (kit.alarm("google-clock-skew"), kit.alarm("google-unauthorized-client"))
    daemon.add(ALICE, "error", "google-clock-skew")
    daemon.add("bob@acme.example", "error", "google-no-such-user")
    assert "measured" not in send(running, "GET", "/v1/status").json["alarms"][0]
    daemon.clock_skew = -2820.4
    alarms = send(running, "GET", "/v1/status").json["alarms"]
    assert alarms[0]["measured"] == "This machine's clock is 47 min behind Google's."
    assert alarms[0]["clock_skew"] == -2820.4
    assert "measured" not in alarms[1]
    shown = send(running, "GET", "/v1/users/show?address=alice%40acme.example").json
    assert shown["problem"]["measured"] == alarms[0]["measured"]
    assert "measured" not in send(running, "GET", "/v1/users/show?address=bob%40acme.example").json["problem"]


@pytest.mark.parametrize(
    ("seconds", "much"),
    [
        (-2820.0, "47 min behind"),
        (2820.0, "47 min ahead of"),
        (400.4, "7 min ahead of"),
        (-119.0, "119 s behind"),
        (7300.0, "2 h ahead of"),
        (-86400.0, "24 h behind"),
        (-1e6, "12 d behind"),
        (0.2, "0 s ahead of"),
    ],
)
def test_how_far_a_clock_is_off_in_words(seconds, much):
    assert skewed(seconds) == f"This machine's clock is {much} Google's."


def test_addresses_are_shown_only_when_asked_for(running, daemon):
    daemon.add(ALICE)
    shy = send(running, "GET", "/v1/users")
    assert ALICE not in shy.raw.decode()
    assert shy.json == {
        "items": [
            {
                "user": "u00000000000000000001",
                "state": "active",
                "since": "2026-11-30T09:00:00Z",
                "synced_at": "2026-11-30T09:59:48Z",
                "meetings": 14,
                "problem": {},
            }
        ],
        "next": None,
    }
    assert send(running, "GET", "/v1/users?addresses=true").json["items"][0]["address"] == ALICE
    assert send(running, "GET", "/v1/users?addresses=yes").json["code"] == "bad-parameter"


def test_activation_carries_the_callers_uid_and_the_wait(running, daemon):
    answer = send(running, "POST", "/v1/users", {"address": ALICE, "wait": 1.5})
    assert (answer.status, answer.json["state"]) == (200, "active")
    assert daemon.acts == [("activate", ALICE, f"uid:{os.getuid()}", 1.5)]


def test_deactivation_show_and_resync(running, daemon):
    daemon.add(ALICE, "error", "google-no-such-user")
    shown = send(running, "GET", "/v1/users/show?address=alice%40acme.example").json
    assert shown["problem"]["fix"] == CATALOGUE["google-no-such-user"].fix
    assert shown["synced_at"] is None
    assert send(running, "POST", "/v1/users/resync", {"address": ALICE}).status == 202
    assert send(running, "DELETE", "/v1/users", {"address": ALICE}).json == {"outcome": "deactivated"}
    assert daemon.acts == [("resync", ALICE), ("deactivate", ALICE, f"uid:{os.getuid()}", 30.0)]
    gone = send(running, "DELETE", "/v1/users", {"address": ALICE})
    assert (gone.status, gone.json["code"]) == (404, "unknown-user")
    assert gone.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "it is not JSON"),
        (b"{", "it is not JSON"),
        (b"\xff", "it is not JSON"),
        (b"[]", "Expected `object`, got `array`"),
        (b"{}", "Object missing required field `address`"),
        (b'{"address": 1}', "Expected `str`, got `int` - at `$.address`"),
        (b'{"address": "a@b.example", "wait": -1}', "Expected `float` >= 0"),
        (b'{"address": "a@b.example", "wait": 1e9}', "Expected `float` <= 300"),
        (b'{"address": "a@b.example", "wate": 1}', "Object contains unknown field `wate`"),
    ],
)
def test_a_wrong_body_says_what_is_wrong(running, daemon, body, what):
    answer = running.get("admin", "/v1/users", "POST", body)
    assert (answer.status, answer.json["code"]) == (400, "bad-body")
    assert what in answer.json["title"]
    assert daemon.acts == []


def test_bodies_are_bounded_in_size_and_time(running, daemon, kit):
    large = json.dumps({"address": ALICE, "x": "x" * 5_000_000}).encode()
    assert running.get("admin", "/v1/users", "POST", large).json["code"] == "body-too-large"
    with running.connect("admin") as peer:
        peer.sendall(b"POST /v1/users HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n")
        peer.sendall(b"20000\r\n" + b" " * 0x20000 + b"\r\n0\r\n\r\n")
        assert kit.Answer(peer.recv(65536)).json["code"] == "body-too-large"
    with running.connect("admin") as peer:
        peer.sendall(b"POST /v1/users HTTP/1.1\r\nHost: d\r\nContent-Length: 100\r\n\r\n{")
        assert kit.Answer(kit.read_all(peer)).json["code"] == "body-too-slow"
    assert daemon.acts == []


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("alice", "has no @"),
        ("alice@acme", "not a whole domain name"),
        ("alice@", "not a whole domain name"),
        ("@acme.example", "before the @"),
        ("a@b@acme.example", "before the @"),
        ("Alice <alice@acme.example>", "white space"),
        ("alice@acme.example\n", "white space or control"),
        ("alice@acme..example", "not a whole domain name"),
        ("alice@-acme.example", "not a whole domain name"),
        ("a..b@acme.example", "before the @"),
        ("x" * 65 + "@acme.example", "too long"),
        ("alice@" + "a." * 130 + "example", "too long"),
    ],
)
def test_what_is_no_address_is_said_without_repeating_it(running, address, what):
    with pytest.raises(BadAddress, match=what):
        parse_address(address)
    answer = send(running, "POST", "/v1/users", {"address": address})
    assert (answer.status, answer.json["code"]) == (400, "bad-address")
    assert "alice@acme.example" not in answer.json["title"].replace("write it like alice@acme.example", "")


@pytest.mark.parametrize(
    "address", [ALICE, "a.b+c@mail.acme.example", "o'neil@acme.example", "A_1@xn--bcher-kva.example"]
)
def test_usual_addresses_pass(address):
    assert parse_address(address).reveal() == address


def test_reload_says_why_the_old_configuration_stays(running, daemon):
    assert send(running, "POST", "/v1/reload").json == {"outcome": "reloaded"}
    daemon.refuse_reload = "config.toml:3: log.level: must be ..."
    answer = send(running, "POST", "/v1/reload")
    assert (answer.status, answer.json["code"]) == (409, "config-refused")
    assert answer.json["title"] == "config.toml:3: log.level: must be ..."


def test_the_client_says_what_the_daemon_says(running, daemon):
    client = AdminClient(running.path)
    assert client.activate(ALICE, 1)["state"] == "active"
    assert client.user(ALICE)["address"] == ALICE
    assert [user.get("address") for user in client.users(addresses=True)] == [ALICE]
    assert client.resync(ALICE)["outcome"] == "resync asked for"
    assert client.deactivate(ALICE, 1) == {"outcome": "deactivated"}
    assert client.status()["version"] == "0.1.0"
    assert client.reload() == {"outcome": "reloaded"}
    with pytest.raises(Refused) as refused:
        client.user("nobody+x&y@acme.example")
    assert (refused.value.status, refused.value.code) == (404, "unknown-user")
    daemon.fault = CallError(Kind.SEALED, "kms-sealed")
    with pytest.raises(Refused) as refused:
        client.status()
    assert refused.value.fix == CATALOGUE["kms-sealed"].fix


def test_the_client_says_why_nobody_answers(running, tmp_path):
    with pytest.raises(Unreachable, match="there is no socket"):
        AdminClient(tmp_path / "none.sock").status()
    running.web.stop()
    dead = tmp_path / "dead.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(dead))
        with pytest.raises(Unreachable, match="nobody answers"):
            AdminClient(dead).status()
        listener.listen(1)
        with pytest.raises(Unreachable, match="did not answer in time"):
            AdminClient(dead, patience=0.05).status()


@pytest.mark.parametrize("answer", [b"junk", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", b""])
def test_the_client_is_not_confused_by_strangers(tmp_path, answer):
    path = tmp_path / "strange.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(1)

        def stranger():
            peer, _ = listener.accept()
            with peer:
                peer.recv(1000)
                peer.sendall(answer)

        thread = threading.Thread(target=stranger)
        thread.start()
        with pytest.raises(Unreachable):
            AdminClient(path, patience=5).status()
        thread.join(5)
