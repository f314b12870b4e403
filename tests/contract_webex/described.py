"""Webex' OpenAPI description, as much of it as is used (``reduced.py``): does this call exist, does this value fit?"""

import json
import re
from dataclasses import dataclass, field
from functools import cache

from tests.contract_webex.reduced import EXTRACT

OPEN_FIELDS = {
    "POST /xapi/command/{commandName}": {"arguments", "body", "result"},
    "GET /xapi/status": {"result"},
    "GET /xapi/schema": {"commands", "status", "items"},
    "POST /messages": {"attachments"},
    "GET /messages/direct": {"attachments"},
    "GET /messages": {"attachments"},
    "POST /meetings": {"meetingSeriesId", "isModified"},
    "GET /meetings/{meetingId}": {"meetingSeriesId", "isModified"},
    "GET /devices": {"webexDeviceId", "callingDeviceId"},
    "GET /devices/{deviceId}": {"webexDeviceId", "callingDeviceId"},
}
"""Fields that the description shows one example of, while what stands in them depends on a command or a card; and those
of a meeting that it has at some answers only, those of a device in its examples."""
NULLS = {"PATCH /meetings/{meetingId}": {"agenda", "recurrence", "trackingCodes"}}
"""Only prose in the description: null takes them away."""


@dataclass(frozen=True)
class Operation:
    """One call. ``path``: with its parameters in braces; ``status``: of its success."""

    name: str
    path: str
    query: dict
    media: list
    body: dict | None
    answer: dict | None
    status: int
    open_fields: set = field(default_factory=set)
    nulls: set = field(default_factory=set)

    @property
    def pattern(self):
        return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(self.path)))


@cache
def extract():
    return json.loads(EXTRACT.read_text(encoding="utf-8"))


@cache
def operations():
    """Operations by method; paths without parameters first."""
    found = {}
    for name, each in extract()["operations"].items():
        method, path = name.split(" ")
        operation = Operation(
            name=name,
            path=path,
            query=each["query"],
            media=each.get("media", []),
            body=each.get("body"),
            answer=each.get("answer"),
            status=each["status"],
            open_fields=OPEN_FIELDS.get(name, set()),
            nulls=NULLS.get(name, set()),
        )
        found.setdefault(method, []).append((operation.pattern, operation))
    return {method: sorted(each, key=lambda pair: pair[1].path.count("{")) for method, each in found.items()}


def operation_for(method, path):
    """The operation of a request; None when there is none."""
    below = path.removeprefix("/v1")
    return next((operation for pattern, operation in operations().get(method, []) if pattern.fullmatch(below)), None)


KINDS = {"string": str, "boolean": bool, "array": list, "object": dict}


def check(schema, value, place, open_fields=frozenset(), nulls=frozenset()):
    """AssertionError unless ``value`` fits ``schema``, with the name of the place in it; no field may be unknown."""
    schema = extract()["schemas"][schema["ref"]] if "ref" in schema else schema
    if value is None and (schema.get("nullable") or place.rpartition(".")[2] in nulls):
        return
    if isinstance(value, bool) and schema.get("enum") == ["true", "false"]:
        return  # described as words, which open clients read as what they mean
    if choices := schema.get("oneOf") or schema.get("anyOf"):
        assert any(_fits(each, value, place, open_fields, nulls) for each in choices), f"{place} fits no choice"
    for each in schema.get("allOf", ()):
        check(each, value, place, open_fields, nulls)
    if "type" in schema:
        check_type(schema, value, place)
    if "enum" in schema:
        assert value in schema["enum"], f"{place} is none of {schema['enum']}"
    if isinstance(value, list) and "items" in schema:
        for each in value:
            check(schema["items"], each, f"{place}[]", open_fields, nulls)
    if isinstance(value, dict) and "properties" in schema:
        check_fields(schema, value, place, open_fields, nulls)


def _fits(schema, value, place, open_fields, nulls):
    try:
        check(schema, value, place, open_fields, nulls)
    except AssertionError:
        return False
    return True


def check_type(schema, value, place):
    wanted = schema["type"]
    if wanted in {"number", "integer"}:
        assert type(value) in ({int, float} if wanted == "number" else {int}), f"{place} is no {wanted}"
    else:
        assert isinstance(value, KINDS[wanted]), f"{place} is no {wanted}"


def check_fields(schema, value, place, open_fields, nulls):
    known = schema["properties"]
    missing = [name for name in schema.get("required", ()) if name not in value]
    assert missing == [], f"{place} lacks {missing}"
    for name, each in value.items():
        if name in open_fields:
            continue
        assert name in known or schema.get("additionalProperties"), f"{place} has no field {name}"
        if name in known:
            check(known[name], each, f"{place}.{name}", open_fields, nulls)
