"""A server on loopback that misbehaves as a script tells it to."""

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hybridcal_daemon.adapters.http import BoundedClient, HttpSettings
from hybridcal_daemon.adapters.http_deadline import Watchdog


class FaultServer:
    """Accepts connections; ``script(sock, number)`` plays the server's part on each, in a thread of its own."""

    def __init__(self, script, tls=None):
        self._script = script
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()
        self.connections = 0
        self.heads = []
        self._socks = []
        self._threads = [threading.Thread(target=self._accept)]
        self.stopping = threading.Event()
        self._threads[0].start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.address[1]}"

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self.connections += 1
                self._socks.append(sock)
                thread = threading.Thread(target=self._serve, args=(sock, self.connections))
                self._threads.append(thread)
                thread.start()

    def _serve(self, sock, number):
        with contextlib.suppress(OSError, ssl.SSLError):
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True)
                self._socks.append(sock)
            with sock:
                self._script(sock, number)

    def read_head(self, sock):
        """The request up to and with the blank line and its body; b'' when the client has gone."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = sock.recv(65536)
            if not more:
                return b""
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += sock.recv(65536)
        self.heads.append(head)
        return head + b"\r\n\r\n" + body

    def drip(self, sock, data, every=0.02):
        """One byte now and then, until the data or the client ends; an event that is never set times the bytes."""
        for index in range(len(data)):
            sock.sendall(data[index : index + 1])
            if self.stopping.wait(every):
                return

    def close(self):
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._socks:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive()
        for sock in self._socks:
            sock.close()


@pytest.fixture
def serve():
    """``serve(script)`` starts a server for this test."""
    servers = []

    def start(script, tls=None):
        servers.append(FaultServer(script, tls))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def answering(serve):
    """``answering(bytes)``: a server that answers every request of a connection with these bytes."""

    def start(answer, *, close=False):
        def script(sock, _number):
            while server.read_head(sock):
                sock.sendall(answer)
                if close:
                    return

        server = serve(script)
        return server

    return start


@pytest.fixture
def watchdog():
    dog = Watchdog()
    yield dog
    dog.close()


@pytest.fixture
def make_client(watchdog):
    clients = []

    def make(resolver=None, **settings):
        clients.append(BoundedClient(HttpSettings(**settings), watchdog=watchdog, resolver=resolver))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(make_client):
    return make_client()


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """(server side SSLContext, PEM file) of a certificate for 127.0.0.1 that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    pem = folder / "ca.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    keyfile = folder / "key.pem"
    keyfile.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, keyfile)
    return context, pem
