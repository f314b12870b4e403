"""A room's calendar: the acting account gets access to it, and gives it back.

Owns: the access rule of one room's calendar (google.md A.1, 10 and 11).
Promises: a rule is stored as being made before it is made; only a rule that we made is ever taken back, and one that
was there before with a lesser role gets that role back; a rule that somebody else took away is not made again unless
an admin asks for it, and meanwhile the room is not read; without an account for rooms nothing is asked at all.
Does not: know any account (``work/rooms.py`` does).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import backoff, sync
from hybridcal_daemon.domain.calls import CheckAccess, GrantAccess, Priority, ReturnAccess
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.state import Access, Standing
from hybridcal_daemon.domain.values import DAY, HOUR, Instant

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.messages import AccessChecked, AccessGranted, AccessReturned, CallFailed

ACCESS: Final = "access"
OFF: Final = "google-rooms-off"
LOST: Final = "room-access-lost"
_CHECK: Final = f"{ACCESS}:check"
_GRANT: Final = f"{ACCESS}:grant"
_RETURN: Final = f"{ACCESS}:return"
_ENOUGH: Final = frozenset({"writer", "owner"})
_NO_ROLE: Final = frozenset({"", "none"})
_YOUNG: Final = 3
"""Google refuses an owner now and then right after a calendar was made: it is asked again so often."""
_STANDING: Final = frozenset({Kind.USER, Kind.CONFIG, Kind.NOT_FOUND, Kind.REFUSED, Kind.INVALID})
_AGAIN: Final = frozenset({Kind.TRANSIENT, Kind.THROTTLED, Kind.SEALED})
_SAID: Final = {"google-read-only": "room-not-owned", "google-not-found": "room-not-found"}
"""What refusals about events mean when they are about access rules."""


def ready(draft: Draft) -> bool:
    """Say whether the calendar may be read: the account that acts now has access, as far as we know."""
    acting, trouble = draft.settings.acting, draft.trouble(ACCESS)
    mine = acting != "" and draft.durable.access.account == acting
    return mine and _has(draft) and (trouble is None or trouble.code != LOST)


def _has(draft: Draft) -> bool:
    return draft.durable.access.state in {"found", "granted"}


def settle(draft: Draft) -> None:
    """Look whether access is there, daily and once the calendar is out of sight; ask for it where it never was."""
    if not draft.settings.acting:
        _off(draft)
        return
    _on_again(draft)
    if any(draft.flying(what) for what in (_CHECK, _GRANT, _RETURN)) or draft.blocked(ACCESS):
        return
    access = draft.durable.access
    if access.account not in {"", draft.settings.acting}:
        _hand_over(draft)
    elif access.state == "granting":
        _grant(draft)
    elif access.state == "unknown":
        _check(draft)
    else:
        _check_if_due(draft)


def _off(draft: Draft) -> None:
    """No account acts for rooms: nothing is asked, and what is stored stays as it is."""
    trouble = draft.trouble(ACCESS)
    if trouble is None or trouble.code != OFF or not draft.blocked(ACCESS):
        draft.pause(ACCESS, DAY, OFF)
    draft.stand(Standing(state="error", code=OFF, since=draft.now))


def _on_again(draft: Draft) -> None:
    trouble = draft.trouble(ACCESS)
    if trouble is not None and trouble.code == OFF:
        draft.well(ACCESS)
        _look_at_once(draft)


def _look_at_once(draft: Draft) -> None:
    """The calendar may be in sight again: do not wait for the next list."""
    sync.try_now(draft)
    sync.mark_dirty(draft, pushed=False)


def _hand_over(draft: Draft) -> None:
    """Another account acts now: the old one's rule is taken away, then the new one begins like the first."""
    if draft.durable.access.rule is None:
        draft.keep(access=Access())
        _check(draft)
    else:
        give_back(draft)


def _check_if_due(draft: Draft) -> None:
    due = Instant(draft.durable.access.checked_at + _interval(draft))
    if due > draft.now and not _is_out_of_sight(draft):
        draft.wake(due)
    else:
        _check(draft)


def _is_out_of_sight(draft: Draft) -> bool:
    """Say whether the calendar is not to be found since the last look; most likely somebody took the access away."""
    standing = draft.durable.standing
    return standing.code == "google-not-found" and draft.durable.access.checked_at < standing.since


def _interval(draft: Draft) -> float:
    out_of_sight = draft.durable.standing.state == "error"
    return HOUR if out_of_sight else backoff.jittered(DAY, draft.user, ACCESS)


def _check(draft: Draft) -> None:
    draft.submit("google", Priority.NORMAL, _CHECK, lambda rid: CheckAccess(request_id=rid, user=draft.user))


def _grant(draft: Draft) -> None:
    draft.submit(
        "google", Priority.NORMAL, _GRANT, lambda rid: GrantAccess(request_id=rid, user=draft.user), after_save=True
    )


def checked(draft: Draft, answer: AccessChecked) -> None:
    """The present role is known: enough, none yet, or none any more."""
    access = replace(draft.durable.access, checked_at=draft.now, account=draft.settings.acting)
    draft.well(ACCESS)
    if answer.role in _ENOUGH:
        draft.keep(access=access if _has(draft) else replace(access, state="found"))
        if draft.durable.standing.state == "error":
            _look_at_once(draft)
    elif not _has(draft):
        before = "" if answer.role in _NO_ROLE else answer.role
        draft.keep(access=replace(access, state="granting", before=before))
    else:
        draft.keep(access=access)
        _lost(draft)


def _lost(draft: Draft) -> None:
    """Somebody took the access away; that is respected."""
    draft.pause(ACCESS, HOUR, LOST)
    draft.stand(Standing(state="error", code=LOST, since=draft.now))


def try_anew(draft: Draft) -> None:
    """An admin asks for the room again: access that was lost is asked for like the first time."""
    trouble = draft.trouble(ACCESS)
    if trouble is None:
        return
    draft.well(ACCESS)
    if trouble.code == LOST:
        draft.keep(access=Access())


def forget_look(draft: Draft) -> None:
    """Settings changed: a look that is under way may have been at the access of another account."""
    calls = draft.flight.calls
    for request_id in [request_id for request_id, pending in calls.items() if pending.what == _CHECK]:
        del calls[request_id]


def granted(draft: Draft, answer: AccessGranted) -> None:
    """The rule stands, and is ours."""
    draft.well(ACCESS)
    draft.keep(access=replace(draft.durable.access, state="granted", rule=answer.rule, checked_at=draft.now))
    draft.note("room.access-granted")
    _look_at_once(draft)


def failed(draft: Draft, what: str, failure: CallFailed) -> None:
    """Try again later; what an admin has to act on is shown."""
    trouble = draft.trouble(ACCESS)
    failure = replace(failure, code=_SAID.get(failure.code, failure.code))
    if failure.kind is Kind.REFUSED and (trouble is None or trouble.failures < _YOUNG):
        failure = replace(failure, kind=Kind.TRANSIENT)
    draft.failed(ACCESS, failure)
    if what != "return":
        if failure.kind in _STANDING:
            draft.stand(Standing(state="error", code=failure.code, since=draft.now))
    elif failure.kind not in _AGAIN and not draft.durable.left_at:
        draft.well(ACCESS)
        draft.keep(access=Access())  # the new account must not wait for a rule that nobody lets us take away


# ---- at the end


def to_return(draft: Draft) -> bool:
    """Say whether a rule of ours stands, or may."""
    return draft.durable.access.state in {"granting", "granted"}


def give_back(draft: Draft) -> None:
    """Take away the rule that we made."""
    if to_return(draft) and not draft.flying(_RETURN) and not draft.blocked(ACCESS):
        access = draft.durable.access
        draft.submit(
            "google",
            Priority.NORMAL,
            _RETURN,
            lambda rid: ReturnAccess(request_id=rid, user=draft.user, rule=access.rule, before=access.before),
        )


def returned(draft: Draft, _answer: AccessReturned) -> None:
    """The rule is gone."""
    draft.well(ACCESS)
    draft.keep(access=Access())
    draft.note("room.access-returned")
