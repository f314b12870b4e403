"""Deadlines, look-ups, strict JSON, clock and chance."""

import socket
import threading

import msgspec
import pytest

from hybridcal_daemon.adapters.clock import SystemClock, SystemRandom
from hybridcal_daemon.adapters.http_deadline import Watchdog
from hybridcal_daemon.adapters.http_dns import Resolver
from hybridcal_daemon.adapters.http_json import BadJson, decode_json

# ---- deadlines ------------------------------------------------------------------------------------------------------


def test_a_watched_socket_is_cut_even_when_wrapped_anew(watchdog):
    left, right = socket.socketpair()
    with right, watchdog.start(0.05) as deadline:
        deadline.watch(left)
        with socket.socket(fileno=left.detach()) as other:  # as TLS does
            assert other.recv(1) == b""
        assert deadline.expired
        with pytest.raises(TimeoutError):
            deadline.watch(right)
        with pytest.raises(TimeoutError):
            deadline.remaining()


def test_a_deadline_that_is_over_cuts_nothing_any_more(watchdog):
    left, right = socket.socketpair()
    with left, right:
        with watchdog.start(0.05) as deadline:
            deadline.watch(left)
        with watchdog.start(0.1) as later:
            third, fourth = socket.socketpair()
            with third, fourth:
                later.watch(third)
                assert third.recv(1) == b""
        right.sendall(b"x")
        assert left.recv(1) == b"x"


def test_an_earlier_deadline_wakes_the_watchdog_earlier(watchdog):
    left, right = socket.socketpair()
    with left, right, watchdog.start(60), watchdog.start(0.05) as short:
        short.watch(left)
        assert left.recv(1) == b""


def test_one_thread_watches_all(watchdog):
    before = {thread.name for thread in threading.enumerate()}
    with watchdog.start(60), watchdog.start(60), watchdog.start(60):
        names = [thread.name for thread in threading.enumerate()]
    assert names.count("http-watchdog") - ("http-watchdog" in before) == 1


def test_a_closed_watchdog_refuses():
    dog = Watchdog()
    dog.close()
    with pytest.raises(RuntimeError, match="closed"):
        dog.start(1)


# ---- names ----------------------------------------------------------------------------------------------------------


def test_look_ups_of_one_name_share_one_thread():
    asked, go = [], threading.Event()

    def lookup(host, port):
        asked.append((host, port))
        go.wait(10)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", port))]

    resolver = Resolver(lookup)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            resolver.resolve("a.example", 80, 0.01)
    waiting = threading.Timer(0.05, go.set)
    waiting.start()
    assert resolver.resolve("a.example", 80, 10)[0][4] == ("192.0.2.1", 80)
    waiting.join()
    assert asked == [("a.example", 80)]
    resolver.resolve("a.example", 80, 10)
    assert len(asked) == 2


def test_literal_addresses_are_not_asked_for():
    resolver = Resolver(lambda _host, _port: pytest.fail("asked"))
    assert resolver.resolve("127.0.0.1", 80, 1)[0][4] == ("127.0.0.1", 80)
    assert resolver.resolve("::1", 80, 1)[0][4][:2] == ("::1", 80)


def test_a_name_that_cannot_be_encoded_is_no_name():
    def lookup(_host, _port):
        raise UnicodeError("label too long")

    with pytest.raises(OSError, match="no such name"):
        Resolver(lookup).resolve("x" * 70, 80, 10)


# ---- JSON -----------------------------------------------------------------------------------------------------------


class Item(msgspec.Struct):
    number: int = 0
    text: str = ""


def test_json_of_the_right_shape():
    assert decode_json(b'{"number": 7, "text": "\\u00e9", "new": [1]}', Item) == Item(7, "é")
    assert decode_json(msgspec.Raw(b'{"number": 7}'), Item) == Item(7)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"number": "7"}',
        b'{"number": NaN}',
        b'{"number": ' + b"9" * 1_000_000 + b"}",
        b'{"text": "\xff"}',
        b'{"text": "\\ud800"}',
        b'{"text": null}',
        b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"number": 7} {"number": 8}',
    ],
    ids=["empty", "html", "list", "type", "nan", "huge", "bytes", "surrogate", "null", "deep", "two"],
)
def test_json_of_any_other_kind_is_one_exception_without_content(body):
    with pytest.raises(BadJson) as caught:
        decode_json(body, Item)
    assert (caught.value.args, caught.value.__context__) == ((), None)


# ---- clock and chance -----------------------------------------------------------------------------------------------


def test_the_system_clock_goes_forward():
    clock = SystemClock()
    assert clock.now() > 1_700_000_000
    assert clock.monotonic() <= clock.monotonic()


def test_chance():
    chance = SystemRandom()
    assert len(chance.token(16)) == 32
    assert chance.token(16) != chance.token(16)
    assert int(chance.token(16), 16) >= 0
    assert 0 <= chance.unit() < 1
