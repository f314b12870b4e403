"""The service account's key file.

Owns: reading it and saying what is wrong with it. Promises: errors name the file and the fix and quote nothing of the
content; a file that everybody on the machine can read is refused, because it opens every mailbox of the domain.
Does not: sign (``tokens.py``).
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any, Final, cast

from google.auth.exceptions import GoogleAuthError
from google.oauth2 import service_account

from hybridcal_daemon.adapters.http_json import BadJson, decode_json

_MOST: Final = 64 * 1024
_NEEDED: Final = ("client_email", "client_id", "private_key", "private_key_id", "token_uri")
_CONSOLE: Final = "Google Cloud console > IAM & Admin > Service Accounts > Keys > Add key > JSON"


class KeyFileError(Exception):
    """The key cannot be used; the message is a sentence for the operator."""


def load_service_account(path: str | os.PathLike[str]) -> dict[str, str]:
    """Read a service-account key file, as ``ServiceAccountMinter`` takes it. KeyFileError."""
    file = Path(path)
    return checked_account(file, read_object(file))


def read_object(file: Path) -> dict[str, Any]:
    """Read a JSON object from a file that is closed to others. KeyFileError."""
    return _decoded(file, _content(file))


def checked_account(file: Path, info: dict[str, Any]) -> dict[str, str]:
    """Look whether what was read from ``file`` is a service account's key that can be used. KeyFileError."""
    if info.get("type") != "service_account":
        raise KeyFileError(f"{file} is {_kind(info)}, not the key of a service account; make one: {_CONSOLE}")
    missing = [name for name in _NEEDED if not isinstance(info.get(name), str) or not info[name]]
    if missing:
        raise KeyFileError(f"{file} lacks {', '.join(missing)}; download the key again: {_CONSOLE}")
    if _unusable(info):
        raise KeyFileError(f"{file} holds no usable private key (damaged in copying?); make a new one: {_CONSOLE}")
    return {name: value for name, value in info.items() if isinstance(value, str)}


def credentials(info: dict[str, str]) -> service_account.Credentials:
    """Make google-auth's credentials: parses the RSA key, some 35 ms. ValueError, GoogleAuthError."""
    make = service_account.Credentials.from_service_account_info
    return cast("service_account.Credentials", make(info))  # type: ignore[no-untyped-call]


def _content(file: Path) -> bytes:
    """Read the file through one descriptor, so that what was checked is what is read (and a pipe does not block)."""
    try:
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
            _check(file, stream.fileno())
            return stream.read(_MOST + 1)
    except FileNotFoundError:
        raise KeyFileError(f"{file} does not exist; put the service account's JSON key there: {_CONSOLE}") from None
    except IsADirectoryError:
        raise KeyFileError(f"{file} is a directory; name the JSON key file in it") from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise KeyFileError(f"{file} cannot be read ({why}); let the daemon's user own it, mode 0600") from None


def _check(file: Path, descriptor: int) -> None:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise KeyFileError(f"{file} is not a regular file")
    if status.st_mode & (stat.S_IRWXO | stat.S_IWGRP):
        mode = stat.S_IMODE(status.st_mode)
        raise KeyFileError(f"{file} has mode {mode:04o}: others than its owner can get at it; chmod 600 {file}")


def _decoded(file: Path, content: bytes) -> dict[str, Any]:
    if len(content) > _MOST:
        raise KeyFileError(f"{file} is larger than {_MOST} bytes, so it is no key; download it again: {_CONSOLE}")
    if not content.strip():
        raise KeyFileError(f"{file} is empty; download the key again: {_CONSOLE}")
    try:
        return decode_json(content, dict)
    except BadJson:
        raise KeyFileError(f"{file} is not a JSON object; download the key again as JSON: {_CONSOLE}") from None


def _kind(info: dict[str, Any]) -> str:
    if "installed" in info or "web" in info:
        return "an OAuth client file"
    return "a user's credentials file" if info.get("type") == "authorized_user" else "some other JSON file"


def _unusable(info: dict[str, Any]) -> bool:
    try:
        credentials(info)
    except (ValueError, TypeError, GoogleAuthError):  # what google-auth and cryptography raise for such keys
        return True
    return False
