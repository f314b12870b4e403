"""Google's contract for push (google.md B.1) and the cases in which it refuses (B.2), daemon against stand-in."""

import pytest
from push_kit import ADDRESS, ALICE, BOB, START, WEEK

from hybridcal_daemon.adapters.google import GoogleCalendar, GoogleSettings
from hybridcal_daemon.domain.calls import ListEvents, OpenChannel
from hybridcal_daemon.domain.errors import CATALOGUE
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import SettingsChanged
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE
from tests.domain_decisions.facts import USER, meeting
from tests.domain_decisions.models import RESOURCE
from tests.domain_decisions.world import Outcome, World, fails


@pytest.fixture
def world():
    return World(push=True)


def refusal(act):
    with pytest.raises(CallError) as refused:
        act()
    return refused.value.kind, refused.value.code


# ---- B.1 ------------------------------------------------------------------------------------------------------------


def test_b1_an_id_is_used_up_for_ever(office):
    grant = office.watch()
    assert refusal(office.watch) == (Kind.CONFLICT, "google-channel-exists")
    assert refusal(lambda: office.watch(who=BOB)) == (Kind.CONFLICT, "google-channel-exists")
    office.stop(resource=grant.resource_id)
    assert refusal(office.watch) == (Kind.CONFLICT, "google-channel-exists")
    office.clock.push(60 * DAY)
    assert refusal(office.watch) == (Kind.CONFLICT, "google-channel-exists")


def test_b1_ids_and_tokens_as_the_daemon_makes_them_fit(office, world):
    world.start()
    world.run(MINUTE)
    (call,) = world.ordered(OpenChannel)
    assert call.channel_id.startswith(f"{USER}-")
    assert len(call.channel_id) <= 64
    office.watch(call.channel_id, secret="f" * 64)
    assert office.headers("X-Goog-Channel-ID") == [call.channel_id]


def test_b1_an_address_without_tls_is_refused_at_once(office):
    office.calendar = GoogleCalendar(office.wire, GoogleSettings(push_url=ADDRESS.replace("https", "http")))
    assert refusal(office.watch) == (Kind.REFUSED, "google-push-refused")


def test_b1_the_end_is_what_google_says_not_what_was_asked_for(office):
    assert office.watch("c1", ttl=90 * 86400).expires_at == START + 30 * 86400
    office.google.pushing.set_rules({"longest_ttl": 3600})
    assert office.watch("c2", ttl=WEEK).expires_at == START + 3600


def test_b1_the_resource_names_the_calendar_not_the_channel_or_the_event(office):
    first, second, other = office.watch("c1"), office.watch("c2"), office.watch("c3", BOB)
    assert first.resource_id == second.resource_id != other.resource_id
    office.edit()
    office.edit()
    assert office.headers("X-Goog-Resource-ID")[3:] == [first.resource_id] * 4


def test_b1_while_two_channels_overlap_both_fire_and_one_list_follows(world):
    world.start()
    world.run(MINUTE)
    world.google.channels["second"] = world.true + DAY
    before = len(world.ordered(ListEvents))
    world.edit(meeting("new"))
    world.run(MINUTE)
    assert len(world.ordered(ListEvents)) - before == 1


def test_b1_sync_may_come_before_the_answer_to_watch(world):
    world.push_delay = 0.0
    world.outcomes["OpenChannel"].append(Outcome(back=30.0))
    world.start()
    world.until(lambda: world.google.channels)
    world.run(10)
    assert [channel.state for channel in world.durable.channels] == ["creating"]
    assert world.durable.resource_id == RESOURCE
    world.run(HOUR)
    assert [channel.state for channel in world.durable.channels] == ["open"]
    assert world.state.flight.strays == {}
    assert len(world.google.alive(world.true)) == 1


def test_b1_a_message_after_the_stop_is_no_trouble(world):
    world.start()
    world.run(MINUTE)
    (channel,) = world.google.channels
    world.tell(SettingsChanged(settings=World(push=False).settings))
    world.run(MINUTE)
    assert world.google.channels == {}
    world.push(channel)
    world.run(HOUR)
    assert (world.durable.channels, world.state.flight.strays) == ((), {})
    assert world.reports[-1].code == ""


def test_b1_states_are_sync_and_exists_and_numbers_grow_with_gaps(office):
    office.watch()
    for _ in range(5):
        office.edit()
    assert office.states() == ["sync", *["exists"] * 5]
    numbers = [int(number) for number in office.headers("X-Goog-Message-Number")]
    assert numbers[0] == 1
    assert numbers == sorted(set(numbers))
    assert numbers[-1] > 6


# ---- B.2 ------------------------------------------------------------------------------------------------------------


def test_b2_a_calendar_that_cannot_be_watched(office):
    office.google.pushing.set_rules({"unsupported": [ALICE]})
    kind, code = refusal(office.watch)
    assert kind is Kind.REFUSED
    assert code in CATALOGUE


def test_b2_an_address_that_is_not_ours(office):
    office.google.pushing.set_rules({"domains": ["elsewhere.example"]})
    assert refusal(office.watch) == (Kind.REFUSED, "google-push-refused")


def test_b2_a_person_without_a_calendar(office):
    office.google.add_user(ALICE, calendar=False)
    assert refusal(office.watch) == (Kind.USER, "google-no-calendar")


@pytest.mark.parametrize("code", ["google-push-refused", "google-push-unsupported"])
def test_b2_a_refusal_is_remembered_for_about_a_week_while_polling_goes_on(world, code):
    world.outcomes["OpenChannel"].append(fails(Kind.REFUSED, code))
    world.start()
    world.run(MINUTE)
    assert world.durable.channels == ()
    for day in range(6):
        world.google.put(meeting(f"day{day}", start=world.true + DAY))
        world.run(0.99 * DAY)
        assert f"day{day}" in world.disk.rows
    assert len(world.ordered(OpenChannel)) == 1
    assert world.reports[-1].code == code
    world.run(1.7 * DAY)
    assert [channel.state for channel in world.durable.channels] == ["open"]
    assert world.reports[-1].code == ""


def test_b2_a_refusal_is_remembered_over_a_restart(world):
    world.outcomes["OpenChannel"].append(fails(Kind.REFUSED, "google-push-refused"))
    world.start()
    world.run(HOUR)
    world.restart()
    world.run(3 * DAY)
    assert len(world.ordered(OpenChannel)) == 1


def test_b2_after_a_reload_a_refusal_is_tried_again_at_once(world):
    world.outcomes["OpenChannel"].append(fails(Kind.REFUSED, "google-push-refused"))
    world.start()
    world.run(HOUR)
    world.tell(SettingsChanged(settings=world.settings))
    world.run(MINUTE)
    assert [channel.state for channel in world.durable.channels] == ["open"]


def test_b2_a_400_of_any_wording_means_that_this_calendar_is_polled(world):
    world.outcomes["OpenChannel"].append(fails(Kind.INVALID, "google-bad-request"))
    world.start()
    world.run(3 * DAY)
    assert len(world.ordered(OpenChannel)) == 1
    assert world.reports[-1].code == "google-push-unsupported"


def test_b2_a_404_is_looked_into_by_a_list_and_believed_the_second_time(world):
    world.start()
    world.run(MINUTE)
    world.google.longest_channel = 2 * HOUR
    world.outcomes["OpenChannel"].extend([fails(Kind.NOT_FOUND, "google-not-found")] * 5)
    world.until(lambda: len(world.ordered(OpenChannel)) == 2, within=WEEK)
    before = len(world.ordered(ListEvents))
    world.run(MINUTE)
    assert len(world.ordered(ListEvents)) == before + 1
    world.run(2 * DAY)
    assert len(world.ordered(OpenChannel)) == 3
    assert world.reports[-1].code == "google-push-unsupported"


def test_b2_access_that_is_lost_is_found_out_by_the_renewal(world):
    world.start()
    world.run(MINUTE)
    world.outcomes["OpenChannel"].append(fails(Kind.NOT_FOUND, "google-not-found"))
    world.until(lambda: len(world.ordered(OpenChannel)) == 2, within=WEEK)
    world.outcomes["ListEvents"].extend([fails(Kind.NOT_FOUND, "google-not-found")] * 100)
    world.run(MINUTE)
    assert (world.durable.standing.state, world.durable.standing.code) == ("error", "google-not-found")


def test_b2_an_id_that_is_taken_is_answered_by_another(world):
    world.outcomes["OpenChannel"].append(fails(Kind.CONFLICT, "google-channel-exists"))
    world.start()
    world.run(HOUR)
    first, second = (call.channel_id for call in world.ordered(OpenChannel))
    assert first != second
    assert second in world.google.channels
