"""What a user actor hears: facts, in the past tense.

Owns: the vocabulary. Promises: frozen values without any text of a person; answers name the request they answer.
Does not: carry orders (``effects.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from hybridcal_daemon.domain.events import Quarantined, Removed, SealedEvent
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.values import Instant, RequestId, Sealed, UserId

if TYPE_CHECKING:
    from hybridcal_daemon.domain.state import Snapshot, UserSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A life begins: what the store knows.

    ``incarnation`` is unique among the lives in this process; ``entropy`` is fresh randomness (32 hex digits) from
    which ids are derived, so that decisions stay pure.
    """

    incarnation: int
    entropy: str
    snapshot: Snapshot
    settings: UserSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified:
    """Google pushed (already authenticated). A hint, nothing more."""

    channel_id: str
    resource_id: str
    first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Woke:
    """The time that the actor had asked for has come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The state with this version number is on disk."""

    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChanged:
    """Configuration was reloaded."""

    settings: UserSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Deactivated:
    """An admin wants this user served no more: clean up outside, then say goodbye."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResyncAsked:
    """An admin (or the sweep) wants a full list now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    request_id: RequestId
    user: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFailed(_Answer):
    """The request did not succeed; ``kind`` says what to do next."""

    kind: Kind
    code: str
    retry_after: float | None = None
    in_doubt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsListed(_Answer):
    """One page. ``next_token`` comes with the last page only."""

    events: tuple[SealedEvent, ...]
    removed: tuple[Removed, ...]
    quarantined: tuple[Quarantined, ...]
    next_page: str | None
    next_token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelOpened(_Answer):
    """Google watches for us until ``expires_at``."""

    channel_id: str
    resource_id: str
    expires_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStopped(_Answer):
    """Google watches no more for this channel."""

    channel_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decorated(_Answer):
    """The organiser's event now says how to join (or needs nothing). ``event`` is its state after, None when gone."""

    event_id: str
    event: SealedEvent | None
    outcome: Literal["written", "unchanged", "gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VacationRead(_Answer):
    """Gmail's responder: flag and optional bounds."""

    enabled: bool
    start: Instant | None
    end: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFetched(_Answer):
    """The Webex person; ``room`` is a cell, None when the person has no Personal Room."""

    person_id: str
    room: Sealed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSent(_Answer):
    """The card is in the person's 1:1 room."""

    key: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFound(_Answer):
    """What the look-up saw; None: the card never arrived."""

    key: str
    message_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardDeleted(_Answer):
    """The card is gone."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceSet(_Answer):
    """Webex took the presence; ``ttl`` in seconds."""

    ooo: bool
    ttl: int


Answer = (
    CallFailed
    | EventsListed
    | ChannelOpened
    | ChannelStopped
    | Decorated
    | VacationRead
    | RoomFetched
    | CardSent
    | CardFound
    | CardDeleted
    | PresenceSet
)
Message = Started | Notified | Woke | Saved | SettingsChanged | Deactivated | ResyncAsked | Answer
