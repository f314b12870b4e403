"""Many join moments at the same instant: how late does each effect reach the lane's worker?

A process of its own (``python -m benchmarks.joins KIND COUNT``); it prints one line of JSON. ``daemon``: the real actor
system - timers, supervisor, pooled users, store (SQLite, synchronous=FULL), lanes - with a lane runner that counts
instead of calling Webex; a card is on disk before its worker hears of it. ``apscheduler``: a job a moment, which does
nothing but look at the clock.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apscheduler.schedulers.background import BackgroundScheduler

from actors.base import Behaviour, Died
from actors.protocol import ReadIndexKey, WriteIndexKey
from actors.runtime import PoolRuntime, System, ThreadRuntime
from actors.system import ActorSystem, World
from actors.user import UserActor
from benchmarks.calendars import address
from benchmarks.prefill import Filler
from benchmarks.spawn import NoLog
from hybridcal_daemon.adapters.clock import SystemClock, SystemRandom
from hybridcal_daemon.adapters.kms import LocalKeyring, LocalVault
from hybridcal_daemon.adapters.scheduler import Scheduler
from hybridcal_daemon.adapters.store import SqliteStore
from hybridcal_daemon.domain.calls import ListEvents, SendCard
from hybridcal_daemon.domain.events import EventFact
from hybridcal_daemon.domain.lane import LaneSettings
from hybridcal_daemon.domain.messages import CardSent, EventsListed, Message, Woke
from hybridcal_daemon.domain.state import UserSettings
from hybridcal_daemon.domain.values import Timed

if TYPE_CHECKING:
    from actors.lane import Runner
    from actors.runtime import Ref

_CLOCK = SystemClock()
_LEAD = 300.0
_PATIENCE = 120.0


class Lateness:
    """Collects how long after the moment something happened."""

    def __init__(self, count: int) -> None:
        self.moment = 0.0
        self._count = count
        self._times: list[float] = []
        self.all = threading.Event()

    def now(self) -> None:
        self._times.append(time.time())
        if len(self._times) >= self._count:
            self.all.set()

    def result(self) -> dict[str, float]:
        late = sorted(each - self.moment for each in self._times)
        at = {"p50": 0.5, "p99": 0.99, "max": 1.0}
        return {name: late[min(len(late) - 1, int(len(late) * part))] for name, part in at.items()}


class Watched(UserActor):
    """Says when it woke for the moment."""

    woke: Lateness

    def hear(self, message: Message) -> None:
        if isinstance(message, Woke) and time.time() >= self.woke.moment:
            self.woke.now()
        super().hear(message)


class WatchedRuntime(PoolRuntime):
    def spawn(self, behaviour: type[Behaviour], *args: object, name: str, **kwargs: object) -> Ref:
        return super().spawn(Watched if behaviour is UserActor else behaviour, *args, name=name, **kwargs)


class Outside:
    """Google without changes, and a Webex that only counts."""

    def __init__(self, count: int) -> None:
        self.cards = Lateness(count)
        self.lists = Lateness(count)

    def runner(self, *_: object) -> Runner:
        return self._run

    def _run(self, call: Any) -> Any:
        if isinstance(call, SendCard):
            self.cards.now()
            return CardSent(request_id=call.request_id, user=call.user, key=call.key, message_id=f"m-{call.key}")
        if isinstance(call, ListEvents):
            self.lists.now()
            return EventsListed(
                request_id=call.request_id,
                user=call.user,
                events=(),
                removed=(),
                quarantined=(),
                next_page=None,
                next_token="s-1",
            )
        raise AssertionError(type(call).__name__)


def _fact(number: int, start: int) -> EventFact:
    return EventFact(
        event_id=f"event{number:06d}",
        etag='"1"',
        start=Timed(at=start, tz="Europe/Berlin"),
        end=Timed(at=start + 1800, tz="Europe/Berlin"),
        response="accepted",
        joinable=True,
        join_digest=f"{number:032x}",
    )


def daemon(count: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="hybridcal-bench-") as place:
        directory = Path(place)
        filler = Filler(directory)
        users = filler.people([address(number) for number in range(count)])
        moment = int(_CLOCK.now()) + 4 + count // 800
        filler.meetings({user: _fact(number, int(moment + _LEAD)) for number, user in enumerate(users)})
        filler.close()
        outside = Outside(count)
        Watched.woke = Lateness(count)
        outside.cards.moment = Watched.woke.moment = float(moment)
        _serve(directory, outside)
        if not outside.lists.all.wait(_PATIENCE) or time.time() > moment - 0.5:
            raise SystemExit(f"{count} people were not served in time")
        before = time.process_time()
        if not outside.cards.all.wait(_PATIENCE):
            raise SystemExit("not every card came")
        cpu = (time.process_time() - before) / count
        return {"count": count, "actor": Watched.woke.result(), "worker": outside.cards.result(), "cpu": cpu}


def _serve(directory: Path, outside: Outside) -> ActorSystem:
    def died(death: Died) -> None:
        print(f"{death.name} died: {death.error} at {death.trace}", file=sys.stderr, flush=True)
        os._exit(1)

    scheduler = Scheduler(_CLOCK)
    lane = LaneSettings(workers=8, per_minute=1e9)
    world = World(
        clock=_CLOCK,
        random=SystemRandom(),
        log=NoLog(),
        store=SqliteStore(directory / "hybridcal.db"),
        make_vault=partial(_vault, directory),
        make_alarm=scheduler.alarm,
        make_minter=_no_minter,
        make_runner=outside.runner,
        lanes={"google": lane, "webex": lane},
        settings=UserSettings(join_lead=_LEAD, push=False, presence=False),
    )
    system = ActorSystem(System(singletons=ThreadRuntime(), users=WatchedRuntime()), world, died)
    scheduler.start()
    system.start()
    system.serve()
    return system


def _vault(directory: Path, asker: Any, fresh: Any) -> LocalVault:
    return LocalVault(
        LocalKeyring(directory / "keyring.json"),
        load_index_key=lambda: asker.ask("store", ReadIndexKey()),
        save_index_key=lambda blob: asker.ask("store", WriteIndexKey(blob)),
        kms_host="hybridcal",
        random=SystemRandom(),
        fresh=fresh,
    )


def _no_minter() -> Any:
    raise AssertionError("nobody needs a token here")


def apscheduler(count: int) -> dict[str, object]:
    late = Lateness(count)
    scheduler = BackgroundScheduler(timezone=UTC, job_defaults={"misfire_grace_time": None})
    scheduler.start()
    late.moment = float(int(time.time()) + 2 + count // 2500)
    when = datetime.fromtimestamp(late.moment, UTC)
    for _ in range(count):
        scheduler.add_job(late.now, "date", run_date=when)
    if time.time() > late.moment - 0.2:
        raise SystemExit("the jobs could not be added in time")
    before = time.process_time()
    if not late.all.wait(_PATIENCE):
        raise SystemExit("not every job ran")
    return {"count": count, "job": late.result(), "cpu": (time.process_time() - before) / count}


if __name__ == "__main__":
    kind, number = sys.argv[1], int(sys.argv[2])
    print(json.dumps(daemon(number) if kind == "daemon" else apscheduler(number)), flush=True)
    os._exit(0)
