"""The next step of one meeting: ordered, changed, looked for, ended.

Owns: which request a meeting needs now, and what is on disk before it leaves.
Promises: no more than a few requests under way for one user; a pause after a failure is kept; an order counts against
the host's day whatever becomes of it.
Does not: say which meetings there should be, or judge an answer (``meetings.py``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import notices, planning, profile, spacing
from hybridcal_daemon.domain.calls import ChangeMeeting, EndMeeting, FindMeeting, HoldMeeting, Priority
from hybridcal_daemon.domain.holding import (
    AT_ONCE,
    MEETING,
    limit_reached,
    may_exist,
    put,
    recent_orders,
    remove,
    under_way,
)
from hybridcal_daemon.domain.values import DAY, MINUTE, AllDay, Instant

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.calls import Call, Plan
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.events import EventFact
    from hybridcal_daemon.domain.state import Meeting
    from hybridcal_daemon.domain.values import RequestId

WEBEX_QUOTA: Final = "webex-meeting-quota"
"""Code of a refusal because the host has had as many meetings made as Webex allows."""

Kin = dict[str, list["EventFact"]]
"""Occurrences with a row of their own, by series."""


def kin_of(draft: Draft) -> Kin:
    """Work out whose occurrences have rows."""
    kin: Kin = {}
    for fact in draft.events.values():
        if fact.series_id is not None:
            kin.setdefault(fact.series_id, []).append(fact)
    return kin


def zone(draft: Draft) -> str:
    """In which zone the organiser's days are days."""
    return draft.durable.profile.timezone


def advance(draft: Draft, meeting: Meeting, kin: Kin) -> None:
    """The next step of one meeting, if it is time for one."""
    if draft.flying(f"{MEETING}:{meeting.tag}"):
        return
    if meeting.unwanted:
        _finish(draft, meeting)
        return
    fact = draft.events.get(meeting.event_id)
    if meeting.lasts <= draft.now:
        if fact is None:
            remove(draft, meeting)
        return
    draft.wake(meeting.lasts)
    if fact is None:
        if meeting.state == "making" and not meeting.meeting_id:
            _if_due(draft, meeting, lambda: _look_for(draft, meeting))
    elif meeting.kind == "space" and (meeting.state == "opening" or not meeting.space_id):
        spacing.advance(draft, meeting)
    else:
        if meeting.kind == "space":
            meeting = spacing.follow(draft, meeting, fact)
        _step(draft, meeting, fact, kin.get(fact.event_id, []))


def _finish(draft: Draft, meeting: Meeting) -> None:
    """It is not wanted. What is over stays at Webex as it was."""
    if not may_exist(meeting) or meeting.lasts <= draft.now:
        remove(draft, meeting)
    elif meeting.meeting_id:
        _if_due(draft, meeting, lambda: _end(draft, meeting))
    else:
        _if_due(draft, meeting, lambda: _look_for(draft, meeting))


def _if_due(draft: Draft, meeting: Meeting, step: Callable[[], None]) -> None:
    if meeting.retry_at > draft.now:
        draft.wake(meeting.retry_at)
    elif under_way(draft) < AT_ONCE:
        step()


def _step(draft: Draft, meeting: Meeting, fact: EventFact, kin: list[EventFact]) -> None:
    match meeting.state:
        case "planned":
            _if_due(draft, meeting, lambda: _hold(draft, meeting, fact, kin))
        case "making" if not meeting.meeting_id:
            _if_due(draft, meeting, lambda: _look_for(draft, meeting))
        case "making":
            _if_due(draft, meeting, lambda: _change_again(draft, meeting, fact, kin))
        case "made":
            _keep_right(draft, meeting, fact, kin)
        case "failed":
            _perhaps_again(draft, meeting, fact, kin)
        case _:
            raise AssertionError(meeting.state)  # one that ends is not wanted, one that waits for its space not here


def _difference(draft: Draft, meeting: Meeting, fact: EventFact, kin: list[EventFact]) -> planning.Difference:
    return planning.difference(planning.decode(meeting.asked), fact, kin, draft.now, zone(draft))


def _keep_right(draft: Draft, meeting: Meeting, fact: EventFact, kin: list[EventFact]) -> None:
    """Does Webex have what the event says? A change that was refused is tried again when the event changes, too."""
    told, different = planning.decode(meeting.asked), _difference(draft, meeting, fact, kin)
    if told.is_alone:
        draft.wake(max(told.end, draft.now + MINUTE))  # then the next occurrence is planned
    if different:
        fresh = replace(meeting, retry_at=Instant(0))
        _if_due(draft, fresh, lambda: _change(draft, meeting, fact, kin, different))
    elif meeting.failures:
        _if_due(draft, meeting, lambda: _change(draft, meeting, fact, kin))


def _perhaps_again(draft: Draft, meeting: Meeting, fact: EventFact, kin: list[EventFact]) -> None:
    """Another version of the event gets another chance at once, the same one after its pause."""
    again = replace(meeting, state="planned")
    if _difference(draft, meeting, fact, kin) == "whole":
        again = replace(again, retry_at=Instant(0), failures=0)
    _if_due(draft, again, lambda: _hold(draft, again, fact, kin))


# ---- requests


def _hold(draft: Draft, meeting: Meeting, fact: EventFact, kin: list[EventFact]) -> None:
    if isinstance(fact.start, AllDay) and profile.awaited(draft):
        return
    if _quota_is_used(draft):
        notices.plan(draft, fact.event_id, "host-quota")
        return
    ordered = planning.plan(fact, kin, draft.now, zone(draft), planning.decode(meeting.asked))
    if ordered is None:
        return
    told = ordered.told._replace(moved=())  # occurrences are set right by a change that follows
    put(draft, replace(meeting, state="making", since=draft.now, asked=told.encode(), code=""))
    draft.keep(held=(*recent_orders(draft), draft.now))
    _submit(
        draft,
        meeting,
        "hold",
        lambda rid: HoldMeeting(
            request_id=rid,
            user=draft.user,
            tag=meeting.tag,
            event_id=meeting.event_id,
            plan=ordered.plan,
            space_id=meeting.space_id,
            site=draft.durable.site,
        ),
    )


def _quota_is_used(draft: Draft) -> bool:
    """Say whether the host has to wait, by our own count or since Webex says so; each refusal counts there, too."""
    trouble = draft.trouble(MEETING)
    if trouble is not None and trouble.code == WEBEX_QUOTA and draft.blocked(MEETING):
        return True
    if limit_reached(draft):
        draft.wake(min(recent_orders(draft), default=draft.now) + DAY)
        return True
    return False


def _look_for(draft: Draft, meeting: Meeting) -> None:
    """Nobody answered: it may stand. Wait until it can no longer be made late, then look where it was to be."""
    if not _is_past_doubt(draft, meeting):
        return
    plan = planning.whole_told(planning.decode(meeting.asked))
    _submit(
        draft,
        meeting,
        "find",
        lambda rid: FindMeeting(request_id=rid, user=draft.user, tag=meeting.tag, plan=plan, space_id=meeting.space_id),
    )


def _change(
    draft: Draft,
    meeting: Meeting,
    fact: EventFact,
    kin: list[EventFact],
    different: planning.Difference = "whole",
) -> None:
    """One that may have been done in part is repeated as a whole."""
    if isinstance(fact.start, AllDay) and profile.awaited(draft):
        return
    ordered = planning.plan(fact, kin, draft.now, zone(draft), planning.decode(meeting.asked))
    if ordered is None:
        return
    plan, told, whole = ordered.plan, ordered.told, different == "whole"
    if not whole:
        plan, told = planning.only_moved(ordered, planning.decode(meeting.asked), fact, kin, draft.now, zone(draft))
    put(draft, replace(meeting, state="making", since=draft.now, asked=told.encode(), retry_at=Instant(0), code=""))
    _order_change(draft, meeting, plan, whole=whole)


def _change_again(draft: Draft, meeting: Meeting, fact: EventFact, kin: list[EventFact]) -> None:
    """One that is not confirmed is repeated, but not before it can no longer arrive late and undo what follows it."""
    if _is_past_doubt(draft, meeting):
        _change(draft, meeting, fact, kin)


def _is_past_doubt(draft: Draft, meeting: Meeting) -> bool:
    """Say whether what was ordered has arrived by now if it ever will; if not, be woken then."""
    safe = max(meeting.since, draft.flight.began_at) + draft.settings.card_doubt
    if safe > draft.now:
        draft.wake(safe)
    return safe <= draft.now


def _order_change(draft: Draft, meeting: Meeting, plan: Plan, *, whole: bool) -> None:
    _submit(
        draft,
        meeting,
        "change",
        lambda rid: ChangeMeeting(
            request_id=rid,
            user=draft.user,
            tag=meeting.tag,
            meeting_id=meeting.meeting_id,
            event_id=meeting.event_id,
            plan=plan,
            whole=whole,
            space_id=meeting.space_id,
        ),
    )


def _end(draft: Draft, meeting: Meeting) -> None:
    put(draft, replace(meeting, state="ending", since=draft.now))
    _submit(
        draft,
        meeting,
        "end",
        lambda rid: EndMeeting(
            request_id=rid,
            user=draft.user,
            tag=meeting.tag,
            meeting_id=meeting.meeting_id,
            space_id=meeting.space_id,
        ),
    )


def _submit(draft: Draft, meeting: Meeting, doing: str, make: Callable[[RequestId], Call]) -> None:
    """Order a request; what it is for stands in ``Pending.etag``, so that a failure is understood."""
    draft.submit("webex", Priority.LIVE, f"{MEETING}:{meeting.tag}", make, after_save=True, etag=doing)
