"""``hybridcal status`` and ``hybridcal reload``.

Owns: the screen of health. Promises: each trouble comes with what it means, what the daemon does and what to do.
Does not: find troubles; the daemon does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from hybridcal_daemon.shell.cli import exits
from hybridcal_daemon.shell.cli import output as out
from hybridcal_daemon.shell.cli.options import daemon, output_option, socket_option

if TYPE_CHECKING:
    from pathlib import Path

    from hybridcal_daemon.shell.client import Json

_DELEGATION = ("google-unauthorized-client", "google-scope")
_STATES = ("active", "pending", "error", "parked", "leaving")
_IN_TROUBLE = ("error", "parked")


@click.command(short_help="Show how the daemon is, and what to do about trouble.", epilog="Example: hybridcal status")
@output_option
@socket_option
def status(output: str, socket: Path) -> None:
    """Show how the daemon is: users, rooms, services, keys, store, and each trouble with what to do.

    Exit code 0 when all is well, 1 when there is trouble, 69 when no daemon answers.
    """
    with daemon(socket) as client:
        found = client.status()
    if output == "json":
        out.show_json(found)
    else:
        _screen(found)
    click.get_current_context().exit(exits.FAILED if _troubles(found) or not found["ready"] else 0)


@click.command("reload", short_help="Let the daemon read its configuration again.", epilog="Example: hybridcal reload")
@socket_option
def reload(socket: Path) -> None:
    """Let the daemon read its configuration again; a wrong file changes nothing and says why."""
    with daemon(socket) as client:
        done = client.reload()
    click.echo("The configuration was reloaded.")
    if done.get("restart"):
        names = ", ".join(cast("list[str]", done["restart"]))
        click.echo(f"Not in force before a restart of the daemon: {names}")


def _screen(found: Json) -> None:
    config = cast("Json", found["config"])
    up = out.duration(float(str(found["up_seconds"])))
    click.echo(f"hybridcal {found['version']}   up {up}   {'ready' if found['ready'] else 'not ready'}")
    out.pairs([(name, text) for name, text in _rows(found, config) if text], indent="  ")
    for trouble in _troubles(found):
        since = f"   since {out.when(trouble['since'])}" if trouble.get("since") else ""
        click.echo(f"\ntrouble: {trouble['code']}{since}")
        out.explanation(trouble)
        if trouble["code"] in _DELEGATION:
            out.delegation(cast("dict[str, str]", found["scope_uses"]))


def _rows(found: Json, config: Json) -> list[tuple[str, str]]:
    sealed = cast("Json", found["sealed"])
    lanes = cast("dict[str, Json]", found["lanes"])
    return [
        ("config", f"{config['file']} (loaded {out.when(config['loaded_at'])})"),
        ("restart", _waiting(config)),
        *((group, _users(group, cast("dict[str, int]", found[group]))) for group in ("users", "rooms")),
        *((name, _lane(lane)) for name, lane in lanes.items()),
        ("features", _permitted(cast("list[Json]", found["webex"]))),
        ("keys", f"sealed: {sealed['code']}" if sealed else "ok"),
        ("store", str(found["store"]) or "ok"),
    ]


def _waiting(config: Json) -> str:
    """What stands in the file and is not in force."""
    names = ", ".join(cast("list[str]", config["restart"]))
    return f"needed, to put in force: {names}" if names else ""


def _users(group: str, counts: dict[str, int]) -> str:
    """How many stand how; where some are in trouble, how to see which."""
    names = [*_STATES, *sorted(set(counts) - set(_STATES))]
    said = [f"{counts[name]} {name}" for name in names if counts.get(name)]
    if any(counts.get(name) for name in _IN_TROUBLE):
        said.append(f"see: hybridcal {group} list --addresses")
    return "   ".join(said) or ("none yet" if group == "users" else "")


def _lane(lane: Json) -> str:
    return f"{lane['state']}   {lane['queued']} queued   {lane['in_flight']} in flight"


def _troubles(found: Json) -> list[Json]:
    """Everything that needs an operator: alarms, sealed keys, a configuration that was refused; each code once."""
    config = cast("Json", found["config"])
    all_of_it = [cast("Json", found["sealed"]), *cast("list[Json]", found["alarms"]), *_refusals(found)]
    if config["error"]:
        all_of_it.append(_refused(str(config["error"])))
    once = {str(trouble["code"]): trouble for trouble in all_of_it if trouble}
    return list(once.values())


def _permitted(features: list[Json]) -> str:
    """What Webex lets us do, by state; what is not known, and why, last."""
    by_state: dict[str, list[str]] = {"available": [], "refused": [], "unknown": []}
    for each in features:
        why = f" ({each['code']})" if each["state"] == "unknown" and each.get("code") else ""
        by_state[str(each["state"])].append(f"{each['feature']}{why}")
    return "   ".join(f"{state}: {', '.join(names)}" for state, names in by_state.items() if names)


def _refusals(found: Json) -> list[Json]:
    """What Webex refuses, as troubles: one for each code, with the features that it costs."""
    refused = [each for each in cast("list[Json]", found["webex"]) if each["state"] == "refused"]
    troubles = []
    for code in dict.fromkeys(str(each["code"]) for each in refused):
        alike = [each for each in refused if each["code"] == code]
        tracking = next((each["tracking"] for each in alike if each.get("tracking")), None)
        concerns = ", ".join(f"Webex {each['feature']}" for each in alike)
        named = {} if tracking is None else {"measured": f"Webex' tracking id, for its support: {tracking}"}
        troubles.append({**alike[0], "concerns": concerns, **named, "since": alike[0]["looked_at"]})
    return troubles


def _refused(reason: str) -> Json:
    return {
        "code": "config-refused",
        "means": f"The last reload was refused: {reason}",
        "daemon": "It goes on with the configuration it had.",
        "fix": "Correct the file and run: hybridcal reload",
    }
