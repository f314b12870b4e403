"""The small values everything else is made of.

Owns: identities, points in time, and the three types that keep secrets from leaving by accident.
Promises: :class:`Plain` and :class:`Secret` cannot be printed, formatted, compared by accident or pickled; only an
explicit :meth:`reveal` gives their content. :class:`Sealed` is ciphertext and may go anywhere.
Does not: encrypt (``adapters/kms`` does) or read a clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Generic, NewType, NoReturn, TypeVar

UserId = NewType("UserId", str)
"""Random surrogate of an activated user, ``u`` (a room: ``r``) and 20 lower-case hex digits; says nothing of them."""

Instant = NewType("Instant", float)
"""Seconds since 1970-01-01T00:00:00Z."""

PERSON_PREFIX: Final = "u"
ROOM_PREFIX: Final = "r"
"""First letters of the surrogates of persons and of rooms."""


def is_room(user: UserId) -> bool:
    """Say whether this calendar is a room's (a resource calendar): nobody can be impersonated for it (google.md I)."""
    return user.startswith(ROOM_PREFIX)


RequestId = NewType("RequestId", int)
"""Numbers one request of one life of one user actor; an answer whose number is unknown teaches nothing."""

MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 86400.0

T_co = TypeVar("T_co", covariant=True)


class _Guarded(Generic[T_co]):
    """A value that refuses every way out but :meth:`reveal`."""

    __slots__ = ("_value",)

    def __init__(self, value: T_co) -> None:
        self._value = value

    def reveal(self) -> T_co:
        """Give the content. Every call site is a place that an auditor reads."""
        return self._value

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __str__(self) -> NoReturn:
        msg = f"a {type(self).__name__} value may not be turned into text; use reveal() where it is needed"
        raise TypeError(msg)

    def __format__(self, format_spec: str) -> NoReturn:
        self.__str__()

    def __reduce__(self) -> NoReturn:
        msg = f"a {type(self).__name__} value may not be pickled"
        raise TypeError(msg)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Guarded) or type(self) is not type(other):
            return NotImplemented
        return bool(self._value == other._value)

    def __hash__(self) -> int:
        return hash((type(self), self._value))


class Plain(_Guarded[T_co]):
    """Something a person wrote or is called by: title, body, location, join details, name, address."""

    __slots__ = ()


class Secret(_Guarded[T_co]):
    """Something that gives power: an access token, a key, a channel token."""

    __slots__ = ()


class Sealed(bytes):
    """Ciphertext of our own cell format (``adapters/kms/cells.py``); the only sensitive bytes a store accepts."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<Sealed {len(self)} bytes>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A moment with the zone it was said in. ``at``: epoch seconds; ``tz``: IANA name (``UTC`` if unknown)."""

    at: int
    tz: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AllDay:
    """A calendar day without an instant (Google ``start.date``); an end is exclusive."""

    day: date


When = Timed | AllDay


def as_instant(when: When) -> Instant:
    """Epoch seconds of a moment; an all-day date counts from midnight UTC (for ordering and windows only)."""
    if isinstance(when, Timed):
        return Instant(float(when.at))
    return Instant(datetime(when.day.year, when.day.month, when.day.day, tzinfo=UTC).timestamp())


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The stretch of time that is kept, half open: ``start <= t < end``, epoch seconds."""

    start: Instant
    end: Instant


KEEP_BACK: Final = timedelta(days=7)
KEEP_AHEAD: Final = timedelta(days=31)
LOOK_AHEAD: Final = timedelta(hours=36)
"""The stored window moves on once a day, so it is taken longer: what is served never has a gap, even if that fails
for hours."""


def served_window(now: Instant) -> Window:
    """What readers are shown: 7 days back to 31 days ahead of ``now``."""
    return Window(start=Instant(now - KEEP_BACK.total_seconds()), end=Instant(now + KEEP_AHEAD.total_seconds()))


def stored_window(now: Instant) -> Window:
    """What a full sync at ``now`` fetches and keeps: the served window and what it moves on until the next."""
    served = served_window(now)
    return Window(start=served.start, end=Instant(served.end + LOOK_AHEAD.total_seconds()))
