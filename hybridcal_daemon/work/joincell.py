"""The join cell of a stored event: what its deliveries need to know of its words.

Owns: reading it (``adapters/kms/items.py`` writes it). Promises: one that is none of ours is an error, never a guess.
Does not: store or seal it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from hybridcal_daemon.domain.failures import CallError, Kind

if TYPE_CHECKING:
    from hybridcal_daemon.domain.values import UserId
    from hybridcal_daemon.work.tools import WebexTools


class JoinCell(msgspec.Struct):
    """Of one event. ``url``: for people, ``dial``: for video systems; '' where there is none.

    ``organizer``: address and name, '' where Google names none; ``guests``: addresses of the people invited, only where
    a space is asked for; ``confidential``: whoever is not invited is not to see the title.
    """

    title: str
    url: str = ""
    dial: str = ""
    organizer: tuple[str, str] = ("", "")
    guests: tuple[str, ...] = ()
    confidential: bool = False

    def __repr__(self) -> str:
        """Say nothing of it."""
        return "<JoinCell>"


def opened(user: UserId, event_id: str, tools: WebexTools) -> JoinCell:
    """Open an event's. CallError REFUSED nothing-to-join when the event is gone, INVALID kms-tampered, SEALED."""
    cell = tools.join_cell(user, event_id)
    if cell is None:
        raise CallError(Kind.REFUSED, "nothing-to-join")
    content = tools.open_cell(user, f"event/{event_id}/join", cell)
    with suppress(ValueError):  # msgspec's errors
        return msgspec.json.decode(content.reveal(), type=JoinCell)
    raise CallError(Kind.INVALID, "kms-tampered")
