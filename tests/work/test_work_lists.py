"""The other lists, from order to answer."""

from dataclasses import replace

import pytest

from hybridcal_daemon.domain.calls import FetchEvent, ListEdge, ListEvents, ListInstances, ReadProfile
from hybridcal_daemon.domain.events import EventFact, Quarantined
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import CallFailed, EdgeListed, EventFetched, InstancesListed, ProfileRead
from hybridcal_daemon.domain.recurrence import is_plain
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import Instant, Plain, RequestId, Timed, UserId, Window
from hybridcal_daemon.ports import EventsPage
from hybridcal_daemon.work.google import run
from tests.work.fakes import ALICE, Calendar, meeting

IDS = {"request_id": RequestId(7), "user": ALICE}
ROOM_IDS = {"request_id": RequestId(7), "user": UserId("r00000000000000000001")}
WINDOW = Window(start=Instant(0.0), end=Instant(1.0))
LATER = Timed(at=1_795_424_400, tz="Europe/Berlin")
LATER_END = Timed(at=1_795_428_000, tz="Europe/Berlin")


class Lists(Calendar):
    def __init__(self):
        super().__init__()
        self.settings = {"locale": "de", "timezone": "Europe/Berlin"}

    def list_edge(self, token, quota_user, **details):
        self._ask(token, quota_user, "edge", **details)
        return self.page

    def instances(self, token, quota_user, series_id, **details):
        self._ask(token, quota_user, "instances", series_id=series_id, **details)
        return self.page

    def setting(self, token, quota_user, name):
        self._ask(token, quota_user, "setting", name=name)
        return self.settings.get(name, "")


@pytest.fixture
def lists():
    return Lists()


@pytest.fixture
def tools(google_tools, lists):
    return replace(google_tools, calendar=lists)


def page(*events, **rest):
    return EventsPage(
        **{"events": events, "removed": (), "quarantined": (), "next_page": None, "next_token": None, **rest}
    )


def occurrence(**fields):
    return meeting("s_1", **{"series_id": "s", "original_start": LATER, "start": LATER, "end": LATER_END, **fields})


def series_fact(tools, lists) -> EventFact:
    lists.page = page(meeting("s", recurrence=("RRULE:FREQ=DAILY",)), next_token="t")
    return run(ListEvents(**IDS, window=WINDOW), tools).events[0].fact


def test_a_page_of_the_edge_becomes_sealed_rows(lists, tools):
    bad = Quarantined(event_id="bad", reason="shape")
    lists.page = page(meeting("e1"), meeting("b", kind="other"), occurrence(), quarantined=(bad,), next_page="p2")
    answer = run(ListEdge(**IDS, window=WINDOW, page_token="p1"), tools)
    assert isinstance(answer, EdgeListed)
    assert [row.fact.event_id for row in answer.events] == ["e1", "s_1"]
    assert [row.item for row in answer.events] == [b"sealed e1", b"sealed s_1"]
    assert answer.events[0].fact.as_series == ""
    assert (answer.quarantined, answer.next_page) == ((bad,), "p2")
    (asked,) = lists.asked
    assert asked[2]["window"] == WINDOW
    assert asked[2]["page_token"] == "p1"


@pytest.mark.parametrize(
    ("fields", "plain"),
    [
        ({}, True),
        ({"description": Plain("Bring much more tea")}, False),
        ({"location": Plain("https://acme.webex.com/meet/bob")}, False),
        ({"end": LATER}, False),
        ({"organizer_self": False}, False),
    ],
)
def test_an_occurrence_can_be_compared_with_its_series_without_its_text(lists, tools, fields, plain):
    series = series_fact(tools, lists)
    lists.page = page(occurrence(**fields))
    (row,) = run(ListEdge(**IDS, window=WINDOW), tools).events
    assert row.fact.digest != series.digest  # the same text in two events is not seen to be the same
    assert is_plain(row.fact, series) is plain


def test_instances_become_sealed_rows(lists, tools):
    lists.page = page(occurrence(), next_page="p2")
    answer = run(ListInstances(**IDS, series_id="s", window=WINDOW), tools)
    assert isinstance(answer, InstancesListed)
    assert (answer.series_id, answer.next_page) == ("s", "p2")
    assert [row.fact.event_id for row in answer.events] == ["s_1"]
    assert lists.asked[0][2]["series_id"] == "s"


def test_one_that_trips_the_analysis_costs_only_itself(lists, tools):
    lists.page = page(meeting("bad", location=Plain(None)), occurrence())
    answer = run(ListInstances(**IDS, series_id="s", window=WINDOW), tools)
    assert answer.quarantined == (Quarantined(event_id="bad", reason="analysis"),)
    assert len(answer.events) == 1


def test_a_series_is_fetched_or_known_to_be_gone(lists, tools):
    lists.events["s"] = meeting("s", recurrence=("RRULE:FREQ=DAILY",))
    answer = run(FetchEvent(**IDS, event_id="s"), tools)
    assert isinstance(answer, EventFetched)
    assert answer.event.fact.recurrence == ("RRULE:FREQ=DAILY",)
    assert run(FetchEvent(**IDS, event_id="other"), tools).event is None


def test_a_series_that_says_how_a_person_can_be_reached_is_there(lists, tools):
    lists.events["s"] = meeting("s", event_type="focusTime", kind="focus-time", recurrence=("RRULE:FREQ=DAILY",))
    assert run(FetchEvent(**IDS, event_id="s"), tools).event.fact.kind == "focus-time"


def test_a_series_that_is_not_kept_counts_as_gone(lists, tools):
    lists.events["s"] = meeting("s", event_type="birthday", kind="other")
    assert run(FetchEvent(**IDS, event_id="s"), tools).event is None


def test_a_series_that_cannot_be_read_is_not_gone(lists, tools):
    lists.events["s"] = meeting("s", location=Plain(None))
    answer = run(FetchEvent(**IDS, event_id="s"), tools)
    assert isinstance(answer, CallFailed)
    assert (answer.kind, answer.code) == (Kind.INVALID, "google-bad-answer")


def test_two_settings_are_read_with_a_token_of_their_own(lists, tools, tokens):
    assert run(ReadProfile(**IDS), tools) == ProfileRead(**IDS, locale="de", timezone="Europe/Berlin")
    assert {purpose for _, purpose, _ in tokens.asked} == {Purpose.SETTINGS}
    lists.settings.clear()
    assert run(ReadProfile(**IDS), tools) == ProfileRead(**IDS, locale="", timezone="")


def test_a_room_s_calendar_is_named_and_read_as_the_acting_account(lists, tools, tokens):
    for call in (
        ListEvents(**ROOM_IDS, window=WINDOW),
        ListEdge(**ROOM_IDS, window=WINDOW),
        ListInstances(**ROOM_IDS, series_id="s", window=WINDOW),
        FetchEvent(**ROOM_IDS, event_id="s"),
    ):
        run(call, tools)
    assert {details["calendar"] for _, _, details in lists.asked} == {Plain("alice@acme.example")}
    assert {purpose for _, purpose, _ in tokens.asked} == {Purpose.ROOMS}


@pytest.mark.parametrize("what", ["edge", "instances", "get", "setting"])
def test_a_failure_is_an_answer(lists, tools, what):
    calls = {
        "edge": ListEdge(**IDS, window=WINDOW),
        "instances": ListInstances(**IDS, series_id="s", window=WINDOW),
        "get": FetchEvent(**IDS, event_id="s"),
        "setting": ReadProfile(**IDS),
    }
    lists.fails[what] = CallError(Kind.THROTTLED, "google-rate-limited", retry_after=7.0)
    answer = run(calls[what], tools)
    assert isinstance(answer, CallFailed)
    assert (answer.kind, answer.retry_after) == (Kind.THROTTLED, 7.0)


def test_the_time_of_the_last_change_is_kept(lists, tools):
    lists.page = page(meeting("e1", updated=5.0), next_token="t")
    assert run(ListEvents(**IDS, window=WINDOW), tools).events[0].fact.updated == 5.0
