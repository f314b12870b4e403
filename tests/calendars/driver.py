"""The daemon's decisions for one person over the stand-in, without actors: a loop, a store in memory, a clock by hand.

Owns: lives of one person: the inbox, the orders, the alarm, pushes under way, and what was stored. Promises: real
``decide``, real ``work.google.run``, real adapter and stand-in; answers are heard after whatever else came before them;
between any two steps ``between`` may change a calendar, lose a push or end the life. Does not: queue or limit (no
lanes), encrypt, or send anything to Webex.
"""

from __future__ import annotations

import heapq
from collections import deque
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hybridcal_daemon.adapters.google import GoogleCalendar, GoogleSettings
from hybridcal_daemon.domain import user as deciding
from hybridcal_daemon.domain.calls import FetchRoom
from hybridcal_daemon.domain.effects import Save, Submit, WakeAt
from hybridcal_daemon.domain.messages import CallFailed, Notified, RoomFetched, Saved, Started, Woke
from hybridcal_daemon.domain.state import Durable, Snapshot, UserSettings
from hybridcal_daemon.domain.values import Instant, Plain, Sealed, Secret, UserId, served_window
from hybridcal_daemon.ports import HttpFailure, ItemRow, SealedContent
from hybridcal_daemon.sandbox.google.service import GoogleSandbox
from hybridcal_daemon.shell import feed_items
from hybridcal_daemon.work import google as google_work
from hybridcal_daemon.work.tools import GoogleTools
from tests.calendars.oracle import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hybridcal_daemon.domain.effects import Effect
    from hybridcal_daemon.domain.events import EventContent
    from hybridcal_daemon.domain.messages import Message
    from hybridcal_daemon.ports import HttpRequest, HttpResponse

PERSON: Final = UserId("u00000000000000000001")
SCOPES: Final = tuple(
    f"https://www.googleapis.com/auth/{name}" for name in ("calendar", "gmail.settings.basic", "calendar.freebusy")
)
_URL: Final = "http://google.example"
_TOKEN_LIFE: Final = 3000.0
_STEP: Final = 0.05
_MOST: Final = 5000
"""Decisions of one life of a test; more would be a loop."""


class Clock:
    """ports.Clock, moved by hand."""

    def __init__(self, at: float) -> None:
        self.at = at

    def now(self) -> Instant:
        return Instant(self.at)

    def monotonic(self) -> float:
        return self.at


class Vault:
    """Seals nothing: what readers would see is in the clear, so that it can be compared."""

    def seal_events(self, _user: UserId, contents: Sequence[EventContent]) -> list[SealedContent]:
        return [self._sealed(content) for content in contents]

    @staticmethod
    def _sealed(content: EventContent) -> SealedContent:
        seen = [content.subject.reveal(), content.location.reveal(), content.notes.reveal()]
        join = content.join_url.reveal()
        return SealedContent(
            item=msgspec.json.encode({"title": seen[0]}),
            join=Sealed(join.encode()) if join else None,
            digest="|".join(seen),
            join_digest=join,
        )


class Store:
    """What is on disk: the durable state and the rows, changed together."""

    def __init__(self) -> None:
        self.durable = Durable()
        self.rows: dict[str, ItemRow] = {}

    def commit(self, save: Save) -> None:
        self.durable = save.durable
        self.rows.update({one.fact.event_id: ItemRow(fact=one.fact, item=one.item) for one in save.put})
        for event_id in save.delete:
            self.rows.pop(event_id, None)

    def snapshot(self) -> Snapshot:
        facts = tuple(row.fact for row in self.rows.values())
        return Snapshot(user=PERSON, durable=self.durable, events=facts)


class Driver:
    """One person's daemon. ``requests``: method and path of all that left.

    ``between`` is called before each step; ``pushed(notice)`` gives the seconds after which each copy of it arrives.
    """

    def __init__(
        self, google: GoogleSandbox, address: str, clock: Clock, *, settings: UserSettings, page_size: int
    ) -> None:
        self.google, self.address, self.clock = google, address, clock
        self.settings = settings
        self.store = Store()
        self.between: Callable[[], None] = lambda: None
        self.pushed: Callable[[Notified], list[float]] = lambda _: [0.0]
        self.requests: list[tuple[str, str]] = []
        self.pages = 0
        """Requests for a further page."""
        self.failures: list[CallFailed] = []
        self.room: Sealed | None = None
        self.life = 0
        self._inbox: deque[Message] = deque()
        self._orders: deque[Submit] = deque()
        self._pushes: list[tuple[float, int, Notified]] = []
        self._alarm: float | None = None
        self._decisions = 0
        self._tokens: dict[object, tuple[Secret[str], float]] = {}
        self.tools = self._made_tools(page_size)
        self.state = deciding.blank(PERSON)

    def _made_tools(self, page_size: int) -> GoogleTools:
        vault = Vault()
        settings = GoogleSettings(
            calendar_url=f"{_URL}/calendar/v3",
            gmail_url=f"{_URL}/gmail/v1",
            push_url="https://push.acme.example/google/push",
            page_size=page_size,
        )
        return GoogleTools(
            calendar=GoogleCalendar(self, settings),
            token=self._token,
            seal_events=vault.seal_events,
            open_cell=lambda _user, _place, cell: Plain(bytes(cell)),
            seal_cell=lambda _user, _place, content: self.sealed(content),
            address=lambda _user: Plain(self.address),
            channel_token=lambda channel_id: Secret(f"secret-of-{channel_id}"),
        )

    @staticmethod
    def sealed(content: Plain[bytes]) -> Sealed:
        """As the tools' own cells are."""
        return Sealed(content.reveal())

    # ---- ports.HttpClient and tokens

    def send(self, request: HttpRequest) -> HttpResponse:
        self.clock.at += _STEP
        self.pages += "pageToken=" in request.url
        self.requests.append((request.method, request.url.partition("?")[0].removeprefix(_URL)))
        response = self.google.handle(request)
        if getattr(response, "drop", False):
            raise HttpFailure("protocol", sent=True)
        return response

    def _token(self, _user: UserId, purpose: object, force: bool) -> Secret[str]:  # noqa: FBT001 - the port's
        held = self._tokens.get(purpose)
        if held is None or force or held[1] <= self.clock.at:
            made = Secret(self.google.person_token(self.address, SCOPES))
            held = self._tokens[purpose] = made, self.clock.at + _TOKEN_LIFE
        return held[0]

    def hear(self, push: HttpRequest) -> None:
        """Google's notification leaves; not all arrive."""
        heads = {name.lower(): value for name, value in push.headers.items()}
        notice = Notified(
            channel_id=heads["x-goog-channel-id"],
            resource_id=heads["x-goog-resource-id"],
            first=heads["x-goog-resource-state"] == "sync",
        )
        for seconds in self.pushed(notice):
            heapq.heappush(self._pushes, (self.clock.at + seconds, len(self._pushes), notice))

    # ---- life and time

    def start(self) -> None:
        self.life += 1
        self.state = deciding.blank(PERSON)
        snapshot = self.store.snapshot()
        entropy = f"{self.life:032x}"
        self.tell(Started(incarnation=self.life, entropy=entropy, snapshot=snapshot, settings=self.settings))

    def restart(self) -> None:
        """The process dies and another begins: nothing is left that was not stored."""
        self._inbox.clear()
        self._orders.clear()
        self._alarm = None
        self.start()

    def tell(self, message: Message) -> None:
        self._inbox.append(message)

    def run_until(self, end: float) -> None:
        """Let time pass; everything that is due happens."""
        self._pump()
        while (at := self._next()) is not None and at <= end:
            self.clock.at = max(self.clock.at, at)
            self._happen()
            self._pump()
        self.clock.at = max(self.clock.at, end)

    def _next(self) -> float | None:
        times = [self._pushes[0][0]] if self._pushes else []
        return min([*times, self._alarm] if self._alarm is not None else times, default=None)

    def _happen(self) -> None:
        if self._alarm is not None and self._alarm <= self.clock.at:
            self._alarm = None
            self.tell(Woke())
        elif self._pushes:
            self.tell(heapq.heappop(self._pushes)[2])

    def _pump(self) -> None:
        while self._inbox or self._orders:
            self.between()
            if self._inbox:
                self._decide(self._inbox.popleft())
            elif self._orders:
                self._inbox.append(self._answer(self._orders.popleft()))

    # ---- decisions

    def _decide(self, message: Message) -> None:
        self._decisions += 1
        if self._decisions > _MOST:
            raise AssertionError(f"decisions without end; the last message is {message}")
        self.state, effects = deciding.decide(self.state, message, self.clock.now())
        for effect in effects:
            self._perform(effect)

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Save():
                self.store.commit(effect)
                self._inbox.append(Saved(version=effect.version))
            case Submit():
                self._orders.append(effect)
            case WakeAt():
                self._alarm = effect.at
            case _:
                pass

    def _answer(self, order: Submit) -> Any:
        call = order.call
        if isinstance(call, FetchRoom):
            return RoomFetched(request_id=call.request_id, user=call.user, person_id="person", room=self.room)
        assert order.lane == "google", f"nobody should order {call} here"
        answer = google_work.run(call, self.tools)
        if isinstance(answer, CallFailed):
            self.failures.append(answer)
        return answer

    # ---- looking in

    def shown(self, now: float | None = None) -> list[Row]:
        """What the feed shows of everything that is served."""
        window = served_window(self.clock.now() if now is None else Instant(now))
        return [_row(one) for one in feed_items.shown(list(self.store.rows.values()), window)]


def _row(one: feed_items.Shown) -> Row:
    at = one.occurrence
    points = [getattr(when, "day", None) or getattr(when, "at", 0) for when in (at.start, at.end)]
    return Row(at.instance, points[0], points[1], msgspec.json.decode(one.item)["title"])
