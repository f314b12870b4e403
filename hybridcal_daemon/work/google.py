"""One call to Google, from order to answer.

Owns: what happens between a response being read and a fact reaching an actor: events are looked at and sealed here, in
one thread, and nothing of their text leaves it. Promises: ``run`` never raises CallError; a token that Google refuses
is renewed once; a description is only written over the version that was read.
Does not: queue, limit, retry (lanes and ``decide`` do), or remember anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

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
    Undecorate,
)
from hybridcal_daemon.domain.events import CalendarEvent, Removed, is_kept
from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.messages import ChannelOpened, ChannelStopped, EventsListed, VacationRead
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.work import blocks, errands, lists, rooms, sealing
from hybridcal_daemon.work.calling import calendar_of, with_token
from hybridcal_daemon.work.tools import failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hybridcal_daemon.domain.calls import GoogleCall
    from hybridcal_daemon.domain.messages import Answer
    from hybridcal_daemon.work.tools import GoogleTools


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
    kept, bad = sealing.analysed(call.user, (event for event in page.events if is_kept(event)), tools)
    return EventsListed(
        request_id=call.request_id,
        user=call.user,
        events=sealing.sealed(call.user, kept, tools),
        removed=(*page.removed, *_not_kept(page.events)),
        quarantined=(*page.quarantined, *bad),
        next_page=page.next_page,
        next_token=page.next_token,
    )


def _not_kept(events: Iterable[CalendarEvent]) -> tuple[Removed, ...]:
    """Whatever is not kept may have been stored by an earlier version of this program."""
    return tuple(Removed(event_id=event.event_id, etag=event.etag) for event in events if not is_kept(event))


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
    Decorate: blocks.decorate,
    Undecorate: blocks.undecorate,
    OpenChannel: _open_channel,
    StopChannel: _stop_channel,
    ReadVacation: _read_vacation,
    RunErrand: errands.perform,
    CheckAccess: rooms.check,
    GrantAccess: rooms.grant,
    ReturnAccess: rooms.give_back,
}
