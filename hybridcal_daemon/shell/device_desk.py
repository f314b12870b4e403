"""Devices as admins see and arrange them: ``ports.DeviceAdmin`` over the actors and Webex.

Owns: what a link is made of before it is sealed. Promises: an admin's act is in the audit log, on disk, before it
happens, and is answered when it is on disk itself; a link names only what Webex has and what shows nobody else's
meetings; passwords go from the request into the room's cell and nowhere else. Does not: put anything on a device (the
room's actor has it done).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from actors.protocol import DESK, SUPERVISOR, AddressOf, AskKept, Views, WriteNow
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import Linked
from hybridcal_daemon.domain.values import Plain, is_room
from hybridcal_daemon.ports import Audit, DeviceView, FoundWorkspace, StoreFull
from hybridcal_daemon.shell.choices import KEEPING
from hybridcal_daemon.work import devicelink

if TYPE_CHECKING:
    from collections.abc import Callable

    from actors.system import ActorSystem
    from hybridcal_daemon.domain.values import UserId
    from hybridcal_daemon.ports import Clock, DevicesApi, LinkWish, UserView, Workspace

_NO_CALENDAR = "none"
_KEY_BYTES = 16


def no_devices() -> DevicesApi:
    """Stand for Webex where there is no way to it. CallError REFUSED."""
    raise CallError(Kind.REFUSED, "webex-no-service-app")


class DeviceDesk:
    """``make_api`` is called for each request; ``room_of`` gives the room with an address: UnknownUser, CallError."""

    def __init__(
        self,
        system: ActorSystem,
        clock: Clock,
        make_api: Callable[[], DevicesApi],
        room_of: Callable[[Plain[str]], UserId],
    ) -> None:
        self._system = system
        self._clock = clock
        self._make_api = make_api
        self._room_of = room_of

    def devices(self, *, reveal: bool, rooms: bool) -> list[DeviceView]:
        """Every device that shows somebody's meetings."""
        views: list[UserView] = self._ask(SUPERVISOR, Views())
        shown = [view for view in views if view.devices and (is_room(view.user) or not rooms)]
        return [
            DeviceView(user=view.user, device=device, address=address)
            for view in shown
            for address in [self._address(view.user) if reveal else None]
            for device in view.devices
        ]

    def find(self) -> list[FoundWorkspace]:
        """Workspaces of the organisation, those with devices first, by name. CallError."""
        api = self._make_api()
        inside = defaultdict(list)
        for device in api.devices():
            inside[device.workspace_id].append(device)
        found = [
            FoundWorkspace(workspace=each, devices=tuple(inside.get(each.workspace_id, ())))
            for each in api.workspaces()
        ]
        return sorted(found, key=lambda each: (not each.devices, each.workspace.name.reveal().casefold()))

    def link(self, address: Plain[str], wish: LinkWish, *, by: str) -> None:
        """Seal which devices they are, and tell the room. UnknownUser, CallError."""
        room = self._room_of(address)
        link = self._checked(wish)
        self._check_free(room, link)
        content = devicelink.encode(link)
        cell = self._system.asker.seal_cell(room, devicelink.DEVICES_PLACE, content)
        self._tell(room, Linked(link=cell, key=self._key()), by, "link-devices")

    def unlink(self, address: Plain[str], *, by: str) -> None:
        """Tell the room. UnknownUser, CallError."""
        self._tell(self._room_of(address), Linked(link=None, key=self._key()), by, "unlink-devices")

    # ---- inner

    def _checked(self, wish: LinkWish) -> devicelink.DeviceLink:
        """What is meant, as Webex knows it. CallError."""
        workspace_id = ""
        if wish.workspace:
            workspace = _workspace(self._make_api(), wish.workspace)
            if workspace.calendar != _NO_CALENDAR:
                raise CallError(Kind.CONFLICT, "device-calendar-taken")
            workspace_id = workspace.workspace_id
        for device_id in wish.device_ids:
            _check_device(self._make_api(), device_id)
        return devicelink.DeviceLink(workspace_id=workspace_id, device_ids=wish.device_ids, local=wish.local)

    def _check_free(self, room: UserId, link: devicelink.DeviceLink) -> None:
        """Two calendars on one device would undo each other's lists. CallError CONFLICT."""
        meant = {*link.device_ids, *(devicelink.local_id(each) for each in link.local)}
        if link.workspace_id:
            meant |= {each.device_id for each in self._make_api().devices(workspace_id=link.workspace_id)}
        views: list[UserView] = self._ask(SUPERVISOR, Views())
        if any(device.device_id in meant for view in views if view.user != room for device in view.devices):
            raise CallError(Kind.CONFLICT, "device-linked-elsewhere")

    def _tell(self, room: UserId, message: Linked, by: str, action: str) -> None:
        audit = Audit(at=self._clock.now(), actor=by, action=action, user=room, outcome="begun")
        try:
            self._ask("store", WriteNow((audit,)))
        except StoreFull:
            raise CallError(Kind.TRANSIENT, "disk-full") from None
        self._ask(DESK, AskKept(room, message, KEEPING), KEEPING)

    def _key(self) -> str:
        return self._system.random.token(_KEY_BYTES)

    def _address(self, user: UserId) -> Plain[str] | None:
        """None where it cannot be shown."""
        try:
            address: Plain[str] = self._ask("kms", AddressOf(user))
        except CallError as error:
            if error.code == "busy":
                raise
            return None
        return address

    def _ask(self, name: str, question: object, patience: float | None = None) -> Any:  # noqa: ANN401 - by protocol
        asker = self._system.asker
        return asker.ask(name, question) if patience is None else asker.ask(name, question, patience)


def _workspace(api: DevicesApi, named: str) -> Workspace:
    """Give the one with this name or else id. CallError NOT_FOUND, CONFLICT."""
    found = api.workspaces(Plain(named))
    if len(found) > 1:
        raise CallError(Kind.CONFLICT, "device-many-workspaces")
    if found:
        return found[0]
    try:
        return api.workspace(named)
    except CallError as failure:
        if failure.kind not in {Kind.NOT_FOUND, Kind.INVALID}:
            raise
    raise CallError(Kind.NOT_FOUND, "device-no-workspace")


def _check_device(api: DevicesApi, device_id: str) -> None:
    try:
        api.device(device_id)
    except CallError as failure:
        if failure.kind not in {Kind.NOT_FOUND, Kind.INVALID}:
            raise
    else:
        return
    raise CallError(Kind.NOT_FOUND, "device-unknown")
