"""Orders about meetings and spaces, from order to answer, over the stand-in; every exchange is held against Webex' own
description.
"""

import json
from dataclasses import replace

import pytest

from hybridcal_daemon.adapters.webex import ServiceAppTokens, WebexRest, WebexSettings
from hybridcal_daemon.domain.calls import (
    ChangeMeeting,
    EndMeeting,
    FindMeeting,
    FindSpace,
    FollowSpace,
    HoldMeeting,
    OpenSpace,
    Plan,
)
from hybridcal_daemon.domain.errors import CATALOGUE
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import (
    CallFailed,
    MeetingEnded,
    MeetingFound,
    MeetingHeld,
    SpaceFollowed,
    SpaceFound,
    SpaceOpened,
)
from hybridcal_daemon.domain.values import DAY, HOUR, Instant, Plain, RequestId, Secret
from hybridcal_daemon.sandbox.webex import WebexSandbox
from hybridcal_daemon.work.room import decode_room, meeting_place, members_place
from hybridcal_daemon.work.webex import run
from tests.contract_webex.checked import CheckedClient
from tests.contract_webex.conftest import NOW, Clock, InProcess, credentials
from tests.work.fakes import ALICE

IDS = {"request_id": RequestId(7), "user": ALICE}
PLAN = Plan(start=Instant(NOW + DAY), end=Instant(NOW + DAY + HOUR), zone="Europe/Berlin")
HOLD = HoldMeeting(**IDS, tag="t1", event_id="e1", plan=PLAN)
OPEN = OpenSpace(**IDS, tag="t1", event_id="e1")
ADDRESS = "alice@acme.example"
ACCOUNT = "calendar@acme.example"
BASE = "https://webexapis.example"


@pytest.fixture
def sandbox():
    webex = WebexSandbox(clock=Clock(), seed=5)
    for address in (ADDRESS, "bob@acme.example", "carol@acme.example", ACCOUNT):
        webex.add_person(address, address.partition("@")[0].title())
    return webex


@pytest.fixture
def http(sandbox):
    client = CheckedClient(InProcess(sandbox))
    yield client
    assert client.faults == []


@pytest.fixture
def tools(sandbox, http, webex_tools):
    settings = WebexSettings(bot_token=lambda: Secret("bot"), api_url=f"{BASE}/v1", now=Clock().now)
    speakers = (sandbox.add_service_app(), sandbox.add_integration(ACCOUNT))
    tokens = [ServiceAppTokens(credentials(each), clock=Clock(), api_url=settings.api_url) for each in speakers]
    address = {ALICE: Plain("Alice@acme.example")}.__getitem__
    return replace(webex_tools, webex=WebexRest(http, settings, *tokens), address=address)


@pytest.fixture
def event(vault, cells):
    """What the event says: its title and guests."""

    def say(title="Plan", guests=()):
        content = {"title": title, "guests": guests}
        cells[ALICE, "e1"] = vault.seal(ALICE, "event/e1/join", Plain(json.dumps(content).encode()))

    say()
    return say


def failed(answer):
    assert isinstance(answer, CallFailed)
    assert answer.code in CATALOGUE
    return answer.kind, answer.code


# ---- meetings -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("event")
def test_a_meeting_is_held_and_how_to_join_is_sealed_for_its_tag(tools, sandbox, vault):
    answer = run(HOLD, tools)
    (seen,) = sandbox.meetings()
    assert answer == MeetingHeld(**IDS, tag="t1", meeting_id=seen.id, join=answer.join)
    assert (seen.host, seen.title, seen.site) == (ADDRESS, "Plan", "acme-example.webex.com")
    assert decode_room(vault.open(ALICE, meeting_place("t1"), answer.join)).link.reveal() == seen.link


@pytest.mark.usefixtures("event")
def test_the_site_of_the_configuration(tools, sandbox):
    sandbox.set_sites(ADDRESS, "acme-example.webex.com", "eu.webex.com")
    run(HOLD, replace(tools, site=lambda: "eu.webex.com"))
    assert [each.site for each in sandbox.meetings()] == ["eu.webex.com"]


@pytest.mark.usefixtures("event")
def test_the_site_that_was_chosen_for_a_person_goes_before_that_of_the_configuration(tools, sandbox):
    sandbox.set_sites(ADDRESS, "acme-example.webex.com", "eu.webex.com")
    run(replace(HOLD, site="eu.webex.com"), replace(tools, site=lambda: "acme-example.webex.com"))
    assert [each.site for each in sandbox.meetings()] == ["eu.webex.com"]


def test_without_its_event_nothing_is_made(tools, sandbox):
    for call in (HOLD, OPEN, FollowSpace(**IDS, tag="t1", space_id="s", event_id="e1", members=None)):
        assert failed(run(call, tools)) == (Kind.REFUSED, "nothing-to-join")
    assert sandbox.journal() == []


@pytest.mark.usefixtures("event")
def test_twins_are_taken_back_and_the_same_one_stays(tools, sandbox):
    for _ in range(3):
        run(HOLD, tools)
    find = FindMeeting(**IDS, tag="t1", plan=PLAN)
    first = run(find, tools)
    assert [each.id for each in sandbox.meetings()] == [first.meeting_id]
    assert run(find, tools) == first
    assert sandbox.mails() == []


def test_a_meeting_that_was_never_made(tools):
    assert run(FindMeeting(**IDS, tag="t1", plan=PLAN), tools) == MeetingFound(
        **IDS, tag="t1", meeting_id=None, join=None
    )


def test_a_meeting_follows_its_event(tools, sandbox, event):
    held = run(HOLD, tools)
    event(title="New plan")
    later = replace(PLAN, start=Instant(PLAN.start + HOUR), end=Instant(PLAN.end + HOUR))
    change = ChangeMeeting(**IDS, tag="t1", meeting_id=held.meeting_id, event_id="e1", plan=later, whole=True)
    assert run(change, tools) == held
    (seen,) = sandbox.meetings()
    assert (seen.title, seen.start) == ("New plan", later.start)
    sandbox.delete_meeting(seen.id)
    assert failed(run(change, tools))[0] is Kind.NOT_FOUND


@pytest.mark.usefixtures("event")
def test_a_meeting_ends_once_and_for_all(tools, sandbox):
    held = run(HOLD, tools)
    for _ in range(2):
        assert run(EndMeeting(**IDS, tag="t1", meeting_id=held.meeting_id), tools) == MeetingEnded(**IDS, tag="t1")
    assert sandbox.meetings() == []


@pytest.mark.usefixtures("event")
def test_a_refusal_names_webex_answer(tools, sandbox):
    sandbox.set_licence(ADDRESS, present=False)
    answer = run(HOLD, tools)
    assert failed(answer) == (Kind.REFUSED, "webex-meeting-refused")
    assert answer.tracking == sandbox.journal()[-1].tracking_id


# ---- spaces ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def space(event, tools):
    event()
    return run(OPEN, tools).space_id


@pytest.fixture
def follow(tools, space):
    def do(members=None):
        return run(FollowSpace(**IDS, tag="t1", space_id=space, event_id="e1", members=members), tools)

    return do


def members(sandbox, space):
    return sorted(member.address for member in sandbox.members(space))


def test_a_space_is_opened_and_found(tools, sandbox, space):
    (seen,) = sandbox.rooms()
    assert (seen.id, seen.title) == (space, "Plan")
    assert run(FindSpace(**IDS, tag="t1"), tools) == SpaceFound(**IDS, tag="t1", space_id=space)
    assert run(FindSpace(**IDS, tag="t2"), tools) == SpaceFound(**IDS, tag="t2", space_id=None)
    assert run(OPEN, tools) == SpaceOpened(**IDS, tag="t1", space_id=sandbox.rooms()[1].id)


def test_members_follow_the_guests(sandbox, space, follow, event, vault):
    event(guests=["Bob@acme.example", "carol@acme.example"])
    first = follow()
    assert isinstance(first, SpaceFollowed)
    assert members(sandbox, space) == sorted([ADDRESS, "bob@acme.example", "carol@acme.example", ACCOUNT])
    assert json.loads(vault.open(ALICE, members_place("t1"), first.members).reveal()) == [
        "bob@acme.example",
        "carol@acme.example",
    ]
    event(title="New plan", guests=["carol@acme.example"])
    second = follow(first.members)
    assert members(sandbox, space) == sorted([ADDRESS, "carol@acme.example", ACCOUNT])
    assert sandbox.rooms()[0].title == "New plan"
    before = len(sandbox.journal())
    assert follow(second.members) == second
    assert {asked.method for asked in sandbox.journal()[before:]} == {"GET"}


def test_whoever_came_without_an_invitation_stays(tools, sandbox, space, follow):
    tools.webex.add_member(space, Plain("bob@acme.example"))
    first = follow()
    follow(first.members)
    assert "bob@acme.example" in members(sandbox, space)


def test_guests_who_were_added_before_a_crash_leave_when_they_are_uninvited(sandbox, space, follow, event):
    event(guests=["bob@acme.example"])
    follow()
    again = follow()
    event(guests=[])
    follow(again.members)
    assert members(sandbox, space) == [ADDRESS, ACCOUNT]


def test_the_organiser_and_the_account_are_never_removed(sandbox, space, follow, event):
    event(guests=[ADDRESS, ACCOUNT])
    first = follow()
    event(guests=[])
    follow(first.members)
    assert members(sandbox, space) == [ADDRESS, ACCOUNT]


def test_one_whom_webex_will_not_have_keeps_nobody_else_out(sandbox, space, follow, event, vault):
    sandbox.restrict_to_own_people(own_only=True)
    event(guests=["aaron@partner.example", "nobody", "bob@acme.example"])
    answer = follow()
    assert answer.left_out == 2
    assert members(sandbox, space) == [ADDRESS, "bob@acme.example", ACCOUNT]
    assert json.loads(vault.open(ALICE, members_place("t1"), answer.members).reveal()) == ["bob@acme.example"]


def test_a_passing_trouble_fails_the_whole(sandbox, follow, event):
    event(guests=["bob@acme.example"])
    sandbox.add_fault({"kind": "status", "match": {"method": "POST", "path_regex": "memberships"}})
    assert failed(follow()) == (Kind.TRANSIENT, "webex-unavailable")


def test_a_space_that_migrated_is_not_found_under_its_old_id(sandbox, space, follow):
    sandbox.migrate(space)
    assert failed(follow())[0] is Kind.NOT_FOUND


def test_a_cell_that_is_none_of_ours(follow, vault):
    assert failed(follow(vault.seal(ALICE, members_place("t1"), Plain(b"{}")))) == (Kind.INVALID, "kms-tampered")
