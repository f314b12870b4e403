"""Which events should have a block of join details, and which should not have theirs any more.

Owns: what an event asks for and what it has, compared. Promises: pure; a block is only ever wanted in, or taken out of,
the organiser's own copy; one that is not known to be ours and untouched (``EventFact.unmarked``) is never taken out;
where a meeting of its own is asked for, nothing is wanted until there is one, and what stands there stays so long.
Does not: order anything (``decorating.py`` does), or look at text (the fact says what was asked).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from hybridcal_daemon.domain import holding
from hybridcal_daemon.domain.recurrence import touches
from hybridcal_daemon.domain.values import DAY, Instant, Window

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.events import Action, EventFact
    from hybridcal_daemon.domain.values import Sealed

MOST_IN_ROOM: Final = 300
"""More guests than this get no details of a Personal Room (features.md c1.12)."""
PERSONAL_ROOM: Final = "room"
"""Place of the cell with the Personal Room."""
_FOREVER: Final = 400 * DAY


class Way(NamedTuple):
    """How to join an event. ``cell``: sealed for ``place``; ``name``: what a block that says so has in its mark."""

    cell: Sealed
    place: str
    action: Action
    name: str


def is_ours(fact: EventFact) -> bool:
    """Say whether it may be written to.

    Of occurrences that were asked for nobody knows yet whether the wish is their own or their series'; a list says it.
    """
    return fact.writable and not fact.cancelled and not fact.derived and fact.kind == "meeting"


def asks(fact: EventFact) -> bool:
    """Say whether an event asks for join details that are ours to write."""
    return fact.asked is not None and is_ours(fact) and not fact.foreign_webex and not fact.conference


def sheds(fact: EventFact) -> bool:
    """Say whether an event has a block of ours although it asks for nothing any more."""
    return fact.asked is None and has_ours(fact)


def has_ours(fact: EventFact) -> bool:
    """Say whether an event has a block that we wrote and that nobody touched."""
    return fact.has_block and not fact.unmarked and is_ours(fact)


def is_crowded(fact: EventFact) -> bool:
    """Say whether an event asks for the Personal Room and has too many guests for it."""
    return fact.people > MOST_IN_ROOM and fact.asked == "myroom" and asks(fact) and not fact.has_block


def way_to(draft: Draft, fact: EventFact) -> Way | None:
    """Give how to join an event that asks for it, None as long as that is not known."""
    if fact.asked == "myroom":
        room = draft.durable.room
        return None if room is None else Way(room, PERSONAL_ROOM, "myroom", "")
    meeting = holding.meeting_of(draft, fact)
    if meeting is None or meeting.join is None:
        return None
    place = holding.meeting_place(meeting.tag)
    return Way(meeting.join, place, meeting.kind, _name(meeting.kind, meeting.meeting_id))


def _name(kind: str, meeting_id: str) -> str:
    """Name a meeting by what Webex calls it: one that is made anew for the same event is another one."""
    return f"{kind}-{hashlib.sha256(meeting_id.encode()).hexdigest()[:12]}"


def version(draft: Draft, fact: EventFact) -> str:
    """Give what a verdict about an event is bound to: wish and way to join where there is a block, else the event.

    So that guests who answer do not make us look again at a block that was found to be right.
    """
    if not (fact.has_block and fact.join_digest):
        return fact.etag
    if fact.asked in {"myroom", None}:
        return f"{fact.asked or 'off'} {fact.join_digest}"
    way = way_to(draft, fact)
    return f"{way.name if way else fact.asked} {fact.join_digest}"


def ahead(draft: Draft, facts: Iterable[EventFact]) -> list[EventFact]:
    """Give those that are not over."""
    window = Window(start=draft.now, end=Instant(draft.now + _FOREVER))
    return [fact for fact in facts if touches(fact, window)]


def wanting(draft: Draft) -> list[EventFact]:
    """Events that ask for a block that they have not, or are to have anew, are not settled and not over."""
    again = frozenset(draft.durable.redo)
    asking = (fact for fact in draft.events.values() if fact.asked is not None and asks(fact))
    lacking = [fact for fact in asking if lacks(draft, fact, again)]
    return ahead(draft, _unsettled(draft, lacking, again)) if lacking else lacking


def lacks(draft: Draft, fact: EventFact, again: frozenset[str]) -> bool:
    """Say whether an event that asks has not the block it should have, or is to have it anew."""
    standing = fact.has_block and not fact.unmarked and fact.event_id not in again
    if fact.asked == "myroom":
        wrong = not standing or fact.block_for != "" or fact.by_address  # whose address that is only the text says
        return wrong and not is_crowded(fact)
    way = way_to(draft, fact)
    return way is not None and not (standing and fact.block_for == way.name)


def shedding(draft: Draft) -> list[EventFact]:
    """Events whose block is to be taken out, that are not settled and not over."""
    loose = [fact for fact in draft.events.values() if fact.has_block and sheds(fact)]
    return ahead(draft, _unsettled(draft, loose, frozenset())) if loose else loose


def crowded(draft: Draft) -> list[EventFact]:
    """Events with too many guests for the Personal Room that they ask for, and not over."""
    many = [fact for fact in draft.events.values() if fact.people > MOST_IN_ROOM and is_crowded(fact)]
    return ahead(draft, many) if many else many


def standing(draft: Draft) -> list[EventFact]:
    """Events that have a block of ours, and are not over."""
    return ahead(draft, (fact for fact in draft.events.values() if fact.has_block and has_ours(fact)))


def _unsettled(draft: Draft, facts: list[EventFact], again: frozenset[str]) -> list[EventFact]:
    settled = frozenset(draft.durable.settled)
    return [fact for fact in facts if fact.event_id in again or (fact.event_id, version(draft, fact)) not in settled]
