"""One call to Webex or to a device, from order to answer.

Owns: which module does what. Promises: ``run`` never raises CallError; text and addresses are in clear only while the
one request that needs them is made. Does not: decide anything, or remember more than who is who (``People``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.domain.calls import (
    ChangeMeeting,
    CheckBookings,
    DeleteCard,
    EndMeeting,
    FetchRoom,
    FindCard,
    FindDevices,
    FindMeeting,
    FindSpace,
    FollowSpace,
    HoldMeeting,
    OpenSpace,
    PutBookings,
    SendAgenda,
    SendCard,
    SendNotice,
    SetPresence,
)
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.work import agenda, cards, devices, meetings, notices, people, spaces
from hybridcal_daemon.work.tools import failed

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.calls import WebexCall
    from hybridcal_daemon.domain.messages import Answer
    from hybridcal_daemon.work.tools import WebexTools


def run(call: WebexCall, tools: WebexTools) -> Answer:
    """Do what ``call`` orders and say how it went."""
    try:
        answer: Answer = _PERFORM[type(call)](call, tools)
    except CallError as error:
        if error.kind is Kind.NOT_FOUND:
            tools.people.forget(call.user)
        return failed(call, error)
    return answer


_PERFORM: Final[dict[type, Callable[[Any, WebexTools], Answer]]] = {
    FetchRoom: people.fetch_room,
    SetPresence: people.set_presence,
    SendCard: cards.send,
    FindCard: cards.find,
    DeleteCard: cards.delete,
    HoldMeeting: meetings.hold,
    FindMeeting: meetings.find,
    ChangeMeeting: meetings.change,
    EndMeeting: meetings.end,
    OpenSpace: spaces.open_,
    FindSpace: spaces.find,
    FollowSpace: spaces.follow,
    SendNotice: notices.send,
    FindDevices: devices.find,
    PutBookings: devices.put,
    CheckBookings: devices.check,
    SendAgenda: agenda.send,
}
