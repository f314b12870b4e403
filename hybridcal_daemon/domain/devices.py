"""The bookings lists of devices that show this user's meetings.

Owns: Durable.devices, Durable.link. Promises: a list is put only when it differs from what the device has, or that is
not known: after a reconnection, when the device lost it, and every so often; what is on a list follows the calendar;
that a list is under way is on disk before it leaves; each device has its own back-off, so that a dead one keeps nobody
waiting; the list of a device that shows this calendar no more is emptied. Does not: know what a device is called or
reach one, or work out what it should show (``bookings.py``).

Nothing is put before the calendar was read once, or a restart would empty every list. A device that is not connected
has no list put to it; once it is, what it has is not known any more. People without any device are looked at less often
than the others: there are thousands of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import backoff
from hybridcal_daemon.domain.bookings import Booked, Rule, booked
from hybridcal_daemon.domain.calls import CheckBookings, FindDevices, Priority, PutBookings
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.languages import language_of
from hybridcal_daemon.domain.state import Device
from hybridcal_daemon.domain.values import DAY, Instant, is_room

if TYPE_CHECKING:
    from hybridcal_daemon.domain.calls import Booking
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.messages import (
        BookingsChecked,
        BookingsPut,
        CallFailed,
        DevicesFound,
        Linked,
        SeenDevice,
    )
    from hybridcal_daemon.domain.values import Sealed

DEVICES: Final = "devices"
BOOKINGS: Final = "bookings"
NOT_CAPABLE: Final = "device-not-capable"
_OFFLINE: Final = "device-offline"
EMPTY: Final = "empty"
"""Digest of the list that takes everything off a device, which no calendar has."""
_TRIES: Final = 20
"""A list that could not be emptied so often, about a day, is left: the device is gone, or forgets it by itself."""
_HOPELESS: Final = frozenset({Kind.REFUSED, Kind.NOT_FOUND, Kind.INVALID})


def settle(draft: Draft) -> None:
    """Look for devices when it is time, and put the lists that are due."""
    if not draft.durable.synced_at:
        return
    if not _wanted(draft):
        _rest(draft)
        return
    _look(draft)
    if draft.durable.devices:
        _show(draft)


def _rest(draft: Draft) -> None:
    """No device is to show anything; they are looked for at once when they are wanted again."""
    if draft.durable.devices_at:
        draft.keep(devices_at=Instant(0))
    draft.well(DEVICES)
    clear_all(draft)


def _wanted(draft: Draft) -> bool:
    """Say whether devices are to show this calendar."""
    if is_room(draft.user):
        return draft.settings.devices and draft.durable.link is not None
    return draft.settings.devices and draft.settings.devices_personal


def _is_due(draft: Draft, last: Instant, interval: float) -> bool:
    """Say whether it is time again; if not, be woken when it is. A time that lies in the future tells nothing."""
    due = Instant(last + interval)
    if last <= draft.now < due:
        draft.wake(due)
        return False
    return True


# ---- which there are


def _look(draft: Draft) -> None:
    if draft.flying(DEVICES) or not _is_due(draft, draft.durable.devices_at, _interval(draft)):
        return
    if not draft.blocked(DEVICES):
        priority = Priority.NORMAL if is_room(draft.user) else Priority.BULK
        link = draft.durable.link
        draft.submit("devices", priority, DEVICES, lambda rid: FindDevices(request_id=rid, user=draft.user, link=link))


def _interval(draft: Draft) -> float:
    settings = draft.settings
    if not is_room(draft.user) and not draft.durable.devices:
        return backoff.jittered(max(settings.devices_check, settings.devices_refresh), draft.user, DEVICES)
    return backoff.jittered(settings.devices_check, draft.user, DEVICES)


def linked(draft: Draft, message: Linked) -> None:
    """An admin says which devices show a room: what others had on their lists goes, once it is known who they are."""
    durable = draft.durable
    if durable.left_at:
        return
    leaving = tuple(_departing(device, durable.link) for device in durable.devices if _holds(device))
    draft.keep(link=message.link, devices=leaving, devices_at=Instant(0))
    for request_id in [rid for rid, pending in draft.flight.calls.items() if pending.what == DEVICES]:
        del draft.flight.calls[request_id]  # it looks for those of the former link
    for name, _ in durable.troubles:
        if name.partition(":")[0] in {DEVICES, BOOKINGS}:
            draft.well(name)


def _departing(device: Device, link: Sealed | None) -> Device:
    return device if device.leaving else replace(device, leaving=True, link=link)


def found(draft: Draft, answer: DevicesFound) -> None:
    """These there are; one that is not among them any more is forgotten, since it may show another calendar now."""
    draft.well(DEVICES)
    known = {device.device_id: device for device in draft.durable.devices}
    seen = {each.device_id: _seen(draft, known.pop(each.device_id, None), each) for each in answer.devices}
    for device in known.values():
        if not device.leaving:
            draft.well(_name(device))
    leaving = (device for device in known.values() if device.leaving)
    draft.keep(devices=(*seen.values(), *leaving), devices_at=draft.now)


def _seen(draft: Draft, old: Device | None, new: SeenDevice) -> Device:
    device = old or Device(device_id=new.device_id)
    if new.online and not device.online and old is not None:
        draft.well(_name(device))
        draft.note("device.back", device=device.device_id)
        device = replace(device, digest="")
    device = replace(device, online=new.online, capable=new.capable, listable=new.listable, leaving=False, link=None)
    _judge(draft, device)
    return device


def _judge(draft: Draft, device: Device) -> None:
    """A room's device that cannot show anything is a trouble; of persons' many never could."""
    trouble = draft.trouble(_name(device))
    unfit = device.online and not device.capable and is_room(draft.user)
    if unfit and (trouble is None or trouble.retry_at <= draft.now):
        draft.pause(_name(device), DAY, NOT_CAPABLE)
    elif not unfit and trouble is not None and trouble.code == NOT_CAPABLE:
        draft.well(_name(device))


def find_failed(draft: Draft, failure: CallFailed) -> None:
    """They could not be looked for. Whoever has none, and is not known to Webex or not ours to look at, needs none."""
    if not is_room(draft.user) and not draft.durable.devices and failure.kind in _HOPELESS:
        draft.note_failure(DEVICES, failure)
        draft.keep(devices_at=draft.now)
    else:
        draft.failed(DEVICES, failure)


# ---- what they show


def _show(draft: Draft) -> None:
    wanted = _booked(draft)
    draft.wake(wanted.until)
    for device in draft.durable.devices:
        if device.leaving:
            _empty_once_known(draft, device)
        elif device.online and device.capable and not draft.flying(_name(device)):
            _advance(draft, device, wanted)


def _booked(draft: Draft) -> Booked:
    held = draft.flight.booked
    if held is None or not held.holds(draft.now):
        settings = draft.settings
        looks = f"{settings.join_lead}|{_language(draft)}"
        rule = Rule(is_room(draft.user), settings.devices_ahead, settings.devices_others, looks)
        held = draft.flight.booked = booked(draft.events.values(), rule, draft.now)
    return held


def _language(draft: Draft) -> str:
    settings = draft.settings
    return settings.card_language or settings.block_language or language_of(draft.durable.profile.locale)


def _advance(draft: Draft, device: Device, wanted: Booked) -> None:
    """The next step of one device, if it is time for one."""
    refresh = backoff.jittered(draft.settings.devices_refresh, device.device_id, BOOKINGS)
    unknown = device.offered or device.digest != wanted.digest
    if unknown or _is_due(draft, device.put_at, refresh):
        if not draft.blocked(_name(device)):
            _put(draft, device, wanted.bookings, wanted.digest, draft.durable.link)
    elif device.listable and _is_due(draft, device.checked_at, draft.settings.devices_check):
        _check(draft, device, wanted.bookings)


def _put(draft: Draft, device: Device, bookings: tuple[Booking, ...], digest: str, link: Sealed | None) -> None:
    """What is on the device is not known from here on, also if nobody lives to hear the answer."""
    _keep(draft, replace(device, offered=True))
    lead, language = int(draft.settings.join_lead), _language(draft)
    draft.submit(
        "devices",
        Priority.LIVE,
        _name(device),
        lambda rid: PutBookings(
            request_id=rid,
            user=draft.user,
            device_id=device.device_id,
            bookings=bookings,
            link=link,
            digest=digest,
            lead=lead,
            language=language,
        ),
        after_save=True,
    )


def _check(draft: Draft, device: Device, bookings: tuple[Booking, ...]) -> None:
    if draft.blocked(_name(device)):
        return
    link = draft.durable.link
    draft.submit(
        "devices",
        Priority.BULK,
        _name(device),
        lambda rid: CheckBookings(
            request_id=rid, user=draft.user, device_id=device.device_id, bookings=bookings, link=link
        ),
    )


def put(draft: Draft, answer: BookingsPut) -> None:
    """The device took the list."""
    device = _device(draft, answer.device_id)
    if device is None:
        return
    draft.well(_name(device))
    if answer.digest == EMPTY and _is_going(draft, device):
        draft.note("device.cleared", device=device.device_id)
        _forget(draft, device)
        return
    draft.note("device.put", device=device.device_id)
    _keep(draft, replace(device, digest=answer.digest, put_at=draft.now, checked_at=draft.now, offered=False))


def checked(draft: Draft, answer: BookingsChecked) -> None:
    """The device has it still, or lost it."""
    device = _device(draft, answer.device_id)
    if device is None:
        return
    draft.well(_name(device))
    if not answer.same:
        draft.note("device.lost", device=device.device_id)
    _keep(draft, replace(device, checked_at=draft.now, digest=device.digest if answer.same else ""))


def failed(draft: Draft, device_id: str, failure: CallFailed) -> None:
    """About ``bookings:<device id>``: it is tried again later; if the device is gone, look who is there."""
    device = _device(draft, device_id)
    if device is None:
        draft.note_failure(BOOKINGS, failure)
        return
    trouble = draft.failed(_name(device), failure)
    if _is_going(draft, device):
        if failure.kind in _HOPELESS or trouble.failures >= _TRIES:
            draft.well(_name(device))
            _forget(draft, device)
    elif failure.kind is Kind.NOT_FOUND or failure.code == _OFFLINE:
        draft.keep(devices_at=Instant(0))


# ---- the end of a list


def clear_all(draft: Draft) -> None:
    """Empty the list of every device that has one of ours."""
    for device in draft.durable.devices:
        if _holds(device):
            _empty(draft, device)
        else:
            draft.well(_name(device))
            _forget(draft, device)


def outstanding(draft: Draft) -> bool:
    """Say whether a device that can be reached has a list of ours, or may."""
    return any(_holds(device) and device.online for device in draft.durable.devices)


def _empty_once_known(draft: Draft, device: Device) -> None:
    """A device that the new link names, too, keeps its list."""
    if draft.durable.devices_at or draft.trouble(DEVICES) is not None:
        _empty(draft, device)


def _empty(draft: Draft, device: Device) -> None:
    if not draft.flying(_name(device)) and not draft.blocked(_name(device)):
        _put(draft, device, (), EMPTY, device.link if device.leaving else draft.durable.link)


def _is_going(draft: Draft, device: Device) -> bool:
    return device.leaving or draft.durable.left_at > 0 or not _wanted(draft)


def _holds(device: Device) -> bool:
    """Say whether it has a list of ours, or may."""
    return device.offered or device.put_at > 0


# ---- one of them


def _name(device: Device) -> str:
    return f"{BOOKINGS}:{device.device_id}"


def _device(draft: Draft, device_id: str) -> Device | None:
    return next((device for device in draft.durable.devices if device.device_id == device_id), None)


def _keep(draft: Draft, device: Device) -> None:
    devices = draft.durable.devices
    draft.keep(devices=tuple(device if each.device_id == device.device_id else each for each in devices))


def _forget(draft: Draft, device: Device) -> None:
    draft.keep(devices=tuple(each for each in draft.durable.devices if each.device_id != device.device_id))
