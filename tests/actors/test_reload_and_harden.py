"""What a reload puts in force, which keyring is opened after one, and what the process gives up."""

from __future__ import annotations

import json
import subprocess
import sys
import threading

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from actors.base import Behaviour
from actors.pool import Pool
from actors.runtime import PoolRuntime
from hybridcal_daemon.adapters.kms import LocalKeyring
from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.values import Secret
from hybridcal_daemon.shell.app import reloaded, stuck
from hybridcal_daemon.shell.config import changes, load, user_settings, value_of
from hybridcal_daemon.shell.config_table import TABLE
from hybridcal_daemon.shell.wiring import Keyring
from tests.actors.actor_fakes import DEADLINE

OLD = """\
[google]
poll_interval = "40 min"
workers = 3
[google.push]
enabled = false
[webex]
service_app_client_id = "C0ffee0123456789"
"""
NEW = """\
[google]
poll_interval = "7 s"
workers = 9
[google.push]
enabled = true
public_url = "https://push.acme.example/google/push"
[webex]
service_app_client_id = "C0ffee0123456789"
api_url = "https://elsewhere.example/v1"
[log]
level = "error"
"""


ACCOUNT = {
    "type": "service_account",
    "project_id": "acme",
    "private_key_id": "k1",
    "client_email": "hybridcal@acme.iam.gserviceaccount.example",
    "client_id": "109812345678901234342",
    "token_uri": "https://oauth2.googleapis.com/token",
}


def private_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(pem, form, serialization.NoEncryption()).decode()


def write_private(path, text):
    path.write_text(text)
    path.chmod(0o600)


@pytest.fixture
def configs(tmp_path):
    """Two configurations of the same file, before and after somebody wrote to it."""
    path, env = tmp_path / "config.toml", {"CREDENTIALS_DIRECTORY": str(tmp_path), "STATE_DIRECTORY": str(tmp_path)}
    account = {**ACCOUNT, "private_key": private_key()}
    write_private(tmp_path / "google-service-account", json.dumps(account))
    for name in ("webex-bot-token", "webex-service-app-secret", "webex-service-app-refresh-token"):
        write_private(tmp_path / name, "marker\n")
    made = []
    for text in (OLD, NEW):
        path.write_text(text)
        made.append(load(path, env))
    return made


def test_a_reload_carries_out_what_it_can_and_leaves_the_rest_as_it_was(configs):
    old, new = configs
    after = reloaded(old, new)
    for setting in TABLE:
        expected = new if setting.reloadable else old
        assert value_of(after, setting.name) == value_of(expected, setting.name)
    assert (after.google.poll_interval, after.google.workers, after.log.level) == (7.0, 3, "error")
    assert after.webex.api_url == old.webex.api_url


def test_nobody_asks_for_pushes_that_nobody_listens_to(configs):
    old, new = configs
    assert user_settings(new).push
    assert not user_settings(reloaded(old, new)).push


def test_what_waits_for_a_restart_is_told_at_each_reload(configs):
    old, new = configs
    _, later = changes(old, new)
    now, still = changes(reloaded(old, new), new)
    assert "google.workers" in later
    assert still == later
    assert now == ()


def test_after_a_reload_the_keyring_of_the_new_configuration_is_opened(tmp_path):
    path = [tmp_path / "missing.json"]
    keys = Keyring(lambda: path[0])
    with pytest.raises(CallError, match="kms-keyring-missing"):
        keys.open()
    path[0] = tmp_path / "right.json"
    LocalKeyring(path[0]).create()
    keys.open()
    blob = keys.wrap(Secret(bytearray(32)), b"aad")
    keys.open()
    assert keys.unwrap(blob, b"aad").reveal() == bytearray(32)
    keys.close()
    with pytest.raises(CallError, match="kms-sealed"):
        keys.unwrap(blob, b"aad")


def test_a_new_installation_makes_its_keyring_where_the_configuration_says(tmp_path):
    keys = Keyring(lambda: tmp_path / "keyring.json")
    keys.create()
    keys.open()
    assert (tmp_path / "keyring.json").stat().st_mode & 0o777 == 0o600


# ---- evidence for the watchdog


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((), (0, 0), False),
        ((0, 0), (0, 0), False),
        ((3, 5), (3, 5), True),
        ((3, 5), (3, 7), False),
        ((3, 6), (3, 6), False),
        ((1, 1), (3, 3), False),
        ((), (), False),
    ],
)
def test_users_are_stuck_when_no_worker_has_come_back(before, after, expected):
    assert stuck(before, after) is expected


def test_the_pool_counts_the_turns_of_its_workers():
    pool = Pool(workers=2)
    runtime, inside, go = PoolRuntime(pool), threading.Barrier(3), threading.Event()

    class Slow(Behaviour):
        def on_receive(self, _message):
            inside.wait(DEADLINE)
            return go.wait(DEADLINE)

    assert pool.turns() == (0, 0)
    refs = [runtime.spawn(Slow, on_death=print, name=f"slow-{number}") for number in range(2)]
    asks = [ref.ask("x", block=False) for ref in refs]
    inside.wait(DEADLINE)
    first = pool.turns()
    assert all(turn % 2 for turn in first)
    assert stuck(first, pool.turns())
    go.set()
    assert [ask.get(timeout=DEADLINE) for ask in asks] == [True, True]
    assert pool.stop(timeout=DEADLINE)
    assert not any(turn % 2 for turn in pool.turns())


# ---- hardening


_PROBE = """
import ctypes, os, resource, sys
from hybridcal_daemon.shell import harden
harden.close_up()
cpu = harden.pin_to_one_cpu()
cpus = len(os.sched_getaffinity(0))
dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
print(resource.getrlimit(resource.RLIMIT_CORE), dumpable, os.umask(0), cpu is None or cpus == 1)
"""


def test_no_core_no_tracing_private_files_one_cpu():
    probe = subprocess.run([sys.executable, "-c", _PROBE], capture_output=True, text=True, timeout=DEADLINE, check=True)
    assert probe.stdout.split() == ["(0,", "0)", "0", str(0o077), "True"]
