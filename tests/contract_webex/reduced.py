"""Makes ``openapi.json``: of Webex' public OpenAPI descriptions the operations that are used here, without any prose.

Use: ``python -m tests.contract_webex.reduced DIRECTORY COMMIT`` with the directory that holds ``webex-meeting.json``
and the others, as in ``public-spec/`` of the repository webex/webex-openapi-specs (Cisco, CC BY 4.0), and its commit.
"""

import json
import sys
from pathlib import Path

EXTRACT = Path(__file__).parent / "openapi.json"
OPERATIONS = {
    "meeting": [
        "GET /meetings",
        "POST /meetings",
        "GET /meetings/{meetingId}",
        "PATCH /meetings/{meetingId}",
        "DELETE /meetings/{meetingId}",
        "GET /meetingPreferences/personalMeetingRoom",
        "GET /meetingPreferences/sites",
    ],
    "messaging": [
        "GET /people",
        "GET /people/me",
        "GET /people/{personId}",
        "GET /rooms",
        "POST /rooms",
        "GET /rooms/{roomId}",
        "PUT /rooms/{roomId}",
        "GET /memberships",
        "POST /memberships",
        "DELETE /memberships/{membershipId}",
        "GET /messages",
        "POST /messages",
        "GET /messages/direct",
        "DELETE /messages/{messageId}",
    ],
    "device": [
        "GET /devices",
        "GET /devices/{deviceId}",
        "GET /workspaces",
        "GET /workspaces/{workspaceId}",
        "GET /xapi/status",
        "GET /xapi/schema",
        "POST /xapi/command/{commandName}",
    ],
}
KEPT = (
    "type",
    "enum",
    "required",
    "nullable",
    "properties",
    "items",
    "oneOf",
    "anyOf",
    "allOf",
    "additionalProperties",
)
ATTRIBUTION = {
    "title": "Webex OpenAPI specifications",
    "author": "Cisco Systems, Inc.",
    "source": "https://github.com/webex/webex-openapi-specs",
    "licence": "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/",
    "changes": "Reduced to some operations, and of these to names, types, limits of choice and what is required.",
}


def slim(spec, schemas, file):
    """A schema without prose; what it refers to is added to ``schemas``."""
    if "$ref" in spec:
        name = f"{file}:{spec['$ref'].rpartition('/')[2]}"
        if name not in schemas:
            schemas[name] = None
            schemas[name] = slim(file_schemas(file)[spec["$ref"].rpartition("/")[2]], schemas, file)
        return {"ref": name}
    return {key: _slim_part(key, spec[key], schemas, file) for key in KEPT if key in spec}


def _slim_part(key, value, schemas, file):
    if key == "properties":
        return {name: slim(each, schemas, file) for name, each in value.items()}
    if key in {"items", "additionalProperties"} and isinstance(value, dict):
        return slim(value, schemas, file)
    if key in {"oneOf", "anyOf", "allOf"}:
        return [slim(each, schemas, file) for each in value]
    return value


FILES = {}


def file_schemas(file):
    return FILES[file]["components"]["schemas"]


def operation(file, name, schemas):
    method, path = name.split(" ")
    item = FILES[file]["paths"][path]
    described = item[method.lower()]
    parameters = [*item.get("parameters", []), *described.get("parameters", [])]
    found = {"query": {}, "headers": [each["name"].lower() for each in parameters if each["in"] == "header"]}
    for each in parameters:
        if each["in"] == "query":
            required = {"required": True} if each.get("required") else {}
            found["query"][each["name"]] = {**slim(each["schema"], schemas, file), **required}
    content = described.get("requestBody", {}).get("content", {})
    if content:
        found["media"] = sorted(content)
        found["body"] = slim(next(iter(content.values()))["schema"], schemas, file)
    status, answer = next((int(code), each) for code, each in described["responses"].items() if code.startswith("2"))
    found["status"] = status
    shown = next(iter(answer.get("content", {}).values()), {})
    if shown.get("schema"):
        found["answer"] = slim(shown["schema"], schemas, file)
    return found


def reduced(directory, commit):
    """The extract as an object."""
    schemas, operations = {}, {}
    for file, names in OPERATIONS.items():
        FILES[file] = json.loads((Path(directory) / f"webex-{file}.json").read_text(encoding="utf-8"))
        operations |= {name: operation(file, name, schemas) for name in names}
    return {"attribution": {**ATTRIBUTION, "commit": commit}, "operations": operations, "schemas": schemas}


def main(directory, commit):
    text = json.dumps(reduced(directory, commit), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    EXTRACT.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
