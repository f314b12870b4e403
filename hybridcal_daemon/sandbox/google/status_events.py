"""What an event must be that says how a person can be reached.

Owns: the required fields of focus time, out-of-office events and working locations. Promises: pure; a body is refused
before anything changes. Does not: give such an event any effect (nobody is declined here).

Based on the Google guide on status events: on primary calendars only; focus time and absences are timed, opaque and
have their properties; a working location is public and transparent, has its properties with the field that its type
names, and lasts one whole day or has times. The reason words are unconfirmed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridcal_daemon.sandbox.google.errors import Refused, calendar_refusal

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.google.model import Fields
    from hybridcal_daemon.sandbox.google.times import Moment

PROPERTIES: Final = {
    "focusTime": "focusTimeProperties",
    "outOfOffice": "outOfOfficeProperties",
    "workingLocation": "workingLocationProperties",
}
PLACES: Final = frozenset({"homeOffice", "officeLocation", "customLocation"})
_OPAQUE: Final = frozenset({None, "opaque"})


def check(kind: str, body: Fields, start: Moment, end: Moment, *, primary: bool) -> None:
    """Refuse (400) a new event of this type that lacks what it needs; other types are none of ours."""
    if kind not in PROPERTIES:
        return
    if not primary:
        raise calendar_refusal(400, "eventTypeRestriction", "Status events are supported on primary calendars only.")
    if not isinstance(body.get(PROPERTIES[kind]), dict):
        raise _malformed(kind, f"{PROPERTIES[kind]} is required.")
    if kind == "workingLocation":
        _check_place(body, start, end)
    elif start.day is not None:
        raise _malformed(kind, "It must have times.")
    elif body.get("transparency") not in _OPAQUE:
        raise _malformed(kind, "Its transparency must be opaque.")


def _check_place(body: Fields, start: Moment, end: Moment) -> None:
    place = body["workingLocationProperties"]
    kind = place.get("type")
    if kind not in PLACES or kind not in place:
        raise _malformed("workingLocation", "Its properties must have a type, and the field that this names.")
    if (body.get("visibility"), body.get("transparency")) != ("public", "transparent"):
        raise _malformed("workingLocation", "Its visibility must be public, and its transparency transparent.")
    if start.day is not None and end.day is not None and (end.day - start.day).days != 1:
        raise _malformed("workingLocation", "Without times it must last one day.")


def _malformed(kind: str, why: str) -> Refused:
    return calendar_refusal(400, f"malformed{kind[0].upper()}{kind[1:]}Event", why)
