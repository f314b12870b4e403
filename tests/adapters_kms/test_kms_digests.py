"""Keyed hashes of what somebody typed."""

import hashlib

import pytest

from hybridcal_daemon.domain.values import Plain


@pytest.fixture
def people(vault):
    """Two admitted users."""
    rows = [vault.new_user(Plain(f"{name}@acme.example")) for name in ("alice", "bob")]
    for row in rows:
        vault.admit(row.user, row.wrapped_key)
    return [row.user for row in rows]


def test_a_digest_is_equal_for_equal_content_of_one_user_and_purpose_only(vault, people):
    user, other_user = people
    text = Plain(b"Design review tomorrow 10am")
    digest = vault.digest(user, "errand", text)
    assert digest == vault.digest(user, "errand", Plain(bytes(text.reveal())))
    others = {
        vault.digest(user, "errand key", text),
        vault.digest(user, "errand", Plain(b"Lunch")),
        vault.digest(other_user, "errand", text),
        hashlib.sha256(text.reveal()).hexdigest()[:32],
    }
    assert digest not in others
    assert len(others) == 4
    assert len(digest) == 32
