"""The tokens actor with two minters, and ears for the rest."""

from __future__ import annotations

from actors.protocol import SUPERVISOR, AddressOf, GetToken, Mint
from actors.tokens import MinterActor, TokensActor
from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.tokens import Purpose, TokenState, subject
from hybridcal_daemon.domain.values import Plain, UserId
from tests.actors.actor_fakes import FakeMinter, uid

A, B = uid(1), uid(2)
ROOM = UserId("r" + "0" * 20)
CALENDAR, GMAIL = Purpose.CALENDAR, Purpose.GMAIL


class Gate:
    """Tokens, two minters, and ears for the rest."""

    def __init__(self, bench):
        self.bench = bench
        self.minter = FakeMinter(bench.clock)
        self.made = 0
        self.acting, self.owner = Plain("rooms@acme.example"), Plain("owner@acme.example")
        self.state = TokenState()
        bench.scheduler.serve("kms")
        bench.ear("kms", {AddressOf: lambda ask: Plain(f"{ask.user}@acme.example")})
        for name in ("store", SUPERVISOR):
            bench.ear(name)
        for number in range(2):
            bench.spawn(f"minter-{number}", MinterActor, self.make, self.subject_of, bench.asker, bench.log)
        args = (2, bench.directory, bench.clock, bench.log, bench.runtime.future, self.state)
        self.ref = bench.spawn("tokens", TokensActor, *args)
        self.actor = self.ref._actor_weakref()

    def make(self):
        self.made += 1
        return self.minter

    def subject_of(self, user, purpose):
        return subject(user, purpose, acting=self.acting, owner=self.owner)

    def asks(self, count=1, user=A, purpose=CALENDAR, *, force=False):
        return [self.ref.ask(GetToken(user, purpose, force), block=False) for _ in range(count)]

    def get(self, user=A, purpose=CALENDAR, *, force=False):
        return self.bench.asker.ask("tokens", GetToken(user, purpose, force)).reveal()

    def mints(self):
        return [message for _, message in self.bench.told if isinstance(message, Mint)]


def outcome(ask):
    """What an asker ends up with: the token's text or the error's."""
    try:
        return ask.get(timeout=1.0).get(timeout=1.0).reveal()
    except CallError as error:
        return str(error)
