"""``hybridcal users`` and ``hybridcal rooms``: who is served, and which rooms.

Owns: the commands about users and rooms, which are the same but for their words, and how both are shown. Promises:
addresses are shown only where they were typed or asked for. Does not: decide anything; the daemon does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import click

from hybridcal_daemon.shell.cli import exits, output
from hybridcal_daemon.shell.cli.options import daemon, output_option, socket_option, wait_option

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hybridcal_daemon.shell.client import AdminClient, Json

_ENDS = {"active": 0, "pending": exits.AGAIN, "leaving": exits.AGAIN}


@dataclass(frozen=True, slots=True)
class Words:
    """What differs. ``served``: the group's name; ``texts``: of each command, its short help and its help."""

    served: str
    about: str
    texts: dict[str, tuple[str, str]]
    examples: tuple[str, str]
    none: str
    column: str
    room: bool = False


_CODES: Final = "Exit code 0 when all are active, 1 when one {trouble}, 75 when one is not verified yet."
_PERSONS: Final = Words(
    served="users",
    about="Say who is served, and see how they stand.",
    texts={
        "activate": (
            "Serve people from now on.",
            "Serve these people from now on; wait until each calendar could be read.\n\n"
            + _CODES.format(trouble="cannot be served"),
        ),
        "show": (
            "Show how people stand, and what to do.",
            "Show how these people stand, what is wrong and what to do.\n\n" + _CODES.format(trouble="has an error"),
        ),
        "deactivate": (
            "Serve people no more; erase what is stored.",
            (
                "Serve these people no more and erase everything stored about them.\n\nTheir calendars stay as they "
                "are, join details included, unless --remove-join-details is given."
            ),
        ),
        "resync": ("Read calendars anew as a whole.", "Read these calendars anew as a whole."),
        "list": ("List everybody who is served.", "List everybody who is served."),
    },
    examples=("alice@acme.example", "bob@acme.example"),
    none="Nobody is activated yet. Begin with: hybridcal users activate ADDRESS",
    column="USER",
)
_ROOMS: Final = Words(
    served="rooms",
    about="Say which rooms are served, and see how they stand.",
    texts={
        "activate": (
            "Serve rooms from now on.",
            "Serve these rooms from now on: give google.rooms.account access to each calendar (nobody is mailed), wait "
            "until it could be read.\n\n" + _CODES.format(trouble="cannot be served"),
        ),
        "show": (
            "Show how rooms stand, and what to do.",
            "Show how these rooms stand, what is wrong and what to do.\n\n" + _CODES.format(trouble="has an error"),
        ),
        "deactivate": (
            "Serve rooms no more; give back the access.",
            "Serve these rooms no more: give back the access, erase what is stored.\n\nBookings stay as they are.",
        ),
        "resync": (
            "Read rooms anew, asking for lost access again.",
            "Read the calendars of these rooms anew as a whole; access that somebody took away is asked for again.",
        ),
        "list": ("List the rooms that are served.", "List the rooms that are served."),
    },
    examples=("aurora@resource.acme.example", "borealis@resource.acme.example"),
    none="No room is activated yet. Begin with: hybridcal rooms activate ADDRESS",
    column="ROOM",
    room=True,
)


def _group(words: Words) -> click.Group:
    """Make the commands about persons or about rooms."""
    example = f"Example: hybridcal {words.served} list --addresses"
    group = click.Group(words.served, help=words.about, short_help=words.about, epilog=example)
    for make in (_activate, _show, _deactivate, _resync, _list):
        group.add_command(make(words))
    return group


def _command(name: str, words: Words, example: str, **more: Any) -> Callable[[Callable[..., None]], click.Command]:  # noqa: ANN401 - click's own
    short, long = words.texts[name]
    epilog = f"Example: hybridcal {words.served} {name} {example}"
    return click.command(name, short_help=short, help=long, epilog=epilog, **more)


def _activate(words: Words) -> click.Command:
    @_command("activate", words, " ".join(words.examples))
    @click.argument("address", nargs=-1, required=True)
    @wait_option
    @output_option
    @socket_option
    def activate(address: tuple[str, ...], wait: float, output: str, socket: Path) -> None:
        _show_each(words, address, output, socket, lambda client, one: client.activate(one, wait, room=words.room))

    return activate


def _show(words: Words) -> click.Command:
    @_command("show", words, words.examples[0])
    @click.argument("address", nargs=-1, required=True)
    @output_option
    @socket_option
    def show(address: tuple[str, ...], output: str, socket: Path) -> None:
        _show_each(words, address, output, socket, lambda client, one: client.user(one, room=words.room))

    return show


def _deactivate(words: Words) -> click.Command:
    @_command("deactivate", words, words.examples[0])
    @click.argument("address", nargs=-1, required=True)
    @wait_option
    @socket_option
    def deactivate(address: tuple[str, ...], wait: float, socket: Path, *, remove_join_details: bool = False) -> None:
        def act(client: AdminClient, one: str) -> int:
            client.deactivate(one, wait, room=words.room, undecorate=remove_join_details)
            more = "; join details are taken out of events to come" if remove_join_details else ""
            click.echo(f"{one}  deactivated{more}")
            return 0

        _each(address, socket, act)

    if not words.room:
        deactivate.params.append(_REMOVE)
    return deactivate


_REMOVE: Final = click.Option(
    ["--remove-join-details"],
    is_flag=True,
    help="Take our join details out of events to come, and end the Webex meetings made for them (within 10 minutes).",
)


def _resync(words: Words) -> click.Command:
    @_command("resync", words, words.examples[0])
    @click.argument("address", nargs=-1, required=True)
    @socket_option
    def resync(address: tuple[str, ...], socket: Path) -> None:
        def act(client: AdminClient, one: str) -> int:
            client.resync(one, room=words.room)
            click.echo(f"{one}  is read anew; see: hybridcal {words.served} show {one}")
            return 0

        _each(address, socket, act)

    return resync


def _list(words: Words) -> click.Command:
    @_command("list", words, "--addresses")
    @click.option("--addresses", is_flag=True, help="Show addresses as well; without it only surrogate ids.")
    @output_option
    @socket_option
    def list_users(output: str, socket: Path, *, addresses: bool) -> None:
        with daemon(socket) as client:
            everybody = client.users(addresses=addresses, room=words.room)
        if output == "json":
            _show_json(everybody)
        elif everybody:
            _table(words, everybody, addresses=addresses)
        else:
            click.echo(words.none)

    return list_users


def _show_each(
    words: Words, addresses: tuple[str, ...], form: str, socket: Path, ask: Callable[[AdminClient, str], Json]
) -> None:
    found: list[Json] = []

    def act(client: AdminClient, one: str) -> int:
        found.append({"address": one, **ask(client, one)})
        if form == "table":
            _one(words, found[-1])
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


def _one(words: Words, user: Json) -> None:
    meetings = f"{user['meetings']} meetings" if user["state"] == "active" else ""
    problem = cast("Json", user["problem"])
    rest = str(problem.get("code", "")) or meetings or _waiting(words, user)
    click.echo(f"{user['address']}  {output.coloured(str(user['state']))}  {rest}".rstrip())
    output.explanation(problem)


def _waiting(words: Words, user: Json) -> str:
    if user["state"] == "pending":
        return f"not verified yet; it goes on by itself, see: hybridcal {words.served} show {user['address']}"
    return ""


def _table(words: Words, everybody: list[Json], *, addresses: bool) -> None:
    head = [words.column, "STATE", "SINCE", "LAST SYNC", "MEETINGS", "TROUBLE"]
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


@click.command(
    "site",
    short_help="Choose the Webex site of a person.",
    epilog="Example: hybridcal users site alice@acme.example acme.webex.com",
)
@click.argument("address")
@click.argument("site", required=False, default="")
@click.option("--default", "default_site", is_flag=True, help="Their default site, or webex.site of the configuration.")
@socket_option
def _site(address: str, site: str, socket: Path, *, default_site: bool) -> None:
    """Choose the Webex site on which a person's Personal Room and meetings are; with --default none in particular.

    Join details that stand are left as they are; see: hybridcal redecorate
    """
    if default_site == bool(site):
        raise click.UsageError("Name a SITE like acme.webex.com, or give --default.")
    with daemon(socket, about=address) as client:
        chosen = client.choose_site(address, site)["site"]
    click.echo(f"{address}  {chosen or 'default site'}")


users = _group(_PERSONS)
users.add_command(_site)
rooms = _group(_ROOMS)
