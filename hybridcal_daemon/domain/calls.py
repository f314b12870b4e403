"""What a user actor may order from a lane: one request to Google or Webex, as data.

Owns: the vocabulary of orders. Promises: only ids, times and ciphertext inside. Does not: know how they are done
(``work/google.py`` and ``work/webex.py`` do).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from hybridcal_daemon.domain.events import Action
from hybridcal_daemon.domain.values import Instant, RequestId, Sealed, UserId, When, Window

LaneName = Literal["google", "webex", "devices"]
PresenceStatus = Literal["", "ooo", "dnd"]
"""What Webex shows; '' for nothing of ours (apheleia's ``eventType``; clearing is ``clear``)."""
NoticeReason = Literal[
    "too-many-for-room", "too-many-for-space", "too-many-to-follow", "host-quota", "no-space-service"
]
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

    ``room``: cell with how to join, sealed for ``place`` (the Personal Room's, or ``meeting_place`` of a meeting's
    tag), wanted for ``action``; ``language``: one of ``languages.py``, for a block that is to be written; one that
    stands there may be in any. ``redo``: write the block anew even if it leads to the right room already; with
    ``dry`` nothing is written, and the outcome says whether it would be. Answer: Decorated.
    """

    event_id: str
    room: Sealed
    language: str = "en"
    place: str = "room"
    action: Action = "myroom"
    way: str = ""
    redo: bool = False
    dry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecorate(_Call):
    """Fresh events.get, take our own block out, events.patch with If-Match. Answer: Decorated, outcome ``removed``.

    A block that is not known to be ours (``EventFact.unmarked``), or that is asked for after all, stays: ``unchanged``.
    ``even_if_asked``: the organiser leaves, so the keyword does not count.
    """

    event_id: str
    even_if_asked: bool = False


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
    """Webex person and Personal Room of the user. ``site``: of the room, '' their default one. Answer: RoomFetched."""

    site: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendCard(_Call):
    """Post the Join card. ``key`` is the delivery's idempotency key and is written into the card. Answer: CardSent.

    ``language``: one of ``languages.py``; ``zone``: the person's own, in which the time is shown, '' the event's;
    ``hide_private``: of a confidential event the title is not shown.
    """

    key: str
    event_id: str
    start: When
    language: str = "en"
    zone: str = ""
    hide_private: bool = True


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
    """Set a presence for ``ttl`` seconds, or with status '' clear it. Answer: PresenceSet."""

    person_id: str
    status: PresenceStatus
    ttl: int


# ---- meetings and spaces of events that ask for one


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One occurrence of a series that is not where its rule puts it; ``start`` None: it does not take place."""

    original: Instant
    start: Instant | None = None
    end: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When a Webex meeting takes place: already within Webex' limits (``domain/meetings.py`` has the rule).

    ``start``, ``end``: epoch seconds; ``zone``: IANA name in which ``recurrence`` (one RRULE without ``RRULE:``, or '')
    counts; ``moved``: by ``original``.
    """

    start: Instant
    end: Instant
    zone: str
    recurrence: str = ""
    moved: tuple[Moved, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldMeeting(_Call):
    """POST /meetings as the user, nobody is mailed, ``tag`` as its integrationTag. Answer: MeetingHeld.

    ``space_id``: the space it belongs to, '' for none; ``site``: Webex site of one that belongs to none, '' the
    organisation's choice. Never repeated blindly: after an answer in doubt ``FindMeeting``
    looks first. Its title comes from the join cell of ``event_id``.
    """

    tag: str
    event_id: str
    plan: Plan
    space_id: str = ""
    site: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindMeeting(_Call):
    """GET /meetings by ``tag``: whether HoldMeeting had its effect. Of several but the first are deleted.

    Occurrences of ``plan.moved`` are set right by a ``ChangeMeeting`` that follows. Answer: MeetingFound.
    """

    tag: str
    plan: Plan
    space_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMeeting(_Call):
    """Make the meeting what ``plan`` and the event's title say; may be repeated. Answer: MeetingHeld.

    ``whole``: title, times and rule (which makes Webex forget changed occurrences), then in any case the occurrences.
    CallError NOT_FOUND: somebody deleted it at Webex.
    """

    tag: str
    meeting_id: str
    event_id: str
    plan: Plan
    whole: bool
    space_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndMeeting(_Call):
    """DELETE /meetings/{id}, nobody is mailed; 404 counts as done. Answer: MeetingEnded."""

    tag: str
    meeting_id: str
    space_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSpace(_Call):
    """POST /rooms with the event's title and ``tag`` in its description. Answer: SpaceOpened."""

    tag: str
    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindSpace(_Call):
    """GET /rooms until one carries ``tag``: after a doubt, and when its id is not known any more (it migrated).

    Answer: SpaceFound.
    """

    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowSpace(_Call):
    """Title and members of a space as the event has them; may be repeated. Answer: SpaceFollowed.

    ``members``: cell with whom we added earlier, None at first: only they are ever removed. The user is a member in any
    case. CallError NOT_FOUND: the space is gone, or its id is another one.
    """

    tag: str
    space_id: str
    event_id: str
    members: Sealed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendNotice(_Call):
    """The bot tells the user why an event got no join details. ``key``: as a card's. Answer: NoticeSent.

    ``limit``: the number that the sentence names.
    """

    key: str
    event_id: str
    reason: NoticeReason
    limit: int = 0
    language: str = "en"


# ---- devices


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One entry of a device's list; its words are in the join cell of ``event_id``. Minutes are counted by the worker.

    ``entry_id``: the same for the same occurrence always.
    """

    entry_id: str
    event_id: str
    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class FindDevices(_Call):
    """Which devices show this user's meetings, and what they can. ``link``: cell of a room's link, None for a person's.

    Answer: DevicesFound.
    """

    link: Sealed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBookings(_Call):
    """Bookings.Put: replace the whole list of one device. Answer: BookingsPut.

    ``lead``: seconds before the start from which on the device offers to join; ``language``: one of ``languages.py``,
    for what stands in the place of a confidential title.
    """

    device_id: str
    bookings: tuple[Booking, ...]
    link: Sealed | None
    digest: str
    lead: int = 300
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckBookings(_Call):
    """Bookings.List: does the device still have our list? Answer: BookingsChecked."""

    device_id: str
    bookings: tuple[Booking, ...]
    link: Sealed | None


# ---- the bot's answers


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAgenda(_Call):
    """The bot answers with the meetings of a day. ``zone``: IANA name, '' UTC. Answer: AgendaSent.

    ``key``: id of the message that asked. Sent at most once: in doubt it is not repeated, the person can ask again.
    ``day``: ISO date, '' to say what one can write to the bot; ``tomorrow``: it is called that; ``hide_private``: as in
    ``SendCard``.
    """

    key: str
    bookings: tuple[Booking, ...]
    day: str
    zone: str
    language: str
    tomorrow: bool = False
    hide_private: bool = True


GoogleCall = (
    ListEvents
    | ListEdge
    | ListInstances
    | FetchEvent
    | ReadProfile
    | OpenChannel
    | StopChannel
    | Decorate
    | Undecorate
    | ReadVacation
    | RunErrand
    | CheckAccess
    | GrantAccess
    | ReturnAccess
)
WebexCall = (
    FetchRoom
    | SendCard
    | FindCard
    | DeleteCard
    | SetPresence
    | HoldMeeting
    | FindMeeting
    | ChangeMeeting
    | EndMeeting
    | OpenSpace
    | FindSpace
    | FollowSpace
    | SendNotice
    | FindDevices
    | PutBookings
    | CheckBookings
    | SendAgenda
)
"""Those of devices go through the lane ``devices``, so that one that hangs keeps nobody else waiting."""
Call = GoogleCall | WebexCall
