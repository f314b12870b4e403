"""``hybridcal config``: look at configuration files.

Owns: the commands and how errors are listed. Promises: starts nothing, changes nothing, opens no connection.
Does not: judge settings (``shell/config.py`` does).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hybridcal_daemon.shell.cli import exits, output
from hybridcal_daemon.shell.cli.options import config_option

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hybridcal_daemon.shell.config import Config


@click.group(short_help="Look at configuration files.", epilog="Example: hybridcal config check --config ./config.toml")
def config() -> None:
    """Look at configuration files; nothing is started or changed."""


@config.command(
    "default",
    short_help="Print a file with every setting and its default.",
    epilog="Example: hybridcal config default > config.toml",
)
def default() -> None:
    """Print a configuration file with every setting, its default and one sentence about it."""
    from hybridcal_daemon.shell.config_table import default_file  # noqa: PLC0415 - start fast

    click.echo(default_file(), nl=False)


@config.command(
    "check",
    short_help="Check a configuration file.",
    epilog="Example: hybridcal config check --config /etc/hybridcal/config.toml",
)
@config_option
def check(config: Path) -> None:
    """Check a configuration file and the secret files it names; show every error at once.

    Exit code 0 when it is right, 78 when it is not. No connection is opened.
    """
    from hybridcal_daemon.shell.config import warnings  # noqa: PLC0415 - start fast

    loaded = load_or_stop(config)
    output.pairs(_summary(loaded))
    output.uses(_uses(), indent=" " * 15)
    for warning in warnings(loaded):
        click.echo(f"warning: {warning}")
    click.echo(f"{config} is right.")


check_config = click.Command(
    "check-config",
    callback=check.callback,
    params=check.params,
    help="The same as `hybridcal config check`.",
    short_help="The same as `config check`.",
    epilog="Example: hybridcal check-config --config ./config.toml",
)


def load_or_stop(path: Path) -> Config:
    """Configuration of a file; all its errors are printed and end the command."""
    from hybridcal_daemon.shell.config import ConfigErrors, load  # noqa: PLC0415 - start fast

    try:
        return load(path)
    except ConfigErrors as wrong:
        for error in wrong.errors:
            click.echo(str(error), err=True)
        count = len(wrong.errors)
        raise exits.Stop(exits.CONFIG, f"{count} error{'s' * (count > 1)} in the configuration.") from None


def _summary(config: Config) -> list[tuple[str, str]]:
    from hybridcal_daemon.shell.endpoints import every_scope  # noqa: PLC0415 - start fast

    push, rooms = config.google.push, config.google.rooms
    return [
        ("state", str(config.state_directory)),
        ("admin socket", str(config.admin.socket)),
        ("meetings list", str(config.feed.listen or "off")),
        ("metrics", f"http://{config.metrics.listen}/metrics" if config.metrics.listen else "off"),
        ("push", f"{push.public_url} -> {push.listen}" if push.enabled else "off; calendars are polled"),
        ("rooms", f"by {rooms.account}" if rooms.account else "off"),
        ("Google key", _service_account(config)),
        ("scopes", ",".join(every_scope())),
    ]


def _uses() -> Mapping[str, str]:
    """What each scope is for."""
    from hybridcal_daemon.adapters.google import SCOPE_USES  # noqa: PLC0415 - start fast

    return SCOPE_USES


def _service_account(config: Config) -> str:
    from hybridcal_daemon.shell.secret_files import read_service_account  # noqa: PLC0415 - start fast

    google = config.google
    if google.service_account_file is None:
        who = google.impersonate_service_account
        return f"none: {google.credentials_file} signs for {who}, whose client id must be granted the scopes below"
    account = read_service_account(google.service_account_file).reveal()
    also = f"; {google.next_service_account_file} is tried first" if google.next_service_account_file else ""
    return f"client id {account['client_id']} (domain-wide delegation must grant it the scopes below){also}"
