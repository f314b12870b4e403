"""``hybridcal rules``: try how invitations are read.

Owns: the commands and what they print. Promises: nothing is started, changed or connected to; works without a daemon
and without a configuration, then with the built-in table alone. Does not: recognise anything
(``domain/joinlinks.py``), nor read rules (``shell/join_rules.py``).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import click

from hybridcal_daemon.shell import environment
from hybridcal_daemon.shell.cli import exits, output
from hybridcal_daemon.shell.cli.options import output_option

if TYPE_CHECKING:
    from hybridcal_daemon.domain.joinlinks import Choice
    from hybridcal_daemon.domain.joinrules import Rules

_WHERE: Final = ("location", "body", "conference")
_NOTHING: Final = {"provider": None, "url": None, "dial": None, "rule": None}


@click.group(short_help="Try how invitations are read.", epilog="Example: hybridcal rules test https://zoom.us/j/123")
def rules() -> None:
    """Try how join links in invitations are recognised; nothing is started or changed.

    A file of rules (join.rules_file, or --rules) adds links that are not known. It is TOML:

    \b
      [[rule]]
      name = "acme-rooms"            # shown when the rule wins
      domain = "meet.acme.example"   # this host and all below; or: regex = 'https://meet\\.acme\\.example/\\w+'
      dial = "{last}@vc.acme.example"
      url = "{url}"                  # {url} {host} {path} {last}, and the named groups of regex
      priority = 10                  # optional; the built-in table has 0
      provider = "acme_rooms"        # optional, as are where = "location" and ignore = true
    """  # noqa: D301 - \b is the character that click looks for


@rules.command(
    "test",
    short_help="Show what is recognised in a text, and why.",
    epilog="Example: hybridcal rules test --where location https://zoom.us/j/123",
)
@click.argument("text", required=False)
@click.option("--where", type=click.Choice(_WHERE), default="body", show_default=True, help="Where the text stands.")
@click.option(
    "--batch",
    type=click.File("r", encoding="utf-8-sig", errors="replace"),
    metavar="FILE",
    help='One JSON object a line, {"text": ..., "where": "location" or "body"}; - for standard input.',
)
@click.option("--rules", "rules_file", type=click.Path(path_type=Path), metavar="FILE", help="File of rules to use.")
@click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path),
    envvar=environment.CONFIG_VARIABLE,
    help="Configuration file whose join.rules_file is used.",
)
@output_option
def test(
    text: str | None, where: str, batch: IO[str] | None, rules_file: Path | None, config: Path | None, output: str
) -> None:
    """Show which join link of a text counts, which rule recognised it, and why it won.

    Without --rules and --config, the rules of the default configuration file are used if there is one. With --batch,
    one JSON object a line is printed for each line read, in the same order: provider, url, dial and rule, null where
    there is nothing; a line that cannot be read gives an object with an error, and exit code 1 at the end.
    """
    if (text is None) == (batch is None):
        raise click.UsageError("give a text, or --batch FILE, one of the two")
    loaded = _rules(rules_file, config)
    if batch is not None:
        _batch(batch, loaded)
    else:
        _one(text or "", where, loaded, as_json=output == "json")


def _rules(rules_file: Path | None, config: Path | None) -> Rules:
    from hybridcal_daemon.shell import join_rules  # noqa: PLC0415 - start fast
    from hybridcal_daemon.shell.config_errors import ConfigErrors  # noqa: PLC0415 - start fast

    try:
        return join_rules.load(rules_file or _configured(config))
    except ConfigErrors as wrong:
        for error in wrong.errors:
            click.echo(str(error), err=True)
        count = len(wrong.errors)
        raise exits.Stop(exits.CONFIG, f"{count} error{'s' * (count > 1)} in the rules.") from None


def _configured(config: Path | None) -> Path | None:
    """Give the file that the configuration names; a configuration that nobody asked for may be absent or unreadable."""
    default = environment.default_config(environment.environment())
    if config is None and not default.is_file():
        return None
    from hybridcal_daemon.shell import config as configuration  # noqa: PLC0415 - start fast

    try:
        return configuration.load(config or default).join.rules_file
    except configuration.ConfigErrors as wrong:
        if config is not None:
            raise
        click.echo(f"{default} is not used: {wrong.errors[0]}", err=True)
        return None


def _chosen(text: str, where: str, loaded: Rules) -> Choice | None:
    from hybridcal_daemon.domain.joinlinks import choose  # noqa: PLC0415 - start fast

    texts = {"location": "", "body": "", "conference": "", where: text}
    return choose(texts["location"], texts["body"], texts["conference"], loaded)


def _shown(choice: Choice | None) -> dict[str, str | None]:
    if choice is None:
        return dict(_NOTHING)
    link = choice.link
    return {"provider": link.provider, "url": link.url or None, "dial": link.dial or None, "rule": link.rule}


def _one(text: str, where: str, loaded: Rules, *, as_json: bool) -> None:
    choice = _chosen(text, where, loaded)
    if as_json:
        output.show_json({**_shown(choice), "why": choice.why if choice else None, "others": _others(choice)})
    elif choice is None:
        click.echo("Nothing in this text is a way to join.")
    else:
        shown = _shown(choice)
        output.pairs([(name, shown[name] or "") for name in _NOTHING] + [("why", choice.why)])
        for other in choice.others:
            click.echo(f"  not: {other.link.url}  ({other.link.rule}, {other.where})")


def _others(choice: Choice | None) -> list[dict[str, str]]:
    return [
        {"url": other.link.url, "rule": other.link.rule, "where": other.where}
        for other in (choice.others if choice else ())
    ]


def _batch(lines: IO[str], loaded: Rules) -> None:
    wrong = 0
    for number, line in enumerate(lines, start=1):
        try:
            text, where = _read(line)
        except ValueError as error:
            wrong += 1
            click.echo(json.dumps({"error": f"line {number}: {error}", "line": number}, ensure_ascii=False))
        else:
            click.echo(json.dumps(_shown(_chosen(text, where, loaded)), ensure_ascii=False))
    if wrong:
        raise exits.Stop(exits.FAILED, f"{wrong} line{'s' * (wrong > 1)} could not be read.")


def _read(line: str) -> tuple[str, str]:
    """Text and place of one line. ValueError with what is wrong and what to write."""
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError('is not JSON; write {"text": "...", "where": "body"}') from None
    text, where = (asked.get("text"), asked.get("where", "body")) if isinstance(asked, dict) else (None, "body")
    if isinstance(text, str) and where in _WHERE:
        return text, where
    said = 'has no "text"' if where in _WHERE else f'"where" must be one of {", ".join(_WHERE)}'
    raise ValueError(f'{said}; write {{"text": "...", "where": "body"}}')
