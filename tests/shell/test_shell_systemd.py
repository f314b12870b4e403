import configparser
import os
import socket
from pathlib import Path

import pytest

from hybridcal_daemon.shell.config_errors import EXIT_CONFIG
from hybridcal_daemon.shell.config_setting import credential
from hybridcal_daemon.shell.config_table import TABLE
from hybridcal_daemon.shell.systemd import Notifier

UNIT = Path(__file__).parents[2] / "systemd" / "hybridcal.service"


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path):
    """A socket that hears what the daemon tells systemd; its address as systemd would pass it."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@hybridcal-test-{os.getpid()}-{tmp_path.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(name.replace("@", "\0", 1) if name.startswith("@") else name)
        listener.settimeout(5)
        yield listener, {"NOTIFY_SOCKET": name}


def test_each_state_is_one_datagram(manager):
    listener, env = manager
    notifier = Notifier(env)
    notifier.ready("2 users\nactive")
    notifier.reloading(12.5)
    notifier.status("all well")
    notifier.watchdog()
    notifier.extend_timeout(3)
    notifier.stopping()
    assert [listener.recv(1000).decode() for _ in range(6)] == [
        "READY=1\nSTATUS=2 users active",
        "RELOADING=1\nMONOTONIC_USEC=12500000",
        "STATUS=all well",
        "WATCHDOG=1",
        "EXTEND_TIMEOUT_USEC=3000000",
        "STOPPING=1",
    ]


def test_without_systemd_nothing_happens(tmp_path):
    Notifier({}).ready()
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()


def test_a_manager_that_does_not_read_does_not_hold_the_daemon(manager):
    _, env = manager
    notifier = Notifier(env)
    for _ in range(2000):  # far more than the socket's queue takes
        notifier.watchdog()


@pytest.mark.parametrize(
    ("env", "interval"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "x"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
    ],
)
def test_the_watchdog_is_fed_twice_per_period(env, interval):
    assert Notifier(env).watchdog_interval == interval


def unit():
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str
    parser.read(UNIT)
    return parser["Service"]


def test_the_unit_agrees_with_the_program():
    service = unit()
    assert service["Type"] == "notify"
    assert service["RestartPreventExitStatus"] == str(EXIT_CONFIG)
    assert service["StateDirectory"] == service["RuntimeDirectory"] == "hybridcal"
    assert "PrivateUsers" not in service
    for setting in TABLE:
        if setting.secret:
            assert f"#LoadCredential={credential(setting.name)}:/etc/hybridcal/" in UNIT.read_text()
