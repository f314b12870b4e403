"""JSON bodies of errands, as feed and admin socket take them, and the JSON of their outcomes.

Owns: the shapes, the limits, the step to ``domain/wishes.py``. Promises: strict: an unknown field, a wrong type, an
impossible time or address is a problem that names the field and the fix. Does not: do anything.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from hybridcal_daemon.domain.errors import CATALOGUE
from hybridcal_daemon.domain.values import DAY, AllDay, Instant, Plain, Timed, When, Window, as_instant
from hybridcal_daemon.domain.wishes import FreeBusy, Insert, QuickAdd, Respond
from hybridcal_daemon.ports import Reply
from hybridcal_daemon.shell.address import BadAddress, parse_address
from hybridcal_daemon.shell.problems import Problem

if TYPE_CHECKING:
    from hybridcal_daemon.domain.explaining import Reason
    from hybridcal_daemon.ports import Outcome

B = TypeVar("B")
_Short = Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
_Line = Annotated[str, msgspec.Meta(max_length=1024)]
_Text = Annotated[str, msgspec.Meta(max_length=8000)]
_Moment = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
_Who = Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
_LONGEST_LOOK: Final = 62 * DAY
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEARS: Final = (1970, 2200)
_KEY: Final = re.compile(r"[\x21-\x7e]{1,128}")
_EVENT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,1024}")


class MeetingBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A meeting to be made. ``start`` and ``end``: times or days; a time without an offset counts in ``timeZone``."""

    title: _Short
    start: _Moment
    end: _Moment
    timeZone: Annotated[str, msgspec.Meta(max_length=64)] = ""  # noqa: N815 - JSON's spelling
    description: _Text = ""
    location: _Line = ""
    guests: Annotated[tuple[_Who, ...], msgspec.Meta(max_length=200)] = ()
    rooms: Annotated[tuple[_Who, ...], msgspec.Meta(max_length=20)] = ()

    def __repr__(self) -> str:
        """Say nothing of it."""
        return "<MeetingBody>"


class QuickAddBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence."""

    text: _Short

    def __repr__(self) -> str:
        """Say nothing of it."""
        return "<QuickAddBody>"


class ResponseBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer to an invitation."""

    response: Reply


class AvailabilityBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose calendars, from when to when."""

    start: _Moment
    end: _Moment
    calendars: Annotated[tuple[_Who, ...], msgspec.Meta(min_length=1, max_length=50)]
    timeZone: Annotated[str, msgspec.Meta(max_length=64)] = ""  # noqa: N815 - JSON's spelling

    def __repr__(self) -> str:
        """Say nothing of it."""
        return "<AvailabilityBody>"


_EXAMPLES: Final[dict[type, str]] = {
    MeetingBody: '{"title": "Plan", "start": "2026-11-30T10:00:00+01:00", "end": "2026-11-30T11:00:00+01:00"}; '
    "optional: timeZone, description, location, guests, rooms.",
    QuickAddBody: '{"text": "Design review tomorrow 10am"}.',
    ResponseBody: '{"response": "accepted"}; or declined, or tentative.',
    AvailabilityBody: '{"start": "2026-11-30T08:00:00Z", "end": "2026-11-30T18:00:00Z", "calendars": '
    '["bob@acme.example"]}; optional: timeZone.',
}


def meeting(raw: bytes | msgspec.Raw) -> Insert:
    """Problem 400."""
    body = _decoded(raw, MeetingBody)
    start, end = _when(body.start, "start", body.timeZone), _when(body.end, "end", body.timeZone)
    if isinstance(start, AllDay) != isinstance(end, AllDay):
        raise _bad("start and end must both be times or both be days", "Write both in the same form.")
    if as_instant(end) <= as_instant(start):
        raise _bad("end must be after start", "Correct the times; the end of a day-long meeting is the day after it.")
    return Insert(
        title=Plain(body.title),
        start=start,
        end=end,
        description=Plain(body.description),
        location=Plain(body.location),
        guests=_people(body.guests, "guests"),
        rooms=_people(body.rooms, "rooms"),
    )


def quick_add(raw: bytes | msgspec.Raw) -> QuickAdd:
    """Problem 400."""
    text = _decoded(raw, QuickAddBody).text
    if not text.strip():
        raise _bad("text is blank", "Write what and when, such as: Design review tomorrow 10am")
    return QuickAdd(text=Plain(text))


def response(raw: bytes | msgspec.Raw, event_id: str) -> Respond:
    """Problem 400."""
    return Respond(event_id=event_id, reply=_decoded(raw, ResponseBody).response)


def availability(raw: bytes | msgspec.Raw) -> FreeBusy:
    """Problem 400."""
    body = _decoded(raw, AvailabilityBody)
    start = as_instant(_when(body.start, "start", body.timeZone))
    end = as_instant(_when(body.end, "end", body.timeZone))
    if not start < end <= start + _LONGEST_LOOK:
        raise _bad("end must be after start, by 62 days at most", "Correct the times, or ask several times.")
    calendars = tuple(_calendar(text, number) for number, text in enumerate(body.calendars))
    return FreeBusy(window=Window(start=Instant(start), end=Instant(end)), calendars=calendars)


def key(text: str, place: str) -> str:
    """Check a key that somebody chose. Problem 400."""
    if text and _KEY.fullmatch(text) is None:
        fix = "Use 1 to 128 letters, digits or signs without spaces, for example a UUID."
        raise Problem(400, "bad-key", f"{place} is no usable key.", fix)
    return text


def event_id(text: str) -> str:
    """Check an event's id. Problem 400."""
    if _EVENT_ID.fullmatch(text) is None:
        fix = "Use the id of an item of the meetings list, or what stands after eid= in the event's address."
        raise Problem(400, "bad-event", "This is not the id of an event.", fix)
    return text


def shown(outcome: Outcome) -> bytes:
    """JSON of an outcome: its state, the key to ask again with, and what there is to tell."""
    said = msgspec.json.decode(outcome.answer.reveal(), type=dict[str, msgspec.Raw]) if outcome.answer else {}
    told: dict[str, object] = {"state": outcome.state, "key": outcome.key, **said}
    if outcome.reasons:
        told["reasons"] = [_reason(one) for one in outcome.reasons]
    return msgspec.json.encode(told)


def _reason(one: Reason) -> dict[str, object]:
    entry = CATALOGUE.get(one.code)
    means, fix = (entry.means, entry.fix) if entry is not None and not one.means else (one.means, one.fix)
    return {"about": one.about, "code": one.code, "good": one.good, "means": means, "fix": fix}


# ---- inner


def _decoded(raw: bytes | msgspec.Raw, shape: type[B]) -> B:
    try:
        return msgspec.json.decode(raw, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        why = str(error) if isinstance(error, msgspec.ValidationError) else "it is not JSON"
        raise _bad(why, f"Send {_EXAMPLES[shape]}") from None


def _bad(why: str, fix: str) -> Problem:
    return Problem(400, "bad-body", f"The body is not right: {why}.", fix)


def _when(text: str, name: str, zone: str) -> When:
    """A day, or a time with its offset, or a wall-clock time in ``zone``."""
    try:
        if _DATE.fullmatch(text):
            return AllDay(day=_plausible(date.fromisoformat(text)))
        said = datetime.fromisoformat(text)
        _plausible(said.date())
    except ValueError:
        raise _bad(
            f"{name} is not a time", f"Write {name} like 2026-11-30T10:00:00+01:00, or like 2026-11-30 for a whole day."
        ) from None
    known = _zone(zone)
    if said.tzinfo is None and known is None:
        fix = "Add one, such as +01:00 or Z, or name a time zone such as Europe/Berlin (timeZone, or --zone)."
        raise _bad(f"{name} has no offset", fix)
    aware = said if said.tzinfo is not None else said.replace(tzinfo=known)
    return Timed(at=int(aware.timestamp()), tz=zone or "UTC")


def _plausible(day: date) -> date:
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        raise ValueError
    return day


def _zone(name: str) -> ZoneInfo | None:
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise _bad("timeZone is unknown", "Use a name like Europe/Berlin (IANA time zone database).") from None


def _people(texts: tuple[str, ...], name: str) -> tuple[Plain[str], ...]:
    return tuple(_person(text, f"{name}[{number}]") for number, text in enumerate(texts))


def _person(text: str, place: str) -> Plain[str]:
    try:
        return parse_address(text)
    except BadAddress as bad:
        raise _bad(f"{place}: {bad}", "Correct the address.") from None


def _calendar(text: str, number: int) -> Plain[str]:
    return Plain(text) if text == "primary" else _person(text, f"calendars[{number}]")
