"""Events as an actor sees them, made by hand."""

from __future__ import annotations

from hybridcal_daemon.domain.events import EventFact, SealedEvent
from hybridcal_daemon.domain.recurrence import instance_id
from hybridcal_daemon.domain.values import AllDay, Instant, Sealed, Timed, UserId, as_instant

USER = UserId("u0123456789abcdef0123")
T0 = Instant(1_800_000_000.0)
"""2027-01-15 08:00 UTC, a Friday."""
ROOM = Sealed(b"room")


def meeting(event_id="m1", start=T0 + 3600, minutes=30, *, join="link", **rest) -> EventFact:
    """A timed event; ``join``: what its way to join is called, '' for none."""
    return EventFact(
        **{
            "event_id": event_id,
            "etag": "1",
            "start": Timed(at=int(start), tz="UTC"),
            "end": Timed(at=int(start) + int(minutes * 60), tz="UTC"),
            "response": "accepted",
            "joinable": bool(join),
            "join_digest": join,
            **rest,
        }
    )


def asking(event_id="a1", start=T0 + 3600, minutes=30, **rest) -> EventFact:
    """The organiser's own event with the keyword in its location."""
    wish = {"asked": "myroom", "organiser": True, "writable": True, "response": "organizer"}
    return meeting(event_id, start, minutes, **{"join": "", **wish, **rest})


def daily(event_id="d1", start=T0 + 3600, minutes=30, days=10, **rest) -> EventFact:
    """A series, one occurrence a day."""
    return meeting(event_id, start, minutes, recurrence=(f"RRULE:FREQ=DAILY;COUNT={days}",), **rest)


def exception(series: EventFact, number: int, start: float, minutes=30, **rest) -> EventFact:
    """The ``number``-th occurrence of a daily series, moved to ``start``."""
    original = Timed(at=int(as_instant(series.start)) + number * 86400, tz="UTC")
    event_id = instance_id(series.event_id, original)
    return meeting(event_id, start, minutes, series_id=series.event_id, original_start=original, **rest)


def all_day(event_id="day1", day=None, **rest) -> EventFact:
    """A day."""
    return EventFact(event_id=event_id, etag="1", start=AllDay(day=day), end=AllDay(day=day), **rest)


def sealed(fact: EventFact) -> SealedEvent:
    """The row of a fact."""
    return SealedEvent(fact=fact, item=b"{}", join=Sealed(b"join") if fact.joinable else None)
