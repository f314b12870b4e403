"""Pages of a list and the link to the next one.

Owns: ``max``, ``cursor`` and the ``Link`` header. Promises: a page begins after the last item of the one before, also
when items came or went in between. Does not: sort or filter.

Based on: ``Link: <...>; rel="next"`` (RFC 8288) [public guide to paging]; what its query holds is the service's own
matter, here ``cursor``. Links that lose the caller's parameters and say ``max=null`` [the community's Python SDK
repairs such]: only after the control call for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

from hybridcal_daemon.sandbox.webex.call import Refusal, whole_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hybridcal_daemon.sandbox.webex.call import Call

Item = TypeVar("Item")


def page(
    call: Call, found: Sequence[Item], key: Callable[[Item], str], default: int, most: int
) -> tuple[Sequence[Item], dict[str, str]]:
    """Give the items of the page that is asked for, and the headers. ``key``: what an item is known by."""
    size = whole_number(call, "max", default, most)
    begin = _position(call.query["cursor"], [key(item) for item in found]) if "cursor" in call.query else 0
    items = found[begin : begin + size]
    more = len(found) > begin + size
    return items, next_link(call, f"{begin + size}.{key(items[-1])}") if more else {}


def _position(cursor: str, keys: list[str]) -> int:
    """Give where the page begins: after the item that was last, or where that stood when it has gone."""
    number, _, last = cursor.partition(".")
    if not (number.isascii() and number.isdigit()):
        raise Refusal(400, "Query parameter 'cursor' is not one of this service.")
    return keys.index(last) + 1 if last in keys else max(0, int(number) - 1)


def next_link(call: Call, cursor: str) -> dict[str, str]:
    """Write the header that leads to the next page."""
    own = {"max": "null"} if call.world.lossy_links else call.query
    return {"link": f'<{call.origin}{call.path}?{urlencode({**own, "cursor": cursor})}>; rel="next"'}
