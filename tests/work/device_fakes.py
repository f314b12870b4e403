"""Devices by hand: a DevicesApi over dictionaries."""

from datetime import datetime

from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Instant, Plain
from hybridcal_daemon.ports import Abilities, Listed, LocalDevice, WebexDevice, Workspace


def webex_device(device_id, **rest):
    fields = {"name": Plain("Board"), "product": "Room Bar", "online": True, "commands": True}
    return WebexDevice(device_id=device_id, **{**fields, **rest})


class Devices:
    """What is known of devices; ``lists``: what each was told to show; ``fails``: by id or URL."""

    def __init__(self):
        self.known = {}
        self.rooms = {}
        self.can = {}
        self.lists = {}
        self.fails = {}

    def add(self, device_id, can=None, **rest):
        self.known[device_id] = webex_device(device_id, **rest)
        self.can[device_id] = can or Abilities(put=True, list_=True)

    def workspaces(self, name=None):
        return [
            Workspace(workspace_id=each, name=Plain(called))
            for each, called in self.rooms.items()
            if name is None or called == name.reveal()
        ]

    def workspace(self, workspace_id):
        if workspace_id not in self.rooms:
            raise CallError(Kind.NOT_FOUND, "webex-not-found")
        return Workspace(workspace_id=workspace_id, name=Plain(self.rooms[workspace_id]))

    def devices(self, *, workspace_id="", person_id=""):
        return [
            device
            for device in self.known.values()
            if workspace_id in {"", device.workspace_id} and person_id in {"", device.person_id}
        ]

    def device(self, device_id):
        if device_id not in self.known:
            raise CallError(Kind.NOT_FOUND, "webex-not-found")
        return self.known[device_id]

    def _at(self, where):
        place = where.url.reveal() if isinstance(where, LocalDevice) else where
        if place in self.fails:
            raise self.fails[place]
        return place

    def abilities(self, where):
        return self.can.get(self._at(where), Abilities(put=True, list_=True))

    def put_bookings(self, where, bookings):
        self.lists[self._at(where)] = list(bookings)

    def list_bookings(self, where):
        return [
            Listed(entry_id=each["Id"], start=_at(each["Time"]["StartTime"]), end=Instant(0))
            for each in self.lists.get(self._at(where), [])
        ]


def _at(text):
    return Instant(datetime.fromisoformat(text).timestamp())
