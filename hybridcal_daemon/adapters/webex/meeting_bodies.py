"""From a plan to what Webex is told about a meeting, and back.

Owns: titles, times and rules in Webex' form. Promises: pure; what is the same at Webex already is not said again,
because a changed ``start``, ``end`` or ``recurrence`` makes Webex drop every changed occurrence. Does not: send.

Source: public OpenAPI, ``CreateMeetingObject`` and ``PatchMeetingObject``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hybridcal_daemon.adapters.webex.requests import is_https
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.joinblock import Room
from hybridcal_daemon.domain.values import MINUTE, Plain
from hybridcal_daemon.ports import HeldMeeting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hybridcal_daemon.adapters.webex.wire_meetings import WireMeeting
    from hybridcal_daemon.domain.calls import Plan

Body = dict[str, Any]

TITLE_LENGTH: Final = 128
UNTITLED: Final = "Meeting"
OPEN_DOOR: Final[Mapping[str, Any]] = {
    "enabledJoinBeforeHost": True,
    "joinBeforeHostMinutes": 15,
    "enableConnectAudioBeforeHost": True,
    "unlockedMeetingJoinSecurity": "allowJoin",
}
"""Join is to work for whoever holds the invitation, without the host: 15 minutes are the most that Webex permits.

Nobody is an invitee at Webex (Google has the guests), so all but the host count as not invited; with Webex' lobby they
would wait for a host who may come late. What guards the meeting is its password, which the link carries.
"""
_DEFAULTS: Final = frozenset({"INTERVAL=1", "WKST=MO"})


def title_of(title: Plain[str]) -> str:
    """One line, not empty, not longer than Webex takes."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in title.reveal()).split())
    return line[:TITLE_LENGTH].rstrip() or UNTITLED


def times(plan: Plan) -> Body:
    """Give the fields ``start``, ``end``, ``timezone``; Webex counts in minutes."""
    zone = zone_of(plan.zone)
    return {"start": stamp(plan.start, zone), "end": stamp(plan.end, zone), "timezone": zone.key}


def zone_of(name: str) -> ZoneInfo:
    """UTC where nobody knows the zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def stamp(at: float, zone: ZoneInfo | None = None) -> str:
    """ISO 8601 with offset, to the minute."""
    return datetime.fromtimestamp(_minute(at), zone or UTC).isoformat()


def new_meeting(title: Plain[str], plan: Plan, tag: str) -> Body:
    """Give the body of ``POST /meetings`` without its host."""
    rule = {"recurrence": plan.recurrence} if plan.recurrence else {}
    return {"title": title_of(title), **times(plan), **rule, "sendEmail": False, "integrationTags": [tag]}


def changes(found: WireMeeting, title: Plain[str], plan: Plan, now: float) -> Body:
    """Give the fields of ``PATCH /meetings/{id}`` that make ``found`` what it ought to be; none when it is.

    A start that is past is not said again, since Webex takes none. The zone in which a rule counts is not among what
    Webex shows: a series that has not begun and seems to need nothing is told its times again for that reason.
    """
    title_differs = {"title": title_of(title)} if found.title != title_of(title) else {}
    wanted: Body = {} if _stands_at(found, plan) else times(plan)
    if _rule(found.recurrence) != _rule(plan.recurrence):
        wanted |= {"recurrence": plan.recurrence or None}
    if plan.recurrence and not title_differs and not wanted and plan.start > now:
        wanted = {**times(plan), "recurrence": plan.recurrence}
    return {**title_differs, **wanted}


def _stands_at(found: WireMeeting, plan: Plan) -> bool:
    return (found.start.timestamp(), found.end.timestamp()) == (_minute(plan.start), _minute(plan.end))


def _rule(rule: str | None) -> frozenset[str]:
    """Compare rules by their parts: neither their order nor what goes without saying makes a difference."""
    return frozenset((rule or "").upper().removeprefix("RRULE:").strip(";").split(";")) - _DEFAULTS


def _minute(at: float) -> float:
    return at // MINUTE * MINUTE


def held(found: WireMeeting, *, in_doubt: bool = False) -> HeldMeeting:
    """Give how to join. Its link is going to be written into invitations, so anything but https is refused.

    TRANSIENT ``webex-bad-answer``; ``in_doubt``: of a meeting that was just made.
    """
    link = found.web_link
    if not is_https(link):
        raise CallError(Kind.TRANSIENT, "webex-bad-answer", in_doubt=in_doubt)
    room = Room(
        link=Plain(link),
        sip_address=Plain(found.sip_address),
        meeting_number=Plain(found.meeting_number),
        password=Plain(found.password),
        dial_in=tuple((number.label, number.call_in_number) for number in found.telephony.call_in_numbers),
    )
    return HeldMeeting(meeting_id=found.id, room=room)
