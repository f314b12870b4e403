"""Gmail's vacation responder and Calendar's user settings: the two things that are read of a person.

Owns: ``users.settings.getVacation``, ``settings.get``, and the check of what a test puts there. Promises: nothing of
the calendar is touched. Does not: offer their write calls (people set them through the control API).

Based on: names, int64 as digits in a string, epoch ms, start before end [discovery document]; default-valued fields
absent [recorded response]; the flag is not cleared when the end has passed [unconfirmed: nothing says it is];
``userId`` ``me`` or the token's own address, else 403 "Delegation denied" [issue reports]; without a mailbox 400
``failedPrecondition`` "Mail service not enabled" [issue reports]. Settings: ``me`` is literal; an unknown one is 404;
one at its default may be absent too [reference], which is not modelled: all are always there. Names and defaults of the
settings other than locale and timezone [Google guide "Settings"]; they cannot be changed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.sandbox.google import schema
from hybridcal_daemon.sandbox.google.errors import Refused, calendar_refusal, gmail_refusal

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.google.model import Fields, User

DEFAULTS: Final = {"restrictToDomain": False, "responseBodyHtml": "", "responseBodyPlainText": ""}
ALWAYS: Final = {"enableAutoReply": False, "responseSubject": "", "restrictToContacts": False}

SETTINGS: Final = {
    "autoAddHangouts": "true",
    "dateFieldOrder": "MDY",
    "defaultEventLength": "60",
    "format24HourTime": "false",
    "hideInvitations": "false",
    "hideWeekends": "false",
    "remindOnRespondedEventsOnly": "false",
    "showDeclinedEvents": "true",
    "useKeyboardShortcuts": "true",
    "weekStart": "0",
}
"""The settings that nobody changes here, at their defaults."""


def vacation(user: User | None, asked: str, subject: str) -> Fields:
    """Answer getVacation for ``asked`` (``me`` or an address). Refused (400, 403)."""
    if asked != "me" and asked.lower() != subject:
        raise gmail_refusal(403, "forbidden", f"Delegation denied for {subject}")
    if user is None or not user.gmail_on:
        raise gmail_refusal(400, "failedPrecondition", "Mail service not enabled", rpc="FAILED_PRECONDITION")
    return ALWAYS | user.vacation


def checked_vacation(settings: dict[str, Any]) -> Fields:
    """Check settings as Gmail's own write call would; give them without defaults. ValueError."""
    try:
        schema.check(schema.VACATION, settings)
    except Refused as wrong:
        raise ValueError(f"vacation settings: {wrong.response.body.decode()}") from wrong
    start, end = settings.get("startTime"), settings.get("endTime")
    if start is not None and end is not None and int(start) >= int(end):
        raise ValueError("vacation settings: startTime must precede endTime")
    return {name: value for name, value in settings.items() if value is not None and DEFAULTS.get(name) != value}


def setting(user: User, name: str) -> Fields:
    """Answer settings.get. Refused (404)."""
    values = {**SETTINGS, "locale": user.locale, "timezone": user.zone}
    if name not in values:
        raise calendar_refusal(404, "notFound")
    return {"kind": "calendar#setting", "etag": f'"{values[name]}"', "id": name, "value": values[name]}
