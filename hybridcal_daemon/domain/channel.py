"""Watch channels: Google's push notifications, an accelerator over polling.

Owns: opening, renewing by overlap and stopping the channels of one calendar.
Promises: a channel's row is on disk before Google hears of it; at most two channels live at a time; a channel that
Google still serves and we no longer want is stopped (google.md B.1, B.3).
Does not: authenticate a push (the receiver does) or rely on one (``sync.py`` polls).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import backoff
from hybridcal_daemon.domain.calls import OpenChannel, Priority, StopChannel
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.state import Channel
from hybridcal_daemon.domain.values import Instant

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.messages import CallFailed, ChannelOpened, ChannelStopped, Notified

WATCH: Final = "watch"
STOP: Final = "stop"
_LAST_PART: Final = 0.2
"""A channel is renewed when less than this part of its life is left, staggered by calendar."""
CHANNEL_EXISTS: Final = "google-channel-exists"


def settle(draft: Draft) -> None:
    """Have one good channel if push is on and the calendar is readable; have none that is not wanted."""
    _forget_expired(draft)
    if not draft.settings.push:
        _unwant_all(draft)
    elif draft.durable.standing.state == "active":
        _open_if_needed(draft)
    _stop_unwanted(draft)


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
    if any(c.state == "creating" for c in draft.durable.channels):
        _resume(draft)
        return
    newest = max((c.expires_at for c in draft.durable.channels if c.state == "open"), default=Instant(0))
    renew_at = newest - draft.settings.push_ttl * _LAST_PART * (0.5 + 0.5 * backoff.spread(draft.user, "renew"))
    if renew_at > draft.now:
        draft.wake(renew_at)
        return
    if draft.blocked(WATCH) or len(draft.durable.channels) > 1:
        return  # a third one must not come to life: first the unwanted one has to go
    _open(draft, Channel(channel_id=f"{draft.user}-{draft.token('channel')}", state="creating", asked_at=draft.now))


def _open(draft: Draft, channel: Channel) -> None:
    if channel not in draft.durable.channels:
        draft.keep(channels=(*draft.durable.channels, channel))
    draft.submit(
        "google",
        Priority.BULK,
        f"{WATCH}:{channel.channel_id}",
        lambda rid: OpenChannel(
            request_id=rid, user=draft.user, channel_id=channel.channel_id, ttl=draft.settings.push_ttl
        ),
        after_save=True,
    )


def _resume(draft: Draft) -> None:
    """Ask again, with the same id, for a channel whose answer never reached us; Google refuses a second one."""
    for channel in draft.durable.channels:
        if channel.state == "creating" and not draft.flying(f"{WATCH}:{channel.channel_id}"):
            if not draft.blocked(WATCH):
                _open(draft, channel)
            return


def opened(draft: Draft, answer: ChannelOpened) -> None:
    """A channel lives: those before it have done their service."""
    channels = []
    for channel in draft.durable.channels:
        if channel.channel_id == answer.channel_id:
            channels.append(
                replace(channel, state="open", resource_id=answer.resource_id, expires_at=answer.expires_at)
            )
        else:
            channels.append(replace(channel, state="stopping") if channel.state == "open" else channel)
    draft.keep(channels=tuple(channels), resource_id=answer.resource_id)
    draft.well(WATCH)
    draft.note("channel.opened", seconds=round(answer.expires_at - draft.now))
    if draft.flight.dirty_at is None:
        draft.flight.dirty_at = draft.now  # what changed before Google began to watch


def open_failed(draft: Draft, channel_id: str, failure: CallFailed) -> None:
    """Refused, or in doubt."""
    channel = _find(draft, channel_id)
    if channel is None:
        return
    if failure.code == CHANNEL_EXISTS:
        _abandon(draft, channel)  # an earlier attempt succeeded without our hearing of it
        return
    draft.failed(WATCH, failure)
    if failure.kind in {Kind.REFUSED, Kind.INVALID, Kind.NOT_FOUND} and not failure.in_doubt:
        draft.keep(channels=tuple(c for c in draft.durable.channels if c.channel_id != channel_id))


def _abandon(draft: Draft, channel: Channel) -> None:
    """Stop a channel that may live although we never learned so; every channel of a calendar has one resource id."""
    resource_id = draft.flight.strays.get(channel.channel_id, draft.durable.resource_id)
    if resource_id:
        _replace(draft, replace(channel, state="stopping", resource_id=resource_id))
    else:
        draft.keep(channels=tuple(c for c in draft.durable.channels if c != channel))
        draft.note("channel.abandoned")


def _stop_unwanted(draft: Draft) -> None:
    wanted = {c.channel_id for c in draft.durable.channels}
    targets = {c.channel_id: c.resource_id for c in draft.durable.channels if c.state == "stopping"}
    targets |= {cid: rid for cid, rid in draft.flight.strays.items() if cid not in wanted}
    for channel_id, resource_id in sorted(targets.items()):
        if draft.flying(f"{STOP}:{channel_id}") or draft.blocked(STOP):
            continue
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
    draft.flight.strays.pop(answer.channel_id, None)
    draft.keep(channels=tuple(c for c in draft.durable.channels if c.channel_id != answer.channel_id))
    draft.well(STOP)


def stop_failed(draft: Draft, channel_id: str, failure: CallFailed) -> None:
    """Try again later; what can never be stopped ends by itself."""
    draft.failed(STOP, failure)
    if failure.kind in {Kind.REFUSED, Kind.INVALID, Kind.NOT_FOUND}:
        draft.flight.strays.pop(channel_id, None)
        draft.keep(channels=tuple(c for c in draft.durable.channels if c.channel_id != channel_id))
        draft.well(STOP)


def notified(draft: Draft, push: Notified) -> None:
    """A genuine push; one from a channel that we no longer know is stopped."""
    channel = _find(draft, push.channel_id)
    if channel is None or (channel.state == "creating" and not channel.resource_id):
        draft.flight.strays[push.channel_id] = push.resource_id
    if push.resource_id and push.resource_id != draft.durable.resource_id and channel is not None:
        draft.keep(resource_id=push.resource_id)


def _find(draft: Draft, channel_id: str) -> Channel | None:
    return next((c for c in draft.durable.channels if c.channel_id == channel_id), None)


def _replace(draft: Draft, channel: Channel) -> None:
    others = (channel if c.channel_id == channel.channel_id else c for c in draft.durable.channels)
    draft.keep(channels=tuple(others))
