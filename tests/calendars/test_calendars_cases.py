"""Histories that are too rare to wait for: what random calendars found, as short as it can be told."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from hybridcal_daemon.domain.state import UserSettings
from hybridcal_daemon.domain.values import served_window
from hybridcal_daemon.sandbox.google.service import GoogleSandbox
from tests.calendars import bodies
from tests.calendars.driver import Clock, Driver
from tests.calendars.oracle import DAY, expected
from tests.calendars.people import ALICE

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
HOUR = 3600


@pytest.fixture
def clock():
    return Clock(NOW.timestamp())


@pytest.fixture
def google(clock):
    google = GoogleSandbox(clock=clock, seed=1, push=lambda _: None, short_pages=0)
    google.add_user(ALICE, timezone="UTC")
    return google


@pytest.fixture
def driver(google, clock):
    settings = UserSettings(push=False, presence=False, devices=False, poll_interval=12.0 * HOUR)
    return Driver(google, ALICE, clock, settings=settings, page_size=2500)


def series(google, days, rule="RRULE:FREQ=DAILY", **fields):
    body = bodies.timed(NOW.date() + timedelta(days=days), time(10), 60, "UTC")
    return google.create_event(ALICE, {"summary": "first", "recurrence": [rule], **body, **fields})


def instance(event, days):
    start = datetime.fromisoformat(event["start"]["dateTime"]) + timedelta(days=days)
    return f"{event['id']}_{start:%Y%m%dT%H%M%SZ}"


def assert_shown(driver, google):
    window = served_window(driver.clock.now())
    right = sorted(map(str, expected(google.dump_events(ALICE), window.start, window.end)))
    assert sorted(map(str, driver.shown())) == right


def run(driver, seconds):
    driver.run_until(driver.clock.at + seconds)


def test_an_occurrence_cancelled_before_its_series_came_into_the_window(driver, google):
    driver.start()
    event = series(google, 35)
    google.delete_event(ALICE, instance(event, 0))
    for _ in range(8):
        run(driver, DAY)
        assert_shown(driver, google)


def ordered(driver, name):
    return any(type(order.call).__name__ == name for order in driver._orders)


def test_a_series_found_at_the_edge_that_is_renamed_before_it_is_looked_up(driver, google):
    driver.start()
    made = []

    def between():
        if not made and ordered(driver, "ListEdge"):
            made.append(series(google, 10)["id"])
        if len(made) == 1 and ordered(driver, "FetchEvent"):
            made.append("renamed")
            google.update_event(ALICE, made[0], {"summary": "renamed"})

    driver.between = between
    run(driver, 3 * DAY)
    assert made[1:] == ["renamed"]
    assert_shown(driver, google)


@pytest.mark.parametrize("rule", ["RRULE:FREQ=DAILY", "RRULE:FREQ=DAILY;BYHOUR=10,15"])
@pytest.mark.parametrize("to", [0, 60])
def test_a_series_that_becomes_a_single_event(driver, google, rule, to):
    driver.start()
    event = series(google, 2, rule)
    google.update_event(ALICE, instance(event, 2), {"summary": "exception"})
    run(driver, 2 * DAY)
    assert_shown(driver, google)
    moved = bodies.shifted(event, timedelta(days=to))
    google.update_event(ALICE, event["id"], {"recurrence": None, **moved})
    run(driver, DAY)
    assert_shown(driver, google)


def test_a_series_that_is_changed_while_its_occurrences_are_asked_for(driver, google):
    driver.start()
    event = series(google, 2, "RRULE:FREQ=DAILY;BYHOUR=10,15")
    changes = iter(range(6))

    def between():
        if ordered(driver, "ListInstances"):
            for number in changes:
                google.update_event(ALICE, event["id"], {"summary": f"title {number}"})
                google.expire_sync_tokens(ALICE)
                break

    driver.between = between
    run(driver, 3 * DAY)
    assert_shown(driver, google)
