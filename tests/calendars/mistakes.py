"""Mistakes that calendar programs are known for, planted one at a time (google.md C.4).

Owns: what each replaces in the real program. Promises: each is one or two functions replaced while a calendar is
played, and put back. Does not: play calendars (``play.py``).
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.adapters.google import mapping
from hybridcal_daemon.domain import edge, expanding, recurrence, rows, rrule, sync
from hybridcal_daemon.domain.values import DAY, AllDay, Timed, as_instant
from tests.calendars.driver import Store
from tests.simulation.seams import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

Change = tuple[Any, dict[str, Any]]
MISTAKES: Final[dict[str, Callable[[], Iterator[Change]]]] = {}


def mistake(changes: Callable[[], Iterator[Change]]) -> Callable[[], Iterator[Change]]:
    """Register; the function's name is the mistake's."""
    MISTAKES[changes.__name__.replace("_", " ")] = changes
    return changes


def planted(name: str) -> AbstractContextManager[object]:
    """Play with the mistake in the program."""
    stack = ExitStack()
    for owner, values in MISTAKES[name]():
        stack.enter_context(replaced(owner, **values))
    return stack


@mistake
def exceptions_not_subtracted() -> Iterator[Change]:
    """C.4, 15."""
    yield recurrence, {"_original": lambda _fact: None}


@mistake
def expansion_in_utc() -> Iterator[Change]:
    """C.4, 18: every 24 hours, whatever the clocks do."""
    real = recurrence._place

    def place(start):
        if isinstance(start, AllDay):
            return real(start)
        first = recurrence._local(start.at, recurrence._zone(start.tz)).date()
        return lambda day: Timed(at=start.at + (day - first).days * int(DAY), tz=start.tz)

    yield recurrence, {"_place": place}


@mistake
def all_day_as_midnight_utc() -> Iterator[Change]:
    """C.4, 17."""
    real = mapping.when

    def when(moment, zone):
        found = real(moment, zone)
        return Timed(at=int(as_instant(found)), tz="UTC") if isinstance(found, AllDay) else found

    yield mapping, {"when": when}


@mistake
def moved_out_rows_kept() -> Iterator[Change]:
    """C.4, 12: what is outside the window now is ignored."""
    real = rows._apply_event

    def apply(draft, event, window, *, full):
        if recurrence.touches(event.fact, window):
            real(draft, event, window, full=full)

    def stage(traversal, page, wide):
        staged(traversal, page, wide)
        traversal.outside.clear()

    staged = sync._stage
    yield rows, {"_apply_event": apply}
    yield sync, {"_stage": stage}


@mistake
def split_shown_twice() -> Iterator[Change]:
    """C.4, 16: the end that "this and following" gave the old series is not respected."""
    yield recurrence, {"_is_not_after": lambda _day, _when, _until: True}


@mistake
def token_saved_before_rows() -> Iterator[Change]:
    """C.4, 3: the durable state is written at once, the rows with the next commit."""
    real = Store.commit

    def commit(self, save):
        late = vars(self).setdefault("late", [])
        for earlier in late:
            real(self, replace(earlier, durable=save.durable))
        late[:] = [save] if save.put or save.delete else []
        real(self, replace(save, put=(), delete=()))

    def snapshot(self):
        vars(self).pop("late", None)  # what was in memory only is gone
        return seen(self)

    seen = Store.snapshot
    yield Store, {"commit": commit, "snapshot": snapshot}


@mistake
def exceptions_outlive_their_series() -> Iterator[Change]:
    """C.4, 14: nor is their series missed afterwards (C.4, 13), which would mend it."""
    real = rows._apply_removed

    def removed(draft, gone, window, mothers):
        real(draft, gone, window, set() if gone.series_id is None else mothers)

    yield rows, {"_apply_removed": removed}
    yield expanding, {"_look_up": lambda *_: None}


@mistake
def ghosts_after_a_full_list() -> Iterator[Change]:
    """C.4, 5: nothing is swept."""
    yield rows, {"sweep": lambda *_: 0}


@mistake
def only_the_last_page() -> Iterator[Change]:
    """C.4, 2 and 21."""
    real = sync._stage

    def stage(traversal, page, wide):
        traversal.events.clear()
        traversal.removed.clear()
        real(traversal, page, wide)

    yield sync, {"_stage": stage}


@mistake
def cancelled_occurrences_forgotten() -> Iterator[Change]:
    """A hole is dropped like a whole event."""
    real = rows._apply_removed

    def removed(draft, gone, window, mothers):
        if gone.series_id is None:
            real(draft, gone, window, mothers)
        else:
            draft.drop(gone.event_id)

    yield rows, {"_apply_removed": removed}


@mistake
def exdates_ignored() -> Iterator[Change]:
    """EXDATE lines are read and forgotten."""
    real = rrule.parse

    def parse(lines):
        return replace(real(lines), removed=())

    yield rrule, {"parse": parse}


@mistake
def interval_counted_from_the_window() -> Iterator[Change]:
    """Every other week, but beginning with the window."""
    real = rrule.days

    def days(rule, first, low, high):
        return real(rule if rule.count or low < first else replace(rule, interval=1), first, low, high)

    yield rrule, {"days": days}


@mistake
def asked_for_occurrences_not_renewed() -> Iterator[Change]:
    """C.3, 2: what Google worked out for a version of a series is kept for the next one."""
    real = expanding._is_due

    def is_due(draft, series, known, window):
        return real(draft, series, known and replace(known, etag=series.etag), window)

    yield expanding, {"_is_due": is_due}


@mistake
def new_edge_not_taken() -> Iterator[Change]:
    """C.3, 3: the window moves on, what is new in it is not kept."""
    yield edge, {"_take": lambda *_: False}


@mistake
def cancelled_far_ahead_unnoticed() -> Iterator[Change]:
    """C.3, 3: our expansion of the new edge is not compared with Google's."""
    yield edge, {"_not_shown": lambda *_: []}


@mistake
def purge_a_week_early() -> Iterator[Change]:
    """C.3, 5: the tail is cut too soon."""
    real = edge._purge

    def purge(draft, window):
        return real(draft, replace(window, start=window.start + 7 * DAY))

    yield edge, {"_purge": purge}
