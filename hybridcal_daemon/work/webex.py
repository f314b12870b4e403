"""One call to Webex, from order to answer.

Owns: opening what a card needs and sealing what a person's room is. Promises: ``run`` never raises CallError; text and
addresses are in clear only while the one request that needs them is made.
Does not: decide who gets a card or when, or remember more than who is who (``People``).
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec

from hybridcal_daemon.domain.calls import DeleteCard, FetchRoom, FindCard, SendCard, SetPresence
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import CardDeleted, CardFound, CardSent, PresenceSet, RoomFetched
from hybridcal_daemon.domain.values import AllDay, Plain, When
from hybridcal_daemon.work.room import ROOM_PLACE, encode_room
from hybridcal_daemon.work.tools import failed

if TYPE_CHECKING:
    from hybridcal_daemon.domain.calls import WebexCall
    from hybridcal_daemon.domain.messages import Answer
    from hybridcal_daemon.domain.values import Sealed, UserId
    from hybridcal_daemon.ports import WebexPerson
    from hybridcal_daemon.work.tools import WebexTools


class _JoinCell(msgspec.Struct):
    """What the vault seals for each event that can be joined."""

    title: str
    url: str


def run(call: WebexCall, tools: WebexTools) -> Answer:
    """Do what ``call`` orders and say how it went."""
    try:
        return _perform(call, tools)
    except CallError as error:
        if error.kind is Kind.NOT_FOUND:
            tools.people.forget(call.user)
        return failed(call, error)


def _perform(call: WebexCall, tools: WebexTools) -> Answer:
    match call:
        case FetchRoom():
            return _fetch_room(call, tools)
        case SendCard():
            return _send_card(call, tools)
        case FindCard():
            return _find_card(call, tools)
        case DeleteCard():
            return _delete_card(call, tools)
        case SetPresence():
            return _set_presence(call, tools)


def _person(user: UserId, tools: WebexTools) -> WebexPerson:
    known = tools.people.get(user)
    if known is not None:
        return known
    found = tools.webex.person(tools.address(user))
    tools.people.put(user, found)
    return found


# ---- people ---------------------------------------------------------------------------------------------------------


def _fetch_room(call: FetchRoom, tools: WebexTools) -> RoomFetched:
    """Look anew, since this is how changes at Webex get known here."""
    tools.people.forget(call.user)
    person = _person(call.user, tools)
    room = tools.webex.personal_room(tools.address(call.user))
    cell = None if room is None else tools.seal_cell(call.user, ROOM_PLACE, encode_room(room))
    return RoomFetched(request_id=call.request_id, user=call.user, person_id=person.person_id, room=cell)


def _set_presence(call: SetPresence, tools: WebexTools) -> PresenceSet:
    tools.webex.set_presence(_person(call.user, tools).uuid, ooo=call.ooo, ttl=call.ttl)
    return PresenceSet(request_id=call.request_id, user=call.user, ooo=call.ooo, ttl=call.ttl)


# ---- cards ----------------------------------------------------------------------------------------------------------


def _send_card(call: SendCard, tools: WebexTools) -> CardSent:
    cell = tools.join_cell(call.user, call.event_id)
    if cell is None:
        raise CallError(Kind.REFUSED, "nothing-to-join")
    person = _person(call.user, tools)
    join = _opened(call, cell, tools)
    message_id = tools.webex.send_card(
        person.person_id, key=call.key, title=Plain(join.title), url=Plain(join.url), starts=starts_text(call.start)
    )
    return CardSent(request_id=call.request_id, user=call.user, key=call.key, message_id=message_id)


def _opened(call: SendCard, cell: Sealed, tools: WebexTools) -> _JoinCell:
    content = tools.open_cell(call.user, f"event/{call.event_id}/join", cell)
    with suppress(ValueError):  # msgspec's errors
        return msgspec.json.decode(content.reveal(), type=_JoinCell)
    raise CallError(Kind.INVALID, "kms-tampered")


def starts_text(when: When) -> str:
    """Say when a meeting starts: ``14:30 Europe/Berlin``, or the date of an all-day one."""
    if isinstance(when, AllDay):
        return when.day.isoformat()
    zone = when.tz
    with suppress(KeyError, ValueError, OSError):  # a zone that this machine does not have
        return f"{datetime.fromtimestamp(when.at, ZoneInfo(zone)):%H:%M} {zone}"
    return f"{datetime.fromtimestamp(when.at, ZoneInfo('UTC')):%H:%M} UTC"


def _find_card(call: FindCard, tools: WebexTools) -> CardFound:
    person = _person(call.user, tools)
    message_id = tools.webex.find_card(person.person_id, key=call.key, since=call.since)
    return CardFound(request_id=call.request_id, user=call.user, key=call.key, message_id=message_id)


def _delete_card(call: DeleteCard, tools: WebexTools) -> CardDeleted:
    tools.webex.delete_message(call.message_id)
    return CardDeleted(request_id=call.request_id, user=call.user, key=call.key)
