"""``/v1/messages``: messages with cards.

Owns: posting, listing, reading, editing and deleting. Promises: what is deleted is gone for every caller and kept for
the control calls. Does not: have files or threads; requests for those are refused with 400.

Based on:

* Fields, the limit of 7,439 bytes for ``text`` and ``markdown``, newest first, ``max`` 50, ``before`` and
  ``beforeMessage``, editing: at most ten times and never with attachments (400) [public OpenAPI].
* ``text`` or ``markdown`` is needed beside a card, as its fallback [public guide to buttons and cards].
* Lists do not name the recipient [public OpenAPI].
* Exactly one of ``roomId``, ``toPersonId`` and ``toPersonEmail``; the first message makes the 1:1 room [public
  documentation]. 404 for an unknown recipient, and for a room or message that the caller is no member of [inferred].
* A bot sees of a group room only what mentions it: without ``mentionedPeople`` its listing is refused, here with 403
  [public OpenAPI; the status is inferred]; nobody mentions anybody here, so that the list is empty.
* Deleting: 204, the second time 404; another sender's message 403 [statuses of the OpenAPI, cases inferred].
* Paging by ``Link: <…>; rel="next"`` [public documentation]. What the link's query holds is the service's own matter:
  here ``cursor``. ``messages/direct`` has no ``max`` in the OpenAPI; it is taken here as everywhere [unverified].
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.sandbox.webex.access import MESSAGES_READ, MESSAGES_WRITE, require
from hybridcal_daemon.sandbox.webex.call import Call, Refusal, answered, timestamp, whole_number
from hybridcal_daemon.sandbox.webex.cards import check_attachments
from hybridcal_daemon.sandbox.webex.ids import uuid_of
from hybridcal_daemon.sandbox.webex.paging import next_link
from hybridcal_daemon.sandbox.webex.world import Message, Room

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.values import Instant
    from hybridcal_daemon.sandbox.marked import MarkedResponse
    from hybridcal_daemon.sandbox.webex.world import Person, World

MOST_BYTES: Final = 7439
MOST_EDITS: Final = 10
PAGE: Final = 50
MOST_PAGE: Final = 1000
RECIPIENTS: Final = ("roomId", "toPersonId", "toPersonEmail")


def post(call: Call) -> MarkedResponse:
    """``POST /v1/messages``."""
    require(call.token, MESSAGES_WRITE)
    sent = call.body(roomId=str, toPersonId=str, toPersonEmail=str, text=str, markdown=str, attachments=list)
    _check_texts(sent)
    if "attachments" in sent:
        check_attachments(sent["attachments"])
    room = _recipient(call, sent)
    return answered(shown(deliver(call.world, room, call.token.owner, call.now, dict(sent))))


def deliver(world: World, room: Room, sender: Person, now: Instant, body: dict[str, Any]) -> Message:
    """Put a message into a room."""
    message = Message(uuid=world.ids.uuid(), room=room, sender=sender, created=now, body=body)
    room.messages.append(message)
    room.active = now
    world.messages[message.uuid] = message
    return message


def _check_texts(sent: dict[str, Any]) -> None:
    if not sent.get("text") and not sent.get("markdown"):
        raise Refusal(400, "A message needs text or markdown; beside a card it is the fallback.")
    for name in ("text", "markdown"):
        if len(sent.get(name, "").encode()) > MOST_BYTES:
            raise Refusal(400, f"Field '{name}' is longer than {MOST_BYTES} bytes.")


def _recipient(call: Call, sent: dict[str, Any]) -> Room:
    named = [name for name in RECIPIENTS if name in sent]
    if len(named) != 1:
        raise Refusal(400, "Exactly one of roomId, toPersonId and toPersonEmail is required.")
    if named == ["roomId"]:
        return _own_room(call, sent["roomId"])
    person = _person(call, sent.get("toPersonId"), sent.get("toPersonEmail"))
    if person is None or person is call.token.owner or person.kind == "appuser":
        raise Refusal(404, "The recipient of the message could not be found.")
    return call.world.open_direct_room(call.token.owner, person, call.now)


def _person(call: Call, person_id: str | None, address: str | None) -> Person | None:
    if person_id is not None:
        return call.world.people.get(uuid_of("PEOPLE", person_id) or "")
    return call.world.somebody(address or "")


def _own_room(call: Call, room_id: str) -> Room:
    room = call.world.room(room_id, call.token.owner)
    if room is None:
        raise Refusal(404, "The room could not be found.")
    return room


def list_direct(call: Call) -> MarkedResponse:
    """``GET /v1/messages/direct``."""
    require(call.token, MESSAGES_READ)
    call.only_query("personId", "personEmail", "max", "cursor")
    if len({"personId", "personEmail"} & call.query.keys()) != 1:
        raise Refusal(400, "Exactly one of the query parameters personId and personEmail is required.")
    person = _person(call, call.query.get("personId"), call.query.get("personEmail"))
    room = None if person is None else call.world.direct_room(call.token.owner, person)
    if room is None:
        raise Refusal(404, "The room could not be found.")
    return _page(call, room, lambda _: True)


def list_room(call: Call) -> MarkedResponse:
    """``GET /v1/messages``."""
    require(call.token, MESSAGES_READ)
    call.only_query("roomId", "mentionedPeople", "before", "beforeMessage", "max", "cursor")
    if "roomId" not in call.query:
        raise Refusal(400, "Query parameter 'roomId' is required.")
    room = _own_room(call, call.query["roomId"])
    if "mentionedPeople" in call.query:
        return _page(call, room, lambda _: False)
    if room.kind == "group" and call.token.owner.kind == "bot":
        raise Refusal(403, "A bot lists the messages of a group room with mentionedPeople=me only.")
    before = _moment(call.query["before"]) if "before" in call.query else None
    older = _older_than(room, call.query.get("beforeMessage"))
    return _page(call, room, lambda message: (before is None or message.created < before) and older(message))


def _moment(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Refusal(400, "Query parameter 'before' must be a date and time with a zone.")
    return moment.timestamp()


def _older_than(room: Room, message_id: str | None) -> Callable[[Message], bool]:
    if message_id is None:
        return lambda _: True
    older = {message.uuid for message in room.messages[: _position(room, message_id)]}
    return lambda message: message.uuid in older


def _position(room: Room, message_id: str) -> int:
    uuid = uuid_of("MESSAGE", message_id)
    for index, message in enumerate(room.messages):
        if message.uuid == uuid:
            return index
    raise Refusal(400, "The message that the page is to begin after is not in this room.")


def _page(call: Call, room: Room, wanted: Callable[[Message], bool]) -> MarkedResponse:
    most = whole_number(call, "max", PAGE, MOST_PAGE)
    end = _position(room, call.query["cursor"]) if "cursor" in call.query else len(room.messages)
    found: list[Message] = []
    for message in reversed(room.messages[:end]):
        if message.deleted is None and wanted(message):
            found.append(message)
        if len(found) > most:
            break
    items = [listed(message) for message in found[:most]]
    return answered({"items": items}, headers=_link(call, found[most - 1]) if len(found) > most else None)


def _link(call: Call, last: Message) -> dict[str, str]:
    return next_link(call, last.rest_id)


def _visible(call: Call) -> Message:
    message = call.world.messages.get(uuid_of("MESSAGE", call.argument) or "")
    if message is None or message.deleted is not None or call.token.owner.uuid not in message.room.members:
        raise Refusal(404, "The message could not be found.")
    return message


def read(call: Call) -> MarkedResponse:
    """``GET /v1/messages/{id}``."""
    require(call.token, MESSAGES_READ)
    call.only_query()
    return answered(shown(_visible(call)))


def delete(call: Call) -> MarkedResponse:
    """``DELETE /v1/messages/{id}``."""
    require(call.token, MESSAGES_WRITE)
    call.only_query()
    message = _visible(call)
    if message.sender is not call.token.owner:
        raise Refusal(403, "Only the sender may delete a message.")
    message.deleted = call.now
    return answered(None, status=204)


def edit(call: Call) -> MarkedResponse:
    """``PUT /v1/messages/{id}``."""
    require(call.token, MESSAGES_WRITE)
    sent = call.body(roomId=str, text=str, markdown=str)
    message = _visible(call)
    _check_edit(call, message, sent)
    message.body = {name: value for name, value in message.body.items() if name not in {"text", "markdown"}}
    message.body |= {name: sent[name] for name in ("text", "markdown") if name in sent}
    message.edits += 1
    message.updated = call.now
    return answered(shown(message))


def _check_edit(call: Call, message: Message, sent: dict[str, Any]) -> None:
    if message.sender is not call.token.owner:
        raise Refusal(403, "Only the sender may edit a message.")
    if "attachments" in message.body:
        raise Refusal(400, "Editing a message with attachments is not supported.")
    if message.edits >= MOST_EDITS:
        raise Refusal(400, "The message was edited the maximum number of times.")
    if sent.get("roomId") != message.room.rest_id:
        raise Refusal(400, "Field 'roomId' must be the room of the message.")
    _check_texts(sent)


def listed(message: Message) -> dict[str, Any]:
    """Write a message as lists do: without the recipient."""
    return {name: value for name, value in shown(message).items() if name not in RECIPIENTS[1:]}


def shown(message: Message) -> dict[str, Any]:
    """Write a message as the calls for one message do."""
    value: dict[str, Any] = {
        "id": message.rest_id,
        "roomId": message.room.rest_id,
        "roomType": message.room.kind,
        **{name: given for name, given in message.body.items() if name != "roomId"},
        "personId": message.sender.rest_id,
        "personEmail": message.sender.address,
        "created": timestamp(message.created),
    }
    if message.updated is not None:
        value["updated"] = timestamp(message.updated)
    return value
