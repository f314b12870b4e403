"""Files that hold secrets: looked at before they are used, and read.

Owns: what such a file must be (a regular file, small, not empty, closed to everybody else).
Promises: errors name the file and the fix and never quote its content.
Does not: keep what it reads; who needs a secret reads it when it is needed, so that a reload sees a new one.
"""

from __future__ import annotations

import os
import shlex
import stat
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.domain.values import Secret
from hybridcal_daemon.shell.config_errors import BadValue

if TYPE_CHECKING:
    from pathlib import Path

_MOST: Final = 64 * 1024
_OTHERS: Final = stat.S_IRWXO
_WRITE: Final = stat.S_IWGRP


def read_secret(path: Path) -> Secret[str]:
    """Content of a secret file without white space around it; BadValue."""
    text = _read(path, private=True).strip()
    if not text:
        raise BadValue(f"{path} is empty")
    if "\n" in text or not text.isprintable():
        raise BadValue(f"{path} must hold one line: the secret and nothing else")
    return Secret(text)


def check_secret(path: Path) -> None:
    """Look whether ``read_secret`` would succeed; BadValue."""
    read_secret(path)


def read_service_account(path: Path) -> Secret[dict[str, str]]:
    """Read a service-account key file whose private key can be used; BadValue."""
    from hybridcal_daemon.adapters.google import KeyFileError, load_service_account  # noqa: PLC0415 - slow to import

    try:
        return Secret(load_service_account(path))
    except KeyFileError as error:
        raise BadValue(str(error)) from None


def read_source(path: Path) -> Secret[dict[str, Any]]:
    """Read a file of source credentials (keyless); BadValue."""
    from hybridcal_daemon.adapters.google import KeyFileError, load_source  # noqa: PLC0415 - slow to import

    try:
        return Secret(load_source(path))
    except KeyFileError as error:
        raise BadValue(str(error)) from None


def check_source(path: Path) -> None:
    """Look whether ``read_source`` would succeed; BadValue."""
    read_source(path)


def check_service_account(path: Path) -> None:
    """Look whether ``read_service_account`` would succeed; BadValue."""
    read_service_account(path)


def check_certificates(path: Path) -> None:
    """Look whether a file holds at least one PEM certificate; BadValue."""
    if "-----BEGIN CERTIFICATE-----" not in _read(path, private=False, most=_MOST * 64):
        raise BadValue(f"{path} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)")


def _read(path: Path, *, private: bool, most: int = _MOST) -> str:
    try:
        # O_NONBLOCK: a FIFO in the file's place must not hang the daemon.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            _check_mode(path, os.fstat(descriptor), private=private, most=most)
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                return file.read(most + 1).decode()
        finally:
            os.close(descriptor)
    except UnicodeDecodeError:
        raise BadValue(f"{path} is not text") from None
    except OSError as error:
        raise BadValue(f"{path} cannot be read: {error.strerror}") from None


def _check_mode(path: Path, found: os.stat_result, *, private: bool, most: int) -> None:
    mode = stat.S_IMODE(found.st_mode)
    if not stat.S_ISREG(found.st_mode):
        raise BadValue(f"{path} is not a regular file")
    if found.st_size > most:
        raise BadValue(f"{path} is larger than {most} bytes; is it the right file?")
    if private and mode & (_OTHERS | _WRITE):
        who = "everybody on this machine" if mode & _OTHERS else "its group"
        what = "read or changed" if mode & _OTHERS else "changed"
        fix = f"chmod {mode & ~(_OTHERS | _WRITE):04o} {shlex.quote(str(path))}"
        raise BadValue(f"{path} can be {what} by {who} (mode {mode:04o}); run: {fix}")
