"""What a list request asks for, and whether an event fits.

Owns: the parameters of events.list that choose events, and the key that orders them. Promises: pure. Does not: page.

Based on: the parameters' descriptions [discovery document]; what they leave open is said in ``listing.py``. ``q`` looks
for every word in summary, description, location and the guests' and organiser's addresses and names. Several property
constraints must all hold (the reference says so, the guide says otherwise). ``showHiddenInvitations`` has no effect, as
hidden invitations are not modelled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hybridcal_daemon.sandbox.google.errors import calendar_refusal
from hybridcal_daemon.sandbox.google.recurrence import instant, shifted, touches

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.google.model import Copy
    from hybridcal_daemon.sandbox.google.paging import Position
    from hybridcal_daemon.sandbox.google.times import Moment

TOMBSTONES_MS: Final = 30 * 86400 * 1000
Bounds = tuple[int | None, int | None]


class Wanted(NamedTuple):
    """A list request's choice. ``deleted``: showDeleted; ``since``: updatedMin in epoch ms; ``now``: epoch ms."""

    single: bool
    deleted: bool
    bounds: Bounds
    types: frozenset[str]
    words: tuple[str, ...]
    uid: str | None
    private: tuple[tuple[str, str], ...]
    shared: tuple[tuple[str, str], ...]
    since: int | None
    order: str
    now: int

    @classmethod
    def read(cls, query: dict[str, Any], now: int) -> Wanted:
        """Take the choice out of a query. Refused (400, 410) for values that exclude each other."""
        low, high = query.get("timeMin"), query.get("timeMax")
        if low is not None and high is not None and low >= high:
            raise calendar_refusal(400, "timeRangeEmpty", parameter="timeMax")
        if query.get("orderBy") == "startTime" and not query.get("singleEvents"):
            raise calendar_refusal(400, "badRequest", "Bad Request", parameter="orderBy")
        since = query.get("updatedMin")
        if since is not None and since * 1000 < now - TOMBSTONES_MS:
            raise calendar_refusal(410, "updatedMinTooLongAgo", parameter="updatedMin")
        return cls(
            single=query.get("singleEvents", False),
            deleted=query.get("showDeleted", False),
            bounds=(low, high),
            types=frozenset(query.get("eventTypes", ())),
            words=tuple(query.get("q", "").lower().split()),
            uid=query.get("iCalUID"),
            private=_constraints(query, "privateExtendedProperty"),
            shared=_constraints(query, "sharedExtendedProperty"),
            since=None if since is None else since * 1000,
            order=query.get("orderBy", ""),
            now=now,
        )

    @property
    def searches(self) -> bool:
        """Whether the choice depends on what an event says."""
        return bool(self.words or self.private or self.shared)

    def fits(self, copy: Copy, *, incremental: bool) -> bool:
        """Say whether a copy (a series counts as one) is to be shown."""
        if copy.orphaned or not self._about(copy):
            return False
        if copy.cancelled and not self._cancelled(copy, incremental=incremental):
            return False
        return self.bounds == (None, None) or self._within(copy)

    def fits_series(self, master: Copy, *, incremental: bool) -> bool:
        """Say whether occurrences of a series are to be shown, bounds aside."""
        if master.cancelled and not (self.deleted or incremental):
            return False
        return self._about(master)

    def key(self, copy: Copy, original: Moment | None) -> Position:
        """Give the item's place in the order asked for; unequal for unequal items."""
        at = 0 if original is None else original.order
        if self.order == "startTime":
            start = copy.meeting.get("start") if original is None else original
            return (instant(start, copy.calendar.zone), copy.sequence, at)
        if self.order == "updated":
            return (copy.updated, copy.sequence, at)
        return (copy.sequence, at)

    def _cancelled(self, copy: Copy, *, incremental: bool) -> bool:
        if incremental or self.since is not None:
            return True
        if copy.meeting.series is not None:
            return self.deleted or not self.single
        return self.deleted and copy.updated + TOMBSTONES_MS > self.now

    def _about(self, copy: Copy) -> bool:
        """Everything but time and life."""
        if self.types and copy.meeting.event_type not in self.types:
            return False
        if self.since is not None and copy.updated < self.since:
            return False
        if self.uid is not None and copy.meeting.uid != self.uid:
            return False
        if self.words and not _mentions(copy, self.words):
            return False
        private, shared = copy.private_field("privateProperties") or {}, copy.meeting.get("sharedProperties") or {}
        return all(private.get(name) == value for name, value in self.private) and all(
            shared.get(name) == value for name, value in self.shared
        )

    def _within(self, copy: Copy) -> bool:
        meeting, home = copy.meeting, copy.calendar.zone
        start, end = meeting.get("start"), meeting.get("end")
        if meeting.get("recurrence"):
            return touches(meeting.get("recurrence"), (start, end), self.bounds, home)
        if self._overlaps(start, end, home):
            return True
        original, series = meeting.original, meeting.series
        if original is None or series is None or self.single:
            return False
        return self._overlaps(original, shifted(original, series.get("start"), series.get("end")), home)

    def _overlaps(self, start: Moment, end: Moment, home: str) -> bool:
        low, high = self.bounds
        return (low is None or instant(end, home) > low) and (high is None or instant(start, home) < high)


def _constraints(query: dict[str, Any], name: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for text in query.get(name, ()):
        key, equals, value = text.partition("=")
        if not equals:
            raise calendar_refusal(400, "invalidParameter", "expected propertyName=value", parameter=name)
        pairs.append((key, value))
    return tuple(pairs)


def _mentions(copy: Copy, words: tuple[str, ...]) -> bool:
    meeting = copy.meeting
    texts = [meeting.get(name) or "" for name in ("summary", "description", "location")]
    texts += [str(guest.get(part, "")) for guest in meeting.guests for part in ("email", "displayName")]
    texts += [meeting.owner, meeting.owner_name]
    found = "\n".join(texts).lower()
    return all(word in found for word in words)
