"""Durable state and event facts as JSON.

Owns: the encoding on disk. Promises: what was encoded decodes to an equal value (a property test covers every field of
both); fields at their default are left out and fields that a newer program added are ignored, so old rows stay
readable. Does not: hold any text of a person; there is none in these values.

JSON and not MessagePack: the same speed with msgspec, and an operator can read it with any SQLite tool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from hybridcal_daemon.adapters.store.wire import form
from hybridcal_daemon.domain.events import EventFact
from hybridcal_daemon.domain.state import Durable

if TYPE_CHECKING:
    from collections.abc import Callable


class Unreadable(Exception):  # noqa: N818 - a state of the file, turned into StoreBroken
    """A stored value is not what this program or an older one wrote."""


_ENCODER: Final = msgspec.json.Encoder()


def _codec(domain: type) -> tuple[Callable[[Any], bytes], Callable[[bytes | str], Any]]:
    shape = form(domain)
    down, up, decoder = shape.down, shape.up, msgspec.json.Decoder(shape.type)
    if down is None or up is None:
        raise TypeError(f"{domain.__name__} is no dataclass")

    def encode(value: object) -> bytes:
        return _ENCODER.encode(down(value))

    def decode(raw: bytes | str) -> object:
        try:
            return up(decoder.decode(raw))
        except (msgspec.MsgspecError, ValueError):
            raise Unreadable(f"a stored {domain.__name__} cannot be read") from None

    return encode, decode


_ENCODE_FACT, _DECODE_FACT = _codec(EventFact)
_ENCODE_DURABLE, _DECODE_DURABLE = _codec(Durable)


def encode_fact(fact: EventFact) -> str:
    """JSON text of a fact."""
    return _ENCODE_FACT(fact).decode()


def decode_fact(raw: bytes | str) -> EventFact:
    """Undo :func:`encode_fact`. Unreadable."""
    fact: EventFact = _DECODE_FACT(raw)
    return fact


def encode_durable(durable: Durable) -> str:
    """JSON text of a user's durable state; the room's cell in base64."""
    return _ENCODE_DURABLE(durable).decode()


def decode_durable(raw: bytes | str) -> Durable:
    """Undo :func:`encode_durable`. Unreadable."""
    durable: Durable = _DECODE_DURABLE(raw)
    return durable
