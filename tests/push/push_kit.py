"""Receivers on loopback, a recording daemon, and Google as the adapter sees it without sockets."""

import asyncio
import queue
import socketserver
import threading

from aiohttp import web

from hybridcal_daemon.adapters.google import GoogleCalendar, GoogleSettings
from hybridcal_daemon.domain.values import Instant, Secret
from hybridcal_daemon.sandbox.google.service import GoogleSandbox
from hybridcal_daemon.shell import webhook
from hybridcal_daemon.shell.log_events import misuse
from hybridcal_daemon.shell.web import Surface
from hybridcal_daemon.shell.web_limits import Blocking, Limits

DEADLINE = 30.0
START = 1_796_032_800.0  # Monday 2026-11-30T10:00:00Z
ALICE, BOB = "alice@acme.example", "bob@acme.example"
PUBLIC = "push.acme.example"
ADDRESS = f"https://{PUBLIC}/google/push"
WEEK = 7 * 86400


class ManualClock:
    def __init__(self, at=START):
        self.at = at

    def now(self):
        return Instant(self.at)

    def monotonic(self):
        return self.at

    def push(self, seconds):
        self.at += seconds


class RecordingLog:
    """Keeps lines; refuses what the table of events does not have."""

    def __init__(self):
        self.lines = []

    def emit(self, level, event, **fields):
        wrong = misuse(event, fields)
        assert not wrong, wrong
        self.lines.append((level, event, fields))

    def named(self, event):
        return [fields for _, name, fields in self.lines if name == event]


class RecordingDaemon:
    """What the receiver tells, in its order."""

    def __init__(self):
        self.heard = queue.Queue()

    def push(self, *, channel_id, token, resource_id, first):
        self.heard.put((channel_id, token, resource_id, first))
        return True

    def next(self):
        return self.heard.get(timeout=DEADLINE)


class TlsReceiver:
    """The daemon's own push application, behind TLS."""

    def __init__(self, identity, daemon, log, clock):
        self.log = log
        self._identity = identity
        limits = Limits()
        blocking = Blocking("push-test", limits)
        self._surface = Surface(daemon=daemon, clock=clock, log=log, limits=limits, blocking=blocking, address="push")
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._ready.wait(DEADLINE)

    def close(self):
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(DEADLINE)
        self._surface.blocking.close()

    def _run(self):
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self):
        runner = web.AppRunner(webhook.application(self._surface), access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        server = await self._loop.create_server(runner.server, "127.0.0.1", 0, ssl=self._identity.context())
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        async with asyncio.timeout(DEADLINE):
            await asyncio.gather(server.wait_closed(), self._close(server))  # it waits for each goodbye of TLS
        await runner.cleanup()

    @staticmethod
    async def _close(server):
        server.close()


class Scripted:
    """A receiver that answers with raw bytes, in order; with none left it says 200."""

    FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    def __init__(self, *answers, identity=None):
        self.got = queue.Queue()
        self.answers = list(answers)
        context = None if identity is None else identity.context()
        scripted = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                self.request.settimeout(DEADLINE)
                try:
                    if context is None:
                        scripted.serve(self.request)
                        return
                    with context.wrap_socket(self.request, server_side=True) as peer:
                        scripted.serve(peer)
                        peer.unwrap()
                except OSError:
                    pass

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def serve(self, peer):
        head = b""
        while b"\r\n\r\n" not in head:
            chunk = peer.recv(65536)
            if not chunk:
                return
            head += chunk
        self.got.put(head)
        peer.sendall(self.answers.pop(0) if self.answers else self.FINE)

    def url(self, host="127.0.0.1", scheme="http"):
        return f"{scheme}://{host}:{self.port}/google/push"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(DEADLINE)


class Direct:
    """``ports.HttpClient`` straight into the stand-in; ``spoil`` changes answers on their way."""

    def __init__(self, google):
        self.google = google
        self.asked = []
        self.spoil = lambda response: response

    def send(self, request):
        self.asked.append(request)
        return self.spoil(self.google.handle(request))


class Office:
    """A company's Google, Alice's adapter to it, and every push that leaves."""

    def __init__(self, clock, push=None, address=ADDRESS):
        self.clock = clock
        self.pushes = []
        self.google = GoogleSandbox(clock=clock, seed=3, push=push or self.pushes.append, short_pages=0.0)
        for person in (ALICE, BOB):
            self.google.add_user(person, timezone="Europe/Zurich")
        self.wire = Direct(self.google)
        self.calendar = GoogleCalendar(self.wire, GoogleSettings(push_url=address))

    def token(self, who=ALICE):
        return Secret(self.google.person_token(who))

    def watch(self, channel="channel-1", who=ALICE, ttl=WEEK, secret="secret"):
        return self.calendar.watch(self.token(who), "quota", channel_id=channel, channel_token=Secret(secret), ttl=ttl)

    def stop(self, channel="channel-1", resource="", who=ALICE):
        self.calendar.stop_channel(self.token(who), "quota", channel_id=channel, resource_id=resource)

    def edit(self, who=ALICE):
        body = {"start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"}}
        return self.google.create_event(who, body)["id"]

    def headers(self, name):
        return [push.headers.get(name) for push in self.pushes]

    def states(self):
        return self.headers("X-Goog-Resource-State")
