"""The person's language and time zone as Google Calendar knows them.

Owns: when to read them. Promises: once a day at most, never before the first list, for the first time at an hour of the
calendar's own within a day of it, so that many who are activated together are not asked about together, or as soon as
something is to be written in the person's language; a scope that an admin did not grant costs only this, and one
request a day.
Does not: translate anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import backoff, languages
from hybridcal_daemon.domain.calls import Priority, ReadProfile
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.state import Profile
from hybridcal_daemon.domain.values import DAY, Instant

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.messages import CallFailed, ProfileRead

PROFILE: Final = "profile"
_LATER: Final = 0.25
"""Up to this part of the interval it is read later, so that it wanders through the day."""
_PATIENCE: Final = 3
"""How often reading may fail before nobody waits for it any more."""
_REST: Final = frozenset({Kind.CONFIG, Kind.REFUSED, Kind.USER, Kind.INVALID, Kind.NOT_FOUND})


def settle(draft: Draft) -> None:
    """Read them when they are old."""
    if draft.durable.standing.state != "active" or not draft.durable.synced_at:
        return
    due = _due(draft)
    if due > draft.now:
        draft.wake(due)
    elif not draft.flying(PROFILE) and not draft.blocked(PROFILE):
        draft.submit("google", Priority.BULK, PROFILE, lambda rid: ReadProfile(request_id=rid, user=draft.user))


def awaited(draft: Draft) -> bool:
    """Say whether the language is not known yet but soon will be; it is asked for at once if nobody did.

    Who waits need not wait for long: what only an admin can cure is not waited for, nor what failed a few times.
    """
    if draft.durable.profile.read_at:
        return False
    if draft.flying(PROFILE):
        return True
    trouble = draft.trouble(PROFILE)
    if trouble is not None and (trouble.kind in _REST or trouble.failures >= _PATIENCE):
        return False
    if not draft.blocked(PROFILE):
        draft.submit("google", Priority.LIVE, PROFILE, lambda rid: ReadProfile(request_id=rid, user=draft.user))
    return True


def spoken(draft: Draft) -> str:
    """Give the language in which the bot speaks to this person."""
    return draft.settings.card_language or languages.language_of(draft.durable.profile.locale)


def _due(draft: Draft) -> Instant:
    interval, read_at = draft.settings.profile_interval, draft.durable.profile.read_at
    if not read_at:
        return Instant(draft.durable.standing.since + interval * backoff.spread(draft.user, PROFILE))
    return Instant(read_at + interval * (1.0 + _LATER * backoff.spread(draft.user, f"{PROFILE}{read_at}")))


def read(draft: Draft, answer: ProfileRead) -> None:
    """Known now."""
    draft.keep(profile=Profile(locale=answer.locale, timezone=answer.timezone, read_at=draft.now))
    draft.well(PROFILE)


def failed(draft: Draft, failure: CallFailed) -> None:
    """Try again later; what only an admin can cure rests for a day or until the configuration is reloaded."""
    if failure.kind in _REST:
        draft.note_failure(PROFILE, failure)
        draft.pause(PROFILE, DAY * (1.0 + _LATER * backoff.spread(draft.user, PROFILE)), failure.code)
    else:
        draft.failed(PROFILE, failure)
