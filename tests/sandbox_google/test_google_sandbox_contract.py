"""What the stand-in says about Google's calls and resources is what Google's own documents say."""

import pytest
from discovery import DOCUMENTS, METHODS, check, check_answer, method_for

from hybridcal_daemon.sandbox.google import schema
from hybridcal_daemon.sandbox.google.api import ROLES, ROUTES, TOKEN, WITH_BODY
from hybridcal_daemon.sandbox.google.operations import COMMON, OPERATIONS
from hybridcal_daemon.sandbox.google.partial import SCHEMAS


@pytest.mark.parametrize("name", OPERATIONS)
def test_parameters_are_the_documents(name):
    operation, method = OPERATIONS[name], METHODS[name]
    assert operation.params.keys() == method.query.keys() | COMMON.keys()
    for parameter, spec in method.query.items():
        ours = operation.params[parameter]
        assert ours.kind == ("date-time" if spec.get("format") == "date-time" else spec["type"])
        assert ours.words == frozenset(spec.get("enum", ()))
        assert ours.repeated == spec.get("repeated", False)
        assert str(ours.low) == str(spec.get("minimum"))
        assert str(ours.high) == str(spec.get("maximum"))
    assert COMMON.keys() <= method.common.keys()


@pytest.mark.parametrize("name", OPERATIONS)
def test_scopes_and_answers_are_the_documents(name):
    operation, method = OPERATIONS[name], METHODS[name]
    assert operation.scopes
    assert operation.scopes <= set(method.description["scopes"])
    assert operation.resource == (method.response or "")


FOURTEEN = {
    "calendar.acl.delete",
    "calendar.acl.insert",
    "calendar.channels.stop",
    "calendar.events.delete",
    "calendar.events.get",
    "calendar.events.insert",
    "calendar.events.instances",
    "calendar.events.list",
    "calendar.events.patch",
    "calendar.events.quickAdd",
    "calendar.events.watch",
    "calendar.freebusy.query",
    "calendar.settings.get",
    "gmail.users.settings.getVacation",
}


def test_every_operation_in_use_is_there():
    assert set(OPERATIONS) == FOURTEEN | {"calendar.acl.get", "calendar.acl.list"}


@pytest.mark.parametrize(
    "name", [name for name in OPERATIONS if name.startswith(("calendar.acl", "calendar.freebusy"))]
)
def test_scopes_of_rules_and_free_busy_are_exactly_the_documents(name):
    assert OPERATIONS[name].scopes == set(METHODS[name].description["scopes"])


@pytest.mark.parametrize("name", OPERATIONS)
def test_bodies_are_read_where_the_documents_have_one(name):
    assert (name in WITH_BODY) == ("request" in METHODS[name].description)


def test_every_operation_on_a_calendar_asks_for_a_role():
    assert set(ROLES) == {name for name, method in METHODS.items() if "calendarId" in method.parameters} & set(
        OPERATIONS
    )


def test_paths_are_the_documents():
    routed = [
        (verb, "/" + "/".join(part.replace("{}", "x") for part in parts), name)
        for (verb, _), rows in ROUTES.items()
        for parts, name in rows
        if name != TOKEN
    ]
    assert {name for _, _, name in routed} == set(OPERATIONS)
    for verb, path, name in routed:
        assert method_for(verb, path).id == name


@pytest.mark.parametrize(("name", "ours"), [*SCHEMAS.items(), ("FreeBusyRequest", schema.FREE_BUSY_REQUEST)])
def test_schemas_are_the_documents(name, ours):
    document = next(whole for whole in DOCUMENTS.values() if name in whole["schemas"])
    assert ours_as_theirs(ours) == flattened(document, {"$ref": name})


def ours_as_theirs(ours):
    if isinstance(ours, schema.Map):
        return {"*": ours_as_theirs(ours.inner)}
    if isinstance(ours, list):
        return [ours_as_theirs(ours[0])]
    return {name: ours_as_theirs(part) for name, part in ours.items()} if isinstance(ours, dict) else ours


def flattened(document, theirs):
    if "$ref" in theirs:
        theirs = document["schemas"][theirs["$ref"]]
    if theirs["type"] == "array":
        return [flattened(document, theirs["items"])]
    if theirs["type"] == "object" and "properties" in theirs:
        return {name: flattened(document, part) for name, part in theirs["properties"].items()}
    if theirs["type"] == "object":
        return {"*": flattened(document, theirs["additionalProperties"])}
    return theirs.get("format", theirs["type"])


@pytest.mark.parametrize(
    ("url", "body"),
    [
        ("/calendar/v3/calendars/x/events?nonsense=1", b'{"items": []}'),
        ("/calendar/v3/calendars/x/events", b'{"items": [{"titel": "x"}]}'),
        ("/calendar/v3/calendars/x/events", b'{"items": [{"start": {"dateTime": "2026-12-01T10:00:00"}}]}'),
        ("/calendar/v3/calendars/x/events", b'{"items": {}}'),
        ("/calendar/v3/nowhere", b"{}"),
    ],
)
def test_the_oracle_refuses_what_the_documents_do_not_have(url, body):
    with pytest.raises(AssertionError):
        check_answer("GET", url, 200, body)


def test_the_oracle_refuses_numbers_where_digits_in_a_string_are_due():
    with pytest.raises(AssertionError):
        check(DOCUMENTS["gmail.v1"], {"$ref": "VacationSettings"}, {"endTime": 5}, "")
