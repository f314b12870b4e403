"""The tokens actor and its minters: the gate, one request at a time, an answer for everybody."""

from __future__ import annotations

import pytest

from actors.protocol import AddressOf, Forgive, GetToken, Mint, Permit, Ping, Record, Renew, Revoke
from actors.tokens import MinterActor
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.tokens import FOR_PERSONS, FOR_ROOMS, own_subject
from hybridcal_daemon.domain.values import HOUR, MINUTE, Secret
from tests.actors.actor_fakes import uid
from tests.actors.token_gate import CALENDAR, GMAIL, ROOM, A, B, Gate, outcome


@pytest.fixture
def gate(bench):
    return Gate(bench)


# ---- the gate


def test_strangers_are_refused_logged_and_on_record(gate, bench):
    bench.tell("tokens", Permit(A))
    with pytest.raises(CallError) as refused:
        gate.get(B)
    assert (refused.value.kind, refused.value.code) == (Kind.REFUSED, "not-permitted")
    assert gate.mints() == []
    assert bench.log.named("access.refused") == [{"user": B, "purpose": "calendar", "reason": "not-activated"}]
    (record,) = bench.heard("store", Record)
    assert (record.audit.actor, record.audit.action, record.audit.user) == ("tokens", "mint", B)
    assert "refused" in record.audit.outcome
    assert record.audit.at == bench.clock.now()


def test_the_revoked_are_strangers_again(gate, bench):
    bench.tell("tokens", Permit(A))
    assert gate.get() == "token 1"
    bench.tell("tokens", Revoke(A))
    with pytest.raises(CallError, match="not-permitted"):
        gate.get()
    assert len(gate.mints()) == 1


@pytest.mark.parametrize(
    ("user", "purpose"),
    [*((A, purpose) for purpose in sorted(FOR_ROOMS)), *((ROOM, purpose) for purpose in sorted(FOR_PERSONS))],
)
def test_what_is_not_theirs_is_refused_logged_and_on_record(gate, bench, user, purpose):
    bench.tell("tokens", Permit(user))
    with pytest.raises(CallError) as refused:
        gate.get(user, purpose)
    assert (refused.value.kind, refused.value.code) == (Kind.REFUSED, "not-permitted")
    assert (gate.mints(), gate.minter.asked) == ([], [])
    assert bench.log.named("access.refused") == [{"user": user, "purpose": purpose.value, "reason": "wrong-purpose"}]
    (record,) = bench.heard("store", Record)
    assert record.audit.outcome == f"refused: wrong purpose ({purpose.value})"


@pytest.mark.parametrize("purpose", sorted(FOR_PERSONS))
def test_a_person_gets_tokens_of_their_own(gate, bench, purpose):
    bench.tell("tokens", Permit(A))
    assert gate.get(A, purpose) == "token 1"
    assert gate.minter.asked == [(f"{A}@acme.example", purpose)]


# ---- one request at a time


def test_many_who_wait_cost_one_request(gate, bench):
    bench.tell("tokens", Permit(A))
    asks = gate.asks(20)
    assert {outcome(ask) for ask in asks} == {"token 1"}
    assert gate.minter.asked == [(f"{A}@acme.example", CALENDAR)]
    assert outcome(*gate.asks()) == "token 1"
    assert len(gate.actor._waiting) == 0


def test_purposes_and_people_are_apart_and_minters_take_turns(gate, bench):
    bench.tell("tokens", Permit(A), Permit(B))
    gate.minter.results = [CallError(Kind.CONFIG, "google-unauthorized-client")]
    assert outcome(*gate.asks(purpose=GMAIL)) == "config:google-unauthorized-client"
    assert gate.get(A) == "token 2"
    assert gate.get(B) == "token 3"
    names = [name for name, message in bench.told if isinstance(message, Mint)]
    assert sorted(names) == ["minter-0", "minter-1", "minter-1"]


def test_a_token_is_renewed_before_it_ends(gate, bench):
    bench.tell("tokens", Permit(A))
    assert gate.get() == "token 1"
    bench.advance(0.79 * HOUR)
    assert gate.get() == "token 1"
    bench.advance(0.2 * HOUR)
    assert gate.get() == "token 2"


def test_force_makes_a_new_one_once_for_all_who_ask(gate, bench):
    bench.tell("tokens", Permit(A))
    assert gate.get() == "token 1"
    assert {outcome(ask) for ask in gate.asks(5, force=True)} <= {"token 2", "token 3"}
    assert gate.get() == gate.get()


# ---- refusals


def test_a_refusal_is_remembered_and_not_asked_for_again_until_its_time(gate, bench):
    bench.tell("tokens", Permit(A))
    gate.minter.results = [CallError(Kind.USER, "google-no-such-user")]
    assert {outcome(ask) for ask in gate.asks(3)} == {"user:google-no-such-user"}
    bench.advance(4 * MINUTE)
    with pytest.raises(CallError) as refused:
        gate.get()
    assert refused.value.code == "google-no-such-user"
    assert 0 < refused.value.retry_after <= MINUTE
    assert len(gate.mints()) == 1
    bench.advance(2 * MINUTE)
    assert gate.get() == "token 2"


@pytest.mark.parametrize("kind", [Kind.USER, Kind.CONFIG, Kind.REFUSED])
def test_a_refused_purpose_leaves_the_others_of_the_user_alone(gate, bench, kind):
    bench.tell("tokens", Permit(A))
    held = gate.get()
    for purpose in sorted(FOR_PERSONS - {CALENDAR}):
        gate.minter.results = [CallError(kind, "google-unauthorized-client")]
        assert outcome(*gate.asks(purpose=purpose)) == f"{kind.value}:google-unauthorized-client"
        assert gate.get() == held
    assert len(gate.mints()) == len(FOR_PERSONS)
    bench.advance(HOUR)
    gate.minter.results = [CallError(kind, "google-unauthorized-client")]
    assert outcome(*gate.asks(purpose=GMAIL)).endswith("google-unauthorized-client")
    assert gate.get() != held


def test_an_admin_who_has_put_it_right_need_not_wait(gate, bench):
    bench.tell("tokens", Permit(A), Permit(B))
    gate.minter.results = [CallError(Kind.USER, "google-no-such-user"), CallError(Kind.USER, "google-no-such-user")]
    for user in (A, B):
        assert outcome(*gate.asks(user=user)) == "user:google-no-such-user"
    bench.tell("tokens", Forgive(A), Forgive(uid(3)))
    assert gate.get() == "token 3"
    assert outcome(*gate.asks(user=B)) == "user:google-no-such-user"
    with pytest.raises(CallError, match="not-permitted"):  # the gate is another matter
        gate.get(uid(3))


def test_a_wrong_clock_is_logged_and_remembered_until_google_takes_it(gate, bench):
    bench.tell("tokens", Permit(A))
    gate.minter.results = [CallError(Kind.CONFIG, "google-clock-skew", measured=-2820.4)]
    assert outcome(*gate.asks()) == "config:google-clock-skew"
    assert bench.log.named("clock.skewed") == [{"seconds": -2820.4}]
    assert outcome(*gate.asks()) == "config:google-clock-skew"
    assert len(bench.log.named("clock.skewed")) == 1
    assert gate.state.skew == -2820.4
    bench.advance(5 * MINUTE)
    assert gate.get() == "token 2"
    assert gate.state.skew is None


def test_a_passing_trouble_is_not_remembered(gate, bench):
    bench.tell("tokens", Permit(A))
    gate.minter.results = [CallError(Kind.TRANSIENT, "google-unavailable"), CallError(Kind.SEALED, "kms-sealed")]
    assert outcome(*gate.asks()) == "transient:google-unavailable"
    assert outcome(*gate.asks()) == "sealed:kms-sealed"
    assert gate.get() == "token 3"


def test_after_a_reload_refusals_are_forgotten_and_the_new_key_is_used(gate, bench):
    bench.tell("tokens", Permit(A))
    gate.minter.results = [CallError(Kind.CONFIG, "google-key-invalid")]
    assert outcome(*gate.asks()) == "config:google-key-invalid"
    made = gate.made
    bench.tell("tokens", Renew())
    bench.tell("minter-0", Renew())
    bench.tell("minter-1", Renew())
    assert gate.get() == "token 2"
    assert gate.made > made


# ---- revoked meanwhile, crashed, dead


def test_a_token_that_comes_after_the_gate_closed_is_thrown_away(gate, bench):
    bench.tell("tokens", Permit(A))
    gate.minter.meanwhile = lambda: bench.tell("tokens", Revoke(A))
    asks = gate.asks(3)
    assert {outcome(ask) for ask in asks} == {"refused:not-permitted"}
    gate.minter.meanwhile = None
    assert not gate.state.held
    bench.tell("tokens", Permit(A))
    assert gate.get() == "token 2"


@pytest.mark.parametrize("error", [RuntimeError("text"), ZeroDivisionError()])
def test_everybody_is_answered_when_a_minter_crashes(gate, bench, error):
    bench.tell("tokens", Permit(A))
    gate.minter.results = [error]
    assert {outcome(ask) for ask in gate.asks(4)} == {"transient:worker-crashed"}
    assert [gate.get(purpose=purpose) for purpose in (GMAIL, CALENDAR)] == ["token 2", "token 3"]
    assert gate.made == 3  # one for each minter, and another for the one that crashed
    assert not bench.deaths
    (line,) = bench.log.named("worker.crashed")
    assert (line["lane"], line["error"]) == ("minter", type(error).__name__)
    assert "actor_fakes" in line["place"]


def test_a_minter_that_cannot_even_be_made_is_a_passing_trouble(gate, bench):
    bench.tell("tokens", Permit(A))
    broken = [ValueError("no key")]
    real = gate.make

    def make():
        if broken:
            raise broken.pop()
        return real()

    bench.spawn("minter-1", MinterActor, make, own_subject, bench.asker, bench.log)
    assert outcome(*gate.asks()) == "transient:worker-crashed"
    assert gate.get() == "token 1"


def test_a_request_that_is_lost_with_its_minter_is_made_again_by_another(gate, bench):
    bench.tell("tokens", Permit(A))
    bench.directory.get("minter-1").stop(block=False)
    bench.settle()
    lost = gate.asks(2)
    with pytest.raises(CallError, match="busy"):
        bench.asker.ask("tokens", GetToken(A, CALENDAR), 20.0)
    bench.advance(2 * MINUTE)
    assert gate.get() == "token 1"
    assert {outcome(ask) for ask in lost} == {"token 1"}
    assert len(gate.actor._waiting) == 0


def test_an_address_that_cannot_be_opened_is_the_askers_answer(gate, bench):
    bench.tell("tokens", Permit(A))

    def sealed(_ask):
        raise CallError(Kind.SEALED, "kms-keyring-missing")

    bench.ear("kms", {AddressOf: sealed})
    assert outcome(*gate.asks()) == "sealed:kms-keyring-missing"
    assert gate.minter.asked == []


def test_whoever_waits_when_the_tokens_stop_is_answered(gate, bench):
    bench.tell("tokens", Permit(A))
    bench.directory.get("minter-1").stop(block=False)
    bench.settle()
    asks = gate.asks(3)
    bench.settle()
    gate.ref.stop(block=False)
    bench.settle()
    assert {outcome(ask) for ask in asks} == {"transient:busy"}


def test_the_token_itself_stays_a_secret(gate, bench):
    bench.tell("tokens", Permit(A))
    token = bench.asker.ask("tokens", GetToken(A, CALENDAR))
    assert isinstance(token, Secret)
    assert bench.asker.ask("tokens", Ping()) is None
    assert "token 1" not in repr(bench.log.lines)
    assert "token 1" not in repr(gate.state)
