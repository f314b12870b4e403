"""Goodbye: everything outside is undone, in bounded time, and nothing happens afterwards."""

from dataclasses import replace

import pytest

from hybridcal_daemon.adapters.store.codec import decode_durable, encode_durable
from hybridcal_daemon.domain.calls import ListEvents, SendCard
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.leaving import PATIENCE
from hybridcal_daemon.domain.messages import Deactivated, Notified, ResyncAsked, Saved, Woke
from hybridcal_daemon.domain.state import Standing
from hybridcal_daemon.domain.values import HOUR, MINUTE
from tests.domain_decisions.facts import T0, asking, meeting
from tests.domain_decisions.models import RESOURCE
from tests.domain_decisions.world import LOST, World, fails, slow


@pytest.fixture
def world():
    """Somebody with everything outside: channel, card, presence."""
    world = World(push=True)
    world.google.put(meeting(start=T0 + MINUTE, minutes=120))
    world.google.put(asking())
    world.google.vacation = (True, None, None)
    world.start()
    world.run(30)
    assert world.google.channels
    assert world.webex.cards
    assert world.webex.ooo(world.true)
    return world


def clean(world):
    return not (world.google.alive(world.true) or world.webex.cards or world.webex.ooo(world.true))


def test_everything_outside_is_undone_first(world):
    world.tell(Deactivated())
    assert not world.gone
    assert world.reports[-1].standing.state == "leaving"
    world.until(lambda: world.gone)
    assert world.true <= T0 + 32
    assert clean(world)


def test_the_calendar_is_not_touched(world):
    writes = dict(world.google.writes)
    world.tell(Deactivated())
    world.run(HOUR)
    assert world.google.writes == writes
    assert world.google.events["a1"].has_block


def test_who_has_nothing_outside_goes_at_once():
    world = World()
    world.start()
    world.run(5)
    world.tell(Deactivated())
    assert world.gone


def test_who_was_never_served_goes_at_once():
    world = World(push=True)
    for call in ("OpenChannel", "ListEvents"):
        world.outcomes[call].append(fails(Kind.USER, "google-no-such-user"))
    world.start()
    world.run(5)
    world.tell(Deactivated())
    world.run(40)
    assert world.gone


@pytest.mark.parametrize("outcome", [fails(Kind.TRANSIENT, "webex-unavailable"), fails(Kind.REFUSED, "x"), LOST])
def test_patience_ends(world, outcome):
    world.policy = lambda _call: outcome
    at = world.true
    world.tell(Deactivated())
    world.until(lambda: world.gone)
    assert world.true <= at + PATIENCE + 1


def test_after_the_goodbye_nothing_happens(world):
    world.policy = lambda _call: LOST
    world.tell(Deactivated())
    world.until(lambda: world.gone)
    orders = len(world.orders)
    channel_id = next(iter(world.google.channels))
    late = Notified(channel_id=channel_id, resource_id=RESOURCE, first=False)
    for message in (Woke(), late, ResyncAsked(), Deactivated(), Saved(version=world.durable.version)):
        world.tell(message)  # the world refuses orders after the goodbye
    world.run(HOUR)
    assert len(world.orders) == orders
    assert world.alarm is None


def test_what_was_held_back_for_the_disk_does_not_leave_after_the_goodbye(world):
    world.save_delay = 100.0
    world.tell(Deactivated())
    world.until(lambda: world.gone)
    assert world.state.flight.held == ()
    world.run(HOUR)


def test_a_card_that_is_under_way_is_waited_for_and_taken_back(world):
    world.outcomes["SendCard"].append(slow(10.0))
    world.edit(meeting("m2", start=world.true + MINUTE))
    world.until(lambda: len(world.ordered(SendCard)) == 2)
    world.tell(Deactivated())
    world.run(20)
    assert world.gone
    assert clean(world)


def test_a_watch_that_is_under_way_is_waited_for_and_stopped():
    world = World(push=True)
    world.outcomes["OpenChannel"].append(slow(10.0))
    world.start()
    world.run(5)
    world.tell(Deactivated())
    world.run(20)
    assert world.gone
    assert clean(world)


def test_a_restart_goes_on_with_it(world):
    world.outcomes["StopChannel"].append(LOST)
    world.tell(Deactivated())
    world.run(2)
    world.restart()
    orders = len(world.ordered(ListEvents))
    world.until(lambda: world.gone)
    assert clean(world)
    assert len(world.ordered(ListEvents)) == orders


def test_a_life_that_begins_after_patience_still_undoes_everything(world):
    world.outcomes["StopChannel"].append(LOST)
    world.tell(Deactivated())
    world.run(2)
    assert not world.gone
    world.crash()
    world.run(10 * PATIENCE)
    world.start()
    world.until(lambda: world.gone)
    assert clean(world)


def test_the_store_may_know_of_it_before_the_actor(world):
    """LeaveUser was written, then the process died."""
    world.crash()
    durable = decode_durable(world.disk.durable)
    world.disk.durable = encode_durable(replace(durable, standing=Standing(state="leaving", since=world.now)))
    at = world.true
    world.start()
    world.until(lambda: world.gone)
    assert clean(world)
    assert world.ordered(ListEvents, at) == []


def test_troubles_do_not_delay_the_goodbye(world):
    world.outcomes["SetPresence"].append(fails(Kind.REFUSED, "webex-presence-refused"))
    world.run(20 * MINUTE)
    world.tell(Deactivated())
    world.run(5)
    assert world.gone
    assert clean(world)
