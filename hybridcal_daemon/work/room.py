"""The cell with a person's Webex Personal Room (or a meeting, which has the same shape).

Owns: its content and its place, so that what ``work/webex.py`` seals is what ``work/google.py`` opens.
Does not: seal or open (the vault does).
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import msgspec

from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.holding import meeting_place
from hybridcal_daemon.domain.joinblock import Room
from hybridcal_daemon.domain.values import Plain

__all__ = ["ROOM_PLACE", "decode_room", "encode_room", "meeting_place", "members_place"]

ROOM_PLACE: Final = "room"


def members_place(tag: str) -> str:
    """Place of the cell with whom we added to the space that has this tag."""
    return f"members/{tag}"


class _RoomCell(msgspec.Struct):
    link: str
    sip_address: str = ""
    meeting_number: str = ""
    dial_in: tuple[tuple[str, str], ...] = ()
    password: str = ""
    host: str = ""

    def __repr__(self) -> str:
        """Say nothing of it."""
        return "<RoomCell>"


def encode_room(room: Room) -> Plain[bytes]:
    """Give the content of the cell: JSON."""
    cell = _RoomCell(
        link=room.link.reveal(),
        sip_address=room.sip_address.reveal(),
        meeting_number=room.meeting_number.reveal(),
        dial_in=room.dial_in,
        password=room.password.reveal(),
        host=room.host.reveal(),
    )
    return Plain(msgspec.json.encode(cell))


def decode_room(content: Plain[bytes]) -> Room:
    """Read the content of the cell. CallError INVALID kms-tampered when it is none of ours."""
    with suppress(ValueError):  # msgspec's errors
        cell = msgspec.json.decode(content.reveal(), type=_RoomCell)
        return Room(
            link=Plain(cell.link),
            sip_address=Plain(cell.sip_address),
            meeting_number=Plain(cell.meeting_number),
            dial_in=cell.dial_in,
            password=Plain(cell.password),
            host=Plain(cell.host),
        )
    raise CallError(Kind.INVALID, "kms-tampered")
