"""One call to Google, from order to answer.

Owns: what happens between a response being read and a fact reaching an actor: events are looked at and sealed here, in
one thread, and nothing of their text leaves it. Promises: ``run`` never raises CallError; a token that Google refuses
is renewed once; a description is only written over the version that was read.
Does not: queue, limit, retry (lanes and ``decide`` do), or remember anything.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal

from hybridcal_daemon.domain.calls import (
    CheckAccess,
    Decorate,
    FetchEvent,
    GrantAccess,
    ListEdge,
    ListEvents,
    ListInstances,
    OpenChannel,
    ReadProfile,
    ReadVacation,
    ReturnAccess,
    RunErrand,
    StopChannel,
)
from hybridcal_daemon.domain.events import (
    CalendarEvent,
    EventFact,
    Removed,
    SealedEvent,
    is_meeting,
)
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.joinblock import NoRoomForBlock, Room, compose, find, mark
from hybridcal_daemon.domain.messages import ChannelOpened, ChannelStopped, Decorated, EventsListed, VacationRead
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import Plain, is_room
from hybridcal_daemon.work import errands, lists, rooms, sealing
from hybridcal_daemon.work.calling import calendar_of, with_token
from hybridcal_daemon.work.room import ROOM_PLACE, decode_room
from hybridcal_daemon.work.tools import failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hybridcal_daemon.domain.blocklines import Style
    from hybridcal_daemon.domain.calls import GoogleCall
    from hybridcal_daemon.domain.messages import Answer
    from hybridcal_daemon.work.tools import GoogleTools

ROUNDS: Final = 3
"""How often an event is read again because somebody else wrote first (google.md D "Concurrency")."""


def run(call: GoogleCall, tools: GoogleTools) -> Answer:
    """Do what ``call`` orders and say how it went."""
    try:
        answer: Answer = _PERFORM[type(call)](call, tools)
    except CallError as error:
        return failed(call, error)
    return answer


# ---- lists ----------------------------------------------------------------------------------------------------------


def _list(call: ListEvents, tools: GoogleTools) -> EventsListed:
    calendar = calendar_of(tools, call.user)
    page = with_token(
        tools,
        call.user,
        lambda token: tools.calendar.list_events(
            token,
            call.user,
            sync_token=call.sync_token,
            page_token=call.page_token,
            window=call.window,
            calendar=calendar,
        ),
    )
    meetings, bad = sealing.analysed(call.user, (event for event in page.events if is_meeting(event)), tools)
    return EventsListed(
        request_id=call.request_id,
        user=call.user,
        events=sealing.sealed(call.user, meetings, tools),
        removed=(*page.removed, *_no_meetings(page.events)),
        quarantined=(*page.quarantined, *bad),
        next_page=page.next_page,
        next_token=page.next_token,
    )


def _no_meetings(events: Iterable[CalendarEvent]) -> tuple[Removed, ...]:
    """Whatever is no meeting may have been stored as one by an earlier version of this program."""
    return tuple(Removed(event_id=event.event_id, etag=event.etag) for event in events if not is_meeting(event))


# ---- join details ---------------------------------------------------------------------------------------------------


def _decorate(call: Decorate, tools: GoogleTools) -> Decorated:
    """Read, compute, write over what was read; begin anew when somebody else wrote in between.

    CallError REFUSED for a room: with its token the write would go to the acting account's own calendar.
    """
    if is_room(call.user):
        raise CallError(Kind.REFUSED, "not-permitted")
    room = decode_room(tools.open_cell(call.user, ROOM_PLACE, call.room))
    for _ in range(ROUNDS):
        event = with_token(tools, call.user, lambda token: tools.calendar.get_event(token, call.user, call.event_id))
        if event is None or not is_meeting(event):
            return _decorated(call, None, "gone")
        analysed = sealing.look_at(call.user, event, tools)
        description = _described(event, analysed[0], room, tools.style(call.language))
        if description is None:
            return _decorated(call, sealing.sealed(call.user, [analysed], tools)[0], "unchanged")
        try:
            written = _write(call, tools, event, description)
        except CallError as error:
            if error.kind is not Kind.CONFLICT:
                raise
            continue
        analysed = sealing.look_at(call.user, written, tools)
        return _decorated(call, sealing.sealed(call.user, [analysed], tools)[0], "written")
    raise CallError(Kind.CONFLICT, "google-conflict")


def _described(event: CalendarEvent, fact: EventFact, room: Room, style: Style) -> Plain[str] | None:
    """Give the description as it should be; None when it may stay as it is. CallError REFUSED description-full.

    A block that leads to the right room is as it should be, in whatever language and words it was written.
    """
    if not fact.writable or fact.asked != "myroom" or fact.foreign_webex or fact.conference:
        return None
    old = event.description.reveal()
    block = find(old)
    if block is not None and block.link == room.link.reveal():
        return None  # whoever shortened or moved it may have it so: it leads to the right room
    try:
        new = compose(old, _hosted(room, event), style)
    except NoRoomForBlock:
        raise CallError(Kind.REFUSED, "description-full") from None
    except ValueError:  # the room's link is none
        raise CallError(Kind.INVALID, "webex-bad-answer") from None
    return None if new == old else Plain(new)


def _hosted(room: Room, event: CalendarEvent) -> Room:
    """Give the room with the organiser's name, where it has none of a host."""
    if room.host.reveal() or event.organizer is None:
        return room
    return replace(room, host=event.organizer.name)


def _write(call: Decorate, tools: GoogleTools, event: CalendarEvent, description: Plain[str]) -> CalendarEvent:
    """Write the text and its mark in one request; an event that takes no further property gets the text alone."""
    block = find(description.reveal())
    try:
        return _patch(call, tools, event, description, "" if block is None else mark(block, call.user))
    except CallError as error:
        if error.kind is not Kind.INVALID or error.in_doubt:
            raise
    return _patch(call, tools, event, description, "")


def _patch(
    call: Decorate, tools: GoogleTools, event: CalendarEvent, description: Plain[str], marked: str
) -> CalendarEvent:
    return with_token(
        tools,
        call.user,
        lambda token: tools.calendar.patch_description(
            token, call.user, event.event_id, etag=event.etag, description=description, mark=marked
        ),
    )


def _decorated(
    call: Decorate, event: SealedEvent | None, outcome: Literal["written", "unchanged", "gone"]
) -> Decorated:
    return Decorated(request_id=call.request_id, user=call.user, event_id=call.event_id, event=event, outcome=outcome)


# ---- channels and vacation ------------------------------------------------------------------------------------------


def _open_channel(call: OpenChannel, tools: GoogleTools) -> ChannelOpened:
    calendar, channel_token = calendar_of(tools, call.user), tools.channel_token(call.channel_id)
    grant = with_token(
        tools,
        call.user,
        lambda token: tools.calendar.watch(
            token, call.user, channel_id=call.channel_id, channel_token=channel_token, ttl=call.ttl, calendar=calendar
        ),
    )
    return ChannelOpened(
        request_id=call.request_id,
        user=call.user,
        channel_id=call.channel_id,
        resource_id=grant.resource_id,
        expires_at=grant.expires_at,
    )


def _stop_channel(call: StopChannel, tools: GoogleTools) -> ChannelStopped:
    with_token(
        tools,
        call.user,
        lambda token: tools.calendar.stop_channel(
            token, call.user, channel_id=call.channel_id, resource_id=call.resource_id
        ),
    )
    return ChannelStopped(request_id=call.request_id, user=call.user, channel_id=call.channel_id)


def _read_vacation(call: ReadVacation, tools: GoogleTools) -> VacationRead:
    settings = with_token(tools, call.user, lambda token: tools.calendar.vacation(token, call.user), Purpose.GMAIL)
    return VacationRead(
        request_id=call.request_id,
        user=call.user,
        enabled=settings.enabled,
        start=settings.start,
        end=settings.end,
    )


_PERFORM: Final[dict[type, Callable[[Any, GoogleTools], Answer]]] = {
    ListEvents: _list,
    ListEdge: lists.edge,
    ListInstances: lists.instances,
    FetchEvent: lists.fetch,
    ReadProfile: lists.profile,
    Decorate: _decorate,
    OpenChannel: _open_channel,
    StopChannel: _stop_channel,
    ReadVacation: _read_vacation,
    RunErrand: errands.perform,
    CheckAccess: rooms.check,
    GrantAccess: rooms.grant,
    ReturnAccess: rooms.give_back,
}
