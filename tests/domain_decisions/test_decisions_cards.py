"""Join cards: one for each moment, none lost, none twice, gone when the moment is gone."""

from dataclasses import replace
from datetime import date

import pytest

from hybridcal_daemon.domain.calls import DeleteCard, SendCard
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import SettingsChanged
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE, Timed, as_instant
from tests.domain_decisions.facts import T0, all_day, daily, exception, meeting
from tests.domain_decisions.world import World, fails, slow

START = T0 + HOUR
DUE = START - 300


@pytest.fixture
def world():
    return World(push=True)


def served(world, *facts):
    for fact in facts:
        world.google.put(fact)
    world.start()
    world.run(20)
    return world


def at(world, time):
    world.run(time - world.true)
    return world


def sends(world):
    return [time for time, call in world.orders if isinstance(call, SendCard)]


def states(world):
    return [card.state for card in world.durable.cards]


def test_a_card_goes_out_when_it_is_due_and_is_taken_away_at_the_end(world):
    served(world, meeting())
    at(world, DUE - 1)
    assert world.ordered(SendCard) == []
    at(world, DUE + 1)
    assert sends(world) == [DUE]
    assert len(world.webex.cards) == 1
    at(world, START + 30 * MINUTE - 1)
    assert len(world.webex.cards) == 1
    at(world, START + 30 * MINUTE + 1)
    assert world.webex.cards == {}
    assert states(world) == ["over"]
    world.run(DAY + HOUR)
    assert world.durable.cards == ()
    assert len(world.ordered(SendCard)) == 1


def test_it_is_on_disk_before_the_request_leaves(world):
    served(world, meeting())
    at(world, DUE - 1)
    world.save_delay = 7.0
    at(world, DUE + 20)
    assert sends(world) == [DUE + 7]  # the world checks the disk


@pytest.mark.parametrize(
    "change",
    [
        {"response": "declined"},
        {"joinable": False},
        {"start": Timed(at=int(T0 - HOUR), tz="UTC"), "end": Timed(at=int(T0 - 1), tz="UTC")},
    ],
)
def test_no_card_for_what_cannot_or_will_not_be_joined(world, change):
    served(world, replace(meeting(), **change))
    world.run(3 * HOUR)
    assert world.ordered(SendCard) == []


def test_no_card_for_a_day(world):
    served(world, all_day(day=date(2027, 1, 16), joinable=True, join_digest="link"))
    world.run(2 * DAY)
    assert world.ordered(SendCard) == []


def test_a_meeting_that_runs_already_gets_its_card_at_once(world):
    served(world, meeting(start=T0 - MINUTE))
    assert len(world.webex.cards) == 1


def test_each_occurrence_has_its_card_and_a_moved_one_its_own(world):
    series = world.google.put(daily(days=4))
    world.google.put(exception(series, 2, as_instant(series.start) + 2 * DAY + 3 * HOUR))
    world.google.cancel_occurrence("d1", Timed(at=int(START + DAY), tz="UTC"))
    served(world)
    world.run(5 * DAY)
    assert sends(world) == [DUE, DUE + 2 * DAY + 3 * HOUR, DUE + 3 * DAY]
    assert world.webex.cards == {}


@pytest.mark.parametrize("how", ["deleted", "declined", "no way to join", "moved"])
def test_a_card_is_taken_back_when_its_moment_is_gone(world, how):
    served(world, meeting())
    at(world, DUE + 5)
    fact = world.google.events["m1"]
    if how == "deleted":
        world.remove("m1")
    else:
        change = {
            "declined": {"response": "declined"},
            "no way to join": {"joinable": False, "join_digest": ""},
            "moved": {"start": Timed(at=int(START + HOUR), tz="UTC"), "end": Timed(at=int(START + 2 * HOUR), tz="UTC")},
        }[how]
        world.edit(replace(fact, **change))
    world.run(10)
    assert world.webex.cards == {}
    assert states(world) == ["taken-back"]


def test_a_meeting_that_moves_away_and_back_gets_a_second_generation(world):
    served(world, meeting())
    at(world, DUE + 5)
    world.edit(meeting(start=START + 3 * HOUR))
    world.run(10)
    world.edit(meeting())
    world.run(10)
    assert [key[-2:] for key in world.webex.cards.values()] == ["-1"]
    assert len(set(world.webex.posts)) == 2


def test_another_way_to_join_gives_another_card(world):
    served(world, meeting())
    at(world, DUE + 5)
    world.edit(meeting(join="another link"))
    world.run(10)
    assert len(world.webex.cards) == 1
    assert len(world.webex.posts) == 2


def test_a_longer_meeting_keeps_its_card_to_its_new_end(world):
    served(world, meeting())
    at(world, DUE + 5)
    world.edit(meeting(minutes=3 * 60))
    at(world, START + 3 * HOUR - 1)
    assert len(world.webex.cards) == 1
    at(world, START + 3 * HOUR + 1)
    assert world.webex.cards == {}
    assert len(world.ordered(SendCard)) == 1


def test_a_shorter_meeting_loses_its_card_at_its_new_end(world):
    served(world, meeting(minutes=120))
    at(world, DUE + 5)
    world.edit(meeting(minutes=20))
    at(world, START + 20 * MINUTE + 1)
    assert world.webex.cards == {}


def test_a_meeting_made_longer_after_its_end_gets_a_card_again(world):
    served(world, meeting())
    at(world, START + 31 * MINUTE)
    assert states(world) == ["over"]
    world.edit(meeting(minutes=120))
    world.run(10)
    assert len(world.webex.cards) == 1
    at(world, START + 121 * MINUTE)
    assert world.webex.cards == {}


def test_a_failed_card_of_a_meeting_that_is_made_longer_is_not_tried_again(world):
    world.outcomes["SendCard"].append(fails(Kind.REFUSED, "webex-refused"))
    served(world, meeting())
    at(world, DUE + 5)
    world.edit(meeting(minutes=4 * 24 * 60))
    world.run(3 * DAY)
    assert len(world.ordered(SendCard)) == 1
    assert states(world) == ["failed"]


def test_a_crowded_moment_is_sent_a_few_at_a_time(world):
    world.policy = lambda call: slow(1.0) if isinstance(call, SendCard) else slow(0.1)
    served(world, *[meeting(f"m{number:03}", minutes=30) for number in range(50)])
    at(world, DUE + 60)
    assert len(world.webex.cards) == 50
    times = sends(world)
    assert all(later - earlier >= 1.0 for earlier, later in zip(times, times[8:], strict=False))


# ---- settings


def test_a_longer_lead_brings_cards_earlier(world):
    served(world, meeting())
    at(world, START - 20 * MINUTE)
    world.tell(SettingsChanged(settings=replace(world.settings, join_lead=30 * MINUTE)))
    world.run(1)
    assert len(world.webex.cards) == 1


def test_a_shorter_lead_takes_no_card_away(world):
    served(world, meeting())
    at(world, DUE + 5)
    world.tell(SettingsChanged(settings=replace(world.settings, join_lead=MINUTE)))
    world.run(10 * MINUTE)
    assert world.ordered(DeleteCard) == []
    assert len(world.ordered(SendCard)) == 1
