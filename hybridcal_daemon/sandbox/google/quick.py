"""events.quickAdd's reading of a sentence.

Owns: the step from an English text to the body of an event. Promises: pure and deterministic; whatever the text says,
an event comes of it. Does not: guess.

Google's own reader is far richer: many languages, fuzzy wording, guests by name or address, contacts, places, "dinner"
as an evening, ends by date. Nothing of that is known here, so that a test may rely on this grammar but a program must
never expect Google to read a text as the stand-in does. What is known, upper and lower case alike, in any order:

* days: today, tonight, tomorrow; Monday ... Sunday (also Mon ... Sun) for the next such day, today included unless its
  time has passed, with "next" never today; 2026-12-24; 24 December, December 24, Dec 24 (with or without a year);
  in 3 days, in 2 weeks; each with or without "on"
* times: 10am, 10:30 pm, 14:00, noon, midnight; with "at" also a bare hour of the day: at 10
* spans: 12:30-13:30, 9-10am, 9-12pm, from 2pm to 3:30pm; without an end: "for 45 minutes", "for 2 hours", else one hour
* repetition: every day, daily, every weekday, every week, weekly, every Monday
* place: "at <anything>" once days and times have been taken out

A day without a time is a day-long event; a time without a day is its next occurrence; neither is an event from now on,
for an hour, titled with the whole text. A lone repetition starts at the next full hour.

Based on: ``text`` is a query parameter and must be there [discovery document], else 400 ``required`` [table of errors];
an hour is the default [reference]; everything else is unconfirmed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.sandbox.google.errors import calendar_refusal
from hybridcal_daemon.sandbox.google.times import local, zone

if TYPE_CHECKING:
    from collections.abc import Callable

HOUR: Final = 60
NOON: Final = 12
WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CODES: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WORKDAYS: Final = 5

_DAY: Final = r"(?P<weekday>mon|tue|wed|thu|fri|sat|sun)(?:day|sday|nesday|rsday|urday)?"
_MONTH: Final = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_YEAR: Final = r"(?:,?\s+(?P<year>\d{4}))?"
_CLOCK: Final = r"(?:\d{1,2}(?::\d\d)?\s*[ap]m|\d{1,2}:\d\d|noon|midnight)"
_LOOSE: Final = r"(?:\d{1,2}(?::\d\d)?\s*(?:[ap]m)?|noon|midnight)"


@dataclass(slots=True)
class _Found:
    """What a text has said so far; minutes count from midnight."""

    today: date
    minute: int
    day: date | None = None
    weekday: int | None = None
    strictly_later: bool = False
    begins: int | None = None
    lasts: int | None = None
    rule: str = ""


def read_text(text: str, now: int, home: str) -> dict[str, Any]:
    """Give the body of the event that ``text`` asks for at ``now`` (epoch seconds) in zone ``home``. Refused (400)."""
    whole = " ".join(text.split())
    if not whole:
        raise calendar_refusal(400, "required", "Required parameter: text", parameter="text")
    here = datetime.fromtimestamp(now, zone(home))
    found = _Found(here.date(), here.hour * HOUR + here.minute)
    rest = whole
    for pattern, apply in _READERS:
        rest = _take(rest, pattern, apply, found)
    title, _, place = rest.partition(" at ")
    body = {"summary": _tidy(title) or whole} | ({"location": _tidy(place)} if _tidy(place) else {})
    return body | _when(found, now, home)


def _take(text: str, pattern: re.Pattern[str], apply: Callable[[_Found, re.Match[str]], bool], found: _Found) -> str:
    """Read the first match of a pattern and give the text without it; a match that makes no sense stays."""
    match = pattern.search(text)
    if match is None or not apply(found, match):
        return text
    return " ".join(f"{text[: match.start()]} {text[match.end() :]}".split())


def _tidy(text: str) -> str:
    return re.sub(r"(?:\s+(?:on|at|from))+$", "", text.strip(" ,;-"), flags=re.IGNORECASE)


# ---- the grammar ----------------------------------------------------------------------------------------------------


def _repetition(found: _Found, match: re.Match[str]) -> bool:
    what = match["what"] or match[0].lower()
    if match["weekday"]:
        found.weekday = _number(match)
        found.rule = f"RRULE:FREQ=WEEKLY;BYDAY={CODES[found.weekday]}"
    elif what.lower() == "weekday":
        found.rule = f"RRULE:FREQ=WEEKLY;BYDAY={','.join(CODES[:WORKDAYS])}"
    else:
        found.rule = "RRULE:FREQ=DAILY" if what.lower() in {"day", "daily"} else "RRULE:FREQ=WEEKLY"
    return True


def _relative(found: _Found, match: re.Match[str]) -> bool:
    if match["count"]:
        found.day = found.today + timedelta(days=int(match["count"]) * (7 if match["unit"].lower() == "week" else 1))
    else:
        found.day = found.today + timedelta(days=match["word"].lower() == "tomorrow")
    if (match["word"] or "").lower() == "tonight":
        found.begins = 20 * HOUR
    return True


def _iso_date(found: _Found, match: re.Match[str]) -> bool:
    found.day = _date(int(match["year"]), int(match["m"]), int(match["d"]))
    return found.day is not None


def _named_date(found: _Found, match: re.Match[str]) -> bool:
    month, day = MONTHS.index(match["month"].lower()) + 1, int(match["d"])
    if match["year"]:
        found.day = _date(int(match["year"]), month, day)
    else:
        found.day = _date(found.today.year, month, day)
        if found.day is not None and found.day < found.today:
            found.day = _date(found.today.year + 1, month, day)
    return found.day is not None


def _weekday(found: _Found, match: re.Match[str]) -> bool:
    if found.day is not None or found.rule:
        return False
    found.weekday, found.strictly_later = _number(match), bool(match["next"])
    return True


def _span(found: _Found, match: re.Match[str]) -> bool:
    first, ends = match["first"].lower(), _minutes(match["last"].lower())
    half = re.search("[ap]m$", match["last"].lower())
    begins = _minutes(first)
    if half and ends is not None and not re.search("[apn]", first):
        same_half = _minutes(first + half[0])
        begins = same_half if same_half is not None and same_half < ends else begins
    if begins is None or ends is None:
        return False
    found.begins, found.lasts = begins, (ends - begins) % (24 * HOUR) or 24 * HOUR
    return True


def _time(found: _Found, match: re.Match[str]) -> bool:
    begins = _minutes(match["clock"].lower())
    if begins is None:
        return False
    found.begins = begins
    return True


def _length(found: _Found, match: re.Match[str]) -> bool:
    minutes = int(match["count"]) * (HOUR if match["unit"].lower().startswith("h") else 1)
    found.lasts = found.lasts or minutes or None
    return True


def _reader(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w:.]){pattern}(?!\w|[:.]\w)", re.IGNORECASE)


_READERS: Final = (
    (_reader(rf"(?:every\s+(?:(?P<what>day|weekday|week)|{_DAY})|daily|weekly)"), _repetition),
    (_reader(r"for\s+(?P<count>\d{1,3})\s*(?P<unit>minutes?|mins?|m|hours?|hrs?|h)"), _length),
    (
        _reader(r"(?:(?:on\s+)?(?P<word>today|tonight|tomorrow)|in\s+(?P<count>\d{1,3})\s+(?P<unit>day|week)s?)"),
        _relative,
    ),
    (_reader(r"(?:on\s+)?(?P<year>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)"), _iso_date),
    (_reader(rf"(?:on\s+)?(?:the\s+)?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}{_YEAR}"), _named_date),
    (_reader(rf"(?:on\s+)?{_MONTH}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?{_YEAR}"), _named_date),
    (_reader(rf"(?:on\s+)?(?:(?P<next>next)\s+|this\s+)?{_DAY}"), _weekday),
    (_reader(rf"(?:from\s+|at\s+)?(?P<first>{_LOOSE})\s*(?:-|–|to|until)\s*(?P<last>{_CLOCK})"), _span),  # noqa: RUF001 - people type en dashes
    (_reader(rf"(?:at\s+|from\s+)?(?P<clock>{_CLOCK})"), _time),
    (_reader(r"at\s+(?P<clock>\d{1,2})"), _time),
)


def _number(match: re.Match[str]) -> int:
    return next(number for number, name in enumerate(WEEK) if name.startswith(match["weekday"].lower()))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _minutes(text: str) -> int | None:
    """Read a time of day; None when there is none such."""
    if text in {"noon", "midnight"}:
        return NOON * HOUR if text == "noon" else 0
    match = re.fullmatch(r"(\d{1,2})(?::(\d\d))?\s*([ap]m)?", text)
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3]:
        if not 1 <= hour <= NOON:
            return None
        hour = hour % NOON + (NOON if match[3] == "pm" else 0)
    return hour * HOUR + minute if hour < 24 and minute < HOUR else None  # noqa: PLR2004 - hours of a day


# ---- the answer -----------------------------------------------------------------------------------------------------


def _when(found: _Found, now: int, home: str) -> dict[str, Any]:
    dated = found.day is not None or found.weekday is not None
    if found.begins is None and found.lasts is None and dated and not found.rule:
        day = _day(found)
        return {"start": {"date": day.isoformat()}, "end": {"date": (day + timedelta(days=1)).isoformat()}}
    if found.begins is None and not dated and not found.rule:
        start = now - now % 60
    else:
        if found.begins is None:
            found.begins = min((found.minute // HOUR + 1) * HOUR, 23 * HOUR)
        clock = time(found.begins // HOUR, found.begins % HOUR)
        start = int(datetime.combine(_day(found), clock, zone(home)).astimezone(UTC).timestamp())
    end = start + (found.lasts or HOUR) * 60
    times = {name: {"dateTime": local(at, home), "timeZone": home} for name, at in (("start", start), ("end", end))}
    return times | ({"recurrence": [found.rule]} if found.rule else {})


def _day(found: _Found) -> date:
    """Give the day that the text means, the first possible one when it names a weekday or none."""
    if found.day is not None:
        return found.day
    passed = found.begins is not None and found.begins <= found.minute
    day = found.today + timedelta(days=int(passed or found.strictly_later))
    if found.weekday is not None:
        return day + timedelta(days=(found.weekday - day.weekday()) % 7)
    if CODES[WORKDAYS - 1] in found.rule and "," in found.rule:
        while day.weekday() >= WORKDAYS:
            day += timedelta(days=1)
    return day
