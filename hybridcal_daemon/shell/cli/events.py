"""``hybridcal events`` and ``hybridcal explain``: one event of somebody's calendar.

Owns: the commands and how their outcomes are shown. Promises: what was asked for is done once, also when the command is
repeated with the key that it named; an outcome that is not known yet is said to be so (exit code 75).
Does not: do anything; the daemon does.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import click

from hybridcal_daemon.shell.cli import exits
from hybridcal_daemon.shell.cli import output as out
from hybridcal_daemon.shell.cli.options import daemon, output_option, socket_option, wait_option

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hybridcal_daemon.shell.client import Json

F = TypeVar("F", bound="Callable[..., Any]")
_WIDEST: Final = 100
_NARROWEST: Final = 60


def _key_option(command: F) -> F:
    """Add --key, passed as ``key: str``."""
    return click.option(
        "--key",
        default="",
        metavar="KEY",
        help="Name for what is asked; the same one within a day has the same outcome and nothing happens twice.",
    )(command)


def _zone_option(command: F) -> F:
    """Add --zone, passed as ``zone: str``."""
    return click.option(
        "--zone", default="", metavar="ZONE", help="Time zone of times without an offset, like Europe/Berlin."
    )(command)


@click.group(
    short_help="Make, answer and delete events in a calendar.",
    epilog="Example: hybridcal events quick-add alice@acme.example Design review tomorrow 10am",
)
def events() -> None:
    """Make, answer and delete events in somebody's calendar, or a room's; see when people are busy."""


@events.command(
    "quick-add",
    short_help="Make an event of a sentence.",
    epilog="Example: hybridcal events quick-add alice@acme.example Design review tomorrow 10am",
)
@click.argument("address")
@click.argument("text", nargs=-1, required=True)
@_key_option
@wait_option
@output_option
@socket_option
def quick_add(address: str, text: tuple[str, ...], key: str, wait: float, output: str, socket: Path) -> None:
    """Make an event of a sentence that Google understands; - reads it from standard input.

    Google has no way to find out whether a sentence has arrived. If its answer is lost, this is said (errand-in-doubt)
    and nothing is repeated.
    """
    said = sys.stdin.read().strip() if text == ("-",) else " ".join(text)
    _run("quick-add", address, output, socket, wait, key=key, wish={"text": said})


@events.command(
    "insert",
    short_help="Make an event; in a room's calendar: book it.",
    epilog="Example: hybridcal events insert alice@acme.example --title Plan --start 2026-11-30T10:00 "
    "--end 2026-11-30T11:00 --zone Europe/Berlin --guest bob@acme.example",
)
@click.argument("address")
@click.option("--title", required=True, metavar="TEXT", help="What it is called.")
@click.option("--start", required=True, metavar="TIME", help="Like 2026-11-30T10:00+01:00, or 2026-11-30 for a day.")
@click.option("--end", required=True, metavar="TIME", help="Like --start; for days the day after the last one.")
@_zone_option
@click.option("--guest", multiple=True, metavar="ADDRESS", help="Invite somebody; may be repeated.")
@click.option("--room", multiple=True, metavar="ADDRESS", help="Invite a room; may be repeated.")
@click.option("--location", default="", metavar="TEXT", help="Where; @webex asks for join details.")
@click.option("--description", default="", metavar="TEXT", help="What it is about.")
@_key_option
@wait_option
@output_option
@socket_option
def insert(address: str, output: str, socket: Path, wait: float, key: str, **given: Any) -> None:  # noqa: ANN401 - options
    """Make an event in somebody's calendar and invite guests and rooms; in a room's calendar this books the room."""
    _run("insert", address, output, socket, wait, key=key, wish=_meeting(**given))


def _meeting(
    *,
    title: str,
    start: str,
    end: str,
    zone: str,
    guest: tuple[str, ...],
    room: tuple[str, ...],
    location: str,
    description: str,
) -> Json:
    """Give the wish of an insert; what was not given is left out."""
    wish = {"title": title, "start": start, "end": end, "timeZone": zone, "guests": guest, "rooms": room}
    return {name: value for name, value in {**wish, "location": location, "description": description}.items() if value}


@events.command(
    "respond",
    short_help="Answer an invitation for somebody.",
    epilog="Example: hybridcal events respond alice@acme.example 4r1d5vbq0g declined",
)
@click.argument("address")
@click.argument("event")
@click.argument("response", type=click.Choice(["accepted", "declined", "tentative"]))
@_key_option
@wait_option
@output_option
@socket_option
def respond(address: str, event: str, response: str, key: str, wait: float, output: str, socket: Path) -> None:
    """Answer an invitation for somebody; nobody else's answer is touched.

    EVENT is an id, the eid of Google Calendar's page of the event, or that page's address.
    """
    _run("respond", address, output, socket, wait, key=key, event=event, wish={"response": response})


@events.command(
    "delete",
    short_help="Delete an event; in a room's calendar: release it.",
    epilog="Example: hybridcal events delete alice@acme.example 4r1d5vbq0g",
)
@click.argument("address")
@click.argument("event")
@_key_option
@wait_option
@output_option
@socket_option
def delete(address: str, event: str, key: str, wait: float, output: str, socket: Path) -> None:
    """Delete an event from somebody's calendar; in a room's calendar this releases the room.

    EVENT is an id, the eid of Google Calendar's page of the event, or that page's address.
    """
    _run("delete", address, output, socket, wait, key=key, event=event)


@events.command(
    "free-busy",
    short_help="See when people and rooms are busy.",
    epilog="Example: hybridcal events free-busy alice@acme.example bob@acme.example --from 2026-11-30 --to 2026-12-01",
)
@click.argument("address")
@click.argument("calendar", nargs=-1, required=True)
@click.option("--from", "start", required=True, metavar="TIME", help="Like 2026-11-30T08:00+01:00, or 2026-11-30.")
@click.option("--to", "end", required=True, metavar="TIME", help="Like --from; at most 62 days later.")
@_zone_option
@wait_option
@output_option
@socket_option
def free_busy(
    address: str, calendar: tuple[str, ...], start: str, end: str, zone: str, wait: float, output: str, socket: Path
) -> None:
    """See when people and rooms are busy, as ADDRESS may see it.

    Exit code 0, also when Google cannot say for some of them; each says why.
    """
    wish = {"start": start, "end": end, "calendars": calendar, **({"timeZone": zone} if zone else {})}
    _run("free-busy", address, output, socket, wait, wish=wish)


@click.command(
    "explain",
    short_help="Say why an event has join details, or has not.",
    epilog="Example: hybridcal explain alice@acme.example 4r1d5vbq0g",
)
@click.argument("address")
@click.argument("event")
@wait_option
@output_option
@socket_option
def explain(address: str, event: str, wait: float, output: str, socket: Path) -> None:
    """Say why an event has join details, a place in the list and a Join card, or has not, and what to do.

    EVENT is an id, the eid of Google Calendar's page of the event, or that page's address. It is read anew at Google.
    """
    _run("explain", address, output, socket, wait, event=event)


# ---- what they have in common


def _run(kind: str, address: str, form: str, socket: Path, wait: float, **rest: object) -> None:
    given = {name: value for name, value in rest.items() if value != ""}
    with daemon(socket, about=address) as client:
        found = client.errand(kind, address, wait, **given)
    if form == "json":
        out.show_json(found)
    elif found["state"] == "pending":
        _pending(address, found)
    else:
        _SHOWN[kind](address, found)
    click.get_current_context().exit(exits.AGAIN if found["state"] == "pending" else 0)


def _pending(address: str, found: Json) -> None:
    click.echo(f"{address}  not done yet; it goes on by itself for 15 minutes.")
    click.echo(f"To see how it went repeat the command with --key {found['key']}")


def _made(address: str, found: Json) -> None:
    _event(address, found, "made")


def _answered(address: str, found: Json) -> None:
    event = cast("Json", found["event"])
    _event(address, found, str(event.get("response", "answered")))


def _event(address: str, found: Json, word: str) -> None:
    event = cast("Json", found["event"])
    click.echo(f"{address}  {word}  {event['title'] or '(no title)'}")
    out.pairs(
        [
            ("when", _span(str(event["start"]), str(event["end"]))),
            ("where", str(event.get("location", ""))),
            ("guests", str(event.get("guests", ""))),
            ("id", str(event["id"])),
            ("key", str(found["key"])),
        ],
        indent="  ",
    )


def _deleted(address: str, found: Json) -> None:
    click.echo(f"{address}  deleted  {found['deleted']}")


def _busy(_address: str, found: Json) -> None:
    for one in cast("list[Json]", found["calendars"]):
        spans = cast("list[Json]", one["busy"])
        if one["trouble"]:
            click.echo(f"{one['calendar']}  not known: {_TROUBLES.get(str(one['trouble']), str(one['trouble']))}")
        else:
            click.echo(f"{one['calendar']}  {'busy' if spans else 'free all the time'}")
        for span in spans:
            click.echo(f"  {_span(str(span['start']), str(span['end']))}")


_TROUBLES: Final = {
    "notFound": "there is no such calendar, or it is not shared with this person",
    "internalError": "Google has a fault; try again",
}


def _span(start: str, end: str) -> str:
    """Show two moments of the API; the day of the second only where it is another one."""
    first, last = out.when(start), out.when(end)
    same = len(start) > len("2026-11-30") and first[:10] == last[:10]
    return f"{first} - {last[11:] if same else last}"


def _reasons(address: str, found: Json) -> None:
    click.echo(address)
    reasons = cast("list[Json]", found["reasons"])
    width = max(len(str(one["code"])) for one in reasons)
    for one in reasons:
        lead = f"  {'ok' if one['good'] else '--'}  {one['about']:<7}  {one['code']:<{width}}  "
        _wrapped(lead, str(one["means"]))
        if one["fix"] and one["fix"] != "Nothing.":
            _wrapped(" " * len(lead), f"fix: {one['fix']}")


def _wrapped(lead: str, text: str) -> None:
    width = max(min(shutil.get_terminal_size().columns, _WIDEST), _NARROWEST, len(lead) + 20)
    rest = " " * len(lead)
    click.echo(
        textwrap.fill(
            text, width, initial_indent=lead, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
        )
    )


_SHOWN: Final[dict[str, Callable[[str, Json], None]]] = {
    "insert": _made,
    "quick-add": _made,
    "respond": _answered,
    "delete": _deleted,
    "free-busy": _busy,
    "explain": _reasons,
}
