"""Join details with a real daemon: they go with the keyword, on request at deactivation, and never by themselves."""

import pytest

from hybridcal_daemon.domain.joinblock import BEGIN
from hybridcal_daemon.domain.values import DAY

pytestmark = pytest.mark.process


@pytest.fixture
def admin(stage):
    stage.daemon.start()
    return stage.daemon.admin


def wanted(play, person, title, **more):
    """Id of an event that asked, and has its block."""
    event = person.create(title, play.now + DAY, location="@webex", description="Bring tea", **more)
    play.until("the block is written", lambda: has_block(person, event["id"]))
    return event["id"]


def has_block(person, event_id):
    return BEGIN in person.event(event_id).get("description", "")


def test_details_go_with_the_keyword_and_at_deactivation_if_it_is_chosen(stage, play, admin):
    alice = stage.people["alice"]
    admin.activate(alice.address, 10.0)
    one, other = wanted(play, alice, "Plan"), wanted(play, alice, "Review")
    writes = [entry for entry in stage.google.journal() if entry.method == "PATCH"]
    counted = admin.redecorate(alice.address, 10.0, dry_run=True)
    assert (counted["blocks"], counted["redone"]) == (2, 2)
    assert [entry for entry in stage.google.journal() if entry.method == "PATCH"] == writes
    alice.change(one, location="Room 7")
    play.until("the block is gone", lambda: not has_block(alice, one))
    assert alice.event(one)["description"] == "Bring tea"
    assert has_block(alice, other)
    admin.deactivate(alice.address, 30.0, undecorate=True)
    assert alice.event(other)["description"] == "Bring tea"
    assert admin.users(addresses=False) == []


def test_deactivation_alone_leaves_the_calendar_as_it_is(stage, play, admin):
    alice = stage.people["alice"]
    admin.activate(alice.address, 10.0)
    event_id = wanted(play, alice, "Plan")
    text = alice.event(event_id)["description"]
    admin.deactivate(alice.address, 30.0)
    assert alice.event(event_id)["description"] == text
