"""What the tests of writes share: one person's daemon over the stand-in, and others in the same company.

Real decisions, worker, adapter and stand-in (``tests/calendars/driver.py``); Webex is a Personal Room that is known.
"""

import json
from dataclasses import replace

from hybridcal_daemon.adapters.google import GoogleCalendar, GoogleSettings
from hybridcal_daemon.adapters.google.requests import rfc3339
from hybridcal_daemon.domain.calls import FetchRoom
from hybridcal_daemon.domain.state import UserSettings
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE, Plain
from hybridcal_daemon.sandbox.google.service import GoogleSandbox
from hybridcal_daemon.work.room import encode_room
from tests.calendars.driver import Clock, Driver
from tests.contract_google.checked import Checker
from tests.domain_decisions.models import Webex
from tests.work.fakes import ROOM

NOW = 1_796_032_800.0  # Monday 2026-11-30T10:00:00Z
ALICE, BOB, CAROL, OUTSIDE = "alice@acme.example", "bob@acme.example", "carol@acme.example", "dave@elsewhere.example"
SETTINGS = UserSettings(push=True, presence=False, devices=False)
BOBS_ROOM = replace(ROOM, link=Plain("https://acme.webex.com/meet/bob"), sip_address=Plain("bob@acme.webex.com"))


def timed(hours=2.0, **fields):
    """An hour that begins so many hours after the test does."""
    start = NOW + hours * HOUR
    return {
        "start": {"dateTime": rfc3339(start), "timeZone": "Europe/Berlin"},
        "end": {"dateTime": rfc3339(start + HOUR), "timeZone": "Europe/Berlin"},
        **fields,
    }


class House(Driver):
    """Alice's daemon. ``before(method, path)`` is called before each request; ``notes`` are its log lines.

    ``bodies``: what it has sent by PATCH; ``saved``: ids of the rows that were stored, in order.
    """

    def __init__(self, address=ALICE, *, google=None, room=ROOM, settings=SETTINGS, send_updates="none"):
        clock = Clock(NOW) if google is None else google.clock
        if google is None:
            google = GoogleSandbox(clock=clock, seed=1, push=self.hear, short_pages=0)
            google.clock = clock
            for someone in (ALICE, BOB, CAROL):
                google.add_user(someone, timezone="Europe/Berlin")
        super().__init__(google, address, clock, settings=settings, page_size=2500)
        adapter = GoogleSettings(push_url="https://push.acme.example/google/push", send_updates=send_updates)
        self.tools = replace(self.tools, calendar=GoogleCalendar(self, adapter))
        self.room = self.sealed(encode_room(room))
        self.before = lambda _method, _path: None
        self.checker = Checker()
        self.webex = Webex()
        self.bodies, self.notes, self.saved = [], [], []

    def send(self, request):
        self.before(request.method, request.url.partition("?")[0])
        if request.method == "PATCH":
            self.bodies.append(json.loads(request.body))
        return self.checker.around(super().send)(request)

    def _perform(self, effect):
        super()._perform(effect)
        if type(effect).__name__ == "Note":
            self.notes.append(effect)
        if type(effect).__name__ == "Save":
            self.saved += [row.fact.event_id for row in effect.put]

    def _answer(self, order):
        if order.lane == "webex" and not isinstance(order.call, FetchRoom):
            return self.webex.answer(order.call, self.clock.at)
        return super()._answer(order)

    # ---- time

    def run(self, seconds):
        """Let time pass; every exchange must have been as documented."""
        self.run_until(self.clock.at + seconds)
        assert self.checker.faults == []
        return self

    def begin(self):
        """Begin, and let the first list and the first writes happen."""
        self.start()
        return self.run(MINUTE)

    # ---- what people do

    def make(self, body, address=ALICE, **query):
        return self.google.create_event(address, body, **query)["id"]

    def edit(self, event_id, address=ALICE, **fields):
        """Change an event by hand and let the daemon hear of it."""
        changed = self.google.update_event(address, event_id, fields)
        self.run(MINUTE)
        return changed

    def text(self, event_id, address=ALICE):
        return self.google.get_event(address, event_id).get("description", "")

    def happenings(self, address=ALICE):
        """Everything from now on for a month, series expanded."""
        return self.google.instances(address, NOW, NOW + 30 * DAY)

    # ---- what it asked

    def asked(self, method, event_id=None):
        """How often single events were asked for or changed."""
        wanted = "/events/" if event_id is None else f"/events/{event_id}"
        return sum(1 for how, path in self.requests if how == method and (wanted in path) and "watch" not in path)

    def writes(self):
        """Ids of the events that were written to, in order."""
        return [path.rpartition("/")[2] for how, path in self.requests if how == "PATCH"]

    def fact(self, event_id):
        return self.state.events[event_id]
