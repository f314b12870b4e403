"""How the daemon behaves towards Google, request by request.

Owns: what is refused as a bad request, whose answers are written, how soon a push is followed by a look, and the count
of refusals that are rare. Promises: a breach ends the run at that very step. Does not: know calendars or cards
(``referee.py`` does).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tests.simulation.house import Violated

if TYPE_CHECKING:
    from tests.simulation.house import House
    from tests.simulation.outside import Exchange
    from tests.simulation.referee import Referee
    from tests.simulation.scheduler import SimScheduler

MINUTE: Final = 60.0
_VOID: Final = frozenset({HTTPStatus.GONE, HTTPStatus.BAD_REQUEST})
_MAY_BE_BAD: Final = frozenset({"google.watch", "google.token", "google.vacation"})
"""An id that is taken, a calendar that cannot be watched, a person whom Google does not know, one without a mailbox."""
_PROMPT: Final = 240.0
"""Seconds within which a push is looked after; the slowest pace of looks is one a minute."""
_SOON: Final = 3600.0
_SHORT: Final = 300.0
_UNWATCHED: Final = 3700.0
_REST: Final = 16 * 3600.0
"""Longest pause after "Calendar usage limits exceeded.", with its jitter."""


class Conduct:
    """Watches the wire."""

    def __init__(self, scheduler: SimScheduler, house: House, referee: Referee) -> None:
        self._scheduler = scheduler
        self._house = house
        self._referee = referee
        self._void_at: dict[str, float] = {}
        self._pushed_at: dict[str, float] = {}
        """Since when a push waits for a list."""

    def saw(self, exchange: Exchange) -> None:
        """Look at one exchange."""
        if exchange.who not in self._referee.persons or not exchange.name.startswith("google."):
            return
        self._notice(exchange)
        if exchange.name == "google.patch":
            _check_attendees(exchange.who, msgspec.json.decode(exchange.request.body or b"{}"))
        elif exchange.name == "google.watch":
            self._watched(exchange)
        elif exchange.name == "google.list":
            self._listed(exchange)

    # ---- refusals

    def _notice(self, exchange: Exchange) -> None:
        """Remember refusals that change what may be expected, and count those that are rare."""
        status, body = exchange.response.status, exchange.response.body
        if status == HTTPStatus.BAD_REQUEST and not exchange.fault and exchange.name not in _MAY_BE_BAD:
            _check_garbled(exchange)
        if status == HTTPStatus.FORBIDDEN and b"userRateLimitExceeded" in body:
            self._reach("user asked to go slower")
        if status == HTTPStatus.FORBIDDEN and b"quotaExceeded" in body:
            self._referee.persons[exchange.who].rests_until = self._scheduler.clock.now() + _REST
            self._reach("usage limited")

    def _listed(self, exchange: Exchange) -> None:
        full, later = "syncToken=" not in exchange.request.url, "pageToken=" in exchange.request.url
        if not later:
            self._pushed_at.pop(exchange.who, None)
        status, elapsed = exchange.response.status, self._scheduler.clock.elapsed
        if status not in _VOID or exchange.response.drop:
            return
        where, kind = "between pages" if later else "at the first page", "full" if full else "incremental"
        self._reach(f"{status} {where} of a list that is {kind}")
        if status == HTTPStatus.GONE and elapsed < self._void_at.get(exchange.who, -_SOON) + _SOON:
            self._reach("410 again soon")
        self._void_at[exchange.who] = elapsed

    def _watched(self, exchange: Exchange) -> None:
        """Google may grant a channel for so short a time that it is not worth having another one soon."""
        if exchange.response.status == HTTPStatus.OK and exchange.fault != "garbage":
            now = self._scheduler.clock.now()
            if int(msgspec.json.decode(exchange.response.body)["expiration"]) / 1000 < now + _SHORT:
                self._referee.persons[exchange.who].unwatched_until = now + _UNWATCHED

    # ---- pushes

    def pushed(self, user: str) -> None:
        """A push was taken for somebody."""
        for address in [address for address, known in self._house.ids.items() if known == user]:
            self._pushed_at.setdefault(address, self._scheduler.clock.elapsed)

    def look(self) -> None:
        """Once a minute: each push was followed by a list, soon."""
        elapsed, now = self._scheduler.clock.elapsed, self._scheduler.clock.now()
        for address, since in list(self._pushed_at.items()):
            quiet = self._referee.calm_at() < now - (elapsed - since)
            if not quiet or self._referee.persons[address].state != "served":
                del self._pushed_at[address]  # there was trouble meanwhile: it may have been lost
            elif elapsed > since + _PROMPT:
                raise Violated("push", f"a push for {address} is not looked after for {elapsed - since:.0f} s")
        self._scheduler.after(MINUTE, self.look)

    def _reach(self, what: str) -> None:
        self._scheduler.reached[what] += 1


def _check_garbled(exchange: Exchange) -> None:
    """Nothing that the daemon asks is a bad request, unless it was garbled on its way."""
    if "syncToken=garbled" not in exchange.request.url:
        raise Violated("contract", f"{exchange.name} is a bad request: {exchange.response.body[:300]!r}")


def _check_attendees(who: str, body: dict[str, Any]) -> None:
    """Of all who are invited only the own answer is ever written."""
    guests = body.get("attendees", ())
    own = len(guests) == 1 and guests[0].keys() == {"email", "responseStatus"} and guests[0]["email"] == who
    if guests and not (own and body.get("attendeesOmitted")):
        raise Violated("attendees", f"{len(guests)} guests are written on the calendar of {who}")
