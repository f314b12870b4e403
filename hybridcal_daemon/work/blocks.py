"""Join details in an event's description: written, and taken out, from order to answer.

Owns: which description an event should have. Promises: CallError only; a description is only written over the version
that was read, and nothing of it leaves but sealed; a wish that was withdrawn meanwhile is respected; a block that is
not known to be ours and untouched is never taken out.
Does not: order anything (``domain/decorating.py`` does) or compose (``domain/joinblock.py`` does).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from hybridcal_daemon.domain import keywords
from hybridcal_daemon.domain.events import is_meeting
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.joinblock import NoRoomForBlock, compose, find, mark, strip
from hybridcal_daemon.domain.messages import Decorated
from hybridcal_daemon.domain.values import Plain, is_room
from hybridcal_daemon.work import sealing
from hybridcal_daemon.work.calling import with_token
from hybridcal_daemon.work.room import decode_room

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.blocklines import Room, Style
    from hybridcal_daemon.domain.calls import Decorate, Undecorate
    from hybridcal_daemon.domain.events import CalendarEvent, EventFact
    from hybridcal_daemon.work.sealing import Analysed
    from hybridcal_daemon.work.tools import GoogleTools

ROUNDS: Final = 3
"""How often an event is read again because somebody else wrote first (google.md D "Concurrency")."""
Outcome = Literal["written", "unchanged", "gone", "removed", "would"]


class _Text(NamedTuple):
    """A description to be written, and the mark beside it (None: the mark goes, with the block)."""

    description: Plain[str]
    mark: str | None


def decorate(call: Decorate, tools: GoogleTools) -> Decorated:
    """Write the block, unless it is there or the event does not ask for it. CallError REFUSED description-full."""
    _for_people(call)
    room = decode_room(tools.open_cell(call.user, call.place, call.room))
    style = tools.style(call.language)
    return _rewrite(call, tools, lambda event, fact: _described(call, event, fact, room, style), dry=call.dry)


def undecorate(call: Undecorate, tools: GoogleTools) -> Decorated:
    """Take the block out, unless it is not ours or is asked for after all."""
    _for_people(call)
    return _rewrite(call, tools, lambda event, fact: _stripped(call, event, fact))


def _for_people(call: Decorate | Undecorate) -> None:
    """CallError REFUSED for a room: with its token the write would go to the acting account's own calendar."""
    if is_room(call.user):
        raise CallError(Kind.REFUSED, "not-permitted")


# ---- what it should say ---------------------------------------------------------------------------------------------


def _described(call: Decorate, event: CalendarEvent, fact: EventFact, room: Room, style: Style) -> _Text | None:
    """Give the description as it should be; None when it may stay as it is. CallError REFUSED description-full.

    A block that leads to the right room is as it should be, in whatever language and words it was written; only one of
    ours that is to be written anew is not.
    """
    if not fact.writable or fact.asked != call.action or fact.foreign_webex or fact.conference:
        return None
    old = event.description.reveal()
    if fact.by_address and not _is_own(event, room):
        ours = fact.has_block and not fact.unmarked
        return _Text(Plain(strip(old)), None) if ours else None  # it takes place in somebody else's room now
    block = find(old)
    anew = call.redo and not fact.unmarked
    if block is not None and block.link == room.link.reveal() and not anew:
        return None  # whoever shortened or moved it may have it so: it leads to the right room
    try:
        new = compose(old, _hosted(room, event), style)
    except NoRoomForBlock:
        raise CallError(Kind.REFUSED, "description-full") from None
    except ValueError:  # the room's link is none
        raise CallError(Kind.INVALID, "webex-bad-answer") from None
    return None if new == old else _Text(Plain(new), _marked(call, event, new))


def _is_own(event: CalendarEvent, room: Room) -> bool:
    """Say whether the address in the location is that of the organiser's own Personal Room."""
    named = keywords.wish(event.location.reveal()).room
    return named in {keywords.room_of(room.link.reveal()), keywords.room_of(room.sip_address.reveal())}


def _hosted(room: Room, event: CalendarEvent) -> Room:
    """Give the room with the organiser's name, where it has none of a host."""
    if room.host.reveal() or event.organizer is None:
        return room
    return replace(room, host=event.organizer.name)


def _marked(call: Decorate, event: CalendarEvent, description: str) -> str:
    """Give the mark that goes with the block: with the bare keyword, so that it goes on meaning what it means now."""
    block = find(description)
    word = keywords.wish(event.location.reveal()).word
    return "" if block is None else mark(block, call.user, call.way, word)


def _stripped(call: Undecorate, event: CalendarEvent, fact: EventFact) -> _Text | None:
    """Give the description without our block; None when it is to stay."""
    wished = fact.asked is not None and not call.even_if_asked
    if not fact.writable or not fact.has_block or fact.unmarked or wished:
        return None
    return _Text(Plain(strip(event.description.reveal())), None)


# ---- reading and writing --------------------------------------------------------------------------------------------


def _rewrite(
    call: Decorate | Undecorate,
    tools: GoogleTools,
    should: Callable[[CalendarEvent, EventFact], _Text | None],
    *,
    dry: bool = False,
) -> Decorated:
    """Read, compute, write over what was read; begin anew when somebody else wrote in between."""
    for _ in range(ROUNDS):
        event = with_token(tools, call.user, lambda token: tools.calendar.get_event(token, call.user, call.event_id))
        if event is None or not is_meeting(event):
            return _answer(call, None, "gone", tools)
        analysed = sealing.look_at(call.user, event, tools)
        text = should(event, analysed[0])
        if text is None or dry:
            return _answer(call, analysed, "unchanged" if text is None else "would", tools)
        try:
            written = _write(call, tools, event, text)
        except CallError as error:
            if error.kind is not Kind.CONFLICT:
                raise
            continue
        outcome: Outcome = "removed" if text.mark is None else "written"
        return _answer(call, sealing.look_at(call.user, written, tools), outcome, tools)
    raise CallError(Kind.CONFLICT, "google-conflict")


def _write(call: Decorate | Undecorate, tools: GoogleTools, event: CalendarEvent, text: _Text) -> CalendarEvent:
    """Write the text and its mark in one request; an event that takes no further property gets the text alone."""
    try:
        return _patch(call, tools, event, text.description, text.mark)
    except CallError as error:
        if error.kind is not Kind.INVALID or error.in_doubt or not text.mark:
            raise
    return _patch(call, tools, event, text.description, "")


def _patch(
    call: Decorate | Undecorate, tools: GoogleTools, event: CalendarEvent, description: Plain[str], marked: str | None
) -> CalendarEvent:
    return with_token(
        tools,
        call.user,
        lambda token: tools.calendar.patch_description(
            token, call.user, event.event_id, etag=event.etag, description=description, mark=marked
        ),
    )


def _answer(call: Decorate | Undecorate, analysed: Analysed | None, outcome: Outcome, tools: GoogleTools) -> Decorated:
    event = None if analysed is None else sealing.sealed(call.user, [analysed], tools)[0]
    return Decorated(request_id=call.request_id, user=call.user, event_id=call.event_id, event=event, outcome=outcome)
