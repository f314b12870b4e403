"""The meetings list as the Webex app reads it, made from stored events.

Owns: the range of a list request, and the clear fields that an item gets besides its sealed ones.
Promises: pure; sealed fields are passed through byte for byte; every item has ``id``, ``seriesId``, ``start``,
``durationMinutes``, ``isRecurring`` and its links (the fields and their names: the Webex JS SDK, calendar plugin).
Does not: expand series (``domain/recurrence.py``) or open anything sealed.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from hybridcal_daemon.domain.recurrence import Occurrence, occurrences
from hybridcal_daemon.domain.values import DAY, MINUTE, AllDay, Instant, Window, as_instant, served_window

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hybridcal_daemon.ports import ItemRow

BASE: Final = "/calendar/api/v1/calendarEvents"
_BACK: Final = DAY
_AHEAD: Final = 7 * DAY
_LONGEST: Final = 64
_LOST_PLUS: Final = re.compile(r" (?=\d\d:?\d\d$)")
_RAW: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


class BadRange(Exception):  # noqa: N818 - an answer, turned into 400
    """A parameter of the list request is wrong. ``parameter``: its name; the text says why."""

    def __init__(self, parameter: str, why: str) -> None:
        super().__init__(why)
        self.parameter = parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One occurrence that is shown, with the sealed fields of its event."""

    occurrence: Occurrence
    item: bytes


def asked_range(query: Mapping[str, str], now: Instant) -> Window:
    """Range of a list request: ``fromDate`` and ``toDate``, ISO-8601 instants; other parameters are ignored.

    Without both it reaches from one day back to seven days ahead; without one it has that same length. BadRange.
    """
    start, end = _instant(query, "fromDate"), _instant(query, "toDate")
    if start is None and end is None:
        start, end = now - _BACK, now + _AHEAD
    elif start is None:
        start = (end or now) - _BACK - _AHEAD
    elif end is None:
        end = start + _BACK + _AHEAD
    if end is None or end <= start:
        raise BadRange("toDate", "must be after fromDate")
    return Window(start=Instant(start), end=Instant(end))


def _instant(query: Mapping[str, str], name: str) -> float | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(_LOST_PLUS.sub("+", text)) if len(text) <= _LONGEST else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadRange(name, "must be an ISO-8601 instant with its zone, for example 2026-11-30T10:00:00Z")
    return moment.timestamp()


def clip(asked: Window, now: Instant) -> Window | None:
    """Part of a range that is served; None when nothing of it is."""
    served = served_window(now)
    start, end = max(asked.start, served.start), min(asked.end, served.end)
    return Window(start=start, end=end) if start < end else None


def shown(rows: Sequence[ItemRow], window: Window) -> list[Shown]:
    """Every meeting within the window that has an item, in the order of its start; absences are none."""
    items = {row.fact.event_id: row.item for row in rows}
    found, _unreadable = occurrences([row.fact for row in rows], window)
    kept = [Shown(occurrence=one, item=items[one.fact.event_id]) for one in found if one.fact.kind == "meeting"]
    return sorted(
        (one for one in kept if one.item), key=lambda one: (as_instant(one.occurrence.start), one.occurrence.instance)
    )


def find(rows: Sequence[ItemRow], instance: str, now: Instant) -> Shown | None:
    """Find the served occurrence with this id."""
    for one in shown(rows, served_window(now)):
        if one.occurrence.instance == instance:
            return one
    return None


def listed(rows: Sequence[ItemRow], window: Window | None, base: str) -> bytes:
    """Body of the list's answer: ``{"items": [...]}``; ``base``: scheme and host of the links."""
    found = shown(rows, window) if window is not None else []
    return msgspec.json.encode({"items": [msgspec.Raw(whole(one, base)) for one in found]})


def whole(one: Shown, base: str) -> bytes:
    """One item: its clear fields, then its sealed ones."""
    return msgspec.json.encode({**dict(_clear(one.occurrence, base)), **_RAW.decode(one.item)})


def part(one: Shown, *fields: str) -> bytes:
    """Sub-resource of an item: ``encryptionKeyUrl`` and those of the named sealed fields that there are."""
    sealed = _RAW.decode(one.item)
    return msgspec.json.encode({name: sealed[name] for name in ("encryptionKeyUrl", *fields) if name in sealed})


def _clear(occurrence: Occurrence, base: str) -> Iterator[tuple[str, object]]:
    fact = occurrence.fact
    start, end = as_instant(occurrence.start), as_instant(occurrence.end)
    own = f"{base}{BASE}/{encode_id(occurrence.instance)}"
    yield "id", occurrence.instance
    yield "seriesId", fact.key
    yield "start", _iso(start)
    yield "durationMinutes", max(1, math.ceil((end - start) / MINUTE))
    yield "isRecurring", bool(fact.recurrence) or fact.series_id is not None
    yield "isAllDay", isinstance(occurrence.start, AllDay)
    yield "links", [{"href": own, "rel": "self"}]
    yield "participantsUrl", f"{own}/participants"
    yield "notesUrl", f"{own}/notes"


def _iso(at: Instant) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def encode_id(instance: str) -> str:
    """Base64 of an id as the SDK writes it into paths: URL-safe, without padding."""
    return base64.urlsafe_b64encode(instance.encode()).decode().rstrip("=")


def decode_id(text: str) -> str | None:
    """Id of a path, in either base64 alphabet, with or without padding; None when it is none."""
    plain = text.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
