"""A stand-in as a real server on loopback.

Owns: one thread with an event loop and a listening socket. Promises: serves any object with ``handle`` (one request at
a time, on the loop's thread); honours the marks of :class:`~hybridcal_daemon.sandbox.marked.MarkedResponse`; every
answer carries exactly the status, headers and body that the stand-in gave, plus what HTTP/1.1 framing needs.
Does not: know Google or Webex, listen anywhere but on loopback, use TLS unless it is given a context (the daemon's
endpoints are configurable).
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Protocol, Self

from aiohttp import web

from hybridcal_daemon.ports import HttpRequest, HttpResponse
from hybridcal_daemon.sandbox.marked import MarkedResponse

if TYPE_CHECKING:
    import ssl

LOOPBACK = "127.0.0.1"
MAX_BODY = 16 * 1024 * 1024
DRIP_PIECES = 20
START_DEADLINE = 10.0
SHUTDOWN_GRACE = 0.2


class Service(Protocol):
    """What can be served: a pure, fast function from request to answer."""

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer; must neither block nor raise."""
        ...


class ServedSandbox:
    """A running server. Make one with :meth:`start`; usable as a context manager.

    ``base_url``: for example ``http://127.0.0.1:40123``, without a slash at the end.
    """

    def __init__(self, service: Service, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._service = service
        self._tls = tls
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, args=(port,), name="sandbox-server", daemon=True)
        self.port = port
        self.base_url = ""

    @classmethod
    def start(cls, service: Service, port: int = 0, *, tls: ssl.SSLContext | None = None) -> Self:
        """Listen on 127.0.0.1 (``port`` 0: any free one), with ``tls`` over HTTPS; return when requests are answered.

        OSError when the port cannot be had.
        """
        served = cls(service, port, tls)
        served._thread.start()
        if not served._ready.wait(START_DEADLINE):
            raise OSError(f"the sandbox did not start listening within {START_DEADLINE:.0f} s")
        if served._failure is not None:
            raise served._failure
        return served

    def stop(self) -> None:
        """Close every connection and end the thread; calling it again does nothing."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(START_DEADLINE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self, port: int) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve(port))

    async def _serve(self, port: int) -> None:
        server = web.Server(self._answer, request_factory=_request, access_log=None, keepalive_timeout=75.0)
        runner = web.ServerRunner(server, shutdown_timeout=SHUTDOWN_GRACE)
        await runner.setup()
        try:
            site = web.TCPSite(runner, LOOPBACK, port, backlog=1024, ssl_context=self._tls)
            await site.start()
            self.port = int(runner.addresses[0][1])
            self.base_url = f"{'https' if self._tls else 'http'}://{LOOPBACK}:{self.port}"
            self._ready.set()
            await self._stopping.wait()
        except OSError as failure:
            self._failure = failure
        finally:
            self._ready.set()
            await runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            body = await request.read() if request.body_exists else None
        except ConnectionResetError:  # the client died in the middle of its request, which then never happened
            return web.Response(status=400)
        asked = HttpRequest(
            method=request.method,
            url=request.raw_path,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
        )
        given = self._service.handle(asked)
        if isinstance(given, MarkedResponse) and (given.delay or given.drip or given.drop):
            return await _disturbed(request, given)
        return _plain(given)


def _request(*args: object) -> web.BaseRequest:
    """Build aiohttp's request with our own limit of the body (arguments as ``web.Server`` gives them)."""
    message, payload, protocol, writer, task = args
    return web.BaseRequest(
        message,  # type: ignore[arg-type] # aiohttp names these types privately
        payload,  # type: ignore[arg-type]
        protocol,  # type: ignore[arg-type]
        writer,  # type: ignore[arg-type]
        task,  # type: ignore[arg-type]
        asyncio.get_running_loop(),
        client_max_size=MAX_BODY,
    )


def _plain(given: HttpResponse) -> web.Response:
    return web.Response(status=given.status, headers=dict(given.headers), body=given.body)


async def _disturbed(request: web.BaseRequest, given: MarkedResponse) -> web.StreamResponse:
    """Honour the marks: wait, cut, or give the body in small pieces."""
    if given.delay:
        await asyncio.sleep(given.delay)
    if given.drop:
        if request.transport is not None:
            request.transport.abort()
        return _plain(given)
    return await _dripped(request, given) if given.drip else _plain(given)


async def _dripped(request: web.BaseRequest, given: MarkedResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=given.status, headers=dict(given.headers))
    response.content_length = len(given.body)
    await response.prepare(request)
    size = max(1, -(-len(given.body) // DRIP_PIECES))
    pieces = [given.body[at : at + size] for at in range(0, len(given.body), size)]
    for piece in pieces:
        await asyncio.sleep(given.drip / len(pieces))
        await response.write(piece)
    await response.write_eof()
    return response
