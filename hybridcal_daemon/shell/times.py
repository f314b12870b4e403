"""Times as text. Owns: RFC 3339 in UTC. Promises: milliseconds and ``Z``. Does not: read a clock."""

from __future__ import annotations

from datetime import UTC, datetime


def rfc3339(at: float) -> str:
    """Epoch seconds as ``2026-11-30T10:00:00.000Z``."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
