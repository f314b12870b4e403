"""Google's discovery documents as an oracle: does this call exist, and is this answer one that it may give?"""

import json
import re
from datetime import date, datetime
from importlib.resources import files
from urllib.parse import parse_qsl, urlsplit

DOCUMENTS = {
    name: json.loads((files("googleapiclient") / "discovery_cache" / "documents" / f"{name}.json").read_text())
    for name in ("calendar.v3", "gmail.v1")
}
PREFIXES = {"calendar.v3": "/calendar/v3/", "gmail.v1": "/"}


def methods(resources):
    for resource in resources.values():
        yield from resource.get("methods", {}).values()
        yield from methods(resource.get("resources", {}))


class Method:
    """One method of a document."""

    def __init__(self, document, description):
        self.document = DOCUMENTS[document]
        self.description = description
        self.id = description["id"]
        self.verb = description["httpMethod"]
        self.path = PREFIXES[document] + description["path"]
        self.parameters = description.get("parameters", {})
        self.common = self.document["parameters"]
        pattern = re.sub(r"\\\{\+?\w+\\\}", "[^/]+", re.escape(self.path))
        self.pattern = re.compile(pattern)

    @property
    def query(self):
        return {name: spec for name, spec in self.parameters.items() if spec["location"] == "query"}

    @property
    def response(self):
        return self.description.get("response", {}).get("$ref")

    @property
    def fixed_parts(self):
        return len([part for part in self.path.split("/") if "{" not in part])


METHODS = {
    method["id"]: Method(document, method)
    for document, whole in DOCUMENTS.items()
    for method in methods(whole["resources"])
}


def method_for(verb, path):
    """The method that a request is for; the one with the most literal path when several fit."""
    fitting = [method for method in METHODS.values() if method.verb == verb and method.pattern.fullmatch(path)]
    return max(fitting, key=lambda method: method.fixed_parts, default=None)


def check_answer(verb, url, status, body):
    """AssertionError unless an answer of the stand-in is one that the discovery document allows."""
    parts = urlsplit(url)
    method = method_for(verb, parts.path)
    assert method is not None, f"{verb} {parts.path} is not in the discovery documents"
    if status >= 400:
        check_error(status, body)
        return
    for name, _ in parse_qsl(parts.query, keep_blank_values=True):
        assert name in method.parameters or name in method.common, f"{method.id} has no parameter {name}"
    if method.response is None:
        assert body == b"", f"{method.id} answers nothing"
    else:
        check(method.document, {"$ref": method.response}, json.loads(body), method.response)


def check_error(status, body):
    """Google's error envelope; HTML is allowed for the very first front end."""
    if body.startswith(b"<!DOCTYPE html>"):
        return
    error = json.loads(body)["error"]
    assert error["code"] == status
    assert error["message"]
    for line in error["errors"]:
        assert set(line) <= {"domain", "reason", "message", "location", "locationType"}
        assert line["domain"]
        assert line["reason"]
        assert line["message"]


def check(document, schema, value, place):
    """AssertionError unless ``value`` conforms to ``schema``; unknown properties are errors."""
    if "$ref" in schema:
        schema = document["schemas"][schema["$ref"]]
    kind = schema["type"]
    if kind == "object":
        assert isinstance(value, dict), place
        for name, part in value.items():
            inner = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
            assert inner is not None, f"{place} has no property {name}"
            check(document, inner, part, f"{place}.{name}")
    elif kind == "array":
        assert isinstance(value, list), place
        for number, part in enumerate(value):
            check(document, schema["items"], part, f"{place}[{number}]")
    else:
        check_scalar(schema, value, place)


def check_scalar(schema, value, place):
    kind, form = schema["type"], schema.get("format")
    if kind == "boolean":
        assert value is True or value is False, place
    elif kind == "integer":
        assert type(value) is int, place
    elif kind == "string":
        assert isinstance(value, str), place
        if form == "int64":
            assert re.fullmatch(r"-?\d+", value), place
        elif form == "date":
            date.fromisoformat(value)
        elif form == "date-time":
            assert datetime.fromisoformat(value).tzinfo is not None, place
    else:
        assert kind == "any", place
