"""What one value alone cannot show: settings that contradict each other, and what the machine says to them.

Owns: the list of checks over values that are each valid by themselves. Promises: a check runs only when all that it
needs could be read; it looks at the machine (files, groups) but changes nothing and opens no connection.
Does not: place errors in the file (``config_reader.py`` does).
"""

from __future__ import annotations

import grp
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hybridcal_daemon.shell import secret_files
from hybridcal_daemon.shell.config_errors import BadValue, ConfigErrors, did_you_mean
from hybridcal_daemon.shell.config_table import TABLE

_SOCKET_PATH: Final = 107
"""Longest path of a Unix socket in bytes (unix(7): ``sun_path`` holds 108 with its final NUL)."""

Values = Mapping[str, object]
Found = Iterator[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: the settings it needs, and a function from all values to (setting, what is wrong)."""

    needs: tuple[str, ...]
    find: Callable[[Values], Found]


def _push(values: Values) -> Found:
    if not values["google.push.enabled"]:
        return
    if not values["google.push.public_url"]:
        yield "google.push.public_url", "must be set while google.push.enabled is true: Google needs an address"
    if values["google.push.listen"] is None:
        yield "google.push.listen", "must be set while google.push.enabled is true"


def _ports(values: Values) -> Found:
    here, feed = str(values["google.push.listen"]), str(values["feed.listen"])
    if values["google.push.enabled"] and here == feed and here != "None" and not here.endswith(":0"):
        yield "google.push.listen", "is the same as feed.listen; the internet-facing receiver needs a port of its own"


def _own_port(values: Values) -> Found:
    here = str(values["metrics.listen"])
    for other in ("feed.listen", "google.push.listen"):
        used = other == "feed.listen" or values["google.push.enabled"]
        if used and here == str(values[other]) and here != "None" and not here.endswith(":0"):
            yield "metrics.listen", f"is the same as {other}; it needs a port of its own"


def _debounce(values: Values) -> Found:
    if float(str(values["google.debounce"])) >= float(str(values["google.poll_interval"])):
        yield "google.debounce", "must be shorter than google.poll_interval"


def _doubt(values: Values) -> Found:
    if float(str(values["join.card_doubt"])) <= float(str(values["network.deadline"])):
        yield "join.card_doubt", "must be longer than network.deadline: a request that still runs may yet send the card"


def _public_feed(values: Values) -> Found:
    if values["feed.public_url"] and values["feed.listen"] is None:
        yield "feed.public_url", 'is set, but feed.listen is "" so that there is no meetings list; set both or none'


def _socket(values: Values) -> Found:
    path = Path(str(values["admin.socket"]))
    if len(bytes(path)) > _SOCKET_PATH:
        yield "admin.socket", f"is longer than {_SOCKET_PATH} bytes, the most that Linux takes for a socket: {path}"


def _group(values: Values) -> Found:
    name = str(values["admin.group"])
    try:
        grp.getgrnam(name or "root")
    except KeyError:
        near = did_you_mean(name, (group.gr_name for group in grp.getgrall()))
        yield "admin.group", f"there is no group {name} on this machine{near}; make it with: groupadd --system {name}"


def _state(values: Values) -> Found:
    path = Path(str(values["state_directory"]))
    if path.exists() and not path.is_dir():
        yield "state_directory", f"{path} is not a directory"


def _certificates(values: Values) -> Found:
    yield from _verdict("network.ca_file", values, secret_files.check_certificates)


_TEXTS: Final = "joinblock.texts_file"
_RULES: Final = "join.rules_file"
_KEY: Final = "google.service_account_file"
_NEXT: Final = "google.next_service_account_file"
_IMPERSONATE: Final = "google.impersonate_service_account"
_SOURCE: Final = "google.credentials_file"


def _google_access(values: Values) -> Found:
    """Either a key of the service account, or somebody who signs for it."""
    if values[_IMPERSONATE]:
        if values[_KEY] is not None:
            yield _IMPERSONATE, f"is set, and so is {_KEY}: a key is not used then; take one of the two away"
        if values[_SOURCE] is None:
            yield _SOURCE, f"must name a file while {_IMPERSONATE} is set: the credentials that may sign for it"
    elif values[_KEY] is None:
        needed = "must name a file (JSON key of the Google service account), or systemd must pass one: "
        yield _KEY, f"{needed}LoadCredential=google-service-account:FILE; or set {_IMPERSONATE} to do without a key"
    elif values[_SOURCE] is not None:
        yield _SOURCE, f"is not used unless {_IMPERSONATE} is set; set that, or take this away"
    if values[_NEXT] is not None and values[_KEY] is None:
        yield _NEXT, f"is not used without {_KEY}; name the key there"


def _one_account(values: Values) -> Found:
    """Two keys serve one account, or half of all tokens would be somebody else's."""
    if values[_KEY] is None or values[_NEXT] is None:
        return
    paths = [Path(str(values[name])) for name in (_KEY, _NEXT)]
    try:
        old, new = (secret_files.read_service_account(path).reveal()["client_email"] for path in paths)
    except BadValue:
        return  # said by the check of that file
    if old != new:
        yield _NEXT, f"{paths[1]} is a key of {new}, {_KEY} ({paths[0]}) one of {old}; both must be of one account"


def _texts(values: Values) -> Found:
    """What is wrong with the file of texts, each with its own place."""
    if values[_TEXTS] is None:
        return
    from hybridcal_daemon.shell.block_texts import read  # noqa: PLC0415 - only when there is such a file

    try:
        read(Path(str(values[_TEXTS])))
    except ConfigErrors as wrong:
        yield from ((_TEXTS, str(error)) for error in wrong.errors)


def _join_rules(values: Values) -> Found:
    """What is wrong with the file of join rules, each with its own place."""
    if values[_RULES] is None:
        return
    from hybridcal_daemon.shell.join_rules import load  # noqa: PLC0415 - only when there is such a file

    try:
        load(Path(str(values[_RULES])))
    except ConfigErrors as wrong:
        yield from ((_RULES, str(error)) for error in wrong.errors)


def _rooms(values: Values) -> Found:
    if values["google.rooms.owner"] and not values["google.rooms.account"]:
        yield "google.rooms.owner", "is set, but google.rooms.account is not, so that rooms are off; set both or none"


_INTEGRATION: Final = (
    "webex.integration_client_id",
    "webex.integration_secret_file",
    "webex.integration_refresh_token_file",
)


def _integration(values: Values) -> Found:
    """All three or none."""
    missing = [name for name in _INTEGRATION if not values[name]]
    if missing and len(missing) < len(_INTEGRATION):
        yield missing[0], f"must be set, too, since {next(n for n in _INTEGRATION if values[n])} is"


_LOOKS: Final[Mapping[str, Callable[[Path], None]]] = {
    _KEY: secret_files.check_service_account,
    _NEXT: secret_files.check_service_account,
    _SOURCE: secret_files.check_source,
}


def _secret(name: str) -> Check:
    look = _LOOKS.get(name, secret_files.check_secret)
    return Check((name,), lambda values: _verdict(name, values, look))


def _verdict(name: str, values: Values, look: Callable[[Path], object]) -> Found:
    if values[name] is None:
        return
    try:
        look(Path(str(values[name])))
    except BadValue as bad:
        yield name, str(bad)


CHECKS: Final[tuple[Check, ...]] = (
    Check(("google.push.enabled", "google.push.public_url", "google.push.listen"), _push),
    Check(("google.push.enabled", "google.push.listen", "feed.listen"), _ports),
    Check(("metrics.listen", "feed.listen", "google.push.enabled", "google.push.listen"), _own_port),
    Check(("google.debounce", "google.poll_interval"), _debounce),
    Check(("join.card_doubt", "network.deadline"), _doubt),
    Check(("feed.listen", "feed.public_url"), _public_feed),
    Check(("admin.socket",), _socket),
    Check(("admin.group",), _group),
    Check(("state_directory",), _state),
    Check(("network.ca_file",), _certificates),
    Check((_KEY, _NEXT, _IMPERSONATE, _SOURCE), _google_access),
    Check((_KEY, _NEXT), _one_account),
    Check(_INTEGRATION, _integration),
    Check((_TEXTS,), _texts),
    Check((_RULES,), _join_rules),
    Check(("google.rooms.account", "google.rooms.owner"), _rooms),
    *(_secret(setting.name) for setting in TABLE if setting.secret),
)
