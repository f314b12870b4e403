"""``hybridcal demo`` and ``hybridcal sandbox``: look-alikes of Google and Webex on this machine.

Owns: the two commands. Promises: nothing is imported before it is needed.
Does not: hold the look-alikes (``sandbox/``).
"""

from __future__ import annotations

import sys

import click

from hybridcal_daemon.shell.cli.run import own_actors_or_stop


@click.command(
    short_help="See everything happen, with look-alikes of Google and Webex.", epilog="Example: hybridcal demo --once"
)
@click.option("--once", is_flag=True, help="Play the scenes and end, with exit code 0 if each came true.")
@click.option("--keep", is_flag=True, help="Keep the directory with database and logs, and say where it is.")
def demo(*, once: bool, keep: bool) -> None:
    """See everything happen: a daemon against look-alikes of Google and Webex, all on this machine.

    No account is needed, and nothing leaves the machine. It stays up for looking around until Ctrl-C.
    """
    own_actors_or_stop()
    from hybridcal_daemon.shell.demo import main  # noqa: PLC0415 - start fast

    sys.exit(main(once=once, keep=keep))


@click.command(
    short_help="Run the look-alikes of Google and Webex alone.",
    epilog="Example: hybridcal sandbox --google-port 9001 --webex-port 9002",
)
@click.option("--google-port", type=click.IntRange(0, 65535), default=0, help="Port of Google; 0 takes a free one.")
@click.option("--webex-port", type=click.IntRange(0, 65535), default=0, help="Port of Webex; 0 takes a free one.")
@click.option("--seed", type=int, default=1, show_default=True, help="What chance begins with.")
def sandbox(google_port: int, webex_port: int, seed: int) -> None:
    """Run the look-alikes of Google and Webex alone, on 127.0.0.1, until Ctrl-C."""
    from hybridcal_daemon.shell.sandbox_cli import main  # noqa: PLC0415 - start fast

    sys.exit(main(google_port=google_port, webex_port=webex_port, seed=seed))
