"""From an event to a plan within Webex' limits, and what is told of it again later."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridcal_daemon.domain import planning
from hybridcal_daemon.domain.calls import Moved
from hybridcal_daemon.domain.recurrence import expand
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE, AllDay, Instant, Timed, Window
from tests.domain_decisions.facts import T0, all_day, exception, meeting

START = T0 + HOUR
WEEK = 7 * DAY


def ordered(fact, *kin, now=T0, zone=""):
    found = planning.plan(fact, kin, Instant(now), zone)
    assert found is not None
    return found


def planned(fact, *kin, now=T0, zone=""):
    return ordered(fact, *kin, now=now, zone=zone).plan


def ruled(rule, *lines, start=START, tz="UTC", **rest):
    fact = meeting("s1", start, recurrence=(f"RRULE:{rule}", *lines), **rest)
    return replace(fact, start=replace(fact.start, tz=tz), end=replace(fact.end, tz=tz))


def begins(plan, days):
    """When it takes place in so many days, by the rule that Webex was given."""
    window = Window(start=Instant(0), end=Instant(T0 + days * DAY))
    return [
        float(when.at)
        for when in expand(Timed(at=int(plan.start), tz=plan.zone), (f"RRULE:{plan.recurrence}",), window)
    ]


@pytest.mark.parametrize(
    ("minutes", "lasts"), [(0, 10), (5, 10), (10, 10), (30, 30), (1439, 1439), (1440, 1439), (10_000, 1439)]
)
def test_the_length_is_kept_within_what_webex_takes(minutes, lasts):
    plan = planned(meeting(start=START, minutes=minutes))
    assert (plan.start, plan.end) == (START, START + lasts * MINUTE)


@pytest.mark.parametrize("zone", ["", "Europe/Berlin", "America/Los_Angeles", "no/such-zone"])
def test_a_day_is_midnight_to_a_minute_before_the_next_in_the_organisers_zone(zone):
    plan = planned(all_day(day=date(2027, 2, 3)), zone=zone)
    known = ZoneInfo(zone if zone not in {"", "no/such-zone"} else "UTC")
    assert datetime.fromtimestamp(plan.start, known) == datetime(2027, 2, 3, 0, 0, tzinfo=known)
    assert datetime.fromtimestamp(plan.end, known) == datetime(2027, 2, 3, 23, 59, tzinfo=known)


def test_the_day_on_which_the_clocks_go_back_is_not_too_long():
    plan = planned(all_day(day=date(2027, 10, 31)), zone="Europe/Berlin")
    assert plan.end - plan.start == DAY - MINUTE


def test_the_day_on_which_the_clocks_go_forward_ends_before_midnight():
    plan = planned(all_day(day=date(2027, 3, 28)), zone="Europe/Berlin")
    assert plan.end - plan.start == 23 * HOUR - MINUTE


@pytest.mark.parametrize("gone", [0.0, 1.0, 59.0, 600.0])
def test_what_is_running_begins_at_the_next_full_minute(gone):
    plan = planned(meeting(start=START, minutes=60), now=START + gone)
    assert plan.start % MINUTE == 0
    assert 0 < plan.start - (START + gone) <= MINUTE
    assert plan.end == START + 60 * MINUTE


def test_what_is_nearly_over_gets_its_ten_minutes():
    plan = planned(meeting(start=START, minutes=30), now=START + 29 * MINUTE)
    assert plan.end - plan.start == 10 * MINUTE


def test_on_the_third_day_of_an_event_the_rest_of_it_is_planned():
    fact = meeting(start=START, minutes=3 * 1440)
    plan = planned(fact, now=START + 2 * DAY + HOUR)
    assert (plan.start, plan.end) == (START + 2 * DAY + HOUR + MINUTE, START + 3 * DAY)
    assert planning.lasts(fact, (), "") == START + 3 * DAY


# ---- series


def test_a_rule_without_an_end_is_passed_on_as_it_is():
    assert planned(ruled("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;WKST=SU")).recurrence == (
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;WKST=SU"
    )


def test_a_count_becomes_the_last_occurrence():
    assert planned(ruled("FREQ=DAILY;COUNT=3")).recurrence == "FREQ=DAILY;UNTIL=20270117T090000Z"


@pytest.mark.parametrize("weeks", [0, 1, 2, 3, 7])
@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY;INTERVAL=2;COUNT=9",
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,FR;WKST=SU",
        "FREQ=DAILY;INTERVAL=5;UNTIL=20270401",
        "FREQ=MONTHLY;BYDAY=3FR;COUNT=6",
        "FREQ=YEARLY;COUNT=3",
    ],
)
def test_a_series_that_has_begun_goes_on_in_step_at_webex(rule, weeks):
    fact, now = ruled(rule), T0 + weeks * WEEK
    true = expand(fact.start, fact.recurrence, Window(start=Instant(now), end=Instant(now + 800 * DAY)))
    plan = planned(fact, now=now)
    assert begins(plan, weeks * 7 + 800) == [float(when.at) for when in true]


def test_wall_clock_time_is_kept_in_the_zone_of_the_event():
    fact = ruled("FREQ=WEEKLY;COUNT=20", tz="Europe/Berlin")
    plan = planned(fact)
    assert plan.zone == "Europe/Berlin"
    hours = {datetime.fromtimestamp(at, ZoneInfo("Europe/Berlin")).hour for at in begins(plan, 200)}
    assert len(hours) == 1
    assert len(begins(plan, 200)) == 20


@pytest.mark.parametrize(
    ("rule", "most"), [("FREQ=DAILY;UNTIL=20900101", 1826), ("FREQ=WEEKLY;BYDAY=FR,SA;COUNT=900", 261)]
)
def test_of_a_rule_that_is_too_long_webex_gets_the_first_and_the_rest_in_time(rule, most):
    fact = ruled(rule)
    found = ordered(fact)
    many = begins(found.plan, 3000)
    assert most - 2 <= len(many) <= most
    assert found.told.covers == many[-1] + 30 * MINUTE
    near_end = Instant(found.told.covers - 20 * DAY)
    assert planning.difference(found.told, fact, (), Instant(found.told.covers - 40 * DAY), "") == ""
    assert planning.difference(found.told, fact, (), near_end, "") == "whole"
    again = ordered(fact, now=near_end)
    assert planning.difference(again.told, fact, (), near_end, "") == ""


@pytest.mark.parametrize(
    "lines",
    [
        ("RRULE:FREQ=MONTHLY;BYMONTHDAY=15,20",),
        ("RRULE:FREQ=DAILY;COUNT=1", "RDATE:20270120T090000Z"),
        ("RRULE:FREQ=DAILY;BYHOUR=9",),
    ],
)
def test_rules_that_webex_does_not_take(lines):
    assert planning.rule_of(meeting("s1", START, recurrence=lines)) == ""


def test_of_other_series_the_next_occurrence_is_planned():
    fact = ruled("FREQ=MONTHLY;BYMONTHDAY=15,20")
    first, later = ordered(fact), ordered(fact, now=START + DAY)
    assert (first.plan.start, first.plan.recurrence) == (START, "")
    assert later.plan.start == START + 5 * DAY
    assert planning.difference(first.told, fact, (), Instant(START + MINUTE), "") == ""
    assert planning.difference(first.told, fact, (), Instant(START + DAY), "") == "whole"


def test_of_a_series_that_google_expands_the_next_row_is_planned():
    fact = meeting("s1", START, recurrence=("RRULE:FREQ=DAILY;BYHOUR=9",))
    assert planning.plan(fact, (), T0, "") is None
    assert planned(fact, exception(fact, 2, START + 2 * DAY, derived=True)).start == START + 2 * DAY


def test_days_of_a_series_are_days_in_the_organisers_zone():
    fact = all_day(day=date(2027, 1, 20), recurrence=("RRULE:FREQ=WEEKLY;COUNT=3",))
    plan = planned(fact, zone="Asia/Tokyo")
    assert plan.zone == "Asia/Tokyo"
    local = [datetime.fromtimestamp(at, ZoneInfo("Asia/Tokyo")) for at in begins(plan, 60)]
    assert [(at.day, at.hour) for at in local] == [(20, 0), (27, 0), (3, 0)]


# ---- occurrences


def test_days_that_are_taken_out_are_told_for_the_next_month():
    fact = ruled("FREQ=WEEKLY", "EXDATE:20270122T090000Z,20270219T090000Z")
    assert planned(fact).moved == (Moved(original=Instant(START + WEEK)),)
    later = Instant(T0 + 10 * DAY)
    told = ordered(fact).told
    assert planning.difference(told, fact, (), later, "") == "occurrences"


def test_an_occurrence_elsewhere_and_one_that_does_not_take_place():
    fact = ruled("FREQ=DAILY;COUNT=9")
    elsewhere = exception(fact, 2, START + 2 * DAY + HOUR)
    hole = replace(exception(fact, 4, START + 4 * DAY), cancelled=True)
    plain = exception(fact, 5, START + 5 * DAY)
    assert planned(fact, hole, elsewhere, plain).moved == (
        Moved(original=Instant(START + 2 * DAY), start=Instant(START + 2 * DAY + HOUR), end=Instant(elsewhere.end.at)),
        Moved(original=Instant(START + 4 * DAY)),
    )


def test_occurrences_that_are_over_are_not_compared():
    fact = ruled("FREQ=DAILY;COUNT=9")
    kin = (exception(fact, 2, START + 2 * DAY + HOUR), replace(exception(fact, 4, START + 4 * DAY), cancelled=True))
    told = ordered(fact, *kin).told
    for day in range(12):
        assert planning.difference(told, fact, kin, Instant(T0 + day * DAY), "") == ""
    assert planning.difference(told, fact, (), T0, "") == "whole"
    assert planning.difference(told, fact, (), Instant(T0 + 6 * DAY), "") == ""


def test_an_occurrence_moved_to_a_time_that_is_over_does_not_take_place_where_it_was():
    fact = ruled("FREQ=DAILY;COUNT=9")
    assert planned(fact, exception(fact, 4, T0 - 3 * DAY)).moved == (Moved(original=Instant(START + 4 * DAY)),)


def test_an_occurrence_from_before_the_series_at_webex_is_none_of_its():
    fact = ruled("FREQ=DAILY;COUNT=9")
    later = exception(fact, 0, START + 4 * DAY + HOUR)
    found = ordered(fact, later, now=START + DAY + 1)
    assert found.plan.start == START + 2 * DAY
    assert found.plan.moved == ()
    assert planning.difference(found.told, fact, (later,), Instant(START + DAY + 1), "") == ""


def test_the_last_occurrence_moved_beyond_the_series_is_planned_alone():
    fact = ruled("FREQ=DAILY;COUNT=3")
    moved = exception(fact, 2, START + 9 * DAY)
    now = Instant(START + 4 * DAY)
    found = ordered(fact, moved, now=now)
    assert (found.plan.start, found.plan.recurrence) == (START + 9 * DAY, "")
    assert planning.difference(found.told, fact, (moved,), now, "") == ""
    again = exception(fact, 2, START + 10 * DAY)
    assert planning.difference(found.told, fact, (again,), now, "") == "whole"


def test_a_series_that_is_made_longer_is_told_its_rule_again():
    fact = ruled("FREQ=DAILY;COUNT=3")
    now = Instant(START + 2 * DAY + MINUTE)
    found = ordered(fact, now=now)
    assert found.plan.recurrence == ""
    assert planning.difference(found.told, ruled("FREQ=DAILY;COUNT=30"), (), now, "") == "whole"


# ---- what was told, and the end


instants = st.integers(0, 4_000_000_000).map(lambda at: Instant(float(at)))
moves = st.builds(Moved, original=instants, start=instants, end=instants) | st.builds(Moved, original=instants)


@given(st.builds(planning.Told, st.text("0123456789abcdef"), instants, instants, instants, st.tuples(moves, moves)))
def test_what_was_told_is_read_as_it_was_written(told):
    assert planning.decode(told.encode()) == told


def test_what_never_was_told_differs_from_everything():
    assert planning.difference(planning.decode(""), meeting(start=START), (), T0, "") == "whole"


@pytest.mark.parametrize(
    ("rule", "at"),
    [
        ("FREQ=DAILY;COUNT=3", START + 2 * DAY + 30 * MINUTE),
        ("FREQ=DAILY", planning.NEVER),
        ("FREQ=DAILY;BYHOUR=3", planning.NEVER),
    ],
)
def test_when_a_series_ends(rule, at):
    assert planning.lasts(ruled(rule), (), "") == at


def test_a_rule_with_an_end_lasts_at_least_until_then_and_a_moved_occurrence_longer():
    fact = ruled("FREQ=DAILY;UNTIL=20270117")
    end = datetime(2027, 1, 17, 9, 30, tzinfo=UTC).timestamp()
    assert end <= planning.lasts(fact, (), "") <= end + 2 * DAY
    assert planning.lasts(fact, (exception(fact, 1, START + 20 * DAY),), "") == START + 20 * DAY + 30 * MINUTE


def test_days_last_until_their_own_end():
    fact = all_day(day=date(2027, 2, 3))
    assert planning.lasts(fact, (), "UTC") == planned(fact, zone="UTC").end
    assert isinstance(fact.start, AllDay)
