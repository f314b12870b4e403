"""Looking at some of many exchanges.

Owns: which ones. Promises: the same seed shows the same ones. Does not: look itself.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.outside import Exchange

_FIRST, _SHARE = 4, 0.02


class Sampled:
    """A watcher that is shown the first exchanges of each kind of request and answer, and some of the others."""

    def __init__(self, watch: Callable[[Exchange], None], seed: int) -> None:
        self._watch = watch
        self._random = random.Random(f"sampled/{seed}")
        self._seen: Counter[tuple[object, ...]] = Counter()

    def __call__(self, exchange: Exchange) -> None:
        """Show it, or not."""
        url = urlsplit(exchange.request.url)
        names = tuple(sorted(pair.partition("=")[0] for pair in url.query.split("&")))
        kind = (exchange.name, exchange.response.status, names)
        self._seen[kind] += 1
        if exchange.name == "google.token" or self._seen[kind] <= _FIRST or self._random.random() < _SHARE:
            self._watch(exchange)
