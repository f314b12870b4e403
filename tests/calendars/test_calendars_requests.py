"""How many requests the daemon makes, with smaller numbers than ``make bench`` prints."""

from datetime import date, time

import pytest

from benchmarks import requests
from benchmarks.virtual import REQUESTS
from hybridcal_daemon.domain.calls import (
    Decorate,
    FetchRoom,
    ListEdge,
    ListEvents,
    OpenChannel,
    ReadProfile,
    ReadVacation,
    StopChannel,
)
from hybridcal_daemon.domain.messages import CallFailed
from hybridcal_daemon.domain.values import RequestId, stored_window
from hybridcal_daemon.sandbox.google.service import GoogleSandbox
from hybridcal_daemon.work import google as google_work
from hybridcal_daemon.work.room import encode_room
from tests.calendars import bodies
from tests.calendars.driver import PERSON, Clock, Driver
from tests.calendars.people import ALICE
from tests.work.fakes import ROOM

NOW = 1_795_338_000.0


def all_met(*found):
    assert [f"{one.what}: {one.measured}, aim {one.aim}" for one in found if one.aim != "-" and not one.met] == []


def test_one_change_is_one_list_and_a_keyword_one_get_and_one_patch_more():
    all_met(*requests.one_change())


@pytest.mark.parametrize("seconds", [5.0, 20.0, 60.0])
def test_a_burst_of_notices_is_few_lists(seconds):
    all_met(requests.burst(30, 3000, seconds))


def test_a_burst_does_not_put_off_the_first_look():
    town = requests.settled(1, requests.WITHOUT_GMAIL)
    (user,) = town.people
    town.forget_counts()
    for number in range(600):
        town.later(number / 10, town.change, user, "single")
    town.run(12.0)
    assert town.count("list") == 1
    town.run(300.0)
    assert town.longest_unseen <= 65.0


def test_the_first_sync_takes_little_more_than_a_list_and_a_watch():
    all_met(*requests.first_sync(200))


def test_a_quiet_day_is_cheap():
    all_met(*(one for one in requests.quiet_day(20, 20) if one.strict))


def test_an_aim_that_is_missed_is_said():
    one = requests.Measured(what="w", aim="< 3", measured="3", value=3, most=3, strict=True)
    assert not one.met
    assert "NOT met" in requests.said([one])


@pytest.fixture
def driver():
    clock = Clock(NOW)
    google = GoogleSandbox(clock=clock, seed=1, push=lambda _: None, short_pages=0)
    google.add_user(ALICE, timezone="Europe/Berlin")
    return Driver(google, ALICE, clock, settings=requests.SETTINGS, page_size=2500)


def test_a_call_comes_to_as_many_requests_as_are_counted(driver):
    start = bodies.timed(date(2026, 11, 25), time(9), 60, "UTC")
    event = driver.google.create_event(ALICE, {**start, "location": "@webex"})
    ids = {"request_id": RequestId(1), "user": PERSON}
    window = stored_window(driver.clock.now())
    opened = {}
    calls = [
        lambda: ListEvents(**ids, window=window),
        lambda: ListEdge(**ids, window=window),
        lambda: OpenChannel(**ids, channel_id="channel", ttl=3600),
        lambda: StopChannel(**ids, channel_id="channel", resource_id=opened["channel"]),
        lambda: ReadProfile(**ids),
        lambda: Decorate(**ids, event_id=event["id"], room=driver.sealed(encode_room(ROOM))),
        lambda: ReadVacation(**ids),
    ]
    counted = {}
    for make in calls:
        before, call = len(driver.requests), make()
        answer = google_work.run(call, driver.tools)
        assert not isinstance(answer, CallFailed), answer
        opened["channel"] = getattr(answer, "resource_id", opened.get("channel"))
        counted[type(call)] = len(driver.requests) - before
    expected = {kind: len(operations) for kind, operations in REQUESTS.items() if kind is not FetchRoom}
    assert counted == expected


def test_virtual_time_is_the_same_every_time():
    def total():
        town = requests.settled(5, requests.SETTINGS)
        town.run(7200.0)
        return town.requests, town.decisions

    assert total() == total()
