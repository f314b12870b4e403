"""The actors and messages that the contract is tested with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from actors.base import Behaviour, handles

DEADLINE = 10.0
"""Seconds after which a test stops waiting for something that should happen at once."""


@dataclass(frozen=True, slots=True)
class Note:
    text: Any


@dataclass(frozen=True, slots=True)
class Read:
    pass


@dataclass(frozen=True, slots=True)
class Fail:
    error: BaseException


@dataclass(frozen=True, slots=True)
class Call:
    """Run a function inside the actor; its value is the reply."""

    function: Any


class Scribe(Behaviour):
    """Writes down what it hears, fails on request."""

    def __init__(self, on_death=lambda _died: None):
        super().__init__(on_death=on_death)
        self.heard = []

    @handles(Note)
    def note(self, message):
        self.heard.append(message.text)

    @handles(Read)
    def read(self, _message):
        return list(self.heard)

    @handles(Fail)
    def fail(self, message):
        raise message.error

    @handles(Call)
    def call(self, message):
        return message.function()


class Starter(Scribe):
    """Has hooks."""

    def __init__(self, on_start, on_stop, on_death=lambda _died: None):
        super().__init__(on_death)
        self.hooks = (on_start, on_stop)

    def on_start(self):
        self.hooks[0](self)

    def on_stop(self):
        self.hooks[1](self)


def nothing(_actor):
    pass


def settle(scheduler):
    """Let a simulation do everything that it can do without moving its clock."""
    scheduler.run_until(scheduler.clock.now())
