"""The engine under the bounded client: requests' transport adapter on urllib3's pools, with our own connections.

Owns: dialling, the connection classes, and what is known of the exchange under way (``Exchange``). Promises: every
socket is under the exchange's deadline from before it is connected; it is known whether our request began to leave;
no redirects, cookies, netrc or environment, because no ``requests.Session`` is used; trust comes from one SSLContext.
Does not: read bodies or turn errors into HttpFailure (``http.py``).
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests
import requests.adapters
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

if TYPE_CHECKING:
    import ssl

    from hybridcal_daemon.adapters.http_deadline import Deadline
    from hybridcal_daemon.adapters.http_dns import Resolver


@dataclass(slots=True)
class Exchange:
    """One request on its way. ``sent``: its first byte may have left; ``reused``: on a connection kept from before."""

    deadline: Deadline
    sent: bool = False
    reused: bool = False
    answered: bool = False


class Line:
    """What a client's connections need to know: the exchange under way, and how to dial."""

    exchange: Exchange

    def __init__(self, resolver: Resolver, connect_timeout: float) -> None:
        self._resolver = resolver
        self._connect_timeout = connect_timeout

    def dial(self, host: str, port: int, options: list[tuple[int, int, int | bytes]]) -> socket.socket:
        """Connect to the first address that answers, under the exchange's deadline. OSError."""
        deadline = self.exchange.deadline
        failure = OSError("no address")
        for family, kind, protocol, _, address in self._resolver.resolve(host, port, deadline.remaining()):
            sock = socket.socket(family, kind, protocol)
            try:
                deadline.watch(sock)
                sock.settimeout(min(self._connect_timeout, deadline.remaining()))
                for option in options:
                    sock.setsockopt(*option)
                sock.connect(address)
            except OSError as error:
                sock.close()
                failure = error
            else:
                return sock
        raise failure


class _Dialling(HTTPConnection):
    """Both connection classes' common part. ``line`` comes through the pool's constructor."""

    def __init__(self, *args: Any, line: Line, **kwargs: Any) -> None:  # noqa: ANN401 - urllib3's, passed on
        super().__init__(*args, **kwargs)
        self._line = line
        self._fresh = True

    def _new_conn(self) -> socket.socket:
        """urllib3's seam for other ways to connect (its SOCKS support uses it as well)."""
        self._fresh = True
        failed = None
        try:
            return self._line.dial(self._dns_host, self.port, list(self.socket_options or ()))
        except OSError:
            failed = NewConnectionError(self, "no connection")
        raise failed  # outside the handler: the cause would name the host

    def request(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - urllib3's, passed on
        """Send a request; dial first, so that what leaves from here on is the request and not a CONNECT."""
        exchange = self._line.exchange
        if self.sock is None:
            self.connect()
        exchange.reused, self._fresh = not self._fresh, False
        if exchange.reused:
            exchange.deadline.watch(self.sock)
        exchange.sent = True
        super().request(*args, **kwargs)


class _Tls(_Dialling, HTTPSConnection):
    """TLS over a dialled connection."""


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Dialling


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _Tls


class Adapter(requests.adapters.HTTPAdapter):
    """requests' adapter with our pools; one connection for each host is kept, since one thread uses it."""

    def __init__(self, line: Line, tls: ssl.SSLContext) -> None:
        self._line = line
        self._tls = tls
        super().__init__(pool_connections=8, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - requests', passed on
        """Connect directly."""
        super().init_poolmanager(*args, **kwargs, ssl_context=self._tls)
        self._equip(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:  # noqa: ANN401 - requests', passed on
        """Connect through the proxy that the settings name."""
        manager = super().proxy_manager_for(proxy, **kwargs, ssl_context=self._tls, proxy_ssl_context=self._tls)
        self._equip(manager)
        return manager

    def _equip(self, manager: Any) -> None:  # noqa: ANN401 - a urllib3 PoolManager, which types this map as classes
        def plain(*args: Any, **kwargs: Any) -> HTTPConnectionPool:  # noqa: ANN401 - urllib3's, passed on
            return _PlainPool(*args, **kwargs, line=self._line)

        def tls(*args: Any, **kwargs: Any) -> HTTPSConnectionPool:  # noqa: ANN401 - urllib3's, passed on
            return _TlsPool(*args, **kwargs, line=self._line)

        manager.pool_classes_by_scheme = {"http": plain, "https": tls}

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:  # noqa: ANN401 - requests'
        """Do nothing: the SSLContext holds all trust; requests would add its own bundle to it at each connection."""

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:  # noqa: ANN401 - requests'
        """Wrap the raw answer only; requests would parse cookies here."""
        response = requests.Response()
        response.request = req
        response.status_code = resp.status
        response.raw = resp
        return response
