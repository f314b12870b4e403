"""The receiver towards Google, probes, scanners and floods (google.md B.1, B.4)."""

import socket
from types import SimpleNamespace
from urllib.robotparser import RobotFileParser

import pytest
from push_kit import DEADLINE, ManualClock, RecordingDaemon, RecordingLog

from hybridcal_daemon.adapters.kms import ChannelTokens
from hybridcal_daemon.shell.config_kinds import Address
from hybridcal_daemon.shell.daemon import LocalDaemon
from hybridcal_daemon.shell.dropped import PAUSE, Dropped
from hybridcal_daemon.shell.endpoints import push_endpoint
from hybridcal_daemon.shell.web import Web
from hybridcal_daemon.shell.web_limits import Limits

GENUINE = {
    "X-Goog-Channel-ID": "u0001-abc",
    "X-Goog-Channel-Token": "t0ken",
    "X-Goog-Resource-ID": "res1",
    "X-Goog-Resource-State": "exists",
    "X-Goog-Message-Number": "7",
}
SMALL = Limits(keepalive=0.3, shutdown=0.5, lingering=0.3, body_deadline=0.3, threads=1)


class Listening:
    """The real web thread with the push receiver only."""

    def __init__(self, daemon):
        self.clock, self.log = ManualClock(), RecordingLog()
        self.daemon = daemon
        self.web = Web(clock=self.clock, log=self.log)
        self.web.start(daemon, [push_endpoint(Address("127.0.0.1", 0), SMALL)])
        self.log.lines.clear()
        self.port = int(self.web.address("push").rsplit(":", 1)[1])

    def raw(self, sent):
        """Everything that comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE) as peer:
            peer.sendall(sent)
            heard = bytearray()
            try:
                while chunk := peer.recv(65536):
                    heard += chunk
            except ConnectionResetError:
                pass
        return bytes(heard)

    def ask(self, line, headers=(), body=b""):
        """(status, body) of one request."""
        lines = [f"{line} HTTP/1.1", "Host: push.acme.example", "Connection: close", *headers]
        head, _, rest = self.raw("\r\n".join([*lines, "", ""]).encode() + body).partition(b"\r\n\r\n")
        return int(head.split()[1]), rest

    def post(self, notice, body=b""):
        headers = [f"{name}: {value}" for name, value in notice.items()]
        return self.ask("POST /google/push", [*headers, f"Content-Length: {len(body)}"], body)


@pytest.fixture
def listening():
    made = []

    def make(daemon=None):
        made.append(Listening(daemon or RecordingDaemon()))
        return made[-1]

    yield make
    for each in made:
        each.web.stop()


# ---- robots, probes, scanners ---------------------------------------------------------------------------------------


def test_googles_delivery_agent_is_welcome_by_any_group_of_robots_txt(listening):
    status, text = listening().ask("GET /robots.txt")
    rules = RobotFileParser()
    rules.parse(text.decode().splitlines())
    assert status == 200
    assert rules.can_fetch("APIs-Google", "https://push.acme.example/google/push")
    assert rules.can_fetch("Googlebot", "https://push.acme.example/google/push")
    assert not rules.can_fetch("Googlebot", "https://push.acme.example/anything")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_look_at_the_address_finds_somebody_at_home(listening, method):
    here = listening()
    assert here.ask(f"{method} /google/push") == (200, b"")
    assert here.log.lines == []


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("GET /", 404),
        ("GET /favicon.ico", 404),
        ("GET /.env", 404),
        ("GET /.git/config", 404),
        ("GET /google/push/", 404),
        ("GET /google/push/../../etc/passwd", 404),
        ("GET //google/push", 404),
        ("GET /%2e%2e/%2e%2e/etc/passwd", 404),
        ("GET /?q=%00%ff", 404),
        ("POST /wp-login.php", 404),
        ("TRACE /google/push", 405),
        ("OPTIONS /google/push", 405),
        ("PUT /google/push", 405),
        ("DELETE /google/push", 405),
        ("PROPFIND /", 404),
        ("GET http://elsewhere.example/", 404),
    ],
)
def test_whoever_looks_for_something_else_gets_an_empty_refusal_and_no_line(listening, caplog, line, status):
    here = listening()
    answer = here.ask(line, ["Cookie: marker=1", "X-Forwarded-For: 192.0.2.1"])
    assert answer == (status, b"")
    assert (here.log.lines, caplog.records) == ([], [])
    assert here.daemon.heard.empty()


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200 + b"\r\n\r\n",
        b"GET /\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n",
        b"CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example:443\r\n\r\n",
        b"GET /google/push HTTP/3.0\r\nHost: d\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: d\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST /google/push HTTP/1.1\r\nHost: d\r\nX-Marker: " + b"m" * 20_000 + b"\r\n\r\n",
        b"POST /google/push HTTP/1.1\r\nHost: d\r\n" + b"X-Many: 1\r\n" * 200 + b"\r\n",
    ],
)
def test_what_is_no_request_is_refused_without_an_echo_or_a_line(listening, caplog, sent):
    here = listening()
    head, _, body = here.raw(sent).partition(b"\r\n\r\n")
    assert head == b"" or head.split()[1] in {b"400", b"404", b"405"}
    assert body == b""
    assert (here.log.lines, caplog.records) == ([], [])
    assert here.daemon.heard.empty()


def test_after_all_that_a_notice_is_heard(listening):
    here = listening()
    for _ in range(30):
        here.raw(b"\x00\x01\x02\r\n\r\n")
    assert here.post(GENUINE) == (200, b"")
    assert here.daemon.next() == ("u0001-abc", "t0ken", "res1", False)


@pytest.mark.parametrize(
    "doubled", ["X-Goog-Channel-ID: u0002-abc", "x-goog-channel-token: other", "X-Goog-Resource-State: sync"]
)
def test_a_notice_with_a_doubled_header_is_not_believed(listening, doubled):
    here = listening()
    headers = [f"{name}: {value}" for name, value in GENUINE.items()]
    assert here.ask("POST /google/push", [*headers, doubled, "Content-Length: 0"]) == (200, b"")
    assert here.daemon.heard.empty()


def test_a_chunked_body_is_read_past(listening):
    here = listening()
    headers = [f"{name}: {value}" for name, value in GENUINE.items()]
    answer = here.ask("POST /google/push", [*headers, "Transfer-Encoding: chunked"], b"3\r\nabc\r\n0\r\n\r\n")
    assert answer == (200, b"")
    assert here.daemon.next()[0] == "u0001-abc"


def test_b1_a_notice_about_a_resource_that_is_gone_is_a_notice(listening):
    here = listening()
    here.post({**GENUINE, "X-Goog-Resource-State": "not_exists"})
    here.post({**GENUINE, "X-Goog-Resource-State": "sync"})
    assert [here.daemon.next()[3] for _ in range(2)] == [False, True]


@pytest.mark.parametrize("word", ["add", "update", "remove", "trash", "change"])
def test_b1_words_of_another_product_are_no_notice_of_a_calendar(listening, word):
    here = listening()
    assert here.post({**GENUINE, "X-Goog-Resource-State": word}) == (200, b"")
    assert here.daemon.heard.empty()


# ---- when nothing can be noted --------------------------------------------------------------------------------------


class Deaf(RecordingDaemon):
    """Has no keys, so that it can tell nobody's notice from a forged one."""

    def push(self, **_notice):
        return False


def test_b4_google_is_asked_to_come_again_only_while_nothing_can_be_noted(listening):
    here = listening(Deaf())
    assert here.post(GENUINE) == (503, b"")
    assert here.log.lines == []


# ---- floods ---------------------------------------------------------------------------------------------------------


def test_a_flood_of_requests_without_notices_is_one_line_a_minute(listening):
    here = listening()
    for _ in range(40):
        assert here.post({"X-Goog-Channel-ID": "x"}) == (200, b"")
    assert here.log.named("push.dropped") == [{"reason": "headers", "count": 1}]
    here.clock.push(PAUSE)
    here.post({})
    assert here.log.named("push.dropped")[1:] == [{"reason": "headers", "count": 40}]


def test_the_line_is_said_at_most_once_a_minute_and_nothing_is_left_out(clock, log):
    dropped = Dropped("token", clock, log)
    dropped.tell()
    assert log.lines == []
    for _ in range(600):
        dropped.add()
        clock.push(1.0)
    counts = [line["count"] for line in log.named("push.dropped")]
    assert counts == [1, *[60] * 9]
    dropped.tell()
    assert sum(line["count"] for line in log.named("push.dropped")) == 600


class System:
    """As much of the actors as a push needs."""

    def __init__(self, sealed=""):
        self.asker = SimpleNamespace(ask=None)
        self.vault = SimpleNamespace(sealed=sealed)
        self.told = []

    def tell_user(self, user, message):
        self.told.append((user, message))


def local(clock, log, sealed=""):
    tokens = ChannelTokens()
    if not sealed:
        tokens.use(bytearray(32))
    system = System(sealed)
    return system, tokens, LocalDaemon(system, clock, tokens, None, None, None, log)


def pushed(daemon, channel="u1-c", token="forged"):
    return daemon.push(channel_id=channel, token=token, resource_id="r", first=False)


def test_b4_a_flood_of_unknown_ids_is_one_line_a_minute(clock, log):
    system, tokens, daemon = local(clock, log)
    assert [pushed(daemon, f"u{number}-c") for number in range(1000)] == [True] * 1000
    assert log.named("push.dropped") == [{"reason": "token", "count": 1}]
    clock.push(PAUSE)
    assert pushed(daemon)
    assert log.named("push.dropped")[1:] == [{"reason": "token", "count": 1000}]
    assert system.told == []
    assert pushed(daemon, token=tokens.token("u1-c").reveal())
    assert [user for user, _ in system.told] == ["u1"]


def test_b4_without_keys_nothing_is_noted_and_nobody_is_called_a_forger(clock, log):
    system, _, daemon = local(clock, log, sealed="kms-sealed")
    assert not pushed(daemon)
    assert (system.told, log.lines) == ([], [])
