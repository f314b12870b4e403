"""``/v1/xapi``: commands, statuses and schemas of devices through the cloud.

Owns: who may give which command, and what comes back. Promises: a device that is not connected does nothing.
Does not: know commands but those of bookings.

Based on:

* Paths, ``{deviceId, arguments, body}``, the form of answers, at most 10 statuses and 5 devices [public OpenAPI].
* Scopes ``spark:xapi_commands`` and ``spark:xapi_statuses`` [public OpenAPI]; a permission ``xapi:readonly`` gives no
  commands [inferred from its name].
* In personal mode, commands that tell of meetings (List) are refused to the cloud, Put and Clear are not [RoomOS
  schema: they are marked as having an impact on privacy].
* In Microsoft Teams Rooms mode there are no bookings [RoomOS documentation].
* 409 for a device that is not connected, 400 for an unknown command or a body that the device does not take, and 403
  in personal mode: [unverified].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.sandbox.webex.access import require
from hybridcal_daemon.sandbox.webex.call import Call, Refusal, answered
from hybridcal_daemon.sandbox.webex.devices import known
from hybridcal_daemon.sandbox.webex.roomos import PUT_SCHEMA, BadCommand, times

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.marked import MarkedResponse
    from hybridcal_daemon.sandbox.webex.device_world import Device

XAPI_COMMANDS: Final = frozenset({"spark:xapi_commands"})
XAPI_STATUSES: Final = frozenset({"spark:xapi_statuses"})
COMMANDS: Final = ("Bookings.Put", "Bookings.List", "Bookings.Clear")
PRIVATE: Final = frozenset({"Bookings.List"})
MOST_DEVICES: Final = 5
MOST_NAMES: Final = 10


def command(call: Call) -> MarkedResponse:
    """``POST /v1/xapi/command/{name}``."""
    require(call.token, XAPI_COMMANDS)
    sent = call.body(deviceId=str, arguments=dict, body=(dict, str))
    for name in ("deviceId", "arguments"):
        if name not in sent:
            raise Refusal(400, f"Field '{name}' is required.")
    device = _ready(call, sent["deviceId"])
    if device.permission != "xapi:all":
        raise Refusal(403, "The device may not be given commands.")
    if call.argument not in _commands(device):
        raise Refusal(400, f"Unknown command: {call.argument}.")
    if device.personal and call.argument in PRIVATE:
        raise Refusal(403, "The command is not permitted for devices in personal mode.")
    try:
        result = _do(call, device, sent)
    except BadCommand as bad:
        raise Refusal(400, f"The device refused the command: {bad}.") from None
    return answered({"deviceId": device.rest_id, "arguments": sent["arguments"], "result": result})


def _do(call: Call, device: Device, sent: dict[str, Any]) -> dict[str, Any]:
    if call.argument == "Bookings.List":
        return device.list.list_(sent["arguments"], call.now)
    if sent["arguments"]:
        raise BadCommand("the command has no arguments")
    if call.argument == "Bookings.Put":
        device.list.put(sent.get("body"))
    else:
        device.list.clear()
    return {"status": "OK"}


def schema(call: Call) -> MarkedResponse:
    """``GET /v1/xapi/schema``; only commands are known."""
    require(call.token, XAPI_COMMANDS)
    call.only_query("deviceId", "command")
    ids = call.query.get("deviceId", "").split(",")
    if not 1 <= len(ids) <= MOST_DEVICES or not all(ids):
        raise Refusal(400, f"Query parameter 'deviceId' must name 1 to {MOST_DEVICES} devices.")
    patterns = call.query.get("command", "*").split(",")
    found = [(device_id, _ready(call, device_id)) for device_id in ids]
    return answered([{"deviceId": one, "commands": _described(device, patterns)} for one, device in found])


def _described(device: Device, patterns: list[str]) -> dict[str, Any]:
    fits = [name for name in _commands(device) if any(_matches(pattern, name) for pattern in patterns)]
    return {name: _schema(name) for name in fits}


def _schema(name: str) -> dict[str, Any]:
    described: dict[str, Any] = {"arguments": {}, "resultSchema": {"type": ["object", "null"]}}
    if name == "Bookings.Put":
        described["bodySchema"] = {"schema": PUT_SCHEMA}
    if name == "Bookings.List":
        whole = {"required": False, "schema": {"type": "integer"}}
        described["arguments"] = dict.fromkeys(("Days", "DayOffset", "Limit", "Offset"), whole)
    return described


def _matches(pattern: str, name: str) -> bool:
    if pattern.endswith("*"):
        return name.startswith(pattern[:-1])
    return pattern == name


def status(call: Call) -> MarkedResponse:
    """``GET /v1/xapi/status``: of bookings only."""
    require(call.token, XAPI_STATUSES)
    call.only_query("deviceId", "name")
    names = call.query.get("name", "").split(",")
    if not 1 <= len(names) <= MOST_NAMES or not all(names):
        raise Refusal(400, f"Query parameter 'name' must give 1 to {MOST_NAMES} expressions.")
    device = _ready(call, call.query.get("deviceId", ""))
    wanted = any(_matches(name.lower(), "bookings.availability.status") for name in names)
    result = {"Bookings": _availability(device, call.now)} if wanted and _commands(device) else {}
    return answered({"deviceId": device.rest_id, "result": result})


def _availability(device: Device, now: float) -> dict[str, Any]:
    running, following = device.list.running(now), device.list.following(now)
    if running is not None:
        return {
            "Availability": {"Status": "BookedUntil", "TimeStamp": times(running)[1]},
            "Current": {"Id": running["Id"]},
        }
    if following is not None:
        return {"Availability": {"Status": "FreeUntil", "TimeStamp": times(following)[0]}, "Current": {"Id": ""}}
    return {"Availability": {"Status": "Free", "TimeStamp": ""}, "Current": {"Id": ""}}


def _commands(device: Device) -> tuple[str, ...]:
    return COMMANDS if device.platform == "cisco" else ()


def _ready(call: Call, device_id: str) -> Device:
    """Give a device that can be spoken to."""
    device = known(call, device_id)
    if device.type != "roomdesk":
        raise Refusal(404, "The device has no xAPI.")
    if not device.online:
        raise Refusal(409, "The device is not connected.")
    return device
