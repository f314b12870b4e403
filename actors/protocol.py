"""What actors say to each other, besides the facts and effects of ``hybridcal_daemon.domain``.

Owns: the vocabulary between singletons. Promises: frozen values. Does not: contain behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hybridcal_daemon.domain.effects import Save, Submit
    from hybridcal_daemon.domain.events import EventContent
    from hybridcal_daemon.domain.failures import CallError, Kind
    from hybridcal_daemon.domain.lane import LaneSettings
    from hybridcal_daemon.domain.state import UserSettings
    from hybridcal_daemon.domain.tokens import Key, MintedToken, Purpose
    from hybridcal_daemon.domain.values import Instant, Plain, Sealed, UserId
    from hybridcal_daemon.ports import Audit, UserRow, Write

SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class Ping:
    """Ask any singleton whether it is there."""


# ---- timers


@dataclass(frozen=True, slots=True)
class SetAlarm:
    """Send ``Woke`` to ``name`` at ``at``; replaces an earlier one; None takes it away."""

    name: str
    at: Instant | None


@dataclass(frozen=True, slots=True)
class Rang:
    """It is time to look at the heap (from the clock, or every second)."""


# ---- lanes


@dataclass(frozen=True, slots=True)
class Work:
    """Lane to worker."""

    order: Submit


@dataclass(frozen=True, slots=True)
class Done:
    """Worker to lane: how the request ended; ``kind`` None means well."""

    worker: int
    user: UserId
    kind: Kind | None
    code: str
    retry_after: float | None


@dataclass(frozen=True, slots=True)
class ForgetUser:
    """Drop what lives of this user before ``incarnation`` have ordered."""

    user: UserId
    incarnation: int


@dataclass(frozen=True, slots=True)
class Hold:
    """Begin nothing new; what is under way may end."""


@dataclass(frozen=True, slots=True)
class Renew:
    """Configuration was reloaded: make connections and credentials anew before the next request."""


@dataclass(frozen=True, slots=True)
class LaneStatus:
    """Ask: (state word, queued, in flight)."""


@dataclass(frozen=True, slots=True)
class Retune:
    """New settings after a reload."""

    settings: LaneSettings


# ---- tokens


@dataclass(frozen=True, slots=True)
class Permit:
    """The access gate opens for this user."""

    user: UserId


@dataclass(frozen=True, slots=True)
class Revoke:
    """The access gate closes for this user."""

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


# ---- keys


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
    """Ask: NewUser for an address."""

    address: Plain[str]


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
class ItemKey:
    """Ask: Secret[bytes]."""

    user: UserId
    key_url: str


# ---- store


@dataclass(frozen=True, slots=True)
class OpenStore:
    """Ask: open the database; raises what the store raises."""


@dataclass(frozen=True, slots=True)
class SaveOrder:
    """A user's transaction; the user hears ``Saved`` when it is on disk."""

    save: Save


@dataclass(frozen=True, slots=True)
class Load:
    """Read a user and tell it ``Started``."""

    user: UserId
    incarnation: int
    entropy: str
    settings: UserSettings


@dataclass(frozen=True, slots=True)
class WriteNow:
    """Ask: None when the writes are on disk; raises StoreFull."""

    writes: tuple[Write, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One line for the audit log, with the next batch."""

    audit: Audit


@dataclass(frozen=True, slots=True)
class Erase:
    """Remove a user; the supervisor hears ``Erased``."""

    user: UserId


@dataclass(frozen=True, slots=True)
class Erased:
    """Every row is gone."""

    user: UserId


@dataclass(frozen=True, slots=True)
class ReadUsers:
    """Ask: list of UserRow."""


@dataclass(frozen=True, slots=True)
class FindUser:
    """Ask: UserRow or None."""

    index: bytes


@dataclass(frozen=True, slots=True)
class ReadItems:
    """Ask: list of ItemRow."""

    user: UserId


@dataclass(frozen=True, slots=True)
class ReadJoinCell:
    """Ask: Sealed or None."""

    user: UserId
    event_id: str


@dataclass(frozen=True, slots=True)
class ReadIndexKey:
    """Ask: the wrapped index key, or None."""


@dataclass(frozen=True, slots=True)
class WriteIndexKey:
    """Ask: None when it is on disk."""

    blob: bytes


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """Ask: 'ok' or a code."""


# ---- supervisor


@dataclass(frozen=True, slots=True)
class ServeAll:
    """Serve these users (at start)."""

    rows: tuple[UserRow, ...]


@dataclass(frozen=True, slots=True)
class Serve:
    """Serve one more user."""

    row: UserRow


@dataclass(frozen=True, slots=True)
class Leave:
    """A user is to be deactivated (already written down)."""

    user: UserId


@dataclass(frozen=True, slots=True)
class Tell:
    """Pass a message on to one user, or to all (``user`` None)."""

    user: UserId | None
    message: Any


@dataclass(frozen=True, slots=True)
class NewSettings:
    """Configuration was reloaded."""

    settings: UserSettings


@dataclass(frozen=True, slots=True)
class Views:
    """Ask: list of UserView."""


@dataclass(frozen=True, slots=True)
class View:
    """Ask: UserView or None."""

    user: UserId


@dataclass(frozen=True, slots=True)
class Verdict:
    """Ask: a future that is set to the UserView when the user is no longer pending."""

    user: UserId


@dataclass(frozen=True, slots=True)
class Gone:
    """Ask: a future that is set when the user is erased."""

    user: UserId


@dataclass(frozen=True, slots=True)
class Alarms:
    """Ask: tuple of Alarmed."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Look whether everybody who should be served is."""
