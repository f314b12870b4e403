"""A small HTTP client for the load: kept connections, one request at a time on each, nothing checked but the status."""

from __future__ import annotations

import asyncio
import re

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class _Exchange(asyncio.Protocol):
    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._buffer = b""
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def connection_lost(self, _error: Exception | None) -> None:
        self.transport = None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionResetError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or self._waiting is None:
            return
        found = _LENGTH.search(self._buffer, 0, end + 2)
        length = end + 4 + (int(found[1]) if found else 0)
        if len(self._buffer) < length:
            return
        status, body = int(self._buffer[9:12]), self._buffer[end + 4 : length]
        self._buffer = self._buffer[length:]
        waiting, self._waiting = self._waiting, None
        waiting.set_result((status, body))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        self._waiting = asyncio.get_running_loop().create_future()
        if self.transport is None:
            raise ConnectionResetError
        self.transport.write(request)
        return await self._waiting


class Wires:
    """At most ``size`` connections to one server; who comes later waits for a free one."""

    def __init__(self, host: str, port: int, size: int) -> None:
        self._where = (host, port)
        self._free: list[_Exchange] = []
        self._slots = asyncio.Semaphore(size)

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body. A kept connection that the server has closed is replaced."""
        async with self._slots:
            while True:
                kept = self._free.pop() if self._free else None
                wire = kept or await self._dial()
                try:
                    given = await wire.ask(request)
                except ConnectionResetError:
                    if kept is None:
                        raise
                    continue
                self._free.append(wire)
                return given

    async def _dial(self) -> _Exchange:
        _, exchange = await asyncio.get_running_loop().create_connection(_Exchange, *self._where)
        return exchange

    def close(self) -> None:
        for wire in self._free:
            if wire.transport is not None:
                wire.transport.close()
        self._free.clear()
