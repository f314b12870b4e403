"""Total deadlines for blocking sockets.

Owns: one watchdog thread that cuts the sockets of every exchange whose time is over. Promises: an exchange ends at its
deadline whatever the other side does - silence, a byte now and then in status line, headers, body, trailers or TLS
handshake. Time-outs of sockets cannot do that: they begin anew with every byte.

How: each socket is watched through a duplicate of its file descriptor that belongs to the deadline, so a socket that
TLS has wrapped anew, or that its connection has already given away, is reached all the same, and a number that the
kernel has reused for somebody else's socket never is. shutdown(2) wakes the blocked reader; close(2) would not.
Does not: bound name resolution (``http_dns.py``).
"""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from hybridcal_daemon.adapters.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class Deadline:
    """The time limit of one exchange; a context manager around all of it. Made by :meth:`Watchdog.start`."""

    def __init__(self, watchdog: Watchdog, due: float) -> None:
        self.due = due
        self.expired = False
        self._watchdog = watchdog
        self._handles: list[int] = []

    @property
    def over(self) -> bool:
        """No time is left; ``expired`` says that sockets were cut for it."""
        return self.expired or self.due <= self._watchdog.monotonic()

    def remaining(self) -> float:
        """Give the seconds left; TimeoutError when there are none."""
        left = self.due - self._watchdog.monotonic()
        if self.expired or left <= 0:
            raise TimeoutError
        return left

    def watch(self, sock: socket.socket) -> None:
        """Have ``sock`` cut when the time is over; TimeoutError when it is over already."""
        with self._watchdog.lock:
            if self.expired:
                raise TimeoutError
            self._handles.append(os.dup(sock.fileno()))

    def cut(self) -> None:
        """End every socket; called by the watchdog, under its lock."""
        self.expired = True
        for handle in self._handles:
            with suppress(OSError):  # not connected, or gone already
                _shut(handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._watchdog.lock:
            self._watchdog.forget(self)
            handles, self._handles = self._handles, []
        for handle in handles:
            os.close(handle)


def _shut(handle: int) -> None:
    sock = socket.socket(fileno=handle)
    try:
        sock.shutdown(socket.SHUT_RDWR)
    finally:
        sock.detach()


class Watchdog:
    """The shared thread. It starts with the first deadline and sleeps until the earliest one that is under way."""

    def __init__(self, monotonic: Callable[[], float] | None = None) -> None:
        self.monotonic = monotonic or SystemClock().monotonic
        self.lock = threading.Condition()
        self._active: set[Deadline] = set()
        self._wakes_at = 0.0
        self._thread: threading.Thread | None = None
        self._closed = False

    def start(self, seconds: float) -> Deadline:
        """Begin an exchange that may take ``seconds`` in all."""
        deadline = Deadline(self, self.monotonic() + seconds)
        with self.lock:
            if self._closed:
                raise RuntimeError("the watchdog is closed")
            self._active.add(deadline)
            if self._thread is None or not self._thread.is_alive():
                self._begin()
            elif deadline.due < self._wakes_at:
                self.lock.notify()
        return deadline

    def forget(self, deadline: Deadline) -> None:
        """Drop an exchange that is over; under the lock."""
        self._active.discard(deadline)

    def close(self) -> None:
        """End the thread (for tests; the daemon's ends with the process)."""
        with self.lock:
            self._closed = True
            self.lock.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _begin(self) -> None:
        self._wakes_at = 0.0
        self._thread = threading.Thread(target=self._run, name="http-watchdog", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with self.lock:
            while not self._closed:
                now = self.monotonic()
                for deadline in [each for each in self._active if each.due <= now]:
                    self._active.discard(deadline)
                    deadline.cut()
                self._wakes_at = min((each.due for each in self._active), default=float("inf"))
                self.lock.wait(None if self._wakes_at == float("inf") else max(0.0, self._wakes_at - now))
