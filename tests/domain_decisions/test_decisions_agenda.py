"""Which meetings the bot lists, in which language and zone, and that it answers at most once."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from hybridcal_daemon.domain.calls import ReadProfile, SendAgenda
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import AgendaAsked, Deactivated
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE, AllDay, Instant
from tests.domain_decisions.facts import T0, daily, exception, meeting
from tests.domain_decisions.world import DONE_BUT_LOST, World, fails

BERLIN = ZoneInfo("Europe/Berlin")
"""Where the model's person is. T0 is Friday, 15 January 2027, 09:00 there."""


@pytest.fixture
def world():
    return World()


def served(world, *facts):
    for fact in facts:
        world.google.put(fact)
    world.start()
    world.run(20)
    return world


def berlin(text):
    return datetime.fromisoformat(f"2027-01-{text}").replace(tzinfo=BERLIN).timestamp()


def answer(world, day=0, key="q1"):
    before = len(world.webex.agendas)
    world.tell(AgendaAsked(key=key, day=day))
    world.run(2)
    (call,) = [call for _, call in world.webex.agendas[before:]]
    return call


def listed(world, day=0):
    return [booking.event_id for booking in answer(world, day).bookings]


def whole(event_id, first, last, **rest):
    fact = meeting(event_id, **rest)
    return replace(fact, start=AllDay(day=date.fromisoformat(first)), end=AllDay(day=date.fromisoformat(last)))


def test_the_day_is_the_persons(world):
    served(
        world,
        meeting("early", berlin("15T00:00")),
        meeting("before", berlin("14T23:29")),
        meeting("late", berlin("15T23:59")),
        meeting("next", berlin("16T00:00")),
        meeting("over midnight", berlin("14T23:45"), 60),
    )
    assert listed(world) == ["over midnight", "early", "late"]
    assert listed(world, 1) == ["late", "next"]


def test_the_question_is_answered_in_the_persons_language_and_zone(world):
    call = answer(served(world, meeting()))
    assert (call.key, call.day, call.tomorrow) == ("q1", "2027-01-15", False)
    assert (call.language, call.zone, call.hide_private) == ("de", "Europe/Berlin", True)
    assert (answer(world, 1).day, answer(world, 1).tomorrow) == ("2027-01-16", True)


def test_the_profile_is_asked_for_at_once_and_waited_for(world):
    served(world, meeting())
    assert world.ordered(ReadProfile) == []
    world.outcomes["ReadProfile"].append(fails(Kind.TRANSIENT, "google-unavailable"))
    world.tell(AgendaAsked(key="q1"))
    world.tell(AgendaAsked(key="q2", day=1))
    world.run(1)
    assert world.webex.agendas == []
    world.run(5 * MINUTE)
    assert [call.language for _, call in world.webex.agendas] == ["de", "de"]


def test_a_profile_that_cannot_be_read_keeps_nobody_waiting(world):
    served(world, meeting())
    world.outcomes["ReadProfile"].append(fails(Kind.CONFIG, "google-scope"))
    call = answer(world)
    assert (call.language, call.zone, call.day) == ("en", "", "2027-01-15")


def test_the_language_of_the_bot_may_be_set():
    assert answer(served(World(card_language="ja"))).language == "ja"


def test_what_is_not_listed(world):
    served(
        world,
        meeting("declined", response="declined"),
        meeting("unanswered", response="needsAction"),
        meeting("no link", join=""),
        meeting("focus", kind="focus-time"),
        meeting("away", kind="out-of-office"),
        meeting("elsewhere", kind="working-elsewhere"),
    )
    assert listed(world) == ["no link", "unanswered"]


def test_occurrences_of_series_with_their_exceptions(world):
    series = daily("d", berlin("14T10:00"), 30, days=5)
    moved = exception(series, 1, berlin("15T16:00"))
    served(world, series, moved, meeting("m", berlin("15T12:00")))
    first, second = answer(world).bookings
    assert (first.event_id, second.event_id) == ("m", moved.event_id)
    (tomorrow,) = answer(world, 1).bookings
    assert (tomorrow.event_id, tomorrow.start, tomorrow.end) == ("d", berlin("16T10:00"), berlin("16T10:30"))
    assert tomorrow.entry_id != "d"


def test_whole_days_are_first_and_last_from_midnight_to_midnight(world):
    served(
        world,
        meeting("m", berlin("15T00:00")),
        whole("today", "2027-01-15", "2027-01-16"),
        whole("yesterday", "2027-01-14", "2027-01-15"),
        whole("long", "2027-01-10", "2027-01-20"),
        whole("tomorrow", "2027-01-16", "2027-01-17"),
    )
    call = answer(world)
    assert [booking.event_id for booking in call.bookings] == ["long", "m", "today"]
    assert (call.bookings[2].start, call.bookings[2].end) == (berlin("15T00:00"), berlin("16T00:00"))


def test_the_day_on_which_the_clocks_change_has_23_hours():
    world = World()
    world.true = datetime(2027, 3, 28, 0, 30, tzinfo=BERLIN).timestamp()
    last = datetime(2027, 3, 28, 23, 30, tzinfo=BERLIN).timestamp()
    served(world, meeting("last", last), meeting("next", last + HOUR), whole("day", "2027-03-28", "2027-03-29"))
    day, late = answer(world).bookings
    assert (day.event_id, late.event_id) == ("day", "last")
    assert day.end - day.start == 23 * HOUR


@pytest.mark.parametrize(
    ("policy", "shown", "hide"), [("show", ["m", "s"], False), ("hide", ["m", "s"], True), ("none", ["m"], True)]
)
def test_confidential_ones_by_policy(policy, shown, hide):
    world = served(World(card_private=policy), meeting("m"), meeting("s", confidential=True))
    call = answer(world)
    assert ([booking.event_id for booking in call.bookings], call.hide_private) == (shown, hide)


def test_something_else_is_answered_with_what_one_can_write(world):
    call = answer(served(world, meeting()), day=None)
    assert (call.day, call.bookings, call.language) == ("", (), "de")


def test_one_message_has_one_answer(world):
    served(world, meeting())
    world.tell(AgendaAsked(key="q1"))
    world.tell(AgendaAsked(key="q1"))
    world.run(MINUTE)
    assert len(world.ordered(SendAgenda)) == 1


@pytest.mark.parametrize(
    "outcome",
    [
        DONE_BUT_LOST,
        fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=True),
        fails(Kind.TRANSIENT, "webex-unavailable"),
        fails(Kind.REFUSED, "webex-refused"),
    ],
)
def test_an_answer_that_went_wrong_is_not_repeated_and_troubles_nobody(world, outcome):
    served(world, meeting())
    world.outcomes["SendAgenda"].append(outcome)
    world.tell(AgendaAsked(key="q1"))
    world.run(2 * HOUR)
    world.restart()
    world.run(HOUR)
    assert len(world.ordered(SendAgenda)) == 1
    assert world.reports[-1].code == ""
    assert answer(world, key="q2").key == "q2"


def test_many_questions_at_once_are_answered_up_to_a_bound(world):
    served(world, meeting())
    for number in range(30):
        world.tell(AgendaAsked(key=f"q{number}"))
    world.run(MINUTE)
    assert [call.key for _, call in world.webex.agendas] == [f"q{number}" for number in range(8)]


def test_before_the_calendar_was_listed_there_is_no_answer(world):
    world.outcomes["ListEvents"].extend([fails(Kind.TRANSIENT, "google-unavailable")] * 3)
    world.google.put(meeting())
    world.start()
    world.tell(AgendaAsked(key="q1"))
    world.run(2)
    assert world.webex.agendas == []
    assert world.notes["agenda.unanswered"] == 1
    world.run(HOUR)
    assert world.webex.agendas == []


def test_who_leaves_gets_no_answer(world):
    served(world, meeting())
    world.outcomes["StopChannel"].append(fails(Kind.TRANSIENT, "google-unavailable"))
    world.tell(Deactivated())
    world.tell(AgendaAsked(key="q1"))
    world.run(MINUTE)
    assert world.ordered(SendAgenda) == []


def test_it_lists_what_was_changed_a_moment_ago(world):
    served(world, meeting("m"))
    world.edit(meeting("m", T0 + 2 * DAY))
    world.until(lambda: world.state.events["m"].start.at > T0 + DAY)
    assert answer(world).bookings == ()
    assert Instant(world.now) < T0 + DAY / 2
