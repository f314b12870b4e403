"""What somebody asked for over feed or admin socket, from cell to cell.

Owns: opening the particulars, the request or two to Google, sealing what there is to tell. Promises: CallError only;
an insert, a deletion and a response may be repeated and have their effect once; a response carries nobody's answer but
the person's own, and only over the version that was read.
Does not: decide when, or repeat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import keywords
from hybridcal_daemon.domain.events import CalendarEvent, Person, is_meeting
from hybridcal_daemon.domain.explaining import Seen
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import ErrandDone
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import Plain, Sealed, is_room
from hybridcal_daemon.ports import NewEvent, Reply
from hybridcal_daemon.work import errand_cells as cells
from hybridcal_daemon.work import sealing
from hybridcal_daemon.work.calling import calendar_of, with_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.calls import ErrandKind, RunErrand
    from hybridcal_daemon.work.tools import GoogleTools

ROUNDS: Final = 3
"""How often an event is read again because somebody else wrote first (google.md D "Concurrency")."""


def perform(call: RunErrand, tools: GoogleTools) -> ErrandDone:
    """Do what ``call`` orders."""
    if is_room(call.user) and call.kind in _FOR_PEOPLE:
        raise CallError(Kind.REFUSED, "errand-not-for-rooms")
    ask = tools.open_cell(call.user, cells.ask_place(call.key), call.ask)
    answer = _PERFORM[call.kind](call, ask, tools)
    return ErrandDone(request_id=call.request_id, user=call.user, key=call.key, answer=_sealed(call, answer, tools))


def _sealed(call: RunErrand, answer: Plain[bytes], tools: GoogleTools) -> Sealed:
    """By now it has happened: whatever goes wrong leaves it in doubt to whoever must decide."""
    try:
        return tools.seal_cell(call.user, cells.answer_place(call.key), answer)
    except CallError as error:
        raise CallError(error.kind, error.code, in_doubt=True) from None


# ---- what changes the calendar ---------------------------------------------------------------------------------------


def _insert(call: RunErrand, ask: Plain[bytes], tools: GoogleTools) -> Plain[bytes]:
    """Make it under the id that was stored before; an id that Google knows already was made by an earlier attempt."""
    wish = cells.decode_insert(ask)
    new = NewEvent(
        event_id=call.event_id,
        summary=wish.title,
        start=wish.start,
        end=wish.end,
        description=wish.description,
        location=wish.location,
        guests=wish.guests,
        rooms=wish.rooms,
    )
    calendar = calendar_of(tools, call.user)
    try:
        event = with_token(
            tools, call.user, lambda token: tools.calendar.insert_event(token, call.user, new, calendar=calendar)
        )
    except CallError as error:
        if error.kind is not Kind.CONFLICT:
            raise
        event = _made_before(call, tools)
    return cells.encode_event(event)


def _made_before(call: RunErrand, tools: GoogleTools) -> CalendarEvent:
    """The id is a keyed hash of the wish itself, so what is there under it is what was asked for."""
    event = _get(call, tools)
    if event is None:
        raise CallError(Kind.REFUSED, "errand-undone")
    return event


def _delete(call: RunErrand, _ask: Plain[bytes], tools: GoogleTools) -> Plain[bytes]:
    calendar = calendar_of(tools, call.user)
    with_token(
        tools, call.user, lambda token: tools.calendar.delete_event(token, call.user, call.event_id, calendar=calendar)
    )
    return cells.encode_deleted(call.event_id)


def _respond(call: RunErrand, ask: Plain[bytes], tools: GoogleTools) -> Plain[bytes]:
    """Read, answer over what was read; begin anew when somebody else wrote in between."""
    reply = cells.decode_reply(ask)
    for _ in range(ROUNDS):
        event = _get(call, tools)
        if event is None:
            raise CallError(Kind.NOT_FOUND, "google-not-found")
        me = _invited(event, call, tools)
        if me.response == reply:
            return cells.encode_event(event)
        try:
            return cells.encode_event(_answer(call, tools, event, me, reply))
        except CallError as error:
            if error.kind is not Kind.CONFLICT:
                raise
    raise CallError(Kind.CONFLICT, "google-conflict")


def _answer(call: RunErrand, tools: GoogleTools, event: CalendarEvent, me: Person, reply: Reply) -> CalendarEvent:
    return with_token(
        tools,
        call.user,
        lambda token: tools.calendar.respond(
            token, call.user, event.event_id, etag=event.etag, me=me.email, reply=reply
        ),
    )


def _invited(event: CalendarEvent, call: RunErrand, tools: GoogleTools) -> Person:
    """Give the person's own entry. CallError REFUSED for an organiser, and where there is none."""
    if event.organizer_self:
        raise CallError(Kind.REFUSED, "errand-own-event")
    address = tools.address(call.user).reveal().casefold()
    for person in event.attendees:
        if person.is_self or person.email.reveal().casefold() == address:
            return person
    if event.attendees_omitted:
        return Person(email=tools.address(call.user), name=Plain(""), response="none")
    raise CallError(Kind.REFUSED, "errand-not-invited")


def _quick_add(call: RunErrand, ask: Plain[bytes], tools: GoogleTools) -> Plain[bytes]:
    """Make it once; a conflict does not say that nothing was made."""
    text = cells.decode_text(ask)
    try:
        event = with_token(tools, call.user, lambda token: tools.calendar.quick_add(token, call.user, text))
    except CallError as error:
        if error.kind is Kind.CONFLICT:
            raise CallError(error.kind, error.code, in_doubt=True) from None
        raise
    return cells.encode_event(event)


# ---- looks -----------------------------------------------------------------------------------------------------------


def _free_busy(call: RunErrand, ask: Plain[bytes], tools: GoogleTools) -> Plain[bytes]:
    wish = cells.decode_free_busy(ask)
    answers = with_token(
        tools,
        call.user,
        lambda token: tools.calendar.free_busy(token, call.user, window=wish.window, calendars=wish.calendars),
        Purpose.FREE_BUSY,
    )
    return cells.encode_availability(answers)


def _explain(call: RunErrand, _ask: Plain[bytes], tools: GoogleTools) -> Plain[bytes]:
    event = _get(call, tools)
    if event is None:
        return cells.encode_seen(None)
    fact, _ = sealing.look_at(call.user, event, tools)
    wish = keywords.wish(event.location.reveal(), webex=tools.webex, meet=tools.meet)
    seen = Seen(
        fact=fact,
        meeting=is_meeting(event),
        kept=event.locked or event.private,
        keyword_off=wish.off,
        ordinary=event.event_type == "default",
        external=_is_external(event, tools.address(call.user)),
    )
    return cells.encode_seen(seen)


def _is_external(event: CalendarEvent, me: Plain[str]) -> bool:
    """Say whether somebody of another domain organises it."""
    if event.organizer_self or event.organizer is None:
        return False
    domains = (address.reveal().casefold().rpartition("@")[2] for address in (event.organizer.email, me))
    return len(set(domains)) > 1


# ---- inner -----------------------------------------------------------------------------------------------------------


def _get(call: RunErrand, tools: GoogleTools) -> CalendarEvent | None:
    calendar = calendar_of(tools, call.user)
    return with_token(
        tools, call.user, lambda token: tools.calendar.get_event(token, call.user, call.event_id, calendar=calendar)
    )


_FOR_PEOPLE: Final = frozenset({"respond", "quick-add", "free-busy"})
"""Google knows these for the token's own subject only, and a room has no account."""
_PERFORM: Final[dict[ErrandKind, Callable[[RunErrand, Plain[bytes], GoogleTools], Plain[bytes]]]] = {
    "insert": _insert,
    "delete": _delete,
    "respond": _respond,
    "quick-add": _quick_add,
    "free-busy": _free_busy,
    "explain": _explain,
}
