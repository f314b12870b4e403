"""The command ``hybridcal``.

Owns: the list of commands and what is shown without one. Promises: starts fast (what is heavy is imported inside the
command that needs it); exit codes 0 done, 1 failed or trouble found, 2 usage, 69 daemon not reachable, 75 not yet,
77 not permitted, 78 configuration. Does not: do any work.
"""

from __future__ import annotations

import click

from hybridcal_daemon.shell.cli import block, config, devices, events, play, redecorate, rules, run, status, users

WELCOME = """\
hybridcal {version} - Google Workspace calendars to Webex join links, meetings lists, Join buttons and presence.
It runs on your own machine.

  New here?      hybridcal demo                        see everything happen, with built-in Google and Webex look-alikes
  Ready to try?  hybridcal config default              print a commented config.toml to start from
  Is it right?   hybridcal config check -c FILE        check a configuration; nothing is started
  In service?    hybridcal status | users | rooms      ask the running daemon
  All commands:  hybridcal -h
"""


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: hybridcal users activate alice@acme.example",
)
@click.version_option(package_name="hybridcal", prog_name="hybridcal", message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """Google Workspace calendars to Webex, on your own machine."""
    if context.invoked_subcommand is None:
        from importlib.metadata import version  # noqa: PLC0415 - start fast

        click.echo(WELCOME.format(version=version("hybridcal")), nl=False)


for command in (
    run.run,
    config.config,
    config.check_config,
    users.users,
    users.rooms,
    devices.devices,
    events.events,
    events.explain,
    redecorate.redecorate,
    block.block,
    rules.rules,
    status.status,
    status.reload,
    play.demo,
    play.sandbox,
):
    main.add_command(command)

__all__ = ["main"]
