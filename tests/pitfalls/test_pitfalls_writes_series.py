"""Known traps of writing into series: one writer, exceptions that inherit, a keyword on one instance (google.md D)."""

from dataclasses import replace

import pytest
from pitfall_house import ALICE, NOW, SETTINGS, House, timed

from hybridcal_daemon.domain.joinblock import BEGIN, strip
from hybridcal_daemon.domain.values import DAY, HOUR

WISH = {"location": "@webex"}
DAILY = {"recurrence": ["RRULE:FREQ=DAILY;COUNT=5"]}


@pytest.fixture
def house():
    return House()


def written(house, **fields):
    """An event that asks, after everything has come to rest."""
    event_id = house.make(timed(**(WISH | fields)))
    house.begin()
    return event_id


def test_d_loops_one_writer_for_a_series(house):
    series = house.make(timed(**WISH, **DAILY))
    instances = [one["id"] for one in house.happenings()]
    house.google.update_event(ALICE, instances[1], timed(hours=30))
    house.google.update_event(ALICE, instances[2], {"summary": "Other words"})
    house.begin()
    house.run(DAY)
    assert house.writes() == [series]
    assert [one["description"].count(BEGIN) for one in house.happenings()] == [1] * 5
    assert house.asked("GET", series + "_") == 0  # the list tells what they inherited


def test_d_loops_an_exception_made_later_inherits_what_is_there(house):
    series = written(house, **DAILY)
    second = house.happenings()[1]["id"]
    house.edit(second, **timed(hours=31))
    house.run(HOUR)
    assert house.writes() == [series]
    assert house.fact(second).has_block
    assert not house.fact(second).unmarked


def test_d_loops_a_keyword_on_one_instance_is_about_that_instance(house):
    series = house.make(timed(**DAILY, description="Bring tea"))
    second = house.happenings()[1]["id"]
    house.begin()
    house.edit(second, **WISH)
    assert house.writes() == [second]
    assert [BEGIN in one["description"] for one in house.happenings()] == [False, True, False, False, False]
    assert house.text(series) == "Bring tea"
    house.edit(series, location="@webex")  # later the whole series asks
    house.run(HOUR)
    assert house.writes() == [second, series]
    assert [one["description"].count(BEGIN) for one in house.happenings()] == [1] * 5


@pytest.mark.parametrize("push", [True, False])
def test_d_loops_an_instance_with_words_of_its_own_gets_its_own_block(push):
    house = House(settings=replace(SETTINGS, push=push))
    series = house.make(timed(**WISH, **DAILY, description="Bring tea"))
    second = house.happenings()[1]["id"]
    house.google.update_event(ALICE, second, {"description": "Bring cake"})
    house.begin()
    assert house.writes() == [series, second]
    assert [one["description"].count(BEGIN) for one in house.happenings()] == [1] * 5
    assert strip(house.text(second)) == "Bring cake"
    house.edit(series, description=house.text(series).replace("tea", "milk"))
    house.run(HOUR)
    assert house.text(series).startswith("Bring milk")
    assert house.writes() == [series, second]


def test_d_loops_an_instance_far_ahead_is_written_long_before_it_comes(house):
    """It is told by the edge first, among plain occurrences, and by a full list as what it is."""
    house.make(timed(recurrence=["RRULE:FREQ=WEEKLY;COUNT=10"]))
    sixth = house.google.instances(ALICE, NOW, NOW + 80 * DAY)[6]["id"]  # after 42 days
    house.google.update_event(ALICE, sixth, WISH)
    house.begin()
    assert house.writes() == []
    house.run(21 * DAY)
    assert house.writes() == [sixth]


def test_d_loops_an_instance_that_asks_for_nothing_any_more_is_left_alone(house):
    series = house.make(timed(**WISH, **DAILY))
    second = house.happenings()[1]["id"]
    house.google.update_event(ALICE, second, {"location": "Room 7", "description": "Here"})
    house.begin()
    house.run(HOUR)
    assert house.writes() == [series]
    assert house.text(second) == "Here"
