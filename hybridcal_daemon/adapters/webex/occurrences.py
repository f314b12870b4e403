"""What has to happen to the occurrences of a meeting series, so that they are where the plan has them.

Owns: the comparison. Promises: pure; to be repeated at will (the same list gives the same steps, and what was done is
not asked for again); nothing that has begun is touched, which Webex would not permit. Does not: send.

Which occurrence is which is known from its id (``WireMeeting.original``), so one that was moved is found again. One
that was deleted cannot be made again: Webex has no call for it, and restores it only when the whole series is told
anew. That is done for a series that has not begun; in one that has, it stays away from Webex' calendar, while the
series' own link, which stands in the invitation, opens the meeting all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain.recurrence import expand
from hybridcal_daemon.domain.rrule import Untrusted
from hybridcal_daemon.domain.values import DAY, MINUTE, Instant, Timed, Window, as_instant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hybridcal_daemon.adapters.webex.wire_meetings import WireMeeting
    from hybridcal_daemon.domain.calls import Moved, Plan

AHEAD: Final = 31 * DAY
"""As far ahead as events are known here (the window of the calendar): what is later comes into sight in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """``delete``: ids. ``move``: ids with new start and end. ``lost``: one that ought to be there is not."""

    delete: tuple[str, ...] = ()
    move: tuple[tuple[str, Instant, Instant], ...] = ()
    lost: bool = False


def span(plan: Plan, now: Instant) -> Window:
    """Give the time in which occurrences are looked at."""
    ends = (max(moved.end, moved.original) for moved in plan.moved if moved.end is not None)
    return Window(start=Instant(now - DAY), end=Instant(max(now + AHEAD, *ends, plan.end) + DAY))


def steps(listed: Iterable[WireMeeting], plan: Plan, now: Instant) -> Steps:
    """Compare what Webex has with what it ought to have."""
    there = {_minute(each.original): each for each in listed}
    moved = {_minute(each.original): each for each in plan.moved}
    gone = {original for original, each in moved.items() if each.start is None}
    ahead = [(original, each) for original, each in there.items() if each.start.timestamp() > now]
    delete = tuple(each.id for original, each in ahead if original in gone)
    wanted = [(each, *_place(original, moved.get(original), plan)) for original, each in ahead if original not in gone]
    move = tuple((each.id, start, end) for each, start, end in wanted if start > now and _differs(each, start, end))
    return Steps(delete=delete, move=move, lost=not _due(plan, now, moved) <= set(there))


def _place(original: Instant, moved: Moved | None, plan: Plan) -> tuple[Instant, Instant]:
    """Where an occurrence belongs."""
    if moved is None or moved.start is None or moved.end is None:
        return original, Instant(original + _minute(plan.end) - _minute(plan.start))
    return _minute(moved.start), _minute(moved.end)


def _differs(each: WireMeeting, start: Instant, end: Instant) -> bool:
    return (each.start.timestamp(), each.end.timestamp()) != (start, end)


def _due(plan: Plan, now: Instant, moved: dict[Instant, Moved]) -> set[Instant]:
    """Originals of the occurrences that lie ahead, by the rule."""
    window = Window(start=now, end=Instant(now + AHEAD))
    try:
        starts = expand(Timed(at=int(plan.start), tz=plan.zone), (f"RRULE:{plan.recurrence}",), window)
    except Untrusted:
        starts = []
    originals = {_minute(as_instant(start)) for start in starts} - set(moved)
    return originals | {original for original, each in moved.items() if each.start is not None and each.start > now}


def _minute(at: float) -> Instant:
    return Instant(at // MINUTE * MINUTE)
