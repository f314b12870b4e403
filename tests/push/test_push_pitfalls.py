"""What real systems got wrong with push channels: google.md B.3, by number."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from push_kit import START, WEEK

from hybridcal_daemon.adapters.kms import ChannelTokens
from hybridcal_daemon.domain import channel
from hybridcal_daemon.domain.calls import ListEvents, OpenChannel, StopChannel
from hybridcal_daemon.domain.draft import Draft
from hybridcal_daemon.domain.effects import Save
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.state import Channel, UserSettings
from hybridcal_daemon.domain.user import blank, decide
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE, Instant, UserId, stored_window
from tests.domain_decisions.facts import meeting
from tests.domain_decisions.world import DONE_BUT_LOST, OK, World, fails, slow


@pytest.fixture
def world():
    return World(push=True)


def watched(world):
    world.start()
    world.run(MINUTE)
    assert rows(world) == ["open"]
    return world


def rows(world):
    return [row.state for row in world.durable.channels]


def covered(world):
    """Whether some channel that Google serves is known here, so that its pushes are taken for what they are."""
    known = {row.channel_id for row in world.disk.known.channels}
    return bool(known & set(world.google.alive(world.true)))


def times(world, kind):
    return [at for at, call in world.done if isinstance(call, kind)]


# ---- 1: the end taken for seconds; the old channel deleted first ----------------------------------------------------


def test_b3_1_the_end_of_a_channel_is_read_in_milliseconds(office):
    assert office.watch(ttl=3600).expires_at == START + 3600
    office.google.pushing.set_rules({"longest_ttl": 600})
    assert office.watch("channel-2", ttl=3600).expires_at == START + 600


def test_b3_1_an_old_channel_that_google_has_forgotten_does_not_keep_the_new_one_out(world):
    watched(world)
    (first,) = world.google.channels
    world.outcomes["StopChannel"].extend([fails(Kind.NOT_FOUND, "google-not-found")] * 500)
    world.run(0.95 * WEEK)
    assert [call.channel_id for call in world.ordered(StopChannel)] == [first]
    assert first not in {row.channel_id for row in world.durable.channels}
    assert covered(world)
    assert world.reports[-1].code == ""


def test_b3_1_a_stop_of_what_google_has_forgotten_is_done(office):
    resource = office.watch().resource_id
    office.stop(resource=resource)
    office.stop(resource=resource)
    assert office.google.channels() == []


# ---- 2: a fresh token after 410 without a list; the token before the rows; the stop before the new channel ----------


def test_b3_2_what_changed_between_a_lost_token_and_a_fresh_one_is_found(world):
    watched(world)
    world.google.put(meeting("old"))
    world.pushes()
    world.run(MINUTE)
    world.google.put(meeting("between"))
    world.google.remove("old")
    world.google.void_before = world.google.number + 1
    world.pushes()
    world.run(MINUTE)
    assert set(world.disk.rows) == {"between"}


def test_b3_2_token_and_rows_are_saved_in_one_piece():
    saves = []

    def watching(state, message, now):
        after, effects = decide(state, message, now)
        saves.extend((state, effect) for effect in effects if isinstance(effect, Save))
        return after, effects

    world = World(push=True, decide=watching)
    for number in range(10):
        world.google.put(meeting(f"m{number}"))
    watched(world)
    world.edit(meeting("later"))
    world.run(MINUTE)
    moved = [
        (state.durable.sync_token, {event.fact.event_id for event in save.put})
        for state, save in saves
        if save.durable.sync_token != state.durable.sync_token
    ]
    assert moved[0] == (None, {f"m{number}" for number in range(10)})
    assert moved[-1][1] == {"later"}


@pytest.mark.parametrize("failure", [Kind.TRANSIENT, Kind.REFUSED, Kind.NOT_FOUND, Kind.THROTTLED, Kind.CONFIG])
def test_b3_2_a_renewal_that_fails_leaves_the_old_channel_alone(world, failure):
    world.google.longest_channel = 2 * DAY
    watched(world)
    (first,) = world.google.channels
    world.outcomes["OpenChannel"].extend([fails(failure, "google-refused")] * 500)
    world.run(1.95 * DAY)
    assert len(world.ordered(OpenChannel)) > 1
    assert world.ordered(StopChannel) == []
    assert (first in world.google.alive(world.true), covered(world)) == (True, True)


def test_b3_2_the_old_channel_is_stopped_only_when_the_new_one_lives(world):
    world.google.longest_channel = DAY
    watched(world)
    world.run(4 * DAY)
    opened, stopped = times(world, OpenChannel), times(world, StopChannel)
    assert len(stopped) == len(opened) - 1 >= 3
    assert all(new < stop for new, stop in zip(opened[1:], stopped, strict=True))


# ---- 3: channels that nobody wrote down -----------------------------------------------------------------------------


def test_b3_3_a_channel_is_on_disk_before_google_hears_of_it(world):
    world.save_delay = 20.0
    seen = []

    def look(call):
        if isinstance(call, OpenChannel):
            seen.append([(row.channel_id == call.channel_id, row.state) for row in world.disk.known.channels])
        return OK

    world.policy = look
    world.start()
    world.run(5 * MINUTE)
    assert seen == [[(True, "creating")]]


def test_b3_3_a_crash_while_google_is_asked_leaves_no_orphan(world):
    world.outcomes["OpenChannel"].append(DONE_BUT_LOST)
    world.start()
    world.until(lambda: world.google.channels)
    (orphan,) = world.google.channels
    world.crash()
    world.run(MINUTE)
    world.start()
    world.run(HOUR)
    assert orphan not in world.google.channels
    assert covered(world)
    assert len(world.google.alive(world.true)) == 1


def test_b3_3_a_stray_that_hammers_us_is_stopped(world):
    watched(world)
    world.google.channels["stray"] = world.true + DAY
    world.push("stray")
    world.run(MINUTE)
    assert "stray" not in world.google.channels


# ---- 4: the old row overwritten before the new channel lives --------------------------------------------------------


@pytest.mark.parametrize("crash", [False, True])
def test_b3_4_until_the_new_channel_lives_the_old_row_stays_on_disk(world, crash):
    watched(world)
    (first,) = world.google.channels
    world.outcomes["OpenChannel"].extend([slow(300.0)] * 2)
    world.until(lambda: len(world.ordered(OpenChannel)) > 1, within=WEEK)
    if crash:
        world.restart()
    for _ in range(29):
        world.run(10.0)
        states = {row.channel_id: row.state for row in world.disk.known.channels}
        assert states[first] == "open"
        assert covered(world)
    world.run(HOUR)
    assert first not in world.google.channels
    assert covered(world)


def test_b3_4_a_calendar_is_covered_at_any_time(world):
    world.google.longest_channel = 2 * DAY
    watched(world)
    world.outcomes["OpenChannel"].extend([fails(Kind.TRANSIENT), DONE_BUT_LOST, fails(Kind.TRANSIENT, done=True)])
    for _ in range(4 * 24):
        world.run(HOUR)
        assert covered(world)


# ---- 5: what a good model does --------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["resourceId", "expiration"])
@pytest.mark.parametrize("empty", [False, True])
def test_b3_5_an_answer_without_resource_id_or_end_is_none(office, missing, empty):
    def spoil(response):
        answer = json.loads(response.body)
        del answer[missing]
        return replace(response, body=json.dumps(answer | ({missing: ""} if empty else {})).encode())

    office.wire.spoil = spoil
    with pytest.raises(CallError) as refused:
        office.watch()
    assert (refused.value.kind, refused.value.in_doubt) == (Kind.TRANSIENT, True)


def test_b3_5_a_week_is_asked_for_at_most_and_less_is_taken_as_it_comes(world):
    assert UserSettings().push_ttl <= WEEK
    world.google.longest_channel = DAY
    watched(world)
    (call,) = world.ordered(OpenChannel)
    assert call.ttl <= WEEK
    (row,) = world.durable.channels
    assert row.expires_at == pytest.approx(world.true + DAY, abs=MINUTE)


def test_b3_5_a_channel_is_renewed_when_a_fifth_of_its_life_is_left(world):
    watched(world)
    at = times(world, OpenChannel)[0]
    world.run(WEEK)
    renewed = times(world, OpenChannel)[1]
    assert 0.8 * WEEK <= renewed - at <= 0.9 * WEEK


def test_b3_5_calendars_that_were_opened_together_are_renewed_apart():
    row = Channel(channel_id="c", state="open", asked_at=Instant(0.0), resource_id="r", expires_at=Instant(WEEK))
    users = [UserId(f"u{number:020x}") for number in range(100)]
    moments = sorted(channel._renew_at(Draft(blank(user), Instant(0.0)), row) / WEEK for user in users)
    assert 0.8 <= moments[0] < 0.81
    assert 0.89 < moments[-1] <= 0.9
    assert max(later - earlier for earlier, later in pairwise(moments)) < 0.015


@pytest.mark.parametrize("failure", [Kind.NOT_FOUND, Kind.RESYNC])
def test_b3_5_a_stop_answered_404_or_410_is_done(world, failure):
    watched(world)
    world.outcomes["StopChannel"].append(fails(failure, "google-gone"))
    world.google.channels["stray"] = world.true + DAY
    world.push("stray")
    world.run(DAY)
    assert len(world.ordered(StopChannel)) == 1
    assert world.state.flight.strays == {}
    assert world.reports[-1].code == ""


@pytest.mark.parametrize(
    ("rules", "code"),
    [({"domains": ["elsewhere.example"]}, "google-push-refused"), ({"unsupported": ["alice@acme.example"]}, None)],
)
def test_b3_5_the_reason_of_a_refusal_is_kept(office, rules, code):
    office.google.pushing.set_rules(rules)
    with pytest.raises(CallError) as refused:
        office.watch()
    assert refused.value.kind is Kind.REFUSED
    assert refused.value.code in ({code} if code else {"google-push-refused", "google-push-unsupported"})


# ---- 6: a burst of pushes, and no pushes at all ---------------------------------------------------------------------


def test_b3_6_a_burst_of_pushes_is_one_list(world):
    watched(world)
    before = len(world.ordered(ListEvents))
    world.google.put(meeting("new"))
    for _ in range(100):
        world.pushes()
    world.run(MINUTE)
    assert len(world.ordered(ListEvents)) - before <= 2
    assert "new" in world.disk.rows


def test_b3_6_pushes_during_a_list_are_one_more_list(world):
    watched(world)
    world.outcomes["ListEvents"].append(slow(20.0))
    before = len(world.ordered(ListEvents))
    world.edit(meeting("first"))
    world.run(5)
    world.google.put(meeting("second"))
    for _ in range(20):
        world.pushes()
        world.run(0.5)
    world.run(MINUTE)
    assert len(world.ordered(ListEvents)) - before == 2
    assert {"first", "second"} <= set(world.disk.rows)


@pytest.mark.parametrize("push", [False, True])
def test_b3_6_without_a_push_there_is_a_list_within_the_hour(push):
    world = World(push=push)
    world.push_delay = 400 * DAY
    world.start()
    world.run(MINUTE)
    world.google.put(meeting("unsaid"))
    world.run(HOUR)
    assert "unsaid" in world.disk.rows


# ---- 7: one token for all channels; cancelled rows; rows that leave the window --------------------------------------


def test_b3_7_each_channel_has_a_token_of_its_own():
    tokens = ChannelTokens()
    tokens.use(bytearray(32))
    given = {f"u{number}-c": tokens.token(f"u{number}-c").reveal() for number in range(100)}
    assert len(set(given.values())) == 100
    assert all(len(token) <= 256 for token in given.values())
    assert not any(tokens.matches("u0-c", token) for channel, token in given.items() if channel != "u0-c")


def test_b3_7_a_cancelled_event_without_times_is_a_removal(office):
    made = office.edit()
    listed = office.calendar.list_events
    token = full(office, listed)
    office.google.delete_event("alice@acme.example", made)
    page = listed(office.token(), "q", sync_token=token, page_token=None, window=None)
    assert [gone.event_id for gone in page.removed] == [made]
    assert (page.events, page.quarantined) == ((), ())


def full(office, listed):
    window = stored_window(office.clock.now())
    return listed(office.token(), "q", sync_token=None, page_token=None, window=window).next_token


@pytest.mark.parametrize("beyond", [HOUR, 400 * DAY, -50 * DAY])
def test_b3_7_an_event_that_moves_out_of_the_window_is_gone(world, beyond):
    world.google.put(meeting("m1"))
    watched(world)
    assert "m1" in world.disk.rows
    world.edit(meeting("m1", start=stored_window(world.now).end + beyond))
    world.run(MINUTE)
    assert "m1" not in world.disk.rows


def test_b3_7_a_push_that_comes_an_hour_late_costs_nothing_but_time(world):
    world.push_delay = HOUR
    watched(world)
    world.edit(meeting("new"))
    world.run(2 * HOUR)
    assert "new" in world.disk.rows
    assert world.reports[-1].code == ""
