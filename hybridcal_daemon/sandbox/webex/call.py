"""One request to the stand-in, and the two ways to end it.

Owns: reading query and body strictly, the refusal, the answer. Promises: whatever is unknown, doubled or of the wrong
type is refused with 400 and named. Does not: know any call.

Based on: error body ``{message, errors: [{description}], trackingId}`` [public OpenAPI, errors of the meeting calls;
seen the same in issue reports for messaging]; 415 for a missing or wrong media type [public OpenAPI]. Refusing query
parameters and fields that the OpenAPI description does not have is stricter than what is documented [inferred].
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import msgspec

from hybridcal_daemon.sandbox.marked import MarkedResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hybridcal_daemon.domain.values import Instant
    from hybridcal_daemon.ports import HttpRequest
    from hybridcal_daemon.sandbox.webex.world import Token, World

JSON: Final = "application/json;charset=UTF-8"
JSON_ONLY: Final = frozenset({"application/json"})


class Refusal(Exception):  # noqa: N818 - what the service answers, not an error of the stand-in
    """The service says no: ``status``, and ``description`` for the error body."""

    def __init__(self, status: int, description: str, *, retry_after: int | None = None) -> None:
        super().__init__(f"{status}: {description}")
        self.status = status
        self.description = description
        self.retry_after = retry_after


@dataclass(slots=True, kw_only=True)
class Call:
    """A request with who asks, when, and in which world."""

    world: World
    request: HttpRequest
    path: str
    query: dict[str, str]
    now: Instant
    token: Token
    argument: str = ""
    origin: str = ""

    def only_query(self, *names: str) -> None:
        """Refuse any query parameter that is not named."""
        for name in self.query:
            if name not in names:
                raise Refusal(400, f"Unknown query parameter '{name}'.")

    def body(self, **fields: type | tuple[type, ...]) -> dict[str, Any]:
        """Give the JSON object of the body; every field must be one of ``fields`` and of its type."""
        self.only_query()
        sent = json_object(self.request)
        for name, value in sent.items():
            check_field(name, value, fields)
        return sent


def check_field(name: str, value: object, fields: Mapping[str, type | tuple[type, ...]]) -> None:
    """Refuse a field that is unknown or has another type (a JSON boolean is not a number)."""
    wanted = fields.get(name)
    if wanted is None:
        raise Refusal(400, f"Unknown field '{name}' in the request body.")
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise Refusal(400, f"Field '{name}' in the request body has the wrong type.")


def json_object(request: HttpRequest, types: frozenset[str] = JSON_ONLY) -> dict[str, Any]:
    """Give the JSON object in the body. 415 when it is not declared as one of ``types``, 400 when it is none."""
    if media_type(request) not in types:
        raise Refusal(415, "Content-Type must be application/json.")
    try:
        value = msgspec.json.decode(request.body or b"")
    except msgspec.DecodeError:
        raise Refusal(400, "The request body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise Refusal(400, "The request body must be a JSON object.")
    return value


def media_type(request: HttpRequest) -> str:
    """Give the media type of the body in lower case without its parameters."""
    return header(request, "content-type").partition(";")[0].strip().lower()


def header(request: HttpRequest, name: str) -> str:
    """Give a header, '' when missing; callers in the same process need not write names in lower case."""
    value = request.headers.get(name)
    if value is not None:
        return value
    return next((value for key, value in request.headers.items() if key.lower() == name), "")


def pairs(text: str) -> dict[str, str]:
    """Read a query or form. 400 when a name comes twice or the text is not well formed."""
    try:
        read = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict")
    except ValueError:
        raise Refusal(400, "The query or form is not well formed.") from None
    named = dict(read)
    if len(named) != len(read):
        raise Refusal(400, "A query parameter or form field is given twice.")
    return named


def flag(call: Call, name: str, *, default: str = "false") -> bool:
    """Read a boolean query parameter."""
    text = call.query.get(name, default)
    if text not in {"true", "false"}:
        raise Refusal(400, f"Query parameter '{name}' must be true or false.")
    return text == "true"


def whole_number(call: Call, name: str, default: int, most: int) -> int:
    """Read a whole number from 1 to ``most``."""
    text = call.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise Refusal(400, f"Query parameter '{name}' must be a whole number from 1 to {most}.")
    return int(text)


def timestamp(at: Instant) -> str:
    """Write an instant as the messaging calls do: UTC, milliseconds, ``Z``."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def answered(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> MarkedResponse:
    """Answer with a JSON value, or with an empty body for 204."""
    if status == 204:  # noqa: PLR2004 - No Content
        return MarkedResponse(status=204, headers=dict(headers or {}), body=b"")
    return MarkedResponse(
        status=status, headers={"content-type": JSON, **(headers or {})}, body=msgspec.json.encode(value)
    )


def refused(refusal: Refusal, tracking_id: str) -> MarkedResponse:
    """Phrase a refusal as Webex does."""
    body = {
        "message": refusal.description,
        "errors": [{"description": refusal.description}],
        "trackingId": tracking_id,
    }
    extra = {} if refusal.retry_after is None else {"retry-after": str(refusal.retry_after)}
    return answered(body, status=refusal.status, headers=extra)
