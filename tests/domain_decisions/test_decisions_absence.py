"""Which of several absences counts, from when to when: the line of time that presence follows."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridcal_daemon.domain import absence
from hybridcal_daemon.domain.events import EventFact
from hybridcal_daemon.domain.recurrence import instance_id
from hybridcal_daemon.domain.state import UserSettings, Vacation
from hybridcal_daemon.domain.values import DAY, HOUR, AllDay, Instant, Timed, Window
from tests.domain_decisions.facts import T0, all_day, daily, exception, meeting

EVERYTHING = UserSettings(
    presence_out_of_office="ooo", presence_focus_time="dnd", presence_elsewhere="ooo", presence_vacation=True
)
WINDOW = Window(start=T0, end=Instant(T0 + 26 * HOUR))
KINDS = frozenset({"out-of-office", "focus-time", "working-elsewhere"})


def spans(*facts, zone="", kinds=KINDS, window=WINDOW):
    return absence.of_events(facts, kinds, zone, window)


def line(*spans, settings=EVERYTHING, until=WINDOW.end):
    return absence.timeline(spans, absence.shown(settings), until=until, origin=None)


def local(text, zone):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


# ---- the order


def test_the_first_source_that_holds_counts():
    made = line(("working-elsewhere", 0, 100), ("focus-time", 10, 60), ("out-of-office", 20, 40), ("vacation", 30, 35))
    assert made.since[1:] == (0, 10, 20, 40, 60, 100)
    assert made.statuses == ("", "ooo", "dnd", "ooo", "dnd", "ooo", "")


def test_a_source_that_shows_nothing_hides_none_behind_it():
    settings = UserSettings(presence_out_of_office="", presence_focus_time="dnd")
    made = line(("out-of-office", 0, 100), ("focus-time", 10, 60), settings=settings)
    assert (made.since[1:], made.statuses) == ((10, 60), ("", "dnd", ""))


def test_without_settings_only_the_responder_counts():
    assert absence.shown(UserSettings()) == {"vacation": "ooo"}
    assert absence.shown(UserSettings(presence_vacation=False)) == {}


def test_what_follows_without_a_gap_is_one_absence():
    made = line(("out-of-office", 0, 50), ("working-elsewhere", 50, 80), ("out-of-office", 80, 90))
    assert (made.since[1:], made.statuses) == ((0, 90), ("", "ooo", ""))


def test_at_and_changes():
    made = line(("focus-time", 10, 60))
    assert [made.at(Instant(now)) for now in (9, 10, 59.9, 60)] == ["", "dnd", "dnd", ""]
    assert [made.changes(Instant(now)) for now in (9, 10, 60)] == [10, 60, None]


def test_nothing_is_said_beyond_what_was_looked_at():
    made = line(("focus-time", 10, 200), ("out-of-office", 150, 160), until=Instant(100))
    assert (made.at(Instant(50)), made.changes(Instant(50))) == ("dnd", None)


@given(
    st.lists(
        st.tuples(st.sampled_from(absence.SOURCES), st.integers(0, 30), st.integers(0, 30)).map(
            lambda each: (each[0], float(each[1]), float(each[1] + each[2]))
        ),
        max_size=12,
    )
)
def test_the_line_is_the_first_source_at_every_moment(drawn):
    statuses = absence.shown(EVERYTHING)
    made = line(*drawn)
    for now in [half / 2 for half in range(-2, 130)]:
        inside = {source for source, start, end in drawn if start <= now < end}
        expected = next((statuses[source] for source in absence.SOURCES if source in inside), "")
        assert made.at(Instant(now)) == expected
        following = made.changes(Instant(now))
        assert following is None or (following > now and made.at(following) != expected)


# ---- the responder


def test_the_responder():
    assert absence.of_vacation(Vacation(enabled=False, start=None, end=None, read_at=T0)) == []
    ((_, start, end),) = absence.of_vacation(Vacation(enabled=True, read_at=T0))
    assert (start, end) == (float("-inf"), T0 + absence.STALE)
    bounded = Vacation(enabled=True, start=Instant(T0 + 1), end=Instant(T0 + 2), read_at=T0)
    assert absence.of_vacation(bounded) == [("vacation", T0 + 1, T0 + 2)]
    backwards = Vacation(enabled=True, start=Instant(T0 + 9), end=Instant(T0 + 2), read_at=T0)
    assert line(*absence.of_vacation(backwards)).statuses == ("",)


# ---- events


def away(event_id="ooo", start=T0 + HOUR, minutes=60, kind="out-of-office", **rest):
    return meeting(event_id, start, minutes, join="", kind=kind, **rest)


def test_meetings_are_no_absences_and_home_is_nothing():
    assert spans(meeting(), away("home", kind="working-home"), away("office", kind="working-office")) == []


@pytest.mark.parametrize("change", [{"response": "declined"}, {"cancelled": True}])
def test_declined_and_cancelled_ones_do_not_count(change):
    assert spans(away(**change)) == []


def test_only_the_kinds_that_are_asked_for():
    assert spans(away(), kinds=frozenset({"focus-time"})) == []


def test_what_began_before_and_what_ends_after():
    assert spans(away(start=T0 - 5 * DAY, minutes=10 * 24 * 60)) == [("out-of-office", T0 - 5 * DAY, T0 + 5 * DAY)]


def test_a_series_counts_by_occurrence():
    series = daily("d1", T0 + HOUR, 30, join="", kind="focus-time")
    assert spans(series)[:2] == [
        ("focus-time", T0 + HOUR, T0 + 1.5 * HOUR),
        ("focus-time", T0 + DAY + HOUR, T0 + DAY + 1.5 * HOUR),
    ]


def test_an_exception_takes_the_place_of_its_occurrence():
    series = daily("d1", T0 + HOUR, 30, join="", kind="working-elsewhere")
    moved = exception(series, 0, T0 + 5 * HOUR, kind="working-elsewhere", join="")
    at_home = exception(series, 1, T0 + DAY + HOUR, kind="working-home", join="")
    hole_at = Timed(at=int(T0 + 2 * DAY + HOUR), tz="UTC")
    hole = EventFact(
        event_id=instance_id("d1", hole_at),
        etag="1",
        start=hole_at,
        end=hole_at,
        series_id="d1",
        original_start=hole_at,
        cancelled=True,
    )
    assert spans(series, moved, at_home, hole) == [("working-elsewhere", T0 + 5 * HOUR, T0 + 5.5 * HOUR)]


def test_a_series_keeps_its_wall_clock_when_the_clocks_change():
    """Berlin, 28 March 2027: at 02:00 it is 03:00."""
    zone = "Europe/Berlin"
    start = int(local("2027-03-27T09:00", zone))
    fact = away("focus", start, 60, kind="focus-time", recurrence=("RRULE:FREQ=DAILY",))
    fact = replace(fact, start=Timed(at=start, tz=zone))
    window = Window(start=Instant(start), end=Instant(start + 26 * HOUR))
    found = [begin for _, begin, _ in spans(fact, window=window)]
    assert local("2027-03-28T09:00", zone) in found
    assert local("2027-03-28T09:00", zone) - start == 23 * HOUR


# ---- whole days


def day(first, last=None, kind="out-of-office", **rest):
    start = date.fromisoformat(first)
    end = date.fromisoformat(last) if last else start
    fact = all_day("day", start, kind=kind, **rest)
    return replace(fact, end=AllDay(day=end))


@pytest.mark.parametrize(
    ("zone", "begins"),
    [
        ("", "2027-01-15T00:00+00:00"),
        ("Nowhere/Else", "2027-01-15T00:00+00:00"),
        ("Pacific/Kiritimati", "2027-01-15T00:00+14:00"),
        ("Pacific/Pago_Pago", "2027-01-15T00:00-11:00"),
        ("Asia/Kathmandu", "2027-01-15T00:00+05:45"),
    ],
)
def test_a_day_is_a_day_where_the_person_is(zone, begins):
    begin = datetime.fromisoformat(begins).timestamp()
    for fact in (day("2027-01-15", "2027-01-16"), day("2027-01-15")):
        assert spans(fact, zone=zone) == [("out-of-office", begin, begin + DAY)]


@pytest.mark.parametrize(
    ("first", "hours"),
    [("2027-03-28", 23), ("2027-10-31", 25), ("2027-06-01", 24)],
)
def test_a_day_on_which_the_clocks_change_has_another_length(first, hours):
    begin = local(f"{first}T00:00", "Europe/Berlin")
    window = Window(start=Instant(begin), end=Instant(begin + HOUR))
    ((_, start, end),) = [span for span in spans(day(first), zone="Europe/Berlin", window=window) if span[1] == begin]
    assert (end - start) / HOUR == hours


def test_a_midnight_that_does_not_exist_is_when_the_day_begins():
    """Beirut, 28 March 2027: at 00:00 it is 01:00."""
    window = Window(
        start=Instant(local("2027-03-27T12:00", "Asia/Beirut")), end=Instant(local("2027-03-28T12:00", "UTC"))
    )
    ((_, start, end),) = spans(day("2027-03-28"), zone="Asia/Beirut", window=window)
    assert start == local("2027-03-28T01:00", "Asia/Beirut")
    assert end - start == 23 * HOUR


def test_a_series_of_days():
    fact = day("2027-01-08", "2027-01-09", kind="working-elsewhere", recurrence=("RRULE:FREQ=WEEKLY;BYDAY=FR",))
    found = spans(fact, zone="America/New_York")
    assert (
        "working-elsewhere",
        local("2027-01-15T00:00", "America/New_York"),
        local("2027-01-16T00:00", "America/New_York"),
    ) in found
