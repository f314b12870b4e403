"""The names under which people know an event.

Owns: finding the event's id in what an admin pasted. Promises: pure; takes an id, the ``eid`` of Google Calendar's
address of the event, and that whole address. Does not: know whether there is such an event.

An ``eid`` is base64 of ``<event id> <calendar>`` (as in ``htmlLink``, Calendar v3 Events).
"""

from __future__ import annotations

import base64
import binascii
from typing import Final
from urllib.parse import parse_qs, urlsplit

_SCHEMES: Final = ("https://", "http://")
_EDIT: Final = ("eventedit", "event")
_LONGEST: Final = 4096


def event_id_in(text: str) -> str:
    """Give the id in a reference; what is none of the known forms comes back as it is."""
    text = text.strip()[:_LONGEST]
    if text.startswith(_SCHEMES):
        text = _eid_of(text)
    return _id_of(text) or text


def _eid_of(url: str) -> str:
    """Give ``?eid=``, or the last part of a path such as ``.../eventedit/<eid>``."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    asked = parse_qs(parts.query).get("eid")
    if asked:
        return asked[0]
    path = parts.path.rstrip("/").split("/")
    return path[-1] if len(path) > 1 and path[-2] in _EDIT else url


def _id_of(eid: str) -> str:
    """Give the event id of an eid, '' when it is none."""
    plain = eid.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        said = base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return ""
    event, _, calendar = said.partition(" ")
    return event if event and calendar and said.isprintable() else ""
