"""Push channels."""

import json

import pytest
from google_calls import COMMON, ROOM, TOKEN, USER, asked, failing

from hybridcal_daemon.adapters.google.calendar import GoogleCalendar
from hybridcal_daemon.adapters.google.wire import CHANNEL_FIELDS
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.values import Plain, Secret


def watching(google):
    return google.watch(TOKEN, USER, channel_id="c1", channel_token=Secret("s3"), ttl=604800)


def test_watch(google, wire):
    wire.answer(body={"id": "c1", "resourceId": "r1", "expiration": "1795341600500"})
    grant = watching(google)
    assert (grant.resource_id, grant.expires_at) == ("r1", 1_795_341_600.5)
    assert json.loads(wire.asked[0].body) == {
        "id": "c1",
        "type": "web_hook",
        "address": "https://push.acme.example/google/push",
        "token": "s3",
        "params": {"ttl": "604800"},
    }
    where, params = asked(wire)
    assert where == "POST www.googleapis.com/calendar/v3/calendars/primary/events/watch"
    assert params == {**COMMON, "fields": CHANNEL_FIELDS}


@pytest.mark.parametrize("body", [b"", {"resourceId": "r"}, {"resourceId": "r", "expiration": "soon"}])
def test_a_channel_whose_answer_cannot_be_read_is_in_doubt(google, wire, body):
    wire.answer(body=body)
    assert failing(lambda: watching(google)) == (Kind.TRANSIENT, "google-bad-answer", True)


def test_without_a_push_address_nothing_is_asked(wire):
    assert failing(lambda: watching(GoogleCalendar(wire)))[:2] == (Kind.REFUSED, "google-push-refused")


def test_stop(google, wire):
    wire.answer(204)
    google.stop_channel(TOKEN, USER, channel_id="c1", resource_id="r1")
    assert json.loads(wire.asked[0].body) == {"id": "c1", "resourceId": "r1"}
    where, params = asked(wire)
    assert where == "POST www.googleapis.com/calendar/v3/channels/stop"
    assert params == COMMON


def test_a_channel_that_google_does_not_know_is_stopped(google, wire):
    wire.answer(404, {"error": {"errors": [{"reason": "notFound"}]}})
    google.stop_channel(TOKEN, USER, channel_id="c1", resource_id="r1")
    wire.answer(503)
    assert failing(lambda: google.stop_channel(TOKEN, USER, channel_id="c", resource_id="r"))[0] is Kind.TRANSIENT


def test_a_room_can_be_watched(google, wire):
    wire.answer(body={"resourceId": "r1", "expiration": "1795341600500"})
    google.watch(TOKEN, USER, channel_id="c", channel_token=Secret("s"), ttl=1, calendar=Plain(ROOM))
    assert asked(wire)[0].endswith("/calendars/c_188%40resource.calendar.google.com/events/watch")


def test_a_channel_without_a_resource_could_never_be_stopped(google, wire):
    wire.answer(body={"resourceId": "", "expiration": "1795341600500"})
    assert failing(lambda: watching(google)) == (Kind.TRANSIENT, "google-bad-answer", True)
