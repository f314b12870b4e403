"""Times as text.

Owns: RFC 3339 in UTC, and how far a clock is off. Promises: milliseconds and ``Z``. Does not: read a clock.
"""

from __future__ import annotations

from datetime import UTC, datetime


def rfc3339(at: float) -> str:
    """Epoch seconds as ``2026-11-30T10:00:00.000Z``."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def skewed(seconds: float) -> str:
    """Say how far this machine's clock is off; ``seconds``: it minus Google's, so negative when it is behind."""
    size = round(abs(seconds))
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if size >= 2 * length:
            return _off(f"{round(size / length)} {unit}", seconds)
    return _off(f"{size} s", seconds)


def _off(much: str, seconds: float) -> str:
    return f"This machine's clock is {much} {'behind' if seconds < 0 else 'ahead of'} Google's."
