"""The meetings list over HTTP, for the person whose Webex token the request bears.

Owns: the paths below ``/calendar/api/v1`` as the Webex app asks for them, the keys of items below
``/encryption/api/v1/keys``, and the probes ``/livez`` and ``/readyz``. Promises: nothing without a bearer token that
Webex says is valid; a reader sees only their own items; what is sensitive leaves as it is stored, sealed.
Does not: check tokens itself (the daemon asks Webex) or cache anything.
"""

from __future__ import annotations

import base64
import re
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
from aiohttp import web

from hybridcal_daemon.domain.values import Secret
from hybridcal_daemon.shell import feed_errands, feed_items
from hybridcal_daemon.shell.problems import HEADERS, Problem, guard
from hybridcal_daemon.shell.web_limits import expectation

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.ports import ItemRow
    from hybridcal_daemon.shell.feed_items import Shown
    from hybridcal_daemon.shell.web import Surface

T = TypeVar("T")

_BEARER: Final = re.compile(r"Bearer +([A-Za-z0-9._~+/-]{1,4096}=*)", re.IGNORECASE)
"""RFC 6750 section 2.1; the length is ours."""
_ID: Final = r"{id:[A-Za-z0-9_=+/-]{1,2048}?}"
_UUID: Final = r"{uuid:[0-9a-fA-F-]{36}}"
_NO_TOKEN: Final = Problem(
    401,
    "no-token",
    "The request bears no usable token.",
    "Send the header `Authorization: Bearer TOKEN` with your own Webex access token.",
)
_NOT_SERVED: Final = Problem(
    403,
    "unknown-user",
    "The person whose token this is has no meetings list here.",
    "An administrator can give them one: hybridcal users activate ADDRESS",
)
_NO_MEETING: Final = Problem(
    404,
    "no-such-meeting",
    "There is no such meeting in your list.",
    "Get the list again: it reaches from 7 days back to 31 days ahead.",
)


def application(surface: Surface, *, public_url: str, key_host: str) -> web.Application:
    """Give what is served on feed.listen. ``public_url`` '' means http:// and the listener's own address."""
    feed = _Feed(surface, public_url or f"http://{surface.address}", key_host)
    expect = expectation(surface.limits)
    app = web.Application(
        middlewares=[guard("feed", surface.log, unknown=_NOT_SERVED)], client_max_size=surface.limits.body
    )
    app.router.add_get(feed_items.BASE, feed.listed, expect_handler=expect)
    app.router.add_get(f"{feed_items.BASE}/{_ID}/notes", feed.notes, expect_handler=expect)
    app.router.add_get(f"{feed_items.BASE}/{_ID}/participants", feed.participants, expect_handler=expect)
    feed_errands.add(app, surface, _bearer)
    app.router.add_get(f"{feed_items.BASE}/{_ID}", feed.item, expect_handler=expect)
    app.router.add_get(f"/encryption/api/v1/keys/{_UUID}", feed.key, expect_handler=expect)
    app.router.add_get("/livez", feed.live, expect_handler=expect)
    app.router.add_get("/readyz", feed.ready, expect_handler=expect)
    return app


class _Feed:
    def __init__(self, surface: Surface, base: str, key_host: str) -> None:
        self._surface = surface
        self._base = base
        self._key_host = key_host

    async def listed(self, request: web.Request) -> web.Response:
        bearer = _bearer(request)
        now = self._surface.clock.now()
        try:
            window = feed_items.clip(feed_items.asked_range(request.query, now), now)
        except feed_items.BadRange as bad:
            raise Problem(
                400, "bad-range", f"{bad.parameter} {bad}.", f"Correct the parameter {bad.parameter}."
            ) from None
        return await self._answer(bearer, lambda rows: feed_items.listed(rows, window, self._base))

    async def item(self, request: web.Request) -> web.Response:
        return await self._one(request, lambda one: feed_items.whole(one, self._base))

    async def notes(self, request: web.Request) -> web.Response:
        return await self._one(request, lambda one: feed_items.part(one, "encryptedNotes"))

    async def participants(self, request: web.Request) -> web.Response:
        return await self._one(request, lambda one: feed_items.part(one, "encryptedParticipants"))

    async def key(self, request: web.Request) -> web.Response:
        bearer = _bearer(request)
        url = f"kms://{self._key_host}/keys/{request.match_info['uuid'].lower()}"
        secret = await self._surface.blocking(partial(self._surface.daemon.item_key, bearer, url))
        k = base64.urlsafe_b64encode(secret.reveal()).decode().rstrip("=")
        return _json(msgspec.json.encode({"uri": url, "jwk": {"kty": "oct", "kid": url, "k": k}}))

    async def live(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok\n", headers=HEADERS)

    async def ready(self, _request: web.Request) -> web.Response:
        if await self._surface.blocking(self._surface.daemon.ready):
            return web.Response(text="ok\n", headers=HEADERS)
        return web.Response(status=503, text="not ready: see `hybridcal status`\n", headers=HEADERS)

    async def _one(self, request: web.Request, show: Callable[[Shown], bytes]) -> web.Response:
        bearer = _bearer(request)
        instance = feed_items.decode_id(request.match_info["id"])
        now = self._surface.clock.now()

        def body(rows: list[ItemRow]) -> bytes:
            one = feed_items.find(rows, instance, now) if instance is not None else None
            if one is None:
                raise _NO_MEETING
            return show(one)

        return await self._answer(bearer, body)

    async def _answer(self, bearer: Secret[str], make: Callable[[list[ItemRow]], bytes]) -> web.Response:
        """Fetch the reader's rows and make the body from them, both off the event loop."""
        return _json(await self._surface.blocking(lambda: make(self._surface.daemon.items(bearer))))


def _bearer(request: web.Request) -> Secret[str]:
    given = request.headers.getall("Authorization", [])
    match = _BEARER.fullmatch(given[0]) if len(given) == 1 else None
    if match is None:
        raise _NO_TOKEN
    return Secret(match[1])


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json", headers=HEADERS)
