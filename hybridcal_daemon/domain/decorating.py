"""Writing join details into invitations whose location asks for them.

Owns: which events want the block, the order to write it, the budget that ends a write war.
Promises: only on the organiser's copy, once per event and wish; our own echo causes no second write (the event then has
the block); an event that cannot be written is left alone until it changes; one event that cannot be written now keeps
no other one waiting.
Does not: compose the block (``joinblock.py``) or look at text (the fact says what was asked).
"""

from __future__ import annotations

from dataclasses import replace
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
"""Writes of one user under way at a time; the rest follow as those are answered."""
_BUDGET: Final = 5
"""Writes per event and hour; more means that another program undoes ours (google.md D "Loops")."""
_FINAL: Final = frozenset({Kind.REFUSED, Kind.NOT_FOUND, Kind.INVALID})
_ROOM_UNREADABLE: Final = "kms-tampered"
_FOREVER: Final = 400 * DAY


def asks(fact: EventFact) -> bool:
    """Say whether an event asks for a block that it has not, and is ours to write."""
    mine = fact.writable and not fact.cancelled and not fact.foreign_webex
    return mine and fact.asked == "myroom" and not fact.has_block


def wanting(draft: Draft) -> list[EventFact]:
    """Events that ask for a block, are not settled and not over."""
    asking = [fact for fact in draft.events.values() if asks(fact)]
    if not asking:
        return asking
    ahead = Window(start=draft.now, end=Instant(draft.now + _FOREVER))
    settled = set(draft.durable.settled)
    return [fact for fact in asking if (fact.event_id, fact.etag) not in settled and touches(fact, ahead)]


def settle(draft: Draft) -> None:
    """Order the writes that are due, as many as may be under way."""
    _forget_settled(draft)
    room = draft.durable.room
    if room is None or not _is_fresh(draft) or draft.blocked(DECORATE):
        return
    free = _AT_ONCE - sum(1 for pending in draft.flight.calls.values() if pending.what.startswith(f"{DECORATE}:"))
    for fact in wanting(draft):
        if free <= 0:
            return
        free -= _order_if_due(draft, fact, room)


def _is_fresh(draft: Draft) -> bool:
    """An old room is looked up again first (``room.py``), and used as it is only when that fails."""
    return draft.durable.room_at + draft.settings.room_ttl > draft.now or draft.trouble("room") is not None


def _order_if_due(draft: Draft, fact: EventFact, room: Sealed) -> bool:
    """Give whether a write was ordered."""
    what = f"{DECORATE}:{fact.event_id}"
    if draft.flying(what) or draft.blocked(what):
        return False
    if _over_budget(draft, fact.event_id):
        draft.pause(what, HOUR, "write-budget")
        draft.wake(draft.now + HOUR)
        return False
    draft.submit(
        "google",
        Priority.LIVE,
        what,
        lambda rid: Decorate(request_id=rid, user=draft.user, event_id=fact.event_id, room=room),
        etag=fact.etag,
    )
    return True


def _over_budget(draft: Draft, event_id: str) -> bool:
    recent = tuple(pair for pair in draft.durable.writes if pair[1] > draft.now - HOUR)
    if recent != draft.durable.writes:
        draft.keep(writes=recent)
    return sum(1 for written, _ in recent if written == event_id) >= _BUDGET


def _forget_settled(draft: Draft) -> None:
    """Forget verdicts over versions of events that are gone or would not ask any more."""
    current = tuple((event_id, etag) for event_id, etag in draft.durable.settled if _is_current(draft, event_id, etag))
    if current != draft.durable.settled:
        draft.keep(settled=current)


def _is_current(draft: Draft, event_id: str, etag: str) -> bool:
    fact = draft.events.get(event_id)
    return fact is not None and fact.etag == etag and asks(fact)


def decorated(draft: Draft, pending: Pending, answer: Decorated) -> None:
    """The event says how to join now, or needs nothing."""
    draft.well(DECORATE)
    draft.well(f"{DECORATE}:{answer.event_id}")
    if answer.outcome == "written":
        draft.keep(writes=(*draft.durable.writes, (answer.event_id, draft.now)))
        draft.note("event.decorated")
    known = draft.events.get(answer.event_id)
    if answer.event is None or known is None or known.etag != pending.etag:
        sync.mark_dirty(draft, pushed=False)  # the state moved on meanwhile: let the next list say what is true
        _settled(draft, answer.event_id, pending.etag)
        return
    _adopt(draft, pending.etag, answer.event.fact.etag, answer)


def _adopt(draft: Draft, old: str, new: str, answer: Decorated) -> None:
    """Take over the version that was written or read: it is newer than the one that was known."""
    event = answer.event
    if event is not None and event.fact != draft.events.get(answer.event_id):
        if touches(event.fact, stored_window(draft.durable.full_at)):
            draft.put(event)
        else:
            draft.drop(answer.event_id)
    if old != new:
        sync.outdated(draft, answer.event_id, old)
    _settled(draft, answer.event_id, new)


def _settled(draft: Draft, event_id: str, etag: str) -> None:
    if (event_id, etag) not in draft.durable.settled:
        draft.keep(settled=(*draft.durable.settled, (event_id, etag)))


def failed(draft: Draft, event_id: str, pending: Pending, failure: CallFailed) -> None:
    """Refused for good, or to be tried again."""
    if failure.code == _ROOM_UNREADABLE:
        draft.keep(room=None, room_at=Instant(0))  # the cell is of no use: look the room up again
        draft.failed(DECORATE, replace(failure, kind=Kind.TRANSIENT))
    elif failure.kind in _FINAL and not failure.in_doubt:
        _settled(draft, event_id, pending.etag)
        draft.note("event.left-alone", code=failure.code)
    else:
        mine = failure.kind is Kind.CONFLICT
        draft.failed(f"{DECORATE}:{event_id}" if mine else DECORATE, failure)
