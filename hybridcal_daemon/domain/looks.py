"""Looks at a calendar that take more than one request, and what is worked out from the rows.

Owns: the pages of a list that have come so far, by kind of list, and what is known about series as a whole.
Promises: plain values without any text of a person; none of them outlives its actor.
Does not: stage, apply or work anything out (``sync.py``, ``edge.py``, ``expanding.py`` do).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from hybridcal_daemon.domain.events import Removed, SealedEvent
from hybridcal_daemon.domain.values import Instant, RequestId, Window

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(slots=True, kw_only=True)
class Traversal:
    """A list under way: pages staged until the last one.

    ``unread``: ids of items that could not be read; what is stored of them stays. ``outdated``: event id and etag of
    versions that were replaced (by our own write) after the list had begun.
    """

    full: bool
    request_id: RequestId
    window_at: Instant
    events: dict[str, SealedEvent] = field(default_factory=dict)
    removed: dict[str, Removed] = field(default_factory=dict)
    pages: int = 0
    unread: frozenset[str] = frozenset()
    outdated: frozenset[tuple[str, str]] = frozenset()
    outside: dict[str, float] = field(default_factory=dict)
    """Ids, and when they were changed, of events that need no row: far outside the window."""
    reconciles: bool = False
    """The stream of changes is thought to be whole: what this full list shows to be different was lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeTraversal:
    """A list of the window's new edge under way. ``at``: the instant whose stored window it completes.

    ``began``: number of its first order.
    """

    request_id: RequestId
    began: int
    at: Instant
    window: Window
    rows: Mapping[str, SealedEvent] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()
    pages: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfolding:
    """A list of a series' occurrences under way, of the series' version ``etag``; ``began``: as above."""

    request_id: RequestId
    began: int
    series_id: str
    etag: str
    window: Window
    rows: Mapping[str, SealedEvent] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()
    pages: int = 0


class Kin(NamedTuple):
    """What follows from the stored rows about series.

    ``exotic``: series that are not expanded here; ``motherless``: series of which only exceptions are stored.
    """

    exotic: tuple[str, ...]
    motherless: tuple[str, ...]
