"""The state directory: private, and used by one daemon at a time.

Owns: its mode, the database file's mode, and the lock file ``hybridcal.lock``. Promises: a second daemon is refused
with the first one's process id; the lock goes with the process, however it ends; what others may enter or read is
refused, not silently repaired. Does not: touch the process's umask (files are made with their final mode).
"""

from __future__ import annotations

import fcntl
import os
import stat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

LOCK: Final = "hybridcal.lock"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_LONGEST_PID: Final = 32


class StateRefused(Exception):  # noqa: N818 - an answer to the operator, who must act
    """The state cannot be used as it is; the message says what, where, and what to do."""


class StateLocked(StateRefused):
    """Another process uses the state directory."""


class StateUnsafe(StateRefused):
    """Others than the owner may enter the directory or read the database."""


class StateForeign(StateRefused):
    """The file is a database, but not one that this program can read: another program's, or a newer version's."""


class StateDirectory:
    """Claims a directory for this process until :meth:`release`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock: int | None = None

    def claim(self) -> None:
        """Make the directory (0700) when missing, check it, lock it. StateUnsafe, StateLocked, OSError."""
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_others(self._path, "700")
        self._lock = _locked(self._path)

    def release(self) -> None:
        """Let the next one in. The lock file stays: removing it would let two in."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def refuse_others(path: Path, wanted: str) -> None:
    """StateUnsafe when group or others have any right."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & _OTHERS:
        raise StateUnsafe(f"{path} has mode {mode:o}, so others than its owner may use it: chmod {wanted} {path}")


def touch_private(path: Path) -> None:
    """Make an empty file of mode 0600 unless there is one, and its directory entry durable; check its mode."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        refuse_others(path, "600")
        return
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _locked(directory: Path) -> int:
    lock = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    except BlockingIOError:
        holder = os.pread(lock, _LONGEST_PID, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(lock)
        raise StateLocked(
            f"{directory} is in use by process {holder}: stop that one first, or give this daemon its own directory"
        ) from None
    except BaseException:
        os.close(lock)
        raise
    return lock
