"""``hybridcal demo``: a daemon, stand-ins for Google and Webex, and people who use them.

Owns: the show. Promises: every scene is checked, and the exit code is 0 only if each came true; nothing leaves this
machine; what was made is removed unless it is to be kept. Does not: fake a time (lead times are short settings).
"""

from __future__ import annotations

import signal
import sys
import threading
from datetime import datetime
from typing import Final

from hybridcal_daemon.shell.client import AdminError
from hybridcal_daemon.shell.demo_play import Play, SceneFailed
from hybridcal_daemon.shell.demo_scenes import SCENES
from hybridcal_daemon.shell.stage import Stage
from hybridcal_daemon.shell.stage_daemon import NotStarted
from hybridcal_daemon.shell.stage_people import Refused

_WIDE: Final = 88


class Show:
    """One performance, told line by line."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._play = Play(stage, self.tell)

    def tell(self, who: str, what: str, took: float | None) -> None:
        """Time, who, what, and how long from the change to the effect."""
        clock = datetime.fromtimestamp(self._stage.clock.now()).astimezone().strftime("%H:%M:%S")
        seconds = "" if took is None else f"{took:6.2f} s"
        sys.stdout.write(f"{clock}  {who:<7}{what:<{_WIDE}}{seconds}".rstrip() + "\n")
        sys.stdout.flush()

    def perform(self) -> list[str]:
        """Every scene in order; the failed ones by name. A scene that needs a failed one may fail with it."""
        failed = []
        for number, (title, scene) in enumerate(SCENES, 1):
            sys.stdout.write(f"\n{number}. {title}\n")
            try:
                scene(self._play)
            except (SceneFailed, NotStarted, Refused, AdminError, OSError, LookupError) as error:
                failed.append(title)
                sys.stdout.write(f"   FAILED: {error}\n")
        return failed


def main(*, once: bool, keep: bool) -> int:
    """Exit code 0 when every scene came true."""
    stage = Stage()
    try:
        return _perform(stage, once=once)
    except KeyboardInterrupt:
        return 130
    finally:
        stage.close(keep=keep)
        if keep:
            sys.stdout.write(f"kept: {stage.directory}\n")


def _perform(stage: Stage, *, once: bool) -> int:
    began = stage.clock.monotonic()
    _introduce(stage)
    try:
        took = stage.daemon.start()
    except NotStarted as error:
        sys.stdout.write(f"FAILED: {error}\n")
        return 1
    sys.stdout.write(f"daemon    started in {took:.1f} s, pid {stage.daemon.pid}\n")
    failed = Show(stage).perform()
    total = len(SCENES)
    _where(stage)
    took = stage.clock.monotonic() - began
    sys.stdout.write(f"{total - len(failed)} of {total} scenes passed in {took:.0f} s\n")
    if failed:
        sys.stdout.write(f"failed: {', '.join(failed)}\nthe daemon's log ends:\n{stage.daemon.tail()}\n")
    if not once:
        _stay()
    return 1 if failed else 0


def _introduce(stage: Stage) -> None:
    people = ", ".join(stage.people)
    sys.stdout.write(
        f"sandbox   everything below runs on 127.0.0.1; nothing leaves this machine; files in {stage.directory}\n"
        f"google    stand-in {stage.google_url}   people: {people} @acme.example\n"
        f"webex     stand-in {stage.webex_url}   site {stage.webex.world.site}\n"
    )


def _where(stage: Stage) -> None:
    alice = stage.people["alice"]
    sys.stdout.write(
        "\nLook around"
        f"\n  meetings list  curl -H 'Authorization: Bearer {alice.webex_token}' "
        f"'{stage.feed_url}/calendar/api/v1/calendarEvents'"
        f"\n  Webex          {stage.webex_url}/ shows what people and room devices see"
        f"\n  admin socket   hybridcal status --socket {stage.daemon.socket}"
        f"\n                 curl --unix-socket {stage.daemon.socket} http://d/v1/status\n\n"
    )


def _stay() -> None:
    sys.stdout.write("It stays up for looking around. Ctrl-C ends it and removes its files.\n")
    sys.stdout.flush()
    end = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: end.set())
    while not end.wait(1.0):
        pass
