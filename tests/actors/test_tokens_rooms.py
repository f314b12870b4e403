"""Tokens for rooms: by the accounts behind them, never by themselves."""

import pytest

from actors.protocol import Permit, Renew
from actors.tokens import MinterActor
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import Plain
from tests.actors.token_gate import ROOM, A, Gate, outcome


@pytest.fixture
def gate(bench):
    return Gate(bench)


def test_a_room_gets_tokens_of_the_accounts_behind_rooms(gate, bench):
    bench.tell("tokens", Permit(ROOM))
    assert gate.get(ROOM, Purpose.ROOMS) == "token 1"
    assert gate.get(ROOM, Purpose.ROOM_ACCESS) == "token 2"
    assert gate.minter.asked == [
        ("rooms@acme.example", Purpose.ROOMS),
        ("owner@acme.example", Purpose.ROOM_ACCESS),
    ]


def test_an_account_behind_rooms_that_google_does_not_know_is_a_matter_of_configuration(gate, bench):
    bench.tell("tokens", Permit(A), Permit(ROOM))
    gate.minter.results = [CallError(Kind.USER, "google-no-such-user"), CallError(Kind.CONFIG, "google-key-invalid")]
    assert outcome(*gate.asks(user=ROOM, purpose=Purpose.ROOMS)) == "config:google-rooms-account"
    assert outcome(*gate.asks(user=ROOM, purpose=Purpose.ROOM_ACCESS)) == "config:google-key-invalid"
    gate.minter.results = [CallError(Kind.USER, "google-no-such-user")]
    assert outcome(*gate.asks()) == "user:google-no-such-user"


def test_without_an_owner_the_acting_account_opens_rooms(gate, bench):
    gate.owner = Plain("")
    bench.tell("tokens", Permit(ROOM))
    assert gate.get(ROOM, Purpose.ROOM_ACCESS) == "token 1"
    assert gate.minter.asked == [("rooms@acme.example", Purpose.ROOM_ACCESS)]


def test_rooms_that_are_off_get_nothing_until_a_reload_brings_an_account(gate, bench):
    gate.acting = Plain("")
    bench.tell("tokens", Permit(ROOM))
    assert outcome(*gate.asks(user=ROOM, purpose=Purpose.ROOMS)) == "refused:google-rooms-off"
    gate.acting = Plain("new@acme.example")
    assert outcome(*gate.asks(user=ROOM, purpose=Purpose.ROOMS)) == "refused:google-rooms-off"
    assert gate.minter.asked == []
    bench.tell("tokens", Renew())
    assert gate.get(ROOM, Purpose.ROOMS) == "token 1"
    assert gate.minter.asked == [("new@acme.example", Purpose.ROOMS)]


def test_a_reload_takes_tokens_of_an_earlier_account_away_and_leaves_persons_theirs(gate, bench):
    bench.tell("tokens", Permit(A), Permit(ROOM))
    gate.minter.meanwhile = lambda: bench.tell("tokens", Renew())  # the last one is under way then
    assert [gate.get(), gate.get(ROOM, Purpose.ROOMS)] == ["token 1", "token 2"]
    gate.minter.meanwhile = None
    assert gate.get() == "token 1"
    assert gate.get(ROOM, Purpose.ROOMS) == "token 3"
    bench.tell("tokens", Renew())
    assert gate.get(ROOM, Purpose.ROOMS) == "token 4"


def test_a_room_is_never_impersonated_whatever_the_composition_says(gate, bench):
    for number in range(2):
        bench.spawn(f"minter-{number}", MinterActor, gate.make, lambda *_: None, bench.asker, bench.log)
    bench.tell("tokens", Permit(ROOM))
    assert outcome(*gate.asks(user=ROOM, purpose=Purpose.ROOMS)) == "refused:not-permitted"
    assert gate.minter.asked == []
