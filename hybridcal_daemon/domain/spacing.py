"""Spaces of events that ask for one: opened, found again, kept like the event.

Owns: which space an event's meeting takes place in, opening it, its title and members, the limits on people.
Promises: one space for each ``space_tag``, which is on disk before the request leaves; after a doubt it is looked for
before it is opened; one that migrated is found again by its tag, and all its meetings go on in it; a space is never
deleted. Events with the same one guest share a space, which takes title and members from the first of them; when one
of them gets other guests, it gets a space of its own, so that nobody reads what the two had written. More than 60
people get no space, and members stop following beyond 75 (features.md c1.12, c2.4): in both cases the organiser is
told.
Does not: make the meeting (``meetings.py``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypedDict

from hybridcal_daemon.domain import notices
from hybridcal_daemon.domain.calls import FindSpace, FollowSpace, OpenSpace, Priority
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.holding import AT_ONCE, SPACE, in_space, let_go, put, put_in_space, under_way
from hybridcal_daemon.domain.values import Instant, Sealed

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.events import EventFact
    from hybridcal_daemon.domain.messages import CallFailed, SpaceFollowed, SpaceFound, SpaceOpened
    from hybridcal_daemon.domain.state import Meeting, Pending

MOST_FOR_SPACE: Final = notices.LIMITS["too-many-for-space"]
MOST_TO_FOLLOW: Final = notices.LIMITS["too-many-to-follow"]
_ASKED: Final = "?"
"""In front of ``Meeting.followed`` until Webex confirms it."""
_FINAL: Final = frozenset({Kind.REFUSED.value, Kind.INVALID.value})


class Place(TypedDict):
    """The fields of a meeting that say where it takes place."""

    space_id: str
    space_tag: str
    followed: str
    members: Sealed | None


# ---- which space


def refused(draft: Draft, fact: EventFact) -> bool:
    """Say whether an event can have no space; if so the organiser is told why."""
    if not draft.settings.spaces:
        notices.plan(draft, fact.event_id, "no-space-service")
        return True
    if fact.people > MOST_FOR_SPACE:
        notices.plan(draft, fact.event_id, "too-many-for-space")
        return True
    return False


def place(draft: Draft, fact: EventFact, tag: str) -> Place:
    """The space of a new meeting: one that the same pair has already, else its own, which has to be opened."""
    for other in draft.durable.meetings:
        if fact.people == 1 and _is_of_pair(draft, other, fact.guests_digest):
            return Place(
                space_id=other.space_id, space_tag=other.space_tag, followed=other.followed, members=other.members
            )
    return Place(space_id="", space_tag=tag, followed="", members=None)


def _is_of_pair(draft: Draft, other: Meeting, guests: str) -> bool:
    if other.kind != "space" or other.unwanted or not other.space_tag:
        return False
    fact = draft.events.get(other.event_id)
    return fact is not None and fact.people == 1 and fact.guests_digest == guests and _is_for(other, guests)


def _is_for(meeting: Meeting, guests: str) -> bool:
    """Say whether its space was made for these guests, as far as it was."""
    return not meeting.followed or meeting.followed.rpartition("/")[2] == guests


def fits(draft: Draft, meeting: Meeting, fact: EventFact) -> bool:
    """Say whether a meeting can stay in its space, or go on waiting for one, as its event is now."""
    if not meeting.space_id and fact.people > MOST_FOR_SPACE:
        return False
    return _is_for(meeting, fact.guests_digest) or len(in_space(draft, meeting.space_tag)) == 1


# ---- orders


def advance(draft: Draft, meeting: Meeting) -> None:
    """Open the space of a meeting that has none, or look for one that is in doubt."""
    what = f"{SPACE}:{meeting.space_tag}"
    if in_space(draft, meeting.space_tag)[0] != meeting or draft.flying(what) or draft.blocked(what):
        return
    if under_way(draft) < AT_ONCE:
        if meeting.state == "opening":
            _look_for(draft, meeting, what)
        else:
            _open(draft, meeting, what)


def _open(draft: Draft, meeting: Meeting, what: str) -> None:
    put_in_space(draft, meeting.space_tag, state="opening", since=draft.now)
    draft.submit(
        "webex",
        Priority.LIVE,
        what,
        lambda rid: OpenSpace(request_id=rid, user=draft.user, tag=meeting.space_tag, event_id=meeting.event_id),
        after_save=True,
        etag="open",
    )


def _look_for(draft: Draft, meeting: Meeting, what: str) -> None:
    """After a doubt only when it can no longer be opened late; one that was there (``space_id``) at once."""
    safe = max(meeting.since, draft.flight.began_at) + draft.settings.card_doubt
    if not meeting.space_id and safe > draft.now:
        draft.wake(safe)
        return
    draft.submit(
        "webex",
        Priority.LIVE,
        what,
        lambda rid: FindSpace(request_id=rid, user=draft.user, tag=meeting.space_tag),
        etag="find",
    )


def follow(draft: Draft, meeting: Meeting, fact: EventFact) -> Meeting:
    """Give the space the title and members of its first event, unless it has them; gives the meeting as it is then."""
    wish, what = f"{fact.title_digest}/{fact.guests_digest}", f"{SPACE}:{meeting.space_tag}"
    if meeting.followed == wish or draft.flying(what) or in_space(draft, meeting.space_tag)[0] != meeting:
        return meeting
    if fact.people > MOST_TO_FOLLOW:
        notices.plan(draft, fact.event_id, "too-many-to-follow")
        return meeting
    asked = f"{_ASKED}{wish}"
    _try_what_is_new(draft, what, new=meeting.followed != asked)
    if draft.blocked(what) or _may_arrive_late(draft, meeting) or under_way(draft) >= AT_ONCE:
        return meeting
    put_in_space(draft, meeting.space_tag, followed=asked)
    _order_follow(draft, meeting, what)
    return replace(meeting, followed=asked)


def _may_arrive_late(draft: Draft, meeting: Meeting) -> bool:
    """Say whether one that an earlier life had ordered could still undo what follows it."""
    safe = draft.flight.began_at + draft.settings.card_doubt
    if not meeting.followed.startswith(_ASKED) or safe <= draft.now:
        return False
    draft.wake(safe)
    return True


def _order_follow(draft: Draft, meeting: Meeting, what: str) -> None:
    draft.submit(
        "webex",
        Priority.NORMAL,
        what,
        lambda rid: FollowSpace(
            request_id=rid,
            user=draft.user,
            tag=meeting.space_tag,
            space_id=meeting.space_id,
            event_id=meeting.event_id,
            members=meeting.members,
        ),
        after_save=True,
        etag="follow",
    )


def _try_what_is_new(draft: Draft, what: str, *, new: bool) -> None:
    """What Webex refused for good need not keep other guests waiting."""
    trouble = draft.trouble(what)
    if new and trouble is not None and trouble.kind in _FINAL:
        draft.well(what)


# ---- answers


def opened(draft: Draft, answer: SpaceOpened) -> None:
    """It exists; whoever waited for it goes on."""
    draft.well(f"{SPACE}:{answer.tag}")
    _go_on_in(draft, answer.tag, answer.space_id)
    draft.note("space.opened")


def found(draft: Draft, answer: SpaceFound) -> None:
    """It exists after all, or under another id since it migrated; or it never did, or not any more."""
    draft.well(f"{SPACE}:{answer.tag}")
    known = {meeting.space_id for meeting in in_space(draft, answer.tag)}
    if answer.space_id is None:
        _without(draft, answer.tag)
        return
    _go_on_in(draft, answer.tag, answer.space_id)
    draft.note("space.opened")
    if answer.space_id in known:  # it is there, and all the same Webex says that it is not
        draft.wait(f"{SPACE}:{answer.tag}", Kind.NOT_FOUND, "webex-not-found")


def _go_on_in(draft: Draft, space_tag: str, space_id: str) -> None:
    for meeting in in_space(draft, space_tag):
        there = replace(meeting, space_id=space_id, followed="", code="")
        if meeting.state == "opening":
            there = replace(there, state="made" if meeting.meeting_id else "planned")
        put(draft, there)


def _without(draft: Draft, space_tag: str) -> None:
    """Nothing has this tag: open it, or if it was there, begin anew with all its meetings."""
    for meeting in in_space(draft, space_tag):
        if meeting.space_id:
            let_go(draft, meeting)
        else:
            put(draft, replace(meeting, state="planned"))


def followed(draft: Draft, answer: SpaceFollowed) -> None:
    """Title and members are right."""
    draft.well(f"{SPACE}:{answer.tag}")
    for meeting in in_space(draft, answer.tag):
        put(draft, replace(meeting, followed=meeting.followed.removeprefix(_ASKED), members=answer.members))
    draft.note("space.followed", left_out=answer.left_out)


def lost(draft: Draft, space_tag: str) -> None:
    """Webex does not know the space by its id: look for it."""
    for meeting in in_space(draft, space_tag):
        if meeting.state in {"planned", "made", "failed"}:
            put(draft, replace(meeting, state="opening", since=draft.now))


def failed(draft: Draft, space_tag: str, pending: Pending, failure: CallFailed) -> None:
    """About ``space:<tag>``; ``pending.etag`` says what was tried."""
    if pending.etag == "follow" and failure.kind is Kind.NOT_FOUND:
        draft.note_failure(SPACE, failure)
        lost(draft, space_tag)
        return
    trouble = draft.failed(f"{SPACE}:{space_tag}", failure)
    if failure.in_doubt:
        safe = Instant(draft.now + draft.settings.card_doubt)
        draft.set_trouble(f"{SPACE}:{space_tag}", replace(trouble, retry_at=max(trouble.retry_at, safe)))
    if pending.etag == "open" and failure.in_doubt:
        put_in_space(draft, space_tag, since=Instant(draft.now))
    elif pending.etag == "open":
        put_in_space(draft, space_tag, state="planned", code=failure.code)
