"""What admins see and do about Google's refusals to issue tokens."""

import pytest

from actors.protocol import Forgive, Minted
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.tokens import Purpose
from tests.actors.actor_fakes import uid
from tests.actors.actor_worlds import Company
from tests.actors.local_house import ALICE, House

KEY = (uid(1), Purpose.CALENDAR)


@pytest.fixture
def house():
    return House(Company())


def refused(house, error):
    house.company.system.directory.tell("tokens", Minted(KEY, error))
    house.company.settle()


def test_how_far_the_clock_is_off_is_in_status_and_user(house):
    view = house.activate()
    assert (view.clock_skew, house.daemon.status().clock_skew) == (None, None)
    refused(house, CallError(Kind.CONFIG, "google-clock-skew", measured=-2820.0))
    assert house.daemon.status().clock_skew == -2820.0
    assert house.daemon.user(ALICE).clock_skew == -2820.0
    assert house.activate().clock_skew == -2820.0


def test_a_resync_lets_google_be_asked_again(house):
    house.activate()
    refused(house, CallError(Kind.USER, "google-no-such-user"))
    state = house.company.system._tokens
    assert list(state.refused) == [KEY]
    house.daemon.resync(ALICE)
    house.company.settle()
    assert state.refused == {}
    assert [message for _, message in house.company.told if isinstance(message, Forgive)] == [Forgive(uid(1))]
