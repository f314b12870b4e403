"""The actor that owns one person's calendar.

Owns: the ``UserState`` of one user. Promises: never does I/O, never waits, never asks; what it decides is
``hybridcal_daemon/domain/user.py``, and its effects leave in the order in which they were decided.
Does not: decide anything itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from actors.base import Behaviour, Died, handles
from actors.protocol import DESK, SUPERVISOR, SaveOrder, SetAlarm, Unsaved
from hybridcal_daemon.domain.effects import (
    Effect,
    ErrandReplied,
    Goodbye,
    Kept,
    Note,
    Redecorated,
    Report,
    Save,
    Submit,
    WakeAt,
)
from hybridcal_daemon.domain.messages import Message
from hybridcal_daemon.domain.user import blank, decide

if TYPE_CHECKING:
    from collections.abc import Callable

    from actors.directory import Directory
    from hybridcal_daemon.domain.values import UserId
    from hybridcal_daemon.ports import Clock, Log


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Whom user actors talk to; shared by all of them."""

    directory: Directory
    clock: Clock
    log: Log
    on_death: Callable[[Died], None]


class UnsavedError(RuntimeError):
    """The store cannot take what this user decided: the life ends, the next one begins from what is on disk."""


class UserActor(Behaviour):
    """One calendar."""

    def __init__(self, user: UserId, surroundings: Surroundings) -> None:
        super().__init__(on_death=surroundings.on_death)
        self._around = surroundings
        self._state = blank(user)

    @handles(Message)
    def hear(self, message: Message) -> None:
        """Decide, then hand the effects on."""
        self._state, effects = decide(self._state, message, self._around.clock.now())
        for effect in effects:
            self._perform(effect)

    @handles(Unsaved)
    def unsaved(self, _: Unsaved) -> None:
        """End, like after any other fault; nothing of this life is stored from now on."""
        raise UnsavedError

    def _perform(self, effect: Effect) -> None:
        tell = self._around.directory.tell
        match effect:
            case Save():
                tell("store", SaveOrder(effect))
            case Submit():
                tell(effect.lane, effect)
            case WakeAt():
                tell("timers", SetAlarm(self._state.user, effect.at))
            case Report() | Goodbye():
                tell(SUPERVISOR, effect)
            case ErrandReplied() | Redecorated() | Kept():
                tell(DESK, effect)
            case Note():
                self._around.log.emit(effect.level, effect.event, user=self._state.user, **dict(effect.fields))
