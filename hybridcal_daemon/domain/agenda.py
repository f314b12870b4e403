"""The bot's answers: the meetings of a day, or what one can write to it.

Owns: which meetings of a day are listed. Promises: at most one answer to a message, and none to one that was asked
before this life began; nothing of it outlives this life; before the calendar was listed there is no answer, since an
empty list would be a lie.
Does not: read messages (``shell/agenda.py`` does) or write them (``work/agenda.py``).
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import profile
from hybridcal_daemon.domain.absence import bounds, place_of
from hybridcal_daemon.domain.calls import Booking, Priority, SendAgenda
from hybridcal_daemon.domain.recurrence import occurrences
from hybridcal_daemon.domain.values import DAY, Instant, Window

if TYPE_CHECKING:
    from datetime import date, tzinfo

    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.messages import AgendaAsked, AgendaSent, CallFailed
    from hybridcal_daemon.domain.recurrence import Occurrence

AGENDA: Final = "agenda"
_MOST: Final = 8
"""Questions of one person that wait at a time; who asks more often is answered to these."""


def asked(draft: Draft, message: AgendaAsked) -> None:
    """Note the question; ``settle`` answers it."""
    waiting = draft.flight.agendas
    known = any(each.key == message.key for each in waiting) or draft.flying(f"{AGENDA}:{message.key}")
    if not known and len(waiting) < _MOST:
        draft.flight.agendas = (*waiting, message)


def settle(draft: Draft) -> None:
    """Answer what was asked, as soon as it is known in which language and of which day."""
    if not draft.flight.agendas or profile.awaited(draft):
        return
    for message in draft.flight.agendas:
        if draft.durable.synced_at and draft.durable.standing.state == "active":
            _answer(draft, message)
        else:
            draft.note("agenda.unanswered", code="not-listed")
    draft.flight.agendas = ()


def _answer(draft: Draft, message: AgendaAsked) -> None:
    zone = draft.durable.profile.timezone
    place = place_of(zone)
    day = None if message.day is None else _day(draft.now, place) + timedelta(days=message.day)
    bookings = () if day is None else _bookings(draft, day, place)
    draft.submit(
        "webex",
        Priority.LIVE,
        f"{AGENDA}:{message.key}",
        lambda rid: SendAgenda(
            request_id=rid,
            user=draft.user,
            key=message.key,
            bookings=bookings,
            day="" if day is None else day.isoformat(),
            tomorrow=bool(message.day),
            zone=zone,
            language=profile.spoken(draft),
            hide_private=draft.settings.card_private != "show",
        ),
    )


def _day(now: Instant, place: tzinfo) -> date:
    return datetime.fromtimestamp(now, place).date()


def _bookings(draft: Draft, day: date, place: tzinfo) -> tuple[Booking, ...]:
    """What happens on this day at that place, by start; all-day meetings come first."""
    first, last = (_midnight(each, place) for each in (day, day + timedelta(days=1)))
    wide = Window(start=Instant(first - DAY), end=Instant(last + DAY))  # all-day events count from midnight UTC there
    happening, _ = occurrences(draft.events.values(), wide)
    found = [_booking(one, place) for one in happening if _is_listed(draft, one)]
    inside = [each for each in found if _overlaps(each, first, last)]
    return tuple(sorted(inside, key=lambda each: (each.start, each.end, each.entry_id)))


def _is_listed(draft: Draft, one: Occurrence) -> bool:
    fact = one.fact
    kept_back = fact.confidential and draft.settings.card_private == "none"
    return fact.kind == "meeting" and fact.response != "declined" and not kept_back


def _booking(one: Occurrence, place: tzinfo) -> Booking:
    start, end = bounds(one, place)
    return Booking(entry_id=one.instance, event_id=one.fact.event_id, start=start, end=end)


def _overlaps(booking: Booking, first: Instant, last: Instant) -> bool:
    if booking.end <= booking.start:
        return first <= booking.start < last
    return booking.start < last and booking.end > first


def _midnight(day: date, place: tzinfo) -> Instant:
    return Instant(datetime.combine(day, time(), place).timestamp())


def sent(draft: Draft, answer: AgendaSent) -> None:
    """The person has it."""
    del answer
    draft.note("agenda.sent")


def failed(draft: Draft, key: str, failure: CallFailed) -> None:
    """Not sent: the person can ask again."""
    del key
    draft.note_failure(AGENDA, failure)
