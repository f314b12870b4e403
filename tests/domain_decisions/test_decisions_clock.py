"""A wall clock that jumps: no card is lost or sent twice, and nothing waits for the time to come again."""

import pytest

from hybridcal_daemon.domain.calls import DeleteCard, ListEvents, SendCard
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import Deactivated, ResyncAsked
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE, stored_window
from tests.domain_decisions.facts import T0, meeting
from tests.domain_decisions.world import LOST, World, fails, slow


@pytest.fixture
def world():
    return World(push=True)


def served(world, *facts):
    for fact in facts:
        world.google.put(fact)
    world.start()
    world.run(20)
    return world


def test_a_jump_forward_makes_cards_due_at_once(world):
    served(world, meeting(start=T0 + HOUR + 2 * MINUTE, minutes=60))
    world.jump(HOUR)
    world.run(2)
    assert len(world.webex.cards) == 1


def test_a_jump_back_neither_takes_a_card_away_nor_sends_another(world):
    served(world, meeting(start=T0 + 2 * MINUTE, minutes=30))
    assert len(world.webex.cards) == 1
    world.jump(-HOUR)
    world.run(1.2 * HOUR)
    assert len(world.webex.cards) == 1
    world.run(HOUR)
    assert world.webex.cards == {}
    assert len(world.ordered(SendCard)) == 1


def test_a_jump_back_after_the_end_sends_no_card_again(world):
    served(world, meeting(start=T0 + 2 * MINUTE, minutes=30))
    world.run(40 * MINUTE)
    assert len(world.ordered(DeleteCard)) == 1
    world.jump(-HOUR)
    world.run(3 * HOUR)
    assert len(world.ordered(SendCard)) == 1


def test_a_meeting_that_seemed_to_be_over_gets_its_card_after_a_jump_back(world):
    """The clock was an hour ahead when the daemon began."""
    world.skew = HOUR
    served(world, meeting(start=T0 + 20 * MINUTE, minutes=20))
    assert world.ordered(SendCard) == []
    world.jump(-HOUR)
    world.run(15 * MINUTE)
    assert len(world.webex.cards) == 1


def test_a_card_in_doubt_is_found_although_the_clock_was_ahead(world):
    world.skew = HOUR
    world.outcomes["SendCard"].append(fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=True))
    served(world, meeting(start=T0 + HOUR + 2 * MINUTE, minutes=180))
    assert len(world.ordered(SendCard)) == 1
    world.jump(-HOUR)
    world.run(2 * HOUR)
    assert sum(world.webex.posts.values()) == 1
    assert [card.state for card in world.durable.cards] == ["sent"]


def test_changes_are_listed_after_a_jump_back(world):
    served(world)
    world.push_delay = 0.0
    world.edit(meeting("m1"))
    world.run(0.5)  # inside the debounce
    world.jump(-HOUR)
    world.run(2)
    assert "m1" in world.disk.rows


@pytest.mark.parametrize("jump", [-HOUR, -400 * DAY, 400 * DAY])
def test_after_any_jump_the_calendar_is_polled_and_the_window_right(world, jump):
    served(world, *[meeting(f"m{day}", T0 + day * DAY) for day in range(-420, 430, 5)])
    world.jump(jump)
    world.run(3 * HOUR)
    assert world.disk.rows == world.google.within(stored_window(world.durable.full_at))
    assert world.durable.full_at <= world.now
    expected = world.google.within(stored_window(world.now)).keys()
    assert len(expected ^ world.disk.rows.keys()) <= 1  # one event in five days
    at = world.true
    world.run(HOUR)
    assert world.ordered(ListEvents, at)


def test_a_lost_answer_is_given_up_after_a_jump_back(world):
    served(world)
    world.outcomes["ListEvents"].append(LOST)
    world.tell(ResyncAsked())
    world.jump(-10 * HOUR)
    at = world.true
    world.run(20 * MINUTE)
    assert world.ordered(ListEvents, at)


def test_a_back_off_of_before_a_long_jump_back_is_over(world):
    world.outcomes["ListEvents"].append(fails(Kind.USER, "google-no-calendar"))
    served(world)
    world.jump(-30 * DAY)
    world.run(5)
    assert world.durable.standing.state == "active"


def test_presence_is_said_again_after_a_jump_back(world):
    world.google.vacation = (True, None, None)
    served(world)
    world.jump(-2 * HOUR)
    for _ in range(60):
        world.run(MINUTE)
        assert world.webex.ooo(world.true)


def test_a_goodbye_is_said_in_time_after_a_jump_back(world):
    served(world)
    world.outcomes["StopChannel"].append(slow(300.0))
    world.tell(Deactivated())
    world.jump(-5 * HOUR)
    world.run(40)
    assert world.gone


def test_small_steps_back_cost_nothing(world):
    served(world, meeting(start=T0 + MINUTE))
    orders = len(world.orders)
    for _ in range(20):
        world.jump(-0.2)
        world.run(0.1)
    assert len(world.orders) <= orders + 2
