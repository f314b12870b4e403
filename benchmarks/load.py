"""The load: push notices sent as Google sends them, and what became of them.

Owns: sending at a given rate (open loop: Poisson arrivals, a notice is late from the moment it was due) or as fast as
the other side takes them (closed loop: a fixed number of changes pushed and not yet listed), and looking into people's
lists for what was changed. Promises: no person has two changes under way, so that nothing is merged and every notice
costs one list; what was pushed is found in the lists in the end, or ``Lost`` is raised.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from benchmarks.calendars import event_id
from benchmarks.fake import Channel, FakeGoogle, Server, bearer
from benchmarks.wire import Wires

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")
WATCHED = 40
"""People whose lists are looked at: few, so that who they are is known to the daemon before it counts."""
PATIENCE = 60.0
_PUSH_WIRES, _FEED_WIRES = 48, 24


class Lost(Exception):  # noqa: N818
    """A change never became visible."""


class _Item(msgspec.Struct):
    id: str
    start: str


class _List(msgspec.Struct):
    items: list[_Item]


@dataclass
class Flow:
    """What one stretch of load did. Seconds; ``acks``: due to 200, ``visible``: due to seen in the list."""

    seconds: float = 0.0
    done: int = 0
    lists: int = 0
    acks: list[float] = field(default_factory=list)
    visible: list[float] = field(default_factory=list)
    refused: int = 0


class Side:
    """One subscriber: where it takes notices and where it serves lists."""

    def __init__(self, push_port: int, feed_port: int, path: str = "/google/push") -> None:
        self.push = Wires("127.0.0.1", push_port, _PUSH_WIRES)
        self.feed = Wires("127.0.0.1", feed_port, _FEED_WIRES)
        self.path = path

    def close(self) -> None:
        self.push.close()
        self.feed.close()


class World:
    """The fake Google in a thread of its own, and the load."""

    def __init__(self, users: int, seed: int = 1) -> None:
        self.google = FakeGoogle(users)
        self.google.served = self._served
        self._chance = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="world", daemon=True)
        self._thread.start()
        self._pending: dict[int, int] = {}
        self._listed = asyncio.Condition()
        self._turn: deque[int] = deque(self._chance.sample(range(users), users))
        self.port = int(self.run(self._listen()))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Have the world's thread do something and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _listen(self) -> int:
        server = await self._loop.create_server(lambda: Server(self.google), "127.0.0.1", 0, backlog=1024)
        return int(server.sockets[0].getsockname()[1])

    # ---- changes

    def _served(self, user: int, version: int) -> None:
        if self._pending.get(user, version + 1) <= version:
            del self._pending[user]
            self._loop.create_task(self._tell())

    async def _tell(self) -> None:
        async with self._listed:
            self._listed.notify_all()

    async def _until(self, most: int) -> None:
        """Wait until at most this many changes are pushed and not yet listed. Lost."""
        try:
            async with asyncio.timeout(PATIENCE), self._listed:
                await self._listed.wait_for(lambda: len(self._pending) <= most)
        except TimeoutError:
            raise Lost(f"{len(self._pending)} changes were never asked for") from None

    def _next(self, among: deque[int]) -> int | None:
        """Whose calendar changes now: in turn, but nobody with a change under way."""
        for _ in range(len(among)):
            user = among[0]
            among.rotate(-1)
            if user not in self._pending:
                return user
        return None

    async def _notify(self, side: Side, user: int) -> int:
        """Change one calendar and push; gives the status of the answer."""
        self.google.calendars[user].change()
        self._pending[user] = self.google.calendars[user].version
        status, _ = await side.push.ask(_notice(side.path, self.google.channels[user], self._pending[user]))
        return status

    # ---- closed loop

    def saturate(self, side: Side, seconds: float, under_way: int = 128) -> Flow:
        """As many as the other side takes, with ``under_way`` changes at once; the first second does not count."""
        return self.run(self._saturate(side, seconds, under_way))

    async def _saturate(self, side: Side, seconds: float, under_way: int) -> Flow:
        flow = Flow()
        most = min(under_way, len(self.google.calendars) - 1)
        stop = asyncio.Event()
        senders = [asyncio.create_task(self._keep_sending(side, stop, most, flow)) for _ in range(min(32, most))]
        await asyncio.sleep(1.0)
        began, lists = self._loop.time(), self.google.counters.lists
        await asyncio.sleep(seconds)
        flow.seconds = self._loop.time() - began
        flow.done = flow.lists = self.google.counters.lists - lists
        stop.set()
        await asyncio.gather(*senders)
        await self._until(0)
        return flow

    async def _keep_sending(self, side: Side, stop: asyncio.Event, most: int, flow: Flow) -> None:
        while not stop.is_set():
            await self._until(most - 1)
            user = self._next(self._turn)
            if user is not None:
                flow.refused += await self._notify(side, user) != 200

    # ---- open loop

    def offer(self, side: Side, rate: float, seconds: float, *, watch: float = 0.0) -> Flow:
        """``rate`` notices a second; ``watch`` of them a second are followed until the change is in the list."""
        return self.run(self._offer(side, rate, seconds, watch))

    async def _offer(self, side: Side, rate: float, seconds: float, watch: float) -> Flow:
        flow = Flow(seconds=seconds)
        lists, tasks = self.google.counters.lists, []
        due = began = self._loop.time()
        next_watch = began
        others = deque(user for user in self._turn if user >= WATCHED)
        watched = deque(range(WATCHED))
        while (due := due + self._chance.expovariate(rate)) < began + seconds:
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            follow = watch > 0 and due >= next_watch
            user = self._next(watched if follow else others)
            if user is None:
                flow.refused += 1
                continue
            next_watch += 1 / watch if follow else 0
            tasks.append(asyncio.create_task(self._one(side, user, due, flow, follow=follow)))
        await asyncio.gather(*tasks)
        await self._until(0)
        flow.done, flow.lists = len(tasks), self.google.counters.lists - lists
        return flow

    async def _one(self, side: Side, user: int, due: float, flow: Flow, *, follow: bool) -> None:
        flow.refused += await self._notify(side, user) != 200
        flow.acks.append(self._loop.time() - due)
        if follow:
            await self._seen(side, user)
            flow.visible.append(self._loop.time() - due)

    # ---- lists

    def warm(self, side: Side, users: int = WATCHED) -> None:
        """Look at each watched person's list once."""
        for user in range(users):
            self.run(self._seen(side, user))

    def audit(self, side: Side, users: int) -> int:
        """See that every change of these people is in their lists; gives how many meetings were compared. Lost."""
        for user in range(users):
            self.run(self._whole(side, user))
        return users * len(self.google.calendars[0].starts())

    async def _seen(self, side: Side, user: int) -> None:
        """Look again and again until the newest change is there."""
        calendar = self.google.calendars[user]
        slot = (calendar.version - 1) % len(calendar.starts())
        wanted = {event_id(user, slot): calendar.start(slot)}
        await self._until_shown(side, user, wanted)

    async def _whole(self, side: Side, user: int) -> None:
        await self._until_shown(side, user, self.google.calendars[user].starts())

    async def _until_shown(self, side: Side, user: int, wanted: dict[str, int]) -> None:
        request = _look(user)
        end = self._loop.time() + PATIENCE
        while self._loop.time() < end:
            status, body = await side.feed.ask(request)
            if status == 200:
                shown = {item.id: _seconds(item.start) for item in _LISTED.decode(body).items}
                if all(shown.get(name, -1) >= start for name, start in wanted.items()):
                    return
            await asyncio.sleep(0.001)
        raise Lost(f"a change of person {user} is not in the list after {PATIENCE:.0f} s (status {status})")


_LISTED = msgspec.json.Decoder(_List)


def _seconds(start: str) -> int:
    return int(datetime.fromisoformat(start).timestamp())


def _notice(path: str, channel: Channel, number: int) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: push.acme.example\r\nAccept: */*\r\nContent-Length: 0\r\n"
        "User-Agent: APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)\r\n"
        f"X-Goog-Channel-ID: {channel.channel_id}\r\nX-Goog-Channel-Token: {channel.token}\r\n"
        f"X-Goog-Resource-ID: {channel.resource_id}\r\nX-Goog-Resource-State: exists\r\n"
        f"X-Goog-Message-Number: {number}\r\n\r\n"
    ).encode()


def _look(user: int) -> bytes:
    return (
        "GET /calendar/api/v1/calendarEvents HTTP/1.1\r\nHost: calendar.acme.example\r\n"
        f"Accept: application/json\r\nAuthorization: Bearer {bearer(user)}\r\n\r\n"
    ).encode()
