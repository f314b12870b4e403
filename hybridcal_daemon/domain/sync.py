"""Keeping the stored events equal to the calendar.

Owns: when to list, full or incremental; staging of pages; applying a finished traversal; what a failed list means.
Promises: sync token, rows and what follows from them change together, and only after the last page; a full list sweeps
what it did not see; the old list stays until the new one is complete (google.md C.4, 2-6); a full list is done often
enough for the stored window to reach as far as readers are shown (``values.LOOK_AHEAD``).
Does not: fetch or parse pages (``work/google.py``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import backoff
from hybridcal_daemon.domain.calls import ListEvents, Priority
from hybridcal_daemon.domain.events import EventFact, Removed, SealedEvent
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import CallFailed
from hybridcal_daemon.domain.recurrence import touches, untrusted
from hybridcal_daemon.domain.state import Standing, Traversal
from hybridcal_daemon.domain.values import LOOK_AHEAD, AllDay, Instant, Timed, When, Window, stored_window

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.messages import EventsListed

LIST: Final = "list"
UNREAD: Final = "unread"
_STANDING_KINDS: Final = frozenset({Kind.USER, Kind.CONFIG, Kind.NOT_FOUND, Kind.REFUSED, Kind.INVALID})
_VOID: Final = frozenset({Kind.RESYNC, Kind.INVALID})
"""Failures of an incremental list that a full one may cure: a void token, or a 400 that Google words in another way."""
_MAX_DEBOUNCE: Final = 10.0
_FULL_EARLY: Final = 0.2
"""Full lists are spread over this last part of their interval, never beyond it."""


def mark_dirty(draft: Draft, *, pushed: bool) -> None:
    """Something changed over there, as far as we know; the first of several hints counts."""
    if draft.flight.dirty_at is None:
        draft.flight.dirty_at = draft.now
    draft.flight.pushed = draft.flight.pushed or pushed


def settle(draft: Draft) -> None:
    """Begin a traversal if one is due; otherwise say when it will be."""
    if draft.flying(LIST) or draft.blocked(LIST):
        return
    due, full = _next(draft)
    if due > draft.now:
        draft.wake(due)
        return
    _begin(draft, full=full)


def _next(draft: Draft) -> tuple[Instant, bool]:
    """When the next list is due, and whether it is a full one."""
    durable, settings = draft.durable, draft.settings
    full_due = durable.full_at + resync_interval(draft)
    full_due = min(full_due, _unread_due(draft, full_due))
    if durable.sync_token is None or draft.flight.want_full or full_due <= draft.now:
        return draft.now, True
    poll_due = durable.synced_at + backoff.jittered(settings.poll_interval, draft.user, f"poll{durable.synced_at}")
    due = min(full_due, poll_due)
    if draft.flight.dirty_at is not None:
        due = min(due, draft.flight.dirty_at + min(settings.debounce, _MAX_DEBOUNCE))
    return Instant(due), full_due <= due


def resync_interval(draft: Draft) -> float:
    """Seconds between full lists; the window moves with them, so a longer wish than its advance is not granted."""
    longest = min(draft.settings.resync_interval, 0.95 * LOOK_AHEAD.total_seconds())
    return longest * (1.0 - _FULL_EARLY * backoff.spread(draft.user, "resync"))


def _unread_due(draft: Draft, otherwise: float) -> float:
    """An item that could not be read is never listed again by its token: full lists, at growing intervals."""
    unread = draft.trouble(UNREAD)
    return otherwise if unread is None else unread.retry_at


def _begin(draft: Draft, *, full: bool) -> None:
    priority = Priority.LIVE if draft.flight.pushed else Priority.NORMAL if not full else Priority.BULK
    token = None if full else draft.durable.sync_token
    window = stored_window(draft.now) if full else None
    request_id = draft.submit(
        "google",
        priority,
        LIST,
        lambda rid: ListEvents(request_id=rid, user=draft.user, sync_token=token, window=window),
    )
    draft.flight.traversal = Traversal(full=full, request_id=request_id, window_at=draft.now)
    draft.flight.dirty_at = None  # what is pushed from now on may be newer than what this list shows
    draft.flight.pushed = False
    draft.flight.want_full = False


def listed(draft: Draft, page: EventsListed) -> None:
    """A page came: stage it, fetch the next, or apply the whole."""
    traversal = draft.flight.traversal
    if traversal is None or traversal.request_id != page.request_id:
        return
    traversal = draft.flight.traversal = replace(
        traversal, events=dict(traversal.events), removed=dict(traversal.removed)
    )
    _stage(traversal, page)
    for bad in page.quarantined:
        draft.note("item.quarantined", reason=bad.reason)
    if page.next_page is not None:
        _continue(draft, traversal, page.next_page)
    elif page.next_token is not None:
        _apply(draft, traversal, page.next_token)
    else:
        failed(draft, _endless(page))


def _endless(page: EventsListed) -> CallFailed:
    """A last page without a token: to begin anew at once would never end."""
    return CallFailed(request_id=page.request_id, user=page.user, kind=Kind.TRANSIENT, code="google-bad-answer")


def _stage(traversal: Traversal, page: EventsListed) -> None:
    for event in page.events:
        traversal.removed.pop(event.fact.event_id, None)
        traversal.events[event.fact.event_id] = event
    for gone in page.removed:
        traversal.events.pop(gone.event_id, None)
        traversal.removed[gone.event_id] = gone
    traversal.unread |= {bad.event_id for bad in page.quarantined}
    traversal.pages += 1


def _continue(draft: Draft, traversal: Traversal, next_page: str) -> None:
    token = None if traversal.full else draft.durable.sync_token
    window = stored_window(traversal.window_at) if traversal.full else None
    traversal.request_id = draft.submit(
        "google",
        Priority.NORMAL,
        LIST,
        lambda rid: ListEvents(request_id=rid, user=draft.user, sync_token=token, page_token=next_page, window=window),
    )


def outdated(draft: Draft, event_id: str, etag: str) -> None:
    """We have replaced a version ourselves: a list that began before must not bring it back."""
    if draft.flight.traversal is not None:
        known = draft.flight.traversal.outdated | {(event_id, etag)}
        draft.flight.traversal = replace(draft.flight.traversal, outdated=known)


def _apply(draft: Draft, traversal: Traversal, next_token: str) -> None:
    """The traversal is complete: rows, token and standing change together."""
    full_at = traversal.window_at if traversal.full else draft.durable.full_at
    window = stored_window(full_at)
    for event in traversal.events.values():
        if (event.fact.event_id, event.fact.etag) not in traversal.outdated:
            _apply_event(draft, event, window)
    for gone in sorted(traversal.removed.values(), key=_is_whole):
        _apply_removed(draft, gone, window)
    if traversal.full:
        _sweep(draft, traversal, window)
    draft.keep(sync_token=next_token, synced_at=draft.now, full_at=full_at)
    draft.flight.traversal = None
    draft.well(LIST)
    if traversal.unread:
        draft.wait(UNREAD, Kind.TRANSIENT, "google-bad-answer")
    elif traversal.full:
        draft.well(UNREAD)
    _stand(draft, Standing(state="active", since=draft.now))
    draft.note("sync.done", full=traversal.full, changed=len(traversal.events), removed=len(traversal.removed))


def _is_whole(gone: Removed) -> bool:
    """Cancelled occurrences first, so that a series which is gone as a whole takes them along."""
    return gone.series_id is None


def _apply_event(draft: Draft, event: SealedEvent, window: Window) -> None:
    fact = event.fact
    if not touches(fact, window):
        draft.drop(fact.event_id)  # moved out of the window: the row must go (google.md C.4, 12)
    elif draft.events.get(fact.event_id) != fact:
        draft.put(event)
        if fact.recurrence and (why := untrusted(fact)):
            draft.note("series.unexpanded", reason=why)


def _apply_removed(draft: Draft, gone: Removed, window: Window) -> None:
    if gone.series_id is None or gone.original_start is None:
        draft.drop(gone.event_id)
        for fact in list(draft.events.values()):
            if fact.series_id == gone.event_id:
                draft.drop(fact.event_id)  # a cancelled series takes its exceptions along (C.4, 14)
        return
    hole = _hole(gone, gone.series_id, gone.original_start)
    if not touches(hole, window):
        draft.drop(gone.event_id)
    elif draft.events.get(gone.event_id) != hole:
        draft.put(SealedEvent(fact=hole, item=b"", join=None))


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


def _sweep(draft: Draft, traversal: Traversal, window: Window) -> None:
    """Drop what a full list did not show; of what could not be read the last good version stays."""
    seen = traversal.events.keys() | traversal.removed.keys()
    for event_id, fact in list(draft.events.items()):
        if event_id not in seen and not (event_id in traversal.unread and touches(fact, window)):
            draft.drop(event_id)


def failed(draft: Draft, failure: CallFailed) -> None:
    """A list did not succeed: what was staged is void, what is stored stays."""
    traversal = draft.flight.traversal
    draft.flight.traversal = None
    mark_dirty(draft, pushed=False)
    full = traversal is None or traversal.full
    if failure.kind is Kind.INVALID and traversal is not None and traversal.pages:
        failure = replace(failure, kind=Kind.TRANSIENT)  # a page token that is too old (C.4, 27): begin anew
    if failure.kind in _VOID and not full:
        draft.keep(sync_token=None)
        draft.note("sync.token-void")
        return
    draft.flight.want_full = draft.flight.want_full or full
    draft.failed(LIST, failure)
    if failure.kind in _STANDING_KINDS and draft.durable.standing.state in {"pending", "active", "error"}:
        _stand(draft, Standing(state="error", code=failure.code, since=draft.now))


def _stand(draft: Draft, standing: Standing) -> None:
    old = draft.durable.standing
    if (old.state, old.code) != (standing.state, standing.code):
        draft.keep(standing=standing)
        draft.note("user.standing", state=standing.state, code=standing.code)
