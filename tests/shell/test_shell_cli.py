import json
import os
import pty
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from hybridcal_daemon.domain.errors import CATALOGUE
from hybridcal_daemon.shell import selfcheck
from hybridcal_daemon.shell.cli import exits, main, output
from hybridcal_daemon.shell.config_table import default_file
from hybridcal_daemon.shell.endpoints import admin_endpoint
from hybridcal_daemon.shell.web import Web

ALICE = "alice@acme.example"


@pytest.fixture
def cli(running):
    """Run a command against the running admin socket."""

    def invoke(*arguments, socket=None):
        env = {"HYBRIDCAL_SOCKET": str(socket or running.path), "HYBRIDCAL_OUTPUT": None, "HYBRIDCAL_CONFIG": None}
        return CliRunner().invoke(main, arguments, env=env, catch_exceptions=False)

    return invoke


def commands(command=main, path=("hybridcal",)):
    yield path, command
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from commands(child, (*path, name))


@pytest.mark.parametrize(
    ("path", "command"), list(commands()), ids=lambda value: "-".join(value) if isinstance(value, tuple) else ""
)
def test_every_command_has_help_with_an_example_that_can_be_typed(path, command):
    assert command.help
    assert command.epilog is not None
    example = re.fullmatch(r"Example: (hybridcal .+)", command.epilog)
    assert example is not None
    words = re.split(r" > ", example[1])[0].split()[1:]
    assert tuple(["hybridcal", *words][: len(path)]) == path
    with main.make_context("hybridcal", words, resilient_parsing=False) as context:
        assert context.command is main
    for text in ("-h", "--help"):
        result = CliRunner().invoke(main, [*path[1:], text])
        assert result.exit_code == 0
        assert command.epilog in " ".join(result.output.split())
    assert path == ("hybridcal",) or len(command.get_short_help_str(60)) <= 60
    assert "..." not in command.get_short_help_str(60)


def test_without_a_command_it_says_where_to_begin():
    result = CliRunner().invoke(main, [])
    assert result.exit_code == 0
    for line in (
        "hybridcal demo",
        "hybridcal config default",
        "hybridcal config check",
        "hybridcal status",
        "hybridcal -h",
    ):
        assert line in result.output
    assert CliRunner().invoke(main, ["--version"]).output.startswith("hybridcal 0.")


def test_usage_errors_are_2():
    assert CliRunner().invoke(main, ["nonsense"]).exit_code == 2
    assert CliRunner().invoke(main, ["users", "activate"]).exit_code == 2
    assert CliRunner().invoke(main, ["users", "activate", ALICE, "--wait", "1000"]).exit_code == 2


def test_status_is_a_screen(cli, daemon):
    daemon.add(ALICE)
    daemon.add("bob@acme.example", "error", "google-no-such-user")
    result = cli("status")
    assert result.exit_code == 0
    assert result.output == (
        "hybridcal 0.1.0   up 12 min 34 s   ready\n"
        "  config  /etc/hybridcal/config.toml (loaded 2026-11-30 10:00:00 UTC)\n"
        "  users   1 active   1 error   see: hybridcal users list --addresses\n"
        "  google  ok   0 queued   3 in flight\n"
        "  webex   waiting   12 queued   0 in flight\n"
        "  keys    ok\n"
        "  store   ok\n"
    )


def test_status_and_show_say_how_far_the_clock_is_off(cli, kit, daemon):
    daemon.add(ALICE, "error", "google-clock-skew")
    daemon.alarms = (kit.alarm("google-clock-skew"),)
    daemon.clock_skew = -2820.0
    sentence = "what was measured     This machine's clock is 47 min behind Google's.\n"
    assert sentence in cli("status").output
    assert sentence in cli("users", "show", ALICE).output


def test_status_explains_each_trouble_and_fails(cli, kit, daemon):
    daemon.alarms = (kit.alarm("google-unauthorized-client"), kit.alarm("kms-keyring-missing"))
    daemon.sealed = "kms-keyring-missing"
    daemon.config_error = "config.toml:3: log.level: must be ..."
    result = cli("status")
    assert result.exit_code == exits.FAILED
    assert "  keys    sealed: kms-keyring-missing\n" in result.output
    assert result.output.count("trouble: kms-keyring-missing") == 1
    assert "trouble: google-unauthorized-client   since 2026-11-30 09:59:00 UTC\n" in result.output
    assert "trouble: config-refused\n" in result.output
    flat = " ".join(result.output.split())
    for sentence in (*vars_of("google-unauthorized-client"), *vars_of("kms-keyring-missing")):
        assert " ".join(sentence.split()) in flat
    assert "config.toml:3: log.level: must be ..." in flat
    assert "  scopes                scope-one,scope-two\n" in result.output
    assert "    scope-one                   one thing\n" in result.output
    assert max(map(len, result.output.splitlines())) <= 100


def vars_of(code):
    entry = CATALOGUE[code]
    return entry.means, entry.daemon, entry.fix


def test_status_fails_when_not_ready_and_gives_json(cli, daemon):
    daemon.well = False
    result = cli("status", "-o", "json")
    assert result.exit_code == exits.FAILED
    assert json.loads(result.stdout)["ready"] is False
    assert "not ready" in cli("status").output


def test_activation_tells_the_outcome_of_each(cli, daemon):
    daemon.add("bob@acme.example", "pending")
    daemon.add("carol@acme.example", "error", "google-no-such-user")
    daemon.add("dave@acme.example", "parked", "crashed")
    good = cli("users", "activate", ALICE, "--wait", "2")
    assert (good.exit_code, good.output) == (0, f"{ALICE}  active  14 meetings\n")
    assert daemon.acts[0] == ("activate", ALICE, f"uid:{os.getuid()}", 2.0)
    pending = cli("users", "activate", ALICE, "bob@acme.example")
    assert pending.exit_code == exits.AGAIN
    assert "bob@acme.example  pending  not verified yet; it goes on by itself" in pending.output
    bad = cli("users", "activate", "bob@acme.example", "carol@acme.example")
    assert bad.exit_code == exits.FAILED
    assert "carol@acme.example  error  google-no-such-user\n" in bad.output
    flat = " ".join(bad.output.split())
    assert all(" ".join(sentence.split()) in flat for sentence in vars_of("google-no-such-user"))
    assert cli("users", "show", "dave@acme.example").exit_code == exits.FAILED


def test_an_address_that_is_none_is_refused(cli, daemon):
    result = cli("users", "activate", "alice")
    assert result.exit_code == exits.FAILED
    assert result.stderr == (
        "hybridcal: alice: This is not an e-mail address: the address has no @: write it like alice@acme.example.\n"
        "      fix: Correct the address.\n"
    )
    assert daemon.acts == []


def test_users_are_listed_in_columns(cli, daemon):
    assert cli("users", "list").output.startswith("Nobody is activated yet. Begin with: hybridcal users activate")
    daemon.add(ALICE)
    daemon.add("bob@acme.example", "error", "crashed", meetings=0)
    shy = cli("users", "list")
    assert shy.output == (
        "USER                   STATE   SINCE                    LAST SYNC                MEETINGS  TROUBLE\n"
        "u00000000000000000001  active  2026-11-30 09:00:00 UTC  2026-11-30 09:59:48 UTC  14\n"
        "u00000000000000000002  error   2026-11-30 09:00:00 UTC  -                        0         crashed\n"
    )
    open_ = cli("users", "list", "--addresses")
    assert "u00000000000000000001  alice@acme.example  active" in open_.output
    found = json.loads(cli("users", "list", "--addresses", "-o", "json").stdout)
    assert [user["address"] for user in found] == [ALICE, "bob@acme.example"]


def test_deactivate_resync_and_show(cli, daemon):
    daemon.add(ALICE)
    assert cli("users", "resync", ALICE).output == f"{ALICE}  is read anew; see: hybridcal users show {ALICE}\n"
    assert json.loads(cli("users", "show", ALICE, "-o", "json").stdout)[0]["state"] == "active"
    assert cli("users", "deactivate", ALICE).output == f"{ALICE}  deactivated\n"
    gone = cli("users", "deactivate", ALICE)
    assert gone.exit_code == exits.FAILED
    assert gone.stderr == (
        f"hybridcal: {ALICE}: Nobody with this address is activated here.\n"
        "      fix: See who is: hybridcal users list --addresses\n"
    )
    daemon.add(ALICE)
    mixed = cli("users", "deactivate", "nobody@acme.example", ALICE)
    assert mixed.exit_code == exits.FAILED
    assert mixed.stdout == f"{ALICE}  deactivated\n"


def test_reload_says_done_or_why_not(cli, daemon):
    assert cli("reload").output == "The configuration was reloaded.\n"
    daemon.restart = ("keywords.webex", "feed.listen")
    said = cli("reload").output.splitlines()
    assert said[1] == "Not in force before a restart of the daemon: keywords.webex, feed.listen"
    assert "needed, to put in force: keywords.webex, feed.listen" in cli("status").output
    daemon.refuse_reload = "config.toml:3: log.level: must be ..."
    refused = cli("reload")
    assert refused.exit_code == exits.CONFIG
    assert "config.toml:3: log.level: must be ..." in refused.stderr


def test_no_daemon_is_69_with_what_to_do(cli, tmp_path):
    result = cli("status", socket=tmp_path / "none.sock")
    assert result.exit_code == exits.UNREACHABLE
    assert result.stdout == ""
    assert "No daemon is running here" in result.stderr
    assert "fix: See `systemctl status hybridcal`" in result.stderr
    twice = cli("users", "show", ALICE, "bob@acme.example", socket=tmp_path / "none.sock")
    assert twice.exit_code == exits.UNREACHABLE
    assert twice.stderr.count("No daemon is running here") == 1


@pytest.fixture
def stranger(daemon, clock, log):
    """Run the command as somebody else, against a socket in a directory that everybody may enter."""
    if os.getuid() != 0:
        pytest.skip("only root can become somebody else")
    program = (
        "import os, sys, encodings.idna, hybridcal_daemon.shell.client\n"
        "from hybridcal_daemon.shell.cli import main\n"
        "uid = int(sys.argv[1]); os.setgroups([]); os.setgid(uid); os.setuid(uid); main(sys.argv[2:])"
    )
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory)
        path.chmod(0o755)
        web = Web(clock=clock, log=log)
        web.start(daemon, [admin_endpoint(path / "admin.sock", "")])

        def run(uid, mode, *arguments):
            (path / "admin.sock").chmod(mode)
            command = [sys.executable, "-c", program, str(uid), *arguments, "--socket", str(path / "admin.sock")]
            return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

        yield run
        web.stop()


def test_no_permission_is_77(stranger):
    found = stranger(65533, 0o660, "status")
    assert found.returncode == exits.FORBIDDEN, found.stderr
    assert "You may not use the admin socket" in found.stderr
    assert "fix: Use sudo" in found.stderr


def test_who_calls_is_what_the_kernel_says(stranger, daemon):
    assert stranger(65533, 0o666, "users", "activate", ALICE).returncode == 0
    assert daemon.acts == [("activate", ALICE, "uid:65533", 30.0)]


def test_a_caller_without_a_name_changes_nothing(stranger, daemon):
    found = stranger(65534, 0o666, "users", "activate", ALICE)
    assert found.returncode == exits.FORBIDDEN
    assert "The kernel does not say who calls" in found.stderr
    assert daemon.acts == []


def test_default_is_a_file_to_start_from(tmp_path):
    result = CliRunner().invoke(main, ["config", "default"])
    assert result.output == default_file()
    assert (tmp_path / "x").write_text(result.output)


@pytest.mark.parametrize("command", [["config", "check"], ["check-config"]])
def test_check_shows_what_is_right(command, config_file, env):
    path = config_file('feed.listen = "0.0.0.0:8443"\n')
    result = CliRunner().invoke(main, [*command, "-c", str(path)], env=env)
    assert result.exit_code == 0, result.output
    assert (
        "Google key     client id 109812345678901234342 (domain-wide delegation must grant it the scopes below)\n"
        in result.output
    )
    assert "scopes         https://www.googleapis.com/auth/calendar.events,https://" in result.output
    assert result.output.count("auth/calendar.events,") == 1
    assert "               calendar.acls               rooms: access to their calendars" in result.output
    assert "push           off; calendars are polled\n" in result.output
    assert "warning: feed.listen: 0.0.0.0:8443 is reachable from other machines" in result.output
    assert result.output.endswith(f"{path} is right.\n")
    assert "marker" not in result.output


@pytest.mark.parametrize("command", [["config", "check"], ["check-config"], ["run"]])
def test_a_wrong_file_is_78_with_every_error(command, config_file, env):
    path = config_file("join.leed = 1\ngoogle.workers = 0\n")
    result = CliRunner().invoke(main, command, env={**env, "HYBRIDCAL_CONFIG": str(path)})
    assert result.exit_code == exits.CONFIG
    assert result.stderr.splitlines() == [
        f"{path}:1: join.leed: there is no such setting (did you mean `lead`?)",
        f"{path}:2: google.workers: must be between 1 and 64, is 0",
        "hybridcal: 2 errors in the configuration.",
    ]


def test_the_package_actors_is_ours():
    assert selfcheck.foreign_actors() == ""


def test_a_distribution_that_installed_over_ours_is_found():
    why = selfcheck.foreign_actors(lambda: ["hybridcal", "actors"])
    assert "the distribution `actors` has installed files into it" in why
    assert why.endswith("Install hybridcal into a virtual environment of its own.")


def test_a_foreign_package_actors_ends_the_start(tmp_path, config_file):
    (tmp_path / "actors").mkdir()
    (tmp_path / "actors" / "__init__.py").write_text("raise SystemExit('must not be imported')")
    program = (
        "import sys; sys.path.insert(0, sys.argv.pop(1))\n"
        "from hybridcal_daemon.shell.cli import main; main(sys.argv[1:])"
    )
    command = [sys.executable, "-c", program, str(tmp_path), "run", "-c", str(config_file())]
    found = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert found.returncode == exits.CONFIG
    assert f"is not the one of hybridcal: it is at {tmp_path / 'actors'}." in found.stderr


def test_the_command_starts_fast():
    program = (
        "import sys, hybridcal_daemon.shell.cli as cli\n"
        "heavy = {'aiohttp', 'msgspec', 'structlog', 'tomlkit', 'cryptography', 'pykka', 'requests', 'google'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert found.stdout == "[]\n"


@pytest.mark.parametrize(("env", "shown"), [({}, b"\x1b[32mactive\x1b[0m"), ({"NO_COLOR": "1"}, b" active ")])
def test_colour_only_on_a_terminal_and_never_with_no_color(running, daemon, env, shown):
    daemon.add(ALICE)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "hybridcal_daemon", "users", "list", "--socket", str(running.path)]
    clean = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    try:
        subprocess.run(command, stdout=theirs, env={**clean, **env}, timeout=30, check=True)
        assert shown in os.read(ours, 10_000)
    finally:
        os.close(ours)
        os.close(theirs)
    assert output.coloured("active") == "active"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59.9, "59 s"), (3600, "1 h"), (754.5, "12 min 34 s"), (90061, "1 d 1 h")]
)
def test_durations_for_people(seconds, text):
    assert output.duration(seconds) == text


def test_check_tells_of_a_second_key_and_of_none(config_file, env, kit, private_key, secrets, tmp_path):
    second = tmp_path / "next.json"
    kit.write_private(second, kit.service_account(private_key, private_key_id="key-2"))
    path = config_file(f'google.next_service_account_file = "{second}"\ngoogle.rooms.account = "rooms@acme.example"\n')
    result = CliRunner().invoke(main, ["config", "check", "-c", str(path)], env=env)
    assert f"the scopes below); {second} is tried first\n" in result.output
    assert "rooms          by rooms@acme.example\n" in result.output
    (secrets / "google-service-account").unlink()
    source = tmp_path / "source.json"
    kit.write_private(
        source, '{"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}'
    )
    path = config_file(f'google.impersonate_service_account = "h@p.example"\ngoogle.credentials_file = "{source}"\n')
    result = CliRunner().invoke(main, ["config", "check", "-c", str(path)], env=env)
    assert f"Google key     none: {source} signs for h@p.example, whose client id must be granted" in result.output
    assert "rooms          off\n" in result.output
