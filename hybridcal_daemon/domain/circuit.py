"""When to stop asking a service that fails.

Owns: ``Breaker`` (the service does not answer: nothing goes out, then one request probes) and ``Access`` (the service
refuses the installation: one request a minute probes, all others are answered here).
Promises: one subject's failures open the first late and the second never; a single success closes either.
Does not: know queues, or what is limited.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.values import MINUTE, Instant, UserId

OPEN_AFTER: Final = 5
ALONE: Final = 10
"""Service failures in a row that open the breaker: OPEN_AFTER when two users saw them, ALONE when it was one only."""
FIRST_PAUSE: Final = 5.0
LONGEST_PAUSE: Final = 60.0
REFUSED_AFTER: Final = 5
"""So many users who are refused for the installation's sake, and none who is not, are no matter of these users."""
PROBE_EVERY: Final = MINUTE

SERVICE_CODES: Final = frozenset(
    {"unreachable", "tls", "deadline", "protocol", "google-unavailable", "webex-unavailable"}
)
CONFIG_CODES: Final = frozenset(
    {
        "google-unauthorized-client",
        "google-auth-refused",
        "google-key-invalid",
        "google-clock-skew",
        "google-api-disabled",
        "google-impersonation-refused",
        "google-iam-disabled",
        "google-source-refused",
    }
)
"""What only an admin can mend, and concerns everybody (google.md F "Errors")."""
OURS: Final = frozenset({"worker-crashed", "expired", "busy", "answer-lost", "not-permitted"})
"""Failures that say nothing about the service: the request never reached it, or its answer was not looked at."""
_ADMITTED: Final = frozenset({Kind.NOT_FOUND, Kind.RESYNC, Kind.CONFLICT, Kind.REFUSED})
"""Answers that only somebody gets whose token was accepted."""

Circuit = Literal["closed", "open", "probing"]


@dataclass(slots=True)
class Breaker:
    """Of one service."""

    circuit: Circuit = "closed"
    failures: int = 0
    failed_users: set[UserId] = field(default_factory=set)
    pause: float = FIRST_PAUSE
    closed_until: Instant = Instant(0)

    def lets(self, in_flight: int, now: Instant) -> bool:
        """Whether one more request may begin while ``in_flight`` are under way."""
        if self.circuit == "closed":
            return True
        return in_flight == 0 and (self.circuit == "probing" or self.closed_until <= now)

    def opens_at(self, in_flight: int, now: Instant) -> Instant | None:
        """When time alone lets the next request begin; None: only the end of another one does."""
        if self.circuit == "open" and self.closed_until > now:
            return self.closed_until
        return now if self.lets(in_flight, now) else None

    def began(self) -> None:
        """A request begins; while open it is the probe."""
        if self.circuit == "open":
            self.circuit = "probing"

    def ended(self, user: UserId, kind: Kind | None, code: str, now: Instant) -> None:
        """A request ended; ``kind`` None means well. An answer is an answer, however bad."""
        if kind is Kind.TRANSIENT and code in SERVICE_CODES:
            self._failed(user, now)
        elif self.circuit != "open" and code not in OURS and kind is not Kind.SEALED:
            self._well()

    def rewound(self, now: Instant) -> None:
        """The clock was set back to ``now``."""
        self.closed_until = Instant(min(self.closed_until, now + LONGEST_PAUSE))

    def _failed(self, user: UserId, now: Instant) -> None:
        self.failures += 1
        self.failed_users.add(user)
        enough = OPEN_AFTER if len(self.failed_users) > 1 else ALONE
        if self.circuit == "probing" or (self.failures >= enough and self.circuit == "closed"):
            self.pause = min(self.pause * 2.0, LONGEST_PAUSE) if self.circuit == "probing" else FIRST_PAUSE
            self.circuit = "open"
            self.closed_until = Instant(now + self.pause)

    def _well(self) -> None:
        self.circuit = "closed"
        self.failures = 0
        self.failed_users.clear()
        self.pause = FIRST_PAUSE


@dataclass(slots=True)
class Access:
    """Of one feature: a scope that was not granted must stop nothing that needs another one.

    ``code``: why everybody is refused, '' while they are not.
    """

    code: str = ""
    users: set[UserId] = field(default_factory=set)
    probing: bool = False
    probe_at: Instant = Instant(0)

    def lets(self, now: Instant) -> bool:
        """Whether a request may begin."""
        return not self.code or (not self.probing and self.probe_at <= now)

    def answers(self, now: Instant) -> bool:
        """Whether orders are answered with ``code`` at once: no probe is under way nor due."""
        return bool(self.code) and not self.probing and self.probe_at > now

    def began(self) -> None:
        """A request begins; while refused it is the probe."""
        self.probing = bool(self.code)

    def ended(self, user: UserId, kind: Kind | None, code: str, now: Instant) -> None:
        """A request ended."""
        if kind is None or (kind in _ADMITTED and code not in OURS):
            self.reset()
        elif kind is Kind.CONFIG and code in CONFIG_CODES:
            self._refused(user, code, now)
        elif self.probing:
            self._rest(now)  # it told nothing: another one tries

    def reset(self) -> None:
        """All is well, or may be: an admin has reloaded the configuration."""
        if self.code or self.users:
            self.code, self.probing = "", False
            self.users.clear()

    def rewound(self, now: Instant) -> None:
        """The clock was set back to ``now``."""
        self.probe_at = Instant(min(self.probe_at, now + PROBE_EVERY))

    def _refused(self, user: UserId, code: str, now: Instant) -> None:
        if self.code:
            self.code = code
            if self.probing:
                self._rest(now)
            return
        self.users.add(user)
        if len(self.users) >= REFUSED_AFTER:
            self.code = code
            self._rest(now)

    def _rest(self, now: Instant) -> None:
        self.probing = False
        self.probe_at = Instant(now + PROBE_EVERY)
