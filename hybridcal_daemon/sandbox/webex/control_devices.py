"""Arranging workspaces and devices of the stand-in, and looking at what they show.

Owns: these control methods. Promises and does not: as ``control.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hybridcal_daemon.sandbox.webex.control_base import ControlBase
from hybridcal_daemon.sandbox.webex.device_world import Device, Workspace

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.webex.device_world import CalendarType, Permission, Platform


class DevicesControl(ControlBase):
    """What stands in rooms and on desks; ids are those of the REST calls."""

    def add_workspace(self, name: str, *, calendar: CalendarType = "none") -> str:
        """Create a workspace; give its id."""
        with self.lock:
            made = Workspace(uuid=self.world.ids.uuid(), name=name, calendar=calendar, created=self.clock.now())
            self.world.devices.workspaces[made.rest_id] = made
            return made.rest_id

    def add_device(
        self,
        name: str = "Room Bar",
        *,
        workspace: str = "",
        person: str = "",
        permission: Permission = "xapi:all",
        platform: Platform = "cisco",
        kind: str = "roomdesk",
    ) -> str:
        """Create a device of a workspace (its id), or in personal mode of a person (their address); give its id.

        KeyError when there is no such owner.
        """
        with self.lock:
            owner = self._owner(workspace, person)
            made = Device(
                uuid=self.world.ids.uuid(),
                name=name,
                owner=owner,
                personal=not workspace,
                created=self.clock.now(),
                type=kind,
                permission=permission,
                platform=platform,
            )
            self.world.devices.devices[made.rest_id] = made
            return made.rest_id

    def _owner(self, workspace: str, person: str) -> str:
        if workspace:
            if workspace not in self.world.devices.workspaces:
                raise KeyError("there is no such workspace in the stand-in")
            return workspace
        return self._person(person).rest_id

    def remove_device(self, device: str) -> None:
        """Take a device out of the organisation. KeyError."""
        with self.lock:
            del self.world.devices.devices[self._device(device).rest_id]

    def bookings(self, device: str) -> list[dict[str, Any]]:
        """Give what a device shows, by start, in the form in which it was put. KeyError."""
        with self.lock:
            return list(self._device(device).list.entries)

    def puts(self, device: str) -> int:
        """Say how often a device was given a list. KeyError."""
        with self.lock:
            return self._device(device).list.puts

    def reboot(self, device: str) -> None:
        """Restart a device: it is connected again, and its list is lost. KeyError."""
        with self.lock:
            found = self._device(device)
            found.online = True
            found.list.clear()

    def go_offline(self, device: str) -> None:
        """Cut a device off; it keeps what it shows. KeyError."""
        with self.lock:
            self._device(device).online = False

    def come_online(self, device: str) -> None:
        """Connect a device again. KeyError."""
        with self.lock:
            self._device(device).online = True

    def _device(self, device: str) -> Device:
        found = self.world.devices.devices.get(device)
        if found is None:
            raise KeyError("there is no such device in the stand-in")
        return found
