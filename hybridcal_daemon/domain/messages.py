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
    from hybridcal_daemon.domain.calls import ErrandKind, PresenceStatus
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
    """An admin wants this user served no more: clean up outside, then say goodbye.

    ``undecorate``: take our block out of what is still to come, and end the meetings that were made for it.
    """

    undecorate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """An admin says which devices show a room's meetings (``link``: cell), or that none do any more (None).

    ``key``: under which the desk waits for ``Kept``, '' when nobody waits.
    """

    link: Sealed | None
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteChosen:
    """An admin chose the Webex site of a person's Personal Room and meetings; '' for their default one.

    ``key``: as in ``Linked``.
    """

    site: str
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedecorateAsked:
    """Blocks that stand are to be written anew in the settings that are in force; ``dry``: only say how many.

    ``key``: under which the desk waits for ``Redecorated``.
    """

    key: str
    dry: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaAsked:
    """The person wrote to the bot: which meetings are there ``day`` days from today? ``key``: id of the message.

    ``day`` None: they wrote something else, and are told what they can write.
    """

    key: str
    day: int | None = 0


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
    """The request did not succeed; ``kind`` says what to do next. ``tracking``: as CallError's."""

    kind: Kind
    code: str
    retry_after: float | None = None
    in_doubt: bool = False
    tracking: str = ""


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
    """The organiser's event now says how to join (or needs nothing). ``event`` is its state after, None when gone.

    ``would``: it was asked dry, and a block would have been written. ``removed``: our block was taken out.
    """

    event_id: str
    event: SealedEvent | None
    outcome: Literal["written", "unchanged", "gone", "removed", "would"]


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

    status: PresenceStatus
    ttl: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingHeld(_Answer):
    """The meeting stands as ordered. ``join``: cell of how to join (``work/room.py``), sealed for its tag."""

    tag: str
    meeting_id: str
    join: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingFound(_Answer):
    """What the look-up saw; ``meeting_id`` None: the meeting was never made."""

    tag: str
    meeting_id: str | None
    join: Sealed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingEnded(_Answer):
    """The meeting is gone from Webex."""

    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceOpened(_Answer):
    """The space exists."""

    tag: str
    space_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceFound(_Answer):
    """What the look-up saw; None: there is no space with this tag."""

    tag: str
    space_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceFollowed(_Answer):
    """Title and members are as the event has them. ``members``: cell with whom we added; ``left_out``: how many not.

    Somebody is left out because Webex will not have them (their organisation forbids it), not for the time being.
    """

    tag: str
    members: Sealed
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSent(_Answer):
    """The organiser was told."""

    key: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenDevice:
    """``device_id``: of Webex, or of a local link. ``capable``: it has Bookings.Put and we may call it.

    ``listable``: Bookings.List may be called, too (not so in personal mode).
    """

    device_id: str
    online: bool
    capable: bool
    listable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicesFound(_Answer):
    """Every device that shows this user's meetings."""

    devices: tuple[SeenDevice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingsPut(_Answer):
    """The device took the list with this digest."""

    device_id: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingsChecked(_Answer):
    """Whether the device has the list that we think it has."""

    device_id: str
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaSent(_Answer):
    """The person has the list."""

    key: str


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
    | MeetingHeld
    | MeetingFound
    | MeetingEnded
    | SpaceOpened
    | SpaceFound
    | SpaceFollowed
    | NoticeSent
    | DevicesFound
    | BookingsPut
    | BookingsChecked
    | AgendaSent
)
Message = (
    Started
    | Notified
    | Woke
    | Saved
    | SettingsChanged
    | Deactivated
    | ResyncAsked
    | ErrandAsked
    | Linked
    | SiteChosen
    | RedecorateAsked
    | AgendaAsked
    | Answer
)
