"""What the bot tells an organiser about an event that gets no join details, or not all.

Owns: Durable.notices: which notice is due, and the next step of each.
Promises: once for each event (of a series: once for all of it) and reason; on disk before it leaves; after a doubt it
is looked for (``FindCard``) before it is sent again; remembered until the event is gone or over.
The language is the organisation's, else the organiser's, which is read first where it is not known yet.
Does not: decide that there is something to tell, or choose words.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import backoff, profile
from hybridcal_daemon.domain.calls import FindCard, NoticeReason, Priority, SendNotice
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.recurrence import touches
from hybridcal_daemon.domain.state import Notice, Trouble
from hybridcal_daemon.domain.values import DAY, HOUR, Instant, Window

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.messages import CallFailed, CardFound, NoticeSent

NOTICE: Final = "notice"
LIMITS: Final[dict[NoticeReason, int]] = {
    "too-many-for-room": 300,
    "too-many-for-space": 60,
    "too-many-to-follow": 75,
    "host-quota": 100,
    "no-space-service": 0,
}
"""The number that each sentence names (features.md c1.12); of the host's quota the setting counts."""
_AT_ONCE: Final = 2
_LOOK_BACK: Final = HOUR
"""A notice is looked for by its creation time: so far may our clock have been from Webex's when it was sent."""
_FOREVER: Final = 400 * DAY
_REMEMBER: Final = 7 * DAY
_FINAL: Final = frozenset({Kind.REFUSED, Kind.INVALID, Kind.NOT_FOUND, Kind.USER})


def plan(draft: Draft, event_id: str, reason: NoticeReason) -> None:
    """Tell the organiser, unless they were told."""
    if not any(notice.reason == reason and _is_about(draft, notice, event_id) for notice in draft.durable.notices):
        key = draft.token(f"{NOTICE} {event_id} {reason}")
        notice = Notice(key=key, event_id=event_id, reason=reason, state="planned", since=draft.now)
        draft.keep(notices=(*draft.durable.notices, notice))


def _is_about(draft: Draft, notice: Notice, event_id: str) -> bool:
    return notice.event_id == event_id or _series_of(draft, notice.event_id) == _series_of(draft, event_id)


def _series_of(draft: Draft, event_id: str) -> str:
    fact = draft.events.get(event_id)
    return event_id if fact is None else fact.key


def settle(draft: Draft) -> None:
    """Send what is planned, look for what is in doubt, forget what is over."""
    if not draft.durable.notices:
        return
    _forget(draft)
    free = _AT_ONCE - sum(1 for pending in draft.flight.calls.values() if pending.what.startswith(f"{NOTICE}:"))
    for notice in draft.durable.notices:
        if free > 0 and notice.state in {"planned", "sending"}:
            free -= _step(draft, notice)


def _forget(draft: Draft) -> None:
    kept = tuple(notice for notice in draft.durable.notices if _is_to_come(draft, notice))
    if len(kept) < len(draft.durable.notices):
        draft.keep(notices=kept)


def _is_to_come(draft: Draft, notice: Notice) -> bool:
    fact = draft.events.get(notice.event_id)
    window = Window(start=draft.now, end=Instant(draft.now + _FOREVER))
    if draft.flying(f"{NOTICE}:{notice.key}") or (fact is not None and touches(fact, window)):
        return True
    return notice.state != "planned" and notice.since + _REMEMBER > draft.now


def _step(draft: Draft, notice: Notice) -> bool:
    """Give whether a request was ordered."""
    if draft.flying(f"{NOTICE}:{notice.key}"):
        return False
    at = notice.retry_at if notice.state == "planned" else _safe_at(draft, notice)
    if at > draft.now:
        draft.wake(at)
        return False
    if notice.state == "planned" and not draft.settings.card_language and profile.awaited(draft):
        return False
    if notice.state == "planned":
        _send(draft, notice)
    else:
        _look_for(draft, notice)
    return True


def _safe_at(draft: Draft, notice: Notice) -> float:
    """When a notice that nobody answered for can no longer arrive late."""
    return max(notice.retry_at, max(notice.since, draft.flight.began_at) + draft.settings.card_doubt)


def _send(draft: Draft, notice: Notice) -> None:
    put(draft, replace(notice, state="sending", since=draft.now, retry_at=Instant(0)))
    limit = draft.settings.meetings_per_day if notice.reason == "host-quota" else LIMITS[notice.reason]
    draft.submit(
        "webex",
        Priority.NORMAL,
        f"{NOTICE}:{notice.key}",
        lambda rid: SendNotice(
            request_id=rid,
            user=draft.user,
            key=notice.key,
            event_id=notice.event_id,
            reason=notice.reason,
            limit=limit,
            language=profile.spoken(draft),
        ),
        after_save=True,
    )


def _look_for(draft: Draft, notice: Notice) -> None:
    """From now on it is the look-up that fails: a time to retry says so."""
    put(draft, replace(notice, retry_at=max(notice.retry_at, draft.now)))
    since = Instant(min(notice.since, draft.now) - _LOOK_BACK)
    draft.submit(
        "webex",
        Priority.NORMAL,
        f"{NOTICE}:{notice.key}",
        lambda rid: FindCard(request_id=rid, user=draft.user, key=notice.key, since=since),
    )


# ---- answers


def find(draft: Draft, key: str) -> Notice | None:
    """Give the notice with this idempotency key."""
    return next((notice for notice in draft.durable.notices if notice.key == key), None)


def put(draft: Draft, notice: Notice) -> None:
    """Put it in the place of its last version."""
    draft.keep(notices=tuple(notice if other.key == notice.key else other for other in draft.durable.notices))


def sent(draft: Draft, answer: NoticeSent) -> None:
    """The organiser was told."""
    notice = find(draft, answer.key)
    if notice is not None:
        _told(draft, notice)


def _told(draft: Draft, notice: Notice) -> None:
    draft.well(NOTICE)
    put(draft, replace(notice, state="sent", retry_at=Instant(0), failures=0))
    draft.note("notice.sent", reason=notice.reason)


def found(draft: Draft, answer: CardFound) -> None:
    """The look-up's answer: it is out after all, or it never arrived."""
    notice = find(draft, answer.key)
    if notice is None:
        return
    if answer.message_id is not None:
        _told(draft, notice)
    else:
        put(draft, replace(notice, state="planned", retry_at=Instant(0)))


def failed(draft: Draft, key: str, failure: CallFailed) -> None:
    """About ``notice:<key>``: it was not sent, or nobody knows, or it could not be looked for."""
    notice = find(draft, key)
    if notice is None:
        return
    later = _later(draft, notice, failure)
    if notice.retry_at or failure.in_doubt:
        put(draft, later)  # whether it is out is not known
    else:
        final = failure.kind in _FINAL
        put(draft, replace(later, state="failed" if final else "planned"))


def try_at(draft: Draft, soon: Instant) -> None:
    """Let what waits for its next attempt not wait longer than until ``soon``."""
    for notice in draft.durable.notices:
        if notice.retry_at > soon:
            put(draft, replace(notice, retry_at=soon))


def _later(draft: Draft, notice: Notice, failure: CallFailed) -> Notice:
    trouble = backoff.after(
        Trouble(failures=notice.failures),
        failure.kind,
        failure.code,
        now=draft.now,
        name=notice.key,
        retry_after=failure.retry_after,
    )
    if failure.kind is not Kind.INVALID:  # that one is about this notice only
        draft.set_trouble(NOTICE, trouble)
    draft.note_failure(NOTICE, failure)
    return replace(notice, retry_at=trouble.retry_at, failures=trouble.failures)
