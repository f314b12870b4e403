"""What goes wrong: in both services, between them and the daemon, and in the daemon's process.

Owns: the plan of troubles of one run and the fate of each push. Promises: the same seed brings the same troubles; none
begins after :meth:`Weather.calm`. Does not: judge (``referee.py`` does).
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.ports import HttpRequest
    from tests.simulation.house import House
    from tests.simulation.outside import Exchange, Outside, Wire
    from tests.simulation.people import People
    from tests.simulation.referee import Referee
    from tests.simulation.scheduler import SimScheduler

MINUTE, HOUR = 60.0, 3600.0
POINTS: Final = (
    "store.commit",
    "store.committed",
    "store.committed.rows",
    "store.committed.card",
    "store.committed.channel",
    "google.list.done",
    "google.list.more",
    "google.get.done",
    "google.patch.leaving",
    "google.patch.done",
    "google.watch.leaving",
    "google.watch.done",
    "google.stop.done",
    "google.token.done",
    "webex.card.leaving",
    "webex.card.done",
    "webex.find.done",
    "webex.delete.done",
    "webex.presence.done",
    "webex.room.done",
)
_GOOGLE_CALENDAR: Final = "/calendar/v3/"
_CARD: Final = {"method": "POST", "path_regex": "/v1/messages$"}
_LIST: Final = {"method": "GET", "path_regex": "/events$"}


class Poison:
    """A message that no actor has a handler for."""


class Weather:
    """Troubles. Use :meth:`brew` once for each stretch of time."""

    def __init__(
        self, scheduler: SimScheduler, outside: Outside, wire: Wire, house: House, people: People, referee: Referee
    ) -> None:
        self._scheduler = scheduler
        self._outside = outside
        self._wire = wire
        self._house = house
        self._people = people
        self._referee = referee
        self.random = random.Random(f"weather/{scheduler.seed}")
        self.fair = True
        self.malformed = False
        self._stretch = 0
        self._push_loss = self.random.choice((0.0, 0.1, 0.3, 0.6))
        self._points = self.random.sample(POINTS, 7)
        kinds: tuple[tuple[Callable[[], None], float], ...] = (
            (self._google_fails, 2.0),
            (self._webex_fails, 2.0),
            (self._cards_in_doubt, 3.0),
            (self._writes_in_doubt, 2.0),
            (self._throttled, 1.5),
            (self._slow, 1.0),
            (self._tokens_void, 1.0),
            (self._revoked, 0.7),
            (self._bad_page, 0.5),
            (self._disk_full, 0.7),
            (self._poison, 1.5),
            (self._program_fails, 0.7),
            (self._keys_away, 0.3),
            (self._power_cut, 0.7),
            (self._death_at_a_point, 9.0),
            (self._clock_jumps, 0.5),
        )
        self._kinds = [(kind, weight * self.random.choice((0.0, 1.0, 1.0, 4.0))) for kind, weight in kinds]
        """Each seed has its own climate: some troubles never come, some often."""

    # ---- when

    def brew(self, seconds: float, most: int) -> None:
        """Plan up to ``most`` troubles within the coming ``seconds``."""
        self.fair = False
        self._stretch += 1
        stretch = self._stretch
        kinds, weights = zip(*self._kinds, strict=True)
        number = self.random.randint(0, most) if sum(weights) else 0
        for kind in self.random.choices(kinds, weights, k=number):
            self._later(self.random.uniform(0, seconds), kind, stretch)

    def _later(self, seconds: float, act: Callable[[], None], stretch: int) -> None:
        self._scheduler.after(seconds, lambda: act() if not self.fair and stretch == self._stretch else None)

    def calm(self) -> None:
        """End everything."""
        self.fair = True
        self._outside.google.clear_faults()
        self._outside.webex.clear_faults()
        self._house.store.full = False
        self._house.show_keyring()
        self._wire.faulty.clear()
        self._scheduler._points.clear()

    # ---- in the services

    def _fault(self, service: Any, seconds: float, **rule: Any) -> None:
        """A rule that ends by itself."""
        service.add_fault({"times": 0, **rule})
        stretch = self._stretch
        self._later(seconds, service.clear_faults, stretch)

    def _google_fails(self) -> None:
        seconds = self.random.uniform(2, 180)
        kind = self.random.choice(({"kind": "status", "status": 503}, {"kind": "drop"}, {"kind": "garbage"}))
        path = self.random.choice((None, None, "/events", "/token$", "/vacation$", "/stop$"))
        match = {} if path is None else {"path_regex": path}
        if kind["kind"] == "garbage":
            match["method"] = "GET"
        self._fault(self._outside.google, seconds, match=match, chance=self.random.choice((1.0, 0.5)), **kind)

    def _webex_fails(self) -> None:
        seconds = self.random.uniform(2, 180)
        kind = self.random.choice(({"kind": "status", "status": 502}, {"kind": "drop"}))
        path = self.random.choice((None, None, "/messages", "/apheleia/"))
        match = {} if path is None else {"path_regex": path}
        self._fault(self._outside.webex, seconds, match=match, chance=self.random.choice((1.0, 0.5)), **kind)

    def _cards_in_doubt(self) -> None:
        """The next cards: posted or not, nobody says so."""
        fates = (
            {"kind": "ambiguous", "status": 503},
            {"kind": "ambiguous", "status": 0},
            {"kind": "drop"},
            {"kind": "status", "status": 500},
            {"kind": "status", "status": 429, "retry_after": 7},
            {"kind": "garbage"},
        )
        for _ in range(self.random.randint(1, 3)):
            self._outside.webex.add_fault({"match": _CARD, **self.random.choice(fates)})

    def _writes_in_doubt(self) -> None:
        path = self.random.choice(("/events/watch$", "/events/[^/]+$", "/stop$", "/token$"))
        method = "PATCH" if path.endswith("+$") else "POST"
        fate = self.random.choice(
            ({"kind": "ambiguous", "status": 503}, {"kind": "ambiguous", "status": 0}, {"kind": "drop"})
        )
        self._outside.google.add_fault({"match": {"method": method, "path_regex": path}, **fate})

    def _throttled(self) -> None:
        service = self.random.choice((self._outside.google, self._outside.webex))
        wait = self.random.choice((None, 1, 7, 40))
        rule = {"kind": "status", "status": 429, "reason": "rateLimitExceeded"}
        self._fault(service, self.random.uniform(5, 60), chance=0.6, retry_after=wait, **rule)

    def _slow(self) -> None:
        service = self.random.choice((self._outside.google, self._outside.webex))
        slowness = self.random.choice((0.5, 3.0, 12.0, 45.0))
        times = 2 if slowness > 30 else 5
        service.add_fault({"kind": "delay", "seconds": slowness, "times": times, "chance": 0.5})

    def _tokens_void(self) -> None:
        """Sync tokens end; what is moved out of every window just before, only a sweep notices."""
        if self.random.random() < 0.5:
            self._people.put_off()
        for address in sorted(self._referee.persons):
            self._outside.google.expire_sync_tokens(address)

    def _revoked(self) -> None:
        if self.random.random() < 0.5:
            self._outside.google.revoke_tokens(self._somebody())
        else:
            tokens = self._outside.webex.world.tokens
            for text in [text for text, token in tokens.items() if token.owner.kind == "appuser"]:
                self._outside.webex.revoke(text)
        self._referee.trouble()

    def _bad_page(self) -> None:
        """One item of the next page cannot be read."""
        self.malformed = True
        self._outside.google.add_fault({"kind": "malformed", "match": _LIST})

    # ---- in the process

    def _disk_full(self) -> None:
        self._house.store.full = True
        self._later(self.random.uniform(1, 60), self._disk_well, self._stretch)

    def _disk_well(self) -> None:
        self._house.store.full = False
        self._referee.trouble()

    def _poison(self) -> None:
        """One to three messages that kill the actors of one person or of everybody."""
        if self._house.alive:
            ids = list(self._house.ids.values())
            for user in ids if self.random.random() < 0.3 else ids[:1]:
                self._house.system.directory.tell(user, Poison())
            self._referee.trouble()

    def _program_fails(self) -> None:
        """A worker meets a fault of the program."""
        self._wire.faulty.append(self.random.random() < 0.5)
        self._referee.trouble()

    def _keys_away(self) -> None:
        """The keyring cannot be read for some minutes, and the process has to start meanwhile."""
        if self._house.alive and len(self._house.ids) > 1 and self._house.hide_keyring():
            self._later(self.random.uniform(10.0, 240.0), self._keys_back, self._stretch)
            self._scheduler.crash("keys away")

    def _keys_back(self) -> None:
        self._house.show_keyring()
        self._referee.trouble()

    def _power_cut(self) -> None:
        if self._house.alive:
            self._scheduler.crash("any moment")

    def _death_at_a_point(self) -> None:
        self._scheduler.arm(self.random.choice(self._points), self.random.choice((1, 1, 2, 3)))

    def haunt(self) -> None:
        """Perhaps the process dies within the next seconds."""
        if not self.fair and self.random.random() < 0.4:
            self._later(self.random.uniform(0.0, 6.0), self._power_cut, self._stretch)

    def _clock_jumps(self) -> None:
        """Everybody's clock, as after a suspended machine woke up."""
        self._scheduler.clock.jump(self.random.choice((30.0, 10 * MINUTE, 50 * MINUTE)))
        self._scheduler.reached["clock jump"] += 1
        self._referee.trouble()

    def restart_after(self) -> float:
        """Seconds until the process is up again."""
        return self.random.choice((0.5, 5.0, 5.0, 30.0, 5 * MINUTE)) if not self.fair else 1.0

    # ---- pushes

    def push(self, request: HttpRequest) -> None:
        """Google's notification is on its way."""
        fate = 1.0 if self.fair else self.random.random()
        if fate < self._push_loss:
            self._scheduler.reached["push lost"] += 1
            return
        times = 1
        if not self.fair and self.random.random() < 0.1:
            self._scheduler.reached["push doubled"] += 1
            times = 2
        for _ in range(times):
            late = 0.2 if self.fair else self.random.choice((0.05, 1.0, 8.0, 200.0))
            self._scheduler.after(self.random.uniform(0, late), lambda: self._deliver(request))

    def _deliver(self, request: HttpRequest) -> None:
        """To the push receiver's own entry; a process that is down hears nothing, and nobody repeats it."""
        if self._house.alive:
            headers = request.headers
            self._house.daemon.push(
                channel_id=headers["X-Goog-Channel-ID"],
                token=headers["X-Goog-Channel-Token"],
                resource_id=headers["X-Goog-Resource-ID"],
                first=headers["X-Goog-Resource-State"] == "sync",
            )

    # ---- just now

    def intrude(self, exchange: Exchange) -> None:
        """Somebody acts between a request's effect and its answer."""
        if self.fair:
            return
        if exchange.name == "google.list" and b'"nextPageToken"' in exchange.response.body:
            self._scheduler.point("google.list.more")
            if self.random.random() < 0.15:
                self._scheduler.reached["edit between pages"] += 1
                self._people.interfere()
            elif self.random.random() < 0.04:
                self._scheduler.reached["410 between pages"] += 1
                self._outside.google.expire_sync_tokens(exchange.who)
        elif exchange.name == "google.get" and self.random.random() < 0.1:
            self._people.interfere(exchange.request.url.partition("/events/")[2].partition("?")[0])

    def _somebody(self) -> str:
        return self.random.choice(sorted(self._referee.persons))
