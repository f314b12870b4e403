"""How the HTTP surfaces say that something did not work (RFC 9457, ``application/problem+json``).

Owns: the shape of a problem, what each failure of the daemon becomes, and the net that catches the rest.
Promises: a problem says what is wrong and what to do; it never shows an exception's text, a URL or an address.
Does not: apply to the push receiver, whose answer is always the same (``webhook.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from aiohttp import web

from hybridcal_daemon.domain.errors import CATALOGUE
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.ports import UnknownUser
from hybridcal_daemon.shell.traces import safe_trace
from hybridcal_daemon.shell.web_limits import BodyTooLarge, BodyTooSlow, Busy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.typedefs import Handler, Middleware

    from hybridcal_daemon.ports import Log

_STATUS: Final[Mapping[Kind, int]] = {
    Kind.USER: 401,
    Kind.NOT_FOUND: 404,
    Kind.REFUSED: 403,
    Kind.CONFLICT: 409,
    Kind.INVALID: 502,
    Kind.SEALED: 503,
    Kind.TRANSIENT: 503,
    Kind.THROTTLED: 503,
    Kind.CONFIG: 503,
    Kind.RESYNC: 503,
}
_AGAIN: Final = 5
_UNAVAILABLE: Final = 503
_UNAUTHORIZED: Final = 401
_RETRY_MOST: Final = 3600.0
HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Problem(Exception):  # noqa: N818 - an answer
    """An answer that is a problem. ``what`` and ``fix`` are whole sentences, ``code`` a stable word."""

    def __init__(self, status: int, code: str, what: str, fix: str, *, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.what = what
        self.fix = fix
        self.retry_after = retry_after

    def response(self) -> web.Response:
        """Give the HTTP answer."""
        body = {
            "type": f"urn:hybridcal:problem:{self.code}",
            "title": self.what,
            "status": self.status,
            "code": self.code,
            "fix": self.fix,
        }
        headers = dict(HEADERS)
        if self.status == _UNAUTHORIZED:
            headers["WWW-Authenticate"] = 'Bearer realm="hybridcal"'
        if self.status == _UNAVAILABLE:
            headers["Retry-After"] = str(int(min(self.retry_after or _AGAIN, _RETRY_MOST)))
        return web.Response(
            status=self.status, body=msgspec.json.encode(body), content_type="application/problem+json", headers=headers
        )


def of_call(error: CallError) -> Problem:
    """Problem of a failed call: the catalogue's sentences for its code."""
    entry = CATALOGUE.get(error.code)
    what = entry.means if entry else "The request could not be carried out."
    fix = entry.fix if entry else "Look at `hybridcal status` and at the log."
    return Problem(_STATUS[error.kind], error.code, what, fix, retry_after=error.retry_after)


_OURS: Final[Mapping[type[Exception], Problem]] = {
    BodyTooLarge: Problem(413, "body-too-large", "The body of the request is too large.", "Send a smaller body."),
    BodyTooSlow: Problem(408, "body-too-slow", "The body of the request did not come in time.", "Send it at once."),
    Busy: Problem(503, "busy", "Too many requests are waiting.", "Try again in some seconds."),
}
_PAGES: Final[Mapping[int, Problem]] = {
    404: Problem(404, "no-such-path", "There is nothing at this path.", "Check the address."),
    405: Problem(405, "wrong-method", "This path does not take this method.", "Check the method."),
    417: Problem(417, "expectation", "This expectation cannot be met.", "Leave the Expect header out."),
}
_FAULT: Final = Problem(
    500, "fault", "hybridcal made a mistake.", "Please report the log line web.failed of this moment."
)
_NOT_TAKEN: Final = Problem(400, "not-taken", "The request is not understood.", "Check the request.")


def of_exception(error: Exception, unknown: Problem) -> Problem | None:
    """Problem of an exception that is an answer; None for a fault. ``unknown``: what UnknownUser becomes."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, CallError):
        return of_call(error)
    if isinstance(error, UnknownUser):
        return unknown
    if isinstance(error, web.HTTPException):
        return _PAGES.get(error.status, _NOT_TAKEN)
    return _OURS.get(type(error))


def guard(site: str, log: Log, *, unknown: Problem) -> Middleware:
    """Middleware that turns every exception into a problem and logs faults without their text."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Exception as error:  # noqa: BLE001 - the net under all handlers; nothing may leak into an answer
            problem = of_exception(error, unknown)
            if problem is None:
                log.emit("error", "web.failed", site=site, trace=safe_trace(error))
            elif isinstance(error, Busy):
                log.emit("warning", "web.busy", site=site, waiting=error.waiting)
            return (problem or _FAULT).response()

    return middleware
