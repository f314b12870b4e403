"""The short way to a server that is reached without a proxy: kept connections, driven with the standard library.

Owns: one kept connection for each origin, and one exchange on it at a time. Promises: what ``http_wire.py`` promises of
connections (they are the same classes); an answer whose length is in doubt is refused: lengths that contradict each
other, a length beside chunks, a body that ends early. Three times cheaper than requests' adapter, which parses,
normalises and quotes each URL several times and wraps each answer twice.
Does not: speak to proxies (``http_wire.Adapter`` does), read bodies, or turn errors into HttpFailure (``http.py``).
"""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from hybridcal_daemon.adapters.http_wire import Dialling, Tls

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping
    from urllib.parse import SplitResult

    from hybridcal_daemon.adapters.http_wire import Line

_MOST: Final = 8
"""Origins that connections are kept to."""


class Direct:
    """Kept connections of one thread."""

    def __init__(self, line: Line, tls: ssl.SSLContext) -> None:
        self._line = line
        self._tls = tls
        self._kept: dict[tuple[str, str], Dialling] = {}

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """Send and read the head of the answer. OSError, HTTPException, urllib3's HTTPError, ValueError.

        ``headers`` are complete but for Host; ``url`` leaves as it is.
        """
        parts = urlsplit(url)
        connection = self._connection(parts)
        try:
            connection.write(method, _target(parts), headers, body)
            return Answer(connection, http.client.HTTPConnection.getresponse(connection))
        except BaseException:
            connection.close()
            raise

    def close(self) -> None:
        """Close all connections; they are opened anew when needed."""
        for connection in self._kept.values():
            connection.close()
        self._kept.clear()

    def _connection(self, parts: SplitResult) -> Dialling:
        origin = (parts.scheme, parts.netloc)
        connection = self._kept.get(origin)
        if connection is None:
            if len(self._kept) >= _MOST:
                self.close()
            connection = self._kept[origin] = self._opened(parts)
        elif connection.sock is not None and not connection.is_connected:
            connection.close()  # the server has closed it meanwhile, or sent what nobody asked for
        return connection

    def _opened(self, parts: SplitResult) -> Dialling:
        """Make a connection that dials when it is first used. ValueError for what is no http(s) address."""
        if parts.scheme == "http" and parts.hostname:
            return Dialling(parts.hostname, parts.port or 80, line=self._line)
        if parts.scheme == "https" and parts.hostname:
            return Tls(parts.hostname, parts.port or 443, line=self._line, ssl_context=self._tls)
        raise ValueError("url")


class Answer:
    """An answer whose body has not been read yet."""

    def __init__(self, connection: Dialling, response: http.client.HTTPResponse) -> None:
        self._connection = connection
        self._response = response
        self.status = response.status
        self.headers = _merged(response)

    def chunks(self, size: int) -> Iterator[bytes]:
        """Give the body in pieces of at most ``size`` bytes. ValueError when it ends early."""
        while piece := self._response.read(size):
            yield piece
        if self._response.length:
            raise ValueError("length")

    def close(self) -> None:
        """Give the connection back; one whose answer was not read to its end is of no use any more."""
        if not self._response.isclosed():
            self._response.close()
            self._connection.close()


def _merged(response: http.client.HTTPResponse) -> dict[str, str]:
    """Names in lower case, repeated ones joined by commas (RFC 9110 section 5.3). ValueError: unclear length."""
    headers: dict[str, str] = {}
    for name, value in response.getheaders():
        lower = name.lower()
        headers[lower] = f"{headers[lower]}, {value}" if lower in headers else value
    lengths = {each.strip() for each in headers.get("content-length", "0").split(",")}
    if len(lengths) > 1 or not all(each.isascii() and each.isdecimal() for each in lengths):
        raise ValueError("content-length")
    if response.chunked and "content-length" in headers:
        raise ValueError("content-length")  # RFC 9112 section 6.3: an attempt to smuggle, or a broken server
    return headers


def _target(parts: SplitResult) -> str:
    """Path and query as they were written; a fragment stays at home."""
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
