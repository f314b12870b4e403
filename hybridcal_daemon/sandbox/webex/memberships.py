"""``/v1/memberships``: who is in a room.

Owns: adding, listing, changing and removing. Promises: an address that nobody has yet becomes somebody of another
organisation. Does not: have monitors or teams.

Based on:

* Fields; ``personId`` and ``personEmail`` as filters need ``roomId`` [public OpenAPI]; 409 for whoever is a member
  already [status list of the OpenAPI, whose text for 409 gives this very example].
* An organisation may forbid its spaces to outsiders: 403 after the control call for it [guide for administrators; the
  status is inferred]. 403 for adding to and removing others from a locked room without being its moderator, 404 for
  rooms that the caller is not in, 400 for changing members of a direct room: [inferred].
* The id is made of the person's and the room's, so that a migration changes it [public OpenAPI examples decode so; what
  a migration does to it is inferred].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.sandbox.webex.access import MEMBERSHIPS_READ, MEMBERSHIPS_WRITE, require
from hybridcal_daemon.sandbox.webex.call import Call, Refusal, answered, timestamp
from hybridcal_daemon.sandbox.webex.ids import uuid_of
from hybridcal_daemon.sandbox.webex.paging import page
from hybridcal_daemon.sandbox.webex.rooms import join, leave, may_moderate, own_room

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.marked import MarkedResponse
    from hybridcal_daemon.sandbox.webex.world import Membership, Person, Room

PAGE: Final = 100
MOST_PAGE: Final = 1000


def add(call: Call) -> MarkedResponse:
    """``POST /v1/memberships``."""
    require(call.token, MEMBERSHIPS_WRITE)
    sent = call.body(roomId=str, personId=str, personEmail=str, isModerator=bool)
    if "roomId" not in sent or len({"personId", "personEmail"} & sent.keys()) != 1:
        raise Refusal(400, "roomId and exactly one of personId and personEmail are required.")
    room = _group(own_room(call, sent["roomId"]))
    may_moderate(room, call.token.owner)
    person = _newcomer(call, sent)
    if person.uuid in room.members:
        raise Refusal(409, "User is already a participant in the room.")
    member = join(room, person, call.now, moderator=sent.get("isModerator", False))
    return answered(shown(room, member))


def _newcomer(call: Call, sent: dict[str, Any]) -> Person:
    """Find, or by address make, who is to be added."""
    address = sent.get("personEmail", "")
    if "personEmail" in sent and not _plausible(address):
        raise Refusal(400, "Field 'personEmail' is not an e-mail address.")
    person = call.world.somebody(address) or call.world.people.get(uuid_of("PEOPLE", sent.get("personId", "")) or "")
    if person is None and "personId" in sent:
        raise Refusal(404, "The person could not be found.")
    outside = person is None or person.outside
    if outside and call.world.own_people_only:
        raise Refusal(403, "Your organization does not allow people of other organizations in its spaces.")
    if person is None:
        person = call.world.add(address, address, "person", call.now, outside=True)
    return person


def _plausible(address: str) -> bool:
    local, _, domain = address.rpartition("@")
    return bool(local) and "." in domain.strip(".") and not any(sign.isspace() for sign in address)


def list_members(call: Call) -> MarkedResponse:
    """``GET /v1/memberships``; without ``roomId`` the caller's own ones."""
    require(call.token, MEMBERSHIPS_READ)
    call.only_query("roomId", "personId", "personEmail", "max", "cursor")
    found = _of_room(call) if "roomId" in call.query else _own(call)
    items, headers = page(call, found, lambda pair: pair[0].membership_id(pair[1]), PAGE, MOST_PAGE)
    return answered({"items": [shown(room, member) for room, member in items]}, headers=headers)


def _own(call: Call) -> list[tuple[Room, Membership]]:
    if {"personId", "personEmail"} & call.query.keys():
        raise Refusal(400, "Query parameter 'roomId' is required with personId or personEmail.")
    me = call.token.owner.uuid
    mine = (room for room in call.world.rooms.values() if me in room.members and room.deleted is None)
    return [(room, room.members[me]) for room in mine]


def _of_room(call: Call) -> list[tuple[Room, Membership]]:
    room = own_room(call, call.query["roomId"])
    members = list(room.members.values())
    if "personEmail" in call.query:
        wanted = call.query["personEmail"].casefold()
        members = [member for member in members if member.person.address.casefold() == wanted]
    if "personId" in call.query:
        members = [member for member in members if member.person.rest_id == call.query["personId"]]
    return [(room, member) for member in members]


def _named(call: Call) -> tuple[Room, Membership]:
    """Give what the id in the path names; 404 when the caller is not in that room."""
    person_uuid, _, room_uuid = (uuid_of("MEMBERSHIP", call.argument) or "").partition(":")
    room = call.world.rooms.get(room_uuid)
    member = None if room is None or room.deleted is not None else room.members.get(person_uuid)
    if room is None or member is None or call.token.owner.uuid not in room.members:
        raise Refusal(404, "Could not find a membership with provided ID.")
    return room, member


def read(call: Call) -> MarkedResponse:
    """``GET /v1/memberships/{id}``."""
    require(call.token, MEMBERSHIPS_READ)
    call.only_query()
    return answered(shown(*_named(call)))


def change(call: Call) -> MarkedResponse:
    """``PUT /v1/memberships/{id}``."""
    require(call.token, MEMBERSHIPS_WRITE)
    sent = call.body(isModerator=bool, isRoomHidden=bool)
    room, member = _named(call)
    if "isModerator" not in sent:
        raise Refusal(400, "Field 'isModerator' is required.")
    may_moderate(_group(room), call.token.owner)
    member.moderator = sent["isModerator"]
    member.hidden = sent.get("isRoomHidden", member.hidden)
    return answered(shown(room, member))


def remove(call: Call) -> MarkedResponse:
    """``DELETE /v1/memberships/{id}``."""
    require(call.token, MEMBERSHIPS_WRITE)
    call.only_query()
    room, member = _named(call)
    _group(room)
    if member.person is not call.token.owner:
        may_moderate(room, call.token.owner)
    leave(room, member.person.uuid, call.now)
    return answered(None, status=204)


def _group(room: Room) -> Room:
    if room.kind == "direct":
        raise Refusal(400, "The members of a direct room cannot be changed.")
    return room


def shown(room: Room, member: Membership) -> dict[str, Any]:
    """Write a membership as the membership calls do."""
    return {
        "id": room.membership_id(member),
        "roomId": room.rest_id,
        "personId": member.person.rest_id,
        "personEmail": member.person.address,
        "personDisplayName": member.person.name,
        "personOrgId": member.person.org_id,
        "isModerator": member.moderator,
        "isRoomHidden": member.hidden,
        "roomType": room.kind,
        "isMonitor": False,
        "created": timestamp(member.created),
    }
