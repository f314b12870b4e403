"""The one HTTP client of the program.

Owns: what may leave and come in over HTTP. Promises (reliability.md of the design names the attacks): a total deadline
that holds against a server that drips, a cap on the body after decompression, gzip or identity only and once only, no
redirects, no cookies, no environment, no proxy that was not set, no hidden retries, failures without URL or body.
A GET on a kept connection that the server had closed meanwhile is sent once more on a fresh one (RFC 9110 section 9.2.2
permits that for idempotent methods); anything else that fails after its first byte left is reported as ``sent``.
Does not: retry for other reasons, decode JSON (``http_json.py``), or share an instance between threads.
"""

from __future__ import annotations

import http.client
import ssl
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import requests
import urllib3.exceptions
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from hybridcal_daemon.adapters.http_deadline import Deadline, Watchdog
from hybridcal_daemon.adapters.http_direct import Direct
from hybridcal_daemon.adapters.http_dns import Resolver
from hybridcal_daemon.adapters.http_wire import Exchange, Line, Proxied
from hybridcal_daemon.ports import HttpFailure, HttpRequest, HttpResponse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hybridcal_daemon.adapters.http_direct import Answer
    from hybridcal_daemon.adapters.http_wire import ProxiedAnswer

CHUNK: Final = 65536
_GZIP: Final = 31  # zlib's wbits for a gzip wrapper with the largest window
_TLS_ERRORS: Final = (ssl.SSLError, urllib3.exceptions.SSLError, requests.exceptions.SSLError)
_ENGINE_ERRORS: Final = (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """How to reach the world.

    ``proxy_url``: http(s)://[user:password@]host:port for everything, '' for none. ``ca_file``: PEM file of the
    authorities to trust instead of the system's, '' for those. ``connect_timeout``: seconds for each address of a host.
    """

    proxy_url: str = ""
    ca_file: str = ""
    connect_timeout: float = 10.0

    def __repr__(self) -> str:
        return "<HttpSettings>"  # the proxy's password is inside


@cache
def shared_watchdog() -> Watchdog:
    """Give the process's own."""
    return Watchdog()


@cache
def shared_resolver() -> Resolver:
    """Give the process's own."""
    return Resolver()


def tls_context(ca_file: str = "") -> ssl.SSLContext:
    """Trust the authorities in ``ca_file``; without one the system's (certifi's where the system has none).

    TLS 1.2 or newer, host names checked. Unlike ``ssl.create_default_context`` it writes no key log, whatever
    SSLKEYLOGFILE says. ValueError names a ``ca_file`` that cannot be used.
    """
    try:
        return _tls_context(ca_file, Path(ca_file).stat().st_mtime_ns if ca_file else 0)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(
            f"{ca_file}: cannot be read as PEM certificates ({type(error).__name__}); "
            "network.ca_file must name a readable file of BEGIN CERTIFICATE blocks"
        ) from None


@cache
def _tls_context(ca_file: str, _stamp: int) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    system = ssl.get_default_verify_paths()
    if ca_file or not (system.cafile or system.capath):
        context.load_verify_locations(ca_file or DEFAULT_CA_BUNDLE_PATH)
    else:
        context.set_default_verify_paths()
    return context


class BoundedClient:
    """``ports.HttpClient`` for one thread; connections are kept, one for each host."""

    def __init__(
        self,
        settings: HttpSettings | None = None,
        *,
        watchdog: Watchdog | None = None,
        resolver: Resolver | None = None,
    ) -> None:
        settings = settings or HttpSettings()
        self._watchdog = watchdog or shared_watchdog()
        self._line = Line(resolver or shared_resolver(), settings.connect_timeout)
        tls = tls_context(settings.ca_file)
        self._engine = Proxied(self._line, tls, settings.proxy_url) if settings.proxy_url else Direct(self._line, tls)

    def send(self, request: HttpRequest) -> HttpResponse:
        """Give the whole answer within ``request.deadline`` seconds and ``request.max_body`` bytes, or HttpFailure."""
        with self._watchdog.start(request.deadline) as deadline:
            outcome = self._attempt(request, deadline)
            if isinstance(outcome, _Broken) and outcome.stale and request.method in {"GET", "HEAD"}:
                outcome = self._attempt(request, deadline)
        if isinstance(outcome, _Broken):
            raise HttpFailure(outcome.code, sent=outcome.sent)
        return outcome

    def close(self) -> None:
        """Close the kept connections; the client may still be used."""
        self._engine.close()

    def _attempt(self, request: HttpRequest, deadline: Deadline) -> HttpResponse | _Broken:
        exchange = self._line.exchange = Exchange(deadline)
        try:
            answer = self._engine.send(request.method, request.url, _headers(request), request.body)
            exchange.answered = True
            try:
                response = _read(answer, request.max_body)
            finally:
                answer.close()
        except _TooLargeError:
            return _Broken(code="too-large", sent=True)
        except _ENGINE_ERRORS as error:
            return _diagnose(exchange, error)
        return _Broken(code="deadline", sent=True) if deadline.expired else response


@dataclass(frozen=True, slots=True, kw_only=True)
class _Broken:
    """Why there is no answer. ``stale``: the kept connection died before a byte of an answer came."""

    code: str
    sent: bool
    stale: bool = False


class _TooLargeError(Exception):
    """The body exceeds its cap."""


def _diagnose(exchange: Exchange, error: Exception) -> _Broken:
    if exchange.deadline.over:
        return _Broken(code="deadline", sent=exchange.sent)
    if exchange.sent:
        return _Broken(code="protocol", sent=True, stale=exchange.reused and not exchange.answered)
    if isinstance(error, _TLS_ERRORS):
        return _Broken(code="tls", sent=False)
    if _is_of_the_way(error):
        return _Broken(code="unreachable", sent=False)
    return _Broken(code="protocol", sent=False)  # the request itself could not be written down


def _is_of_the_way(error: Exception) -> bool:
    """Say whether the server could not be reached; requests' own errors are OSErrors, whatever they are about."""
    if isinstance(error, requests.RequestException):
        return isinstance(error, requests.ConnectionError)
    return isinstance(error, OSError | urllib3.exceptions.HTTPError) and not isinstance(error, ValueError)


def _headers(request: HttpRequest) -> dict[str, str]:
    """Ours, unless the request has its own, and the length of a body."""
    # Google packs answers only for clients whose User-Agent says gzip, too (Calendar API guide, "Performance")
    headers = {"Accept-Encoding": "gzip", "User-Agent": "hybridcal (gzip)", "Accept": "*/*"}
    given = {name.lower() for name in request.headers}
    headers = {name: value for name, value in headers.items() if name.lower() not in given}
    headers.update(request.headers)
    if request.body is not None:
        headers["Content-Length"] = str(len(request.body))
    return headers


def _read(answer: Answer | ProxiedAnswer, cap: int) -> HttpResponse:
    chunks = answer.chunks(CHUNK)
    encoding = answer.headers.get("content-encoding", "identity").strip().lower()
    if encoding in {"gzip", "x-gzip"}:
        chunks = _inflated(chunks)
    elif encoding not in {"", "identity"}:
        raise ValueError("encoding")
    return HttpResponse(status=answer.status, headers=answer.headers, body=_collected(chunks, cap))


def _collected(chunks: Iterable[bytes], cap: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > cap:
            raise _TooLargeError
    return bytes(body)


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack piece by piece, never more than CHUNK bytes at once, so that a bomb meets the cap before it grows."""
    unzip = zlib.decompressobj(_GZIP)
    begun = damaged = False
    try:
        for chunk in chunks:
            begun = True
            yield unzip.decompress(chunk, CHUNK)
            while unzip.unconsumed_tail:
                yield unzip.decompress(unzip.unconsumed_tail, CHUNK)
            if unzip.unused_data:  # behind the end; more of it would be kept without limit
                break
        yield unzip.flush()
    except zlib.error:
        damaged = True
    if damaged or (begun and (not unzip.eof or unzip.unused_data)):
        raise ValueError("gzip")
