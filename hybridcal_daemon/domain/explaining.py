"""Why an event gets join details, a place in the list and a Join card, or does not.

Owns: which reasons (``reasons.py``) hold for an event, and the order in which they count. Promises: pure; no word of
the event, nobody's address: what is told here may be shown to an admin.
Does not: ask Google (``work/errands.py`` does) or change anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import blocks, holding, spacing
from hybridcal_daemon.domain.reasons import REASONS, About
from hybridcal_daemon.domain.recurrence import touches
from hybridcal_daemon.domain.values import AllDay, Instant, Window, as_instant, is_room, served_window, stored_window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.events import EventFact

__all__ = ["REASONS", "About", "Known", "Reason", "Seen", "known", "reasons"]

_FOREVER: Final = 400 * 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is stored about one event and around it. ``room``: a Personal Room is known; ``*_code``: of the catalogue.

    ``settled``: this version of the event was looked at and left alone. ``card``: state of its newest Join card.
    ``of_room``: the calendar is a room's. ``meeting``: state of the event's own Webex meeting, '' for none, and
    ``meeting_code`` its trouble; ``spaces``: somebody may open spaces; ``quota``: no more meetings for this host
    today; ``private_cards``: events that Google marks as private have Join cards.
    """

    fact: EventFact | None
    state: str
    state_code: str
    room: bool
    room_code: str
    write_code: str
    settled: bool
    card: str
    synced_at: Instant
    of_room: bool = False
    meeting: str = ""
    meeting_code: str = ""
    spaces: bool = True
    quota: bool = False
    private_cards: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The event as Google has it now. ``meeting``: people meet in it; ``kept``: a copy that cannot be changed.

    ``keyword_off``: its keyword does nothing here; ``ordinary``: of the default event type; ``external``: somebody of
    another domain organises it.
    """

    fact: EventFact
    meeting: bool
    kept: bool
    keyword_off: bool = False
    ordinary: bool = True
    external: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """``good``: it is as it should be. ``fix`` is '' where there is nothing to do."""

    code: str
    about: About
    good: bool
    means: str
    fix: str


# ---- what is stored


def known(draft: Draft, event_id: str) -> Known:
    """Gather what the actor knows; for an occurrence without a row of its own its series' row counts."""
    durable = draft.durable
    fact = draft.events.get(event_id) or draft.events.get(event_id.rpartition("_")[0])
    own_id = fact.event_id if fact is not None else event_id
    write = draft.trouble(f"decorate:{own_id}") or draft.trouble("decorate")
    room = draft.trouble("room")
    cards = [card for card in durable.cards if card.event_id == own_id]
    held = None if fact is None else holding.meeting_of(draft, fact)
    return Known(
        fact=fact,
        state=durable.standing.state,
        state_code=durable.standing.code,
        room=durable.room is not None,
        room_code=room.code if room is not None else "",
        write_code=write.code if write is not None else "",
        settled=fact is not None and (own_id, blocks.version(draft, fact)) in durable.settled,
        card=cards[-1].state if cards else "",
        synced_at=durable.synced_at,
        of_room=is_room(draft.user),
        meeting=held.state if held is not None else "",
        meeting_code=held.code if held is not None else "",
        spaces=draft.settings.spaces,
        quota=holding.limit_reached(draft),
        private_cards=draft.settings.card_private != "none",
    )


# ---- the reasons


def reasons(seen: Seen | None, stored: Known, now: Instant) -> tuple[Reason, ...]:
    """Say everything that counts, the event itself first; a code that is not in ``REASONS`` is the catalogue's."""
    return tuple(_reason(code, about) for code, about in _codes(seen, stored, now))


def _reason(code: str, about: About) -> Reason:
    kind, good, means, fix = REASONS.get(code, (about, False, "", ""))
    return Reason(code=code, about=kind, good=good, means=means, fix=fix)


def _codes(seen: Seen | None, stored: Known, now: Instant) -> Iterator[tuple[str, About]]:
    if stored.state not in {"active", "pending"}:
        yield stored.state_code or "not-served", "event"
    if seen is None:
        yield "no-such-event", "event"
        return
    if not seen.meeting:
        yield "not-a-meeting", "event"
        return
    over = _is_over(seen.fact, now)
    if over:
        yield "over", "event"
    yield ("organiser" if seen.fact.organiser else "attendee"), "event"
    yield ("details-of-room" if stored.of_room else _details(seen, stored, now, over=over)), "details"
    if _is_not_followed(seen.fact, stored):
        yield "space-not-followed", "details"
    yield _listing(seen.fact, stored, now), "list"
    if not over and not stored.of_room:
        yield _card(seen, stored), "card"


def _is_over(fact: EventFact, now: Instant) -> bool:
    return not touches(fact, Window(start=now, end=Instant(now + _FOREVER))) and as_instant(fact.end) <= now


def _details(seen: Seen, stored: Known, now: Instant, *, over: bool) -> str:
    fact = seen.fact
    if fact.asked is None:
        return _not_asked(seen)
    if fact.has_block:
        return "details-present"
    return _not_ours(seen) or ("over" if over else _outside(fact, stored, now) or _writing(fact, stored))


def _outside(fact: EventFact, stored: Known, now: Instant) -> str:
    """Give the reason of an event that is too far ahead to be read; '' for one in reach, or that has a row anyway."""
    return "details-outside" if stored.fact is None and not touches(fact, stored_window(now)) else ""


def _not_asked(seen: Seen) -> str:
    """Say what becomes of an event that asks for nothing."""
    fact = seen.fact
    if fact.has_block and fact.writable:
        return "details-strange" if fact.unmarked else "details-going"
    if fact.has_block:
        return "details-present"
    return "details-keyword-off" if seen.keyword_off else "details-not-asked"


def _not_ours(seen: Seen) -> str:
    """Give why nothing may be written into an event that asks for it, '' when it may."""
    if seen.fact.foreign_webex:
        return "details-foreign"
    if seen.fact.conference:
        return "details-conference"
    if not seen.fact.organiser:
        return "details-external-organiser" if seen.external else "details-not-organiser"
    if not seen.ordinary:
        return "details-event-type"
    return "details-read-only" if not seen.fact.writable or seen.kept else ""


def _writing(fact: EventFact, stored: Known) -> str:
    """Give what keeps an event from being written that asks for it and is ours to write."""
    if why := _no_room(fact, stored) if fact.asked == "myroom" else _no_meeting(fact, stored):
        return why
    same = stored.fact is not None and stored.fact.etag == fact.etag
    if same and stored.settled:
        return "details-others-room" if fact.by_address else "details-left-alone"
    return stored.write_code or "details-soon"


def _no_room(fact: EventFact, stored: Known) -> str:
    """Give why there is no Personal Room to be written, '' when there is one."""
    if fact.people > blocks.MOST_IN_ROOM:
        return "details-crowded-room"
    if stored.room:
        return ""
    return "details-no-room" if stored.room_code == "webex-no-room" else stored.room_code or "details-room-unknown"


def _no_meeting(fact: EventFact, stored: Known) -> str:
    """Give why there is no meeting to be written, '' when there is one."""
    if stored.meeting == "made":
        return ""
    if fact.asked == "space" and not stored.spaces:
        return "details-no-space-service"
    if fact.asked == "space" and fact.people > spacing.MOST_FOR_SPACE:
        return "details-crowded-space"
    if stored.meeting == "failed":
        return stored.meeting_code or "details-refused"
    return "details-host-quota" if stored.quota else stored.meeting_code or "details-meeting-soon"


def _is_not_followed(fact: EventFact, stored: Known) -> bool:
    """Say whether the space of an event has stopped to follow its guests."""
    return fact.asked == "space" and stored.meeting != "" and fact.people > spacing.MOST_TO_FOLLOW


def _listing(fact: EventFact, stored: Known, now: Instant) -> str:
    if not touches(fact, served_window(now)):
        return "list-outside"
    if stored.fact is None:
        return "list-not-yet"
    return "listed" if fact.etag == stored.fact.etag or fact.event_id != stored.fact.event_id else "list-stale"


def _card(seen: Seen, stored: Known) -> str:
    fact = seen.fact
    if fact.response == "declined":
        return "card-declined"
    if fact.confidential and not stored.private_cards:
        return "card-private"
    if not fact.joinable:
        return "card-no-details" if fact.asked is not None or seen.keyword_off else "card-no-link"
    if isinstance(fact.start, AllDay):
        return "card-all-day"
    if stored.card in {"sending", "sent"}:
        return "card-out"
    return "card-refused" if stored.card == "failed" else "card-later"
