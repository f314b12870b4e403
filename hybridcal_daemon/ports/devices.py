"""Room devices, through Webex or directly. Owns: their shape. Does not: know what is shown on one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from hybridcal_daemon.domain.values import Instant, Plain, Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalDevice:
    """A device that is spoken to directly. ``url``: scheme, host and port, nothing behind them."""

    url: Plain[str]
    user: Plain[str]
    password: Secret[str]


Where = str | LocalDevice
"""A device: its id at Webex, or how to reach it."""
Where_contra = TypeVar("Where_contra", contravariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A room as Webex knows it. ``calendar``: who fills its devices' lists: ``none``, ``google`` or ``microsoft``."""

    workspace_id: str
    name: Plain[str]
    calendar: str = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebexDevice:
    """A device as Webex knows it; ``workspace_id`` or ``person_id`` says whose it is, the other is ''.

    ``commands``: we may give it commands.
    """

    device_id: str
    name: Plain[str]
    product: str
    online: bool
    commands: bool
    workspace_id: str = ""
    person_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a device can: take a list (``put``), tell it (``list_``), open a web meeting (``webrtc``)."""

    put: bool
    list_: bool
    webrtc: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An entry of a device's list. ``start``, ``end``: 0 where the device does not say."""

    entry_id: str
    start: Instant
    end: Instant


class DeviceDirectory(Protocol):
    """What Webex knows of devices and of the workspaces that they stand in. CallError only."""

    def workspaces(self, name: Plain[str] | None = None) -> list[Workspace]:
        """All, or those with this name."""
        ...

    def workspace(self, workspace_id: str) -> Workspace:
        """CallError NOT_FOUND."""
        ...

    def devices(self, *, workspace_id: str = "", person_id: str = "") -> list[WebexDevice]:
        """Those that can show meetings: all, or those of a workspace or person."""
        ...

    def device(self, device_id: str) -> WebexDevice:
        """CallError NOT_FOUND."""
        ...


class BookingLists(Protocol[Where_contra]):
    """The lists on devices. CallError only: TRANSIENT where a device is not reached."""

    def abilities(self, where: Where_contra) -> Abilities:
        """What it can; what was learnt may be remembered for a while."""
        ...

    def put_bookings(self, where: Where_contra, bookings: Sequence[Mapping[str, object]]) -> None:
        """Replace the whole list (``work/bookings.py`` has the form). CallError INVALID device-schema.

        That is: the device, as far as it says what it takes, does not take such entries.
        """
        ...

    def list_bookings(self, where: Where_contra) -> list[Listed]:
        """What is on it. CallError REFUSED device-not-capable where it does not tell."""
        ...


class CloudDevices(DeviceDirectory, BookingLists[str], Protocol):
    """Devices that are registered with Webex, by id."""


class DevicesApi(DeviceDirectory, BookingLists[Where], Protocol):
    """Devices, wherever they are."""
