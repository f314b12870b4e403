"""What an admin chooses for a person, over the admin socket: ``POST /v1/users/redecorate`` and ``/v1/users/site``.

Owns: these paths. Promises: strict bodies; whoever chooses is in the audit log with the uid that the kernel tells.
Does not: decide anything (the daemon does).
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import msgspec
from aiohttp import web

from hybridcal_daemon.shell.problems import HEADERS, Problem
from hybridcal_daemon.shell.web_limits import expectation, read_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.values import Plain
    from hybridcal_daemon.shell.web import Surface

S = TypeVar("S", bound=msgspec.Struct)
SITE: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}")
"""Host name of a Webex site."""


class Redecorate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of a wish to have join details written anew. ``dry_run``: only count them."""

    address: str
    dry_run: bool = False
    wait: Annotated[float, msgspec.Meta(ge=0, le=300)] = 30.0

    def __repr__(self) -> str:
        """Say nothing of the address."""
        return "<Redecorate>"


class Site(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of a choice of a site; '' for the default one."""

    address: str
    site: str

    def __repr__(self) -> str:
        """Say nothing of the address."""
        return "<Site>"


_EXAMPLES: Final[dict[type, str]] = {
    Redecorate: 'Send {"address": "alice@acme.example", "dry_run": true}; optional: dry_run, wait (0 to 300 seconds).',
    Site: 'Send {"address": "alice@acme.example", "site": "acme.webex.com"}; site may be empty.',
}


def add(
    app: web.Application,
    surface: Surface,
    caller: Callable[[web.Request], str],
    address: Callable[[str], Plain[str]],
) -> None:
    """Serve the paths; ``caller`` names who asks, ``address`` checks one."""
    choices = _Choices(surface, caller, address)
    expect = expectation(surface.limits)
    app.router.add_post("/v1/users/redecorate", choices.redecorate, expect_handler=expect)
    app.router.add_post("/v1/users/site", choices.site, expect_handler=expect)


class _Choices:
    def __init__(
        self, surface: Surface, caller: Callable[[web.Request], str], address: Callable[[str], Plain[str]]
    ) -> None:
        self._surface = surface
        self._caller = caller
        self._address = address

    async def redecorate(self, request: web.Request) -> web.Response:
        order, by = await self._read(request, Redecorate), self._caller(request)
        address, daemon = self._address(order.address), self._surface.daemon
        ask = partial(daemon.redecorate, address, dry=order.dry_run, by=by, wait=order.wait)
        found = await self._surface.blocking(ask)
        return _json({"blocks": found.blocks, "redone": found.redone, "dry_run": order.dry_run})

    async def site(self, request: web.Request) -> web.Response:
        order, by = await self._read(request, Site), self._caller(request)
        address = self._address(order.address)
        site = order.site.strip().lower()
        if site and SITE.fullmatch(site) is None:
            raise Problem(400, "bad-site", "This is not the host name of a Webex site.", "Use one like acme.webex.com.")
        await self._surface.blocking(partial(self._surface.daemon.choose_site, address, site, by=by))
        return _json({"site": site})

    async def _read(self, request: web.Request, shape: type[S]) -> S:
        body = await read_body(request, self._surface.limits)
        try:
            return msgspec.json.decode(body, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            why = str(error) if isinstance(error, msgspec.ValidationError) else "it is not JSON"
            raise Problem(400, "bad-body", f"The body is not right: {why}.", _EXAMPLES[shape]) from None


def _json(value: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json", headers=HEADERS)
