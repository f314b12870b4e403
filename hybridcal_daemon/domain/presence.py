"""What Webex shows of a person who is away: out of office, or do not disturb.

Owns: when to read Gmail's vacation responder, setting, renewing and clearing the presence.
Promises: begin and end of what causes it (``absence.py``) are kept to the second without a request; the presence is
given a short life, never beyond that end, and renewed before it is over, so that a dead daemon heals by itself; only
what we set, or may have set, is cleared (features.md c5, webex.md B), and first of all when another status takes its
place. A cloud that refuses is not asked again for a day.
Does not: see the reply text (only flag and bounds are asked for).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import absence, backoff, profile
from hybridcal_daemon.domain.calls import Priority, ReadVacation, SetPresence
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.state import Presence, Vacation
from hybridcal_daemon.domain.values import HOUR, Instant, Window

if TYPE_CHECKING:
    from hybridcal_daemon.domain.absence import Timeline
    from hybridcal_daemon.domain.calls import PresenceStatus
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.messages import CallFailed, PresenceSet, VacationRead

VACATION: Final = "vacation"
PRESENCE: Final = "presence"
_SET: Final = f"{PRESENCE}:set"
_CLEAR: Final = f"{PRESENCE}:clear"
_RENEW: Final = 0.5
_AHEAD: Final = 26 * HOUR
_ENOUGH: Final = 25 * HOUR
"""How far ahead it must be known what is to be shown: longer than any time-to-live that can be set."""
_BLINK: Final = 1.0
"""Webex counts in whole seconds; what ends sooner is not said."""


def wanted(draft: Draft) -> PresenceStatus:
    """What Webex should show now, as far as we have a say; '' for nothing of ours."""
    if not draft.settings.presence or draft.durable.left_at:
        return ""
    return _timeline(draft).at(draft.now)


def due_for_clearing(draft: Draft) -> bool:
    """True while a presence of ours stands, or may stand because nobody confirmed it."""
    held = draft.durable.presence
    return bool(draft.durable.person_id) and max(held.until, held.asked, held.doubt) > draft.now


def settle(draft: Draft) -> None:
    """Read the responder when it is time, and make Webex say what is true."""
    if draft.settings.presence and draft.durable.standing.state == "active":
        _read(draft)
        _wake_for_change(draft)
    if not draft.durable.person_id or draft.flying(_SET) or draft.flying(_CLEAR) or draft.blocked(PRESENCE):
        return
    status, stands = wanted(draft), due_for_clearing(draft)
    if status and (not stands or draft.durable.presence.status == status):
        _renew(draft, status)
    elif stands:
        _say(draft, "", ttl=0)


def _timeline(draft: Draft) -> Timeline:
    """What is to be shown from when on; worked out anew when something of it changed, and every hour."""
    statuses, zone = absence.shown(draft.settings), draft.durable.profile.timezone
    spans = absence.of_vacation(draft.durable.vacation)
    origin = (tuple(spans), tuple(statuses.items()), zone)
    line, now = draft.flight.absences, draft.now
    if line is None or line.origin != origin or not now + _ENOUGH < line.until <= now + _AHEAD:
        window, kinds = Window(start=now, end=Instant(now + _AHEAD)), frozenset(statuses)
        spans += absence.of_events(draft.events.values(), kinds, zone, window)
        line = absence.timeline(spans, statuses, until=window.end, origin=origin)
        line = replace(line, zoned=absence.lasts_days(draft.events.values(), kinds))
        draft.flight.absences = line
    return line


def _wake_for_change(draft: Draft) -> None:
    line = _timeline(draft)
    if line.zoned:
        profile.awaited(draft)  # asks for the time zone if it is not known
    draft.wake(line.changes(draft.now) or line.until - _ENOUGH)


def _read(draft: Draft) -> None:
    if not draft.settings.presence_vacation:
        return
    interval = backoff.jittered(draft.settings.vacation_interval, draft.user, f"vac{draft.durable.vacation.read_at}")
    due = draft.durable.vacation.read_at + interval
    if due > draft.now:
        draft.wake(due)
    elif not draft.flying(VACATION) and not draft.blocked(VACATION):
        draft.submit("google", Priority.BULK, VACATION, lambda rid: ReadVacation(request_id=rid, user=draft.user))


def _renew(draft: Draft, status: PresenceStatus) -> None:
    """Set it anew when half of its life is over, or when this life of ours has not said it yet."""
    if draft.flight.presence_said and _lasts(draft):
        return
    ttl, held = _ttl(draft), draft.durable.presence
    if ttl < _BLINK:
        return  # woken at the end
    doubt = max(held.doubt, held.asked)  # asked for in an earlier life, never answered
    draft.keep(presence=replace(held, asked=Instant(draft.now + ttl), doubt=doubt, status=status))
    _say(draft, status, ttl=ttl)


def _lasts(draft: Draft) -> bool:
    """It stands for long enough: half of its life is left, or it reaches to the end of what causes it."""
    held, end = draft.durable.presence, _timeline(draft).changes(draft.now)
    if end is not None and held.until > end - _BLINK:
        return held.until <= end + _BLINK  # woken at the end; or that was moved, and it would outlive it
    due = held.set_at + _RENEW * (held.until - held.set_at)
    if due > draft.now:
        draft.wake(due)
    return due > draft.now


def _ttl(draft: Draft) -> int:
    """Never longer than what causes it lasts, in whole seconds."""
    end = _timeline(draft).changes(draft.now)
    longest = draft.settings.presence_ttl
    return longest if end is None else min(longest, int(end - draft.now))


def _say(draft: Draft, status: PresenceStatus, *, ttl: int) -> None:
    draft.submit(
        "webex",
        Priority.NORMAL,
        _SET if status else _CLEAR,
        lambda rid: SetPresence(
            request_id=rid, user=draft.user, person_id=draft.durable.person_id, status=status, ttl=ttl
        ),
        after_save=True,
    )


def vacation_read(draft: Draft, answer: VacationRead) -> None:
    """What Gmail says."""
    draft.keep(vacation=Vacation(enabled=answer.enabled, start=answer.start, end=answer.end, read_at=draft.now))
    draft.well(VACATION)


def said(draft: Draft, answer: PresenceSet) -> None:
    """Webex knows."""
    draft.flight.presence_said = bool(answer.status)
    draft.well(PRESENCE)
    if answer.status:
        draft.keep(presence=_standing(draft, answer))
        draft.note("presence.set", status=answer.status, seconds=answer.ttl)
    else:
        draft.keep(presence=Presence())
        draft.note("presence.cleared")


def _standing(draft: Draft, answer: PresenceSet) -> Presence:
    """It counts from when Webex heard of it: not before the order, and not after the answer.

    For renewals the order counts, a little early and never late. Where a long time lay between the two it may stand
    longer than wanted: it is in doubt, and cleared at the end.
    """
    until, latest = draft.durable.presence.asked, Instant(draft.now + answer.ttl)
    doubt = latest if latest > until + _BLINK else Instant(0)
    return Presence(until=until, set_at=Instant(until - answer.ttl), doubt=doubt, status=answer.status)


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
