"""The daemon in the simulation: every real actor and adapter, and a process that can die.

Owns: lives of the process: wiring, start, death, what a death leaves on disk. Promises: a death is one of ``kill -9``:
the database file and its WAL stay as they were written, no connection is closed in order, no lock survives; the keyring
stays. Does not: choose when (``weather.py``) or look at results (``oracle.py``).
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from actors.base import Unwind
from actors.protocol import FindUser, IndexOf, LaneStatus, ReadIndexKey, WriteIndexKey
from actors.system import ActorSystem, World
from hybridcal_daemon.adapters.devices import Devices, PutXml
from hybridcal_daemon.adapters.google import GoogleCalendar, GoogleSettings
from hybridcal_daemon.adapters.kms import LocalKeyring, LocalVault
from hybridcal_daemon.adapters.webex import (
    Schemas,
    ServiceApp,
    ServiceAppTokens,
    WebexDevices,
    WebexRest,
    WebexSettings,
)
from hybridcal_daemon.domain.calls import HoldMeeting, OpenSpace, SendCard, SendNotice
from hybridcal_daemon.domain.messages import ChannelOpened
from hybridcal_daemon.domain.tokens import subject
from hybridcal_daemon.domain.values import Plain, Secret
from hybridcal_daemon.shell.daemon import LocalDaemon
from hybridcal_daemon.shell.log_events import misuse
from hybridcal_daemon.shell.readers import Readers
from hybridcal_daemon.work import google as google_work
from hybridcal_daemon.work import webex as webex_work
from hybridcal_daemon.work.tools import GoogleTools, WebexTools
from tests.simulation.outside import ACTING, GOOGLE, OWNER, PUSH_URL, WEBEX, account
from tests.simulation.simstore import DATABASE, SimStore

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable
    from pathlib import Path

    from actors.base import Died
    from actors.runtime import System
    from hybridcal_daemon.domain.calls import Call, GoogleCall
    from hybridcal_daemon.sandbox.webex.records import ServiceApp as Authorised
    from tests.simulation.outside import Outside, Wire
    from tests.simulation.scheduler import SimScheduler
    from tests.simulation.shape import Shape

KMS_HOST: Final = "kms.acme.example"
_SWEEP: Final = 120.0
STRICT_LOG = True
_MEANT: Final = frozenset({"ZeroDivisionError"})
"""The fault of the program that ``weather.py`` has it meet."""


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
        if event == "worker.crashed" and fields["error"] not in _MEANT and STRICT_LOG:
            raise Violated("log", f"a worker met {fields['error']} at {fields['place']}")
        if event == "sync.reconciled" and any(fields[name] for name in ("missing", "stale", "ghosts")):
            self._reached["reconciliation found a difference"] += 1
        self.lines.append(f"{level} {event} {fields!r}")
        self.told(f"log: {event} {fields}")


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
        self.store = SimStore(directory / "life0" / DATABASE, scheduler)
        self.log = SimLog(scheduler.reached)
        self.alive = False
        self.ids: dict[str, str] = {}
        """Who is activated, by address."""
        self.cards: dict[str, SendCard] = {}
        """Every Join card that was ever ordered, by its key."""
        self.notices: dict[str, SendNotice] = {}
        """Every notice that was ever ordered, by its key."""
        self.began: list[Callable[[GoogleCall], None]] = []
        """Hear of each order to Google when a worker begins with it."""
        self.tags: dict[str, tuple[str, str]] = {}
        """Whose meeting and of which event a tag is, of every meeting and space that was ever ordered."""
        self.opened: set[str] = set()
        """Channels whose opening some life heard of."""

    # ---- life

    def start(self) -> None:
        """Begin a life; Crashed may come out of it."""
        service = _credentials(self._outside.app)
        clock = self._scheduler.clock
        self._app = service
        self._app_tokens = ServiceAppTokens(service, clock=clock, api_url=f"{WEBEX}/v1")
        self._schemas = Schemas(clock)
        integration = _credentials(self._outside.integration)
        self._integration_tokens = ServiceAppTokens(integration, clock=clock, api_url=f"{WEBEX}/v1")
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
            elif isinstance(call, SendNotice):
                self.notices[call.key] = call
            elif isinstance(call, HoldMeeting | OpenSpace):
                self.tags[call.tag] = (call.user, call.event_id)
            answer = webex_work.run(call, tools=tools)
            self._scheduler.point(f"answered.{step(call)}")
            return answer

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
            now=self._scheduler.clock.now,
        )
        cloud = WebexDevices(self._wire, settings, self._schemas, self._app_tokens)
        return WebexTools(
            webex=WebexRest(self._wire, settings, self._app_tokens, self._integration_tokens),
            devices=Devices(cloud, PutXml(self._wire, deadline=30.0)),
            address=asker.address,
            seal_cell=asker.seal_cell,
            open_cell=asker.open_cell,
            join_cell=asker.join_cell,
        )


def _credentials(app: Authorised) -> ServiceApp:
    return ServiceApp(
        client_id=Secret(app.client_id),
        client_secret=Secret(app.client_secret),
        refresh_token=Secret(app.refresh_token),
    )


def step(call: Call) -> str:
    """Name of what an order does: its type, or the errand's kind."""
    return getattr(call, "kind", type(call).__name__)
