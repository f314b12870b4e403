"""Lists that fail: void tokens, refusals, lost answers, unreadable items."""

import itertools

import pytest

from hybridcal_daemon.domain.backoff import CAP
from hybridcal_daemon.domain.calls import ListEvents
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import Deactivated, ResyncAsked, SettingsChanged
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE, stored_window
from tests.domain_decisions.facts import T0, meeting
from tests.domain_decisions.world import DONE_BUT_LOST, LOST, World, fails, slow


@pytest.fixture
def world():
    return World()


def lists(world, since=0.0):
    """Traversals, as pairs (full, time)."""
    return [
        (call.window is not None, at)
        for at, call in world.orders
        if isinstance(call, ListEvents) and call.page_token is None and at >= since
    ]


def stored(world):
    return {event_id: fact for event_id, fact in world.disk.rows.items() if not fact.cancelled}


def agrees(world):
    return stored(world) == world.google.within(stored_window(max(world.durable.full_at, world.durable.window_at)))


def synced(world):
    world.start()
    world.run(10)
    assert world.durable.standing.state == "active"
    return world


def test_a_void_token_leads_to_a_full_list_and_the_old_rows_stay_until_then(world):
    world.google.put(meeting("m1"))
    world.google.put(meeting("gone"))
    synced(world)
    world.google.remove("gone")
    world.google.void_before = 99
    world.outcomes["ListEvents"].extend([slow(0.1), slow(30.0)])
    world.until(lambda: world.durable.sync_token is None)
    world.run(10)
    assert set(world.disk.rows) == {"m1", "gone"}
    world.google.void_before = 0
    world.run(60)
    assert set(world.disk.rows) == {"m1"}
    assert world.durable.sync_token is not None


def test_a_void_token_in_a_full_list_backs_off(world):
    synced(world)
    world.run(2 * HOUR)
    at = world.true
    world.outcomes["ListEvents"].extend([fails(Kind.RESYNC, "google-sync-token")] * 6)
    world.until(lambda: not world.outcomes["ListEvents"])
    times = [time for _, time in lists(world, at)]
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert all(later > 1.4 * earlier for earlier, later in itertools.pairwise(pauses))
    assert world.reports[-1].code == "google-sync-token"
    world.run(10 * MINUTE)
    assert world.reports[-1].code == ""
    assert agrees(world)


def test_a_bad_incremental_request_is_cured_by_a_full_list(world):
    synced(world)
    world.google.put(meeting("new"))
    world.outcomes["ListEvents"].append(fails(Kind.INVALID, "google-bad-request"))
    world.run(HOUR)
    assert agrees(world)
    assert world.durable.standing.state == "active"


@pytest.mark.parametrize("full", [True, False])
def test_a_later_page_that_is_refused_begins_the_traversal_anew(world, full):
    synced(world)
    for number in range(5):
        world.google.put(meeting(f"m{number}", T0 + number * HOUR))
    world.outcomes["ListEvents"].extend([slow(0.1), fails(Kind.INVALID, "google-bad-request")])
    if full:
        world.tell(ResyncAsked())
    world.run(HOUR)
    assert agrees(world)
    assert world.durable.standing.state == "active"


def test_a_last_page_without_token_does_not_begin_a_loop(world):
    world.google.put(meeting("m1"))
    world.google.without_token = True
    world.start()
    world.run(HOUR)
    assert len(lists(world)) < 15
    assert world.reports[-1].code == "google-bad-answer"
    world.google.without_token = False
    world.run(2 * HOUR)
    assert agrees(world)


def test_an_unreadable_item_keeps_its_last_version_and_is_read_again(world):
    world.google.put(meeting("good"))
    known = world.google.put(meeting("bad"))
    synced(world)
    world.google.unreadable = {"bad"}
    world.google.put(meeting("bad", minutes=60))
    world.google.put(meeting("good", minutes=60))
    world.tell(ResyncAsked())
    world.run(20)
    assert world.disk.rows["bad"] == known
    assert world.disk.rows["good"] == world.google.events["good"]
    assert world.notes["item.quarantined"] > 1
    world.run(DAY)
    assert len(lists(world)) < 80
    world.google.unreadable = set()
    world.run(2 * CAP)
    assert agrees(world)
    assert world.reports[-1].code == ""


def test_an_unreadable_item_that_never_was_read_is_read_when_it_can_be(world):
    synced(world)
    world.google.unreadable = {"new"}
    world.google.put(meeting("new"))
    world.tell(ResyncAsked())
    world.run(1)
    world.google.unreadable = set()
    world.run(10)
    assert agrees(world)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (Kind.USER, "google-no-such-user"),
        (Kind.CONFIG, "google-unauthorized-client"),
        (Kind.NOT_FOUND, "google-not-found"),
        (Kind.REFUSED, "google-refused"),
        (Kind.INVALID, "too-large"),
    ],
)
def test_who_cannot_be_served_stands_in_error_and_recovers(world, kind, code):
    world.outcomes["ListEvents"].append(fails(kind, code))
    world.start()
    world.run(5)
    assert (world.durable.standing.state, world.durable.standing.code) == ("error", code)
    assert world.reports[-1].code == code
    assert world.durable.standing.since == pytest.approx(T0, abs=1)
    world.run(1.3 * DAY)
    assert world.durable.standing.state == "active"
    assert world.reports[-1].code == ""
    assert agrees(world)


def test_a_failed_activation_is_tried_hourly_then_daily(world):
    world.outcomes["ListEvents"].extend([fails(Kind.USER, "google-no-such-user")] * 6)
    world.start()
    world.until(lambda: not world.outcomes["ListEvents"], within=10 * DAY)
    times = [at for _, at in lists(world)]
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert all(HOUR <= pause <= 1.26 * HOUR for pause in pauses[:3])
    assert all(DAY <= pause <= 1.26 * DAY for pause in pauses[3:])


def test_a_resync_that_an_admin_asks_for_does_not_wait_for_the_back_off(world):
    world.outcomes["ListEvents"].append(fails(Kind.USER, "google-no-such-user"))
    world.start()
    world.run(60)
    world.tell(ResyncAsked())
    world.run(5)
    assert world.durable.standing.state == "active"


def test_a_reload_lets_what_an_admin_can_cure_be_tried_soon(world):
    world.outcomes["ListEvents"].extend([fails(Kind.CONFIG, "google-unauthorized-client")] * 9)
    world.start()
    world.run(HOUR)
    world.outcomes["ListEvents"].clear()
    world.tell(SettingsChanged(settings=world.settings))
    world.run(31)
    assert world.durable.standing.state == "active"


def test_a_passing_failure_does_not_change_how_the_user_stands(world):
    synced(world)
    world.outcomes["ListEvents"].extend([fails(Kind.TRANSIENT, "google-unavailable")] * 3)
    world.until(lambda: world.reports[-1].code == "google-unavailable")
    assert world.durable.standing.state == "active"
    world.run(5 * MINUTE)
    assert world.reports[-1].code == ""


def test_a_wish_to_go_slower_is_granted_up_to_an_hour(world):
    synced(world)
    world.outcomes["ListEvents"].append(fails(Kind.THROTTLED, "google-rate-limited", 999999999.0))
    world.until(lambda: not world.outcomes["ListEvents"])
    at = world.true
    world.run(1.3 * HOUR)
    assert lists(world, at + 1)[0][1] >= at + HOUR


@pytest.mark.parametrize("lost", [LOST, DONE_BUT_LOST])
def test_a_lost_answer_is_given_up(world, lost):
    synced(world)
    world.google.put(meeting("new"))
    world.outcomes["ListEvents"].append(lost)
    world.until(lambda: not world.outcomes["ListEvents"])
    at = world.true
    world.run(2 * MINUTE)
    assert lists(world, at + 1) == []
    world.run(15 * MINUTE)
    assert len(lists(world, at + 1)) == 1
    assert agrees(world)


def test_an_answer_that_comes_after_it_was_given_up_teaches_nothing(world):
    synced(world)
    world.google.put(meeting("new"))
    world.outcomes["ListEvents"].append(slow(1000.0))
    world.until(lambda: not world.outcomes["ListEvents"])
    world.run(950)
    token = world.durable.sync_token
    world.google.put(meeting("newer"))
    world.run(100)  # the old answer comes
    assert world.durable.sync_token == token
    world.run(HOUR)
    assert agrees(world)


def test_a_traversal_that_goodbye_overtakes_changes_nothing(world):
    synced(world)
    rows = dict(world.disk.rows)
    world.google.put(meeting("new"))
    world.outcomes["ListEvents"].append(slow(5.0))
    world.until(lambda: not world.outcomes["ListEvents"])
    world.tell(Deactivated())
    world.run(60)
    assert world.gone
    assert world.disk.rows == rows
