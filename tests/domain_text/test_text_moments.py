"""When a Join card is due."""

from __future__ import annotations

import dataclasses

import pytest
from text_builders import at, day, exception, fact, utc

from hybridcal_daemon.domain.moments import join_moments
from hybridcal_daemon.domain.values import Timed

LEAD, HOUR, DAY = 300.0, 3600.0, 86400.0
MEETING = fact("m", at("2026-11-03 10:00"), at("2026-11-03 11:00"), joinable=True, join_digest="d1")
SERIES = dataclasses.replace(MEETING, event_id="s", recurrence=("RRULE:FREQ=DAILY",))


def moments(*facts, now="2026-11-03 08:00", horizon=DAY):
    return join_moments(facts, utc(now), LEAD, horizon)


def test_a_meeting_has_one_moment_before_its_start():
    (moment,) = moments(MEETING)
    assert (moment.event_id, moment.instance, moment.start) == ("m", "m", MEETING.start)
    assert (moment.due, moment.end_at) == (utc("2026-11-03 08:55"), utc("2026-11-03 10:00"))
    assert moment.join_digest == "d1"
    assert len(moment.key) == 20
    assert int(moment.key, 16) > 0


@pytest.mark.parametrize(
    ("change", "offered"),
    [
        ({}, 1),
        ({"joinable": False}, 0),
        ({"cancelled": True}, 0),
        ({"response": "declined"}, 0),
        ({"response": "needsAction"}, 1),
        ({"response": "tentative"}, 1),
        ({"response": "organizer"}, 1),
        ({"response": "none"}, 1),
        ({"start": day("2026-11-03"), "end": day("2026-11-04")}, 0),
    ],
)
def test_who_is_offered_to_join(change, offered):
    assert len(moments(dataclasses.replace(MEETING, **change))) == offered


@pytest.mark.parametrize(
    ("now", "horizon", "offered"),
    [
        ("2026-11-03 08:54:59", 0.0, 0),
        ("2026-11-03 08:55", 0.0, 1),
        ("2026-11-03 07:55", HOUR, 1),
        ("2026-11-03 07:54:59", HOUR, 0),
        ("2026-11-03 09:30", 0.0, 1),
        ("2026-11-03 09:59:59", 0.0, 1),
        ("2026-11-03 10:00", 0.0, 0),
        ("2026-11-03 12:00", DAY, 0),
    ],
)
def test_from_the_horizon_to_the_end_of_the_meeting(now, horizon, offered):
    assert len(moments(MEETING, now=now, horizon=horizon)) == offered


def test_a_meeting_without_length_is_offered_until_it_starts():
    short = dataclasses.replace(MEETING, end=MEETING.start)
    assert len(moments(short, now="2026-11-03 08:59:59")) == 1
    assert moments(short, now="2026-11-03 09:00") == []


def test_each_occurrence_has_its_own_moment_and_exceptions_hold_their_own_cell():
    changed = exception(
        "s", at("2026-11-04 10:00"), at("2026-11-04 15:00"), at("2026-11-04 16:00"), joinable=True, join_digest="d2"
    )
    found = moments(SERIES, changed, horizon=3 * DAY)
    assert [(one.event_id == "s", one.instance, one.join_digest) for one in found] == [
        (True, "s_20261103T090000Z", "d1"),
        (False, "s_20261104T090000Z", "d2"),
        (True, "s_20261105T090000Z", "d1"),
    ]
    assert len({one.key for one in found}) == 3


def test_declining_one_occurrence_takes_its_moment_only():
    no = exception(
        "s", at("2026-11-04 10:00"), at("2026-11-04 10:00"), at("2026-11-04 11:00"), joinable=True, response="declined"
    )
    assert [one.instance for one in moments(SERIES, no, horizon=3 * DAY)] == [
        "s_20261103T090000Z",
        "s_20261105T090000Z",
    ]


def test_the_key_names_instance_start_and_way_to_join_and_nothing_else():
    key = moments(MEETING)[0].key
    same = dataclasses.replace(MEETING, etag="2", digest="x", response="accepted", end=at("2026-11-03 12:00"))
    assert moments(same, now="2026-11-03 08:30")[0].key == key
    moved = dataclasses.replace(MEETING, start=at("2026-11-03 10:01"))
    others = [dataclasses.replace(MEETING, event_id="m2"), moved, dataclasses.replace(MEETING, join_digest="d2")]
    assert len({key, *(moments(other)[0].key for other in others)}) == 4


def test_fields_of_the_key_do_not_run_into_each_other():
    one = dataclasses.replace(MEETING, start=Timed(at=1793000000, tz="UTC"), end=Timed(at=1793000001, tz="UTC"))
    far = Timed(at=7930000001, tz="UTC")
    other = dataclasses.replace(MEETING, event_id="m1", start=far, end=far, join_digest="d")
    pair = moments(dataclasses.replace(one, join_digest="1d"), other, now="2026-10-01", horizon=1e10)
    assert [f"{found.instance}{found.start.at}{found.join_digest}" for found in pair] == ["m17930000001d"] * 2
    assert pair[0].key != pair[1].key


def test_an_occurrence_keeps_its_key_when_it_becomes_an_exception_at_the_same_time():
    retitled = exception(
        "s", at("2026-11-03 10:00"), at("2026-11-03 10:00"), at("2026-11-03 11:00"), joinable=True, join_digest="d1"
    )
    assert moments(SERIES, retitled, horizon=3 * HOUR)[0].key == moments(SERIES, horizon=3 * HOUR)[0].key


def test_moments_come_in_the_order_they_are_due():
    later = dataclasses.replace(MEETING, event_id="a", start=at("2026-11-03 10:30"))
    assert [one.event_id for one in moments(later, MEETING)] == ["m", "a"]


def test_a_series_that_cannot_be_expanded_has_no_moment_but_breaks_no_other():
    unknown = dataclasses.replace(SERIES, event_id="u", recurrence=("RRULE:FREQ=DAILY;BYSETPOS=1",))
    assert [one.event_id for one in moments(unknown, MEETING)] == ["m"]
