"""Join cards (One Button To Push in the app): one per join moment, taken back when the moment is gone.

Owns: which cards should be out now, the life of each delivery, what an unanswered one means.
Promises: a delivery is on disk before its request leaves; one whose answer never came is looked for before anything is
sent again; the same (event, instance, start, way to join) never has two cards at a time.
Does not: read the clock or render a card.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import backoff
from hybridcal_daemon.domain.calls import DeleteCard, FindCard, Priority, SendCard
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.moments import Moment, join_moments
from hybridcal_daemon.domain.state import Card, Trouble
from hybridcal_daemon.domain.values import DAY, HOUR, Instant

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.messages import CallFailed, CardDeleted, CardFound, CardSent

CARD: Final = "card"
FIND: Final = "find"
_HORIZON: Final = 26 * HOUR
_FRESH: Final = 25 * HOUR
_REMEMBER: Final = DAY
_SKEW: Final = 120.0
"""How far Webex's clock may be from ours when a card is looked for by its creation time."""
_FINAL: Final = frozenset({Kind.REFUSED, Kind.INVALID, Kind.NOT_FOUND, Kind.USER})


def settle(draft: Draft) -> None:
    """Plan what is due, take back what is not wanted, forget what is long over."""
    _work_out_moments(draft)
    _forget(draft)
    wanted = {m.key: m for m in draft.flight.moments if m.due <= draft.now < m.end_at}
    _plan(draft, wanted)
    for card in draft.durable.cards:
        _advance(draft, card, wanted=card.base in wanted)
    _wake_for_next(draft)


def _work_out_moments(draft: Draft) -> None:
    if draft.flight.moments_until > draft.now:
        return
    facts = tuple(draft.events.values())
    draft.flight.moments = tuple(join_moments(facts, draft.now, draft.settings.join_lead, _HORIZON))
    draft.flight.moments_until = Instant(draft.now + min(HOUR, _FRESH))


def _forget(draft: Draft) -> None:
    kept = tuple(c for c in draft.durable.cards if not _forgotten(c, draft.now))
    if kept != draft.durable.cards:
        draft.keep(cards=kept)


def _forgotten(card: Card, now: Instant) -> bool:
    return card.state in {"taken-back", "failed"} and card.end_at + _REMEMBER <= now


def _plan(draft: Draft, wanted: dict[str, Moment]) -> None:
    """A card for each moment that has none: the newest delivery of a moment counts."""
    latest: dict[str, Card] = {}
    for card in draft.durable.cards:
        if card.base not in latest or card.generation > latest[card.base].generation:
            latest[card.base] = card
    new = []
    for base, moment in wanted.items():
        last = latest.get(base)
        if last is None or last.state == "taken-back":
            new.append(_card(moment, 0 if last is None else last.generation + 1, draft.now))
    if new:
        draft.keep(cards=(*draft.durable.cards, *new))


def _card(moment: Moment, generation: int, now: Instant) -> Card:
    return Card(
        base=moment.key,
        generation=generation,
        event_id=moment.event_id,
        start=moment.start,
        end_at=moment.end_at,
        state="planned",
        since=now,
    )


def _advance(draft: Draft, card: Card, *, wanted: bool) -> None:
    """The next step of one delivery, if it is time for one."""
    if draft.flying(f"{CARD}:{card.key}") or draft.flying(f"{FIND}:{card.key}"):
        return
    if card.retry_at > draft.now:
        draft.wake(card.retry_at)
    elif card.state == "planned":
        _send(draft, card) if wanted else _set(draft, replace(card, state="taken-back"))
    elif card.state == "sending":
        _look_for(draft, card)
    elif card.state == "sent" and not wanted:
        _take_back(draft, card)


def _send(draft: Draft, card: Card) -> None:
    sending = replace(card, state="sending", since=draft.now)
    _set(draft, sending)
    draft.submit(
        "webex",
        Priority.JOIN,
        f"{CARD}:{card.key}",
        lambda rid: SendCard(request_id=rid, user=draft.user, key=card.key, event_id=card.event_id, start=card.start),
        after_save=True,
    )


def _look_for(draft: Draft, card: Card) -> None:
    """Nobody answered: it may be out. Wait until it can no longer arrive late, then look."""
    safe = max(card.since, draft.flight.began_at) + draft.settings.card_doubt
    if safe > draft.now:
        draft.wake(safe)
        return
    draft.submit(
        "webex",
        Priority.JOIN,
        f"{FIND}:{card.key}",
        lambda rid: FindCard(request_id=rid, user=draft.user, key=card.key, since=Instant(card.since - _SKEW)),
    )


def _take_back(draft: Draft, card: Card) -> None:
    draft.submit(
        "webex",
        Priority.JOIN,
        f"{CARD}:{card.key}",
        lambda rid: DeleteCard(request_id=rid, user=draft.user, key=card.key, message_id=card.message_id),
    )


def sent(draft: Draft, answer: CardSent) -> None:
    """It is out."""
    card = _find(draft, answer.key)
    if card is not None:
        _set(draft, replace(card, state="sent", message_id=answer.message_id, retry_at=Instant(0), failures=0))
        draft.note("card.sent", seconds=round(max(0.0, draft.now - card.since), 3))


def found(draft: Draft, answer: CardFound) -> None:
    """The look-up's answer: it is out after all, or it never arrived."""
    card = _find(draft, answer.key)
    if card is None:
        return
    if answer.message_id is None:
        _set(draft, replace(card, state="planned", retry_at=Instant(0)))
        draft.note("card.not-found")
    else:
        _set(draft, replace(card, state="sent", message_id=answer.message_id, retry_at=Instant(0), failures=0))
        draft.note("card.found")


def deleted(draft: Draft, answer: CardDeleted) -> None:
    """It is gone from the person's screen."""
    card = _find(draft, answer.key)
    if card is not None:
        _set(draft, replace(card, state="taken-back", retry_at=Instant(0)))
        draft.note("card.taken-back")


def failed(draft: Draft, key: str, failure: CallFailed) -> None:
    """Not sent or not deleted, or nobody knows: only what surely had no effect is simply repeated."""
    card = _find(draft, key)
    if card is None:
        return
    final = failure.kind in _FINAL and not failure.in_doubt
    retry = _later(draft, card, failure)
    if card.state == "sending" and not failure.in_doubt:
        retry = replace(retry, state="failed" if final else "planned")
    elif card.state == "sent" and final:
        retry = replace(retry, state="taken-back")  # Webex will not let us delete it: leave it
    _set(draft, retry)


def find_failed(draft: Draft, key: str, failure: CallFailed) -> None:
    """The look-up itself failed: look again later."""
    card = _find(draft, key)
    if card is not None:
        _set(draft, _later(draft, card, failure))


def _later(draft: Draft, card: Card, failure: CallFailed) -> Card:
    trouble = backoff.after(
        Trouble(failures=card.failures),
        failure.kind,
        failure.code,
        now=draft.now,
        name=card.key,
        retry_after=failure.retry_after,
    )
    draft.note("call.failed", what=CARD, kind=failure.kind.value, code=failure.code)
    return replace(card, retry_at=trouble.retry_at, failures=trouble.failures)


def _wake_for_next(draft: Draft) -> None:
    due = [m.due for m in draft.flight.moments if m.due > draft.now]
    ends = [c.end_at for c in draft.durable.cards if c.state in {"sent", "planned"} and c.end_at > draft.now]
    draft.wake(min([*due, *ends, draft.flight.moments_until]))


def outstanding(draft: Draft) -> tuple[Card, ...]:
    """Cards that are out, or may be."""
    return tuple(c for c in draft.durable.cards if c.state in {"sending", "sent"} and c.end_at > draft.now)


def take_back_all(draft: Draft) -> None:
    """For a user who leaves."""
    for card in draft.durable.cards:
        _advance(draft, card, wanted=False)


def _find(draft: Draft, key: str) -> Card | None:
    return next((c for c in draft.durable.cards if c.key == key), None)


def _set(draft: Draft, card: Card) -> None:
    draft.keep(cards=tuple(card if c.key == card.key else c for c in draft.durable.cards))
