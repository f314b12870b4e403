"""The HTTP surfaces: one thread, one event loop, several listeners.

Owns: the thread, binding, connection limits, start and stop. Promises: a listener that cannot be opened is a
``BindError`` that names the setting, before anything is served; what aiohttp leaves open by default (keep-alive for an
hour, bodies without a deadline, shutdown of a minute, error texts) is bounded; parse errors are answered without text.
Does not: know what is served (``webhook.py``, ``feed.py``, ``admin.py`` do).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiohttp import web

from hybridcal_daemon.shell.listeners import BindError, address_of
from hybridcal_daemon.shell.traces import safe_trace
from hybridcal_daemon.shell.web_limits import DEFAULT, Blocking, Limits

if TYPE_CHECKING:
    import socket

    from hybridcal_daemon.ports import Clock, Daemon, Log

_START: Final = 10.0
_SLACK: Final = 5.0
_SERVER: Final = {"Server": "hybridcal"}  # instead of the versions of Python and aiohttp


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """What an application gets to work with. ``address``: where it really listens, as host:port or path."""

    daemon: Daemon
    clock: Clock
    log: Log
    limits: Limits
    blocking: Blocking
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One listener.

    ``bind`` opens its socket (BindError), ``build`` makes what is served there, ``release`` tidies up after closing.
    """

    name: str
    bind: Callable[[], socket.socket]
    build: Callable[[Surface], web.Application]
    limits: Limits = DEFAULT
    release: Callable[[], None] = lambda: None


class Web:
    """The thread with all listeners; ``start`` and ``stop`` once each, from one thread."""

    def __init__(self, *, clock: Clock, log: Log) -> None:
        self._clock = clock
        self._log = log
        self._sockets: dict[str, socket.socket] = {}
        self._releases: list[Callable[[], None]] = []
        self._failure: BaseException | None = None
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    def start(self, daemon: Daemon, endpoints: list[Endpoint]) -> None:
        """Open every listener and serve; BindError. Nothing stays open when one cannot be opened."""
        try:
            for endpoint in endpoints:
                self._sockets[endpoint.name] = endpoint.bind()
                self._releases.append(endpoint.release)
        except BaseException:
            self._close_sockets()
            raise
        self._thread = threading.Thread(target=self._run, args=(daemon, endpoints), name="web", daemon=True)
        self._thread.start()
        turns = self._ready.wait(_START)
        if self._failure is not None:
            raise self._failure
        if not turns:
            raise BindError(f"the HTTP surfaces did not open within {_START:.0f} s")

    def stop(self) -> None:
        """Take no new request, let those under way end (bounded), close every listener."""
        loop, end, thread = self._loop, self._end, self._thread
        if loop is not None and end is not None and thread is not None:
            if thread.is_alive():
                loop.call_soon_threadsafe(end.set)
            thread.join(2 * DEFAULT.shutdown + _SLACK)
        self._close_sockets()

    def address(self, name: str) -> str:
        """Where a listener really is (``host:port`` or a path); KeyError for one that is not open."""
        return address_of(self._sockets[name])

    def alive(self, patience: float) -> bool:
        """Whether the event loop turns: it answers within ``patience`` seconds. Evidence for the watchdog."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None or not thread.is_alive():
            return False
        turned = threading.Event()
        loop.call_soon_threadsafe(turned.set)
        return turned.wait(patience)

    def _close_sockets(self) -> None:
        for listener in self._sockets.values():
            listener.close()
        for release in self._releases:
            release()
        self._sockets.clear()
        self._releases.clear()

    def _run(self, daemon: Daemon, endpoints: list[Endpoint]) -> None:
        try:
            asyncio.run(self._serve(daemon, endpoints))
        except BaseException as error:  # noqa: BLE001 - the thread's last frame; start() raises it, or the log has it
            self._failure = error
            self._log.emit("critical", "thread.failed", thread="web", trace=safe_trace(error))
        finally:
            self._ready.set()

    async def _serve(self, daemon: Daemon, endpoints: list[Endpoint]) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(self._unhandled)
        listeners = [_Listener(endpoint, self._surface(daemon, endpoint)) for endpoint in endpoints]
        try:
            for listener in listeners:
                await listener.open(self._sockets[listener.name])
                self._log.emit("info", "web.listening", site=listener.name, address=self.address(listener.name))
            self._ready.set()
            await self._end.wait()
        finally:
            await asyncio.gather(*(listener.close() for listener in listeners))

    def _surface(self, daemon: Daemon, endpoint: Endpoint) -> Surface:
        return Surface(
            daemon=daemon,
            clock=self._clock,
            log=self._log,
            limits=endpoint.limits,
            blocking=Blocking(endpoint.name, endpoint.limits),
            address=self.address(endpoint.name),
        )

    def _unhandled(self, _loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception):
            self._log.emit("error", "web.failed", site="loop", trace=safe_trace(error))


class _Listener:
    """One application on one socket."""

    def __init__(self, endpoint: Endpoint, surface: Surface) -> None:
        self.name = endpoint.name
        self._surface = surface
        limits = endpoint.limits
        self._options = {
            "keepalive_timeout": limits.keepalive,
            "lingering_time": limits.lingering,
            "max_line_size": limits.header,
            "max_field_size": limits.header,
            "max_headers": limits.headers,
            "auto_decompress": False,  # no body of ours is compressed, so none may grow
            "access_log": None,  # would hold addresses and bearer tokens' neighbours
        }
        app = endpoint.build(surface)
        app.on_response_prepare.append(_name)
        self._runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=limits.shutdown, access_log=None)
        self._server: asyncio.Server | None = None

    async def open(self, listener: socket.socket) -> None:
        await self._runner.setup()
        self._server = await asyncio.get_running_loop().create_server(self._connection, sock=listener, backlog=128)

    def _connection(self) -> asyncio.Protocol:
        server = self._runner.server
        if server is None or len(server.connections) >= self._surface.limits.connections:
            return _Refuse()
        return _Connection(server, loop=asyncio.get_running_loop(), **self._options)  # type: ignore[arg-type] # one dict, many types

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        await self._runner.cleanup()
        self._surface.blocking.close()


async def _name(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_SERVER)


class _Refuse(asyncio.Protocol):
    """Closes a connection that is one too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


class _Connection(web.RequestHandler):
    """aiohttp's connection, silent about what went wrong."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer without aiohttp's message, which quotes the request, and without a log line."""
        del exc, message
        if request.writer.output_size > 0:
            raise ConnectionError
        response = web.Response(status=status, headers=_SERVER)
        response.force_close()
        return response

    def log_exception(self, *args: object, **kw: object) -> None:
        """Say nothing: exception texts can hold what a client sent."""
