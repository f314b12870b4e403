"""The local keyring: a file with the key-encryption keys, and the ``KeyService`` made of it.

Owns: the file (JSON: format version, id of the active key, 256-bit keys in base64) and wrapping with the active key.
Promises: the file is made only by :meth:`LocalKeyring.create`, whole or not at all, mode 0600; it is refused while
others than its owner may read it; key bytes are never ``str``. Blobs name their key, so older keys in the file still
unwrap. Does not: know users, or decide whether a new keyring may be made (``vault.py`` does).
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

import msgspec

from hybridcal_daemon.adapters.kms.aead import (
    KEY_BYTES,
    KEY_ID_BYTES,
    BlobKey,
    fresh_key,
    key_id_of,
    random_bytes,
    wipe,
)
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Secret

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = 1
LARGEST: Final = 1024 * 1024
"""Bytes; a bigger file is no keyring."""

_PURPOSE: Final = b"wrap"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """The file's content. ``keys``: key id (8 hex digits) to key; msgspec turns base64 into bytearrays directly."""

    format: int
    active: str
    keys: dict[str, bytearray]

    def __repr__(self) -> str:
        return "<keyring file>"


def sealed(code: str) -> CallError:
    """Make the answer of a key service that has no key to serve with."""
    return CallError(Kind.SEALED, code)


class LocalKeyring:
    """KeyService over a keyring file. Not open until :meth:`open`; used by one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: dict[bytes, BlobKey] = {}
        self._active: BlobKey | None = None

    def __repr__(self) -> str:
        return "<LocalKeyring>"

    def create(self) -> None:
        """Make the file with one new key; FileExistsError when there is one. CallError SEALED when it can't be written.

        Written beside its place and linked into it: after a crash there is a whole keyring or none.
        """
        draft = self._path.with_name(f".{self._path.name}.new")
        try:
            draft.unlink(missing_ok=True)
            try:
                _write_new(draft)
                os.link(draft, self._path)
            finally:
                draft.unlink(missing_ok=True)
            _sync_directory(self._path.parent)
        except FileExistsError:
            raise
        except OSError:
            raise sealed("kms-keyring-unreadable") from None

    def open(self) -> None:
        """Read the file, or read it again. CallError SEALED: kms-keyring-missing, -unreadable or -exposed."""
        self.close()
        content = _read(self._path)
        try:
            keys = {bytes.fromhex(name): key for name, key in content.keys.items()}
            active = bytes.fromhex(content.active)
            _check(content, keys, active)
            self._keys = {key_id: BlobKey(key, key_id, _PURPOSE) for key_id, key in keys.items()}
            self._active = self._keys[active]
        except ValueError:
            raise sealed("kms-keyring-unreadable") from None
        finally:
            for key in content.keys.values():
                wipe(key)

    def close(self) -> None:
        """Forget the keys."""
        self._keys = {}
        self._active = None

    def wrap(self, key: Secret[bytearray], aad: bytes) -> bytes:
        """Encrypt a key under the active key, bound to ``aad``. CallError SEALED when not open."""
        if self._active is None:
            raise sealed("kms-sealed")
        return self._active.seal(key.reveal(), aad)

    def unwrap(self, blob: bytes, aad: bytes) -> Secret[bytearray]:
        """Decrypt what :meth:`wrap` made.

        CallError SEALED when not open, or kms-wrong-keyring when the blob names a key that is not in the file; INVALID
        kms-tampered when it is damaged or bound to something else.
        """
        if self._active is None:
            raise sealed("kms-sealed")
        key = self._keys.get(key_id_of(blob))
        if key is None:
            raise sealed("kms-wrong-keyring")
        return Secret(key.open(blob, aad))


def _check(content: _File, keys: dict[bytes, bytearray], active: bytes) -> None:
    sizes_fit = all((len(key_id), len(key)) == (KEY_ID_BYTES, KEY_BYTES) for key_id, key in keys.items())
    if content.format != FORMAT or active not in keys or not sizes_fit:
        raise ValueError("not a keyring of this format")


def _read(path: Path) -> _File:
    raw = bytearray()
    try:
        with path.open("rb", buffering=0) as file:
            size = _checked_size(os.fstat(file.fileno()))
            raw.extend(bytes(size))
            if file.readinto(raw) != size:
                raise sealed("kms-keyring-unreadable")
        return msgspec.json.decode(raw, type=_File)
    except FileNotFoundError:
        raise sealed("kms-keyring-missing") from None
    except (OSError, msgspec.MsgspecError, ValueError):
        raise sealed("kms-keyring-unreadable") from None
    finally:
        wipe(raw)


def _checked_size(status: os.stat_result) -> int:
    if not stat.S_ISREG(status.st_mode) or not 0 < status.st_size <= LARGEST:
        raise sealed("kms-keyring-unreadable")
    if status.st_mode & _OTHERS:
        raise sealed("kms-keyring-exposed")
    return status.st_size


def _write_new(draft: Path) -> None:
    name = random_bytes(KEY_ID_BYTES).hex()
    key = fresh_key()
    raw = bytearray()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        msgspec.json.Encoder().encode_into(_File(format=FORMAT, active=name, keys={name: key}), raw)
        with open(descriptor, "wb", buffering=0, closefd=False) as file:
            file.write(raw)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
        wipe(key)
        wipe(raw)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
