"""The shapes of Webex' answers about workspaces and devices.

Owns: wire types. Promises and does not: as ``wire.py``.

Sources: public OpenAPI (devices, workspaces, xAPI); results of Bookings.List as RoomOS' schema has them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from hybridcal_daemon.domain.values import Instant, Plain
from hybridcal_daemon.ports import Listed, WebexDevice, Workspace

_ROOM_AND_DESK: Final = "roomdesk"
_COMMANDS: Final = frozenset({"xapi:all", "xapi"})
_CONNECTED: Final = frozenset({"connected", "connected_with_issues"})
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class WireCalendar(msgspec.Struct, frozen=True, kw_only=True):
    """Who fills the lists of a workspace's devices."""

    type: str = "none"


class WireWorkspace(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A workspace."""

    id: str
    display_name: str = ""
    calendar: WireCalendar = WireCalendar()

    def value(self) -> Workspace:
        """As the port has it."""
        return Workspace(workspace_id=self.id, name=Plain(self.display_name), calendar=self.calendar.type)


class WireWorkspaces(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of ``GET /workspaces``."""

    items: tuple[WireWorkspace, ...]


class WireDevice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A device. Some have no ``type``; telephones and accessories show no meetings."""

    id: str
    display_name: str = ""
    product: str = ""
    type: str = _ROOM_AND_DESK
    workspace_id: str = ""
    person_id: str = ""
    capabilities: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    connection_status: str = "unknown"

    @property
    def shows_meetings(self) -> bool:
        """Say whether it is of a kind that has a list of bookings."""
        return self.type == _ROOM_AND_DESK

    def value(self) -> WebexDevice:
        """As the port has it. One in a workspace is nobody's own, even if a person is named, too."""
        return WebexDevice(
            device_id=self.id,
            name=Plain(self.display_name),
            product=self.product,
            online=self.connection_status in _CONNECTED,
            commands="xapi" in self.capabilities and not _COMMANDS.isdisjoint(self.permissions),
            workspace_id=self.workspace_id,
            person_id="" if self.workspace_id else self.person_id,
        )


class WireDevices(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of ``GET /devices``."""

    items: tuple[WireDevice, ...]


class WireBodySchema(msgspec.Struct, frozen=True, kw_only=True):
    """What a command takes as its body."""

    schema: Any = None


class WireCommand(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A command of a device."""

    body_schema: WireBodySchema = WireBodySchema()


class WireSchema(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One device's part of the answer of ``GET /xapi/schema``."""

    device_id: str
    commands: dict[str, WireCommand] = {}


class WireTime(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """When a booking is."""

    start_time: Moment | None = None
    end_time: Moment | None = None


class WireBooking(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """An entry of Bookings.List."""

    id: str
    time: WireTime = WireTime()

    def value(self) -> Listed:
        """As the port has it."""
        return Listed(entry_id=self.id, start=_at(self.time.start_time), end=_at(self.time.end_time))


class WireList(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The result of Bookings.List; without bookings there is no list."""

    booking: tuple[WireBooking, ...] = ()


class WireResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of ``POST /xapi/command/Bookings.List``."""

    result: WireList = WireList()


def _at(moment: datetime | None) -> Instant:
    return Instant(0.0 if moment is None else moment.timestamp())
