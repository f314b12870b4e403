"""Absences from the calendar as Webex shows them: to the second, renewed, changed into each other, and only ours."""

from dataclasses import replace
from datetime import date

import pytest

from hybridcal_daemon.domain.calls import ReadProfile, ReadVacation, SetPresence
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import Deactivated, SettingsChanged
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE, AllDay, Instant
from tests.domain_decisions.facts import T0, daily, exception, meeting
from tests.domain_decisions.world import World, fails, slow

RULES = {"presence_out_of_office": "ooo", "presence_focus_time": "dnd", "presence_elsewhere": "ooo"}


@pytest.fixture
def world():
    return World(**RULES)


def away(event_id="away", start=T0 + HOUR, minutes=60, kind="out-of-office", **rest):
    return meeting(event_id, start, minutes, join="", kind=kind, **rest)


def served(world, *facts):
    for fact in facts:
        world.google.put(fact)
    world.start()
    world.run(20)
    return world


def at(world, time):
    """What is shown then."""
    world.run(time - world.true)
    return world.webex.shows(world.true)


def seen(world, until, step=30.0):
    """What is shown from now on, without repetitions."""
    found = [world.webex.shows(world.true)]
    while world.true < until:
        world.run(step)
        if (now := world.webex.shows(world.true)) != found[-1]:
            found.append(now)
    return found


def said(world):
    return [status for _, status, _ in world.webex.said]


def test_an_event_shows_from_its_start_to_its_end(world):
    served(world, away(minutes=120))
    assert at(world, T0 + HOUR - 1) == ""
    assert at(world, T0 + HOUR + 1) == "ooo"
    assert at(world, T0 + 3 * HOUR - 2) == "ooo"
    assert at(world, T0 + 3 * HOUR + 1) == ""
    assert seen(world, T0 + 2 * DAY) == [""]


def test_it_is_renewed_and_never_outlives_its_event(world):
    served(world, away(minutes=300))
    assert seen(world, T0 + 6.5 * HOUR) == ["", "ooo", ""]
    for when, status, ttl in world.webex.said:
        assert not status or when + ttl <= T0 + 6 * HOUR + 1
    assert 5 * 2 <= said(world).count("ooo") <= 5 * 4 + 2


def test_a_dead_daemon_leaves_nothing_behind(world):
    served(world, away(minutes=20))
    world.run(HOUR)
    assert world.webex.shows(world.true) == "ooo"
    world.crash()
    assert at(world, T0 + HOUR + 20 * MINUTE + 1) == ""


def test_it_is_off_by_default():
    world = served(World(), away(), away("focus", kind="focus-time"), away("far", kind="working-elsewhere"))
    world.run(4 * HOUR)
    assert world.webex.said == []


@pytest.mark.parametrize("kind", ["working-home", "working-office"])
def test_home_and_office_show_nothing(world, kind):
    served(world, away(kind=kind))
    world.run(4 * HOUR)
    assert world.webex.said == []


@pytest.mark.parametrize("change", [{"response": "declined"}, {"kind": "meeting"}])
def test_neither_a_declined_one_nor_a_meeting_does(world, change):
    served(world, away(**change))
    world.run(4 * HOUR)
    assert world.webex.said == []


def test_dnd_becomes_ooo_and_dnd_again(world):
    served(world, away("focus", kind="focus-time", minutes=180), away("ooo", start=T0 + 2 * HOUR, minutes=60))
    assert seen(world, T0 + 5 * HOUR) == ["", "dnd", "ooo", "dnd", ""]


def test_the_responder_goes_before_focus_time(world):
    world.google.vacation = (True, Instant(T0 + 2 * HOUR), Instant(T0 + 3 * HOUR))
    served(world, away("focus", kind="focus-time", minutes=180))
    assert seen(world, T0 + 5 * HOUR) == ["", "dnd", "ooo", "dnd", ""]


def test_a_status_that_must_give_way_early_is_cleared_first(world):
    served(world, away("focus", kind="focus-time", minutes=180))
    assert at(world, T0 + 2 * HOUR) == "dnd"
    world.edit(away("ooo", start=T0, minutes=240))
    world.run(5000)
    assert said(world)[said(world).index("ooo") - 1 :][:2] == ["", "ooo"]
    assert world.webex.shows(world.true) == "ooo"


def test_an_event_that_is_deleted_is_cleared(world):
    served(world, away(minutes=600))
    assert at(world, T0 + 2 * HOUR) == "ooo"
    world.google.remove("away")
    world.run(HOUR)
    assert world.webex.shows(world.true) == ""
    assert said(world).count("") == 1


def test_an_event_that_is_made_shorter_ends_there(world):
    served(world, away(minutes=600))
    assert at(world, T0 + 2 * HOUR) == "ooo"
    world.edit(away(minutes=150))
    world.run(50 * MINUTE)
    world.crash()
    assert at(world, T0 + 3.5 * HOUR + 1) == ""


def test_a_series_and_its_moved_occurrence(world):
    series = daily("focus", T0 + HOUR, 60, join="", kind="focus-time")
    moved = exception(series, 1, T0 + DAY + 5 * HOUR, 60, join="", kind="focus-time")
    served(world, series, moved)
    assert [at(world, T0 + hours * HOUR + 60) for hours in (1, 2, 25, 29, 30, 49, 50)] == [
        "dnd", "", "", "dnd", "", "dnd", "",
    ]  # fmt: skip


def test_a_day_counts_where_the_person_is(world):
    """The model's person is in Berlin: on 2027-01-16 from 23:00 UTC the day before."""
    day = replace(away("day"), start=AllDay(day=date(2027, 1, 16)), end=AllDay(day=date(2027, 1, 17)))
    served(world, day)
    assert len(world.ordered(ReadProfile)) == 1
    begin = T0 + 15 * HOUR
    assert [at(world, begin + offset) for offset in (-5, 5, DAY - 5, DAY + 5)] == ["", "ooo", "ooo", ""]


def test_the_mailbox_is_only_read_when_it_counts():
    world = served(World(**RULES, presence_vacation=False), away())
    world.google.vacation = (True, None, None)
    world.run(DAY)
    assert world.ordered(ReadVacation) == []
    assert "ooo" in said(world)
    assert world.webex.shows(world.true) == ""


def test_a_responder_that_counts_no_more_is_cleared_and_its_trouble_forgotten(world):
    world.google.vacation = (True, None, None)
    served(world)
    assert world.webex.shows(world.true) == "ooo"
    world.outcomes["ReadVacation"].append(fails(Kind.USER, "google-no-mailbox"))
    world.until(lambda: world.reports[-1].code == "google-no-mailbox")
    world.tell(SettingsChanged(settings=replace(world.settings, presence_vacation=False)))
    world.run(5)
    assert world.webex.shows(world.true) == ""
    assert world.reports[-1].code == ""


def test_another_setting_changes_what_is_shown(world):
    served(world, away(minutes=300))
    assert at(world, T0 + 2 * HOUR) == "ooo"
    world.tell(SettingsChanged(settings=replace(world.settings, presence_out_of_office="dnd")))
    world.run(5)
    assert world.webex.shows(world.true) == "dnd"
    world.tell(SettingsChanged(settings=replace(world.settings, presence_out_of_office="")))
    world.run(5)
    assert world.webex.shows(world.true) == ""


def test_a_cloud_that_refuses_is_asked_once_a_day(world):
    world.outcomes["SetPresence"].extend([fails(Kind.REFUSED, "webex-presence-refused")] * 10)
    served(world, daily("focus", T0 + HOUR, 60, days=6, join="", kind="focus-time"), away("ooo", minutes=6 * 24 * 60))
    world.run(5 * DAY)
    assert len(world.ordered(SetPresence)) <= 5
    assert (world.reports[-1].code, world.reports[-1].about) == ("webex-presence-refused", ("presence",))


def test_what_webex_may_have_heard_late_is_cleared_at_the_end(world):
    world.outcomes["SetPresence"].append(slow(200.0))
    served(world, away(minutes=10))
    assert at(world, T0 + HOUR + 5 * MINUTE) == "ooo"
    assert at(world, T0 + HOUR + 10 * MINUTE + 2) == ""


def test_somebody_elses_status_is_left_alone(world):
    world.webex.dnd_until = T0 + DAY
    served(world, away("home", kind="working-home"))
    world.run(5 * HOUR)
    assert world.webex.shows(world.true) == "dnd"


def test_after_a_crash_it_is_said_again_and_ends_in_time(world):
    served(world, away(minutes=240))
    assert at(world, T0 + 2 * HOUR) == "ooo"
    world.restart()
    world.run(5)
    assert world.webex.shows(world.true) == "ooo"
    world.restart()
    assert at(world, T0 + 5 * HOUR + 2) == ""


def test_who_leaves_during_an_absence_is_cleared(world):
    served(world, away(minutes=240))
    assert at(world, T0 + 2 * HOUR) == "ooo"
    world.tell(Deactivated())
    world.run(5)
    assert world.gone
    assert world.webex.shows(world.true) == ""


def test_after_a_jump_back_it_waits_for_its_time_again(world):
    served(world, away(minutes=30))
    assert at(world, T0 + 1.1 * HOUR) == "ooo"
    world.jump(-HOUR)
    world.run(5)
    assert world.webex.shows(world.true) == ""
    assert at(world, T0 + 2.1 * HOUR) == "ooo"
    assert at(world, T0 + 2.6 * HOUR) == ""
