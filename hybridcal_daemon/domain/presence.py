"""Out of office in Webex while Gmail's vacation responder is on.

Owns: when to read the responder, whether the person is away now, setting, renewing and clearing the presence.
Promises: the responder's own bounds are kept to the second without a request; the presence is given a short life and
renewed before it ends, so that a dead daemon heals by itself; only what we set, or may have set, is cleared
(features.md c5, webex.md B).
Does not: see the reply text (only flag and bounds are asked for).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import backoff
from hybridcal_daemon.domain.calls import Priority, ReadVacation, SetPresence
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.state import Presence, Vacation
from hybridcal_daemon.domain.values import DAY, Instant

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.messages import CallFailed, PresenceSet, VacationRead

VACATION: Final = "vacation"
PRESENCE: Final = "presence"
_SET: Final = f"{PRESENCE}:set"
_CLEAR: Final = f"{PRESENCE}:clear"
_STALE: Final = DAY
"""An answer of Gmail older than this is not believed any more."""
_RENEW: Final = 0.5


def away(vacation: Vacation, now: Instant) -> bool:
    """Flag and bounds; the flag alone does not say when it ends (google.md H)."""
    started = vacation.start is None or vacation.start <= now
    ended = vacation.end is not None and vacation.end <= now
    return vacation.enabled and started and not ended and now - vacation.read_at < _STALE


def wanted(draft: Draft) -> bool:
    """True when Webex should say out of office now."""
    return draft.settings.presence and not draft.durable.left_at and away(draft.durable.vacation, draft.now)


def due_for_clearing(draft: Draft) -> bool:
    """True while an out-of-office of ours stands, or may stand because nobody confirmed it."""
    held = draft.durable.presence
    return bool(draft.durable.person_id) and max(held.until, held.asked, held.doubt) > draft.now


def settle(draft: Draft) -> None:
    """Read the responder when it is time, and make Webex say what is true."""
    if draft.settings.presence and draft.durable.standing.state == "active":
        _read(draft)
    _wake_at_bounds(draft)
    if not draft.durable.person_id or draft.flying(_SET) or draft.flying(_CLEAR) or draft.blocked(PRESENCE):
        return
    if wanted(draft):
        _renew(draft)
    elif due_for_clearing(draft):
        _say(draft, ooo=False, ttl=0)


def _read(draft: Draft) -> None:
    interval = backoff.jittered(draft.settings.vacation_interval, draft.user, f"vac{draft.durable.vacation.read_at}")
    due = draft.durable.vacation.read_at + interval
    if due > draft.now:
        draft.wake(due)
    elif not draft.flying(VACATION) and not draft.blocked(VACATION):
        draft.submit("google", Priority.BULK, VACATION, lambda rid: ReadVacation(request_id=rid, user=draft.user))


def _wake_at_bounds(draft: Draft) -> None:
    vacation = draft.durable.vacation
    for bound in (vacation.start, vacation.end):
        if vacation.enabled and bound is not None and bound > draft.now:
            draft.wake(bound)


def _renew(draft: Draft) -> None:
    """Set it anew when half of its life is over, or when this life of ours has not said it yet."""
    if draft.flight.presence_said and _lasts(draft):
        return
    ttl, held = _ttl(draft), draft.durable.presence
    doubt = max(held.doubt, held.asked)  # asked for in an earlier life, never answered
    draft.keep(presence=replace(held, asked=Instant(draft.now + ttl), doubt=doubt))
    _say(draft, ooo=True, ttl=ttl)


def _lasts(draft: Draft) -> bool:
    """It stands for long enough: half of its life is left, or it reaches to the responder's own end."""
    held, end = draft.durable.presence, draft.durable.vacation.end
    if end is not None and held.until >= end:
        return True  # woken at the end
    due = held.set_at + _RENEW * (held.until - held.set_at)
    if due > draft.now:
        draft.wake(due)
    return due > draft.now


def _ttl(draft: Draft) -> int:
    """Never longer than the responder itself says, in whole seconds."""
    end = draft.durable.vacation.end
    longest = draft.settings.presence_ttl
    return longest if end is None else max(1, min(longest, int(end - draft.now + 0.999)))


def _say(draft: Draft, *, ooo: bool, ttl: int) -> None:
    draft.submit(
        "webex",
        Priority.NORMAL,
        _SET if ooo else _CLEAR,
        lambda rid: SetPresence(request_id=rid, user=draft.user, person_id=draft.durable.person_id, ooo=ooo, ttl=ttl),
        after_save=True,
    )


def vacation_read(draft: Draft, answer: VacationRead) -> None:
    """What Gmail says."""
    draft.keep(vacation=Vacation(enabled=answer.enabled, start=answer.start, end=answer.end, read_at=draft.now))
    draft.well(VACATION)


def said(draft: Draft, answer: PresenceSet) -> None:
    """Webex knows."""
    draft.flight.presence_said = answer.ooo
    draft.well(PRESENCE)
    if answer.ooo:
        until = draft.durable.presence.asked  # counted from the order: a little early, never late
        draft.keep(presence=Presence(until=until, set_at=Instant(until - answer.ttl)))
        draft.note("presence.set", seconds=answer.ttl)
    else:
        draft.keep(presence=Presence())
        draft.note("presence.cleared")


def failed(draft: Draft, what: str, failure: CallFailed) -> None:
    """Not said: try again as the back-off allows; a refusal rests for a day."""
    draft.flight.presence_said = False
    draft.failed(PRESENCE, failure)
    if what == _SET:
        held = draft.durable.presence
        doubt = max(held.doubt, held.asked) if failure.in_doubt else held.doubt
        draft.keep(presence=replace(held, asked=Instant(0), doubt=doubt))
    if failure.kind is Kind.NOT_FOUND:
        draft.keep(person_id="")  # somebody else by now, perhaps: ask again who it is


def somebody_else(draft: Draft) -> None:
    """The person at Webex is another one: what stands for the former ends by itself, nothing of ours stands here."""
    draft.keep(presence=Presence())
    draft.flight.presence_said = False
