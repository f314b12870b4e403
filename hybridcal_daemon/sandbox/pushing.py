"""Delivering push messages over real HTTP, as Google's delivery agent does.

Owns: one thread with an event loop, and the deliveries under way. Promises: ``send`` never blocks and never raises;
102, 200, 201, 202 and 204 are success; 500, 502, 503 and 504 are tried again with exponential back-off; any other
answer, a redirect among them, drops the message [Google push guide], and so do a broken connection and a time-out
[unconfirmed, the harsher guess]. A https receiver needs a certificate for its host name from an authority that is
trusted: self-signed, unknown, outdated and foreign ones are refused [Google push guide]; plain http goes to loopback
only. Does not: keep any order between messages (neither does Google), look for revoked certificates, survive a restart.

Each message has a connection of its own: a 102 is an interim answer in HTTP (RFC 2518 section 10.1), which general
clients skip, and here it is the end.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections import Counter
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import SplitResult, urlsplit

from hybridcal_daemon.sandbox.late import LateRequest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hybridcal_daemon.ports import HttpRequest

RETRIED: Final = frozenset({500, 502, 503, 504})
ACCEPTED: Final = frozenset({102, 200, 201, 202, 204})
CONCURRENT: Final = 64
_INTERIM: Final = range(100, 200)
_PORTS: Final = {"http": 80, "https": 443}
_SECURED: Final[dict[str, Any]] = {"ssl_shutdown_timeout": 1.0}
"""Seconds for the goodbye of a receiver that has answered."""


class Undelivered(Exception):  # noqa: N818 - an outcome of one try, which ends as a count
    """A message could not be handed over; the text is the reason that is counted."""


class PushSender:
    """A running sender; ``send`` fits the ``push`` parameter of a stand-in. Use :meth:`start` and :meth:`stop`.

    ``accepted``, ``retried``, ``dropped`` count deliveries so far; ``reasons`` counts why messages were dropped:
    ``plain-http``, ``certificate``, ``unreachable``, ``time-out``, ``no-http``, or ``status-<code>``.
    """

    def __init__(
        self, *, first_delay: float, attempts: int, timeout: float, trust: ssl.SSLContext, hosts: Mapping[str, str]
    ) -> None:
        self._first_delay = first_delay
        self._attempts = attempts
        self._timeout = timeout
        self._trust = trust
        self._hosts = hosts
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._idle = threading.Condition()
        self._under_way = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._slots = asyncio.Semaphore(CONCURRENT)
        self._thread = threading.Thread(target=self._run, name="sandbox-push", daemon=True)
        self.accepted = 0
        self.retried = 0
        self.dropped = 0
        self.reasons: Counter[str] = Counter()

    @classmethod
    def start(
        cls,
        *,
        first_delay: float = 0.5,
        attempts: int = 8,
        timeout: float = 10.0,
        trust: ssl.SSLContext | None = None,
        ca_file: Path | None = None,
        hosts: Mapping[str, str] | None = None,
    ) -> Self:
        """Start the thread.

        ``first_delay``: seconds before the first repeat, doubled each time; ``attempts``: in all; ``timeout``: seconds
        for each. Who vouches for https receivers: ``trust``, or the authorities in ``ca_file`` (PEM), or the system's.
        ``hosts``: IP addresses of names that no name server knows, as in ``/etc/hosts``; certificates are still
        verified for the name. OSError (ssl.SSLError among them) when ``ca_file`` cannot be read.
        """
        context = trust or ssl.create_default_context(cafile=ca_file)
        sender = cls(first_delay=first_delay, attempts=attempts, timeout=timeout, trust=context, hosts=hosts or {})
        sender._thread.start()
        sender._ready.wait()
        return sender

    def send(self, request: HttpRequest) -> None:
        """Deliver in the background, a ``LateRequest`` after its delay. After :meth:`stop` nothing is sent."""
        with self._idle:
            if self._stopping.is_set() or not self._thread.is_alive():
                return
            self._under_way += 1
        self._loop.call_soon_threadsafe(self._spawn, request)

    def wait_idle(self, deadline: float) -> bool:
        """Wait until no delivery (and no repeat) is under way; False when ``deadline`` seconds were not enough."""
        with self._idle:
            return self._idle.wait_for(lambda: self._under_way == 0, deadline)

    def stop(self) -> None:
        """Give up what is under way and end the thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(10.0)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._main())

    async def _main(self) -> None:
        self._ready.set()
        await self._stopping.wait()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, request: HttpRequest) -> None:
        task = self._loop.create_task(self._deliver(request))
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        with self._idle:
            self._under_way -= 1
            self._idle.notify_all()

    async def _deliver(self, request: HttpRequest) -> None:
        if isinstance(request, LateRequest):
            await asyncio.sleep(request.delay)
        try:
            await self._insist(request)
        except Undelivered as why:
            self.dropped += 1
            self.reasons[str(why)] += 1
        else:
            self.accepted += 1

    async def _insist(self, request: HttpRequest) -> None:
        """Hand over, again and again if need be. Undelivered."""
        for attempt in range(self._attempts):
            status = await self._post(request)
            if status not in RETRIED:
                break
            self.retried += 1
            await asyncio.sleep(self._first_delay * 2**attempt)
        if status not in ACCEPTED:
            raise Undelivered(f"status-{status}")

    async def _post(self, request: HttpRequest) -> int:
        """One try: the status of the answer. Undelivered."""
        try:
            where = urlsplit(request.url)
            port = where.port or _PORTS[where.scheme]
        except (ValueError, KeyError):
            raise Undelivered("unreachable") from None
        if where.scheme == "http" and not _is_loopback(where.hostname):
            raise Undelivered("plain-http")
        async with self._slots:
            try:
                return await self._converse(request, where, port)
            except TimeoutError:
                raise Undelivered("time-out") from None
            except ssl.SSLError:
                raise Undelivered("certificate") from None
            except (OSError, UnicodeError):
                raise Undelivered("unreachable") from None

    async def _converse(self, request: HttpRequest, where: SplitResult, port: int) -> int:
        host, writer = where.hostname or "", None
        secured = _SECURED | {"ssl": self._trust, "server_hostname": host} if where.scheme == "https" else {}
        try:
            async with asyncio.timeout(self._timeout):
                reader, writer = await asyncio.open_connection(self._hosts.get(host, host), port, **secured)
                writer.write(_head(request, where) + (request.body or b""))
                return await _status(reader)
        finally:
            if writer is not None:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()


def _head(request: HttpRequest, where: SplitResult) -> bytes:
    target = (where.path or "/") + (f"?{where.query}" if where.query else "")
    lines = [f"{request.method} {target} HTTP/1.1", f"Host: {where.netloc}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    lines += [f"Content-Length: {len(request.body or b'')}", "", ""]
    return "\r\n".join(lines).encode("latin-1")


async def _status(reader: asyncio.StreamReader) -> int:
    """Status of the answer, interim ones that mean nothing here skipped. Undelivered."""
    try:
        while True:
            line, _, _ = (await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n")
            version, _, rest = line.partition(b" ")
            if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit():
                raise Undelivered("no-http")
            status = int(rest[:3])
            if status not in _INTERIM or status in ACCEPTED:
                return status
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        raise Undelivered("no-http") from None


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
