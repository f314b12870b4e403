"""The key file: every way in which it can be wrong has its own sentence."""

import json
import os

import pytest

from hybridcal_daemon.adapters.google.keyfile import KeyFileError, load_service_account


@pytest.fixture
def put(tmp_path):
    def put(content, mode=0o600):
        file = tmp_path / "key.json"
        file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        file.chmod(mode)
        return file

    return put


def said(file):
    with pytest.raises(KeyFileError) as caught:
        load_service_account(file)
    message = str(caught.value)
    assert str(file) in message
    assert "PRIVATE" not in message
    return message


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o440, 0o640])
def test_a_good_key(put, key_info, mode):
    assert load_service_account(put(key_info, mode)) == key_info


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o602, 0o660, 0o777])
def test_a_key_that_others_can_get_at(put, key_info, mode):
    assert f"mode {mode:04o}" in (message := said(put(key_info, mode)))
    assert "chmod 600" in message


def test_missing(tmp_path):
    assert "does not exist" in said(tmp_path / "key.json")
    (tmp_path / "file").write_text("")
    assert "cannot be read" in said(tmp_path / "file" / "key.json")


def test_not_a_file(tmp_path):
    assert "is a directory" in said(tmp_path)
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert "not a regular file" in said(tmp_path / "pipe")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable(put, key_info):
    assert "Permission denied" in said(put(key_info, 0o000))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"-----BEGIN PRIVATE KEY-----", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (b"x" * 70_000, "larger than"),
        ({"installed": {"client_id": "x"}}, "an OAuth client file"),
        ({"web": {"client_id": "x"}}, "an OAuth client file"),
        ({"type": "authorized_user"}, "a user's credentials file"),
        ({"type": "service_account_v2"}, "some other JSON file"),
        ({}, "some other JSON file"),
    ],
)
def test_not_a_key(put, content, words):
    assert words in said(put(content))


@pytest.mark.parametrize("name", ["client_email", "private_key", "private_key_id", "token_uri", "client_id"])
def test_a_key_with_a_gap(put, key_info, name):
    assert f"lacks {name}" in said(put({**key_info, name: ""}))
    assert f"lacks {name}" in said(put({key: value for key, value in key_info.items() if key != name}))


@pytest.mark.parametrize("damage", ["x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_damaged_private_key(put, key_info, damage):
    assert "no usable private key" in said(put({**key_info, "private_key": damage}))
    assert "no usable private key" in said(put({**key_info, "private_key": key_info["private_key"][:-200]}))
