"""``hybridcal block``: look at join details before anybody gets them.

Owns: the two commands. Promises: no daemon is needed, nothing is written or sent; of a configuration file only
``[joinblock]`` is looked at, so that it works before the rest of it is right.
Does not: compose blocks (``domain/joinblock.py``) or judge texts (``shell/block_texts.py``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import click
from click.core import ParameterSource

from hybridcal_daemon.domain import languages
from hybridcal_daemon.shell.cli import exits
from hybridcal_daemon.shell.cli.options import config_option

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hybridcal_daemon.domain.joinblock import Room
    from hybridcal_daemon.shell.block_texts import Texts
    from hybridcal_daemon.shell.config_errors import ConfigError

_ALL: Final = "all"
_SAMPLE: Final = {
    "link": "https://acme.webex.com/meet/alice",
    "number": "2634 123 4567",
    "password": "example",
    "video": "alice@acme.webex.com",
    "host": "Alice",
}
_PHONES: Final = (("Oslo", "+47 21 00 00 00"), ("", "+1 555 0100"))
_PARTS: Final = (*_SAMPLE, "phone")
_NAME: Final = "joinblock."


@click.group(
    short_help="Look at join details in any language.", epilog="Example: hybridcal block preview --language de"
)
def block() -> None:
    """Look at the join details that are written into invitations, in any language; no daemon is needed."""


@block.command(
    "preview",
    short_help="Print the join details as they are written.",
    epilog="Example: hybridcal block preview --language pt_BR --html --room link=https://acme.webex.com/meet/bob",
)
@click.option("-l", "--language", default="", help='Language, or "all". Default: joinblock.language, or English.')
@click.option("--html", "html_", is_flag=True, help="As it is written into a description with markup.")
@click.option(
    "--room",
    "parts",
    multiple=True,
    metavar="PART=VALUE",
    help="A detail, for as many as you like: link, number, password, video, host, phone (as phone=+47...,Oslo).",
)
@click.option("--texts", type=click.Path(path_type=Path), help="Your texts. Default: joinblock.texts_file.")
@config_option
def preview(language: str, html_: bool, parts: tuple[str, ...], texts: Path | None, config: Path) -> None:  # noqa: FBT001 - click passes flags by name
    """Print the join details as they are written into an invitation.

    With --room, only the details that are given are shown, otherwise made-up ones. The marks above and below are how
    the daemon finds its own text again.
    """
    from hybridcal_daemon.domain.joinblock import compose  # noqa: PLC0415 - start fast
    from hybridcal_daemon.shell import block_texts  # noqa: PLC0415 - the same

    values = _settings(config)
    own = _texts(texts or _path(values))
    shown = block_texts.shown({name: values[_NAME + name] for name in block_texts.LINE_NAMES})
    room = _room(parts)
    for code in _codes(language or str(values["joinblock.language"])):
        if language == _ALL:
            click.echo(f"== {code}")
        before = "<p></p>" if html_ else ""
        composed = compose(before, room, block_texts.style(code, own, shown))
        click.echo(composed.removeprefix(f"{before}<br><br>"))


@block.command(
    "lint",
    short_help="Check a file with your own texts.",
    epilog="Example: hybridcal block lint /etc/hybridcal/texts.toml",
)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@config_option
def lint(file: Path | None, config: Path) -> None:
    """Check a file with headers and footers for join details; show every error with its line.

    Without FILE the one that joinblock.texts_file names. Exit code 0 when it is right, 78 when it is not.
    """
    path = file or _path(_settings(config))
    if path is None:
        raise exits.Stop(
            exits.CONFIG, f"joinblock.texts_file is not set in {config}.", "name the file: hybridcal block lint FILE"
        )
    texts = _texts(path)
    for code, own in texts.by_language.items():
        lengths = ", ".join(f"{name} {len(text)}" for name, text in (("header", own.header), ("footer", own.footer)))
        click.echo(f"{code:<7} {lengths} of {_longest()} characters")
    click.echo(f"{path} is right; every other language gets the words of {texts.fallback}.")


def _longest() -> int:
    from hybridcal_daemon.domain.blocklines import LONGEST_TEXT  # noqa: PLC0415 - start fast

    return LONGEST_TEXT


def _settings(path: Path) -> Mapping[str, object]:
    """Give the settings of the join block: of the file, or the defaults when nobody named one and there is none."""
    from hybridcal_daemon.shell import environment  # noqa: PLC0415 - start fast
    from hybridcal_daemon.shell.config_joinblock import JOINBLOCK  # noqa: PLC0415 - the same
    from hybridcal_daemon.shell.config_reader import read  # noqa: PLC0415 - the same

    source = click.get_current_context().get_parameter_source("config")
    if source is ParameterSource.DEFAULT and not path.exists():
        return {setting.name: setting.default for setting in JOINBLOCK}
    values, errors = read(path, environment.environment())
    ours = [error for error in errors if not error.key or (error.key.startswith(_NAME) and error.key not in values)]
    if ours:
        _stop(ours, "the configuration")
    return values


def _path(values: Mapping[str, object]) -> Path | None:
    path = values["joinblock.texts_file"]
    return Path(str(path)) if path else None


def _texts(path: Path | None) -> Texts:
    from hybridcal_daemon.shell.block_texts import Texts, read  # noqa: PLC0415 - start fast
    from hybridcal_daemon.shell.config_errors import ConfigErrors  # noqa: PLC0415 - the same

    if path is None:
        return Texts()
    try:
        return read(path)
    except ConfigErrors as wrong:
        _stop(wrong.errors, "the texts")


def _stop(errors: Sequence[ConfigError], where: str) -> NoReturn:
    for error in errors:
        click.echo(str(error), err=True)
    count = len(errors)
    raise exits.Stop(exits.CONFIG, f"{count} error{'s' * (count > 1)} in {where}.") from None


def _codes(wanted: str) -> tuple[str, ...]:
    from hybridcal_daemon.shell import config_kinds  # noqa: PLC0415 - start fast
    from hybridcal_daemon.shell.config_errors import BadValue  # noqa: PLC0415 - the same

    if wanted == _ALL:
        return languages.LANGUAGES
    try:
        return (config_kinds.language(wanted or languages.ENGLISH),)
    except BadValue as bad:
        raise click.BadParameter(str(bad), param_hint="--language") from None


def _room(parts: Sequence[str]) -> Room:
    """Give the meeting to show: of what was given, or the sample."""
    from hybridcal_daemon.domain.joinblock import Room  # noqa: PLC0415 - start fast
    from hybridcal_daemon.domain.values import Plain  # noqa: PLC0415 - the same

    given = [_part(part) for part in parts]
    values = dict(given) if given else _SAMPLE
    phones = [value.partition(",") for name, value in given if name == "phone"]
    return Room(
        link=Plain(_link(values.get("link", _SAMPLE["link"]))),
        meeting_number=Plain(values.get("number", "")),
        password=Plain(values.get("password", "")),
        sip_address=Plain(values.get("video", "")),
        dial_in=tuple((label, number) for number, _, label in phones) if given else _PHONES,
        host=Plain(values.get("host", "")),
    )


def _part(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if name not in _PARTS or not sign:
        raise click.BadParameter(f"must be PART=VALUE with one of {', '.join(_PARTS)}: {text}", param_hint="--room")
    return name, value


def _link(text: str) -> str:
    from hybridcal_daemon.domain.blocklines import LINK  # noqa: PLC0415 - start fast

    if LINK.fullmatch(text) is None:
        raise click.BadParameter(f"link must be an http(s) address: {text}", param_hint="--room")
    return text
