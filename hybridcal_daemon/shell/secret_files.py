"""Files that hold secrets: looked at before they are used, and read.

Owns: what such a file must be (a regular file, small, not empty, closed to everybody else) and the shape of a Google
service-account key. Promises: errors name the file and the fix and never quote its content.
Does not: keep what it reads; who needs a secret reads it when it is needed, so that a reload sees a new one.
"""

from __future__ import annotations

import os
import shlex
import stat
from typing import TYPE_CHECKING, Final

import msgspec

from hybridcal_daemon.domain.values import Secret
from hybridcal_daemon.shell.config_errors import BadValue

if TYPE_CHECKING:
    from pathlib import Path

_MOST: Final = 64 * 1024
_OTHERS: Final = stat.S_IRWXO
_WRITE: Final = stat.S_IWGRP


class ServiceAccount(msgspec.Struct, frozen=True):
    """The parts of a service-account key file that hybridcal uses (Google Cloud, "Service account keys")."""

    type: str
    client_id: str
    client_email: str
    private_key_id: str
    private_key: str

    def __repr__(self) -> str:
        """Say nothing of the content."""
        return "<ServiceAccount>"


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


def read_service_account(path: Path) -> Secret[ServiceAccount]:
    """Read a service-account key file whose private key can be used; BadValue."""
    account = _decode(path, _read(path, private=True))
    if account.type != "service_account":
        raise BadValue(f"{path} is not the key of a service account (its `type` is not service_account)")
    _check_key(path, account)
    return Secret(account)


def check_service_account(path: Path) -> None:
    """Look whether ``read_service_account`` would succeed; BadValue."""
    read_service_account(path)


def check_certificates(path: Path) -> None:
    """Look whether a file holds at least one PEM certificate; BadValue."""
    if "-----BEGIN CERTIFICATE-----" not in _read(path, private=False, most=_MOST * 64):
        raise BadValue(f"{path} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)")


def _decode(path: Path, text: str) -> ServiceAccount:
    if not text.strip():
        raise BadValue(f"{path} is empty")
    try:
        return msgspec.json.decode(text, type=ServiceAccount)
    except msgspec.ValidationError as error:
        raise BadValue(f"{path} is not a service-account key: {error}") from None
    except msgspec.DecodeError:
        raise BadValue(f"{path} is not JSON; download the key again as JSON from the Google Cloud console") from None


def _check_key(path: Path, account: ServiceAccount) -> None:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415 - slow to import
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - the same

    try:
        key = load_pem_private_key(account.private_key.encode(), password=None)
    except (ValueError, TypeError):  # what the library raises for text that is no key, or an encrypted one
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise BadValue(
            f"{path}: its private_key is damaged or not an RSA key; create a new key for the service account"
        )


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
