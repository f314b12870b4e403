"""What was asked of the stand-in, in order.

Owns: a bounded list of requests. Promises: no body, no token. Does not: outlive the process.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final

import msgspec

KEPT: Final = 100_000


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One request. ``number``: from 1 on; ``time``: epoch seconds of the stand-in's clock; ``operation``: id in the
    discovery document, ``oauth2.token``, or '' when unknown; ``path``: as sent, percent-encoded, without the query;
    ``query``: values as sent; ``subject``: whose token it was, '' when unknown; ``reason``: of a refusal, '' when none;
    ``fault``: kind of the fault rule that hit it, '' when none; ``mails``: how many people it would have mailed."""  # noqa: D205, D209 - one list of fields

    number: int
    time: float
    method: str
    operation: str
    path: str
    query: dict[str, list[str]]
    subject: str
    status: int
    reason: str
    fault: str
    mails: int = 0


class Journal:
    """The latest requests (100,000 at most)."""

    def __init__(self, kept: int = KEPT) -> None:
        self._entries: deque[Entry] = deque(maxlen=kept)
        self._count = 0

    def add(self, entry: dict[str, Any]) -> None:
        """Append a request; it gets the next number."""
        self._count += 1
        self._entries.append(Entry(number=self._count, **entry))

    def since(self, number: int) -> list[Entry]:
        """Give the entries after ``number`` (0: all that are kept)."""
        if not self._entries or number >= self._count:
            return []
        skip = max(0, number + 1 - self._entries[0].number)
        return [self._entries[at] for at in range(skip, len(self._entries))] if skip else list(self._entries)
