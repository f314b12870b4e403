"""``hybridcal rules test``, and the file of rules."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from hybridcal_daemon.shell import join_rules
from hybridcal_daemon.shell.cli import main
from hybridcal_daemon.shell.config import load
from hybridcal_daemon.shell.config_errors import ConfigErrors

ZOOM = "https://zoom.us/j/123"
ROOMS = """\
[[rule]]
name = "acme-rooms"
domain = "meet.acme.example"
dial = "{last}@vc.acme.example"
url = "{url}"

[[rule]]
name = "weekly"
regex = 'https://example\\.test/rooms/[^\\s]+'
"""


@pytest.fixture
def rules_file(tmp_path):
    def write(text):
        path = tmp_path / "rules.toml"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def run(tmp_path):
    """Run without a daemon and without a configuration."""

    def invoke(*arguments, lines=None, **env):
        quiet = {"HYBRIDCAL_CONFIG": None, "HYBRIDCAL_OUTPUT": None, "CONFIGURATION_DIRECTORY": str(tmp_path / "none")}
        return CliRunner().invoke(main, ["rules", "test", *map(str, arguments)], input=lines, env=quiet | env)

    return invoke


def test_one_text_says_what_won_and_why(run):
    result = run(f"{ZOOM} or https://zoom.us/j/456")
    assert result.exit_code == 0
    assert "builtin:zoom" in result.output
    assert "the first join link in the body (1 other join link)" in result.output
    assert "not: https://zoom.us/j/456" in result.output
    assert run("Room 5").output == "Nothing in this text is a way to join.\n"
    shown = json.loads(run(ZOOM, "-o", "json", "--where", "location").output)
    assert (shown["provider"], shown["url"], shown["dial"]) == ("zoom", ZOOM, "sip:123@zoomcrc.com")
    assert shown["rule"] == "builtin:zoom"


def test_usage(run):
    assert run().exit_code == 2
    assert run("text", "--batch", "-").exit_code == 2


def test_a_batch_answers_each_line_in_order_and_survives_bad_ones(run):
    asked = [
        json.dumps({"text": ZOOM, "where": "location"}),
        json.dumps({"text": "Room 5", "where": "body"}),
        "{not json",
        json.dumps({"text": 5}),
        json.dumps(["text"]),
        json.dumps({"text": ZOOM, "where": "nowhere"}),
        json.dumps({"text": ZOOM, "where": ["body"]}),
        "",
        "[" * 100_000,
        json.dumps({"text": "tel:+4412345 \ud83d\ude00 \u4f1a\u8b70"}),
    ]
    result = run("--batch", "-", "-o", "json", lines="\n".join(asked) + "\n")
    assert result.exit_code == 1
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(answers) == len(asked)
    assert answers[0] == {"provider": "zoom", "url": ZOOM, "dial": "sip:123@zoomcrc.com", "rule": "builtin:zoom"}
    assert answers[1] == {"provider": None, "url": None, "dial": None, "rule": None}
    assert [answer["line"] for answer in answers[2:9]] == [3, 4, 5, 6, 7, 8, 9]
    assert all(answer["error"].startswith(f"line {answer['line']}: ") for answer in answers[2:9])
    assert answers[9] == {"provider": "tel", "url": "tel:+4412345", "dial": None, "rule": "builtin:tel"}
    assert "7 lines could not be read" in result.stderr


def test_a_batch_from_a_file_in_a_real_process(tmp_path):
    batch = tmp_path / "batch.jsonl"
    batch.write_text("\ufeff" + json.dumps({"text": ZOOM}) + "\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "hybridcal_daemon", "rules", "test", "--batch", str(batch), "-o", "json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"PATH": "/usr/bin", "CONFIGURATION_DIRECTORY": str(tmp_path)},
    )
    assert json.loads(done.stdout)["url"] == ZOOM


def test_rules_come_from_a_file_or_the_configuration(run, rules_file, config_file, env):
    path = rules_file(ROOMS)
    text = "Join https://meet.acme.example/board?x=1"
    assert "acme-rooms" in run(text, "--rules", path).output
    shown = json.loads(run(text, "--rules", path, "-o", "json").output)
    assert (shown["provider"], shown["dial"]) == ("custom_domain", "sip:board@vc.acme.example")
    weekly = json.loads(run("Join https://example.test/rooms/weekly", "--rules", path, "-o", "json").output)
    assert (weekly["provider"], weekly["url"]) == ("custom_regex", "https://example.test/rooms/weekly")
    named = config_file(f'join.rules_file = "{path}"\n')
    assert load(named, env).join.rules_file == path
    assert "acme-rooms" in run(text, "--config", named, **env).output


def test_a_configuration_that_cannot_be_read_stops_only_who_asked_for_it(run, tmp_path):
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "config.toml").write_text("nonsense = 1\n")
    unasked = run(ZOOM)
    assert unasked.exit_code == 0
    assert "is not used" in unasked.stderr
    assert run(ZOOM, "--config", tmp_path / "missing.toml").exit_code == 78


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("[[rule]\n", [":1: is not TOML"]),
        ("[rules]\n", [": there is no such table `rules`"]),
        ("rule = 1\n", [": begin each rule"]),
        ("rule = [1]\n", [": rule: must be a table"]),
        ('[[rule]]\nname = "a"\n', [":1: rule.domain: a rule needs either"]),
        ('[[rule]]\ndomain = "a.b"\n', [":1: rule.name: must be set"]),
        ('[[rule]]\nname = "a"\ndomain = "https://a.b/"\n', [":3: rule.domain: must be a host name"]),
        (
            '[[rule]]\nname = "a"\ndomain = "a.b"\nregx = "x"\n',
            [":4: rule.regx: there is no such key (did you mean `regex`?)"],
        ),
        ('[[rule]]\nname = "a"\n\nregex = "(a+)+"\n', [":4: rule.regex: repeats a group"]),
        ('[[rule]]\nname = "a"\ndomain = "a.b"\npriority = "1"\n', [":4: rule.priority: must be a whole number"]),
        ('[[rule]]\nname = "a"\ndomain = "a.b"\npriority = 5000\n', [":4: rule.priority: must be between"]),
        (
            '[[rule]]\nname = "a"\ndomain = "a.b"\nwhere = "bod"\n',
            [":4: rule.where: must be", "(did you mean `body`?)"],
        ),
        (
            '[[rule]]\nname = "a"\ndomain = "a.b"\ndial = "{rom}"\n',
            [":4: rule.dial: there is nothing to fill in for {rom}"],
        ),
        ('[[rule]]\nname = "a"\ndomain = "a.b"\nignore = true\nurl = "x"\n', [":4: rule.ignore: is true"]),
        (
            '[[rule]]\nname = "a"\ndomain = "a.b"\n\n[[rule]]\nname = "a"\ndomain = "a.c"\nignore = 1\n',
            [":8: rule.ignore: must be true or false"],
        ),
        (
            '[[rule]]\nname = "a"\ndomain = "a.b"\n\n[[rule]]\nname = "a"\ndomain = "a.c"\n',
            [":6: rule.name: there are two rules named `a`"],
        ),
        ('[[rule]]\nname = "a"\ndomain = "a.b"\n' * 101, ["more than 100 rules"]),
    ],
)
def test_what_is_wrong_with_rules_is_said_with_its_place(run, rules_file, text, places):
    path = rules_file(text)
    result = run(ZOOM, "--rules", path)
    assert result.exit_code == 78
    assert str(path) in result.stderr
    for place in places:
        assert place in result.stderr


def test_every_error_is_told_at_once_and_a_missing_file_too(rules_file, config_file, env, tmp_path):
    path = rules_file('[[rule]]\nname = "A"\nregex = "x*"\npriority = true\n')
    with pytest.raises(ConfigErrors) as caught:
        join_rules.load(path)
    assert len(caught.value.errors) == 3
    with pytest.raises(ConfigErrors, match="cannot be read"):
        join_rules.load(tmp_path / "missing.toml")
    with pytest.raises(ConfigErrors, match=r"join.rules_file: .*rules.toml:2: rule.name"):
        load(config_file(f'join.rules_file = "{path}"\n'), env)


def test_bytes_that_are_no_text_and_files_that_are_too_large(rules_file):
    path = rules_file("")
    path.write_bytes(b"\xff")
    with pytest.raises(ConfigErrors, match="UTF-8"):
        join_rules.load(path)
    path.write_bytes(b"#" * (1 << 19))
    with pytest.raises(ConfigErrors, match="larger than"):
        join_rules.load(path)
