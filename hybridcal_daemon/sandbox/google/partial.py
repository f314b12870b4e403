"""Partial responses: the ``fields`` parameter.

Owns: the mask's grammar and its use. Promises: only what was asked for leaves; a name that the resource does not have
is refused. Does not: touch refusals (Google does not mask those).

Based on: the grammar (``a,b``, ``a/b``, ``a(b,c)``, ``*``) [Google guide "Partial resources"]; 400
``invalidParameter`` "Invalid field selection x" [recorded responses]. That an object of which nothing was selected is
left out while an array stays as a list of empty objects, and that one key of a map can be selected (several public
programs do so): unconfirmed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from hybridcal_daemon.sandbox.google import schema
from hybridcal_daemon.sandbox.google.errors import Refused, calendar_refusal

Mask = dict[str, Any]
"""Name -> mask of what is inside, or None for all of it."""

SCHEMAS: Final[dict[str, Any]] = {
    "Event": schema.EVENT,
    "Events": schema.EVENTS,
    "Channel": schema.CHANNEL,
    "Acl": schema.ACL,
    "AclRule": schema.ACL_RULE,
    "FreeBusyResponse": schema.FREE_BUSY,
    "Setting": schema.SETTING,
    "VacationSettings": schema.VACATION,
}
_TOKEN: Final = re.compile(r"[(),/]|\*|[A-Za-z0-9_@$.-]+")


@lru_cache(maxsize=1024)
def compile_mask(fields: str, resource: str) -> Mask:
    """Parse ``fields`` for ``resource``. Refused (400) when it is not a selection of it."""
    tokens = _TOKEN.findall(fields)
    if not tokens or "".join(tokens) != fields.replace(" ", ""):
        raise _invalid(fields)
    mask, rest = _selection(tokens, 0, SCHEMAS[resource])
    if rest != len(tokens):
        raise _invalid(fields)
    return mask


def apply_mask(mask: Mask, value: Any) -> Any:  # noqa: ANN401 - any JSON value in and out
    """Give the selected part of ``value``."""
    if isinstance(value, list):
        return [apply_mask(mask, item) for item in value]
    chosen: dict[str, Any] = {}
    for name, inner in mask.items():
        if name not in value:
            continue
        part = value[name]
        if inner is not None and isinstance(part, dict | list):
            part = apply_mask(inner, part)
            if part == {}:
                continue
        chosen[name] = part
    return chosen


def _selection(tokens: list[str], at: int, fields: Any) -> tuple[Mask, int]:  # noqa: ANN401 - a Schema
    """Read a comma-separated list from ``at``; give it and where it ends."""
    mask: Mask = {}
    while True:
        at = _path(tokens, at, fields, mask)
        if at < len(tokens) and tokens[at] == ",":
            at += 1
            continue
        return mask, at


def _path(tokens: list[str], at: int, fields: Any, mask: Mask) -> int:  # noqa: ANN401 - a Schema
    """Read one ``name``, ``name/path`` or ``name(list)`` into ``mask``."""
    fields = fields[0] if isinstance(fields, list) else fields
    name = tokens[at] if at < len(tokens) else ""
    after = tokens[at + 1] if at + 1 < len(tokens) else ""
    if name == "*":
        mask.update(dict.fromkeys(_names(fields)))
        return at + 1
    inner = _inside(fields, name)
    if after == "/":
        part: Mask = {}
        end = _path(tokens, at + 2, inner, part)
    elif after == "(":
        part, end = _selection(tokens, at + 2, inner)
        if end >= len(tokens) or tokens[end] != ")":
            raise _invalid(name)
        end += 1
    else:
        mask[name] = None
        return at + 1
    mask[name] = _merged(mask[name], part) if name in mask else part
    return end


def _merged(old: Mask | None, new: Mask) -> Mask | None:
    if old is None:
        return None
    return old | {name: _merged(old[name], new[name]) if name in old else new[name] for name in new}


def _names(fields: Any) -> list[str]:  # noqa: ANN401 - a Schema
    if not isinstance(fields, dict):
        raise _invalid("*")
    return list(fields)


def _inside(fields: Any, name: str) -> Any:  # noqa: ANN401 - a Schema
    """Give the schema of a named field."""
    if isinstance(fields, schema.Map) and re.fullmatch(r"[A-Za-z0-9_@$.-]+", name):
        return fields.inner
    if not isinstance(fields, dict) or name not in fields:
        raise _invalid(name)
    return fields[name]


def _invalid(what: str) -> Refused:
    return calendar_refusal(400, "invalidParameter", f"Invalid field selection {what}", parameter="fields")
