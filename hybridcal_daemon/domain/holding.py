"""The meetings that are held for a calendar's events: the list, and who is meant by what.

Owns: which event asks for a meeting of its own and which shares its series', finding and changing the entries of
``Durable.meetings``, the orders of the last 24 hours.
Promises: pure reading of facts; an entry that is ``unwanted`` is never given as an event's meeting again. An occurrence
shares the meeting of its series if both ask for the same (the wish stands in the location, which it inherits); it gets
one of its own only where the series asks for nothing or for something else.
Does not: order anything (``meetings.py``, ``spacing.py``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal

from hybridcal_daemon.domain import backoff
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.state import Meeting, Trouble
from hybridcal_daemon.domain.values import DAY, Instant, Sealed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.events import EventFact
    from hybridcal_daemon.domain.messages import CallFailed

MEETING: Final = "meeting"
SPACE: Final = "space"
AT_ONCE: Final = 4
"""Requests for one user's meetings and spaces under way at a time."""

Made = Literal["onetime", "space"]


def meeting_place(tag: str) -> str:
    """Place of the cell with how to join the meeting that has this tag."""
    return f"meeting/{tag}"


# ---- what events ask for


def action(fact: EventFact) -> Made | None:
    """Which meeting an event's keyword asks for, if it is ours to grant: the organiser's own copy that can be changed.

    Of occurrences that were asked for (``derived``) nobody knows whose the wish is.
    """
    mine = fact.organiser and fact.writable and not fact.cancelled and not fact.derived and fact.kind == "meeting"
    if not mine or fact.by_address or fact.asked in {None, "myroom"}:
        return None
    return "space" if fact.asked == "space" else "onetime"


def shares_series(draft: Draft, fact: EventFact) -> bool:
    """Say whether an occurrence takes place in its series' meeting; of a series without a row, in one it has."""
    if fact.series_id is None:
        return False
    series = draft.events.get(fact.series_id)
    if series is not None:
        return action(series) is not None and action(series) == action(fact)
    return _live(draft, fact.series_id, action(fact)) is not None


def meeting_of(draft: Draft, fact: EventFact) -> Meeting | None:
    """The meeting that an event is to say how to join: its own, or for an occurrence its series'."""
    owner = fact.series_id if fact.series_id is not None and shares_series(draft, fact) else fact.event_id
    return _live(draft, owner, action(fact))


def _live(draft: Draft, event_id: str, kind: Made | None) -> Meeting | None:
    mine = _by_event(draft).get(event_id, ()) if kind is not None else ()
    return next((one for one in mine if one.kind == kind), None)


def _by_event(draft: Draft) -> Mapping[str, tuple[Meeting, ...]]:
    """Give the meetings that are wanted by event, worked out anew whenever the list is another one."""
    flight, present = draft.flight, draft.durable.meetings
    if flight.indexed is not present:
        index: dict[str, tuple[Meeting, ...]] = {}
        for one in present:
            if not one.unwanted:
                index[one.event_id] = (*index.get(one.event_id, ()), one)
        flight.indexed, flight.held_for = present, index
    return flight.held_for


def join_of(draft: Draft, fact: EventFact) -> tuple[Sealed, str] | None:
    """How to join an event's meeting: the cell and its place; None while there is no meeting."""
    meeting = meeting_of(draft, fact)
    return None if meeting is None or meeting.join is None else (meeting.join, meeting_place(meeting.tag))


# ---- the list


def find(draft: Draft, tag: str) -> Meeting | None:
    """The meeting with this tag."""
    return next((one for one in draft.durable.meetings if one.tag == tag), None)


def put(draft: Draft, meeting: Meeting) -> None:
    """Put a meeting in the place of its last version."""
    if find(draft, meeting.tag) != meeting:
        draft.keep(meetings=tuple(meeting if one.tag == meeting.tag else one for one in draft.durable.meetings))


def add(draft: Draft, meeting: Meeting) -> None:
    """One more."""
    draft.keep(meetings=(*draft.durable.meetings, meeting))


def remove(draft: Draft, meeting: Meeting) -> None:
    """Nothing of it is left, or nothing that is ours to end."""
    draft.keep(meetings=tuple(one for one in draft.durable.meetings if one.tag != meeting.tag))


def let_go(draft: Draft, meeting: Meeting) -> None:
    """It is not wanted any more; a pause that was about keeping it does not keep it from ending."""
    put(draft, replace(meeting, unwanted=True, retry_at=Instant(0), failures=0))


def in_space(draft: Draft, space_tag: str) -> tuple[Meeting, ...]:
    """The meetings of a space that are wanted; the first of them leads: it is whose event the space follows."""
    mine = (one for one in draft.durable.meetings if one.space_tag == space_tag)
    return tuple(one for one in mine if space_tag and not one.unwanted)


def put_in_space(draft: Draft, space_tag: str, **changes: Any) -> None:  # noqa: ANN401 - the fields of Meeting
    """Change all meetings of a space that are wanted."""
    for meeting in in_space(draft, space_tag):
        put(draft, replace(meeting, **changes))


def under_way(draft: Draft) -> int:
    """How many requests for meetings and spaces are not answered yet."""
    kinds = (f"{MEETING}:", f"{SPACE}:")
    return sum(1 for pending in draft.flight.calls.values() if pending.what.startswith(kinds))


def may_exist(meeting: Meeting) -> bool:
    """Say whether Webex may have it."""
    return bool(meeting.meeting_id) or meeting.state in {"making", "ending"}


# ---- limits and pauses


def recent_orders(draft: Draft) -> tuple[Instant, ...]:
    """When meetings were ordered in the last 24 hours."""
    return tuple(at for at in draft.durable.held if at > draft.now - DAY)


def limit_reached(draft: Draft) -> bool:
    """Say whether this host may have no more meetings made for now."""
    return len(recent_orders(draft)) >= draft.settings.meetings_per_day


def later(draft: Draft, meeting: Meeting, failure: CallFailed) -> Meeting:
    """The meeting after one more failure, with when to go on."""
    trouble = backoff.after(
        Trouble(failures=meeting.failures),
        failure.kind,
        failure.code,
        now=draft.now,
        name=meeting.tag,
        retry_after=failure.retry_after,
    )
    if failure.kind is not Kind.INVALID:  # that one is about this meeting only
        draft.set_trouble(MEETING, trouble)
    draft.note_failure(MEETING, failure)
    return replace(meeting, retry_at=trouble.retry_at, failures=trouble.failures, code=failure.code)


def try_at(draft: Draft, soon: Instant) -> None:
    """Let what waits for its next attempt not wait longer than until ``soon``."""
    for meeting in draft.durable.meetings:
        if meeting.retry_at > soon:
            put(draft, replace(meeting, retry_at=soon))


def rewound(meeting: Meeting, now: Instant) -> Meeting:
    """The meeting after the clock was set back to ``now``."""
    return replace(meeting, since=now, retry_at=min(meeting.retry_at, now)) if meeting.since > now else meeting
