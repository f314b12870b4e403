"""Series of events, and what happens when.

Owns: expanding a series in its own time zone, putting exceptions in the place of the occurrences they replace, and the
question whether a row has to be kept for a window.
Promises: pure apart from the zone data that ``zoneinfo`` reads; bounded work for any rule; all-day events stay dates. A
series outside the trusted subset is reported, not guessed.
Does not: read rules (``rrule.py``) or ask Google.

Wall-clock time is kept across changes of the offset. A wall time that a change skips is the instant given by the offset
before it, one that happens twice the first of the two (RFC 5545, 3.3.5; google.md C.3). An occurrence lasts as many
seconds, or days, as the series' first one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from hybridcal_daemon.domain import rrule
from hybridcal_daemon.domain.rrule import Untrusted
from hybridcal_daemon.domain.values import DAY, AllDay, Instant, Timed, When, Window, as_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from hybridcal_daemon.domain.events import EventFact

__all__ = [
    "Occurrence",
    "Untrusted",
    "expand",
    "instance_id",
    "is_plain",
    "is_series",
    "occurrences",
    "occurs",
    "touches",
    "untrusted",
]

_ONE_DAY: Final = timedelta(days=1)
_FAR: Final = Instant(4_102_444_800.0)
"""The year 2100: a rule that takes too much work until then is none of those that are expanded here."""
_LONGEST: Final = 31 * DAY
"""A cancelled occurrence does not say how long it was; one that began this much before the window may reach into it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One happening of an event. ``fact``: the row it comes from, the series' or its own; ``instance``: Google's id."""

    fact: EventFact
    instance: str
    start: When
    end: When


def untrusted(fact: EventFact) -> str:
    """Why a series cannot be expanded here, as a word that is safe to log; '' when it can (or is no series)."""
    return _why(fact.start, fact.recurrence) if is_series(fact) else ""


@lru_cache(maxsize=4096)
def _why(start: When, recurrence: tuple[str, ...]) -> str:
    try:
        expand(start, recurrence, Window(start=_FAR, end=_FAR))
    except Untrusted as why:
        return why.reason
    return ""


def expand(start: When, recurrence: tuple[str, ...], window: Window) -> list[When]:
    """Give the original starts of a series inside ``window``, in order, each once; exceptions are not known here.

    ``start``: the first occurrence; ``recurrence``: Google's RRULE, EXDATE and RDATE lines. Untrusted when Google has
    to be asked instead.
    """
    parsed = rrule.parse(recurrence)
    place = _place(start)
    removed = {_slot(_resolve(stamp, start)) for stamp in parsed.removed}
    found = [*_by_rule(parsed.rule, start, place, window), *(_resolve(stamp, start) for stamp in parsed.added)]
    by_slot = {_slot(when): when for when in found if window.start <= as_instant(when) < window.end}
    return sorted((when for slot, when in by_slot.items() if slot not in removed), key=as_instant)


def occurrences(facts: Iterable[EventFact], window: Window) -> tuple[list[Occurrence], tuple[str, ...]]:
    """Give everything that happens in ``window``, by start, and the ids of series that could not be expanded.

    Something happens in the window when its [start, end) overlaps it; without a length, when its start is inside.
    Exceptions appear at their own time in the place of the original; a cancelled row only takes away. A series that is
    not expanded here is represented by its derived rows; it counts as not expanded when it has none.
    """
    facts = list(facts)
    replaced = {_original(fact) for fact in facts if fact.original_start is not None}
    gone = {fact.event_id for fact in facts if fact.cancelled and fact.series_id is None}
    found: list[Occurrence] = []
    unexpanded: list[str] = []
    for fact in facts:
        if fact.cancelled or fact.series_id in gone:
            continue
        try:
            found += [one for one in _of(fact, window) if not (is_series(fact) and _slot_of(one) in replaced)]
        except Untrusted:
            unexpanded.append(fact.event_id)
    if unexpanded:
        represented = {fact.series_id for fact in facts if fact.derived}
        unexpanded = [series_id for series_id in unexpanded if series_id not in represented]
    return sorted(found, key=lambda one: (as_instant(one.start), one.instance)), tuple(sorted(unexpanded))


def touches(fact: EventFact, window: Window) -> bool:
    """Say whether a row must be kept for ``window``.

    A single event: it happens inside. A series: an occurrence does, or it cannot be expanded. An exception, cancelled
    or not: its own time or the occurrence that it replaces is inside.
    """
    if fact.series_id is not None:
        return _overlaps(fact.start, fact.end, window) or _replaces_inside(fact, window)
    if fact.cancelled:
        return False
    try:
        return next(_of(fact, window), None) is not None
    except Untrusted:
        return True


def occurs(series: EventFact, original: When) -> bool:
    """Say whether a series has an occurrence that begins, originally, at ``original``. Untrusted."""
    if isinstance(original, AllDay) != isinstance(series.start, AllDay):
        return False
    at = as_instant(original)
    return bool(expand(series.start, series.recurrence, Window(start=at, end=Instant(at + 1.0))))


def is_plain(fact: EventFact, series: EventFact) -> bool:
    """Say whether an occurrence is as its series says; then it needs no row beside it. Untrusted.

    Its text is compared where the worker gave it to be compared (``EventFact.as_series``).
    """
    original = fact.original_start
    if original is None or _slot(fact.start) != _slot(original) or _slot(fact.end) != _slot(_end(series, original)):
        return False
    same_text = fact.as_series in {"", series.likeness}
    return same_text and _as_series(fact, series) == series and occurs(series, original)


def _as_series(fact: EventFact, series: EventFact) -> EventFact:
    """An occurrence in its series' place, everything else about it as it is."""
    return replace(
        fact,
        event_id=series.event_id,
        etag=series.etag,
        start=series.start,
        end=series.end,
        recurrence=series.recurrence,
        series_id=None,
        original_start=None,
        digest=series.digest,
        join_digest=series.join_digest,
        derived=series.derived,
    )


def instance_id(series_id: str, original: When) -> str:
    """Give Google's id of the occurrence of a series that began, originally, at ``original`` (google.md C.4)."""
    if isinstance(original, AllDay):
        return f"{series_id}_{original.day:%Y%m%d}"
    return f"{series_id}_{datetime.fromtimestamp(original.at, UTC):%Y%m%dT%H%M%SZ}"


def is_series(fact: EventFact) -> bool:
    """Say whether a row stands for a whole series."""
    return bool(fact.recurrence) and fact.series_id is None


def _of(fact: EventFact, window: Window) -> Iterator[Occurrence]:
    """Give the occurrences of one row in the window, exceptions to it left aside."""
    if is_series(fact):
        length = max(0.0, as_instant(fact.end) - as_instant(fact.start))
        wider = Window(start=Instant(window.start - length), end=window.end)
        spans = [(start, _end(fact, start)) for start in expand(fact.start, fact.recurrence, wider)]
        named = [(instance_id(fact.event_id, start), start, end) for start, end in spans]
    else:
        named = [(_own_id(fact), fact.start, fact.end)]
    for instance, start, end in named:
        if _overlaps(start, end, window):
            yield Occurrence(fact=fact, instance=instance, start=start, end=end)


def _own_id(fact: EventFact) -> str:
    if fact.series_id is None or fact.original_start is None:
        return fact.event_id
    return instance_id(fact.series_id, fact.original_start)


def _end(fact: EventFact, start: When) -> When:
    """Give the end of the series' occurrence at ``start``, which lasts as long as the first one."""
    length = max(0, int(as_instant(fact.end) - as_instant(fact.start)))
    if isinstance(start, AllDay):
        return AllDay(day=start.day + timedelta(seconds=length))
    return Timed(at=start.at + length, tz=start.tz)


def _overlaps(start: When, end: When, window: Window) -> bool:
    first, last = as_instant(start), as_instant(end)
    if last <= first:
        return window.start <= first < window.end
    return first < window.end and last > window.start


def _replaces_inside(fact: EventFact, window: Window) -> bool:
    if fact.original_start is None:
        return False
    length = _LONGEST if fact.cancelled else max(0.0, as_instant(fact.end) - as_instant(fact.start))
    return window.start - length <= as_instant(fact.original_start) < window.end


def _original(fact: EventFact) -> tuple[str, tuple[str, int]] | None:
    if fact.series_id is None or fact.original_start is None:
        return None
    return fact.series_id, _slot(fact.original_start)


def _slot_of(one: Occurrence) -> tuple[str, tuple[str, int]]:
    return one.fact.event_id, _slot(one.start)


def _slot(when: When) -> tuple[str, int]:
    """Give what makes two starts the same: the instant, whatever zone names it, or the day."""
    return ("day", when.day.toordinal()) if isinstance(when, AllDay) else ("at", when.at)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, malformed, or the name of a directory of the zone data
        raise Untrusted("time-zone") from None


def _local(at: float, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromtimestamp(at, zone)
    except (OverflowError, ValueError, OSError):
        raise Untrusted("time") from None
    if not rrule.YEARS[0] <= moment.year <= rrule.YEARS[1]:
        raise Untrusted("time")
    return moment


def _place(start: When) -> Callable[[date], When]:
    """Give the function from a day of the rule to the start on that day."""
    if isinstance(start, AllDay):
        return lambda day: AllDay(day=day)
    zone = _zone(start.tz)
    first = _local(start.at, zone)
    clock = first.time()
    return lambda day: start if day == first.date() else Timed(at=_at(day, clock, zone), tz=start.tz)


def _at(day: date, clock: time, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, clock.replace(fold=0), zone).timestamp())


def _first_day(start: When) -> date:
    day = start.day if isinstance(start, AllDay) else _local(start.at, _zone(start.tz)).date()
    if not rrule.YEARS[0] <= day.year <= rrule.YEARS[1]:
        raise Untrusted("time")
    return day


def _by_rule(rule: rrule.Rule | None, start: When, place: Callable[[date], When], window: Window) -> list[When]:
    if rule is None:
        return [start]
    zone = _zone("UTC" if isinstance(start, AllDay) else start.tz)
    low = _local(window.start, zone).date() - _ONE_DAY
    high = _local(window.end, zone).date() + _ONE_DAY
    starts = [(day, place(day)) for day in rrule.days(rule, _first_day(start), low, high)]
    return [when for day, when in starts if rule.until is None or _is_not_after(day, when, rule.until)]


def _is_not_after(day: date, when: When, until: rrule.Stamp) -> bool:
    """Say whether an occurrence is not after UNTIL, which counts by day when either of the two is a date."""
    if until.seconds is None or isinstance(when, AllDay):
        return day <= until.day
    return when.at <= rrule.utc_seconds(until)


def _resolve(stamp: rrule.Stamp, start: When) -> When:
    """Give an EXDATE or RDATE as a start of the series; without a zone of its own it is in the series' zone."""
    if isinstance(start, AllDay) != (stamp.seconds is None):
        raise Untrusted("date-kind")
    if isinstance(start, AllDay) or stamp.seconds is None:
        return AllDay(day=stamp.day)
    return Timed(at=_at(stamp.day, time(*stamp.seconds), _zone(stamp.zone or start.tz)), tz=start.tz)
