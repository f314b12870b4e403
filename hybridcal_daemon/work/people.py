"""Who a user is at Webex, their Personal Room, and their presence.

Owns: looking people up, once each (``People``). Promises: addresses are in clear only for the one request.
Does not: decide when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hybridcal_daemon.domain.messages import PresenceSet, RoomFetched
from hybridcal_daemon.work.room import ROOM_PLACE, encode_room

if TYPE_CHECKING:
    from hybridcal_daemon.domain.calls import FetchRoom, SetPresence
    from hybridcal_daemon.domain.values import UserId
    from hybridcal_daemon.ports import WebexPerson
    from hybridcal_daemon.work.tools import WebexTools


def person_of(user: UserId, tools: WebexTools) -> WebexPerson:
    """Give who a user is at Webex. CallError."""
    known = tools.people.get(user)
    if known is not None:
        return known
    found = tools.webex.person(tools.address(user))
    tools.people.put(user, found)
    return found


def fetch_room(call: FetchRoom, tools: WebexTools) -> RoomFetched:
    """Look anew, since this is how changes at Webex get known here."""
    tools.people.forget(call.user)
    who = person_of(call.user, tools)
    room = tools.webex.personal_room(tools.address(call.user), site=call.site or tools.site())
    cell = None if room is None else tools.seal_cell(call.user, ROOM_PLACE, encode_room(room))
    return RoomFetched(request_id=call.request_id, user=call.user, person_id=who.person_id, room=cell)


def set_presence(call: SetPresence, tools: WebexTools) -> PresenceSet:
    """Say it, or clear it. CallError REFUSED when the cloud does not permit it."""
    tools.webex.set_presence(person_of(call.user, tools).uuid, status=call.status, ttl=call.ttl)
    return PresenceSet(request_id=call.request_id, user=call.user, status=call.status, ttl=call.ttl)
