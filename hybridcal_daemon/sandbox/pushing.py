"""Delivering push messages over real HTTP, as Google's delivery agent does.

Owns: one thread with an event loop and an HTTP client. Promises: ``send`` never blocks and never raises; 500, 502, 503
and 504 are tried again with exponential back-off; any other refusal, a broken connection and a time-out drop the
message [Google push guide for the status codes; dropping after a broken connection is unconfirmed and the harsher
guess]. Redirects are not followed. Does not: keep any order between messages (neither does Google), survive a restart.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Final, Self

import aiohttp

if TYPE_CHECKING:
    import ssl

    from hybridcal_daemon.ports import HttpRequest

RETRIED: Final = frozenset({500, 502, 503, 504})
ACCEPTED: Final = frozenset({102, 200, 201, 202, 204})
CONCURRENT: Final = 64


class PushSender:
    """A running sender; ``send`` fits the ``push`` parameter of a stand-in.

    ``accepted``, ``retried``, ``dropped`` count deliveries so far. Use :meth:`start` and :meth:`stop`.
    """

    def __init__(self, *, first_delay: float, attempts: int, timeout: float, trust: ssl.SSLContext | None) -> None:
        self._first_delay = first_delay
        self._attempts = attempts
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._trust = trust if trust is not None else True
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

    @classmethod
    def start(
        cls,
        *,
        first_delay: float = 0.5,
        attempts: int = 8,
        timeout: float = 10.0,
        trust: ssl.SSLContext | None = None,
    ) -> Self:
        """Start the thread.

        ``first_delay``: seconds before the first repeat, doubled each time; ``attempts``: in all; ``timeout``: seconds
        for each; ``trust``: for https addresses (default: the system's certificate authorities).
        """
        sender = cls(first_delay=first_delay, attempts=attempts, timeout=timeout, trust=trust)
        sender._thread.start()
        sender._ready.wait()
        return sender

    def send(self, request: HttpRequest) -> None:
        """Deliver in the background. After :meth:`stop` nothing is sent."""
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
        connector = aiohttp.TCPConnector(limit=CONCURRENT, ssl=self._trust)
        async with aiohttp.ClientSession(connector=connector, timeout=self._timeout, trust_env=False) as session:
            self._session = session
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
        for attempt in range(self._attempts):
            status = await self._post(request)
            if status not in RETRIED:
                break
            self.retried += 1
            await asyncio.sleep(self._first_delay * 2**attempt)
        if status in ACCEPTED:
            self.accepted += 1
        else:
            self.dropped += 1

    async def _post(self, request: HttpRequest) -> int:
        """One try; 0 when there was no answer."""
        try:
            async with (
                self._slots,
                self._session.request(
                    request.method, request.url, headers=request.headers, data=request.body, allow_redirects=False
                ) as response,
            ):
                return response.status
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return 0
