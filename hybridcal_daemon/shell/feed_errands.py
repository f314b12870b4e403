"""Errands over the feed, for the person whose Webex token the request bears, in their own calendar.

Owns: these paths below ``/calendar/api/v1``. Promises: as the feed's; the header ``Idempotency-Key`` makes repeating
safe: the same key has the same outcome for a day; who waits for Google keeps no reader of the list waiting.
Does not: read the wishes themselves (``errand_bodies.py``) or do them (the daemon does).

======  =====================================  =========================================================
POST    meetings                               make a meeting, invite guests and rooms
DELETE  meetings/{base64(id)}                  delete it
POST    quickAdd                               make one of a sentence
POST    calendarEvents/{base64(id)}/response   accept, decline, tentative (PATCH does the same)
POST    availability                           when people and rooms are busy
GET     calendarEvents/{base64(id)}/reasons    why it has join details, or has not
======  =====================================  =========================================================
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from aiohttp import web

from hybridcal_daemon.domain.wishes import Delete, Explain
from hybridcal_daemon.shell import errand_bodies as bodies
from hybridcal_daemon.shell import feed_items
from hybridcal_daemon.shell.admin_errands import answer
from hybridcal_daemon.shell.problems import Problem
from hybridcal_daemon.shell.web_limits import Blocking, Limits, expectation, read_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.values import Secret
    from hybridcal_daemon.domain.wishes import Wish
    from hybridcal_daemon.shell.web import Surface

ROOT: Final = "/calendar/api/v1"
WAIT: Final = 10.0
"""Seconds that a request waits for Google; after that its answer is 202, and asking again with the key goes on."""
_WAITING: Final = Limits(threads=8, waiting=64)
_ID: Final = r"{id:[A-Za-z0-9_=+/-]{1,2048}?}"
_KEY: Final = "Idempotency-Key"


def add(app: web.Application, surface: Surface, bearer: Callable[[web.Request], Secret[str]]) -> None:
    """Serve the paths; ``bearer`` gives the token of a request or raises a problem."""
    waiting = Blocking("feed-errands", _WAITING)
    errands = _Errands(surface, waiting, bearer)
    expect = expectation(surface.limits)
    item = f"{feed_items.BASE}/{_ID}"
    app.router.add_post(f"{ROOT}/meetings", errands.insert, expect_handler=expect)
    app.router.add_delete(f"{ROOT}/meetings/{_ID}", errands.delete, expect_handler=expect)
    app.router.add_post(f"{ROOT}/quickAdd", errands.quick_add, expect_handler=expect)
    app.router.add_post(f"{item}/response", errands.respond, expect_handler=expect)
    app.router.add_patch(f"{item}/response", errands.respond, expect_handler=expect)
    app.router.add_post(f"{ROOT}/availability", errands.availability, expect_handler=expect)
    app.router.add_get(f"{item}/reasons", errands.explain, expect_handler=expect)

    async def close(_app: web.Application) -> None:
        waiting.close()

    app.on_cleanup.append(close)


class _Errands:
    def __init__(self, surface: Surface, waiting: Blocking, bearer: Callable[[web.Request], Secret[str]]) -> None:
        self._surface = surface
        self._waiting = waiting
        self._bearer = bearer

    async def insert(self, request: web.Request) -> web.Response:
        return await self._run(request, bodies.meeting)

    async def quick_add(self, request: web.Request) -> web.Response:
        return await self._run(request, bodies.quick_add)

    async def availability(self, request: web.Request) -> web.Response:
        return await self._run(request, bodies.availability)

    async def respond(self, request: web.Request) -> web.Response:
        return await self._run(request, lambda body: bodies.response(body, _event(request)))

    async def delete(self, request: web.Request) -> web.Response:
        return await self._run(request, lambda _body: Delete(event_id=_event(request)))

    async def explain(self, request: web.Request) -> web.Response:
        return await self._run(request, lambda _body: Explain(event_id=_event(request)))

    async def _run(self, request: web.Request, make: Callable[[bytes], Wish]) -> web.Response:
        bearer = self._bearer(request)
        key = _key(request)
        wish = make(await read_body(request, self._surface.limits))
        act = partial(self._surface.daemon.reader_errand, bearer, wish, key=key, wait=WAIT)
        return answer(await self._waiting(act))


def _key(request: web.Request) -> str:
    given = request.headers.getall(_KEY, [])
    if len(given) > 1 or given == [""]:
        raise Problem(400, "bad-key", f"{_KEY} must be given once, and not empty.", "Send one key, or none.")
    return bodies.key(given[0], _KEY) if given else ""


def _event(request: web.Request) -> str:
    return bodies.event_id(feed_items.decode_id(request.match_info["id"]) or "")
