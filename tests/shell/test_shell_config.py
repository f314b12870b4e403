import dataclasses
import typing
from pathlib import Path

import pytest

from hybridcal_daemon.domain.state import UserSettings
from hybridcal_daemon.shell import config as configuration
from hybridcal_daemon.shell import config_kinds, config_table
from hybridcal_daemon.shell.config import ConfigErrors, changes, load, user_settings, value_of, warnings

PUSH = 'google.push.enabled = true\ngoogle.push.public_url = "https://p.acme.example/google/push"\n'
ROOT = Path(__file__).parents[2]


def errors_of(path, env):
    with pytest.raises(ConfigErrors) as caught:
        load(path, env)
    return [str(error).removeprefix(f"{path}:") for error in caught.value.errors]


def leaves(section, above=""):
    names = {**vars(typing), "Path": Path, "Address": config_kinds.Address}
    for name, hint in typing.get_type_hints(section, {**vars(configuration), **names}).items():
        if dataclasses.is_dataclass(hint):
            yield from leaves(hint, f"{above}{name}.")
        elif above or name != "file":
            yield f"{above}{name}", hint


def test_config_has_exactly_the_fields_and_types_of_the_table():
    expected = {
        setting.name: (
            Path | None
            if setting.name in {"network.ca_file", "joinblock.texts_file", "devices.ca_file"} or not setting.needed
            else Path
            if isinstance(setting.type, config_kinds.File)
            else setting.type.python
        )
        for setting in config_table.TABLE
    }
    found = dict(leaves(configuration.Config))
    of_words = {name: hint for name, hint in found.items() if typing.get_origin(hint) is typing.Literal}
    assert {**found, **dict.fromkeys(of_words, str)} == expected
    assert of_words
    for name, hint in of_words.items():
        assert config_table.SETTINGS[name].type.words == typing.get_args(hint)


def test_root_config_toml_shows_every_setting_with_its_default():
    assert (ROOT / "config.toml").read_text() == config_table.default_file()


def test_default_file_and_empty_file_give_the_same_configuration(config_file, env):
    from_nothing = load(config_file(), env)
    default = config_table.default_file().replace(
        'service_app_client_id = ""', 'service_app_client_id = "C0ffee0123456789"'
    )
    from_default = load(config_file(default, client=False), env)
    assert from_default == from_nothing


def test_each_sentence_is_one_sentence_and_each_default_but_the_needed_is_valid():
    for setting in config_table.TABLE:
        assert setting.sentence[0].isupper() or setting.sentence[0] == "$"
        assert setting.sentence.endswith(".")
        if setting.name != "webex.service_app_client_id":
            setting.type.read(setting.default)


def test_durations_are_seconds_and_user_settings_follow_the_defaults(config_file, env):
    config = load(config_file('google.poll_interval = "1.5 min"\njoin.lead = "250 ms"\n'), env)
    assert config.google.poll_interval == 90.0
    assert config.join.lead == 0.25
    assert user_settings(load(config_file(), env)) == UserSettings(push=False)


def test_paths_come_from_the_file_then_the_environment_then_the_system(config_file, env, tmp_path, secrets):
    config = load(config_file('state_directory = "state"\n'), {**env, "RUNTIME_DIRECTORY": "/run/a:/run/b"})
    assert config.file == tmp_path / "config.toml"
    assert config.state_directory == tmp_path / "state"
    assert config.kms.keyring_file == tmp_path / "state" / "keyring.json"
    assert config.admin.socket == Path("/run/a/admin.sock")
    assert config.webex.bot_token_file == secrets / "webex-bot-token"
    bare = load(config_file(), {"CREDENTIALS_DIRECTORY": str(secrets)})
    assert bare.state_directory == Path("/var/lib/hybridcal")
    assert bare.admin.socket == Path("/run/hybridcal/admin.sock")
    assert bare.network.ca_file is None


def test_all_errors_at_once_with_line_key_and_suggestion(config_file, env):
    path = config_file(
        'feed.listen = "127.0.0.1:99999"\n'
        "\n"
        "[gogle]\n"
        "a = 1\n"
        "[google]\n"
        'pol_interval = "3 s"\n'
        'workers = "x"\n'
        "poll_interval = 30\n"
        'calendar_url = "http://calendar.acme.example/x"\n'
        "[google.push]\n"
        "enabled = 1\n"
        "[log]\n"
        'level = "infos"\n',
    )
    assert errors_of(path, env) == [
        "1: feed.listen: the part after the last colon must be a port from 0 to 65535",
        "3: gogle: there is no such table (did you mean `google`?)",
        "6: google.pol_interval: there is no such setting (did you mean `poll_interval`?)",
        "7: google.workers: must be a whole number, is text",
        '8: google.poll_interval: needs a unit: write "30 s" if seconds are meant',
        (
            "9: google.calendar_url: must begin with https:// "
            "(http:// is accepted only for this machine, such as 127.0.0.1)"
        ),
        "11: google.push.enabled: must be true or false (without quotes), is a whole number",
        '13: log.level: must be "debug" or "info" or "warning" or "error", is "infos" (did you mean `info`?)',
    ]


def test_a_key_of_another_table_is_pointed_to(config_file, env):
    assert errors_of(config_file('[log]\nbot_token_file = "x"\n'), env) == [
        "2: log.bot_token_file: there is no such setting (did you mean `webex.bot_token_file`?)"
    ]


def test_a_secret_written_into_the_file_is_not_repeated(config_file, env):
    (error,) = errors_of(config_file('bot_token = "marker-in-config"\n'), env)
    assert "marker" not in error


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'keywords.meet = "sometimes"\n',
            '1: keywords.meet: must be "myroom" or "space" or "onetime" or "off", is "sometimes"',
        ),
        ('cards.private = "shown"\n', '1: cards.private: must be "show" or "hide" or "none", is "shown"'),
        ('presence.focus_time = "busy"\n', '1: presence.focus_time: must be "off" or "ooo" or "dnd", is "busy"'),
        ('webex.site = "https://acme.webex.com"\n', '1: webex.site: must look like "acme.webex.com"'),
        ('devices.ahead = "32 d"\n', "1: devices.ahead: must be between 1 h and 31 d, is 32 d"),
        (
            'webex.integration_client_id = "C0ffee0123456789"\n',
            "1: webex.integration_secret_file: must be set, too, since webex.integration_client_id is",
        ),
        ("google.push.enabled = true\n", "1: google.push.public_url: must be set while google.push.enabled is true"),
        (
            PUSH + 'google.push.listen = ""\n',
            "3: google.push.listen: must be set while google.push.enabled is true",
        ),
        (
            PUSH + 'google.push.listen = "127.0.0.1:8443"\n',
            "3: google.push.listen: is the same as feed.listen",
        ),
        (
            'feed.listen = ""\nfeed.public_url = "https://c.acme.example"\n',
            "2: feed.public_url: is set, but feed.listen is",
        ),
        ('google.debounce = "30 s"\ngoogle.poll_interval = "20 s"\n', "1: google.debounce: must be shorter than"),
        ('join.card_doubt = "30 s"\n', "1: join.card_doubt: must be longer than network.deadline"),
        ('join.lead = "2 h"\n', "1: join.lead: must be between 0 s and 1 h, is 2 h"),
        ('join.lead = "5 minutes"\n', "1: join.lead: must be a duration: a number and one of ms, s, min, h, d"),
        ("google.workers = 0\n", "1: google.workers: must be between 1 and 64, is 0"),
        ("google.workers = true\n", "1: google.workers: must be a whole number, is true/false"),
        ('feed.listen = "::1:8443"\n', "1: feed.listen: must be host:port"),
        ('feed.listen = "8443"\n', "1: feed.listen: must be host:port"),
        ("google = 3\n", "1: google: must be a table: begin it with a line [google]"),
        ("admin.group = 7\n", '1: admin.group: must be text like "hybridcal", is a whole number'),
        ('admin.group = "no-such-group"\n', "1: admin.group: there is no group no-such-group on this machine"),
        (f'admin.socket = "/{"x" * 200}"\n', "1: admin.socket: is longer than 107 bytes"),
        ('network.proxy = "http://u:p@proxy.acme.example:3128"\n', "1: network.proxy: must not contain a user name"),
        ('webex.api_url = "https://webex.acme.example/v1?x=1"\n', "1: webex.api_url: must end with the path"),
        ('webex.api_url = "webex.acme.example"\n', '1: webex.api_url: must look like "https://webexapis.com/v1"'),
        ('webex.api_url = "https://[::1/v1"\n', "1: webex.api_url: is not an address"),
        ('kms.host = ""\n', "1: kms.host: must be set"),
        ('state_directory = "a\\nb"\n', "1: state_directory: must not contain control characters"),
        ('state_directory = "/dev/null"\n', "1: state_directory: /dev/null is not a directory"),
    ],
)
def test_bad_values_and_contradictions(config_file, env, text, message):
    found = errors_of(config_file(text), env)
    assert len(found) == 1
    assert found[0].startswith(message)


def test_http_is_accepted_to_this_machine_only(config_file, env):
    config = load(config_file('google.token_url = "http://127.0.0.1:9001/token/"\n'), env)
    assert config.google.token_url == "http://127.0.0.1:9001/token"
    load(config_file('google.token_url = "http://[::1]:9001/token"\n'), env)
    load(config_file('network.proxy = "http://proxy.acme.example:3128"\n'), env)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a = \n", "1: is not TOML: Invalid value"),
        (b"a = 1\nb = [1,\n", "is not TOML"),
        (b"x = 1\n\xff = 2\n", "2: is not UTF-8 text"),
        (b"#" * (1 << 21), " is larger than 1048576 bytes"),
    ],
)
def test_what_is_no_toml(tmp_path, env, content, message):
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    (error,) = errors_of(path, env)
    assert message in error


def test_no_file_and_no_permission_to_read(tmp_path, env):
    (missing,) = errors_of(tmp_path / "none.toml", env)
    assert "there is no such file; `hybridcal config default` prints one" in missing
    (directory,) = errors_of(tmp_path, env)
    assert "cannot be read: Is a directory" in directory


def test_changes_are_told_apart(config_file, env):
    old = load(config_file(), env)
    assert changes(old, old) == ((), ())
    new = load(config_file('join.lead = "1 min"\ngoogle.workers = 3\ngoogle.push.ttl = "1 d"\n'), env)
    assert changes(old, new) == (("google.push.ttl", "join.lead"), ("google.workers",))
    assert value_of(new, "google.push.ttl") == 86400.0


def test_listening_beyond_this_machine_is_a_warning(config_file, env):
    assert warnings(load(config_file(), env)) == ()
    (warning,) = warnings(load(config_file('feed.listen = "0.0.0.0:8443"\n'), env))
    assert warning.startswith("feed.listen: 0.0.0.0:8443 is reachable from other machines in plain HTTP")


def test_a_configuration_shows_no_secret(config_file, env):
    assert "marker" not in repr(load(config_file(), env))


@pytest.mark.parametrize("word", ["myroom", "space", "onetime", "off"])
def test_the_bare_keywords_may_be_any_of_the_words(config_file, env, word):
    config = load(config_file(f'keywords.webex = "{word}"\nkeywords.meet = "{word}"\n'), env)
    assert (config.keywords.webex, config.keywords.meet) == (word, word)


def test_an_integration_opens_spaces(config_file, env, secrets):
    assert not user_settings(load(config_file(), env)).spaces
    for name in ("webex-integration-secret", "webex-integration-refresh-token"):
        path = secrets / name
        path.write_text("s3cret\n")
        path.chmod(0o600)
    config = load(config_file('webex.integration_client_id = "C0ffee0123456789"\n'), env)
    assert config.webex.integration_secret_file == secrets / "webex-integration-secret"
    assert user_settings(config).spaces


def test_words_of_presence_become_what_webex_says(config_file, env):
    text = (
        'presence.out_of_office = "ooo"\npresence.focus_time = "dnd"\ncards.private = "none"\ndevices.others = false\n'
    )
    settings = user_settings(load(config_file(text), env))
    assert (settings.presence_out_of_office, settings.presence_focus_time) == ("ooo", "dnd")
    assert (settings.presence_elsewhere, settings.card_private, settings.devices_others) == ("", "none", False)
