"""Bookings lists of devices.

Owns: these calls from order to answer: which devices a link or a person means, from bookings and join cells to
Bookings.Put. Promises: titles of confidential events stay here; a device that does not answer hides no other one.
Does not: decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import BookingsChecked, BookingsPut, DevicesFound, SeenDevice
from hybridcal_daemon.work import bookings, devicelink, joincell
from hybridcal_daemon.work.people import person_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hybridcal_daemon.domain.calls import CheckBookings, FindDevices, PutBookings
    from hybridcal_daemon.domain.values import Sealed, UserId
    from hybridcal_daemon.ports import DevicesApi, LocalDevice, WebexDevice, Where
    from hybridcal_daemon.work.joincell import JoinCell
    from hybridcal_daemon.work.tools import WebexTools

_GONE: Final = "nothing-to-join"
_EVERYBODYS: Final = frozenset({Kind.THROTTLED, Kind.CONFIG, Kind.SEALED})
"""Failures that are no matter of the one device."""


def find(call: FindDevices, tools: WebexTools) -> DevicesFound:
    """Which there are, and what they can."""
    seen = {each.device_id: each for each in _seen(call, tools)}
    return DevicesFound(request_id=call.request_id, user=call.user, devices=tuple(seen.values()))


def _seen(call: FindDevices, tools: WebexTools) -> Iterator[SeenDevice]:
    api = tools.devices
    if call.link is None:
        person_id = person_of(call.user, tools).person_id
        yield from (_of_webex(device, api) for device in api.devices(person_id=person_id))
        return
    link = _opened(call.user, call.link, tools)
    if link.workspace_id:
        yield from (_of_webex(device, api) for device in api.devices(workspace_id=link.workspace_id))
    for device_id in link.device_ids:
        yield from (_of_webex(device, api) for device in _known(device_id, api))
    yield from (_of_ours(device, api) for device in link.local)


def _known(device_id: str, api: DevicesApi) -> list[WebexDevice]:
    """Give a device that an admin named, unless Webex has it no more."""
    try:
        return [api.device(device_id)]
    except CallError as failure:
        if failure.kind is not Kind.NOT_FOUND:
            raise
        return []


def _of_webex(device: WebexDevice, api: DevicesApi) -> SeenDevice:
    """What one that cannot be asked now can do shows when it is told to."""
    online, can_put, can_list = device.online, device.commands, device.commands
    if device.online and device.commands:
        try:
            abilities = api.abilities(device.device_id)
            can_put, can_list = abilities.put, abilities.list_
        except CallError as failure:
            if failure.kind in _EVERYBODYS:
                raise
            online = failure.code != "device-offline"
    listable = can_list and not device.person_id  # in personal mode whatever tells of meetings is refused
    return SeenDevice(device_id=device.device_id, online=online, capable=can_put, listable=listable)


def _of_ours(device: LocalDevice, api: DevicesApi) -> SeenDevice:
    """A password that is wrong, too, shows when a list is put."""
    online = capable = True
    try:
        capable = api.abilities(device).put
    except CallError as failure:
        online = failure.kind is not Kind.TRANSIENT
    return SeenDevice(device_id=devicelink.local_id(device), online=online, capable=capable, listable=capable)


def put(call: PutBookings, tools: WebexTools) -> BookingsPut:
    """Bookings.Put. What has gone from the calendar meanwhile is left out."""
    where = _where(call.user, call.device_id, call.link, tools)
    webrtc = tools.devices.abilities(where).webrtc if isinstance(where, str) and call.bookings else True
    manner = bookings.Manner(lead=call.lead, webrtc=webrtc, say=lambda sentence: tools.say(call.language, sentence))
    cells = _cells(call, tools)
    entries = [
        bookings.entry(booking, cells[booking.event_id], manner)
        for booking in call.bookings
        if booking.event_id in cells
    ]
    tools.devices.put_bookings(where, entries)
    return BookingsPut(request_id=call.request_id, user=call.user, device_id=call.device_id, digest=call.digest)


def _cells(call: PutBookings, tools: WebexTools) -> dict[str, JoinCell]:
    """Open each event's once. CallError as the vault says."""
    cells: dict[str, JoinCell] = {}
    for event_id in dict.fromkeys(booking.event_id for booking in call.bookings):
        try:
            cells[event_id] = joincell.opened(call.user, event_id, tools)
        except CallError as failure:
            if failure.code != _GONE:
                raise
    return cells


def check(call: CheckBookings, tools: WebexTools) -> BookingsChecked:
    """Bookings.List: whether each of ours is on it, when it should be. What others put there is not ours to judge."""
    where = _where(call.user, call.device_id, call.link, tools)
    listed = {each.entry_id: each for each in tools.devices.list_bookings(where)}
    same = all(
        booking.entry_id in listed and listed[booking.entry_id].start in {0.0, booking.start}
        for booking in call.bookings
    )
    return BookingsChecked(request_id=call.request_id, user=call.user, device_id=call.device_id, same=same)


def _where(user: UserId, device_id: str, link: Sealed | None, tools: WebexTools) -> Where:
    """Give the way to a device. NOT_FOUND device-not-linked for a local one that the link does not name any more."""
    if not device_id.startswith(devicelink.LOCAL):
        return device_id
    named = () if link is None else _opened(user, link, tools).local
    for device in named:
        if devicelink.local_id(device) == device_id:
            return device
    raise CallError(Kind.NOT_FOUND, "device-not-linked")


def _opened(user: UserId, link: Sealed, tools: WebexTools) -> devicelink.DeviceLink:
    return devicelink.decode(tools.open_cell(user, devicelink.DEVICES_PLACE, link))
