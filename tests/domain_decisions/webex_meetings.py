"""Webex meetings and spaces as values: what Webex would answer to one call, and what would stand there afterwards.

It refuses what Webex refuses: starts that have gone by, times outside its limits, rules with several BYMONTHDAY, more
than its quota. The title and the guests come from the stored row, as the workers read them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from hybridcal_daemon.domain.calls import (
    ChangeMeeting,
    EndMeeting,
    FindMeeting,
    FindSpace,
    FollowSpace,
    HoldMeeting,
    OpenSpace,
    Plan,
)
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import (
    CallFailed,
    MeetingEnded,
    MeetingFound,
    MeetingHeld,
    SpaceFollowed,
    SpaceFound,
    SpaceOpened,
)
from hybridcal_daemon.domain.recurrence import expand
from hybridcal_daemon.domain.values import DAY, MINUTE, Sealed, Timed, Window

CALLS = (HoldMeeting, FindMeeting, ChangeMeeting, EndMeeting, OpenSpace, FindSpace, FollowSpace)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One meeting at Webex. ``moved``: of its occurrences, by original start."""

    tag: str
    title: str
    plan: Plan
    space_id: str = ""
    moved: dict = field(default_factory=dict)

    def occurrences(self, window: Window) -> dict[float, tuple[float, float]]:
        """Begin and end of what takes place, by original begin; ``window``: of the originals."""
        plan, length = self.plan, self.plan.end - self.plan.start
        if not plan.recurrence:
            return {plan.start: (plan.start, plan.end)}
        lines, start = (f"RRULE:{plan.recurrence}",), Timed(at=int(plan.start), tz=plan.zone)
        begins = [float(when.at) for when in expand(start, lines, window)]
        pairs = {begin: self.moved.get(begin, (begin, begin + length)) for begin in begins}
        return {begin: pair for begin, pair in pairs.items() if pair is not None}

    def happens(self, window: Window) -> list[tuple[float, float]]:
        """Begin and end of what takes place in a window, by begin."""
        return sorted(pair for pair in self.occurrences(window).values() if window.start <= pair[0] < window.end)


@dataclass
class WebexMeetings:
    """Everything that one organiser, and the integration, have there."""

    number: int = 0
    meetings: dict[str, Standing] = field(default_factory=dict)
    spaces: dict[str, str] = field(default_factory=dict)
    """Space id to tag."""
    shown: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Space id to title and guests."""
    ordered: list[float] = field(default_factory=list)
    quota: int = 100
    refuses: str = "?"
    """A part of rules that Webex does not take."""

    # ---- what people and Webex do

    def delete(self, meeting_id: str) -> None:
        del self.meetings[meeting_id]

    def migrate(self, space_id: str) -> str:
        """The space is another one by its id; its meetings are in that one."""
        self.number += 1
        new = f"space-{self.number}"
        self.spaces[new] = self.spaces.pop(space_id)
        if space_id in self.shown:
            self.shown[new] = self.shown.pop(space_id)
        for meeting_id, standing in self.meetings.items():
            if standing.space_id == space_id:
                self.meetings[meeting_id] = replace(standing, space_id=new)
        return new

    def close(self, space_id: str) -> None:
        """Somebody deleted it: its meetings go with it."""
        del self.spaces[space_id]
        self.meetings = {key: each for key, each in self.meetings.items() if each.space_id != space_id}

    # ---- what is true

    def tags(self) -> Counter:
        return Counter(standing.tag for standing in self.meetings.values())

    def of(self, tag: str) -> Standing:
        (found,) = [standing for standing in self.meetings.values() if standing.tag == tag]
        return found

    # ---- what it answers

    def answer(self, call, now: float, rows: dict):  # noqa: PLR0911 - one case for each kind of call
        ids = {"request_id": call.request_id, "user": call.user, "tag": call.tag}
        match call:
            case HoldMeeting():
                return self._hold(call, now, rows, ids)
            case FindMeeting():
                found = [key for key, each in self.meetings.items() if each.tag == call.tag]
                for twin in found[1:]:
                    del self.meetings[twin]
                meeting_id = found[0] if found else None
                return MeetingFound(**ids, meeting_id=meeting_id, join=meeting_id and _join(call.tag, meeting_id))
            case ChangeMeeting():
                return self._change(call, now, rows, ids)
            case EndMeeting():
                self.meetings.pop(call.meeting_id, None)
                return MeetingEnded(**ids)
            case OpenSpace():
                self.number += 1
                space_id = f"space-{self.number}"
                self.spaces[space_id] = call.tag
                return SpaceOpened(**ids, space_id=space_id)
            case FindSpace():
                found = [key for key, tag in self.spaces.items() if tag == call.tag]
                return SpaceFound(**ids, space_id=found[0] if found else None)
            case FollowSpace():
                return self._follow(call, rows, ids)

    def _hold(self, call: HoldMeeting, now, rows, ids):
        self.ordered = [at for at in self.ordered if at > now - DAY] + [now]
        if len(self.ordered) > self.quota:
            return _refused(call, Kind.REFUSED, "webex-meeting-quota")
        if call.space_id and call.space_id not in self.spaces:
            return _refused(call, Kind.NOT_FOUND, "webex-no-space")
        if call.event_id not in rows:
            return _refused(call, Kind.REFUSED, "nothing-to-join")
        if not _is_good(call.plan, now) or self.refuses in call.plan.recurrence:
            return _refused(call, Kind.INVALID, "webex-meeting-refused")
        self.number += 1
        meeting_id = f"meeting-{self.number}"
        assert call.tag not in self.tags(), f"{call.tag} is made twice"
        self.meetings[meeting_id] = Standing(
            tag=call.tag, title=rows[call.event_id].title_digest, plan=call.plan, space_id=call.space_id
        )
        return MeetingHeld(**ids, meeting_id=meeting_id, join=_join(call.tag, meeting_id))

    def _change(self, call: ChangeMeeting, now, rows, ids):
        standing = self.meetings.get(call.meeting_id)
        if standing is None:
            return _refused(call, Kind.NOT_FOUND, "webex-not-found")
        if call.event_id not in rows:
            return _refused(call, Kind.REFUSED, "nothing-to-join")
        if call.whole:
            if not _is_good(call.plan, now) or self.refuses in call.plan.recurrence:
                return _refused(call, Kind.INVALID, "webex-meeting-refused")
            standing = replace(standing, plan=call.plan, title=rows[call.event_id].title_digest)
        told = {one.original: None if one.start is None else (one.start, one.end) for one in call.plan.moved}
        begun = {original: pair for original, pair in standing.moved.items() if original <= now}
        self.meetings[call.meeting_id] = replace(standing, moved={**begun, **told})  # the worker puts back the others
        return MeetingHeld(**ids, meeting_id=call.meeting_id, join=_join(call.tag, call.meeting_id))

    def _follow(self, call: FollowSpace, rows, ids):
        if call.space_id not in self.spaces:
            return _refused(call, Kind.NOT_FOUND, "webex-not-found")
        if call.event_id not in rows:
            return _refused(call, Kind.REFUSED, "nothing-to-join")
        fact = rows[call.event_id]
        self.shown[call.space_id] = (fact.title_digest, fact.guests_digest)
        return SpaceFollowed(**ids, members=Sealed(f"members {call.tag} {fact.guests_digest}".encode()))


def check_written(call, durable) -> None:
    """What has an effect that nobody may have twice is known to whoever comes back after a crash."""
    if isinstance(call, HoldMeeting):
        states = {meeting.tag: meeting.state for meeting in durable.meetings}
        assert states.get(call.tag) == "making", f"{call.tag} is not on disk"
    if isinstance(call, OpenSpace):
        waiting = [one for one in durable.meetings if one.space_tag == call.tag and not one.unwanted]
        assert all(meeting.state == "opening" for meeting in waiting), f"{call.tag} is not on disk"


def _is_good(plan: Plan, now: float) -> bool:
    rule = dict(part.split("=") for part in plan.recurrence.split(";") if part)
    lasts = 10 * MINUTE <= plan.end - plan.start <= DAY - MINUTE
    return plan.start >= now // MINUTE * MINUTE and lasts and "," not in rule.get("BYMONTHDAY", "")


def _join(tag: str, meeting_id: str) -> Sealed:
    return Sealed(f"{tag} {meeting_id}".encode())


def _refused(call, kind: Kind, code: str) -> CallFailed:
    return CallFailed(request_id=call.request_id, user=call.user, kind=kind, code=code)
