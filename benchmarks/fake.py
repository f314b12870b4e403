"""A small, fast Google (and the one page of Webex that readers need), as the load side of the benchmarks.

Owns: the answers to token, events.list, events.watch, channels.stop and people/me. Promises: fast (a list takes a
quarter of the CPU that the product's own stand-in needs, which checks everything and pushes when it likes) and right in
what matters to the load: an incremental list gives exactly what changed since its sync token. Does not: check
signatures or parameters.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from benchmarks.calendars import Calendar, address, today

if TYPE_CHECKING:
    from collections.abc import Callable

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_BEARER = re.compile(rb"\r\nauthorization: *bearer +([^\r\n]+)", re.IGNORECASE)
_SYNC = re.compile(rb"[?&]syncToken=s-(\d+)")
_WEEK_MS = 7 * 86400 * 1000


@dataclass
class Channel:
    """A push channel as a subscriber asked for it."""

    channel_id: str
    token: str
    resource_id: str


@dataclass
class Counters:
    lists: int = 0
    empty_lists: int = 0
    tokens: int = 0
    watches: int = 0
    people: int = 0
    unexpected: list[str] = field(default_factory=list)


class FakeGoogle:
    """The state behind the server; used on the event loop's thread only.

    ``served(user number, version)`` is called when a list that shows ``version`` leaves.
    """

    def __init__(self, users: int) -> None:
        self.epoch = today()
        self.calendars = [Calendar(number, self.epoch) for number in range(users)]
        self.by_address = {calendar.address: calendar for calendar in self.calendars}
        self.channels: dict[int, Channel] = {}
        self.counters = Counters()
        self.served: Callable[[int, int], None] = lambda _user, _version: None

    def handle(self, head: bytes, body: bytes) -> bytes:
        """One request to one whole answer."""
        method, target, _ = head[: head.index(b"\r\n")].split(b" ")
        path = target.partition(b"?")[0]
        if method == b"GET" and path.endswith(b"/calendars/primary/events"):
            return self._list(head, target)
        if path.endswith(b"/token"):
            return self._token(body)
        if path.endswith(b"/calendars/primary/events/watch"):
            return self._watch(head, body)
        if path.endswith(b"/channels/stop"):
            return answer(b"", 204)
        if path.endswith(b"/people/me"):
            return self._person(head)
        self.counters.unexpected.append(f"{method.decode()} {path.decode()}")
        return answer(b'{"error":{"code":404,"errors":[{"reason":"notFound"}]}}', 404)

    def _list(self, head: bytes, target: bytes) -> bytes:
        calendar = self.by_address[_bearer(head)]
        found = _SYNC.search(target)
        since = int(found[1]) if found else None
        self.counters.lists += 1
        self.counters.empty_lists += since == calendar.version
        page = answer(calendar.page(since))
        self.served(calendar.user, calendar.version)
        return page

    def _token(self, body: bytes) -> bytes:
        self.counters.tokens += 1
        claims = parse_qs(body.decode())["assertion"][0].split(".")[1]
        subject = json.loads(base64.urlsafe_b64decode(claims + "=="))["sub"]
        return answer(json.dumps({"access_token": f"t-{subject}", "expires_in": 3599, "token_type": "Bearer"}).encode())

    def _watch(self, head: bytes, body: bytes) -> bytes:
        self.counters.watches += 1
        asked = json.loads(body)
        calendar = self.by_address[_bearer(head)]
        channel = Channel(asked["id"], asked.get("token", ""), f"resource{calendar.user:05d}")
        self.channels[calendar.user] = channel
        expires = str(self.epoch * 1000 + _WEEK_MS)
        grant = {"kind": "api#channel", "id": channel.channel_id, "resourceId": channel.resource_id}
        return answer(json.dumps({**grant, "expiration": expires}).encode())

    def _person(self, head: bytes) -> bytes:
        self.counters.people += 1
        who = address(int(_bearer(head)))
        named = uuid.uuid5(uuid.NAMESPACE_URL, who)
        person = base64.urlsafe_b64encode(f"ciscospark://us/PEOPLE/{named}".encode()).decode().rstrip("=")
        return answer(json.dumps({"id": person, "emails": [who]}).encode())


def bearer(user: int) -> str:
    """A reader's token at the meetings list."""
    return f"w-{user}"


def _bearer(head: bytes) -> str:
    """What a token says: ``t-`` and an address for access to a calendar, ``w-`` and a number for a reader's own."""
    found = _BEARER.search(head)
    return found[1].decode()[2:] if found else ""


def answer(body: bytes, status: int = 200) -> bytes:
    return (
        b"HTTP/1.1 %d OK\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: %d\r\n"
        b"Cache-Control: private\r\nServer: ESF\r\n\r\n%s" % (status, len(body), body)
    )


class Server(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, one request after the other."""

    def __init__(self, google: FakeGoogle) -> None:
        self._google = google
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[: end + 2]
            found = _LENGTH.search(head)
            length = end + 4 + (int(found[1]) if found else 0)
            if len(self._buffer) < length:
                return
            body, self._buffer = self._buffer[end + 4 : length], self._buffer[length:]
            assert self._transport is not None
            self._transport.write(self._google.handle(head, body))
