"""The bounded HTTP client. Owns: its shape. Promises: redirects are answers. Does not: send anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request. ``url`` is complete and already percent-encoded; ``deadline`` and ``max_body`` bound the answer."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    deadline: float = 30.0
    max_body: int = 16 * 1024 * 1024

    def __repr__(self) -> str:
        return f"<HttpRequest {self.method}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """The answer; header names are lower case; redirects are answers, never followed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"<HttpResponse {self.status}>"


class HttpFailure(Exception):  # noqa: N818 - a failure of the wire, always turned into a CallError by the adapter
    """No (whole) answer.

    ``code``: unreachable, tls, deadline, too-large, protocol. ``sent``: the request may have reached the server.
    """

    def __init__(self, code: str, *, sent: bool) -> None:
        super().__init__(code)
        self.code = code
        self.sent = sent


class HttpClient(Protocol):
    """A bounded HTTP client; one instance is used by one thread at a time."""

    def send(self, request: HttpRequest) -> HttpResponse:
        """Raise HttpFailure when there is no whole answer in time and size."""
        ...
