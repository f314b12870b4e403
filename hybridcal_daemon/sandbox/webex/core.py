"""The stand-in for Webex: from a request to an answer.

Owns: the table of calls, tracking ids, the journal, faults and the rate rule. Promises: ``handle`` never waits and
never raises; the same seed, clock and requests give the same answers, byte for byte; every answer has a ``trackingid``
header; may be called from several threads. Does not: listen anywhere (``sandbox/server.py`` does).

Based on: the ``trackingid`` header and 429 with ``Retry-After`` [public documentation]; 405 for a wrong method [public
OpenAPI]; the token being checked before the path is [inferred]. How many requests Webex allows is not published, so
the rate rule is off until a control call sets it [unverified].
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, unquote, urlsplit

from hybridcal_daemon.sandbox.webex import (
    access,
    devices,
    meeting_list,
    meetings,
    memberships,
    messages,
    people,
    presence,
    rooms,
    workspaces,
    xapi,
)
from hybridcal_daemon.sandbox.webex.call import Call, Refusal, header, pairs, refused
from hybridcal_daemon.sandbox.webex.concerned import concerned
from hybridcal_daemon.sandbox.webex.control import WebexControl
from hybridcal_daemon.sandbox.webex.control_http import CONTROL, answer_control
from hybridcal_daemon.sandbox.webex.page import PAGE, page
from hybridcal_daemon.sandbox.webex.records import Asked

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.values import Instant
    from hybridcal_daemon.ports import HttpRequest, HttpResponse
    from hybridcal_daemon.sandbox.faults import Rule
    from hybridcal_daemon.sandbox.marked import MarkedResponse

    Handler = Callable[[Call], MarkedResponse]

TOKEN_PATH: Final = "/v1/access_token"  # noqa: S105 - a path
APHELEIA: Final = "/apheleia/api/v1"

CALLS: Final[dict[str, dict[str, Handler]]] = {
    "/v1/people": {"GET": people.list_people},
    "/v1/people/me": {"GET": people.me},
    "/v1/meetingPreferences/personalMeetingRoom": {"GET": people.personal_room},
    "/v1/meetingPreferences/sites": {"GET": people.sites},
    "/v1/meetings": {"GET": meeting_list.list_meetings, "POST": meetings.create},
    "/v1/rooms": {"GET": rooms.list_rooms, "POST": rooms.create},
    "/v1/memberships": {"GET": memberships.list_members, "POST": memberships.add},
    "/v1/messages": {"GET": messages.list_room, "POST": messages.post},
    "/v1/messages/direct": {"GET": messages.list_direct},
    "/v1/devices": {"GET": devices.list_devices},
    "/v1/workspaces": {"GET": workspaces.list_workspaces},
    "/v1/xapi/schema": {"GET": xapi.schema},
    "/v1/xapi/status": {"GET": xapi.status},
    f"{APHELEIA}/events": {"POST": presence.set_event},
    f"{APHELEIA}/compositions": {"GET": presence.one_composition, "POST": presence.many_compositions},
}
CALLS_BY_ID: Final[dict[str, dict[str, Handler]]] = {
    "/v1/people": {"GET": people.one_person},
    "/v1/meetings": {
        "GET": meetings.read,
        "PATCH": meetings.patch,
        "PUT": meetings.put,
        "DELETE": meetings.delete,
    },
    "/v1/rooms": {"GET": rooms.read, "PUT": rooms.change, "DELETE": rooms.delete},
    "/v1/memberships": {"GET": memberships.read, "PUT": memberships.change, "DELETE": memberships.remove},
    "/v1/messages": {"GET": messages.read, "DELETE": messages.delete, "PUT": messages.edit},
    "/v1/devices": {"GET": devices.one_device},
    "/v1/workspaces": {"GET": workspaces.one_workspace},
    "/v1/xapi/command": {"POST": xapi.command},
}


class WebexSandbox(WebexControl):
    """The stand-in. ``handle`` answers requests; the other methods, inherited, arrange and look (``control.py``)."""

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one request; of its URL only path and query matter."""
        with self.lock:
            parts = urlsplit(request.url)
            if parts.path.startswith(CONTROL):
                return answer_control(self, request, parts)
            if parts.path == PAGE and request.method == "GET":
                return page(self.world, parts.query, self.clock.now())
            return self._answer(request, parts)

    def _answer(self, request: HttpRequest, parts: SplitResult) -> MarkedResponse:
        now = self.clock.now()
        tracking_id = self.next_tracking_id()
        rule = self._fault(request, parts)
        if rule is None:
            given = self._perform(request, parts, now, tracking_id)
        else:
            given = self.faults.answer(
                rule,
                lambda: self._perform(request, parts, now, tracking_id),
                lambda hit: refused(Refusal(hit.status, hit.reason), tracking_id),
            )
        given = replace(given, headers={**given.headers, "trackingid": tracking_id})
        self._note(request, parts, now, given, rule)
        return given

    def _fault(self, request: HttpRequest, parts: SplitResult) -> Rule | None:
        if not self.faults:
            return None
        return self.faults.take(request.method, parts.path, concerned(self.world, request, parts.query))

    def _perform(self, request: HttpRequest, parts: SplitResult, now: Instant, tracking_id: str) -> MarkedResponse:
        try:
            return self._dispatch(request, parts, now)
        except Refusal as refusal:
            return refused(refusal, tracking_id)

    def _dispatch(self, request: HttpRequest, parts: SplitResult, now: Instant) -> MarkedResponse:
        if parts.path == TOKEN_PATH:
            return self._refresh(request, parts, now)
        token = access.bearer(self.world, request, now)
        self.rate.count(header(request, "authorization"), now)
        handler, argument = _find(request.method, parts.path)
        call = Call(
            world=self.world,
            request=request,
            path=parts.path,
            query=pairs(parts.query),
            now=now,
            token=token,
            argument=argument,
            origin=_origin(request, parts),
        )
        return handler(call)

    def _refresh(self, request: HttpRequest, parts: SplitResult, now: Instant) -> MarkedResponse:
        if request.method != "POST" or parts.query:
            raise Refusal(405 if request.method != "POST" else 400, "Credentials go into the form of a POST request.")
        return access.refresh(self.world, request, now)

    def _note(
        self, request: HttpRequest, parts: SplitResult, now: Instant, given: MarkedResponse, rule: Rule | None
    ) -> None:
        token = self.world.tokens.get(header(request, "authorization").partition(" ")[2])
        self.asked.append(
            Asked(
                number=self.requests,
                at=now,
                method=request.method,
                path=parts.path,
                query=parts.query,
                user="" if token is None else token.owner.address,
                status=0 if given.drop else given.status,
                fault="" if rule is None else rule.kind,
                tracking_id=given.headers["trackingid"],
            )
        )


def _find(method: str, path: str) -> tuple[Handler, str]:
    """Give the handler of a path and the id at its end. 404 and 405 as HTTP has them."""
    by_method, argument = CALLS.get(path), ""
    if by_method is None:
        collection, _, last = path.rpartition("/")
        by_method, argument = CALLS_BY_ID.get(collection), unquote(last)
    if by_method is None or (path not in CALLS and not argument):
        raise Refusal(404, "The requested resource could not be found.")
    if method not in by_method:
        raise Refusal(405, f"The method {method} is not supported by this resource.")
    return by_method[method], argument


def _origin(request: HttpRequest, parts: SplitResult) -> str:
    """Give scheme and host as the caller knows them, for links to further pages."""
    if parts.netloc:
        return f"{parts.scheme}://{parts.netloc}"
    host = header(request, "host")
    return f"http://{host}" if host else ""
