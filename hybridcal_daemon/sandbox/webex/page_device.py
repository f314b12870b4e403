"""What a room device would show: its bookings, and Join when it is time.

Owns: that part of the page. Promises: a private booking keeps its title to itself. Does not: keep bookings
(``roomos.py`` does).

Based on: Join from the start buffer on to the end [RoomOS schema]; that a private booking hides title and organizer
[inferred from the name]; Join as a mark, not a link, since a device dials a number.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.domain.values import Instant
from hybridcal_daemon.sandbox.webex.ids import uuid_of
from hybridcal_daemon.sandbox.webex.page_html import Html, moment, section, tag
from hybridcal_daemon.sandbox.webex.roomos import joins_at, times

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.webex.device_world import Device
    from hybridcal_daemon.sandbox.webex.world import World

PRIVATE: Final = "Private meeting"


def devices(world: World) -> list[Device]:
    """Give the devices that can be chosen."""
    return list(world.devices.devices.values())


def name_of(world: World, device: Device) -> str:
    """Give the name of a device with that of its room or its person."""
    workspace = world.devices.workspaces.get(device.owner)
    owner = workspace or world.people.get(uuid_of("PEOPLE", device.owner) or "")
    return device.name if owner is None else f"{owner.name} ({device.name})"


def device_page(world: World, device: Device, now: Instant) -> list[Html]:
    """Write a device's page."""
    running = device.list.running(now)
    state = "Free" if running is None else "In use"
    facts = f"{device.product}, {'connected' if device.online else 'not connected'}"
    status = tag("span", state, class_="status", data_status="active" if running is None else "meeting")
    head = tag("header", tag("h1", name_of(world, device), dir="auto"), tag("p", status), tag("p", facts))
    coming = [entry for entry in device.list.entries if _instants(entry)[1] > now]
    return [head, section("Bookings", [_booking(entry, now) for entry in coming], "No bookings.")]


def _instants(entry: dict[str, Any]) -> tuple[Instant, Instant]:
    start, end = (Instant(datetime.fromisoformat(text).timestamp()) for text in times(entry))
    return start, end


def _booking(entry: dict[str, Any], now: Instant) -> Html:
    start, end = _instants(entry)
    private = entry.get("Privacy") == "Private"
    lines = [
        tag("p", moment(start), "\N{EN DASH}", moment(end, style="short"), class_="when"),
        tag("p", PRIVATE if private else entry["Title"] or "Meeting", class_="title", dir="auto"),
    ]
    if not private and entry["Organizer"]["Name"]:
        lines.append(tag("p", entry["Organizer"]["Name"], class_="facts", dir="auto"))
    return tag("li", tag("div", *lines), _join(entry, now), class_="row")


def _join(entry: dict[str, Any], now: Instant) -> Html:
    begins = joins_at(entry)
    if begins is None:
        return tag("p", "No Join: cannot be dialled", class_="facts")
    how = tag("p", f"{entry['Protocol']} {entry['Number']}", class_="facts")
    if now < begins:
        return tag("div", tag("p", "Join from ", moment(Instant(begins), style="short"), class_="facts"), how)
    return tag("div", tag("span", "Join", class_="join"), how)
