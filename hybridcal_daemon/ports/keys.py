"""The KMS contract and the vault over it. Owns: their shape. Does not: encrypt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from hybridcal_daemon.domain.events import EventContent
from hybridcal_daemon.domain.values import Plain, Sealed, Secret, UserId

HOUSE: Final = UserId("hybridcal")
"""For whom the installation's own cells are sealed: always admitted while keys are available."""


class KeyService(Protocol):
    """The KMS contract: AEAD wrapping only, key id inside the blob. CallError SEALED when keys are not available."""

    def wrap(self, key: Secret[bytearray], aad: bytes) -> bytes: ...

    def unwrap(self, blob: bytes, aad: bytes) -> Secret[bytearray]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """What the vault makes for an address: all that the store may keep of it."""

    user: UserId
    address: Sealed
    index: bytes
    wrapped_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedContent:
    """The vault's answer for one EventContent: see ``domain.events.SealedEvent`` and ``EventFact.digest``."""

    item: bytes
    join: Sealed | None
    digest: str
    join_digest: str
    title_digest: str = ""
    guests_digest: str = ""


class Vault(Protocol):
    """Everything done with keys; owned by the Kms actor, used by one thread. CallError SEALED when it cannot."""

    def unlock(self) -> None:
        """Open (or, on a new installation, make) the keyring and the index key."""
        ...

    @property
    def sealed(self) -> str:
        """'' when keys are available, else the error code why not."""
        ...

    def admit(self, user: UserId, wrapped_key: bytes) -> None: ...

    def forget(self, user: UserId) -> None: ...

    def new_user(self, address: Plain[str], *, room: bool = False) -> NewUser:
        """``room``: its id begins like a room's (``domain.values.is_room``)."""
        ...

    def index(self, address: Plain[str]) -> bytes:
        """Blind index (keyed HMAC, 16 bytes) of a normalised address."""
        ...

    def channel_token(self, channel_id: str) -> Secret[str]:
        """The push channel's token: keyed HMAC of its id, so that nothing need be stored."""
        ...

    def seal_events(self, user: UserId, contents: Sequence[EventContent]) -> list[SealedContent]: ...

    def seal(self, user: UserId, place: str, plain: Plain[bytes]) -> Sealed:
        """Own cell; ``place`` (for example 'room' or 'event/<id>/join') is bound into it."""
        ...

    def open(self, user: UserId, place: str, cell: Sealed) -> Plain[bytes]: ...

    def digest(self, user: UserId, purpose: str, plain: Plain[bytes]) -> str:
        """Keyed hash, 32 hex digits: equal for equal content of this user and purpose, meaningless to others."""
        ...

    def item_key(self, user: UserId, key_url: str) -> Secret[bytes]:
        """The 256-bit key that ``encryptionKeyUrl`` names, for the user's own readers."""
        ...
