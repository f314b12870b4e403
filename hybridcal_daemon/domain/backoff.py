"""When to try again.

Owns: back-off as a value, and the spreading of periodic work so that no two calendars act together.
Promises: pure; the jitter comes from a hash of a name, so the same question has the same answer.
Does not: wait.
"""

from __future__ import annotations

import hashlib
from typing import Final

from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.state import Trouble
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE, Instant

FIRST: Final = 2.0
CAP: Final = 64.0 * MINUTE
RETRY_AFTER_CAP: Final = HOUR
"""A server's wish is granted up to an hour; absurd values (``999999999``) have been seen in the wild."""

_FLOOR: Final[dict[Kind, float]] = {
    Kind.CONFIG: 5 * MINUTE,
    Kind.SEALED: 30.0,
    Kind.REFUSED: DAY,
    Kind.INVALID: DAY,
    Kind.NOT_FOUND: HOUR,
}
_CEILING: Final[dict[Kind, float]] = {Kind.CONFIG: 15 * MINUTE, Kind.SEALED: 10 * MINUTE}
"""An admin who has just put it right does not want to wait for an hour."""
_BY_CODE: Final[dict[str, float]] = {
    "google-quota": 2 * HOUR,
    "google-push-refused": 6 * DAY,
    "google-push-unsupported": 6 * DAY,
    "google-daily-limit": HOUR,
    "google-domain-policy": HOUR,
}
"""Google refuses writes to one calendar for hours (google.md E); to ask earlier prolongs it. A refusal to push stands
for about a week, 6 to 7.5 days with the jitter (google.md B.2). What a day's quota or the domain's policy forbids is
probed slowly."""
_GROWS_TO: Final[dict[str, float]] = {"google-quota": 12 * HOUR}
"""These pauses double, up to this."""
_JITTER: Final = 0.25
_USER_QUICK: Final = 3
"""A failed activation is tried again after 60 minutes, and once a day after several failures (features.md c3)."""


def spread(name: str, salt: str) -> float:
    """A number in [0, 1) that belongs to ``name``; another for each ``salt``."""
    digest = hashlib.sha256(f"{salt}|{name}".encode()).digest()
    return int.from_bytes(digest[:7], "big") / float(1 << 56)


def jittered(seconds: float, name: str, salt: str, share: float = 0.25) -> float:
    """``seconds`` moved by at most ``share`` either way."""
    return seconds * (1.0 - share + 2.0 * share * spread(name, salt))


def delay(kind: Kind, failures: int, retry_after: float | None) -> float:
    """Seconds until the next try after ``failures`` (>= 1) failures in a row, before jitter."""
    if kind is Kind.USER:
        return HOUR if failures <= _USER_QUICK else DAY
    grown = min(FIRST * 2.0 ** min(failures - 1, 20), _CEILING.get(kind, CAP))
    wished = min(retry_after or 0.0, RETRY_AFTER_CAP)
    return max(grown, wished, _FLOOR.get(kind, 0.0))


def _wait(kind: Kind, code: str, failures: int, retry_after: float | None) -> float:
    least = _BY_CODE.get(code, 0.0)
    if code in _GROWS_TO:
        least = min(least * 2.0 ** min(failures - 1, 20), _GROWS_TO[code])
    return max(delay(kind, failures, retry_after), least)


def longest(trouble: Trouble) -> float:
    """Seconds that a trouble can have been given to rest, whatever the service wished."""
    kind, failures = Kind(trouble.kind or Kind.TRANSIENT), max(trouble.failures, 1)
    return _wait(kind, trouble.code, failures, RETRY_AFTER_CAP) * (1.0 + _JITTER)


def after(
    trouble: Trouble, kind: Kind, code: str, *, now: Instant, name: str, retry_after: float | None = None
) -> Trouble:
    """The trouble after one more failure; ``name`` spreads the herd, only ever to later than the wish."""
    failures = trouble.failures + 1
    wait = _wait(kind, code, failures, retry_after) * (1.0 + _JITTER * spread(name, f"{code}{failures}"))
    return Trouble(failures=failures, retry_at=Instant(now + wait), kind=kind.value, code=code)
