"""``GET /v1/workspaces``, ``/v1/workspaces/{id}``.

Owns: how a workspace looks to a caller. Promises: pages as ``paging.py``. Does not: create or change workspaces.

Based on: parameters, fields, scopes and statuses [public OpenAPI]; filters that the daemon does not use are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.sandbox.webex.access import require
from hybridcal_daemon.sandbox.webex.call import Call, Refusal, answered, timestamp
from hybridcal_daemon.sandbox.webex.paging import page

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.marked import MarkedResponse
    from hybridcal_daemon.sandbox.webex.device_world import Workspace

WORKSPACES_READ: Final = frozenset({"spark-admin:workspaces_read"})
MOST: Final = 1000


def list_workspaces(call: Call) -> MarkedResponse:
    """``GET /v1/workspaces``."""
    require(call.token, WORKSPACES_READ)
    call.only_query("max", "cursor", "displayName", "calendar")
    found = [shown(call, each) for each in call.world.devices.workspaces.values() if _fits(each, call.query)]
    items, headers = page(call, found, lambda each: str(each["id"]), 100, MOST)
    return answered({"items": list(items)}, headers=headers)


def one_workspace(call: Call) -> MarkedResponse:
    """``GET /v1/workspaces/{id}``."""
    require(call.token, WORKSPACES_READ)
    call.only_query()
    found = call.world.devices.workspaces.get(call.argument)
    if found is None:
        raise Refusal(404, "The requested workspace could not be found.")
    return answered(shown(call, found))


def _fits(workspace: Workspace, query: dict[str, str]) -> bool:
    name, calendar = query.get("displayName", workspace.name), query.get("calendar", workspace.calendar)
    return (workspace.name, workspace.calendar) == (name, calendar)


def shown(call: Call, workspace: Workspace) -> dict[str, Any]:
    """Write a workspace as the calls do."""
    return {
        "id": workspace.rest_id,
        "orgId": call.world.org_id,
        "displayName": workspace.name,
        "sipAddress": f"{workspace.uuid[:8]}@acme-example.rooms.webex.com",
        "created": timestamp(workspace.created),
        "calling": {"type": "freeCalling"},
        "hotdeskingStatus": "off",
        "supportedDevices": "collaborationDevices",
        "calendar": {"type": workspace.calendar},
        "devicePlatform": "cisco",
    }
