"""How much a client may ask of an HTTP surface.

Owns: the limits, the bounded pool in which blocking calls run, and reading a body under a deadline.
Promises: no body is held that is larger than allowed, none is waited for longer than allowed, and no more calls wait
for a thread than allowed. Does not: answer requests.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds and bytes. ``keepalive`` also ends connections whose first request does not come in time."""

    keepalive: float = 15.0
    shutdown: float = 5.0
    lingering: float = 1.0
    body: int = 64 * 1024
    body_deadline: float = 5.0
    header: int = 8190
    headers: int = 64
    connections: int = 512
    threads: int = 4
    waiting: int = 64


DEFAULT: Final = Limits()


class Busy(Exception):  # noqa: N818 - an answer, turned into 503
    """More calls wait for a thread than allowed."""

    def __init__(self, waiting: int) -> None:
        super().__init__("busy")
        self.waiting = waiting


class BodyTooLarge(Exception):  # noqa: N818 - an answer, turned into 413
    """The body is larger than allowed."""


class BodyTooSlow(Exception):  # noqa: N818 - an answer, turned into 408
    """The body did not come in time."""


class Blocking:
    """Runs blocking calls of one surface in few threads; used on the event loop only."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._pool = ThreadPoolExecutor(limits.threads, thread_name_prefix=f"web-{name}")
        self._most = limits.threads + limits.waiting
        self._now = 0

    async def __call__(self, call: Callable[[], T]) -> T:
        """Give the result of ``call``, made in a thread of the pool; Busy."""
        if self._now >= self._most:
            raise Busy(self._now)
        self._now += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)
        finally:
            self._now -= 1

    def close(self) -> None:
        """Start no further call; those under way are left to end by themselves."""
        self._pool.shutdown(wait=False, cancel_futures=True)


async def read_body(request: web.Request, limits: Limits) -> bytes:
    """Whole body; BodyTooLarge, BodyTooSlow."""
    if not request.body_exists:
        return b""  # as in Google's notices: nothing to set a deadline for
    if (request.content_length or 0) > limits.body:
        raise BodyTooLarge
    body = bytearray()
    try:
        async with asyncio.timeout(limits.body_deadline):
            while chunk := await request.content.readany():
                body += chunk
                if len(body) > limits.body:
                    raise BodyTooLarge
    except TimeoutError:
        raise BodyTooSlow from None
    return bytes(body)


def expectation(limits: Limits) -> Callable[[web.Request], Awaitable[None]]:
    """Answer to ``Expect``: go on if the body may come; anything else is ignored (RFC 9110 section 10.1.1)."""

    async def expected(request: web.Request) -> None:
        wanted = request.headers.get("Expect", "").lower() == "100-continue"
        if wanted and (request.content_length or 0) <= limits.body:
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0  # the answer proper has not begun

    return expected
