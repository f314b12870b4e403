"""``/v1/rooms``: spaces.

Owns: making, listing, reading, changing and leaving them. Promises: nobody sees a room that they are not in. Does not:
have teams, classifications, public spaces; requests for those are refused with 400.

Based on:

* Fields of request and answer; the creator is a member at once, and moderator of a locked room; a direct room's title
  is the other person's name; whoever deletes without being a moderator leaves instead, which in a room that is not
  locked is everybody; announcements need a locked room; a space as description removes it [public OpenAPI].
* 404 for a room that the caller is not in; 400 for an empty title and for changes of a direct room; 403 for changes of
  a locked room by others than its moderators; a room that the last member left is gone: [inferred].
* ``sortBy``: names [public OpenAPI]; newest first [inferred]; by id when it is not given [unverified].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.sandbox.webex.access import ROOMS_READ, ROOMS_WRITE, require
from hybridcal_daemon.sandbox.webex.call import Call, Refusal, answered, timestamp
from hybridcal_daemon.sandbox.webex.paging import page
from hybridcal_daemon.sandbox.webex.world import Membership, Room

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.values import Instant
    from hybridcal_daemon.sandbox.marked import MarkedResponse
    from hybridcal_daemon.sandbox.webex.world import Person, World

PAGE: Final = 100
MOST_PAGE: Final = 1000
FIELDS: Final[dict[str, type]] = {"title": str, "isLocked": bool, "description": str, "isAnnouncementOnly": bool}
SORTS: Final[dict[str, tuple[Callable[[Room], Any], bool]]] = {
    "id": (lambda room: room.rest_id, False),
    "lastactivity": (lambda room: room.last_activity, True),
    "created": (lambda room: room.created, True),
}


def create(call: Call) -> MarkedResponse:
    """``POST /v1/rooms``."""
    require(call.token, ROOMS_WRITE)
    sent = call.body(**FIELDS)
    _check(sent)
    me = call.token.owner
    room = Room(uuid=call.world.ids.uuid(), kind="group", created=call.now, creator=me.rest_id)
    _apply(room, sent)
    join(room, me, call.now, moderator=sent.get("isLocked", False))
    call.world.rooms[room.uuid] = room
    return answered(shown(call.world, room, me))


def join(room: Room, person: Person, now: Instant, *, moderator: bool = False) -> Membership:
    """Make somebody a member."""
    room.active = now
    room.members[person.uuid] = Membership(person=person, created=now, moderator=moderator)
    return room.members[person.uuid]


def leave(room: Room, person_uuid: str, now: Instant) -> None:
    """End a membership; with the last one the room."""
    del room.members[person_uuid]
    room.active = now
    if not room.members:
        room.deleted = now


def list_rooms(call: Call) -> MarkedResponse:
    """``GET /v1/rooms``."""
    require(call.token, ROOMS_READ)
    call.only_query("type", "sortBy", "max", "cursor")
    key, newest_first = SORTS.get(call.query.get("sortBy", "id"), (None, False))
    if key is None or call.query.get("type", "group") not in {"direct", "group"}:
        raise Refusal(400, "Query parameter 'sortBy' or 'type' has an unknown value.")
    me = call.token.owner
    rooms = sorted(_mine(call, call.query.get("type")), key=key, reverse=newest_first)
    items, headers = page(call, rooms, lambda room: room.uuid, PAGE, MOST_PAGE)
    return answered({"items": [shown(call.world, room, me) for room in items]}, headers=headers)


def _mine(call: Call, kind: str | None) -> list[Room]:
    me = call.token.owner.uuid
    every = (room for room in call.world.rooms.values() if me in room.members and room.deleted is None)
    return [room for room in every if kind in {None, room.kind}]


def own_room(call: Call, room_id: str) -> Room:
    """Give a room that the caller is in; 404 otherwise."""
    room = call.world.room(room_id, call.token.owner)
    if room is None:
        raise Refusal(404, "Could not find a room with provided ID.")
    return room


def read(call: Call) -> MarkedResponse:
    """``GET /v1/rooms/{id}``."""
    require(call.token, ROOMS_READ)
    call.only_query()
    return answered(shown(call.world, own_room(call, call.argument), call.token.owner))


def change(call: Call) -> MarkedResponse:
    """``PUT /v1/rooms/{id}``; the title must be there."""
    require(call.token, ROOMS_WRITE)
    sent = call.body(**FIELDS)
    room = own_room(call, call.argument)
    _check({"isLocked": room.fields.get("isLocked", False), **sent})
    if room.kind == "direct":
        raise Refusal(400, "A direct room cannot be changed.")
    may_moderate(room, call.token.owner)
    _apply(room, sent)
    if sent.get("isLocked"):
        room.members[call.token.owner.uuid].moderator = True
    room.active = call.now
    return answered(shown(call.world, room, call.token.owner))


def may_moderate(room: Room, person: Person) -> None:
    """Refuse with 403 whoever is no moderator of a locked room."""
    if room.fields.get("isLocked") and not room.members[person.uuid].moderator:
        raise Refusal(403, "Only a moderator may do this in a locked room.")


def delete(call: Call) -> MarkedResponse:
    """``DELETE /v1/rooms/{id}``."""
    require(call.token, ROOMS_WRITE)
    call.only_query()
    room = own_room(call, call.argument)
    if room.kind == "direct":
        raise Refusal(400, "A direct room cannot be deleted.")
    if room.members[call.token.owner.uuid].moderator:
        room.deleted = call.now
    else:
        leave(room, call.token.owner.uuid, call.now)
    return answered(None, status=204)


def _check(sent: dict[str, Any]) -> None:
    if not sent.get("title", "").strip():
        raise Refusal(400, "Field 'title' is required and must not be empty.")
    if sent.get("isAnnouncementOnly") and not sent.get("isLocked"):
        raise Refusal(400, "A room can be put into announcement mode only when it is locked.")


def _apply(room: Room, sent: dict[str, Any]) -> None:
    room.title = sent.get("title", room.title)
    room.fields |= {name: value for name, value in sent.items() if name != "title"}
    if not room.fields.get("description", "x").strip():
        del room.fields["description"]


def shown(world: World, room: Room, to: Person) -> dict[str, Any]:
    """Write a room as the rooms calls do."""
    value: dict[str, Any] = {
        "id": room.rest_id,
        "title": title(room, to),
        "type": room.kind,
        "isLocked": False,
        "lastActivity": timestamp(room.last_activity),
        "creatorId": room.creator or next(iter(room.members.values())).person.rest_id,
        "created": timestamp(room.created),
        "ownerId": world.org_id,
        "isPublic": False,
        "isReadOnly": False,
    }
    return value | room.fields


def title(room: Room, to: Person) -> str:
    """Give the title as somebody sees it."""
    if room.kind == "group":
        return room.title
    return next(member.person.name for member in room.members.values() if member.person is not to)
