"""An organisation's own texts and the two commands that look at join details."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from hybridcal_daemon.adapters.phrases import phrases
from hybridcal_daemon.domain.blocklines import LONGEST_TEXT
from hybridcal_daemon.domain.joinblock import BEGIN, END, Room, compose, find
from hybridcal_daemon.domain.languages import LANGUAGES
from hybridcal_daemon.domain.values import Plain
from hybridcal_daemon.shell.block_texts import Own, Styles, Texts, read
from hybridcal_daemon.shell.cli import main
from hybridcal_daemon.shell.config import ConfigErrors, load, user_settings, value_of
from hybridcal_daemon.shell.config_joinblock import JOINBLOCK

ROOM = Room(link=Plain("https://acme.webex.com/meet/alice"), password=Plain("pa55"), host=Plain("Alice"))
GOOD = """\
fallback = "en"
[en]
header = "Welcome"
footer = "Bye"
[iw]
footer = '''
\u05e9\u05dc\u05d5\u05dd
'''
[es]
header = "Hola"
"""


@pytest.fixture
def texts(tmp_path):
    def write(text, name="texts.toml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.delenv("HYBRIDCAL_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        return CliRunner().invoke(main, ["block", *map(str, arguments)], catch_exceptions=False)

    return run


# ---- the file of texts ----------------------------------------------------------------------------------------------


def test_each_language_has_its_words_and_every_other_those_of_the_fallback(texts):
    found = read(texts(GOOD))
    assert found.of("he") == Own("", "\u05e9\u05dc\u05d5\u05dd")
    assert found.of("es_419") == Own("Hola", "")
    assert found.of("ja") == found.of("en") == Own("Welcome", "Bye")


def test_an_empty_file_is_no_words():
    assert Texts().of("de") == Own()


def test_a_file_may_be_empty(texts):
    assert read(texts("")).of("de") == Own()


def errors(path):
    with pytest.raises(ConfigErrors) as caught:
        read(path)
    return [str(error).removeprefix(f"{path}:").strip() for error in caught.value.errors]


def test_all_errors_are_found_at_once_with_their_lines(texts):
    path = texts(
        'fallbak = "de"\n'
        "[de]\n"
        'header = "Hi <b>you</b>"\n'
        'foter = "x"\n'
        f'footer = "{"x" * (LONGEST_TEXT + 1)}"\n'
        "[iw]\n"
        "header = 3\n"
        "[he]\n"
        "[klingon]\n"
        "[ar]\n"
        'header = "a\u202eb"\n'
        'footer = "a\u2067b"\n'
        "[fa]\n"
        'header = "Q&amp;A"\n'
        'footer = "\\u0007"\n'
    )
    found = errors(path)
    assert found[:5] == [
        "1: fallbak: must be a table (did you mean `fallback`?)",
        "3: de.header: must be plain text without < >: no markup, and not the signs of the block itself",
        "4: de.foter: there is no such key (did you mean `footer`?); there are header and footer",
        f"5: de.footer: is {LONGEST_TEXT + 1} characters long; at most {LONGEST_TEXT} are written",
        '7: iw.header: must be text: "..." or, of several lines, """..."""',
    ]
    assert found[5] == "8: he: is the same language as another table: both are he"
    assert found[6].startswith('9: klingon: "klingon" is not one of our languages; they are: en ar bg')
    assert [error.partition(": ")[0] for error in found[7:11]] == ["11", "12", "14", "15"]
    assert "direction" in found[7]
    assert "direction" in found[8]
    assert "character reference" in found[9]
    assert "control" in found[10]
    assert found[11].startswith("fallback: must name the language whose words everybody else gets")
    assert len(found) == 12


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[de\n", "1: is not TOML"),
        (b"[de]\nheader = '\xff'\n", "is not UTF-8 text"),
        (b"#" * 1_100_000, "is larger than"),
        ('fallback = "fr"\n[de]\nheader = "x"\n', "1: fallback: must be one of the languages of this file: de"),
        ("fallback = 3\n[en]\n", "1: fallback: must be one of the languages of this file: en"),
        ('[en]\nheader = "\u00bb\u00bb\u00bb"\n', "2: en.header: must be plain text without \u00bb"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(texts, text, message):
    assert errors(texts(text))[0].startswith(message)


def test_a_file_that_is_not_there_is_named(tmp_path):
    assert errors(tmp_path / "none.toml") == ["there is no such file"]
    assert errors(tmp_path) == ["cannot be read: Is a directory"]


def test_a_text_as_long_as_may_be_is_taken(texts):
    assert len(read(texts(f'[en]\nheader = "{"x" * LONGEST_TEXT}"\n')).of("en").header) == LONGEST_TEXT


def test_isolates_that_are_ended_are_taken(texts):
    assert read(texts('[ar]\nheader = "\u0634 \u2066+1 2\u2069"\n[en]\n')).of("ar").header.endswith("\u2069")


# ---- settings -------------------------------------------------------------------------------------------------------


def test_blocks_are_written_as_the_configuration_says(config_file, env, texts):
    texts(GOOD)
    config = load(config_file('[joinblock]\ntexts_file = "texts.toml"\npassword = true\nlanguage = "iw"\n'), env)
    styles = Styles(config.joinblock)
    assert user_settings(config).block_language == "he"
    assert styles("ja").phrases == phrases("ja")
    assert styles("he").right_to_left
    lines = find(compose("", ROOM, styles("ja"))).lines
    assert lines[0] == "Welcome"
    assert lines[-1] == "Bye"
    assert any("pa55" in line for line in lines)
    assert not any("Alice" in line for line in lines)


def test_without_settings_there_are_no_words_but_ours(config_file, env):
    styles = Styles(load(config_file(), env).joinblock)
    assert compose("", ROOM, styles("en")) == compose("", ROOM)


def test_every_setting_of_the_join_block_is_carried_out_by_a_reload(config_file, env):
    assert all(setting.reloadable for setting in JOINBLOCK)
    config = load(config_file(), env)
    assert [value_of(config, setting.name) for setting in JOINBLOCK] == ["", None, True, False, True, True, False]


def test_what_is_wrong_with_the_texts_is_wrong_with_the_configuration(config_file, env, texts):
    path = texts('[en]\nheader = "<b>"\n')
    with pytest.raises(ConfigErrors) as caught:
        load(config_file('joinblock.texts_file = "texts.toml"\njoinblock.language = "xx"\n'), env)
    first, second = caught.value.errors
    assert (first.line, first.key) == (1, "joinblock.texts_file")
    assert first.message.startswith(f"{path}:2: en.header: must be plain text")
    assert (second.line, second.key) == (2, "joinblock.language")
    assert second.message.startswith('"xx" is not one of our languages; they are: en ar')


# ---- commands -------------------------------------------------------------------------------------------------------


def test_a_preview_needs_nothing(run):
    result = run("preview", "--language", "de")
    assert result.exit_code == 0
    assert result.output.startswith(f"{BEGIN}\nAm Webex-Meeting teilnehmen:\nhttps://acme.webex.com/meet/alice\n")
    assert result.output.endswith(f"{END}\n")


def test_a_preview_with_markup_is_what_would_be_written(run):
    result = run("preview", "-l", "iw", "--html", "--room", "link=https://acme.webex.com/meet/bob")
    assert result.output.startswith(f'{BEGIN}<div dir="rtl">')
    assert find(result.output).link == "https://acme.webex.com/meet/bob"
    assert result.output.count("<br>") == 1


def test_a_preview_shows_what_it_was_given_and_nothing_else(run, texts):
    texts("[joinblock]\npassword = true\nhost = true\n", "config.toml")
    parts = ("number=123", "password=pa55", "video=a@b.example", "phone=+1 2,Rio", "phone=+3", "host=Bob")
    options = [word for part in parts for word in ("--room", part)]
    result = run("preview", "--config", "config.toml", *options)
    assert result.output.split("\n")[3:-2] == [
        "Meeting number (access code): 123",
        "Password: pa55",
        "Video address: a@b.example",
        "Join by phone:",
        "+1 2 Rio",
        "+3",
        "Host: Bob",
    ]
    assert run("preview", "--room", "phone=+1").output.count("\n") == 6


def test_a_preview_takes_language_and_texts_of_the_configuration(run, texts):
    texts(GOOD)
    texts(
        '[google]\nworkers = "wrong, but nobody asks"\n[joinblock]\nlanguage = "es"\ntexts_file = "texts.toml"\n', "c"
    )
    result = run("preview", "--config", "c")
    assert result.exit_code == 0
    assert result.output.split("\n")[1] == "Hola"
    assert "Bye" in run("preview", "--config", "c", "--language", "ko").output


def test_a_preview_of_all_languages_shows_each(run, texts):
    result = run("preview", "--language", "all", "--texts", texts(GOOD))
    assert result.output.count(BEGIN) == result.output.count("== ") == len(LANGUAGES)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--language", "xx"), "not one of our languages"),
        (("--room", "link=acme"), "link must be an http(s) address"),
        (("--room", "pin=1"), "must be PART=VALUE with one of"),
        (("--room", "link"), "must be PART=VALUE with one of"),
    ],
)
def test_a_preview_that_was_asked_for_wrongly_says_how_to_ask(run, arguments, message):
    result = run("preview", *arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())


def test_a_preview_with_a_broken_configuration_says_what_is_wrong(run, texts):
    texts('[joinblock]\nlanguage = "xx"\nheder = 1\n', "c")
    result = run("preview", "--config", "c")
    assert result.exit_code == 78
    assert "c:2: joinblock.language" in result.output
    assert "c:3: joinblock.heder" in result.output
    assert run("preview", "--config", "none").exit_code == 78


def test_lint_says_that_all_is_well(run, texts):
    path = texts(GOOD)
    texts('joinblock.texts_file = "texts.toml"\n', "c")
    for arguments in ([path], ["--config", "c"]):
        result = run("lint", *arguments)
        assert result.exit_code == 0
        assert "en      header 7, footer 3 of 1024 characters" in result.output
        assert "texts.toml is right; every other language gets the words of en." in result.output


def test_lint_lists_every_error_with_its_line(run, texts):
    result = run("lint", texts('[de]\nheader = "<"\nfooter = ">"\n'))
    assert result.exit_code == 78
    assert [Path(line).name.split(": ")[0] for line in result.output.split("\n")[:2]] == [
        "texts.toml:2",
        "texts.toml:3",
    ]
    assert "3 errors in the texts." in result.output


def test_lint_without_a_file_says_which_to_name(run):
    result = run("lint")
    assert result.exit_code == 78
    assert "hybridcal block lint FILE" in result.output
