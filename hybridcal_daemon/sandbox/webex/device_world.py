"""Workspaces and devices of the stand-in.

Owns: what is remembered of them, by id. Promises: a device keeps its bookings until somebody puts others or it is
rebooted. Does not: check who may do what.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from hybridcal_daemon.sandbox.webex.ids import rest_id
from hybridcal_daemon.sandbox.webex.roomos import BookingList

if TYPE_CHECKING:
    from hybridcal_daemon.domain.values import Instant

Permission = Literal["xapi:all", "xapi:readonly"]
Platform = Literal["cisco", "microsoftTeamsRoom"]
CalendarType = Literal["none", "google", "microsoft"]


@dataclass(slots=True, kw_only=True)
class Workspace:
    """A room. ``calendar``: which service of Webex' own fills its devices' lists."""

    uuid: str
    name: str
    calendar: CalendarType
    created: Instant

    @property
    def rest_id(self) -> str:
        """Id under which REST calls know it."""
        return rest_id("PLACE", self.uuid)


@dataclass(slots=True, kw_only=True)
class Device:
    """A device of a workspace, or in personal mode of a person; ``owner``: REST id of either."""

    uuid: str
    name: str
    owner: str
    personal: bool
    created: Instant
    product: str = "Cisco Room Bar"
    type: str = "roomdesk"
    permission: Permission = "xapi:all"
    platform: Platform = "cisco"
    online: bool = True
    list: BookingList = field(default_factory=BookingList)

    @property
    def rest_id(self) -> str:
        """Id under which REST calls know it."""
        return rest_id("DEVICE", self.uuid)


class DeviceBook:
    """All of them, by REST id."""

    def __init__(self) -> None:
        self.workspaces: dict[str, Workspace] = {}
        self.devices: dict[str, Device] = {}
