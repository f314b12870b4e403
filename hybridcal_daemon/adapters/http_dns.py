"""Name look-ups that can be given up.

Owns: the call of getaddrinfo(3), which nothing can interrupt and which takes half a minute when name servers are
silent (resolv.conf(5): timeout x attempts x servers). Promises: a caller waits no longer than it said; while a look-up
hangs, others for the same name wait for it instead of starting one more thread. Does not: cache answers.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future

SocketName = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
Address = tuple[socket.AddressFamily, socket.SocketKind, int, str, SocketName]
Lookup = Callable[[str, int], list[Address]]


def system_lookup(host: str, port: int) -> list[Address]:
    """Ask getaddrinfo(3) for TCP addresses. OSError."""
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


class Resolver:
    """Look-ups, at most one under way for each name."""

    def __init__(self, lookup: Lookup = system_lookup) -> None:
        self._lookup = lookup
        self._lock = threading.Lock()
        self._pending: dict[tuple[str, int], Future[list[Address]]] = {}

    def resolve(self, host: str, port: int, timeout: float) -> list[Address]:
        """Give the addresses of ``host``; OSError when it has none, TimeoutError after ``timeout`` seconds."""
        if _is_literal(host):
            return system_lookup(host, port)
        with self._lock:
            future = self._pending.get((host, port)) or self._begin(host, port)
        return future.result(timeout)

    def _begin(self, host: str, port: int) -> Future[list[Address]]:
        future: Future[list[Address]] = Future()
        self._pending[host, port] = future
        threading.Thread(target=self._run, args=(host, port, future), name="http-dns", daemon=True).start()
        return future

    def _run(self, host: str, port: int, future: Future[list[Address]]) -> None:
        try:
            answer = self._lookup(host, port)
        except (OSError, UnicodeError) as error:  # UnicodeError: no IDNA form
            self._done(host, port)
            future.set_exception(error if isinstance(error, OSError) else socket.gaierror("no such name"))
        else:
            self._done(host, port)
            future.set_result(answer)

    def _done(self, host: str, port: int) -> None:
        with self._lock:
            self._pending.pop((host, port), None)


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
