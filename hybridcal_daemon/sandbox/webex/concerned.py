"""Whom a request is about, for the fault plan's ``user``.

Owns: that one question. Promises: never refuses a request. Does not: check anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

import msgspec

from hybridcal_daemon.sandbox.webex.call import header
from hybridcal_daemon.sandbox.webex.ids import uuid_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hybridcal_daemon.ports import HttpRequest
    from hybridcal_daemon.sandbox.webex.world import Person, World

NAMES: Final = (
    "hostEmail",
    "email",
    "userEmail",
    "personEmail",
    "personId",
    "userId",
    "toPersonEmail",
    "toPersonId",
    "subject",
)


def concerned(world: World, request: HttpRequest, query: str) -> str:
    """Give the address of the person whom query or body name, else of the token's owner, else ''."""
    for value in _values(request, query):
        person = _somebody(world, value)
        if person is not None:
            return person.address
    token = world.tokens.get(header(request, "authorization").partition(" ")[2])
    return "" if token is None else token.owner.address


def _values(request: HttpRequest, query: str) -> Iterator[str]:
    yield from (value for name, value in parse_qsl(query) if name in NAMES)
    try:
        body = msgspec.json.decode(request.body or b"")
    except msgspec.DecodeError:
        return
    if isinstance(body, dict):
        yield from (value for name in NAMES if isinstance(value := body.get(name), str))


def _somebody(world: World, value: str) -> Person | None:
    return world.somebody(value) or world.people.get(value) or world.people.get(uuid_of("PEOPLE", value) or "")
