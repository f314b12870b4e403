"""Known pitfalls of sync tokens that are decisions (google.md C.4): tokens, pages, full lists, errors."""

import hashlib
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from pitfall_calls import LISTS, Recorded

from hybridcal_daemon.adapters.google import GoogleCalendar
from hybridcal_daemon.domain.calls import ListEvents, StopChannel
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import EventsListed, ResyncAsked
from hybridcal_daemon.domain.sync import TOKEN_FORM
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE, stored_window
from tests.domain_decisions.facts import T0, USER, meeting, sealed
from tests.domain_decisions.happening import seen, truth
from tests.domain_decisions.world import World, fails, slow

OF_THE_CALL = {"syncToken", "pageToken", "timeMin", "timeMax", "quotaUser", "maxResults", "prettyPrint"}


@pytest.fixture
def world():
    return World()


def synced(world, *facts):
    for fact in facts:
        world.google.put(fact)
    world.start()
    world.run(10)
    return world


def traversals(world, since=0.0):
    calls = [call for at, call in world.orders if isinstance(call, ListEvents) and at >= since]
    return ["full" if call.window else "changes" for call in calls if call.page_token is None]


def many(count):
    return [meeting(f"m{number}", T0 + number * HOUR) for number in range(count)]


def test_c4_02_the_token_is_that_of_the_last_page(world):
    world.outcomes["ListEvents"].extend([slow(1.0)] * 3)
    for fact in many(8):
        world.google.put(fact)
    world.start()
    world.run(2.5)
    assert world.durable.sync_token is None
    world.run(1)
    assert world.durable.sync_token == "8"
    assert len(world.disk.rows) == 8


@pytest.mark.parametrize("after", [0.5, 1.5, 2.5])
def test_c4_03_a_crash_never_leaves_a_token_without_its_rows(world, after):
    synced(world)
    for fact in many(8):
        world.google.put(fact)
    world.outcomes["ListEvents"].extend([slow(1.0)] * 3)
    world.save_delay = 0.3
    world.tell(ResyncAsked())
    world.run(after)
    world.restart()
    assert (world.durable.sync_token == "8") == (len(world.disk.rows) == 8)
    world.run(HOUR)
    assert len(world.disk.rows) == 8


def test_c4_04_after_410_the_content_is_listed_anew_and_that_list_gives_the_token(world):
    synced(world, meeting("old"))
    world.google.put(meeting("missed"))
    world.google.void_before = world.google.number + 1
    world.google.number += 1
    at = world.true
    world.run(HOUR)
    assert traversals(world, at)[:2] == ["changes", "full"]
    assert set(world.disk.rows) == {"old", "missed"}
    assert world.durable.sync_token == str(world.google.number)


def test_c4_05_what_vanished_while_the_token_was_void_is_swept(world):
    synced(world, meeting("stays"), meeting("ghost"))
    del world.google.events["ghost"]
    world.google.void_before = 99
    world.google.number = 99
    world.run(HOUR)
    assert set(world.disk.rows) == {"stays"}


def test_c4_06_the_old_list_stands_until_the_new_one_is_complete(world):
    synced(world, *many(8))
    world.google.void_before = world.google.number = 99
    world.outcomes["ListEvents"].extend([slow(0.1), *[slow(100.0)] * 3])
    world.until(lambda: world.durable.sync_token is None)
    for _ in range(29):
        world.run(10)
        assert len(world.disk.rows) == 8
    world.run(30)
    assert world.durable.sync_token == "99"


@pytest.mark.parametrize("kind", [Kind.RESYNC, Kind.INVALID])
def test_c4_07_tokens_that_are_void_at_once_do_not_make_a_loop(kind):
    def policy(call):
        void = isinstance(call, ListEvents) and call.sync_token is not None
        return fails(kind, "google-sync-token") if void else slow(0.1)

    world = World(push=True, policy=policy)
    synced(world)
    for number in range(6 * 60):  # somebody edits every ten seconds
        world.later(number * 10.0, world.pushes)
    at = world.true
    world.run(HOUR)
    assert traversals(world, at).count("full") <= 14
    assert world.reports[-1].code == "google-sync-token"
    world.policy = lambda _call: slow(0.1)
    world.run(2 * HOUR)
    assert world.reports[-1].code == ""


def test_c4_07_a_token_that_is_void_for_once_costs_one_full_list(world):
    synced(world)
    world.google.void_before = world.google.number = 99
    at = world.true
    world.run(5 * HOUR)
    assert traversals(world, at).count("full") == 1


def test_c4_08_a_void_token_is_said_and_the_last_good_list_can_be_seen_to_age(world):
    synced(world)
    good = world.reports[-1].synced_at
    world.google.void_before = 99
    world.outcomes["ListEvents"].extend([slow(0.1), *[fails(Kind.TRANSIENT)] * 60])
    world.until(lambda: world.notes["sync.token-void"] == 1)
    world.run(20 * MINUTE)
    assert world.reports[-1].synced_at == good
    assert world.reports[-1].code


@pytest.mark.parametrize("kind", [Kind.RESYNC, Kind.INVALID])
def test_c4_09_invalid_sync_token_is_what_410_is(world, kind):
    synced(world, meeting("m1"))
    world.google.put(meeting("m2"))
    world.outcomes["ListEvents"].append(fails(kind, "google-sync-token"))
    world.run(HOUR)
    assert set(world.disk.rows) == {"m1", "m2"}
    assert world.durable.standing.state == "active"


def test_c4_19_one_reader_and_one_list_at_a_time():
    world = World(push=True)
    under_way = []

    def policy(call):
        if isinstance(call, ListEvents):
            under_way.append(sum(each.what == "list" for each in world.state.flight.calls.values()))
        return slow(3.0)

    world.policy = policy
    synced(world, *many(8))
    for number in range(30):
        world.edit(meeting(f"x{number}"))
        world.tell(ResyncAsked())
        world.run(0.9)
    assert len(under_way) > 5
    assert set(under_way) == {1}


@pytest.mark.parametrize("name", ["full", "incremental"])
def test_c4_20_the_form_of_the_list_is_part_of_the_token(name):
    """Another form of list needs another TOKEN_FORM: the hash here, and a higher version if the rows change."""
    http = Recorded({"items": [], "nextSyncToken": "t"})
    LISTS[name](GoogleCalendar(http))
    (request,) = http.asked
    said = sorted(pair for pair in parse_qsl(urlsplit(request.url).query) if pair[0] not in OF_THE_CALL)
    assert TOKEN_FORM.partition("-")[2] == hashlib.sha256(repr(said).encode()).hexdigest()[:10]


def test_c4_20_a_token_of_another_form_is_never_sent(world):
    synced(world, meeting("m1"))
    world.crash()
    world.disk.durable = world.disk.durable.replace(TOKEN_FORM, "0-of-long-ago")
    at = world.true
    world.start()
    world.run(10)
    assert traversals(world, at) == ["full"]
    assert world.durable.token_form == TOKEN_FORM


def test_c4_22_of_what_lies_far_away_only_ids_wait_in_memory(world):
    world.google.page_size = 50
    for number in range(49):
        world.google.put(meeting(f"far{number}", T0 + 400 * DAY))
    world.google.put(meeting("near"))
    world.outcomes["ListEvents"].extend([slow(0.1), slow(50.0)])
    world.google._all = lambda _window: [*world.google.events.values(), meeting("last")]
    world.start()
    world.run(10)
    assert set(world.state.flight.traversal.events) == {"near"}
    world.run(100)
    assert set(world.disk.rows) == {"near", "last"}


def test_c4_23_a_baseline_may_have_any_number_of_pages(world):
    world.google.page_size = 1
    synced(world)
    for number in range(120):
        world.google.number += 1
        world.google.changed[f"gone{number}"] = world.google.number
    world.google.put(meeting("at last"))
    world.run(HOUR)
    assert set(world.disk.rows) == {"at last"}


@pytest.mark.parametrize(("first", "second", "kept"), [(20.0, 10.0, 20.0), (10.0, 20.0, 20.0), (10.0, 10.0, 10.0)])
def test_c4_25_the_newer_of_two_versions_in_a_traversal_counts(world, first, second, kept):
    one = meeting("m1", etag="one", updated=first)
    two = meeting("m1", etag="two", updated=second)
    row = listed_in_turn(world, [sealed(one)], [sealed(two)])
    assert row.updated == kept
    assert row.etag == ("one" if first > second else "two")


def listed_in_turn(world, *pages):
    """What is stored of m1 after a full list with these pages."""
    world.start()
    for number, events in enumerate(pages):
        (rid,) = [each for each, call in world.state.flight.calls.items() if call.what == "list"]
        last = number == len(pages) - 1
        page = EventsListed(
            request_id=rid,
            user=USER,
            events=tuple(events),
            removed=(),
            quarantined=(),
            next_page=None if last else "p",
            next_token="t" if last else None,
        )
        world.tell(page)
    return world.state.events["m1"]


def test_c4_26_a_calendar_that_is_not_to_be_found_is_let_go_and_its_rows_erased_after_a_grace_period():
    world = World(push=True)
    synced(world, meeting("m1", T0 + 20 * DAY))
    gone = fails(Kind.NOT_FOUND, "google-not-found")
    world.policy = lambda call: gone if isinstance(call, ListEvents) else slow(0.1)
    world.run(2 * HOUR)
    assert (world.durable.standing.state, world.durable.standing.code) == ("error", "google-not-found")
    assert len(world.ordered(StopChannel)) == 1
    assert world.google.alive(world.true) == []
    world.run(6.5 * DAY)
    assert set(world.disk.rows) == {"m1"}
    world.run(DAY)
    assert world.disk.rows == {}
    assert len(traversals(world)) < 8 * 24 + 10  # a slow probe
    world.policy = lambda _call: slow(0.1)
    world.run(3 * HOUR)
    assert set(world.disk.rows) == {"m1"}
    assert world.durable.standing.state == "active"
    assert len(world.google.alive(world.true)) == 1


def test_c4_26_a_calendar_that_comes_back_within_the_grace_period_lost_nothing():
    world = World()
    synced(world, meeting("m1"))
    world.outcomes["ListEvents"].extend([fails(Kind.NOT_FOUND, "google-not-found")] * 3)
    world.run(12 * HOUR)
    assert world.durable.gone_at == 0
    world.run(8 * DAY)
    assert world.notes["calendar.purged"] == 0


def test_c4_27_a_page_token_that_expired_begins_again_from_the_stored_token_less_and_less_often(world):
    synced(world)
    for fact in many(5):
        world.google.put(fact)
    at = world.true
    refused = fails(Kind.INVALID, "google-bad-request")
    world.policy = lambda call: refused if getattr(call, "page_token", None) else slow(0.1)
    world.run(3 * HOUR)
    assert set(traversals(world, at)) == {"changes"}
    assert len(traversals(world, at)) < 16
    world.policy = lambda _call: slow(0.1)
    world.run(2 * HOUR)
    assert len(world.disk.rows) == 5


def test_c4_29_an_edit_that_only_the_etag_shows_is_noticed_and_one_of_the_time_stamp_alone_is_none(world):
    old = meeting("m1", updated=1.0)
    synced(world, old)
    world.google.events["m1"] = replace(world.google.events["m1"], updated=2.0)
    world.google.changed["m1"] = world.google.number = 5
    version = world.durable.version
    world.run(HOUR)
    assert world.disk.rows["m1"].updated == 1.0  # nothing that anybody sees has changed: no row is written
    world.google.put(replace(old, response="declined"))
    world.run(HOUR)
    assert world.disk.rows["m1"].response == "declined"
    assert world.durable.version > version


def test_c4_30_a_clock_that_is_wrong_loses_no_change(world):
    world.skew = 3 * DAY
    synced(world)
    world.jump(-3 * DAY)
    world.google.put(meeting("m1", T0 + HOUR))
    world.run(2 * HOUR)
    assert set(world.disk.rows) == {"m1"}


def test_reconciling_counts_and_mends_what_the_stream_of_changes_lost(world):
    facts = [replace(fact, updated=1.0) for fact in many(4)]
    synced(world, *facts)
    world.google.events.pop("m0")  # a deletion that nobody told
    world.google.events["m1"] = replace(world.google.events["m1"], etag="other", response="declined")
    world.google.events["lost"] = replace(meeting("lost"), updated=1.0)
    found = []
    told = world._perform
    world._perform = lambda effect: (found.append(getattr(effect, "fields", None)), told(effect))
    world.run(HOUR)
    world.tell(ResyncAsked())
    world.run(10)
    assert (("missing", 1), ("stale", 1), ("ghosts", 1)) in found
    window = stored_window(world.durable.window_at)
    assert seen(world.disk.rows.values(), window) == truth(world.google, window)


def test_reconciling_does_not_count_what_is_only_new(world):
    synced(world)
    world.run(20 * MINUTE)
    world.google.put(replace(meeting("new"), updated=world.true))
    found = []
    told = world._perform
    world._perform = lambda effect: (found.append(getattr(effect, "fields", None)), told(effect))
    world.tell(ResyncAsked())
    world.run(10)
    assert (("missing", 0), ("stale", 0), ("ghosts", 0)) in found
