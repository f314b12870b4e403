"""What the tests of the adapter's pitfalls share: one answer to everything, and every call once."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from hybridcal_daemon.adapters.google import GoogleCalendar, mapping
from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.values import DAY, Instant, Plain, Secret, Timed, Window
from hybridcal_daemon.ports import HttpResponse, NewEvent
from tests.contract_google.contract_world import NOW

ASKING = (Secret("t"), "u0123456789abcdef0123")
WINDOW = Window(start=Instant(NOW), end=Instant(NOW + DAY))
TIMED = {
    "id": "e1",
    "etag": '"3591234567890000"',
    "start": {"dateTime": "2026-11-22T10:00:00+01:00", "timeZone": "Europe/Berlin"},
    "end": {"dateTime": "2026-11-22T11:00:00+01:00", "timeZone": "Europe/Berlin"},
}


class Recorded:
    """An HttpClient that gives one answer to everything and keeps what was asked."""

    def __init__(self, body=TIMED, status=200):
        self.asked = []
        self._answer = HttpResponse(status=status, headers={}, body=json.dumps(body).encode())

    def send(self, request):
        self.asked.append(request)
        return self._answer

    def queries(self):
        return [parse_qs(urlsplit(request.url).query, keep_blank_values=True) for request in self.asked]

    def bodies(self):
        return [json.loads(request.body) for request in self.asked if request.body]


def new(**fields):
    start = {"start": Timed(at=int(NOW), tz="UTC"), "end": Timed(at=int(NOW) + 3600, tz="UTC")}
    return NewEvent(**{"event_id": "a0b1c2d3", "summary": Plain("Plan"), **start, **fields})


LISTS = {
    "full": lambda google: google.list_events(*ASKING, sync_token=None, page_token=None, window=WINDOW),
    "incremental": lambda google: google.list_events(*ASKING, sync_token="s", page_token="p", window=None),
    "edge": lambda google: google.list_edge(*ASKING, window=WINDOW, page_token="p"),
    "instances": lambda google: google.instances(*ASKING, "s", window=WINDOW, page_token="p"),
}
CHANGES = {
    "patch": lambda google: google.patch_description(*ASKING, "e1", etag='"1"', description=Plain("x")),
    "respond": lambda google: google.respond(
        *ASKING, "e1", etag='"1"', me=Plain("alice@acme.example"), reply="accepted"
    ),
}
WRITES = {
    **CHANGES,
    "insert": lambda google: google.insert_event(*ASKING, new(guests=(Plain("bob@acme.example"),))),
    "quickAdd": lambda google: google.quick_add(*ASKING, Plain("Tea at 5")),
    "delete": lambda google: google.delete_event(*ASKING, "e1"),
}


def all_asked(calls, body=TIMED):
    http = Recorded(body)
    for call in calls.values():
        call(GoogleCalendar(http))
    return http


def paged(*items, **how):
    return mapping.page(json.dumps({"items": items}).encode(), **how)


def only(item, **how):
    page = paged(item, **how)
    assert page.quarantined == ()
    (event,) = page.events
    return event


def refused(call):
    with pytest.raises(CallError) as caught:
        call()
    return caught.value.kind, caught.value.code
