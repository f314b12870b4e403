"""``hybridcal sandbox``: the stand-ins alone, until Ctrl-C.

Owns: starting and stopping them. Promises: loopback only. Does not: put anybody into them (their control interface
does: ``/sandbox/v1/``).
"""

from __future__ import annotations

import sys
import threading

from hybridcal_daemon.adapters.clock import SystemClock
from hybridcal_daemon.sandbox.google.service import GoogleSandbox
from hybridcal_daemon.sandbox.pushing import PushSender
from hybridcal_daemon.sandbox.server import ServedSandbox
from hybridcal_daemon.sandbox.webex import WebexSandbox


def main(*, google_port: int, webex_port: int, seed: int) -> int:
    """Serve until interrupted."""
    clock = SystemClock()
    sender = PushSender.start()
    google = GoogleSandbox(clock=clock, seed=seed, push=sender.send, allow_http_push=True)
    try:
        with (
            ServedSandbox.start(google, google_port) as one,
            ServedSandbox.start(WebexSandbox(clock=clock, seed=seed), webex_port) as two,
        ):
            sys.stdout.write(f"google {one.base_url}\nwebex  {two.base_url}\n")
            sys.stdout.write(f"What people and room devices see at Webex: {two.base_url}/\n")
            sys.stdout.write("Both are empty; fill them through /sandbox/v1/ (PUT users, POST people ...).\n")
            sys.stdout.flush()
            _until_interrupted()
    except OSError as error:
        sys.stderr.write(f"hybridcal: cannot listen on 127.0.0.1: {error.strerror or error}\n")
        return 1
    finally:
        sender.stop()
    return 0


def _until_interrupted() -> None:
    forever = threading.Event()
    try:
        while not forever.wait(1.0):
            pass
    except KeyboardInterrupt:
        pass
