"""Series that are not expanded here, and exceptions whose series is not known.

Owns: asking Google for the occurrences of a series outside the trusted rules (``rrule.py``), keeping them as derived
rows while the series stays as it is, and looking up the series of an orphan exception (google.md C.3, C.4 13).
Promises: derived rows are replaced whenever their series' version or the window changes, and go with it; what the
stream of changes told is never overwritten; a hostile rule costs a bounded number of requests and rows; one series that
fails keeps no other one waiting; nothing is dropped because a request failed.
Does not: expand anything (``recurrence.py``) or list calendars (``sync.py``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import rows, sync
from hybridcal_daemon.domain.calls import FetchEvent, ListInstances, Priority
from hybridcal_daemon.domain.draft import COUNTED
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.looks import Kin, Unfolding
from hybridcal_daemon.domain.recurrence import is_series, occurrences, touches, untrusted
from hybridcal_daemon.domain.state import Expansion
from hybridcal_daemon.domain.values import as_instant

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.events import EventFact, SealedEvent
    from hybridcal_daemon.domain.messages import CallFailed, EventFetched, InstancesListed
    from hybridcal_daemon.domain.values import RequestId, Window

INSTANCES: Final = "instances"
ORPHAN: Final = "orphan"
MOST_ROWS: Final = 500
MOST_PAGES: Final = 40
_AT_ONCE: Final = 2
"""Requests of each of the two kinds under way at a time."""


def settle(draft: Draft) -> None:
    """Ask for what is missing."""
    if draft.durable.standing.state == "active" and not _is_listing_all(draft):
        kin = _kin(draft)
        _forget(draft, kin)
        _expand(draft, kin)
        _look_up(draft, kin)
    if draft.flight.heard and not _is_asking(draft):
        draft.flight.heard = {}


def _is_listing_all(draft: Draft) -> bool:
    """After a full list everything may look otherwise."""
    return draft.flight.traversal is not None and draft.flight.traversal.full


def _is_asking(draft: Draft) -> bool:
    return any(pending.what.startswith(sync.SIDES) for pending in draft.flight.calls.values())


def _kin(draft: Draft) -> Kin:
    """Worked out once after each change of a series or an exception, not for every message."""
    if draft.flight.kin is None:
        facts = draft.events.values()
        exotic = (fact.event_id for fact in facts if is_series(fact) and untrusted(fact))
        mothers = {fact.series_id for fact in facts if fact.series_id is not None and not fact.cancelled}
        draft.flight.kin = Kin(tuple(sorted(exotic)), tuple(sorted(mothers - draft.events.keys())))
    return draft.flight.kin


def _forget(draft: Draft, kin: Kin) -> None:
    """Forget what nothing needs any more."""
    expansions = tuple(known for known in draft.durable.expansions if known.series_id in kin.exotic)
    orphans = tuple(series_id for series_id in draft.durable.orphans if series_id in kin.motherless)
    if (expansions, orphans) != (draft.durable.expansions, draft.durable.orphans):
        draft.keep(expansions=expansions, orphans=orphans)
    for name, _ in draft.durable.troubles:
        activity, _, series_id = name.partition(":")
        needed = {INSTANCES: kin.exotic, ORPHAN: kin.motherless}.get(activity)
        if needed is not None and series_id not in needed:
            draft.well(name)


def _free(draft: Draft, activity: str) -> int:
    return _AT_ONCE - sum(pending.what.startswith(f"{activity}:") for pending in draft.flight.calls.values())


# ---- occurrences that Google works out


def _expand(draft: Draft, kin: Kin) -> None:
    if not kin.exotic:
        return
    window = sync.window_of(sync.covered_at(draft))
    known = {expansion.series_id: expansion for expansion in draft.durable.expansions}
    due = [each for each in kin.exotic if _is_due(draft, draft.events[each], known.get(each), window)]
    for series_id in due[: max(0, _free(draft, INSTANCES))]:
        request_id = _ask(draft, series_id, window, None)
        unfolding = Unfolding(
            request_id=request_id,
            began=draft.flight.counter,
            series_id=series_id,
            etag=draft.events[series_id].etag,
            window=window,
        )
        draft.flight.unfoldings = (*_others(draft, series_id), unfolding)


def _is_due(draft: Draft, series: EventFact, known: Expansion | None, window: Window) -> bool:
    what = f"{INSTANCES}:{series.event_id}"
    if draft.flying(what) or draft.blocked(what):
        return False
    if known is None or known.etag != series.etag:
        return True
    return known.until < window.end and draft.flight.edge is None  # the edge may bring the rest


def _ask(draft: Draft, series_id: str, window: Window, page_token: str | None) -> RequestId:
    return draft.submit(
        "google",
        Priority.NORMAL,
        f"{INSTANCES}:{series_id}",
        lambda rid: ListInstances(
            request_id=rid, user=draft.user, series_id=series_id, window=window, page_token=page_token
        ),
    )


def _others(draft: Draft, series_id: str) -> tuple[Unfolding, ...]:
    return tuple(each for each in draft.flight.unfoldings if each.series_id != series_id)


def listed(draft: Draft, page: InstancesListed) -> None:
    """A page of occurrences came: stage it, fetch the next, or put rows in the place of the old ones."""
    found = next((each for each in draft.flight.unfoldings if each.request_id == page.request_id), None)
    if found is None:
        return
    for bad in page.quarantined:
        draft.note("item.quarantined", reason=bad.reason)
    found = replace(
        found,
        rows={**found.rows, **{row.fact.event_id: row for row in page.events}},
        unread=found.unread | {bad.event_id for bad in page.quarantined},
        pages=found.pages + 1,
    )
    draft.flight.unfoldings = _others(draft, found.series_id)
    series = draft.events.get(found.series_id)
    if series is None or series.etag != found.etag or sync.was_heard(draft, found.series_id, found.began):
        return  # of a version that is over: asked for again if there is need
    if page.next_page is not None and found.pages < MOST_PAGES and len(found.rows) < MOST_ROWS:
        request_id = _ask(draft, found.series_id, found.window, page.next_page)
        draft.flight.unfoldings = (*draft.flight.unfoldings, replace(found, request_id=request_id))
    else:
        _apply(draft, found, whole=page.next_page is None)


def _apply(draft: Draft, found: Unfolding, *, whole: bool) -> None:
    inside = [row for row in found.rows.values() if touches(row.fact, found.window)]
    kept = sorted(inside, key=lambda row: as_instant(row.fact.start))[:MOST_ROWS]
    if not whole or len(kept) < len(inside):
        draft.note("series.cut", kept=len(kept))
    _replace_rows(draft, found, {row.fact.event_id: row for row in kept})
    expansion = Expansion(series_id=found.series_id, etag=found.etag, until=found.window.end)
    others = tuple(known for known in draft.durable.expansions if known.series_id != found.series_id)
    draft.keep(expansions=(*others, expansion))
    draft.well(f"{INSTANCES}:{found.series_id}")


def _replace_rows(draft: Draft, found: Unfolding, kept: dict[str, SealedEvent]) -> None:
    for fact in list(draft.events.values()):
        old = fact.derived and fact.series_id == found.series_id
        if old and fact.event_id not in kept and fact.event_id not in found.unread:
            draft.drop(fact.event_id)
    for event_id, row in kept.items():
        known = draft.events.get(event_id)
        derived = replace(row.fact, derived=True)
        told = sync.was_heard(draft, event_id, found.began) or (known is not None and not known.derived)
        if not told and known != derived and derived.series_id == found.series_id:
            draft.put(replace(row, fact=derived))


# ---- series of which only exceptions are known


def _look_up(draft: Draft, kin: Kin) -> None:
    """Whether it exists: exceptions of a series that is gone are gone as well."""
    unknown = [each for each in kin.motherless if each not in draft.durable.orphans]
    due = [each for each in unknown if not draft.flying(f"{ORPHAN}:{each}") and not draft.blocked(f"{ORPHAN}:{each}")]
    for series_id in due[: max(0, _free(draft, ORPHAN))]:
        _fetch(draft, series_id)


def _fetch(draft: Draft, series_id: str) -> None:
    draft.submit(
        "google",
        Priority.NORMAL,
        f"{ORPHAN}:{series_id}",
        lambda rid: FetchEvent(request_id=rid, user=draft.user, event_id=series_id),
    )


def fetched(draft: Draft, answer: EventFetched) -> None:
    """The series of an orphan is known, or gone."""
    series_id = answer.event_id
    draft.well(f"{ORPHAN}:{series_id}")
    began = answer.request_id & COUNTED
    if series_id not in _kin(draft).motherless or sync.was_heard(draft, series_id, began):
        return  # the stream of changes was faster
    event = answer.event
    if event is None or not is_series(event.fact):
        rows.drop_occurrences(draft, series_id)
    elif touches(event.fact, sync.kept_window(draft)):
        draft.put(event)
        if not untrusted(event.fact):
            draft.flight.want_full = draft.flight.want_full or _has_holes(draft, event.fact)
            rows.drop_plain(draft, event.fact)
    else:
        draft.keep(orphans=(*draft.durable.orphans, series_id))


def _has_holes(draft: Draft, series: EventFact) -> bool:
    """Say whether the series has occurrences that no list has shown: cancelled before it was known."""
    happening, _ = occurrences([series], sync.window_of(sync.covered_at(draft)))
    return any(one.instance not in draft.events for one in happening)


def failed(draft: Draft, what: str, subject: str, failure: CallFailed) -> None:
    """Try again later; what is stored stays."""
    draft.flight.unfoldings = _others(draft, subject) if what == INSTANCES else draft.flight.unfoldings
    if failure.kind is Kind.NOT_FOUND:
        sync.mark_dirty(draft, pushed=False)  # gone, it seems: the stream of changes will say so
    draft.failed(f"{what}:{subject}", failure)
