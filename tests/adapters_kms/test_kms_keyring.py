from __future__ import annotations

import base64
import json
import stat

import pytest

from hybridcal_daemon.adapters.kms import LocalKeyring
from hybridcal_daemon.adapters.kms.aead import fresh_key
from hybridcal_daemon.domain.errors import explain
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Secret


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keyring.json"


@pytest.fixture
def keyring(path):
    made = LocalKeyring(path)
    made.create()
    made.open()
    return made


def refused(code, call, *args):
    with pytest.raises(CallError) as failure:
        call(*args)
    assert failure.value.code == code
    assert explain(code).fix
    return failure.value.kind


def written(path, content, mode=0o600):
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    path.chmod(mode)
    return LocalKeyring(path)


def keys(*names):
    return {name: base64.b64encode(name.encode() * 4).decode() for name in names}


def test_a_key_comes_back_from_its_wrapping(keyring):
    key = fresh_key()
    blob = keyring.wrap(Secret(key), b"user u1")
    assert bytes(key) not in blob
    opened = keyring.unwrap(blob, b"user u1").reveal()
    assert isinstance(opened, bytearray)
    assert opened == key


def test_a_wrapped_key_is_bound_to_its_user(keyring):
    blob = keyring.wrap(Secret(fresh_key()), b"user u1")
    assert refused("kms-tampered", keyring.unwrap, blob, b"user u2") is Kind.INVALID
    assert refused("kms-tampered", keyring.unwrap, blob[:-1], b"user u1") is Kind.INVALID
    assert refused("kms-tampered", keyring.unwrap, b"", b"user u1") is Kind.INVALID


@pytest.mark.usefixtures("keyring")
def test_the_file_is_made_private_and_whole(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = json.loads(path.read_text())
    assert content["format"] == 1
    assert list(content["keys"]) == [content["active"]]
    assert len(base64.b64decode(content["keys"][content["active"]])) == 32
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@pytest.mark.usefixtures("keyring")
def test_making_never_replaces_a_keyring(path):
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        LocalKeyring(path).create()
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_what_an_interrupted_making_left_is_no_obstacle(path):
    path.with_name(".keyring.json.new").write_text("half")
    keyring = LocalKeyring(path)
    keyring.create()
    keyring.open()
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_opening_never_makes_a_keyring(path):
    assert refused("kms-keyring-missing", LocalKeyring(path).open) is Kind.SEALED
    assert not path.exists()


def test_making_in_a_missing_directory_is_a_clear_error(tmp_path):
    assert refused("kms-keyring-unreadable", LocalKeyring(tmp_path / "missing" / "keyring").create) is Kind.SEALED


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_may_touch_is_refused(keyring, path, mode):
    path.chmod(mode)
    assert refused("kms-keyring-exposed", keyring.open) is Kind.SEALED
    assert refused("kms-sealed", keyring.wrap, Secret(fresh_key()), b"") is Kind.SEALED


def test_a_read_only_file_will_do(keyring, path):
    path.chmod(0o400)
    keyring.open()
    assert keyring.unwrap(keyring.wrap(Secret(fresh_key()), b""), b"")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not JSON",
        "[]",
        {"format": 2, "active": "aaaabbbb", "keys": keys("aaaabbbb")},
        {"format": 1, "active": "ccccdddd", "keys": keys("aaaabbbb")},
        {"format": 1, "active": "aaaabbbb", "keys": {"aaaabbbb": "AAAA"}},
        {"format": 1, "active": "aaaabbbb", "keys": {"aaaabbbb": "no base64!"}},
        {"format": 1, "active": "aaaa", "keys": keys("aaaa")},
        {"format": 1, "active": "nothexno", "keys": keys("nothexno")},
        {"format": 1, "active": "aaaabbbb", "keys": keys("aaaabbbb"), "more": 1},
    ],
)
def test_a_damaged_file_is_refused(path, content):
    assert refused("kms-keyring-unreadable", written(path, content).open) is Kind.SEALED


def test_what_is_no_file_is_refused(tmp_path):
    assert refused("kms-keyring-unreadable", LocalKeyring(tmp_path).open) is Kind.SEALED


def test_an_older_key_still_unwraps_and_new_ones_use_the_active_key(path):
    old = written(path, {"format": 1, "active": "aaaabbbb", "keys": keys("aaaabbbb")})
    old.open()
    key = fresh_key()
    blob = old.wrap(Secret(key), b"x")
    both = written(path, {"format": 1, "active": "ccccdddd", "keys": keys("aaaabbbb", "ccccdddd")})
    both.open()
    assert both.unwrap(blob, b"x").reveal() == key
    assert both.wrap(Secret(key), b"x")[2:6].hex() == "ccccdddd"


def test_another_keyring_is_told_from_damage(keyring, tmp_path):
    other = LocalKeyring(tmp_path / "other.json")
    other.create()
    other.open()
    blob = keyring.wrap(Secret(fresh_key()), b"x")
    assert refused("kms-wrong-keyring", other.unwrap, blob, b"x") is Kind.SEALED


def test_a_closed_keyring_has_no_keys(keyring):
    blob = keyring.wrap(Secret(fresh_key()), b"x")
    keyring.close()
    assert refused("kms-sealed", keyring.unwrap, blob, b"x") is Kind.SEALED


def test_no_key_is_in_a_repr_or_an_error(path):
    keyring = written(path, {"format": 1, "active": "cccc", "keys": keys("aaaabbbb")})
    with pytest.raises(CallError) as failure:
        keyring.open()
    assert str(failure.value) == "sealed:kms-keyring-unreadable"
    assert failure.value.__suppress_context__
    assert repr(keyring) == "<LocalKeyring>"
