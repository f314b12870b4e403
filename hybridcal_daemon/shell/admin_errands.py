"""Errands over the admin socket: ``POST /v1/events/...``.

Owns: these paths. Promises: strict bodies; whoever asks is in the audit log with the uid that the kernel tells; of a
meeting nothing is told but what the caller asked to be made or answered, and of an explained one no word at all.
Does not: read the wishes themselves (``errand_bodies.py``) or do them (the daemon does).

Body: ``{"address", "wish": {...}, "event": "...", "key": "...", "wait": 30}``; ``event`` where one is meant.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from aiohttp import web

from hybridcal_daemon.domain.wishes import Delete, Explain
from hybridcal_daemon.shell import errand_bodies as bodies
from hybridcal_daemon.shell.event_reference import event_id_in
from hybridcal_daemon.shell.problems import HEADERS, Problem
from hybridcal_daemon.shell.web_limits import Blocking, Limits, expectation, read_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.values import Plain
    from hybridcal_daemon.domain.wishes import Wish
    from hybridcal_daemon.ports import Outcome
    from hybridcal_daemon.shell.web import Surface

_WAITING: Final = Limits(threads=8, waiting=32)
_AGAIN: Final = "5"
"""Seconds after which to ask again with the key."""
_NOTHING: Final = msgspec.Raw(b"{}")


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of a request. ``wait``: seconds to wait for the outcome."""

    address: str
    wish: msgspec.Raw = _NOTHING
    event: Annotated[str, msgspec.Meta(max_length=4096)] = ""
    key: str = ""
    wait: Annotated[float, msgspec.Meta(ge=0, le=300)] = 30.0

    def __repr__(self) -> str:
        """Say nothing of it."""
        return "<Order>"


_WISHES: Final[dict[str, Callable[[Order], Wish]]] = {
    "insert": lambda order: bodies.meeting(order.wish),
    "quick-add": lambda order: bodies.quick_add(order.wish),
    "free-busy": lambda order: bodies.availability(order.wish),
    "respond": lambda order: bodies.response(order.wish, _event(order)),
    "delete": lambda order: Delete(event_id=_event(order)),
    "explain": lambda order: Explain(event_id=_event(order)),
}


def add(
    app: web.Application,
    surface: Surface,
    caller: Callable[[web.Request], str],
    address: Callable[[str], Plain[str]],
) -> None:
    """Serve the paths; ``caller`` names who asks, ``address`` checks one. Who waits holds none of the other threads."""
    waiting = Blocking("admin-errands", _WAITING)
    errands = _Errands(surface, waiting, caller, address)
    app.router.add_post("/v1/events/{kind}", errands.run, expect_handler=expectation(surface.limits))

    async def close(_app: web.Application) -> None:
        waiting.close()

    app.on_cleanup.append(close)


class _Errands:
    def __init__(
        self,
        surface: Surface,
        waiting: Blocking,
        caller: Callable[[web.Request], str],
        address: Callable[[str], Plain[str]],
    ) -> None:
        self._surface = surface
        self._waiting = waiting
        self._caller = caller
        self._address = address

    async def run(self, request: web.Request) -> web.Response:
        make = _WISHES.get(request.match_info["kind"])
        if make is None:
            raise web.HTTPNotFound
        order, by = await self._order(request), self._caller(request)
        address, key, wish = self._address(order.address), bodies.key(order.key, "key"), make(order)
        act = partial(self._surface.daemon.errand, address, wish, by=by, key=key, wait=order.wait)
        return answer(await self._waiting(act))

    async def _order(self, request: web.Request) -> Order:
        body = await read_body(request, self._surface.limits)
        try:
            return msgspec.json.decode(body, type=Order)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            why = str(error) if isinstance(error, msgspec.ValidationError) else "it is not JSON"
            fix = (
                'Send {"address": "alice@acme.example", "wish": {...}}; optional: event, key, wait (0 to 300 seconds).'
            )
            raise Problem(400, "bad-body", f"The body is not right: {why}.", fix) from None


def _event(order: Order) -> str:
    return bodies.event_id(event_id_in(order.event))


def answer(outcome: Outcome) -> web.Response:
    """Give the HTTP answer: 200 when it is done, 202 while nobody knows yet."""
    done = outcome.state == "done"
    headers = dict(HEADERS) if done else {**HEADERS, "Retry-After": _AGAIN}
    body = bodies.shown(outcome)
    return web.Response(status=200 if done else 202, body=body, content_type="application/json", headers=headers)
