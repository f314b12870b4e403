"""``hybridcal redecorate``: write join details anew in the settings that are in force.

Owns: the command and how its outcome is shown. Promises: nothing is written with --dry-run; one person who cannot be
reached stops nobody else. Does not: write anything; the daemon does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import click

from hybridcal_daemon.shell.cli import exits
from hybridcal_daemon.shell.cli import output as out
from hybridcal_daemon.shell.cli.options import daemon, output_option, socket_option, wait_option

if TYPE_CHECKING:
    from pathlib import Path

    from hybridcal_daemon.shell.client import Json

_ALONE: Final = (
    "Nothing but this command ever rewrites join details that stand: new settings, languages and texts apply to new "
    "ones only."
)


@click.command(
    short_help="Write join details of events to come anew.",
    epilog="Example: hybridcal redecorate --dry-run alice@acme.example",
)
@click.argument("address", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Only count; nothing is written.")
@wait_option
@output_option
@socket_option
def redecorate(address: tuple[str, ...], wait: float, output: str, socket: Path, *, dry_run: bool) -> None:
    """Write the join details of all events to come anew, in the language, texts and settings that are in force.

    For these people, or without ADDRESS for everybody. Details that somebody edited, or that were pasted from
    elsewhere, stay. Nothing else ever rewrites details that stand; events that are over are left as they are.
    """
    found = [_one(one, socket, wait, dry_run=dry_run) for one in address or _everybody(socket)]
    told = [user for user in found if user is not None]
    if output == "json":
        out.show_json({"items": told, "blocks": _sum(told, "blocks"), "redone": _sum(told, "redone")})
    else:
        _show(told, dry_run=dry_run)
    click.get_current_context().exit(exits.FAILED if len(told) < len(found) else 0)


def _everybody(socket: Path) -> list[str]:
    with daemon(socket) as client:
        return [str(user["address"]) for user in client.users(addresses=True) if "address" in user]


def _one(address: str, socket: Path, wait: float, *, dry_run: bool) -> Json | None:
    """Give the counts of one person, None when that failed, which is said then."""
    try:
        with daemon(socket, about=address) as client:
            return {"address": address, **client.redecorate(address, wait, dry_run=dry_run)}
    except exits.Stop as stop:
        if stop.exit_code in {exits.UNREACHABLE, exits.FORBIDDEN}:
            raise
        stop.show()
        return None


def _sum(told: list[Json], name: str) -> int:
    return sum(cast("int", user[name]) for user in told)


def _show(told: list[Json], *, dry_run: bool) -> None:
    doing = "would be looked at" if dry_run else "are written anew"
    for user in told:
        click.echo(f"{user['address']}  {user['blocks']} events with join details, {user['redone']} {doing}")
    click.echo(f"in all  {_sum(told, 'blocks')} events with join details, {_sum(told, 'redone')} {doing}")
    click.echo(_ALONE)
