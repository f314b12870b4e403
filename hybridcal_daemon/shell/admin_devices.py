"""Devices over the admin socket: ``/v1/devices``.

Owns: these paths. Promises: strict bodies; passwords are never shown or logged; addresses and what a device is called
only where they are asked for. Does not: link or look itself (``device_desk.py`` does).

``GET /v1/devices?addresses=&rooms=``, ``GET /v1/devices/find``,
``POST /v1/devices/link`` with ``{"address", "workspace"?, "devices"?, "local"?: [{"url", "user", "password"}]}``,
``DELETE /v1/devices/link`` with ``{"address"}``.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from hybridcal_daemon.domain.values import Plain, Secret
from hybridcal_daemon.ports import LinkWish, LocalDevice, UnknownUser
from hybridcal_daemon.shell.admin_views import explained, moment
from hybridcal_daemon.shell.config_kinds import is_loopback
from hybridcal_daemon.shell.problems import HEADERS, Problem
from hybridcal_daemon.shell.web_limits import expectation, read_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.ports import DeviceView, FoundWorkspace, WebexDevice
    from hybridcal_daemon.shell.web import Surface

T = TypeVar("T")
Text = Annotated[str, msgspec.Meta(max_length=1024)]
Id = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[A-Za-z0-9_=-]+$")]
_FIX: Final = 'Send {"address": "aurora@resource.acme.example", "workspace": "Aurora"}, or devices, or local.'
_UNKNOWN: Final = Problem(
    404,
    "unknown-user",
    "No room with this address is activated here.",
    "See which are: hybridcal rooms list --addresses",
)
_BAD_URL: Final = Problem(
    400,
    "bad-url",
    "A device is reached at https://, a host and perhaps a port, nothing behind them.",
    "Give it like https://10.0.0.5; http:// is accepted only for this machine.",
)
_NOTHING: Final = Problem(400, "bad-body", "There is no device to link.", _FIX)
_HOST: Final = re.compile(r"[A-Za-z0-9.:_\[\]-]+")


class Local(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device that is spoken to directly."""

    url: Text
    user: Text
    password: Text

    def __repr__(self) -> str:
        """Say nothing of it."""
        return "<Local>"


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of a request."""

    address: str
    workspace: Text = ""
    devices: Annotated[tuple[Id, ...], msgspec.Meta(max_length=50)] = ()
    local: Annotated[tuple[Local, ...], msgspec.Meta(max_length=50)] = ()

    def __repr__(self) -> str:
        """Say nothing of it."""
        return "<Link>"


class Unlink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of a request."""

    address: str

    def __repr__(self) -> str:
        """Say nothing of it."""
        return "<Unlink>"


def add(
    app: web.Application,
    surface: Surface,
    caller: Callable[[web.Request], str],
    address: Callable[[str], Plain[str]],
    switch: Callable[[web.Request, str], bool],
) -> None:
    """Serve the paths; ``caller`` names who asks, ``address`` checks one, ``switch`` reads a parameter."""
    devices, expect = _Devices(surface, caller, address, switch), expectation(surface.limits)
    app.router.add_get("/v1/devices", devices.listed, expect_handler=expect)
    app.router.add_get("/v1/devices/find", devices.found, expect_handler=expect)
    app.router.add_post("/v1/devices/link", devices.link, expect_handler=expect)
    app.router.add_delete("/v1/devices/link", devices.unlink, expect_handler=expect)


class _Devices:
    def __init__(
        self,
        surface: Surface,
        caller: Callable[[web.Request], str],
        address: Callable[[str], Plain[str]],
        switch: Callable[[web.Request, str], bool],
    ) -> None:
        self._surface = surface
        self._caller = caller
        self._address = address
        self._switch = switch

    async def listed(self, request: web.Request) -> web.Response:
        reveal, rooms = self._switch(request, "addresses"), self._switch(request, "rooms")
        desk = self._surface.daemon.devices
        views = await self._surface.blocking(partial(desk.devices, reveal=reveal, rooms=rooms))
        return _json({"items": [_shown(view) for view in views], "next": None})

    async def found(self, _request: web.Request) -> web.Response:
        found = await self._surface.blocking(self._surface.daemon.devices.find)
        return _json({"items": [_workspace(each) for each in found], "next": None})

    async def link(self, request: web.Request) -> web.Response:
        sent, by = await self._body(request, Link), self._caller(request)
        address, wish = self._address(sent.address), _wish(sent)
        await self._act(partial(self._surface.daemon.devices.link, address, wish, by=by))
        return _json({"outcome": "linked"})

    async def unlink(self, request: web.Request) -> web.Response:
        sent, by = await self._body(request, Unlink), self._caller(request)
        await self._act(partial(self._surface.daemon.devices.unlink, self._address(sent.address), by=by))
        return _json({"outcome": "unlinked"})

    async def _act(self, act: Callable[[], None]) -> None:
        try:
            await self._surface.blocking(act)
        except UnknownUser:
            raise _UNKNOWN from None

    async def _body(self, request: web.Request, shape: type[T]) -> T:
        body = await read_body(request, self._surface.limits)
        try:
            return msgspec.json.decode(body, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            why = str(error) if isinstance(error, msgspec.ValidationError) else "it is not JSON"
            raise Problem(400, "bad-body", f"The body is not right: {why}.", _FIX) from None


def _wish(sent: Link) -> LinkWish:
    if not (sent.workspace or sent.devices or sent.local):
        raise _NOTHING
    return LinkWish(workspace=sent.workspace, device_ids=sent.devices, local=tuple(_local(each) for each in sent.local))


def _local(sent: Local) -> LocalDevice:
    """Check the address of a device: passwords go there, so TLS it is."""
    try:
        parts = urlsplit(sent.url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _BAD_URL from None
    scheme_is_right = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    bare = parts.path in {"", "/"} and not (parts.query or parts.fragment or "@" in parts.netloc)
    if not (scheme_is_right and bare and _HOST.fullmatch(parts.netloc) and (port is None or port > 0)):
        raise _BAD_URL
    url = f"{parts.scheme}://{parts.netloc.lower()}"
    return LocalDevice(url=Plain(url), user=Plain(sent.user), password=Secret(sent.password))


def _shown(view: DeviceView) -> dict[str, Any]:
    device = view.device
    address = {} if view.address is None else {"address": view.address.reveal()}
    return {
        "device": device.device_id,
        "user": view.user,
        **address,
        "online": device.online,
        "capable": device.capable,
        "put_at": moment(device.put_at),
        "problem": explained(device.code),
    }


def _workspace(found: FoundWorkspace) -> dict[str, Any]:
    return {
        "workspace": found.workspace.workspace_id,
        "name": found.workspace.name.reveal(),
        "calendar": found.workspace.calendar,
        "devices": [_device(device) for device in found.devices],
    }


def _device(device: WebexDevice) -> dict[str, Any]:
    return {
        "device": device.device_id,
        "name": device.name.reveal(),
        "product": device.product,
        "online": device.online,
        "commands": device.commands,
    }


def _json(value: object) -> web.Response:
    body = msgspec.json.encode(value)
    return web.Response(body=body, content_type="application/json", headers=HEADERS)
