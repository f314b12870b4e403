"""What a refusal of Webex means for a meeting.

Owns: the transitions of one meeting on failed requests. Promises: an answer in doubt never counts as no effect; one
that is refused for good rests for a day or until its event changes; what may be the fault of the rule of a series, or
of a start that went by in the queue, is tried again without it.
Does not: order anything (``meetsteps.py``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import notices, planning, spacing
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.holding import MEETING, add, find, later, put, remove
from hybridcal_daemon.domain.meetrules import rule_of
from hybridcal_daemon.domain.meetsteps import WEBEX_QUOTA
from hybridcal_daemon.domain.state import Meeting
from hybridcal_daemon.domain.values import MINUTE, Instant

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.messages import CallFailed
    from hybridcal_daemon.domain.state import Pending

_FINAL: Final = frozenset({Kind.REFUSED, Kind.INVALID, Kind.NOT_FOUND})
_TOO_LATE: Final = 3
"""Refusals in a row for which a start that has gone by in the queue may be the reason."""


def failed(draft: Draft, tag: str, pending: Pending, failure: CallFailed) -> None:
    """About ``meeting:<tag>``; ``pending.etag`` says what was tried."""
    meeting = find(draft, tag)
    if meeting is None:
        return
    final = failure.kind in _FINAL and not failure.in_doubt
    after = later(draft, meeting, failure)
    match pending.etag:
        case "hold" | "change" if failure.in_doubt:
            put(draft, replace(after, since=draft.now))
        case "hold":
            _not_made(draft, after, failure, final=final)
        case "change" if final and meeting.unwanted:
            put(draft, meeting)  # whatever it was, it can end
        case "change" if final:
            _not_changed(draft, after, failure)
        case "change":
            put(draft, replace(after, since=Instant(0)))  # nothing of it can arrive late
        case "end" if final:
            remove(draft, meeting)  # Webex will not let us delete it: leave it
        case "find" if failure.kind is Kind.NOT_FOUND and meeting.space_id:
            _not_made(draft, after, failure, final=True)  # the space is gone, and it with it
        case _:
            put(draft, after)


def _not_made(draft: Draft, meeting: Meeting, failure: CallFailed, *, final: bool) -> None:
    soon, told = Instant(draft.now + MINUTE), _without_rule(draft, meeting, failure)
    if final and failure.kind is Kind.NOT_FOUND and meeting.space_id:
        put(draft, replace(meeting, state="planned"))
        spacing.lost(draft, meeting.space_tag)
    elif not final:
        put(draft, replace(meeting, state="planned"))
    elif told or _was_too_late(draft, meeting, failure):
        put(draft, replace(meeting, state="planned", asked=told or meeting.asked, retry_at=soon))
    else:
        put(draft, replace(meeting, state="failed"))
        if failure.code == WEBEX_QUOTA:
            notices.plan(draft, meeting.event_id, "host-quota")


def _without_rule(draft: Draft, meeting: Meeting, failure: CallFailed) -> str:
    """What is to be remembered as told when Webex may have refused a series for its rule; '' otherwise."""
    told, fact = planning.decode(meeting.asked), draft.events.get(meeting.event_id)
    was_rule = fact is not None and failure.kind is Kind.INVALID and not told.is_alone and rule_of(fact)
    if fact is None or not was_rule or _was_too_late(draft, meeting, failure):
        return ""
    return planning.without_rule(told, fact).encode()


def _was_too_late(draft: Draft, meeting: Meeting, failure: CallFailed) -> bool:
    """Say whether Webex may have refused because the start had gone by."""
    begun = planning.decode(meeting.asked).begin <= draft.now
    return failure.kind is Kind.INVALID and begun and meeting.failures <= _TOO_LATE


def _not_changed(draft: Draft, meeting: Meeting, failure: CallFailed) -> None:
    """Somebody deleted it at Webex: another one, in the same space. Or Webex refuses: until the event changes again."""
    told = _without_rule(draft, meeting, failure)
    if told:
        put(draft, replace(meeting, asked=told, since=Instant(0), retry_at=Instant(draft.now + MINUTE)))
        return
    if failure.kind is not Kind.NOT_FOUND:
        put(draft, replace(meeting, state="made"))
        return
    remove(draft, meeting)
    anew = Meeting(
        event_id=meeting.event_id, kind=meeting.kind, tag=draft.token(MEETING), state="planned", since=draft.now
    )
    add(
        draft,
        replace(
            anew,
            lasts=meeting.lasts,
            space_id=meeting.space_id,
            space_tag=meeting.space_tag,
            followed=meeting.followed,
            members=meeting.members,
        ),
    )
