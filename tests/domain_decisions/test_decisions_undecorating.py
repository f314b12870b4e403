"""Blocks that are taken out again, written anew, or changed for another way to join."""

from dataclasses import replace

import pytest

from hybridcal_daemon.adapters.store.codec import decode_durable, encode_durable
from hybridcal_daemon.domain.calls import Decorate, FetchRoom, Priority, Undecorate
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import Deactivated, RedecorateAsked, SettingsChanged
from hybridcal_daemon.domain.state import Meeting, Standing
from hybridcal_daemon.domain.user import decide
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE, Sealed
from tests.domain_decisions.facts import T0, asking, daily, exception, meeting
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


def decorated(event_id="a1", start=T0 + 3600, **rest):
    """An event with our block, as it is after the keyword went."""
    block = {"has_block": True, "joinable": True, "join": "room", "asked": None}
    return asking(event_id, start, **{**block, **rest})


def forget_keyword(world, event_id="a1"):
    world.edit(replace(world.google.events[event_id], asked=None))


# ---- the keyword goes


def test_the_block_goes_with_the_keyword(world):
    served(world, asking(minutes=600))
    forget_keyword(world)
    world.run(20)
    assert len(world.ordered(Undecorate)) == 1
    assert not world.google.events["a1"].has_block
    assert not world.disk.rows["a1"].has_block
    assert world.notes["event.undecorated"] == 1
    world.run(DAY)
    assert len(world.ordered(Undecorate)) == 1  # our own echo, polls and full lists cause none
    assert world.durable.settled == ()


def test_it_comes_back_with_the_keyword(world):
    served(world, asking(minutes=600))
    forget_keyword(world)
    world.run(20)
    world.edit(replace(world.google.events["a1"], asked="myroom"))
    world.run(20)
    assert world.google.events["a1"].has_block
    assert world.google.writes == {"a1": 3}


@pytest.mark.parametrize(
    "change",
    [
        {"unmarked": True},
        {"writable": False},
        {"cancelled": True},
        {"derived": True},
        {"kind": "focus-time"},
        {"asked": "myroom"},
        {"asked": "space"},
        {"start": asking(start=T0 - DAY).start, "end": asking(start=T0 - DAY).end},
    ],
)
def test_what_is_not_ours_or_still_asked_for_or_over_stays(world, change):
    served(world, replace(decorated(), **change))
    world.run(2 * HOUR)
    assert world.ordered(Undecorate) == []


def test_a_block_that_the_worker_leaves_alone_is_looked_at_once(world):
    world.google.put(decorated(minutes=600))
    world.outcomes["Undecorate"].extend([fails(Kind.REFUSED, "google-read-only")])
    world.start()
    for response in ("accepted", "tentative"):
        world.run(HOUR)
        world.edit(replace(world.google.events["a1"], response=response))
    world.run(HOUR)
    assert len(world.ordered(Undecorate)) == 1


def test_one_instance_whose_keyword_went_is_stripped_alone(world):
    series = asking("d1", recurrence=daily().recurrence, has_block=True, joinable=True, join="room")
    own = exception(daily(), 2, T0 + 3 * DAY, organiser=True, writable=True, has_block=True, join="room")
    served(world, series, own)
    assert [call.event_id for call in world.ordered(Undecorate)] == [own.event_id]
    assert world.google.events["d1"].has_block


def test_exceptions_wait_until_their_series_is_stripped_and_listed(world):
    block = {"organiser": True, "writable": True, "has_block": True, "join": "room"}
    series = decorated("d1", recurrence=daily().recurrence)
    own = exception(daily(), 2, T0 + 3 * DAY, **block)
    world.policy = lambda call: slow(2.0) if isinstance(call, Undecorate) else slow(0.1)
    served(world, series, own)
    assert [call.event_id for call in world.ordered(Undecorate)] == ["d1", own.event_id]
    first, second = (at for at, call in world.orders if isinstance(call, Undecorate))
    assert second >= first + 2.0
    assert not any(fact.has_block for fact in world.google.events.values())


def test_a_program_that_puts_the_block_back_ends_at_the_budget(world):
    served(world, asking(minutes=600))
    forget_keyword(world)

    def again():
        fact = world.google.events["a1"]
        if not fact.has_block:
            world.edit(replace(fact, has_block=True, joinable=True, join_digest="room"))

    for minute in range(1, 55):
        world.later(minute * MINUTE, again)
    world.run(HOUR - MINUTE)
    assert world.google.writes["a1"] == 5
    assert world.reports[-1].code == "write-budget"
    assert world.notes["event.write-war"] == 1


def test_a_lost_answer_strips_once(world):
    world.google.put(decorated(minutes=600))
    world.outcomes["Undecorate"].append(fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=True))
    world.start()
    world.run(HOUR)
    assert world.google.writes == {"a1": 1}
    assert not world.disk.rows["a1"].has_block


def test_it_needs_neither_room_nor_language(world):
    world.webex.room = None
    served(world, decorated())
    assert len(world.ordered(Undecorate)) == 1
    assert world.ordered(FetchRoom) == []


# ---- another way to join


def with_meeting(world, *, meeting_id="mid-1", kind="onetime", event_id="a1", join=b"join-1"):
    """The store knows of a meeting that stands, as asked for now."""
    durable = decode_durable(world.disk.durable)
    held = Meeting(
        event_id=event_id,
        kind=kind,
        tag="tag1",
        state="made",
        since=T0,
        meeting_id=meeting_id,
        join=None if join is None else Sealed(join),
        lasts=T0 + DAY,
    )
    world.disk.durable = encode_durable(replace(durable, meetings=(held,)))


def decorations(fact, **meeting):
    """The first decision after a start with one event and its meeting."""
    world = World(push=False)
    world.disk.rows[fact.event_id] = fact
    durable = decode_durable(world.disk.durable)
    room = {"room": Sealed(b"room"), "room_at": T0, "sync_token": "1", "synced_at": T0, "full_at": T0}
    profile = replace(durable.profile, read_at=T0)
    standing = Standing(state="active", since=T0)
    world.disk.durable = encode_durable(replace(durable, standing=standing, profile=profile, **room))
    if meeting:
        with_meeting(world, **meeting)
    world.start()
    return world.ordered(Decorate)


def test_nothing_is_written_until_there_is_a_meeting():
    assert decorations(asking(asked="onetime"), join=None) == []


def test_the_block_says_how_to_join_the_event_s_own_meeting():
    (call,) = decorations(asking(asked="onetime"), meeting_id="mid-1")
    assert (call.room, call.place, call.action) == (Sealed(b"join-1"), "meeting/tag1", "onetime")
    assert call.way.startswith("onetime-")


def test_a_block_of_the_personal_room_is_replaced_by_that_of_the_meeting():
    standing = asking(asked="onetime", has_block=True, joinable=True, join="room")
    (call,) = decorations(standing, meeting_id="mid-1")
    assert call.action == "onetime"
    assert decorations(replace(standing, block_for=call.way), meeting_id="mid-1") == []
    assert len(decorations(replace(standing, block_for=call.way), meeting_id="mid-2")) == 1  # made anew


def test_a_block_of_a_meeting_is_replaced_by_that_of_the_personal_room():
    (call,) = decorations(asking(has_block=True, joinable=True, join="x", block_for="onetime-0123456789ab"))
    assert (call.room, call.place, call.action, call.way) == (Sealed(b"room"), "room", "myroom", "")


def test_a_block_that_may_be_somebody_else_s_is_looked_at_once_for_each_meeting():
    fact = asking(asked="onetime", has_block=True, unmarked=True, joinable=True, join="x")
    assert len(decorations(fact, meeting_id="mid-1")) == 1


# ---- an admin asks for it


def ask(world, *, dry=False, key="k1"):
    world.tell(RedecorateAsked(key=key, dry=dry))


def test_a_dry_run_counts_and_writes_nothing(world):
    served(world, asking(), asking("a2"), meeting("m1"), asking("old", start=T0 - DAY, has_block=True))
    writes, orders = dict(world.google.writes), len(world.orders)
    ask(world, dry=True)
    assert (world.redecorated[-1].blocks, world.redecorated[-1].redone) == (2, 2)
    world.run(MINUTE)
    assert dict(world.google.writes) == writes
    assert len(world.orders) == orders
    assert world.durable.redo == ()


def test_blocks_are_written_anew_once_when_an_admin_asks(world):
    served(world, asking(minutes=600), asking("a2", minutes=600))
    before = len(world.ordered(Decorate))
    ask(world)
    world.run(MINUTE)
    again = world.ordered(Decorate)[before:]
    assert sorted(call.event_id for call in again) == ["a1", "a2"]
    assert all(call.redo for call in again)
    assert world.durable.redo == ()
    world.run(DAY)
    assert len(world.ordered(Decorate)) == before + 2


def test_they_stand_behind_everything_live():
    world = World(push=False)
    served(world, asking(minutes=600))
    _, effects = decide(world.state, RedecorateAsked(key="k1", dry=False), world.now)
    (order,) = (effect for effect in effects if isinstance(getattr(effect, "call", None), Decorate))
    assert order.priority is Priority.BULK


def test_a_changed_setting_alone_rewrites_nothing(world):
    served(world, asking(minutes=600))
    world.settings = replace(world.settings, block_language="ja")
    world.tell(SettingsChanged(settings=world.settings))
    world.run(HOUR)
    assert len(world.ordered(Decorate)) == 1
    ask(world)
    world.run(MINUTE)
    assert world.ordered(Decorate)[-1].language == "ja"


def test_what_was_to_be_written_anew_survives_a_restart(world):
    served(world, asking(minutes=600))
    world.outcomes["Decorate"].append(LOST)
    ask(world)
    world.run(1)
    world.restart()
    world.run(MINUTE)
    assert [call.redo for call in world.ordered(Decorate)] == [False, True, True]
    assert world.durable.redo == ()


def test_one_that_cannot_be_written_is_not_tried_for_ever(world):
    served(world, asking(minutes=600))
    world.outcomes["Decorate"].append(fails(Kind.REFUSED, "description-full"))
    ask(world)
    world.run(HOUR)
    assert len(world.ordered(Decorate)) == 2
    assert world.durable.redo == ()


def test_a_strange_block_is_counted_with_nothing(world):
    served(world, asking(has_block=True, unmarked=True, joinable=True, join="room"))
    ask(world, dry=True)
    assert (world.redecorated[-1].blocks, world.redecorated[-1].redone) == (0, 0)


# ---- the organiser leaves


def test_by_default_the_calendar_stays_as_it_is(world):
    served(world, asking())
    world.tell(Deactivated())
    world.until(lambda: world.gone)
    assert world.ordered(Undecorate) == []
    assert world.google.events["a1"].has_block


def test_blocks_go_where_it_was_chosen_even_if_asked_for(world):
    series = asking("d1", recurrence=daily().recurrence)
    own = exception(daily(), 2, T0 + 3 * DAY, asked="myroom", organiser=True, writable=True, join="")
    strange = asking("x1", has_block=True, unmarked=True, joinable=True, join="room")
    served(world, asking(minutes=600), series, own, strange, *[asking(f"b{n}") for n in range(6)])
    world.run(MINUTE)
    world.tell(Deactivated(undecorate=True))
    world.until(lambda: world.gone)
    assert {fact.event_id for fact in world.google.events.values() if fact.has_block} == {"x1"}
    assert all(call.even_if_asked for call in world.ordered(Undecorate))


def test_it_goes_on_after_a_restart(world):
    served(world, asking(minutes=600))
    world.outcomes["Undecorate"].append(LOST)
    world.tell(Deactivated(undecorate=True))
    world.run(2)
    world.restart()
    world.until(lambda: world.gone)
    assert not world.google.events["a1"].has_block


def test_the_store_may_know_of_the_choice_before_the_actor(world):
    served(world, asking(minutes=600))
    world.crash()
    durable = decode_durable(world.disk.durable)
    leaving = Standing(state="leaving", since=world.now)
    world.disk.durable = encode_durable(replace(durable, standing=leaving, undecorate=True))
    world.start()
    world.until(lambda: world.gone)
    assert not world.google.events["a1"].has_block


def test_the_choice_may_be_made_while_somebody_leaves(world):
    served(world, asking(minutes=600))
    world.outcomes["StopChannel"].append(slow(5.0))
    world.tell(Deactivated())
    world.tell(Deactivated(undecorate=True))
    world.until(lambda: world.gone)
    assert not world.google.events["a1"].has_block


def test_patience_is_longer_and_ends(world):
    served(world, asking(minutes=600))
    world.policy = lambda call: LOST if isinstance(call, Undecorate) else slow(0.1)
    at = world.true
    world.tell(Deactivated(undecorate=True))
    world.run(9 * MINUTE)
    assert not world.gone
    world.until(lambda: world.gone)
    assert world.true <= at + 10 * MINUTE + 1


def test_a_refusal_does_not_delay_the_goodbye(world):
    served(world, asking(minutes=600))
    world.outcomes["Undecorate"].append(fails(Kind.REFUSED, "google-read-only"))
    at = world.true
    world.tell(Deactivated(undecorate=True))
    world.until(lambda: world.gone)
    assert world.true <= at + MINUTE


# ---- together with the meetings


@pytest.fixture(params=["onetime", "space"])
def held(request):
    """An event with a meeting of its own, and its block."""
    world = World(push=True, spaces=True)
    served(world, asking(asked=request.param, minutes=600, people=2))
    world.until(lambda: world.google.events["a1"].has_block)
    assert world.google.events["a1"].block_for.startswith(f"{request.param}-")
    assert len(world.meetings.meetings) == 1
    world.run(MINUTE)
    return world


def test_an_event_with_its_own_meeting_is_written_once(held):
    held.run(5 * HOUR)
    assert held.google.writes == {"a1": 1}
    assert held.ordered(FetchRoom) == []


def test_block_and_meeting_go_with_the_keyword(held):
    forget_keyword(held)
    held.run(MINUTE)
    assert not held.google.events["a1"].has_block
    assert held.meetings.meetings == {}


def test_another_wish_ends_the_meeting_and_changes_the_block(held):
    held.edit(replace(held.google.events["a1"], asked="myroom"))
    held.run(MINUTE)
    assert (held.google.events["a1"].has_block, held.google.events["a1"].block_for) == (True, "")
    assert held.meetings.meetings == {}
    assert held.google.writes == {"a1": 2}


def test_a_meeting_that_is_made_anew_changes_the_block(held):
    before = held.google.events["a1"].block_for
    held.meetings.delete(next(iter(held.meetings.meetings)))
    held.edit(replace(held.google.events["a1"], title_digest="another title"))
    held.run(MINUTE)
    assert held.google.events["a1"].block_for not in {"", before}
    assert held.google.writes == {"a1": 2}


def test_who_leaves_takes_blocks_and_meetings_along_if_it_is_chosen(held):
    held.tell(Deactivated(undecorate=True))
    held.until(lambda: held.gone)
    assert not held.google.events["a1"].has_block
    assert held.meetings.meetings == {}


def test_who_leaves_otherwise_leaves_both(held):
    held.tell(Deactivated())
    held.until(lambda: held.gone)
    assert held.google.events["a1"].has_block
    assert len(held.meetings.meetings) == 1
