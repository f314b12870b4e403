"""``hybridcal users``: who is served.

Owns: the commands about users and how users are shown. Promises: addresses are shown only where they were typed or
asked for. Does not: decide anything; the daemon does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from hybridcal_daemon.shell.cli import exits, output
from hybridcal_daemon.shell.cli.options import daemon, output_option, socket_option, wait_option

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hybridcal_daemon.shell.client import AdminClient, Json

_ENDS = {"active": 0, "pending": exits.AGAIN, "leaving": exits.AGAIN}


@click.group(
    short_help="Say who is served, and see how they stand.", epilog="Example: hybridcal users list --addresses"
)
def users() -> None:
    """Say who is served, and see how they stand."""


@users.command(
    "activate",
    short_help="Serve people from now on.",
    epilog="Example: hybridcal users activate alice@acme.example bob@acme.example",
)
@click.argument("address", nargs=-1, required=True)
@wait_option
@output_option
@socket_option
def activate(address: tuple[str, ...], wait: float, output: str, socket: Path) -> None:
    """Serve these people from now on; wait until each calendar could be read.

    Exit code 0 when all are active, 1 when one cannot be served, 75 when one is not verified yet.
    """
    _show_each(address, output, socket, lambda client, one: client.activate(one, wait))


@users.command(
    "show",
    short_help="Show how people stand, and what to do.",
    epilog="Example: hybridcal users show alice@acme.example",
)
@click.argument("address", nargs=-1, required=True)
@output_option
@socket_option
def show(address: tuple[str, ...], output: str, socket: Path) -> None:
    """Show how these people stand, what is wrong and what to do.

    Exit code 0 when all are active, 1 when one has an error, 75 when one is not verified yet.
    """
    _show_each(address, output, socket, lambda client, one: client.user(one))


@users.command(
    "deactivate",
    short_help="Serve people no more; erase what is stored.",
    epilog="Example: hybridcal users deactivate alice@acme.example",
)
@click.argument("address", nargs=-1, required=True)
@wait_option
@socket_option
def deactivate(address: tuple[str, ...], wait: float, socket: Path) -> None:
    """Serve these people no more and erase everything stored about them.

    Their calendars stay as they are.
    """

    def act(client: AdminClient, one: str) -> int:
        client.deactivate(one, wait)
        click.echo(f"{one}  deactivated")
        return 0

    _each(address, socket, act)


@users.command(
    "resync", short_help="Read calendars anew as a whole.", epilog="Example: hybridcal users resync alice@acme.example"
)
@click.argument("address", nargs=-1, required=True)
@socket_option
def resync(address: tuple[str, ...], socket: Path) -> None:
    """Read these calendars anew as a whole."""

    def act(client: AdminClient, one: str) -> int:
        client.resync(one)
        click.echo(f"{one}  is read anew; see: hybridcal users show {one}")
        return 0

    _each(address, socket, act)


@users.command("list", short_help="List everybody who is served.", epilog="Example: hybridcal users list --addresses")
@click.option("--addresses", is_flag=True, help="Show addresses as well; without it only surrogate ids.")
@output_option
@socket_option
def list_users(output: str, socket: Path, *, addresses: bool) -> None:
    """List everybody who is served."""
    with daemon(socket) as client:
        everybody = client.users(addresses=addresses)
    if output == "json":
        _show_json(everybody)
    elif everybody:
        _table(everybody, addresses=addresses)
    else:
        click.echo("Nobody is activated yet. Begin with: hybridcal users activate ADDRESS")


def _show_each(addresses: tuple[str, ...], form: str, socket: Path, ask: Callable[[AdminClient, str], Json]) -> None:
    found: list[Json] = []

    def act(client: AdminClient, one: str) -> int:
        found.append({"address": one, **ask(client, one)})
        if form == "table":
            _one(found[-1])
        return _ENDS.get(str(found[-1]["state"]), exits.FAILED)

    _each(addresses, socket, act, lambda: _show_json(found) if form == "json" else None)


def _each(
    addresses: tuple[str, ...],
    socket: Path,
    act: Callable[[AdminClient, str], int],
    last: Callable[[], None] = lambda: None,
) -> None:
    """Do something for each address, also after one failed; the exit code is the worst, with 1 before 75."""
    ends = {_try(address, socket, act) for address in addresses}
    last()
    click.get_current_context().exit(exits.FAILED if exits.FAILED in ends else max(ends))


def _try(address: str, socket: Path, act: Callable[[AdminClient, str], int]) -> int:
    try:
        with daemon(socket, about=address) as client:
            return act(client, address)
    except exits.Stop as stop:
        if stop.exit_code in {exits.UNREACHABLE, exits.FORBIDDEN}:
            raise
        stop.show()
        return stop.exit_code


def _one(user: Json) -> None:
    meetings = f"{user['meetings']} meetings" if user["state"] == "active" else ""
    problem = cast("Json", user["problem"])
    rest = str(problem.get("code", "")) or meetings or _waiting(user)
    click.echo(f"{user['address']}  {output.coloured(str(user['state']))}  {rest}".rstrip())
    output.explanation(problem)


def _waiting(user: Json) -> str:
    if user["state"] == "pending":
        return f"not verified yet; it goes on by itself, see: hybridcal users show {user['address']}"
    return ""


def _table(everybody: list[Json], *, addresses: bool) -> None:
    head = ["USER", "STATE", "SINCE", "LAST SYNC", "MEETINGS", "TROUBLE"]
    rows = [
        [
            str(user["user"]),
            str(user["state"]),
            output.when(user["since"]),
            output.when(user["synced_at"]),
            str(user["meetings"]),
            str(cast("Json", user["problem"]).get("code", "")),
        ]
        for user in everybody
    ]
    if addresses:
        head.insert(1, "ADDRESS")
        for row, user in zip(rows, everybody, strict=True):
            row.insert(1, str(user.get("address", "-")))
    output.table(head, rows)


def _show_json(value: object) -> None:
    output.show_json(value)
