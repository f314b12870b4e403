"""What a user actor may order from a lane: one request to Google or Webex, as data.

Owns: the vocabulary of orders. Promises: only ids, times and ciphertext inside. Does not: know how they are done
(``work/google.py`` and ``work/webex.py`` do).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from hybridcal_daemon.domain.values import Instant, RequestId, Sealed, UserId, When, Window

LaneName = Literal["google", "webex"]
ErrandKind = Literal["insert", "delete", "respond", "quick-add", "explain", "free-busy"]


class Priority(IntEnum):
    """Lower goes first (performance.md 9: a person's live change before catching up before housekeeping)."""

    JOIN = 0
    LIVE = 1
    NORMAL = 2
    BULK = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    request_id: RequestId
    user: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEvents(_Call):
    """One page of events.list: with ``sync_token`` incremental, with ``window`` full. Answer: EventsListed."""

    sync_token: str | None = None
    page_token: str | None = None
    window: Window | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEdge(_Call):
    """One page of everything that happens in ``window``, series expanded by Google. Answer: EdgeListed."""

    window: Window
    page_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListInstances(_Call):
    """One page of events.instances of a series that is not expanded here. Answer: InstancesListed."""

    series_id: str
    window: Window
    page_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchEvent(_Call):
    """events.get of one event (the series of an exception whose series is not known). Answer: EventFetched."""

    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadProfile(_Call):
    """settings.get of ``locale`` and ``timezone``. Answer: ProfileRead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenChannel(_Call):
    """events.watch. ``ttl`` in seconds. Answer: ChannelOpened."""

    channel_id: str
    ttl: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StopChannel(_Call):
    """channels.stop; 404 counts as done. Answer: ChannelStopped."""

    channel_id: str
    resource_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decorate(_Call):
    """Fresh events.get, compose the join block of ``room``, events.patch with If-Match if the text differs.

    ``room``: cell with the organiser's Personal Room; ``language``: one of ``languages.py``, for a block that is to be
    written; one that stands there may be in any. Answer: Decorated.
    """

    event_id: str
    room: Sealed
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadVacation(_Call):
    """Gmail vacation settings, three fields only. Answer: VacationRead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunErrand(_Call):
    """Do what somebody asked for over feed or admin socket. ``ask``: cell with the particulars. Answer: ErrandDone.

    ``event_id``: of the event it makes (chosen and stored before it is sent) or is about; '' when there is none.
    """

    key: str
    kind: ErrandKind
    event_id: str
    ask: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAccess(_Call):
    """acl.get: which role the acting account has on a room's calendar. Answer: AccessChecked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantAccess(_Call):
    """acl.insert, nobody is mailed: the acting account may write to a room's calendar. Answer: AccessGranted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAccess(_Call):
    """acl.delete of the rule that we made; 404 counts as done. Answer: AccessReturned.

    ``rule``: cell with its id, None when its making was never confirmed. ``before``: the role that the account had
    before, which is put back instead; '' for none.
    """

    rule: Sealed | None
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRoom(_Call):
    """Webex person and Personal Room of the user. Answer: RoomFetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendCard(_Call):
    """Post the Join card. ``key`` is the delivery's idempotency key and is written into the card. Answer: CardSent."""

    key: str
    event_id: str
    start: When


@dataclass(frozen=True, slots=True, kw_only=True)
class FindCard(_Call):
    """Read back whether the card ``key`` was posted at or after ``since``. Answer: CardFound."""

    key: str
    since: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteCard(_Call):
    """Take a card back; 404 counts as done. Answer: CardDeleted."""

    key: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPresence(_Call):
    """Set (``ooo`` with ``ttl`` seconds) or clear the out-of-office presence. Answer: PresenceSet."""

    person_id: str
    ooo: bool
    ttl: int


GoogleCall = (
    ListEvents
    | ListEdge
    | ListInstances
    | FetchEvent
    | ReadProfile
    | OpenChannel
    | StopChannel
    | Decorate
    | ReadVacation
    | RunErrand
    | CheckAccess
    | GrantAccess
    | ReturnAccess
)
WebexCall = FetchRoom | SendCard | FindCard | DeleteCard | SetPresence
Call = GoogleCall | WebexCall
