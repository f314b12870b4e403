"""Who a bearer token of a reader belongs to.

Owns: the question to Webex, and a small memory of its answers. Promises: a token is remembered only as a keyed hash,
for a few minutes; the memory is bounded. Does not: decide who may read what (``daemon.py`` does).
"""

from __future__ import annotations

import hmac
import threading
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain.values import Plain, Secret, UserId

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.ports import Clock, Random, WebexApi

_BELIEVED: Final = 300.0
_MOST: Final = 10_000


class Readers:
    """Thread-safe; each thread that asks gets its own connection to Webex."""

    def __init__(self, clock: Clock, random: Random, make_webex: Callable[[], WebexApi]) -> None:
        self._clock = clock
        self._key = random.token(32).encode()
        self._make_webex = make_webex
        self._own = threading.local()
        self._lock = threading.Lock()
        self._known: dict[bytes, tuple[UserId, float]] = {}

    def known(self, bearer: Secret[str]) -> UserId | None:
        """The user behind a token that was asked about lately."""
        with self._lock:
            found = self._known.get(self._hash(bearer))
        return found[0] if found is not None and found[1] > self._clock.monotonic() else None

    def addresses(self, bearer: Secret[str]) -> tuple[Plain[str], ...]:
        """The addresses that Webex knows the bearer by. CallError USER bearer-invalid, or as the service fails."""
        webex: WebexApi | None = getattr(self._own, "webex", None)
        if webex is None:
            webex = self._own.webex = self._make_webex()
        return webex.whoami(bearer).emails

    def remember(self, bearer: Secret[str], user: UserId) -> None:
        """Believe this for a few minutes."""
        with self._lock:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[self._hash(bearer)] = (user, self._clock.monotonic() + _BELIEVED)

    def forget(self) -> None:
        """Somebody was deactivated: believe nothing any more."""
        with self._lock:
            self._known.clear()

    def _hash(self, bearer: Secret[str]) -> bytes:
        return hmac.digest(self._key, bearer.reveal().encode(), "sha256")
