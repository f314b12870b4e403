"""What an admin chooses for a person: redecorating, a site, and that join details go at deactivation."""

from __future__ import annotations

import pytest

from actors.protocol import SUPERVISOR, Leave
from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.messages import Deactivated, RedecorateAsked, SiteChosen
from hybridcal_daemon.ports import Blocks, LeaveUser, UnknownUser
from tests.actors.actor_fakes import told_to
from tests.actors.local_house import ALICE, BOB, BY, acts


@pytest.mark.parametrize("dry", [True, False])
def test_redecorating_is_counted_and_on_record_unless_it_is_dry(house, dry):
    view = house.activate()
    assert house.daemon.redecorate(ALICE, dry=dry, by=BY, wait=5.0) == Blocks(blocks=0, redone=0)
    (asked,) = told_to(house.company.told, view.user, RedecorateAsked)
    assert asked.dry is dry
    assert ((BY, "redecorate", view.user) in acts(house)) is not dry


def test_a_site_is_on_record_and_remembered(house):
    view = house.activate()
    house.daemon.choose_site(ALICE, "acme.webex.com", by=BY)
    house.company.settle()
    (chosen,) = told_to(house.company.told, view.user, SiteChosen)
    assert (chosen.site, bool(chosen.key)) == ("acme.webex.com", True)
    assert house.company.store.durables[view.user].site == "acme.webex.com"
    assert acts(house)[-1] == (BY, "site", view.user)


def test_nothing_is_chosen_for_somebody_unknown(house):
    for choose in (
        lambda: house.daemon.redecorate(BOB, dry=False, by=BY, wait=1.0),
        lambda: house.daemon.choose_site(BOB, "", by=BY),
    ):
        with pytest.raises(UnknownUser):
            choose()
    assert acts(house) == []


def test_a_choice_that_cannot_be_heard_is_refused(house):
    view = house.activate()
    house.company.directory.remove(view.user)
    for choose in (
        lambda: house.daemon.redecorate(ALICE, dry=True, by=BY, wait=1.0),
        lambda: house.daemon.choose_site(ALICE, "", by=BY),
    ):
        with pytest.raises(CallError, match="busy"):
            choose()


@pytest.mark.parametrize("undecorate", [True, False])
def test_the_choice_at_deactivation_is_written_down_and_passed_on(house, undecorate):
    view = house.activate()
    house.daemon.deactivate(ALICE, by=BY, wait=60.0, undecorate=undecorate)
    assert not house.company.store.rows
    assert acts(house)[-1] == (BY, "deactivate-undecorate" if undecorate else "deactivate", view.user)
    written = [each for commit in house.company.store.commits for each in commit if isinstance(each, LeaveUser)]
    assert [each.undecorate for each in written] == [undecorate]
    assert told_to(house.company.told, SUPERVISOR, Leave) == [Leave(view.user, undecorate)]
    assert told_to(house.company.told, view.user, Deactivated) == [Deactivated(undecorate=undecorate)]
