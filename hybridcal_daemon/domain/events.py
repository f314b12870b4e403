"""The calendar event that we keep.

Owns: the event as read (``CalendarEvent``, with Plain text), what an actor may know of it (``EventFact``, no text),
what readers get (``EventContent``), and the analysis from the first to the other two.
Promises: pure; a row that Google only half filled (cancelled rows lack nearly everything) never raises.
Does not: seal, store, expand series (``recurrence.py``).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Literal

from hybridcal_daemon.domain import joinblock, joinlinks, joinproviders, keywords
from hybridcal_daemon.domain.joinrules import NO_RULES, Rules
from hybridcal_daemon.domain.values import Instant, Plain, Sealed, Timed, When

Response = Literal["organizer", "accepted", "tentative", "needsAction", "declined", "none"]
Keyword = Literal["webex", "meet"]
Action = Literal["myroom", "space", "onetime"]
EventKind = Literal[
    "meeting", "out-of-office", "focus-time", "working-home", "working-office", "working-elsewhere", "other"
]
"""``other``: what Google lists that is neither a meeting nor says how a person can be reached."""

_NOTHING: Final = Plain("")
_MEANT: Final[dict[str, Action]] = {"": "myroom", "onetime": "onetime", "space": "space"}
"""By the first word of the way to join that a block's mark names."""
_GOOGLES_OWN: Final = frozenset({"", "hangoutsMeet", "eventHangout", "eventNamedHangout"})
"""Conferences that Google may add to any event, whether it was asked to or not (``autoAddHangouts``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody named in an event."""

    email: Plain[str]
    name: Plain[str]
    response: Response
    optional: bool = False
    resource: bool = False
    is_self: bool = False
    organizer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """One event of one calendar as Google gave it, decoded and typed; lives in a lane worker only.

    Google does not declare whether the description is HTML or plain: it may be either (google.md D "Text").
    ``private``: a private copy (``privateCopy``), which like ``locked`` can be read but not changed.
    """

    event_id: str
    etag: str
    status: Literal["confirmed", "tentative", "cancelled"]
    event_type: str = "default"
    summary: Plain[str] = _NOTHING
    description: Plain[str] = _NOTHING
    location: Plain[str] = _NOTHING
    start: When | None = None
    end: When | None = None
    recurrence: tuple[str, ...] = ()
    series_id: str | None = None
    original_start: When | None = None
    organizer: Person | None = None
    organizer_self: bool = False
    attendees: tuple[Person, ...] = ()
    attendees_omitted: bool = False
    guests_hidden: bool = False
    """Only the organiser is to see who is invited (``guestsCanSeeOtherGuests``)."""
    conference_uri: Plain[str] = _NOTHING
    conference_kind: str = ""
    """Who made the conference data (``conferenceSolution.key.type``), '' when there is none."""
    mark: str = ""
    """Our private extended property, which stands beside a block that we wrote; '' when there is none."""
    private: bool = False
    locked: bool = False
    confidential: bool = False
    """Visibility ``private`` or ``confidential``: who may not see the event's details is not to see its title."""
    kind: EventKind = "meeting"
    updated: float = 0.0
    """Epoch seconds; 0 when Google did not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFact:
    """What an actor knows of an event: when, who answers how, what was asked for. No text of any person.

    ``digest`` and ``join_digest`` are keyed hashes (per user) of what readers see and of how to join: equal means
    nothing to do. ``asked`` is what the keyword in the location asks for. ``has_block``: our join block is in the text.
    ``foreign_webex``: somebody's own Webex link is in the text outside it; then nothing is to be written
    (features.md c1.12). ``unmarked``: the block is not known to be one that we wrote here and that nobody touched: it
    was pasted or copied from elsewhere, was edited, or lost its mark. ``conference``: another service's conference
    hangs on the event, so it has a meeting already (google.md D "conferenceData").
    """

    event_id: str
    etag: str
    start: When
    end: When
    recurrence: tuple[str, ...] = ()
    series_id: str | None = None
    original_start: When | None = None
    cancelled: bool = False
    response: Response = "none"
    organiser: bool = False
    writable: bool = False
    asked: Action | None = None
    has_block: bool = False
    unmarked: bool = False
    foreign_webex: bool = False
    conference: bool = False
    joinable: bool = False
    digest: str = ""
    join_digest: str = ""
    title_digest: str = ""
    """Keyed hash of the title: what a Webex meeting or space is called."""
    guests_digest: str = ""
    """Keyed hash of the addresses of the people invited, in any order: who belongs into a space."""
    people: int = 0
    """How many people are invited; the organiser and rooms are not counted, a distribution list counts as one."""
    by_address: bool = False
    """``asked`` comes from a Webex address in the location, which may be somebody else's than the organiser's."""
    confidential: bool = False
    kind: EventKind = "meeting"
    block_for: str = ""
    """Which meeting our block leads to, as its mark says (``blocks.py``); '' for the Personal Room."""
    derived: bool = False
    """An occurrence that was not told by the stream of changes but asked for: of a series that is not expanded here
    (``expanding.py``), or at the new edge of the window (``edge.py``).
    """
    as_series: str = field(default="", compare=False)
    """Of an occurrence at the edge: the ``likeness`` that it would have if it were its series."""
    updated: Instant = field(default=Instant(0), compare=False)
    """When it was last changed, by Google's clock, epoch seconds; 0 when that is not known.

    It says which of two versions is newer, never that anything changed (google.md C.4, 25 and 29).
    """

    @property
    def key(self) -> str:
        """Id of the series that this belongs to, or its own."""
        return self.series_id or self.event_id

    @property
    def likeness(self) -> str:
        """What readers see and how to join, to compare an occurrence with its series."""
        return f"{self.digest}/{self.join_digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """Google says that an event is cancelled or deleted.

    A cancelled exception of a series (``series_id`` and ``original_start`` given) must be kept as long as its series,
    to subtract that occurrence.
    """

    event_id: str
    etag: str = ""
    series_id: str | None = None
    original_start: When | None = None
    updated: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventContent:
    """Everything sensitive that readers of the meetings list get, before it is sealed; worker and KMS only.

    ``join_url``: an http(s) link for people, ``join_uri``: what a video system dials (``sip:``, ``sips:``, ``h323:``);
    '' where there is none.
    """

    event_id: str
    subject: Plain[str]
    location: Plain[str]
    notes: Plain[str]
    organizer: Person | None
    participants: tuple[Person, ...]
    join_url: Plain[str]
    join_uri: Plain[str]
    confidential: bool = False
    space: bool = False
    """A space is asked for: the join cell names the guests, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedEvent:
    """A fact together with its sealed content, ready for the store.

    ``item``: JSON object of the Webex item's JWE fields and ``encryptionKeyUrl`` (webex.md A.2); ``join``: our own
    cell with what deliveries need (``work/joincell.py``), None for what is no meeting.
    """

    fact: EventFact
    item: bytes
    join: Sealed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """An item of a page that could not be read; the rest of the page is kept. ``event_id`` is '?' when unreadable."""

    event_id: str
    reason: str


def is_meeting(event: CalendarEvent) -> bool:
    """Say whether people meet: working locations, focus time, absences, birthdays and mail's own entries are none.

    An event type that does not exist yet counts as a meeting. Source: Calendar v3 ``eventType``.
    """
    return event.kind == "meeting"


def is_kept(event: CalendarEvent) -> bool:
    """Say whether it is kept: meetings, and what may say how a person can be reached."""
    return event.kind != "other"


def analyse(
    event: CalendarEvent,
    *,
    webex: Action | None = "myroom",
    meet: Action | None = "space",
    owner: str = "",
    rules: Rules = NO_RULES,
) -> tuple[EventFact, EventContent]:
    """Part an event into what an actor may know of it and what its readers get; the vault fills in the digests.

    ``webex`` and ``meet``: what the bare keywords do (``keywords.py``); ``owner``: id of the person whose calendar it
    is, by whom the mark of a block is judged, '' to take every block for ours; ``rules``: the administrator's, for join
    links. Readers get the description as it is, block included: it says how to join. An event without times (Google
    leaves them out of cancelled rows) is placed where its occurrence was, or else at the epoch, where no window
    reaches.
    """
    description = event.description.reveal()
    join = joinlinks.find_join(event.location.reveal(), description, event.conference_uri.reveal(), rules)
    wish = keywords.wish(event.location.reveal(), webex=webex, meet=meet)
    if event.kind != "meeting":
        return _status(event)
    fact = replace(_fact(event, description, join, wish.action), by_address=wish.room != "")
    fact = _without_space(_judged(fact, event, owner, wish.word), event)
    return fact, _content(event, join, fact.asked)


def _without_space(fact: EventFact, event: CalendarEvent) -> EventFact:
    """In a space everybody sees who is there: who hides the guests from each other gets a meeting without one.

    Likewise where Google does not name them all: whoever is not named would be taken for uninvited.
    """
    unfit = event.guests_hidden or event.attendees_omitted
    return replace(fact, asked="onetime") if unfit and fact.asked == "space" else fact


def _judged(fact: EventFact, event: CalendarEvent, owner: str, word: str) -> EventFact:
    """Say of a block whether it is one of ours, and where it leads.

    A bare keyword means for an event with our block what it meant when that was written: a setting that has changed
    since rewrites nothing (features.md c1.14).
    """
    block = joinblock.find(event.description.reveal())
    if block is None:
        return fact
    way, before = joinblock.parts_of(event.mark)
    if owner and event.mark != joinblock.mark(block, owner, way, before):
        return replace(fact, unmarked=True)
    meant = _MEANT.get(way.partition("-")[0]) if word and word == before else None
    return replace(fact, block_for=way, asked=meant or fact.asked)


def _fact(event: CalendarEvent, description: str, join: joinlinks.JoinLink | None, asked: Action | None) -> EventFact:
    start = event.start or event.original_start or Timed(at=0, tz="UTC")
    return EventFact(
        event_id=event.event_id,
        etag=event.etag,
        start=start,
        end=event.end or start,
        recurrence=event.recurrence,
        series_id=event.series_id,
        original_start=event.original_start,
        cancelled=event.status == "cancelled",
        response=_response(event),
        organiser=event.organizer_self,
        writable=_is_writable(event),
        asked=asked,
        has_block=joinblock.find(description) is not None,
        foreign_webex=joinlinks.mentions(joinblock.strip(description), joinproviders.WEBEX),
        conference=event.conference_kind not in _GOOGLES_OWN,
        joinable=join is not None and join.web != "",
        people=sum(1 for person in event.attendees if not person.resource and not person.organizer),
        confidential=event.confidential,
        kind=event.kind,
        updated=Instant(event.updated),
    )


def _response(event: CalendarEvent) -> Response:
    own = next((person.response for person in event.attendees if person.is_self), None)
    return own or ("organizer" if event.organizer_self else "none")


def _is_writable(event: CalendarEvent) -> bool:
    """Say whether this copy may be changed: attendees' copies and other kinds of events refuse it (google.md D)."""
    return event.organizer_self and not event.locked and not event.private and event.event_type == "default"


def _status(event: CalendarEvent) -> tuple[EventFact, EventContent]:
    """Of what says how a person can be reached only the times count: nobody reads its words here."""
    bare = replace(event, summary=_NOTHING, description=_NOTHING, location=_NOTHING, attendees=(), organizer=None)
    fact = replace(_fact(bare, "", None, None), writable=False, response=_response(event))
    return fact, _content(bare, None, None)


def _content(event: CalendarEvent, join: joinlinks.JoinLink | None, asked: Action | None) -> EventContent:
    return EventContent(
        event_id=event.event_id,
        subject=event.summary,
        location=event.location,
        notes=event.description,
        organizer=event.organizer,
        participants=event.attendees,
        join_url=Plain(join.web if join else ""),
        join_uri=Plain(join.dial if join else ""),
        confidential=event.confidential,
        space=asked == "space" and _is_writable(event),
    )
