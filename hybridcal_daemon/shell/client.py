"""The other end of the admin socket, for the command line.

Owns: one HTTP exchange over a Unix socket with nothing but the standard library, so that the command starts fast.
Promises: raises only ``Unreachable``, ``Forbidden`` and ``Refused``, each of which says what to do.
Does not: print.
"""

from __future__ import annotations

import http.client
import json
import socket
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Json = dict[str, object]

_SLACK: Final = 15.0
_WEBEX: Final = 90.0
"""Seconds that Webex may take for some pages."""
_MOST: Final = 64 * 1024 * 1024
_ERRORS: Final = 400


class AdminError(Exception):
    """A command could not be carried out. ``what`` and ``fix`` are sentences."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


class Unreachable(AdminError):  # noqa: N818 - an answer
    """Nobody answers on the socket."""


class Forbidden(AdminError):  # noqa: N818 - an answer
    """The caller may not use the socket."""


class Refused(AdminError):  # noqa: N818 - an answer
    """The daemon said no. ``status``: HTTP; ``code``: the problem's stable word."""

    def __init__(self, what: str, fix: str, *, status: int, code: str) -> None:
        super().__init__(what, fix)
        self.status = status
        self.code = code


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("hybridcal", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class AdminClient:
    """Speaks to one daemon; a connection per request. ``room``: rooms are meant, else persons."""

    def __init__(self, path: Path, *, patience: float = _SLACK) -> None:
        self._path = path
        self._patience = patience

    def status(self) -> Json:
        """Health of the daemon."""
        return self._ask("GET", "/v1/status")

    def users(self, *, addresses: bool, room: bool = False) -> list[Json]:
        """All users, with their addresses if asked for."""
        answer = self._ask("GET", f"{_path(room)}?addresses={str(addresses).lower()}")
        return cast("list[Json]", answer["items"])

    def user(self, address: str, *, room: bool = False) -> Json:
        """One user."""
        return self._ask("GET", f"{_path(room)}/show?address={quote(address, safe='')}")

    def activate(self, address: str, wait: float, *, room: bool = False) -> Json:
        """Activate; the user as it stands after at most ``wait`` seconds."""
        return self._ask("POST", _path(room), {"address": address, "wait": wait}, wait)

    def deactivate(self, address: str, wait: float, *, room: bool = False, undecorate: bool = False) -> Json:
        """Deactivate and erase; waits at most ``wait`` seconds. ``undecorate``: join details of ours go, too."""
        choice = {"remove_join_details": True} if undecorate else {}
        return self._ask("DELETE", _path(room), {"address": address, "wait": wait, **choice}, wait)

    def redecorate(self, address: str, wait: float, *, dry_run: bool) -> Json:
        """Have a person's join details written anew, or only count them."""
        body = {"address": address, "dry_run": dry_run, "wait": wait}
        return self._ask("POST", "/v1/users/redecorate", body, wait)

    def choose_site(self, address: str, site: str) -> Json:
        """Choose a person's Webex site; '' for the default one."""
        return self._ask("POST", "/v1/users/site", {"address": address, "site": site})

    def resync(self, address: str, *, room: bool = False) -> Json:
        """Read a calendar anew as a whole."""
        return self._ask("POST", f"{_path(room)}/resync", {"address": address})

    def errand(self, kind: str, address: str, wait: float, **rest: object) -> Json:
        """Do something in somebody's calendar; ``rest``: wish, event, key (``admin_errands.py``)."""
        return self._ask("POST", f"/v1/events/{kind}", {"address": address, "wait": wait, **rest}, wait)

    def devices(self, *, rooms: bool, addresses: bool) -> list[Json]:
        """Every device that shows somebody's meetings."""
        query = f"rooms={str(rooms).lower()}&addresses={str(addresses).lower()}"
        return cast("list[Json]", self._ask("GET", f"/v1/devices?{query}")["items"])

    def found_devices(self) -> list[Json]:
        """Workspaces of the organisation, with their devices; Webex may take its time."""
        return cast("list[Json]", self._ask("GET", "/v1/devices/find", wait=_WEBEX)["items"])

    def link_devices(self, address: str, wish: Mapping[str, object]) -> Json:
        """Link a room with devices (``admin_devices.py``)."""
        return self._ask("POST", "/v1/devices/link", {"address": address, **wish}, _WEBEX)

    def unlink_devices(self, address: str) -> Json:
        """Link a room with no device any more."""
        return self._ask("DELETE", "/v1/devices/link", {"address": address})

    def reload(self) -> Json:
        """Reload the configuration."""
        return self._ask("POST", "/v1/reload")

    def _ask(self, method: str, path: str, body: Mapping[str, object] | None = None, wait: float = 0.0) -> Json:
        connection = _UnixConnection(self._path, self._patience + wait)
        payload = json.dumps(body) if body is not None else None
        headers = {"Content-Type": "application/json"} if payload is not None else {}
        try:
            connection.request(method, path, payload, headers)
            response = connection.getresponse()
            return _understood(response.status, response.read(_MOST))
        except PermissionError:
            raise self._forbidden() from None
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from None
        finally:
            connection.close()

    def _forbidden(self) -> Forbidden:
        fix = "Use sudo, or become a member of the group that `admin.group` names (then log in again)."
        return Forbidden(f"You may not use the admin socket {self._path}.", fix)

    def _unreachable(self, error: Exception) -> Unreachable:
        if isinstance(error, FileNotFoundError):
            what = f"No daemon is running here: there is no socket {self._path}."
        elif isinstance(error, ConnectionRefusedError):
            what = f"The daemon is not running: nobody answers on {self._path}."
        elif isinstance(error, TimeoutError):
            what = f"The daemon did not answer in time on {self._path}."
        else:
            what = f"The daemon broke the connection on {self._path}."
        return Unreachable(what, "See `systemctl status hybridcal`; if its socket is elsewhere, name it with --socket.")


def _path(room: bool) -> str:  # noqa: FBT001 - the one thing it is about
    return "/v1/rooms" if room else "/v1/users"


def _understood(status: int, body: bytes) -> Json:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise Unreachable("What answers on the socket is not hybridcal.", "Name the right socket with --socket.")
    if status >= _ERRORS:
        raise Refused(str(answer["title"]), str(answer["fix"]), status=status, code=str(answer["code"]))
    return answer
