"""The receiver of Google's push notices (Calendar API, "Push notifications": headers only, no body).

Owns: ``POST /google/push``, and ``/robots.txt``, which Google's fetcher honours. Promises: every POST there gets the
same answer, 200 with nothing in it, whoever sends it and whatever it holds, so that nobody learns which channels exist;
503, at which Google comes again later, only while no notice of anybody can be noted; only a complete, well-formed
notice reaches the daemon, which checks its token; a body is thrown away, at most 64 KiB of it, within a deadline;
whoever looks for something else gets an empty refusal, and the log not a line of it.
Does not: verify tokens, wait for any work, or reach out to anybody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from aiohttp import web

from hybridcal_daemon.shell.dropped import Dropped
from hybridcal_daemon.shell.traces import safe_trace
from hybridcal_daemon.shell.web_limits import BodyTooLarge, BodyTooSlow, expectation, read_body

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

    from hybridcal_daemon.shell.web import Surface

PATH: Final = "/google/push"
_VALUE: Final = re.compile(r"[\x21-\x7e]{1,256}")
"""Google allows 64 characters in a channel's id and 256 in its token."""
_STATES: Final = frozenset({"sync", "exists", "not_exists"})
ROBOTS: Final = f"""User-agent: APIs-Google
Allow: /

User-agent: *
Allow: {PATH}
Disallow: /
"""
"""RFC 9309. Google's delivery agent goes by a group of its own, or by the general one; search engines stay out."""


class Headers(Protocol):
    """Request headers; a name may come more than once."""

    def getall(self, key: str, default: list[str]) -> list[str]:
        """Every value of a header, whatever the case of its name."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the headers of one notice say; not yet known to be authentic."""

    channel_id: str
    token: str
    resource_id: str
    first: bool

    def __repr__(self) -> str:
        """Say nothing of the token."""
        return "<Notice>"


def notice(headers: Headers) -> Notice | None:
    """Notice that the headers hold, None when one is missing, doubled or misshapen."""
    channel = _one(headers, "X-Goog-Channel-ID")
    token = _one(headers, "X-Goog-Channel-Token")
    resource = _one(headers, "X-Goog-Resource-ID")
    state = _one(headers, "X-Goog-Resource-State")
    if channel is None or token is None or resource is None or state not in _STATES:
        return None
    return Notice(channel_id=channel, token=token, resource_id=resource, first=state == "sync")


def _one(headers: Headers, name: str) -> str | None:
    values = headers.getall(name, [])
    return values[0] if len(values) == 1 and _VALUE.fullmatch(values[0]) else None


def application(surface: Surface) -> web.Application:
    """Give what is served on google.push.listen."""
    expect = expectation(surface.limits)
    app = web.Application(middlewares=[_uniform(surface)], client_max_size=surface.limits.body)
    receiver = _Receiver(surface)
    app.router.add_post(PATH, receiver.post, expect_handler=expect)
    app.router.add_get(PATH, _empty, expect_handler=expect)
    app.router.add_get("/robots.txt", _robots, expect_handler=expect)
    return app


class _Receiver:
    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self._dropped = Dropped("headers", surface.clock, surface.log)

    async def post(self, request: web.Request) -> web.Response:
        whole = await self._discard(request)
        heard = notice(request.headers) if whole else None
        if heard is None:
            self._dropped.add()
        elif not self._tell(heard):
            return web.Response(status=503)
        return web.Response()

    async def _discard(self, request: web.Request) -> bool:
        try:
            await read_body(request, self._surface.limits)
        except (BodyTooLarge, BodyTooSlow, web.RequestPayloadError):
            return False
        return True

    def _tell(self, heard: Notice) -> bool:
        """Pass it on; False when it could not be noted."""
        try:
            return self._surface.daemon.push(
                channel_id=heard.channel_id, token=heard.token, resource_id=heard.resource_id, first=heard.first
            )
        except Exception as error:  # noqa: BLE001 - a fault of ours must not cost a notice
            self._surface.log.emit("error", "web.failed", site="push", trace=safe_trace(error))
            return False


async def _empty(_request: web.Request) -> web.Response:
    return web.Response()


async def _robots(_request: web.Request) -> web.Response:
    """Google's delivery agent asks before it calls; a refusal here would silently end all notices."""
    return web.Response(text=ROBOTS)


def _uniform(surface: Surface) -> Middleware:
    """Middleware: answers without bodies, whatever goes wrong."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            return web.Response(status=error.status)
        except Exception as error:  # noqa: BLE001 - the net under all handlers
            surface.log.emit("error", "web.failed", site="push", trace=safe_trace(error))
            return web.Response(status=200 if request.path == PATH else 500)

    return middleware
