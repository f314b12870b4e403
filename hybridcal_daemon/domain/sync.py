"""Keeping the stored events equal to the calendar.

Owns: when to list, full or incremental; staging of pages; applying a finished traversal; what a failed list means.
Promises: sync token, rows and what follows from them change together, and only after the last page; a full list sweeps
what it did not see; the old list stays until the new one is complete (google.md C.4, 2-6); a token of another form of
list is never used; what a full list finds although the stream of changes did not tell it is counted; where the daily
move of the window (``edge.py``) fails for long, a full list comes in time.
Does not: fetch or parse pages (``work/google.py``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import backoff, hints, meetings, rows
from hybridcal_daemon.domain.calls import ListEvents, Priority
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.looks import Traversal
from hybridcal_daemon.domain.messages import CallFailed
from hybridcal_daemon.domain.recurrence import touches
from hybridcal_daemon.domain.state import Standing
from hybridcal_daemon.domain.values import (
    DAY,
    HOUR,
    LOOK_AHEAD,
    MINUTE,
    Instant,
    Window,
    stored_window,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.messages import EventsListed

LIST: Final = "list"
UNREAD: Final = "unread"
TOKEN: Final = "token"  # noqa: S105 - the name of an activity
TOKEN_FORM: Final = "2-f1c299d298"  # noqa: S105 - no secret
"""Version of what is made of a list, and a hash of the list's parameters: a sync token does not know with which ones it
was given, so one of another form must not be used (google.md C.4, 20). A test holds it against the requests themselves.
"""
GRACE: Final = 7 * DAY
"""What is stored of a calendar that is not to be found is erased after this."""
_STANDING_KINDS: Final = frozenset({Kind.USER, Kind.CONFIG, Kind.NOT_FOUND, Kind.REFUSED, Kind.INVALID})
_VOID: Final = frozenset({Kind.RESYNC, Kind.INVALID})
"""Failures of an incremental list that a full one may cure: a void token, or a 400 that Google words in another way."""
_AGAIN: Final = HOUR
"""A token that is void so soon after the full list that gave it: another full list will hardly cure that."""
_FULL_EARLY: Final = 0.2
"""Full lists are spread over this last part of their interval, never beyond it."""
_WATCH: Final = "watch:"
_WATCH_FIRST: Final = 5 * MINUTE
"""So long the first list waits for the first watch; they stand in one line, so hardly ever longer than one request."""
_MARGIN: Final = 3 * DAY
"""The window may move on while pages come; what is farther away than this needs no row whatever happens."""
SIDES: Final = ("edge", "instances:", "orphan:")
"""Activities that look at the same events in another way."""


def mark_dirty(draft: Draft, *, pushed: bool) -> None:
    """Something changed over there, as far as we know."""
    hints.came(draft, pushed=pushed)


def covered_at(draft: Draft) -> Instant:
    """The instant whose stored window the rows cover."""
    return max(draft.durable.window_at, draft.durable.full_at)


def window_of(at: Instant) -> Window:
    """What is kept when the rows are to cover what is served at ``at``, and on."""
    return stored_window(at)


def kept_window(draft: Draft) -> Window:
    """What is kept now: while the new edge is being listed, what the stream tells of it is kept, too."""
    edge = draft.flight.edge
    return window_of(covered_at(draft) if edge is None else max(covered_at(draft), edge.at))


def try_now(draft: Draft) -> None:
    """Whatever a list failed of may be over."""
    trouble = draft.trouble(LIST)
    if trouble is not None:
        draft.set_trouble(LIST, replace(trouble, retry_at=min(trouble.retry_at, draft.now)))


# ---- when


def settle(draft: Draft) -> None:
    """Begin a traversal if one is due; otherwise say when it will be."""
    _purge_gone(draft)
    if draft.flying(LIST) or draft.blocked(LIST) or _is_first_after_watch(draft):
        return
    due, full = _next(draft)
    if due > draft.now:
        draft.wake(due)
        return
    _begin(draft, full=full)


def _is_first_after_watch(draft: Draft) -> bool:
    """The first list waits for the answer to the first watch: it then shows whatever no push will tell.

    So no second look is needed. A watch that fails is an answer, too; one that takes too long is not waited for.
    """
    watches = [pending for pending in draft.flight.calls.values() if pending.what.startswith(_WATCH)]
    if draft.durable.synced_at or not watches:
        return False
    until = watches[0].asked_at + _WATCH_FIRST
    draft.wake(max(until, draft.now + 1.0))
    return until > draft.now


def _next(draft: Draft) -> tuple[Instant, bool]:
    """When the next list is due, and whether it is a full one."""
    durable, settings = draft.durable, draft.settings
    void = draft.trouble(TOKEN)
    if void is not None and durable.sync_token is None and void.retry_at > draft.now:
        return void.retry_at, True
    full_due = min(durable.full_at + resync_interval(draft), _window_due(draft))
    full_due = min(full_due, _unread_due(draft, full_due))
    useless = durable.sync_token is None or durable.token_form != TOKEN_FORM
    if useless or draft.flight.want_full or full_due <= draft.now:
        return draft.now, True
    poll_due = durable.synced_at + backoff.jittered(settings.poll_interval, draft.user, f"poll{durable.synced_at}")
    due = min(full_due, poll_due, hints.due(draft.flight, settings.debounce) or poll_due)
    return Instant(due), full_due <= due


def resync_interval(draft: Draft) -> float:
    """Seconds between full lists: no more than was wished, a little less for each calendar in its own way."""
    return draft.settings.resync_interval * (1.0 - _FULL_EARLY * backoff.spread(draft.user, "resync"))


def _window_due(draft: Draft) -> float:
    """When nothing has moved the window on for so long, a full list does, before readers see its end."""
    return covered_at(draft) + 0.95 * LOOK_AHEAD.total_seconds()


def _unread_due(draft: Draft, otherwise: float) -> float:
    """An item that could not be read is never listed again by its token: full lists, at growing intervals."""
    unread = draft.trouble(UNREAD)
    return otherwise if unread is None else unread.retry_at


def _begin(draft: Draft, *, full: bool) -> None:
    token = None if full else draft.durable.sync_token
    window = window_of(draft.now) if full else None
    request_id = draft.submit(
        "google",
        _priority(draft, full=full),
        LIST,
        lambda rid: ListEvents(request_id=rid, user=draft.user, sync_token=token, window=window),
    )
    whole = draft.durable.sync_token is not None and draft.durable.token_form == TOKEN_FORM
    draft.flight.traversal = Traversal(full=full, request_id=request_id, window_at=draft.now, reconciles=full and whole)
    hints.looked(draft)
    draft.flight.want_full = False
    if full:
        draft.flight.edge = None  # this list moves the window on


def _priority(draft: Draft, *, full: bool) -> Priority:
    if draft.flight.pushed:
        return Priority.LIVE
    watched = any(channel.state == "open" for channel in draft.durable.channels)
    first = not draft.durable.synced_at and watched  # it stood in line with its watch already
    return Priority.BULK if full and not first else Priority.NORMAL


# ---- pages


def listed(draft: Draft, page: EventsListed) -> None:
    """A page came: stage it, fetch the next, or apply the whole."""
    traversal = draft.flight.traversal
    if traversal is None or traversal.request_id != page.request_id:
        return
    traversal = draft.flight.traversal = replace(
        traversal,
        events=dict(traversal.events),
        removed=dict(traversal.removed),
        outside=dict(traversal.outside),
    )
    kept = kept_window(draft) if not traversal.full else window_of(traversal.window_at)
    _stage(traversal, page, Window(start=kept.start, end=Instant(kept.end + _MARGIN)))
    meetings.told(draft, page)  # also of what gets no row
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


def _stage(traversal: Traversal, page: EventsListed, wide: Window) -> None:
    """Take a page in: the newer of two versions stands, and far away events are kept as ids only (C.4, 22 and 25)."""
    for event in page.events:
        fact = event.fact
        if not _is_older(traversal, fact.event_id, fact.updated):
            _unstage(traversal, fact.event_id)
            if fact.recurrence or touches(fact, wide):
                traversal.events[fact.event_id] = event
            else:
                traversal.outside[fact.event_id] = fact.updated
    for gone in page.removed:
        if not _is_older(traversal, gone.event_id, gone.updated):
            _unstage(traversal, gone.event_id)
            traversal.removed[gone.event_id] = gone
    traversal.unread |= {bad.event_id for bad in page.quarantined}
    traversal.pages += 1


def _is_older(traversal: Traversal, event_id: str, updated: float) -> bool:
    """Say whether a staged version is known to be newer; where Google names no times, the later one stands."""
    event, gone = traversal.events.get(event_id), traversal.removed.get(event_id)
    staged = event.fact.updated if event else gone.updated if gone else traversal.outside.get(event_id, 0.0)
    return 0.0 < updated < staged


def _unstage(traversal: Traversal, event_id: str) -> None:
    traversal.events.pop(event_id, None)
    traversal.removed.pop(event_id, None)
    traversal.outside.pop(event_id, None)


def _continue(draft: Draft, traversal: Traversal, next_page: str) -> None:
    token = None if traversal.full else draft.durable.sync_token
    window = window_of(traversal.window_at) if traversal.full else None
    traversal.request_id = draft.submit(
        "google",
        Priority.NORMAL,
        LIST,
        lambda rid: ListEvents(request_id=rid, user=draft.user, sync_token=token, page_token=next_page, window=window),
    )


def outdated(draft: Draft, event_id: str, etag: str) -> None:
    """We have replaced a version ourselves: a list that began before must not bring it back."""
    hear(draft, (event_id,))
    if draft.flight.traversal is not None:
        known = draft.flight.traversal.outdated | {(event_id, etag)}
        draft.flight.traversal = replace(draft.flight.traversal, outdated=known)


def hear(draft: Draft, ids: Iterable[str]) -> None:
    """What is known of these is newer than what looks of another kind, under way now, may show."""
    if any(pending.what.startswith(SIDES) for pending in draft.flight.calls.values()):
        draft.flight.heard = {**draft.flight.heard, **dict.fromkeys(ids, draft.flight.counter)}


def was_heard(draft: Draft, event_id: str | None, began: int) -> bool:
    """Say whether the stream of changes told of an event since the order with the number ``began``."""
    return event_id is not None and draft.flight.heard.get(event_id, -1) >= began


# ---- a finished traversal


def _apply(draft: Draft, traversal: Traversal, next_token: str) -> None:
    """The traversal is complete: rows, token and standing change together."""
    full_at = traversal.window_at if traversal.full else draft.durable.full_at
    window = window_of(full_at) if traversal.full else kept_window(draft)
    hear(draft, (*traversal.events, *traversal.removed, *traversal.outside))
    missing, stale = rows.differences(draft, traversal, window_of(covered_at(draft)))
    rows.apply(draft, traversal, window)
    if traversal.full:
        ghosts = rows.sweep(draft, traversal, window)
        draft.keep(window_at=full_at)
        if traversal.reconciles:
            draft.note("sync.reconciled", missing=missing, stale=stale, ghosts=ghosts)
    draft.keep(sync_token=next_token, token_form=TOKEN_FORM, synced_at=draft.now, full_at=full_at, gone_at=Instant(0))
    draft.flight.traversal = None
    _well(draft, traversal)
    _stand(draft, Standing(state="active", since=draft.now))
    draft.note("sync.done", full=traversal.full, changed=len(traversal.events), removed=len(traversal.removed))


def _well(draft: Draft, traversal: Traversal) -> None:
    draft.well(LIST)
    if not traversal.full:
        draft.well(TOKEN)
    if traversal.unread:
        draft.wait(UNREAD, Kind.TRANSIENT, "google-bad-answer")
    elif traversal.full:
        draft.well(UNREAD)


# ---- failures


def failed(draft: Draft, failure: CallFailed) -> None:
    """A list did not succeed: what was staged is void, what is stored stays."""
    traversal = draft.flight.traversal
    draft.flight.traversal = None
    mark_dirty(draft, pushed=False)
    full = traversal is None or traversal.full
    if failure.kind is Kind.INVALID and traversal is not None and traversal.pages:
        failure = replace(failure, kind=Kind.TRANSIENT)  # a page token that is too old (C.4, 27): begin anew
    if failure.kind in _VOID and not full:
        _void(draft, failure)
        return
    draft.flight.want_full = draft.flight.want_full or full
    draft.failed(LIST, failure)
    if failure.kind is Kind.NOT_FOUND and not draft.durable.gone_at:
        draft.keep(gone_at=draft.now)
    if failure.kind in _STANDING_KINDS and draft.durable.standing.state in {"pending", "active", "error"}:
        _stand(draft, Standing(state="error", code=failure.code, since=draft.now))


def _void(draft: Draft, failure: CallFailed) -> None:
    """List anew, at once; when that has just been done, less and less often (C.4, 7)."""
    draft.keep(sync_token=None)
    draft.note("sync.token-void")
    if draft.durable.full_at + _AGAIN > draft.now or draft.trouble(TOKEN) is not None:
        draft.failed(TOKEN, replace(failure, kind=Kind.RESYNC))


def _purge_gone(draft: Draft) -> None:
    """What was stored of a calendar that is gone, or not ours to see any more, is not kept for ever (C.4, 26)."""
    gone_at = draft.durable.gone_at
    if not gone_at or not draft.events:
        return
    if gone_at + GRACE > draft.now:
        draft.wake(gone_at + GRACE)
        return
    draft.note("calendar.purged", events=len(draft.events))
    for event_id in list(draft.events):
        draft.drop(event_id)
    draft.keep(sync_token=None, expansions=(), orphans=())


def _stand(draft: Draft, standing: Standing) -> None:
    old = draft.durable.standing
    if (old.state, old.code) != (standing.state, standing.code):
        draft.keep(standing=standing)
        draft.note("user.standing", state=standing.state, code=standing.code)
