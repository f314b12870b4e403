"""``hybridcal run``: the daemon itself, in the foreground.

Owns: what must be right before anything starts. Promises: a wrong configuration or a foreign package ``actors`` ends
the command with exit code 78. Does not: compose the daemon (``shell/app.py`` does).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from hybridcal_daemon.shell.cli import exits
from hybridcal_daemon.shell.cli.config import load_or_stop
from hybridcal_daemon.shell.cli.options import config_option

if TYPE_CHECKING:
    from pathlib import Path


@click.command(
    short_help="Run the daemon in the foreground.", epilog="Example: hybridcal run --config /etc/hybridcal/config.toml"
)
@config_option
def run(config: Path) -> None:
    """Run the daemon in the foreground.

    It stops on SIGTERM (a second one at once), reloads its configuration on SIGHUP and writes its log to standard
    error.
    """
    own_actors_or_stop()
    loaded = load_or_stop(config)
    from hybridcal_daemon.shell.app import run as serve  # noqa: PLC0415 - start fast

    sys.exit(serve(loaded))


def own_actors_or_stop() -> None:
    """End the command when another distribution's package ``actors`` lies where ours should."""
    from hybridcal_daemon.shell.selfcheck import foreign_actors  # noqa: PLC0415 - start fast

    why = foreign_actors()
    if why:
        raise exits.Stop(exits.CONFIG, why)
