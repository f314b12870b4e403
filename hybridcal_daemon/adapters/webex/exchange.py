"""One request and its decoded answer.

Owns: sending, and strict decoding. Promises: whatever goes wrong is a ``CallError`` that holds neither address nor
body, also not as its cause. Does not: know tokens or calls.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

from hybridcal_daemon.adapters.http_json import BadJson, decode_json
from hybridcal_daemon.adapters.webex.failing import of_wire, tracking_of
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.ports import HttpFailure, HttpRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hybridcal_daemon.domain.values import Secret
    from hybridcal_daemon.ports import HttpClient, HttpResponse

Shape = TypeVar("Shape")

MAX_BODY: Final = 8 * 1024 * 1024
JSON_BODY: Final = "application/json"


def send(http: HttpClient, request: HttpRequest) -> HttpResponse:
    """Send; an answer of any status is an answer. CallError TRANSIENT when there is none."""
    try:
        return http.send(request)
    except HttpFailure as failure:
        error = of_wire(request.method, failure)
    raise error


def authorised(
    method: str,
    url: str,
    bearer: Secret[str],
    body: bytes | None = None,
    *,
    media: str = JSON_BODY,
    deadline: float = 30.0,
) -> HttpRequest:
    """Build a request with a bearer token and, if given, a body of this type. ``deadline``: seconds for all of it."""
    headers = {"authorization": f"Bearer {bearer.reveal()}", "accept": JSON_BODY}
    if body is not None:
        headers["content-type"] = media
    return HttpRequest(method=method, url=url, headers=headers, body=body, deadline=deadline, max_body=MAX_BODY)


@contextmanager
def naming(response: HttpResponse) -> Iterator[None]:
    """Whatever is wrong with what an answer says names that answer."""
    try:
        yield
    except CallError as failure:
        failure.tracking = failure.tracking or tracking_of(response)
        raise


def decoded(response: HttpResponse, shape: type[Shape], *, in_doubt: bool = False) -> Shape:
    """Read the JSON body. CallError TRANSIENT ``webex-bad-answer`` when it has not this shape.

    ``in_doubt``: set it for a POST, whose effect has happened although its answer cannot be read.
    """
    try:
        return decode_json(response.body, shape)
    except BadJson:
        error = CallError(Kind.TRANSIENT, "webex-bad-answer", in_doubt=in_doubt, tracking=tracking_of(response))
    raise error
