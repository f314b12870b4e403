"""Join cards (One Button To Push in the app): one per join moment, taken back when the moment is gone.

Owns: which cards should be out now, the life of each delivery.
Promises: a delivery is on disk before its request leaves; one whose answer never came is looked for before anything is
sent again; the same (event, instance, start, way to join) never has two cards at a time; a clock that is set back
neither takes a card away nor sends a second one.
Does not: read the clock, render a card, or judge an answer (``cards.py`` does).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import profile
from hybridcal_daemon.domain.calls import DeleteCard, FindCard, Priority, SendCard
from hybridcal_daemon.domain.cards import CARD, FIND, OUT, put
from hybridcal_daemon.domain.moments import Moment, join_moments
from hybridcal_daemon.domain.state import Card
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE, Instant

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft

MOMENTS_FOR: Final = HOUR
"""How long the worked-out moments are used; any change of an event works them out anew."""
_HORIZON: Final = 26 * HOUR
_REMEMBER: Final = DAY
_AT_ONCE: Final = 8
"""Requests for one user's cards under way at a time, so that one crowded calendar keeps nobody else waiting."""
_LOOK_BACK: Final = HOUR
"""A card is looked for by its creation time: so far may our clock have been from Webex's when it was sent."""

_PREPARE: Final = 15 * MINUTE
"""So long before the first card the person's language and time zone are asked for; no card waits for them."""
_FOLLOWING: Final = frozenset({"planned", "sending", "sent", "failed"})
"""States in which a card ends with its meeting, not when it was taken back."""

Moments = dict[str, Moment]


def settle(draft: Draft) -> None:
    """Plan what is due, take back what is not wanted, forget what is long over."""
    moments = _moments(draft)
    _prepare(draft, moments)
    _follow_ends(draft, moments)
    _forget(draft)
    _plan(draft, moments)
    for card in draft.durable.cards:
        _advance(draft, card, moments.get(card.base))
    _wake_for_next(draft)


def take_back_all(draft: Draft) -> None:
    """For a user who leaves."""
    for card in draft.durable.cards:
        _advance(draft, card, None)


def outstanding(draft: Draft) -> tuple[Card, ...]:
    """Cards that are out, or may be."""
    return tuple(card for card in draft.durable.cards if card.state in OUT)


def _moments(draft: Draft) -> Moments:
    """Moments that are not over, due or not, by key."""
    if draft.flight.moments_until <= draft.now:
        facts = tuple(draft.events.values())
        moments = join_moments(facts, draft.now, draft.settings.join_lead, _HORIZON)
        draft.flight.moments = tuple(moment for moment in moments if not _is_kept_back(draft, moment))
        draft.flight.moments_until = Instant(draft.now + MOMENTS_FOR)
    return {moment.key: moment for moment in draft.flight.moments if moment.end_at > draft.now}


def _prepare(draft: Draft, moments: Moments) -> None:
    """Have the person's language and time zone known when the first card is due."""
    if draft.durable.profile.read_at or not moments:
        return
    due = min(moment.due for moment in moments.values()) - _PREPARE
    if due > draft.now:
        draft.wake(due)
    else:
        profile.awaited(draft)


def _is_kept_back(draft: Draft, moment: Moment) -> bool:
    """No card of a confidential event, if that is the rule."""
    return draft.settings.card_private == "none" and draft.events[moment.event_id].confidential


def _follow_ends(draft: Draft, moments: Moments) -> None:
    """A meeting may be made longer or shorter under its card."""
    for card in draft.durable.cards:
        moment = moments.get(card.base)
        if moment is not None and card.end_at != moment.end_at and card.state in _FOLLOWING:
            put(draft, replace(card, end_at=moment.end_at))


def _forget(draft: Draft) -> None:
    kept = tuple(card for card in draft.durable.cards if card.end_at + _REMEMBER > draft.now)
    if len(kept) < len(draft.durable.cards):
        draft.keep(cards=kept)


def _plan(draft: Draft, moments: Moments) -> None:
    """A card for each moment that is due and has none: the newest delivery of a moment counts."""
    latest: dict[str, Card] = {}
    for card in draft.durable.cards:
        if card.base not in latest or card.generation > latest[card.base].generation:
            latest[card.base] = card
    due = (moment for moment in moments.values() if moment.due <= draft.now)
    new = tuple(_card(moment, latest.get(moment.key), draft.now) for moment in due if _is_missing(moment, latest))
    if new:
        draft.keep(cards=(*draft.durable.cards, *new))


def _is_missing(moment: Moment, latest: dict[str, Card]) -> bool:
    last = latest.get(moment.key)
    if last is None or last.state == "taken-back":
        return True
    return last.state == "over" and moment.end_at > last.end_at  # made longer after its end


def _card(moment: Moment, last: Card | None, now: Instant) -> Card:
    return Card(
        base=moment.key,
        generation=0 if last is None else last.generation + 1,
        event_id=moment.event_id,
        start=moment.start,
        end_at=moment.end_at,
        state="planned",
        since=now,
    )


def _advance(draft: Draft, card: Card, moment: Moment | None) -> None:
    """The next step of one delivery, if it is time for one."""
    if draft.flying(f"{CARD}:{card.key}") or draft.flying(f"{FIND}:{card.key}"):
        return
    if moment is None and _is_idle(draft, card):
        put(draft, replace(card, state="taken-back"))
    elif _has_step(draft, card, moment):
        if card.retry_at > draft.now:
            draft.wake(card.retry_at)
        elif _under_way(draft) < _AT_ONCE:
            _step(draft, card)


def _is_idle(draft: Draft, card: Card) -> bool:
    """Nothing of it is out. A refused one gets another chance only when its moment comes again before its end."""
    return card.state == "planned" or (card.state == "failed" and card.end_at > draft.now)


def _has_step(draft: Draft, card: Card, moment: Moment | None) -> bool:
    if card.state == "planned":
        return moment is not None and moment.due <= draft.now
    return card.state in {"sending", "taking-back"} or (card.state == "sent" and moment is None)


def _under_way(draft: Draft) -> int:
    return sum(1 for pending in draft.flight.calls.values() if pending.what.startswith((f"{CARD}:", f"{FIND}:")))


def _step(draft: Draft, card: Card) -> None:
    match card.state:
        case "planned":
            _send(draft, card)
        case "sending":
            _look_for(draft, card)
        case _:
            _take_back(draft, card)


def _send(draft: Draft, card: Card) -> None:
    put(draft, replace(card, state="sending", since=draft.now))
    draft.submit(
        "webex",
        Priority.JOIN,
        f"{CARD}:{card.key}",
        lambda rid: SendCard(
            request_id=rid,
            user=draft.user,
            key=card.key,
            event_id=card.event_id,
            start=card.start,
            language=profile.spoken(draft),
            zone=draft.durable.profile.timezone,
            hide_private=draft.settings.card_private != "show",
        ),
        after_save=True,
    )


def _look_for(draft: Draft, card: Card) -> None:
    """Nobody answered: it may be out. Wait until it can no longer arrive late, then look."""
    safe = max(card.since, draft.flight.began_at) + draft.settings.card_doubt
    if safe > draft.now:
        draft.wake(safe)
        return
    since = Instant(min(card.since, draft.now) - _LOOK_BACK)
    draft.submit(
        "webex",
        Priority.JOIN,
        f"{FIND}:{card.key}",
        lambda rid: FindCard(request_id=rid, user=draft.user, key=card.key, since=since),
    )


def _take_back(draft: Draft, card: Card) -> None:
    put(draft, replace(card, state="taking-back"))
    draft.submit(
        "webex",
        Priority.JOIN,
        f"{CARD}:{card.key}",
        lambda rid: DeleteCard(request_id=rid, user=draft.user, key=card.key, message_id=card.message_id),
        after_save=True,
    )


def _wake_for_next(draft: Draft) -> None:
    due = [moment.due for moment in draft.flight.moments if moment.due > draft.now]
    ends = [card.end_at for card in draft.durable.cards if card.state in {"planned", "sent"}]
    draft.wake(min([*due, *(end for end in ends if end > draft.now), draft.flight.moments_until]))
