from __future__ import annotations

import re

import pytest

from hybridcal_daemon.domain.errors import CATALOGUE
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Plain, Sealed, UserId, is_room

ALICE = Plain("alice@acme.example")
NOBODY = UserId("u" + "0" * 20)
KEY_URL = "kms://kms.acme.example/keys/00000000-0000-4000-8000-000000000000"


def refused(call, *args) -> tuple[Kind, str]:
    with pytest.raises(CallError) as failure:
        call(*args)
    assert failure.value.code in CATALOGUE
    return failure.value.kind, failure.value.code


def admitted(vault, address=ALICE):
    row = vault.new_user(address)
    vault.admit(row.user, row.wrapped_key)
    return row


def everything(vault, user=NOBODY):
    """Every way to do something with keys."""
    return {
        "new_user": lambda: vault.new_user(ALICE),
        "admit": lambda: vault.admit(user, b""),
        "index": lambda: vault.index(ALICE),
        "channel_token": lambda: vault.channel_token("c"),
        "seal_events": lambda: vault.seal_events(user, []),
        "seal": lambda: vault.seal(user, "room", Plain(b"")),
        "open": lambda: vault.open(user, "room", Sealed(b"")),
        "item_key": lambda: vault.item_key(user, KEY_URL),
    }


# ---- sealed or not --------------------------------------------------------------------------------------------------


def test_a_vault_is_sealed_until_it_is_unlocked(installation):
    vault = installation.vault(fresh=True)
    assert vault.sealed == "kms-sealed"
    for call in everything(vault).values():
        assert refused(call) == (Kind.SEALED, "kms-sealed")


def test_a_new_installation_gets_a_keyring_and_an_index_key(installation):
    vault = installation.vault(fresh=True)
    vault.unlock()
    assert vault.sealed == ""
    assert installation.keyring.exists()
    assert len(installation.saved) == 1


def test_a_restart_finds_everything_again(installation, vault):
    row = admitted(vault)
    cell = vault.seal(row.user, "room", Plain(b"details"))
    later = installation.vault(fresh=False)
    later.unlock()
    later.admit(row.user, row.wrapped_key)
    assert later.open(row.user, "room", cell) == Plain(b"details")
    assert later.index(ALICE) == row.index
    assert later.channel_token("c1") == vault.channel_token("c1")
    assert len(installation.saved) == 1


@pytest.mark.usefixtures("vault")
def test_a_lost_keyring_is_never_replaced_while_there_are_rows(installation):
    installation.keyring.unlink()
    later = installation.vault(fresh=False)
    later.unlock()
    assert later.sealed == "kms-keyring-missing"
    assert not installation.keyring.exists()
    for call in everything(later).values():
        assert refused(call) == (Kind.SEALED, "kms-keyring-missing")


def test_a_vault_that_was_new_once_does_not_make_a_second_keyring(installation, vault):
    installation.keyring.unlink()
    vault.unlock()
    assert vault.sealed == "kms-keyring-missing"
    assert not installation.keyring.exists()


@pytest.mark.usefixtures("vault")
def test_a_new_installation_with_an_old_index_key_and_no_keyring_starts_anew(installation):
    installation.keyring.unlink()
    anew = installation.vault(fresh=True)
    anew.unlock()
    assert anew.sealed == ""
    assert len(installation.saved) == 2


@pytest.mark.parametrize("fresh", [True, False])
def test_a_damaged_keyring_is_never_replaced(installation, fresh):
    installation.keyring.write_text("not a keyring")
    installation.keyring.chmod(0o600)
    vault = installation.vault(fresh=fresh)
    vault.unlock()
    assert vault.sealed == "kms-keyring-unreadable"
    assert installation.keyring.read_text() == "not a keyring"


@pytest.mark.usefixtures("vault")
def test_a_keyring_of_another_installation_is_recognised(installation):
    installation.keyring.unlink()
    installation.saved, was = [], installation.saved
    installation.vault(fresh=True).unlock()
    installation.saved = was
    wrong = installation.vault(fresh=False)
    wrong.unlock()
    assert wrong.sealed == "kms-wrong-keyring"


def test_the_admin_repairs_and_it_opens_again(installation, vault):
    row = admitted(vault)
    cell = vault.seal(row.user, "room", Plain(b"details"))
    away = installation.keyring.with_name("elsewhere")
    installation.keyring.rename(away)
    vault.unlock()
    for call in everything(vault, row.user).values():
        assert refused(call) == (Kind.SEALED, "kms-keyring-missing")
    away.rename(installation.keyring)
    vault.unlock()
    assert vault.sealed == ""
    vault.admit(row.user, row.wrapped_key)
    assert vault.open(row.user, "room", cell) == Plain(b"details")


def test_unlocking_an_open_vault_keeps_its_users(vault):
    row = admitted(vault)
    vault.unlock()
    assert vault.seal(row.user, "room", Plain(b"x"))


# ---- users ----------------------------------------------------------------------------------------------------------


def test_a_new_user_has_a_meaningless_id_and_sealed_rows(vault):
    row = vault.new_user(Plain(" Alice@acme.example\n"))
    assert re.fullmatch("u[0-9a-f]{20}", row.user)
    assert isinstance(row.address, Sealed)
    assert b"acme" not in row.address + row.index + row.wrapped_key
    vault.admit(row.user, row.wrapped_key)
    assert vault.open(row.user, "address", row.address) == Plain(b"Alice@acme.example")


def test_a_rooms_id_says_that_it_is_a_room_and_no_more(vault):
    row = vault.new_user(Plain("aurora@resource.acme.example"), room=True)
    assert re.fullmatch("r[0-9a-f]{20}", row.user)
    assert is_room(row.user)
    assert not is_room(vault.new_user(ALICE).user)
    vault.admit(row.user, row.wrapped_key)
    assert vault.open(row.user, "address", row.address) == Plain(b"aurora@resource.acme.example")


def test_the_same_address_twice_shares_nothing_but_the_index(vault):
    one, two = vault.new_user(ALICE), vault.new_user(ALICE)
    assert one.index == two.index
    assert len({one.user, two.user}) == len({one.address, two.address}) == 2


def test_the_index_knows_an_address_however_it_is_written(vault):
    assert vault.index(ALICE) == vault.index(Plain("  ALICE@Acme.Example "))
    assert vault.index(ALICE) != vault.index(Plain("alicia@acme.example"))
    assert len(vault.index(ALICE)) == 16


def test_a_user_is_not_admitted_by_being_made(vault):
    row = vault.new_user(ALICE)
    assert refused(vault.seal, row.user, "room", Plain(b"x")) == (Kind.TRANSIENT, "kms-unknown-user")


def test_keys_of_another_user_or_damaged_ones_are_not_admitted(vault):
    one, two = vault.new_user(ALICE), vault.new_user(Plain("bob@acme.example"))
    assert refused(vault.admit, one.user, two.wrapped_key) == (Kind.INVALID, "kms-tampered")
    assert refused(vault.admit, one.user, one.wrapped_key[:-1]) == (Kind.INVALID, "kms-tampered")
    assert vault.sealed == ""


def test_a_forgotten_user_leaves_no_key(vault):
    row = admitted(vault)
    keys = vault._users[row.user]
    held = [keys._items, keys._digests]
    assert all(any(key) for key in held)
    vault.forget(row.user)
    vault.forget(row.user)
    assert not any(any(key) for key in held)
    assert refused(vault.seal, row.user, "room", Plain(b"x")) == (Kind.TRANSIENT, "kms-unknown-user")


def test_cells_do_not_move_between_users(vault):
    one, two = admitted(vault), admitted(vault, Plain("bob@acme.example"))
    cell = vault.seal(one.user, "room", Plain(b"x"))
    assert refused(vault.open, two.user, "room", cell) == (Kind.INVALID, "kms-tampered")
    assert refused(vault.open, one.user, "address", cell) == (Kind.INVALID, "kms-tampered")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "kms://other.example/keys/00000000-0000-4000-8000-000000000000",
        "kms://kms.acme.example/keys/",
        "kms://kms.acme.example/keys/nonsense",
        "kms://kms.acme.example/keys/{00000000-0000-4000-8000-000000000000}",
        "kms://kms.acme.example/keys/00000000000040008000000000000000",
    ],
)
def test_a_foreign_key_url_gives_no_key(vault, url):
    row = admitted(vault)
    assert refused(vault.item_key, row.user, url) == (Kind.NOT_FOUND, "kms-unknown-key")


def test_item_keys_are_each_users_own(vault):
    one, two = admitted(vault), admitted(vault, Plain("bob@acme.example"))
    key = vault.item_key(one.user, KEY_URL)
    assert len(key.reveal()) == 32
    assert key == vault.item_key(one.user, KEY_URL)
    assert key != vault.item_key(two.user, KEY_URL)
    assert key != vault.item_key(one.user, KEY_URL.replace("00-4", "01-4"))


# ---- push channels --------------------------------------------------------------------------------------------------


def test_the_receiver_knows_a_channels_token(vault):
    token = vault.channel_token("c1").reveal()
    tokens = vault.push_tokens()
    assert re.fullmatch("[0-9a-f]{64}", token)
    assert tokens.token("c1").reveal() == token
    assert tokens.matches("c1", token)
    for forged in ("", token[:-1], token.upper() + "0", token[:-1] + "x", "\N{SNOWMAN}", "\ud800", token + token):
        assert not tokens.matches("c1", forged)
    assert not tokens.matches("c2", token)


def test_nothing_matches_while_sealed(installation, vault):
    tokens = vault.push_tokens()
    token = vault.channel_token("c1").reveal()
    installation.keyring.rename(installation.keyring.with_name("elsewhere"))
    vault.unlock()
    assert not tokens.matches("c1", token)
    assert refused(tokens.token, "c1") == (Kind.SEALED, "kms-sealed")
    installation.keyring.with_name("elsewhere").rename(installation.keyring)
    vault.unlock()
    assert tokens.matches("c1", token)


def test_nothing_sensitive_is_in_a_repr(vault):
    row = admitted(vault)
    assert repr(vault) == "<LocalVault>"
    assert repr(vault.push_tokens()) == "<ChannelTokens>"
    assert repr(vault._users[row.user]) == "<UserKeys>"
    assert "acme" not in repr(row)
