"""Errands and the end of the process: between each two steps, as often as it likes."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import ErrandAsked
from hybridcal_daemon.domain.values import HOUR, MINUTE, Sealed
from tests.domain_decisions.errand_asking import SAFE
from tests.domain_decisions.world import World, fails, slow

STEP = 0.25
SAVING, SENDING, BACK = 1.0, 2.0, 1.0
"""Seconds until the disk has it, until Google acts, until the answer is here; then once more the disk."""
STEPS = int((SAVING + SENDING + BACK + SAVING + 1) / STEP)


def ask(world, kind, key="k1"):
    event_id = "" if kind == "quick-add" else "e1"
    world.tell(ErrandAsked(key=key, kind=kind, ask=Sealed(b"ask"), event_id=event_id, digest="d", by="uid:1"))


def slow_world():
    world = World()
    world.save_delay = SAVING
    world.policy = lambda _call: slow(SENDING)._replace(back=BACK)
    world.start()
    world.run(60)
    return world


@pytest.mark.parametrize("kind", SAFE)
@pytest.mark.parametrize("step", range(STEPS))
def test_a_crash_anywhere_leaves_it_done_once_or_never_begun(kind, step):
    world = slow_world()
    ask(world, kind)
    world.run(step * STEP)
    world.restart()
    world.run(MINUTE)
    known = {errand.key: errand.state for errand in world.durable.errands}
    assert known in ({}, {"k1": "done"})
    assert (known == {}) == (step * STEP < SAVING)
    assert world.google.effects["k1"] == len(known)
    ask(world, kind)  # whoever asked asks again
    world.run(MINUTE)
    assert world.google.effects == {"k1": 1}
    assert world.replies[-1][1].answer == Sealed(b"answer k1")


@pytest.mark.parametrize("step", range(STEPS))
def test_a_quick_add_is_done_once_or_said_to_be_in_doubt(step):
    world = slow_world()
    ask(world, "quick-add")
    world.run(step * STEP)
    world.restart()
    world.run(MINUTE)
    ask(world, "quick-add")
    world.run(MINUTE)
    (errand,) = world.durable.errands
    assert world.google.effects["k1"] <= 1
    if errand.state == "done":
        assert world.google.effects["k1"] == 1
    else:
        assert (errand.state, errand.code) == ("failed", "errand-in-doubt")
    last = world.replies[-1][1]
    assert (last.code, last.answer) == (errand.code, errand.answer)


@pytest.mark.parametrize("kind", SAFE)
def test_what_was_told_as_done_is_done_after_any_crash(kind):
    world = slow_world()
    ask(world, kind)
    world.until(lambda: world.replies)
    world.restart()
    world.run(1)
    assert [errand.state for errand in world.durable.errands] == ["done"]


def test_what_was_interrupted_long_ago_is_not_done_any_more():
    world = slow_world()
    ask(world, "insert")
    world.run(SAVING + 0.5)
    world.crash()
    world.run(2 * HOUR)
    world.start()
    world.run(MINUTE)
    assert [(errand.state, errand.code) for errand in world.durable.errands] == [("failed", "errand-in-doubt")]
    assert world.google.effects["k1"] <= 1


_OUTCOMES = st.sampled_from(
    [
        slow(0.5),
        slow(40.0),
        fails(Kind.TRANSIENT, "google-unavailable"),
        fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=True),
        fails(Kind.TRANSIENT, "deadline", in_doubt=True),
        fails(Kind.THROTTLED, "google-rate-limited", 5.0),
        fails(Kind.CONFLICT, "google-conflict"),
        fails(Kind.REFUSED, "google-refused"),
    ]
)
_ASK = st.tuples(st.just("ask"), st.sampled_from([*SAFE, "quick-add"]), st.integers(0, 3))
_OTHER = st.tuples(st.sampled_from(["restart", "run", "jump back", "asleep"]), st.just(""), st.integers(0, 3))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(outcomes=st.lists(_OUTCOMES, max_size=12), acts=st.lists(st.one_of(_ASK, _OTHER), max_size=14))
def test_random_histories_never_do_anything_twice_nor_leave_anybody_without_an_outcome(outcomes, acts):
    world = World()
    world.save_delay = 0.3
    world.outcomes["RunErrand"].extend(outcomes)
    world.start()
    world.run(5)
    for act, kind, number in acts:
        _act(world, act, kind, number)
    world.run(40 * MINUTE)
    assert all(count <= 1 for count in world.google.effects.values())
    for errand in world.durable.errands:
        assert errand.state in {"done", "failed"}
        assert (errand.state == "done") == (errand.answer is not None)
        assert errand.state == "failed" or world.google.effects[errand.key] == 1
    told = [reply for _, reply in world.replies]
    assert {errand.key for errand in world.durable.errands} <= {reply.key for reply in told}
    for key in {reply.key for reply in told if reply.ended}:
        assert (
            len({(reply.code, reply.answer) for reply in told if reply.key == key and reply.code != "key-reused"}) == 1
        )


def _act(world, act, kind, number):
    match act:
        case "ask":
            ask(world, kind, f"{kind}-{number}")
            world.run(0.2)
        case "restart":
            world.restart()
            world.run(0.1 + number)
        case "run":
            world.run(10.0**number)
        case "jump back":
            world.jump(-(10.0 ** (number + 2)))
            world.run(1)
        case "asleep":
            world.crash()
            world.run(10.0 ** (number + 1))
            world.start()
            world.run(1)
