"""The daemon in the simulation: every real actor and adapter, and a process that can die.

Owns: lives of the process: wiring, start, death, what a death leaves on disk. Promises: a death is one of ``kill -9``:
the database file and its WAL stay as they were written, no connection is closed in order, no lock survives; the keyring
stays. Does not: choose when (``weather.py``) or look at results (``oracle.py``).
"""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING, Final

from actors.base import Unwind
from actors.protocol import FindUser, IndexOf, LaneStatus, ReadIndexKey, WriteIndexKey
from actors.system import ActorSystem, World
from hybridcal_daemon.adapters.google import GoogleCalendar, GoogleSettings
from hybridcal_daemon.adapters.kms import LocalKeyring, LocalVault
from hybridcal_daemon.adapters.store import SqliteStore
from hybridcal_daemon.adapters.webex import ServiceApp, ServiceAppTokens, WebexRest, WebexSettings
from hybridcal_daemon.domain.calls import SendCard
from hybridcal_daemon.domain.effects import Save
from hybridcal_daemon.domain.messages import ChannelOpened
from hybridcal_daemon.domain.tokens import subject
from hybridcal_daemon.domain.values import Plain, Secret
from hybridcal_daemon.ports import LeaveUser, StoreFull
from hybridcal_daemon.shell.daemon import LocalDaemon
from hybridcal_daemon.shell.log_events import misuse
from hybridcal_daemon.shell.readers import Readers
from hybridcal_daemon.work import google as google_work
from hybridcal_daemon.work import webex as webex_work
from hybridcal_daemon.work.tools import GoogleTools, WebexTools
from tests.simulation.outside import ACTING, GOOGLE, OWNER, PUSH_URL, WEBEX, account

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable
    from pathlib import Path

    from actors.base import Died
    from actors.runtime import System
    from hybridcal_daemon.domain.calls import GoogleCall
    from tests.simulation.outside import Outside, Wire
    from tests.simulation.scheduler import SimScheduler
    from tests.simulation.shape import Shape

KMS_HOST: Final = "kms.acme.example"
_DATABASE: Final = "hybridcal.db"
_SWEEP: Final = 120.0
STRICT_LOG = True


class Violated(Unwind):
    """An invariant does not hold. ``invariant``: its name."""

    def __init__(self, invariant: str, what: str) -> None:
        super().__init__(f"{invariant}: {what}")
        self.invariant = invariant


class SimRandom:
    """ports.Random of the seed."""

    def __init__(self, seed: int) -> None:
        self._source = random.Random(f"house/{seed}")

    def token(self, size: int) -> str:
        return self._source.randbytes(size).hex()

    def unit(self) -> float:
        return self._source.random()


class SimLog:
    """ports.Log: keeps every line, counts each event, accepts registered lines only."""

    def __init__(self, reached: Counter[str]) -> None:
        self.lines: list[str] = []
        self._reached = reached
        self.told: Callable[[str], None] = lambda _: None

    def emit(self, level: str, event: str, **fields: str | float | bool) -> None:
        wrong = misuse(event, fields)
        if wrong and STRICT_LOG:
            raise Violated("log", wrong)
        self._reached[f"log {event} {fields.get('state', '')}".rstrip()] += 1
        if event == "sync.reconciled" and any(fields[name] for name in ("missing", "stale", "ghosts")):
            self._reached["reconciliation found a difference"] += 1
        self.lines.append(f"{level} {event} {fields!r}")
        self.told(f"log: {event} {fields}")


class SimStore(SqliteStore):
    """The real store, with points before and after each commit, and a disk that can be full."""

    def __init__(self, path: Path, scheduler: SimScheduler) -> None:
        super().__init__(path)
        self.path = path
        self._scheduler = scheduler
        self.full = False
        self.left: set[str] = set()
        """Whose deactivation was acknowledged to the admin (or would have been)."""
        self.newest: dict[str, str] = {}
        """By user: the channel that was stored as open last."""

    def commit(self, writes) -> None:
        self._scheduler.point("store.commit")
        if self.full:
            self._scheduler.reached["store.full"] += 1
            raise StoreFull
        saves = [write.durable for write in writes if isinstance(write, Save)]
        if any(errand.state == "done" for durable in saves for errand in durable.errands):
            self._scheduler.point("store.commit.errand.done")
        super().commit(writes)
        self.left |= {write.user for write in writes if isinstance(write, LeaveUser)}
        for channel in [channel for write in writes if isinstance(write, Save) for channel in write.durable.channels]:
            if channel.state == "open":
                self.newest[_user_of(channel.channel_id)] = channel.channel_id
        self._scheduler.point("store.committed")
        if any(isinstance(write, Save) and (write.put or write.delete) for write in writes):
            self._scheduler.point("store.committed.rows")
        if any(card.state == "sending" for durable in saves for card in durable.cards):
            self._scheduler.point("store.committed.card")
        if any(channel.state == "creating" for durable in saves for channel in durable.channels):
            self._scheduler.point("store.committed.channel")
        for state in sorted({errand.state for durable in saves for errand in durable.errands}):
            self._scheduler.point(f"store.committed.errand.{state}")
        if any(durable.access.state == "granting" for durable in saves):
            self._scheduler.point("store.committed.access")

    def newest_channel(self, channel: str) -> str:
        """Of the calendar whose channel this is: the one that was stored as open last, '' when none was."""
        return self.newest.get(_user_of(channel), "")

    def die(self, to: Path) -> SimStore:
        """Leave in ``to`` what a killed process leaves on disk, and give the store of the next life."""
        to.mkdir(mode=0o700)
        for file in sorted(self.path.parent.glob(f"{_DATABASE}*")):
            shutil.copy2(file, to / file.name)
        self.close()
        shutil.rmtree(self.path.parent)
        heir = SimStore(to / _DATABASE, self._scheduler)
        heir.left, heir.newest = self.left, self.newest
        return heir


class House:
    """The process, dead or alive; ``daemon`` is what its surfaces would use."""

    def __init__(
        self,
        scheduler: SimScheduler,
        runtimes: System,
        outside: Outside,
        wire: Wire,
        directory: Path,
        shape: Shape,
    ) -> None:
        self._scheduler = scheduler
        self._runtimes = runtimes
        self._outside = outside
        self._wire = wire
        self._directory = directory
        self._shape = shape
        self._keyring = directory / "keyring.json"
        self._hidden = directory / "keyring.away"
        self._random = SimRandom(scheduler.seed)
        self._lives = 0
        self.store = SimStore(directory / "life0" / _DATABASE, scheduler)
        self.log = SimLog(scheduler.reached)
        self.alive = False
        self.ids: dict[str, str] = {}
        """Who is activated, by address."""
        self.cards: dict[str, SendCard] = {}
        """Every Join card that was ever ordered, by its key."""
        self.began: list[Callable[[GoogleCall], None]] = []
        """Hear of each order to Google when a worker begins with it."""
        self.opened: set[str] = set()
        """Channels whose opening some life heard of."""

    # ---- life

    def start(self) -> None:
        """Begin a life; Crashed may come out of it."""
        app = self._outside.app
        service = ServiceApp(
            client_id=Secret(app.client_id),
            client_secret=Secret(app.client_secret),
            refresh_token=Secret(app.refresh_token),
        )
        clock = self._scheduler.clock
        self._app = service
        self._app_tokens = ServiceAppTokens(service, clock=clock, api_url=f"{WEBEX}/v1")
        self.system = ActorSystem(self._runtimes, self._world(), self._fatal)
        self.system.start()
        self.system.serve()
        tokens = self.vault.push_tokens()
        self.daemon = LocalDaemon(
            self.system, clock, tokens, self._readers(), lambda: None, lambda: "", acts_for_rooms=lambda: True
        )
        self.alive = True
        self._sweep(self._lives)

    def died(self) -> None:
        """What follows a crash: nothing is closed, the next life finds the files."""
        self.alive = False
        self._lives += 1
        self.store = self.store.die(self._directory / f"life{self._lives}")

    def stop(self) -> None:
        """End in order, as SIGTERM does."""
        self.alive = False
        self.system.stop()

    def _sweep(self, life: int) -> None:
        if life == self._lives and self.alive:
            self.system.sweep()
            self._scheduler.after(_SWEEP, lambda: self._sweep(life))

    def _fatal(self, died: Died) -> None:
        raise Violated("singleton", f"{died.name} died of {died.error} at {died.trace[-1:]}")

    def hide_keyring(self) -> bool:
        """Take the keys away; False when they are away already."""
        if self._hidden.exists():
            return False
        self._keyring.rename(self._hidden)
        return True

    def show_keyring(self) -> None:
        if self._hidden.exists():
            self._hidden.rename(self._keyring)

    # ---- looking in

    def user(self, address: str):
        """Id of an activated person, None when there is none."""
        index = self.system.asker.ask("kms", IndexOf(Plain(address)))
        row = self.system.asker.ask("store", FindUser(index))
        return None if row is None else row.user

    def lane(self, name: str) -> tuple[str, int, int]:
        """State word, queued, under way."""
        return self.system.asker.ask(name, LaneStatus())

    # ---- wiring, as in hybridcal_daemon/shell/wiring.py

    def _world(self) -> World:
        return World(
            clock=self._scheduler.clock,
            random=self._random,
            log=self.log,
            store=self.store,
            make_vault=self._vault,
            make_alarm=self._scheduler.alarm,
            make_minter=lambda: account().minter(self._wire, self._scheduler.clock),
            subject_of=lambda user, purpose: subject(user, purpose, acting=Plain(ACTING), owner=Plain(OWNER)),
            make_runner=self._runner,
            lanes=self._shape.lanes,
            settings=self._shape.settings,
            minters=2,
        )

    def _vault(self, asker, fresh):
        self.vault = LocalVault(
            LocalKeyring(self._keyring),
            load_index_key=lambda: asker.ask("store", ReadIndexKey()),
            save_index_key=lambda blob: asker.ask("store", WriteIndexKey(blob)),
            kms_host=KMS_HOST,
            random=self._random,
            fresh=fresh,
        )
        return self.vault

    def _runner(self, lane, asker):
        if lane == "google":
            return self._google_runner(asker)
        tools = self._webex_tools(asker)

        def run(call):
            if isinstance(call, SendCard):
                self.cards[call.key] = call
            return webex_work.run(call, tools=tools)

        return run

    def _google_runner(self, asker):
        tools = self._google_tools(asker)

        def run(call):
            for hear in self.began:
                hear(call)
            answer = google_work.run(call, tools=tools)
            if isinstance(answer, ChannelOpened):
                self.opened.add(answer.channel_id)
            self._scheduler.point(f"answered.{step(call)}")
            return answer

        return run

    def _readers(self) -> Readers:
        return Readers(self._scheduler.clock, self._random, lambda: self._webex_tools(self.system.asker).webex)

    def _google_tools(self, asker):
        settings = GoogleSettings(
            calendar_url=f"{GOOGLE}/calendar/v3",
            gmail_url=f"{GOOGLE}/gmail/v1",
            push_url=PUSH_URL if self._shape.settings.push else "",
            page_size=self._shape.page_size,
            send_updates=self._shape.send_updates,
        )
        return GoogleTools(
            calendar=GoogleCalendar(self._wire, settings),
            token=asker.token,
            seal_events=asker.seal_events,
            open_cell=asker.open_cell,
            seal_cell=asker.seal_cell,
            address=asker.address,
            channel_token=asker.channel_token,
            webex="myroom",
            acting=Plain(ACTING),
        )

    def _webex_tools(self, asker):
        settings = WebexSettings(
            bot_token=lambda: Secret(self._outside.bot_token),
            service_app=self._app,
            api_url=f"{WEBEX}/v1",
            presence_url=f"{WEBEX}/apheleia/api/v1",
        )
        return WebexTools(
            webex=WebexRest(self._wire, settings, self._app_tokens),
            address=asker.address,
            seal_cell=asker.seal_cell,
            open_cell=asker.open_cell,
            join_cell=asker.join_cell,
        )


def _user_of(channel: str) -> str:
    return channel.partition("-")[0]


def step(call: GoogleCall) -> str:
    """Name of what an order does: its type, or the errand's kind."""
    return getattr(call, "kind", type(call).__name__)
