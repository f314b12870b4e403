"""Why an event gets join details, a place in the list and a Join card, or does not.

Owns: the reasons, each a stable code with a sentence and a fix, and the order in which they count. Promises: pure; no
word of the event, nobody's address: what is told here may be shown to an admin.
Does not: ask Google (``work/errands.py`` does) or change anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from hybridcal_daemon.domain.recurrence import touches
from hybridcal_daemon.domain.values import AllDay, Instant, Window, as_instant, is_room, served_window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.events import EventFact

About = Literal["event", "details", "list", "card"]
_FOREVER: Final = 400 * 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is stored about one event and around it. ``room``: a Personal Room is known; ``*_code``: of the catalogue.

    ``settled``: this version of the event was looked at and left alone. ``card``: state of its newest Join card.
    ``of_room``: the calendar is a room's.
    """

    fact: EventFact | None
    state: str
    state_code: str
    room: bool
    room_code: str
    write_code: str
    settled: bool
    card: str
    synced_at: Instant
    of_room: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The event as Google has it now. ``meeting``: people meet in it; ``kept``: a copy that cannot be changed."""

    fact: EventFact
    meeting: bool
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """``good``: it is as it should be. ``fix`` is '' where there is nothing to do."""

    code: str
    about: About
    good: bool
    means: str
    fix: str


def _entry(about: About, means: str, fix: str = "", *, good: bool = False) -> tuple[About, bool, str, str]:
    return about, good, means, fix


REASONS: Final = {
    "no-such-event": _entry(
        "event",
        "Google has no such event in this calendar, or it was deleted.",
        "Check the id: it is in the address of the event's page in Google Calendar, after eid=.",
    ),
    "not-served": _entry(
        "event",
        "This calendar is not read at present.",
        "See why and what to do: hybridcal users show ADDRESS",
    ),
    "not-a-meeting": _entry(
        "event",
        "It is a working location, focus time, absence, birthday or an entry made from mail: nobody meets in it.",
        "Nothing; make an ordinary event if people are to meet.",
    ),
    "over": _entry("event", "It is over.", "Nothing."),
    "organiser": _entry("event", "It is organised from this calendar.", good=True),
    "attendee": _entry("event", "Somebody else organises it.", good=True),
    "details-present": _entry("details", "The join details are in its description.", good=True),
    "details-foreign": _entry(
        "details",
        "A Webex link was typed into it already, so nothing is written.",
        "Remove that link if the Personal Room is meant.",
    ),
    "details-conference": _entry(
        "details",
        "Another service's meeting was added to it already, so nothing is written.",
        "Remove that conference from the event if the Personal Room is meant.",
    ),
    "details-not-asked": _entry(
        "details",
        "Its location asks for nothing.",
        "Write @webex into the location of the event.",
    ),
    "details-space": _entry(
        "details",
        "Its keyword asks for a meeting in a space, which is not made.",
        "Write @webex or @webex:myroom into the location.",
    ),
    "details-onetime": _entry(
        "details",
        "Its keyword asks for a one-time meeting, which is not made.",
        "Write @webex or @webex:myroom into the location.",
    ),
    "details-not-organiser": _entry(
        "details",
        "Join details are written into the organiser's copy only; from there every guest gets them.",
        "Activate the organiser, if they are of this company: hybridcal users activate ADDRESS",
    ),
    "details-read-only": _entry(
        "details",
        "This copy is locked, private or of a kind that Google lets nobody change.",
        "Nothing; the organiser can make an ordinary event.",
    ),
    "details-of-room": _entry(
        "details",
        "This is a room's copy: join details come from the organiser's, and cards go to people.",
        "Explain it for the organiser: hybridcal explain ADDRESS EVENT",
    ),
    "details-no-room": _entry(
        "details",
        "The person has no Webex Personal Room.",
        "Control Hub > Users: give the person a licence with a Personal Room.",
    ),
    "details-room-unknown": _entry(
        "details",
        "The person's Webex Personal Room is not known yet.",
        "Nothing; it is looked up, see: hybridcal users show ADDRESS",
    ),
    "details-left-alone": _entry(
        "details",
        "This version of the event was looked at and could not be written.",
        "See the log line event.left-alone; it is looked at again when the event changes.",
    ),
    "details-soon": _entry("details", "The join details are to be written.", "Nothing; wait some seconds.", good=True),
    "listed": _entry("list", "It is in the meetings list.", good=True),
    "list-outside": _entry(
        "list",
        "It does not happen between 7 days back and 31 days ahead.",
        "Nothing; it comes into the list when its time comes.",
    ),
    "list-not-yet": _entry(
        "list",
        "This version of the event has not been read yet.",
        "Wait some seconds; or read the calendar anew: hybridcal users resync ADDRESS",
    ),
    "list-stale": _entry(
        "list",
        "It is in the meetings list as it was before its last change.",
        "Wait some seconds; or read the calendar anew: hybridcal users resync ADDRESS",
    ),
    "card-declined": _entry(
        "card", "The person has declined, so there is no Join card.", "Nothing; accept it to get one."
    ),
    "card-no-link": _entry(
        "card",
        "There is no way to join in it that is recognised, so there is no Join card.",
        "Put a link to a video meeting into the location or description, or write @webex into the location.",
    ),
    "card-all-day": _entry("card", "It lasts whole days, so there is no moment for a Join card.", "Nothing."),
    "card-out": _entry("card", "The Join card is out.", good=True),
    "card-refused": _entry("card", "Webex does not take the Join card.", "See the log lines call.failed."),
    "card-later": _entry("card", "The Join card comes shortly before it begins.", good=True),
}
"""Code to (about, good, means, fix); a trouble's own code has the sentences of the error catalogue."""


# ---- what is stored


def known(draft: Draft, event_id: str) -> Known:
    """Gather what the actor knows; for an occurrence without a row of its own its series' row counts."""
    durable = draft.durable
    fact = draft.events.get(event_id) or draft.events.get(event_id.rpartition("_")[0])
    own_id = fact.event_id if fact is not None else event_id
    write = draft.trouble(f"decorate:{own_id}") or draft.trouble("decorate")
    room = draft.trouble("room")
    cards = [card for card in durable.cards if card.event_id == own_id]
    return Known(
        fact=fact,
        state=durable.standing.state,
        state_code=durable.standing.code,
        room=durable.room is not None,
        room_code=room.code if room is not None else "",
        write_code=write.code if write is not None else "",
        settled=fact is not None and (own_id, fact.etag) in durable.settled,
        card=cards[-1].state if cards else "",
        synced_at=durable.synced_at,
        of_room=is_room(draft.user),
    )


# ---- the reasons


def reasons(seen: Seen | None, stored: Known, now: Instant) -> tuple[Reason, ...]:
    """Say everything that counts, the event itself first; a code that is not in ``REASONS`` is the catalogue's."""
    return tuple(_reason(code, about) for code, about in _codes(seen, stored, now))


def _reason(code: str, about: About) -> Reason:
    kind, good, means, fix = REASONS.get(code, (about, False, "", ""))
    return Reason(code=code, about=kind, good=good, means=means, fix=fix)


def _codes(seen: Seen | None, stored: Known, now: Instant) -> Iterator[tuple[str, About]]:
    if stored.state not in {"active", "pending"}:
        yield stored.state_code or "not-served", "event"
    if seen is None:
        yield "no-such-event", "event"
        return
    if not seen.meeting:
        yield "not-a-meeting", "event"
        return
    over = _is_over(seen.fact, now)
    if over:
        yield "over", "event"
    yield ("organiser" if seen.fact.organiser else "attendee"), "event"
    yield ("details-of-room" if stored.of_room else _details(seen, stored, over=over)), "details"
    yield _listing(seen.fact, stored, now), "list"
    if not over and not stored.of_room:
        yield _card(seen.fact, stored), "card"


def _is_over(fact: EventFact, now: Instant) -> bool:
    return not touches(fact, Window(start=now, end=Instant(now + _FOREVER))) and as_instant(fact.end) <= now


def _details(seen: Seen, stored: Known, *, over: bool) -> str:
    fact = seen.fact
    if fact.has_block:
        return "details-present"
    if fact.asked != "myroom":
        return f"details-{fact.asked}" if fact.asked else "details-not-asked"
    return _not_ours(seen) or ("over" if over else _writing(fact, stored))


def _not_ours(seen: Seen) -> str:
    """Give why nothing may be written into an event that asks for it, '' when it may."""
    if seen.fact.foreign_webex:
        return "details-foreign"
    if seen.fact.conference:
        return "details-conference"
    if not seen.fact.organiser:
        return "details-not-organiser"
    return "details-read-only" if not seen.fact.writable or seen.kept else ""


def _writing(fact: EventFact, stored: Known) -> str:
    """Give what keeps an event from being written that asks for it and is ours to write."""
    if not stored.room:
        return "details-no-room" if stored.room_code == "webex-no-room" else stored.room_code or "details-room-unknown"
    same = stored.fact is not None and stored.fact.etag == fact.etag
    if same and stored.settled:
        return "details-left-alone"
    return stored.write_code or "details-soon"


def _listing(fact: EventFact, stored: Known, now: Instant) -> str:
    if not touches(fact, served_window(now)):
        return "list-outside"
    if stored.fact is None:
        return "list-not-yet"
    return "listed" if fact.etag == stored.fact.etag or fact.event_id != stored.fact.event_id else "list-stale"


def _card(fact: EventFact, stored: Known) -> str:
    if fact.response == "declined":
        return "card-declined"
    if not fact.joinable:
        return "card-no-link"
    if isinstance(fact.start, AllDay):
        return "card-all-day"
    if stored.card in {"sending", "sent"}:
        return "card-out"
    return "card-refused" if stored.card == "failed" else "card-later"
