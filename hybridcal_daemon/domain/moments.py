"""When somebody should be offered to join.

Owns: working out, from events, the moments at which a Join card is due, and the card's identity.
Promises: pure and deterministic: the same (event, instance, start, way to join) always has the same key, so that
whoever plans twice delivers once. A meeting that is running already still has its moment, one that is over has none.
Does not: deliver (``obtp.py`` does). An all-day event has no join moment: a day has no instant at which it begins for
everybody, and nobody waits for a card at midnight. A series that cannot be expanded here has none for its regular
occurrences either, until their rows come from Google.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain.recurrence import Occurrence, occurrences
from hybridcal_daemon.domain.values import Instant, Timed, When, Window, as_instant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hybridcal_daemon.domain.events import EventFact

_KEY_DIGITS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A Join card that is due at ``due``.

    ``event_id``: the row that holds the join cell (the exception's, else the series' or event's own); ``instance``:
    Google's id of the occurrence; ``end_at``: when the offer ends; ``key``: 20 hex digits, the card's identity.
    """

    key: str
    event_id: str
    instance: str
    start: When
    due: Instant
    end_at: Instant
    join_digest: str


def join_moments(facts: Iterable[EventFact], now: Instant, lead: float, horizon: float) -> list[Moment]:
    """Give the join moments that are due by ``now + horizon`` of meetings that are not over, by time due.

    ``lead``: seconds before the start at which a card is due; ``horizon``: seconds to look ahead. Left out: what cannot
    be joined, was declined or cancelled, and all-day events.
    """
    reach = now + lead + horizon
    # Windows are half open, the horizon is not; events begin at whole seconds.
    happening, _ = occurrences(facts, Window(start=now, end=Instant(reach + 1.0)))
    moments = (_moment(one, lead) for one in happening if _is_offered(one))
    return [moment for moment in moments if moment.end_at > now and as_instant(moment.start) <= reach]


def _is_offered(one: Occurrence) -> bool:
    fact = one.fact
    return fact.kind == "meeting" and fact.joinable and fact.response != "declined" and isinstance(one.start, Timed)


def _moment(one: Occurrence, lead: float) -> Moment:
    start = as_instant(one.start)
    return Moment(
        key=_key(one.instance, start, one.fact.join_digest),
        event_id=one.fact.event_id,
        instance=one.instance,
        start=one.start,
        due=Instant(start - lead),
        end_at=as_instant(one.end),
        join_digest=one.fact.join_digest,
    )


def _key(instance: str, start: Instant, join_digest: str) -> str:
    """Hash the identity; lengths in front keep neighbouring fields apart."""
    fields = (instance, str(int(start)), join_digest)
    text = "".join(f"{len(field)}:{field}" for field in fields)
    return sha256(text.encode()).hexdigest()[:_KEY_DIGITS]
