"""Recurrence rules: the subset of RFC 5545 that is trusted to mean the same here and at Google.

Owns: reading RRULE, EXDATE and RDATE lines, and the days that a rule names.
Promises: pure; refuses with :class:`Untrusted` what is outside the subset, never guesses. Days are computed from the
period that the question is about, not by walking there; only COUNT has to walk, at most MAX_PERIODS periods.
Does not: know times of day, zones or exceptions (``recurrence.py``).

The subset: one RRULE with FREQ of DAILY, WEEKLY, MONTHLY or YEARLY; INTERVAL; COUNT or UNTIL (a date, or UTC); WKST;
BYMONTH (not weekly); BYMONTHDAY (not weekly); BYDAY, with ordinals on all or none, only inside a month, and yearly only
together with BYMONTH. Part names and rules of combination: RFC 5545, 3.3.10.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_PERIODS: Final = 20_000
MAX_CHARACTERS: Final = 65_536
YEARS: Final = (1900, 9000)

_WEEKDAYS: Final = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
_PARTS: Final = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "WKST"})
_FREQUENCIES: Final = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_DAY_PART: Final = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,6}")
_STAMP: Final = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z?))?")


class Untrusted(Exception):  # noqa: N818 - an answer ("ask Google"), not an error of the program
    """The recurrence is outside the trusted subset. ``reason`` is a short fixed word, safe to log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Stamp:
    """A date or date-time as written: ``zone`` is an IANA name, 'UTC' after a Z, None when it says none."""

    day: date
    seconds: tuple[int, int, int] | None
    zone: str | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One RRULE. ``by_day``: pairs of ordinal (0 for each) and weekday (Monday is 0)."""

    frequency: str
    interval: int
    count: int | None
    until: Stamp | None
    by_day: tuple[tuple[int, int], ...]
    by_month_day: tuple[int, ...]
    by_month: tuple[int, ...]
    week_start: int


@dataclass(frozen=True, slots=True)
class Recurrence:
    """All lines of one series."""

    rule: Rule | None
    added: tuple[Stamp, ...]
    removed: tuple[Stamp, ...]


@lru_cache(maxsize=4096)
def parse(lines: tuple[str, ...]) -> Recurrence:
    """Read the lines of Google's ``recurrence`` field. Untrusted when any of it is outside the subset."""
    if sum(map(len, lines)) > MAX_CHARACTERS:
        raise Untrusted("too-long")
    rules: list[Rule] = []
    stamps: dict[str, list[Stamp]] = {"RDATE": [], "EXDATE": []}
    for line in lines:
        head, _, value = line.strip().upper().partition(":")
        name, *_ = head.split(";")
        if head == "RRULE":
            rules.append(_rule(value))
        elif name in stamps:
            stamps[name] += _stamps(line.strip())
        else:
            raise Untrusted("line")
    if len(rules) > 1:
        raise Untrusted("several-rules")
    return Recurrence(rules[0] if rules else None, tuple(stamps["RDATE"]), tuple(stamps["EXDATE"]))


def days(rule: Rule, first: date, low: date, high: date) -> list[date]:
    """Give the days of the rule in ``low`` <= day <= ``high``, in order, COUNT respected, UNTIL not.

    ``first``: day of the series' start, which must itself be a day of the rule: RFC 5545 leaves the other case
    undefined. Untrusted: it is not, or there would be too much to compute.
    """
    unit, members = _units(rule, first)
    if first not in members(unit(first)):
        raise Untrusted("start-outside-rule")
    begin = unit(first)
    if rule.count is None:
        begin += max(0, -(-(unit(low) - begin) // rule.interval)) * rule.interval
    periods = range(begin, unit(high) + 1, rule.interval)
    found = _walk(periods, members, first)
    wanted = found if rule.count is None else islice(found, rule.count)
    return [day for day in wanted if low <= day <= high]


def _walk(periods: range, members: Callable[[int], list[date]], first: date) -> Iterator[date]:
    for steps, period in enumerate(periods):
        if steps >= MAX_PERIODS:
            raise Untrusted("too-many-periods")
        yield from (day for day in members(period) if day >= first)


def _units(rule: Rule, first: date) -> tuple[Callable[[date], int], Callable[[int], list[date]]]:
    """Give two functions: the number of the period that a day is in, and the days of the rule in a period."""
    if rule.frequency == "DAILY":
        return date.toordinal, lambda period: _one_day(rule, date.fromordinal(period))
    if rule.frequency == "WEEKLY":
        shift = rule.week_start + 1  # day 1 of the proleptic calendar is a Monday
        return lambda day: (day.toordinal() - shift) // 7, lambda period: _week(rule, first, period * 7 + shift)
    if rule.frequency == "MONTHLY":
        return lambda day: day.year * 12 + day.month - 1, lambda period: _month(rule, first, *divmod(period, 12))
    return lambda day: day.year, lambda period: _year(rule, first, period)


def _one_day(rule: Rule, day: date) -> list[date]:
    return [day] if _in_month_days(rule, day) and _in_months(rule, day) and _on_weekday(rule, day) else []


def _on_weekday(rule: Rule, day: date) -> bool:
    return not rule.by_day or (0, day.weekday()) in rule.by_day


def _in_months(rule: Rule, day: date) -> bool:
    return not rule.by_month or day.month in rule.by_month


def _in_month_days(rule: Rule, day: date) -> bool:
    length = monthrange(day.year, day.month)[1]
    return not rule.by_month_day or not {day.day, day.day - length - 1}.isdisjoint(rule.by_month_day)


def _week(rule: Rule, first: date, begin: int) -> list[date]:
    weekdays = {weekday for _, weekday in rule.by_day} or {first.weekday()}
    week = (date.fromordinal(begin + offset) for offset in range(7))
    return [day for day in week if day.weekday() in weekdays]


def _month(rule: Rule, first: date, year: int, month0: int) -> list[date]:
    """Give the days in one month: named by number, by weekday, by both, or the start's own number."""
    length = monthrange(year, month0 + 1)[1]
    whole = [date(year, month0 + 1, number) for number in range(1, length + 1)]
    if not rule.by_day and not rule.by_month_day:
        whole = whole[first.day - 1 : first.day]
    return [day for day in whole if _in_months(rule, day) and _in_month_days(rule, day) and _is_nth(rule, day, length)]


def _is_nth(rule: Rule, day: date, length: int) -> bool:
    ordinals = (0, (day.day + 6) // 7, -((length - day.day) // 7 + 1))
    return not rule.by_day or any((ordinal, day.weekday()) in rule.by_day for ordinal in ordinals)


def _year(rule: Rule, first: date, year: int) -> list[date]:
    every_month = rule.by_month or (range(1, 13) if rule.by_month_day else (first.month,))
    return [day for month in sorted(set(every_month)) for day in _month(rule, first, year, month - 1)]


def _rule(value: str) -> Rule:
    pairs = [part.partition("=")[::2] for part in value.split(";") if part]
    parts = dict(pairs)
    if len(parts) != len(pairs) or not parts.keys() <= _PARTS or parts.get("FREQ") not in _FREQUENCIES:
        raise Untrusted("rule-part")
    rule = Rule(
        frequency=parts["FREQ"],
        interval=_number(parts.get("INTERVAL", "1"), 1, 9999),
        count=_number(parts["COUNT"], 1, 999_999) if "COUNT" in parts else None,
        until=_until(parts["UNTIL"]) if "UNTIL" in parts else None,
        by_day=tuple(map(_day_part, _list(parts, "BYDAY"))),
        by_month_day=tuple(_number(number, -31, 31) for number in _list(parts, "BYMONTHDAY")),
        by_month=tuple(_number(number, 1, 12) for number in _list(parts, "BYMONTH")),
        week_start=_weekday(parts.get("WKST", "MO")),
    )
    _check_combination(rule)
    return rule


def _check_combination(rule: Rule) -> None:
    ordinals = any(ordinal for ordinal, _ in rule.by_day)
    mixed = ordinals and not all(ordinal for ordinal, _ in rule.by_day)  # dateutil and the RFC differ on "MO,1TU"
    trusted = {
        "DAILY": not ordinals,
        "WEEKLY": not (ordinals or rule.by_month or rule.by_month_day),
        "MONTHLY": True,
        "YEARLY": not rule.by_day or bool(rule.by_month),
    }
    if mixed or not trusted[rule.frequency] or (rule.count and rule.until):
        raise Untrusted("combination")


def _list(parts: dict[str, str], name: str) -> list[str]:
    return parts[name].split(",") if name in parts else []


def _number(text: str, low: int, high: int) -> int:
    number = int(text) if _NUMBER.fullmatch(text) else 0
    if number == 0 or not low <= number <= high:
        raise Untrusted("number")
    return number


def _day_part(text: str) -> tuple[int, int]:
    found = _DAY_PART.fullmatch(text)
    if found is None:
        raise Untrusted("weekday")
    return int(found[1] or 0), _WEEKDAYS[found[2]]


def _weekday(text: str) -> int:
    if text not in _WEEKDAYS:
        raise Untrusted("weekday")
    return _WEEKDAYS[text]


def _until(text: str) -> Stamp:
    stamp = _stamp(text, None)
    if stamp.seconds is not None and stamp.zone != "UTC":
        raise Untrusted("until-without-zone")
    return stamp


def _stamps(line: str) -> list[Stamp]:
    """Read an EXDATE or RDATE line; its parameters may be TZID and VALUE (DATE or DATE-TIME)."""
    head, _, value = line.partition(":")
    pairs = [parameter.partition("=")[::2] for parameter in head.split(";")[1:]]
    parameters = {name.upper(): text.strip('"') for name, text in pairs}
    kind = parameters.pop("VALUE", "").upper()
    zone = parameters.pop("TZID", None)
    stamps = [_stamp(text.strip().upper(), zone) for text in value.split(",")]
    if parameters or kind not in {"", "DATE", "DATE-TIME"} or (kind and any(map(_contradicts(kind), stamps))):
        raise Untrusted("date-parameter")
    return stamps


def _contradicts(kind: str) -> Callable[[Stamp], bool]:
    return lambda stamp: (stamp.seconds is None) != (kind == "DATE")


def _stamp(text: str, zone: str | None) -> Stamp:
    found = _STAMP.fullmatch(text)
    try:
        moment = datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError:
        raise Untrusted("date") from None
    if found is None or not YEARS[0] <= moment.year <= YEARS[1]:
        raise Untrusted("date")
    if found[2] is None:
        return Stamp(moment.date(), None, None)
    return Stamp(moment.date(), (moment.hour, moment.minute, moment.second), "UTC" if found[3] else zone)


def utc_seconds(stamp: Stamp) -> int:
    """Epoch seconds of a stamp in UTC; a bare date counts as its midnight."""
    return int(datetime.combine(stamp.day, time(*(stamp.seconds or ())), UTC).timestamp())
