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
    from hybridcal_daemon.domain.calls import ErrandKind
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
class ErrandAsked:
    """Somebody asks for something to be done in this calendar (or for a look into it).

    ``key``: idempotency key: the same errand under the same key is done once. ``ask``: cell with the particulars;
    ``digest``: keyed hash of them, '' for what is only looked at. ``by``: who asks, for the audit log.
    """

    key: str
    kind: ErrandKind
    ask: Sealed
    event_id: str = ""
    digest: str = ""
    by: str = ""


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
class EdgeListed(_Answer):
    """One page of what happens at the new edge of the window: single events, exceptions and plain occurrences.

    An occurrence of a series is an event with ``series_id`` and ``original_start``.
    """

    events: tuple[SealedEvent, ...]
    quarantined: tuple[Quarantined, ...]
    next_page: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstancesListed(_Answer):
    """One page of the occurrences of a series, as rows of their own."""

    series_id: str
    events: tuple[SealedEvent, ...]
    quarantined: tuple[Quarantined, ...]
    next_page: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFetched(_Answer):
    """The event as it is now; None when it is cancelled or gone."""

    event_id: str
    event: SealedEvent | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRead(_Answer):
    """The person's Google settings; '' where Google says nothing, which means its default."""

    locale: str
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrandDone(_Answer):
    """The errand is done; ``answer``: cell with what there is to tell."""

    key: str
    answer: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessChecked(_Answer):
    """The acting account's role on the room's calendar; '' for none."""

    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessGranted(_Answer):
    """The rule stands; ``rule``: cell with its id, which names an address."""

    rule: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessReturned(_Answer):
    """The rule is gone."""


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
    | EdgeListed
    | InstancesListed
    | EventFetched
    | ProfileRead
    | ErrandDone
    | AccessChecked
    | AccessGranted
    | AccessReturned
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
Message = Started | Notified | Woke | Saved | SettingsChanged | Deactivated | ResyncAsked | ErrandAsked | Answer
