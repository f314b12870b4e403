from __future__ import annotations

import itertools

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from hybridcal_daemon.adapters.kms.aead import (
    BlobKey,
    derive,
    frame,
    fresh_key,
    key_id_of,
    wipe,
)
from hybridcal_daemon.adapters.kms.cells import BUCKET, CellKey, pad, unpad
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Plain, Sealed, UserId

USERS = [UserId("u" + str(digit) * 20) for digit in range(3)] + [UserId("u" + "0" * 19)]
PLACES = ["address", "room", "0room", "event/a/join", "event/b/join", "event/a/jo", "in"]


def opens(key: CellKey, place: str, cell: bytes) -> bool:
    try:
        key.open(place, Sealed(cell))
    except CallError as failure:
        return (failure.kind, failure.code) != (Kind.INVALID, "kms-tampered")
    return True


@given(st.binary(max_size=300), st.text(max_size=40))
def test_a_cell_opens_where_it_was_sealed(plain, place):
    key = CellKey(fresh_key(), USERS[0])
    cell = key.seal(place, Plain(plain))
    assert isinstance(cell, Sealed)
    assert key.open(place, cell) == Plain(plain)


def test_no_cell_can_be_moved_between_users_or_places():
    data_key = fresh_key()
    # the same data key for all users: even then the user in the AAD must keep them apart
    keys = {user: CellKey(data_key, user) for user in USERS}
    sealed = {(user, place): keys[user].seal(place, Plain(b"same")) for user, place in itertools.product(USERS, PLACES)}
    for ((user, place), cell), other_user, other_place in itertools.product(sealed.items(), USERS, PLACES):
        here = (user, place) == (other_user, other_place)
        assert opens(keys[other_user], other_place, cell) is here


def test_a_cell_of_another_data_key_is_refused():
    one, two = CellKey(fresh_key(), USERS[0]), CellKey(fresh_key(), USERS[0])
    assert not opens(two, "room", one.seal("room", Plain(b"x")))


def test_every_changed_byte_and_every_truncation_is_refused():
    key = CellKey(fresh_key(), USERS[0])
    cell = key.seal("room", Plain(b"room details"))
    for position in range(len(cell)):
        changed = bytearray(cell)
        changed[position] ^= 1
        assert not opens(key, "room", bytes(changed))
        assert not opens(key, "room", cell[:position])
    assert not opens(key, "room", cell + b"\0")


def test_equal_values_do_not_look_equal_and_no_nonce_repeats():
    key = CellKey(fresh_key(), USERS[0])
    cells = [key.seal("room", Plain(b"same")) for _ in range(5000)]
    assert len({cell[6:18] for cell in cells}) == len(cells)
    assert len({cell[18:] for cell in cells}) == len(cells)


@given(st.binary(max_size=200))
def test_padding_shows_length_only_in_buckets(plain):
    assert len(pad(plain)) % BUCKET == 0
    assert len(pad(plain)) - len(plain) <= BUCKET
    assert unpad(pad(plain)) == plain


@pytest.mark.parametrize("padded", [b"", bytes(64), b"text without a mark" + bytes(45)])
def test_what_was_not_padded_is_refused(padded):
    with pytest.raises(CallError, match="invalid:kms-tampered"):
        unpad(padded)


@given(st.lists(st.binary(max_size=8), max_size=5), st.lists(st.binary(max_size=8), max_size=5))
def test_frames_of_different_lists_differ(one, two):
    assert (frame(*one) == frame(*two)) == (one == two)


def test_a_blob_is_bound_to_its_purpose():
    key = fresh_key()
    blob = BlobKey(key, b"abcd", b"cell").seal(b"secret", b"context")
    with pytest.raises(CallError, match="invalid:kms-tampered"):
        BlobKey(key, b"abcd", b"wrap").open(blob, b"context")


def test_a_blob_says_its_version_algorithm_and_key():
    blob = BlobKey(fresh_key(), b"abcd", b"cell").seal(b"secret", b"")
    assert blob[:6] == b"\x01\x01abcd"
    assert len(blob) == 6 + 12 + len(b"secret") + 16
    assert key_id_of(blob) == b"abcd"


def test_derivation_is_hkdf_expand_of_rfc_5869():
    key = fresh_key()
    info = frame(b"hybridcal/1", b"items", b"context")
    assert derive(key, b"items", b"context") == HKDFExpand(hashes.SHA256(), 32, info).derive(key)
    assert derive(key, b"items", b"other") != derive(key, b"items", b"context")


def test_wiping_overwrites_in_place():
    key = fresh_key()
    wipe(key)
    assert key == bytes(32)


def test_nothing_sensitive_is_in_a_repr():
    data_key = fresh_key()
    key = CellKey(data_key, USERS[0])
    assert repr(key) == "<CellKey>"
    assert repr(BlobKey(data_key, b"abcd", b"cell")) == "<BlobKey>"
    assert repr(key.seal("room", Plain(b"plain text"))) == f"<Sealed {34 + 64} bytes>"
