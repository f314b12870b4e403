"""From a configuration to tokens: which key, whose account, and what a reload does to them."""

from types import SimpleNamespace

import pytest

from hybridcal_daemon.adapters.google import KeylessMinter, ServiceAccountMinter
from hybridcal_daemon.adapters.phrases import phrases
from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import Plain, UserId
from hybridcal_daemon.shell.config import load
from hybridcal_daemon.shell.config_errors import BadValue
from hybridcal_daemon.shell.wiring import Wiring

ASKED = ("token", "seal_events", "open_cell", "seal_cell", "address", "channel_token")
PERSON, ROOM = UserId("u" + "0" * 20), UserId("r" + "0" * 20)
ROOMS = 'google.rooms.account = "rooms@acme.example"\n'
OWNER = 'google.rooms.owner = "admin@acme.example"\n'


@pytest.fixture
def wiring(config_file, env, clock, log):
    return Wiring(load(config_file(), env), clock, None, log)


@pytest.fixture
def second_key(tmp_path, kit, private_key):
    path = tmp_path / "next.json"
    kit.write_private(path, kit.service_account(private_key, private_key_id="key-2"))
    return path


def world(wiring):
    return wiring.world(lambda _: None)


def key_ids(minter):
    return [key.key_id for key in (minter._new, minter._old) if key is not None]


def test_a_reload_reads_both_keys(wiring, config_file, env, second_key, kit, private_key, secrets):
    assert key_ids(world(wiring).make_minter()) == ["k1"]
    config = load(config_file(f'google.next_service_account_file = "{second_key}"\n'), env)
    wiring.use(config)
    minter = world(wiring).make_minter()
    assert isinstance(minter, ServiceAccountMinter)
    assert key_ids(minter) == ["key-2", "k1"]
    kit.write_private(second_key, kit.service_account(private_key, private_key_id="key-3"))
    kit.write_private(secrets / "google-service-account", kit.service_account(private_key, private_key_id="key-2"))
    wiring.use(config)
    assert key_ids(world(wiring).make_minter()) == ["key-3", "key-2"]


def test_minters_share_what_they_learn_until_the_files_are_read_again(wiring, config_file, env, second_key, clock):
    config = load(config_file(f'google.next_service_account_file = "{second_key}"\n'), env)
    wiring.use(config)
    first, second = (world(wiring).make_minter() for _ in range(2))
    first._choice.refused("key-2", "google-key-invalid", clock.now())
    assert not second._choice.tries_new(clock.now())
    wiring.use(config)
    assert world(wiring).make_minter()._choice.tries_new(clock.now())


def test_a_second_key_that_cannot_be_read_leaves_everything_as_it_was(wiring, config_file, env, second_key):
    config = load(config_file(f'{ROOMS}google.next_service_account_file = "{second_key}"\n'), env)
    second_key.chmod(0o644)
    with pytest.raises(BadValue, match="mode 0644"):
        wiring.use(config)
    assert key_ids(world(wiring).make_minter()) == ["k1"]
    with pytest.raises(CallError, match="google-rooms-off"):
        world(wiring).subject_of(ROOM, Purpose.ROOMS)


def test_keyless_by_a_reload(wiring, config_file, env, kit, tmp_path, secrets):
    (secrets / "google-service-account").unlink()
    source = tmp_path / "credentials.json"
    kit.write_private(
        source, '{"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}'
    )
    text = f'google.impersonate_service_account = "h@p.example"\ngoogle.credentials_file = "{source}"\n'
    wiring.use(load(config_file(text), env))
    assert isinstance(world(wiring).make_minter(), KeylessMinter)


def test_whose_token_follows_the_configuration_in_force(wiring, config_file, env):
    subject_of = world(wiring).subject_of
    assert subject_of(PERSON, Purpose.CALENDAR) is None
    with pytest.raises(CallError, match="google-rooms-off"):
        subject_of(ROOM, Purpose.ROOMS)
    wiring.use(load(config_file(ROOMS), env))
    assert subject_of(ROOM, Purpose.ROOMS) == subject_of(ROOM, Purpose.ROOM_ACCESS) == Plain("rooms@acme.example")
    wiring.use(load(config_file(ROOMS + OWNER), env))
    assert subject_of(ROOM, Purpose.ROOMS) == Plain("rooms@acme.example")
    assert subject_of(ROOM, Purpose.ROOM_ACCESS) == Plain("admin@acme.example")
    for user, purpose in ((PERSON, Purpose.ROOMS), (ROOM, Purpose.GMAIL)):
        with pytest.raises(CallError, match="not-permitted"):
            subject_of(user, purpose)


def test_how_blocks_are_written_follows_the_configuration_in_force(wiring, config_file, env, tmp_path):
    style = world(wiring).make_runner("google", SimpleNamespace(**dict.fromkeys(ASKED))).keywords["tools"].style
    assert (style("ar").right_to_left, style("ar").header) == (True, "")
    (tmp_path / "texts.toml").write_text('[en]\nheader = "Welcome"\n')
    wiring.use(load(config_file('joinblock.texts_file = "texts.toml"\n'), env))
    assert (style("de").phrases, style("de").header) == (phrases("de"), "Welcome")
