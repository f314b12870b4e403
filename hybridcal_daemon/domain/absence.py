"""When a person is away, and what Webex is to show then.

Owns: the order of the sources, and from vacation responder and events to one line of time.
Promises: pure; of several sources that hold at a time the first of ``SOURCES`` counts; declined and cancelled events do
not; an all-day event lasts from midnight to midnight where the person is.
Does not: tell Webex (``presence.py`` does).

Sources: what ``eventType`` and ``workingLocationProperties`` mean from Calendar v3; bounds of the responder from
google.md H; the order is ours and documented with the settings: who is on holiday is away whatever else is planned,
and who concentrates can still be told from who only sits somewhere else.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import groupby
from math import inf
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from hybridcal_daemon.domain.recurrence import Occurrence, occurrences
from hybridcal_daemon.domain.values import DAY, AllDay, Instant, When, Window, as_instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import tzinfo

    from hybridcal_daemon.domain.calls import PresenceStatus
    from hybridcal_daemon.domain.events import EventFact
    from hybridcal_daemon.domain.state import UserSettings, Vacation

VACATION: Final = "vacation"
SOURCES: Final = (VACATION, "out-of-office", "focus-time", "working-elsewhere")
"""The first that holds counts. All but the first are kinds of events (``EventFact.kind``)."""
STALE: Final = DAY
"""An answer of Gmail older than this is not believed any more."""

Span = tuple[str, float, float]
"""(source, start, end), half open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What is to be shown from when on: ``statuses[i]`` from ``since[i]`` until the next; it is known until ``until``.

    ``origin``: what it was worked out from, besides the events; ``zoned``: the person's time zone matters.
    """

    since: tuple[float, ...]
    statuses: tuple[PresenceStatus, ...]
    until: Instant
    origin: object
    zoned: bool = False

    def at(self, now: Instant) -> PresenceStatus:
        """What is to be shown now."""
        return self.statuses[bisect_right(self.since, now) - 1]

    def changes(self, now: Instant) -> Instant | None:
        """When something else is to be shown; None when that is not known."""
        following = bisect_right(self.since, now)
        return Instant(self.since[following]) if following < len(self.since) else None


def shown(settings: UserSettings) -> Mapping[str, PresenceStatus]:
    """Give the sources that count, and what each of them shows."""
    statuses: dict[str, PresenceStatus] = {
        VACATION: "ooo" if settings.presence_vacation else "",
        "out-of-office": settings.presence_out_of_office,
        "focus-time": settings.presence_focus_time,
        "working-elsewhere": settings.presence_elsewhere,
    }
    return {source: status for source, status in statuses.items() if status}


def of_vacation(vacation: Vacation) -> list[Span]:
    """Flag and bounds; the flag alone does not say when it ends (google.md H)."""
    if not vacation.enabled:
        return []
    start = -inf if vacation.start is None else vacation.start
    end = inf if vacation.end is None else vacation.end
    return [(VACATION, start, min(end, vacation.read_at + STALE))]


def of_events(facts: Iterable[EventFact], kinds: frozenset[str], zone: str, window: Window) -> list[Span]:
    """When events of these ``kinds`` hold. ``zone``: IANA name of the person's, '' or an unknown one for UTC."""
    facts = list(facts)
    concerned = {fact.key for fact in facts if fact.kind in kinds}
    if not concerned:
        return []
    # All-day events are compared by midnight UTC there, and midnight is up to 14 h away from that.
    wide = Window(start=Instant(window.start - DAY), end=Instant(window.end + DAY))
    happening, _ = occurrences((fact for fact in facts if fact.key in concerned), wide)
    place = place_of(zone)
    counted = (one for one in happening if one.fact.kind in kinds and one.fact.response != "declined")
    return [(one.fact.kind, *bounds(one, place)) for one in counted]


def lasts_days(facts: Iterable[EventFact], kinds: frozenset[str]) -> bool:
    """Say whether any of these kinds lasts whole days, which begin where the person is."""
    return any(fact.kind in kinds and isinstance(fact.start, AllDay) for fact in facts)


def place_of(zone: str) -> tzinfo:
    """Give a time zone by its IANA name; UTC when it is '' or this machine does not know it."""
    try:
        return ZoneInfo(zone) if zone else UTC
    except (KeyError, ValueError, OSError):  # unknown, malformed, or the name of a directory of the zone data
        return UTC


def bounds(one: Occurrence, place: tzinfo) -> tuple[Instant, Instant]:
    """Give start and end of what happens, for somebody at ``place``."""
    start, end = one.start, one.end
    if isinstance(start, AllDay) and isinstance(end, AllDay) and end.day <= start.day:
        end = AllDay(day=start.day + timedelta(days=1))
    return _instant(start, place), _instant(end, place)


def _instant(when: When, place: tzinfo) -> Instant:
    if isinstance(when, AllDay):
        return Instant(datetime.combine(when.day, time(), place).timestamp())
    return as_instant(when)


def timeline(
    spans: Iterable[Span], statuses: Mapping[str, PresenceStatus], *, until: Instant, origin: object
) -> Timeline:
    """Lay all spans over each other. Times from ``until`` on are left out."""
    since: list[float] = [-inf]
    steps: list[PresenceStatus] = [""]
    for at, status in _steps((span for span in spans if span[0] in statuses and span[1] < span[2]), statuses):
        if at >= until:
            break
        if at == -inf:
            steps[0] = status
        elif status != steps[-1]:
            since.append(at)
            steps.append(status)
    return Timeline(since=tuple(since), statuses=tuple(steps), until=until, origin=origin)


def _steps(spans: Iterable[Span], statuses: Mapping[str, PresenceStatus]) -> Iterator[tuple[float, PresenceStatus]]:
    """Give what holds after each edge, in order."""
    edges = sorted((at, source, step) for source, start, end in spans for at, step in ((start, 1), (end, -1)))
    held: Counter[str] = Counter()
    for at, group in groupby(edges, key=lambda edge: edge[0]):
        for _, source, step in group:
            held[source] += step
        yield at, next((statuses[source] for source in SOURCES if held[source] > 0), "")
