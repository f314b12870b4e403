"""Writing join details into invitations whose location asks for them.

Owns: which events want the block, the order to write it, the budget that ends a write war.
Promises: only on the organiser's copy, once per event and wish; our own echo causes no second write (the event then has
the block); an event that cannot be written is left alone until it changes; one event that cannot be written now keeps
no other one waiting, but for the exceptions of a series, which inherit what is written into it; who may not be written
to at all (``writing.py``) is left alone for hours. A block that is not known to be ours (``EventFact.unmarked``) is
looked at once for each way to join. The language is the organisation's, else the organiser's, which is read first where
it is not known yet, and English where it cannot be read; a block that stands in any other is left as it is.
Does not: compose the block (``joinblock.py``) or look at text (the fact says what was asked).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import languages, profile, sync, writing
from hybridcal_daemon.domain.calls import Decorate, Priority
from hybridcal_daemon.domain.effects import Note
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.recurrence import touches
from hybridcal_daemon.domain.values import DAY, HOUR, Instant, Sealed, Window

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
    """Say whether an event asks for a block that it has not, or that may be somebody else's, and is ours to write.

    Of occurrences that were asked for nobody knows yet whether the wish is their own or their series'; a list says it.
    """
    mine = fact.writable and not fact.cancelled and not fact.derived
    free = not fact.foreign_webex and not fact.conference
    return mine and free and fact.asked == "myroom" and (fact.unmarked or not fact.has_block)


def version(fact: EventFact) -> str:
    """Give what a verdict about an event is bound to: how to join, where there is a block, else the whole event.

    So that guests who answer do not make us look again at a block that was found to be right.
    """
    return fact.join_digest if fact.has_block and fact.join_digest else fact.etag


def wanting(draft: Draft) -> list[EventFact]:
    """Events that ask for a block, are not settled and not over."""
    asking = [fact for fact in draft.events.values() if asks(fact)]
    if not asking:
        return asking
    ahead = Window(start=draft.now, end=Instant(draft.now + _FOREVER))
    settled = set(draft.durable.settled)
    return [fact for fact in asking if (fact.event_id, version(fact)) not in settled and touches(fact, ahead)]


def settle(draft: Draft) -> None:
    """Order the writes that are due, as many as may be under way."""
    _forget_settled(draft)
    room = draft.durable.room
    if room is None or not _is_fresh(draft) or draft.blocked(DECORATE) or writing.writes_blocked(draft):
        return
    wanted = wanting(draft)
    if not wanted or (not draft.settings.block_language and profile.awaited(draft)):
        return
    free = _AT_ONCE - sum(1 for pending in draft.flight.calls.values() if pending.what.startswith(f"{DECORATE}:"))
    series = _being_written(draft, wanted)
    for fact in wanted:
        if free <= 0:
            return
        if fact.series_id not in series:
            free -= _order_if_due(draft, fact, room)


def _being_written(draft: Draft, wanted: list[EventFact]) -> frozenset[str]:
    """Series that are to be written, or were and have not been listed since: their exceptions may inherit the block.

    One writer for each series (google.md D "Loops"): an exception with a text of its own would keep it for ever.
    """
    written = (event_id for event_id, at in draft.durable.writes if at >= draft.durable.synced_at)
    return frozenset(written).union(fact.event_id for fact in wanted if fact.recurrence)


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
        draft.effect(Note(event="event.write-war", level="warning", fields=(("writes", _BUDGET), ("seconds", HOUR))))
        return False
    draft.submit(
        "google",
        Priority.LIVE,
        what,
        lambda rid: Decorate(
            request_id=rid, user=draft.user, event_id=fact.event_id, room=room, language=_language(draft)
        ),
        etag=fact.etag,
    )
    return True


def _language(draft: Draft) -> str:
    return draft.settings.block_language or languages.language_of(draft.durable.profile.locale)


def _over_budget(draft: Draft, event_id: str) -> bool:
    recent = tuple(pair for pair in draft.durable.writes if pair[1] > draft.now - HOUR)
    if recent != draft.durable.writes:
        draft.keep(writes=recent)
    return sum(1 for written, _ in recent if written == event_id) >= _BUDGET


def _forget_settled(draft: Draft) -> None:
    """Forget verdicts over versions of events that are gone or would not ask any more."""
    current = tuple((event_id, seen) for event_id, seen in draft.durable.settled if _is_current(draft, event_id, seen))
    if current != draft.durable.settled:
        draft.keep(settled=current)


def _is_current(draft: Draft, event_id: str, seen: str) -> bool:
    fact = draft.events.get(event_id)
    return fact is not None and version(fact) == seen and asks(fact)


def decorated(draft: Draft, pending: Pending, answer: Decorated) -> None:
    """The event says how to join now, or needs nothing."""
    draft.well(DECORATE)
    draft.well(f"{DECORATE}:{answer.event_id}")
    if answer.outcome == "written":
        writing.writes_well(draft)
        draft.keep(writes=(*draft.durable.writes, (answer.event_id, draft.now)))
        draft.note("event.decorated")
        _look_at_exceptions(draft, answer.event_id)
    known = draft.events.get(answer.event_id)
    if answer.event is None or known is None or known.etag != pending.etag:
        sync.mark_dirty(draft, pushed=False)  # the state moved on meanwhile: let the next list say what is true
        _settled(draft, answer.event_id, pending.etag)
        return
    _adopt(draft, pending.etag, answer.event.fact.etag, answer)


def _look_at_exceptions(draft: Draft, series_id: str) -> None:
    """What they inherited of what was written into their series, only a list says."""
    if any(fact.series_id == series_id and asks(fact) for fact in draft.events.values()):
        sync.mark_dirty(draft, pushed=False)


def _adopt(draft: Draft, old: str, new: str, answer: Decorated) -> None:
    """Take over the version that was written or read: it is newer than the one that was known."""
    event = answer.event
    if event is not None and event.fact != draft.events.get(answer.event_id):
        if touches(event.fact, sync.kept_window(draft)):
            draft.put(event)
        else:
            draft.drop(answer.event_id)
    if old != new:
        sync.outdated(draft, answer.event_id, old)
    _settled(draft, answer.event_id, new)


def _settled(draft: Draft, event_id: str, etag: str) -> None:
    """The version with this etag needs no (further) look."""
    known = draft.events.get(event_id)
    seen = version(known) if known is not None and known.etag == etag else etag
    if (event_id, seen) not in draft.durable.settled:
        draft.keep(settled=(*draft.durable.settled, (event_id, seen)))


def failed(draft: Draft, event_id: str, pending: Pending, failure: CallFailed) -> None:
    """Refused for good, or to be tried again."""
    if failure.code == _ROOM_UNREADABLE:
        draft.keep(room=None, room_at=Instant(0))  # the cell is of no use: look the room up again
        draft.failed(DECORATE, replace(failure, kind=Kind.TRANSIENT))
    elif failure.kind in _FINAL and not failure.in_doubt:
        _settled(draft, event_id, pending.etag)
        draft.note("event.left-alone", code=failure.code)
    elif not writing.writes_failed(draft, failure):
        mine = failure.kind is Kind.CONFLICT
        draft.failed(f"{DECORATE}:{event_id}" if mine else DECORATE, failure)
