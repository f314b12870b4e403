"""The bounded client against a server that misbehaves."""

import gzip
import io
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest

from hybridcal_daemon.adapters.http import CHUNK, _inflated, tls_context
from hybridcal_daemon.adapters.http_dns import Resolver
from hybridcal_daemon.ports import HttpFailure, HttpRequest

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Mixed: a\r\nx-mixed: b\r\n\r\nhi"
DEADLINE = 0.25
LATE = 2.0  # far beyond the deadline, far below pytest's patience


def get(url, **bounds):
    return HttpRequest(method="GET", url=url, **{"deadline": 5.0, **bounds})


def post(url, body=b"{}", **bounds):
    return HttpRequest(method="POST", url=url, body=body, **{"deadline": 5.0, **bounds})


def failure(client, request):
    with pytest.raises(HttpFailure) as caught:
        client.send(request)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return caught.value.code, caught.value.sent


def timed_failure(client, request):
    begun = time.monotonic()
    result = failure(client, request)
    taken = time.monotonic() - begun
    assert request.deadline * 0.8 <= taken < LATE
    return result


# ---- what is well ---------------------------------------------------------------------------------------------------


def test_an_answer_has_status_lower_case_headers_and_body(client, answering):
    answer = client.send(get(answering(OK).url))
    assert (answer.status, answer.body, answer.headers["x-mixed"]) == (200, b"hi", "a, b")


def test_connections_are_kept(client, answering):
    server = answering(OK)
    for _ in range(3):
        client.send(post(server.url))
    assert server.connections == 1
    assert len(server.heads) == 3


def open_files():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_no_descriptor_is_left_behind(client, answering):
    server = answering(OK)
    client.send(get(server.url))
    before = open_files()
    for _ in range(20):
        client.send(get(server.url))
    assert open_files() == before


def test_the_url_goes_out_as_it_was_written(client, answering):
    server = answering(OK)
    client.send(get(server.url + "/a%2Fb%40c/%23?q=%20x&fields=items(id,etag)"))
    assert server.heads[0].startswith(b"GET /a%2Fb%40c/%23?q=%20x&fields=items(id,etag) HTTP/1.1\r\n")


def test_headers_are_ours_and_nothing_of_the_environment(client, answering, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login eve password sesame\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    server = answering(OK.replace(b"X-Mixed: a", b"Set-Cookie: a=b"))
    for _ in range(2):
        client.send(HttpRequest(method="PATCH", url=server.url, headers={"If-Match": '"7"'}, body=b"{}", deadline=5))
    names = {line.split(b":")[0].lower() for line in server.heads[1].split(b"\r\n")[1:]}
    assert names == {b"host", b"accept-encoding", b"user-agent", b"accept", b"if-match", b"content-length"}
    assert b"Accept-Encoding: gzip\r\n" in server.heads[1]


def test_a_request_repr_says_nothing():
    assert repr(post("http://x.example/secret")) == "<HttpRequest POST>"


def test_a_redirect_is_an_answer(client, answering):
    server = answering(b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n")
    answer = client.send(get(server.url))
    assert (answer.status, server.connections, len(server.heads)) == (302, 1, 1)


@pytest.mark.parametrize("status", [401, 429, 503])
def test_error_statuses_are_answers_and_sent_once(client, answering, status):
    server = answering(b"HTTP/1.1 %d X\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n" % status)
    assert client.send(get(server.url)).status == status
    assert len(server.heads) == 1


def test_a_body_until_the_connection_ends_is_whole(client, answering):
    assert client.send(get(answering(b"HTTP/1.0 200 OK\r\n\r\nall", close=True).url)).body == b"all"


def test_chunks(client, answering):
    server = answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    assert [client.send(get(server.url)).body for _ in range(2)] == [b"abcde"] * 2
    assert server.connections == 1


# ---- sizes ----------------------------------------------------------------------------------------------------------


def packed(data, encoding=b"gzip"):
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\nContent-Length: %d\r\n\r\n"
    return head % (encoding, len(data)) + data


def test_gzip_is_unpacked_once(client, answering):
    text = b"hello " * 50_000
    assert client.send(get(answering(packed(gzip.compress(text))).url)).body == text


def test_a_body_at_the_cap_passes_and_one_byte_more_does_not(client, answering):
    server = answering(packed(gzip.compress(b"x" * 1000)))
    assert len(client.send(get(server.url, max_body=1000)).body) == 1000
    assert failure(client, get(server.url, max_body=999)) == ("too-large", True)
    assert failure(client, get(answering(OK).url, max_body=1)) == ("too-large", True)


def test_a_gzip_bomb_stops_at_the_cap(client, answering):
    bomb = io.BytesIO()
    with gzip.GzipFile(fileobj=bomb, mode="wb", compresslevel=9) as file:
        for _ in range(64):
            file.write(bytes(1 << 20))
    assert failure(client, get(answering(packed(bomb.getvalue())).url, max_body=100_000)) == ("too-large", True)


def test_a_bomb_is_unpacked_in_small_pieces():
    pieces = list(_inflated([gzip.compress(bytes(10_000_000))]))
    assert max(map(len, pieces)) == CHUNK
    assert sum(map(len, pieces)) == 10_000_000


@pytest.mark.parametrize("encoding", [b"gzip, gzip", b"deflate", b"br", b"zstd", b"identity, gzip"])
def test_other_encodings_are_refused(client, answering, encoding):
    data = gzip.compress(gzip.compress(b"x"))
    assert failure(client, get(answering(packed(data, encoding)).url)) == ("protocol", True)


@pytest.mark.parametrize(
    "data",
    [gzip.compress(b"x" * 100)[:-9], b"no gzip at all", gzip.compress(b"x") + b"tail", gzip.compress(b"x") * 2],
    ids=["short", "none", "tail", "two"],
)
def test_damaged_gzip_is_refused(client, answering, data):
    assert failure(client, get(answering(packed(data)).url)) == ("protocol", True)


def test_an_empty_body_may_claim_to_be_gzip(client, answering):
    assert client.send(get(answering(packed(b"")).url)).body == b""


def test_after_a_refused_body_the_connection_is_not_used_again(client, answering):
    server = answering(packed(bytes(1_000_000), b"identity"))
    assert failure(client, get(server.url, max_body=10)) == ("too-large", True)
    assert len(client.send(get(server.url)).body) == 1_000_000
    assert server.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: x\r\n" % n for n in range(200)) + b"\r\n",
        b"\x00\x01\x02 nonsense\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
        b"",
    ],
    ids=[
        "short",
        "cut-chunk",
        "no-last-chunk",
        "bad-chunk",
        "70k-header",
        "200-headers",
        "noise",
        "status",
        "two-lengths",
        "negative-length",
        "length-and-chunks",
        "nothing",
    ],
)
def test_a_broken_answer_is_a_protocol_failure(client, answering, answer):
    assert failure(client, get(answering(answer, close=True).url)) == ("protocol", True)


# ---- time -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "slow"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", b"x" * 5000),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 1000),
        (b"HTTP/1.1 200 OK\r\n", b"X-Header: x\r\n" * 90),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
        (b"HTTP/1.0 200 OK\r\n\r\n", b"until the end " * 1000),
        (b"", b""),
    ],
    ids=["body", "chunks", "headers", "continue", "endless", "silence"],
)
def test_the_deadline_holds_while_the_server_drips(client, serve, start, slow):
    def script(sock, _number):
        server.read_head(sock)
        sock.sendall(start)
        server.drip(sock, slow)
        server.stopping.wait(30)

    server = serve(script)
    assert timed_failure(client, get(server.url, deadline=DEADLINE)) == ("deadline", True)


def test_the_deadline_holds_while_the_server_does_not_read(client, serve):
    server = serve(lambda _sock, _number: server.stopping.wait(30))
    request = post(server.url, body=bytes(50_000_000), deadline=DEADLINE)
    assert timed_failure(client, request) == ("deadline", True)


def test_the_deadline_holds_in_the_tls_handshake(client, serve):
    def script(sock, _number):
        sock.recv(65536)
        server.drip(sock, b"\x16\x03\x03\x40\x00" + b"\x02" * 16384)

    server = serve(script)
    request = get(server.url.replace("http:", "https:"), deadline=DEADLINE)
    assert timed_failure(client, request) == ("deadline", False)


def test_the_deadline_holds_in_a_proxy_tunnel(make_client, serve):
    def script(sock, _number):
        server.read_head(sock)
        server.drip(sock, b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000)

    server = serve(script)
    client = make_client(proxy_url=server.url)
    assert timed_failure(client, get("https://calendar.example/", deadline=DEADLINE)) == ("deadline", False)


def test_the_deadline_holds_while_names_are_looked_up(make_client):
    hang = threading.Event()

    def lookup(_host, _port):
        hang.wait(30)
        raise socket.gaierror("never")

    client = make_client(resolver=Resolver(lookup))
    try:
        assert timed_failure(client, get("http://slow.example/", deadline=DEADLINE)) == ("deadline", False)
    finally:
        hang.set()


def test_a_client_works_on_after_a_deadline(client, serve):
    def script(sock, number):
        while server.read_head(sock):
            if number == 1:
                server.stopping.wait(30)
            sock.sendall(OK)

    server = serve(script)
    assert failure(client, get(server.url, deadline=0.1)) == ("deadline", True)
    assert client.send(get(server.url)).body == b"hi"


def test_tls_and_its_deadline(make_client, serve, authority):
    context, pem = authority

    def script(sock, _number):
        while server.read_head(sock):
            if len(server.heads) == 3:
                server.drip(sock, OK * 100)
            sock.sendall(OK)

    server = serve(script, tls=context)
    client = make_client(ca_file=str(pem))
    url = server.url.replace("http:", "https:")
    assert [client.send(get(url)).body for _ in range(2)] == [b"hi", b"hi"]
    assert timed_failure(client, get(url, deadline=DEADLINE)) == ("deadline", True)
    assert server.connections == 1


# ---- no connection --------------------------------------------------------------------------------------------------


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


def test_nobody_listens(client):
    assert failure(client, post(f"http://127.0.0.1:{free_port()}/")) == ("unreachable", False)
    assert failure(client, get(f"https://127.0.0.1:{free_port()}/")) == ("unreachable", False)


def test_no_such_name(make_client):
    def lookup(_host, _port):
        raise socket.gaierror("unknown")

    assert failure(make_client(resolver=Resolver(lookup)), get("http://x.example/")) == ("unreachable", False)


def test_a_second_address_is_tried(make_client, answering):
    server = answering(OK)
    loopback = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    dead = (*loopback, ("127.0.0.1", free_port()))
    client = make_client(resolver=Resolver(lambda _host, _port: [dead, (*loopback, server.address)]))
    assert client.send(get("http://two.example/")).body == b"hi"


def test_tls_to_a_plain_port_that_waits_for_more(client, answering):
    server = answering(OK)
    assert failure(client, get(server.url.replace("http:", "https:"), deadline=DEADLINE)) == ("deadline", False)


def test_tls_to_a_port_that_answers_in_plain(client, serve):
    def script(sock, _number):
        sock.recv(10)
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    assert failure(client, get(serve(script).url.replace("http:", "https:"))) == ("tls", False)


def test_an_authority_that_is_not_trusted(client, serve, authority):
    server = serve(lambda sock, _number: server.read_head(sock), tls=authority[0])
    assert failure(client, get(server.url.replace("http:", "https:"))) == ("tls", False)


def test_a_certificate_for_another_name(make_client, serve, authority):
    context, pem = authority
    server = serve(lambda sock, _number: server.read_head(sock), tls=context)
    loopback = (socket.AF_INET, socket.SOCK_STREAM, 6, "", server.address)
    client = make_client(resolver=Resolver(lambda _host, _port: [loopback]), ca_file=str(pem))
    assert failure(client, get("https://other.example/")) == ("tls", False)


def test_a_ca_file_that_cannot_be_used_is_named(tmp_path):
    missing = tmp_path / "ca.pem"
    with pytest.raises(ValueError, match=r"ca\.pem: cannot be read .*network\.ca_file"):
        tls_context(str(missing))
    missing.write_text("no certificate")
    with pytest.raises(ValueError, match=r"ca\.pem: cannot be read"):
        tls_context(str(missing))


def test_no_key_log_is_written(monkeypatch, tmp_path):
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    context = tls_context()
    assert context.keylog_filename is None
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_a_request_that_cannot_be_written_down(client, answering):
    url = answering(OK).url
    request = HttpRequest(method="GET", url=url, headers={"If-Match": "a\r\nHost: evil"}, deadline=5)
    assert failure(client, request)[0] == "protocol"
    assert failure(client, get("gopher://127.0.0.1/")) == ("protocol", False)


# ---- kept connections that went stale -------------------------------------------------------------------------------


def going_stale(serve, after=1):
    """A server that closes each connection upon its second request without a byte of an answer."""

    def script(sock, _number):
        for _ in range(after):
            server.read_head(sock)
            sock.sendall(OK)
        server.read_head(sock)

    server = serve(script)
    return server


def test_a_get_on_a_stale_connection_is_sent_anew(client, serve):
    server = going_stale(serve)
    assert client.send(get(server.url)).body == b"hi"
    assert client.send(get(server.url)).body == b"hi"
    assert (server.connections, len(server.heads)) == (2, 3)


def test_what_comes_unasked_is_not_taken_for_the_next_answer(client, serve):
    unasked = threading.Event()

    def script(sock, _number):
        while server.read_head(sock):
            sock.sendall(OK)
            if not unasked.is_set():
                sock.sendall(OK.replace(b"hi", b"no"))
                unasked.set()

    server = serve(script)
    client.send(get(server.url))
    assert unasked.wait(5)
    assert [client.send(get(server.url)).body for _ in range(2)] == [b"hi"] * 2


def test_an_answer_that_ends_its_connection_is_followed_by_a_new_one(client, answering):
    server = answering(OK.replace(b"X-Mixed: a", b"Connection: close"), close=True)
    assert [client.send(post(server.url)).body for _ in range(3)] == [b"hi"] * 3
    assert server.connections == 3


def test_connections_to_many_servers_are_not_all_kept(client, answering):
    servers = [answering(OK) for _ in range(10)]
    before = open_files()
    for server in servers:
        client.send(get(server.url))
    assert open_files() - before <= 2 * 8  # both ends are in this process


def test_a_get_is_sent_anew_once_only(client, serve):
    def script(sock, number):
        server.read_head(sock)
        if number == 1:
            sock.sendall(OK)
            server.read_head(sock)

    server = serve(script)
    client.send(get(server.url))
    assert failure(client, get(server.url)) == ("protocol", True)
    assert (server.connections, len(server.heads)) == (2, 3)


def test_a_patch_on_a_stale_connection_is_in_doubt(client, serve):
    server = going_stale(serve)
    client.send(get(server.url))
    request = HttpRequest(method="PATCH", url=server.url, body=b"{}", deadline=5)
    assert failure(client, request) == ("protocol", True)
    assert server.connections == 1


def test_a_get_that_had_begun_to_be_answered_is_not_sent_anew(client, serve):
    def script(sock, _number):
        server.read_head(sock)
        sock.sendall(OK)
        server.read_head(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")

    server = serve(script)
    client.send(get(server.url))
    assert failure(client, get(server.url)) == ("protocol", True)
    assert server.connections == 1


# ---- proxy ----------------------------------------------------------------------------------------------------------


def test_everything_goes_through_the_proxy_that_was_set(make_client, answering):
    proxy = answering(OK)
    client = make_client(proxy_url=proxy.url.replace("//", "//user:pass%21@"))
    assert client.send(get("http://calendar.example/path")).body == b"hi"
    assert proxy.heads[0].startswith(b"GET http://calendar.example/path HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic dXNlcjpwYXNzIQ==" in proxy.heads[0]


def test_tls_goes_through_a_tunnel_with_its_own_trust(make_client, serve, authority):
    context, pem = authority

    def script(sock, _number):
        server.read_head(sock)
        sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with context.wrap_socket(sock, server_side=True) as inner:
            server.read_head(inner)
            inner.sendall(OK)

    server = serve(script)
    client = make_client(proxy_url=server.url, ca_file=str(pem))
    assert client.send(get("https://127.0.0.1:9/path")).body == b"hi"
    assert server.heads[0].startswith(b"CONNECT 127.0.0.1:9 ")
    assert server.heads[1].startswith(b"GET /path ")


def test_a_proxy_that_refuses(make_client, answering):
    proxy = answering(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", close=True)
    client = make_client(proxy_url=proxy.url)
    assert failure(client, post("https://calendar.example/")) == ("unreachable", False)
