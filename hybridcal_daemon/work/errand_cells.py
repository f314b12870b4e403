"""The cells of an errand: what is asked for, and what there is to tell.

Owns: their content and their places, so that what the surfaces seal is what ``work/errands.py`` opens, and back.
Promises: an answer is a JSON object in the form in which the surfaces show it. Does not: seal or open (the vault does).
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from hybridcal_daemon.domain.events import Action, EventFact, Response
from hybridcal_daemon.domain.explaining import Seen
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import AllDay, Instant, Plain, Timed, When, Window
from hybridcal_daemon.domain.wishes import FreeBusy, Insert, QuickAdd, Respond, Wish
from hybridcal_daemon.ports import Reply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hybridcal_daemon.domain.events import CalendarEvent
    from hybridcal_daemon.ports import Availability

S = TypeVar("S")


def ask_place(key: str) -> str:
    """Place of the cell with the particulars."""
    return f"errand/{key}"


def answer_place(key: str) -> str:
    """Place of the cell with the answer."""
    return f"errand/{key}/answer"


# ---- what is asked for ----------------------------------------------------------------------------------------------


class _When(msgspec.Struct, omit_defaults=True):
    at: int = 0
    tz: str = ""
    day: date | None = None


class InsertCell(msgspec.Struct):
    """Particulars of an insert."""

    title: str
    start: _When
    end: _When
    description: str
    location: str
    guests: tuple[str, ...]
    rooms: tuple[str, ...]


class RespondCell(msgspec.Struct):
    """Particulars of a response."""

    reply: Reply


class QuickAddCell(msgspec.Struct):
    """Particulars of a quick-add."""

    text: str


class FreeBusyCell(msgspec.Struct):
    """Particulars of a look at availability."""

    start: float
    end: float
    calendars: tuple[str, ...]


def encode_wish(wish: Wish) -> Plain[bytes]:
    """Give the content of the cell with the particulars; the event's id is not among them."""
    match wish:
        case Insert():
            cell: object = InsertCell(
                title=wish.title.reveal(),
                start=_down(wish.start),
                end=_down(wish.end),
                description=wish.description.reveal(),
                location=wish.location.reveal(),
                guests=_texts(wish.guests),
                rooms=_texts(wish.rooms),
            )
        case Respond():
            cell = RespondCell(reply=wish.reply)
        case QuickAdd():
            cell = QuickAddCell(text=wish.text.reveal())
        case FreeBusy():
            cell = FreeBusyCell(start=wish.window.start, end=wish.window.end, calendars=_texts(wish.calendars))
        case _:
            cell = {}
    return Plain(msgspec.json.encode(cell))


def decode_insert(content: Plain[bytes]) -> Insert:
    """CallError INVALID kms-tampered when it is none of ours."""
    cell = _decode(content, InsertCell)
    return Insert(
        title=Plain(cell.title),
        start=_up(cell.start),
        end=_up(cell.end),
        description=Plain(cell.description),
        location=Plain(cell.location),
        guests=_plains(cell.guests),
        rooms=_plains(cell.rooms),
    )


def decode_reply(content: Plain[bytes]) -> Reply:
    """CallError INVALID kms-tampered."""
    return _decode(content, RespondCell).reply


def decode_text(content: Plain[bytes]) -> Plain[str]:
    """CallError INVALID kms-tampered."""
    return Plain(_decode(content, QuickAddCell).text)


def decode_free_busy(content: Plain[bytes]) -> FreeBusy:
    """CallError INVALID kms-tampered."""
    cell = _decode(content, FreeBusyCell)
    window = Window(start=Instant(cell.start), end=Instant(cell.end))
    return FreeBusy(window=window, calendars=_plains(cell.calendars))


# ---- what there is to tell ------------------------------------------------------------------------------------------


class EventCell(msgspec.Struct, omit_defaults=True):
    """An event as it is told to whoever made or answered it."""

    id: str
    title: str
    start: str
    end: str
    location: str = ""
    response: str = ""
    guests: int = 0


class BusyCell(msgspec.Struct):
    """A half-open span."""

    start: str
    end: str


class CalendarCell(msgspec.Struct):
    """One calendar's availability. ``trouble``: Google's reason why it cannot say, '' when all is well."""

    calendar: str
    busy: tuple[BusyCell, ...]
    trouble: str


class SeenCell(msgspec.Struct):
    """What explaining needs to know of an event; none of its text."""

    event_id: str
    etag: str
    start: _When
    end: _When
    recurrence: tuple[str, ...]
    series_id: str | None
    original_start: _When | None
    response: Response
    organiser: bool
    writable: bool
    asked: Action | None
    has_block: bool
    foreign_webex: bool
    joinable: bool
    meeting: bool
    kept: bool
    conference: bool = False
    unmarked: bool = False
    people: int = 0
    by_address: bool = False
    keyword_off: bool = False
    ordinary: bool = True
    external: bool = False
    confidential: bool = False


class ExplainedCell(msgspec.Struct):
    """None: there is no such event."""

    seen: SeenCell | None


def encode_event(event: CalendarEvent) -> Plain[bytes]:
    """Tell of an event."""
    own = next((person.response for person in event.attendees if person.is_self), "")
    cell = EventCell(
        id=event.event_id,
        title=event.summary.reveal(),
        start=_shown(event.start),
        end=_shown(event.end),
        location=event.location.reveal(),
        response=own,
        guests=len(event.attendees),
    )
    return Plain(msgspec.json.encode({"event": cell}))


def encode_deleted(event_id: str) -> Plain[bytes]:
    """Tell that an event is gone."""
    return Plain(msgspec.json.encode({"deleted": event_id}))


def encode_availability(answers: Sequence[Availability]) -> Plain[bytes]:
    """Tell when calendars are busy."""
    cells = [
        CalendarCell(
            calendar=one.calendar.reveal(),
            busy=tuple(BusyCell(_utc(span.start), _utc(span.end)) for span in one.busy),
            trouble=one.trouble,
        )
        for one in answers
    ]
    return Plain(msgspec.json.encode({"calendars": cells}))


def encode_seen(seen: Seen | None) -> Plain[bytes]:
    """Tell what explaining needs."""
    if seen is None:
        return Plain(msgspec.json.encode(ExplainedCell(seen=None)))
    fact = seen.fact
    cell = SeenCell(
        event_id=fact.event_id,
        etag=fact.etag,
        start=_down(fact.start),
        end=_down(fact.end),
        recurrence=fact.recurrence,
        series_id=fact.series_id,
        original_start=None if fact.original_start is None else _down(fact.original_start),
        response=fact.response,
        organiser=fact.organiser,
        writable=fact.writable,
        asked=fact.asked,
        has_block=fact.has_block,
        foreign_webex=fact.foreign_webex,
        joinable=fact.joinable,
        meeting=seen.meeting,
        kept=seen.kept,
        conference=fact.conference,
        unmarked=fact.unmarked,
        people=fact.people,
        by_address=fact.by_address,
        keyword_off=seen.keyword_off,
        ordinary=seen.ordinary,
        external=seen.external,
        confidential=fact.confidential,
    )
    return Plain(msgspec.json.encode(ExplainedCell(seen=cell)))


def decode_seen(content: Plain[bytes]) -> Seen | None:
    """Undo :func:`encode_seen`. CallError INVALID kms-tampered."""
    cell = _decode(content, ExplainedCell).seen
    if cell is None:
        return None
    fact = EventFact(
        event_id=cell.event_id,
        etag=cell.etag,
        start=_up(cell.start),
        end=_up(cell.end),
        recurrence=cell.recurrence,
        series_id=cell.series_id,
        original_start=None if cell.original_start is None else _up(cell.original_start),
        response=cell.response,
        organiser=cell.organiser,
        writable=cell.writable,
        asked=cell.asked,
        has_block=cell.has_block,
        foreign_webex=cell.foreign_webex,
        conference=cell.conference,
        joinable=cell.joinable,
        unmarked=cell.unmarked,
        people=cell.people,
        by_address=cell.by_address,
        confidential=cell.confidential,
    )
    return Seen(
        fact=fact,
        meeting=cell.meeting,
        kept=cell.kept,
        keyword_off=cell.keyword_off,
        ordinary=cell.ordinary,
        external=cell.external,
    )


# ---- inner ----------------------------------------------------------------------------------------------------------


def _decode(content: Plain[bytes], shape: type[S]) -> S:
    with suppress(ValueError):  # msgspec's errors
        return msgspec.json.decode(content.reveal(), type=shape)
    raise CallError(Kind.INVALID, "kms-tampered")


def _down(when: When) -> _When:
    return _When(day=when.day) if isinstance(when, AllDay) else _When(at=when.at, tz=when.tz)


def _up(cell: _When) -> When:
    return AllDay(day=cell.day) if cell.day is not None else Timed(at=cell.at, tz=cell.tz)


def _texts(plains: tuple[Plain[str], ...]) -> tuple[str, ...]:
    return tuple(plain.reveal() for plain in plains)


def _plains(texts: tuple[str, ...]) -> tuple[Plain[str], ...]:
    return tuple(Plain(text) for text in texts)


def _shown(when: When | None) -> str:
    """Show a day as ``2026-11-30``, a moment with the offset of its own zone."""
    if when is None:
        return ""
    if isinstance(when, AllDay):
        return when.day.isoformat()
    return datetime.fromtimestamp(when.at, _zone(when.tz)).isoformat()


def _zone(name: str) -> ZoneInfo:
    with suppress(KeyError, ValueError, OSError):
        return ZoneInfo(name)
    return ZoneInfo("UTC")


def _utc(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
