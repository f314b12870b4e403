"""The delivery agent: who is delivered to, what is tried again, what is dropped (google.md B.1)."""

import time
from pathlib import Path

import pytest
from push_kit import DEADLINE, PUBLIC

from hybridcal_daemon.ports import HttpRequest
from hybridcal_daemon.sandbox.certificates import Authority, self_signed
from hybridcal_daemon.sandbox.late import LateRequest


def message(url, **headers):
    return HttpRequest(method="POST", url=url, headers=headers, body=b"")


def answered(status):
    return f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode()


def delivered(sender, request):
    sender.send(request)
    assert sender.wait_idle(DEADLINE)
    return sender.accepted, sender.retried, sender.dropped


def test_a_certified_receiver_is_delivered_to(scripted, sending, authority, identity):
    receiver = scripted(identity=identity)
    sender = sending(trust=authority.trust())
    request = message(receiver.url(PUBLIC, "https"), **{"X-Goog-Channel-ID": "c1"})
    assert delivered(sender, request) == (1, 0, 0)
    head = receiver.got.get(timeout=DEADLINE).decode().split("\r\n")
    assert head[0] == "POST /google/push HTTP/1.1"
    assert {f"Host: {PUBLIC}:{receiver.port}", "X-Goog-Channel-ID: c1", "Content-Length: 0"} <= set(head)


def test_the_authority_can_come_from_a_file(scripted, sending, authority, identity, tmp_path):
    receiver = scripted(identity=identity)
    sender = sending(ca_file=authority.write(tmp_path / "ca.pem"))
    assert delivered(sender, message(receiver.url(PUBLIC, "https"))) == (1, 0, 0)


def test_an_address_can_be_certified_too(scripted, sending, authority):
    receiver = scripted(identity=authority.issue("127.0.0.1"))
    assert delivered(sending(trust=authority.trust()), message(receiver.url(scheme="https"))) == (1, 0, 0)


def self_made(now, _authority):
    return self_signed(now, PUBLIC)


def of_an_unknown_authority(now, _authority):
    return Authority.make(now).issue(PUBLIC)


def for_another_name(_now, authority):
    return authority.issue("www.acme.example", "acme.example", "127.0.0.1")


@pytest.mark.parametrize("flawed", [self_made, of_an_unknown_authority, for_another_name])
def test_a_receiver_that_cannot_prove_its_name_is_never_told(scripted, sending, authority, flawed):
    receiver = scripted(identity=flawed(time.time(), authority))
    sender = sending(trust=authority.trust())
    assert delivered(sender, message(receiver.url(PUBLIC, "https"))) == (0, 0, 1)
    assert sender.reasons == {"certificate": 1}
    assert receiver.got.empty()


def test_an_outdated_certificate_is_none(scripted, sending):
    old = Authority.make(time.time() - 3 * 86400)
    receiver = scripted(identity=old.issue(PUBLIC))
    sender = sending(trust=old.trust())
    assert delivered(sender, message(receiver.url(PUBLIC, "https"))) == (0, 0, 1)
    assert sender.reasons == {"certificate": 1}


def test_a_receiver_without_tls_behind_a_https_address_is_not_told(scripted, sending, authority):
    receiver = scripted()
    receiver.serve = lambda peer: peer.sendall(answered(400))
    sender = sending(trust=authority.trust())
    assert delivered(sender, message(receiver.url(PUBLIC, "https"))) == (0, 0, 1)
    assert sender.reasons == {"certificate": 1}


def test_by_default_only_public_authorities_count(scripted, sending, identity):
    receiver = scripted(identity=identity)
    sender = sending()
    assert delivered(sender, message(receiver.url(PUBLIC, "https"))) == (0, 0, 1)
    assert sender.reasons == {"certificate": 1}


def test_a_missing_ca_file_is_told_at_once(sending):
    with pytest.raises(FileNotFoundError):
        sending(ca_file=Path("/nowhere/ca.pem"))


def test_plain_http_goes_to_loopback_only(scripted, sending):
    receiver = scripted()
    sender = sending()
    assert delivered(sender, message(receiver.url())) == (1, 0, 0)
    assert delivered(sender, message(receiver.url("localhost"))) == (2, 0, 0)
    assert delivered(sender, message(receiver.url(PUBLIC))) == (2, 0, 1)
    assert sender.reasons == {"plain-http": 1}
    assert receiver.got.qsize() == 2


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_what_counts_as_heard(scripted, sending, status):
    receiver = scripted(answered(status))
    assert delivered(sending(), message(receiver.url())) == (1, 0, 0)


def test_processing_counts_as_heard_without_waiting_for_more(scripted, sending):
    receiver = scripted(b"HTTP/1.1 102 Processing\r\n\r\n")
    assert delivered(sending(), message(receiver.url())) == (1, 0, 0)


def test_other_interim_answers_are_waited_through(scripted, sending):
    receiver = scripted(b"HTTP/1.1 103 Early Hints\r\n\r\n" + answered(404))
    assert delivered(sending(), message(receiver.url())) == (0, 0, 1)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_what_is_tried_again(scripted, sending, status):
    receiver = scripted(answered(status), answered(status))
    assert delivered(sending(), message(receiver.url())) == (1, 2, 0)
    assert receiver.got.qsize() == 3


@pytest.mark.parametrize("status", [203, 301, 302, 307, 308, 400, 401, 403, 404, 405, 408, 410, 413, 429, 501, 505])
def test_what_is_dropped(scripted, sending, status):
    moved = f"HTTP/1.1 {status} X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n".encode()
    receiver = scripted(moved)
    sender = sending()
    assert delivered(sender, message(receiver.url())) == (0, 0, 1)
    assert (receiver.got.qsize(), dict(sender.reasons)) == (1, {f"status-{status}": 1})


def test_repeats_wait_longer_each_time(scripted, sending):
    receiver = scripted(*[answered(503)] * 3)
    sender = sending(first_delay=0.02)
    began = time.monotonic()
    assert delivered(sender, message(receiver.url())) == (1, 3, 0)
    assert time.monotonic() - began >= 0.02 + 0.04 + 0.08


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200", b"x" * 200_000]
)
def test_an_answer_that_is_none_drops_the_message(scripted, sending, answer):
    receiver = scripted(answer)
    sender = sending()
    assert delivered(sender, message(receiver.url())) == (0, 0, 1)
    assert sum(sender.reasons.values()) == 1


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "https://[::1", "https://127.0.0.1:99999/x", "//x", ""])
def test_an_address_that_is_none_drops_the_message(sending, url):
    assert delivered(sending(), message(url)) == (0, 0, 1)


def test_a_receiver_that_hangs_loses_the_message(scripted, sending):
    receiver = scripted(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2 + b"HTTP/1.1 ", identity=None)
    receiver.serve = lambda _peer: receiver.got.get(timeout=DEADLINE)
    sender = sending(timeout=0.05)
    assert delivered(sender, message(receiver.url())) == (0, 0, 1)
    assert sender.reasons == {"time-out": 1}
    receiver.got.put(b"")


def test_a_late_message_is_late(scripted, sending):
    receiver = scripted()
    sender = sending()
    began = time.monotonic()
    sender.send(LateRequest(method="POST", url=receiver.url(), headers={}, body=b"late", delay=0.15))
    assert delivered(sender, message(receiver.url())) == (2, 0, 0)
    assert time.monotonic() - began >= 0.15
    first, second = receiver.got.get_nowait(), receiver.got.get_nowait()
    assert (b"late" in first, b"late" in second) == (False, True)


def test_an_identity_does_not_show_its_key(identity):
    assert repr(identity) == "<Identity>"
    assert identity.key.startswith(b"-----BEGIN PRIVATE KEY-----")


def test_a_certificate_for_nobody_is_refused(authority):
    with pytest.raises(ValueError, match="at least one"):
        authority.issue()
    with pytest.raises(ValueError, match="at least one"):
        self_signed(time.time())
