"""Watch channels: Google's push notifications, an accelerator over polling.

Owns: opening, renewing by overlap and stopping the channels of one calendar.
Promises: a channel's row is on disk before Google hears of it, and stays there until the channel is stopped or over; at
most two channels live at a time; a channel that Google still serves and we no longer want is stopped; where Google
refuses to push, that is remembered for about a week (google.md B.1 to B.3).
Does not: authenticate a push (the receiver does) or rely on one (``sync.py`` polls).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import backoff, sync
from hybridcal_daemon.domain.calls import OpenChannel, Priority, StopChannel
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.state import Channel
from hybridcal_daemon.domain.values import HOUR, MINUTE, Instant

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.messages import CallFailed, ChannelOpened, ChannelStopped, Notified

WATCH: Final = "watch"
STOP: Final = "stop"
_LAST_PART: Final = 0.2
"""A channel is renewed when less than this part of its life is left, staggered by calendar."""
_MOST: Final = 2
_SHORT: Final = 5 * MINUTE
"""A channel granted for less than this (and much less than asked) is not renewed in a loop, but after an hour."""
_FINAL: Final = frozenset({Kind.REFUSED, Kind.INVALID, Kind.NOT_FOUND})
_STOPPED: Final = _FINAL | {Kind.RESYNC}
"""Failures of a stop after which there is nothing to stop: 404, and 410, which elsewhere speaks of sync tokens."""
_LOOK: Final = frozenset({Kind.USER, Kind.NOT_FOUND})
"""Failures that may mean that the calendar itself is out of reach; a list will tell."""
_UNASKED: Final = frozenset({Kind.USER, Kind.CONFIG, Kind.SEALED})
CHANNEL_EXISTS: Final = "google-channel-exists"
UNSUPPORTED: Final = "google-push-unsupported"


def settle(draft: Draft) -> None:
    """Have one good channel if push is on and the calendar is readable; have none that is not wanted."""
    _forget_expired(draft)
    if not draft.settings.push or draft.durable.gone_at:
        _unwant_all(draft)
    elif draft.durable.standing.state == "active" or _is_new(draft):
        _open_if_needed(draft)
    _stop_unwanted(draft)


def _is_new(draft: Draft) -> bool:
    """Before its first list, as long as that was not refused: what changes from then on is pushed (``sync.py``)."""
    return draft.durable.standing.state == "pending" and draft.trouble(sync.LIST) is None


def _forget_expired(draft: Draft) -> None:
    alive = tuple(c for c in draft.durable.channels if not 0 < c.expires_at <= draft.now)
    if alive != draft.durable.channels:
        draft.keep(channels=alive)


def _unwant_all(draft: Draft) -> None:
    for channel in draft.durable.channels:
        if channel.state == "open":
            _replace(draft, replace(channel, state="stopping"))
        elif channel.state == "creating" and not draft.flying(f"{WATCH}:{channel.channel_id}"):
            _abandon(draft, channel)


def _open_if_needed(draft: Draft) -> None:
    creating = next((c for c in draft.durable.channels if c.state == "creating"), None)
    if creating is not None:
        _open_again(draft, creating)
        return
    renew_at = max((_renew_at(draft, c) for c in draft.durable.channels if c.state == "open"), default=Instant(0))
    if renew_at > draft.now:
        draft.wake(renew_at)
    elif not draft.blocked(WATCH) and len(draft.durable.channels) < _MOST:
        # a third one must not come to life: first the unwanted one has to go, and its answer wakes us
        channel_id = f"{draft.user}-{draft.token('channel')}"
        _open(draft, Channel(channel_id=channel_id, state="creating", asked_at=draft.now))


def _renew_at(draft: Draft, channel: Channel) -> Instant:
    """In the last part of the life that was granted, which may be shorter than what was asked for."""
    last_part = _LAST_PART * (0.5 + 0.5 * backoff.spread(draft.user, "renew"))
    return Instant(channel.expires_at - last_part * (channel.expires_at - channel.asked_at))


def _open_again(draft: Draft, channel: Channel) -> None:
    """Ask again, with the same id, for a channel whose answer never reached us; Google refuses a second one."""
    if not draft.flying(f"{WATCH}:{channel.channel_id}") and not draft.blocked(WATCH):
        _open(draft, channel)


def _open(draft: Draft, channel: Channel) -> None:
    others = tuple(c for c in draft.durable.channels if c.channel_id != channel.channel_id)
    draft.keep(channels=(*others, replace(channel, asked_at=draft.now)))
    draft.submit(
        "google",
        Priority.BULK,
        f"{WATCH}:{channel.channel_id}",
        lambda rid: OpenChannel(
            request_id=rid, user=draft.user, channel_id=channel.channel_id, ttl=draft.settings.push_ttl
        ),
        after_save=True,
    )


def opened(draft: Draft, answer: ChannelOpened) -> None:
    """A channel lives: those before it have done their service."""
    draft.keep(
        channels=tuple(_after_opening(channel, answer) for channel in draft.durable.channels),
        resource_id=answer.resource_id,
    )
    draft.well(WATCH)
    if answer.expires_at - draft.now < min(_SHORT, draft.settings.push_ttl / 2):
        draft.pause(WATCH, HOUR, "google-bad-answer")
    draft.note("channel.opened", seconds=round(answer.expires_at - draft.now))
    if draft.durable.synced_at or draft.flight.traversal is not None:
        sync.mark_dirty(draft, pushed=False)  # what changed before Google began to watch; a first list shows it


def _after_opening(channel: Channel, answer: ChannelOpened) -> Channel:
    if channel.channel_id == answer.channel_id:
        return replace(channel, state="open", resource_id=answer.resource_id, expires_at=answer.expires_at)
    return replace(channel, state="stopping") if channel.state == "open" else channel


def open_failed(draft: Draft, channel_id: str, failure: CallFailed) -> None:
    """Refused, or in doubt."""
    channel = _find(draft, channel_id)
    if channel is None:
        return
    unasked = _never_asked(draft, failure)
    _note_failure(draft, failure)
    if failure.code == CHANNEL_EXISTS:
        _abandon(draft, channel)  # an earlier attempt succeeded without our hearing of it
    elif unasked or (failure.kind in _FINAL and not failure.in_doubt):
        draft.keep(channels=tuple(c for c in draft.durable.channels if c.channel_id != channel_id))


def _never_asked(draft: Draft, failure: CallFailed) -> bool:
    """Nobody could be asked for this channel, now or before: there was no token, or no key."""
    last = draft.trouble(WATCH)
    before = last is None or last.kind in _UNASKED
    return before and failure.kind in _UNASKED and not failure.in_doubt


def _note_failure(draft: Draft, failure: CallFailed) -> None:
    if failure.kind in _LOOK:
        sync.mark_dirty(draft, pushed=False)
    if _is_unsupported(draft, failure):
        draft.note_failure(WATCH, failure)
        draft.wait(WATCH, Kind.REFUSED, UNSUPPORTED)
    else:
        draft.failed(WATCH, failure)


def _is_unsupported(draft: Draft, failure: CallFailed) -> bool:
    """Some calendars that can be listed answer ``watch`` with a 400 of any wording, or with 404 each time (B.2)."""
    if failure.kind is Kind.NOT_FOUND:
        last = draft.trouble(WATCH)
        return last is not None and last.kind in {Kind.NOT_FOUND, Kind.REFUSED}
    return failure.kind is Kind.INVALID and not failure.in_doubt


def _abandon(draft: Draft, channel: Channel) -> None:
    """Stop a channel that may live although we never learned so; it cannot live longer than it was asked for."""
    longest = Instant(draft.now + draft.settings.push_ttl)
    _replace(draft, replace(channel, state="stopping", expires_at=longest))


def _stop_unwanted(draft: Draft) -> None:
    """Every channel of a calendar has the same resource id; while that is unknown nothing can be stopped."""
    targets = dict(draft.flight.strays)
    for channel in draft.durable.channels:
        if channel.state == "stopping":
            targets[channel.channel_id] = channel.resource_id or draft.durable.resource_id
    for channel_id, resource_id in sorted(targets.items()):
        if resource_id and not draft.flying(f"{STOP}:{channel_id}") and not draft.blocked(STOP):
            _stop(draft, channel_id, resource_id)


def _stop(draft: Draft, channel_id: str, resource_id: str) -> None:
    draft.submit(
        "google",
        Priority.BULK,
        f"{STOP}:{channel_id}",
        lambda rid: StopChannel(request_id=rid, user=draft.user, channel_id=channel_id, resource_id=resource_id),
        after_save=True,
    )


def stopped(draft: Draft, answer: ChannelStopped) -> None:
    """Gone (or was gone already)."""
    draft.well(STOP)
    draft.note("channel.stopped")
    _forget(draft, answer.channel_id)


def stop_failed(draft: Draft, channel_id: str, failure: CallFailed) -> None:
    """Try again later; what can never be stopped ends by itself."""
    draft.failed(STOP, failure)
    if failure.kind in _STOPPED:
        draft.well(STOP)
        _forget(draft, channel_id)


def notified(draft: Draft, push: Notified) -> None:
    """A genuine push; one from a channel that we no longer know is stopped.

    The greeting of a new channel (state ``sync``) says nothing of changes.
    """
    if not push.first:
        sync.mark_dirty(draft, pushed=True)
    if push.resource_id and push.resource_id != draft.durable.resource_id:
        draft.keep(resource_id=push.resource_id)
    if push.resource_id and _find(draft, push.channel_id) is None:
        draft.flight.strays[push.channel_id] = push.resource_id


def _find(draft: Draft, channel_id: str) -> Channel | None:
    return next((c for c in draft.durable.channels if c.channel_id == channel_id), None)


def _forget(draft: Draft, channel_id: str) -> None:
    draft.flight.strays.pop(channel_id, None)
    draft.keep(channels=tuple(c for c in draft.durable.channels if c.channel_id != channel_id))


def _replace(draft: Draft, channel: Channel) -> None:
    others = (channel if c.channel_id == channel.channel_id else c for c in draft.durable.channels)
    draft.keep(channels=tuple(others))
