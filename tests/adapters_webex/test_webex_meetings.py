"""Meetings over the stand-in, every exchange held against the public description."""

from dataclasses import replace

import msgspec
import pytest

from hybridcal_daemon.adapters.webex import WebexRest
from hybridcal_daemon.adapters.webex.meeting_bodies import title_of, zone_of
from hybridcal_daemon.adapters.webex.orders import Orders
from hybridcal_daemon.adapters.webex.wire_meetings import WireMeeting
from hybridcal_daemon.domain.calls import Moved, Plan
from hybridcal_daemon.domain.errors import explain
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE, Instant, Plain
from tests.adapters_webex.conftest import ACCOUNT, START

ALICE = Plain("alice@acme.example")
TITLE = Plain("Design review")
PLAN = Plan(start=Instant(START + DAY), end=Instant(START + DAY + HOUR), zone="Europe/Berlin")
SERIES = replace(PLAN, recurrence="FREQ=DAILY;COUNT=10")
THIRD = Instant(PLAN.start + 2 * DAY)
LATER = Moved(original=THIRD, start=Instant(THIRD + HOUR), end=Instant(THIRD + 2 * HOUR))
OFF = Moved(original=Instant(PLAN.start + 3 * DAY))


def failure_of(call, *args, **kwargs):
    with pytest.raises(CallError) as raised:
        call(*args, **kwargs)
    assert explain(raised.value.code)
    return raised.value


@pytest.fixture
def hold(checked_house):
    def do(plan=PLAN, tag="t1", **more):
        return checked_house.api.hold_meeting(ALICE, tag=tag, title=TITLE, plan=plan, **more)

    return do


@pytest.fixture
def change(checked_house):
    """Change a meeting; gives the requests that it took and how the meeting is then."""

    def do(held, plan, *, title=TITLE, whole=True):
        before = len(checked_house.sandbox.journal())
        now = checked_house.api.change_meeting(ALICE, held.meeting_id, title=title, plan=plan, whole=whole)
        assert now.meeting_id == held.meeting_id
        asked = [each.method for each in checked_house.sandbox.journal()[before:]]
        (seen,) = checked_house.sandbox.meetings()
        return asked, seen

    return do


def exceptions(seen):
    return {change.original: None if change.cancelled else (change.start, change.end) for change in seen.changes}


def test_a_meeting_is_held_in_the_name_of_its_host_and_nobody_is_mailed(checked_house, hold):
    held = hold()
    (seen,) = checked_house.sandbox.meetings()
    assert (seen.host, seen.title, seen.start, seen.end) == (ALICE.reveal(), "Design review", PLAN.start, PLAN.end)
    assert (seen.zone, seen.recurrence, seen.tags, seen.room) == ("Europe/Berlin", "", ("t1",), "")
    assert (held.meeting_id, held.room.link.reveal()) == (seen.id, seen.link)
    assert held.room.meeting_number.reveal() == seen.number
    assert held.room.sip_address.reveal() == f"{seen.number}@{seen.site}"
    assert held.room.password.reveal()
    assert held.room.dial_in[0] == ("US Toll", "+1-555-010-0100")
    assert checked_house.sandbox.mails() == []


def test_whoever_holds_the_link_can_join_without_the_host(checked_house, hold):
    hold()
    (meeting,) = checked_house.sandbox.world.meetings.living()
    assert meeting.options == {
        "enabledJoinBeforeHost": True,
        "joinBeforeHostMinutes": 15,
        "enableConnectAudioBeforeHost": True,
        "unlockedMeetingJoinSecurity": "allowJoin",
    }


def test_a_site_that_does_not_permit_its_rules_to_be_changed_gets_its_own(scripted, reply, house):
    grant = msgspec.json.encode({"access_token": "t", "expires_in": 99999})
    made = msgspec.json.encode(SHOWN)
    api, client = scripted(reply(200, grant), reply(400), reply(200, made), tokens=house.tokens)
    assert api.hold_meeting(ALICE, tag="t1", title=TITLE, plan=PLAN).meeting_id == "m1"
    first, second = (msgspec.json.decode(request.body) for request in client.requests[1:])
    assert "unlockedMeetingJoinSecurity" in first
    assert "unlockedMeetingJoinSecurity" not in second
    assert second.items() <= first.items()


SHOWN = {
    "id": "m1",
    "title": "Design review",
    "start": "2026-12-01T10:00:00Z",
    "end": "2026-12-01T11:00:00Z",
    "webLink": "https://acme.webex.com/acme/j.php?MTID=m1",
    "hostKey": "123456",
    "telephony": {"accessCode": "1", "callInNumbers": []},
}


def test_the_chosen_site(checked_house, hold):
    checked_house.sandbox.set_sites(ALICE.reveal(), "acme-example.webex.com", "eu.webex.com")
    hold(site="eu.webex.com")
    assert [each.site for each in checked_house.sandbox.meetings()] == ["eu.webex.com"]


def test_a_meeting_of_a_space_is_the_integration_s(checked_house, hold):
    api = checked_house.api
    space = api.open_space(tag="t1", title=TITLE)
    held = hold(space_id=space, site="eu.webex.com")
    (seen,) = checked_house.sandbox.meetings()
    assert (seen.room, seen.host) == (space, ACCOUNT)
    assert [each.meeting_id for each in api.find_meetings(ALICE, tag="t1", plan=PLAN, space_id=space)] == [seen.id]
    assert api.find_meetings(ALICE, tag="t1", plan=PLAN) == []
    later = replace(PLAN, start=Instant(PLAN.start + HOUR), end=Instant(PLAN.end + HOUR))
    api.change_meeting(ALICE, held.meeting_id, title=TITLE, plan=later, whole=True, space_id=space)
    assert checked_house.sandbox.meetings()[0].start == later.start
    api.end_meeting(ALICE, held.meeting_id, space_id=space)
    assert checked_house.sandbox.meetings() == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("", "Meeting"),
        ("  \n ", "Meeting"),
        ("a\nb\tc\x00d", "a b c d"),
        ("x" * 200, "x" * 128),
        ("x" * 127 + "  yz", "x" * 127),
        ("Entwurf ä", "Entwurf ä"),
    ],
)
def test_titles_fit(given, told):
    assert title_of(Plain(given)) == told


def test_a_zone_that_nobody_knows_is_utc():
    assert [zone_of(name).key for name in ("Asia/Tokyo", "", "Mars/Olympus", "../etc/passwd")] == [
        "Asia/Tokyo",
        *["UTC"] * 3,
    ]


# ---- refusals -------------------------------------------------------------------------------------------------------


def test_a_host_without_a_licence(checked_house, hold):
    checked_house.sandbox.set_licence(ALICE.reveal(), present=False)
    failure = failure_of(hold)
    assert (failure.kind, failure.code, failure.in_doubt) == (Kind.REFUSED, "webex-meeting-refused", False)


def test_a_host_whom_webex_does_not_know(checked_house):
    failure = failure_of(checked_house.api.hold_meeting, Plain("eve@acme.example"), tag="t", title=TITLE, plan=PLAN)
    assert (failure.kind, failure.code) == (Kind.NOT_FOUND, "webex-no-such-person")


def test_a_start_that_is_past(hold):
    failure = failure_of(hold, replace(PLAN, start=Instant(START - HOUR)))
    assert (failure.kind, failure.code) == (Kind.INVALID, "webex-meeting-refused")


def test_a_used_up_quota_stops_nobody_else(checked_house, hold):
    checked_house.sandbox.set_quota(per_host=1)
    hold()
    failure = failure_of(hold, tag="t2")
    assert (failure.kind, failure.code) == (Kind.REFUSED, "webex-meeting-quota")
    assert failure.retry_after == 3600.0


def test_a_limit_of_speed_is_no_quota(checked_house, hold):
    checked_house.sandbox.set_rate(1, 30)
    hold()
    failure = failure_of(hold, tag="t2")
    assert (failure.kind, failure.code) == (Kind.THROTTLED, "webex-rate-limited")


def test_without_service_app_or_integration(house):
    codes = [
        failure_of(house.bot_only.hold_meeting, ALICE, tag="t", title=TITLE, plan=PLAN, space_id=space).code
        for space in ("", "s1")
    ]
    assert codes == ["webex-no-service-app", "webex-no-integration"]
    assert house.sandbox.journal() == []


def test_a_space_that_the_account_is_not_in(checked_house, hold):
    space = checked_house.api.open_space(tag="t1", title=TITLE)
    checked_house.api.add_member(space, ALICE)
    checked_house.sandbox.leave(space, ACCOUNT)
    failure = failure_of(hold, space_id=space)
    assert (failure.kind, failure.code) == (Kind.NOT_FOUND, "webex-no-space")


def test_a_space_that_migrated_is_not_there_any_more(checked_house, hold):
    space = checked_house.api.open_space(tag="t1", title=TITLE)
    new = checked_house.sandbox.migrate(space)
    failure = failure_of(hold, space_id=space)
    assert (failure.kind, failure.code) == (Kind.NOT_FOUND, "webex-no-space")
    hold(space_id=new)


def test_an_account_without_a_licence_in_its_space(checked_house, hold):
    space = checked_house.api.open_space(tag="t1", title=TITLE)
    checked_house.sandbox.set_licence(ACCOUNT, present=False)
    failure = failure_of(hold, space_id=space)
    assert (failure.kind, failure.code) == (Kind.REFUSED, "webex-meeting-refused")


def test_an_answer_that_is_lost_leaves_a_doubt_that_the_tag_resolves(house):
    house.sandbox.add_fault({"kind": "ambiguous", "match": {"path_regex": "/v1/meetings$", "method": "POST"}})
    failure = failure_of(house.api.hold_meeting, ALICE, tag="t1", title=TITLE, plan=PLAN)
    assert (failure.kind, failure.in_doubt) == (Kind.TRANSIENT, True)
    (found,) = house.api.find_meetings(ALICE, tag="t1", plan=PLAN)
    assert [each.id for each in house.sandbox.meetings()] == [found.meeting_id]


@pytest.mark.parametrize("link", ["http://acme.webex.com/x", "javascript:x", "https://[::1", "https://a/ b", ""])
def test_a_link_that_is_not_https_is_a_bad_answer_after_the_fact(scripted, reply, house, link):
    grant = msgspec.json.encode({"access_token": "t", "expires_in": 99999})
    api, _ = scripted(
        reply(200, grant), reply(200, msgspec.json.encode({**SHOWN, "webLink": link})), tokens=house.tokens
    )
    failure = failure_of(api.hold_meeting, ALICE, tag="t1", title=TITLE, plan=PLAN)
    assert (failure.code, failure.in_doubt) == ("webex-bad-answer", True)


def test_secrets_of_the_host_are_not_decoded():
    assert "host_key" not in WireMeeting.__struct_fields__
    assert "123456" not in repr(msgspec.json.decode(msgspec.json.encode(SHOWN), type=WireMeeting))


# ---- looking for it -------------------------------------------------------------------------------------------------


def test_it_is_found_by_its_tag_wherever_it_was_moved_and_in_the_same_order(checked_house, hold):
    ids = [hold(replace(PLAN, start=Instant(PLAN.start + n), end=Instant(PLAN.end + n))).meeting_id for n in (HOUR, 0)]
    hold(tag="other")
    found = checked_house.api.find_meetings(
        ALICE, tag="t1", plan=replace(PLAN, start=Instant(PLAN.start + 90 * DAY), end=Instant(PLAN.end + 90 * DAY))
    )
    assert [each.meeting_id for each in found] == ids[::-1]
    assert checked_house.api.find_meetings(ALICE, tag="none", plan=PLAN) == []


def test_a_meeting_with_another_tag_in_the_answer_is_not_ours(scripted, reply, house):
    grant = msgspec.json.encode({"access_token": "t", "expires_in": 99999})
    items = [SHOWN, {**SHOWN, "id": "m2", "integrationTags": ["t1"]}]
    api, _ = scripted(reply(200, grant), reply(200, msgspec.json.encode({"items": items})), tokens=house.tokens)
    assert [each.meeting_id for each in api.find_meetings(ALICE, tag="t1", plan=PLAN)] == ["m2"]


# ---- following ------------------------------------------------------------------------------------------------------


def test_title_and_times_follow(checked_house, hold, change):
    held = hold()
    later = replace(PLAN, start=Instant(PLAN.start + DAY), end=Instant(PLAN.end + DAY + HOUR), zone="Asia/Tokyo")
    asked, seen = change(held, later, title=Plain("Other"))
    assert (asked, seen.title, seen.start, seen.end, seen.zone, seen.tags) == (
        ["GET", "PATCH"],
        "Other",
        later.start,
        later.end,
        "Asia/Tokyo",
        ("t1",),
    )
    assert change(held, later, title=Plain("Other"))[0] == ["GET"]
    assert checked_house.sandbox.mails() == []


def test_one_becomes_a_series_and_one_again(hold, change):
    held = hold()
    assert change(held, SERIES)[1].recurrence == SERIES.recurrence
    assert change(held, PLAN)[1].recurrence == ""


def test_occurrences_follow_and_are_left_alone_when_they_are_right(hold, change):
    held = hold(SERIES)
    plan = replace(SERIES, moved=(LATER, OFF))
    asked, seen = change(held, plan, whole=False)
    assert exceptions(seen) == {THIRD: (LATER.start, LATER.end), OFF.original: None}
    assert asked == ["GET", "GET", "DELETE", "PATCH"]
    assert change(held, plan, whole=False)[0] == ["GET", "GET"]


def test_an_occurrence_that_was_moved_is_moved_on_and_back(hold, change):
    held = hold(SERIES)
    change(held, replace(SERIES, moved=(LATER,)), whole=False)
    further = replace(LATER, start=Instant(THIRD + 5 * DAY), end=Instant(THIRD + 5 * DAY + HOUR))
    assert exceptions(change(held, replace(SERIES, moved=(further,)), whole=False)[1]) == {
        THIRD: (further.start, further.end)
    }
    assert exceptions(change(held, SERIES, whole=False)[1]) == {THIRD: (THIRD, THIRD + HOUR)}


def test_an_occurrence_that_was_called_off_comes_back(hold, change):
    held = hold(SERIES)
    change(held, replace(SERIES, moved=(LATER, OFF)), whole=False)
    seen = change(held, replace(SERIES, moved=(LATER,)), whole=False)[1]
    assert exceptions(seen) == {THIRD: (LATER.start, LATER.end)}


def test_a_new_time_of_the_series_and_its_exceptions_at_once(hold, change):
    held = hold(SERIES)
    change(held, replace(SERIES, moved=(LATER, OFF)))
    moved = replace(
        SERIES,
        start=Instant(SERIES.start + HOUR),
        end=Instant(SERIES.end + HOUR),
        moved=(replace(OFF, original=Instant(OFF.original + HOUR)),),
    )
    assert exceptions(change(held, moved)[1]) == {OFF.original + HOUR: None}


def test_a_series_that_has_begun_takes_a_title_and_an_end(checked_house, hold, change):
    held = hold(SERIES)
    checked_house.clock.push(3 * DAY + 30 * MINUTE)
    assert change(held, SERIES, title=Plain("Other"))[1].title == "Other"
    cut = replace(SERIES, recurrence="FREQ=DAILY;COUNT=5")
    seen = change(held, cut, title=Plain("Other"))[1]
    assert (seen.start, seen.recurrence) == (SERIES.start, cut.recurrence)


def test_what_has_begun_is_left_alone(checked_house, hold, change):
    held = hold(SERIES)
    change(held, replace(SERIES, moved=(LATER,)), whole=False)
    checked_house.clock.push(5 * DAY)
    past_off = replace(OFF, original=Instant(PLAN.start + DAY))
    asked, seen = change(held, replace(SERIES, moved=(past_off,)), whole=False)
    assert asked == ["GET", "GET"]
    assert exceptions(seen) == {THIRD: (LATER.start, LATER.end)}


def test_a_series_that_has_begun_does_without_an_occurrence_that_cannot_come_back(checked_house, hold, change):
    held = hold(SERIES)
    plan = replace(SERIES, moved=(replace(OFF, original=Instant(PLAN.start + 8 * DAY)),))
    change(held, plan, whole=False)
    checked_house.clock.push(5 * DAY)
    asked, seen = change(held, SERIES, whole=False)
    assert asked == ["GET", "GET"]
    assert exceptions(seen) == {PLAN.start + 8 * DAY: None}


def test_a_rule_that_is_said_otherwise_is_the_same_rule(hold, change, checked_house):
    held = hold(replace(SERIES, recurrence="FREQ=WEEKLY;BYDAY=TU;COUNT=3"))
    checked_house.clock.push(2 * DAY)
    plan = replace(SERIES, recurrence="COUNT=3;FREQ=WEEKLY;INTERVAL=1;BYDAY=TU;WKST=MO")
    assert change(held, plan)[0] == ["GET", "GET"]


def test_days_of_many_pages(checked_house, hold):
    endless = replace(SERIES, recurrence="FREQ=DAILY", zone="UTC")
    held = hold(endless)
    checked_house.sandbox.lose_link_parameters(lose=True)
    moved = tuple(
        Moved(
            original=Instant(PLAN.start + n * DAY),
            start=Instant(PLAN.start + n * DAY + HOUR),
            end=Instant(PLAN.start + n * DAY + 2 * HOUR),
        )
        for n in range(150)
    )
    checked_house.api.change_meeting(
        ALICE, held.meeting_id, title=TITLE, plan=replace(endless, moved=moved), whole=False
    )
    (seen,) = checked_house.sandbox.meetings()
    assert len(exceptions(seen)) == 150


def test_a_patch_is_said_again_as_plain_json_where_its_type_is_not_taken(scripted, reply, house):
    answers = [{"access_token": "t", "expires_in": 99999}, SHOWN, {**SHOWN, "title": "Other"}]
    grant, before, after = (reply(200, msgspec.json.encode(answer)) for answer in answers)
    api, client = scripted(grant, before, reply(415), after, tokens=house.tokens)
    api.change_meeting(
        ALICE,
        "m1",
        title=Plain("Other"),
        whole=True,
        plan=replace(PLAN, start=Instant(START + DAY), end=Instant(START + DAY + HOUR)),
    )
    assert [request.headers["content-type"] for request in client.requests[2:]] == [
        "application/json-patch+json",
        "application/json",
    ]


def test_a_meeting_that_somebody_deleted(checked_house, hold):
    held = hold()
    checked_house.sandbox.delete_meeting(held.meeting_id)
    failure = failure_of(checked_house.api.change_meeting, ALICE, held.meeting_id, title=TITLE, plan=PLAN, whole=True)
    assert failure.kind is Kind.NOT_FOUND


def test_an_end_twice(checked_house, hold):
    held = hold(SERIES)
    for _ in range(2):
        checked_house.api.end_meeting(ALICE, held.meeting_id)
    assert checked_house.sandbox.meetings() == []
    assert checked_house.sandbox.mails() == []


def test_a_trouble_while_ending_is_not_swallowed(house):
    house.sandbox.add_fault({"kind": "status", "status": 503})
    assert failure_of(house.api.end_meeting, ALICE, "m1").kind is Kind.TRANSIENT


def test_orders_for_all_hosts_together_are_limited_over_24_hours(checked_house):
    limit = [2]
    orders = Orders(checked_house.clock, lambda: limit[0])
    settings = replace(checked_house.settings, orders=orders)
    api = WebexRest(checked_house.api._http, settings, checked_house.tokens, checked_house.api._integration_tokens)

    def hold(tag, **more):
        return api.hold_meeting(
            ALICE, tag=tag, title=TITLE, plan=replace(PLAN, end=Instant(PLAN.end + DAY / 2)), **more
        )

    hold("t1")
    checked_house.clock.push(HOUR)
    hold("t2")
    before = len(checked_house.sandbox.journal())
    failure = failure_of(hold, "t3")
    assert (failure.kind, failure.code, failure.retry_after) == (Kind.REFUSED, "webex-meeting-quota", DAY - HOUR)
    assert len(checked_house.sandbox.journal()) == before
    hold("t4", space_id=api.open_space(tag="t4", title=TITLE))
    limit[0] = 3
    hold("t3")
    limit[0] = 0
    assert failure_of(hold, "t5").code == "webex-meeting-quota"


def test_an_order_that_is_a_day_old_counts_no_more(clock):
    orders = Orders(clock, lambda: 1)
    orders.take()
    clock.push(DAY - 1)
    assert failure_of(orders.take).retry_after == 1.0
    clock.push(1)
    orders.take()
    assert failure_of(Orders(clock, lambda: 0).take).retry_after == DAY
