"""``GET /v1/meetings``.

Owns: filters, the window, pages. Promises: as the OpenAPI says, the surprising parts above all: without ``from`` and
``to`` only the next seven days, series by default, ten to a page. Does not: have instances of meetings that were held.

Based on:

* Parameters, defaults, which of them are ignored beside ``meetingSeriesId``, ``meetingNumber``, ``webLink`` and
  ``roomId``; a series is in the window when its whole span touches it; ``current`` (true when missing) gives a series
  the times of its next occurrence; a tag finds what the same client tagged only [public OpenAPI].
* Sorted by start [inferred]. ``meetingType=meeting`` is always empty and filters about held meetings are refused
  [stand-in].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.domain.values import Instant
from hybridcal_daemon.sandbox.webex.access import ADMIN_MEETINGS_READ, MEETINGS_READ, require
from hybridcal_daemon.sandbox.webex.call import Call, Refusal, answered, flag
from hybridcal_daemon.sandbox.webex.meeting_shown import (
    HORIZON,
    brought_forward,
    current,
    occurrence_shown,
    occurrences,
    series_shown,
)
from hybridcal_daemon.sandbox.webex.meeting_times import endless, moment, starts
from hybridcal_daemon.sandbox.webex.meetings import behalf, home_of
from hybridcal_daemon.sandbox.webex.paging import page

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.marked import MarkedResponse
    from hybridcal_daemon.sandbox.webex.meeting_world import Meeting

WEEK: Final = 7 * 86_400
PAGE: Final = 10
MOST_PAGE: Final = 100
TYPES: Final = frozenset({"meetingSeries", "scheduledMeeting", "meeting"})
STATES: Final = frozenset({"active", "scheduled", "ready", "lobby", "inProgress", "ended", "missed", "expired"})
KINDS: Final = frozenset({"meeting", "webinar", "personalRoomMeeting"})
BY_NAME: Final = ("meetingNumber", "webLink", "roomId")
PARAMETERS: Final = (
    *BY_NAME, "meetingSeriesId", "max", "from", "to", "meetingType", "state", "scheduledType", "isModified", "current",
    "hostEmail", "siteUrl", "integrationTag", "cursor",
)  # fmt: skip


def list_meetings(call: Call) -> MarkedResponse:
    """``GET /v1/meetings``."""
    require(call.token, MEETINGS_READ)
    call.only_query(*PARAMETERS)
    person = behalf(call, call.query.get("hostEmail"), ADMIN_MEETINGS_READ)
    mine = [meeting for meeting in call.world.meetings.living() if meeting.concerns(person)]
    named = _by_name(call)
    if "meetingSeriesId" in call.query:
        found = _of_series(call, mine)
    elif named:
        return answered({"items": _named(call, mine, named)})
    else:
        found = _in_window(call, mine)
    items, headers = page(call, found, lambda item: str(item["id"]), PAGE, MOST_PAGE)
    return answered({"items": items}, headers=headers)


def _by_name(call: Call) -> str:
    names = [name for name in BY_NAME if name in call.query]
    if len(names) > 1:
        raise Refusal(400, "meetingNumber, webLink and roomId are mutually exclusive.")
    return names[0] if names else ""


def _named(call: Call, mine: list[Meeting], name: str) -> list[dict[str, Any]]:
    """Give what a number, a link or a room names, whenever it takes place."""
    wanted, home = call.query[name], home_of(call)
    kept = [meeting for meeting in mine if _tagged(call, meeting)]
    shown = [series_shown(meeting, home, call.token.client_id, call.now, upcoming=_upcoming(call)) for meeting in kept]
    found = [(meeting, item) for meeting, item in zip(kept, shown, strict=True) if item.get(name) == wanted]
    if name == "roomId" or not _upcoming(call):
        return [item for _, item in found]
    return [_current(call, meeting, item, home) for meeting, item in found]


def _current(call: Call, meeting: Meeting, series: dict[str, Any], home: str) -> dict[str, Any]:
    held = current(meeting, call.now)
    return series if held is None else occurrence_shown(held, home, call.token.client_id, call.now)


def _upcoming(call: Call) -> bool:
    return flag(call, "current", default="true")


def _tagged(call: Call, meeting: Meeting) -> bool:
    tag = call.query.get("integrationTag")
    return tag is None or (tag in meeting.tags and meeting.client_id == call.token.client_id)


def _window(call: Call) -> tuple[Instant, Instant]:
    query = call.query
    begin = moment(query["from"], "UTC", "from") if "from" in query else None
    end = moment(query["to"], "UTC", "to") if "to" in query else None
    if begin is None:
        begin = call.now if end is None else Instant(end - WEEK)
    if end is None:
        end = Instant(begin + WEEK)
    if end < begin:
        raise Refusal(400, "'from' must not be after 'to'.")
    return begin, end


def _choice(call: Call, name: str, default: str, known: frozenset[str]) -> str:
    value = call.query.get(name, default)
    if value not in known and value != default:
        raise Refusal(400, f"Query parameter '{name}' has an unknown value.")
    return value


def _of_series(call: Call, mine: list[Meeting]) -> list[dict[str, Any]]:
    """List the occurrences of one series."""
    kind = _choice(call, "meetingType", "scheduledMeeting", TYPES)
    series = [meeting for meeting in mine if meeting.id == call.query["meetingSeriesId"]]
    if not series:
        raise Refusal(404, "The requested meeting series could not be found.")
    return _filtered(call, _occurrences(call, series)) if kind == "scheduledMeeting" else []


def _in_window(call: Call, mine: list[Meeting]) -> list[dict[str, Any]]:
    kind = _choice(call, "meetingType", "meetingSeries", TYPES)
    fitting = [meeting for meeting in mine if _tagged(call, meeting) and _on_site(call, meeting)]
    if kind == "meeting" or _choice(call, "scheduledType", "meeting", KINDS) != "meeting":
        return []
    return _filtered(call, _series(call, fitting) if kind == "meetingSeries" else _occurrences(call, fitting))


def _on_site(call: Call, meeting: Meeting) -> bool:
    return call.query.get("siteUrl", meeting.site) == meeting.site


def _series(call: Call, fitting: list[Meeting]) -> list[dict[str, Any]]:
    begin, end = _window(call)
    home, upcoming = home_of(call), _upcoming(call)
    touching = [meeting for meeting in fitting if meeting.start < end and _lasts_beyond(meeting, begin)]
    touching.sort(key=lambda meeting: meeting.start)
    return [series_shown(meeting, home, call.token.client_id, call.now, upcoming=upcoming) for meeting in touching]


def _lasts_beyond(meeting: Meeting, moment_: Instant) -> bool:
    length = meeting.end - meeting.start
    return endless(meeting.recurrence) or any(
        at + length > moment_ for at in starts(meeting.recurrence, meeting.start, meeting.zone)
    )


def _occurrences(call: Call, fitting: list[Meeting]) -> list[dict[str, Any]]:
    begin, end = _window(call)
    end = min(end, Instant(call.now + HORIZON))
    home = home_of(call)
    every = [held for meeting in fitting for held in (*occurrences(meeting, end), *brought_forward(meeting, end))]
    inside = sorted((held for held in every if held.start < end and held.end > begin), key=lambda held: held.start)
    return [occurrence_shown(held, home, call.token.client_id, call.now) for held in inside]


def _filtered(call: Call, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if "state" in call.query:
        state = _choice(call, "state", "", STATES)
        items = [item for item in items if item["state"] == state]
    if "isModified" in call.query:
        modified = flag(call, "isModified")
        items = [item for item in items if item.get("isModified") == modified]
    return items
