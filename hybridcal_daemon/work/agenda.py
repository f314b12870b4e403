"""The bot's answer to "today", "tomorrow" and everything else.

Owns: opening what its rows need, and its words in the person's language. Promises: text is in clear only while the one
request that needs it is made; a meeting that is gone meanwhile is left out. Does not: decide what is listed.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import wordings
from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.messages import AgendaSent
from hybridcal_daemon.domain.values import Plain
from hybridcal_daemon.ports import Agenda, AgendaRow
from hybridcal_daemon.work import joincell
from hybridcal_daemon.work.cards import clock_text, title_of, words_of, zone_of
from hybridcal_daemon.work.people import person_of

if TYPE_CHECKING:
    from datetime import tzinfo

    from hybridcal_daemon.domain.calls import Booking, SendAgenda
    from hybridcal_daemon.work.tools import WebexTools

MOST_ROWS: Final = 15
_GONE: Final = "nothing-to-join"


def send(call: SendAgenda, tools: WebexTools) -> AgendaSent:
    """Post it to the 1:1 room."""
    who = person_of(call.user, tools).person_id
    sentence = "" if call.day and call.bookings else _instead(call)
    if sentence:
        tools.webex.send_text(who, Plain(tools.say(call.language, sentence)))
    else:
        tools.webex.send_agenda(who, _agenda(call, tools))
    return AgendaSent(request_id=call.request_id, user=call.user, key=call.key)


def _instead(call: SendAgenda) -> str:
    """Give what is said where there is nothing to list."""
    if not call.day:
        return wordings.HELP
    return wordings.NO_MEETINGS_TOMORROW if call.tomorrow else wordings.NO_MEETINGS_TODAY


def _agenda(call: SendAgenda, tools: WebexTools) -> Agenda:
    shown = call.bookings[:MOST_ROWS]
    rows = (_row(booking, call, tools) for booking in shown)
    return Agenda(
        heading=tools.say(call.language, wordings.TOMORROW if call.tomorrow else wordings.TODAY),
        rows=tuple(row for row in rows if row is not None),
        left=len(call.bookings) - len(shown),
        more=tools.say(call.language, wordings.MORE),
        words=words_of(call.language, tools),
    )


def _row(booking: Booking, call: SendAgenda, tools: WebexTools) -> AgendaRow | None:
    try:
        join = joincell.opened(call.user, booking.event_id, tools)
    except CallError as error:
        if error.code == _GONE:
            return None
        raise
    title = title_of(join, call.language, tools, hide_private=call.hide_private)
    return AgendaRow(when=_when(booking, call, tools), title=title, url=Plain(join.url))


def _when(booking: Booking, call: SendAgenda, tools: WebexTools) -> str:
    """Say from when to when, or that it takes the whole day."""
    zone = zone_of(call.zone) or UTC
    day = date.fromisoformat(call.day)
    midnight, next_midnight = (_midnight(each, zone) for each in (day, day + timedelta(days=1)))
    if booking.start <= midnight and next_midnight <= booking.end:
        return tools.say(call.language, wordings.ALL_DAY)
    return f"{clock_text(booking.start, zone)}\N{EN DASH}{clock_text(booking.end, zone)}"


def _midnight(day: date, zone: tzinfo) -> float:
    return datetime.combine(day, time(), zone).timestamp()
