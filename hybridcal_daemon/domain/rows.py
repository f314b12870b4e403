"""What a finished list changes in the stored rows.

Owns: putting, dropping and sweeping rows, cancelled occurrences as holes, what becomes of asked-for occurrences when
their series changes, and counting what a full list shows that the stream of changes had not told.
Promises: rows follow the list by id, wherever in time an event was moved (google.md C.4, 12); a cancelled series takes
everything of it along (C.4, 14); what could not be read stays as it was.
Does not: know when lists are due, or keep the sync token (``sync.py`` does).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain.events import EventFact, Removed, SealedEvent
from hybridcal_daemon.domain.recurrence import is_plain, is_series, touches, untrusted
from hybridcal_daemon.domain.values import MINUTE, AllDay, Timed, When, Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.looks import Traversal

_LATE: Final = 5 * MINUTE
"""A change so shortly before the last list need not have been in it."""


def apply(draft: Draft, traversal: Traversal, window: Window) -> None:
    """Make the rows what the traversal showed; what it did not show stays."""
    for event in traversal.events.values():
        if (event.fact.event_id, event.fact.etag) not in traversal.outdated:
            _apply_event(draft, event, window, full=traversal.full)
    for event_id in traversal.outside:
        draft.drop(event_id)
    mothers = {fact.series_id for fact in draft.events.values()}
    for event_id, event in traversal.events.items():
        if event_id in mothers and not is_series(event.fact):
            drop_occurrences(draft, event_id)  # a series that became a single event has none any more
    for gone in sorted(traversal.removed.values(), key=_is_whole):
        _apply_removed(draft, gone, window, mothers)


def _is_whole(gone: Removed) -> bool:
    """Cancelled occurrences first, so that a series which is gone as a whole takes them along."""
    return gone.series_id is None


def _apply_event(draft: Draft, event: SealedEvent, window: Window, *, full: bool) -> None:
    fact, old = event.fact, draft.events.get(event.fact.event_id)
    if not touches(fact, window):
        draft.drop(fact.event_id)  # moved out of the window: the row must go (google.md C.4, 12)
        if is_series(fact):
            _drop_derived(draft, fact.event_id)
    elif old != fact:
        draft.put(event)
        if is_series(fact):
            _series_changed(draft, old, fact, full=full)


def _series_changed(draft: Draft, old: EventFact | None, series: EventFact, *, full: bool) -> None:
    """Occurrences that were asked for belong to the version that was: see what becomes of them."""
    if why := untrusted(series):
        if series.event_id not in {known.series_id for known in draft.durable.expansions}:
            draft.note("series.unexpanded", reason=why)
    elif old is None:
        drop_plain(draft, series)
    elif untrusted(old):
        _drop_derived(draft, series.event_id)
    elif not full and next(_derived(draft, series.event_id), None) is not None:
        draft.flight.want_full = True  # which of them are exceptions of this version, only the calendar knows


def drop_plain(draft: Draft, series: EventFact) -> None:
    """The series is known now and expanded here: of the occurrences asked for only exceptions are needed."""
    for fact in list(_derived(draft, series.event_id)):
        if is_plain(fact, series):
            draft.drop(fact.event_id)
        elif fact.etag != series.etag:
            draft.flight.want_full = True  # of another version: whether it is an exception, only the calendar knows


def _derived(draft: Draft, series_id: str) -> Iterator[EventFact]:
    return (fact for fact in draft.events.values() if fact.derived and fact.series_id == series_id)


def _drop_derived(draft: Draft, series_id: str) -> None:
    for fact in list(_derived(draft, series_id)):
        draft.drop(fact.event_id)


def _apply_removed(draft: Draft, gone: Removed, window: Window, mothers: set[str | None]) -> None:
    if gone.series_id is None or gone.original_start is None:
        draft.drop(gone.event_id)
        if gone.event_id in mothers:
            drop_occurrences(draft, gone.event_id)  # a cancelled series takes its exceptions along (C.4, 14)
        return
    hole = _hole(gone, gone.series_id, gone.original_start)
    if not touches(hole, window):
        draft.drop(gone.event_id)
    elif draft.events.get(gone.event_id) != hole:
        mothers.add(gone.series_id)
        draft.put(SealedEvent(fact=hole, item=b"", join=None))


def drop_occurrences(draft: Draft, series_id: str) -> None:
    """Of a series that is gone nothing is kept."""
    for fact in list(draft.events.values()):
        if fact.series_id == series_id:
            draft.drop(fact.event_id)


def _hole(gone: Removed, series_id: str, original: When) -> EventFact:
    """A cancelled occurrence, kept so that the expansion of its series leaves it out."""
    return EventFact(
        event_id=gone.event_id,
        etag=gone.etag,
        start=original,
        end=_instant_end(original),
        series_id=series_id,
        original_start=original,
        cancelled=True,
    )


def _instant_end(when: When) -> When:
    return AllDay(day=when.day) if isinstance(when, AllDay) else Timed(at=when.at, tz=when.tz)


# ---- full lists


def sweep(draft: Draft, traversal: Traversal, window: Window) -> int:
    """Drop what a full list did not show; give how much of that it should have shown.

    Of what could not be read the last good version stays.
    """
    seen = traversal.events.keys() | traversal.removed.keys()
    unseen = [fact for fact in draft.events.values() if fact.event_id not in seen]
    ghosts = 0
    for fact in unseen:
        if not _stays(draft, fact, traversal, window):
            draft.drop(fact.event_id)
            ghosts += not fact.derived and touches(fact, window)
    return ghosts


def _stays(draft: Draft, fact: EventFact, traversal: Traversal, window: Window) -> bool:
    if fact.event_id in traversal.unread:
        return touches(fact, window)
    if not fact.derived or fact.series_id is None:
        return False
    series = draft.events.get(fact.series_id)
    shown = fact.series_id in traversal.events or fact.series_id in traversal.unread
    return shown and series is not None and bool(untrusted(series)) and touches(fact, window)


def differences(draft: Draft, traversal: Traversal, covered: Window) -> tuple[int, int]:
    """How many events of the window that was covered had no row, and how many an old one, before this full list.

    Changes so new that the stream of changes was not asked about them yet are none.
    """
    missing = stale = 0
    if not traversal.reconciles:
        return missing, stale
    for event in traversal.events.values():
        old, fact = draft.events.get(event.fact.event_id), event.fact
        if 0.0 < draft.durable.synced_at - _LATE < fact.updated or not touches(fact, covered):
            continue
        missing += old is None
        known = old is None or old.derived or (fact.event_id, fact.etag) in traversal.outdated
        stale += not known and old is not None and old.etag != fact.etag
    return missing, stale
