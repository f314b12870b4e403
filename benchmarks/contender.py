"""Starts the naive script the way ``daemon.py`` starts the daemon."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.daemon import ROOT, service_account
from benchmarks.fake import bearer
from hybridcal_daemon.shell.stage import free_port

if TYPE_CHECKING:
    from benchmarks.load import World


class Naive:
    """``benchmarks/naive.py`` as a process that follows everybody in the world."""

    def __init__(self, directory: Path, world: World, journal: str) -> None:
        self.port = free_port()
        people = {calendar.address: bearer(calendar.user) for calendar in world.google.calendars}
        plan = {
            "google": world.url,
            "account": service_account(f"{world.url}/token"),
            "database": str(directory / "naive.db"),
            "log": str(directory / "naive.log"),
            "journal": journal,
            "port": self.port,
            "bearers": people,
        }
        self._plan = directory / "naive.json"
        self._plan.write_text(json.dumps(plan))
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it and wait until everybody is read and watched."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.naive", str(self._plan)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "ready\n":
            raise RuntimeError("the naive script did not start")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)
