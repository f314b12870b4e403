"""Devices, wherever they are: ``ports.DevicesApi``.

Owns: the choice of the way to a device. Promises: what Webex knows is asked of Webex only. Does not: speak to anybody
itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hybridcal_daemon.ports import LocalDevice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hybridcal_daemon.domain.values import Plain
    from hybridcal_daemon.ports import (
        Abilities,
        BookingLists,
        CloudDevices,
        Listed,
        WebexDevice,
        Where,
        Workspace,
    )


class Devices:
    """Both ways; for one thread."""

    def __init__(self, cloud: CloudDevices, local: BookingLists[LocalDevice]) -> None:
        self._cloud = cloud
        self._local = local

    def workspaces(self, name: Plain[str] | None = None) -> list[Workspace]:
        """Of Webex."""
        return self._cloud.workspaces(name)

    def workspace(self, workspace_id: str) -> Workspace:
        """Of Webex."""
        return self._cloud.workspace(workspace_id)

    def devices(self, *, workspace_id: str = "", person_id: str = "") -> list[WebexDevice]:
        """Of Webex."""
        return self._cloud.devices(workspace_id=workspace_id, person_id=person_id)

    def device(self, device_id: str) -> WebexDevice:
        """Of Webex."""
        return self._cloud.device(device_id)

    def abilities(self, where: Where) -> Abilities:
        """What it can."""
        if isinstance(where, LocalDevice):
            return self._local.abilities(where)
        return self._cloud.abilities(where)

    def put_bookings(self, where: Where, bookings: Sequence[Mapping[str, object]]) -> None:
        """Replace its list."""
        if isinstance(where, LocalDevice):
            self._local.put_bookings(where, bookings)
        else:
            self._cloud.put_bookings(where, bookings)

    def list_bookings(self, where: Where) -> list[Listed]:
        """Read its list."""
        if isinstance(where, LocalDevice):
            return self._local.list_bookings(where)
        return self._cloud.list_bookings(where)
