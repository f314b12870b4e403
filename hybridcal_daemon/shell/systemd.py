"""What the daemon tells systemd.

Owns: the notify protocol of sd_notify(3) over its datagram socket, and the watchdog's interval. Promises: without
``NOTIFY_SOCKET`` every call does nothing; a manager that does not listen never disturbs the daemon.
Does not: decide when the daemon is ready or well (``app.py`` does, by evidence).
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Notifier:
    """Sends states to the service manager."""

    def __init__(self, env: Mapping[str, str]) -> None:
        path = env.get("NOTIFY_SOCKET", "")
        self._address = "\0" + path[1:] if path.startswith("@") else path  # "@": Linux's abstract name space
        self._watchdog = _watchdog(env)

    @property
    def watchdog_interval(self) -> float | None:
        """Seconds between two feedings: half of what systemd waits (sd_watchdog_enabled(3)); None when it is off."""
        return self._watchdog

    def ready(self, status: str = "") -> None:
        """Say that start-up, or a reload (also one that was refused), is over."""
        self._send("READY=1", *_status(status))

    def reloading(self, monotonic: float) -> None:
        """Say that a reload begins; ``monotonic``: CLOCK_MONOTONIC now, in seconds. ``ready`` must follow."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={int(monotonic * 1_000_000)}")

    def stopping(self, status: str = "") -> None:
        """Say that the daemon is going down."""
        self._send("STOPPING=1", *_status(status))

    def status(self, status: str) -> None:
        """Show one line in ``systemctl status``."""
        self._send(*_status(status))

    def watchdog(self) -> None:
        """Feed the watchdog."""
        self._send("WATCHDOG=1")

    def extend_timeout(self, seconds: float) -> None:
        """Ask for this much more time for starting or stopping."""
        self._send(f"EXTEND_TIMEOUT_USEC={int(seconds * 1_000_000)}")

    def _send(self, *lines: str) -> None:
        if not self._address or not lines:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notify:
            notify.settimeout(0)  # a manager that does not read must not hold the main thread
            notify.sendto("\n".join(lines).encode(), self._address)


def _status(text: str) -> tuple[str, ...]:
    return (f"STATUS={' '.join(text.split())}",) if text else ()


def _watchdog(env: Mapping[str, str]) -> float | None:
    try:
        microseconds = int(env.get("WATCHDOG_USEC", "0"))
        process = int(env.get("WATCHDOG_PID", "0"))
    except ValueError:
        return None
    meant = process in {0, os.getpid()}
    return microseconds / 2_000_000 if microseconds > 0 and meant else None
