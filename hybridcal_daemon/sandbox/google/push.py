"""events.watch, channels.stop, and the messages to watchers.

Owns: the channels. Promises: one message per request and changed calendar for every living channel on it; the messages
are collected during a request and given to the deliverer after it. Does not: deliver (``sandbox/pushing.py`` does), or
say how messages fare and what is granted (``weather.py`` does).

Based on [Google push guide unless said otherwise]:
* body of watch: ``id`` up to 64 characters of ``[A-Za-z0-9-_+/=]``, unique in the project for ever (400
  ``channelIdNotUnique``), ``type`` web_hook or webhook, ``address`` https, ``token`` up to 256, ``params.ttl`` seconds,
  ``expiration`` ms. How long a channel lasts, which calendars and which hosts: ``weather.py``.
* 400 ``push.webhookUrlNotHttps`` "WebHook callback must be HTTPS: ..." [issue reports]. With ``allow_http_push`` http
  is let through to a loopback address: the stand-in's only leniency, for receivers without a certificate.
* answer: ``expiration`` is a string of epoch ms; ``resourceId`` names the collection, not the channel [recorded
  response].
* ``sync`` first, message number 1, possibly before the answer; then ``exists`` with growing numbers and gaps; headers
  as in the guide's example, ``X-Goog-Channel-Expiration`` a human date, the body empty.
* a channel is stopped by the same user and client, a service account's by any subject of it; ``id`` and
  ``resourceId`` must both fit, else 404 "Channel ... not found for project ..." [recorded response]. Success has no
  body and is declared as text/html [recorded response].
* ``eventTypes`` narrows the messages [discovery document]; the other filters do not, here [unconfirmed].
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from hybridcal_daemon.ports import HttpRequest
from hybridcal_daemon.sandbox.google import schema
from hybridcal_daemon.sandbox.google.errors import Refused, calendar_refusal
from hybridcal_daemon.sandbox.google.weather import Pushing

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.google.model import Calendar, Fields, World
    from hybridcal_daemon.sandbox.google.oauth import Grant

WATCH: Final = "calendar.events.watch"
LONGEST_TOKEN: Final = 256
LONGEST_NUMBER: Final = 12
_ID: Final = re.compile(r"[A-Za-z0-9\-_+/=]{1,64}")
AGENT: Final = "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google)"


@dataclass(slots=True, kw_only=True)
class Channel:
    """A notification channel. ``expires``: epoch ms; ``owner``: who may stop it; ``number``: of the last message.

    ``encores``: how many messages it still sends although it was stopped.
    """

    id: str
    token: str | None
    address: str
    calendar: Calendar
    resource_id: str
    resource_uri: str
    expires: int
    project: str
    owner: str
    types: frozenset[str]
    number: int = field(default=0)
    encores: int = field(default=0)


class Channels:
    """All channels of all projects."""

    def __init__(self, world: World, *, allow_http: bool) -> None:
        self._world = world
        self._allow_http = allow_http
        self._taken: set[tuple[str, str]] = set()
        self._living: dict[tuple[str, str], Channel] = {}
        self._watching: dict[Calendar, list[Channel]] = {}
        self._stopped: dict[tuple[str, str], tuple[Channel, int]] = {}
        self._outbox: list[HttpRequest] = []
        self.pushing = Pushing()

    def watch(self, calendar: Calendar, body: Fields, query: dict[str, Any], grant: Grant) -> Fields:
        """Open a channel and send its ``sync`` message. Refused (400, 401)."""
        schema.check(schema.CHANNEL, body)
        if not self.pushing.rules.supports(calendar.address):
            text = "Push notifications are not supported by this resource."
            raise calendar_refusal(400, "pushNotSupportedForRequestedResource", text)
        channel_id, address, token = self._checked(body, grant)
        resource_id, uri = _resource(calendar)
        channel = Channel(
            id=channel_id,
            token=token,
            address=address,
            calendar=calendar,
            resource_id=resource_id,
            resource_uri=uri,
            expires=self._expiration(body),
            project=grant.client,
            owner=grant.owner,
            types=frozenset(query.get("eventTypes", ())),
        )
        self._taken.add((grant.client, channel_id))
        self._living[grant.client, channel_id] = channel
        self._watching.setdefault(calendar, []).append(channel)
        self._send(channel, "sync", 1)
        return _answer(channel)

    def stop(self, body: Fields, grant: Grant) -> None:
        """Close a channel. Refused (400, 404)."""
        schema.check(schema.CHANNEL, body)
        for name in ("id", "resourceId"):
            if not body.get(name):
                raise calendar_refusal(400, "required", "Required", parameter=f"resource.{name}")
        key = (grant.client, body["id"])
        channel = self._living.get(key)
        if channel is not None and self._may_stop(channel, body, grant) and channel.expires > self._world.now_ms():
            self._end(key, channel)
            return
        before, until = self._stopped.get(key, (None, 0))
        if before is None or not self._may_stop(before, body, grant) or until <= self._world.now_ms():
            text = f"Channel '{body['id']}' not found for project '{grant.client}'"
            raise calendar_refusal(404, "notFound", text)

    def notify(self) -> None:
        """Make the messages about everything touched since the last call."""
        touched, self._world.touched = self._world.touched, {}
        for calendar, types in touched.items():
            for channel in list(self._watching.get(calendar, ())):
                if channel.expires <= self._world.now_ms():
                    self._close(channel)
                elif not channel.types or channel.types & types:
                    self._tell(channel)

    def drain(self) -> list[HttpRequest]:
        """Hand over the messages that are to be delivered, as the weather lets them pass."""
        outbox, self._outbox = self._outbox, []
        return self.pushing.passed(outbox)

    def ahead(self, operation: str, status: int) -> float:
        """Seconds by which an answer is to come after the ``sync`` message that belongs to it."""
        granted = operation == WATCH and status == HTTPStatus.OK
        return self.pushing.weather.sync_ahead if granted else 0.0

    def listed(self) -> list[Fields]:
        """Give every living channel, for people who look at the stand-in."""
        now = self._world.now_ms()
        return [
            _answer(channel) | {"address": channel.address, "calendar": channel.calendar.address}
            for channel in self._living.values()
            if channel.expires > now
        ]

    def _checked(self, body: Fields, grant: Grant) -> tuple[str, str, str | None]:
        channel_id, address, token = body.get("id"), body.get("address"), body.get("token")
        for name, value in (("id", channel_id), ("type", body.get("type")), ("address", address)):
            if not value:
                raise calendar_refusal(400, "required", "Required", parameter=f"resource.{name}")
        if body["type"] not in {"web_hook", "webhook"}:
            raise calendar_refusal(400, "push.channelTypeNotSupported", "Channel type not supported.")
        if not _ID.fullmatch(str(channel_id)):
            raise calendar_refusal(400, "invalid", "Invalid channel id.", parameter="resource.id")
        if token is not None and len(token) > LONGEST_TOKEN:
            raise calendar_refusal(400, "invalid", "Invalid channel token.", parameter="resource.token")
        self._check_address(str(address))
        if (grant.client, channel_id) in self._taken:
            raise calendar_refusal(400, "channelIdNotUnique", f"Channel id {channel_id} not unique")
        return str(channel_id), str(address), token

    def _check_address(self, address: str) -> None:
        host, scheme = _place(address)
        if scheme != "https" and not (scheme == "http" and self._allow_http and _is_loopback(host)):
            raise calendar_refusal(400, "push.webhookUrlNotHttps", f"WebHook callback must be HTTPS: {address}")
        if not self.pushing.rules.permits(host):
            text = f"Unauthorized WebHook callback channel: {address}"
            raise calendar_refusal(401, "push.webhookUrlUnauthorized", text)

    def _expiration(self, body: Fields) -> int:
        now = self._world.now_ms()
        ttl = (body.get("params") or {}).get("ttl")
        if ttl is not None:
            if not (ttl.isascii() and ttl.isdigit() and len(ttl) < LONGEST_NUMBER) or int(ttl) <= 0:
                raise _bad_expiration("params.ttl")
            wish = now + int(ttl) * 1000
        elif body.get("expiration") is not None:
            wish = int(body["expiration"])
        else:
            wish = now + self.pushing.rules.default_ttl * 1000
        if wish <= now:
            raise _bad_expiration("expiration")
        return min(wish, now + self.pushing.rules.longest_ttl * 1000)

    @staticmethod
    def _may_stop(channel: Channel, body: Fields, grant: Grant) -> bool:
        return channel.resource_id == body["resourceId"] and channel.owner == grant.owner

    def _end(self, key: tuple[str, str], channel: Channel) -> None:
        """Stop a channel; in bad weather it goes on for a few messages."""
        if self.pushing.rules.stop_again:
            self._stopped[key] = channel, self._world.now_ms() + int(self.pushing.rules.stop_again * 1000)
        channel.encores = self.pushing.weather.after_stop
        if channel.encores:
            del self._living[key]
        else:
            self._close(channel)

    def _close(self, channel: Channel) -> None:
        self._living.pop((channel.project, channel.id), None)
        self._watching[channel.calendar].remove(channel)

    def _tell(self, channel: Channel) -> None:
        self._send(channel, "exists", channel.number + self._world.random.randint(1, self.pushing.weather.gap))
        if channel.encores:
            channel.encores -= 1
            if not channel.encores:
                self._close(channel)

    def _send(self, channel: Channel, state: str, number: int) -> None:
        channel.number = number
        headers = {
            "Content-Type": "application/json; utf-8",
            "User-Agent": AGENT,
            "X-Goog-Channel-ID": channel.id,
            "X-Goog-Channel-Expiration": _human(channel.expires),
            "X-Goog-Message-Number": str(number),
            "X-Goog-Resource-ID": channel.resource_id,
            "X-Goog-Resource-State": state,
            "X-Goog-Resource-URI": channel.resource_uri,
        }
        if channel.token is not None:
            headers["X-Goog-Channel-Token"] = channel.token
        self._outbox.append(HttpRequest(method="POST", url=channel.address, headers=headers, body=b""))


def _answer(channel: Channel) -> Fields:
    answer = {
        "kind": "api#channel",
        "id": channel.id,
        "resourceId": channel.resource_id,
        "resourceUri": channel.resource_uri,
        "expiration": str(channel.expires),
    }
    return answer if channel.token is None else answer | {"token": channel.token}


def _resource(calendar: Calendar) -> tuple[str, str]:
    """Give id and URI of the collection that is watched."""
    digest = hashlib.sha256(f"events/{calendar.address}".encode()).digest()[:20]
    path = f"calendars/{quote(calendar.address, safe='')}/events"
    return base64.urlsafe_b64encode(digest).decode().rstrip(
        "="
    ), f"https://www.googleapis.com/calendar/v3/{path}?alt=json"


def _human(milliseconds: int) -> str:
    return format_datetime(datetime.fromtimestamp(milliseconds // 1000, UTC), usegmt=True)


def _place(address: str) -> tuple[str, str]:
    """Host and scheme of an address; without a host there is no scheme either."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", ""
    return (parts.hostname, parts.scheme) if parts.hostname else ("", "")


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _bad_expiration(where: str) -> Refused:
    return calendar_refusal(400, "invalid", f"Invalid {where}.", parameter=f"resource.{where}")
