"""What an order takes from a service.

Owns: for each call the service that it burdens, its cost in quota units, whether it writes to the calendar, and the
feature whose access it needs. Promises: pure; every call of ``calls.py`` has a demand (a test proves it).
Does not: count (``quota.py`` and ``lane.py`` do).

Costs: one unit for a request, three for a PATCH (google.md E; Calendar's discovery document); what is read again
because somebody else wrote first is not foreseen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from hybridcal_daemon.domain.calls import (
    Call,
    ChangeMeeting,
    CheckAccess,
    CheckBookings,
    Decorate,
    DeleteCard,
    EndMeeting,
    ErrandKind,
    FetchEvent,
    FetchRoom,
    FindCard,
    FindDevices,
    FindMeeting,
    FindSpace,
    FollowSpace,
    GrantAccess,
    HoldMeeting,
    ListEdge,
    ListEvents,
    ListInstances,
    OpenChannel,
    OpenSpace,
    PutBookings,
    ReadProfile,
    ReadVacation,
    ReturnAccess,
    RunErrand,
    SendAgenda,
    SendCard,
    SendNotice,
    SetPresence,
    StopChannel,
    Undecorate,
)
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import is_room

Service = Literal["calendar", "gmail", "webex", "devices"]
"""What has a quota, a circuit and a pace of its own."""
GET: Final = 1
PATCH: Final = 3
WEBEX: Final = "webex"
DEVICES: Final = "devices"


@dataclass(frozen=True, slots=True)
class Demand:
    """``cost`` in the service's quota units; ``write``: changes the calendar.

    ``feature``: the purpose of the token it needs (``domain/tokens.py``), which may be refused apart from the others.
    """

    service: Service
    cost: int = 1
    write: bool = False
    feature: str = Purpose.CALENDAR.value


_READ: Final = Demand("calendar")
_WEBEX: Final = Demand("webex", feature=WEBEX)
_DEVICES: Final = Demand("devices", feature=DEVICES)
_ACCESS: Final = Demand("calendar", feature=Purpose.ROOM_ACCESS.value)

_BY_CALL: Final[dict[type, Demand]] = {
    ListEvents: _READ,
    ListEdge: _READ,
    ListInstances: _READ,
    FetchEvent: _READ,
    ReadProfile: Demand("calendar", cost=2 * GET, feature=Purpose.SETTINGS.value),
    OpenChannel: _READ,
    StopChannel: _READ,
    Decorate: Demand("calendar", cost=GET + PATCH, write=True),
    ReadVacation: Demand("gmail", feature=Purpose.GMAIL.value),
    CheckAccess: _ACCESS,
    GrantAccess: replace(_ACCESS, write=True),
    ReturnAccess: replace(_ACCESS, write=True),
    FetchRoom: _WEBEX,
    SendCard: _WEBEX,
    FindCard: _WEBEX,
    DeleteCard: _WEBEX,
    SetPresence: _WEBEX,
    Undecorate: Demand("calendar", cost=GET + PATCH, write=True),
    HoldMeeting: _WEBEX,
    FindMeeting: _WEBEX,
    ChangeMeeting: Demand("webex", cost=2, feature=WEBEX),
    EndMeeting: _WEBEX,
    OpenSpace: _WEBEX,
    FindSpace: _WEBEX,
    FollowSpace: Demand("webex", cost=3, feature=WEBEX),
    SendNotice: _WEBEX,
    FindDevices: _DEVICES,
    PutBookings: _DEVICES,
    CheckBookings: _DEVICES,
    SendAgenda: _WEBEX,
}
_BY_ERRAND: Final[dict[ErrandKind, Demand]] = {
    "insert": Demand("calendar", write=True),
    "delete": Demand("calendar", write=True),
    "respond": Demand("calendar", cost=GET + PATCH, write=True),
    "quick-add": Demand("calendar", write=True),
    "explain": _READ,
    "free-busy": Demand("calendar", feature=Purpose.FREE_BUSY.value),
}


def demand(call: Call) -> Demand:
    """Say what a call takes. A room's calendar is read with the acting account's token, so that is its feature."""
    found = _BY_ERRAND[call.kind] if isinstance(call, RunErrand) else _BY_CALL[type(call)]
    if found.feature == Purpose.CALENDAR.value and is_room(call.user):
        return replace(found, feature=Purpose.ROOMS.value)
    return found
