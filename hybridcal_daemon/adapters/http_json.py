"""Strict JSON of strangers.

Owns: decoding of answers. Promises: every way in which bytes can fail to be the JSON that was asked for - bad syntax, a
missing or ill-typed field, NaN, bytes that are not UTF-8, half a surrogate pair, nesting without end - is one exception
without any of the content. Does not: refuse unknown fields (services add some at any time) or a repeated key (the last
one counts, RFC 8259 section 4 leaves it open).
"""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Hashable

T = TypeVar("T")


class BadJson(Exception):  # noqa: N818 - a fact about an answer, always turned into a CallError
    """Not JSON, or not of the shape asked for. Says neither what nor where: that would quote the answer."""


@cache
def _decoder(shape: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape)


def decode_json(body: bytes | msgspec.Raw, shape: type[T]) -> T:
    """Decode ``body`` as ``shape`` (a msgspec.Struct or a builtin type). BadJson."""
    with suppress(ValueError, RecursionError):  # msgspec's errors and UnicodeDecodeError are ValueErrors
        return cast("T", _decoder(cast("Hashable", shape)).decode(body))
    raise BadJson  # outside the handler, so that no traceback carries the content


def loads_leniently(body: bytes) -> dict[str, Any]:
    """Decode a JSON object by the standard library, which takes half surrogate pairs; msgspec does not. BadJson."""
    with suppress(ValueError, RecursionError):
        found = json.loads(body)
        if isinstance(found, dict):
            return found
    raise BadJson
