"""Writing join details into invitations whose location asks for them, and taking them out when it does no more.

Owns: the order to write, the budget that ends a write war, what an answer means.
Promises: only on the organiser's copy, once per event and wish; our own echo causes no second write (the event then has
the block); an event that cannot be written is left alone until it changes; one event that cannot be written now keeps
no other one waiting, but for the exceptions of a series, which inherit what is written into it; who may not be written
to at all (``writing.py``) is left alone for hours. A block that is not known to be ours (``EventFact.unmarked``) is
looked at once for each way to join, and never taken out. The language is the organisation's, else the organiser's,
which is read first where it is not known yet, and English where it cannot be read; a block that stands in any other,
or was written in other settings, is left as it is until an admin asks for it (``redo_asked``).
Does not: compose the block (``joinblock.py``) or know which events want one (``blocks.py``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import blocks, errands, languages, notices, profile, sync, writing
from hybridcal_daemon.domain.blocks import asks, version, wanting
from hybridcal_daemon.domain.calls import Decorate, Priority, Undecorate
from hybridcal_daemon.domain.effects import Note, Redecorated
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.recurrence import touches
from hybridcal_daemon.domain.values import HOUR, Instant, RequestId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hybridcal_daemon.domain.blocks import Way
    from hybridcal_daemon.domain.calls import Call
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.events import EventFact
    from hybridcal_daemon.domain.messages import CallFailed, Decorated, RedecorateAsked
    from hybridcal_daemon.domain.state import Pending

DECORATE: Final = "decorate"
_AT_ONCE: Final = 4
"""Writes of one user under way at a time; the rest follow as those are answered."""
_BUDGET: Final = 5
"""Writes per event and hour; more means that another program undoes ours (google.md D "Loops")."""
_FINAL: Final = frozenset({Kind.REFUSED, Kind.NOT_FOUND, Kind.INVALID})
_CELL_UNREADABLE: Final = "kms-tampered"
_WRITTEN: Final = frozenset({"written", "removed"})
_LEAVES: Final = "leaves"
"""Verdict over an event of somebody who leaves: there is no block of ours in it (any more)."""

__all__ = ["DECORATE", "asks", "decorated", "failed", "redo_asked", "remains", "settle", "take_out_all", "wanting"]


# ---- what is due


def settle(draft: Draft) -> None:
    """Order the writes that are due, as many as may be under way."""
    _forget_settled(draft)
    for fact in blocks.crowded(draft):
        notices.plan(draft, fact.event_id, "too-many-for-room")
    loose, wanted = blocks.shedding(draft), _ready(draft)
    if not (loose or wanted) or draft.blocked(DECORATE) or writing.writes_blocked(draft):
        return
    series = _being_written(draft, [*loose, *(fact for fact, _ in wanted)])
    free = _free(draft)
    for fact in loose:
        if free > 0 and fact.series_id not in series and _is_due(draft, fact):
            _take_out(draft, fact)
            free -= 1
    if not draft.settings.block_language and wanted and profile.awaited(draft):
        return
    for fact, way in wanted:
        if free > 0 and fact.series_id not in series and _is_due(draft, fact):
            _write(draft, fact, way)
            free -= 1


def wants_room(draft: Draft) -> bool:
    """Say whether a block is to be written for which the Personal Room has to be known."""
    return any(fact.asked == "myroom" for fact in wanting(draft))


def _ready(draft: Draft) -> list[tuple[EventFact, Way]]:
    """What asks for a block whose details are known."""
    usable = _is_fresh(draft)
    ways = ((fact, blocks.way_to(draft, fact)) for fact in wanting(draft) if usable or fact.asked != "myroom")
    return [(fact, way) for fact, way in ways if way is not None]


def _free(draft: Draft) -> int:
    return _AT_ONCE - sum(1 for pending in draft.flight.calls.values() if pending.what.startswith(f"{DECORATE}:"))


def _being_written(draft: Draft, due: Iterable[EventFact]) -> frozenset[str]:
    """Series that are to be written, or were and have not been listed since: their exceptions may inherit the block.

    One writer for each series (google.md D "Loops"): an exception with a text of its own would keep it for ever.
    """
    written = (event_id for event_id, at in draft.durable.writes if at >= draft.durable.synced_at)
    return frozenset(written).union(fact.event_id for fact in due if fact.recurrence)


def _is_fresh(draft: Draft) -> bool:
    """An old room is looked up again first (``room.py``), and used as it is only when that fails."""
    return draft.durable.room_at + draft.settings.room_ttl > draft.now or draft.trouble("room") is not None


# ---- orders


def _is_due(draft: Draft, fact: EventFact) -> bool:
    """Say whether it may be written to now."""
    what = f"{DECORATE}:{fact.event_id}"
    if draft.flying(what) or draft.blocked(what):
        return False
    if _over_budget(draft, fact.event_id):
        draft.pause(what, HOUR, "write-budget")
        draft.wake(draft.now + HOUR)
        draft.effect(Note(event="event.write-war", level="warning", fields=(("writes", _BUDGET), ("seconds", HOUR))))
        return False
    return True


def _write(draft: Draft, fact: EventFact, way: Way) -> None:
    again = fact.event_id in draft.durable.redo

    def make(request_id: RequestId) -> Call:
        return Decorate(
            request_id=request_id,
            user=draft.user,
            event_id=fact.event_id,
            room=way.cell,
            language=_language(draft),
            place=way.place,
            action=way.action,
            way=way.name,
            redo=again,
        )

    _submit(draft, fact, make, Priority.BULK if again else Priority.LIVE)


def _take_out(draft: Draft, fact: EventFact, *, leaving: bool = False) -> None:
    def make(request_id: RequestId) -> Call:
        return Undecorate(request_id=request_id, user=draft.user, event_id=fact.event_id, even_if_asked=leaving)

    _submit(draft, fact, make, Priority.LIVE)


def _submit(draft: Draft, fact: EventFact, make: Callable[[RequestId], Call], priority: Priority) -> None:
    draft.submit("google", priority, f"{DECORATE}:{fact.event_id}", make, etag=fact.etag)


def _language(draft: Draft) -> str:
    return draft.settings.block_language or languages.language_of(draft.durable.profile.locale)


def _over_budget(draft: Draft, event_id: str) -> bool:
    recent = tuple(pair for pair in draft.durable.writes if pair[1] > draft.now - HOUR)
    if recent != draft.durable.writes:
        draft.keep(writes=recent)
    return sum(1 for written, _ in recent if written == event_id) >= _BUDGET


# ---- verdicts


def _forget_settled(draft: Draft) -> None:
    """Forget verdicts over versions of events that are gone or would not ask any more, and wishes about such blocks."""
    again = frozenset(draft.durable.redo)
    current = tuple(pair for pair in draft.durable.settled if _is_current(draft, *pair, again))
    if current != draft.durable.settled:
        draft.keep(settled=current)
    redo = tuple(event_id for event_id in draft.durable.redo if _is_to_redo(draft, event_id))
    if redo != draft.durable.redo:
        draft.keep(redo=redo)


def _is_current(draft: Draft, event_id: str, seen: str, again: frozenset[str]) -> bool:
    fact = draft.events.get(event_id)
    if fact is None or version(draft, fact) != seen:
        return False
    return blocks.sheds(fact) or (asks(fact) and blocks.lacks(draft, fact, again))


def _is_to_redo(draft: Draft, event_id: str) -> bool:
    fact = draft.events.get(event_id)
    return fact is not None and asks(fact) and blocks.has_ours(fact) and bool(blocks.ahead(draft, [fact]))


def _settled(draft: Draft, event_id: str, etag: str) -> None:
    """The version with this etag needs no (further) look."""
    known = draft.events.get(event_id)
    seen = version(draft, known) if known is not None and known.etag == etag else etag
    if draft.durable.left_at:
        seen = _LEAVES
    if (event_id, seen) not in draft.durable.settled:
        draft.keep(settled=(*draft.durable.settled, (event_id, seen)))
    _redone(draft, event_id)


def _redone(draft: Draft, event_id: str) -> None:
    if event_id in draft.durable.redo:
        draft.keep(redo=tuple(other for other in draft.durable.redo if other != event_id))


# ---- answers


def decorated(draft: Draft, pending: Pending, answer: Decorated) -> None:
    """The event says how to join now, or no more, or needs nothing."""
    draft.well(DECORATE)
    draft.well(f"{DECORATE}:{answer.event_id}")
    if answer.outcome in _WRITTEN:
        writing.writes_well(draft)
        draft.keep(writes=(*draft.durable.writes, (answer.event_id, draft.now)))
        draft.note("event.decorated" if answer.outcome == "written" else "event.undecorated")
        _look_at_exceptions(draft, answer.event_id)
    known = draft.events.get(answer.event_id)
    if answer.event is None or known is None or known.etag != pending.etag:
        sync.mark_dirty(draft, pushed=False)  # the state moved on meanwhile: let the next list say what is true
        _settled(draft, answer.event_id, pending.etag)
        return
    _adopt(draft, pending.etag, answer.event.fact.etag, answer)


def _look_at_exceptions(draft: Draft, series_id: str) -> None:
    """What they inherited of what was written into their series, only a list says."""
    if any(fact.series_id == series_id and (asks(fact) or fact.has_block) for fact in draft.events.values()):
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


def failed(draft: Draft, event_id: str, pending: Pending, failure: CallFailed) -> None:
    """Refused for good, or to be tried again."""
    if failure.code == _CELL_UNREADABLE and _asks_for_room(draft, event_id):
        draft.keep(room=None, room_at=Instant(0))  # the cell is of no use: look the room up again
        draft.failed(DECORATE, replace(failure, kind=Kind.TRANSIENT))
    elif failure.kind in _FINAL and not failure.in_doubt:
        _settled(draft, event_id, pending.etag)
        draft.note("event.left-alone", code=failure.code)
    elif not writing.writes_failed(draft, failure):
        mine = failure.kind is Kind.CONFLICT
        draft.failed(f"{DECORATE}:{event_id}" if mine else DECORATE, failure)


def _asks_for_room(draft: Draft, event_id: str) -> bool:
    fact = draft.events.get(event_id)
    return fact is None or fact.asked == "myroom"


# ---- when an admin asks


def redo_asked(draft: Draft, message: RedecorateAsked) -> None:
    """Count our blocks that are to come; unless it is asked dry, have them written anew."""
    standing = blocks.standing(draft)
    due = [fact.event_id for fact in standing if asks(fact)]
    if not message.dry:
        draft.keep(redo=tuple(sorted({*draft.durable.redo, *due})))
    reply = Redecorated(user=draft.user, key=message.key, blocks=len(standing), redone=len(due))
    errands.when_kept(draft, reply)


# ---- when the organiser leaves


def take_out_all(draft: Draft) -> None:
    """Take our blocks out of what is to come, whatever is asked for; a series before its exceptions."""
    if draft.blocked(DECORATE) or writing.writes_blocked(draft):
        return
    remaining = remains(draft)
    series = {fact.event_id for fact in remaining if fact.recurrence}
    free = _free(draft)
    for fact in remaining:
        what = f"{DECORATE}:{fact.event_id}"
        if free > 0 and fact.series_id not in series and not draft.flying(what) and not draft.blocked(what):
            _take_out(draft, fact, leaving=True)
            free -= 1


def remains(draft: Draft) -> list[EventFact]:
    """Give what has a block of ours still, and may be rid of it."""
    settled = set(draft.durable.settled)
    return [fact for fact in blocks.standing(draft) if (fact.event_id, _LEAVES) not in settled]
