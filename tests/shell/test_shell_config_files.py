import contextlib
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridcal_daemon.shell import config_kinds
from hybridcal_daemon.shell.config import ConfigErrors, load
from hybridcal_daemon.shell.config_errors import BadValue
from hybridcal_daemon.shell.config_lines import key_lines
from hybridcal_daemon.shell.config_table import TABLE


def errors_of(path, env):
    with pytest.raises(ConfigErrors) as caught:
        load(path, env)
    return [str(error).removeprefix(f"{path}:") for error in caught.value.errors]


def test_secret_files_missing_from_everywhere_name_key_and_credential(config_file):
    found = errors_of(config_file("", client=False), {})
    assert [error.split(": ")[0].strip() for error in found] == [
        "google.service_account_file",
        "webex.bot_token_file",
        "webex.service_app_client_id",
        "webex.service_app_refresh_token_file",
        "webex.service_app_secret_file",
    ]
    assert "LoadCredential=google-service-account:FILE" in found[0]


def test_a_secret_file_that_others_can_read_is_refused_with_the_command(config_file, env, secrets):
    path = secrets / "webex-bot-token"
    path.chmod(0o644)
    (error,) = errors_of(config_file(), env)
    assert "webex.bot_token_file" in error
    assert f"{path} can be read or changed by everybody on this machine (mode 0644); run: chmod 0640 {path}" in error


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.unlink(), "cannot be read: No such file or directory"),
        (lambda path: path.write_text(""), "is empty"),
        (lambda path: path.write_text("one\ntwo\n"), "must hold one line"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "is not text"),
        (lambda path: path.write_text("x" * 70000), "is larger than 65536 bytes"),
        (lambda path: path.chmod(0o620), "can be changed by its group (mode 0620); run: chmod 0600"),
        (lambda path: (path.unlink(), path.mkdir()), "is not a regular file"),
        (lambda path: (path.unlink(), os.mkfifo(path, 0o600)), "is not a regular file"),
    ],
)
def test_a_spoiled_secret_file_is_named_with_its_key(config_file, env, secrets, spoil, message):
    path = secrets / "webex-service-app-secret"
    spoil(path)
    text = f'[webex]\nservice_app_client_id = "C0ffee0123456789"\nservice_app_secret_file = "{path}"\n'
    (error,) = errors_of(config_file(text, client=False), env)
    assert error.startswith(f"3: webex.service_app_secret_file: {path} ")
    assert message in error


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("not json", "is not a JSON object; download the key again as JSON"),
        ("", "is empty"),
        ("[]", "is not a JSON object"),
        (
            '{"type": "service_account"}',
            "lacks client_email, client_id, private_key, private_key_id, token_uri; download the key again",
        ),
    ],
)
def test_a_service_account_file_that_is_none(config_file, env, secrets, content, message):
    (secrets / "google-service-account").write_text(content)
    (error,) = errors_of(config_file(), env)
    assert "google.service_account_file" in error
    assert message in error


@pytest.mark.parametrize("key", ["", "marker-secret", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_service_account_with_an_unusable_key(config_file, env, secrets, kit, private_key, key):
    path = secrets / "google-service-account"
    path.write_text(kit.service_account(private_key, private_key=key))
    (error,) = errors_of(config_file(), env)
    assert f"{path} " in error
    assert "private" in error
    assert "marker" not in error
    path.write_text(kit.service_account(private_key, type="authorized_user"))
    assert "not the key of a service account" in errors_of(config_file(), env)[0]


def test_certificates_must_be_certificates(config_file, env, tmp_path):
    authority = tmp_path / "ca.pem"
    text = f'network.ca_file = "{authority}"\n'
    assert "cannot be read: No such file" in errors_of(config_file(text), env)[0]
    authority.write_text("hello")
    assert "holds no certificate in PEM form" in errors_of(config_file(text), env)[0]
    authority.write_text("-----BEGIN CERTIFICATE-----\n")
    assert load(config_file(text), env).network.ca_file == authority


def test_lines_of_keys_in_every_way_to_write_them():
    text = (
        "# head\n"
        'top = """a\n'
        'b"""\n'
        "x.y = 1\n"
        '  [one."two"]  # why\n'
        "\n"
        "k = [1,\n"
        " 2]\n"
        "'q' = { in = 1 }\n"
        "\n"
        "[[list]]\n"
        "a = 1\n"
        "[[list]]\n"
        "b = 1\n"
        "[x.z]\n"
        "last = 1"
    )
    assert key_lines(text) == {
        "top": 2,
        "x": 4,
        "x.y": 4,
        "one": 5,
        "one.two": 5,
        "one.two.k": 7,
        "one.two.q": 9,
        "list": 11,
        "list.a": 12,
        "list.b": 14,
        "x.z": 15,
        "x.z.last": 16,
    }


def test_a_line_is_given_only_where_the_key_stands():
    text = "\n".join(f"[t{number}]\nk{number} = {number}\n" for number in range(50))
    found = key_lines(text)
    assert {f"t{number}.k{number}": 3 * number + 2 for number in range(50)}.items() <= found.items()
    assert key_lines('"\\u0061b" = 1\nc = 2\n') == {"c": 2}  # the key is `ab`, but who looks for that?
    assert key_lines("a = ") == {}


@pytest.mark.parametrize("text", ["1", "-1 s", "1 S", "1  s", " 1 s", "1 s ", "1e3 s", "\u0661 s", "inf s"])
def test_durations_are_strict(text):
    with pytest.raises(BadValue):
        config_kinds.seconds(text)


def test_addresses_to_listen_on_are_shown_as_written():
    listen = config_kinds.Listen()
    assert str(listen.read("[::1]:80")) == "[::1]:80"
    assert listen.read("127.0.0.1:0") == ("127.0.0.1", 0)
    assert listen.read("") is None


ANYTHING = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=40),
    st.from_regex(r"(https?://)?[a-z0-9.:@\\[\\]/?#-]{0,30}", fullmatch=True),
    st.from_regex(r"[0-9.]{1,12} ?(ms|s|min|h|d)", fullmatch=True),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.datetimes(),
)


@given(ANYTHING)
def test_every_kind_gives_a_value_of_its_type_or_says_what_is_wrong(raw):
    for setting in TABLE:
        with contextlib.suppress(BadValue):
            assert isinstance(setting.type.read(raw), setting.type.python)


# ---- access to Google: one key, two keys, none


def googles(**settings):
    return "[google]\n" + "".join(f'{name} = "{value}"\n' for name, value in settings.items())


@pytest.fixture
def another_key(tmp_path, kit, private_key):
    def make(name="next.json", mode=0o600, **changes):
        path = tmp_path / name
        kit.write_private(path, kit.service_account(private_key, **changes))
        path.chmod(mode)
        return path

    return make


def test_two_keys_of_one_account(config_file, env, secrets, another_key):
    path = another_key(private_key_id="key-2")
    google = load(config_file(googles(next_service_account_file=path)), env).google
    assert google.next_service_account_file == path
    assert google.service_account_file == secrets / "google-service-account"
    (secrets / "google-next-service-account").write_bytes(path.read_bytes())
    (secrets / "google-next-service-account").chmod(0o600)
    assert load(config_file(), env).google.next_service_account_file == secrets / "google-next-service-account"


def test_two_keys_of_different_accounts_name_both_places(config_file, env, secrets, another_key):
    path = another_key(client_email="other@acme.iam.gserviceaccount.com")
    (error,) = errors_of(config_file(googles(next_service_account_file=path)), env)
    assert error.startswith(f"2: google.next_service_account_file: {path} is a key of other@acme.iam")
    assert f"google.service_account_file ({secrets / 'google-service-account'}) one of " in error


def test_each_of_two_keys_is_looked_at(config_file, env, secrets, another_key):
    path = another_key(mode=0o644)
    (error,) = errors_of(config_file(googles(next_service_account_file=path)), env)
    assert error.startswith(f"2: google.next_service_account_file: {path} has mode 0644")
    assert "chmod 600" in error
    path.write_text("x")
    path.chmod(0o600)
    (secrets / "google-service-account").write_text("x")
    found = errors_of(config_file(googles(next_service_account_file=path)), env)
    assert [("service_account_file" in error, "not a JSON object" in error) for error in found] == [(True, True)] * 2


SIGNER = "hybridcal@project.iam.gserviceaccount.com"
USER = '{"type": "authorized_user", "client_id": "c", "client_secret": "marker", "refresh_token": "marker"}'


@pytest.fixture
def source(tmp_path, kit, secrets):
    """Source credentials, and no key of the service account."""
    (secrets / "google-service-account").unlink()
    path = tmp_path / "credentials.json"
    kit.write_private(path, USER)
    return path


def test_keyless(config_file, env, source):
    google = load(config_file(googles(impersonate_service_account=SIGNER, credentials_file=source)), env).google
    assert (google.service_account_file, google.credentials_file) == (None, source)
    assert google.impersonate_service_account == SIGNER
    assert google.iam_url == "https://iamcredentials.googleapis.com/v1"


@pytest.mark.parametrize(
    ("settings", "messages"),
    [
        ((), ["google.service_account_file: must name a file (JSON key of"]),
        (("credentials_file",), ["google.service_account_file: must name a file (JSON key of"]),
        (("impersonate_service_account",), ["2: google.credentials_file: must name a file while"]),
    ],
)
def test_keyless_needs_both(config_file, env, source, settings, messages):
    values = {"impersonate_service_account": SIGNER, "credentials_file": source}
    found = errors_of(config_file(googles(**{name: values[name] for name in settings})), env)
    assert len(found) == len(messages)
    assert all(message.split(": ", 1)[-1] in error for error, message in zip(found, messages, strict=True))


def test_a_key_and_keyless_exclude_each_other(config_file, env, source, another_key):
    key = another_key("key.json")
    values = {"service_account_file": key, "credentials_file": source}
    (error,) = errors_of(config_file(googles(impersonate_service_account=SIGNER, **values)), env)
    assert error.startswith("2: google.impersonate_service_account: is set, and so is google.service_account_file")
    (error,) = errors_of(config_file(googles(**values)), env)
    assert error.startswith("3: google.credentials_file: is not used unless google.impersonate_service_account is set")
    values = {"next_service_account_file": key, "credentials_file": source}
    (error,) = errors_of(config_file(googles(impersonate_service_account=SIGNER, **values)), env)
    assert error.startswith("3: google.next_service_account_file: is not used without google.service_account_file")


@pytest.mark.parametrize(
    ("content", "mode", "message"),
    [
        (USER, 0o644, "has mode 0644"),
        ("{}", 0o600, "is none of external_account, authorized_user and service_account credentials"),
        ("", 0o600, "is empty"),
        ('{"type": "authorized_user"}', 0o600, "lacks client_id, client_secret, refresh_token"),
    ],
)
def test_source_credentials_that_cannot_be_used(config_file, env, source, content, mode, message):
    source.write_text(content)
    source.chmod(mode)
    (error,) = errors_of(config_file(googles(impersonate_service_account=SIGNER, credentials_file=source)), env)
    assert error.startswith(f"3: google.credentials_file: {source} {message}")
    assert "marker" not in error


@pytest.mark.parametrize("address", ["hybridcal", "a b@c.example", "A@c.example"])
def test_an_address_of_a_service_account_that_is_none(config_file, env, source, address):
    text = googles(impersonate_service_account=address, credentials_file=source)
    assert "2: google.impersonate_service_account: must look like" in "\n".join(errors_of(config_file(text), env))


def test_accounts_behind_rooms(config_file, env):
    rooms = load(config_file(), env).google.rooms
    assert (rooms.account, rooms.owner) == ("", "")
    text = 'google.rooms.account = "rooms@acme.example"\ngoogle.rooms.owner = "admin@acme.example"\n'
    rooms = load(config_file(text), env).google.rooms
    assert (rooms.account, rooms.owner) == ("rooms@acme.example", "admin@acme.example")
    (error,) = errors_of(config_file('google.rooms.owner = "admin@acme.example"\n'), env)
    assert error.startswith("1: google.rooms.owner: is set, but google.rooms.account is not")
    (error,) = errors_of(config_file('google.rooms.account = "rooms"\n'), env)
    assert error.startswith('1: google.rooms.account: must look like "rooms@acme.example"')
