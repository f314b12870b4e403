"""What an answer of Webex means for a Join card.

Owns: the transitions of one delivery on its answers: sent, found, deleted, failed.
Promises: an answer in doubt never counts as no effect; an answer to a delivery that is forgotten teaches nothing.
Does not: order anything (``obtp.py`` does).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import backoff
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.state import Card, Trouble
from hybridcal_daemon.domain.values import Instant

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.messages import CallFailed, CardDeleted, CardFound, CardSent

CARD: Final = "card"
FIND: Final = "find"
OUT: Final = frozenset({"sending", "sent", "taking-back"})
"""States in which the person may see the card."""
_FINAL: Final = frozenset({Kind.REFUSED, Kind.INVALID, Kind.NOT_FOUND, Kind.USER})


def find(draft: Draft, key: str) -> Card | None:
    """The delivery with this idempotency key."""
    return next((card for card in draft.durable.cards if card.key == key), None)


def put(draft: Draft, card: Card) -> None:
    """Put a delivery in the place of its last version."""
    if find(draft, card.key) != card:
        draft.keep(cards=tuple(card if c.key == card.key else c for c in draft.durable.cards))


def sent(draft: Draft, answer: CardSent) -> None:
    """It is out."""
    card = find(draft, answer.key)
    if card is not None:
        _out(draft, card, answer.message_id)
        draft.note("card.sent", seconds=round(max(0.0, draft.now - card.since), 3))


def found(draft: Draft, answer: CardFound) -> None:
    """The look-up's answer: it is out after all, or it never arrived."""
    card = find(draft, answer.key)
    if card is None:
        return
    if answer.message_id is None:
        put(draft, replace(card, state="planned", retry_at=Instant(0)))
        draft.note("card.not-found")
    else:
        _out(draft, card, answer.message_id)
        draft.note("card.found")


def _out(draft: Draft, card: Card, message_id: str) -> None:
    draft.well(CARD)
    put(draft, replace(card, state="sent", message_id=message_id, retry_at=Instant(0), failures=0))


def deleted(draft: Draft, answer: CardDeleted) -> None:
    """It is gone from the person's screen."""
    card = find(draft, answer.key)
    if card is not None:
        draft.well(CARD)
        _gone(draft, card)
        draft.note("card.taken-back")


def _gone(draft: Draft, card: Card) -> None:
    over = card.end_at <= draft.now
    put(draft, replace(card, state="over" if over else "taken-back", retry_at=Instant(0), failures=0))


def failed(draft: Draft, key: str, failure: CallFailed) -> None:
    """Not sent or not deleted, or nobody knows: only what surely had no effect is simply repeated."""
    card = find(draft, key)
    if card is None:
        return
    final = failure.kind in _FINAL and not failure.in_doubt
    later = _later(draft, card, failure)
    if card.state == "taking-back" and final:
        _gone(draft, later)  # Webex will not let us delete it: leave it
    elif card.state == "sending" and not failure.in_doubt:
        put(draft, replace(later, state="failed" if final else "planned"))
    elif card.state == "sending":
        doubt = Instant(draft.now + draft.settings.card_doubt)
        put(draft, replace(later, retry_at=max(later.retry_at, doubt)))
    else:
        put(draft, later)


def find_failed(draft: Draft, key: str, failure: CallFailed) -> None:
    """The look-up itself failed: look again later."""
    card = find(draft, key)
    if card is not None:
        put(draft, _later(draft, card, failure))


def try_at(draft: Draft, soon: Instant) -> None:
    """Let what waits for its next attempt not wait longer than until ``soon``."""
    for card in draft.durable.cards:
        if card.retry_at > soon:
            put(draft, replace(card, retry_at=soon))


def _later(draft: Draft, card: Card, failure: CallFailed) -> Card:
    trouble = backoff.after(
        Trouble(failures=card.failures),
        failure.kind,
        failure.code,
        now=draft.now,
        name=card.key,
        retry_after=failure.retry_after,
    )
    if failure.kind is not Kind.INVALID:  # that one is about this card only
        draft.set_trouble(CARD, trouble)
    draft.note_failure(CARD, failure)
    return replace(card, retry_at=trouble.retry_at, failures=trouble.failures)
