"""Every operation of the adapter over the stand-in, with the checker between them."""

from dataclasses import replace

import pytest

from hybridcal_daemon.domain.calls import Moved, Plan
from hybridcal_daemon.domain.values import DAY, HOUR, Instant, Plain, Secret
from tests.contract_webex.conftest import NOW
from tests.contract_webex.described import operations

ALICE = Plain("alice@acme.example")
BOB = Plain("bob@acme.example")
TITLE = Plain("Design review")
SERIES = Plan(
    start=Instant(NOW + DAY), end=Instant(NOW + DAY + HOUR), zone="Europe/Berlin", recurrence="FREQ=DAILY;COUNT=5"
)


def people(api, sandbox):
    person = api.person(ALICE)
    bearer = Secret(sandbox.person_token(ALICE.reveal()))
    assert api.whoami(bearer) == person
    assert api.personal_room(ALICE) is not None
    api.set_presence(person.uuid, status="ooo", ttl=600)


def cards(api, _sandbox):
    person = api.person(ALICE).person_id
    url = Plain("https://acme-example.webex.com/meet/alice")
    message = api.send_card(person, key="k-1", title=TITLE, url=url, starts="10:00")
    assert api.find_card(person, key="k-1", since=Instant(NOW)) == message
    api.delete_message(message)


def meetings(api, _sandbox):
    held = api.hold_meeting(ALICE, tag="t1", title=TITLE, plan=SERIES)
    assert [each.meeting_id for each in api.find_meetings(ALICE, tag="t1", plan=SERIES)] == [held.meeting_id]
    moved = (
        Moved(original=Instant(SERIES.start + DAY)),
        Moved(original=SERIES.start, start=Instant(SERIES.start + HOUR), end=Instant(SERIES.end + HOUR)),
    )
    api.change_meeting(ALICE, held.meeting_id, title=Plain("Other"), plan=replace(SERIES, moved=moved), whole=True)
    api.change_meeting(ALICE, held.meeting_id, title=Plain("Other"), plan=replace(SERIES, recurrence=""), whole=True)
    api.end_meeting(ALICE, held.meeting_id)


def spaces(api, _sandbox):
    space = api.open_space(tag="t1", title=TITLE)
    assert api.find_space(tag="t1") == space
    api.add_member(space, ALICE)
    api.add_member(space, BOB)
    held = api.hold_meeting(ALICE, tag="t1", title=TITLE, plan=SERIES, space_id=space)
    api.end_meeting(ALICE, held.meeting_id, space_id=space)
    api.rename_space(space, Plain("Other"))
    for member in api.space_members(space):
        api.remove_member(member.membership_id)


@pytest.mark.parametrize("scene", [people, cards, meetings, spaces], ids=lambda scene: scene.__name__)
def test_what_is_asked_and_answered_is_described(scene, api, sandbox, http):
    scene(api, sandbox)
    assert http.faults == []
    assert http.seen


def test_no_answer_was_left_unjudged(api, sandbox, http):
    for scene in (people, cards, meetings, spaces):
        scene(api, sandbox)
    described = {operation.name for each in operations().values() for _, operation in each}
    assert set(http.seen) <= described
    asked = {f"{asked.method} {asked.path}" for asked in sandbox.journal() if asked.path.startswith("/v1/")}
    assert len(asked) > len(http.seen) > 15
