"""Push channels: stored before they are asked for, renewed by overlap, at most two, none forgotten."""

import pytest

from hybridcal_daemon.domain.calls import ListEvents, OpenChannel, StopChannel
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import SettingsChanged
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE
from tests.domain_decisions.facts import meeting
from tests.domain_decisions.models import RESOURCE
from tests.domain_decisions.world import DONE_BUT_LOST, LOST, World, fails, slow

WEEK = 7 * DAY


@pytest.fixture
def world():
    return World(push=True)


def watched(world):
    world.start()
    world.run(10)
    assert len(world.google.alive(world.true)) == 1
    return world


def rows(world):
    return [(channel.state, channel.channel_id in world.google.channels) for channel in world.durable.channels]


def test_the_first_list_follows_the_first_watch_so_that_no_second_look_is_needed(world):
    world.start()
    world.run(HOUR / 2)
    calls = [type(call) for _, call in world.orders if isinstance(call, OpenChannel | ListEvents)]
    assert calls == [OpenChannel, ListEvents]
    assert rows(world) == [("open", True)]
    assert world.durable.resource_id == RESOURCE


def test_what_changes_while_the_first_watch_is_asked_for_is_shown_by_the_first_list(world):
    world.push_delay = DAY
    world.outcomes["OpenChannel"].append(slow(3.0))
    world.later(2.9, lambda: world.google.put(meeting("new")))
    world.start()
    world.run(4)
    assert "new" in world.disk.rows


@pytest.mark.parametrize(
    "outcome", [fails(Kind.REFUSED, "google-push-refused"), fails(Kind.TRANSIENT, "unreachable"), fails(Kind.INVALID)]
)
def test_a_watch_that_fails_delays_the_first_list_by_its_own_request_only(world, outcome):
    world.outcomes["OpenChannel"].append(outcome._replace(took=2.0))
    world.start()
    world.run(2.5)
    assert world.durable.standing.state == "active"


def test_a_watch_that_hangs_is_not_waited_for_and_the_look_after_it_comes_all_the_same(world):
    world.outcomes["OpenChannel"].append(slow(600.0))
    world.start()
    world.run(301)
    assert world.durable.standing.state == "active"
    world.google.put(meeting("new"))
    world.push_delay = DAY
    world.run(302)
    assert "new" in world.disk.rows


def test_without_push_the_first_list_is_made_at_once():
    world = World(push=False)
    world.start()
    assert [type(call) for _, call in world.orders] == [ListEvents]


def test_a_restart_between_watch_and_list_asks_for_the_same_channel_and_lists_once(world):
    world.outcomes["OpenChannel"].append(slow(5.0)._replace(done=False, answered=False))
    world.start()
    world.run(1)
    world.restart()
    world.run(60)
    assert rows(world) == [("open", True)]
    assert len(world.ordered(ListEvents)) == 1
    assert len({call.channel_id for call in world.ordered(OpenChannel)}) == 1


def test_the_greeting_of_a_channel_is_no_change(world):
    watched(world)
    at = world.true
    world.push(world.durable.channels[0].channel_id, first=True)
    world.run(60)
    assert world.ordered(ListEvents, at) == []


def test_the_row_is_on_disk_before_google_hears_of_it(world):
    world.save_delay = 20.0
    world.start()
    world.until(lambda: world.durable.channels)
    at = world.true
    world.until(lambda: world.ordered(OpenChannel))  # the world checks the disk
    assert world.true == pytest.approx(at + 20.0)


def test_what_changed_before_google_began_to_watch_is_listed(world):
    world.outcomes["OpenChannel"].append(slow(30.0))
    world.start()
    world.run(20)
    world.google.put(meeting("new"))
    world.push_delay = DAY
    world.run(20)
    assert "new" in world.disk.rows


def test_a_channel_is_renewed_by_overlap_in_the_last_fifth_of_its_life(world):
    watched(world)
    (first,) = world.google.channels
    world.run(0.79 * WEEK)
    assert list(world.google.channels) == [first]
    world.run(0.2 * WEEK)
    assert len(world.google.channels) == 1
    assert first not in world.google.channels
    assert world.google.most_channels == 2
    assert rows(world) == [("open", True)]


def test_a_life_shorter_than_asked_for_is_renewed_in_its_own_last_fifth(world):
    world.google.longest_channel = HOUR
    watched(world)
    world.run(DAY)
    assert 24 <= len(world.ordered(OpenChannel)) <= 32
    assert world.google.most_channels == 2


@pytest.mark.parametrize("life", [-60.0, 0.0, 1.0])
def test_a_channel_that_is_over_at_once_does_not_begin_a_loop(world, life):
    world.google.longest_channel = life
    world.start()
    world.run(DAY)
    assert 1 <= len(world.ordered(OpenChannel)) <= 25
    assert world.reports[-1].code == "google-bad-answer"


def test_while_the_old_one_cannot_be_stopped_no_third_one_is_opened(world):
    watched(world)
    world.outcomes["StopChannel"].extend([fails(Kind.TRANSIENT)] * 30)
    world.run(WEEK)
    assert world.google.most_channels == 2
    world.run(WEEK)
    assert world.google.most_channels == 2
    world.outcomes["StopChannel"].clear()
    world.run(DAY)
    assert rows(world) == [("open", True)]


def test_an_expired_channel_is_forgotten_and_replaced(world):
    watched(world)
    world.crash()
    world.true += 2 * WEEK
    world.start()
    world.run(HOUR)
    assert rows(world) == [("open", True)]
    assert world.ordered(StopChannel) == []
    assert len(world.google.alive(world.true)) == 1


def test_a_request_that_never_left_is_made_again_with_the_same_id(world):
    world.saved_delay = 30.0
    world.start()
    world.until(lambda: "creating" in world.disk.durable)
    (row,) = world.durable.channels
    world.saved_delay = 0.0
    world.restart()
    world.run(HOUR)
    assert [call.channel_id for call in world.ordered(OpenChannel)] == [row.channel_id]
    assert rows(world) == [("open", True)]


@pytest.mark.parametrize("learned", ["by push", "later"])
def test_a_crash_while_watch_is_under_way_leaves_no_channel_behind(world, learned):
    """Google has opened it, nobody heard; it refuses the id a second time, and we do not know its resource id."""
    if learned == "later":
        world.push_delay = 400 * DAY
    world.outcomes["OpenChannel"].append(slow(5.0))
    world.start()
    world.until(lambda: world.ordered(OpenChannel))
    world.run(1)
    world.crash()
    world.run(10)
    (orphan,) = world.google.channels
    world.start()
    world.run(HOUR)
    assert orphan not in world.google.channels
    assert rows(world) == [("open", True)]
    assert world.google.most_channels <= 2
    assert len(world.google.alive(world.true)) == 1


@pytest.mark.parametrize("lost", [LOST, DONE_BUT_LOST])
def test_a_lost_answer_to_watch(world, lost):
    world.outcomes["OpenChannel"].append(lost)
    world.start()
    world.run(HOUR)
    assert rows(world) == [("open", True)]
    assert len(world.google.alive(world.true)) == 1
    assert world.google.most_channels <= 2


def test_an_answer_in_doubt_is_asked_for_again_with_the_same_id(world):
    world.outcomes["OpenChannel"].append(fails(Kind.TRANSIENT, "deadline", in_doubt=True))
    world.start()
    world.run(HOUR)
    ids = [call.channel_id for call in world.ordered(OpenChannel)]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_a_google_that_knows_every_id_already_is_not_asked_in_a_loop(world):
    exists = fails(Kind.CONFLICT, "google-channel-exists")
    world.outcomes["OpenChannel"].extend([exists] * 1000)
    world.start()
    world.run(DAY)
    assert len(world.ordered(OpenChannel)) < 60
    assert len(world.durable.channels) <= 2


def test_a_refusal_rests_for_about_a_week_and_polling_goes_on(world):
    world.outcomes["OpenChannel"].append(fails(Kind.REFUSED, "google-push-refused"))
    world.start()
    world.run(HOUR)
    assert world.durable.channels == ()
    assert world.reports[-1].code == "google-push-refused"
    world.google.put(meeting("new"))
    world.run(HOUR)
    assert "new" in world.disk.rows
    assert len(world.ordered(OpenChannel)) == 1
    world.run(5.8 * DAY)
    assert len(world.ordered(OpenChannel)) == 1
    assert world.reports[-1].code == "google-push-refused"
    world.run(1.8 * DAY)
    assert rows(world) == [("open", True)]
    assert world.reports[-1].code == ""


def test_a_push_of_a_channel_that_nobody_knows_stops_it(world):
    watched(world)
    world.google.channels["stray"] = world.true + DAY
    world.push("stray")
    world.run(5)
    assert "stray" not in world.google.channels
    assert len(world.google.alive(world.true)) == 1


def test_a_stray_that_cannot_be_stopped_is_not_tried_for_ever(world):
    watched(world)
    world.outcomes["StopChannel"].append(fails(Kind.NOT_FOUND, "google-not-found"))
    world.push("stray")
    world.run(HOUR)
    assert len(world.ordered(StopChannel)) == 1
    assert world.state.flight.strays == {}
    assert world.reports[-1].code == ""


def test_push_switched_off_stops_the_channel_and_on_opens_one(world):
    watched(world)
    on = world.settings
    world.tell(SettingsChanged(settings=World().settings))
    world.run(5)
    assert world.google.channels == {}
    assert world.durable.channels == ()
    world.tell(SettingsChanged(settings=on))
    world.run(5)
    assert rows(world) == [("open", True)]


def test_push_switched_off_while_watch_is_under_way(world):
    world.outcomes["OpenChannel"].append(slow(20.0))
    world.start()
    world.run(10)
    world.tell(SettingsChanged(settings=World().settings))
    world.run(MINUTE)
    assert world.google.channels == {}
    assert world.durable.channels == ()


def test_push_switched_off_while_it_was_refused_clears_the_trouble(world):
    world.outcomes["OpenChannel"].append(fails(Kind.REFUSED, "google-push-refused"))
    world.start()
    world.run(10)
    world.tell(SettingsChanged(settings=World().settings))
    assert world.reports[-1].code == ""


def test_a_channel_is_not_asked_for_while_the_calendar_cannot_be_read(world):
    world.outcomes["ListEvents"].append(fails(Kind.USER, "google-no-calendar"))
    world.start()
    world.google.longest_channel = 0.0
    world.run(MINUTE)
    assert len(world.ordered(OpenChannel)) == 1  # the first, which had to come before the list
    assert len(world.ordered(ListEvents)) == 1


@pytest.mark.parametrize("kind", [Kind.USER, Kind.CONFIG, Kind.SEALED])
def test_a_channel_that_nobody_could_be_asked_for_leaves_no_row_to_be_stopped(world, kind):
    """Somebody whom Google does not know can be deactivated at once."""
    for call in ("OpenChannel", "ListEvents"):
        world.outcomes[call] += [fails(kind, "google-no-such-user")] * 3
    world.start()
    world.run(MINUTE)
    assert world.durable.channels == ()


def test_a_channel_that_may_live_is_kept_when_the_next_attempt_reaches_nobody(world):
    world.outcomes["OpenChannel"] += [
        fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=True),
        fails(Kind.CONFIG, "google-auth-refused"),
    ]
    world.start()
    world.run(2 * MINUTE)
    assert [channel.state for channel in world.durable.channels] == ["creating"]
