"""How long troubles are remembered.

Owns: forgetting the trouble of an activity that nothing needs any more, and letting one try again at once.
Promises: what an admin reads is a present trouble; a back-off that is running is never shortened by forgetting.
Does not: count failures or choose delays (``backoff.py``), or clear on success (each activity does).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import backoff, blocks, cards, channel, decorating, holding, notices, presence
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.state import Trouble
from hybridcal_daemon.domain.values import HOUR, MINUTE, Instant

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft

_IDLE: Final = HOUR
"""An activity that did not try again for so long after it could have has no use for it any more."""
_WITHIN: Final = 0.5 * MINUTE
"""After a reload all users try again, spread over this time."""
_ADMINS: Final = frozenset({Kind.CONFIG, Kind.REFUSED, Kind.SEALED})


def settle(draft: Draft) -> None:
    """Forget what is not a trouble any more."""
    kept = tuple((name, trouble) for name, trouble in draft.durable.troubles if _is_present(draft, name, trouble))
    if kept != draft.durable.troubles:
        draft.keep(troubles=kept)


def _is_present(draft: Draft, name: str, trouble: Trouble) -> bool:
    activity, _, subject = name.partition(":")
    if trouble.retry_at + _IDLE <= draft.now and not draft.flying(name):
        return False
    match activity:
        case channel.WATCH:
            return draft.settings.push
        case presence.VACATION:
            return draft.settings.presence and draft.settings.presence_vacation
        case presence.PRESENCE:
            return draft.settings.presence or presence.due_for_clearing(draft)
        case decorating.DECORATE if subject:
            fact = draft.events.get(subject)
            return fact is not None and (blocks.asks(fact) or blocks.sheds(fact))
        case _:
            return True


def try_soon(draft: Draft) -> None:
    """Configuration was reloaded: what only an admin could cure may be cured."""
    soon = Instant(draft.now + _WITHIN * backoff.spread(draft.user, "reload"))
    for name, trouble in draft.durable.troubles:
        if trouble.kind in _ADMINS:
            draft.set_trouble(name, replace(trouble, retry_at=min(trouble.retry_at, soon)))
            if name == cards.CARD:
                cards.try_at(draft, soon)
            if name == notices.NOTICE:
                notices.try_at(draft, soon)
            if name == holding.MEETING:
                holding.try_at(draft, soon)


def try_now(draft: Draft, what: str) -> None:
    """Somebody asked for it: do not wait any longer."""
    trouble = draft.trouble(what)
    if trouble is not None:
        draft.set_trouble(what, replace(trouble, retry_at=min(trouble.retry_at, draft.now)))
