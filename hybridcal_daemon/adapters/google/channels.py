"""events.watch and channels.stop.

Owns: these two requests. Promises: an answer without resource id or end is none, for such a channel could neither be
stopped nor renewed; the end is read in the milliseconds in which Google writes it.
Does not: choose ids, or remember channels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hybridcal_daemon.adapters.google import mapping, wire
from hybridcal_daemon.adapters.google.requests import BAD_ANSWER, Ask, Requests, common, reply
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.ports import PRIMARY, ChannelGrant

if TYPE_CHECKING:
    from hybridcal_daemon.domain.values import Plain, Secret


class Channels(Requests):
    """Push notifications."""

    def watch(
        self,
        token: Secret[str],
        quota_user: str,
        *,
        channel_id: str,
        channel_token: Secret[str],
        ttl: int,
        calendar: Plain[str] = PRIMARY,
    ) -> ChannelGrant:
        """events.watch. REFUSED google-push-refused, CONFLICT google-channel-exists (ids are used up for ever)."""
        if not self._settings.push_url:
            raise CallError(Kind.REFUSED, "google-push-refused")
        channel = wire.NewChannel(
            id=channel_id,
            address=self._settings.push_url,
            token=channel_token.reveal(),
            params=wire.ChannelParams(ttl=str(ttl)),
        )
        url, params = self._calendar(calendar, "events", "watch"), common(quota_user, wire.CHANNEL_FIELDS)
        body = self._send(token, Ask(method="POST", url=url, params=params, body=channel, write=True))
        return _grant(reply(body, wire.ChannelReply, written=True))

    def stop_channel(self, token: Secret[str], quota_user: str, *, channel_id: str, resource_id: str) -> None:
        """channels.stop; a channel that Google does not know is stopped."""
        url = f"{self._settings.calendar_url}/channels/stop"
        stopped = wire.StoppedChannel(id=channel_id, resource_id=resource_id)
        ask = Ask(method="POST", url=url, params=common(quota_user), body=stopped, write=True)
        self._send_unless_gone(token, ask)


def _grant(read: wire.ChannelReply) -> ChannelGrant:
    try:
        expires_at = mapping.milliseconds(read.expiration)
    except mapping.BadItem:
        expires_at = None
    if expires_at is None or not read.resource_id:
        raise CallError(Kind.TRANSIENT, BAD_ANSWER, in_doubt=True)
    return ChannelGrant(resource_id=read.resource_id, expires_at=expires_at)
