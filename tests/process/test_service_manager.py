"""What systemd hears from a real daemon (sd_notify(3))."""

import json
import signal
import socket

import pytest

pytestmark = pytest.mark.process


class Manager:
    """Listens as systemd would."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(15)

    def hears(self, word):
        """Wait for a message with this line; gives the whole message."""
        while True:
            message = self.socket.recv(4096).decode()
            if word in message:
                return message


@pytest.fixture
def manager(stage, tmp_path):
    made = Manager(tmp_path / "notify.sock")
    stage.daemon.environment |= {"NOTIFY_SOCKET": str(tmp_path / "notify.sock"), "WATCHDOG_USEC": "400000"}
    yield made
    made.socket.close()


def test_ready_watchdog_reload_and_stopping(stage, manager):
    stage.daemon.start()
    assert "STATUS=" in manager.hears("READY=1")
    manager.hears("WATCHDOG=1")
    stage.daemon.signal(signal.SIGHUP)
    assert "MONOTONIC_USEC=" in manager.hears("RELOADING=1")
    manager.hears("READY=1")
    stage.config.write_text("nonsense = 1\n")
    stage.daemon.signal(signal.SIGHUP)
    manager.hears("RELOADING=1")
    assert "refused" in manager.hears("READY=1")
    stage.daemon.signal(signal.SIGTERM)
    manager.hears("STOPPING=1")
    assert stage.daemon.terminate() in {0, 1}


def test_a_sealed_daemon_is_up_and_says_so(stage, manager):
    stage.daemon.start()
    assert stage.daemon.admin.activate(stage.people["alice"].address, 10.0)["state"] == "active"
    stage.daemon.terminate()
    stage.write_config(kms__keyring_file=json.dumps(str(stage.directory / "elsewhere.json")))
    manager.hears("STOPPING=1")
    stage.daemon.start()
    assert "kms-keyring-missing" in manager.hears("READY=1")
    manager.hears("WATCHDOG=1")
