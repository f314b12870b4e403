"""Daemons that begin their life as copies of a process which has loaded the program already.

Owns: the way the daemon is started, for tests that start it many times: loading is most of what a start costs, and is
not what is tested. Promises: each is a process of its own that runs ``hybridcal run``, and dies of SIGKILL as any.
Does not: replace what ``make crash`` does, which starts the program anew each time.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.shell.cli import main
from hybridcal_daemon.shell.stage_daemon import DaemonProcess, NotStarted

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess
    from pathlib import Path

_PATIENCE: Final = 30.0
_LOADED: Final = ("hybridcal_daemon.shell.app", "tests.crash.forked")


class ForkedDaemon(DaemonProcess):
    """``hybridcal run --config FILE`` as a copy."""

    _copy: ForkServerProcess | None = None

    @property
    def pid(self) -> int:
        """Process id of the present daemon."""
        if self._copy is None or self._copy.pid is None:
            raise NotStarted("no daemon was started")
        return self._copy.pid

    def launch(self) -> None:
        """Start without waiting."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(_LOADED))
        self._copy = context.Process(target=_run, args=(self._config, self._log, self.environment), daemon=True)
        self._copy.start()

    def is_over(self) -> bool:
        """Whether it was started and has ended."""
        return self._copy is not None and not self._copy.is_alive()

    def close(self) -> None:
        """Have no daemon."""
        if self._copy is not None and self._copy.is_alive():
            self.kill()

    def _end(self, number: int) -> int:
        if self._copy is None or self._copy.pid is None:
            return 0
        if self._copy.is_alive():
            os.kill(self._copy.pid, number)
        self._copy.join(_PATIENCE)
        code = self._copy.exitcode
        if code is None:
            raise TimeoutError(f"the daemon did not end within {_PATIENCE:g} s of signal {number}")
        return code


def _run(config: Path, log: Path, environment: dict[str, str]) -> None:
    """Be the daemon."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(written, 1)
    os.dup2(written, 2)
    os.environ.clear()
    os.environ.update(environment)
    main(["run", "--config", str(config)], prog_name="hybridcal")
