"""An entry of a device's list, as RoomOS has it.

Owns: the JSON of one booking. Promises: of a confidential event neither title nor organiser is in it, only when and how
to join; nothing but minutes, seconds, texts and the words of RoomOS' schema. Does not: put it anywhere.

Source: RoomOS' schema of ``Bookings.Put``: Duration in minutes, buffers in seconds; Protocol and MeetingPlatform of the
words given there. A device dials what is written for video systems; it opens a web meeting of Google Meet, Teams or
Zoom where it can and there is nothing to dial (features.md c2.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from hybridcal_daemon.domain import wordings

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.calls import Booking
    from hybridcal_daemon.work.joincell import JoinCell

LONGEST_TITLE: Final = 128
"""Bookings.Book takes no more; for Bookings.Put no limit is written down."""
_MINUTE: Final = 60
_PROTOCOLS: Final = {"sip": "SIP", "sips": "SIP", "h323": "H323"}
_PLATFORMS: Final = (
    ("m.webex.com", "MicrosoftTeams"),
    ("webex.com", "Webex"),
    ("meet.google.com", "GoogleMeet"),
    ("teams.microsoft.com", "MicrosoftTeams"),
    ("teams.live.com", "MicrosoftTeams"),
    ("teams.microsoft.us", "MicrosoftTeams"),
    ("t.plcm.vc", "MicrosoftTeams"),
    ("zoom.us", "Zoom"),
    ("zoom.com", "Zoom"),
    ("zoomgov.com", "Zoom"),
    ("zoomcrc.com", "Zoom"),
)
"""By host, the more particular first; ``m.webex.com`` is Webex' way into Teams meetings."""
_OVER_WEB: Final = frozenset({"GoogleMeet", "MicrosoftTeams", "Zoom"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How entries are written. ``lead``: seconds before the start from which on Join is offered.

    ``webrtc``: the device can open a web meeting; ``say``: a sentence of ``wordings.py`` in the device's language.
    """

    lead: int
    webrtc: bool
    say: Callable[[str], str]


def entry(booking: Booking, cell: JoinCell, manner: Manner) -> dict[str, object]:
    """Give one booking."""
    number, protocol, platform = joining(cell, webrtc=manner.webrtc)
    return {
        "Id": booking.entry_id,
        "Title": _title(cell, manner),
        "Organizer": _organizer(cell, manner),
        "Time": {
            "StartTime": datetime.fromtimestamp(booking.start, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Duration": max(1, -int(-(booking.end - booking.start) // _MINUTE)),
            "StartTimeBuffer": manner.lead,
            "EndTimeBuffer": 0,
        },
        "Number": number,
        "Protocol": protocol,
        "Privacy": "Private" if cell.confidential else "Public",
        "MeetingPlatform": platform,
    }


def joining(cell: JoinCell, *, webrtc: bool) -> tuple[str, str, str]:
    """Give Number, Protocol and MeetingPlatform; '' and None twice for a meeting that this device cannot join."""
    scheme, _, address = cell.dial.partition(":")
    protocol = _PROTOCOLS.get(scheme.lower())
    if protocol and address:
        return address, protocol, _platform(_host(cell.url)) or _platform(address.rpartition("@")[2]) or "Other"
    over_web = _platform(_host(cell.url))
    if webrtc and over_web in _OVER_WEB:
        return cell.url, "WebRTC", over_web
    return "", "None", "None"


def _title(cell: JoinCell, manner: Manner) -> str:
    if cell.confidential:
        return manner.say(wordings.PRIVATE)
    title = " ".join(cell.title.split()) or manner.say(wordings.UNTITLED)
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…"


def _organizer(cell: JoinCell, manner: Manner) -> dict[str, str]:
    """Name is required, so there is always one."""
    if cell.confidential:
        return {"Name": manner.say(wordings.PRIVATE)}
    address, name = cell.organizer
    given = name or address or manner.say(wordings.UNTITLED)
    return {"Name": given, "Email": address} if address else {"Name": given}


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _platform(host: str) -> str:
    """Give what RoomOS calls the service at this host; '' for any other."""
    known = host.partition(":")[0].casefold().rstrip(".")
    return next((name for domain, name in _PLATFORMS if known == domain or known.endswith(f".{domain}")), "")
