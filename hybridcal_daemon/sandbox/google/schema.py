"""The resources' fields and types, and the check of what clients send.

Owns: one description of Event, Events, Channel, Acl, AclRule, FreeBusyRequest, FreeBusyResponse, Setting and
VacationSettings. Promises: equal to the discovery
documents (a test compares them). Does not: know rules between fields (``rules.py`` does).

Based on: names and types [discovery document]. A body with an unknown name or a value of the wrong type is refused
with 400; for an unknown name in a Calendar body that is unconfirmed (Gmail and newer services do so) and the stricter
guess. ``null`` is accepted for any field and means "remove" in a patch [Google guide on patch].

Notation: a string is a scalar (``int32`` a JSON number, ``int64`` digits in a string), a dict an object, a one-element
list an array, ``Map`` an object with free names (and string values unless said otherwise), ``any`` unchecked.
"""

from __future__ import annotations

import re
from typing import Any, Final

from hybridcal_daemon.sandbox.google.errors import Refused, calendar_refusal

Schema = Any  # str | dict[str, Schema] | list[Schema] | Map: recursive types cannot be written for mypy and 3.11


class Map:
    """An object whose names the client chooses; ``inner`` is the schema of its values."""

    def __init__(self, inner: Schema = "string") -> None:
        self.inner = inner


def _strings(names: str) -> dict[str, Schema]:
    return dict.fromkeys(names.split(), "string")


WHEN: Final[dict[str, Schema]] = {"date": "date", "dateTime": "date-time", "timeZone": "string"}
PERSON: Final[dict[str, Schema]] = _strings("displayName email id") | {"self": "boolean"}
REMINDER: Final[dict[str, Schema]] = {"method": "string", "minutes": "int32"}
ATTENDEE: Final[dict[str, Schema]] = _strings("asyncOperation comment displayName email id responseStatus") | {
    "additionalGuests": "int32",
    "optional": "boolean",
    "organizer": "boolean",
    "resource": "boolean",
    "self": "boolean",
}
SOLUTION_KEY: Final[dict[str, Schema]] = {"type": "string"}
ENTRY_POINT: Final[dict[str, Schema]] = _strings(
    "accessCode entryPointType label meetingCode passcode password pin regionCode uri"
) | {"entryPointFeatures": ["string"]}
CONFERENCE: Final[dict[str, Schema]] = _strings("conferenceId notes signature") | {
    "conferenceSolution": {"iconUri": "string", "key": SOLUTION_KEY, "name": "string"},
    "createRequest": {
        "conferenceSolutionKey": SOLUTION_KEY,
        "requestId": "string",
        "status": {"statusCode": "string"},
    },
    "entryPoints": [ENTRY_POINT],
    "parameters": {"addOnParameters": {"parameters": Map()}},
}
GADGET: Final[dict[str, Schema]] = _strings("display iconLink link title type") | {
    "height": "int32",
    "preferences": Map(),
    "width": "int32",
}
WORKING_LOCATION: Final[dict[str, Schema]] = {
    "customLocation": {"label": "string"},
    "homeOffice": "any",
    "officeLocation": _strings("buildingId deskId floorId floorSectionId label"),
    "type": "string",
}
FLAGS: Final = (
    "anyoneCanAddSelf attendeesOmitted endTimeUnspecified guestsCanInviteOthers guestsCanModify "
    "guestsCanSeeOtherGuests locked privateCopy"
)
EVENT: Final[dict[str, Schema]] = (
    _strings(
        "colorId description etag eventLabelId eventType hangoutLink htmlLink iCalUID id kind location "
        "recurringEventId status summary transparency visibility"
    )
    | dict.fromkeys(FLAGS.split(), "boolean")
    | {
        "attachments": [_strings("fileId fileUrl iconLink mimeType title")],
        "attendees": [ATTENDEE],
        "birthdayProperties": _strings("contact customTypeName type"),
        "conferenceData": CONFERENCE,
        "created": "date-time",
        "creator": PERSON,
        "end": WHEN,
        "extendedProperties": {"private": Map(), "shared": Map()},
        "focusTimeProperties": _strings("autoDeclineMode chatStatus declineMessage"),
        "gadget": GADGET,
        "organizer": PERSON,
        "originalStartTime": WHEN,
        "outOfOfficeProperties": _strings("autoDeclineMode declineMessage"),
        "recurrence": ["string"],
        "reminders": {"overrides": [REMINDER], "useDefault": "boolean"},
        "sequence": "int32",
        "source": _strings("title url"),
        "start": WHEN,
        "updated": "date-time",
        "workingLocationProperties": WORKING_LOCATION,
    }
)
EVENTS: Final[dict[str, Schema]] = _strings(
    "accessRole description etag kind nextPageToken nextSyncToken summary timeZone"
) | {"defaultReminders": [REMINDER], "items": [EVENT], "updated": "date-time"}
CHANNEL: Final[dict[str, Schema]] = _strings("address id kind resourceId resourceUri token type") | {
    "expiration": "int64",
    "params": Map(),
    "payload": "boolean",
}
ACL_RULE: Final[dict[str, Schema]] = _strings("etag id kind role") | {"scope": _strings("type value")}
ACL: Final[dict[str, Schema]] = _strings("etag kind nextPageToken nextSyncToken") | {"items": [ACL_RULE]}
ERROR: Final[dict[str, Schema]] = _strings("domain reason")
FREE_BUSY_REQUEST: Final[dict[str, Schema]] = {
    "calendarExpansionMax": "int32",
    "groupExpansionMax": "int32",
    "items": [{"id": "string"}],
    "timeMax": "date-time",
    "timeMin": "date-time",
    "timeZone": "string",
}
FREE_BUSY: Final[dict[str, Schema]] = {
    "calendars": Map({"busy": [{"end": "date-time", "start": "date-time"}], "errors": [ERROR]}),
    "groups": Map({"calendars": ["string"], "errors": [ERROR]}),
    "kind": "string",
    "timeMax": "date-time",
    "timeMin": "date-time",
}
SETTING: Final[dict[str, Schema]] = _strings("etag id kind value")
VACATION: Final[dict[str, Schema]] = _strings("responseBodyHtml responseBodyPlainText responseSubject") | {
    "enableAutoReply": "boolean",
    "endTime": "int64",
    "restrictToContacts": "boolean",
    "restrictToDomain": "boolean",
    "startTime": "int64",
}

_INT64: Final = re.compile(r"-?\d{1,19}", re.ASCII)
_SCALARS: Final[dict[str, type]] = {"boolean": bool, "int32": int, "string": str, "date": str, "date-time": str}


def check(schema: Schema, value: Any, place: str = "") -> None:  # noqa: ANN401 - decoded JSON
    """Raise Refused (400) unless ``value`` fits; ``place`` is the path so far, for the message."""
    if value is None or schema == "any":
        return
    if isinstance(schema, str):
        _check_scalar(schema, value, place)
    elif isinstance(schema, list):
        for number, item in enumerate(_of_type(list, value, place)):
            if item is None:
                raise _wrong(f"{place}[{number}]", "null in an array")
            check(schema[0], item, f"{place}[{number}]")
    else:
        _check_object(schema, _of_type(dict, value, place), place)


def _check_object(schema: Schema, value: dict[str, Any], place: str) -> None:
    for name, part in value.items():
        inner = f"{place}.{name}" if place else name
        if isinstance(schema, Map):
            check(schema.inner, part, inner)
        elif name not in schema:
            raise calendar_refusal(
                400, "invalid", f'Invalid JSON payload received. Unknown name "{name}" at "{inner}": Cannot find field.'
            )
        else:
            check(schema[name], part, inner)


def _check_scalar(schema: str, value: Any, place: str) -> None:  # noqa: ANN401 - decoded JSON
    if schema == "int64":
        if not (isinstance(value, str) and _INT64.fullmatch(value)):
            raise _wrong(place, "an int64 is written as digits in a string")
        return
    _of_type(_SCALARS[schema], value, place)


def _of_type(kind: type, value: Any, place: str) -> Any:  # noqa: ANN401 - decoded JSON
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _wrong(place, f"expected {kind.__name__}")
    return value


def _wrong(place: str, what: str) -> Refused:
    return calendar_refusal(400, "parseError", f"Parse Error: invalid value for {place or 'the body'} ({what})")
