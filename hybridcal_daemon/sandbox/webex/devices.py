"""``GET /v1/devices``, ``/v1/devices/{id}``.

Owns: how a device looks to a caller. Promises: pages as ``paging.py``. Does not: activate or change devices.

Based on: parameters, fields, scopes and statuses [public OpenAPI]. The filters that the daemon does not use are
refused. ``personId`` and ``workspaceId``: the one that is the device's; that the other is missing is [inferred].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.sandbox.webex.access import require
from hybridcal_daemon.sandbox.webex.call import Call, Refusal, answered, timestamp
from hybridcal_daemon.sandbox.webex.paging import page

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.marked import MarkedResponse
    from hybridcal_daemon.sandbox.webex.device_world import Device

DEVICES_READ: Final = frozenset({"spark-admin:devices_read", "spark:devices_read"})
MOST: Final = 1000
_FILTERS: Final = ("personId", "workspaceId", "capability", "connectionStatus", "displayName", "type")


def list_devices(call: Call) -> MarkedResponse:
    """``GET /v1/devices``."""
    require(call.token, DEVICES_READ)
    call.only_query("max", "cursor", *_FILTERS)
    all_of_them = [shown(call, device) for device in call.world.devices.devices.values() if _may_see(call, device)]
    found = [each for each in all_of_them if all(_fits(each, name, call.query) for name in _FILTERS)]
    items, headers = page(call, found, lambda each: str(each["id"]), 100, MOST)
    return answered({"items": list(items)}, headers=headers)


def one_device(call: Call) -> MarkedResponse:
    """``GET /v1/devices/{id}``."""
    require(call.token, DEVICES_READ)
    call.only_query()
    return answered(shown(call, known(call, call.argument)))


def known(call: Call, device_id: str) -> Device:
    """Give a device; 404 for one that does not exist or is not the caller's to see."""
    device = call.world.devices.devices.get(device_id)
    if device is None or not _may_see(call, device):
        raise Refusal(404, "The requested device could not be found.")
    return device


def _may_see(call: Call, device: Device) -> bool:
    """An administrator's token sees all, anybody else's only devices of their own."""
    return "spark-admin:devices_read" in call.token.scopes or device.owner == call.token.owner.rest_id


def _fits(shown_as: dict[str, Any], name: str, query: dict[str, str]) -> bool:
    if name not in query:
        return True
    if name == "capability":
        return query[name] in shown_as["capabilities"]
    return bool(shown_as.get(name) == query[name])


def shown(call: Call, device: Device) -> dict[str, Any]:
    """Write a device as the calls do."""
    owner = {"personId" if device.personal else "workspaceId": device.owner}
    return {
        "id": device.rest_id,
        "displayName": device.name,
        "placeId": device.owner,
        **owner,
        "orgId": call.world.org_id,
        "capabilities": ["xapi"] if device.type == "roomdesk" else [],
        "permissions": [device.permission] if device.type == "roomdesk" else [],
        "connectionStatus": "connected" if device.online else "disconnected",
        "product": device.product,
        "type": device.type,
        "tags": [],
        "errorCodes": [],
        "created": timestamp(device.created),
        "managedBy": "CISCO",
        "devicePlatform": device.platform,
    }
