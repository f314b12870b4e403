"""decide() is a function: equal questions have equal answers, and what it was given stays as it was."""

from copy import deepcopy
from dataclasses import replace

import pytest

from hybridcal_daemon.domain.effects import Save, WakeAt
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import CallFailed, Deactivated, EventsListed, Notified, Saved, Woke
from hybridcal_daemon.domain.user import blank, decide
from hybridcal_daemon.domain.values import Instant
from tests.domain_decisions.facts import T0, USER, asking, daily, meeting
from tests.domain_decisions.world import LOST, World


class Twice:
    """Asks every question twice and remembers it with its answer."""

    def __init__(self):
        self.seen = []

    def __call__(self, state, message, now):
        before = deepcopy(state)
        first = decide(state, message, now)
        kept = deepcopy(first)
        assert decide(before, message, now) == first
        assert state == before
        assert first == kept
        self.seen.append((before, message, now, first))
        return first


@pytest.fixture
def asked():
    return Twice()


def test_equal_questions_have_equal_answers_and_nothing_given_changes(asked):
    world = World(push=True, decide=asked)
    world.google.put(daily())
    world.google.vacation = (True, None, None)
    world.start()
    for number in range(6):
        world.edit(meeting(f"m{number}", T0 + number * 600))
        world.edit(asking(f"a{number}", T0 + number * 900))
        world.run(400)
    world.restart()
    world.run(3600)
    world.tell(Deactivated())
    world.run(60)
    assert world.gone
    assert len(asked.seen) > 150
    assert len({type(message) for _, message, _, _ in asked.seen}) >= 12


def test_a_save_comes_first_and_once_and_an_alarm_at_most_once(asked):
    world = World(push=True, decide=asked)
    world.google.put(meeting())
    world.start()
    world.run(4000)
    for _, _, _, (_, effects) in asked.seen:
        saves = [place for place, effect in enumerate(effects) if isinstance(effect, Save)]
        assert saves in ([], [0])
        assert sum(isinstance(effect, WakeAt) for effect in effects) <= 1


def test_versions_count_up_by_one_and_only_with_a_save(asked):
    world = World(push=True, decide=asked)
    world.google.put(asking())
    world.start()
    world.run(4000)
    for before, _, _, (after, effects) in asked.seen[1:]:
        saved = any(isinstance(effect, Save) for effect in effects)
        assert after.durable.version == before.durable.version + saved


def test_before_the_start_nothing_is_decided():
    state = blank(USER)
    messages = (
        Woke(),
        Saved(version=1),
        Deactivated(),
        Notified(channel_id="c", resource_id="r", first=True),
        CallFailed(request_id=1, user=USER, kind=Kind.USER, code="google-no-calendar"),
    )
    for message in messages:
        assert decide(state, message, T0) == (state, ())


def test_an_answer_of_an_earlier_life_teaches_nothing():
    world = World()
    world.google.put(meeting())
    world.outcomes["ListEvents"].append(LOST)
    world.start()
    (call,) = [call for _, call in world.orders]
    late = EventsListed(
        request_id=call.request_id, user=USER, events=(), removed=(), quarantined=(), next_page=None, next_token="9"
    )
    world.restart()
    durable = replace(world.durable)
    world.tell(late)
    assert world.durable == durable
    assert world.durable.sync_token is None


def test_the_same_message_again_orders_nothing_again():
    world = World(push=True)
    world.google.put(asking())
    world.start()
    world.run(30)
    orders = len(world.orders)
    state, effects = decide(world.state, Woke(), world.now)
    _, again = decide(state, Woke(), Instant(world.now))
    assert not [effect for effect in (*effects, *again) if not isinstance(effect, WakeAt)]
    assert len(world.orders) == orders
