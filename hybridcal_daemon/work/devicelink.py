"""The cell that says which devices show a room's meetings.

Owns: its content and its place; the ids of devices that are spoken to directly. Promises: whatever was sealed here is
read back as it was, or is an error. Does not: seal or open (the vault does), or reach a device.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import msgspec

from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Plain, Secret
from hybridcal_daemon.ports import LocalDevice

DEVICES_PLACE: Final = "devices"
LOCAL: Final = "local:"
_DIGITS: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLink:
    """``workspace_id``: all devices of a workspace of Webex, '' for none; ``device_ids``: single ones; ``local``."""

    workspace_id: str = ""
    device_ids: tuple[str, ...] = ()
    local: tuple[LocalDevice, ...] = ()


class _Local(msgspec.Struct):
    url: str
    user: str
    password: str

    def __repr__(self) -> str:
        """Say nothing of it."""
        return "<Local>"


class _LinkCell(msgspec.Struct):
    workspace_id: str = ""
    device_ids: tuple[str, ...] = ()
    local: tuple[_Local, ...] = ()


def encode(link: DeviceLink) -> Plain[bytes]:
    """Give the content of the cell: JSON."""
    local = tuple(
        _Local(url=each.url.reveal(), user=each.user.reveal(), password=each.password.reveal()) for each in link.local
    )
    cell = _LinkCell(workspace_id=link.workspace_id, device_ids=link.device_ids, local=local)
    return Plain(msgspec.json.encode(cell))


def decode(content: Plain[bytes]) -> DeviceLink:
    """Read the content of the cell. CallError INVALID kms-tampered when it is none of ours."""
    with suppress(ValueError):  # msgspec's errors
        cell = msgspec.json.decode(content.reveal(), type=_LinkCell)
        local = tuple(
            LocalDevice(url=Plain(each.url), user=Plain(each.user), password=Secret(each.password))
            for each in cell.local
        )
        return DeviceLink(workspace_id=cell.workspace_id, device_ids=cell.device_ids, local=local)
    raise CallError(Kind.INVALID, "kms-tampered")


def local_id(device: LocalDevice) -> str:
    """Give the id under which a local device is known outside the cell."""
    return LOCAL + hashlib.sha256(f"device|{device.url.reveal()}".encode()).hexdigest()[:_DIGITS]
