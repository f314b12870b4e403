"""Every exchange with Google held against its discovery documents, and against our own rules for requests.

Use: ``CheckedClient(http)`` is a ``ports.HttpClient`` around another one; ``Checker().around(sandbox.handle)`` is the
same for a stand-in's ``handle``; ``Checker().exchange(request, response)`` looks at one that has happened, and
``Checker().watch`` is a watcher of the simulation's wire. The first two raise AssertionError at the first exchange that
is wrong; all keep what they found in ``faults`` (a worker may swallow an exception, so look there at the end), and
count operations in ``seen``.

Which scopes a token has is learned from the token requests that pass by; a token that came another way is not judged.
"""

import base64
import json
import re
from collections import Counter
from contextlib import suppress
from datetime import datetime
from urllib.parse import parse_qs, parse_qsl, quote, unquote, urlsplit

from hybridcal_daemon.adapters.google import SCOPES
from hybridcal_daemon.domain.tokens import Purpose
from tests.contract_google.masks import tree, undocumented
from tests.sandbox_google.discovery import check, method_for

GOOGLE = re.compile(r"/(calendar/v3|gmail/v1)/")
TOKEN = re.compile(r"/token\Z")
EVENTS = frozenset({Purpose.CALENDAR, Purpose.ROOMS})
EVENT_METHODS = ["list", "instances", "get", "insert", "patch", "delete", "quickAdd", "watch"]
NEEDS = {
    **{f"calendar.events.{name}": EVENTS for name in EVENT_METHODS},
    "calendar.channels.stop": EVENTS,
    "calendar.settings.get": {Purpose.SETTINGS},
    "calendar.freebusy.query": {Purpose.FREE_BUSY},
    **{f"calendar.acl.{name}": {Purpose.ROOM_ACCESS} for name in ("get", "list", "insert", "delete")},
    "gmail.users.settings.getVacation": {Purpose.GMAIL},
}
"""Whose tokens are meant for the operations that we use; that they suffice is looked up."""
NOT_WITH_A_SYNC_TOKEN = frozenset(
    ["iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "timeMin", "timeMax", "updatedMin"]
)
"""Only prose in the discovery document (``syncToken`` of events.list)."""
CONDITIONAL = {"PATCH"}
"""Never without If-Match."""
LONGEST_QUOTA_USER = 40


class Checker:
    """Looks at exchanges. ``scopes``: those of tokens that are known already."""

    def __init__(self, scopes=None):
        self.scopes = dict(scopes or {})
        self.faults = []
        self.seen = Counter()

    def around(self, call):
        """``call`` (request -> response), checked before and after."""

        def checked(request):
            if GOOGLE.search(urlsplit(request.url).path):
                self.request(request)
            response = call(request)
            self.answer(request, response)
            return response

        return checked

    def exchange(self, request, response):
        """Look at an exchange that has happened; True when all is well."""
        before = len(self.faults)
        with suppress(AssertionError):
            self.request(request)
        with suppress(AssertionError):
            self.answer(request, response)
        return len(self.faults) == before

    def watch(self, exchange):
        """Look at an exchange of the simulation; an answer that was spoilt on purpose is not judged."""
        with suppress(AssertionError):
            self.request(exchange.request)
        if not exchange.fault:
            with suppress(AssertionError):
                self.answer(exchange.request, exchange.response)

    def request(self, request):
        """AssertionError unless Google documents this request and our rules permit it."""
        path = urlsplit(request.url).path
        if TOKEN.search(path) or not GOOGLE.search(path):
            return
        with self._noting(request):
            method = method_for(request.method, path)
            assert method is not None, "not in the discovery documents"
            self.seen[method.id] += 1
            check_path(method, path)
            check_query(method, parse_qsl(urlsplit(request.url).query, keep_blank_values=True, strict_parsing=True))
            check_body(method, request)
            check_house_rules(method, request)
            self._check_token(method, request)

    def answer(self, request, response):
        """AssertionError unless Google documents this answer; what a refusal looks like is not judged."""
        path = urlsplit(request.url).path
        if TOKEN.search(path):
            self._learn(request, response)
        elif GOOGLE.search(path) and 200 <= response.status < 300:
            with self._noting(request):
                method = method_for(request.method, path)
                assert method is not None, "not in the discovery documents"
                if method.response is None:
                    assert response.body == b"", "an answer where there is none"
                else:
                    check(method.document, {"$ref": method.response}, json.loads(response.body), method.response)

    def _noting(self, request):
        return _Noting(self.faults, f"{request.method} {urlsplit(request.url).path}")

    def _learn(self, request, response):
        form = parse_qs((request.body or b"").decode())
        if response.status == 200 and "assertion" in form:
            claims = form["assertion"][0].split(".")[1]
            wanted = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["scope"]
            self.scopes[json.loads(response.body)["access_token"]] = tuple(wanted.split())

    def _check_token(self, method, request):
        token = header(request, "authorization").removeprefix("Bearer ")
        assert token, "no token"
        scopes = self.scopes.get(token)
        if scopes is not None:
            assert set(scopes) & set(method.description["scopes"]), f"{scopes} do not open {method.id}"
            assert scopes in scopes_for(method.id), f"{method.id} with the token of another purpose: {scopes}"


class CheckedClient(Checker):
    """A ``ports.HttpClient``."""

    def __init__(self, http, scopes=None):
        super().__init__(scopes)
        self._http = http

    def send(self, request):
        return self.around(self._http.send)(request)


class _Noting:
    """Keeps the AssertionErrors of a block, and lets them pass."""

    def __init__(self, faults, where):
        self._faults = faults
        self._where = where

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        if error is None:
            return
        self._faults.append(f"{self._where}: {kind.__name__} {error}")
        if kind is not AssertionError:  # what is checked may have any shape
            raise AssertionError(self._where) from error


def scopes_for(method_id):
    """Scope sets of the purposes that an operation is for."""
    return {SCOPES[purpose] for purpose in NEEDS.get(method_id, ())}


def header(request, name):
    return next((value for given, value in request.headers.items() if given.lower() == name), "")


# ---- the parts of a request -----------------------------------------------------------------------------------------


def check_path(method, path):
    """Whatever is not literal is percent-encoded as a whole."""
    for pattern, part in zip(method.path.split("/"), path.split("/"), strict=True):
        if "{" in pattern:
            assert part == quote(unquote(part), safe=""), f"{pattern} is not percent-encoded"
            assert part, f"{pattern} is empty"


def check_query(method, pairs):
    """Names, types, limits, words, repetition, what is required, what does not go together."""
    names = [name for name, _ in pairs]
    for name, value in pairs:
        spec = method.query.get(name) or method.common.get(name)
        assert spec is not None, f"{method.id} has no parameter {name}"
        assert spec.get("repeated") or names.count(name) == 1, f"{name} is given twice"
        check_parameter(spec, value, name)
    missing = [name for name, spec in method.query.items() if spec.get("required") and name not in names]
    assert missing == [], f"{method.id} wants {missing}"
    if "syncToken" in names:
        assert NOT_WITH_A_SYNC_TOKEN.isdisjoint(names), "a sync token with a filter"
        assert ("showDeleted", "false") not in pairs, "a sync token without deletions"


def check_parameter(spec, value, name):
    if spec["type"] == "boolean":
        assert value in {"true", "false"}, f"{name} is no boolean"
    elif spec["type"] == "integer":
        assert re.fullmatch(r"-?\d+", value), f"{name} is no number"
        assert int(spec.get("minimum", value)) <= int(value) <= int(spec.get("maximum", value)), f"{name} is too much"
    elif spec.get("format") == "date-time":
        assert datetime.fromisoformat(value).tzinfo is not None, f"{name} has no offset"
    if "enum" in spec:
        assert value in spec["enum"], f"{name} is none of {spec['enum']}"


def check_body(method, request):
    """JSON of the documented schema without anything read-only, or nothing at all."""
    wanted = method.description.get("request")
    if wanted is None:
        assert not request.body, f"{method.id} has no body"
        return
    assert header(request, "content-type").startswith("application/json"), "no content type"
    body = json.loads(request.body)
    if request.method == "PATCH":
        body = given(body)
    schema = {"$ref": wanted["$ref"]}
    check(method.document, schema, body, wanted["$ref"])
    check_writable(method, schema, body, wanted["$ref"])


def given(value):
    """A patch without what it takes away: that is null, whatever its type (RFC 7396, Calendar's patch semantics)."""
    if not isinstance(value, dict):
        return value
    return {name: given(each) for name, each in value.items() if each is not None}


def check_writable(method, schema, value, place):
    """What is required for this method is there, what is read-only is not."""
    schema = method.document["schemas"][schema["$ref"]] if "$ref" in schema else schema
    if isinstance(value, list):
        for each in value:
            check_writable(method, schema["items"], each, place)
    elif isinstance(value, dict):
        for name, spec in schema.get("properties", {}).items():
            required = method.id in spec.get("annotations", {}).get("required", ())
            assert not required or name in value, f"{method.id} wants {place}.{name}"
            read_only = spec.get("readOnly") or "Read-only." in spec.get("description", "")
            assert not (read_only and name in value), f"{place}.{name} is read-only"
            if name in value:
                check_writable(method, spec, value[name], f"{place}.{name}")


def check_house_rules(method, request):
    """What Google would let pass and we do not (google.md A, D)."""
    query = dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
    assert query.get("prettyPrint") == "false", "prettyPrint is not off"
    assert 0 < len(query.get("quotaUser", "")) <= LONGEST_QUOTA_USER, "no quotaUser"
    assert "@" not in query["quotaUser"], "an address as quotaUser"
    assert ("fields" in query) == (method.response is not None), "a mask where there is an answer, and only there"
    if "fields" in query:
        unknown = list(undocumented(method.document, {"$ref": method.response}, tree(query["fields"])))
        assert unknown == [], f"the mask has {unknown}"
    if "sendUpdates" in method.query:
        assert "sendUpdates" in query, "who is mailed is left to Google"
    elif "sendNotifications" in method.query:
        assert query.get("sendNotifications") == "false", "somebody would be mailed"
    check_condition(request)
    check_attendees(request)


def check_condition(request):
    tag = header(request, "if-match")
    assert tag != "*", "a write over anything"
    assert tag or request.method not in CONDITIONAL, "a change of no version"
    assert not tag or request.method in {"PATCH", "DELETE"}, "a condition on what cannot have one"


def check_attendees(request):
    """Arrays are replaced whole, so a change names one attendee and says that there are others."""
    if request.method == "PATCH":
        body = json.loads(request.body)
        if "attendees" in body:
            assert body.get("attendeesOmitted") is True, "the attendees would be replaced"
            assert [set(who) for who in body["attendees"]] == [{"email", "responseStatus"}], "more than an answer"
