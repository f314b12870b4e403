"""The admin socket: HTTP/1.1 and JSON over a Unix socket.

Owns: the paths below ``/v1`` (status, users, rooms, reload; events in ``admin_errands.py``, others in
``admin_choices.py``). Promises: each change
carries the caller's uid, taken from the kernel (SO_PEERCRED, unix(7)), to the audit log; addresses are shown only where
they are asked for, nothing of any meeting but the answer to an errand about it; errors are problems with what is wrong
and what to do. Does not: decide who may connect; the socket's mode and group do (``listeners.py``).

Try: ``curl --unix-socket /run/hybridcal/admin.sock http://d/v1/status``
"""

from __future__ import annotations

import socket
import struct
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import msgspec
from aiohttp import web

from hybridcal_daemon.ports import UnknownUser
from hybridcal_daemon.shell import admin_choices, admin_devices, admin_errands, admin_views
from hybridcal_daemon.shell.address import BadAddress, parse_address
from hybridcal_daemon.shell.problems import HEADERS, Problem, guard
from hybridcal_daemon.shell.web_limits import expectation, read_body

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hybridcal_daemon.domain.values import Plain
    from hybridcal_daemon.shell.web import Surface

T = TypeVar("T")
_CREDENTIALS: Final = struct.Struct("3i")
_NOBODY: Final = 65534
"""What the kernel shows for a uid that has no name in this user namespace."""

_UNKNOWN: Final = Problem(
    404,
    "unknown-user",
    "Nobody with this address is activated here.",
    "See who is: hybridcal users list --addresses",
)
_UNKNOWN_ROOM: Final = Problem(
    404,
    "unknown-user",
    "No room with this address is activated here.",
    "See which are: hybridcal rooms list --addresses",
)


class Who(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of a request about one user. ``wait``: seconds to wait for the outcome.

    ``remove_join_details``: of a person who is deactivated, also from the events to come.
    """

    address: str
    wait: Annotated[float, msgspec.Meta(ge=0, le=300)] = 30.0
    remove_join_details: bool = False

    def __repr__(self) -> str:
        """Say nothing of the address."""
        return "<Who>"


def application(surface: Surface, *, scopes: Mapping[str, str] | None = None) -> web.Application:
    """Give what is served on admin.socket; ``scopes``: what Google's delegation must grant, and what each is for."""
    admin = _Admin(surface, scopes or {})
    expect = expectation(surface.limits)
    app = web.Application(
        middlewares=[guard("admin", surface.log, unknown=_UNKNOWN)], client_max_size=surface.limits.body
    )
    app.router.add_get("/v1/status", admin.status, expect_handler=expect)
    for path, room in (("/v1/users", False), ("/v1/rooms", True)):
        served = _Served(surface, room=room)
        app.router.add_get(path, served.users, expect_handler=expect)
        app.router.add_get(f"{path}/show", served.show, expect_handler=expect)
        app.router.add_post(path, served.activate, expect_handler=expect)
        app.router.add_delete(path, served.deactivate, expect_handler=expect)
        app.router.add_post(f"{path}/resync", served.resync, expect_handler=expect)
    app.router.add_post("/v1/reload", admin.reload, expect_handler=expect)
    admin_errands.add(app, surface, _by, _address)
    admin_devices.add(app, surface, _by, _address, _switch)
    admin_choices.add(app, surface, _by, _address)
    return app


class _Admin:
    def __init__(self, surface: Surface, scopes: Mapping[str, str]) -> None:
        self._scopes = scopes
        self._daemon = surface.daemon
        self._call = surface.blocking

    async def status(self, _request: web.Request) -> web.Response:
        view, ready = await self._call(lambda: (self._daemon.status(), self._daemon.ready()))
        return _json(admin_views.status(view, ready=ready, scopes=self._scopes))

    async def reload(self, _request: web.Request) -> web.Response:
        refused = await self._call(self._daemon.reload)
        if refused:
            raise Problem(
                409, "config-refused", refused, "Correct the file and reload again; the old one stays in force."
            )
        view = await self._call(self._daemon.status)
        waiting = {"restart": list(view.restart)} if view.restart else {}
        return _json({"outcome": "reloaded", **waiting})


class _Served:
    """Who is served: persons, or with ``room`` the rooms."""

    def __init__(self, surface: Surface, *, room: bool) -> None:
        self._room = room
        self._daemon = surface.daemon
        self._blocking = surface.blocking
        self._limits = surface.limits

    async def _call(self, ask: Callable[[], T]) -> T:
        try:
            return await self._blocking(ask)
        except UnknownUser:
            raise (_UNKNOWN_ROOM if self._room else _UNKNOWN) from None

    async def users(self, request: web.Request) -> web.Response:
        reveal = _switch(request, "addresses")
        views = await self._call(partial(self._daemon.users, reveal=reveal, room=self._room))
        return _json({"items": [admin_views.user(view) for view in views], "next": None})

    async def show(self, request: web.Request) -> web.Response:
        address = _address(request.query.get("address", ""))
        return _json(admin_views.user(await self._call(partial(self._daemon.user, address, room=self._room))))

    async def activate(self, request: web.Request) -> web.Response:
        who, by = await self._who(request), _by(request)
        address = _address(who.address)
        view = await self._call(partial(self._daemon.activate, address, by=by, wait=who.wait, room=self._room))
        return _json(admin_views.user(view))

    async def deactivate(self, request: web.Request) -> web.Response:
        who, by = await self._who(request), _by(request)
        address = _address(who.address)
        if self._room and who.remove_join_details:
            raise Problem(400, "bad-body", "A room's calendar has no join details of ours.", "Leave it out.")
        leave = partial(self._daemon.deactivate, address, by=by, wait=who.wait, room=self._room)
        await self._call(partial(leave, undecorate=who.remove_join_details))
        return _json({"outcome": "deactivated"})

    async def resync(self, request: web.Request) -> web.Response:
        who = await self._who(request)
        await self._call(partial(self._daemon.resync, _address(who.address), room=self._room))
        return _json({"outcome": "resync asked for"}, status=202)

    async def _who(self, request: web.Request) -> Who:
        body = await read_body(request, self._limits)
        try:
            return msgspec.json.decode(body, type=Who)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            why = str(error) if isinstance(error, msgspec.ValidationError) else "it is not JSON"
            fix = 'Send {"address": "alice@acme.example", "wait": 30}; wait is optional, 0 to 300 seconds.'
            raise Problem(400, "bad-body", f"The body is not right: {why}.", fix) from None


def _address(text: str) -> Plain[str]:
    try:
        return parse_address(text)
    except BadAddress as bad:
        raise Problem(400, "bad-address", f"This is not an e-mail address: {bad}.", "Correct the address.") from None


def _switch(request: web.Request, name: str) -> bool:
    text = request.query.get(name, "false")
    if text not in {"true", "false"}:
        raise Problem(400, "bad-parameter", f"{name} must be true or false.", f"Use ?{name}=true or leave it out.")
    return text == "true"


def _by(request: web.Request) -> str:
    """Caller as ``uid:1000``; Problem when the kernel cannot say."""
    peer = request.transport.get_extra_info("socket") if request.transport is not None else None
    if peer is None:
        raise Problem(400, "gone", "The connection has ended.", "Try again.")
    _, uid, _ = _CREDENTIALS.unpack(peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    if uid == _NOBODY:
        fix = "Run the daemon without PrivateUsers= and call it as a user with a name."
        raise Problem(403, "unknown-caller", "The kernel does not say who calls, so the change cannot be audited.", fix)
    return f"uid:{uid}"


def _json(value: object, status: int = 200) -> web.Response:
    body = msgspec.json.encode(value)
    return web.Response(status=status, body=body, content_type="application/json", headers=HEADERS)
