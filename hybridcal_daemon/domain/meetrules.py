"""Which rules of series Webex takes, and when series end.

Owns: the choice of rules that are passed on to Webex. Promises: pure; a rule is passed on only if it means the same
here and at Google (``rrule.py``) and Webex is not known to refuse it: it refuses several BYMONTHDAY (OpenAPI,
``createAMeeting``). Does not: expand series.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import rrule
from hybridcal_daemon.domain.recurrence import Untrusted, expand, is_series, untrusted
from hybridcal_daemon.domain.values import DAY, MINUTE, Instant, When, Window, as_instant

if TYPE_CHECKING:
    from hybridcal_daemon.domain.events import EventFact

SHORTEST: Final = 10 * MINUTE
NEVER: Final = Instant(4_102_444_800.0)
"""The year 2100: when something lasts without an end."""


def rule_of(fact: EventFact) -> str:
    """The RRULE of a series, without its name, if Webex can take it; '' if not, or if it is no series."""
    return _rule(fact.recurrence) if is_series(fact) and not untrusted(fact) else ""


@lru_cache(maxsize=4096)
def _rule(lines: tuple[str, ...]) -> str:
    parsed = rrule.parse(lines)
    if parsed.rule is None or parsed.added or len(set(parsed.rule.by_month_day)) > 1:
        return ""
    return next(line.strip().upper().removeprefix("RRULE:") for line in lines if is_rule(line))


def is_rule(line: str) -> bool:
    """Say whether a line of Google's ``recurrence`` is the rule."""
    return line.strip().upper().startswith("RRULE:")


def fingerprint(fact: EventFact) -> str:
    """A short hash of the rule of a series, to remember that Webex refused it."""
    return hashlib.sha256(rule_of(fact).encode()).hexdigest()[:10]


def last_end(fact: EventFact) -> Instant:
    """The end of the last regular occurrence of a series, or a little later."""
    return _last_end(fact.start, fact.end, fact.recurrence)


@lru_cache(maxsize=4096)
def _last_end(start: When, end: When, lines: tuple[str, ...]) -> Instant:
    length = max(as_instant(end) - as_instant(start), SHORTEST)
    try:
        parsed = rrule.parse(lines)
        if parsed.rule is not None and parsed.rule.until is not None and not parsed.added:
            return Instant(rrule.utc_seconds(parsed.rule.until) + length + DAY)
        if parsed.rule is not None and parsed.rule.count is None:
            return NEVER
        found = expand(start, lines, Window(start=Instant(0), end=NEVER))
    except Untrusted:
        return NEVER
    return Instant(as_instant(found[-1]) + length) if found else as_instant(end)
