"""Lists that Google answers badly, without saying so.

Owns: what is done to pages on their way: a token that arrives garbled, changes that are never told, an old version of
an event that comes after its new one. Promises: each of these may happen with Google itself. Does not: choose when.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from hybridcal_daemon.ports import HttpRequest
    from hybridcal_daemon.sandbox.marked import MarkedResponse
    from tests.simulation.outside import Exchange

_OK: Final = 200
_ITEMS: Final = b'"items":[{'
_TOKEN: Final = re.compile(r"syncToken=[^&]*")


class Pages:
    """Between Google and the wire. ``forgetful``, ``garbled``, ``repeating``: how many lists it will happen to."""

    def __init__(self, reached: Counter[str]) -> None:
        self._reached = reached
        self.forgetful = 0
        self.garbled = 0
        self.repeating = 0
        self.forgot: Callable[[], None] = lambda: None
        """Called when a change is not told."""
        self._versions: dict[tuple[str, str], tuple[Any, Any]] = {}
        """By calendar and event: the version before the last one that was shown, and the last."""
        self._pages: dict[str, list[str]] = {}

    def calm(self) -> None:
        """From now on all is well."""
        self.forgetful = self.garbled = self.repeating = 0

    def asked(self, request: HttpRequest) -> HttpRequest:
        """A request for a page, as it arrives."""
        if not self.garbled or "syncToken=" not in request.url:
            return request
        self.garbled -= 1
        self._reached["sync token garbled"] += 1
        return replace(request, url=_TOKEN.sub("syncToken=garbled", request.url))

    def answered(self, exchange: Exchange) -> MarkedResponse:
        """A page, as it arrives."""
        who, request, response = exchange.who, exchange.request, exchange.response
        if exchange.fault or response.status != _OK or "pageToken=" not in request.url:
            self._pages[who] = []
        if exchange.fault or response.status != _OK or _ITEMS not in response.body:
            return response
        page = msgspec.json.decode(response.body)
        if self.forgetful and "syncToken=" in request.url:
            return self._forget(response, page)
        return self._remember(who, response, page)

    def _forget(self, response: MarkedResponse, page: dict[str, Any]) -> MarkedResponse:
        self.forgetful -= 1
        self._reached["change never told"] += 1
        self.forgot()
        return replace(response, body=msgspec.json.encode(page | {"items": []}))

    def _remember(self, who: str, response: MarkedResponse, page: dict[str, Any]) -> MarkedResponse:
        """Keep the versions; perhaps show old ones again after the new."""
        again = [self._versions[who, event][0] for event in self._pages[who]] if self.repeating else []
        again = [item for item in again if item is not None]
        for item in page["items"]:
            self._pages[who].append(item["id"])
            older, last = self._versions.get((who, item["id"]), (None, None))
            if last is None or last["etag"] != item["etag"]:
                older = last if _is_newer(item, last) else None
            self._versions[who, item["id"]] = (older, item)
        if not again:
            return response
        self.repeating -= 1
        self._reached["old version after the new one"] += 1
        return replace(response, body=msgspec.json.encode(page | {"items": [*page["items"], *again]}))


def _is_newer(item: dict[str, Any], last: dict[str, Any] | None) -> bool:
    """Whether anybody can tell that it is: what is cancelled need not say since when."""
    return last is not None and "updated" in item and "updated" in last and item["updated"] > last["updated"]
