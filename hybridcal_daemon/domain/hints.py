"""When to look after a hint that something changed.

Owns: the wait for a burst of pushes to end, and the pause between looks while pushes go on and on.
Promises: pure; a single change is looked at one debounce after its push; a hint is never forgotten, only answered
later; however many pushes come, one calendar is listed once a minute at most in the long run (google.md B.4, E).
Does not: order anything (``sync.py`` does), or believe that a push comes (it polls).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain.values import MINUTE, Instant

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.state import Flight

LONGEST_WAIT: Final = 10.0
"""However long pushes follow each other, the first look is no later than this after the first hint."""
_APART: Final = MINUTE
"""A push so long after the one before begins a new row of them."""
_CALM: Final = 8
"""So many pushes in a row are somebody who edits a few things, and the echoes, perhaps over two channels."""
_QUIET: Final = ((20, 5.0), (_CALM, 2.0))
"""After more than so many pushes in a row, so many seconds without one for it to be over."""
_GAPS: Final = ((40, 60.0), (20, 30.0), (_CALM, 10.0))
"""After more than so many pushes in a row, at least so many seconds between looks."""


def came(draft: Draft, *, pushed: bool) -> None:
    """Remember a hint; the first of several counts as the time since when the calendar may be out of date."""
    flight, now = draft.flight, draft.now
    if flight.dirty_at is None:
        flight.dirty_at = now
    if pushed:
        flight.pushes = flight.pushes + 1 if now - flight.push_at < _APART else 1
        flight.push_at = now
        flight.pushed = True


def wanted(draft: Draft) -> None:
    """Somebody has just changed the calendar through us and looks at it: no pause between looks counts."""
    came(draft, pushed=False)
    draft.flight.pushed = True
    if draft.flight.wanted_at is None:
        draft.flight.wanted_at = draft.now


def looked(draft: Draft) -> None:
    """A look begins now: what is hinted at from now on may be newer than what it shows."""
    draft.flight.wanted_at = None
    draft.flight.dirty_at = None
    draft.flight.pushed = False
    draft.flight.listed_at = draft.now


def due(flight: Flight, debounce: float) -> Instant | None:
    """When to look, None without a hint."""
    if flight.dirty_at is None:
        return None
    if flight.wanted_at is not None:
        return Instant(flight.wanted_at + min(debounce, LONGEST_WAIT))
    if flight.push_at < flight.dirty_at:
        return Instant(flight.dirty_at + min(debounce, LONGEST_WAIT))  # not by a push
    quiet = max(debounce, _step(_QUIET, flight.pushes))
    over = min(flight.push_at + quiet, flight.dirty_at + LONGEST_WAIT)
    return Instant(max(over, flight.listed_at + _step(_GAPS, flight.pushes)))


def _step(steps: tuple[tuple[int, float], ...], pushes: int) -> float:
    return next((seconds for more_than, seconds in steps if pushes > more_than), 0.0)
