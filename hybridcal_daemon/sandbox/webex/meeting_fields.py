"""What may stand in the body of a meeting call.

Owns: names, types and limits of the fields. Promises: what is unknown, too long or of the wrong type is refused with
400 and named. Does not: change meetings.

Based on: names, types, limits [public OpenAPI]. Refused though the OpenAPI has them, because this stand-in has nothing
behind them: ad-hoc meetings, webinars, meetings in Personal Rooms, templates, registration, breakout sessions,
interpretation, live streams and the options about them. A password of 8 characters with capitals, small letters and a
digit [public OpenAPI: example of a refusal; the site decides].
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.sandbox.webex.call import Refusal, check_field, json_object
from hybridcal_daemon.sandbox.webex.meeting_shown import DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hybridcal_daemon.ports import HttpRequest

LONGEST_TITLE: Final = 128
LONGEST_AGENDA: Final = 1300
MOST_TAGS: Final = 3
LONGEST_TAG: Final = 64
MOST_INVITEES: Final = 1000
SECURITY: Final = frozenset({"allowJoin", "allowJoinWithLobby", "blockFromJoin"})
BEFORE_HOST: Final = frozenset({0, 5, 10, 15})
PATCH_TYPES: Final = frozenset({"application/json", "application/json-patch+json"})
NULLABLE: Final = frozenset({"agenda", "recurrence", "integrationTags"})

OPTIONS: Final[dict[str, type]] = {name: type(value) for name, value in DEFAULTS.items()}
SHARED: Final[dict[str, type]] = {
    "title": str,
    "agenda": str,
    "password": str,
    "start": str,
    "end": str,
    "timezone": str,
    "recurrence": str,
    "integrationTags": list,
    "sendEmail": bool,
    "hostEmail": str,
    **OPTIONS,
}
CREATING: Final[dict[str, type]] = {
    **SHARED,
    "roomId": str,
    "siteUrl": str,
    "scheduledType": str,
    "adhoc": bool,
    "invitees": list,
}


def body(request: HttpRequest, fields: dict[str, type], *, patch: bool = False) -> dict[str, Any]:
    """Read a body. In a patch some fields may be null."""
    sent = json_object(request, PATCH_TYPES if patch else frozenset({"application/json"}))
    for name, value in sent.items():
        if not (value is None and name in NULLABLE and (patch or name == "recurrence")):
            check_field(name, value, fields)
    _check_texts(sent)
    _check_options(sent)
    return sent


def needed(sent: dict[str, Any], *names: str) -> None:
    """Refuse a body that lacks a field."""
    for name in names:
        if name not in sent:
            raise Refusal(400, f"Field '{name}' is required.")


def _check_texts(sent: dict[str, Any]) -> None:
    if not 1 <= len(sent.get("title", "x")) <= LONGEST_TITLE:
        raise Refusal(400, f"Field 'title' must have 1 to {LONGEST_TITLE} characters.")
    if len(sent.get("agenda") or "") > LONGEST_AGENDA:
        raise Refusal(400, f"Field 'agenda' must have at most {LONGEST_AGENDA} characters.")
    _check_tags(sent.get("integrationTags") or [])
    if "password" in sent and not re.fullmatch(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)\S{8,}", sent["password"]):
        raise Refusal(400, "Meeting password validation failed.")


def _check_tags(tags: list[Any]) -> None:
    if len(tags) > MOST_TAGS:
        raise Refusal(400, f"Field 'integrationTags' has at most {MOST_TAGS} tags.")
    for tag in tags:
        if not isinstance(tag, str) or not 1 <= len(tag) <= LONGEST_TAG:
            raise Refusal(400, f"A tag of 'integrationTags' has 1 to {LONGEST_TAG} characters.")


def _check_options(sent: dict[str, Any]) -> None:
    if sent.get("unlockedMeetingJoinSecurity", "allowJoin") not in SECURITY:
        raise Refusal(400, "Field 'unlockedMeetingJoinSecurity' has an unknown value.")
    if sent.get("joinBeforeHostMinutes", 0) not in BEFORE_HOST:
        raise Refusal(400, "Field 'joinBeforeHostMinutes' must be 0, 5, 10 or 15.")
    if sent.get("scheduledType", "meeting") != "meeting" or sent.get("adhoc", False):
        raise Refusal(400, "The stand-in has scheduled meetings only.")


def invitees(sent: Iterable[Any]) -> tuple[str, ...]:
    """Give the addresses of a list of invitees."""
    given = list(sent)
    if len(given) > MOST_INVITEES:
        raise Refusal(400, f"Field 'invitees' has at most {MOST_INVITEES} people.")
    for one in given:
        if not isinstance(one, dict):
            raise Refusal(400, "An invitee must be an object.")
        for name, value in one.items():
            check_field(name, value, {"email": str, "displayName": str, "coHost": bool, "panelist": bool})
        if "@" not in one.get("email", ""):
            raise Refusal(400, "An invitee needs an 'email'.")
    return tuple(one["email"] for one in given)
