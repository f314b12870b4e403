"""The calls that the stand-in answers: paths, parameters, scopes.

Owns: one row per operation, and the reading of query strings against it. Promises: names, types, limits and scopes are
the discovery documents' (a test compares them). Does not: know rules between parameters (``listing.py`` does).

Based on: everything in the rows [discovery documents, calendar v3 revision 20261030 and gmail v1 revision 20261005].
Scopes whose narrower meaning is not modelled (calendar.app.created, ...public.readonly) open no call; ...events.owned
opens owned calendars only [its description]. An
unknown query parameter is refused with 400: certain for Gmail [recorded responses], for Calendar unconfirmed and the
stricter guess; so is one that may not be repeated and is. Common parameters that move credentials or formats into the
query (``oauth_token``, ``access_token``, ``callback``, ``alt`` other than json ...) are refused as not modelled.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from hybridcal_daemon.sandbox.google.errors import Refused, calendar_refusal
from hybridcal_daemon.sandbox.google.times import parse_bound, zone

Query = dict[str, Any]
_INT32: Final = re.compile(r"-?\d{1,10}", re.ASCII)
AUTH: Final = "https://www.googleapis.com/auth/"


class Param(NamedTuple):
    """A query parameter. ``kind``: string, boolean, integer, date-time; limits for integers, words for enums."""

    kind: str = "string"
    low: int | None = None
    high: int | None = None
    words: frozenset[str] = frozenset()
    repeated: bool = False


class Operation(NamedTuple):
    """A call. ``name``: its id in the discovery document; ``resource``: the schema of the answer, '' for none."""

    name: str
    service: str
    rpc: str
    scopes: frozenset[str]
    params: dict[str, Param]
    resource: str


STRING: Final = Param()
BOOLEAN: Final = Param("boolean")
MOMENT: Final = Param("date-time")
MANY: Final = Param(repeated=True)
COUNT: Final = Param("integer", low=1)
VERSION: Final = Param("integer", low=0, high=1)
SEND: Final = Param(words=frozenset({"all", "externalOnly", "none"}))
EVENT_TYPES: Final = frozenset({"birthday", "default", "focusTime", "fromGmail", "outOfOffice", "workingLocation"})

COMMON: Final = {
    "alt": Param(words=frozenset({"json"})),
    "fields": STRING,
    "key": STRING,
    "prettyPrint": BOOLEAN,
    "quotaUser": STRING,
}
ONE: Final = {"alwaysIncludeEmail": BOOLEAN, "maxAttendees": COUNT}
READ: Final = ONE | {"timeZone": STRING}
PAGED: Final = READ | {
    "maxResults": COUNT,
    "pageToken": STRING,
    "showDeleted": BOOLEAN,
    "timeMax": MOMENT,
    "timeMin": MOMENT,
}
LIST: Final = PAGED | {
    "eventTypes": Param(words=EVENT_TYPES, repeated=True),
    "iCalUID": STRING,
    "orderBy": Param(words=frozenset({"startTime", "updated"})),
    "privateExtendedProperty": MANY,
    "q": STRING,
    "sharedExtendedProperty": MANY,
    "showHiddenInvitations": BOOLEAN,
    "singleEvents": BOOLEAN,
    "syncToken": STRING,
    "updatedMin": MOMENT,
}
RULES: Final = {"maxResults": COUNT, "pageToken": STRING, "showDeleted": BOOLEAN, "syncToken": STRING}
NOTIFY: Final = {"sendNotifications": BOOLEAN, "sendUpdates": SEND}
WRITE: Final = NOTIFY | {
    "conferenceDataVersion": VERSION,
    "eventLabelVersion": VERSION,
    "maxAttendees": COUNT,
    "supportsAttachments": BOOLEAN,
}


def _scopes(names: str) -> frozenset[str]:
    return frozenset(AUTH + name for name in names.split())


READERS: Final = _scopes(
    "calendar calendar.readonly calendar.events calendar.events.readonly "
    "calendar.events.owned calendar.events.owned.readonly"
)
WRITERS: Final = _scopes("calendar calendar.events calendar.events.owned")
STOPPERS: Final = READERS | _scopes(
    "calendar.acls calendar.acls.readonly calendar.calendarlist calendar.calendarlist.readonly "
    "calendar.settings calendar.settings.readonly"
)
OWNED: Final = _scopes("calendar.events.owned calendar.events.owned.readonly")
RULE_WRITERS: Final = _scopes("calendar calendar.acls")
RULE_LISTERS: Final = RULE_WRITERS | _scopes("calendar.acls.readonly")
RULE_READERS: Final = RULE_LISTERS | _scopes("calendar.readonly")
BUSY: Final = _scopes("calendar calendar.readonly calendar.freebusy calendar.events.freebusy")
SETTINGS: Final = _scopes("calendar calendar.readonly calendar.settings calendar.settings.readonly")
MAIL: Final = _scopes("gmail.modify gmail.readonly gmail.settings.basic") | {"https://mail.google.com/"}

CALENDAR: Final = "calendar-json.googleapis.com"
GMAIL: Final = "gmail.googleapis.com"


def _calendar(name: str, scopes: frozenset[str], params: dict[str, Param], resource: str) -> Operation:
    rpc = "calendar.v3." + ".".join(part.capitalize() for part in name.split("."))
    return Operation(f"calendar.{name}", CALENDAR, rpc, scopes, params | COMMON, resource)


OPERATIONS: Final = {
    operation.name: operation
    for operation in (
        _calendar("events.list", READERS, LIST, "Events"),
        _calendar("events.get", READERS, READ, "Event"),
        _calendar("events.instances", READERS, PAGED | {"originalStart": STRING}, "Events"),
        _calendar("events.watch", READERS, LIST, "Channel"),
        _calendar("events.insert", WRITERS, WRITE, "Event"),
        _calendar("events.patch", WRITERS, WRITE | ONE, "Event"),
        _calendar("events.delete", WRITERS, NOTIFY, ""),
        _calendar("events.quickAdd", WRITERS, NOTIFY | {"text": STRING}, "Event"),
        _calendar("acl.get", RULE_READERS, {}, "AclRule"),
        _calendar("acl.list", RULE_LISTERS, RULES, "Acl"),
        _calendar("acl.insert", RULE_WRITERS, {"sendNotifications": BOOLEAN}, "AclRule"),
        _calendar("acl.delete", RULE_WRITERS, {}, ""),
        _calendar("freebusy.query", BUSY, {}, "FreeBusyResponse"),
        _calendar("channels.stop", STOPPERS, {}, ""),
        _calendar("settings.get", SETTINGS, {}, "Setting"),
        Operation(
            "gmail.users.settings.getVacation",
            GMAIL,
            "caribou.api.proto.MailboxService.GetVacation",
            MAIL,
            COMMON,
            "VacationSettings",
        ),
    )
}


def read_query(operation: Operation, raw: str) -> tuple[Query, dict[str, list[str]]]:
    """Read a query string: typed values (date-time as epoch seconds, repeated as list) and the values as sent."""
    sent: dict[str, list[str]] = {}
    for name, value in parse_qsl(raw, keep_blank_values=True):
        sent.setdefault(name, []).append(value)
    return {name: _read(operation, name, values) for name, values in sent.items()}, sent


def _read(operation: Operation, name: str, values: list[str]) -> Any:  # noqa: ANN401 - by the parameter's kind
    param = operation.params.get(name)
    if param is None:
        raise calendar_refusal(
            400,
            "invalidParameter",
            f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter.',
            parameter=name,
        )
    if param.repeated:
        return [_value(name, param, value) for value in values]
    if len(values) > 1:
        raise _invalid(name, "given more than once")
    return _value(name, param, values[0])


def _value(name: str, param: Param, text: str) -> Any:  # noqa: ANN401 - by the parameter's kind
    if param.kind == "boolean":
        if text not in {"true", "false"}:
            raise _invalid(name, f"Invalid boolean value: '{text}'. Valid values: ['true', 'false']")
        return text == "true"
    if param.kind == "integer":
        return _integer(name, param, text)
    if param.kind == "date-time":
        try:
            return parse_bound(text)
        except ValueError as wrong:
            raise calendar_refusal(400, "badRequest", "Bad Request", parameter=name) from wrong
    return _word(name, param, text)


def _integer(name: str, param: Param, text: str) -> int:
    if not _INT32.fullmatch(text):
        raise _invalid(name, f"Invalid integer value: '{text}'.")
    value = int(text)
    if (param.low is not None and value < param.low) or (param.high is not None and value > param.high):
        raise _invalid(name, f"Invalid value '{text}'. Values must be within the range: [{param.low}, {param.high}]")
    return value


def _word(name: str, param: Param, text: str) -> str:
    if param.words and text not in param.words:
        raise _invalid(name, f"Invalid string value: '{text}'. Allowed values: {sorted(param.words)}")
    if name == "quotaUser" and len(text) > 40:  # noqa: PLR2004 - the discovery document's sentence on quotaUser
        raise _invalid(name, "must not exceed 40 characters")
    if name == "timeZone":
        try:
            zone(text)
        except ValueError as wrong:
            raise _invalid(name, str(wrong)) from wrong
    return text


def _invalid(name: str, what: str) -> Refused:
    return calendar_refusal(400, "invalidParameter", what, parameter=name)
