"""Opening the sockets that the HTTP surfaces listen on.

Owns: TCP and Unix listeners, and the errors when one cannot be opened. Promises: a Unix socket is never open to more
people than meant, not even for a moment; one that a living daemon answers on is left alone; what was left by a dead
one is replaced. Does not: serve (``web.py`` does).
"""

from __future__ import annotations

import errno
import grp
import os
import socket
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from hybridcal_daemon.shell.config_kinds import Address

_MODE: Final = 0o660
_BACKLOG: Final = 128
_PATIENCE: Final = 1.0


class BindError(Exception):
    """A listener cannot be opened. The text names the setting, the reason and the fix."""


def tcp(setting: str, address: Address) -> socket.socket:
    """Open a listening TCP socket; BindError. ``setting`` is the name of the setting that the address came from."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise BindError(f"{setting}: cannot listen on {address}: {error.strerror}") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise BindError(f"{setting}: cannot listen on {address}: {error.strerror}{_hint(error, address)}") from None
    return listener


def _hint(error: OSError, address: Address) -> str:
    return {
        errno.EADDRINUSE: f"; another program listens there (see: ss -ltnp 'sport = :{address.port}')",
        errno.EACCES: "; ports below 1024 need a right that the daemon does not have: choose a higher one",
        errno.EADDRNOTAVAIL: "; no network interface of this machine has that address",
    }.get(error.errno or 0, "")


def unix(setting: str, path: Path, group: str) -> socket.socket:
    """Open a listening Unix socket, mode 0660 and owned by ``group`` if given; BindError."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _prepare(setting, path)
        os.fchmod(listener.fileno(), 0o600)  # what bind() makes takes this mode: closed until the group is right
        listener.bind(str(path))
        if group:
            os.chown(path, -1, grp.getgrnam(group).gr_gid)
        path.chmod(_MODE)
        listener.listen(_BACKLOG)
    except BindError:
        listener.close()
        raise
    except (OSError, KeyError) as error:
        listener.close()
        raise BindError(f"{setting}: cannot open {path}: {_reason(error, group)}") from None
    return listener


def release(path: Path) -> None:
    """Take a Unix socket's file away after it was closed, unless another daemon has put its own there."""
    with suppress(OSError):
        if stat.S_ISSOCK(path.lstat().st_mode) and not answers(path):
            path.unlink()


def answers(path: Path) -> bool:
    """Whether somebody listens on a Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_PATIENCE)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:
            return True  # a full queue or no permission: alive, as far as can be told
        return True


def _prepare(setting: str, path: Path) -> None:
    with suppress(FileExistsError):
        path.parent.mkdir(mode=0o750)
    if not path.is_symlink() and not path.exists():
        return
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise BindError(f"{setting}: {path} exists and is not a socket; move it away or set another path")
    if answers(path):
        raise BindError(f"{setting}: a daemon already answers on {path}; stop it first, or set another path")
    path.unlink()


def _reason(error: OSError | KeyError, group: str) -> str:
    if isinstance(error, KeyError):
        return f"there is no group {group}"
    if isinstance(error, PermissionError) and group:
        return f"{error.strerror}; the daemon's user must own the directory and be a member of group {group}"
    if isinstance(error, FileNotFoundError):
        return "the directory above it does not exist"
    return f"{error.strerror}"


def address_of(listener: socket.socket) -> str:
    """host:port or path of a bound socket."""
    name = listener.getsockname()
    if isinstance(name, tuple):
        host, port = name[0], name[1]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return str(name)
