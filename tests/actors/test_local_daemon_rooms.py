"""Rooms through the daemon's surface, over the real actors on virtual time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actors.protocol import SUPERVISOR, Serve
from hybridcal_daemon.domain.calls import CheckAccess, GrantAccess, ListEvents, ReturnAccess
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Plain, is_room
from hybridcal_daemon.ports import UnknownUser
from tests.actors.actor_fakes import QUIET, told_to
from tests.actors.actor_worlds import Company
from tests.actors.local_house import ALICE, BY, House, acts

AURORA = Plain("aurora@resource.acme.example")
BOREALIS = Plain("borealis@resource.acme.example")


@pytest.fixture
def house():
    return House(Company(settings=replace(QUIET, acting="a")))


def kinds(house, user):
    return [type(call) for call in house.company.services.calls if call.user == user]


def test_a_room_is_activated_with_access_first(house):
    view = house.activate(AURORA, room=True)
    assert (view.state, view.address) == ("active", AURORA)
    assert is_room(view.user)
    assert acts(house) == [(BY, "activate", view.user)]
    assert kinds(house, view.user) == [CheckAccess, GrantAccess, ListEvents]


def test_its_access_is_given_back_before_it_is_erased(house):
    user = house.activate(AURORA, room=True).user
    house.daemon.deactivate(AURORA, by=BY, wait=60.0, room=True)
    assert kinds(house, user)[-1] is ReturnAccess
    assert not house.company.store.rows
    with pytest.raises(UnknownUser):
        house.daemon.user(AURORA, room=True)


def test_persons_and_rooms_are_listed_and_counted_apart(house):
    alice, aurora = house.activate(ALICE), house.activate(AURORA, room=True)
    assert [view.user for view in house.daemon.users(reveal=False)] == [alice.user]
    rooms = house.daemon.users(reveal=True, room=True)
    assert [(view.user, view.address) for view in rooms] == [(aurora.user, AURORA)]
    status = house.daemon.status()
    assert (status.users["active"], status.rooms["active"]) == (1, 1)


@pytest.mark.parametrize(("room", "code"), [(True, "activated-as-room"), (False, "activated-as-person")])
def test_an_address_is_a_persons_or_a_rooms_and_never_both(house, room, code):
    view = house.activate(AURORA, room=room)
    daemon, other = house.daemon, not room
    for act in (
        lambda: house.activate(AURORA, room=other),
        lambda: daemon.user(AURORA, room=other),
        lambda: daemon.resync(AURORA, room=other),
        lambda: daemon.deactivate(AURORA, by=BY, wait=1.0, room=other),
    ):
        with pytest.raises(CallError) as refused:
            act()
        assert (refused.value.kind, refused.value.code) == (Kind.CONFLICT, code)
    assert acts(house) == [(BY, "activate", view.user)]
    assert daemon.user(AURORA, room=room).state == "active"
    daemon.resync(AURORA, room=room)


def test_an_address_may_change_its_kind_by_leaving_first(house):
    house.activate(AURORA)
    house.daemon.deactivate(AURORA, by=BY, wait=60.0)
    assert is_room(house.activate(AURORA, room=True).user)


def test_where_no_account_acts_for_rooms_none_is_activated(house):
    house.acts_for_rooms = False
    with pytest.raises(CallError) as refused:
        house.activate(AURORA, room=True)
    assert (refused.value.kind, refused.value.code) == (Kind.CONFLICT, "google-rooms-off")
    assert not house.company.store.rows
    assert acts(house) == []
    assert not told_to(house.company.told, SUPERVISOR, Serve)
    assert house.activate(ALICE).state == "active"


def test_a_reload_without_the_account_leaves_rooms_with_the_reason_and_persons_alone(house):
    house.activate(ALICE)
    house.activate(AURORA, room=True)
    house.company.system.retune(QUIET, {})
    house.company.settle()
    view = house.daemon.user(AURORA, room=True)
    assert (view.state, view.code) == ("error", "google-rooms-off")
    assert house.daemon.user(ALICE).state == "active"
    house.company.system.retune(replace(QUIET, acting="a"), {})
    house.company.advance(30.0)
    assert house.daemon.user(AURORA, room=True).state == "active"


def test_a_room_that_was_shared_with_the_account_is_read_and_left_as_it_is(house):
    house.company.services.role = "writer"
    user = house.activate(BOREALIS, room=True).user
    house.daemon.deactivate(BOREALIS, by=BY, wait=60.0, room=True)
    assert not {GrantAccess, ReturnAccess} & set(kinds(house, user))
