"""Checking a value against the JSON Schema that a stranger gives.

Owns: the keywords that say what a value looks like (type, enum, required, properties, additionalProperties false,
items, lengths, ranges). Promises: bounded depth; a keyword that is not known here, or has a nonsensical value, forbids
nothing. Does not: know references, patterns or combinations (JSON Schema 2020-12 has many more).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_DEEPEST: Final = 12
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list, tuple),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def fault(schema: object, value: object, place: str = "", depth: int = 0) -> str:
    """Say where and why ``value`` is not what the schema describes, as ``Bookings[0].Title: too long``; '' if it is.

    Only keys and keywords are in what is said, nothing of the value.
    """
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return ""
    for check in (_of_type, _of_enum, _of_size):
        why = check(schema, value)
        if why:
            return f"{place or 'body'}: {why}"
    if isinstance(value, dict):
        return _of_object(schema, value, place, depth)
    if isinstance(value, list):
        return _first(schema.get("items"), [(f"{place}[{n}]", each) for n, each in enumerate(value)], depth)
    return ""


def _of_type(schema: dict[str, Any], value: object) -> str:
    wanted = schema.get("type")
    names = wanted if isinstance(wanted, list) else [wanted]
    known = [name for name in names if isinstance(name, str) and name in _TYPES]
    if not known or len(known) < len(names) or any(_is_a(value, name) for name in known):
        return ""
    return f"must be of type {' or '.join(known)}"


def _is_a(value: object, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, _TYPES[name])


def _of_enum(schema: dict[str, Any], value: object) -> str:
    allowed = schema.get("enum")
    return "not one of the values allowed" if isinstance(allowed, list) and value not in allowed else ""


_LIMITS: Final[tuple[tuple[str, Callable[[Any], Any], bool], ...]] = (
    ("maxLength", len, True),
    ("minLength", len, False),
    ("maxItems", len, True),
    ("minItems", len, False),
    ("maximum", lambda value: value, True),
    ("minimum", lambda value: value, False),
)


def _of_size(schema: dict[str, Any], value: object) -> str:
    for keyword, measure, most in _LIMITS:
        limit = schema.get(keyword)
        if not _is_a(limit, "number") or not _measures(keyword, value):
            continue
        size = measure(value)
        if (size > limit) if most else (size < limit):
            return f"against {keyword}"
    return ""


def _measures(keyword: str, value: object) -> bool:
    if keyword.endswith("Length"):
        return isinstance(value, str)
    if keyword.endswith("Items"):
        return isinstance(value, list)
    return _is_a(value, "number")


def _of_object(schema: dict[str, Any], value: dict[str, Any], place: str, depth: int) -> str:
    required, described = schema.get("required"), schema.get("properties")
    for name in required if isinstance(required, list) else ():
        if name not in value:
            return f"{_below(place, str(name))}: missing"
    if not isinstance(described, dict):
        return ""
    for name, part in value.items():
        if name in described:
            why = fault(described[name], part, _below(place, name), depth + 1)
            if why:
                return why
        elif schema.get("additionalProperties") is False:
            return f"{_below(place, name)}: not known"
    return ""


def _first(schema: object, parts: list[tuple[str, object]], depth: int) -> str:
    return next((why for place, part in parts if (why := fault(schema, part, place, depth + 1))), "")


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
