"""The engine under the bounded client: our own connections, and the way through a proxy on urllib3's pools.

Owns: dialling, the connection classes, what is known of the exchange under way (``Exchange``), and requests' transport
adapter, which knows how to speak to proxies (``http_direct.py`` is for all else). Promises: every
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
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping

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


class Dialling(HTTPConnection):
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
        """Send a request as urllib3's pools do."""
        self._begin()
        super().request(*args, **kwargs)

    def write(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> None:
        """Send a request as it is given; only Host is added."""
        self._begin()
        self.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers.items():
            self.putheader(name, value)
        self.endheaders(body)

    def _begin(self) -> None:
        """Dial first, so that what leaves from here on is the request and not a CONNECT."""
        exchange, kept = self._line.exchange, self.sock
        if kept is None:
            self.connect()
            self.sock.settimeout(None)  # from here on only the deadline counts
        exchange.reused, self._fresh = not self._fresh, False
        if exchange.reused:
            exchange.deadline.watch(self.sock)
        exchange.sent = True


class Tls(Dialling, HTTPSConnection):
    """TLS over a dialled connection."""


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = Dialling


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = Tls


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


class Proxied:
    """Everything through one proxy."""

    def __init__(self, line: Line, tls: ssl.SSLContext, proxy_url: str) -> None:
        self._adapter = Adapter(line, tls)
        self._proxies = {"http": proxy_url, "https": proxy_url}

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> ProxiedAnswer:
        """Send and read the head of the answer. requests.RequestException, and what ``Direct.send`` raises."""
        prepared = requests.PreparedRequest()  # by hand: prepare() would quote the URL anew
        prepared.method, prepared.url, prepared.body = method, url, body
        prepared.headers = CaseInsensitiveDict(headers)
        return ProxiedAnswer(self._adapter.send(prepared, stream=True, proxies=self._proxies))

    def close(self) -> None:
        """Close the kept connections."""
        self._adapter.close()


class ProxiedAnswer:
    """An answer whose body has not been read yet."""

    def __init__(self, response: requests.Response) -> None:
        self._response = response
        self._raw = response.raw
        self.status: int = response.raw.status
        self.headers: dict[str, str] = {name.lower(): value for name, value in response.raw.headers.itermerged()}

    def chunks(self, size: int) -> Iterator[bytes]:
        """Give the body in pieces of at most ``size`` bytes; urllib3 sees that it is whole."""
        return iter(lambda: self._raw.read(size, decode_content=False), b"")

    def close(self) -> None:
        """Give the connection back, or close it."""
        self._response.close()
