"""Spaces of events: opened, looked for, kept like the event.

Owns: who belongs into a space. Promises: nobody is removed who was not a guest of the event before; one whom Webex will
not have keeps nobody else out. Does not: delete a space.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec

from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import SpaceFollowed, SpaceFound, SpaceOpened
from hybridcal_daemon.domain.values import Plain
from hybridcal_daemon.work import joincell
from hybridcal_daemon.work.room import members_place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hybridcal_daemon.domain.calls import FindSpace, FollowSpace, OpenSpace
    from hybridcal_daemon.work.tools import WebexTools

_LEFT_OUT: Final = frozenset({Kind.REFUSED, Kind.INVALID})


def open_(call: OpenSpace, tools: WebexTools) -> SpaceOpened:
    """Make it. CallError REFUSED nothing-to-join when the event is gone."""
    title = Plain(joincell.opened(call.user, call.event_id, tools).title)
    space_id = tools.webex.open_space(tag=call.tag, title=title)
    return SpaceOpened(request_id=call.request_id, user=call.user, tag=call.tag, space_id=space_id)


def find(call: FindSpace, tools: WebexTools) -> SpaceFound:
    """Look for it by its tag."""
    space_id = tools.webex.find_space(tag=call.tag)
    return SpaceFound(request_id=call.request_id, user=call.user, tag=call.tag, space_id=space_id)


def follow(call: FollowSpace, tools: WebexTools) -> SpaceFollowed:
    """Title and members.

    A guest who is a member already, whoever added them, counts as added: after a crash nobody could tell the two apart,
    and somebody who is invited no more is not to stay for that.
    """
    cell = joincell.opened(call.user, call.event_id, tools)
    tools.webex.rename_space(call.space_id, Plain(cell.title))
    there = {
        _folded(member.address.reveal()): member.membership_id for member in tools.webex.space_members(call.space_id)
    }
    user = _folded(tools.address(call.user).reveal())
    guests = {_folded(guest) for guest in cell.guests}
    left_out = _added(sorted((guests | {user}) - set(there)), call, tools)
    gone = _before(call, tools) - guests - {user}
    for address in sorted(gone & set(there)):
        tools.webex.remove_member(there[address])
    return SpaceFollowed(
        request_id=call.request_id,
        user=call.user,
        tag=call.tag,
        members=tools.seal_cell(call.user, members_place(call.tag), _encoded(guests - left_out)),
        left_out=len(left_out),
    )


def _added(addresses: Iterable[str], call: FollowSpace, tools: WebexTools) -> set[str]:
    """Add them; gives whom Webex will not have."""
    left_out = set()
    for address in addresses:
        try:
            tools.webex.add_member(call.space_id, Plain(address))
        except CallError as failure:
            if failure.kind not in _LEFT_OUT:
                raise
            left_out.add(address)
    return left_out


def _before(call: FollowSpace, tools: WebexTools) -> set[str]:
    """Whom we added earlier. CallError INVALID kms-tampered when the cell is none of ours."""
    if call.members is None:
        return set()
    content = tools.open_cell(call.user, members_place(call.tag), call.members)
    with suppress(ValueError):  # msgspec's errors
        return set(msgspec.json.decode(content.reveal(), type=tuple[str, ...]))
    raise CallError(Kind.INVALID, "kms-tampered")


def _encoded(addresses: set[str]) -> Plain[bytes]:
    return Plain(msgspec.json.encode(sorted(addresses)))


def _folded(address: str) -> str:
    return address.strip().casefold()
