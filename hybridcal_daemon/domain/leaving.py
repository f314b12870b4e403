"""Saying goodbye to a user who was deactivated.

Owns: what is undone outside before everything inside is erased: channels, cards, presence, access to a room.
Promises: begun durably, so a restart goes on with it; ends in any case after ``PATIENCE``, since what remains outside
ends by itself; after the goodbye nothing is ordered any more.
Does not: erase (the supervisor orders the store to) or touch the person's calendar.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import access, cards, channel, errands, obtp, presence
from hybridcal_daemon.domain.effects import Goodbye
from hybridcal_daemon.domain.state import Standing

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft

PATIENCE: Final = 30.0
_DOUBT: Final = PATIENCE / 3
"""A card in doubt is looked for after this: there is no time to wait until it can no longer arrive."""


def begin(draft: Draft) -> None:
    """From now on only cleaning up."""
    if draft.durable.left_at:
        return
    draft.keep(left_at=draft.now, standing=Standing(state="leaving", since=draft.now), troubles=())
    cards.try_at(draft, draft.now)
    errands.drop_all(draft)
    draft.flight.traversal = None


def settle(draft: Draft) -> None:
    """Undo what stands outside; when nothing does, or patience is over, say goodbye."""
    over = max(draft.durable.left_at, draft.flight.began_at) + PATIENCE  # a life that begins late gets its chance too
    if over <= draft.now or not _remains(draft):
        draft.farewell(Goodbye(user=draft.user))
        return
    draft.wake(over)
    doubt = min(draft.settings.card_doubt, _DOUBT)
    draft.settings = replace(draft.settings, push=False, presence=False, card_doubt=doubt)
    channel.settle(draft)
    presence.settle(draft)
    obtp.take_back_all(draft)
    if not draft.durable.channels:
        access.give_back(draft)  # last: a channel is stopped by who may see the calendar


def _remains(draft: Draft) -> bool:
    channels = bool(draft.durable.channels or draft.flight.strays)
    return channels or access.to_return(draft) or presence.due_for_clearing(draft) or bool(obtp.outstanding(draft))
