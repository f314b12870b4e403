"""Join cards when Webex refuses, is slow, or nobody knows: none lost, none twice."""

import pytest

from hybridcal_daemon.domain.calls import DeleteCard, FindCard, SendCard
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import ResyncAsked, SettingsChanged
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE
from tests.domain_decisions.facts import T0, daily, meeting
from tests.domain_decisions.world import DONE_BUT_LOST, LOST, World, fails, slow

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


def test_throttling_is_waited_out(world):
    world.outcomes["SendCard"].append(fails(Kind.THROTTLED, "webex-rate-limited", 40.0))
    served(world, meeting())
    at(world, DUE + 39)
    assert world.webex.cards == {}
    at(world, DUE + 60)
    assert len(world.webex.cards) == 1
    assert len(world.ordered(SendCard)) == 2
    assert world.ordered(FindCard) == []


def test_a_request_that_expired_in_its_queue_is_made_again(world):
    world.outcomes["SendCard"].append(slow(0.1)._replace(wait=790.0))
    served(world, meeting())
    at(world, START + 29 * MINUTE)
    assert len(world.webex.cards) == 1
    assert len(world.webex.posts) == 1


@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.INVALID, Kind.NOT_FOUND])
def test_a_final_refusal_is_final(world, kind):
    world.outcomes["SendCard"].append(fails(kind, "webex-refused"))
    served(world, meeting())
    world.run(3 * HOUR)
    assert len(world.ordered(SendCard)) == 1
    assert states(world) == ["failed"]
    world.run(2 * DAY)
    assert world.durable.cards == ()


def test_a_refused_card_gets_another_chance_when_its_moment_comes_again(world):
    world.outcomes["SendCard"].append(fails(Kind.REFUSED, "nothing-to-join"))
    served(world, meeting())
    at(world, DUE + 5)
    world.edit(meeting(response="declined"))
    world.run(5)
    world.edit(meeting())
    world.run(5)
    assert [key[-2:] for key in world.webex.cards.values()] == ["-1"]


def test_the_trouble_of_the_installation_is_reported_and_clears(world):
    world.outcomes["SendCard"].append(fails(Kind.CONFIG, "webex-token"))
    served(world, meeting())
    at(world, DUE + 5)
    assert world.reports[-1].code == "webex-token"
    world.tell(SettingsChanged(settings=world.settings))
    world.run(31)
    assert len(world.webex.cards) == 1
    assert world.reports[-1].code == ""


@pytest.mark.parametrize("arrived", [True, False])
def test_a_card_in_doubt_is_looked_for_before_it_is_sent_again(world, arrived):
    world.outcomes["SendCard"].append(fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=arrived))
    served(world, meeting())
    at(world, DUE + 44)
    assert world.ordered(FindCard) == []
    at(world, DUE + 50)
    assert len(world.ordered(FindCard)) == 1
    assert len(world.ordered(SendCard)) == (1 if arrived else 2)
    assert len(world.webex.cards) == 1


def test_doubt_counts_from_the_failure_not_from_the_order(world):
    late = fails(Kind.TRANSIENT, "deadline", in_doubt=True)._replace(wait=600.0, took=30.0)
    world.outcomes["SendCard"].append(late)
    served(world, meeting(minutes=60))
    at(world, DUE + 630 + 40)
    assert world.ordered(FindCard) == []
    at(world, DUE + 630 + 50)
    assert len(world.ordered(FindCard)) == 1


@pytest.mark.parametrize("outcome", [LOST, DONE_BUT_LOST])
def test_a_lost_answer_is_given_up_and_looked_for(world, outcome):
    world.outcomes["SendCard"].append(outcome)
    served(world, meeting(minutes=60))
    at(world, START + 20 * MINUTE)
    assert len(world.webex.cards) == 1
    assert sum(world.webex.posts.values()) == 1


@pytest.mark.parametrize("left", [True, False])
def test_a_crash_after_the_order(world, left):
    served(world, meeting())
    world.outcomes["SendCard"].append(slow(20.0)._replace(wait=0.0 if left else 30.0))
    at(world, DUE + 10)
    world.restart()
    at(world, DUE + 10 + 46)
    assert len(world.ordered(FindCard)) == 1
    assert len(world.webex.cards) == 1
    assert sum(world.webex.posts.values()) == 1


def test_a_crash_while_an_old_order_is_on_the_wire(world):
    """It had waited in the queue for longer than any doubt when the actor died; the request itself goes on."""
    world.outcomes["SendCard"].append(slow(20.0)._replace(wait=100.0))
    served(world, meeting())
    at(world, DUE + 101)
    world.restart()
    at(world, DUE + 200)
    assert sum(world.webex.posts.values()) == 1
    assert states(world) == ["sent"]


def test_a_crash_before_the_save(world):
    served(world, meeting())
    world.save_delay = 10.0
    at(world, DUE + 5)
    world.save_delay = 0.0
    world.restart()
    world.run(5)
    assert len(world.webex.cards) == 1
    assert world.ordered(FindCard) == []


def test_a_look_up_that_fails_is_made_again(world):
    world.outcomes["SendCard"].append(fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=True))
    world.outcomes["FindCard"].extend([fails(Kind.TRANSIENT, "webex-unavailable")] * 3)
    served(world, meeting())
    at(world, DUE + 5 * MINUTE)
    assert states(world) == ["sent"]
    assert sum(world.webex.posts.values()) == 1


def test_a_card_in_doubt_whose_meeting_is_cancelled_is_found_and_taken_back(world):
    world.outcomes["SendCard"].append(fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=True))
    served(world, meeting())
    at(world, DUE + 5)
    world.remove("m1")
    at(world, DUE + 60)
    assert world.webex.cards == {}
    assert states(world) == ["taken-back"]


def test_a_card_that_cannot_be_deleted_is_left(world):
    world.outcomes["DeleteCard"].append(fails(Kind.REFUSED, "webex-refused"))
    served(world, meeting())
    world.run(3 * HOUR)
    assert len(world.ordered(DeleteCard)) == 1
    assert states(world) == ["over"]


@pytest.mark.parametrize("deleted", [True, False])
def test_a_deletion_in_doubt_never_counts_as_a_card_that_is_out(world, deleted):
    """The meeting moves away, the deletion is in doubt, the meeting moves back: somebody must see a card."""
    world.outcomes["DeleteCard"].append(fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=deleted))
    served(world, meeting(minutes=120))
    at(world, DUE + 5)
    world.edit(meeting(start=START + 5 * HOUR))
    world.until(lambda: world.ordered(DeleteCard))
    world.edit(meeting(minutes=120))
    world.run(MINUTE)
    assert len(world.webex.cards) == 1


@pytest.mark.parametrize("deleted", [True, False])
def test_a_crash_while_a_card_is_taken_back(world, deleted):
    served(world, meeting(minutes=120))
    at(world, DUE + 5)
    world.outcomes["DeleteCard"].append(DONE_BUT_LOST if deleted else LOST)
    world.edit(meeting(start=START + 5 * HOUR))
    world.until(lambda: world.ordered(DeleteCard))
    world.run(1)
    world.crash()
    world.google.put(meeting(minutes=120))
    world.start()
    world.run(MINUTE)
    assert len(world.webex.cards) == 1


def test_a_lost_person_and_years_of_meetings_do_not_pile_up(world):
    world.policy = lambda call: (
        fails(Kind.TRANSIENT, "webex-unavailable", in_doubt=True)
        if isinstance(call, SendCard | FindCard)
        else slow(0.1)
    )
    served(world, daily(days=20))
    world.run(8 * DAY)
    assert 1 <= len(world.durable.cards) <= 3


def test_a_full_resync_takes_no_card_away(world):
    served(world, meeting())
    at(world, DUE + 5)
    world.google.void_before = 99
    world.google.number = 100
    world.outcomes["ListEvents"].extend([slow(0.1), slow(20.0)])
    world.tell(ResyncAsked())
    world.run(MINUTE)
    assert world.ordered(DeleteCard) == []
    assert len(world.ordered(SendCard)) == 1
