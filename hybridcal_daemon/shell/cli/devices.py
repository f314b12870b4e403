"""``hybridcal devices``: which devices show whose meetings.

Owns: these commands. Promises: a password is read from a file, never from the command line; addresses are shown only
where they were typed or asked for. Does not: decide anything; the daemon does.
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import click

from hybridcal_daemon.shell.cli import exits, output
from hybridcal_daemon.shell.cli.options import daemon, output_option, socket_option

if TYPE_CHECKING:
    from hybridcal_daemon.shell.client import Json

_TAIL: Final = 16
_USAGE: Final = 2
_NONE: Final = "No device shows anybody's meetings. See which there are: hybridcal devices find"
_NOTHING: Final = "Webex has no workspaces in your organisation, or the service app may not see them."


@click.group(
    epilog="Example: hybridcal devices link aurora@resource.acme.example --workspace Aurora",
    short_help="Join buttons on room devices.",
)
def devices() -> None:
    """Say which devices show the meetings of which room, and see how they stand.

    Devices in personal mode show the meetings of the person they belong to, if that person is activated; they need no
    link.
    """


@devices.command(epilog="Example: hybridcal devices find", short_help="List workspaces and devices to choose from.")
@output_option
@socket_option
def find(output: str, socket: Path) -> None:
    """List the workspaces of your organisation and the devices in them, to choose from."""
    with daemon(socket) as client:
        found = client.found_devices()
    if output == "json":
        _json(found)
    elif found:
        _found_table(found)
    else:
        click.echo(_NOTHING)


@devices.command(
    epilog="Example: hybridcal devices link aurora@resource.acme.example --workspace Aurora",
    short_help="Let devices show a room's meetings.",
)
@click.argument("room")
@click.option("--workspace", default="", metavar="ID|NAME", help="All devices of this workspace, also later ones.")
@click.option("--device", multiple=True, metavar="ID", help="This device; may be given several times.")
@click.option("--url", default="", metavar="URL", help="A device that is reached directly, such as https://10.0.0.5.")
@click.option("--user", default="", metavar="NAME", help="User on that device, with the role Admin.")
@click.option(
    "--password-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="File with that user's password.",
)
@socket_option
def link(
    room: str,
    workspace: str,
    device: tuple[str, ...],
    url: str,
    user: str,
    password_file: Path | None,
    socket: Path,
) -> None:
    """Let devices show the meetings of ROOM, the address of an activated room.

    The devices that are named take the place of those that it was linked with before.
    """
    wish: dict[str, object] = {}
    if workspace:
        wish["workspace"] = workspace
    if device:
        wish["devices"] = list(device)
    if url or user or password_file:
        wish["local"] = [_local(url, user, password_file)]
    if not wish:
        raise exits.Stop(_USAGE, "There is no device to link.", "Name one with --workspace, --device or --url.")
    with daemon(socket, about=room) as client:
        client.link_devices(room, wish)
    click.echo(f"{room}  linked; see: hybridcal devices list --rooms")


@devices.command(
    epilog="Example: hybridcal devices unlink aurora@resource.acme.example",
    short_help="Let no device show a room's meetings any more.",
)
@click.argument("room")
@socket_option
def unlink(room: str, socket: Path) -> None:
    """Let no device show the meetings of ROOM any more; what we put on their lists is taken off."""
    with daemon(socket, about=room) as client:
        client.unlink_devices(room)
    click.echo(f"{room}  unlinked")


@devices.command("list", epilog="Example: hybridcal devices list --rooms --addresses", short_help="List devices.")
@click.option("--rooms", is_flag=True, help="Only devices of rooms.")
@click.option("--addresses", is_flag=True, help="Show whose they are by address; without it only surrogate ids.")
@output_option
@socket_option
def list_devices(output: str, socket: Path, *, rooms: bool, addresses: bool) -> None:
    """List the devices that show meetings: whose, how they stand, when they took their list, what to do."""
    with daemon(socket) as client:
        found = client.devices(rooms=rooms, addresses=addresses)
    if output == "json":
        _json(found)
    elif found:
        _table(found)
    else:
        click.echo(_NONE)


def _local(url: str, user: str, password_file: Path | None) -> dict[str, str]:
    if not (url and user and password_file):
        fix = "Give --url, --user and --password-file together."
        raise exits.Stop(_USAGE, "A device that is reached directly needs an address, a user and a password.", fix)
    try:
        password = password_file.read_text().strip("\r\n")
    except (OSError, UnicodeDecodeError):
        fix = "Give a text file that you may read, with nothing but the password in it."
        raise exits.Stop(exits.FAILED, f"{password_file}: cannot be read.", fix) from None
    return {"url": url, "user": user, "password": password}


def _found_table(found: list[Json]) -> None:
    rows = [row for each in found for row in _workspace_rows(each)]
    output.table(["WORKSPACE", "CALENDAR", "DEVICE", "PRODUCT", "STATE", "ID"], rows)


def _workspace_rows(found: Json) -> list[list[str]]:
    lead, inside = [str(found["name"]), str(found["calendar"])], cast("list[Json]", found["devices"])
    if not inside:
        return [[*lead, "-", "-", "-", "-"]]
    return [
        [*lead, str(each["name"]), str(each["product"]), _state(each, "commands"), str(each["device"])]
        for each in inside
    ]


def _table(found: list[Json]) -> None:
    head = ["DEVICE", "OF", "STATE", "LIST PUT", "TROUBLE"]
    rows = [
        [
            short(str(each["device"])),
            str(each.get("address") or each["user"]),
            _state(each, "capable"),
            output.when(each["put_at"]),
            str(cast("Json", each["problem"]).get("code", "")),
        ]
        for each in found
    ]
    output.table(head, rows)
    explained = {str(problem["code"]): problem for each in found if (problem := cast("Json", each["problem"]))}
    for code, problem in explained.items():
        click.echo(f"\n{code}")
        output.explanation(problem)


def _state(device: Json, can: str) -> str:
    if not device["online"]:
        return "offline"
    return "ok" if device[can] else "not capable"


def short(device_id: str) -> str:
    """Give the part of a Webex id that people can tell apart: the end of what it encodes; others as they are."""
    try:
        inside = base64.urlsafe_b64decode(device_id + "=" * (-len(device_id) % 4)).decode()
    except (binascii.Error, ValueError):
        return device_id
    return inside.rpartition("/")[2] if "://" in inside else device_id[-_TAIL:]


def _json(value: object) -> None:
    output.show_json(value)
