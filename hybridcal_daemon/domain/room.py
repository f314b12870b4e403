"""The Webex person behind the calendar, and their Personal Room.

Owns: when to ask Webex for them. Promises: asked only when something needs them, and again after a day.
Does not: hold the room in clear (it is a cell that ``work/`` sealed).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import decorating, holding, presence
from hybridcal_daemon.domain.calls import FetchRoom, Priority
from hybridcal_daemon.domain.values import DAY, Instant

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.messages import RoomFetched, SiteChosen

ROOM: Final = "room"
_NO_ROOM: Final = "webex-no-room"


def settle(draft: Draft) -> None:
    """Ask when a block has to be written or presence to be set, and what is known is old or missing."""
    if draft.flying(ROOM):
        return
    if not draft.durable.person_id and presence.wanted(draft):
        if _says_no_room(draft) or not draft.blocked(ROOM):
            _ask(draft)
    elif decorating.wants_room(draft):
        _ask_if_old(draft)


def _says_no_room(draft: Draft) -> bool:
    """The person had no room when last asked; that need not keep us from asking who the person is."""
    trouble = draft.trouble(ROOM)
    return trouble is not None and trouble.code == _NO_ROOM


def _ask_if_old(draft: Draft) -> None:
    fresh_for = draft.settings.room_ttl if draft.durable.room is not None else _look_again(draft)
    old_at = Instant(draft.durable.room_at + fresh_for)
    if old_at > draft.now:
        draft.wake(old_at)
    elif not draft.blocked(ROOM):
        _ask(draft)


def _look_again(draft: Draft) -> float:
    """Seconds until a room that was missing is looked for again."""
    return min(draft.settings.room_ttl, DAY)


def _ask(draft: Draft) -> None:
    draft.submit(
        "webex", Priority.LIVE, ROOM, lambda rid: FetchRoom(request_id=rid, user=draft.user, site=draft.durable.site)
    )


def site_chosen(draft: Draft, message: SiteChosen) -> None:
    """Another site has another Personal Room: the one that is known is looked up again before it is used.

    An answer that is on its way is about the one before.
    """
    if message.site != draft.durable.site:
        draft.keep(site=message.site, room=None, room_at=Instant(0))
        draft.well(ROOM)
        draft.well(holding.MEETING)
        holding.try_at(draft, draft.now)  # what one site refused may be granted on the other
        calls = draft.flight.calls
        draft.flight.calls = {number: pending for number, pending in calls.items() if pending.what != ROOM}


def fetched(draft: Draft, answer: RoomFetched) -> None:
    """Known now; without a Personal Room, ``@webex`` is left alone until the next look."""
    if draft.durable.person_id not in {"", answer.person_id}:
        presence.somebody_else(draft)
    draft.keep(person_id=answer.person_id, room=answer.room, room_at=draft.now)
    if answer.room is None:
        draft.pause(ROOM, _look_again(draft), _NO_ROOM)
    else:
        draft.well(ROOM)
