"""What a calendar's life had in it, so that a test can say that all of it occurs.

Owns: the names of situations and how they are recognised in Google's data and in the story. Does not: judge.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tests.calendars.oracle import Row, expected, point

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Events = list[dict[str, Any]]
IN_STORY: Final = {
    "split at": "split",
    "forgets its sync tokens": "sync token lost",
    "Google fails": "failing requests",
    "dies and comes back": "death",
    "a push is lost": "lost push",
    "(refused": "refused write",
    "Bob invites": "invitation",
}
IN_EVENTS: Final = (
    "single",
    "series",
    "all-day series",
    "untrusted rule",
    "exception",
    "cancelled exception",
    "exception moved out of the window",
    "exception moved into the window",
    "series cancelled with exceptions",
    "clock change in a series",
    "half-hour clock change in a series",
)
OTHERS: Final = ("several pages",)
ALL: Final = frozenset((*IN_STORY.values(), *IN_EVENTS, *OTHERS))
_UNTRUSTED: Final = re.compile("BYSETPOS|BYWEEKNO|BYYEARDAY|HOURLY|BYHOUR|WEEKLY;BYMONTH")


def in_story(story: Iterable[str]) -> Iterator[str]:
    """By the words of the story."""
    text = "\n".join(story)
    return (name for words, name in IN_STORY.items() if words in text)


def in_events(events: Events, low: float, high: float) -> Iterator[str]:
    """By the events as they are now."""
    alive = {event["id"]: event for event in events if event["status"] != "cancelled"}
    for event in events:
        if "recurringEventId" in event:
            yield from _of_exception(event, alive, low, high)
        elif event["id"] in alive:
            yield from _of_event(event)
    yield from _clock_changes(expected(events, low, high), alive)


def _of_event(event: dict[str, Any]) -> Iterator[str]:
    if not event.get("recurrence"):
        yield "single"
        return
    yield "all-day series" if "date" in event["start"] else "series"
    if _UNTRUSTED.search(event["recurrence"][0]):
        yield "untrusted rule"


def _of_exception(event: dict[str, Any], alive: dict[str, Any], low: float, high: float) -> Iterator[str]:
    if event["recurringEventId"] not in alive:
        yield "series cancelled with exceptions"
    elif event["id"] not in alive:
        yield "cancelled exception"
    else:
        yield "exception"
        original, own = point(event["originalStartTime"]), point(event["start"])
        if isinstance(original, int) and isinstance(own, int) and (low <= original < high) != (low <= own < high):
            yield f"exception moved {'out of' if low <= original < high else 'into'} the window"


def _clock_changes(rows: list[Row], alive: dict[str, Any]) -> Iterator[str]:
    clocks: dict[str, set[int]] = {}
    for row in rows:
        series = alive.get(row.instance.rpartition("_")[0])
        if isinstance(row.start, int) and series and len(series.get("recurrence", ())) == 1:
            clocks.setdefault(series["id"], set()).add(row.start % 86400)
    for series_id, found in clocks.items():
        if len(found) == 2 and "HOUR" not in alive[series_id]["recurrence"][0]:
            if max(found) - min(found) == 1800:
                yield "half-hour clock change in a series"
            elif max(found) - min(found) == 3600:
                yield "clock change in a series"
