"""Moving the window on: what comes into it every day, and what falls out of it.

Owns: the daily list of the new edge, at an hour of the calendar's own, and the purge of the tail (google.md C.3, 3 and
5); noticing that our expansion of a series is not Google's.
Promises: the stored window always reaches as far as readers are shown; rows and ``window_at`` change together, after
the last page; a list that fails changes nothing; what the stream of changes told meanwhile is not overwritten.
Does not: touch the sync token (``sync.py`` owns it), or look up series that it does not know (``expanding.py`` does).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import backoff, sync
from hybridcal_daemon.domain.calls import ListEdge, Priority
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.looks import EdgeTraversal
from hybridcal_daemon.domain.messages import CallFailed
from hybridcal_daemon.domain.recurrence import (
    Occurrence,
    is_plain,
    is_series,
    occurrences,
    occurs,
    touches,
    untrusted,
)
from hybridcal_daemon.domain.values import DAY, HOUR, AllDay, Instant, Window, as_instant

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.events import EventFact, SealedEvent
    from hybridcal_daemon.domain.messages import EdgeListed
    from hybridcal_daemon.domain.values import RequestId, When

EDGE: Final = "edge"
_OVERLAP: Final = DAY
_SOON: Final = DAY / 4
"""An hour that comes so soon after the window was moved on waits for its next day."""
_MOST_PAGES: Final = 40
_ZONES: Final = 15 * HOUR
"""A day begins so much before or after midnight UTC: days this near to a bound are Google's to place."""
_BLUR: Final = 2.0
"""Bounds are sent in whole seconds."""


def settle(draft: Draft) -> None:
    """Order the list of the new edge when it is due."""
    flight, durable = draft.flight, draft.durable
    if durable.standing.state != "active" or durable.sync_token is None or flight.edge is not None:
        return
    due = _due(draft)
    if due > draft.now:
        draft.wake(due)
    elif not (_is_listing_all(draft) or draft.flying(EDGE) or draft.blocked(EDGE)):
        _begin(draft)


def _is_listing_all(draft: Draft) -> bool:
    """A full list moves the window on as well."""
    traversal = draft.flight.traversal
    return draft.flight.want_full or (traversal is not None and traversal.full)


def _due(draft: Draft) -> Instant:
    """The calendar's own second of the day, once a day: 6 to 30 hours after the last move."""
    last = sync.covered_at(draft)
    own = DAY * backoff.spread(draft.user, EDGE)
    before = own + DAY * ((last - own) // DAY)
    due = before + DAY
    return Instant(due if due - last >= _SOON else due + DAY)


def _begin(draft: Draft) -> None:
    old, new = sync.window_of(sync.covered_at(draft)), sync.window_of(draft.now)
    window = Window(start=max(new.start, Instant(old.end - _OVERLAP)), end=new.end)
    request_id = _ask(draft, window, None)
    draft.flight.edge = EdgeTraversal(request_id=request_id, began=draft.flight.counter, at=draft.now, window=window)


def _ask(draft: Draft, window: Window, page_token: str | None) -> RequestId:
    return draft.submit(
        "google",
        Priority.BULK,
        EDGE,
        lambda rid: ListEdge(request_id=rid, user=draft.user, window=window, page_token=page_token),
    )


def listed(draft: Draft, page: EdgeListed) -> None:
    """A page came: stage it, fetch the next, or apply the whole."""
    edge = draft.flight.edge
    if edge is None or edge.request_id != page.request_id:
        return
    for bad in page.quarantined:
        draft.note("item.quarantined", reason=bad.reason)
    edge = replace(
        edge,
        rows={**edge.rows, **{row.fact.event_id: row for row in page.events}},
        unread=edge.unread | {bad.event_id for bad in page.quarantined},
        pages=edge.pages + 1,
    )
    if page.next_page is None:
        _apply(draft, edge)
    elif edge.pages >= _MOST_PAGES:
        failed(draft, _endless(page))
    else:
        draft.flight.edge = replace(edge, request_id=_ask(draft, edge.window, page.next_page))


def _endless(page: EdgeListed) -> CallFailed:
    return CallFailed(request_id=page.request_id, user=page.user, kind=Kind.TRANSIENT, code="google-bad-answer")


def _apply(draft: Draft, edge: EdgeTraversal) -> None:
    """The list is complete: new rows, the purge of the tail and the move of the window in one."""
    window = sync.window_of(edge.at)
    differing = len(_not_shown(draft, edge))
    differing += sum(_take(draft, row, edge, window) for row in edge.rows.values())
    _expansions_reach(draft, edge, window)
    _meet_again(draft, edge)
    dropped = _purge(draft, window)
    draft.keep(window_at=max(draft.durable.window_at, edge.at))
    draft.flight.edge = None
    draft.well(EDGE)
    if edge.unread:
        draft.wait(sync.UNREAD, Kind.TRANSIENT, "google-bad-answer")
    draft.note("sync.edge", listed=len(edge.rows), dropped=dropped)
    if differing:
        draft.note("sync.differs", occurrences=differing)
        draft.flight.want_full = True


def _take(draft: Draft, row: SealedEvent, edge: EdgeTraversal, window: Window) -> bool:
    """Keep a row if it has to be; give whether it is at odds with what is known of its series."""
    fact = row.fact
    told = any(sync.was_heard(draft, each, edge.began) for each in (fact.event_id, fact.series_id))
    if told or not touches(fact, window):
        return False
    known = draft.events.get(fact.event_id)
    if fact.series_id is None or fact.original_start is None:
        if known is None:
            draft.put(row)
        return False
    if known is not None and not known.derived:
        return known.cancelled
    series = draft.events.get(fact.series_id)
    if series is None or untrusted(series):
        _put_derived(draft, row)
        return False
    return _take_of_trusted(draft, row, series, fact.original_start)


def _take_of_trusted(draft: Draft, row: SealedEvent, series: EventFact, original: When) -> bool:
    """An occurrence of a series that is expanded here needs a row only where it differs from the expansion."""
    if not occurs(series, original):
        return True
    if is_plain(row.fact, series):
        draft.drop(row.fact.event_id)
    else:
        _put_derived(draft, row)
    return False


def _put_derived(draft: Draft, row: SealedEvent) -> None:
    derived = replace(row, fact=replace(row.fact, derived=True))
    if draft.events.get(row.fact.event_id) != derived.fact:
        draft.put(derived)


def _not_shown(draft: Draft, edge: EdgeTraversal) -> list[Occurrence]:
    """Occurrences that our expansion gives and Google's list does not: cancelled far ahead, or a fault of ours."""
    if "?" in edge.unread:
        return []
    shown = {
        (row.fact.series_id, row.fact.original_start and as_instant(row.fact.original_start))
        for row in edge.rows.values()
    }
    happening, _ = occurrences(draft.events.values(), edge.window)
    return [
        one
        for one in happening
        if is_series(one.fact)
        and _is_well_inside(one, edge.window)
        and one.instance not in edge.unread
        and not sync.was_heard(draft, one.fact.event_id, edge.began)
        and (one.fact.event_id, as_instant(one.start)) not in shown
    ]


def _is_well_inside(one: Occurrence, window: Window) -> bool:
    margin = _ZONES if isinstance(one.start, AllDay) else _BLUR
    start, end = as_instant(one.start), as_instant(one.end)
    return start < window.end - margin and max(end, start) > window.start + margin


def _expansions_reach(draft: Draft, edge: EdgeTraversal, window: Window) -> None:
    """What Google worked out for the edge continues what it had worked out for series before."""
    last = sync.window_of(sync.covered_at(draft)).end
    reached = tuple(
        replace(known, until=window.end) if known.until >= last and known.series_id not in edge.unread else known
        for known in draft.durable.expansions
    )
    if not edge.unread and reached != draft.durable.expansions:
        draft.keep(expansions=reached)


def _meet_again(draft: Draft, edge: EdgeTraversal) -> None:
    """A series that was known to be far away happens here now: it is to be looked up anew."""
    seen = {row.fact.series_id for row in edge.rows.values()}
    orphans = tuple(series_id for series_id in draft.durable.orphans if series_id not in seen)
    if orphans != draft.durable.orphans:
        draft.keep(orphans=orphans)


def _purge(draft: Draft, window: Window) -> int:
    """Drop what the window has left behind."""
    over = [event_id for event_id, fact in draft.events.items() if not touches(fact, window)]
    for event_id in over:
        draft.drop(event_id)
    return len(over)


def failed(draft: Draft, failure: CallFailed) -> None:
    """Try again later; if it goes on, a full list comes before the window's end is seen (``sync.py``)."""
    edge, draft.flight.edge = draft.flight.edge, None
    if failure.kind is Kind.INVALID and edge is not None and edge.pages:
        failure = replace(failure, kind=Kind.TRANSIENT)  # a page token that is too old
    draft.failed(EDGE, failure)
