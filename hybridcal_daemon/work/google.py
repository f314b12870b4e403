"""One call to Google, from order to answer.

Owns: what happens between a response being read and a fact reaching an actor: events are looked at and sealed here, in
one thread, and nothing of their text leaves it. Promises: ``run`` never raises CallError; a token that Google refuses
is renewed once; a description is only written over the version that was read.
Does not: queue, limit, retry (lanes and ``decide`` do), or remember anything.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from hybridcal_daemon.domain.calls import Decorate, ListEvents, OpenChannel, ReadVacation, StopChannel
from hybridcal_daemon.domain.events import (
    CalendarEvent,
    EventContent,
    EventFact,
    Quarantined,
    Removed,
    SealedEvent,
    analyse,
    is_meeting,
)
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.joinblock import NoRoomForBlock, Room, compose
from hybridcal_daemon.domain.messages import ChannelOpened, ChannelStopped, Decorated, EventsListed, VacationRead
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import Plain
from hybridcal_daemon.work.room import ROOM_PLACE, decode_room
from hybridcal_daemon.work.tools import failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hybridcal_daemon.domain.calls import GoogleCall
    from hybridcal_daemon.domain.messages import Answer
    from hybridcal_daemon.domain.values import Secret, UserId
    from hybridcal_daemon.work.tools import GoogleTools

TOKEN_REFUSED: Final = "google-token"  # noqa: S105 - an error code
"""How ``adapters/google/errors.py`` calls a 401."""
ROUNDS: Final = 3
"""How often an event is read again because somebody else wrote first (google.md D "Concurrency")."""

_HELD, _FRESH = False, True
T = TypeVar("T")
_Analysed = tuple[EventFact, EventContent]


def run(call: GoogleCall, tools: GoogleTools) -> Answer:
    """Do what ``call`` orders and say how it went."""
    try:
        return _perform(call, tools)
    except CallError as error:
        return failed(call, error)


def _perform(call: GoogleCall, tools: GoogleTools) -> Answer:
    match call:
        case ListEvents():
            return _list(call, tools)
        case Decorate():
            return _decorate(call, tools)
        case OpenChannel():
            return _open_channel(call, tools)
        case StopChannel():
            return _stop_channel(call, tools)
        case ReadVacation():
            return _read_vacation(call, tools)


def _with_token(
    tools: GoogleTools, user: UserId, use: Callable[[Secret[str]], T], purpose: Purpose = Purpose.CALENDAR
) -> T:
    try:
        return use(tools.token(user, purpose, _HELD))
    except CallError as error:
        if error.code != TOKEN_REFUSED:
            raise
    return use(tools.token(user, purpose, _FRESH))


# ---- lists ----------------------------------------------------------------------------------------------------------


def _list(call: ListEvents, tools: GoogleTools) -> EventsListed:
    page = _with_token(
        tools,
        call.user,
        lambda token: tools.calendar.list_events(
            token, call.user, sync_token=call.sync_token, page_token=call.page_token, window=call.window
        ),
    )
    meetings, bad = _analysed((event for event in page.events if is_meeting(event)), tools)
    return EventsListed(
        request_id=call.request_id,
        user=call.user,
        events=_sealed(call.user, meetings, tools),
        removed=(*page.removed, *_no_meetings(page.events)),
        quarantined=(*page.quarantined, *bad),
        next_page=page.next_page,
        next_token=page.next_token,
    )


def _no_meetings(events: Iterable[CalendarEvent]) -> tuple[Removed, ...]:
    """Whatever is no meeting may have been stored as one by an earlier version of this program."""
    return tuple(Removed(event_id=event.event_id, etag=event.etag) for event in events if not is_meeting(event))


def _analysed(events: Iterable[CalendarEvent], tools: GoogleTools) -> tuple[list[_Analysed], list[Quarantined]]:
    good, bad = [], []
    for event in events:
        try:
            good.append(analyse(event, webex=tools.webex, meet=tools.meet))
        except Exception:  # noqa: BLE001 - any stranger can send an invitation; one that trips us must not stop a calendar
            bad.append(Quarantined(event_id=event.event_id, reason="analysis"))
    return good, bad


def _sealed(user: UserId, analysed: list[_Analysed], tools: GoogleTools) -> tuple[SealedEvent, ...]:
    if not analysed:
        return ()
    contents = tools.seal_events(user, [content for _, content in analysed])
    return tuple(
        SealedEvent(
            fact=replace(fact, digest=content.digest, join_digest=content.join_digest),
            item=content.item,
            join=content.join,
        )
        for (fact, _), content in zip(analysed, contents, strict=True)
    )


# ---- join details ---------------------------------------------------------------------------------------------------


def _decorate(call: Decorate, tools: GoogleTools) -> Decorated:
    """Read, compute, write over what was read; begin anew when somebody else wrote in between."""
    room = decode_room(tools.open_cell(call.user, ROOM_PLACE, call.room))
    for _ in range(ROUNDS):
        event = _with_token(tools, call.user, lambda token: tools.calendar.get_event(token, call.user, call.event_id))
        if event is None or not is_meeting(event):
            return _decorated(call, None, "gone")
        analysed = analyse(event, webex=tools.webex, meet=tools.meet)
        description = _described(event, analysed[0], room)
        if description is None:
            return _decorated(call, _sealed(call.user, [analysed], tools)[0], "unchanged")
        try:
            written = _write(call, tools, event, description)
        except CallError as error:
            if error.kind is not Kind.CONFLICT:
                raise
            continue
        analysed = analyse(written, webex=tools.webex, meet=tools.meet)
        return _decorated(call, _sealed(call.user, [analysed], tools)[0], "written")
    raise CallError(Kind.CONFLICT, "google-conflict")


def _described(event: CalendarEvent, fact: EventFact, room: Room) -> Plain[str] | None:
    """Give the description as it should be; None when it may stay as it is. CallError REFUSED description-full."""
    if not fact.writable or fact.asked != "myroom" or fact.foreign_webex:
        return None
    old = event.description.reveal()
    try:
        new = compose(old, room)
    except NoRoomForBlock:
        raise CallError(Kind.REFUSED, "description-full") from None
    except ValueError:  # the room's link is none
        raise CallError(Kind.INVALID, "webex-bad-answer") from None
    return None if new == old else Plain(new)


def _write(call: Decorate, tools: GoogleTools, event: CalendarEvent, description: Plain[str]) -> CalendarEvent:
    return _with_token(
        tools,
        call.user,
        lambda token: tools.calendar.patch_description(
            token, call.user, event.event_id, etag=event.etag, description=description
        ),
    )


def _decorated(
    call: Decorate, event: SealedEvent | None, outcome: Literal["written", "unchanged", "gone"]
) -> Decorated:
    return Decorated(request_id=call.request_id, user=call.user, event_id=call.event_id, event=event, outcome=outcome)


# ---- channels and vacation ------------------------------------------------------------------------------------------


def _open_channel(call: OpenChannel, tools: GoogleTools) -> ChannelOpened:
    channel_token = tools.channel_token(call.channel_id)
    grant = _with_token(
        tools,
        call.user,
        lambda token: tools.calendar.watch(
            token, call.user, channel_id=call.channel_id, channel_token=channel_token, ttl=call.ttl
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
    _with_token(
        tools,
        call.user,
        lambda token: tools.calendar.stop_channel(
            token, call.user, channel_id=call.channel_id, resource_id=call.resource_id
        ),
    )
    return ChannelStopped(request_id=call.request_id, user=call.user, channel_id=call.channel_id)


def _read_vacation(call: ReadVacation, tools: GoogleTools) -> VacationRead:
    settings = _with_token(tools, call.user, lambda token: tools.calendar.vacation(token, call.user), Purpose.GMAIL)
    return VacationRead(
        request_id=call.request_id,
        user=call.user,
        enabled=settings.enabled,
        start=settings.start,
        end=settings.end,
    )
