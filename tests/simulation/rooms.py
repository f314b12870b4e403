"""The room: who may see its calendar, and that nobody else is touched or told.

Owns: what was there before the daemon came. Promises: each request of the accounts behind the room is about the room;
after a goodbye the rules are as they were. Does not: look at what is stored of the room (``oracle.py`` does).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from tests.simulation.house import Violated
from tests.simulation.outside import ACTING, ROOM
from tests.simulation.plans import STRANGER

if TYPE_CHECKING:
    from tests.simulation.outside import Exchange, Outside
    from tests.simulation.scheduler import SimScheduler

_FOR_GUESTS: Final = frozenset({"google.insert", "google.patch", "google.delete", "google.quick-add"})
_STRANGE: Final = STRANGER[STRANGER.index("@") :]
_ENOUGH: Final = frozenset({"writer", "owner"})


class RoomWatch:
    """Watches the wire for rooms and for mail. ``mailing``: whom Google may mail about a meeting."""

    def __init__(self, scheduler: SimScheduler, outside: Outside, mailing: str) -> None:
        self._scheduler = scheduler
        self._google = outside.google
        self._mailing = mailing
        self._before: list[dict[str, str]] = []
        self._mails = 0

    def saw(self, exchange: Exchange) -> None:
        """Look at one exchange."""
        self._check_mail(exchange)
        if exchange.who == ROOM:
            if exchange.name.startswith("webex.") or exchange.calendar not in {"", ROOM}:
                raise Violated("access", f"{exchange.name} on {exchange.calendar} by an account behind the room")
        elif exchange.who and exchange.calendar not in {"", exchange.who}:
            raise Violated("access", f"{exchange.name} on {exchange.calendar} by {exchange.who}")
        if exchange.name == "google.acl-insert":
            self._check_rule(exchange)

    def _check_rule(self, exchange: Exchange) -> None:
        rule = msgspec.json.decode(exchange.request.body or b"{}")
        whom = rule["scope"] == {"type": "user", "value": ACTING}
        if exchange.calendar != ROOM or not whom or rule["role"] == "owner":
            raise Violated("room-access", "a rule for somebody else, or for too much")

    def _check_mail(self, exchange: Exchange) -> None:
        mails = self._google._world.mails
        new, self._mails = mails[self._mails :], len(mails)
        for mail in new:
            strangers = self._mailing == "all" or all(address.endswith(_STRANGE) for address in mail["to"])
            if self._mailing == "none" or exchange.name not in _FOR_GUESTS or not strangers:
                raise Violated("mail", f"{exchange.name} had {len(mail['to'])} people mailed")

    # ---- activation

    def joins(self) -> None:
        """An admin activates the room."""
        self._before = self._google.rules(ROOM)

    @property
    def given(self) -> bool:
        """The acting account has more than it had before."""
        return self._google.rules(ROOM) != self._before

    def check_served(self) -> None:
        """The room is served, and all is calm: the account may read and write."""
        roles = {rule["role"] for rule in self._google.rules(ROOM) if rule["id"] == f"user:{ACTING}"}
        if not roles & _ENOUGH:
            raise Violated("room-access", "the acting account has no access to the room that is served")
        self._scheduler.reached["room access given" if self.given else "room access found"] += 1

    def check_left(self, *, tight: bool) -> None:
        """The room is not served any more. ``tight``: giving back may not have had its turn in time."""
        rules = self._google.rules(ROOM)
        late = tight and all(rule in rules for rule in self._before)
        if self.given and not late:
            raise Violated("room-access", f"the rules are {self._google.rules(ROOM)}, they were {self._before}")
        self._scheduler.reached["room access as before"] += 1
