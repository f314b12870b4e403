"""Troubles while running: said clearly, nothing lost, over by themselves when the cause is."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
from contextlib import suppress

import pytest

from hybridcal_daemon.domain.values import DAY
from hybridcal_daemon.shell.stage_people import Refused

pytestmark = pytest.mark.process


def activate(stage, key="alice", wait=10.0):
    return stage.daemon.admin.activate(stage.people[key].address, wait)


def listed(play, key, title):
    play.until(f"{title} is listed", lambda: title in play.titles(key))


def test_unreachable_google(stage):
    stage.write_config(google__calendar_url='"http://127.0.0.1:9/calendar/v3"')
    stage.daemon.start()
    view = activate(stage, wait=2.0)
    assert view["state"] == "pending"
    assert view["problem"]["code"] == "unreachable"
    assert "calendar_url" in view["problem"]["fix"] or "_url" in view["problem"]["fix"]


def test_a_client_without_delegation_is_one_alarm_for_all(stage):
    stage.revoke_delegation()
    stage.daemon.start()
    for key in ("alice", "bob"):
        view = activate(stage, key)
        assert (view["state"], view["problem"]["code"]) == ("error", "google-unauthorized-client")
        assert "Domain-wide delegation" in view["problem"]["fix"]
    alarms = stage.daemon.admin.status()["alarms"]
    assert [alarm["code"] for alarm in alarms] == ["google-unauthorized-client"]


def test_gmail_not_granted_costs_only_out_of_office(stage, play):
    stage.revoke_delegation(keep="calendar")
    stage.daemon.start()
    assert activate(stage)["state"] == "active"
    stage.people["alice"].create("Still here", play.now + DAY)
    listed(play, "alice", "Still here")
    (alarm,), _ = play.until("the trouble is told", lambda: stage.daemon.admin.status()["alarms"])
    assert alarm["concerns"] == "out-of-office presence (gmail.settings.basic)"


def test_a_malformed_item_is_quarantined_and_the_rest_kept(stage, play):
    stage.daemon.start()
    activate(stage)
    stage.google.add_fault({"match": {"method": "GET", "path_regex": "/events$"}, "times": 1, "kind": "malformed"})
    stage.people["alice"].create("Good one", play.now + DAY)
    stage.people["alice"].create("Good two", play.now + DAY)
    stage.daemon.admin.resync(stage.people["alice"].address)
    listed(play, "alice", "Good two")
    listed(play, "alice", "Good one")


def test_forged_pushes_cause_no_request(stage, play):
    stage.write_config(google__poll_interval='"1 h"', presence__enabled="false")
    stage.daemon.start()
    activate(stage)
    user = stage.daemon.admin.users(addresses=False)[0]["user"]
    play.until("a channel", stage.google.channels)
    play.hold("quiet", lambda: True, 1.0)
    before = len(stage.google.journal())
    channel = stage.google.channels()[0]["id"]
    for channel_id, token in ((channel, "0" * 64), (f"{user}-{'0' * 32}", "x"), ("", ""), ("ü" * 10, "ü")):
        assert push(stage, channel_id, token) == 200
    assert push(stage, channel, "x", body=b"x" * 5_000_000) in {200, 413}
    play.hold("no request", lambda: len(stage.google.journal()) == before, 1.0)


def push(stage, channel_id, token, body=b""):
    connection = http.client.HTTPConnection("127.0.0.1", stage.push_port, timeout=10)
    headers = {
        "X-Goog-Channel-ID": channel_id.encode(),
        "X-Goog-Channel-Token": token.encode(),
        "X-Goog-Message-Number": "7",
        "X-Goog-Resource-ID": "r",
        "X-Goog-Resource-State": "exists",
        "X-Goog-Resource-URI": "u",
    }
    try:
        connection.request("POST", "/google/push", body, headers)
        return connection.getresponse().status
    except (BrokenPipeError, ConnectionResetError):
        return 413  # cut off in the middle of the body
    finally:
        connection.close()


def test_an_event_with_a_huge_body_does_not_disturb_the_others(stage, play):
    stage.daemon.start()
    activate(stage)
    stage.google.add_fault({"match": {"method": "GET", "path_regex": "/events$"}, "times": 1, "kind": "garbage"})
    alice = stage.people["alice"]
    with pytest.raises(Refused):
        alice.create("Huge", play.now + DAY, description="x" * 5_000_000)
    alice.create("Large", play.now + DAY, description="<b>x</b>" * 1000)
    listed(play, "alice", "Large")


def test_a_keyring_that_cannot_be_opened_seals_and_comes_back(stage, play):
    stage.daemon.start()
    activate(stage)
    alice = stage.people["alice"]
    alice.create("Before", play.now + DAY)
    listed(play, "alice", "Before")
    stage.daemon.terminate()
    keyring = stage.directory / "state" / "keyring.json"
    good = keyring.read_bytes()
    keyring.write_bytes(b"{}")
    stage.daemon.start()
    status = stage.daemon.admin.status()
    assert status["sealed"]["code"] == "kms-keyring-unreadable"
    assert "keyring" in status["sealed"]["fix"]
    asked = len(stage.google.journal())
    alice.create("Meanwhile", play.now + DAY)
    with pytest.raises(Refused, match="503"):
        alice.meetings(play.now, play.now + DAY)
    play.hold("nothing is read", lambda: not daemon_lists(stage, asked), 1.5)
    keyring.write_bytes(good)
    stage.daemon.admin.reload()
    play.until("unsealed", lambda: not stage.daemon.admin.status()["sealed"])
    stage.daemon.signal(signal.SIGHUP)
    play.until("the list goes on", lambda: "Meanwhile" in play.titles("alice"), 45.0)


def daemon_lists(stage, since):
    return [entry for entry in stage.google.journal(since) if entry.operation == "calendar.events.list"]


def test_a_missing_keyring_seals(stage):
    stage.daemon.start()
    activate(stage)
    stage.daemon.terminate()
    (stage.directory / "state" / "keyring.json").unlink()
    stage.daemon.start()
    assert stage.daemon.admin.status()["sealed"]["code"] == "kms-keyring-missing"
    assert not (stage.directory / "state" / "keyring.json").exists()


def fill(filler):
    """Take every byte that is left."""
    descriptor = os.open(filler, os.O_WRONLY | os.O_CREAT)
    with suppress(OSError):
        while os.write(descriptor, b"x" * 512):
            pass
    os.close(descriptor)


@pytest.fixture
def small_disk(tmp_path):
    place = tmp_path / "small"
    place.mkdir()
    mounted = shutil.which("mount") and os.geteuid() == 0
    if (
        not mounted
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", str(place)], check=False, capture_output=True
        ).returncode
    ):
        pytest.skip("needs the right to mount a small file system")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_loses_nothing_and_goes_on_by_itself(stage, play, small_disk):
    stage.write_config(state_directory=json.dumps(str(small_disk)))
    stage.daemon.start()
    activate(stage)
    alice = stage.people["alice"]
    alice.create("Before", play.now + DAY)
    listed(play, "alice", "Before")
    filler = small_disk / "filler"
    fill(filler)
    number = 0
    while stage.daemon.admin.status()["store"] == "ok":
        number += 1
        assert number < 200
        alice.create(f"Full {number}", play.now + DAY, description="y" * 4000)
        stage.daemon.admin.resync(alice.address)  # many pushes in a row are answered more and more slowly
    assert stage.daemon.admin.status()["store"] == "disk-full"
    filler.unlink()
    play.until("well again", lambda: stage.daemon.admin.status()["store"] == "ok")
    listed(play, "alice", f"Full {number}")
    listed(play, "alice", "Before")


def test_a_bad_reload_changes_nothing_and_says_why(stage, play):
    stage.daemon.start()
    activate(stage)
    good = stage.config.read_text()
    stage.config.write_text(good + "\n[nonsense]\nx = 1\n")
    stage.daemon.signal(signal.SIGHUP)
    play.until("refused", lambda: "nonsense" in stage.daemon.admin.status()["config"]["error"])
    stage.people["alice"].create("Still served", play.now + DAY)
    listed(play, "alice", "Still served")
    stage.config.write_text(good)
    stage.daemon.signal(signal.SIGHUP)
    play.until("accepted", lambda: stage.daemon.admin.status()["config"]["error"] == "")


def test_term_drains_and_ends_with_zero_and_usr1_dumps_threads(stage, play):
    stage.daemon.start()
    activate(stage)
    stage.daemon.signal(signal.SIGUSR1)
    play.until("a thread dump", lambda: "Thread 0x" in stage.daemon.tail())
    assert stage.daemon.terminate() == 0
    assert "daemon.stopped" in stage.daemon.tail()


def test_a_second_term_ends_at_once(stage, play):
    stage.daemon.start()
    activate(stage)
    slow = {"match": {"method": "GET", "path_regex": "/events$"}, "times": 50, "kind": "delay", "seconds": 30}
    stage.google.add_fault(slow)
    stage.people["alice"].create("Slow", play.now + DAY)
    play.until("a hanging request", lambda: stage.daemon.admin.status()["lanes"]["google"]["in_flight"])
    stage.daemon.signal(signal.SIGTERM)
    play.until("it drains", lambda: "daemon.stopping" in stage.daemon.tail())
    began = stage.clock.monotonic()
    stage.daemon.terminate()
    assert stage.clock.monotonic() - began < 1.5


def test_the_admin_socket_is_not_for_everybody(stage):
    stage.daemon.start()
    assert stage.daemon.socket.stat().st_mode & 0o777 == 0o660
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(str(stage.daemon.socket))
        raw.sendall(b"GET /v1/status HTTP/1.1\r\nHost: d\r\n\r\n")
        assert raw.recv(20).startswith(b"HTTP/1.1 200")
