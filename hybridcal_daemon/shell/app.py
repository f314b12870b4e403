"""The composition root: start in order, wait, reload, stop in reverse.

Owns: the life of the process. Promises: nothing is served before everything stands; every refusal at the start names
the place and the fix; SIGHUP with a bad file changes nothing; SIGTERM drains, a second one ends at once; the watchdog
is fed by evidence only. Does not: know a meeting from a card.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import queue
import signal
import sys
import threading
from typing import TYPE_CHECKING, Final

from actors.base import Died, mute_pykka_logging
from actors.protocol import SUPERVISOR, Views
from actors.runtime import PoolRuntime, System, ThreadRuntime
from actors.system import ActorSystem
from hybridcal_daemon import __version__
from hybridcal_daemon.adapters.clock import SystemClock, SystemRandom
from hybridcal_daemon.adapters.phrases import say
from hybridcal_daemon.adapters.scheduler import Scheduler
from hybridcal_daemon.adapters.store import StateRefused
from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.values import Instant, is_room
from hybridcal_daemon.ports import StatusView, StoreBroken, StoreFull
from hybridcal_daemon.shell import harden
from hybridcal_daemon.shell.agenda import Ear
from hybridcal_daemon.shell.bot_words import BotWords
from hybridcal_daemon.shell.config import Config, ConfigErrors, build, changes, load, user_settings, value_of
from hybridcal_daemon.shell.config_errors import BadValue
from hybridcal_daemon.shell.config_table import TABLE
from hybridcal_daemon.shell.daemon import LocalDaemon
from hybridcal_daemon.shell.endpoints import endpoints
from hybridcal_daemon.shell.environment import environment
from hybridcal_daemon.shell.listeners import BindError
from hybridcal_daemon.shell.logs import configure
from hybridcal_daemon.shell.metrics import CountingLog
from hybridcal_daemon.shell.readers import Readers
from hybridcal_daemon.shell.systemd import Notifier
from hybridcal_daemon.shell.web import Web
from hybridcal_daemon.shell.webex_probe import Probe
from hybridcal_daemon.shell.wiring import Wiring

if TYPE_CHECKING:
    from types import FrameType

    from hybridcal_daemon.domain.values import Plain
    from hybridcal_daemon.ports import UserView

OK: Final = 0
FAILED: Final = 1
BROKEN: Final = 70
CONFIG: Final = 78
_SWEEP: Final = 30.0
_DRAIN: Final = 10.0
_PULSE: Final = 5.0


class Stop(Exception):  # noqa: N818 - carries an exit code to the end of run()
    """The process cannot go on; the text says why and what to do."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


class App:
    """One running daemon."""

    def __init__(self, config: Config) -> None:
        env = environment()
        self._config = config
        self._writer = configure(level=config.log.level, form=config.log.format, env=env)
        self._log = CountingLog(self._writer)
        self._clock = SystemClock()
        self._notifier = Notifier(env)
        self._random = SystemRandom()
        self._events: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._scheduler = Scheduler(self._clock)
        self._wiring = Wiring(config, self._clock, self._random, self._log)
        self._pool = PoolRuntime()
        runtimes = System(singletons=ThreadRuntime(), users=self._pool)
        self._system = ActorSystem(runtimes, self._wiring.world(self._scheduler.alarm), self._died)
        self._web = Web(clock=self._clock, log=self._log)
        self._probe = Probe(self._wiring.webex, self._somebody, self._clock, self._log)
        self._began = self._clock.monotonic()
        self._loaded_at = self._clock.now()
        self._config_error = ""
        self._stopping = False
        self._reloading = threading.Lock()
        self._restart: tuple[str, ...] = ()
        self._turns: tuple[int, ...] = ()

    # ---- life

    def start(self) -> None:
        """Bring everything up, in order. Stop."""
        mute_pykka_logging()
        self._scheduler.start()
        self._system.start()
        sealed = self._system.serve()
        tokens = self._wiring.vault.push_tokens()
        readers = Readers(self._clock, self._random, self._wiring.webex)
        daemon = LocalDaemon(
            self._system,
            self._clock,
            tokens,
            readers,
            self.about,
            self.reload,
            self._log,
            self._acts_for_rooms,
            self._wiring.devices,
        )
        self._web.start(daemon, endpoints(self._config, self._log))
        self._ear = self._listen(daemon)
        self._probe.start()
        self._scheduler.every(_SWEEP, self._system.sweep)
        gc.collect()
        gc.freeze()
        took = self._clock.monotonic() - self._began
        self._log.emit("info", "daemon.started", version=__version__, pid=os.getpid(), seconds=round(took, 3))
        self._notifier.ready(f"sealed: {sealed}" if sealed else "serving")

    def _listen(self, daemon: LocalDaemon) -> Ear:
        """Answer what people write to the bot."""
        ear = Ear(
            self._wiring.webex,
            daemon.person,
            daemon.tell,
            BotWords(say),
            self._clock,
            self._log,
            lambda: self._config.cards.agenda_poll,
        )
        ear.start()
        return ear

    def wait(self) -> int:
        """Until a signal or a fatal death; the main thread does nothing else."""
        pulse = self._notifier.watchdog_interval or _PULSE
        while True:
            try:
                event = self._events.get(timeout=pulse)
            except queue.Empty:
                self._beat()
                continue
            if event == "reload":
                self.reload()
            elif event == "stop":
                return OK
            else:
                return BROKEN

    def stop(self) -> None:
        """Take nothing new, let what is under way end, write the last batch."""
        self._stopping = True
        self._notifier.stopping()
        self._log.emit("info", "daemon.stopping", reason="signal")
        began = self._clock.monotonic()
        self._ear.stop()
        self._probe.stop()
        self._web.stop()
        clean = self._system.drain(_DRAIN)
        self._scheduler.stop()
        self._system.stop()
        self._pool.pool.stop(timeout=_DRAIN)
        self._log.emit("info", "daemon.stopped", clean=clean, seconds=round(self._clock.monotonic() - began, 3))

    # ---- reload

    def reload(self) -> str:
        """Read the file anew; '' when the new configuration is in force, else why the old one stays."""
        with self._reloading:  # a signal and an admin may ask at once
            self._notifier.reloading(self._clock.monotonic())
            self._config_error = why = self._reload()
            self._notifier.ready(f"reload refused: {why.splitlines()[0]}" if why else "serving")
            return why

    def _reload(self) -> str:
        try:
            fresh = load(self._config.file)
            in_force = reloaded(self._config, fresh)
            self._wiring.use(in_force)
        except (ConfigErrors, BadValue, OSError, ValueError) as error:
            self._log.emit("error", "config.refused", errors=len(getattr(error, "errors", [error])))
            return str(error)
        now, self._restart = changes(self._config, fresh)
        self._config = in_force
        self._loaded_at = self._clock.now()
        self._writer.set_level(in_force.log.level)
        self._system.retune(user_settings(in_force), self._wiring.lanes())
        self._system.unlock()
        self._probe.again()
        self._log.emit("info", "config.reloaded", changed=",".join(now), restart=",".join(self._restart))
        return ""

    # ---- what others ask

    def about(self) -> StatusView:
        """The part of the status that the process itself knows."""
        return StatusView(
            version=__version__,
            up_seconds=self._clock.monotonic() - self._began,
            sealed="",
            users={},
            lanes={},
            store="",
            alarms=(),
            config_file=str(self._config.file),
            config_loaded_at=Instant(self._loaded_at),
            config_error=self._config_error,
            webex=self._probe.findings(),
            restart=self._restart,
        )

    def _somebody(self) -> Plain[str] | None:
        """Address of a person who is served, to ask Webex about."""
        views: list[UserView] = self._system.asker.ask(SUPERVISOR, Views())
        people = (view.user for view in views if view.state == "active" and not is_room(view.user))
        user = next(people, None)
        return None if user is None else self._system.asker.address(user)

    def _acts_for_rooms(self) -> bool:
        """Whether rooms are on, by the configuration in force."""
        return bool(self._config.google.rooms.account)

    def signalled(self, number: int, _frame: FrameType | None) -> None:
        """Python calls this in the main thread, which sits in ``wait``."""
        if number == signal.SIGHUP:
            self._events.put("reload")
        elif number == signal.SIGUSR1:
            faulthandler.dump_traceback(all_threads=True)
        elif self._stopping:
            os._exit(FAILED)
        else:
            self._stopping = True
            self._events.put("stop")

    # ---- inner

    def _died(self, died: Died) -> None:
        """Nobody can answer for what a singleton held: end, and let systemd begin anew."""
        place = died.trace[-1] if died.trace else "?"
        self._log.emit("critical", "daemon.failed", code=died.name, trace=f"{died.error} at {place}")
        self._events.put("died")

    def _beat(self) -> None:
        """Feed the watchdog if every singleton answers, the event loop turns, and users get their turns."""
        silent = self._system.silent(_PULSE)
        if not self._web.alive(_PULSE):
            silent = "web"
        before, self._turns = self._turns, self._pool.pool.turns()
        if stuck(before, self._turns):
            silent = "users"
        if silent:
            self._log.emit("error", "watchdog.silent", part=silent)
        else:
            self._notifier.watchdog()


def stuck(before: tuple[int, ...], after: tuple[int, ...]) -> bool:
    """Whether every worker of the pool is in the same turn as seconds ago (see ``Pool.turns``)."""
    return bool(after) and before == after and all(turn % 2 for turn in after)


def reloaded(old: Config, fresh: Config) -> Config:
    """Give the configuration after a reload: what waits for a restart stays as it was."""
    values = {each.name: value_of(fresh if each.reloadable else old, each.name) for each in TABLE}
    return build(fresh.file, values)


def run(config: Config) -> int:
    """The whole life of the daemon; gives the exit code (ecosystem's: 0, 1, 70, 78)."""
    harden.close_up()
    if config.process.pin_cpu:
        harden.pin_to_one_cpu()
    try:
        app = _started(config)
    except Stop as stop:
        sys.stderr.write(f"hybridcal: {stop}\n")
        return stop.code
    code = app.wait()
    if code != OK:
        sys.stderr.flush()
        os._exit(code)  # now: a thread that waits for an answer of the dead would hold an orderly exit for minutes
    app.stop()
    return code


def _started(config: Config) -> App:
    """A daemon that serves, with its signals set; Stop says why there is none."""
    try:
        app = App(config)
        app.start()
    except (BadValue, ValueError) as error:
        raise Stop(CONFIG, str(error)) from None
    except (StateRefused, BindError) as error:
        raise Stop(FAILED, str(error)) from None
    except (StoreFull, StoreBroken, CallError, OSError) as error:
        raise Stop(FAILED, f"{config.state_directory}: the state cannot be opened: {_reason(error)}") from None
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
        signal.signal(number, app.signalled)
    return app


def _reason(error: BaseException) -> str:
    if isinstance(error, StoreFull):
        return "there is no space on the disk; free some and start again"
    if isinstance(error, StoreBroken):
        return (
            "the database is damaged or the disk fails; move hybridcal.db away (a resync rebuilds the lists) and look "
            "at the disk's health"
        )
    if isinstance(error, OSError):
        return str(error.strerror)
    return str(error)
