"""When a Webex meeting takes place, worked out from its event.

Owns: the rule that turns an event into a ``Plan`` within Webex' limits, and ``Told``: what Webex was told, in short, to
see later whether it still holds.
Promises: pure; what was told holds as long as nobody changes the event, however much time passes: times that are over
are not compared. Does not: order anything.

The rule:

- Shorter than 10 minutes becomes 10 minutes, longer than 23 hours 59 minutes becomes that, from the start (OpenAPI,
  ``createAMeeting``). A day, or days, become midnight to 23:59 of the first one, in the organiser's zone.
- What is running already begins at the next full minute, and ends with the event: Webex takes no start in the past.
- A series whose rule Webex can take begins at its first occurrence still to come, by the same rule: whatever its
  interval, that one is in step with it. A rule with an end gets ``UNTIL`` at its last occurrence, so that none has to
  be counted; of more occurrences than Webex takes (1,826 daily, 261 weekly, 60 monthly, 5 yearly ones; five years) it
  gets the first, and the rest in time. A rule without an end is passed on as it is: Webex takes those.
- Occurrences that are elsewhere, or do not take place, are ``Moved``; so are the days that EXDATE takes out, of the
  next month.
- Of any other series (RDATE; several BYMONTHDAY, which Webex refuses; rules that are not trusted here, or that Webex
  refused) the next occurrence is planned, and when that is over the next: how to join stays the same.
- An exception that asks for another meeting than its series is a single event, and at the series' meeting it does not
  take place.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from hybridcal_daemon.domain import rrule
from hybridcal_daemon.domain.calls import Moved, Plan
from hybridcal_daemon.domain.meetrules import NEVER, SHORTEST, fingerprint, is_rule, last_end, rule_of
from hybridcal_daemon.domain.recurrence import expand, is_series, occurrences
from hybridcal_daemon.domain.values import DAY, MINUTE, AllDay, Instant, When, Window, as_instant

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence
    from datetime import date

    from hybridcal_daemon.domain.events import EventFact

LONGEST: Final = DAY - MINUTE
_MOST: Final = {"DAILY": 1826, "WEEKLY": 261, "MONTHLY": 60, "YEARLY": 5}
_FIVE_YEARS: Final = 1826 * DAY
_AHEAD: Final = 31 * DAY
"""So far a series has to reach at Webex, and so far EXDATE lines are told one by one."""
_FOREVER: Final = 400 * DAY
_ALONE: Final = "n"
"""In front of the version of a series of which the next occurrence only is told."""
_REFUSED: Final = "r"
"""So, too, since Webex refused its rule, whose fingerprint follows."""

Difference = Literal["", "occurrences", "whole"]


class Told(NamedTuple):
    """What Webex was told. ``version``: hash of title, times and rule; ``begin``, ``end``: of the first occurrence.

    ``covers``: until when the rule was passed on, 0 when there is no more of it.
    """

    version: str
    begin: Instant
    end: Instant
    covers: Instant = Instant(0)
    moved: tuple[Moved, ...] = ()

    @property
    def is_alone(self) -> bool:
        """Of a series only one occurrence was told."""
        return self.version.startswith((_ALONE, _REFUSED))

    def encode(self) -> str:
        """The form of ``Meeting.asked``: ``version;begin;end;covers;original/start/end,...``, whole seconds."""
        moved = ",".join(f"{_whole(one.original)}/{_whole(one.start)}/{_whole(one.end)}" for one in self.moved)
        return f"{self.version};{_whole(self.begin)};{_whole(self.end)};{_whole(self.covers)};{moved}"


def _whole(at: Instant | None) -> str:
    return "" if at is None else f"{int(at)}"


@lru_cache(maxsize=4096)
def decode(asked: str) -> Told:
    """Undo ``Told.encode``; '' is what never was told."""
    version, begin, end, covers, moved = asked.split(";") if asked else ("", "0", "0", "0", "")
    occurrences_told = tuple(_moved_from(text) for text in moved.split(",") if text)
    return Told(version, Instant(float(begin)), Instant(float(end)), Instant(float(covers)), occurrences_told)


def _moved_from(text: str) -> Moved:
    original, start, end = (Instant(float(part)) if part else None for part in text.split("/"))
    return Moved(original=original or Instant(0), start=start, end=end)


class Ordered(NamedTuple):
    """A plan and what is to be remembered of it."""

    plan: Plan
    told: Told


def without_rule(told: Told, fact: EventFact) -> Told:
    """What is remembered when Webex refuses a series: perhaps it is the rule; from now on single occurrences."""
    return told._replace(version=f"{_REFUSED}{fingerprint(fact)}", covers=Instant(0), moved=())


def _is_refused(told: Told, fact: EventFact) -> bool:
    return bool(rule_of(fact)) and told.version.startswith(f"{_REFUSED}{fingerprint(fact)}")


def shares(exception: EventFact, series: EventFact) -> bool:
    """Say whether an occurrence takes place in the meeting of its series."""
    return not exception.cancelled and exception.asked == series.asked


def span(start: When, end: When, zone: str) -> tuple[Instant, Instant]:
    """Begin and end within Webex' limits; ``zone``: in which days are days, '' for UTC."""
    if isinstance(start, AllDay):
        first = _local(start.day, time(), zone)
        return first, min(_local(start.day, time(23, 59), zone), Instant(first + LONGEST))
    first = as_instant(start)
    return first, Instant(min(max(as_instant(end), first + SHORTEST), first + LONGEST))


def _close(end: When, zone: str) -> Instant:
    """The end of an event, of days 23:59 on the last one."""
    return Instant(_local(end.day, time(), zone) - MINUTE) if isinstance(end, AllDay) else as_instant(end)


def _local(day: date, clock: time, zone: str) -> Instant:
    return Instant(datetime.combine(day, clock, ZoneInfo(_known(zone))).timestamp())


@lru_cache(maxsize=1024)
def _known(zone: str) -> str:
    """Give the zone, or UTC for one that is not in the zone data."""
    try:
        return ZoneInfo(zone or "UTC").key
    except (KeyError, ValueError, OSError):
        return "UTC"


# ---- what is told


def version(fact: EventFact, kin: Sequence[EventFact], now: Instant, zone: str) -> str:
    """Hash of what Webex has to be told: equal as long as the event is; '' when nothing is known to come."""
    rule, days_in = rule_of(fact), zone if isinstance(fact.start, AllDay) else ""
    if rule or not is_series(fact):
        return _hash(fact.title_digest, fact.start, fact.end, days_in, rule)
    return _version_alone(fact, kin, now, zone)


def _version_alone(fact: EventFact, kin: Sequence[EventFact], now: Instant, zone: str, *, refused: bool = False) -> str:
    coming = _next(fact, kin, now, zone)
    why = f"{_REFUSED}{fingerprint(fact)}" if refused else _ALONE
    return "" if coming is None else why + _hash(fact.title_digest, *coming)


@lru_cache(maxsize=8192)
def _hash(*parts: Hashable) -> str:
    text = "\x1f".join(str(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def difference(told: Told, fact: EventFact, kin: Sequence[EventFact], now: Instant, zone: str) -> Difference:
    """What Webex has to be told of an event that is not over: nothing, only occurrences, or all of it."""
    present = _present(told, fact, kin, now, zone)
    if not present:
        return ""
    if present != told.version or (0.0 < told.covers < now + _AHEAD and told.begin <= now):
        return "whole"  # the rest of a long rule may be due
    have = {one for one in told.moved if _is_to_come(one, now)}
    want = set(_moved(fact, kin, told, now, zone))
    if {one.original for one in have} - {one.original for one in want}:
        return "whole"  # one is back in its place: the rule puts it there
    return "occurrences" if have != want else ""


def _present(told: Told, fact: EventFact, kin: Sequence[EventFact], now: Instant, zone: str) -> str:
    refused = _is_refused(told, fact)
    if refused or (told.is_alone and rule_of(fact) and not _coming(fact, now, zone)):
        return _version_alone(fact, kin, now, zone, refused=refused)
    return version(fact, kin, now, zone)


def plan(
    fact: EventFact, kin: Sequence[EventFact], now: Instant, zone: str, told: Told | None = None
) -> Ordered | None:
    """The plan for an event as it is at ``now``; None when nothing of it is known to come.

    ``told``: what was told before; a rule that Webex refused then is not told again.
    """
    refused = told is not None and _is_refused(told, fact)
    present = version(fact, kin, now, zone)
    if not present:
        return None
    if not is_series(fact):
        return _once(present, *span(fact.start, fact.end, zone), now, _close(fact.end, zone))
    if rule_of(fact) and not refused and (regular := _coming(fact, now, zone)):
        return _series(present, fact, kin, regular, now, zone)
    coming = _next(fact, kin, now, zone)
    return None if coming is None else _once(_version_alone(fact, kin, now, zone, refused=refused), *coming, now)


def only_moved(
    ordered: Ordered, told: Told, fact: EventFact, kin: Sequence[EventFact], now: Instant, zone: str
) -> Ordered:
    """Of what is ordered only the occurrences: the series at Webex begins where it was told."""
    moved = _moved(fact, kin, told, now, zone)
    return Ordered(replace(ordered.plan, moved=moved), told._replace(moved=moved))


def whole_told(told: Told) -> Plan:
    """The plan as Webex was told it, as far as it is remembered: to look for the meeting."""
    return Plan(start=told.begin, end=told.end, zone="UTC")


def _once(present: str, begin: Instant, end: Instant, now: Instant, close: Instant = Instant(0)) -> Ordered:
    """``close``: when an event ends that may be longer than a meeting: later in it, another part of it is planned."""
    if begin <= now:
        begin = Instant((now // MINUTE + 1.0) * MINUTE)
        end = Instant(min(max(end, close, begin + SHORTEST), begin + LONGEST))
    return Ordered(Plan(start=begin, end=end, zone="UTC"), Told(present, begin, end))


# ---- series


def _coming(fact: EventFact, now: Instant, zone: str) -> list[tuple[Instant, Instant]]:
    """Begin and end of the regular occurrences of the next five years that have not begun."""
    reach = Window(start=Instant(now - DAY), end=Instant(now + _FIVE_YEARS))
    starts = (_span_at(fact, start, zone) for start in expand(fact.start, fact.recurrence, reach))
    return [pair for pair in starts if pair[0] > now]


def _series(
    present: str,
    fact: EventFact,
    kin: Sequence[EventFact],
    coming: list[tuple[Instant, Instant]],
    now: Instant,
    zone: str,
) -> Ordered:
    rule, covers = _ended(fact, coming, now)
    told = Told(present, *coming[0], covers)
    told = told._replace(moved=_moved(fact, kin, told, now, zone))
    name = _known(zone) if isinstance(fact.start, AllDay) else fact.start.tz
    return Ordered(Plan(start=told.begin, end=told.end, zone=name, recurrence=rule, moved=told.moved), told)


def _span_at(fact: EventFact, start: When, zone: str) -> tuple[Instant, Instant]:
    if isinstance(start, AllDay):
        return span(start, start, zone)
    length = as_instant(fact.end) - as_instant(fact.start)
    begin = as_instant(start)
    return begin, Instant(begin + min(max(length, SHORTEST), LONGEST))


def _ended(fact: EventFact, coming: list[tuple[Instant, Instant]], now: Instant) -> tuple[str, Instant]:
    """The rule from ``coming`` on with its end as an instant, and until when it is covered."""
    text = rule_of(fact)
    rule = rrule.parse(fact.recurrence).rule
    if rule is None or (rule.count is None and rule.until is None):
        return text, Instant(0)
    taken = coming[: _MOST[rule.frequency]]
    kept = [part for part in text.split(";") if not part.startswith(("COUNT=", "UNTIL="))]
    until = datetime.fromtimestamp(taken[-1][0], UTC).strftime("%Y%m%dT%H%M%SZ")
    more = len(taken) < len(coming) or last_end(fact) > now + _FIVE_YEARS
    return ";".join([*kept, f"UNTIL={until}"]), taken[-1][1] if more else Instant(0)


def _moved(fact: EventFact, kin: Sequence[EventFact], told: Told, now: Instant, zone: str) -> tuple[Moved, ...]:
    """Occurrences still to come that are not where the rule puts them, by where it does."""
    if not rule_of(fact) or told.is_alone:
        return ()
    elsewhere = (_unless_over(one, now) for one in _elsewhere(fact, kin, zone))
    found = {one.original: one for one in (*_taken_out(fact, now, zone), *elsewhere)}
    low, high = told.begin, told.covers or NEVER
    kept = (one for one in found.values() if low <= one.original < high and _is_to_come(one, now))
    return tuple(sorted(kept, key=lambda one: one.original))


def _unless_over(one: Moved, now: Instant) -> Moved:
    """What was moved to a time that is over does not take place where the rule puts it."""
    return one if one.end is None or one.end > now else Moved(original=one.original)


def _is_to_come(one: Moved, now: Instant) -> bool:
    """What has begun, or would have, Webex does not move any more."""
    return (one.original if one.start is None else one.start) > now


def _elsewhere(fact: EventFact, kin: Sequence[EventFact], zone: str) -> Iterable[Moved]:
    for each in kin:
        if each.original_start is None:
            continue
        original, regular_end = _span_at(fact, each.original_start, zone)
        start, end = span(each.start, each.end, zone)
        if not shares(each, fact):
            yield Moved(original=original)
        elif (start, end) != (original, regular_end):
            yield Moved(original=original, start=start, end=end)


def _taken_out(fact: EventFact, now: Instant, zone: str) -> Iterable[Moved]:
    lines = tuple(line for line in fact.recurrence if is_rule(line))
    if len(lines) == len(fact.recurrence):
        return ()
    near = Window(start=now, end=Instant(now + _AHEAD))
    left = set(expand(fact.start, fact.recurrence, near))
    out = (start for start in expand(fact.start, lines, near) if start not in left)
    return [Moved(original=_span_at(fact, start, zone)[0]) for start in out]


def _next(fact: EventFact, kin: Sequence[EventFact], now: Instant, zone: str) -> tuple[Instant, Instant] | None:
    """Begin and end of the next occurrence, wherever it is, or of the one that is running."""
    found, _ = occurrences([fact, *kin], Window(start=Instant(now - DAY), end=Instant(now + _FOREVER)))
    spans = (span(one.start, one.end, zone) for one in found if one.fact is fact or shares(one.fact, fact))
    return next((pair for pair in sorted(spans) if pair[1] > now), None)


# ---- the end


def lasts(fact: EventFact, kin: Iterable[EventFact], zone: str) -> Instant:
    """When the last occurrence ends, as far as it is known; ``NEVER`` when it is not, or there is none."""
    ends = [span(each.start, each.end, zone)[1] for each in kin if not each.cancelled]
    if is_series(fact):
        return max([last_end(fact), *ends])
    return max(span(fact.start, fact.end, zone)[1], _close(fact.end, zone))
