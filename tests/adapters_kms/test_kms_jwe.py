from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe as oracle
from joserfc.jwk import OctKey

from hybridcal_daemon.adapters.kms.aead import fresh_key
from hybridcal_daemon.adapters.kms.jwe import HEADER, JweKey
from hybridcal_daemon.domain.failures import CallError

KEY = fresh_key()
OURS = JweKey(KEY)
THEIRS = OctKey.import_key(bytes(KEY))


@given(st.text(max_size=200))
def test_what_we_write_opens_with_joserfc(text):
    opened = oracle.decrypt_compact(OURS.encrypt(text), THEIRS)
    assert opened.plaintext == text.encode()
    assert opened.protected == {"enc": "A256GCM", "alg": "dir"}


@given(st.text(max_size=200))
def test_what_joserfc_writes_opens_with_us(text):
    header = {"alg": "dir", "enc": "A256GCM", "kid": "kms://kms.acme.example/keys/1"}
    assert OURS.decrypt(oracle.encrypt_compact(header, text.encode(), THEIRS)) == text


def test_segments_are_those_of_the_webex_sdk():
    token = OURS.encrypt("Hello")
    assert [len(segment) for segment in token.split(".")] == [39, 0, 16, 7, 22]
    assert token.startswith("eyJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiZGlyIn0..")


def test_no_iv_repeats():
    assert len({OURS.encrypt("same").split(".")[2] for _ in range(5000)}) == 5000


def test_every_changed_character_is_refused():
    token = OURS.encrypt("Budget 2031")
    last_of_segment = {len(token) - 1, token.rindex(".") - 1}
    for position, was in enumerate(token):
        if position in last_of_segment:
            continue  # its low bits carry nothing
        changed = token[:position] + ("A" if was != "A" else "B") + token[position + 1 :]
        with pytest.raises(CallError, match="invalid:kms-tampered"):
            OURS.decrypt(changed)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "....",
        "a.b.c.d",
        "a.b.c.d.e.f",
        "\N{SNOWMAN}",
        HEADER.decode() + "..++++.AAAA.AAAA",
        HEADER.decode() + "....",
    ],
)
def test_what_is_no_jwe_is_refused(token):
    with pytest.raises(CallError, match="invalid:kms-tampered"):
        OURS.decrypt(token)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "dir", "enc": "A128CBC-HS256"},
        {"alg": "A256KW", "enc": "A256GCM"},
        {"alg": "dir", "enc": "A256GCM", "zip": "DEF"},
        {"alg": "dir", "enc": "A256GCM", "crit": ["exp"], "exp": 1},
        {"alg": "dir"},
        ["dir"],
    ],
)
def test_other_headers_are_refused(header):
    first = oracle.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, b"x", THEIRS).partition(".")[2]
    with pytest.raises(CallError, match="invalid:kms-tampered"):
        OURS.decrypt(f"{oracle_segment(header)}.{first}")


def oracle_segment(header: object) -> str:
    return urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()


def test_another_key_is_refused_and_nothing_shows():
    with pytest.raises(CallError) as failure:
        JweKey(fresh_key()).decrypt(OURS.encrypt("Budget 2031"))
    assert str(failure.value) == "invalid:kms-tampered"
    assert repr(OURS) == "<JweKey>"
