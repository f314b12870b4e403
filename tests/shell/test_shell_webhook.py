import socket
import threading

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from hybridcal_daemon.shell.webhook import notice

GENUINE = {
    "X-Goog-Channel-ID": "u0001-abc",
    "X-Goog-Channel-Token": "t0ken",
    "X-Goog-Resource-ID": "res1",
    "X-Goog-Resource-State": "exists",
    "X-Goog-Message-Number": "7",
}
UNIFORM = (200, b"")


def request(headers, body=b"", *, target="/google/push", length=None):
    size = len(body) if length is None else length
    lines = [f"POST {target} HTTP/1.1", "Host: push.acme.example", "Connection: close", f"Content-Length: {size}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answer(running, kit, raw):
    found = kit.Answer(running.send("push", raw))
    return found.status, found.body


def test_a_genuine_notice_reaches_the_daemon(running, kit, daemon):
    assert answer(running, kit, request(GENUINE)) == UNIFORM
    assert daemon.pushes == [("u0001-abc", "t0ken", "res1", False)]


def test_the_first_notice_of_a_channel_is_marked(running, kit, daemon):
    assert answer(running, kit, request({**GENUINE, "X-Goog-Resource-State": "sync"})) == UNIFORM
    assert daemon.pushes == [("u0001-abc", "t0ken", "res1", True)]


def test_a_small_body_is_thrown_away(running, kit, daemon):
    assert answer(running, kit, request(GENUINE, b"x" * 65536)) == UNIFORM
    assert len(daemon.pushes) == 1


@pytest.mark.parametrize(
    "missing", ["X-Goog-Channel-ID", "X-Goog-Channel-Token", "X-Goog-Resource-ID", "X-Goog-Resource-State"]
)
def test_an_incomplete_notice_gets_the_same_answer_and_is_dropped(running, kit, daemon, missing):
    assert answer(running, kit, request({k: v for k, v in GENUINE.items() if k != missing})) == UNIFORM
    assert daemon.pushes == []


@pytest.mark.parametrize(
    "spoiled",
    [
        {"X-Goog-Resource-State": "gone"},
        {"X-Goog-Channel-ID": "with space"},
        {"X-Goog-Channel-Token": "t" * 257},
        {"X-Goog-Channel-ID": "ümlaut"},
        {"X-Goog-Resource-ID": ""},
    ],
)
def test_a_misshapen_notice_gets_the_same_answer_and_is_dropped(running, kit, daemon, spoiled):
    assert answer(running, kit, request({**GENUINE, **spoiled})) == UNIFORM
    assert daemon.pushes == []


def test_a_doubled_header_is_not_believed():
    double = CIMultiDictProxy(CIMultiDict([*GENUINE.items(), ("x-goog-channel-token", "other")]))
    assert notice(double) is None
    one = notice(CIMultiDictProxy(CIMultiDict(GENUINE)))
    assert one is not None
    assert "t0ken" not in repr(one)


def test_a_body_of_5_mb_gets_the_same_answer_and_is_dropped(running, kit, daemon):
    assert answer(running, kit, request(GENUINE, b"x" * 5_000_000)) == UNIFORM
    assert daemon.pushes == []


def test_a_chunked_body_without_end_gets_the_same_answer_and_is_dropped(running, kit, daemon):
    head = b"POST /google/push HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n"
    head += b"".join(f"{name}: {value}\r\n".encode() for name, value in GENUINE.items())
    with running.connect("push") as peer:
        peer.sendall(head + b"\r\n")
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        sender = threading.Thread(target=push_until_closed, args=(peer, chunk))
        sender.start()
        found = kit.Answer(kit.read_all(peer))
        sender.join(10)
    assert (found.status, found.body) == UNIFORM
    assert daemon.pushes == []


def push_until_closed(peer, chunk):
    try:
        for _ in range(10_000):
            peer.sendall(chunk)
    except OSError:
        pass


def test_a_slow_body_gets_the_same_answer_after_the_deadline(running, kit, daemon):
    with running.connect("push") as peer:
        peer.sendall(request(GENUINE, b"x", length=1000))
        found = kit.Answer(kit.read_all(peer))  # ends because the server closes
    assert (found.status, found.body) == UNIFORM
    assert daemon.pushes == []


def test_a_fault_behind_the_receiver_shows_nothing_but_that_google_should_come_again(running, kit, daemon, log):
    daemon.push_fault = RuntimeError("marker text")
    assert answer(running, kit, request(GENUINE)) == (503, b"")
    (line,) = log.named("web.failed")
    assert line["site"] == "push"
    assert line["trace"].startswith("RuntimeError@shell/shell_fakes.py:")
    assert "marker" not in line["trace"]


def test_probes_are_answered(running):
    assert running.get("push", "/google/push").status == 200
    assert running.get("push", "/google/push", "HEAD").status == 200
    nowhere = running.get("push", "/")
    assert (nowhere.status, nowhere.body) == (404, b"")
    assert running.get("push", "/google/push", "DELETE").status == 405
    assert running.get("push", "/robots.txt").body.startswith(b"User-agent: APIs-Google\nAllow: /\n")


def test_smuggling_shapes_are_refused_and_close_the_connection(running, kit, daemon):
    head = b"POST /google/push HTTP/1.1\r\nHost: d\r\n"
    inner = b"POST /google/push HTTP/1.1\r\nHost: d\r\n\r\n"
    shapes = [
        head + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
        head + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\n" + inner,
        head + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" + inner,
        head + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + inner,
        head + b"Content-Length: +5\r\n\r\n" + inner,
        head.replace(b"\r\n", b"\n") + b"\n" + inner,
    ]
    for shape in shapes:
        found = kit.Answer(running.send("push", shape))
        assert (found.status, found.body) == (400, b""), shape
        assert found.raw.count(b"HTTP/1.") == 1, shape
    assert daemon.pushes == []


def test_huge_headers_are_refused_without_an_echo(running, kit, log):
    found = kit.Answer(running.send("push", request({**GENUINE, "X-Marker": "m" * 20_000})))
    assert (found.status, found.body) == (400, b"")
    many = {f"X-{number}": "v" for number in range(100)}
    found = kit.Answer(running.send("push", request(many)))
    assert (found.status, found.body) == (400, b"")
    assert log.named("web.failed") == []


def test_slow_headers_are_cut_and_do_not_keep_others_out(running, kit, daemon):
    slow = [running.connect("push") for _ in range(60)]
    try:
        for peer in slow:
            peer.sendall(b"POST /google/push HTTP/1.1\r\nHost: d\r\nX-Slow: ")
        assert answer(running, kit, request(GENUINE)) == UNIFORM
        assert [kit.read_all(peer) for peer in slow] == [b""] * 60  # closed by the server
    finally:
        for peer in slow:
            peer.close()
    assert len(daemon.pushes) == 1


def test_a_client_that_leaves_disturbs_nobody(running, kit):
    peer = running.connect("push")
    peer.sendall(request(GENUINE, b"x", length=1000))
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # reset instead of a polite end
    peer.close()
    assert answer(running, kit, request(GENUINE)) == UNIFORM


@pytest.mark.parametrize(
    ("expect", "size", "goes_on"), [("100-continue", 3, True), ("100-continue", 70_000, False), ("marker", 3, False)]
)
def test_expectations_are_met_or_ignored(running, expect, size, goes_on):
    with running.connect("push") as peer:
        peer.sendall(request({**GENUINE, "Expect": expect}, length=size))
        if goes_on:
            assert peer.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        peer.sendall(b"x" * 3)
        assert peer.recv(100).startswith(b"HTTP/1.1 200 OK\r\n")
