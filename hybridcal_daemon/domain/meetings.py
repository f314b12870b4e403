"""Webex meetings of events whose organiser asked for one: made, followed, ended.

Owns: Durable.meetings, Durable.held: which event has a meeting or space of its own, and the next step of each.
Promises: one meeting per event whatever crashes: its tag is on disk before a request leaves, and after a doubt it is
looked for before it is made; it follows the event's times, title, rule and moved occurrences; it ends with the event,
with the keyword, or with another keyword; never more orders for a host than Webex allows in 24 hours. What is over is
left as it was, and one whose event has only left the window is kept for when it comes back.
Does not: write the block (``decorating.py``), render anything, or read a clock.

``planned`` -> (a space: ``opening`` ->) ``making`` -> ``made``; a change makes it ``making`` again, with its id.
``planning.py`` says when it takes place, ``spacing.py`` where, ``holding.py`` whose it is; ``meetsteps.py`` orders,
``meetfailing.py`` judges failures.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import meetfailing, meetsteps, planning, spacing
from hybridcal_daemon.domain.holding import (
    MEETING,
    action,
    add,
    find,
    join_of,
    let_go,
    limit_reached,
    may_exist,
    meeting_of,
    meeting_place,
    put,
    recent_orders,
    remove,
    rewound,
    shares_series,
    try_at,
)
from hybridcal_daemon.domain.recurrence import touches
from hybridcal_daemon.domain.state import Meeting
from hybridcal_daemon.domain.values import DAY, Instant, Window, as_instant

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.events import EventFact
    from hybridcal_daemon.domain.messages import (
        CallFailed,
        EventsListed,
        MeetingEnded,
        MeetingFound,
        MeetingHeld,
        SpaceFollowed,
        SpaceFound,
        SpaceOpened,
    )
    from hybridcal_daemon.domain.state import Pending

__all__ = [
    "MEETING",
    "end_all",
    "ended",
    "failed",
    "found",
    "held",
    "join_of",
    "limit_reached",
    "meeting_of",
    "meeting_place",
    "outstanding",
    "rewound",
    "settle",
    "space_failed",
    "space_followed",
    "space_found",
    "space_opened",
    "told",
    "try_at",
]

_MADE: Final = frozenset({"onetime", "space"})
_FOREVER: Final = 400 * DAY


def settle(draft: Draft) -> None:
    """Order the next step of every meeting, as many as may be under way."""
    asking = [fact for fact in draft.events.values() if fact.asked in _MADE]
    if draft.durable.standing.state != "active" or not (asking or draft.durable.meetings):
        return
    kin = meetsteps.kin_of(draft)
    for meeting in draft.durable.meetings:
        _judge(draft, meeting, kin)
    for fact in sorted(asking, key=lambda each: as_instant(each.start)):  # who meets first need not wait
        _plan(draft, fact, kin)
    if recent_orders(draft) != draft.durable.held:
        draft.keep(held=recent_orders(draft))
    before = draft.durable.meetings
    for meeting in before:
        current = meeting if draft.durable.meetings is before else find(draft, meeting.tag)
        if current is not None:
            meetsteps.advance(draft, current, kin)


# ---- which meetings there should be


def _judge(draft: Draft, meeting: Meeting, kin: meetsteps.Kin) -> None:
    """See whether it is still wanted, and until when."""
    fact = draft.events.get(meeting.event_id)
    if meeting.unwanted:
        return
    if fact is None or fact.derived:
        if not may_exist(meeting):
            let_go(draft, meeting)  # it is planned anew when more is known of the event
        return
    if not _keeps(draft, meeting, fact):
        let_go(draft, meeting)
    elif (lasts := _lasts(draft, fact, kin)) != meeting.lasts:
        put(draft, replace(meeting, lasts=lasts))


def _keeps(draft: Draft, meeting: Meeting, fact: EventFact) -> bool:
    """Say whether an event still asks for this very meeting; a link beside its block does not take it away."""
    if action(fact) != meeting.kind or shares_series(draft, fact) or not (fact.has_block or _is_free(fact)):
        return False
    return meeting.kind != "space" or spacing.fits(draft, meeting, fact)


def _is_free(fact: EventFact) -> bool:
    return not fact.foreign_webex and not fact.conference


def _lasts(draft: Draft, fact: EventFact, kin: meetsteps.Kin) -> Instant:
    return planning.lasts(fact, kin.get(fact.event_id, ()), meetsteps.zone(draft))


def _plan(draft: Draft, fact: EventFact, kin: meetsteps.Kin) -> None:
    """A meeting for an event that asks for one of its own, has none, and is not over."""
    kind = action(fact)
    if kind is None or not _is_free(fact) or shares_series(draft, fact) or meeting_of(draft, fact) is not None:
        return
    if _is_outdated(draft, fact):
        return
    ahead = Window(start=draft.now, end=Instant(draft.now + _FOREVER))
    if not touches(fact, ahead) or (kind == "space" and spacing.refused(draft, fact)):
        return
    tag = draft.token(MEETING)
    new = Meeting(event_id=fact.event_id, kind=kind, tag=tag, state="planned", since=draft.now)
    new = replace(new, lasts=_lasts(draft, fact, kin))
    if kind == "space":
        new = replace(new, **spacing.place(draft, fact, tag))
        waiting = draft.flying(f"space:{new.space_tag}") or new.space_tag != tag
        new = replace(new, state="opening" if waiting and not new.space_id else "planned")
    add(draft, new)


def _is_outdated(draft: Draft, fact: EventFact) -> bool:
    """Say whether a list that is being read has news of an event: who asks no more is not to get a meeting still."""
    look = draft.flight.traversal
    return look is not None and any(fact.event_id in seen for seen in (look.events, look.removed, look.outside))


def told(draft: Draft, page: EventsListed) -> None:
    """What the stream of changes says of events, also of those that get no row or lose theirs.

    Who is cancelled, or asks no more, ends; who only moved out of the window is kept.
    """
    known = {meeting.event_id for meeting in draft.durable.meetings}
    facts = [event.fact for event in page.events if event.fact.event_id in known]
    for fact in facts:
        _seen(draft, fact)
    gone = {removed.event_id for removed in page.removed}
    for meeting in draft.durable.meetings:
        if not meeting.unwanted and (meeting.event_id in gone or _series_of(meeting.event_id) in gone):
            let_go(draft, meeting)


def _series_of(event_id: str) -> str:
    """The series that the id of an occurrence names (google.md C.4), '' for any other id."""
    series_id, _, stamp = event_id.rpartition("_")
    return series_id if stamp[:8].isdigit() and len(stamp) in {8, 16} else ""


def _seen(draft: Draft, fact: EventFact) -> None:
    for meeting in draft.durable.meetings:
        if meeting.event_id == fact.event_id and not meeting.unwanted:
            put(draft, replace(meeting, lasts=_lasts(draft, fact, {})))
            if not _keeps(draft, meeting, fact):
                let_go(draft, find(draft, meeting.tag) or meeting)


# ---- answers


def held(draft: Draft, answer: MeetingHeld) -> None:
    """The meeting stands as ordered."""
    meeting = find(draft, answer.tag)
    if meeting is None:
        return
    draft.note("meeting.changed" if meeting.meeting_id else "meeting.held")
    _stands(draft, replace(meeting, join=answer.join), answer.meeting_id)


def found(draft: Draft, answer: MeetingFound) -> None:
    """It was made after all, or never."""
    meeting = find(draft, answer.tag)
    if meeting is None:
        return
    draft.well(MEETING)
    if answer.meeting_id is None:
        put(draft, replace(meeting, state="planned", retry_at=Instant(0)))
        draft.note("meeting.not-found")
    else:
        _stands(draft, replace(meeting, join=answer.join), answer.meeting_id)
        draft.note("meeting.found")


def _stands(draft: Draft, meeting: Meeting, meeting_id: str) -> None:
    draft.well(MEETING)
    if meeting.meeting_id != meeting_id:
        _look_at_blocks(draft, meeting.event_id)
    put(
        draft,
        replace(meeting, state="made", meeting_id=meeting_id, retry_at=Instant(0), failures=0, code=""),
    )


def _look_at_blocks(draft: Draft, event_id: str) -> None:
    """Verdicts over blocks of these events were about another way to join."""
    sharing = {fact.event_id for fact in draft.events.values() if fact.series_id == event_id} | {event_id}
    kept = tuple(pair for pair in draft.durable.settled if pair[0] not in sharing)
    if kept != draft.durable.settled:
        draft.keep(settled=kept)


def ended(draft: Draft, answer: MeetingEnded) -> None:
    """It is gone."""
    meeting = find(draft, answer.tag)
    if meeting is not None:
        draft.well(MEETING)
        remove(draft, meeting)
        draft.note("meeting.ended")


def failed(draft: Draft, tag: str, pending: Pending, failure: CallFailed) -> None:
    """About ``meeting:<tag>``."""
    meetfailing.failed(draft, tag, pending, failure)


def space_opened(draft: Draft, answer: SpaceOpened) -> None:
    """The space exists."""
    spacing.opened(draft, answer)


def space_found(draft: Draft, answer: SpaceFound) -> None:
    """It exists after all, under another id perhaps, or not at all."""
    spacing.found(draft, answer)


def space_followed(draft: Draft, answer: SpaceFollowed) -> None:
    """Title and members are right."""
    spacing.followed(draft, answer)


def space_failed(draft: Draft, tag: str, pending: Pending, failure: CallFailed) -> None:
    """About ``space:<tag>``."""
    spacing.failed(draft, tag, pending, failure)


# ---- leaving


def outstanding(draft: Draft) -> tuple[Meeting, ...]:
    """Meetings still to come that Webex has, or may have."""
    return tuple(one for one in draft.durable.meetings if may_exist(one) and one.lasts > draft.now)


def end_all(draft: Draft) -> None:
    """For a user who leaves: no meeting is wanted any more."""
    for tag in [meeting.tag for meeting in draft.durable.meetings]:
        current = find(draft, tag)
        if current is not None:
            if not current.unwanted:
                let_go(draft, current)
            meetsteps.advance(draft, find(draft, tag) or current, {})
