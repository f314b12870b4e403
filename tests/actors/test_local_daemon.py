"""The daemon as its surfaces see it, over the real actors on virtual time."""

from __future__ import annotations

import pytest

from actors.protocol import SUPERVISOR, Serve, WriteNow
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import ResyncAsked
from hybridcal_daemon.domain.values import MINUTE, Plain
from hybridcal_daemon.ports import LeaveUser, UnknownUser
from tests.actors.actor_fakes import told_to, uid
from tests.actors.actor_worlds import Company
from tests.actors.local_house import ALICE, BOB, BY, House, acts

# ---- activation


def test_activation_is_on_record_before_it_happens_and_waits_for_the_calendar(house):
    view = house.activate()
    assert (view.state, view.address) == ("active", ALICE)
    assert acts(house) == [(BY, "activate", view.user)]
    (write,) = told_to(house.company.told, SUPERVISOR, Serve)
    first = next(commit for commit in house.company.store.commits if len(commit) == 2)
    assert [type(each).__name__ for each in first] == ["Audit", "AddUser"]
    assert write.row.user == view.user


def test_a_second_activation_finds_the_first(house):
    view = house.activate()
    again = house.activate(Plain("alice@acme.example"))
    assert again.user == view.user
    assert house.company.vault.made == 1
    assert len(acts(house)) == 1


def test_a_calendar_that_does_not_answer_leaves_it_pending(house):
    house.company.services.fails[uid(1)] = (Kind.TRANSIENT, "google-unavailable")
    view = house.activate(wait=3.0)
    assert (view.state, view.code) == ("pending", "google-unavailable")


def test_a_calendar_that_refuses_says_so(house):
    house.company.services.fails[uid(1)] = (Kind.USER, "google-no-such-user")
    view = house.activate()
    assert (view.state, view.code) == ("error", "google-no-such-user")


def test_a_full_disk_is_the_answer_and_nobody_is_served(house):
    house.company.store.full = True
    with pytest.raises(CallError) as refused:
        house.activate()
    assert (refused.value.kind, refused.value.code) == (Kind.TRANSIENT, "disk-full")
    assert not told_to(house.company.told, SUPERVISOR, Serve)
    house.company.store.full = False
    assert house.activate().state == "active"


def test_sealed_keys_are_the_answer(house):
    house.company.vault.sealed = "kms-keyring-missing"
    with pytest.raises(CallError, match="sealed:kms-keyring-missing"):
        house.activate()
    assert not house.company.store.rows


def test_somebody_who_is_leaving_is_let_go_and_comes_back_as_somebody_new(house):
    first = house.activate()
    house.company.scheduler.delay(first.user, 10.0, 10.0)
    house.daemon.deactivate(ALICE, by=BY, wait=0.1)
    assert house.company.store.rows[first.user].standing.state == "leaving"
    second = house.activate()
    assert second.user != first.user
    assert second.state == "active"
    assert set(house.company.store.rows) == {second.user}


def test_somebody_who_cannot_be_let_go_in_time_is_shown_as_leaving(house):
    house.activate()
    house.company.ask("store", WriteNow((LeaveUser(user=uid(1), at=house.company.now),)))
    served = len(told_to(house.company.told, SUPERVISOR, Serve))
    house.company.scheduler.delay(SUPERVISOR, 0.5, 0.5)
    house.company.scheduler.delay(uid(1), 600.0, 600.0)
    assert house.company.directory.tell(SUPERVISOR, _leave())
    assert house.activate(wait=2.0).state == "leaving"
    assert len(told_to(house.company.told, SUPERVISOR, Serve)) == served


def _leave():
    from actors.protocol import Leave  # noqa: PLC0415 - used once

    return Leave(uid(1))


# ---- deactivation


def test_deactivation_returns_when_everything_is_gone(house):
    view = house.activate()
    house.daemon.deactivate(ALICE, by=BY, wait=60.0)
    assert not house.company.store.rows
    assert acts(house)[-1] == (BY, "deactivate", view.user)
    with pytest.raises(UnknownUser):
        house.daemon.user(ALICE)


@pytest.mark.parametrize("act", ["deactivate", "user", "resync"])
def test_nobody_can_do_anything_to_somebody_unknown(house, act):
    calls = {
        "deactivate": lambda: house.daemon.deactivate(BOB, by=BY, wait=1.0),
        "user": lambda: house.daemon.user(BOB),
        "resync": lambda: house.daemon.resync(BOB),
    }
    with pytest.raises(UnknownUser):
        calls[act]()
    assert acts(house) == []


def test_a_full_disk_refuses_the_deactivation_and_the_user_stays(house):
    house.activate()
    house.company.store.full = True
    with pytest.raises(CallError, match="disk-full"):
        house.daemon.deactivate(ALICE, by=BY, wait=1.0)
    house.company.store.full = False
    assert house.daemon.user(ALICE).state == "active"


# ---- views


def test_addresses_are_shown_only_when_asked_for(house):
    house.activate(ALICE)
    house.activate(BOB)
    assert [view.address for view in house.daemon.users(reveal=False)] == [None, None]
    assert [view.address for view in house.daemon.users(reveal=True)] == [ALICE, BOB]
    house.company.vault.sealed = "kms-sealed"
    house.company.vault.admitted.clear()
    kms = house.company.directory.get("kms")._actor_weakref()
    kms._loaded.clear()
    assert [view.address for view in house.daemon.users(reveal=True)] == [None, None]


def test_addresses_of_thousands_are_not_waited_for_one_by_one(house):
    house.activate(ALICE)
    house.activate(BOB)
    house.company.scheduler.delay("kms", 1e6, 1e6)
    began = house.company.now
    with pytest.raises(CallError, match="busy"):
        house.daemon.users(reveal=True)
    assert house.company.now - began < MINUTE


def test_status_counts_everybody(house):
    house.activate(ALICE)
    house.company.services.fails[uid(2)] = (Kind.USER, "google-no-such-user")
    house.activate(BOB)
    status = house.daemon.status()
    assert status.users == {"active": 1, "pending": 0, "error": 1, "parked": 0, "leaving": 0}
    assert status.lanes == dict.fromkeys(("google", "webex", "devices"), ("ok", 0, 0))
    assert (status.store, status.sealed, status.alarms) == ("ok", "", ())
    assert house.daemon.ready()


def test_status_shows_a_silent_part_and_does_not_wait_for_ever(house):
    house.activate()
    for name in ("google", "store"):
        house.company.scheduler.delay(name, 1e6, 1e6)
    began = house.company.now
    status = house.daemon.status()
    assert status.lanes["google"] == ("silent", 0, 0)
    assert status.store == "silent"
    assert status.users["active"] == 1
    assert house.company.now - began < MINUTE
    assert not house.daemon.ready()
    house.company.scheduler.delay(SUPERVISOR, 1e6, 1e6)
    assert house.daemon.status().users == {}


def test_a_sealed_or_full_daemon_is_not_ready(house):
    assert house.daemon.ready()
    house.company.store.full = True
    with pytest.raises(CallError):
        house.activate()
    assert not house.daemon.ready()
    house.company.store.full = False
    house.company.advance(2.0)
    assert house.daemon.ready()
    house.company.vault.sealed = "kms-sealed"
    assert not house.daemon.ready()


def test_resync_reaches_the_user(house):
    house.activate()
    house.daemon.resync(ALICE)
    assert told_to(house.company.told, uid(1), ResyncAsked) == [ResyncAsked()]


def test_reload_is_passed_on(house):
    assert house.daemon.reload() == "not now"


def test_a_whole_life_through_the_surfaces():
    house = House(Company(seed=5))
    for address in (ALICE, BOB):
        house.activate(address)
    house.daemon.deactivate(ALICE, by=BY, wait=30.0)
    assert [view.address for view in house.daemon.users(reveal=True)] == [BOB]
    again = house.activate(ALICE)
    assert again.state == "active"
    assert [audit[1] for audit in acts(house)] == ["activate", "activate", "deactivate", "activate"]
