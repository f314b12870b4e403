"""Writing join details into invitations whose location asks for them.

Owns: which events want the block, the order to write it, the budget that ends a write war.
Promises: only on the organiser's copy, once per event and wish; our own echo causes no second write (the event then has
the block); an event that cannot be written is left alone until it changes.
Does not: compose the block (``joinblock.py``) or look at text (the fact says what was asked).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import sync
from hybridcal_daemon.domain.calls import Decorate, Priority
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.recurrence import touches
from hybridcal_daemon.domain.values import DAY, HOUR, Instant, Sealed, Window, stored_window

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.events import EventFact
    from hybridcal_daemon.domain.messages import CallFailed, Decorated
    from hybridcal_daemon.domain.state import Pending

DECORATE: Final = "decorate"
_AT_ONCE: Final = 4
_BUDGET: Final = 5
"""Writes per event and hour; more means that another program undoes ours (google.md D "Loops")."""
_FINAL: Final = frozenset({Kind.REFUSED, Kind.NOT_FOUND, Kind.INVALID})
_FOREVER: Final = 400 * DAY


def wanting(draft: Draft) -> list[EventFact]:
    """Events that ask for a block and have none, are ours to write and not over."""
    ahead = Window(start=draft.now, end=Instant(draft.now + _FOREVER))
    settled = set(draft.durable.settled)
    return [
        fact
        for fact in draft.events.values()
        if fact.asked == "myroom"
        and fact.writable
        and not fact.has_block
        and not fact.cancelled
        and (fact.event_id, fact.etag) not in settled
        and touches(fact, ahead)
    ]


def settle(draft: Draft) -> None:
    """Order the writes that are due; the room is asked for by ``room.py`` first."""
    _forget_settled(draft)
    room = draft.durable.room
    if room is None:
        return
    for fact in wanting(draft)[:_AT_ONCE]:
        what = f"{DECORATE}:{fact.event_id}"
        if draft.flying(what) or draft.blocked(DECORATE) or draft.blocked(what):
            continue
        if _over_budget(draft, fact.event_id):
            draft.pause(what, HOUR, "write-budget")
            continue
        _order(draft, fact, what, room)


def _order(draft: Draft, fact: EventFact, what: str, room: Sealed) -> None:
    draft.submit(
        "google",
        Priority.LIVE,
        what,
        lambda rid: Decorate(request_id=rid, user=draft.user, event_id=fact.event_id, room=room),
        etag=fact.etag,
    )


def _over_budget(draft: Draft, event_id: str) -> bool:
    recent = tuple(pair for pair in draft.durable.writes if pair[1] > draft.now - HOUR)
    if recent != draft.durable.writes:
        draft.keep(writes=recent)
    return sum(1 for written, _ in recent if written == event_id) >= _BUDGET


def _forget_settled(draft: Draft) -> None:
    """Forget verdicts over versions of events that are gone."""
    current = tuple(
        (event_id, etag)
        for event_id, etag in draft.durable.settled
        if event_id in draft.events and draft.events[event_id].etag == etag
    )
    if current != draft.durable.settled:
        draft.keep(settled=current)


def decorated(draft: Draft, pending: Pending, answer: Decorated) -> None:
    """The event says how to join now, or needs nothing."""
    draft.well(DECORATE)
    draft.well(f"{DECORATE}:{answer.event_id}")
    known = draft.events.get(answer.event_id)
    if answer.outcome == "written":
        draft.keep(writes=(*draft.durable.writes, (answer.event_id, draft.now)))
        draft.note("event.decorated")
    if answer.event is None or known is None or known.etag != pending.etag:
        sync.mark_dirty(draft, pushed=False)  # the state moved on meanwhile: let the next list say what is true
        _settled(draft, answer.event_id, pending.etag)
        return
    if touches(answer.event.fact, stored_window(draft.durable.full_at)) and answer.event.fact != known:
        draft.put(answer.event)
    _settled(draft, answer.event_id, answer.event.fact.etag)


def _settled(draft: Draft, event_id: str, etag: str) -> None:
    draft.keep(settled=(*draft.durable.settled, (event_id, etag)))


def failed(draft: Draft, event_id: str, pending: Pending, failure: CallFailed) -> None:
    """Refused for good, or to be tried again."""
    if failure.kind in _FINAL and not failure.in_doubt:
        _settled(draft, event_id, pending.etag)
        draft.note("event.left-alone", code=failure.code)
        return
    mine = failure.kind is Kind.CONFLICT
    draft.failed(f"{DECORATE}:{event_id}" if mine else DECORATE, failure)
