"""Times as Google writes them.

Owns: RFC 3339, the three-field ``EventDateTime``, zones. Promises: pure. Does not: expand series.

Based on: the offset is mandatory in time bounds and milliseconds are dropped; an event's ``dateTime`` needs an offset
unless ``timeZone`` is given; ``date`` and ``dateTime`` exclude each other [discovery document]. Answers are converted
to the ``timeZone`` parameter or the calendar's zone, the instant stays [discovery document]; offset zero is written
``Z`` [recorded responses]. Timestamps such as ``updated`` have milliseconds and ``Z`` [recorded responses].
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hybridcal_daemon.sandbox.google.errors import Refused, calendar_refusal

_RFC3339: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)?", re.IGNORECASE)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
DAY: Final = 86400
_EARLIEST: Final = -30_610_224_000  # year 1000
_LATEST: Final = 32_503_680_000  # year 3000: bounds beyond mean "all"; events beyond are refused


class Moment(NamedTuple):
    """Either a calendar day (``day`` given) or an instant ``at`` (epoch seconds) said in ``zone``."""

    day: date | None
    at: int
    zone: str

    @property
    def order(self) -> int:
        """Epoch seconds; a day counts from midnight UTC."""
        return self.at if self.day is None else midnight(self.day)

    @property
    def suffix(self) -> str:
        """Give the tail of an occurrence's id: ``20261123`` or ``20261123T090000Z`` [third-party probe]."""
        if self.day is not None:
            return f"{self.day:%Y%m%d}"
        return f"{datetime.fromtimestamp(self.at, UTC):%Y%m%dT%H%M%SZ}"


def midnight(day: date) -> int:
    """Epoch seconds of midnight UTC."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """Give the zone. ValueError when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError) as wrong:
        raise ValueError(f"no such time zone: {name!r}") from wrong


def stamp(milliseconds: int) -> str:
    """Write ``created`` or ``updated``."""
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


def parse_bound(text: str) -> int:
    """Epoch seconds of a time bound. ValueError without an offset or when it is no RFC 3339 timestamp."""
    match = _RFC3339.fullmatch(text)
    if match is None or not match[2]:
        raise ValueError("not an RFC 3339 timestamp with a time zone offset")
    return min(max(_seconds(datetime.fromisoformat(match[1].upper() + match[2].upper())), _EARLIEST), _LATEST)


@lru_cache(maxsize=65536)
def local(at: int, name: str) -> str:
    """Write an instant in a zone, with its offset."""
    text = datetime.fromtimestamp(at, zone(name)).isoformat()
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text


def shown(moment: Moment, name: str) -> dict[str, str]:
    """Write a moment as EventDateTime for a reader in zone ``name``."""
    if moment.day is not None:
        return {"date": moment.day.isoformat()}
    return {"dateTime": local(moment.at, name), "timeZone": moment.zone}


def read_when(value: dict[str, Any], field: str, default_zone: str) -> Moment:
    """Read an EventDateTime. Refused (400) with Google's reason when it does not make sense."""
    day, text, name = (value.get(part) for part in ("date", "dateTime", "timeZone"))
    if day and text:
        raise _bad(field, "invalid", f"Invalid {field} time: both date and dateTime are given.")
    if name:
        try:
            zone(name)
        except ValueError as wrong:
            raise _bad(field, "invalid", f"Invalid time zone definition for {field} time.") from wrong
    if day:
        return Moment(_read_day(day, field), 0, name or "")
    if not text:
        raise _bad(field, "required", f"Missing {field} time.")
    return Moment(None, _read_instant(text, name, field), name or default_zone)


def _read_day(text: str, field: str) -> date:
    try:
        day = date.fromisoformat(text if _DATE.fullmatch(text) else "")
        _in_range(midnight(day))
    except ValueError as wrong:
        raise _bad(field, "invalid", f"Invalid value for {field}.date: {text}") from wrong
    return day


def _read_instant(text: str, name: str | None, field: str) -> int:
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise _bad(field, "invalid", f"Invalid value for {field}.dateTime: {text}")
    try:
        if match[2]:
            return _in_range(_seconds(datetime.fromisoformat(match[1].upper() + match[2].upper())))
        if name:
            return _in_range(_seconds(datetime.fromisoformat(match[1].upper()).replace(tzinfo=zone(name))))
    except ValueError as wrong:
        raise _bad(field, "invalid", f"Invalid value for {field}.dateTime: {text}") from wrong
    raise _bad(field, "required", f"Missing time zone definition for {field} time.")


def _in_range(at: int) -> int:
    if not _EARLIEST <= at < _LATEST:
        raise ValueError("a year that nobody plans for")
    return at


def _seconds(moment: datetime) -> int:
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(seconds=1))


def _bad(field: str, reason: str, message: str) -> Refused:
    return calendar_refusal(400, reason, message, parameter=field)
