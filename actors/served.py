"""What the supervisor knows of one user, and of the installation as all users together tell it.

Owns: the entry per user and how admins see it; the list of alarms. Promises: plain values and bookkeeping, no messages.
Does not: decide (``supervisor.py`` and ``hybridcal_daemon/domain/restarts.py`` do).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.domain import restarts
from hybridcal_daemon.domain.values import Instant
from hybridcal_daemon.ports import Alarmed, UserView

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pykka

    from hybridcal_daemon.domain.effects import Report
    from hybridcal_daemon.domain.state import UserSettings
    from hybridcal_daemon.ports import UserRow

WIDESPREAD: Final = frozenset(
    {
        "google-unauthorized-client",
        "google-scope",
        "google-key-invalid",
        "google-clock-skew",
        "google-auth-refused",
        "google-impersonation-refused",
        "google-iam-disabled",
        "google-source-refused",
        "google-rooms-account",
        "google-api-disabled",
        "google-daily-limit",
        "write-budget",
        "webex-token",
        "webex-presence-refused",
        "google-push-refused",
    }
)
"""Troubles of the installation: one alarm for all, however many users report them."""


@dataclass(slots=True)
class Served:
    """One activated user.

    ``ref``: the present or last life, None before the first. ``began_with``: the settings that life was given, None
    once it has reported. ``restart_at``: when a dead one lives again. ``erasing``: the store has been told to forget
    the user; nothing begins any more.
    """

    row: UserRow
    leaving: bool
    incarnation: int = 0
    ref: pykka.ActorRef[Any] | None = None
    began_at: Instant = Instant(0)
    began_with: UserSettings | None = None
    history: restarts.History = field(default_factory=restarts.History)
    restart_at: Instant | None = None
    report: Report | None = None
    erasing: bool = False
    undecorate: bool = False
    """Of somebody who leaves, as in ``Deactivated``."""

    @property
    def alive(self) -> bool:
        """Whether there is a life at this moment."""
        return self.ref is not None and self.ref.is_alive()

    @property
    def parked(self) -> bool:
        """Whether it rests after too many crashes."""
        return self.history.parked and self.restart_at is not None

    def view(self) -> UserView:
        """As admins see it."""
        report = self.report
        standing = self.row.standing if report is None else report.standing
        state, code, since = standing.state, standing.code if report is None else report.code, standing.since
        if self.leaving:
            state = "leaving"
        elif self.parked:
            state, code, since = "parked", "crashed", self.history.crashes[-1]
        return UserView(
            user=self.row.user,
            state=state,
            code=code,
            since=since,
            synced_at=Instant(0) if report is None else report.synced_at,
            meetings=0 if report is None else report.meetings,
            about=report.about if report is not None and report.code == code else (),
            devices=() if report is None else report.devices,
        )


class AlarmBook:
    """Troubles of the installation that users report."""

    def __init__(self) -> None:
        self._since: dict[str, Instant] = {}

    def enter(self, code: str, now: Instant) -> bool:
        """Note a reported trouble; True when it is widespread and was not known."""
        if code not in WIDESPREAD or code in self._since:
            return False
        self._since[code] = now
        return True

    def clear(self, everybody: Iterable[Served]) -> list[str]:
        """Take out, and give, the troubles that nobody who lives reports any more."""
        if not self._since:
            return []
        current = {each.report.code for each in everybody if each.report is not None and each.restart_at is None}
        over = [code for code in self._since if code not in current]
        for code in over:
            del self._since[code]
        return over

    def all(self) -> tuple[Alarmed, ...]:
        """Give all alarms, by code."""
        return tuple(Alarmed(code=code, since=since) for code, since in sorted(self._since.items()))
