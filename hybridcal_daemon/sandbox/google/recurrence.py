"""Expansion of series, for time bounds, single events and as the tests' oracle.

Owns: RRULE, EXRULE, RDATE and EXDATE lines. Promises: shares no code with the daemon's own expansion
(``domain/recurrence.py``), so that one may check the other; rules are expanded once and kept. Does not: know
exceptions.

Based on: RFC 5545 by way of python-dateutil; a series is expanded in wall-clock time of ``start.timeZone``, an all-day
series in bare dates [discovery document; third-party probes]; a wall time inside a spring gap becomes the instant given
by the offset before the gap [measured on dateutil; Google's own choice is unconfirmed]. DTSTART and DTEND lines are
refused [discovery document]. A start that its own rule does not produce is not an occurrence [dateutil's reading; what
Google does is unconfirmed].
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from dateutil.rrule import rrule, rruleset, rrulestr

from hybridcal_daemon.sandbox.google.times import Moment, zone

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNTIL: Final = re.compile(r"UNTIL=(\d{8})(T\d{6}(Z?))?", re.IGNORECASE)
_LINE: Final = re.compile(r"(RRULE|EXRULE|RDATE|EXDATE)((?:;[^:]*)?):(.+)", re.IGNORECASE)
_SLACK: Final = timedelta(days=2)

Lines = tuple[str, ...]


def instant(moment: Moment, calendar_zone: str) -> int:
    """Epoch seconds of a moment; a day begins at midnight of the calendar's zone."""
    if moment.day is None:
        return moment.at
    return int(datetime.combine(moment.day, time(), zone(calendar_zone)).timestamp())


def shifted(moment: Moment, start: Moment, end: Moment) -> Moment:
    """Give the end of the occurrence that begins at ``moment``, in a series whose first lasts ``start`` to ``end``."""
    if moment.day is not None and start.day is not None and end.day is not None:
        return Moment(moment.day + (end.day - start.day), 0, end.zone)
    return Moment(None, moment.at + end.at - start.at, end.zone)


def check_lines(lines: Lines, start: Moment) -> None:
    """ValueError unless the lines are a recurrence that can be expanded."""
    if next(iter(_rules(lines, start)), None) is None:
        raise ValueError("the recurrence has no occurrence")


def occurs(lines: Lines, start: Moment, when: Moment) -> bool:
    """Say whether ``when`` is a start of the series."""
    if (when.day is None) != (start.day is None):
        return False
    wanted = _naive(Moment(when.day, when.at, start.zone))
    return bool(_rules(lines, start).between(wanted, wanted, inc=True))


def starts(lines: Lines, start: Moment, low: int | None, high: int | None) -> Iterator[Moment]:
    """Give the starts of a series in order: all that could touch [low, high), and a few more at both edges.

    Bounds are epoch seconds; ``high`` None never ends for an endless series.
    """
    rules = _rules(lines, start)
    first = _naive(start) if low is None else max(_naive(start), _bound(low, start) - _SLACK)
    last = None if high is None else _bound(high, start) + _SLACK
    for naive in rules.xafter(first, inc=True):
        if last is not None and naive > last:
            return
        yield _moment(naive, start)


def touches(lines: Lines, span: tuple[Moment, Moment], bounds: tuple[int | None, int | None], home: str) -> bool:
    """Say whether any occurrence ends after the lower and begins before the upper bound; ``home``: calendar's zone."""
    start, end = span
    low, high = bounds
    reach = None if low is None else low - (end.order - start.order)
    for begin in starts(lines, start, reach, high):
        if high is not None and instant(begin, home) >= high:
            return False
        if low is None or instant(shifted(begin, start, end), home) > low:
            return True
    return False


@lru_cache(maxsize=8192)
def _rules(lines: Lines, start: Moment) -> rruleset:
    """Parse the lines. ValueError with the line that is wrong."""
    rules = rruleset(cache=True)
    naive = _naive(start)
    found: set[str] = set()
    for line in lines:
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise ValueError(f"not an RRULE, EXRULE, RDATE or EXDATE line: {line}")
        name, parameters, value = match[1].upper(), match[2].upper(), match[3]
        found.add(name)
        if name == "RRULE":
            rules.rrule(_rule(value, start))
        elif name == "EXRULE":
            rules.exrule(_rule(value, start))
        else:
            add = rules.rdate if name == "RDATE" else rules.exdate
            for text in value.split(","):
                add(_listed(text, match[2], parameters, start))
    if "RRULE" not in found:
        if "RDATE" not in found:
            raise ValueError("a recurrence needs an RRULE or RDATE line")
        rules.rdate(naive)
    return rules


def _rule(value: str, start: Moment) -> rrule:
    text = _UNTIL.sub(lambda match: _until(match, start), value)
    made = rrulestr(text, dtstart=_naive(start), cache=True)
    if not isinstance(made, rrule):
        raise ValueError(f"not one rule: {value}")  # noqa: TRY004 - a mistake in a text, not in a type
    return made


def _until(match: re.Match[str], start: Moment) -> str:
    """Write UNTIL in the wall-clock time of the start: an instant is converted, a date means its last second."""
    if start.day is not None:
        return f"UNTIL={match[1]}T000000"
    if not match[2]:
        return f"UNTIL={match[1]}T235959"
    if not match[3]:
        return f"UNTIL={match[1]}{match[2]}"
    said = datetime.strptime(match[1] + match[2], "%Y%m%dT%H%M%S%z")
    return f"UNTIL={said.astimezone(zone(start.zone)):%Y%m%dT%H%M%S}"


def _listed(text: str, raw: str, parameters: str, start: Moment) -> datetime:
    """Read one value of RDATE or EXDATE as wall-clock time of the start."""
    if "VALUE=PERIOD" in parameters:
        raise ValueError("RDATE with VALUE=PERIOD is not supported")
    if "T" not in text:
        day = datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()
        return datetime.combine(day, time() if start.day is not None else _naive(start).time())
    home = re.search(r"TZID=([^;:]+)", raw, re.IGNORECASE)
    said = datetime.strptime(text.removesuffix("Z") + "+0000", "%Y%m%dT%H%M%S%z")
    if text.endswith("Z"):
        return said.astimezone(zone(start.zone)).replace(tzinfo=None)
    said = said.replace(tzinfo=zone(home[1] if home else start.zone))
    return said.astimezone(zone(start.zone)).replace(tzinfo=None)


def _naive(moment: Moment) -> datetime:
    if moment.day is not None:
        return datetime.combine(moment.day, time())
    return datetime.fromtimestamp(moment.at, zone(moment.zone)).replace(tzinfo=None)


def _bound(at: int, start: Moment) -> datetime:
    home = zone(start.zone) if start.day is None else UTC
    return datetime.fromtimestamp(at, home).replace(tzinfo=None)


def _moment(naive: datetime, start: Moment) -> Moment:
    if start.day is not None:
        return Moment(date(naive.year, naive.month, naive.day), 0, start.zone)
    return Moment(None, int(naive.replace(tzinfo=zone(start.zone)).timestamp()), start.zone)
