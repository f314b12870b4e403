"""The control calls over HTTP about workspaces and devices; ``control_http.py`` has the others.

Owns: their bodies. Promises: as there. Does not: do anything that the Python methods of the same names do not.

=======  =========================  =====================================================================  ==================
method   path below ``/sandbox/v1``  body or query                                                          answer
=======  =========================  =====================================================================  ==================
POST     ``workspaces``             ``{name, calendar?}``                                                  ``{id}``
POST     ``devices``                ``{name?, workspace? | person?, permission?, platform?, kind?}``       ``{id}``
DELETE   ``devices``                ``{device}``                                                           204
GET      ``devices/bookings``       ``?device=``                                                           ``{items: [entry]}``
POST     ``devices/reboot``         ``{device}``                                                           204
PUT      ``devices/connection``     ``{device, online}``                                                   204
=======  =========================  =====================================================================  ==================
"""  # noqa: E501 - a table is read as a table

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

from hybridcal_daemon.sandbox.webex.call import answered

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.ports import HttpRequest
    from hybridcal_daemon.sandbox.marked import MarkedResponse
    from hybridcal_daemon.sandbox.webex.control import WebexControl

    Answerer = Callable[[WebexControl, HttpRequest, dict[str, str]], MarkedResponse]


class NewWorkspace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``POST workspaces``."""

    name: str
    calendar: Literal["none", "google", "microsoft"] = "none"


class NewDevice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``POST devices``."""

    name: str = "Room Bar"
    workspace: str = ""
    person: str = ""
    permission: Literal["xapi:all", "xapi:readonly"] = "xapi:all"
    platform: Literal["cisco", "microsoftTeamsRoom"] = "cisco"
    kind: str = "roomdesk"


class OneDevice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of what is about one device."""

    device: str


class Connection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``PUT devices/connection``."""

    device: str
    online: bool


def _workspace(control: WebexControl, request: HttpRequest, _: dict[str, str]) -> MarkedResponse:
    new = msgspec.json.decode(request.body or b"", type=NewWorkspace)
    return answered({"id": control.add_workspace(new.name, calendar=new.calendar)})


def _device(control: WebexControl, request: HttpRequest, _: dict[str, str]) -> MarkedResponse:
    new = msgspec.json.decode(request.body or b"", type=NewDevice)
    made = control.add_device(
        new.name,
        workspace=new.workspace,
        person=new.person,
        permission=new.permission,
        platform=new.platform,
        kind=new.kind,
    )
    return answered({"id": made})


def _remove(control: WebexControl, request: HttpRequest, _: dict[str, str]) -> MarkedResponse:
    control.remove_device(msgspec.json.decode(request.body or b"", type=OneDevice).device)
    return answered(None, status=204)


def _bookings(control: WebexControl, _: HttpRequest, query: dict[str, str]) -> MarkedResponse:
    return answered({"items": control.bookings(query.get("device", ""))})


def _reboot(control: WebexControl, request: HttpRequest, _: dict[str, str]) -> MarkedResponse:
    control.reboot(msgspec.json.decode(request.body or b"", type=OneDevice).device)
    return answered(None, status=204)


def _connection(control: WebexControl, request: HttpRequest, _: dict[str, str]) -> MarkedResponse:
    sent = msgspec.json.decode(request.body or b"", type=Connection)
    if sent.online:
        control.come_online(sent.device)
    else:
        control.go_offline(sent.device)
    return answered(None, status=204)


DEVICES: Final[dict[tuple[str, str], Answerer]] = {
    ("POST", "workspaces"): _workspace,
    ("POST", "devices"): _device,
    ("DELETE", "devices"): _remove,
    ("GET", "devices/bookings"): _bookings,
    ("POST", "devices/reboot"): _reboot,
    ("PUT", "devices/connection"): _connection,
}
