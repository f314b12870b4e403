"""Saying goodbye to a user who was deactivated.

Owns: what is undone outside before everything inside is erased: channels, cards, presence, access to a room, and where
the admin chose so, our blocks in what is to come and the meetings that were made for them.
Promises: begun durably, so a restart goes on with it; ends in any case after ``PATIENCE`` (``PATIENCE_WITH_BLOCKS``
where blocks are taken out), since what remains outside ends by itself or says how to join as before; after the goodbye
nothing is ordered any more. Unless it was chosen, the person's calendar is not touched.
Does not: erase (the supervisor orders the store to).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import access, cards, channel, decorating, devices, errands, meetings, obtp, presence
from hybridcal_daemon.domain.effects import Goodbye
from hybridcal_daemon.domain.state import Standing
from hybridcal_daemon.domain.values import MINUTE

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft

PATIENCE: Final = 30.0
PATIENCE_WITH_BLOCKS: Final = 10 * MINUTE
_DOUBT: Final = PATIENCE / 3
"""A card in doubt is looked for after this: there is no time to wait until it can no longer arrive."""


def begin(draft: Draft, *, undecorate: bool = False) -> None:
    """From now on only cleaning up. ``undecorate``: our blocks go out of what is to come, and their meetings end.

    It may be asked for a second time, to have that done as well.
    """
    if undecorate and not draft.durable.undecorate:
        draft.keep(undecorate=True)
    if draft.durable.left_at:
        return
    draft.keep(left_at=draft.now, standing=Standing(state="leaving", since=draft.now), troubles=())
    cards.try_at(draft, draft.now)
    errands.drop_all(draft)
    draft.flight.traversal = None


def settle(draft: Draft) -> None:
    """Undo what stands outside; when nothing does, or patience is over, say goodbye."""
    patience = PATIENCE_WITH_BLOCKS if draft.durable.undecorate else PATIENCE
    over = max(draft.durable.left_at, draft.flight.began_at) + patience  # a life that begins late gets its chance too
    if over <= draft.now or not _remains(draft):
        draft.farewell(Goodbye(user=draft.user))
        return
    draft.wake(over)
    doubt = min(draft.settings.card_doubt, _DOUBT)
    draft.settings = replace(draft.settings, push=False, presence=False, card_doubt=doubt)
    channel.settle(draft)
    presence.settle(draft)
    obtp.take_back_all(draft)
    devices.clear_all(draft)
    if draft.durable.undecorate:
        _undecorate(draft)
    if not draft.durable.channels:
        access.give_back(draft)  # last: a channel is stopped by who may see the calendar


def _undecorate(draft: Draft) -> None:
    """The blocks first: nobody is to be told of a meeting that has ended."""
    if decorating.remains(draft):
        decorating.take_out_all(draft)
    else:
        meetings.end_all(draft)


def _remains(draft: Draft) -> bool:
    channels = bool(draft.durable.channels or draft.flight.strays)
    shown = presence.due_for_clearing(draft) or bool(obtp.outstanding(draft)) or devices.outstanding(draft)
    return channels or shown or access.to_return(draft) or _is_decorated(draft)


def _is_decorated(draft: Draft) -> bool:
    return draft.durable.undecorate and bool(decorating.remains(draft) or meetings.outstanding(draft))
