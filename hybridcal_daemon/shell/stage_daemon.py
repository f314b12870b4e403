"""A real daemon as a child process: started, watched, killed.

Owns: the process and its log. Promises: ``start`` returns when the admin socket answers, or raises with the last lines
of the log; whatever happens the process is gone after ``close``. Does not: share memory with the daemon.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.shell.client import AdminClient, Unreachable
from hybridcal_daemon.shell.environment import environment

if TYPE_CHECKING:
    from pathlib import Path

    from hybridcal_daemon.ports import Clock

_PATIENCE: Final = 30.0
_LOOK: Final = 0.02
_TAIL: Final = 3000


class NotStarted(Exception):  # noqa: N818 - told to whoever watches
    """The daemon did not come up; the text ends with what it wrote."""


class DaemonProcess:
    """``hybridcal run --config FILE`` as a child."""

    def __init__(self, config: Path, socket: Path, log: Path, clock: Clock) -> None:
        self._config = config
        self._log = log
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        self.socket = socket
        self.environment = dict(environment())
        self.admin = AdminClient(socket)

    @property
    def pid(self) -> int:
        """Process id of the present daemon."""
        if self._process is None:
            raise NotStarted("no daemon was started")
        return self._process.pid

    def launch(self) -> None:
        """Start without waiting."""
        command = [sys.executable, "-m", "hybridcal_daemon", "run", "--config", str(self._config)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment
            )

    def start(self) -> float:
        """Start and wait until it serves; gives the seconds it took. NotStarted."""
        began = self._clock.monotonic()
        self.launch()
        self.wait_ready()
        return self._clock.monotonic() - began

    def wait_ready(self) -> None:
        """Wait until the admin socket answers. NotStarted."""
        end = self._clock.monotonic() + _PATIENCE
        pause = threading.Event()
        while self._clock.monotonic() < end:
            if self.is_over():
                break
            try:
                self.admin.status()
            except Unreachable:
                pause.wait(_LOOK)
            else:
                return
        raise NotStarted(f"the daemon did not come up:\n{self.tail()}")

    def is_over(self) -> bool:
        """Whether it was started and has ended."""
        return self._process is not None and self._process.poll() is not None

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        self._end(signal.SIGKILL)

    def terminate(self) -> int:
        """SIGTERM; gives the exit code."""
        return self._end(signal.SIGTERM)

    def signal(self, number: int) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def close(self) -> None:
        """Have no daemon."""
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def tail(self) -> str:
        """The last lines of its log."""
        return self._log.read_text(errors="replace")[-_TAIL:] if self._log.exists() else "(no log)"

    def _end(self, number: int) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(number)
        return self._process.wait(_PATIENCE)
