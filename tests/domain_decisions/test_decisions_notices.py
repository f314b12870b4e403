"""What an organiser is told about an event that gets no join details: once, whatever crashes."""

from dataclasses import replace

import pytest

from hybridcal_daemon.domain.calls import Decorate, FetchRoom, FindCard, SendNotice
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE
from tests.domain_decisions.facts import T0, asking, daily, exception
from tests.domain_decisions.world import DONE_BUT_LOST, LOST, World, fails, slow


@pytest.fixture
def world():
    return World(push=True)


def crowd(event_id="a1", people=301, **rest):
    return asking(event_id, **{"minutes": 600, "people": people, **rest})


def served(world, *facts):
    for fact in facts:
        world.google.put(fact)
    world.start()
    world.run(20)
    return world


def reasons(world):
    return [notice.reason for notice in world.webex.notices.values()]


def test_too_many_guests_for_the_personal_room_get_no_block_but_a_notice(world):
    served(world, crowd())
    assert world.ordered(Decorate) == []
    assert world.ordered(FetchRoom) == []
    (notice,) = world.webex.notices.values()
    assert (notice.reason, notice.event_id, notice.limit, notice.language) == ("too-many-for-room", "a1", 300, "de")
    world.run(DAY)
    assert len(world.ordered(SendNotice)) == 1


def test_the_limit_itself_is_not_too_many(world):
    served(world, crowd(people=300))
    assert world.ordered(SendNotice) == []
    assert world.google.writes == {"a1": 1}


def test_a_block_that_stands_stays_when_more_are_invited(world):
    served(world, crowd(people=300))
    world.edit(replace(world.google.events["a1"], people=400))
    world.run(HOUR)
    assert world.ordered(SendNotice) == []
    assert world.google.writes == {"a1": 1}


def test_once_some_guests_are_taken_off_it_gets_its_block(world):
    served(world, crowd())
    world.edit(replace(world.google.events["a1"], people=200))
    world.run(20)
    assert world.google.writes == {"a1": 1}


@pytest.mark.parametrize(
    "change", [{"writable": False}, {"asked": None}, {"foreign_webex": True}, {"conference": True}, {"cancelled": True}]
)
def test_who_has_nothing_to_expect_is_told_nothing(world, change):
    served(world, replace(crowd(), **change))
    assert world.ordered(SendNotice) == []


def test_what_is_over_is_not_talked_about(world):
    served(world, crowd(start=T0 - DAY, minutes=30))
    assert world.ordered(SendNotice) == []


def test_of_a_series_it_is_said_once(world):
    wish = {"asked": "myroom", "organiser": True, "writable": True, "join": "", "people": 400}
    own = [exception(daily(), number, T0 + (number + 0.5) * DAY, **wish) for number in (2, 3)]
    served(world, crowd("d1", recurrence=daily().recurrence), *own)
    assert len(world.webex.notices) == 1


def test_the_language_is_the_organisation_s_if_it_has_one():
    world = served(World(push=True, card_language="ja"), crowd())
    assert [notice.language for notice in world.webex.notices.values()] == ["ja"]


def test_a_language_that_cannot_be_read_is_not_waited_for(world):
    world.outcomes["ReadProfile"].extend([fails(Kind.REFUSED, "google-scope")] * 5)
    served(world, crowd())
    assert [notice.language for notice in world.webex.notices.values()] == ["en"]


@pytest.mark.parametrize("outcome", [DONE_BUT_LOST, fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=True)])
def test_one_in_doubt_that_arrived_is_not_sent_again(world, outcome):
    world.outcomes["SendNotice"].append(outcome)
    served(world, crowd())
    world.run(HOUR)
    assert len(world.ordered(SendNotice)) == 1
    assert len(world.ordered(FindCard)) == 1
    assert world.durable.notices[0].state == "sent"


@pytest.mark.parametrize("outcome", [LOST, fails(Kind.TRANSIENT, "deadline", in_doubt=True)])
def test_one_in_doubt_that_never_arrived_is_sent_again(world, outcome):
    world.outcomes["SendNotice"].append(outcome)
    served(world, crowd())
    world.run(HOUR)
    assert len(world.ordered(SendNotice)) == 2
    assert reasons(world) == ["too-many-for-room"]


def test_a_look_up_that_fails_is_repeated_before_anything_is_sent(world):
    world.outcomes["SendNotice"].append(fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=True))
    world.outcomes["FindCard"].extend([fails(Kind.TRANSIENT, "webex-unavailable")] * 2)
    served(world, crowd())
    world.run(HOUR)
    assert len(world.ordered(SendNotice)) == 1
    assert len(world.ordered(FindCard)) == 3


def test_what_surely_had_no_effect_is_simply_repeated(world):
    world.outcomes["SendNotice"].append(fails(Kind.TRANSIENT, "unreachable"))
    served(world, crowd())
    world.run(HOUR)
    assert len(world.ordered(SendNotice)) == 2
    assert world.ordered(FindCard) == []


def test_a_refusal_is_final(world):
    world.outcomes["SendNotice"].append(fails(Kind.REFUSED, "webex-refused"))
    served(world, crowd())
    world.run(6 * HOUR)
    assert len(world.ordered(SendNotice)) == 1
    assert world.durable.notices[0].state == "failed"


@pytest.mark.parametrize("lost", [True, False])
def test_a_crash_while_it_is_sent_sends_it_once(world, lost):
    world.outcomes["SendNotice"].append(LOST if lost else DONE_BUT_LOST)
    world.google.put(crowd())
    world.start()
    world.until(lambda: world.ordered(SendNotice))
    world.run(1)
    world.restart()
    world.run(HOUR)
    assert reasons(world) == ["too-many-for-room"]


def test_it_is_on_disk_before_it_leaves(world):
    world.save_delay = 10.0
    world.google.put(crowd())
    world.start()
    world.run(5 * MINUTE)  # the world looks at every order
    assert len(world.webex.notices) == 1


def test_what_is_gone_and_comes_back_is_not_talked_about_twice(world):
    served(world, crowd())
    world.remove("a1")
    world.run(HOUR)
    world.google.put(crowd(start=T0 + DAY))
    world.run(2 * HOUR)
    assert len(world.ordered(SendNotice)) == 1


def test_it_is_forgotten_a_week_after_the_event_is_over_or_gone(world):
    served(world, crowd(minutes=60), crowd("a2", minutes=600))
    world.remove("a2")
    world.run(6 * DAY)
    assert len(world.durable.notices) == 2
    world.run(2 * DAY)
    assert world.durable.notices == ()


def test_a_clock_that_is_set_back_keeps_nobody_waiting(world):
    world.outcomes["SendNotice"].append(slow(0.1))
    world.outcomes["SendNotice"][0] = LOST
    served(world, crowd())
    world.jump(-3 * HOUR)
    world.run(HOUR)
    assert len(world.webex.notices) == 1
