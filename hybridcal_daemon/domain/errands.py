"""What somebody asks for over feed or admin socket: events made, answered, deleted; looks into the calendar.

Owns: the errands of one calendar as deliveries of the outbox. Promises: what changes a calendar is on disk before it is
sent, and its outcome before it is told; under one key it is done once, and the same key gets the same answer for a day;
a quick-add, which Google gives no key for, is sent at most once; what is only looked at is not stored; whoever waits is
told in any case.
Does not: know the particulars (they are cells that ``work/errands.py`` opens).
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import access, backoff, explaining, hints, writing
from hybridcal_daemon.domain.calls import Priority, RunErrand
from hybridcal_daemon.domain.effects import ErrandReplied
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.state import Errand, Trouble
from hybridcal_daemon.domain.values import DAY, MINUTE, Instant, Sealed, is_room

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.effects import Kept, Redecorated
    from hybridcal_daemon.domain.messages import CallFailed, ErrandAsked, ErrandDone
    from hybridcal_daemon.domain.values import UserId

ERRAND: Final = "errand"
IN_DOUBT: Final = "errand-in-doubt"
DROPPED: Final = "errand-dropped"
PATIENCE: Final = 15 * MINUTE
"""So long an errand is tried; what nobody waits for any more must not happen hours later."""
KEPT: Final = DAY
MOST: Final = 100
"""Errands of one calendar that are remembered, and ..."""
_MOST_UNDER_WAY: Final = 20
_AT_ONCE: Final = 4
_LOOKS_AT_ONCE: Final = 8
_LOOKS: Final = frozenset({"explain", "free-busy"})
_OVER: Final = frozenset({"done", "failed"})
_CLEAR: Final = frozenset({"errand-undone"})
"""Refusals that say what has become of an earlier attempt; any other leaves its effect as open as it was."""
_AGAIN: Final = frozenset({Kind.TRANSIENT, Kind.THROTTLED, Kind.SEALED, Kind.CONFLICT})
"""What may be well in some minutes; anything else is told at once."""


def is_look(kind: str) -> bool:
    """Say whether an errand of this kind leaves the calendar as it is."""
    return kind in _LOOKS


def event_id_for(user: UserId, key: str, digest: str) -> str:
    """Id of the event that an errand makes: the same for the same key and wish, and nobody else's.

    In base32hex's lower-case letters and digits, as events.insert wants it (RFC 4648 section 7; google.md D).
    """
    return "hc" + hashlib.sha256(f"{user}|{key}|{digest}".encode()).hexdigest()[:40]


# ---- what is heard


def asked(draft: Draft, message: ErrandAsked) -> None:
    """Somebody asks; the same key twice is the same errand."""
    known = find(draft, message.key)
    if draft.durable.left_at:
        draft.effect(_told(draft, message, DROPPED))
    elif is_look(message.kind):
        _look(draft, message)
    elif known is None:
        _enter(draft, message)
    elif known.digest != message.digest:
        draft.effect(_told(draft, message, "key-reused"))
    elif known.state in _OVER:
        _reply(draft, known, draft.durable.version)


def _enter(draft: Draft, message: ErrandAsked) -> None:
    errands = draft.durable.errands
    if sum(errand.state not in _OVER for errand in errands) >= _MOST_UNDER_WAY:
        draft.effect(_told(draft, message, "errand-too-many"))
        return
    new = Errand(
        key=message.key,
        kind=message.kind,
        state="planned",
        since=draft.now,
        event_id=message.event_id,
        ask=message.ask,
        digest=message.digest,
        by=message.by,
    )
    draft.keep(errands=(*_newest(errands, MOST - 1), new))


def _newest(errands: tuple[Errand, ...], most: int) -> tuple[Errand, ...]:
    """Leave out the oldest of those that are over until there are few enough."""
    surplus = max(0, len(errands) - most)
    oldest = [errand.key for errand in errands if errand.state in _OVER][:surplus]
    return tuple(errand for errand in errands if errand.key not in oldest)


def done(draft: Draft, answer: ErrandDone) -> None:
    """It is done."""
    errand = find(draft, answer.key)
    if errand is None:
        _looked(draft, answer.key, "", answer.answer)
        return
    writing.writes_well(draft)
    draft.note("errand.done", kind=errand.kind, seconds=round(max(0.0, draft.now - errand.since), 3))
    _end(draft, replace(errand, state="done", code="", answer=answer.answer))


def failed(draft: Draft, key: str, failure: CallFailed) -> None:
    """Refused, or to be tried again."""
    errand = find(draft, key)
    if errand is None:
        draft.note_failure(ERRAND, failure)
        _looked(draft, key, failure.code, None)
        return
    if not writing.writes_failed(draft, failure):
        draft.note_failure(ERRAND, failure)
    errand = replace(errand, doubt=errand.doubt or failure.in_doubt, code=failure.code, failures=errand.failures + 1)
    if errand.kind == "quick-add" and failure.in_doubt:
        _fail(draft, errand, IN_DOUBT)
    elif failure.kind not in _AGAIN and not failure.in_doubt:
        _fail(draft, errand, IN_DOUBT if errand.doubt and failure.code not in _CLEAR else failure.code)
    else:
        _try_later(draft, errand, failure)


def _try_later(draft: Draft, errand: Errand, failure: CallFailed) -> None:
    """Plan the next attempt; where none would come in time say so now."""
    trouble = backoff.after(
        Trouble(failures=errand.failures - 1),
        Kind.TRANSIENT if failure.in_doubt else failure.kind,
        failure.code,
        now=draft.now,
        name=errand.key,
        retry_after=failure.retry_after,
    )
    if trouble.retry_at >= errand.since + PATIENCE:
        _fail(draft, errand, _why(errand))
    else:
        _put(draft, replace(errand, state="planned", retry_at=trouble.retry_at))


def drop_all(draft: Draft) -> None:
    """The user leaves: nothing more is done, and whoever waits is told."""
    for _, reply in draft.flight.replies:
        draft.effect(reply)
    draft.flight.replies = ()
    for errand in draft.durable.errands:
        if errand.state not in _OVER:
            draft.effect(_outcome(draft, replace(errand, state="failed", code=DROPPED), ended=errand.kind))
    draft.keep(errands=())
    for key, _ in draft.flight.looks:
        _looked(draft, key, DROPPED, None)


# ---- what is due


def settle(draft: Draft) -> None:
    """Send what is due; forget what is long over; tell what is on disk."""
    kept = tuple(errand for errand in draft.durable.errands if not _is_forgotten(errand, draft.now))
    if len(kept) < len(draft.durable.errands):
        draft.keep(errands=kept)
    busy: set[str] = set()
    for errand in draft.durable.errands:
        if errand.state not in _OVER:
            if not draft.flying(_what(errand.key)) and errand.event_id not in busy:
                _advance(draft, errand)
            busy |= {errand.event_id} - {""}  # one after the other where they are about the same event
    _tell(draft)


def _is_forgotten(errand: Errand, now: Instant) -> bool:
    return errand.state in _OVER and errand.since + KEPT <= now


def _advance(draft: Draft, errand: Errand) -> None:
    """The next step of an errand that has no request under way."""
    end = errand.since + PATIENCE
    if errand.state == "sending":  # whoever sent it did not live to hear the answer
        errand = replace(errand, doubt=True)
    if errand.kind == "quick-add" and errand.doubt:
        _fail(draft, errand, IN_DOUBT)
    elif end <= draft.now:
        _fail(draft, errand, _why(errand, draft.trouble(access.ACCESS)))
    elif errand.retry_at > draft.now:
        draft.wake(min(errand.retry_at, end))
    elif writing.writes_blocked(draft):
        _rest(draft, errand, end, writing.WRITES)
    elif is_room(draft.user) and not access.ready(draft):
        _rest(draft, errand, end, access.ACCESS)
    elif _under_way(draft) < _AT_ONCE:
        _send(draft, errand)
    else:
        draft.wake(end)


def _rest(draft: Draft, errand: Errand, end: float, what: str) -> None:
    """Wait for the calendar to take writes; where that lasts longer than anybody waits, say so now."""
    trouble = draft.trouble(what)
    if trouble is not None and trouble.retry_at >= end:
        _fail(draft, errand, IN_DOUBT if errand.doubt else trouble.code)
    else:
        draft.wake(end)


def _why(errand: Errand, closed: Trouble | None = None) -> str:
    """Code of an errand that is given up; ``closed``: why a room's calendar is."""
    return IN_DOUBT if errand.doubt else errand.code or (closed.code if closed is not None else "expired")


def _under_way(draft: Draft) -> int:
    looks = {_what(key) for key, _ in draft.flight.looks}
    flying = (pending.what for pending in draft.flight.calls.values())
    return sum(what.startswith(f"{ERRAND}:") and what not in looks for what in flying)


def _send(draft: Draft, errand: Errand) -> None:
    _put(draft, replace(errand, state="sending"))
    draft.submit(
        "google",
        Priority.LIVE,
        _what(errand.key),
        lambda rid: RunErrand(
            request_id=rid,
            user=draft.user,
            key=errand.key,
            kind=errand.kind,
            event_id=errand.event_id,
            ask=errand.ask or Sealed(b""),
        ),
        after_save=True,
    )


# ---- how it ends


def _fail(draft: Draft, errand: Errand, code: str) -> None:
    draft.note("errand.failed", kind=errand.kind, code=code)
    _end(draft, replace(errand, state="failed", code=code))


def _end(draft: Draft, errand: Errand) -> None:
    """Keep the outcome; tell it when it is on disk; let the next list show what has become of the calendar."""
    errand = replace(errand, ask=None, retry_at=Instant(0))
    _put(draft, errand)
    _reply(draft, errand, draft.durable.version + 1, ended=errand.kind)
    if errand.state == "done" or errand.doubt:
        hints.wanted(draft)


def _reply(draft: Draft, errand: Errand, version: int, *, ended: str = "") -> None:
    draft.flight.replies = (*draft.flight.replies, (version, _outcome(draft, errand, ended=ended)))


def when_kept(draft: Draft, reply: Redecorated | Kept) -> None:
    """Tell the desk as soon as the present state is on disk."""
    draft.flight.replies = (*draft.flight.replies, (draft.due_version(), reply))


def _tell(draft: Draft) -> None:
    ready = [reply for version, reply in draft.flight.replies if version <= draft.flight.saved]
    draft.flight.replies = tuple(pair for pair in draft.flight.replies if pair[0] > draft.flight.saved)
    for reply in ready:
        draft.effect(reply)


def _outcome(draft: Draft, errand: Errand, *, ended: str) -> ErrandReplied:
    return ErrandReplied(
        user=draft.user,
        key=errand.key,
        code=errand.code,
        answer=errand.answer,
        digest=errand.digest,
        ended=ended,
        by=errand.by,
    )


def _told(draft: Draft, message: ErrandAsked, code: str) -> ErrandReplied:
    return ErrandReplied(user=draft.user, key=message.key, code=code, answer=None, digest=message.digest)


# ---- looks


def _look(draft: Draft, message: ErrandAsked) -> None:
    """Ask Google at once, once; whoever asks may ask again."""
    if message.key in dict(draft.flight.looks):
        return
    if len(draft.flight.looks) >= _LOOKS_AT_ONCE:
        draft.effect(_told(draft, message, "errand-too-many"))
        return
    draft.flight.looks = (*draft.flight.looks, (message.key, message.event_id))
    draft.submit(
        "google",
        Priority.LIVE,
        _what(message.key),
        lambda rid: RunErrand(
            request_id=rid,
            user=draft.user,
            key=message.key,
            kind=message.kind,
            event_id=message.event_id,
            ask=message.ask,
        ),
    )


def _looked(draft: Draft, key: str, code: str, answer: Sealed | None) -> None:
    event_id = dict(draft.flight.looks).get(key)
    if event_id is None:
        return
    draft.flight.looks = tuple(pair for pair in draft.flight.looks if pair[0] != key)
    known = explaining.known(draft, event_id) if event_id else None
    draft.effect(ErrandReplied(user=draft.user, key=key, code=code, answer=answer, known=known))


# ---- inner


def rewound(errand: Errand, now: Instant) -> Errand:
    """The clock was set back: nothing was asked for in the future."""
    return replace(errand, since=now, retry_at=min(errand.retry_at, now)) if errand.since > now else errand


def find(draft: Draft, key: str) -> Errand | None:
    """The errand with this key."""
    return next((errand for errand in draft.durable.errands if errand.key == key), None)


def _put(draft: Draft, errand: Errand) -> None:
    """Put an errand in the place of its last version."""
    draft.keep(errands=tuple(errand if each.key == errand.key else each for each in draft.durable.errands))


def _what(key: str) -> str:
    return f"{ERRAND}:{key}"
