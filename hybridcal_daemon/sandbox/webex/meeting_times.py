"""Times and recurrence rules of meetings.

Owns: reading and writing moments, what a rule may say, expanding it. Promises: shares no code with the daemon's own
expansion, so that one may check the other. Does not: know meetings' changes.

Based on:

* ISO 8601 with an offset, or without one in ``timezone`` (UTC when missing), a space for the ``T`` too; seconds are
  cut off; a start within the current minute moves to the next; 10 minutes to 23 h 59 min; neither start nor end in the
  past; rules as in RFC 2445, of several month days or week days of a monthly or yearly rule only the first counts; with
  an end at most 5 yearly, 60 monthly, 261 weekly, 1,826 daily occurrences and no later than five years from now; no
  start more than ten years away [public OpenAPI, the last for changes only].
* A COUNT above these is refused, an UNTIL later is accepted and cut there; parts of a rule beyond FREQ, INTERVAL,
  COUNT, UNTIL, BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS and WKST are refused, so are several rules, a ``RRULE:`` in front,
  and a rule without an occurrence; a series counts in its own zone: [unverified].
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, available_timezones

from dateutil.rrule import rrulestr

from hybridcal_daemon.domain.values import Instant
from hybridcal_daemon.sandbox.webex.call import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST: Final = 10 * 60
LONGEST: Final = (23 * 60 + 59) * 60
FURTHEST: Final = 3653 * 86_400
MOST: Final = {"YEARLY": 5, "MONTHLY": 60, "WEEKLY": 261, "DAILY": 1826}
YEARS: Final = 5
_PARTS: Final = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"})
_UNTIL: Final = re.compile(r"\d{8}(T\d{6}Z?)?")


def zone(name: str) -> ZoneInfo:
    """Give a time zone; 400 for a name that is none."""
    if name not in _zones():
        raise Refusal(400, "The time zone is not a name of the IANA time zone database.")
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def moment(text: object, home: str, name: str) -> Instant:
    """Read a moment, in whole minutes; without an offset it is one of ``home``."""
    try:
        read = datetime.fromisoformat(str(text))
    except ValueError:
        raise Refusal(400, f"'{name}' is not a date and time in ISO 8601.") from None
    read = read if read.tzinfo is not None else read.replace(tzinfo=zone(home))
    return Instant(float(int(read.timestamp()) // 60 * 60))


def written(at: Instant, home: str) -> str:
    """Write a moment in whole seconds, with ``Z`` in UTC."""
    return datetime.fromtimestamp(at, ZoneInfo(home)).isoformat(timespec="seconds").replace("+00:00", "Z")


def stamp(at: Instant) -> str:
    """Write a moment as it stands in the id of an occurrence."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ")


def from_stamp(text: str) -> Instant | None:
    """Read what ``stamp`` wrote; None when it is something else."""
    try:
        return Instant(datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None


def checked_span(start: Instant, end: Instant, now: Instant) -> tuple[Instant, Instant]:
    """Give start and end as Webex takes them; 400 for what it refuses."""
    this_minute = now // 60 * 60
    if start == this_minute:
        start = Instant(start + 60)
    if start < now or end < now:
        raise Refusal(400, "The start or the end of the meeting is in the past.")
    if start > now + FURTHEST:
        raise Refusal(400, "The start of the meeting is more than ten years away.")
    if not SHORTEST <= end - start <= LONGEST:
        raise Refusal(400, "A meeting lasts from 10 minutes to 23 hours and 59 minutes.")
    return start, end


def checked_rule(text: str, start: Instant, home: str, now: Instant) -> str:
    """Give a rule as Webex keeps it; 400 for what it refuses."""
    parts = _parts(text)
    if parts["FREQ"] in {"MONTHLY", "YEARLY"}:
        parts |= {name: parts[name].partition(",")[0] for name in ("BYDAY", "BYMONTHDAY") if name in parts}
    most = MOST[parts["FREQ"]]
    if int(parts.get("COUNT", "1")) > most:
        raise Refusal(400, f"A series with FREQ={parts['FREQ']} has at most {most} occurrences.")
    if "UNTIL" in parts:
        parts["UNTIL"] = _no_later(parts["UNTIL"], now)
    rule = ";".join(f"{name}={value}" for name, value in parts.items())
    if next(starts(rule, start, home), None) is None:
        raise Refusal(400, "The recurrence rule has no occurrence.")
    return rule


def _parts(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.upper().rstrip(";").split(";")]
    parts = {name: value for name, _, value in pairs}
    whole = all(parts.values()) and len(parts) == len(pairs) and parts.keys() <= _PARTS
    numbers = all(re.fullmatch(r"0*[1-9][0-9]{0,3}", parts.get(name, "1")) for name in ("COUNT", "INTERVAL"))
    until = "UNTIL" not in parts or ("COUNT" not in parts and _UNTIL.fullmatch(parts["UNTIL"]))
    if not whole or not numbers or not until or parts.get("FREQ") not in MOST:
        raise Refusal(400, "The recurrence rule is not supported.")
    return parts


def _no_later(until: str, now: Instant) -> str:
    """Cut an UNTIL to five years from now."""
    limit = (datetime.fromtimestamp(now, UTC) + timedelta(days=YEARS * 365.25)).strftime("%Y%m%dT%H%M%SZ")
    return limit if until[:8] > limit[:8] else until


def starts(rule: str, start: Instant, home: str) -> Iterator[Instant]:
    """Give the starts of a series in order, without end for an endless one; one start without a rule."""
    if not rule:
        return iter((start,))
    most = None if endless(rule) else MOST[rule.partition("FREQ=")[2].partition(";")[0]]
    return islice(_expanded(rule, start, home), most)


def endless(rule: str) -> bool:
    """Say whether a rule has no end."""
    return bool(rule) and "COUNT=" not in rule and "UNTIL=" not in rule


def _expanded(rule: str, start: Instant, home: str) -> Iterator[Instant]:
    local = datetime.fromtimestamp(start, ZoneInfo(home)).replace(tzinfo=None)
    try:
        for naive in rrulestr(_in_local_time(rule, home), dtstart=local):
            yield Instant(naive.replace(tzinfo=ZoneInfo(home)).timestamp())
    except (ValueError, OverflowError):
        raise Refusal(400, "The recurrence rule is not supported.") from None


def _in_local_time(rule: str, home: str) -> str:
    """Rewrite an UNTIL in UTC for an expansion in wall-clock time; a bare day includes that day."""

    def local(found: re.Match[str]) -> str:
        text = found[1]
        if text.endswith("Z"):
            at = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).astimezone(ZoneInfo(home))
            return at.strftime("UNTIL=%Y%m%dT%H%M%S")
        return f"UNTIL={text}" if "T" in text else f"UNTIL={text}T235959"

    return re.sub(r"UNTIL=(\d{8}(?:T\d{6}Z?)?)", local, rule)
