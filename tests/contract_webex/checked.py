"""Every exchange with Webex held against its public OpenAPI description, and against our own rules for requests.

Use: ``CheckedClient(http)`` is a ``ports.HttpClient`` around another one; ``Checker().around(sandbox.handle)`` is the
same for a stand-in's ``handle``; ``Checker().exchange(request, response)`` looks at one that has happened, and
``Checker().watch`` is a watcher of the simulation's wire. The first two raise AssertionError at the first exchange that
is wrong; all keep what they found in ``faults`` (a worker may swallow an exception, so look there at the end), and
count operations in ``seen``. What goes elsewhere (Google, presence, devices, tokens) is not judged.
"""

import json
import re
from collections import Counter
from contextlib import suppress
from datetime import datetime
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from tests.contract_webex.described import Operation, check, operation_for

WEBEX = re.compile(r"\A/v1/(?!projects/|access_token\Z)")
LONGEST_TITLE = 128
LONGEST_TAG = 64
MOST_TAGS = 3
MOST_TEXT = 7439
NEWEST_CARD = (1, 3)
RECIPIENTS = {"roomId", "toPersonId", "toPersonEmail"}
PLAIN_JSON = "application/json"
PAGING = {"cursor"}
"""Parameters of links to further pages, which no description names."""


class Checker:
    """Looks at exchanges."""

    def __init__(self):
        self.faults = []
        self.seen = Counter()

    def around(self, call):
        """``call`` (request -> response), checked before and after."""

        def checked(request):
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
        """AssertionError unless Webex describes this request and our rules permit it."""
        path = urlsplit(request.url).path
        if not WEBEX.search(path):
            return
        with _Noting(self.faults, request):
            operation = operation_for(request.method, path)
            assert operation is not None, "not in the description"
            self.seen[operation.name] += 1
            check_path(operation, path)
            query = parse_qsl(urlsplit(request.url).query, keep_blank_values=True, strict_parsing=True)
            check_query(operation, query)
            assert header(request, "authorization").startswith("Bearer "), "no token"
            check_house_rules(operation, dict(query), check_body(operation, request))

    def answer(self, request, response):
        """AssertionError unless Webex describes this answer; what a refusal looks like is not judged."""
        path = urlsplit(request.url).path
        if WEBEX.search(path) and 200 <= response.status < 300:
            with _Noting(self.faults, request):
                operation = operation_for(request.method, path)
                assert operation is not None, "not in the description"
                assert response.status == operation.status, f"{response.status} in place of {operation.status}"
                assert header(response, "trackingid"), "no tracking id"
                if operation.answer is None:
                    assert not response.body, "an answer where there is none"
                else:
                    check(operation.answer, json.loads(response.body), operation.name, operation.open_fields)


class CheckedClient(Checker):
    """A ``ports.HttpClient``."""

    def __init__(self, http):
        super().__init__()
        self._http = http

    def send(self, request):
        return self.around(self._http.send)(request)


class _Noting:
    """Keeps what goes wrong in a block, and lets it pass as AssertionError."""

    def __init__(self, faults, request):
        self._faults = faults
        self._where = f"{request.method} {urlsplit(request.url).path}"

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        if error is None:
            return
        self._faults.append(f"{self._where}: {kind.__name__} {error}")
        if kind is not AssertionError:  # what is checked may have any shape
            raise AssertionError(self._where) from error


def header(message, name):
    return next((value for given, value in message.headers.items() if given.lower() == name), "")


# ---- the parts of a request -----------------------------------------------------------------------------------------


def check_path(operation: Operation, path):
    """Whatever is not literal is percent-encoded as a whole."""
    for pattern, part in zip(operation.path.split("/"), path.removeprefix("/v1").split("/"), strict=True):
        if "{" in pattern:
            assert part == quote(unquote(part), safe=""), f"{pattern} is not percent-encoded"


def check_query(operation: Operation, pairs):
    """Names, types, words, repetition, what is required."""
    names = [name for name, _ in pairs]
    for name, value in pairs:
        if name in PAGING:
            continue
        spec = operation.query.get(name)
        assert spec is not None, f"{operation.name} has no parameter {name}"
        assert names.count(name) == 1 or spec.get("type") == "array", f"{name} is given twice"
        check_parameter(spec, value, name)
    missing = [name for name, spec in operation.query.items() if spec.get("required") and name not in names]
    assert missing == [], f"{operation.name} wants {missing}"


def check_parameter(spec, value, name):
    if spec.get("type") == "boolean":
        assert value in {"true", "false"}, f"{name} is no boolean"
    elif spec.get("type") in {"number", "integer"}:
        assert re.fullmatch(r"\d+", value), f"{name} is no number"
    elif name in {"from", "to"}:
        assert datetime.fromisoformat(value).tzinfo is not None, f"{name} has no offset"
    if "enum" in spec:
        assert value in spec["enum"], f"{name} is none of {spec['enum']}"


def check_body(operation: Operation, request):
    """JSON of the described schema and media type, or nothing at all. Gives the body."""
    if operation.body is None:
        assert not request.body, f"{operation.name} has no body"
        return {}
    media = header(request, "content-type").partition(";")[0]
    assert media in {*operation.media, PLAIN_JSON}, f"{media} is none of {operation.media}"
    body = json.loads(request.body)
    check(operation.body, body, operation.name, operation.open_fields, nulls=operation.nulls)
    return body


# ---- what Webex would let pass and we do not ------------------------------------------------------------------------


def check_house_rules(operation: Operation, query, body):
    rules = {
        "POST /meetings": meeting_is_ours,
        "PATCH /meetings/{meetingId}": nobody_is_mailed,
        "POST /messages": message_fits,
    }
    if operation.name in rules:
        rules[operation.name](body)
    if operation.name == "DELETE /meetings/{meetingId}":
        assert query.get("sendEmail") == "false", "somebody would be mailed"
    if operation.name == "GET /meetings":
        assert {"from", "to"} <= query.keys(), "the days would be left to Webex"


def meeting_is_ours(body):
    nobody_is_mailed(body)
    assert body.get("integrationTags"), "no tag, so it could not be found again"
    assert ("roomId" in body) != ("hostEmail" in body), "a host beside a space is ignored, neither is nobody's"
    assert "adhoc" not in body


def nobody_is_mailed(body):
    assert body.get("sendEmail") is False, "somebody would be mailed"
    assert 0 < len(body.get("title", "x")) <= LONGEST_TITLE, "title"
    tags = body.get("integrationTags", ["x"])
    assert 0 < len(tags) <= MOST_TAGS, "number of tags"
    assert [tag for tag in tags if not 0 < len(tag) <= LONGEST_TAG] == [], "tags"
    assert ("start" in body) == ("end" in body) == ("timezone" in body), "a part of the times"
    for name in {"start", "end"} & body.keys():
        assert datetime.fromisoformat(body[name]).tzinfo is not None, f"{name} has no offset"
    assert not (body.get("recurrence") or "").upper().startswith("RRULE"), "a rule with its name"


def message_fits(body):
    assert len(RECIPIENTS & body.keys()) == 1, "one recipient"
    for name in {"text", "markdown"} & body.keys():
        assert len(body[name].encode()) <= MOST_TEXT, f"{name} is too long"
    attachments = body.get("attachments", [])
    assert len(attachments) <= 1, "one card"
    assert not attachments or {"text", "markdown"} & body.keys(), "a card without words for whoever cannot see it"
    for attachment in attachments:
        version = tuple(int(part) for part in attachment["content"]["version"].split("."))
        assert version <= NEWEST_CARD, "a card that Webex does not know"
