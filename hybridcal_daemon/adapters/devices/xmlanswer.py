"""What a device answers to a command, as XML.

Owns: reading it. Promises: no document type and so no entities of a stranger's; whatever is not XML is ``BadXml``,
without any of the content. Does not: keep more than the status and the bookings.

Source: RoomOS' guide to its API: ``<BookingsListResult status="OK">`` around a ``<Booking item="1">`` with ``<Id>`` and
``<Time>`` for each, and ``status="Error"`` with a ``<Reason>`` for a command that is not known.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NoReturn
from xml.parsers import expat

from hybridcal_daemon.domain.values import Instant
from hybridcal_daemon.ports import Listed

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST: Final = 32
_UNKNOWN: Final = "unknown command"


class BadXml(Exception):  # noqa: N818 - a fact about an answer, always turned into a CallError
    """No XML that can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """``known``: the device has the command; ``well``: it did it."""

    known: bool
    well: bool
    bookings: tuple[Listed, ...] = ()


class _Reader:
    """Collects the text of every element by its path, booking by booking."""

    def __init__(self) -> None:
        self.status = ""
        self.reason = ""
        self.bookings: list[dict[str, str]] = []
        self._path: list[str] = []
        self._text = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name)
        self._text = ""
        if len(self._path) > _DEEPEST:
            raise BadXml
        if name.endswith("Result") and "status" in attributes:
            self.status = attributes["status"]
        if name == "Booking":
            self.bookings.append({})

    def end(self, name: str) -> None:
        self._path.pop()
        if name in {"Reason", "Error"}:
            self.reason = self._text.strip()
        elif self.bookings and "Booking" in self._path:
            inside = self._path[self._path.index("Booking") + 1 :]
            self.bookings[-1]["/".join((*inside, name))] = self._text.strip()
        self._text = ""

    def data(self, text: str) -> None:
        self._text += text


def read(body: bytes) -> Answer:
    """Read an answer. BadXml."""
    reader = _read(body)
    if not reader.status:
        raise BadXml
    return Answer(
        known=_UNKNOWN not in reader.reason.casefold(),
        well=reader.status.casefold() == "ok",
        bookings=tuple(_listed(reader.bookings)),
    )


def _read(body: bytes) -> _Reader:
    reader, parser = _Reader(), expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    with suppress(expat.ExpatError):
        parser.Parse(body, True)  # noqa: FBT003 - expat's own
        return reader
    raise BadXml


def _refuse(*_: object) -> NoReturn:
    raise BadXml


def _listed(bookings: list[dict[str, str]]) -> Iterator[Listed]:
    for booking in bookings:
        start, end = _at(booking.get("Time/StartTime", "")), _at(booking.get("Time/EndTime", ""))
        yield Listed(entry_id=booking.get("Id", ""), start=start, end=end)


def _at(text: str) -> Instant:
    """Read a moment; 0 when it is none, UTC when it names no zone."""
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        return Instant((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    return Instant(0)
