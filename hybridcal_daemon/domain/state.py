"""The two halves of what a user actor remembers.

Owns: ``Durable`` (comes back after a restart), ``Flight`` (dies with the actor), and the settings a user lives under.
Promises: neither holds any text of a person; ``Durable`` and ``EventFact`` are plain values that encode to JSON.
Does not: change by itself (``user.py`` decides).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from hybridcal_daemon.domain.calls import ErrandKind, NoticeReason, PresenceStatus
from hybridcal_daemon.domain.events import EventFact
from hybridcal_daemon.domain.looks import EdgeTraversal, Kin, Traversal, Unfolding
from hybridcal_daemon.domain.values import Instant, RequestId, Sealed, UserId, When

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hybridcal_daemon.domain.absence import Timeline
    from hybridcal_daemon.domain.bookings import Booked
    from hybridcal_daemon.domain.effects import ErrandReplied, Kept, Redecorated, Report, Submit
    from hybridcal_daemon.domain.messages import AgendaAsked
    from hybridcal_daemon.domain.moments import Moment

Stage = Literal["pending", "active", "error", "parked", "leaving"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSettings:
    """The part of the configuration that decisions depend on. Seconds unless said otherwise."""

    join_lead: float = 300.0
    poll_interval: float = 2700.0
    push: bool = True
    push_ttl: int = 604800
    debounce: float = 1.0
    vacation_interval: float = 900.0
    presence: bool = True
    presence_ttl: int = 1800
    room_ttl: float = 86400.0
    resync_interval: float = 604800.0
    """A full list, to find what was lost (google.md C.3, 4); the window moves on every day without one."""
    profile_interval: float = 86400.0
    card_doubt: float = 45.0
    """How long an unanswered card may still arrive at Webex; only then is it looked for."""
    acting: str = ""
    """Which account acts for rooms, as a hash of its address; '' when none does."""
    block_language: str = ""
    """Language of every join block (``languages.py``); '' for the organiser's own."""
    spaces: bool = False
    """Somebody may make spaces: an integration is configured."""
    meetings_per_day: int = 100
    """Webex' limit of scheduled meetings for one host in 24 hours (OpenAPI, ``createAMeeting``)."""
    card_language: str = ""
    """Language of cards and notices; '' for the person's own."""
    card_private: Literal["show", "hide", "none"] = "hide"
    """Join cards of confidential events: as any other, without the title, or none at all."""
    devices: bool = True
    devices_personal: bool = True
    """Also devices in personal mode, of people."""
    devices_ahead: float = 604800.0
    devices_refresh: float = 21600.0
    """A device's list is put anew at least so often, whatever we know of it."""
    devices_check: float = 900.0
    """How often devices are looked for and those that can are asked for their list."""
    devices_others: bool = True
    """Meetings that cannot be joined are shown, too, without a button."""
    presence_vacation: bool = True
    presence_out_of_office: PresenceStatus = ""
    """What out-of-office events, focus time, and working locations that are neither home nor office show."""
    presence_focus_time: PresenceStatus = ""
    presence_elsewhere: PresenceStatus = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A watch channel. Its row is stored before Google hears of it."""

    channel_id: str
    state: Literal["creating", "open", "stopping"]
    asked_at: Instant
    resource_id: str = ""
    expires_at: Instant = Instant(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One Join card: a delivery of the outbox. ``base`` names the join moment, ``key`` this delivery of it.

    ``planned``: decided, not under way (``retry_at`` says when). ``sending``: stored *before* the request leaves, so
    that after a crash it is in doubt and is looked for before anything is sent again. ``sent``: Webex gave
    ``message_id``. ``taking-back``: stored before it is deleted, so that a deletion in doubt is never taken for a card
    that is out. ``taken-back``: deleted by us; the same moment may come again (a meeting moved back) as the next
    ``generation``. ``over``: deleted because the meeting ended; only a later end brings it back. ``failed``: Webex will
    not have it. The last three are tombstones until a day after ``end_at``.
    """

    base: str
    generation: int
    event_id: str
    start: When
    end_at: Instant
    state: Literal["planned", "sending", "sent", "taking-back", "taken-back", "over", "failed"]
    since: Instant
    message_id: str = ""
    retry_at: Instant = Instant(0)
    failures: int = 0

    @property
    def key(self) -> str:
        """Idempotency key of this delivery."""
        return f"{self.base}-{self.generation}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Consecutive failures of one activity and when to try again."""

    failures: int = 0
    retry_at: Instant = Instant(0)
    kind: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vacation:
    """Gmail's responder as last read."""

    enabled: bool = False
    start: Instant | None = None
    end: Instant | None = None
    read_at: Instant = Instant(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """What we have told Webex. ``until``: when the ``status`` we set runs out, 0 when none is set by us.

    ``asked``: when the one runs out that is ordered and not answered; ``doubt``: the same of earlier ones whose answers
    left it open whether they stand. Both 0 when there is none.
    """

    until: Instant = Instant(0)
    set_at: Instant = Instant(0)
    asked: Instant = Instant(0)
    doubt: Instant = Instant(0)
    status: PresenceStatus = "ooo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A Webex meeting that we hold for an event whose organiser asked for one: a delivery of the outbox.

    ``tag``: idempotency key, stored before anything leaves; it stands in the meeting's integrationTags and in the
    space's description, and how to join is sealed for it. ``planned``: decided. ``opening``: its space was ordered, or
    is in doubt; ``making``: so with the meeting itself. ``made``: it stands. ``ending``: being deleted. ``failed``:
    Webex will not have it (``code``); another version of the event gets another chance.
    ``asked``: what Webex was last told (``meetings.py`` has its form), ``''`` for nothing. ``lasts``: when its last
    occurrence ends, as far as it is known. ``space_id``: '' for a one-time meeting or before there is one.
    ``followed``: for which title and guests the space was last brought up to date; ``members``: cell. ``space_tag``:
    the tag by which its space is known, another meeting's where two share one. ``unwanted``: it is to end, and is never
    wanted again: should its event ask anew, it gets another.
    """

    event_id: str
    kind: Literal["onetime", "space"]
    tag: str
    state: Literal["planned", "opening", "making", "made", "ending", "failed"]
    since: Instant
    meeting_id: str = ""
    join: Sealed | None = None
    asked: str = ""
    space_id: str = ""
    followed: str = ""
    members: Sealed | None = None
    lasts: Instant = Instant(0)
    retry_at: Instant = Instant(0)
    failures: int = 0
    code: str = ""
    space_tag: str = ""
    unwanted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something the bot tells the organiser about an event, once for each (event, reason). Kept while the event is."""

    key: str
    event_id: str
    reason: NoticeReason
    state: Literal["planned", "sending", "sent", "failed"]
    since: Instant
    retry_at: Instant = Instant(0)
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device that shows this user's meetings. ``digest``: of the list it took last, '' for none or unknown.

    ``offered``: a list was ordered and not answered, so what it has is not known. ``leaving``: it shows this calendar
    no more, and its list has to be emptied; ``link``: the cell by which it was linked, where that is another one now.
    """

    device_id: str
    online: bool = False
    capable: bool = False
    listable: bool = False
    digest: str = ""
    put_at: Instant = Instant(0)
    checked_at: Instant = Instant(0)
    offered: bool = False
    leaving: bool = False
    link: Sealed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Google's settings of the person as last read; '' means Google's default."""

    locale: str = ""
    timezone: str = ""
    read_at: Instant = Instant(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """A series whose occurrences Google works out: of which version (``etag``) and until when they are stored."""

    series_id: str
    etag: str
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Something asked for over feed or admin socket: a delivery of the outbox, stored before it is sent.

    ``planned``: decided, not under way. ``sending``: stored before the request leaves. ``done``, ``failed``: kept for a
    while, so that the same key asked again gets the same answer. ``ask``: cell, None once it is over; ``digest``: keyed
    hash of it, so that another wish under the same key is noticed. ``doubt``: a request of it may have had its effect.
    """

    key: str
    kind: ErrandKind
    state: Literal["planned", "sending", "done", "failed"]
    since: Instant
    event_id: str = ""
    ask: Sealed | None = None
    answer: Sealed | None = None
    code: str = ""
    failures: int = 0
    retry_at: Instant = Instant(0)
    digest: str = ""
    by: str = ""
    doubt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A room's access rule for the acting account.

    ``unknown``: not looked at yet. ``found``: the account had access before us, which is not ours to give back.
    ``granting``: stored before the rule is made. ``granted``: made by us (``rule``: cell with its id).
    """

    state: Literal["unknown", "found", "granting", "granted"] = "unknown"
    rule: Sealed | None = None
    checked_at: Instant = Instant(0)
    before: str = ""
    """Role of the rule that was there before ours, which did not suffice: put back at the end. '' for none."""
    account: str = ""
    """For which account this is (``UserSettings.acting``); '' as long as nothing was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a user stands, for admins. ``code`` names an entry of the error catalogue, '' when all is well."""

    state: Stage = "pending"
    code: str = ""
    since: Instant = Instant(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Durable:
    """What ``Save`` carries and a restart brings back (besides the event rows)."""

    version: int = 0
    standing: Standing = Standing()
    sync_token: str | None = None
    synced_at: Instant = Instant(0)
    full_at: Instant = Instant(0)
    channels: tuple[Channel, ...] = ()
    resource_id: str = ""
    """Google's name of the watched collection; the same for every channel of this calendar."""
    cards: tuple[Card, ...] = ()
    vacation: Vacation = Vacation()
    presence: Presence = Presence()
    person_id: str = ""
    room: Sealed | None = None
    room_at: Instant = Instant(0)
    settled: tuple[tuple[str, str], ...] = ()
    """(event id, etag) pairs whose keyword needs no (further) write until the event changes."""
    writes: tuple[tuple[str, Instant], ...] = ()
    """Recent block writes (event id, when): the budget that stops a write war with another program."""
    troubles: tuple[tuple[str, Trouble], ...] = ()
    window_at: Instant = Instant(0)
    """The instant whose stored window the rows cover; moved on once a day without a full list."""
    token_form: str = ""
    """Which parameters the list had that gave the sync token (``sync.TOKEN_FORM``); of another form it is void."""
    gone_at: Instant = Instant(0)
    """Since when the calendar is not to be found; 0 while it is."""
    profile: Profile = Profile()
    expansions: tuple[Expansion, ...] = ()
    orphans: tuple[str, ...] = ()
    """Series of which only exceptions are stored, and that Google confirmed to exist."""
    errands: tuple[Errand, ...] = ()
    access: Access = Access()
    left_at: Instant = Instant(0)
    """When deactivation was asked for; 0 when it was not."""
    undecorate: bool = False
    """Deactivation takes our blocks out of what is to come, and ends the meetings made for them."""
    meetings: tuple[Meeting, ...] = ()
    held: tuple[Instant, ...] = ()
    """When meetings were ordered in the last 24 hours: failed orders count, too (OpenAPI, ``createAMeeting``)."""
    notices: tuple[Notice, ...] = ()
    link: Sealed | None = None
    """Which devices show a room's meetings (``work/devicelink.py``)."""
    devices: tuple[Device, ...] = ()
    devices_at: Instant = Instant(0)
    """When they were last looked for."""
    site: str = ""
    """Webex site of the Personal Room and of meetings; '' for the person's default one."""
    redo: tuple[str, ...] = ()
    """Events whose blocks are to be written anew, since an admin asked for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A user as the store has it."""

    user: UserId
    durable: Durable
    events: tuple[EventFact, ...]


class Pending(NamedTuple):
    """A request under way. ``what`` names the activity (and object); ``etag`` is the event's when it was ordered."""

    what: str
    asked_at: Instant
    etag: str = ""


@dataclass(slots=True, kw_only=True)
class Flight:
    """What dies with the actor: requests under way, the alarm, what was worked out and can be worked out again."""

    incarnation: int = 0
    entropy: str = ""
    began_at: Instant = Instant(0)
    counter: int = 0
    alarm: Instant | None = None
    saved: int = 0
    calls: dict[RequestId, Pending] = field(default_factory=dict)
    held: tuple[tuple[int, Submit], ...] = ()
    dirty_at: Instant | None = None
    pushed: bool = False
    wanted_at: Instant | None = None
    push_at: Instant = Instant(0)
    pushes: int = 0
    """Pushes in a row, none of them long after the one before (``hints.py``)."""
    listed_at: Instant = Instant(0)
    want_full: bool = False
    traversal: Traversal | None = None
    edge: EdgeTraversal | None = None
    unfoldings: tuple[Unfolding, ...] = ()
    heard: Mapping[str, int] = field(default_factory=dict)
    """Ids that the stream of changes told of while another kind of look was under way, and after which order: what that
    look shows of them may be older.
    """
    kin: Kin | None = None
    """None: to be worked out again."""
    moments: tuple[Moment, ...] = ()
    moments_until: Instant = Instant(0)
    booked: Booked | None = None
    """What devices should show; None: to be worked out again."""
    indexed: tuple[Meeting, ...] = ()
    held_for: Mapping[str, tuple[Meeting, ...]] = field(default_factory=dict)
    """The meetings that are wanted, by event, of the list ``indexed`` (``holding.py``)."""
    undecorated: tuple[str, ...] = ()
    absences: Timeline | None = None
    """None: to be worked out again."""
    presence_said: bool = False
    agendas: tuple[AgendaAsked, ...] = ()
    """Lists that were asked for and wait for the person's language and time zone."""
    strays: dict[str, str] = field(default_factory=dict)
    reported: Report | None = None
    replies: tuple[tuple[int, ErrandReplied | Redecorated | Kept], ...] = ()
    """What is told about errands as soon as the state with this version is on disk."""
    looks: tuple[tuple[str, str], ...] = ()
    """Key and event id of what is being looked at for somebody."""
    gone: bool = False
    """Goodbye was said: nothing is decided any more."""


@dataclass(slots=True, kw_only=True)
class UserState:
    """Everything a user actor remembers. ``events``: the facts of the stored rows, by event id."""

    user: UserId
    settings: UserSettings
    durable: Durable
    events: dict[str, EventFact]
    flight: Flight
