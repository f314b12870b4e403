"""The shape of an e-mail address that an admin types.

Owns: telling an address from a slip of the hand. Promises: what passes is one plain address (a subset of RFC 5321's
Mailbox that Google Workspace uses); the error says what is wrong and never repeats the input.
Does not: know whether anybody has the address.
"""

from __future__ import annotations

import re
from typing import Final

from hybridcal_daemon.domain.values import Plain

_LONGEST: Final = 254
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_LOCAL_LONGEST: Final = 64
_EXAMPLE: Final = "write it like alice@acme.example"


class BadAddress(Exception):  # noqa: N818 - a verdict
    """Not an address; the text says why."""


def parse_address(text: str) -> Plain[str]:
    """Address in what an admin typed, as typed; BadAddress."""
    local, at, domain = text.rpartition("@")
    if not at:
        raise BadAddress(f"the address has no @: {_EXAMPLE}")
    if any(character.isspace() or not character.isprintable() for character in text):
        raise BadAddress(f"the address contains white space or control characters: {_EXAMPLE}")
    if len(text) > _LONGEST or len(local) > _LOCAL_LONGEST:
        raise BadAddress("the address is too long: at most 64 characters before the @, 254 in all")
    if _LOCAL.fullmatch(local) is None:
        raise BadAddress(f"the part before the @ is not one that Google Workspace uses: {_EXAMPLE}")
    if "." not in domain or not all(_LABEL.fullmatch(label) for label in domain.split(".")):
        raise BadAddress(f"the part after the @ is not a whole domain name: {_EXAMPLE}")
    return Plain(text)
