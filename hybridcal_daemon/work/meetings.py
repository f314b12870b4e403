"""Webex meetings: made, looked for, changed, ended.

Owns: from a plan and a join cell to requests. Promises: the host's secrets are never read; how to join leaves here only
sealed for the meeting's tag. Does not: decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hybridcal_daemon.domain.messages import MeetingEnded, MeetingFound, MeetingHeld
from hybridcal_daemon.domain.values import Plain
from hybridcal_daemon.work import joincell
from hybridcal_daemon.work.room import encode_room, meeting_place

if TYPE_CHECKING:
    from hybridcal_daemon.domain.calls import ChangeMeeting, EndMeeting, FindMeeting, HoldMeeting
    from hybridcal_daemon.domain.values import Sealed
    from hybridcal_daemon.ports import HeldMeeting
    from hybridcal_daemon.work.tools import WebexTools


def hold(call: HoldMeeting, tools: WebexTools) -> MeetingHeld:
    """Make it. CallError REFUSED nothing-to-join when the event is gone, and what ``hold_meeting`` raises."""
    held = tools.webex.hold_meeting(
        tools.address(call.user),
        tag=call.tag,
        title=_title(call, tools),
        plan=call.plan,
        site=call.site or tools.site(),
        space_id=call.space_id,
    )
    return _held(call, held, tools)


def find(call: FindMeeting, tools: WebexTools) -> MeetingFound:
    """Look for it by its tag. One that was made twice all the same is taken back: it is the same one each time."""
    host = tools.address(call.user)
    found = tools.webex.find_meetings(host, tag=call.tag, plan=call.plan, space_id=call.space_id)
    for twin in found[1:]:
        tools.webex.end_meeting(host, twin.meeting_id, space_id=call.space_id)
    meeting_id = found[0].meeting_id if found else None
    join = _sealed(call, found[0], tools) if found else None
    return MeetingFound(request_id=call.request_id, user=call.user, tag=call.tag, meeting_id=meeting_id, join=join)


def change(call: ChangeMeeting, tools: WebexTools) -> MeetingHeld:
    """Make it what the plan says. CallError NOT_FOUND when somebody deleted it at Webex."""
    held = tools.webex.change_meeting(
        tools.address(call.user),
        call.meeting_id,
        title=_title(call, tools),
        plan=call.plan,
        whole=call.whole,
        space_id=call.space_id,
    )
    return _held(call, held, tools)


def end(call: EndMeeting, tools: WebexTools) -> MeetingEnded:
    """Delete it."""
    tools.webex.end_meeting(tools.address(call.user), call.meeting_id, space_id=call.space_id)
    return MeetingEnded(request_id=call.request_id, user=call.user, tag=call.tag)


def _title(call: HoldMeeting | ChangeMeeting, tools: WebexTools) -> Plain[str]:
    return Plain(joincell.opened(call.user, call.event_id, tools).title)


def _held(call: HoldMeeting | ChangeMeeting, held: HeldMeeting, tools: WebexTools) -> MeetingHeld:
    return MeetingHeld(
        request_id=call.request_id,
        user=call.user,
        tag=call.tag,
        meeting_id=held.meeting_id,
        join=_sealed(call, held, tools),
    )


def _sealed(call: HoldMeeting | ChangeMeeting | FindMeeting, held: HeldMeeting, tools: WebexTools) -> Sealed:
    return tools.seal_cell(call.user, meeting_place(call.tag), encode_room(held.room))
