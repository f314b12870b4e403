"""Another Webex site for somebody: its Personal Room is looked up, and what stands stays until an admin asks."""

import pytest

from hybridcal_daemon.domain.calls import Decorate, FetchRoom, HoldMeeting
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import Linked, RedecorateAsked, SiteChosen
from hybridcal_daemon.domain.values import HOUR, MINUTE, Sealed
from tests.domain_decisions.facts import asking
from tests.domain_decisions.world import World, fails, slow

SITE = "other.webex.com"


@pytest.fixture
def world():
    world = World(push=True)
    world.google.put(asking(minutes=600))
    world.start()
    world.run(20)
    return world


def choose(world, site=SITE, room=b"other room"):
    world.webex.room = Sealed(room)
    world.tell(SiteChosen(site=site))


def test_a_block_that_stands_stays(world):
    choose(world)
    world.run(HOUR)
    assert len(world.ordered(Decorate)) == 1
    assert world.durable.site == SITE


def test_a_choice_is_answered_when_it_is_on_disk(world):
    world.tell(SiteChosen(site=SITE, key="k1"))
    world.run(1)
    world.tell(SiteChosen(site=SITE, key="k2"))
    world.tell(Linked(link=Sealed(b"a link"), key="k3"))
    world.run(1)
    assert [key for key, _ in world.kept] == ["k1", "k2", "k3"]
    assert all(SITE in durable for _, durable in world.kept)


def test_the_next_block_is_that_of_the_site(world):
    choose(world)
    world.edit(asking("a2", minutes=600))
    world.run(MINUTE)
    assert [call.site for call in world.ordered(FetchRoom)] == ["", SITE]
    assert world.ordered(Decorate)[-1].room == Sealed(b"other room")


def test_what_stands_is_written_anew_when_an_admin_asks(world):
    choose(world)
    world.tell(RedecorateAsked(key="k", dry=False))
    world.run(MINUTE)
    assert [call.room for call in world.ordered(Decorate)][1:] == [Sealed(b"other room")]


def test_the_same_site_again_changes_nothing(world):
    world.tell(SiteChosen(site=""))
    assert world.durable.room is not None
    world.run(HOUR)
    assert len(world.ordered(FetchRoom)) == 1


def test_an_answer_about_the_site_before_is_not_believed(world):
    choose(world)
    world.outcomes["FetchRoom"].append(slow(0.1)._replace(back=30.0))
    world.edit(asking("a2", minutes=600))
    world.until(lambda: len(world.ordered(FetchRoom)) == 2)
    world.run(5)  # looked up, but not told yet
    choose(world, "third.webex.com", b"third room")
    world.run(MINUTE)
    assert [call.site for call in world.ordered(FetchRoom)] == ["", SITE, "third.webex.com"]
    assert world.ordered(Decorate)[-1].room == Sealed(b"third room")
    assert {bytes(call.room) for call in world.ordered(Decorate)} == {b"room", b"third room"}


def test_it_survives_a_restart(world):
    choose(world)
    world.run(1)
    world.restart()
    world.edit(asking("a2", minutes=600))
    world.run(MINUTE)
    assert world.ordered(FetchRoom)[-1].site == SITE


def test_a_meeting_that_the_site_before_refused_is_tried_on_the_new_one_at_once(world):
    world.outcomes["HoldMeeting"].append(fails(Kind.NOT_FOUND, "webex-no-such-person"))
    world.edit(asking("o1", minutes=600, asked="onetime", title_digest="title"))
    world.run(MINUTE)
    assert [meeting.state for meeting in world.durable.meetings] == ["failed"]
    choose(world)
    world.run(MINUTE)
    assert [meeting.state for meeting in world.durable.meetings] == ["made"]
    assert [call.site for call in world.ordered(HoldMeeting)] == ["", SITE]
