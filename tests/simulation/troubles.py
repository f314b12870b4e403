"""What goes wrong in both services.

Owns: the troubles of Google and Webex, one method each. Promises: each ends by itself or with :meth:`Troubles.mend`.
Does not: choose when (``weather.py``) or judge (``referee.py``).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.domain.tokens import Purpose

if TYPE_CHECKING:
    from tests.simulation.house import House
    from tests.simulation.outside import Exchange, Outside, Wire
    from tests.simulation.people import People
    from tests.simulation.referee import Referee
    from tests.simulation.scheduler import SimScheduler

MINUTE, HOUR = 60.0, 3600.0
_CARD: Final = {"method": "POST", "path_regex": "/v1/messages$"}
_LIST: Final = {"method": "GET", "path_regex": "/events$"}
_PAGES_END: Final = (
    {"status": 410, "reason": "fullSyncRequired"},
    {"status": 400, "reason": "invalid"},
    {"status": 503, "reason": "backendError"},
)
"""How a traversal ends early: as if the token were void, as if the page token were too old, by a failure."""
_YOUNG: Final = 2 * MINUTE
"""A token of the service app that is refused so soon is no matter of the token, for the daemon."""
_QUOTAS: Final = (
    {"status": 429, "reason": "rateLimitExceeded"},
    {"status": 429, "reason": "RATE_LIMIT_EXCEEDED"},
    {"status": 403, "reason": "rateLimitExceeded"},
    {"status": 403, "reason": "userRateLimitExceeded"},
    {"status": 403, "reason": "userRateLimitExceeded"},
)
_IN_DOUBT: Final = ({"kind": "ambiguous", "status": 503}, {"kind": "ambiguous", "status": 0}, {"kind": "drop"})
_WRITES: Final = (
    ("POST", "/events/watch$"),
    ("PATCH", "/events/[^/]+$"),
    ("POST", "/stop$"),
    ("POST", "/token$"),
    ("POST", "/events$"),
    ("POST", "/quickAdd$"),
    ("DELETE", "/events/[^/]+$"),
    ("POST", "/acl$"),
    ("DELETE", "/acl/"),
)

_OF_ERRANDS: Final = {
    "insert": ("POST", "/events$"),
    "quick-add": ("POST", "/quickAdd$"),
    "patch": ("PATCH", "/events/[^/]+$"),
    "delete": ("DELETE", "/events/[^/]+$"),
}


class Troubles:
    """Of the services. ``resync``: something was lost that only a full list shows."""

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
        self.resync = False
        self.without: frozenset[Purpose] = frozenset()
        """What the admin of the domain did not grant in this run."""
        self.rules: dict[str, Any] = {}
        """Which channels Google grants in this run."""
        self._stretch = 0

    def _later(self, seconds: float, act: Callable[[], None], stretch: int) -> None:
        self._scheduler.after(seconds, lambda: act() if not self.fair and stretch == self._stretch else None)

    def mend(self) -> None:
        """End what the services suffer from."""
        self._outside.google.clear_faults()
        self._outside.webex.clear_faults()
        self._outside.grant(self.without)
        self._outside.google._channels.pushing.set_rules(self.rules)
        self._outside.google._channels.pushing.set_weather({})

    def _fault(self, service: Any, seconds: float, **rule: Any) -> None:
        """A rule that ends by itself."""
        service.add_fault({"times": 0, **rule})
        stretch = self._stretch
        self._later(seconds, service.clear_faults, stretch)

    def _lasting(self, seconds: float) -> None:
        """There is trouble for so long that no fault of an answer tells of."""
        self._referee.trouble()
        if seconds > 0:
            self._later(min(seconds, MINUTE), lambda: self._lasting(seconds - MINUTE), self._stretch)

    def _somebody(self) -> str:
        return self.random.choice(sorted(self._referee.persons))

    # ---- requests that fail

    def _google_fails(self) -> None:
        seconds = self.random.uniform(2, 180)
        kind = self.random.choice(
            (
                {"kind": "status", "status": 503},
                {"kind": "status", "status": 502, "reason": "html"},
                {"kind": "status", "status": 500, "reason": "empty"},
                {"kind": "drop"},
                {"kind": "garbage"},
            )
        )
        path = self.random.choice((None, None, "/events", "/token$", "/vacation$", "/stop$", "/acl"))
        match = {} if path is None else {"path_regex": path}
        if kind["kind"] == "garbage":
            match["method"] = "GET"
        self._fault(self._outside.google, seconds, match=match, chance=self.random.choice((1.0, 0.5)), **kind)

    def _reads_fail(self) -> None:
        """Single events cannot be read for some minutes; one of them is the series of an exception near at hand."""
        self._people.bring_near()
        match = {"method": "GET", "path_regex": "/events/[^/]+$"}
        self._fault(self._outside.google, self.random.uniform(60, 900), match=match, kind="status", status=503)

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
        for method, path in self.random.sample(_WRITES, 2):
            self.doubt(method, path)

    def doubt(self, method: str, path: str) -> None:
        """The next such write: done or not, nobody says so."""
        fate = self.random.choice(_IN_DOUBT)
        self._outside.google.add_fault({"match": {"method": method, "path_regex": path}, **fate})

    def doubt_errand(self, wire: str) -> None:
        """The next request of an errand: done or not, nobody says so."""
        if not self.fair:
            self.doubt(*_OF_ERRANDS[wire])

    def _slow(self) -> None:
        service = self.random.choice((self._outside.google, self._outside.webex))
        slowness = self.random.choice((0.5, 3.0, 12.0, 45.0))
        times = 2 if slowness > 30 else 5
        service.add_fault({"kind": "delay", "seconds": slowness, "times": times, "chance": 0.5})

    # ---- quotas

    def _throttled(self) -> None:
        """A service wishes for less: from everybody, or from somebody."""
        wait = self.random.choice((None, 1, 7, 40))
        if self.random.random() < 0.3:
            rule = {"kind": "status", "status": 429, "reason": "rateLimitExceeded"}
            self._fault(self._outside.webex, self.random.uniform(5, 60), chance=0.6, retry_after=wait, **rule)
            return
        quota = self.random.choice(_QUOTAS)
        match = {"user": self._somebody()} if quota["reason"].startswith("user") else {"path_regex": "/calendar/v3/"}
        seconds = self.random.uniform(5, 60)
        self._fault(self._outside.google, seconds, match=match, chance=0.6, retry_after=wait, kind="status", **quota)

    def _used_up(self) -> None:
        """Somebody may write no more for a while: limits of usage, which say nothing about reading."""
        match = {"method": self.random.choice(("PATCH", "POST")), "path_regex": "/events(/(?!watch$)[^/]+)?$"}
        self._outside.google.add_fault(
            {"match": match, "kind": "status", "status": 403, "reason": "quotaExceeded", "times": 2}
        )

    # ---- tokens

    def _tokens_void(self) -> None:
        """Sync tokens end; what is moved out of every window just before, only a sweep notices."""
        if self.random.random() < 0.5:
            self._people.put_off()
        for address in sorted(self._referee.persons):
            self._outside.google.expire_sync_tokens(address)

    def _tokens_void_again(self) -> None:
        """They end, and soon after that they end once more."""
        self._tokens_void()
        for _ in range(self.random.choice((1, 1, 2))):
            self._later(self.random.uniform(5.0, 900.0), self._tokens_void, self._stretch)

    def _sync_token_garbled(self) -> None:
        """Google does not know the token of the next incremental list as one."""
        self._wire.pages.garbled = 1

    def _revoked(self) -> None:
        if self.random.random() < 0.5:
            self._outside.google.revoke_tokens(self._somebody())
        elif self._scheduler.clock.elapsed > self._referee.app_token_at + _YOUNG:
            tokens = self._outside.webex.world.tokens
            for text in [text for text, token in tokens.items() if token.owner.kind == "appuser"]:
                self._outside.webex.revoke(text)
        self._referee.trouble()

    def _delegation_away(self) -> None:
        """The admin of the domain takes everything away for a while."""
        self._scheduler.reached["delegation away"] += 1
        seconds = self.random.uniform(30.0, 20 * MINUTE)
        self._outside.grant(Purpose)
        for address in sorted(self._referee.persons):
            self._outside.google.revoke_tokens(address)
        self._lasting(seconds)
        self._later(seconds, lambda: self._outside.grant(self.without), self._stretch)

    # ---- lists

    def _bad_page(self) -> None:
        """One item of the next page cannot be read."""
        self.resync = True
        self._outside.google.add_fault({"kind": "malformed", "match": _LIST})

    def _forgetful(self) -> None:
        """Google's next incremental answers leave out what has changed."""
        self.resync = True
        self._wire.pages.forgetful = self.random.randint(1, 3)

    def _old_versions(self) -> None:
        """Later pages of the next lists show again what earlier ones have shown, as it was before."""
        self._wire.pages.repeating = self.random.randint(1, 4)

    def break_off(self, exchange: Exchange) -> None:
        """The page after this one does not come."""
        match = {**_LIST, "user": exchange.who}
        self._outside.google.add_fault({"match": match, "kind": "status", **self.random.choice(_PAGES_END)})

    # ---- channels

    def _channels_short(self) -> None:
        """Channels last as long as Google likes."""
        longest = self.random.choice((240, 1200, 3600))
        self._outside.google._channels.pushing.set_rules({"longest_ttl": longest, "stop_again": 60.0, **self.rules})

    def _pushes_astray(self) -> None:
        """Numbers with gaps, messages in another order, after a stop, before the answer to watch."""
        self._outside.google._channels.pushing.set_weather(
            {
                "swapped": self.random.choice((0.0, 0.4)),
                "after_stop": self.random.choice((0, 2)),
                "sync_ahead": self.random.choice((0.0, 0.5, 3.0)),
                "seed": self._scheduler.seed,
            }
        )
