"""The access rules of rooms' calendars.

Owns: these calls from order to answer. Promises: CallError only; nobody is mailed; the rule is for the acting account
and nobody else. Does not: decide when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain.messages import AccessChecked, AccessGranted, AccessReturned
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import Plain
from hybridcal_daemon.work.calling import calendar_of, with_token

if TYPE_CHECKING:
    from hybridcal_daemon.domain.calls import CheckAccess, GrantAccess, ReturnAccess
    from hybridcal_daemon.domain.messages import Answer
    from hybridcal_daemon.work.tools import GoogleTools

ACCESS_PLACE: Final = "access"
"""Place of the cell with the rule's id."""
_USER: Final = "user:"
ROLE: Final = "writer"
"""Enough to read everything in the calendar, to book the room and to release it."""


def check(call: CheckAccess, tools: GoogleTools) -> Answer:
    """Look up the acting account's role."""
    calendar, who = calendar_of(tools, call.user), tools.acting
    role = with_token(
        tools,
        call.user,
        lambda token: tools.calendar.access(token, call.user, who=who, calendar=calendar),
        Purpose.ROOM_ACCESS,
    )
    return AccessChecked(request_id=call.request_id, user=call.user, role=role)


def grant(call: GrantAccess, tools: GoogleTools) -> Answer:
    """Make the rule; one that is there already is given the role."""
    calendar, who = calendar_of(tools, call.user), tools.acting
    rule = with_token(
        tools,
        call.user,
        lambda token: tools.calendar.grant_access(token, call.user, who=who, role=ROLE, calendar=calendar),
        Purpose.ROOM_ACCESS,
    )
    cell = tools.seal_cell(call.user, ACCESS_PLACE, Plain(rule.rule_id.reveal().encode()))
    return AccessGranted(request_id=call.request_id, user=call.user, rule=cell)


def give_back(call: ReturnAccess, tools: GoogleTools) -> Answer:
    """Delete the rule, or give it back the role that it had. One never confirmed has the id that Google gives such."""
    calendar, rule = calendar_of(tools, call.user), _rule(call, tools)
    if call.before:
        _put_back(call, tools, Plain(rule.reveal().removeprefix(_USER)))
        return AccessReturned(request_id=call.request_id, user=call.user)
    with_token(
        tools,
        call.user,
        lambda token: tools.calendar.return_access(token, call.user, rule_id=rule, calendar=calendar),
        Purpose.ROOM_ACCESS,
    )
    return AccessReturned(request_id=call.request_id, user=call.user)


def _put_back(call: ReturnAccess, tools: GoogleTools, who: Plain[str]) -> None:
    calendar = calendar_of(tools, call.user)
    with_token(
        tools,
        call.user,
        lambda token: tools.calendar.grant_access(token, call.user, who=who, role=call.before, calendar=calendar),
        Purpose.ROOM_ACCESS,
    )


def _rule(call: ReturnAccess, tools: GoogleTools) -> Plain[str]:
    if call.rule is None:
        return Plain(f"{_USER}{tools.acting.reveal().lower()}")
    return Plain(tools.open_cell(call.user, ACCESS_PLACE, call.rule).reveal().decode())
