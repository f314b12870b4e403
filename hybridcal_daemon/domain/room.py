"""The Webex person behind the calendar, and their Personal Room.

Owns: when to ask Webex for them. Promises: asked only when something needs them, and again after a day.
Does not: hold the room in clear (it is a cell that ``work/`` sealed).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import decorating, presence
from hybridcal_daemon.domain.calls import FetchRoom, Priority

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.messages import RoomFetched

ROOM: Final = "room"


def settle(draft: Draft) -> None:
    """Ask when a block has to be written or presence to be set, and what is known is old or missing."""
    stale = draft.durable.room_at + draft.settings.room_ttl <= draft.now
    missing_person = not draft.durable.person_id and presence.wanted(draft)
    needed = missing_person or (stale and bool(decorating.wanting(draft)))
    if not needed or draft.flying(ROOM) or draft.blocked(ROOM):
        return
    draft.submit("webex", Priority.LIVE, ROOM, lambda rid: FetchRoom(request_id=rid, user=draft.user))


def fetched(draft: Draft, answer: RoomFetched) -> None:
    """Known now; without a Personal Room, ``@webex`` is left alone until the next look."""
    draft.keep(person_id=answer.person_id, room=answer.room, room_at=draft.now)
    if answer.room is None:
        draft.pause(ROOM, draft.settings.room_ttl, "webex-no-room")
    else:
        draft.well(ROOM)
