"""Which activity hears which answer.

Owns: the two tables from answers, and from failed requests, to the activities that had asked. Promises: complete (a
test compares them with the vocabulary of ``messages.py``). Does not: decide anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.domain import (
    access,
    agenda,
    cards,
    channel,
    decorating,
    devices,
    edge,
    errands,
    expanding,
    meetings,
    notices,
    presence,
    profile,
    room,
    sync,
)
from hybridcal_daemon.domain.messages import (
    AccessChecked,
    AccessGranted,
    AccessReturned,
    AgendaSent,
    BookingsChecked,
    BookingsPut,
    CallFailed,
    CardDeleted,
    CardFound,
    CardSent,
    ChannelOpened,
    ChannelStopped,
    Decorated,
    DevicesFound,
    EdgeListed,
    ErrandDone,
    EventFetched,
    EventsListed,
    InstancesListed,
    MeetingEnded,
    MeetingFound,
    MeetingHeld,
    NoticeSent,
    PresenceSet,
    ProfileRead,
    RoomFetched,
    SpaceFollowed,
    SpaceFound,
    SpaceOpened,
    VacationRead,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.messages import Answer
    from hybridcal_daemon.domain.state import Pending


def _found(draft: Draft, found: CardFound) -> None:
    """A notice is looked for as a card is; its key tells which of them it was."""
    if notices.find(draft, found.key) is not None:
        notices.found(draft, found)
    else:
        cards.found(draft, found)


HEARD_BY: Final[dict[type, Callable[[Draft, Any], None]]] = {
    EventsListed: sync.listed,
    EdgeListed: edge.listed,
    InstancesListed: expanding.listed,
    EventFetched: expanding.fetched,
    ChannelOpened: channel.opened,
    ChannelStopped: channel.stopped,
    VacationRead: presence.vacation_read,
    ProfileRead: profile.read,
    ErrandDone: errands.done,
    AccessChecked: access.checked,
    AccessGranted: access.granted,
    AccessReturned: access.returned,
    RoomFetched: room.fetched,
    CardSent: cards.sent,
    CardFound: _found,
    CardDeleted: cards.deleted,
    PresenceSet: presence.said,
    MeetingHeld: meetings.held,
    MeetingFound: meetings.found,
    MeetingEnded: meetings.ended,
    SpaceOpened: meetings.space_opened,
    SpaceFound: meetings.space_found,
    SpaceFollowed: meetings.space_followed,
    NoticeSent: notices.sent,
    DevicesFound: devices.found,
    BookingsPut: devices.put,
    BookingsChecked: devices.checked,
    AgendaSent: agenda.sent,
}
"""All but ``Decorated`` and ``CallFailed``, which are heard together with what had been asked."""

FAILED: Final[dict[str, Callable[[Draft, str, Pending, CallFailed], None]]] = {
    "list": lambda draft, _subject, _pending, failure: sync.failed(draft, failure),
    "edge": lambda draft, _subject, _pending, failure: edge.failed(draft, failure),
    "instances": lambda draft, subject, _pending, failure: expanding.failed(draft, "instances", subject, failure),
    "orphan": lambda draft, subject, _pending, failure: expanding.failed(draft, "orphan", subject, failure),
    "watch": lambda draft, subject, _pending, failure: channel.open_failed(draft, subject, failure),
    "stop": lambda draft, subject, _pending, failure: channel.stop_failed(draft, subject, failure),
    "decorate": decorating.failed,
    "room": lambda draft, _subject, _pending, failure: _rest(draft, "room", failure),
    "vacation": lambda draft, _subject, _pending, failure: _rest(draft, "vacation", failure),
    "profile": lambda draft, _subject, _pending, failure: profile.failed(draft, failure),
    "errand": lambda draft, subject, _pending, failure: errands.failed(draft, subject, failure),
    "access": lambda draft, subject, _pending, failure: access.failed(draft, subject, failure),
    "card": lambda draft, subject, _pending, failure: cards.failed(draft, subject, failure),
    "find": lambda draft, subject, _pending, failure: cards.find_failed(draft, subject, failure),
    "meeting": meetings.failed,
    "space": meetings.space_failed,
    "notice": lambda draft, subject, _pending, failure: notices.failed(draft, subject, failure),
    "devices": lambda draft, _subject, _pending, failure: devices.find_failed(draft, failure),
    "bookings": lambda draft, subject, _pending, failure: devices.failed(draft, subject, failure),
    "agenda": lambda draft, subject, _pending, failure: agenda.failed(draft, subject, failure),
}
"""By the first word of ``Pending.what``; the others are the presence's."""


def answer(draft: Draft, pending: Pending, message: Answer) -> None:
    """Tell the activity that had asked."""
    if isinstance(message, CallFailed):
        _failed(draft, pending, message)
    elif isinstance(message, Decorated):
        decorating.decorated(draft, pending, message)
    else:
        HEARD_BY[type(message)](draft, message)


def _failed(draft: Draft, pending: Pending, failure: CallFailed) -> None:
    activity, _, subject = pending.what.partition(":")
    tell = FAILED.get(activity)
    if tell is None:
        presence.failed(draft, pending.what, failure)
    else:
        tell(draft, subject, pending, failure)


def _rest(draft: Draft, what: str, failure: CallFailed) -> None:
    draft.failed(what, failure)
