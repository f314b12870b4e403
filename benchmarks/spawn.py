"""How fast user actors begin and what they weigh: ours on the pool, and the same state in Pykka's ThreadingActor.

A process of its own for each figure (``python -m benchmarks.spawn KIND COUNT``), so that memory can be told apart; it
prints one line of JSON. Each actor's state is read from the JSON that the store keeps, as at a start of the daemon:
eight meetings, an open channel, a sync token.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
import time
from dataclasses import replace
from typing import Any

import pykka

from actors.base import Died
from actors.directory import Directory
from actors.runtime import PoolRuntime
from actors.user import Surroundings, UserActor
from benchmarks import procfs
from benchmarks.calendars import Calendar, today
from hybridcal_daemon.adapters.clock import SystemClock
from hybridcal_daemon.adapters.google.mapping import item
from hybridcal_daemon.adapters.store.codec import decode_durable, decode_fact, encode_durable, encode_fact
from hybridcal_daemon.domain import state as states
from hybridcal_daemon.domain.events import CalendarEvent, EventFact, analyse
from hybridcal_daemon.domain.messages import Started
from hybridcal_daemon.domain.state import Durable, Snapshot, UserSettings
from hybridcal_daemon.domain.sync import TOKEN_FORM
from hybridcal_daemon.domain.user import blank, decide
from hybridcal_daemon.domain.values import Instant, UserId

_CLOCK = SystemClock()
_SETTINGS = UserSettings(presence=False)


class NoLog:
    def emit(self, level: str, event: str, **fields: str | float | bool) -> None:
        """Drop it."""


def _died(death: Died) -> None:
    raise SystemError(f"{death.name}: {death.error} at {death.trace}")


class Stored:
    """What the store has of somebody, as text."""

    def __init__(self) -> None:
        now = _CLOCK.now()
        read = [item(Calendar(0, today()).item(slot).encode()) for slot in range(8)]
        facts = [analyse(event)[0] for event in read if isinstance(event, CalendarEvent)]
        digests = {"digest": "0123456789abcdef" * 2, "join_digest": "fedcba9876543210" * 2}
        self._facts = [encode_fact(replace(fact, **digests)) for fact in facts]
        channel = states.Channel(
            channel_id="u0123-channel", state="open", asked_at=now, resource_id="r", expires_at=Instant(now + 604800)
        )
        durable = Durable(
            version=1,
            standing=states.Standing(state="active", since=now),
            sync_token="s-0123456789",
            synced_at=now,
            full_at=now,
            window_at=now,
            token_form=TOKEN_FORM,
            channels=(channel,),
            resource_id="r",
            room_at=now,
        )
        self._durable = encode_durable(durable)

    def started(self, user: UserId, number: int) -> Started:
        facts: tuple[EventFact, ...] = tuple(decode_fact(fact) for fact in self._facts)
        snapshot = Snapshot(user=user, durable=decode_durable(self._durable), events=facts)
        return Started(incarnation=number + 1, entropy=f"{number:032x}", snapshot=snapshot, settings=_SETTINGS)


class PlainUser(pykka.ThreadingActor):
    """The same decisions in an actor as Pykka offers it."""

    use_daemon_thread = True

    def __init__(self, user: UserId) -> None:
        super().__init__()
        self._state = blank(user)

    def on_receive(self, message: Any) -> None:
        self._state, _ = decide(self._state, message, _CLOCK.now())


class Counted(UserActor):
    """Counts those that have begun."""

    begun = 0
    all_begun = threading.Event()
    wanted = 0

    def hear(self, message: Any) -> None:
        super().hear(message)
        count_one()


def count_one() -> None:
    Counted.begun += 1
    if Counted.begun >= Counted.wanted:
        Counted.all_begun.set()


def _user(number: int) -> UserId:
    return UserId(f"u{number:020x}")


def pooled(count: int) -> dict[str, float]:
    directory, runtime, stored = Directory(), PoolRuntime(), Stored()
    around = Surroundings(directory, _CLOCK, NoLog(), _died)
    runtime.spawn(Counted, UserId("first"), around, name="first")
    Counted.wanted = count
    before, began = _settled(), time.perf_counter()
    for number in range(count):
        user = _user(number)
        directory.put(user, runtime.spawn(Counted, user, around, name=user))
    spawned, bare = time.perf_counter() - began, _settled() - before
    began = time.perf_counter()
    for number in range(count):
        directory.tell(_user(number), stored.started(_user(number), number))
    Counted.all_begun.wait(120)
    return _result(count, spawned, time.perf_counter() - began, bare, _settled() - before)


def threads(count: int) -> dict[str, float]:
    stored = Stored()
    refs = [PlainUser.start(UserId("first"))]
    before, began = _settled(), time.perf_counter()
    refs += [PlainUser.start(_user(number)) for number in range(count)]
    spawned, bare = time.perf_counter() - began, _settled() - before
    began = time.perf_counter()
    for number, ref in enumerate(refs[1:]):
        ref.tell(stored.started(_user(number), number))
    for ref in refs:
        ref.proxy().actor_urn.get()
    return _result(count, spawned, time.perf_counter() - began, bare, _settled() - before)


def _settled() -> int:
    gc.collect()
    return procfs.rss()


def _result(count: int, spawned: float, begun: float, bare: int, whole: int) -> dict[str, float]:
    return {
        "count": count,
        "spawns_per_s": count / spawned,
        "begun_per_s": count / begun,
        "bytes_bare": bare / count,
        "bytes_with_state": whole / count,
    }


if __name__ == "__main__":
    kind, number = sys.argv[1], int(sys.argv[2])
    print(json.dumps(pooled(number) if kind == "pooled" else threads(number)), flush=True)
    os._exit(0)
