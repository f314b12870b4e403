"""The daemon towards those who are not admins: Google's push and readers of lists."""

from __future__ import annotations

import threading

import pytest

from actors.protocol import WriteNow
from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.messages import Notified
from hybridcal_daemon.domain.values import HOUR, Secret
from hybridcal_daemon.ports import LeaveUser, UnknownUser
from hybridcal_daemon.shell.readers import Readers
from tests.actors.actor_fakes import DEADLINE, CountingRandom, told_to, uid
from tests.actors.local_house import ALICE, BEARER, BOB, BY

# ---- push


def test_a_genuine_push_reaches_its_user_only(house):
    house.activate(ALICE)
    house.activate(BOB)
    channel = f"{uid(1)}-{'0' * 32}"
    house.push(channel, house.tokens.token(channel).reveal())
    heard = [len(told_to(house.company.told, user, Notified)) for user in (uid(1), uid(2))]
    assert heard == [1, 0]
    assert told_to(house.company.told, uid(1), Notified)[0].channel_id == channel


def test_a_push_with_a_wrong_token_never_reaches_anybody(house):
    house.activate()
    mine, other = f"{uid(1)}-{'0' * 32}", f"{uid(1)}-{'1' * 32}"
    genuine = house.tokens.token(other).reveal()
    for channel, token in [
        (mine, ""),
        (mine, "0" * 64),
        (mine, genuine),
        (mine, house.tokens.token(mine).reveal()[:-1]),
        (mine, house.tokens.token(mine).reveal() + "0"),
        ("store-x", "x"),
        ("", ""),
        ("\udcff", "\udcff"),
    ]:
        house.push(channel, token)
    assert not [message for _, message in house.company.told if isinstance(message, Notified)]


def test_while_the_keys_are_away_no_push_is_genuine(house):
    house.activate()
    channel = f"{uid(1)}-{'0' * 32}"
    token = house.tokens.token(channel).reveal()
    house.tokens.drop()
    house.push(channel, token)
    assert not told_to(house.company.told, uid(1), Notified)


def test_a_push_for_somebody_who_is_gone_is_dropped(house):
    channel = f"{uid(7)}-{'0' * 32}"
    house.push(channel, house.tokens.token(channel).reveal())
    assert not house.company.fatal


# ---- readers


def test_a_reader_is_asked_for_once_in_a_while(house):
    house.activate()
    assert house.daemon.items(BEARER) == []
    assert house.daemon.item_key(BEARER, "kms://k").reveal() == b"kms://k"
    assert house.webex.asked == 1
    house.company.advance(299.0)
    house.daemon.items(BEARER)
    assert house.webex.asked == 1
    house.company.advance(2.0)
    house.daemon.items(BEARER)
    assert house.webex.asked == 2


def test_a_clock_that_was_set_back_makes_nobody_believed_for_longer(house):
    house.activate()
    house.daemon.items(BEARER)
    house.company.scheduler.clock.jump(-HOUR)
    house.company.advance(301.0)
    house.daemon.items(BEARER)
    assert house.webex.asked == 2


def test_somebody_without_an_activated_address_is_no_reader(house):
    with pytest.raises(UnknownUser):
        house.daemon.items(BEARER)
    with pytest.raises(CallError, match="bearer-invalid"):
        house.daemon.items(Secret("made up"))


def test_after_a_deactivation_nobody_is_believed(house):
    house.activate(ALICE)
    house.activate(BOB)
    house.daemon.items(BEARER)
    house.daemon.deactivate(BOB, by=BY, wait=30.0)
    house.daemon.items(BEARER)
    assert house.webex.asked == 2
    house.daemon.deactivate(ALICE, by=BY, wait=30.0)
    with pytest.raises(UnknownUser):
        house.daemon.items(BEARER)


def test_somebody_who_is_leaving_reads_nothing_any_more(house):
    house.activate()
    house.company.ask("store", WriteNow((LeaveUser(user=uid(1), at=house.company.now),)))
    with pytest.raises(UnknownUser):
        house.daemon.items(BEARER)
    with pytest.raises(UnknownUser):
        house.daemon.item_key(BEARER, "kms://k")


def test_the_memory_of_readers_is_bounded_and_holds_no_token(house):
    for number in range(10_050):
        house.readers.remember(Secret(f"bearer-{number}"), uid(1))
    assert len(house.readers._known) <= 10_000
    assert b"bearer" not in b"".join(house.readers._known)
    assert house.readers.known(Secret("bearer-10049")) == uid(1)
    house.readers.forget()
    assert house.readers.known(Secret("bearer-10049")) is None


def test_each_thread_has_its_own_connection_to_webex(house):
    made = []
    readers = Readers(
        house.company.scheduler.clock, CountingRandom(), lambda: made.append(threading.get_ident()) or house.webex
    )
    threads = [threading.Thread(target=lambda: [readers.addresses(BEARER) for _ in range(3)]) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert len(made) == 3
    assert house.webex.asked == 9
