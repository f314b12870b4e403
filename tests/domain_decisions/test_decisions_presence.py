"""Out of office in Webex: as long as the responder says so, renewed in time, and only ours is cleared."""

from dataclasses import replace

import pytest

from hybridcal_daemon.domain.calls import FetchRoom, ReadVacation, SetPresence
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import Deactivated, ResyncAsked, SettingsChanged
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE, Instant
from tests.domain_decisions.facts import T0, asking
from tests.domain_decisions.world import DONE_BUT_LOST, LOST, World, fails, slow

ALWAYS = (True, None, None)


@pytest.fixture
def world():
    return World()


def served(world, vacation=(False, None, None)):
    world.google.vacation = vacation
    world.start()
    world.run(10)
    return world


def stands(world, until, step=10.0):
    """Every ``step`` seconds until then: is the person out of office?"""
    seen = []
    while world.true < until:
        world.run(step)
        seen.append(world.webex.ooo(world.true))
    return seen


def test_nobody_who_is_there_is_marked(world):
    served(world)
    world.run(DAY)
    assert world.webex.said == []
    assert world.ordered(FetchRoom) == []
    reads = world.ordered(ReadVacation)
    assert 75 <= len(reads) <= 130


def test_while_the_responder_is_on_the_presence_never_lapses(world):
    served(world, ALWAYS)
    assert all(stands(world, T0 + 6 * HOUR))
    assert len(world.webex.said) <= 6 * 4 + 2
    assert all(ttl <= 1800 for _, _, ttl in world.webex.said)


def test_it_is_cleared_when_the_responder_goes_off(world):
    served(world, ALWAYS)
    world.google.vacation = (False, None, None)
    world.run(0.4 * HOUR)
    assert not world.webex.ooo(world.true)
    assert [status for _, status, _ in world.webex.said][-1] == ""
    world.run(DAY)
    assert [status for _, status, _ in world.webex.said].count("") == 1


def test_the_responders_bounds_are_kept_to_the_second(world):
    start, end = Instant(T0 + 2 * HOUR + 7), Instant(T0 + 5 * HOUR + 13.25)
    served(world, (True, start, end))
    assert not any(stands(world, start - 1, 1.0)[:-1])
    world.run(start + 0.5 - world.true)
    assert world.webex.ooo(world.true)
    world.run(end - 1 - world.true)
    assert world.webex.ooo(world.true)
    world.run(2)
    assert not world.webex.ooo(world.true)
    world.run(DAY)
    assert not world.webex.ooo(world.true)


def test_shortly_before_the_end_it_is_not_renewed_again_and_again(world):
    served(world, (True, None, Instant(T0 + 3 * HOUR)))
    world.run(3 * HOUR)
    assert len(world.webex.said) <= 15


def test_what_somebody_else_set_is_not_cleared(world):
    served(world)
    world.webex.ooo_until = T0 + DAY
    world.run(5 * HOUR)
    assert world.webex.ooo(world.true)
    assert world.webex.said == []


def test_what_was_surely_not_set_is_not_cleared_later(world):
    world.outcomes["SetPresence"].extend([fails(Kind.TRANSIENT, "webex-unavailable")] * 30)
    served(world, ALWAYS)
    world.webex.ooo_until = T0 + DAY  # the person did it
    world.run(10 * MINUTE)
    world.google.vacation = (False, None, None)
    world.until(lambda: not world.durable.vacation.enabled)
    world.outcomes["SetPresence"].clear()
    world.run(2 * HOUR)
    assert world.webex.said == []
    assert world.webex.ooo(world.true)


@pytest.mark.parametrize("crash", [True, False])
def test_what_may_have_been_set_is_cleared(world, crash):
    """One answer in doubt, then refusals that surely had no effect: the first may stand all the same."""
    doubt = DONE_BUT_LOST if crash else fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=True)
    world.outcomes["SetPresence"].extend([doubt, *[fails(Kind.TRANSIENT, "webex-unavailable")] * 20])
    served(world, ALWAYS)
    if crash:
        world.restart()
    world.run(MINUTE)
    world.google.vacation = (False, None, None)
    world.until(lambda: not world.durable.vacation.enabled)
    world.outcomes["SetPresence"].clear()
    world.run(10 * MINUTE)
    assert [status for _, status, _ in world.webex.said] == ["ooo", ""]
    assert not world.webex.ooo(world.true)


def test_a_refusal_rests_for_a_day(world):
    world.outcomes["SetPresence"].extend([fails(Kind.REFUSED, "webex-presence-refused")] * 2)
    served(world, ALWAYS)
    assert world.reports[-1].code == "webex-presence-refused"
    world.run(0.9 * DAY)
    assert len(world.ordered(SetPresence)) == 1
    world.run(2 * DAY)
    assert world.webex.ooo(world.true)
    assert world.reports[-1].code == ""


def test_the_trouble_goes_with_the_feature(world):
    world.outcomes["SetPresence"].append(fails(Kind.REFUSED, "webex-presence-refused"))
    served(world, ALWAYS)
    world.tell(SettingsChanged(settings=replace(world.settings, presence=False)))
    assert world.reports[-1].code == ""


def test_without_mailbox_the_calendar_goes_on(world):
    world.outcomes["ReadVacation"].extend([fails(Kind.USER, "google-no-mailbox")] * 50)
    served(world)
    world.run(3 * DAY)
    assert len(world.ordered(ReadVacation)) <= 7
    assert world.durable.standing.state == "active"
    assert (world.reports[-1].code, world.reports[-1].about) == ("google-no-mailbox", ("vacation",))


def test_switched_off_it_is_cleared_and_not_read(world):
    served(world, ALWAYS)
    world.tell(SettingsChanged(settings=replace(world.settings, presence=False)))
    world.run(5)
    assert not world.webex.ooo(world.true)
    at = world.true
    world.run(DAY)
    assert world.ordered(ReadVacation, at) == []
    assert not world.webex.ooo(world.true)


def test_after_a_crash_it_is_said_again_and_cleared_in_time(world):
    served(world, ALWAYS)
    world.crash()
    world.webex.ooo_until = 0.0
    world.run(MINUTE)
    world.start()
    world.run(10)
    assert world.webex.ooo(world.true)
    world.crash()
    world.google.vacation = (False, None, None)
    world.run(20 * MINUTE)
    world.start()
    world.run(20 * MINUTE)
    assert not world.webex.ooo(world.true)


@pytest.mark.parametrize("outcome", [LOST, DONE_BUT_LOST])
def test_a_lost_answer_is_given_up(world, outcome):
    world.outcomes["SetPresence"].append(outcome)
    served(world, ALWAYS)
    world.run(16 * MINUTE)
    assert world.webex.ooo(world.true)
    world.google.vacation = (False, None, None)
    world.run(HOUR)
    assert not world.webex.ooo(world.true)


def test_an_answer_of_gmail_is_not_believed_for_ever(world):
    served(world, ALWAYS)
    world.outcomes["ReadVacation"].extend([fails(Kind.CONFIG, "google-scope")] * 1000)
    world.run(0.9 * DAY)
    assert world.webex.ooo(world.true)
    world.run(0.2 * DAY)
    assert not world.webex.ooo(world.true)


def test_the_person_is_looked_up_when_needed_and_again_when_webex_does_not_know_them(world):
    served(world, ALWAYS)
    assert len(world.ordered(FetchRoom)) == 1
    world.outcomes["SetPresence"].append(fails(Kind.NOT_FOUND, "webex-not-found"))
    world.webex.person_id = "another person"
    world.run(3 * HOUR)
    assert len(world.ordered(FetchRoom)) == 2
    assert world.ordered(SetPresence)[-1].person_id == "another person"
    assert world.webex.ooo(world.true)


def test_a_person_without_a_room_has_a_presence_all_the_same(world):
    world.webex.room = None
    served(world, ALWAYS)
    assert world.webex.ooo(world.true)


def test_another_person_at_webex_is_not_cleared_for_the_former():
    world = World(room_ttl=MINUTE)
    served(world, ALWAYS)
    world.run(2 * MINUTE)
    world.outcomes["SetPresence"].append(fails(Kind.TRANSIENT, "webex-unavailable"))
    world.outcomes["ListEvents"].append(slow(0.1))
    world.tell(SettingsChanged(settings=replace(world.settings, presence=False)))
    world.webex.person_id = "another person"
    world.google.put(asking())
    world.tell(ResyncAsked())
    world.until(lambda: world.durable.person_id == "another person")
    world.run(HOUR)
    assert {call.person_id for call in world.ordered(SetPresence)} == {"person"}


def test_it_is_cleared_for_who_leaves(world):
    served(world, ALWAYS)
    world.tell(Deactivated())
    world.run(5)
    assert world.gone
    assert not world.webex.ooo(world.true)
