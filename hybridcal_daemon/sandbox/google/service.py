"""The stand-in for Google: OAuth token endpoint, Calendar v3 and Gmail vacation, in one pure object.

Owns: the journal, the fault plan, and what tests and scenes may do to the world. Promises: deterministic (the same
seed, clock and calls give the same answers, ids and page sizes included); no thread, socket or clock of its own; safe
to call from several threads. Does not: deliver pushes or listen (``sandbox/pushing.py``, ``sandbox/server.py``).

Every behaviour is explained, with its evidence, in the module that has it, and listed in ``BEHAVIOUR.md``: ``api.py``
(front end), ``oauth.py``, ``access.py`` and ``acl.py`` (other people's calendars, rules), ``listing.py`` and
``paging.py`` (lists, sync tokens), ``writing.py``, ``rules.py``, ``guests.py`` and ``rooms.py`` (writes), ``quick.py``
(quickAdd), ``busy.py`` (freeBusy), ``render.py`` (events as JSON), ``push.py`` (channels), ``gmail.py``, ``partial.py``
(``fields``), ``errors.py``. Not modelled, answered 501: update, import, move, calendarList, calendars, settings.list,
watching anything but events, batch. Not modelled at all: quotas (use fault rules), members of groups, secondary
calendars, attachments' contents, event labels.

Usage over HTTP::

    sender = PushSender.start()
    google = GoogleSandbox(clock=clock, seed=1, push=sender.send, allow_http_push=True)
    with ServedSandbox.start(google) as served:
        ...  # token endpoint <base_url>/token, Calendar <base_url>/calendar/v3/, Gmail <base_url>/gmail/v1/
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from hybridcal_daemon.sandbox.faults import FaultPlan, Rule
from hybridcal_daemon.sandbox.google.access import own_seat
from hybridcal_daemon.sandbox.google.api import TOKEN, Api, Call, fault_refusal, route, shown_to
from hybridcal_daemon.sandbox.google.company import Company
from hybridcal_daemon.sandbox.google.control import PREFIX, control
from hybridcal_daemon.sandbox.google.errors import Refused
from hybridcal_daemon.sandbox.google.instances import Target, find
from hybridcal_daemon.sandbox.google.journal import Entry, Journal
from hybridcal_daemon.sandbox.google.listing import Lister
from hybridcal_daemon.sandbox.google.oauth import subject_of
from hybridcal_daemon.sandbox.google.render import event_json
from hybridcal_daemon.sandbox.google.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hybridcal_daemon.ports import Clock, HttpRequest, HttpResponse
    from hybridcal_daemon.sandbox.google.model import Fields
    from hybridcal_daemon.sandbox.marked import MarkedResponse


class GoogleSandbox(Company):
    """The service. ``push`` gets each notification as a request; it must not block.

    ``allow_http_push``: channels may name an http address on loopback (see ``push.py``); ``short_pages``: chance that a
    list page has fewer events than asked for, possibly none. ``pushing``: weather and rules of push (``weather.py``).
    """

    def __init__(
        self,
        *,
        clock: Clock,
        seed: int,
        push: Callable[[HttpRequest], None],
        allow_http_push: bool = False,
        short_pages: float = 0.1,
    ) -> None:
        super().__init__(clock=clock, seed=seed, push=push, allow_http_push=allow_http_push, short_pages=short_pages)
        self._lister = Lister(self._world, short_pages)
        self._writer = Writer(self._world)
        self._api = Api(self._world, self._tokens, self._channels, self._lister, self._writer, self._acl)
        self._faults = FaultPlan(seed)
        self._journal = Journal()
        self._dated = (-1, "")

    # ---- requests ---------------------------------------------------------------------------------------------------

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one request; only path and query of its URL matter. Never raises for anything a client can send."""
        path, raw_query = _split(request.url)
        if path.startswith(PREFIX):
            return control(self, request.method, path, raw_query, request.body)
        call = Call(request=request, path=path, raw_query=raw_query)
        with self._turn():
            return self._answer(call)

    def _answer(self, call: Call) -> MarkedResponse:
        rule, mailed = None, len(self._world.mails)
        try:
            call.operation, call.ids = route(call.request.method, call.path)
        except Refused as refused:
            call.reason, response = refused.reason, refused.response
        else:
            rule = self._fault(call)
            response = self._api.perform(call) if rule is None else self._disturbed(call, rule)
        self._note(call, response, rule, sum(len(mail["to"]) for mail in self._world.mails[mailed:]))
        late = response.delay + self._channels.ahead(call.operation, response.status)
        return replace(response, headers={"date": self._date(), **response.headers}, delay=late)

    def _fault(self, call: Call) -> Rule | None:
        if not self._faults:
            return None
        return self._faults.take(call.request.method, call.path, self._user_of(call))

    def _disturbed(self, call: Call, rule: Rule) -> MarkedResponse:
        return self._faults.answer(rule, lambda: self._api.perform(call), lambda rule: fault_refusal(call, rule))

    def _user_of(self, call: Call) -> str:
        if call.operation == TOKEN:
            return subject_of(call.request.body)
        try:
            return self._tokens.grant(call.header("authorization")).subject
        except Refused:
            return ""

    def _note(self, call: Call, response: MarkedResponse, rule: Rule | None, mails: int) -> None:
        self._journal.add(
            {
                "time": float(self._clock.now()),
                "method": call.request.method,
                "operation": call.operation,
                "path": call.path,
                "query": call.sent,
                "subject": call.subject,
                "status": 0 if response.drop else response.status,
                "reason": call.reason,
                "fault": "" if rule is None else rule.kind,
                "mails": mails,
            }
        )

    def _date(self) -> str:
        second = int(self._clock.now())
        if second != self._dated[0]:
            self._dated = second, format_datetime(datetime.fromtimestamp(second, UTC), usegmt=True)
        return self._dated[1]

    # ---- what people do in their calendars --------------------------------------------------------------------------

    def create_event(self, address: str, body: Mapping[str, Any], **query: Any) -> Fields:  # noqa: ANN401 - as in the API
        """Do events.insert as the person (or room) of a calendar; give the event. Refused as Google would."""
        with self._turn():
            seat = own_seat(self._calendar(address))
            return dict(shown_to(seat, Target(self._writer.insert(seat, dict(body), query), None), {}))

    def update_event(self, address: str, event_id: str, body: Mapping[str, Any], **query: Any) -> Fields:  # noqa: ANN401
        """Do events.patch as the person; give the event. Refused as Google would."""
        with self._turn():
            seat = own_seat(self._calendar(address))
            return dict(shown_to(seat, self._writer.patch(seat, event_id, dict(body), query, None), {}))

    def delete_event(self, address: str, event_id: str, **query: Any) -> None:  # noqa: ANN401 - as in the API
        """Do events.delete as the person. Refused as Google would."""
        with self._turn():
            self._writer.delete(own_seat(self._calendar(address)), event_id, query, None)

    def get_event(self, address: str, event_id: str) -> Fields:
        """Do events.get as the person. Refused as Google would."""
        with self._turn():
            seat = own_seat(self._calendar(address))
            return dict(shown_to(seat, find(seat.calendar, event_id), {}))

    # ---- looking in, and making trouble -----------------------------------------------------------------------------

    def dump_events(self, address: str) -> list[Fields]:
        """Give every event of a calendar as it is now: series unexpanded, cancelled ones included. KeyError."""
        with self._turn():
            calendar = self._calendar(address)
            return [dict(event_json(copy, calendar.zone)) for copy in calendar.copies.values()]

    def instances(self, address: str, time_min: float, time_max: float) -> list[Fields]:
        """Give what a person sees between two moments (epoch seconds): single events and occurrences, by start.

        An oracle for tests: expanded here, independently of the daemon. KeyError.
        """
        with self._turn():
            query = {"timeMin": int(time_min), "timeMax": int(time_max), "singleEvents": True, "orderBy": "startTime"}
            return [dict(event) for event in self._lister.everything(self._calendar(address), query)]

    def expire_sync_tokens(self, address: str) -> None:
        """Make every sync token given out for a calendar, or its rules, answer 410 from now on. KeyError."""
        with self._turn():
            self._calendar(address).epoch += 1

    def add_fault(self, rule: Rule | Mapping[str, Any]) -> None:
        """Append a rule to the fault plan (see ``sandbox/faults.py``). ValueError."""
        with self._turn():
            self._faults.add(rule)

    def clear_faults(self) -> None:
        """Forget every fault rule."""
        with self._turn():
            self._faults.clear()

    def faults(self) -> list[Fields]:
        """Give the fault rules that are not used up."""
        with self._turn():
            return self._faults.pending()

    def journal(self, since: int = 0) -> list[Entry]:
        """Give the requests with a number above ``since``; the control API is not in it."""
        with self._turn():
            return self._journal.since(since)

    def channels(self) -> list[Fields]:
        """Give the living channels, with their address and calendar."""
        with self._turn():
            return self._channels.listed()

    def mails(self) -> list[Fields]:
        """Give the mails that writes would have caused: event ('' for a rule), action, by, to."""
        with self._turn():
            return list(self._world.mails)


def _split(url: str) -> tuple[str, str]:
    """Give path and raw query of a complete URL or of a path."""
    if not url.startswith("/"):
        parts = urlsplit(url)
        return parts.path, parts.query
    path, _, query = url.partition("?")
    return path, query
