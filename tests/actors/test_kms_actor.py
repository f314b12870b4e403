"""The keys: unwrapped when needed, sealed without a crash, back later."""

from __future__ import annotations

import pytest

from actors.kms import KmsActor
from actors.protocol import (
    AddressOf,
    Admit,
    ChannelToken,
    ForgetKey,
    IndexOf,
    ItemKey,
    MakeUser,
    OpenCell,
    SealCell,
    SealEvents,
    Unlock,
)
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Plain, Sealed, is_room
from hybridcal_daemon.ports import StoreFull
from tests.actors.actor_fakes import FakeVault, uid

A, B = uid(1), uid(2)
ADDRESS = Sealed(b"alice@acme.example")


@pytest.fixture
def vault(bench):
    made = FakeVault()
    bench.spawn("kms", KmsActor, made, bench.log)
    return made


@pytest.fixture
def open_vault(bench, vault):
    assert bench.asker.ask("kms", Unlock()) == ""
    bench.tell("kms", Admit(A, b"wrapped", ADDRESS))
    bench.settle()
    return vault


def address(bench, user=A):
    return bench.asker.ask("kms", AddressOf(user)).reveal()


def refusal(bench, question):
    with pytest.raises(CallError) as refused:
        bench.asker.ask("kms", question)
    return refused.value.kind, refused.value.code


def test_a_key_is_unwrapped_when_it_is_first_needed_and_only_then(bench, open_vault):
    assert open_vault.unwraps == []
    assert address(bench) == "alice@acme.example"
    assert bench.asker.ask("kms", SealCell(A, "room", Plain(b"x"))) == Sealed(b"x")
    assert bench.asker.ask("kms", OpenCell(A, "room", Sealed(b"x"))).reveal() == b"x"
    assert bench.asker.ask("kms", SealEvents(A, [])) == []
    assert bench.asker.ask("kms", ItemKey(A, "kms://k")).reveal() == b"kms://k"
    assert open_vault.unwraps == [(A, b"wrapped")]


@pytest.mark.parametrize("question", [AddressOf(B), SealCell(B, "p", Plain(b"")), ItemKey(B, "k")], ids=repr)
def test_nothing_is_done_for_somebody_who_is_not_served(bench, open_vault, question):
    assert refusal(bench, question) == (Kind.REFUSED, "not-permitted")
    assert open_vault.unwraps == []


@pytest.mark.parametrize("room", [False, True])
def test_a_new_user_is_a_person_or_a_room(bench, open_vault, room):
    made = bench.asker.ask("kms", MakeUser(Plain("aurora@resource.acme.example"), room))
    assert is_room(made.user) == room
    assert open_vault.made == 1


def test_the_forgotten_are_strangers(bench, open_vault):
    address(bench)
    bench.tell("kms", ForgetKey(A), ForgetKey(B))
    assert refusal(bench, AddressOf(A)) == (Kind.REFUSED, "not-permitted")
    assert open_vault.admitted == {}


def test_a_new_admission_brings_its_own_key(bench, open_vault):
    address(bench)
    bench.tell("kms", Admit(A, b"other", Sealed(b"new@acme.example")))
    assert address(bench) == "new@acme.example"
    assert open_vault.unwraps[-1] == (A, b"other")


@pytest.mark.parametrize(
    "question",
    [
        AddressOf(A),
        SealEvents(A, []),
        SealCell(A, "p", Plain(b"")),
        OpenCell(A, "p", Sealed(b"")),
        ItemKey(A, "k"),
        ChannelToken("c"),
        IndexOf(Plain("a")),
        MakeUser(Plain("a")),
    ],
    ids=lambda question: type(question).__name__,
)
def test_sealed_is_an_answer_to_every_question_and_no_crash(bench, vault, question):
    vault.trouble = "kms-keyring-missing"
    bench.tell("kms", Unlock(), Admit(A, b"wrapped", ADDRESS), ForgetKey(B))
    assert refusal(bench, question) == (Kind.SEALED, "kms-keyring-missing")
    assert not bench.deaths


def test_keys_that_come_back_serve_everybody_again(bench, open_vault):
    address(bench)
    open_vault.trouble = "kms-keyring-unreadable"
    assert bench.asker.ask("kms", Unlock()) == "kms-keyring-unreadable"
    bench.tell("kms", Admit(B, b"of b", Sealed(b"bob@acme.example")))
    assert refusal(bench, AddressOf(A))[0] is Kind.SEALED
    open_vault.trouble = ""
    assert bench.asker.ask("kms", Unlock()) == ""
    assert address(bench) == "alice@acme.example"
    assert address(bench, B) == "bob@acme.example"
    assert open_vault.unwraps == [(A, b"wrapped"), (A, b"wrapped"), (B, b"of b")]


def test_a_key_that_cannot_be_unwrapped_is_tried_again(bench, open_vault):
    good, broken = open_vault.admit, [CallError(Kind.INVALID, "kms-tampered")]

    def admit(user, wrapped_key):
        if broken:
            raise broken.pop()
        good(user, wrapped_key)

    open_vault.admit = admit
    assert refusal(bench, AddressOf(A)) == (Kind.INVALID, "kms-tampered")
    assert address(bench) == "alice@acme.example"


def test_the_log_says_each_change_once(bench, vault):
    vault.trouble = "kms-keyring-missing"
    bench.tell("kms", Unlock(), Unlock(), Unlock())
    bench.settle()
    vault.trouble = ""
    bench.tell("kms", Unlock(), Unlock())
    bench.settle()
    assert [event for _, event, _ in bench.log.lines] == ["kms.sealed", "kms.unlocked"]
    assert bench.log.named("kms.sealed") == [{"code": "kms-keyring-missing"}]


def test_a_full_disk_at_the_first_start_seals_until_there_is_space(bench, vault):
    vault.fault = StoreFull("no space for the index key")
    assert bench.asker.ask("kms", Unlock()) == "kms-sealed"
    bench.tell("kms", Unlock())
    bench.settle()
    assert not bench.deaths
    vault.fault = None
    assert bench.asker.ask("kms", Unlock()) == ""
