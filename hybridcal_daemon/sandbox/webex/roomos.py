"""The bookings of a room device: what RoomOS does with ``Bookings.Put``, ``List`` and ``Clear``.

Owns: one device's list, the strict reading of what is put, the form in which it is told again, its JSON Schema.
Promises: Put replaces the whole list or, if anything in it is wrong, nothing. Does not: know who may call it.

Based on:

* Keys, what is required, units (minutes and seconds), the words of Protocol, Privacy and MeetingPlatform, and the form
  of List's result [RoomOS schema].
* That an unknown key, a repeated Id or a StartTime that is not UTC is refused: stricter than documented [inferred].
* ``ConnectMode`` of a booking that cannot be joined, and that List begins with the present day in UTC [unverified].
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROTOCOLS: Final = ("SIP", "H323", "ISDN", "IP", "Spark", "WebRTC", "None")
PLATFORMS: Final = ("Webex", "GoogleMeet", "MicrosoftTeams", "Zoom", "Other", "None")
PRIVACY: Final = ("Public", "Private")
_STAMP: Final = "%Y-%m-%dT%H:%M:%SZ"
_MOST: Final = 1000
_DAY: Final = 86400
_LIST: Final = {"Days": (1, 365, 1), "DayOffset": (0, 365, 0), "Limit": (1, 65534, _MOST), "Offset": (0, 65534, 0)}
"""Arguments of List: least, most, default."""

_TEXT: Final[dict[str, Any]] = {"type": "string"}
_WHOLE: Final[dict[str, Any]] = {"type": "integer", "minimum": 0}


def _object(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


ENTRY: Final = _object(
    ("Id", "Title", "Number", "Protocol", "Organizer", "Time"),
    Id={"type": "string", "minLength": 1, "maxLength": 128},
    MeetingId=_TEXT,
    Title=_TEXT,
    Agenda=_TEXT,
    Organizer=_object(("Name",), Name=_TEXT, Email=_TEXT, Id=_TEXT),
    Time=_object(
        ("StartTime", "Duration"),
        StartTime=_TEXT,
        Duration={"type": "integer", "minimum": 1},
        StartTimeBuffer=_WHOLE,
        EndTimeBuffer=_WHOLE,
    ),
    Number=_TEXT,
    Protocol={"type": "string", "enum": list(PROTOCOLS)},
    Privacy={"type": "string", "enum": list(PRIVACY)},
    MeetingPlatform={"type": "string", "enum": list(PLATFORMS)},
    CallType=_TEXT,
    Encryption=_TEXT,
    MetaInfo=_TEXT,
)
PUT_SCHEMA: Final = _object(("Bookings",), Bookings={"type": "array", "items": ENTRY, "maxItems": _MOST})
"""What Put takes, as ``GET /xapi/schema`` tells it."""


class BadCommand(Exception):  # noqa: N818 - what the device answers
    """The device does not take this: says which key and why."""


class BookingList:
    """The list on one device."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.puts = 0

    def put(self, body: object) -> None:
        """Replace the list. BadCommand."""
        _check(body, PUT_SCHEMA, "body")
        assert isinstance(body, dict)  # noqa: S101 - the schema says so
        entries = list(body["Bookings"])
        for entry in entries:
            _start(entry)
        if len({entry["Id"] for entry in entries}) < len(entries):
            raise BadCommand("Bookings: the same Id twice")
        self.entries = sorted(entries, key=lambda entry: (_start(entry), entry["Id"]))
        self.puts += 1

    def clear(self) -> None:
        """Forget all."""
        self.entries = []

    def list_(self, arguments: Mapping[str, object], now: float) -> dict[str, Any]:
        """Give the result of List. BadCommand."""
        asked = dict(_arguments(arguments))
        today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        begin = today + timedelta(days=asked["DayOffset"])
        end = begin + timedelta(days=asked["Days"])
        found = [entry for entry in self.entries if _start(entry) < end and _end(entry) > begin]
        page = found[asked["Offset"] :][: asked["Limit"]]
        result: dict[str, Any] = {"ResultInfo": {"TotalRows": len(found)}, "status": "OK"}
        return {**result, "Booking": [_shown(entry) for entry in page]} if page else result

    def running(self, now: float) -> dict[str, Any] | None:
        """Give the booking that is on at a time."""
        at = datetime.fromtimestamp(now, UTC)
        return next((entry for entry in self.entries if _start(entry) <= at < _end(entry)), None)

    def following(self, now: float) -> dict[str, Any] | None:
        """Give the next one."""
        at = datetime.fromtimestamp(now, UTC)
        return next((entry for entry in self.entries if _start(entry) > at), None)


def times(entry: Mapping[str, Any]) -> tuple[str, str]:
    """Give when a booking begins and ends."""
    return _start(entry).strftime(_STAMP), _end(entry).strftime(_STAMP)


def joins_at(entry: Mapping[str, Any]) -> float | None:
    """Say from when on Join is offered, epoch seconds; None where it never is. Without a buffer it is five minutes."""
    if entry["Protocol"] == "None":
        return None
    return _start(entry).timestamp() - float(entry["Time"].get("StartTimeBuffer", 300))


def _start(entry: Mapping[str, Any]) -> datetime:
    try:
        return datetime.strptime(entry["Time"]["StartTime"], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise BadCommand("Time.StartTime: must be UTC, such as 2026-11-30T10:00:00Z") from None


def _end(entry: Mapping[str, Any]) -> datetime:
    return _start(entry) + timedelta(minutes=entry["Time"]["Duration"])


def _shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    start, end = times(entry)
    time = {
        "StartTime": start,
        "StartTimeBuffer": entry["Time"].get("StartTimeBuffer", 300),
        "EndTime": end,
        "EndTimeBuffer": entry["Time"].get("EndTimeBuffer", 0),
    }
    call = {"Number": entry["Number"], "Protocol": entry["Protocol"]}
    dial = (
        {"ConnectMode": "Manual"} if entry["Protocol"] == "None" else {"ConnectMode": "OBTP", "Calls": {"Call": [call]}}
    )
    return {
        "Id": entry["Id"],
        "MeetingId": entry.get("MeetingId", ""),
        "Title": entry["Title"],
        "Agenda": entry.get("Agenda", ""),
        "Privacy": entry.get("Privacy", "Public"),
        "MeetingPlatform": entry.get("MeetingPlatform", "Other"),
        "Organizer": {"Name": "", "Email": "", "Id": "", **entry["Organizer"]},
        "Time": time,
        "DialInfo": dial,
    }


def _arguments(given: Mapping[str, object]) -> Iterator[tuple[str, int]]:
    for name, value in given.items():
        least, most, _ = _LIST.get(name, (1, 0, 0))
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise BadCommand(f"{name}: not an argument of this command, or out of range")
    yield from ((name, default) for name, (_, __, default) in _LIST.items())
    for name, value in given.items():
        if isinstance(value, int):
            yield name, value


# ---- reading strictly


def _check(value: object, schema: Mapping[str, Any], place: str) -> None:
    match schema["type"]:
        case "object":
            _check_object(value, schema, place)
        case "array":
            if not isinstance(value, list) or len(value) > schema["maxItems"]:
                raise BadCommand(f"{place}: must be a list of at most {schema['maxItems']}")
            for number, each in enumerate(value):
                _check(each, schema["items"], f"{place}[{number}]")
        case "string":
            if not isinstance(value, str) or value not in schema.get("enum", [value]):
                raise BadCommand(f"{place}: must be a text, or one of its words")
            if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
                raise BadCommand(f"{place}: too short or too long")
        case _:
            if not isinstance(value, int) or isinstance(value, bool) or value < schema["minimum"]:
                raise BadCommand(f"{place}: must be a whole number from {schema['minimum']}")


def _check_object(value: object, schema: Mapping[str, Any], place: str) -> None:
    if not isinstance(value, dict):
        raise BadCommand(f"{place}: must be an object")
    for name in schema["required"]:
        if name not in value:
            raise BadCommand(f"{place}.{name}: is required")
    for name, part in value.items():
        if name not in schema["properties"]:
            raise BadCommand(f"{place}.{name}: is not known")
        _check(part, schema["properties"][name], f"{place}.{name}")
