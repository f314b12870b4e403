"""What is said to and by the two gates: access tokens and keys.

Owns: this part of the vocabulary. Promises: frozen values. Does not: contain behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hybridcal_daemon.domain.events import EventContent
    from hybridcal_daemon.domain.failures import CallError
    from hybridcal_daemon.domain.tokens import Key, MintedToken, Purpose
    from hybridcal_daemon.domain.values import Plain, Sealed, UserId


@dataclass(frozen=True, slots=True)
class Permit:
    """The access gate opens for this user."""

    user: UserId


@dataclass(frozen=True, slots=True)
class Revoke:
    """The access gate closes for this user."""

    user: UserId


@dataclass(frozen=True, slots=True)
class Forgive:
    """Tokens: an admin says that something about this user has changed; refusals are forgotten, the gate stays."""

    user: UserId


@dataclass(frozen=True, slots=True)
class GetToken:
    """Ask: answered with a future of ``Secret[str]``; raises CallError."""

    user: UserId
    purpose: Purpose
    force: bool = False


@dataclass(frozen=True, slots=True)
class Mint:
    """Tokens to minter."""

    key: Key


@dataclass(frozen=True, slots=True)
class Minted:
    """Minter to tokens."""

    key: Key
    result: MintedToken | CallError


@dataclass(frozen=True, slots=True)
class Unlock:
    """Ask: try to open the keyring; '' or the code why not."""


@dataclass(frozen=True, slots=True)
class Admit:
    """The key and the sealed address of a served user."""

    user: UserId
    wrapped_key: bytes
    address: Sealed


@dataclass(frozen=True, slots=True)
class ForgetKey:
    """A user is not served any more."""

    user: UserId


@dataclass(frozen=True, slots=True)
class MakeUser:
    """Ask: NewUser for a person's or room's address."""

    address: Plain[str]
    room: bool = False


@dataclass(frozen=True, slots=True)
class AddressOf:
    """Ask: Plain[str] of a served user."""

    user: UserId


@dataclass(frozen=True, slots=True)
class IndexOf:
    """Ask: blind index of an address."""

    address: Plain[str]


@dataclass(frozen=True, slots=True)
class SealEvents:
    """Ask: list of SealedContent."""

    user: UserId
    contents: Sequence[EventContent]


@dataclass(frozen=True, slots=True)
class SealCell:
    """Ask: Sealed."""

    user: UserId
    place: str
    plain: Plain[bytes]


@dataclass(frozen=True, slots=True)
class ChannelToken:
    """Ask: Secret[str] for a push channel's id."""

    channel_id: str


@dataclass(frozen=True, slots=True)
class OpenCell:
    """Ask: Plain[bytes]."""

    user: UserId
    place: str
    cell: Sealed


@dataclass(frozen=True, slots=True)
class DigestOf:
    """Ask: keyed hash of something of a user's, 32 hex digits."""

    user: UserId
    purpose: str
    plain: Plain[bytes]


@dataclass(frozen=True, slots=True)
class ItemKey:
    """Ask: Secret[bytes]."""

    user: UserId
    key_url: str
